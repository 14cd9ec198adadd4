"""Readers of exported files that share no code with what wrote them; each gives records as JSON has them.

Flat tables are undone by the rules of docs/analysis.md, written anew here.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

Rows = list[dict[str, Any]]
_LISTS_OF_TEXTS = ("authors", "topics")
_LISTS_OF_PARTS = ("date_evidence", "links", "attachments", "removed")
_NUMBERS = ("word_count", "revision", "provenance_status", "provenance_warc_offset")


def read_with_duckdb(path: Path, reader: str) -> Rows:
    """Read a file by one of DuckDB's functions, such as `read_parquet(?)`."""
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        cursor = database.execute(f"select * from {reader}", [str(path)])
        assert cursor.description is not None
        names = [column[0] for column in cursor.description]
        return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def read_with_pandas(path: Path) -> Rows:
    """Read a Parquet file by pandas' rows; missing values are None."""
    frame = pd.read_parquet(path, dtype_backend="pyarrow")
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    return [{**row, "annotations": dict(row["annotations"])} if "annotations" in row else row for row in rows]


def _plain(value: Any) -> Any:
    """Undo the types of columns: days and times to text, a map to a mapping."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list) or type(value).__name__ == "ndarray":
        return [_plain(one) for one in value]
    return value


def read_sqlite(path: Path) -> Rows:
    """Put the records together again from the tables."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        records: dict[int, dict[str, Any]] = {}
        for row in database.execute("select * from records order by record"):
            flat = dict(row)
            number = flat.pop("record")
            record = {name: value for name, value in flat.items() if not name.startswith("provenance_")}
            record["provenance"] = {
                name.removeprefix("provenance_"): value
                for name, value in flat.items()
                if name.startswith("provenance_")
            }
            record["date_conflict"] = {0: False, 1: True}[record["date_conflict"]]
            record.update({name: [] for name in (*_LISTS_OF_TEXTS, *_LISTS_OF_PARTS)}, annotations={})
            records[number] = record
        for name in _LISTS_OF_TEXTS:
            for row in database.execute(f"select * from {name} order by record, number"):
                records[row["record"]][name].append(row["value"])
        for name in _LISTS_OF_PARTS:
            for row in database.execute(f"select * from {name} order by record, number"):
                part = dict(row)
                del part["number"]
                records[part.pop("record")][name].append(part)
        for row in database.execute("select * from annotations order by record, number"):
            records[row["record"]]["annotations"][row["name"]] = row["value"]
    return list(records.values())


def read_sqlite_table(path: Path) -> Rows:
    """Read the one table of a flat database."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        rows = [dict(row) for row in database.execute("select * from records order by record")]
    return [
        {
            **{name: value for name, value in row.items() if name != "record"},
            "date_conflict": bool(row["date_conflict"]),
        }
        for row in rows
    ]


def read_csv_cells(text: str) -> list[list[str | None]]:
    """Read CSV by RFC 4180: None for an empty cell without quotation marks."""
    rows: list[list[str | None]] = []
    row: list[str | None] = []
    at = 0
    while at < len(text):
        found = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)').match(text, at)
        assert found, f"no cell at {at}: {text[at : at + 40]!r}"
        quoted, plain, end = found.groups()
        row.append(plain or None if quoted is None else quoted.replace('""', '"'))
        if end != ",":
            rows.append(row)
            row = []
        at = found.end()
    assert row == []
    return rows


def read_csv(path: Path) -> Rows:
    """Read an exported CSV file exactly: what is missing is told from what is empty."""
    text = path.read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    names, *rows = read_csv_cells(text[1:])
    return [undo_cells(dict(zip(names, row, strict=True))) for row in rows]  # type: ignore[arg-type]


def undo_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn cells, which are texts, into the values of a flat table."""
    found: dict[str, Any] = {name: undo_neutralized(cell) for name, cell in row.items()}
    for name in _NUMBERS:
        found[name] = None if found[name] is None else int(found[name])
    found["date_conflict"] = {"TRUE": True, "FALSE": False}[found["date_conflict"]]
    return found


def undo_neutralized(cell: Any) -> Any:
    """Take away the apostrophe that keeps a spreadsheet from taking a text for a formula."""
    return cell[1:] if isinstance(cell, str) and re.match("'+[=+\\-@\t\r\n＝＋－＠]", cell) else cell


def unflatten(rows: Sequence[Mapping[str, Any]], annotations: Mapping[str, str]) -> Rows:
    """Make records of the rows of a flat table again.

    Args:
        rows: by column.
        annotations: by column, the name of the annotation.
    """
    records = []
    for row in rows:
        record: dict[str, Any] = {"provenance": {}, "annotations": {}}
        for name, value in row.items():
            if name in annotations:
                record["annotations"].update({} if value is None else {annotations[name]: value})
            elif name.startswith("provenance_"):
                record["provenance"][name.removeprefix("provenance_")] = value
            elif name in _LISTS_OF_TEXTS:
                record[name] = [] if value is None else split_texts(value)
            elif name in _LISTS_OF_PARTS:
                record[name] = [] if value is None else json.loads(value)
            else:
                record[name] = value
        records.append(record)
    return records


def split_texts(cell: str) -> list[str]:
    r"""Divide a cell at `; `, where no backslash stands before it, and take the backslashes away."""
    entries = [""]
    for found in re.finditer(r"\\(.)|(; )|(.)", cell, re.DOTALL):
        escaped, divider, plain = found.groups()
        if divider:
            entries.append("")
        else:
            entries[-1] += escaped or plain
    return entries
