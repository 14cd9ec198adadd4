"""Each form of file gives back, field by field, what went in, to a reader that shares no code with the writer."""

import asyncio
import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from datasette.app import Datasette
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.corpus.columns import (
    RECORD_COLUMNS,
    FlatLayout,
    Kind,
    join_texts,
    note_annotations,
    read_record,
    rename_annotations,
    tell_apart,
)
from crawler.corpus.files import completing
from crawler.corpus.formats.choose import FORMS, choose_form
from crawler.corpus.formats.comma_separated import LONGEST_CELL, neutralize
from crawler.corpus.formats.written import UnwritableRecordError, Written
from crawler.errors import UserError
from items import Record
from tests.corpus.making import HOSTILE_TITLES, make_bare, make_hostile, make_lines, make_record, read_lines
from tests.corpus.readers import (
    Rows,
    read_csv,
    read_csv_cells,
    read_sqlite,
    read_sqlite_table,
    read_with_duckdb,
    read_with_pandas,
    split_texts,
    undo_neutralized,
    unflatten,
)

RECORDS = [make_record("plain"), make_bare(), *make_hostile()]
NOTED: dict[str, None] = {}
LINES = list(note_annotations(make_lines(RECORDS), NOTED))
LINES = list(rename_annotations(LINES, dict(zip(NOTED, tell_apart(NOTED), strict=True))))
WANTED = read_lines(LINES)
NAMES = [field.name for field in fields(Record)]


def lay_out(lines: list[str], *, history: bool = False) -> FlatLayout:
    names: dict[str, None] = {}
    for _ in note_annotations(lines, names):
        pass
    return FlatLayout(tuple(names), history=history)


def write(path: Path, lines: list[str] = LINES, *, flat: bool = False, history: bool = False) -> Written:
    form = choose_form(path)
    layout = lay_out(lines, history=history)
    return form.write(iter(lines), path, layout if flat or form.always_flat else None, history=history)


def read_json_lines(path: Path) -> Rows:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.decode().split("\n")[:-1]]


def read_json_with_duckdb(path: Path) -> Rows:
    """By the columns' types and not by guess, as what DuckDB guesses of a text that looks like a number is its own."""
    with duckdb.connect() as database:
        found = database.execute("select json from read_json_objects(?)", [str(path)]).fetchall()
    return [json.loads(row[0]) for row in found]


WHOLE: list[tuple[str, Callable[[Path], Rows]]] = [
    (".jsonl", read_json_lines),
    (".jsonl", read_json_with_duckdb),
    (".jsonl.gz", read_json_lines),
    (".jsonl.gz", read_json_with_duckdb),
    (".jsonl.zst", read_json_with_duckdb),
    (".parquet", lambda path: read_with_duckdb(path, "read_parquet(?)")),
    (".parquet", read_with_pandas),
    (".sqlite", read_sqlite),
]
FLAT: list[tuple[str, Callable[[Path], Rows]]] = [
    (".jsonl", read_json_lines),
    (".jsonl.gz", read_json_lines),
    (".jsonl.zst", read_json_with_duckdb),
    (".csv", read_csv),
    (".parquet", lambda path: read_with_duckdb(path, "read_parquet(?)")),
    (".parquet", read_with_pandas),
    (".sqlite", read_sqlite_table),
]


@pytest.mark.parametrize(("ending", "read"), WHOLE)
def test_whole_records_come_back(ending: str, read: Callable[[Path], Rows], tmp_path: Path) -> None:
    path = tmp_path / f"corpus{ending}"
    assert write(path).records == len(LINES)
    found = read(path)
    assert len(found) == len(WANTED)
    for record, wanted in zip(found, WANTED, strict=True):
        record.pop("doc_id", None)
        assert sorted(record) == sorted(wanted)
        assert {name: record[name] for name in NAMES} == wanted


