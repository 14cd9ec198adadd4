"""Exports of real collections, read back by independent readers: field by field what the JSON lines say."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from benchmarks.export_size import make_collection
from items import Record
from tests.corpus.making import make_hostile, make_lines, make_record
from tests.corpus.readers import (
    Rows,
    read_csv,
    read_sqlite,
    read_sqlite_table,
    read_with_duckdb,
    read_with_pandas,
    unflatten,
)
from tests.runs.harness import ROOT, SHARED, Crawl, Run, environment, read_records

NAMES = [field.name for field in fields(Record)]
PROGRAM = (sys.executable, "-m", "crawler", "export")
WHOLE: list[tuple[str, Callable[[Path], Rows]]] = [
    ("sqlite", read_sqlite),
    ("parquet", lambda path: read_with_duckdb(path, "read_parquet(?)")),
    ("parquet", read_with_pandas),
]
FLAT: list[tuple[str, Callable[[Path], Rows]]] = [
    ("jsonl", read_records),
    ("csv", read_csv),
    ("sqlite", read_sqlite_table),
    ("parquet", lambda path: read_with_duckdb(path, "read_parquet(?)")),
]


def call(crawl: Crawl, *arguments: str | Path, status: int = 0) -> Run:
    return crawl(*arguments, feed=None, level=None, program=PROGRAM).check(status, "^broadside: ")


def keep(crawl: Crawl, name: str, lines: list[str]) -> None:
    """Make a collection of files that has these records."""
    folder = crawl.data / name / "records"
    folder.mkdir(parents=True)
    (folder / "records.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    crawl = Crawl(tmp_path_factory.mktemp("collections"))
    crawl("sample", feed=None).check(0)
    if (SHARED / "corpora" / "openglam").is_dir():
        crawl("documents", "-a", f"path={SHARED / 'corpora' / 'openglam'}", feed=None).check(0)
    hostile = [line for line in make_lines(make_hostile()) if "\\ud" not in line]  # no record can hold half a pair
    keep(crawl, "hostile", hostile)
    yield crawl
    crawl.end_all()


@pytest.mark.parametrize("names", [("sample",), ("openglam",), ("hostile", "sample")])
def test_every_form_gives_back_the_json_lines(collections: Crawl, names: tuple[str, ...], tmp_path: Path) -> None:
    if "openglam" in names and not (collections.data / "openglam").is_dir():
        pytest.skip(f"{SHARED / 'corpora' / 'openglam'} is not there: this test reads it")
    path = tmp_path / "corpus.jsonl"
    call(collections, *names, "-o", path)
    wanted = read_records(path)
    assert len(wanted) == sum(
        len(read_records(collections.data / name / "records" / "records.jsonl")) for name in names
    )
    assert len(wanted) > 25
    for ending, read in WHOLE:
        exported = tmp_path / f"corpus.{ending}"
        if not exported.exists():
            call(collections, *names, "-o", exported)
        for record, one in zip(read(exported), wanted, strict=True):
            assert record.pop("doc_id", f"{one['collection']}-{one['id']}") == f"{one['collection']}-{one['id']}"
            assert sorted(record) == sorted(NAMES)
            assert record == one
    annotations = {
        f"annotations_{' '.join(name.split())}"
        if name.strip() == name
        else " ".join(f"annotations_{name}".split()): name
        for one in wanted
        for name in one["annotations"]
    }
    for ending, read in FLAT:
        exported = tmp_path / f"flat.{ending}"
        call(collections, *names, "--flat", "-o", exported)
        rows = unflatten(read(exported), annotations)
        for row, one in zip(rows, wanted, strict=True):
            assert row.pop("doc_id") == f"{one['collection']}-{one['id']}"
            assert row == one
    raw = path.read_bytes()
    for name in ("corpus.jsonl.gz", "corpus.jsonl.zst"):
        call(collections, *names, "-o", tmp_path / name)
        with duckdb.connect() as database:
            read_back = database.execute("select json from read_json_objects(?)", [str(tmp_path / name)]).fetchall()
        assert [json.loads(row[0]) for row in read_back] == wanted
    assert gzip.decompress((tmp_path / "corpus.jsonl.gz").read_bytes()) == raw


@pytest.mark.parametrize("names", [("sample",), ("openglam",), ("hostile", "sample")])
def test_the_json_lines_are_read_without_options(collections: Crawl, names: tuple[str, ...], tmp_path: Path) -> None:
    if "openglam" in names and not (collections.data / "openglam").is_dir():
        pytest.skip(f"{SHARED / 'corpora' / 'openglam'} is not there: this test reads it")
    path = tmp_path / "corpus.jsonl"
    call(collections, *names, "-o", path)
    wanted = read_records(path)
    with duckdb.connect() as database:
        found = database.execute("select id, title, text, word_count from read_json_auto(?)", [str(path)]).fetchall()
    assert found == [(one["id"], one["title"], one["text"], one["word_count"]) for one in wanted]
    frame = pd.read_json(path, lines=True)
    assert frame["text"].tolist() == [one["text"] for one in wanted]
    assert frame["word_count"].tolist() == [one["word_count"] for one in wanted]
    assert len(path.read_text("utf-8").splitlines()) == len(wanted)


def test_standard_output_can_be_flat(collections: Crawl) -> None:
    rows = [json.loads(line) for line in call(collections, "sample", "--flat").stdout.splitlines()]
    assert len(rows) == 31
    assert rows[0]["doc_id"] == f"sample-{rows[0]['id']}"
    assert rows[0]["provenance_status"] == 200


def test_near_duplicates_are_named(collections: Crawl, tmp_path: Path) -> None:
    """A joint statement: the first of two organizations to publish it has the original."""
    sentence = "The undersigned ask the county to open the book of those whom it turned away in winter number {}."
    text = " ".join(sentence.format(number) for number in range(12))
    crawl = Crawl(tmp_path)
    day = {"date_published_latest": "2015-03-27", "date_published_precision": "day"}
    late = make_record("late", text=text, date_published="2015-03-29", date_published_earliest="2015-03-29", **day)
    early = make_record("early", text=text, date_published="2015-03-27", date_published_earliest="2015-03-27", **day)
    keep(crawl, "one", make_lines([late, make_record("other", text="Something else.")]))
    keep(crawl, "two", make_lines([early]))
    run = call(crawl, "one", "two", "-o", tmp_path / "corpus.jsonl")
    records = read_records(tmp_path / "corpus.jsonl")
    assert [record["near_duplicate_of"] for record in records] == [early.id, None, None]
    assert run.last_line == f"broadside: 3 records of one and two in {tmp_path / 'corpus.jsonl'}"
    call(crawl, "one", "-o", tmp_path / "alone.csv")
    assert [row["near_duplicate_of"] for row in read_csv(tmp_path / "alone.csv")] == [None, None]


def test_annotations_of_two_coders_can_be_read(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    keep(crawl, "one", make_lines([make_record("a", annotations={"Coder": "AB"})]))
    keep(crawl, "two", make_lines([make_record("b", annotations={"coder": "CD"})]))
    call(crawl, "one", "two", "-o", tmp_path / "corpus.jsonl")
    with duckdb.connect() as database:
        found = database.execute(
            "select annotations from read_json_auto(?)", [str(tmp_path / "corpus.jsonl")]
        ).fetchall()
    assert [{name: text for name, text in row[0].items() if text} for row in found] == [
        {"Coder": "AB"},
        {"coder_2": "CD"},
    ]
    call(crawl, "one", "two", "-o", tmp_path / "corpus.csv")
    rows = read_csv(tmp_path / "corpus.csv")
    assert [(row["annotations_Coder"], row["annotations_coder_2"]) for row in rows] == [("AB", None), (None, "CD")]


def test_long_cells_are_told(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    keep(crawl, "one", make_lines([make_record("a", text="word " * 8000)]))
    run = call(crawl, "one", "-o", tmp_path / "corpus.csv")
    assert "broadside: 1 record has a cell of more than 32,767 characters" in run.stderr
    assert run.last_line.startswith("broadside: 1 record of one in ")


def test_mistakes(collections: Crawl, tmp_path: Path) -> None:
    for name in ("corpus.txt", "corpus", "corpus.xlsx"):
        run = call(collections, "sample", "-o", tmp_path / name, status=2)
        assert "its ending names no form of file; allowed: .jsonl, " in run.last_line
        assert run.stderr.count("\n") == 1
    assert "it is a folder" in call(collections, "sample", "-o", tmp_path, status=2).last_line
    keep_wrong = Crawl(tmp_path)
    keep(keep_wrong, "one", make_lines([make_record("a", date_published_latest="in March")]))
    run = call(keep_wrong, "one", "-o", tmp_path / "corpus.parquet", status=1)
    assert run.last_line.endswith(
        "/corpus.parquet: https://harbor.example/a: date_published_latest holds 'in March', which is no day or time"
    )
    many = {**json.loads(make_lines([make_record("b")])[0]), "word_count": 2**63}
    keep(keep_wrong, "many", [*make_lines([make_record("a")]), json.dumps(many)])
    for ending, said in (
        ("parquet", "word_count holds 9223372036854775808, which is no int64"),
        ("sqlite", "too large"),
    ):
        run = call(keep_wrong, "many", "-o", tmp_path / f"corpus.{ending}", status=1)
        assert f"/corpus.{ending}: https://harbor.example/b: " in run.last_line
        assert said in run.last_line
    assert not list(tmp_path.glob("corpus.*"))


def test_the_records_that_are_read_are_not_replaced(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    keep(crawl, "one", make_lines([make_record("a")]))
    records = crawl.data / "one" / "records" / "records.jsonl"
    link = tmp_path / "link.jsonl"
    link.symlink_to(records)
    before = records.read_bytes()
    for path in (records, link):
        run = call(crawl, "one", "--flat", "-o", path, status=2)
        assert run.last_line.endswith(": one keeps its records there, and nowhere else; name another file")
        assert records.read_bytes() == before
    takedowns = crawl.data / "takedown.csv"
    takedowns.write_text("what,reason,date\nhttps://harbor.example/b,a request,2026-11-02\n")
    assert "it is a takedown list" in call(crawl, "one", "-o", takedowns, status=2).last_line
    assert "a request" in takedowns.read_text()
    long = call(crawl, "one", "-o", tmp_path / f"{'x' * 300}.csv", status=2).last_line
    assert long.endswith("it cannot be written (File name too long)")


def test_streams_may_be_closed(tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    keep(crawl, "one", make_lines([make_record("a")]))
    for closed, status, out, err in (
        (">&-", 1, b"", b"broadside: standard output: it is closed\n"),
        ("2>&-", 0, (crawl.data / "one" / "records" / "records.jsonl").read_bytes(), b""),
    ):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *PROGRAM, "one"],
            cwd=ROOT,
            env=environment(crawl.data, {}),
            check=False,
            capture_output=True,
        )
        assert (done.returncode, done.stdout, done.stderr) == (status, out, err)


# The size of files is bounded in place of the disk: writing fails as it does there.
FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from crawler.__main__ import main
sys.argv[0] = "crawler"
main()
"""


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet", "sqlite"])
def test_a_full_disk_leaves_what_was_there(ending: str, tmp_path: Path) -> None:
    crawl = Crawl(tmp_path)
    make_collection(crawl.data, "many", 200)
    path = tmp_path / "out" / f"corpus.{ending}"
    path.parent.mkdir()
    path.write_text("as it was")
    program = (sys.executable, "-c", FULL_DISK)
    run = crawl("export", "many", "-o", path, feed=None, level=None, program=program)
    run.check(1, rf"^broadside: {path}: (File too large|disk I/O error|database or disk is full)$")
    assert run.stderr.count("\n") == 1
    assert path.read_text() == "as it was"
    assert list(path.parent.iterdir()) == [path]
