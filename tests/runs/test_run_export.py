"""`export` on a collection that was crawled night after night, while its site changed."""

import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.runs.harness import ROOT, Crawl, Reply, Run, Server, article, environment, read_records

NAME = "office"
ORGANIZATION = """
name = "Office"
homepage = "{home}"
topics = [{topics}]
[discovery]
sitemaps = []
listings = ["/"]
follow_links = false
[revisit]
shortest_days = 0.1
longest_days = 0.1
share = 1.0
"""
NIGHTS = 5
STATE = ("id", "url", "text", "title", "change", "revision")


def started_at(night: int) -> str:
    return f"2021-03-{night:02}T02:00:00Z"


@dataclass
class Office:
    """A site that changes, its collection, and what each night's crawl wrote with `-O`."""

    crawl: Crawl
    server: Server
    feeds: dict[int, Path] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return {"BROADSIDE_ORGANIZATIONS": str(self.crawl.folder / "orgs")}

    def describe(self, topics: str = "") -> None:
        file = self.crawl.folder / "orgs" / f"{NAME}.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(ORGANIZATION.format(home=self.server.url(), topics=topics))

    def change(self, night: int) -> None:
        """Let the site be as it is in a night: an edit, another date, a new page, a new title, a page that is gone."""
        names = ["ants", "bees", "cats", "dogs", "eels", *(["foxes"] if night >= 2 else [])]
        links = "".join(f"<p><a href='/{name}'>The {name} of the county</a></p>" for name in names)
        self.server.page("/", f"<html><head><title>Office</title></head><body>{links}</body></html>")
        for name in names:
            self.server.page(f"/{name}", article(f"The {name} of the county"))
        if night >= 2:
            self.server.page("/ants", article("The ants of the county", "Nobody knew of a list, and nobody asked."))
            self.server.page("/bees", article("The bees of the county", date="March 9, 2016"))
            self.server.page("/cats", Reply(b"no such page", 404, "text/plain"))
        if night >= 3:
            paper = "<p>Read <a href='/paper.pdf'>the paper</a> that the clerk has found in the drawer.</p>"
            self.server.page("/eels", article("The old eels of the county").replace("</article>", f"{paper}</article>"))
            self.server.page("/ants", article("The ants of the county", "Nobody knew of any list, and nobody asked."))

    def pass_night(self, night: int) -> Run:
        self.change(night)
        self.feeds[night] = self.crawl.folder / f"night-{night}.jsonl"
        run = self.crawl(NAME, "-s", f"STARTED_AT={started_at(night)}", feed=self.feeds[night], env=self.env)
        return run.check(0, "well: ")

    def call(self, *arguments: str | Path, **options: Any) -> Run:
        program = (sys.executable, "-m", "crawler")
        return self.crawl(*arguments, feed=None, level=None, program=program, **{"env": self.env, **options})

    def export(self, *arguments: str | Path) -> bytes:
        run = self.call("export", NAME, *arguments).check(0, "^broadside: ")
        assert run.stderr.count("\n") == 1
        return run.stdout

    def refuse(self, *arguments: str | Path, status: int = 2) -> str:
        run = self.call(*arguments).check(status, "^broadside: ")
        assert run.stdout == b""
        assert run.stderr.count("\n") == 1
        return run.last_line


def open_office(folder: Path) -> Iterator[Office]:
    office = Office(Crawl(folder), Server().start())
    try:
        office.describe()
        yield office
    finally:
        office.crawl.end_all()
        office.server.stop()


@dataclass
class Nights:
    """What came of the nights, for all tests of this file; they change nothing of it."""

    office: Office
    exported: dict[int, bytes] = field(default_factory=dict)  # after each night
    histories: list[bytes] = field(default_factory=list)  # exported and replayed


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    for office in open_office(tmp_path_factory.mktemp("nights")):
        found = Nights(office)
        for night in range(1, NIGHTS + 1):
            office.pass_night(night)
            found.exported[night] = office.export()
        replayed = office.crawl.folder / "replayed.jsonl"
        arguments = ("-a", f"collection={NAME}", "-a", "history=1")
        office.crawl("replay", *arguments, feed=replayed, env=office.env).check(0)
        found.histories = [office.export("--history"), replayed.read_bytes()]
        # All records are read anew and say the same.
        office.describe('"labor"')
        office.pass_night(NIGHTS + 1)
        found.exported[NIGHTS + 1] = office.export()
        yield found


