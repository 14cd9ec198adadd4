"""The responses that a package's records were read from, copied out of the archives of their collections.

A package's archive holds those and nothing else: no listing or feed that tells of a page which was taken down, no
earlier state of a page, nothing that a running crawl writes. Members are copied byte for byte, each with its request,
into files of the same names; each begins with the `warcinfo` of the file that it was copied from. Only the offsets are
others, and the records of the package name the new ones.

Where each response stands is kept in a temporary database, as memory must not grow with the records.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from crawler.storage.archive import SUFFIX
from crawler.storage.database import told
from crawler.storage.members import Member, read_first_member, read_next_member
from crawler.storage.warc_record import ArchiveError

_CACHE_KIB = 16_384
_PORTION = 500  # offsets that are read at once, as their rows are changed meanwhile
_ARCHIVE = "archive"  # in the package, and in the folder of a collection


class Responses:
    """Which responses are to be copied, and where they stand when they are; gone when it is closed."""

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
        self._db.execute(f"pragma cache_size = -{_CACHE_KIB}")
        self._db.execute("pragma synchronous = off")
        self._db.execute(
            """create table response (collection text, file text, offset integer, copied integer,
            primary key (collection, file, offset)) without rowid"""
        )
        self._db.execute("begin")

    def close(self) -> None:
        """Let go of it."""
        self._db.close()

    def note(self, lines: Iterable[str]) -> None:
        """Note the responses that records were read from."""
        for line in lines:
            record = json.loads(line)
            if record["provenance"]["warc_file"] is not None:
                self._note(*_find_place(record))

    @told
    def _note(self, collection: str, file: str, offset: int) -> None:
        self._db.execute("insert or ignore into response values (?, ?, ?, null)", (collection, file, offset))

    def copy(self, folders: Mapping[str, Path], target: Path) -> list[Path]:
        """Copy them.

        Args:
            folders: of the collections, by name.
            target: the package's folder.

        Returns:
            the files that were written.

        Raises:
            ArchiveError: an archive file is not there, or has no response where a record names one.
            OSError: a copy cannot be written.
        """
        written = []
        for collection, name in self._files():
            if not name.endswith(SUFFIX) or "/" in name:
                raise ArchiveError(f"{collection}: {name!r} is no name of a file in the archive")
            if collection not in folders:
                raise ArchiveError(f"records name the collection {collection!r}, and its archive is not at hand")
            source = folders[collection] / _ARCHIVE / name
            copy = target / _ARCHIVE / collection / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("xb") as out:
                out.write(read_first_member(source).raw)
                with source.open("rb") as file:
                    for offset in self._offsets(collection, name):
                        self._moved(collection, name, offset, out.tell())
                        for member in _read_exchange(file, offset, f"{source} at {offset}"):
                            out.write(member.raw)
            written.append(copy)
        return written

    @told
    def _files(self) -> list[tuple[str, str]]:
        return self._db.execute("select distinct collection, file from response order by 1, 2").fetchall()

    def _offsets(self, collection: str, file: str) -> Iterator[int]:
        portion = self._offsets_behind(collection, file, -1)
        while portion:
            yield from portion
            portion = self._offsets_behind(collection, file, portion[-1])

    @told
    def _offsets_behind(self, collection: str, file: str, offset: int) -> list[int]:
        rows = self._db.execute(
            "select offset from response where collection = ? and file = ? and offset > ? order by offset limit ?",
            (collection, file, offset, _PORTION),
        )
        return [found for (found,) in rows]

    @told
    def _moved(self, collection: str, file: str, offset: int, copied: int) -> None:
        self._db.execute(
            "update response set copied = ? where collection = ? and file = ? and offset = ?",
            (copied, collection, file, offset),
        )

    def move(self, record: dict[str, Any]) -> None:
        """Let a record name the place in the package's archive."""
        if record["provenance"]["warc_file"] is not None:
            record["provenance"] = {**record["provenance"], "warc_offset": self._find(*_find_place(record))}

    @told
    def _find(self, collection: str, file: str, offset: int) -> int:
        row = self._db.execute(
            "select copied from response where collection = ? and file = ? and offset = ?", (collection, file, offset)
        ).fetchone()
        return int(row[0])


def _find_place(record: Mapping[str, Any]) -> tuple[str, str, int]:
    provenance = record["provenance"]
    return record["collection"], provenance["warc_file"], provenance["warc_offset"]


def _read_exchange(file: IO[bytes], offset: int, where: str) -> Iterator[Member]:
    """Give a response and the request behind it, where that is its own."""
    file.seek(offset)
    answer = read_next_member(file, where)
    if answer is None or answer.fields.get("warc-type") != "response":
        raise ArchiveError(f"{where}: no response is there")
    yield answer
    try:
        question = read_next_member(file, where)
    except ArchiveError:  # what a crash left behind it, or a crawl that is writing
        return
    if (
        question is not None
        and question.fields.get("warc-type") == "request"
        and question.fields.get("warc-concurrent-to") == answer.fields.get("warc-record-id")
    ):
        yield question
