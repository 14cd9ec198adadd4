"""`report` on collections that were crawled: each number on the page is that of the records and the ledger."""

import os
import re
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from crawler.command import CommandFailedError
from crawler.commands import report
from crawler.errors import UserError
from crawler.storage.ledger import Discovered, Ledger
from tests.runs.harness import Crawl, Run, article, read_records
from tests.runs.test_run_export import NAME, Office, open_office, started_at

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
TAKEN = "http://www.lanternjustice.example/press/curfew-ordinance-withdrawn"


@dataclass
class Sample:
    """The bundled sample, crawled once for all tests of this file."""

    crawl: Crawl
    records: list[dict[str, Any]]
    page: Path

    @property
    def folder(self) -> Path:
        return self.crawl.data / "sample"

    def call(self, *arguments: str | Path) -> Run:
        return call(self.crawl, "report", *arguments)

    def refuse(self, *arguments: str | Path, status: int = 2) -> str:
        run = self.call(*arguments).check(status, "^broadside: ")
        assert (run.stdout, run.stderr.count("\n")) == (b"", 1)
        return run.last_line

    @property
    def tree(self) -> Any:
        return html.fromstring(self.page.read_text("utf-8"))


def call(crawl: Crawl, *arguments: str | Path, **options: Any) -> Run:
    return crawl(*arguments, feed=None, level=None, program=(sys.executable, "-m", "crawler"), **options)


def rows(tree: Any, section: str, caption: str) -> list[list[str]]:
    """Give the cells of the table of a section whose caption begins so, its head first."""
    (table,) = [
        one
        for one in tree.xpath(f"//section[@id='{section}']//table")
        if one.find("caption").text_content().startswith(caption)
    ]
    return [[cell.text_content().strip() for cell in row] for row in table.xpath(".//tr")]


def number(cell: str) -> int:
    return int(cell.replace(",", "") or 0)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    crawl = Crawl(tmp_path_factory.mktemp("sample"))
    records = crawl("sample").check(0, "well: 31 records").records
    made = Sample(crawl, records, crawl.folder / "report.html")
    run = made.call("sample", "-o", made.page).check(
        0, r"^broadside: report of 31 records of sample in \S+ \(\d+ KB\)$"
    )
    assert (run.stdout, run.stderr.count("\n")) == (b"", 1)
    yield made
    crawl.end_all()


def test_months_types_and_evidence_are_those_of_the_records(sample: Sample) -> None:
    calendar = rows(sample.tree, "published", "Records by year and month")
    counted: Counter[tuple[str, str]] = Counter()
    for record in sample.records:
        if record["date_published"] is not None:
            same = record["date_published_earliest"][:7] == record["date_published_latest"][:7]
            month = MONTHS[int(record["date_published_earliest"][5:7]) - 1]
            column = month if same else "year only" if record["date_published_precision"] == "year" else "season"
            counted[record["date_published"][:4], column] += 1
    shown = {
        (row[0], name): number(cell)
        for row in calendar[1:-1]
        for name, cell in zip(calendar[0][1:-1], row[1:-1], strict=True)
        if cell
    }
    assert shown == counted
    assert number(calendar[-1][-1]) == counted.total() == 30
    types = rows(sample.tree, "published", "Records by month of publication and document type")
    totals = dict(zip(types[0][1:-1], map(number, types[-1][1:-1]), strict=True))
    assert totals == Counter(record["document_type"] for record in sample.records)
    evidence = rows(sample.tree, "dates", "Records by evidence")
    columns = evidence[0][1:-3]
    shown = {
        (row[0].split()[0], name): number(cell)
        for row in evidence[1:-1]
        for name, cell in zip(columns, row[1:-3], strict=True)
        if cell
    }
    assert shown == Counter(
        (record["date_evidence"][0]["source"], record["date_published_precision"])
        for record in sample.records
        if record["date_published"] is not None
    )


def test_records_with_something_to_look_at_are_named(sample: Sample) -> None:
    undated = {record["url"] for record in sample.records if record["date_published"] is None}
    doubtful = {record["url"] for record in sample.records if record["date_conflict"]}
    named = sample.tree.xpath("//section[@id='dates']//ul[@class='named']//a/@href")
    assert len(undated) == len(doubtful) == 1
    assert named == [*doubtful, *undated]


