"""Checks of a package's records: each by itself, all of them together, and against what else the package holds.

They are gone through once, in a memory that does not grow with them: what must be known of all stands in a temporary
database.
"""

import contextlib
import hashlib
import json
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from crawler.corpus.verifying.findings import Findings
from crawler.corpus.verifying.parquet_rows import ParquetRowsError, read_rows
from crawler.corpus.verifying.schema_check import Check
from crawler.storage.archive import RecordPointer, read_response
from crawler.storage.database import told
from crawler.storage.members import read_next_member
from crawler.storage.warc_record import ArchiveError

_LINE_ENDS = re.compile("[\r\u2028\u2029\x85]")
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # or a whole one
_MOST_OFFSET = 2**62  # bytes; SQLite has integers of 64 bits
_SHOWN = 40  # characters of a value


@dataclass(slots=True)
class Checked:
    """What was seen of the records."""

    records: int = 0
    by_collection: Counter[str] = field(default_factory=Counter)
    models: set[tuple[str, str]] = field(default_factory=set)  # collection and digest
    withheld: bool = True  # whether no record has a text


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """Where a package's records are, as far as they are there."""

    folder: Path
    lines: str
    parquet: str | None
    archive: str | None  # the folder, where the package has one
    files: frozenset[str]  # of the package, without links


def check_records(files: RecordFiles, check: Check | None, names: list[str], findings: Findings) -> Checked:
    """Check the records of a package.

    Args:
        files: where they are.
        check: what their schema asks; None where it cannot be read.
        names: of the columns, in their order; empty where the schema cannot be read.
        findings: where to tell what is wrong.

    Raises:
        OSError: something cannot be read.
        LedgerError: there is no room for the temporary database.
    """
    checked = Checked()
    with contextlib.closing(_Known()) as known:
        rows = _Rows(files, names, findings)
        for number, record in _read_records(files, findings):
            place = f"line {number}"
            problem = None if check is None else check(record)
            if problem is not None:
                findings.add(files.lines, f"record{problem}", place)
            rows.compare(number, record)
            if check is not None and problem is None and not _is_usable(record):
                findings.add(files.lines, "it is no record, and its schema allows it", place)
            elif check is not None and problem is None:
                _look_at(record, number, checked, known)
                if not known.add(record, number):
                    findings.add(files.lines, f"the id {record['id']} stands twice in {record['collection']}", place)
                if files.archive is not None:
                    _check_response(files, record, place, findings)
            checked.records = number
        rows.end(checked.records)
        for number, wanted in known.dangling():
            findings.add(files.lines, f"near_duplicate_of names {wanted}, and no record has that id", f"line {number}")
        if files.archive is not None and check is not None:
            _check_archive(files, known, findings)
    return checked


def _is_usable(record: Any) -> bool:
    """Tell whether a record has what is read of it here, as it comes with the schema by which it is good."""
    provenance = record.get("provenance") if isinstance(record, dict) else None
    return isinstance(provenance, dict) and (
        all(isinstance(record.get(name), str) for name in ("collection", "id"))
        and all(isinstance(record.get(name, 0), str | None) for name in ("text", "near_duplicate_of"))
        and all(isinstance(provenance.get(name, 0), str | None) for name in ("model_digest", "warc_file"))
        and {"warc_offset", "payload_digest"} <= provenance.keys()
    )


def _look_at(record: dict[str, Any], number: int, checked: Checked, known: "_Known") -> None:
    checked.by_collection[record["collection"]] += 1
    checked.withheld = checked.withheld and record["text"] is None
    if record["provenance"]["model_digest"] is not None:
        checked.models.add((record["collection"], record["provenance"]["model_digest"]))
    if record["near_duplicate_of"] is not None:
        known.want(number, record["near_duplicate_of"])


def _read_records(files: RecordFiles, findings: Findings) -> Iterator[tuple[int, Any]]:
    """Give each line that is JSON, with its number; tell of what no reader should meet."""
    number = 0
    with (files.folder / files.lines).open("rb") as file:
        for number, raw in enumerate(file, start=1):
            place = f"line {number}"
            if not raw.endswith(b"\n"):
                findings.add(files.lines, "it is not complete: no line feed ends it", place)
            try:
                line = raw.removesuffix(b"\n").decode("utf-8")
                record = json.loads(line, parse_constant=_refuse)
                if _HALF_PAIR.search(line) is not None:
                    json.dumps(record, ensure_ascii=False).encode("utf-8")
            except UnicodeDecodeError:
                findings.add(files.lines, "it is no UTF-8", place)
            except UnicodeEncodeError:
                findings.add(files.lines, "it holds half of a surrogate pair", place)
            except (ValueError, RecursionError):
                findings.add(files.lines, "it is no JSON", place)
            else:
                if not line.isascii() and not unicodedata.is_normalized("NFC", line):
                    findings.add(files.lines, "it is not in Unicode NFC", place)
                if _LINE_ENDS.search(line) is not None:
                    findings.add(
                        files.lines, "it holds a character that some programs take for the end of a line", place
                    )
                yield number, record
                continue
            yield number, None
    if not number:
        findings.add(files.lines, "it is empty")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class _Rows:
    """The rows of the Parquet file beside the lines."""

    def __init__(self, files: RecordFiles, names: list[str], findings: Findings) -> None:
        self._path = files.parquet
        self._findings = findings
        self._rows: Iterator[dict[str, Any]] | None = None
        self._count = 0
        if files.parquet is None:
            return
        try:
            columns, self._rows = read_rows(files.folder / files.parquet)
        except ParquetRowsError as error:
            self._tell(str(error))
            return
        if names and columns != names:
            self._tell("its columns are not the fields of the schema in their order")
            self._rows = None

    def _tell(self, words: str, place: str = "") -> None:
        assert self._path is not None
        self._findings.add(self._path, words, place)

    def _next(self) -> dict[str, Any] | None:
        if self._rows is None:
            return None
        try:
            row = next(self._rows, None)
        except ParquetRowsError as error:
            self._tell(str(error), f"behind row {self._count}")
            self._rows = None
            return None
        self._count += row is not None
        return row

    def compare(self, number: int, record: Any) -> None:
        """Compare a record with the next row."""
        row = self._next()
        if row is None or not isinstance(record, dict) or row == record:
            return
        different = [name for name in row if name not in record or not _is_same(row[name], record[name])]
        if different:
            name = different[0]
            ours, theirs = (repr(one.get(name))[:_SHOWN] for one in (row, record))
            self._tell(f"{name} is {ours} and in the JSON lines {theirs}", f"row {number}")

    def end(self, lines: int) -> None:
        """Compare the numbers."""
        extra = 0
        while self._next() is not None:
            extra += 1
        if self._rows is not None and self._count != lines:
            self._tell(f"it has {self._count:,} rows; the JSON lines are {lines:,}")


