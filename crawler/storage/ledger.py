"""The ledger: a row for each URL and a visit for each run, in SQLite: the frontier and the account of a collection.

Write-ahead log, `synchronous = NORMAL`: a killed process loses nothing that was committed, a power cut at most the
last transactions, after which the pages concerned are fetched again. A page's state and the links found on it change in
one transaction.

A visit goes from `pending` to `in_flight` (next_pending), and from there back to `pending` (postpone, release, a crash)
or on (settle) to `stored` or an end; from `stored` to an end (conclude). An end is left by `conclude` alone, which may
correct the visits of earlier runs. A run is finished when each of its visits has come to an end.

Each run belongs to a command. The same command goes on with its unfinished run; another command begins one of its own
beside it, and the unfinished one waits for its command, with all its visits.

A long file, as each method is one statement or one transaction of the same tables. The connection is in `database.py`,
what the pages' records were is in `revisions.py`, which URL is asked for next in `turns.py`, what becomes of a run that
is held back in `holds.py`; figures over all runs are in `totals.py`.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from crawler.storage.database import storable, told
from crawler.storage.holds import Holds
from crawler.storage.ledger_file import SCHEMA_VERSION, host_of
from crawler.storage.revisions import AS_BEFORE, TELLING
from crawler.storage.totals import Totals
from crawler.storage.turns import Turns
from crawler.storage.visits import (
    UNFINISHED,
    WAITING,
    Discovered,
    End,
    Fetched,
    LedgerError,
    RunStatus,
    SealedModel,
    State,
    Visit,
    Visited,
)

__all__ = [
    "MAX_ATTEMPTS",
    "SCHEMA_VERSION",
    "UNFINISHED",
    "Discovered",
    "End",
    "Fetched",
    "Ledger",
    "LedgerError",
    "RunStatus",
    "SealedModel",
    "State",
    "Visit",
]

MAX_ATTEMPTS = 5  # of one page, crashes included: a page that kills every process that touches it comes to an end


class Ledger(Turns, Totals, Holds):
    """The ledger of one collection, held by one process at a time, to be used by the thread that opened it."""

    @told
    def begin_run(self, command: str, started_at: str, definition: str = "") -> bool:
        """Go on with the command's run that did not finish, or begin one.

        What was in flight when the process ended is pending again, unless it was tried MAX_ATTEMPTS times: then it
        has failed, of `too_many_attempts`. The unfinished run of another command is not touched (`unfinished_runs`
        tells of it); when its command goes on with it later, it still counts as the earlier of the two.

        Returns:
            whether an unfinished run goes on.
        """
        with self.transaction():
            row = self._db.execute(
                """select id from run where finished_at is null and (held_at is null or accepted_at is not null)
                and command = ? order by id desc limit 1""",
                (command,),
            ).fetchone()
            if row is None:
                self._db.execute(
                    "insert into run (command, started_at, definition) values (?, ?, ?)",
                    (command, started_at, definition),
                )
                self.run = int(self._db.execute("select last_insert_rowid()").fetchone()[0])
                return False
            self.run = int(row[0])
            self._db.execute(
                """update visit set state = ?, reason = 'too_many_attempts'
                where run_id = ? and state = ? and attempts - failures >= ?""",
                (State.FAILED, self.run, State.IN_FLIGHT, MAX_ATTEMPTS),
            )
            self._db.execute(
                "update visit set state = ? where run_id = ? and state = ?", (State.PENDING, self.run, State.IN_FLIGHT)
            )
            return True

    @told
    def unfinished_runs(self) -> list[tuple[int, str, str]]:
        """List the runs that are to be gone on with, oldest first: number, command, when it began."""
        return self._db.execute(
            """select id, command, started_at from run where finished_at is null
            and (held_at is null or accepted_at is not null) order by id"""
        ).fetchall()

    @told
    def latest_run(self, command: str) -> tuple[int, str, bool, bool] | None:
        """Give the command's latest run: number, when it began, whether it is over, and whether it was held back.

        None where there was none.
        """
        row = self._db.execute(
            """select id, started_at, coalesce(finished_at, iif(accepted_at is null, held_at, null)) is not null,
            finished_at is null and held_at is not null and accepted_at is null
            from run where command = ? order by id desc limit 1""",
            (command,),
        ).fetchone()
        return None if row is None else (row[0], row[1], bool(row[2]), bool(row[3]))

    @told
    def end_run(self, finished_at: str) -> None:
        """Close the run, which must have nothing left to do.

        Raises:
            LedgerError: a page is still on its way.
        """
        left = self.count_unfinished()
        if left:
            raise LedgerError(f"{self.path}: {left} pages are not settled; the run is not finished")
        self._db.execute(
            """update run set finished_at = ?, last_model = (select coalesce(max(id), 0) from model) where id = ?""",
            (finished_at, self.run),
        )

    @told
    def discover(self, found: Iterable[Discovered], parent: int | None = None) -> int:
        """Add URLs that this run has not seen, in one transaction; the others are left as they are.

        A URL that is held is let go where it is found again to be visited in any case.

        Args:
            found: the URLs.
            parent: the visit of the page on which they were found.

        Returns:
            how many were new.
        """
        with self.transaction():
            return self._discover(found, parent)

    def _discover(self, found: Iterable[Discovered], parent: int | None = None) -> int:
        rows = [
            # JSON in ASCII: a lone surrogate of a user's table comes back as it went in
            (
                one.url,
                self.run,
                one.role,
                one.state,
                one.reason,
                one.priority,
                one.hops,
                json.dumps(dict(one.known)) if one.known else "{}",
                one.why,
                host_of(one.url),
                parent,
            )
            for one in found
        ]
        if not rows:
            return 0
        self._db.executemany("insert into url (url) values (?) on conflict (url) do nothing", [row[:1] for row in rows])
        new = self._db.executemany(
            """insert into visit (url_id, run_id, role, state, reason, priority, hops, known, why, host, parent)
            select id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 from url where url = ?1
            on conflict (url_id, run_id) do nothing""",
            rows,
        ).rowcount
        self._db.executemany(
            """update visit set state = 'pending', priority = ?3, known = ?4 where run_id = ?2 and state = 'held'
            and role = ?5 and url_id = (select id from url where url = ?1)""",
            [(row[0], self.run, row[5], row[7], row[2]) for row in rows if row[3] == State.PENDING],
        )
        # A listing's next page may have been linked as if it were a document; it is a listing all the same, also where
        # the listing ends with it.
        self._db.executemany(
            """update visit set role = ?3, state = ?4, reason = ?5, priority = ?6, hops = ?7, known = ?8
            where run_id = ?2 and url_id = (select id from url where url = ?1) and role = 'page'
            and (state = 'held' or (?4 = 'pending' and state in ('pending', 'out_of_scope')))""",
            [row[:8] for row in rows if row[2] == "listing" and row[3] != State.OUT_OF_SCOPE],
        )
        return new

    @told
    def settle(
        self,
        visit: int,
        state: State,
        *,
        reason: str | None = None,
        detail: str | None = None,
        fetched: Fetched | None = None,
        found: Iterable[Discovered] = (),
        robots: str | None = None,
        gain: int | None = None,
    ) -> None:
        """End a visit and add what was found on its page, in one transaction.

        Args:
            visit: pending, in flight or stored.
            state: `stored` or an end.
            reason: one word of a closed list.
            detail: a sentence, to be read by people.
            fetched: left as it is where None.
            found: on the page.
            robots: what robots.txt and the page itself say of crawlers.
            gain: how many words the page has that no page had before; None where nobody looked.

        Raises:
            LedgerError: there is no such visit, or it has come to its end; nothing is changed then.
        """
        if state in WAITING:
            raise LedgerError(f"{self.path}: a visit cannot be settled as {state}")
        with self.transaction():
            self._discover(found, visit)
            changed = self._db.execute(
                """update visit set state = ?1, reason = ?2, detail = ?3, body = body or ?1 = 'stored',
                robots = coalesce(?5, robots), gain = coalesce(?6, gain)
                where id = ?4 and state in ('pending', 'in_flight', 'stored')""",
                (state, reason, storable(detail), visit, robots, gain),
            ).rowcount
            self._demand(changed, visit)
            if fetched is not None:
                self._db.execute(
                    """update visit set status = ?, fetched_at = ?, content_type = ?, payload_digest = ?, warc_file = ?,
                    warc_offset = ?, etag = ?, last_modified = ? where id = ?""",
                    (
                        fetched.status or None,
                        fetched.fetched_at or None,
                        storable(fetched.content_type),
                        fetched.payload_digest,
                        fetched.warc_file,
                        fetched.warc_offset,
                        storable(fetched.etag),
                        storable(fetched.last_modified),
                        visit,
                    ),
                )

    @told
    def postpone(self, visit: int, not_before: float, reason: str) -> None:
        """Let a URL be asked for again, not before a time (seconds since the epoch). The attempt counts.

        Raises:
            LedgerError: there is no such visit, or it has come to its end.
        """
        changed = self._db.execute(
            """update visit set state = 'pending', not_before = max(?, 0), reason = ?, failures = failures + 1
            where id = ? and state in ('pending', 'in_flight', 'stored')""",
            (not_before, reason, visit),
        ).rowcount
        self._demand(changed, visit)

    @told
    def exclude_pending(self, reason: str) -> int:
        """Let go of all that is still pending, for a reason such as the run's limit; says how many."""
        cursor = self._db.execute(
            "update visit set state = 'excluded', reason = ? where run_id = ? and state in ('held', 'pending')",
            (reason, self.run),
        )
        return cursor.rowcount

    def redirects(self, runs: Sequence[int] | None = None) -> Iterator[tuple[str, str, str]]:
        """Give what redirects, directly: the target, the URL, and what is known of the URL as JSON.

        Args:
            runs: whose visits count; None for all.
        """
        within = "" if runs is None else "and run_id in (select value from json_each(?))"
        try:
            for target, url, known, _, _ in self._db.execute(
                f"""select detail, url.url, known, state, max(run_id) from visit join url on url.id = visit.url_id
                where state in ({TELLING}) and coalesce(reason, '') not in {AS_BEFORE} {within}
                group by url.id having state = 'redirected' and detail is not null""",  # noqa: S608 - constants only
                () if runs is None else (json.dumps(list(runs)),),
            ):
                yield target, url, known
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {error}") from error

    @told
    def copies(self) -> list[tuple[str, str]]:
        """Give the URLs that ever held a copy of another one's document, each with that one."""
        rows = self._db.execute(
            """select distinct url.url, substr(detail, 4) from visit join url on url.id = visit.url_id
            where state = 'duplicate' and detail like 'of %'"""
        )
        return rows.fetchall()

    @told
    def all_redirects(self) -> list[tuple[str, str]]:
        """Give the URLs that ever redirected, each with where it did; also those that do so no more."""
        rows = self._db.execute(
            """select distinct url.url, detail from visit join url on url.id = visit.url_id
            where state = 'redirected' and detail is not null"""
        )
        return rows.fetchall()

    @told
    def look_at_latest_run(self) -> None:
        """Read as of the latest run, without beginning one."""
        self.run = int(self._db.execute("select coalesce(max(id), 0) from run").fetchone()[0])

    @told
    def command(self) -> str:
        """Give the command that the run belongs to; empty where there was no run."""
        row = self._db.execute("select command from run where id = ?", (self.run,)).fetchone()
        return "" if row is None else str(row[0])

    def look_at_run(self, run: int) -> None:
        """Read as of a run."""
        self.run = run

    @told
    def status(self) -> RunStatus | None:
        """Give the account of the latest run, as of one moment; None where there was none."""
        self.look_at_latest_run()
        with self.transaction():
            run = self._db.execute(
                """select command, started_at, finished_at, iif(accepted_at is null, held_at, null) from run
                where id = ?""",
                (self.run,),
            ).fetchone()
            if run is None:
                return None
            oldest = self._db.execute(
                """select url.url, attempts from visit join url on url.id = visit.url_id
                where run_id = ? and state = 'pending' order by visit.id limit 1""",
                (self.run,),
            ).fetchone()
            counts = self.counts()
            return RunStatus(run[0], run[1], run[2], run[3], counts, sum(counts.values()), *(oldest or (None, 0)))

    @told
    def release(self, visit: int, not_before: float = 0.0) -> None:
        """Put back a URL that was taken and not asked for; the attempt does not count.

        Args:
            visit: in flight.
            not_before: seconds since the epoch.

        Raises:
            LedgerError: it is not in flight.
        """
        changed = self._db.execute(
            """update visit set state = 'pending', not_before = ?, attempts = max(attempts - 1, 0)
            where id = ? and state = 'in_flight'""",
            (not_before, visit),
        ).rowcount
        self._demand(changed, visit)

    @told
    def fetch_again(self, warc_file: str, offset: int) -> int:
        """Let pages be asked for again whose records were torn: the stored ones at an offset of a file or behind it.

        Returns:
            how many they are.
        """
        return self._db.execute(
            """update visit set state = 'pending', not_before = 0, attempts = max(attempts - 1, 0), warc_file = null,
            warc_offset = null, body = 0
            where run_id = ? and state = 'stored' and warc_file = ? and warc_offset >= ?""",
            (self.run, warc_file, offset),
        ).rowcount

    @told
    def archive_ends(self) -> dict[str, int]:
        """Give for each file of the archive the last offset that is pointed to: what `archive.mend` may start from."""
        rows = self._db.execute(
            """select warc_file, max(warc_offset) from (
                select warc_file, warc_offset from visit where warc_file is not null
                union all select warc_file, warc_offset from model where digest <> ''
            ) group by warc_file"""
        )
        return dict(rows.fetchall())

    def _demand(self, changed: int, visit: int) -> None:
        if changed:
            return
        row = self._db.execute("select state from visit where id = ?", (visit,)).fetchone()
        raise LedgerError(f"{self.path}: {f'visit {visit} is {row[0]}' if row else f'there is no visit {visit}'}")

    @told
    def conclude(self, ends: Iterable[End], finished_at: str) -> None:
        """Give published visits their ends and close the run, in one transaction.

        A stored page of which a later run has a version was not published, for `candidates` gives the latest: it ends
        as excluded, `superseded`. That happens only where another command's run came between.

        Raises:
            LedgerError: a page is still on its way, or there is no such visit; nothing is changed then.
        """
        with self.transaction():
            for end in ends:
                if end.state in UNFINISHED:
                    raise LedgerError(f"{self.path}: a visit cannot end as {end.state}")
                changed = self._db.execute(
                    "update visit set state = ?, reason = ?, detail = ?, record_digest = ? where id = ?",
                    (end.state, end.reason, storable(end.detail), end.record_digest, end.visit),
                ).rowcount
                self._demand(changed, end.visit)
            self._db.execute(
                f"""update visit set state = 'excluded', reason = 'superseded' where run_id = ? and state = 'stored'
                and exists (select 1 from visit later where later.url_id = visit.url_id and later.run_id > visit.run_id
                and later.state in ({TELLING}) and coalesce(later.reason, '') != 'limit')""",  # noqa: S608 - constants
                (self.run,),
            )
            if self.takes_held_runs:
                self.take_held_runs()
            self.drop_readings()
            self.drop_statements()
            self.drop_listed()
            self.end_run(finished_at)

    @told
    def journal_feed(self, uri: str, digest: str) -> None:
        """Note the digest that a feed will have, before it takes its name."""
        self._db.execute("insert or replace into feed (run_id, uri, digest) values (?, ?, ?)", (self.run, uri, digest))

    @told
    def journaled_feed(self, uri: str) -> str | None:
        """Give the digest that this run noted for a feed."""
        row = self._db.execute("select digest from feed where run_id = ? and uri = ?", (self.run, uri)).fetchone()
        return None if row is None else str(row[0])

    @told
    def seal_model(self, host: str, digest: str, warc_file: str, warc_offset: int) -> None:
        """Note where in the archive the model of a site is, from which records are made from now on."""
        self._db.execute(
            "insert into model (run_id, host, digest, warc_file, warc_offset) values (?, ?, ?, ?, ?)",
            (self.run, host, digest, warc_file, warc_offset),
        )

    @told
    def resealed_hosts(self, *, as_then: bool = False) -> frozenset[str]:
        """Give the sites whose model was sealed or retired since the finished run before this one.

        Args:
            as_then: only until the end of this run, which is finished.
        """
        rows = self._db.execute(
            """select host from model where id > coalesce((select last_model from run earlier where
            finished_at is not null and id != :run and (finished_at, id) < (select coalesce(finished_at, '9'), id
            from run where id = :run) order by finished_at desc, id desc limit 1), 0)
            and (not :as_then or id <= (select last_model from run where id = :run))""",
            {"run": self.run, "as_then": as_then},
        )
        return frozenset(host for (host,) in rows)

    @told
    def retire_model(self, host: str) -> None:
        """Note that records of a site are made without a model from now on; its row points nowhere."""
        self._db.execute(
            "insert into model (run_id, host, digest, warc_file, warc_offset) values (?, ?, '', '', 0)",
            (self.run, host),
        )

    @told
    def sealed_models(self, run: int | None = None) -> dict[str, SealedModel]:
        """Give the latest model of each site, by host; not of those whose model is retired.

        Args:
            run: a finished one; its records were made by the models as they were then. None: as they are now.
        """
        rows = self._db.execute(
            """select host, digest, warc_file, warc_offset, run_id from model where digest <> '' and id in
            (select max(id) from model where ?1 is null or id <= (select last_model from run where id = ?1)
            group by host) order by host""",
            (run,),
        )
        return {row[0]: SealedModel(*row[1:]) for row in rows}

    @told
    def counts(self) -> dict[tuple[State, str | None], int]:
        """Count the visits of the run by state and reason; the total is the number of URLs it discovered."""
        rows = self._db.execute(
            "select state, reason, count(*) from visit where run_id = ? group by 1, 2 order by 1, 2", (self.run,)
        )
        return {(State(state), reason): count for state, reason, count in rows}

    @told
    def visited(self) -> dict[str, Visited]:
        """Give how each visit of the run stands, by URL; one without a record that is as before, as it stood before."""
        rows = self._db.execute(
            f"""select url.url, coalesce(told.state, visit.state), iif(told.id is null, visit.reason, told.reason),
            coalesce(told.detail, visit.detail), visit.status,
            (select digest from revision where revision.url_id = url.id order by number desc limit 1) as digest
            from visit join url on url.id = visit.url_id
            left join visit told on visit.state = 'unchanged' and digest is null and told.id = (
                select id from visit earlier where earlier.url_id = visit.url_id and earlier.run_id < visit.run_id
                and earlier.state in ({TELLING}) and coalesce(earlier.reason, '') not in {AS_BEFORE}
                order by earlier.run_id desc limit 1)
            where visit.run_id = ?""",  # noqa: S608 - constants only
            (self.run,),
        )
        return {url: Visited(State(state), *rest) for url, state, *rest in rows}

    @told
    def count(self, *states: State) -> int:
        """Count the visits of the run in some states."""
        marks = ", ".join("?" for _ in states)
        row = self._db.execute(
            f"select count(*) from visit where run_id = ? and state in ({marks})",  # noqa: S608 - question marks only
            (self.run, *states),
        ).fetchone()
        return int(row[0])

    @told
    def has(self, *states: State) -> bool:
        """Tell whether a visit of the run is in one of some states; quick, however many there are."""
        return any(
            self._db.execute("select 1 from visit where run_id = ? and state = ? limit 1", (self.run, state)).fetchone()
            for state in states
        )

    def count_unfinished(self) -> int:
        """Count the visits that have not come to an end."""
        return self.count(*UNFINISHED)