def test_the_nights_were_as_they_were_meant(nights: Nights) -> None:
    def changes(night: int) -> dict[str, tuple[str, str | None, int]]:
        records = read_records(nights.office.feeds[night])
        return {
            one["url"].rpartition("/")[2]: (one["change"], one["change_reason"], one["revision"]) for one in records
        }

    assert set(changes(1).values()) == {("new", None, 1)}
    assert changes(2) == {
        "ants": ("changed", "edit", 2),
        "bees": ("changed", "edit", 2),
        "cats": ("unchanged", None, 1),
        "dogs": ("unchanged", None, 1),
        "eels": ("unchanged", None, 1),
        "foxes": ("new", None, 1),
    }
    assert changes(3)["eels"] == ("changed", "edit", 2)
    assert changes(4)["cats"] == changes(5)["cats"] == changes(6)["cats"] == ("gone", "withdrawn", 2)
    assert changes(6)["foxes"] == ("unchanged", None, 1)
    assert {tuple(one["topics"]) for one in read_records(nights.office.feeds[6])} == {("labor",)}


@pytest.mark.parametrize("night", range(1, NIGHTS + 2))
def test_the_corpus_is_what_the_crawl_wrote(nights: Nights, night: int) -> None:
    assert nights.exported[night] == nights.office.feeds[night].read_bytes()


@pytest.mark.parametrize("night", range(1, NIGHTS + 2))
def test_the_corpus_as_of_a_night_is_that_of_the_night(nights: Nights, night: int, tmp_path: Path) -> None:
    path = tmp_path / "as-of.jsonl"
    nights.office.export("--as-of", started_at(night)[:10], "-o", path)
    ours, theirs = (
        [{name: record[name] for name in STATE} for record in read_records(file)]
        for file in (path, nights.office.feeds[night])
    )
    assert ours == theirs


def test_a_moment_before_a_night_is_the_night_before(nights: Nights) -> None:
    night_2, night_3 = (nights.office.export("--as-of", f"2021-03-0{night}") for night in (2, 3))
    for time in ("2021-03-02T02:00:00Z", "2021-03-02 02:00", "2021-03-03T01:59:59", "2021-03-03T03:59:59+02:00"):
        assert nights.office.export("--as-of", time) == night_2
    for time in ("2021-03-03T02:00", "2021-03-03T04:00+02:00"):
        assert nights.office.export("--as-of", time) == night_3 != night_2
    latest = nights.office.feeds[NIGHTS + 1].read_bytes()
    assert nights.office.export("--as-of", "9999-12-31") == latest


def test_the_history_is_that_of_the_archive(nights: Nights) -> None:
    exported, replayed = nights.histories
    assert exported == replayed
    assert len(exported.splitlines()) == 5 + 3 + 2 + 1
    assert nights.office.export("--history") == exported  # the sixth night has no revision


