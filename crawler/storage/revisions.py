"""What the records of a collection were: each revision of each, and what the current ones were read from.

A *revision* is a state of a URL's record: new, changed or gone; it stays as it was written. A *reading* is what a
response was read as, with a name for all that went into it (`basis`): a record whose basis is as before is not read
again.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crawler.storage.database import Database, storable, told
from crawler.storage.visits import (
    Candidate,
    Fetched,
    LedgerError,
    Response,
    Revision,
    Run,
    Standing,
    State,
    Validators,
)
from items import Record

PORTION = 500  # URLs that are read at once
# They tell what a URL is; a visit that failed, or was not made, tells nothing.
TELLING = "'stored', 'recorded', 'unchanged', 'gone', 'redirected', 'excluded', 'duplicate', 'listing'"
IDLE = "('limit', 'superseded')"  # reasons of visits that told nothing either
AS_BEFORE = "('limit', 'superseded', 'not_modified', 'identical')"  # or that all is as the visit before told
# A revision of another run does not count. One that was taken over by a finished one has none; its visits count.
FINISHED = "(select id from run where finished_at is not null or taken_by is not null)"
WAITING_HELD = "(select id from run where held_at is not null and finished_at is null and taken_by is null)"
_ALL_HELD = "(select id from run where held_at is not null and finished_at is null)"
# What a held run stored of a page is published by the run that takes it over where the page has no record, and that run
# has asked for it and found it no more: whatever else it may have been, a wall before all pages among it, is over.
_TAKEN = """(revision.id is null and newest.run_id < :run and newest.run_id in (select id from run where held_at
    is not null and finished_at is null and {taken} and command = (select command from run where id = :run))
    and exists (select 1 from visit own where own.url_id = newest.url_id and own.run_id = :run
    and own.state in ('gone', 'failed')))"""
# How often in a row a URL answered 404 or 410, up to a run.
MISSES = f"""(select count(*) from visit miss where miss.url_id = {{url}} and miss.state = 'gone'
    and miss.run_id <= {{run}} and miss.run_id > coalesce((select max(run_id) from visit met
    where met.url_id = {{url}} and met.run_id <= {{run}} and met.state in ({TELLING}) and met.state != 'gone'
    and coalesce(met.reason, '') not in {IDLE}), 0))
    """  # noqa: S608 - constants only
_FETCHED = "status, fetched_at, content_type, payload_digest, warc_file, warc_offset, etag, last_modified"
_RESPONSE = f"id, {_FETCHED}, stated".split(", ")
_STATED = """select source, kind, raw from statement where url_id = (select id from url where url = ?)
    and kind not in ('listed', 'named')
    and last_run = (select max(last_run) from statement other where other.url_id = statement.url_id
    and other.source = statement.source and other.kind = statement.kind) order by source, kind, raw"""


class Revisions(Database):
    """The revisions of a collection's records."""

    takes_held_runs = True  # whether this run may publish what they stored; else they wait for a later one

    @told
    def finished_runs(self) -> list[Run]:
        """List the finished runs in the order in which they ended."""
        rows = self._db.execute(
            """select id, command, started_at, finished_at from run where finished_at is not null
            order by finished_at, id"""
        )
        return [Run(*row) for row in rows]

    @told
    def started_at(self) -> str:
        """Give the time of the run."""
        return str(self._db.execute("select started_at from run where id = ?", (self.run,)).fetchone()[0])

    @told
    def count_answered(self) -> int:
        """Count the visits of the run that tell what their URL is."""
        row = self._db.execute(
            f"""select count(*) from visit where run_id = ? and state in ({TELLING})
            and coalesce(reason, '') not in {IDLE}""",  # noqa: S608 - constants only
            (self.run,),
        ).fetchone()
        return int(row[0])

    def candidates(
        self, runs: Sequence[int] | None = None, *, after: str | None = None, last: str | None = None
    ) -> Iterator[Candidate]:
        """Give the URLs that have a record or may get one, sorted by URL (by code point, as Python does).

        They are read some hundred at a time, so that the ledger may be written in between.

        Args:
            runs: whose visits and revisions count besides those of this one; None for all.
            after: the URL behind which they begin; None for all.
            last: the last one; None for all.
        """
        while True:
            end = self._find_end(after, last)
            yield from self._read_candidates(runs, after, last if end is None else end)
            if end is None:
                return
            after = end

    def candidate(self, url: str, runs: Sequence[int] | None = None) -> Candidate | None:
        """Give one URL as `candidates` does; None where it has no record and may get none."""
        return next(iter(self._read_candidates(runs, None, None, url)), None)

    @told
    def _find_end(self, after: str | None, last: str | None) -> str | None:
        """Find the URL up to which the next ones are read; None where nothing comes behind them."""
        before = "" if last is None else "and url < :last"
        row = self._db.execute(
            f"select url from url where url > :after {before} order by url limit 1 offset :others",  # noqa: S608
            {"after": "" if after is None else after, "last": last, "others": PORTION - 1},
        ).fetchone()
        return None if row is None else str(row[0])

    @told
    def _read_candidates(
        self, runs: Sequence[int] | None, after: str | None, last: str | None, url: str | None = None
    ) -> list[Candidate]:
        bounds = {"url.url > :after": after, "url.url <= :last": last, "url.url = :url": url}
        among = " and ".join(bound for bound, value in bounds.items() if value is not None) or "true"
        scope = json.dumps(sorted({self.run, *(runs or ())}))
        within = "" if runs is None else "and run_id in (select value from json_each(:scope))"
        taken = _TAKEN.format(taken="taken_by is null" if runs is None else "taken_by = :run")
        if runs is None and not self.takes_held_runs:
            taken = "false"
        waiting = f"newest.run_id = :run or {taken}"
        if runs is None:
            waiting += f" or (newest.state = 'stored' and newest.run_id not in {_ALL_HELD})"
        columns = ", ".join(f"{table}.{name}" for table in ("response", "fresh", "latest") for name in _RESPONSE)
        rows = self._db.execute(
            f"""select url.url, coalesce((select known from visit newest where newest.url_id = url.id
            and known != '{{}}' {within} order by newest.run_id desc limit 1), '{{}}'), latest.state,
            case when latest.state = 'gone' then {MISSES.format(url="latest.url_id", run="latest.run_id")} else 0 end,
            revision.number, revision.change, revision.reason, revision.digest, revision.run_id,
            {columns}
            from url join visit latest on latest.id = (select id from visit told where told.url_id = url.id
            and state in ({TELLING}) and coalesce(reason, '') not in {AS_BEFORE} {within} order by run_id desc limit 1)
            left join revision on revision.id = (select id from revision earlier where earlier.url_id = url.id
            and earlier.run_id != :run and earlier.run_id in {FINISHED} {within} order by number desc limit 1)
            left join visit response on response.id = revision.visit_id
            left join visit fresh on fresh.id = (select id from visit newest where newest.url_id = url.id
            and newest.body = 1 and coalesce(newest.reason, '') not in {IDLE} and ({waiting})
            and (newest.run_id >= latest.run_id or {taken})
            order by newest.run_id desc limit 1)
            where {among}
            and (revision.id is not null or fresh.id is not null or latest.state in ('duplicate', 'recorded'))
            order by url.url""",  # noqa: S608 - constants only
            {"run": self.run, "scope": scope, "after": after, "last": last, "url": url},
        )
        width = len(_RESPONSE)
        found = []
        for row in rows:
            response, fresh = (_response(row[9 + width * n : 9 + width * (n + 1)]) for n in range(2))
            standing = None if response is None else Standing(row[4], row[5], row[6], row[7], row[8], response)
            state = State(row[2])
            # Recorded without a revision: by a version that kept none.
            copy = _response(row[9 + 2 * width :]) if state in (State.DUPLICATE, State.RECORDED) else None
            known = {} if row[1] == "{}" else json.loads(row[1])
            found.append(Candidate(row[0], known, state, row[3], standing, fresh, copy))
        return found

    @told
    def validators(self, url: str, definition: str | None = None) -> Validators | None:
        """Give what tells whether a page is as it was; None where it must be answered in full.

        That is so where it was never answered, or is no longer what that answer was.

        Args:
            url: normalized.
            definition: of the run; answers of runs before it was another one do not count. None: for a page, all do
                but those of a listing.
        """
        row = self._db.execute(
            f"""select {_FETCHED} from visit
            where url_id = (select id from url where url = ?) and run_id != ? and status = 200 and warc_file is not null
            and payload_digest is not null and state in ('recorded', 'unchanged', 'listing', 'duplicate', 'excluded')
            and coalesce(visit.reason, '') not in ('identical', 'limit', 'superseded')
            and (? is not null or state != 'listing')
            and (? is null or run_id > coalesce((select max(id) from run where definition is not ?), 0))
            and visit.run_id > coalesce((select max(run_id) from visit other where other.url_id = visit.url_id
            and other.run_id != ? and other.state in ('gone', 'redirected')), 0)
            order by run_id desc limit 1""",  # noqa: S608 - constants only
            (url, self.run, definition, definition, definition, self.run),
        ).fetchone()
        return None if row is None else Validators(Fetched(*row))

    # --- Revisions and readings --------------------------------------------------------------------------------------

    @told
    def begin_revisions(self) -> None:
        """Let go of the revisions of runs that did not come to their end, this one's earlier attempts among them."""
        self._db.execute(f"delete from revision where run_id not in {FINISHED}")  # noqa: S608 - a constant

    @told
    def fix_statements(self, visit: int, stated: Iterable[tuple[str, str, str]]) -> None:
        """Keep what is stated of a page's dates as it is when its response is read, for whoever reads it again."""
        self._db.execute("update visit set stated = ? where id = ?", (json.dumps(list(stated)), visit))

    @told
    def add_revision(self, record: Record, visit: int, line: str) -> None:
        """Keep a state of a URL's record; it counts when the run is finished.

        Args:
            record: new, changed or gone.
            visit: whose response it was read from.
            line: the record as JSON.
        """
        self._db.execute(
            """insert into revision (url_id, run_id, number, change, reason, digest, published, visit_id, record)
            select id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 from url where url = ?1""",
            (
                record.url,
                self.run,
                record.revision,
                record.change,
                record.change_reason,
                record.digest,
                record.date_published_earliest,
                visit,
                _pack(line),
            ),
        )

    @told
    def revisions(self, url: str) -> list[Revision]:
        """List the revisions of a URL's record, the first one first."""
        return list(self._revisions("where url.url = ?", (url,), "number"))

    def history(self) -> Iterator[Revision]:
        """Give every revision in the order of the runs, within a run by URL."""
        for run in self.finished_runs():
            yield from self._revisions("where run.id = ?", (run.id,), "url.url")

    def as_of(self, runs: Sequence[int]) -> Iterator[Revision]:
        """Give the latest revision of each URL that some finished runs left, sorted by URL."""
        yield from self._revisions(
            """join (select url_id, max(number) as latest from revision
            where run_id in (select value from json_each(?)) group by url_id) newest
            on newest.url_id = revision.url_id and newest.latest = revision.number""",
            (json.dumps(list(runs)),),
            "url.url",
        )

    def corpus(self) -> Iterator[tuple[Revision, str | None]]:
        """Give the latest revision of each URL and its record as it reads now, sorted by URL.

        The record is without its change, and None where it is not kept. It may have been read after the revision was
        written: by another model or program that found the same text, or by a run that is not finished yet.
        """
        query = """
            select url.url, run.id, run.started_at, number, change, reason, digest, revision.record, reading.record
            from (select url_id, max(number) as latest from revision
            join run on run.id = run_id and finished_at is not null group by url_id) newest
            join revision on revision.url_id = newest.url_id and number = latest
            join url on url.id = revision.url_id join run on run.id = run_id
            left join reading on reading.visit_id = revision.visit_id order by url.url"""
        try:
            for url, run, started_at, number, change, reason, digest, blob, reading in self._db.execute(query):
                revision = Revision(url, run, started_at, number, change, reason, digest, unpack(blob))
                yield revision, None if reading is None else unpack(reading)
        except (sqlite3.Error, zlib.error) as error:
            raise LedgerError(f"{self.path}: {error}") from error

    @told
    def recorded_urls(self) -> list[str]:
        """List the URLs that have a revision, sorted."""
        rows = self._db.execute(
            """select distinct url.url from revision join url on url.id = url_id
            join run on run.id = run_id and finished_at is not null order by url.url"""
        )
        return [url for (url,) in rows]

    def _revisions(self, where: str, values: Sequence[Any], order: str) -> Iterator[Revision]:
        try:
            rows = self._db.execute(
                f"""select url.url, run.id, run.started_at, number, change, reason, digest, record from revision
                join url on url.id = revision.url_id join run on run.id = run_id and finished_at is not null
                {where} order by {order}""",  # noqa: S608 - written above
                tuple(values),
            )
            for row in rows:
                url, run, started_at, number, change, reason, digest, blob = row
                yield Revision(url, run, started_at, number, change, reason, digest, unpack(blob))
        except (sqlite3.Error, zlib.error) as error:
            raise LedgerError(f"{self.path}: {error}") from error

    @told
    def keep_reading(self, visit: int, basis: str, content_digest: str, line: str) -> None:
        """Keep what a response was read as."""
        self._db.execute(
            "insert or replace into reading (visit_id, basis, content_digest, record) values (?, ?, ?, ?)",
            (visit, basis, content_digest, _pack(line)),
        )

    @told
    def has_readings(self) -> bool:
        """Tell whether something that this run fetched was read."""
        row = self._db.execute(
            "select 1 from visit join reading on visit_id = visit.id where run_id = ? and state = 'stored' limit 1",
            (self.run,),
        ).fetchone()
        return row is not None

    @told
    def reading_basis(self, visit: int) -> tuple[str, str] | None:
        """Give the basis and the content digest of what a response was read as; None where it is not kept."""
        row: tuple[str, str] | None = self._db.execute(
            "select basis, content_digest from reading where visit_id = ?", (visit,)
        ).fetchone()
        return row

    @told
    def reading(self, visit: int) -> str:
        """Give what a response was read as: a record's JSON.

        Raises:
            LedgerError: it is not kept.
        """
        row = self._db.execute("select record from reading where visit_id = ?", (visit,)).fetchone()
        if row is None:
            raise LedgerError(f"{self.path}: visit {visit} has no reading")
        return unpack(row[0])

    def readings_since(self, run: int) -> Iterator[tuple[str, int, str]]:
        """Give what pages were read as that runs after a certain one have fetched: URL, run, record; run by run."""
        try:
            rows = self._db.execute(
                """select url.url, run_id, record from reading join visit on visit.id = visit_id
                join url on url.id = url_id where run_id > ? order by run_id, url.url""",
                (run,),
            )
            for url, of, record in rows:
                yield url, of, unpack(record)
        except (sqlite3.Error, zlib.error) as error:
            raise LedgerError(f"{self.path}: {error}") from error

    @told
    def drop_readings(self) -> None:
        """Let go of the readings of responses that no record stands on any more."""
        self._db.execute(
            """delete from reading where visit_id not in (select visit_id from revision where id in
            (select id from (select id, max(number) from revision group by url_id)))
            and visit_id not in (select max(id) from visit where state = 'duplicate' group by url_id)"""
        )

    # --- What feeds and sitemaps state -------------------------------------------------------------------------------

    @told
    def note_dates(self, url: str, statements: Iterable[tuple[str, str, str]]) -> None:
        """Keep what a feed or sitemap states of a page's dates: (source, kind, raw). The URL must be known."""
        with self.transaction():
            self._db.executemany(
                """insert into statement (url_id, source, kind, raw, first_run, last_run)
                select id, ?2, ?3, ?4, ?5, ?5 from url where url = ?1
                on conflict (url_id, source, kind, raw) do update set last_run = ?5""",
                [(url, storable(source), kind, storable(raw), self.run) for source, kind, raw in statements],
            )

    @told
    def stated_dates(self, url: str) -> list[tuple[str, str, str]]:
        """Give what feeds and sitemaps stated last of a page's dates, in an order that arrival does not change."""
        return self._db.execute(_STATED, (url,)).fetchall()

    @told
    def drop_statements(self) -> None:
        """Let go of what sitemaps and feeds have stated before and say otherwise now, or say no more of a page."""
        with self.transaction():
            self._db.execute(
                """delete from statement where last_run < (select max(last_run) from statement other where
                other.url_id = statement.url_id and other.source = statement.source and other.kind = statement.kind)"""
            )
            self._db.execute(
                """delete from statement where kind = 'listed' and last_run < :run
                and exists (select 1 from statement where kind = 'listed' and last_run = :run)""",
                {"run": self.run},
            )


def _response(row: Sequence[Any]) -> Response | None:
    if row[0] is None:
        return None
    stated = None
    if row[-1] is not None:
        stated = () if row[-1] == "[]" else tuple((source, kind, raw) for source, kind, raw in json.loads(row[-1]))
    return Response(row[0], Fetched(*row[1:-1]), stated)


def _pack(line: str) -> bytes:
    return zlib.compress(line.encode("utf-8", "surrogatepass"))


def unpack(blob: bytes) -> str:
    """Give the text of a stored record."""
    return zlib.decompress(blob).decode("utf-8", "surrogatepass")
