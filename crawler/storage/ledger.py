"""The ledger: a row for each URL and a visit for each run, in SQLite: the frontier and the account of a collection.

Write-ahead log, `synchronous = NORMAL`: a killed process loses nothing that was committed, a power cut at most the
last transactions, after which the pages concerned are fetched again. A page's state and the links found on it change in
one transaction.
"""

import contextlib
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crawler.errors import UserError

SCHEMA_VERSION = 1
MAX_ATTEMPTS = 5  # of one page, crashes included: a page that kills every process that touches it comes to an end

# Each entry leads from the version before it to its own; they are applied in order and never changed afterwards.
_MIGRATIONS = (
    """
    create table run (
        id integer primary key,
        command text not null,
        started_at text not null,
        finished_at text
    );
    create table url (id integer primary key, url text not null unique);
    create table visit (
        id integer primary key,
        url_id integer not null references url (id),
        run_id integer not null references run (id),
        role text not null,
        state text not null,
        reason text,
        detail text,
        priority integer not null,
        hops integer not null default 0,
        attempts integer not null default 0,
        not_before real not null default 0,
        known text not null default '{}',
        status integer,
        fetched_at text,
        content_type text,
        payload_digest text,
        warc_file text,
        warc_offset integer,
        record_digest text,
        unique (url_id, run_id)
    );
    create table statement (
        url_id integer not null references url (id),
        source text not null,
        kind text not null,
        raw text not null,
        unique (url_id, source, kind, raw)
    );
    create table feed (
        run_id integer not null references run (id),
        uri text not null,
        digest text not null,
        primary key (run_id, uri)
    );
    create index visit_pending on visit (run_id, priority desc, id) where state = 'pending';
    create index visit_state on visit (run_id, state);
    """,
)


