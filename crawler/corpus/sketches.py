"""The sketches of a corpus, in a temporary database: memory must not grow with the records.

SQLite holds some megabytes of it in memory and the rest in a file without a name, which goes with the process however
it ends, in the folder for temporary files (SQLITE_TMPDIR or TMPDIR): some three kilobytes a record,
five at most.
"""

import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from crawler.extraction.minhash import Sketch, read_sample
from crawler.storage.database import told

_CACHE_KIB = 16_384
_ORIGINALS = 32  # of a band that are remembered: a band that more have says little
_COMPARED = 16  # originals at most with which a text is compared, those first with which it shares most bands
_TABLES = """
    create table record (number integer primary key, id blob, date blob, collection blob, revision integer, shown text);
    create table sample (number integer primary key, hashes blob);
    create table band (band integer, number integer);
    create table shared (number integer, band integer);
    create table original (band integer, place integer, number integer, rank integer, primary key (band, place))
        without rowid;
"""
# A document counts from the first date that any of its rows has, so that its rows stand side by side.
_IN_ORDER = """
    select number, id from (
        select number, id, collection, revision, min(date) over (partition by id) as first
        from record where number in (select number from shared)
    ) order by first is null, first, id, collection, revision, number
"""
_ADD_ORIGINAL = """
    insert into original
    select band, place, ?1, ?2 from (
        select shared.band, coalesce(max(place) + 1, 0) as place
        from shared left join original on original.band = shared.band
        where shared.number = ?1 group by shared.band
    ) where place < ?3
"""
_FIND_ORIGINALS = """
    select original.number, original.rank from shared join original on original.band = shared.band
    where shared.number = ? group by original.number order by count(*) desc, original.rank limit ?
"""


class Sketches:
    """The sketches of one corpus; gone when it is closed, and when the process ends."""

    def __init__(self) -> None:
        """Make an empty one.

        Raises:
            LedgerError: there is no room for it; any method may find that.
        """
        self.path = Path("temporary notes")
        self._ranks = 0
        self._make()

    @told
    def _make(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a file without a name
        self._db.execute("pragma page_size = 16384")  # several samples on a page
        self._db.execute("pragma journal_mode = off")  # nothing is ever taken back
        self._db.execute("pragma synchronous = off")
        self._db.execute(f"pragma cache_size = -{_CACHE_KIB}")
        self._db.executescript(_TABLES)
        self._db.execute("begin")

    def close(self) -> None:
        """Let go of the sketches."""
        self._db.close()

    @told
    def add(self, number: int, sketch: Sketch, key: tuple[bytes, bytes | None, bytes, int | None], shown: str) -> None:
        """Note a record.

        Args:
            number: of the record, not used before.
            sketch: of its text.
            key: id, first day of publication, collection and revision: its place in the order.
            shown: what is to be shown of it.
        """
        self._db.execute("insert into record values (?, ?, ?, ?, ?, ?)", (number, *key, shown))
        self._db.execute("insert into sample values (?, ?)", (number, sketch.sample))
        self._db.executemany("insert into band values (?, ?)", [(band, number) for band in sketch.bands])

    @told
    def index(self) -> None:
        """Make the sketches ready to be asked for, when all are noted: forget the bands that one record alone has."""
        bands = self._db.execute("select band, number from band order by band, number")
        self._db.executemany("insert into shared values (?, ?)", _find_shared(bands))
        self._db.execute("create index shared_number on shared (number, band)")
        self._db.execute("drop table band")

    @told
    def in_order(self) -> Iterator[tuple[int, bytes]]:
        """Give number and id of the records that share a band, in their order: those of one id side by side.

        The order is that of the documents' first days of publication, unknown ones last, then of the ids, and within
        a document of collections and revisions.
        """
        return iter(self._db.execute(_IN_ORDER))

    @told
    def add_original(self, number: int) -> None:
        """Have a record be found by those that come after it."""
        self._ranks += 1
        self._db.execute(_ADD_ORIGINAL, (number, self._ranks, _ORIGINALS))

    @told
    def drop_original(self, number: int) -> None:
        """Have a record be found no more."""
        self._db.execute(
            "delete from original where band in (select band from shared where number = ?1) and number = ?1", (number,)
        )

    @told
    def originals_beside(self, number: int) -> list[tuple[int, int]]:
        """Give number and rank of the originals that a record may be like; of two the lower rank was added first."""
        return self._db.execute(_FIND_ORIGINALS, (number, _COMPARED)).fetchall()

    @told
    def sample(self, number: int) -> frozenset[int]:
        """Give the sample of a record's runs."""
        row = self._db.execute("select hashes from sample where number = ?", (number,)).fetchone()
        return read_sample(row[0])

    @told
    def shown(self, number: int) -> str:
        """Give what is to be shown of a record."""
        return str(self._db.execute("select shown from record where number = ?", (number,)).fetchone()[0])


def _find_shared(bands: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give number and band of those that stand beside one of the same band."""
    first = True  # whether the earlier of the two has not been given
    for (band, number), (next_band, next_number) in pairwise(bands):
        if band == next_band:
            if first:
                yield number, band
            yield next_number, next_band
        first = band != next_band
