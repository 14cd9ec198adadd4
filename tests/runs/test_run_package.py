"""`package` on the sample as it is crawled, and on real pages."""

import csv
import gzip
import json
import re
import shutil
import signal
import sqlite3
import subprocess
import time
import unicodedata
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pyarrow.parquet as pq
import pytest
import yaml
from scrapy.settings import Settings

from crawler.commands.package import Command as PackageCommand
from crawler.commands.verify import Command as VerifyCommand
from crawler.corpus.package import fields
from crawler.corpus.package.checksums import parse_sums
from crawler.errors import UserError
from tests.corpus.test_package_descriptions import PANDAS, RDFLIB, read_croissant
from tests.runs.harness import Crawl, Reply, Server, article, read_records, write_list
from tests.runs.packaging import DOCUMENTS, PROGRAM, Packages, call, check, files_of
from tests.storage.archive_making import read_with_fastwarc, read_with_warcio

# --- What is packed -------------------------------------------------------------------------------------------------


def test_the_records_are_those_of_the_export(packages: Packages) -> None:
    assert (packages.plain / "records.jsonl").read_bytes() == packages.exported
    assert pq.read_metadata(packages.plain / "records.parquet").num_rows == 31


def test_the_files_are_those_that_are_promised(packages: Packages) -> None:
    digest = read_records(packages.plain / "records.jsonl")[0]["provenance"]["model_digest"].removeprefix("sha256:")
    always = [
        *DOCUMENTS, "SHA256SUMS", "croissant.json", "datapackage.json", "organizations/sample.json", "outcomes.csv",
        "record.schema.json", "records.jsonl", "records.parquet", "runs.csv",
    ]  # fmt: skip
    model = f"models/{digest}.json"
    assert files_of(packages.plain) == sorted([*always, model])
    assert files_of(packages.without_text) == sorted(always)
    assert files_of(packages.with_archive) == sorted([*always, model, "archive/sample/000001.warc.gz"])
    listed = [path for _, path, _ in parse_sums((packages.plain / "SHA256SUMS").read_text())]
    assert listed == sorted({*always, model} - {*DOCUMENTS, "SHA256SUMS"})
    sealed = packages.crawl.data / "sample" / "models" / "lanternjustice.example.json"
    assert (packages.plain / model).read_bytes() == sealed.read_bytes()