@pytest.mark.parametrize(("ending", "read"), FLAT)
def test_flat_rows_come_back(ending: str, read: Callable[[Path], Rows], tmp_path: Path) -> None:
    path = tmp_path / f"corpus{ending}"
    assert write(path, flat=True).records == len(LINES)
    columns = {column: name for name, column in lay_out(LINES).names.items()}
    rows = read(path)
    assert list(rows[0])[:2] == ["doc_id", "text"]
    assert not [row for row in rows if any(isinstance(value, dict | list) for value in row.values())]
    found = unflatten(rows, columns)
    assert [record.pop("doc_id") for record in found] == [f"harbor-{record.id}" for record in RECORDS]
    for record, wanted in zip(found, WANTED, strict=True):
        assert {name: record[name] for name in NAMES} == wanted


def test_all_forms_are_read_here() -> None:
    assert {ending for ending, _ in WHOLE} | {ending for ending, _ in FLAT} | {".csv.gz"} == set(FORMS)


def test_a_compressed_table_is_the_table(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    write(tmp_path / "a.csv.gz")
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == (tmp_path / "a.csv").read_bytes()


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("flat", [False, True])
def test_the_same_records_are_the_same_bytes(ending: str, flat: bool, tmp_path: Path) -> None:
    first, second = tmp_path / f"one{ending}", tmp_path / f"another{ending}"
    write(first, flat=flat)
    write(second, flat=flat)
    assert first.read_bytes() == second.read_bytes()


def test_compressed_files_tell_no_time_and_no_name(tmp_path: Path) -> None:
    """RFC 1952: flags and time stand in bytes 3 to 7."""
    write(tmp_path / "a.jsonl.gz")
    assert (tmp_path / "a.jsonl.gz").read_bytes()[3:8] == b"\0" * 5


def test_a_line_that_nothing_else_changes_is_cleaned_too(tmp_path: Path) -> None:
    lines = make_lines([make_record("one", title="half a pair \ud800, NUL \0"), make_record("two")])
    assert "\\ud800" in lines[0]
    write(tmp_path / "a.jsonl", lines)
    first, second, _ = (tmp_path / "a.jsonl").read_text("utf-8").split("\n")
    assert json.loads(first)["title"] == "half a pair \ufffd, NUL \ufffd"
    assert second == lines[1]


# --- Types ----------------------------------------------------------------------------------------------------------


def test_each_field_is_a_column_of_a_kind() -> None:
    kinds = {column.name: column.kind for column in RECORD_COLUMNS}
    assert list(kinds) == NAMES
    assert {name for name, kind in kinds.items() if kind is Kind.DAY} == {
        "date_published_earliest",
        "date_published_latest",
    }
    assert {name for name, kind in kinds.items() if kind is Kind.TRUTH} == {"date_conflict"}
    assert {name for name, kind in kinds.items() if kind is Kind.NUMBER} == {"word_count", "revision"}
    assert {name for name, kind in kinds.items() if kind is Kind.TEXTS} == {"authors", "topics"}
    assert {name for name, kind in kinds.items() if kind is Kind.MAPPING} == {"annotations"}


def test_parquet_has_types(tmp_path: Path) -> None:
    path = tmp_path / "corpus.parquet"
    write(path)
    types = {field.name: str(field.type) for field in pq.read_schema(path)}
    assert types["date_published_earliest"] == types["date_published_latest"] == "date32[day]"
    assert types["date_conflict"] == "bool"
    assert types["word_count"] == "int64"
    assert types["authors"] == "list<element: string>"
    assert types["annotations"].startswith("map<string, string")
    assert "fetched_at: timestamp[ms, tz=UTC]" in types["provenance"]
    assert "position: int64, support: int64" in types["removed"]
    frame = pd.read_parquet(path)
    assert frame["date_published_earliest"][0] == date(2012, 3, 1)


def test_a_table_without_records_or_values_keeps_its_types(tmp_path: Path) -> None:
    """What a first file has no value for, a second one may have: both have the same columns."""
    write(tmp_path / "bare.parquet", make_lines([make_bare()]))
    write(tmp_path / "none.parquet", [])
    write(tmp_path / "full.parquet", make_lines([make_record("one")]))
    schemas = {str(pq.read_schema(path)) for path in tmp_path.glob("*.parquet")}
    assert len(schemas) == 1


def test_what_is_no_day_has_no_place_in_a_typed_column(tmp_path: Path) -> None:
    lines = make_lines([make_record("one"), make_record("two", date_published_latest="2012-02-30")])
    with pytest.raises(UnwritableRecordError, match=r"^https://harbor.example/two: date_published_latest .*2012-02-30"):
        write(tmp_path / "corpus.parquet", lines)


def test_many_portions_and_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.corpus.formats.parquet._PORTION_RECORDS", 7)
    write(tmp_path / "a.parquet")
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 1
    monkeypatch.setattr("crawler.corpus.formats.parquet._GROUP_CHARACTERS", sum(map(len, LINES[:14])))
    write(tmp_path / "b.parquet")
    assert 1 < pq.ParquetFile(tmp_path / "b.parquet").num_row_groups <= -(-len(LINES) // 7)
    monkeypatch.setattr("crawler.corpus.formats.parquet._PORTION_CHARACTERS", 1)
    monkeypatch.setattr("crawler.corpus.formats.parquet._GROUP_CHARACTERS", 1)
    write(tmp_path / "c.parquet")
    assert pq.ParquetFile(tmp_path / "c.parquet").num_row_groups == len(LINES)
    for path in sorted(tmp_path.glob("*.parquet")):
        found = read_with_duckdb(path, "read_parquet(?)")
        assert [record["id"] for record in found] == [record.id for record in RECORDS]
        assert found[0]["title"] == "The title of plain"


def test_only_columns_by_which_one_chooses_have_statistics(tmp_path: Path) -> None:
    """The least and greatest of a column stand in the file in plain words, which texts should not."""
    write(tmp_path / "a.parquet")
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    told = {column.path_in_schema for column in columns if column.is_stats_set}
    assert told == {
        "collection",
        "organization",
        "document_type",
        "language",
        "date_published_earliest",
        "date_published_latest",
    }


# --- CSV ------------------------------------------------------------------------------------------------------------


def csv_rows(path: Path) -> Iterator[list[str]]:
    """As Python's own reader has them."""
    yield from csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    write(path)
    cells = [cell for row in csv_rows(path) for cell in row]
    assert len(cells) > 1000
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and cell[:1]]
    assert "'=cmd|' /C calc'!A0" in cells
    assert "''=1+1" in cells


def test_numbers_and_truths_are_not_quoted(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", make_lines([make_record("one", annotations={"coder": "", "minus": "-1"})]))
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8-sig")
    header, row, end = text.split("\r\n")
    assert end == ""
    assert header.startswith('"doc_id","text","id","url",')
    assert ',8,"[{' in row  # word_count
    assert ",FALSE," in row
    assert ""","","'-1",""" in row
    assert '"March 2012"' in row


def test_pandas_reads_the_table(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    frame = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert list(frame.columns[:2]) == ["doc_id", "text"]
    assert frame["title"].map(undo_neutralized).tolist() == [one["title"] or "" for one in WANTED]
    assert frame["doc_id"].is_unique
    assert frame["date_conflict"].dtype == bool
    assert frame["word_count"].dtype.kind == "i"


def test_duckdb_reads_the_table(tmp_path: Path) -> None:
    write(tmp_path / "a.csv")
    with duckdb.connect() as database:
        found = database.execute("select title, word_count from read_csv(?)", [str(tmp_path / "a.csv")]).fetchall()
    assert [undo_neutralized(title) for title, _ in found] == [one["title"] for one in WANTED]
    assert {count for _, count in found} == {8}


def test_a_cell_that_excel_breaks_apart_is_told(tmp_path: Path) -> None:
    fits, long, pairs = "x" * LONGEST_CELL, "x" * (LONGEST_CELL + 1), "\U0001f469" * (LONGEST_CELL // 2 + 1)
    records = [make_record(str(at), text=text) for at, text in enumerate((fits, long, pairs))]
    assert write(tmp_path / "a.csv", make_lines(records[:1])).notes == ()
    assert write(tmp_path / "a.csv", make_lines(records[1:2])).notes == (
        "1 record has a cell of more than 32,767 characters, which Excel breaks apart; other programs read it whole",
    )
    assert "2 records have a cell" in write(tmp_path / "a.csv", make_lines(records)).notes[0]
    assert [row["text"] for row in read_csv(tmp_path / "a.csv")] == [fits, long, pairs]


@given(st.text())
def test_an_apostrophe_can_be_taken_away_again(text: str) -> None:
    assert undo_neutralized(neutralize(text)) == text
    assert neutralize(text)[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")


@settings(max_examples=300)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)))
def test_a_list_in_a_cell_can_be_divided_again(texts: list[str]) -> None:
    cell = join_texts(texts)
    assert ([] if cell is None else split_texts(cell)) == texts


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back_from_csv(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    lines = make_lines([make_record(str(at), title=text, annotations={text: text}) for at, text in enumerate(texts)])
    write(path, lines)
    assert [row["title"] for row in read_csv(path)] == [one["title"] for one in read_lines(lines)]


def test_the_reader_of_these_tests_tells_missing_from_empty() -> None:
    assert read_csv_cells('"a",,""\r\n,"b""\r\n",1\r\n') == [["a", None, ""], [None, 'b"\r\n', "1"]]
    assert read_csv_cells('"a",\r\n') == [["a", None]]


# --- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    write(tmp_path / "corpus.sqlite")
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as opened:
        yield opened


def ask(database: sqlite3.Connection, statement: str, *values: Any) -> list[Any]:
    return [row[0] for row in database.execute(statement, values)]


def test_full_text_search(database: sqlite3.Connection) -> None:
    search = "select title from records where record in (select rowid from records_fts where records_fts match ?)"
    assert ask(database, search, "plain") == ["The title of plain"]
    assert ask(database, search, "title:plain") == ["The title of plain"]
    assert ask(database, search, "text:first text:paragraph plain") == ["The title of plain"]
    assert len(ask(database, search, "DECOMPOSED")) == 1
    database.execute("insert into records_fts (records_fts) values ('integrity-check')")


def test_lists_have_tables_that_name_their_record(database: sqlite3.Connection) -> None:
    assert database.execute("pragma foreign_key_check").fetchall() == []
    assert ask(database, "pragma integrity_check") == ["ok"]
    reasons = (
        "select reason from removed join records using (record) where title = 'The title of plain' order by number"
    )
    assert ask(database, reasons) == ["byline", "template"]
    assert ask(database, "select name from annotations where value = '' group by name") == ["empty"]
    tables = ask(database, "select name from sqlite_master where type = 'table' and name not like 'records_fts%'")
    lists = {column.name for column in RECORD_COLUMNS if column.kind in (Kind.TEXTS, Kind.PARTS, Kind.MAPPING)}
    assert set(tables) == {"records", *lists}


def test_datasette_shows_and_searches_it(tmp_path: Path) -> None:
    """What a browser would be shown; nothing is served on the network."""
    write(tmp_path / "corpus.sqlite")

    async def look() -> tuple[int, list[Any], str]:
        shown = Datasette([str(tmp_path / "corpus.sqlite")])
        await shown.invoke_startup()
        found = await shown.client.get("/corpus/records.json?_search=plain&_shape=array")
        page = await shown.client.get("/corpus/removed")
        table = await shown.client.get("/corpus/records")
        return table.status_code, found.json(), page.text

    status, found, page = asyncio.run(look())
    assert status == 200
    assert [row["title"] for row in found] == ["The title of plain"]
    assert '<a href="/corpus/records/1">The title of plain</a>' in page
    assert "<script>window.broken" not in page


def test_a_database_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "corpus.sqlite"
    path.write_bytes(b"no database")
    write(path)
    write(path, LINES[:1])
    assert len(read_sqlite(path)) == 1


# --- Names ----------------------------------------------------------------------------------------------------------


def test_a_row_is_named_by_collection_id_and_revision(tmp_path: Path) -> None:
    first = make_record("one", collection="a")
    records = [first, replace(first, collection="b"), replace(first, revision=2), replace(first, revision=10)]
    lines = make_lines(records)
    id_ = first.id
    write(tmp_path / "a.jsonl", lines[:2], flat=True)
    assert [row["doc_id"] for row in read_json_lines(tmp_path / "a.jsonl")] == [f"a-{id_}", f"b-{id_}"]
    lines = [lines[0], *lines[2:]]
    wanted = [f"a-{id_}-r{number}" for number in (1, 2, 10)]
    write(tmp_path / "a.jsonl", lines, flat=True, history=True)
    assert [row["doc_id"] for row in read_json_lines(tmp_path / "a.jsonl")] == wanted
    write(tmp_path / "a.sqlite", lines, history=True)
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        assert ask(database, "select doc_id from records order by record") == wanted


def test_annotations_differ_in_more_than_case() -> None:
    lines = make_lines(
        [
            make_record("one", annotations={"Coder": "AB", "frame": "rights"}),
            make_record("none"),
            make_record("two", annotations={"coder": "CD", "coder_2": "x"}),
        ]
    )
    noted: dict[str, None] = {}
    assert list(note_annotations(lines, noted)) == lines
    names = dict(zip(noted, tell_apart(noted), strict=True))
    assert names == {"Coder": "Coder", "frame": "frame", "coder": "coder_2", "coder_2": "coder_2_2"}
    renamed = list(rename_annotations(lines, names))
    assert renamed[1] is lines[1]
    assert read_record(renamed[0]) == read_record(lines[0])
    assert read_record(renamed[2])["annotations"] == {"coder_2": "CD", "coder_2_2": "x"}
    assert rename_annotations(lines, {"Coder": "Coder"}) is lines
    layout = FlatLayout(tuple(names.values()))
    columns = [column.name for column in layout.columns if column.name.startswith("annotations_")]
    assert columns == ["annotations_Coder", "annotations_frame", "annotations_coder_2", "annotations_coder_2_2"]
    row = layout.flatten(read_record(renamed[2]))
    assert [row[name] for name in columns] == [None, None, "CD", "x"]
    assert list(row) == [column.name for column in layout.columns]


def test_columns_of_annotations_stand_on_one_line() -> None:
    assert FlatLayout(("a\nb", "a  b", "\ta")).names == {
        "a\nb": "annotations_a b",
        "a  b": "annotations_a b_2",
        "\ta": "annotations_ a",
    }


@pytest.mark.parametrize("name", ["corpus.txt", "corpus", "corpus.json", "corpus.xlsx", ".jsonl.bz2", "corpus.gz"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=r"names no form of file; allowed: \.jsonl, .*\.sqlite$"):
        choose_form(Path(name))


def test_endings_in_capitals_are_the_same() -> None:
    assert choose_form(Path("CORPUS.CSV")) is FORMS[".csv"]


# --- Files ----------------------------------------------------------------------------------------------------------


def test_what_went_wrong_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text("as it was")

    def stop(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), completing(path) as part:
        stop(part)
    assert path.read_text() == "as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    link = tmp_path / "corpus.jsonl"
    link.symlink_to(tmp_path / "deep" / "real.jsonl")
    with completing(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "deep" / "real.jsonl").read_text() == "new"


# --- What others read without options -------------------------------------------------------------------------------


def test_json_lines_are_read_without_options(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    write(path)
    with duckdb.connect() as database:
        found = database.execute("select id, title from read_json_auto(?)", [str(path)]).fetchall()
    assert found == [(one["id"], one["title"]) for one in WANTED]
    frame = pd.read_json(path, lines=True)
    titles = [None if pd.isna(title) else title for title in frame["title"]]
    assert titles == [one["title"] for one in WANTED]


def test_no_program_finds_another_end_of_a_line(tmp_path: Path) -> None:
    """R's readLines, which jsonlite streams by, ends lines at LF, CR and CR LF; Python's splitlines at many more."""
    write(tmp_path / "corpus.jsonl")
    raw = (tmp_path / "corpus.jsonl").read_bytes()
    assert b"\r" not in raw
    assert b"\0" not in raw
    assert len(raw.decode("utf-8").splitlines()) == len(LINES)
    assert [json.loads(line)["title"] for line in raw.decode("utf-8").splitlines()] == [one["title"] for one in WANTED]


def test_hostile_titles_are_in_these_tests() -> None:
    said = "".join(HOSTILE_TITLES)
    for one in ("=cmd|", "<script>", "\0", "\ud800", "\udfff", "\u2028", "\u202e", "\u05d4"):
        assert one in said