def _is_same(ours: Any, theirs: Any) -> bool:
    # The time of a fetch: "…:31Z" and "…:31+00:00" are one.
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return all(_is_same(ours[name], theirs[name]) for name in ours)
    return bool(ours == theirs) or (isinstance(theirs, str) and ours == re.sub(r"\+00:?00$", "Z", theirs))


class _Known:
    """Ids, what names them, and where responses are, in a temporary database."""

    def __init__(self) -> None:
        """Begin without any.

        Raises:
            LedgerError: there is no room for it; any method may find that.
        """
        self.path = Path("temporary notes")
        self._make()

    @told
    def _make(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("pragma synchronous = off")
        self._db.executescript(
            """create table record (id text, collection text, primary key (id, collection)) without rowid;
            create table wanted (number integer primary key, id text);
            create table response (collection text, file text, offset integer, primary key (collection, file, offset))
            without rowid;
            begin;"""
        )

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    @told
    def add(self, record: dict[str, Any], number: int) -> bool:
        """Note a record; False where its collection has one of that id."""
        provenance = record["provenance"]
        if provenance["warc_file"] is not None and _is_offset(provenance["warc_offset"]):
            self._db.execute(
                "insert or ignore into response values (?, ?, ?)",
                (record["collection"], provenance["warc_file"], provenance["warc_offset"]),
            )
        return bool(
            self._db.execute(
                "insert or ignore into record values (?, ?)", (record["id"], record["collection"])
            ).rowcount
        )

    @told
    def want(self, number: int, record_id: str) -> None:
        """Note that a line names a record."""
        self._db.execute("insert into wanted values (?, ?)", (number, record_id))

    @told
    def dangling(self) -> list[tuple[int, str]]:
        """Give the lines that name a record which is not there, some of them."""
        return self._db.execute(
            "select number, id from wanted where id not in (select id from record) order by number limit 1000"
        ).fetchall()

    @told
    def has_response(self, collection: str, file: str, offset: int) -> bool:
        """Tell whether a record was read from there."""
        row = self._db.execute(
            "select 1 from response where collection = ? and file = ? and offset = ?", (collection, file, offset)
        ).fetchone()
        return row is not None


def _is_offset(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < _MOST_OFFSET


def _check_response(files: RecordFiles, record: dict[str, Any], place: str, findings: Findings) -> None:
    """Check that a record's page is where it says."""
    provenance = record["provenance"]
    name, offset = provenance["warc_file"], provenance["warc_offset"]
    if name is None:
        return
    path = f"{files.archive}/{record['collection']}/{name}"
    if path not in files.files or not _is_offset(offset):
        findings.add(files.lines, f"its response is to be at {offset} of {path}, and there is none", place)
        return
    pointer = RecordPointer(name, offset)
    try:
        response = read_response(files.folder / path.removesuffix(f"/{name}"), pointer)
    except ArchiveError as error:
        reason = str(error).rpartition(": ")[2]
        findings.add(files.lines, f"its response cannot be read at {offset} of {path}: {reason}", place)
        return
    if f"sha256:{hashlib.sha256(response.body).hexdigest()}" != provenance["payload_digest"]:
        findings.add(files.lines, f"the response at {offset} of {path} has another payload_digest", place)


def _check_archive(files: RecordFiles, known: _Known, findings: Findings) -> None:
    """Check that each response in the archive is that of a record, and that nothing else lies there but its request."""
    for path in sorted(files.files):
        folder, _, rest = path.partition("/")
        collection, _, name = rest.partition("/")
        if folder != files.archive:
            continue
        response = None  # the id of the one before
        with (files.folder / path).open("rb") as file:
            try:
                while True:
                    offset = file.tell()
                    member = read_next_member(file, f"at {offset}")
                    if member is None:
                        break
                    kind = member.fields.get("warc-type")
                    if kind == "response":
                        response = member.fields.get("warc-record-id")
                        if not known.has_response(collection, name, offset):
                            findings.add(path, "a response that no record names", f"at {offset}")
                    elif kind == "request" and member.fields.get("warc-concurrent-to", "") == response:
                        response = None
                    elif kind != "warcinfo" or offset:
                        findings.add(path, f"a record of the type {kind!r} that has no place here", f"at {offset}")
            except ArchiveError as error:
                findings.add(path, str(error))