def test_every_url_is_accounted_for(packages: Packages) -> None:
    with (packages.plain / "outcomes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with sqlite3.connect(packages.crawl.data / "sample" / "ledger.sqlite3") as ledger:
        ((urls,),) = ledger.execute("select count(*) from url").fetchall()
    ledger.close()
    assert sum(int(row["urls"]) for row in rows) == urls
    assert sum(int(row["records"]) for row in rows) == 31
    assert {(row["state"], row["reason"]) for row in rows} >= {
        ("recorded", ""),
        ("gone", "http_404"),
        ("disallowed", ""),
    }
    definition = json.loads((packages.plain / "organizations" / "sample.json").read_text())
    assert definition["name"] == "Lantern Justice Project"


@pytest.mark.parametrize("kind", ["plain", "without_text", "with_archive"])
def test_it_verifies_and_says_what_is_left_to_do(packages: Packages, kind: str) -> None:
    run = call(packages.crawl, "verify", getattr(packages, kind)).check(
        0, r"^broadside: well: 31 records and \d\d files$"
    )
    left, _ = run.stderr.strip().splitlines()
    assert re.fullmatch(
        r"broadside: still to be filled in: \d\d answers of DATASHEET.md, 4 fields of CITATION.cff, "
        r"3 places of README.md",
        left,
    )


def test_two_packages_are_the_same_bytes(packages: Packages, tmp_path: Path) -> None:
    for folder, options in ((packages.plain, ()), (packages.with_archive, ("--with-archive",))):
        again = tmp_path / folder.name
        call(packages.crawl, "package", "sample", "-o", again, *options).check(0)
        assert files_of(again) == files_of(folder)
        assert all((again / path).read_bytes() == (folder / path).read_bytes() for path in files_of(folder))


def test_a_crawl_that_is_running_changes_nothing(packages: Packages, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    shutil.copytree(packages.crawl.data, crawl.data)
    archive = crawl.data / "sample" / "archive"
    # What a crawl has put down and archived by now, and a record that it is writing.
    (archive / "000002.warc.gz").write_bytes((archive / "000001.warc.gz").read_bytes()[:5000])
    ledger = sqlite3.connect(crawl.data / "sample" / "ledger.sqlite3", isolation_level=None)
    ledger.execute("begin immediate")
    ledger.execute("insert into run (id, command, started_at) values (2, 'crawl sample', '2030-01-01T00:00:00Z')")
    ledger.execute(
        """insert into visit (url_id, run_id, role, state, priority, warc_file, warc_offset)
        select id, 2, 'page', 'stored', 0, '000002.warc.gz', 0 from url"""
    )
    ledger.execute("commit")
    ledger.execute("begin immediate")
    try:
        for folder, options in ((packages.plain, ()), (packages.with_archive, ("--with-archive",))):
            again = tmp_path / folder.name
            call(crawl, "package", "sample", "-o", again, *options).check(0)
            assert all((again / path).read_bytes() == (folder / path).read_bytes() for path in files_of(folder))
    finally:
        ledger.close()


def test_nights_later(packages: Packages, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    shutil.copytree(packages.crawl.data, crawl.data)
    crawl("sample", "-s", "STARTED_AT=2035-01-01T02:00:00Z", feed=None).check(0)
    folder = tmp_path / "package"
    call(crawl, "package", "sample", "-o", folder, "--with-archive").check(0, "31 records")
    assert check(folder) == []
    with (folder / "runs.csv").open(newline="") as file:
        assert [(row["run"], row["started_at"][:4]) for row in csv.DictReader(file)][1:] == [("2", "2035")]
    assert read_rows(folder / "outcomes.csv")["unchanged"] > 0
    assert 'version: "2035.1.1"' in (folder / "CITATION.cff").read_text()
    assert files_of(folder / "archive") == ["sample/000001.warc.gz"], "the second night's answers are revisits"


def read_rows(path: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["state"]] += int(row["urls"])
    return found


@RDFLIB
@PANDAS
def test_croissant_leads_to_the_same_records(packages: Packages) -> None:
    for folder in (packages.with_archive, packages.without_text):
        assert list(read_croissant(folder / "croissant.json")) == read_records(folder / "records.jsonl")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_digests_can_be_checked_without_the_program(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.with_archive)
    for name in DOCUMENTS:
        (folder / name).write_text("what somebody wrote")
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0
    (folder / "runs.csv").write_text("x")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1


def test_what_is_given_stands_in_every_description(packages: Packages, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    options = (
        "--title", "Words: # of | all\nof them", "--author", "Okafor, Ines <0000-0002-1825-0097>",
        "--author", "Harbor Law", "--license", "cc-by-4.0", "--version", "1.0.0",
    )  # fmt: skip
    call(packages.crawl, "package", "sample", "-o", folder, *options).check(0)
    assert check(folder) == []
    title = "Words: # of | all of them"
    described, croissant = (json.loads((folder / name).read_text()) for name in ("datapackage.json", "croissant.json"))
    assert (described["title"], described["version"]) == (title, "1.0.0")
    assert [one["title"] for one in described["contributors"]] == ["Ines Okafor", "Harbor Law"]
    assert croissant["license"] == described["licenses"][0]["path"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert f'title: "{title}"' in (folder / "CITATION.cff").read_text()
    assert (folder / "README.md").read_text().startswith("# Words: \\# of \\| all of them\n")
    run = call(packages.crawl, "verify", folder).check(0)
    assert "1 field of CITATION.cff" in run.stderr


# --- Without texts --------------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_SENTENCE = re.compile(r"[^.!?\n]+")


def squeeze(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def leaves(value: Any) -> Iterator[str]:
    """Give the texts of a JSON value, names of keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one)


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the words of each file of a package, as they stand there and as an address spells them; no titles."""
    for name in files_of(folder):
        path = folder / name
        if name.endswith((".parquet", ".jsonl")):
            rows = pq.read_table(path).to_pylist() if name.endswith(".parquet") else read_records(path)
            text = "\n".join(leaves([{key: value for key, value in row.items() if key != "title"} for row in rows]))
        elif name.endswith(".json"):
            text = "\n".join(leaves(json.loads(path.read_text("utf-8"))))
        elif name.endswith(".gz"):
            text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        else:
            text = path.read_text("utf-8")
        yield name, squeeze(f"{text}\n{unquote_plus(text)}")


def sentences_of(records: list[dict[str, Any]]) -> set[str]:
    parts = [text for record in records for text in (record["text"], *(block["text"] for block in record["removed"]))]
    parts = [_ADDRESS.sub(".", part) for part in parts]  # that a text spells out, as its links have it
    # Shorter ones, such as "Who we are", are a heading or a name as well.
    return {words for part in parts for one in _SENTENCE.findall(part) if len((words := squeeze(one)).split()) >= 6}


def prove_that_no_text_is_left(whole: Path, withheld: Path) -> None:
    sentences = sentences_of(read_records(whole / "records.jsonl"))
    assert len(sentences) > 100
    found = {name: [one for one in sentences if one in words] for name, words in contents(withheld)}
    assert {name: left for name, left in found.items() if left} == {}
    with_texts = dict(contents(whole))
    for name in ("records.jsonl", "records.parquet"):
        assert all(one in with_texts[name] for one in sentences), "the proof would see them"


def test_no_sentence_of_a_text_is_left(packages: Packages) -> None:
    prove_that_no_text_is_left(packages.plain, packages.without_text)


def test_columns_that_quote_the_text_are_withheld(crawl: Crawl, tmp_path: Path) -> None:
    pages = tmp_path / "coded"
    pages.mkdir()
    quoted = "Nothing more was heard of the eels until the spring"
    (pages / "eels.html").write_text(article("the eels"))
    with (pages / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "url", "document_type", "topic", "organization", "quotation", "coder"])
        writer.writerow(["eels.html", "https://a.example/eels", *[quoted] * 4, "AB"])
    crawl("documents", "-a", f"path={pages}", feed=None).check(0)
    whole, withheld = tmp_path / "whole", tmp_path / "withheld"
    call(crawl, "package", "coded", "-o", whole).check(0, "1 record")
    call(crawl, "package", "coded", "-o", withheld, "--without-text").check(0, "1 record")
    assert check(whole) == check(withheld) == []
    with_words = {name for name, words in contents(whole) if squeeze(quoted) in words}
    assert with_words == {"DATASHEET.md", "records.jsonl", "records.parquet"}
    assert {name for name, words in contents(withheld) if squeeze(quoted) in words} == set()
    assert read_records(withheld / "records.jsonl")[0]["annotations"] == {"quotation": None, "coder": "AB"}


def test_what_stays_without_texts_is_as_it_was(packages: Packages) -> None:
    whole, withheld = (read_records(folder / "records.jsonl") for folder in (packages.plain, packages.without_text))
    kept = ("id", "url", "title", "date_published", "word_count", "digest", "provenance", "change", "near_duplicate_of")
    assert [[one[name] for name in kept] for one in withheld] == [[one[name] for name in kept] for one in whole]
    assert [len(one["links"]) for one in withheld] == [len(one["links"]) for one in whole]
    assert [link["url"] for one in withheld for link in one["links"]] == [
        link["url"] for one in whole for link in one["links"]
    ]
    assert {one["text"] for one in withheld} == {None}
    assert "The texts are withheld" in (packages.without_text / "README.md").read_text()
    assert "withheld" in (packages.without_text / "DATASHEET.md").read_text()


def test_real_pages(corpora: Path, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    crawl("documents", "-a", f"path={corpora / 'openglam'}", feed=None).check(0)
    whole, withheld = tmp_path / "whole", tmp_path / "withheld"
    call(crawl, "package", "openglam", "-o", whole).check(0, "264 records of openglam packed")
    call(crawl, "package", "openglam", "-o", withheld, "--without-text").check(0, "264 records of openglam packed")
    assert check(whole) == check(withheld) == []
    prove_that_no_text_is_left(whole, withheld)
    refused = call(crawl, "package", "openglam", "-o", tmp_path / "x", "--with-archive").check(2, "there is no archive")
    assert refused.stderr.count("\n") == 1


# --- The archive, and what is taken down ----------------------------------------------------------------------------


def test_the_archive_has_the_answers_of_the_records_alone(packages: Packages) -> None:
    path = packages.with_archive / "archive" / "sample" / "000001.warc.gz"
    read = read_with_warcio(path)
    assert [one[:2] for one in read_with_fastwarc(path)] == [one[:2] for one in read]
    records = read_records(packages.with_archive / "records.jsonl")
    assert {fields["warc-target-uri"] for kind, fields, _ in read if kind == "response"} == {
        one["url"] for one in records
    }
    assert [kind for kind, _, _ in read] == ["warcinfo", *["response", "request"] * 31]
    whole = read_records(packages.plain / "records.jsonl")
    for ours, theirs in zip(records, whole, strict=True):
        ours["provenance"]["warc_offset"] = theirs["provenance"]["warc_offset"]
    assert records == whole


def test_takedowns_hold_in_every_file(crawl: Crawl, server: Server, tmp_path: Path) -> None:
    names = [f"page-{number}" for number in range(8)]
    secret = "Helmut Quarz was never charged with anything by the county."
    footer = "<footer><p>Every page of ours ends with these very words about the office.</p></footer>"
    for name in names:
        words = secret if name == "page-3" else f"What {name} says of the county is said nowhere else by anybody."
        server.page(f"/{name}", article(f"The page {name}", words).replace("</article>", f"</article>{footer}"))
    coded = gzip.compress(article("The page page-5", "It came compressed.").encode())
    server.page("/page-5", Reply(coded, headers=(("Content-Encoding", "gzip"),)))
    server.page("/old", Reply(b"", 301, headers=(("Location", "/page-3"),)))
    listed = write_list(crawl.folder / "urls.csv", [server.url(f"/{name}") for name in ("old", *names)])
    crawl("pages", "-a", f"urls={listed}", "-a", "collection=c", feed=None).check(0, "well: 8 records")
    whole = tmp_path / "whole"
    call(crawl, "package", "c", "-o", whole, "--with-archive").check(0, "8 records")
    assert any("helmut quarz" in words for _, words in contents(whole))
    list_path = crawl.data / "c" / "takedown.csv"
    list_path.write_text(
        f"what,reason,date\n{server.url('/old')},asked,2026-03-01\n{server.url('/x')},asked,2026-03-01\n"
    )
    for options in ((), ("--with-archive",), ("--without-text",)):
        folder = tmp_path / f"package{''.join(options)}"
        run = call(crawl, "package", "c", "-o", folder, *options).check(0, "7 records of c packed")
        assert "1 record left out by the takedown list: asked 1" in run.stderr
        assert "line 3: nothing here falls under it" in run.stderr
        assert check(folder) == []
        for name, words in contents(folder):
            assert "quarz" not in words, name
            assert "page-3" not in words, name
        assert not (folder / "models").exists(), "a model quotes pages"
        assert ("its site models are left out" in run.stderr) == (options != ("--without-text",))
        assert "Left out by takedown lists: 1 record" in (folder / "DATASHEET.md").read_text()
    (crawl.data / "takedown.csv").write_text(f"what,reason,date\n{server.url('/')}*,asked,2026-03-01\n")
    run = call(crawl, "package", "c", "-o", tmp_path / "none").check(
        1, "the takedown list leaves no record; nothing was written$"
    )
    assert not list(tmp_path.glob("none*"))


# --- What is refused ------------------------------------------------------------------------------------------------


def refuse(packages: Packages, *arguments: str | Path) -> str:
    """Give what a command says to a mistake, in this process."""
    command = {"package": PackageCommand, "verify": VerifyCommand}[str(arguments[0])]()
    command.settings = Settings({"DATA_DIR": str(packages.crawl.data), "TAKEDOWN": ""})
    parser = ArgumentParser()
    command.add_options(parser)
    options, names = parser.parse_known_args(list(map(str, arguments[1:])))
    with pytest.raises(UserError) as caught:
        command.work(command.settings, names, options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_mistakes(packages: Packages, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "DATASHEET.md").write_text("what somebody wrote")
    out = ("-o", tmp_path / "package")
    assert "takes the name of one collection" in refuse(packages, "package", *out)
    assert "name the folder to be made with -o" in refuse(packages, "package", "sample")
    assert "no collection 'samples'" in refuse(packages, "package", "samples", *out)
    assert "sample is named twice" in refuse(packages, "package", "sample", "sample", *out)
    assert "unknown option --all" in refuse(packages, "package", "sample", *out, "--all")
    assert "not empty" in refuse(packages, "package", "sample", "-o", full)
    assert "archive has the texts" in refuse(packages, "package", "sample", *out, "--with-archive", "--without-text")
    assert "names a file; it makes a folder" in refuse(packages, "package", "sample", "-o", tmp_path / "corpus.zip")
    assert "--author once for each" in refuse(packages, "package", "sample", *out, "--author", "A, B; C, D")
    assert "--author once for each" in refuse(packages, "package", "sample", *out, "--author", "A, B, C, D")
    assert "allowed: a DOI such as" in refuse(packages, "package", "sample", *out, "--doi", "zenodo.1")
    assert "allowed: a day such as" in refuse(packages, "package", "sample", *out, "--released", "2026-02-30")
    assert "File name too long" in refuse(packages, "package", "sample", "-o", tmp_path / ("x" * 300))
    assert "File name too long" in refuse(packages, "verify", tmp_path / ("x" * 300))
    assert "it is a file; verify takes the folder" in refuse(packages, "verify", packages.plain / "records.jsonl")
    assert "is no ORCID" in refuse(packages, "package", "sample", *out, "--author", "A, B <1>")
    assert "spdx.org" in refuse(packages, "package", "sample", *out, "--license", "free")
    assert "--title=' ' is not allowed" in refuse(packages, "package", "sample", *out, "--title", " ")
    assert "verify takes one folder" in refuse(packages, "verify")
    assert "there is no such folder" in refuse(packages, "verify", tmp_path / "nowhere")
    assert "it is no package" in refuse(packages, "verify", full)
    assert "unknown option --all" in refuse(packages, "verify", full, "--all")
    for arguments in (("package", "sample", "-o", full), ("verify", full)):
        run = call(packages.crawl, *arguments).check(2, "^broadside: ")
        assert run.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
    assert (full / "DATASHEET.md").read_text() == "what somebody wrote"


def test_what_is_known_of_the_corpus_stands_in_all_pages(packages: Packages, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    given = ("--title", "Papers", "--author", "Okafor, Ines", "--author", "Harbor Institute", "--license", "CC-BY-4.0")
    more = ("--doi", "https://doi.org/10.5281/zenodo.123", "--released", "2027-01-02")
    run = call(packages.crawl, "package", "sample", "-o", folder, *given, *more).check(0)
    assert "broadside: taken for an institution: Harbor Institute; a person is --author 'Family, Given'\n" in run.stderr
    assert "institution: Ines" not in run.stderr
    cited = yaml.safe_load((folder / "CITATION.cff").read_text("utf-8"))
    assert (cited["doi"], cited["license"]) == ("10.5281/zenodo.123", "CC-BY-4.0")
    assert str(cited["date-released"]) == "2027-01-02"
    assert "published 1998 to 2019" in cited["abstract"]
    sentence = "Okafor, Ines; Harbor Institute (2027). Papers (version "
    assert sentence in json.loads((folder / "croissant.json").read_text())["citeAs"]
    readme = (folder / "README.md").read_text("utf-8")
    assert sentence in readme
    assert "[CC-BY-4.0](https://spdx.org/licenses/CC-BY-4.0.html)" in readme
    for name in fields.RECORD:
        assert f"| `{name}` | " in readme
    assert call(packages.crawl, "verify", folder).check(0, "well: 31 records").stderr.count("README.md") == 1


def test_a_full_disk_leaves_nothing(packages: Packages, tmp_path: Path) -> None:
    limited = ("sh", "-c", 'ulimit -f 200; exec "$0" "$@"', *PROGRAM)
    run = packages.crawl("package", "sample", "-o", tmp_path / "package", feed=None, level=None, program=limited)
    run.check(1, "^broadside: .*File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_collection_keeps_its_name(packages: Packages, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    shutil.copytree(packages.crawl.data / "sample", crawl.data / "other")
    call(crawl, "package", "other", "-o", tmp_path / "package").check(1, "of a collection 'sample'; a collection keeps")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_cannot_be_read_leaves_nothing(packages: Packages, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    shutil.copytree(packages.crawl.data, crawl.data)
    archive = crawl.data / "sample" / "archive" / "000001.warc.gz"
    archive.rename(tmp_path / "kept")
    out = tmp_path / "package"
    call(crawl, "package", "sample", "-o", out).check(1, "000001.warc.gz at .*No such file")
    call(crawl, "package", "sample", "-o", out, "--without-text").check(0)  # it needs none
    assert check(out) == []
    shutil.rmtree(out)
    archive.write_bytes(b"\0" * 200_000)
    call(crawl, "package", "sample", "-o", out, "--with-archive").check(1, "no whole record")
    (tmp_path / "kept").replace(archive)
    with sqlite3.connect(crawl.data / "sample" / "ledger.sqlite3") as ledger:
        ledger.execute("update revision set record = x'00'")
    ledger.close()
    call(crawl, "package", "sample", "-o", out).check(1, "ledger.sqlite3: Error -5 while decompressing")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_killed_run_leaves_no_package(packages: Packages, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    records = crawl.data / "many" / "records" / "records.jsonl"
    records.parent.mkdir(parents=True)
    lines = packages.exported.decode().splitlines()
    with records.open("w") as file:
        for number in range(3000):
            record = json.loads(lines[number % 31])
            record |= {
                "collection": "many",
                "id": f"{number:020x}",
                "provenance": record["provenance"] | {"model_digest": None},
            }
            file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    out, part = tmp_path / "package", tmp_path / "package.part"
    for sign in (signal.SIGKILL, signal.SIGINT):
        (part / "records.jsonl").unlink(missing_ok=True)
        process = crawl.start("package", "many", "-o", out, feed=None, level=None, program=PROGRAM)
        deadline = time.monotonic() + 120
        while not (part / "records.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(sign)
        run = crawl.finish(process, 0.0)
        assert not out.exists()
        assert part.exists() == (sign == signal.SIGKILL)
    run.check(1, "interrupted; nothing was written")
    call(crawl, "package", "many", "-o", out).check(0, "3,000 records of many packed")
    assert not part.exists()
    assert check(out) == []
