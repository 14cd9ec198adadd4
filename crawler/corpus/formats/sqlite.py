"""SQLite: a table of records with full-text search over title and text, and a table for each list; flat, one table.

What Datasette needs to link and search stands in the schema: foreign keys, and a search table with external content.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.corpus.columns import RECORD_COLUMNS, Column, FlatLayout, Kind, read_record
from crawler.corpus.formats.written import UnwritableRecordError, Written

_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "text",
    Kind.NUMBER: "integer",
    Kind.TRUTH: "boolean",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
}
_DOC_ID = Column("doc_id", Kind.TEXT)
_LISTS = (Kind.TEXTS, Kind.PARTS, Kind.MAPPING)
_INDEXED = ("id", "organization", "document_type", "date_published_earliest")
# Written as Datasette looks for it.
_SEARCH = """
    create virtual table records_fts using fts5 (
        title, text, content="records", content_rowid="record", tokenize = "unicode61 remove_diacritics 2"
    );
    insert into records_fts (records_fts) values ('rebuild');
    insert into records_fts (records_fts) values ('optimize');
"""


def write_sqlite(lines: Iterable[str], path: Path, layout: FlatLayout | None, *, history: bool = False) -> Written:
    """Write records to a new database.

    Args:
        lines: records as JSON.
        path: of the file, which is made anew.
        layout: of a flat table; None for whole records.
        history: whether a document has several records.

    Raises:
        OSError: the file cannot be written.
        UnwritableRecordError: a record holds a number without end.
    """
    path.open("wb").close()  # the file stays the same one, which somebody may hold
    try:
        database = sqlite3.connect(path, isolation_level=None)
        try:
            return _write(lines, database, layout, FlatLayout(history=history))
        finally:
            database.close()
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


def _write(lines: Iterable[str], database: sqlite3.Connection, layout: FlatLayout | None, named: FlatLayout) -> Written:
    # Nothing is taken back and nobody reads along: the file has its name when it is complete.
    database.execute("pragma journal_mode = off")
    database.execute("pragma synchronous = off")
    database.execute("pragma page_size = 8192")
    scalars = layout.columns if layout is not None else tuple(_list_scalars())
    lists = [] if layout is not None else [column for column in RECORD_COLUMNS if column.kind in _LISTS]
    database.executescript("".join(_create_tables(scalars, lists)))
    insert = f"insert into records values ({', '.join('?' * (len(scalars) + 1))})"  # noqa: S608 - question marks only
    insert_parts = {one.name: _make_insert(one) for one in lists}
    count = 0
    database.execute("begin")
    for count, line in enumerate(lines, start=1):
        record = read_record(line)
        row = layout.flatten(record) if layout is not None else _find_scalars(record, named)
        try:
            database.execute(insert, (count, *(row[column.name] for column in scalars)))
            for column in lists:
                database.executemany(insert_parts[column.name], _list_parts(count, column, record[column.name]))
        except (OverflowError, sqlite3.ProgrammingError) as error:  # a number without end, or no value of a cell
            raise UnwritableRecordError(f"{record['url']}: {error}") from None
    for name in _INDEXED:
        database.execute(f"create index records_{name} on records ({name})")
    database.execute("commit")
    database.executescript(_SEARCH)
    return Written(count)


def _list_scalars() -> Iterator[Column]:
    yield _DOC_ID
    for column in RECORD_COLUMNS:
        if column.kind is Kind.PART:
            yield from (Column(f"{column.name}_{part.name}", part.kind) for part in column.parts)
        elif column.kind not in _LISTS:
            yield column


def _find_scalars(record: Mapping[str, Any], named: FlatLayout) -> dict[str, Any]:
    row: dict[str, Any] = {"doc_id": named.find_doc_id(record)}
    for column in RECORD_COLUMNS:
        value = record[column.name]
        if column.kind is Kind.PART:
            row.update((f"{column.name}_{part.name}", value[part.name]) for part in column.parts)
        elif column.kind not in _LISTS:
            row[column.name] = value
    return row


def _create_tables(scalars: Iterable[Column], lists: Iterable[Column]) -> Iterator[str]:
    columns = ", ".join(f"{_quote(column.name)} {_describe(column)}" for column in scalars)
    yield f"create table records (record integer primary key, {columns});\n"
    for column in lists:
        of_part = ", ".join(f"{_quote(part.name)} {_TYPES[part.kind]}" for part in _find_parts(column))
        yield (
            f"create table {column.name} (record integer not null references records (record), number integer not null,"
            f" {of_part}, primary key (record, number)) without rowid;\n"
        )


def _describe(column: Column) -> str:
    return f"{_TYPES[column.kind]}{' not null unique' if column == _DOC_ID else ''}"


def _find_parts(column: Column) -> tuple[Column, ...]:
    if column.kind is Kind.PARTS:
        return column.parts
    value = Column("value", Kind.TEXT)
    return (value,) if column.kind is Kind.TEXTS else (Column("name", Kind.TEXT), value)


def _make_insert(column: Column) -> str:
    marks = ", ".join("?" * (len(_find_parts(column)) + 2))
    return f"insert into {column.name} values ({marks})"  # noqa: S608 - a field of Record


def _list_parts(record: int, column: Column, value: Any) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a list: the record, the place in the list from 0, and what stands there."""
    entries = value.items() if column.kind is Kind.MAPPING else value
    for number, entry in enumerate(entries):
        if column.kind is Kind.PARTS:
            yield record, number, *(entry[part.name] for part in column.parts)
        elif column.kind is Kind.MAPPING:
            yield record, number, *entry
        else:
            yield record, number, entry


def _quote(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