def test_gaps_lengths_and_removals_are_those_of_the_records(sample: Sample) -> None:
    missing = {row[0]: number(row[1]) for row in rows(sample.tree, "missing", "Records that lack")[1:]}
    flat = [
        {**record, **{f"provenance.{name}": value for name, value in record["provenance"].items()}}
        for record in sample.records
    ]
    for name in flat[0]:
        assert missing.get(name, 0) == sum(one[name] is None or one[name] in ([], {}) for one in flat), name
    assert set(missing) <= set(flat[0])
    lengths = rows(sample.tree, "lengths", "Records by words")
    assert sum(number(row[1]) for row in lengths[1:]) == 31
    words = sorted(record["word_count"] for record in sample.records)
    text = sample.tree.text_content()
    assert f"Half of them have {words[15]} or fewer" in text
    assert f"the shortest has {words[0]} and the longest {words[-1]}" in text
    removed = {row[0].split()[0]: row for row in rows(sample.tree, "removed", "Blocks by the reason")[1:-1]}
    blocks = Counter(one["reason"] for record in sample.records for one in record["removed"])
    assert {reason: number(row[1]) for reason, row in removed.items()} == blocks
    assert {reason: number(row[2]) for reason, row in removed.items()} == Counter(
        reason for record in sample.records for reason in {one["reason"] for one in record["removed"]}
    )
    about = rows(sample.tree, "removed", "Removed texts")[1]
    assert about[0].startswith("About the Lantern Justice Project")
    assert about[1:] == ["about", "6", "6"]
    templates = rows(sample.tree, "removed", "Templates of lanternjustice.example")
    assert [row[3] for row in templates if row[0].startswith("About the")] == ["6 of 25", "5 of 25"]


def test_urls_are_those_of_the_ledger(sample: Sample) -> None:
    shown = {
        (row[0].split()[0], row[1]): number(row[2]) for row in rows(sample.tree, "accounts", "URLs of sample")[1:-1]
    }
    with sqlite3.connect(sample.folder / "ledger.sqlite3") as ledger:
        found = ledger.execute("select state, coalesce(reason, ''), count(*) from visit group by 1, 2").fetchall()
    ledger.close()
    assert shown == {(state, reason): count for state, reason, count in found}
    assert shown["excluded", "no_text"] == shown["gone", "http_404"] == 1
    assert rows(sample.tree, "accounts", "URLs of sample")[-1][2:4] == [str(sum(shown.values())), "31"]


def test_the_records_to_be_read_are_records(sample: Sample) -> None:
    by_title = {record["title"]: record for record in sample.records}
    articles = sample.tree.xpath("//article")
    assert len(articles) == 20
    for one in articles:
        record = by_title[one.xpath("string(.//h3)")]
        kept, *_ = one.xpath(".//*[@class='text']//*[@class='plain']")
        assert kept.text_content() == record["text"]
        shown = [block.text_content() for block in one.xpath(".//*[@class='text out']//*[@class='plain']")]
        assert shown == [block["text"] for block in record["removed"]]
        assert one.xpath(".//a/@href") == [record["url"]]


def test_the_same_corpus_gives_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    again = tmp_path / "deeper" / "again.HTM"
    sample.call("sample", "-o", again).check(0)
    assert again.read_bytes() == sample.page.read_bytes()
    assert list(again.parent.iterdir()) == [again]
    other = tmp_path / "other.html"
    sample.call("sample", "-o", other, "--seed", "7", "--sample", "3").check(0)
    assert len(html.fromstring(other.read_text("utf-8")).xpath("//article")) == 3
    ids = ["sample", "sample"]
    assert "sample is named twice" in sample.refuse(*ids, "-o", other)