class State(StrEnum):
    """Where a visit stands. The first three are on the way; the others are ends."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    STORED = "stored"  # archived and settled; waits to be published
    RECORDED = "recorded"
    LISTING = "listing"
    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    REDIRECTED = "redirected"
    OUT_OF_SCOPE = "out_of_scope"
    DISALLOWED = "disallowed"
    FAILED = "failed"
    GONE = "gone"


UNFINISHED = (State.PENDING, State.IN_FLIGHT, State.STORED)


class LedgerError(Exception):
    """The ledger cannot be used; the message is one line that names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """A URL to be visited, and what is known of it."""

    url: str  # normalized
    role: str  # which callback reads it
    priority: int = 0
    hops: int = 0  # redirects that led here
    known: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # JSON values
    state: State = State.PENDING
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an answer was and where it lies."""

    status: int
    fetched_at: str
    content_type: str | None = None
    payload_digest: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How the visit of a published page ends."""

    visit: int
    state: State
    reason: str | None = None
    detail: str | None = None
    record_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of the frontier."""

    id: int
    url: str
    role: str
    priority: int
    hops: int
    attempts: int  # this one included
    known: Mapping[str, Any]
    fetched: Fetched | None = None


class Ledger:
    """The ledger of one collection, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Open or make the ledger of a collection.

        Raises:
            UserError: another crawl of the collection is running.
            LedgerError: the file is broken, or was made by a newer version.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "ledger.sqlite3"
        self._lock = _lock(folder)
        try:
            self._db = _open(self.path)
        except BaseException:
            os.close(self._lock)
            raise
        self.run = 0

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._db.close()
        os.close(self._lock)  # the kernel lets go of the lock, also when the process is killed

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes one."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def begin_run(self, command: str, started_at: str) -> bool:
        """Go on with the run that did not finish, or begin one.

        What was in flight when the process ended is pending again, unless it was tried too often.

        Returns:
            whether an unfinished run goes on.
        """
        with self.transaction():
            row = self._db.execute(
                "select id from run where finished_at is null and command = ? order by id desc limit 1", (command,)
            ).fetchone()
            if row is None:
                self._db.execute("insert into run (command, started_at) values (?, ?)", (command, started_at))
                self.run = int(self._db.execute("select last_insert_rowid()").fetchone()[0])
                return False
            self.run = int(row[0])
            self._db.execute(
                """update visit set state = ?, reason = 'too_many_attempts'
                where run_id = ? and state = ? and attempts >= ?""",
                (State.FAILED, self.run, State.IN_FLIGHT, MAX_ATTEMPTS),
            )
            self._db.execute(
                "update visit set state = ? where run_id = ? and state = ?", (State.PENDING, self.run, State.IN_FLIGHT)
            )
            return True

    def end_run(self, finished_at: str) -> None:
        """Close the run, which must have nothing left to do.

        Raises:
            LedgerError: a page is still on its way.
        """
        left = self.count_unfinished()
        if left:
            raise LedgerError(f"{self.path}: {left} pages are not settled; the run is not finished")
        self._db.execute("update run set finished_at = ? where id = ?", (finished_at, self.run))

    def discover(self, found: Iterable[Discovered]) -> int:
        """Add URLs that this run has not seen; the others are left as they are.

        Returns:
            how many were new.
        """
        new = 0
        for one in found:
            self._db.execute("insert or ignore into url (url) values (?)", (one.url,))
            known = json.dumps(dict(one.known), ensure_ascii=False) if one.known else "{}"
            cursor = self._db.execute(
                """insert or ignore into visit (url_id, run_id, role, state, reason, priority, hops, known)
                select id, ?, ?, ?, ?, ?, ?, ? from url where url = ?""",
                (self.run, one.role, one.state, one.reason, one.priority, one.hops, known, one.url),
            )
            new += cursor.rowcount
        return new

    def next_pending(self, now: float) -> Visit | None:
        """Take the next URL that is due; it is in flight from then on.

        Args:
            now: seconds since the epoch.
        """
        row = self._db.execute(
            """select visit.id, url.url, role, priority, hops, attempts + 1, known
            from visit join url on url.id = visit.url_id
            where run_id = ? and state = 'pending' and not_before <= ? order by priority desc, visit.id limit 1""",
            (self.run, now),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("update visit set state = 'in_flight', attempts = attempts + 1 where id = ?", (row[0],))
        return Visit(row[0], row[1], row[2], row[3], row[4], row[5], json.loads(row[6]))

    def next_due(self) -> float | None:
        """Say when the next pending URL may be asked for; None when none is pending."""
        row = self._db.execute(
            "select min(not_before) from visit where run_id = ? and state = 'pending'", (self.run,)
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def settle(
        self,
        visit: int,
        state: State,
        *,
        reason: str | None = None,
        detail: str | None = None,
        fetched: Fetched | None = None,
        found: Iterable[Discovered] = (),
    ) -> None:
        """End a visit and add what was found on its page, in one transaction."""
        answer = fetched or Fetched(0, "")
        with self.transaction():
            self.discover(found)
            self._db.execute(
                """update visit set state = ?, reason = ?, detail = ?, status = ?, fetched_at = ?, content_type = ?,
                payload_digest = ?, warc_file = ?, warc_offset = ? where id = ?""",
                (
                    state,
                    reason,
                    detail,
                    answer.status or None,
                    answer.fetched_at or None,
                    answer.content_type,
                    answer.payload_digest,
                    answer.warc_file,
                    answer.warc_offset,
                    visit,
                ),
            )

    def postpone(self, visit: int, not_before: float, reason: str) -> None:
        """Let a URL be asked for again, not before a time (seconds since the epoch)."""
        self._db.execute(
            "update visit set state = ?, not_before = ?, reason = ? where id = ?",
            (State.PENDING, not_before, reason, visit),
        )

    def conclude(self, ends: Iterable[End], finished_at: str) -> None:
        """Give published visits their ends and close the run, in one transaction.

        Raises:
            LedgerError: a page is still on its way; nothing is changed then.
        """
        with self.transaction():
            self._db.executemany(
                "update visit set state = ?2, reason = ?3, detail = ?4, record_digest = ?5 where id = ?1",
                ((end.visit, str(end.state), end.reason, end.detail, end.record_digest) for end in ends),
            )
            self.end_run(finished_at)

    def note_dates(self, url: str, statements: Iterable[tuple[str, str, str]]) -> None:
        """Keep what a feed or sitemap states of a page's dates: (source, kind, raw). The URL must be known."""
        self._db.executemany(
            "insert or ignore into statement (url_id, source, kind, raw) select id, ?2, ?3, ?4 from url where url = ?1",
            ((url, source, kind, raw) for source, kind, raw in statements),
        )

    def stated_dates(self, url: str) -> list[tuple[str, str, str]]:
        """Give what feeds and sitemaps state of a page's dates, in an order that arrival does not change."""
        return self._db.execute(
            """select source, kind, raw from statement join url on url.id = statement.url_id
            where url.url = ? order by source, kind, raw""",
            (url,),
        ).fetchall()

    def journal_feed(self, uri: str, digest: str) -> None:
        """Note the digest that a feed will have, before it takes its name."""
        self._db.execute("insert or replace into feed (run_id, uri, digest) values (?, ?, ?)", (self.run, uri, digest))

    def journaled_feed(self, uri: str) -> str | None:
        """Give the digest that this run noted for a feed."""
        row = self._db.execute("select digest from feed where run_id = ? and uri = ?", (self.run, uri)).fetchone()
        return None if row is None else str(row[0])

    def earlier_digests(self) -> dict[str, str]:
        """Give the digest of each URL's latest record of an earlier run."""
        rows = self._db.execute(
            """select url.url, record_digest, max(run_id) from visit join url on url.id = visit.url_id
            where run_id < ? and state = 'recorded' and record_digest is not null group by url.id""",
            (self.run,),
        )
        return {url: digest for url, digest, _ in rows}

    def current(self) -> Iterator[Visit]:
        """Give the latest visit of each URL that has a page to publish, sorted by URL (by code point, as Python does).

        A page that an earlier run recorded and this one did not get (not seen, failed, disallowed, beyond the limit)
        is among them; one that this run found gone, redirected, excluded or a duplicate is not.
        """
        rows = self._db.execute(
            """select visit.id, url.url, role, priority, hops, attempts, known, status, fetched_at, content_type,
            payload_digest, warc_file, warc_offset, state, max(run_id)
            from visit join url on url.id = visit.url_id
            where state in ('stored', 'recorded', 'gone', 'redirected', 'excluded', 'duplicate', 'listing')
            and coalesce(reason, '') != 'limit'
            group by url.id having state in ('stored', 'recorded') order by url.url"""
        )
        for row in rows:
            known = json.loads(row[6])
            yield Visit(row[0], row[1], row[2], row[3], row[4], row[5], known, Fetched(*row[7:13]))

    def counts(self) -> dict[tuple[State, str | None], int]:
        """Count the visits of the run by state and reason; the total is the number of URLs it discovered."""
        rows = self._db.execute(
            "select state, reason, count(*) from visit where run_id = ? group by 1, 2 order by 1, 2", (self.run,)
        )
        return {(State(state), reason): count for state, reason, count in rows}

    def count(self, *states: State) -> int:
        """Count the visits of the run in some states."""
        marks = ", ".join("?" for _ in states)
        row = self._db.execute(
            f"select count(*) from visit where run_id = ? and state in ({marks})",  # noqa: S608 - question marks only
            (self.run, *states),
        ).fetchone()
        return int(row[0])

    def count_unfinished(self) -> int:
        """Count the visits that have not come to an end."""
        return self.count(*UNFINISHED)


def _lock(folder: Path) -> int:
    """Hold a lock on the collection that ends with the process, however it ends."""
    path = folder / "ledger.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(handle, 20).decode("ascii", "replace").strip()
        os.close(handle)
        raise UserError(
            f"{folder}: another crawl of this collection is running (process {owner or 'unknown'})"
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode("ascii"))
    return handle


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        version = int(database.execute("pragma user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise LedgerError(
                f"{path}: made by a newer version of this program (format {version}; this one knows {SCHEMA_VERSION}); "
                "update the program"
            )
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute("pragma foreign_keys = on")
        for number, migration in enumerate(_MIGRATIONS[version:], start=version + 1):
            database.executescript(f"begin immediate; {migration}; pragma user_version = {number}; commit;")
        damage = database.execute("pragma quick_check(1)").fetchone()[0] if version else "ok"
    except sqlite3.DatabaseError as error:
        database.close()
        raise LedgerError(f"{path}: the file is damaged ({error}); it was left as it is") from None
    except LedgerError:
        database.close()
        raise
    if damage != "ok":
        database.close()
        raise LedgerError(f"{path}: the file is damaged ({damage}); it was left as it is")
    return database