def test_a_file_bears_its_name_when_it_is_complete(nights: Nights, tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "corpus.jsonl"
    run = nights.office.call("export", NAME, "-o", path).check(0)
    assert run.stdout == b""
    assert run.stderr == f"broadside: 6 records of {NAME}, as the run of {started_at(6)} left them, in {path}\n"
    assert path.read_bytes() == nights.exported[6]
    assert list(path.parent.iterdir()) == [path]
    assert nights.office.call("export", NAME, "--history", "-o", "-").last_line == (
        f"broadside: 11 revisions of {NAME} in standard output"
    )


def test_a_record_of_a_run_that_is_not_finished_does_not_count(nights: Nights, tmp_path: Path) -> None:
    other = Office(Crawl(tmp_path), nights.office.server, nights.office.feeds)
    other.describe()
    shutil.copytree(nights.office.crawl.data, other.crawl.data)
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:
        ledger.execute("insert into run (id, command, started_at) values (7, 'crawl office', '2021-03-07T02:00:00Z')")
        # It has read all pages anew, differently, and written a revision of each.
        for visit, blob in ledger.execute("select visit_id, record from reading").fetchall():
            line = zlib.decompress(blob).replace(b'"digest":"sha256:', b'"digest":"sha256:0').replace(b"list", b"LIST")
            ledger.execute("update reading set record = ? where visit_id = ?", (zlib.compress(line), visit))
        ledger.execute(
            """insert into revision (url_id, run_id, number, change, digest, visit_id, record)
            select url_id, 7, max(number) + 1, 'changed', 'sha256:1', visit_id, record from revision group by url_id"""
        )
    ledger.close()
    exported = tmp_path / "exported.jsonl"
    other.export("-o", exported)
    ours, theirs = (
        [{name: record[name] for name in STATE} for record in read_records(file)]
        for file in (exported, nights.office.feeds[6])
    )
    assert ours == theirs
    assert other.export("--history") == nights.histories[0]


def test_mistakes(nights: Nights, tmp_path: Path) -> None:
    refuse = nights.office.refuse
    assert "no collection 'offices'" in refuse("export", "offices")
    assert "takes the name of one collection" in refuse("export")
    assert "unknown option --all" in refuse("export", NAME, "--all")
    assert "the first began 2021-03-01T02:00:00Z" in refuse("export", NAME, "--as-of", "2021-02-28")
    for date in ("yesterday", "2021-02-30", "20210301", "2021-03-01T25:00", "2021-W09-1", ""):
        assert "allowed: a date such as 2021-03-01" in refuse("export", NAME, "--as-of", date)
    assert "without --as-of" in refuse("export", NAME, "--as-of", "2021-03-01", "--history")
    assert "it is a folder" in refuse("export", NAME, "-o", tmp_path)
    assert "a device or a pipe" in refuse("export", NAME, "-o", "/dev/null")
    (tmp_path / "file").touch()
    assert "cannot be written" in refuse("export", NAME, "-o", tmp_path / "file" / "corpus.jsonl")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_broken_ledger_leaves_the_file_that_is_there(nights: Nights, tmp_path: Path) -> None:
    other = Office(Crawl(tmp_path), nights.office.server)
    other.describe()
    shutil.copytree(nights.office.crawl.data, other.crawl.data)
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:
        ledger.execute("delete from reading")
        ledger.execute("update revision set record = x'00' where run_id = 3")
    ledger.close()
    path = tmp_path / "corpus.jsonl"
    path.write_text("as it was")
    other.refuse("export", NAME, "-o", path, status=1)
    assert path.read_text() == "as it was"
    assert not list(tmp_path.glob("*.part"))
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:
        ledger.execute("update revision set record = ? where run_id = 3", (zlib.compress(b'{"id":"1"}'),))
    ledger.close()
    line = other.refuse("export", NAME, "-o", path, status=1)
    assert "written by another version of the program" in line
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:  # also where it leaves as it stands
        ledger.execute("update run set finished_at = null where id > 3")
    ledger.close()
    assert "revision 3 was written by another version" in other.refuse("export", NAME, "-o", path, status=1)
    history = other.call("export", NAME, "--history", "-o", tmp_path / "history.jsonl").check(0)
    assert '\n{"id":"1"}\n' in (tmp_path / "history.jsonl").read_text()
    assert "revisions of office in" in history.last_line
    for ending in ("csv", "parquet", "sqlite"):
        refused = other.refuse("export", NAME, "--history", "-o", tmp_path / f"history.{ending}", status=1)
        assert "of the history was written by another version of the program; whole JSON lines take it" in refused
    assert "whole JSON lines take it" in other.call("export", NAME, "--history", "--flat").check(1).last_line
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:
        ledger.execute("delete from revision")
    ledger.close()
    assert "there is no record" in other.refuse("export", NAME, "-o", path, status=1)
    with sqlite3.connect(other.crawl.data / NAME / "ledger.sqlite3") as ledger:
        ledger.execute("update run set finished_at = null")
    ledger.close()
    assert "no run is finished yet" in other.refuse("export", NAME, "-o", path, status=1)
    assert path.read_text() == "as it was"


def test_files_have_a_corpus_and_no_history(nights: Nights, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "one.html").write_text(article("The ants of the county"))
    office = nights.office
    office.crawl("documents", "-a", f"path={tmp_path / 'papers'}", feed=None).check(0)
    records = office.crawl.data / "papers" / "records" / "records.jsonl"
    written = records.read_bytes()
    assert office.call("export", "papers").check(0, "1 record of papers in standard output").stdout == written
    assert "papers has no ledger" in office.refuse("export", "papers", "--history")
    assert "papers has no ledger" in office.refuse("export", "papers", "--as-of", "2021-03-01")
    records.write_bytes(written + b'{"id": "1"}\n')
    refused = office.refuse("export", "papers", "-o", tmp_path / "corpus.jsonl", status=1)
    assert "records.jsonl, line 2: no record of this version" in refused
    assert not list(tmp_path.glob("corpus.*"))
    records.unlink()
    assert "run `scrapy crawl documents` without -O" in office.refuse("export", "papers", status=1)


def test_several_collections_one_after_the_other(nights: Nights, tmp_path: Path) -> None:
    (tmp_path / "leaflets").mkdir()
    (tmp_path / "leaflets" / "one.html").write_text(article("The gulls of the county"))
    office = nights.office
    office.crawl("documents", "-a", f"path={tmp_path / 'leaflets'}", feed=None).check(0)
    leaflets = (office.crawl.data / "leaflets" / "records" / "records.jsonl").read_bytes()
    run = office.call("export", "leaflets", NAME).check(0, f"7 records of leaflets and {NAME} in standard output")
    assert run.stdout == leaflets + nights.exported[NIGHTS + 1]
    assert f"{NAME} is named twice" in office.refuse("export", NAME, "leaflets", NAME)


def test_a_closed_pipe_is_a_failure_without_a_traceback(nights: Nights) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "crawler", "export", NAME],
        cwd=ROOT,
        env=environment(nights.office.crawl.data, nights.office.env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    stderr = process.stderr.read().decode()
    assert (process.wait(), stderr) == (1, "broadside: standard output: Broken pipe\n")
    process.stderr.close()