def test_it_works_while_a_crawl_has_the_collection(sample: Sample, tmp_path: Path) -> None:
    """What the crawl writes meanwhile does not show, but that it is under way."""
    other = Crawl(tmp_path)
    shutil.copytree(sample.crawl.data, other.data)
    ledger = Ledger(other.data / "sample")
    try:
        ledger.begin_run("crawl sample", "2027-01-01T00:00:00Z")
        ledger.discover([Discovered(f"http://www.lanternjustice.example/new/{n}", "page") for n in range(9)])
        call(other, "report", "sample", "-o", tmp_path / "busy.html").check(0)
    finally:
        ledger.close()
    busy = (tmp_path / "busy.html").read_text("utf-8")
    note = " A run that is not finished is under way, or waits to be gone on with; it does not count yet."
    assert note in busy
    assert busy.replace(note, "") == sample.page.read_text("utf-8")


def test_what_a_takedown_list_names_is_nowhere_on_the_page(sample: Sample, tmp_path: Path) -> None:
    other = Crawl(tmp_path)
    shutil.copytree(sample.crawl.data, other.data)
    (other.data / "takedown.csv").write_text(f"what,reason,date\n{TAKEN},request of a person named,2026-11-02\n")
    title = next(record["title"] for record in sample.records if record["url"] == TAKEN)
    run = call(other, "report", "sample", "-o", tmp_path / "all.html", "--sample", "50").check(
        0, "report of 30 records"
    )
    assert "1 record left out by the takedown list: request of a person named 1" in run.stderr
    page = (tmp_path / "all.html").read_text("utf-8")
    assert "1 by the takedown lists: " in page
    assert "not shown, for models quote pages" in page
    whole = sample.page.read_text("utf-8")
    assert "not shown, for models quote pages" not in whole
    assert re.search(r"Organizations</dt>\s*<dd><bdi>Lantern Justice Project</bdi> 31<", whole)
    assert re.search(r"Fetched</dt>\s*<dd>on 20\d\d-\d\d-\d\d<", whole)
    assert "request of a person named" in page
    assert len(html.fromstring(page).xpath("//article")) == 30
    assert TAKEN not in page
    assert title not in page
    (other.data / "takedown.csv").write_text("what,reason,date\nhttp://www.lanternjustice.example/*,all,2026-11-02\n")
    run = call(other, "report", "sample", "-o", tmp_path / "none.html").check(1, "the takedown list leaves no record")
    assert not list(tmp_path.glob("none*"))


def test_mistakes(sample: Sample, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assert "takes the name of one collection" in sample.refuse("-o", page)
    assert "no collection 'samples'" in sample.refuse("samples", "-o", page)
    assert "-o is missing; allowed: -o FILE, which ends in .html or .htm" in sample.refuse("sample")
    (tmp_path / "file").touch()
    assert "cannot be written" in sample.refuse("sample", "-o", tmp_path / "file" / "report.html")
    assert "unknown option --all" in sample.refuse("sample", "-o", page, "--all")
    assert "allowed: a whole number from 0 to 50" in sample.refuse("sample", "-o", page, "--sample=51")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["report.pdf", "report", "-", "report.html.gz", "", ".html"])
def test_other_names_of_files_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"allowed: a file that ends in \.html or \.htm"):
        report._read_path(name)


def test_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    folder, device = tmp_path / "folder.html", tmp_path / "device.htm"
    folder.mkdir()
    os.mkfifo(device)
    with pytest.raises(UserError, match="it is a folder"):
        report._read_path(str(folder))
    with pytest.raises(UserError, match="it is a device or a pipe"):
        report._read_path(str(device))
    assert report._read_path(str(tmp_path / "new.HTML")).name == "new.HTML"


@pytest.mark.parametrize("given", ["x", "51", "-1", "1.5", "٣", "", "1e1", "1_0", " 1", "9" * 5000])
def test_other_numbers_are_refused(given: str) -> None:
    with pytest.raises(UserError, match="allowed: a whole number from 0 to 50"):
        report._read_number("--sample", given, most=50)


def test_a_page_that_cannot_be_written_leaves_the_file_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "report.html"
    page.write_text("as it was")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CommandFailedError, match="No space left on device"):
        report._write(b"<p>", page)
    assert page.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [page]


def test_a_broken_archive_leaves_the_file_that_is_there(sample: Sample, tmp_path: Path) -> None:
    other = Crawl(tmp_path)
    shutil.copytree(sample.crawl.data, other.data)
    for path in (other.data / "sample" / "archive").iterdir():
        path.unlink()
    page = tmp_path / "report.html"
    page.write_text("as it was")
    run = call(other, "report", "sample", "-o", page).check(1, "^broadside: ")
    assert run.stderr.count("\n") == 1
    assert page.read_text() == "as it was"
    assert not list(tmp_path.glob("*.part"))


def test_several_collections_and_files(sample: Sample, tmp_path: Path) -> None:
    other = Crawl(tmp_path)
    shutil.copytree(sample.crawl.data, other.data)
    papers = tmp_path / "papers"
    papers.mkdir()
    text = next(record["text"] for record in sample.records if record["word_count"] > 200)
    (papers / "copy.txt").write_text(text, "utf-8")
    (papers / "hostile.html").write_text(article("&lt;/style>&lt;script>alert(1)&lt;/script> \u202eend"), "utf-8")
    other("documents", "-a", f"path={papers}", feed=None).check(0)
    page = tmp_path / "report.html"
    call(other, "report", "sample", "papers", "-o", page, "--sample", "50").check(
        0, "33 records of sample and papers in"
    )
    shown = page.read_text("utf-8")
    tree = html.fromstring(shown)
    assert "1 cluster reaches across collections" in tree.text_content()
    assert len(tree.xpath("//ol[@class='cluster']/li")) == 2
    assert "Read from files, which have no ledger" in shown
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert read_records(other.data / "papers" / "records" / "records.jsonl")


# --- A site with a new design ----------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield from open_office(tmp_path)


def crawl_night(office: Office, night: int) -> None:
    feed = office.crawl.folder / f"night-{night}.jsonl"
    office.crawl(NAME, "-s", f"STARTED_AT={started_at(night)}", feed=feed, env=office.env).check(0, "broadside: well")


NAMES = "ants bees cats dogs eels foxes geese hares".split()


def show(office: Office, *, is_new: bool) -> None:
    """Let the site have its old or its new design: other elements, and another last line."""
    links = "".join(f"<p><a href='/{name}'>The {name} of the county</a></p>" for name in NAMES)
    office.server.page("/", f"<html><head><title>Office</title></head><body>{links}</body></html>")
    for place, name in enumerate(NAMES):
        words = f"Of the {name} more is known {'again ' * place}than of others, and nobody says why."
        foot = "<p class='foot'>The office is open from dawn to dusk on each day.</p>"
        page = article(f"The {name} of the county", words).replace("</article>", f"{foot}</article>")
        if is_new:
            page = page.replace("<article>", "<div class='post'>").replace("</article>", "</div>")
            page = page.replace("from dawn to dusk", f"for {name} all day").replace("<p", f"<p id='{name}'")
        office.server.page(f"/{name}", page)


def signs_of(office: Office) -> str:
    page = office.crawl.folder / "report.html"
    office.call("report", NAME, "-o", page).check(0)
    (section,) = html.fromstring(page.read_text("utf-8")).xpath("//section[@id='redesign']")
    return str(section.text_content())


def test_a_new_design_is_told(office: Office) -> None:
    show(office, is_new=False)
    crawl_night(office, 1)
    before = signs_of(office)
    assert "Nothing looks like a redesign: no page was fetched since the model was sealed." in before
    assert f"The model was sealed by the run of {started_at(1)}." in before
    show(office, is_new=True)
    options = (NAME, "-s", f"STARTED_AT={started_at(2)}")
    office.crawl(*options, env=office.env).check(3, "held back")  # the last lines are others, too
    office.call("accept", NAME, "-a", "wall=1").check(0, "broadside: well")
    after = signs_of(office)  # the run itself has learned the new design
    assert "Nothing is certain, but look at the latest pages of 127.0.0.1." in after
    assert "learned a layout, by which it reads them: " in after
    assert f"The model was sealed by the run of {started_at(2)}." in after
    with sqlite3.connect(office.crawl.data / NAME / "ledger.sqlite3") as ledger:  # as if it had not
        ledger.execute("delete from model where run_id = 2")
        ledger.execute("update run set last_model = 1")
    ledger.close()
    unmended = signs_of(office)
    assert "This looks like a redesign: 127.0.0.1." in unmended
    assert "the pages of the latest run no longer fit what was learned of the site" in unmended
    assert f"scrapy crawl replay -a collection={NAME} -a relearn=1" in unmended
