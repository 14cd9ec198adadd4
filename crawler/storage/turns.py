"""Whose turn it is: which URL is asked for next, which host waits until when, and which is asked no more."""

import json
from collections.abc import Collection

from crawler.storage.database import told
from crawler.storage.frontier import Frontier
from crawler.storage.visits import Visit

_READY = "visit indexed by visit_ready where run_id = ?1 and state = 'pending' and not_before = 0"
# The index is entered anew for each host, however many URLs the others have: first behind a host, then up to it.
_NEXT_HOST = tuple(
    f"""with recursive ready (host) as (
        select * from (select host from {_READY} and host {first} order by host limit 1)
        union all
        select (select host from {_READY} and host > ready.host {end} order by host limit 1)
        from ready where ready.host is not null
    )
    select host from ready where host is not null and host not in (select value from json_each(?3)) limit 1"""  # noqa: S608
    for first, end in (("> ?2", ""), ("between '' and ?2", "and host <= ?2"))
)


class Turns(Frontier):
    """The order in which the pending URLs of a run are taken."""

    @told
    def next_pending(self, now: float, *, after: str = "", busy: Collection[str] = ()) -> Visit | None:
        """Take the next URL that is due; it is in flight from then on. Hosts take turns, in the order of their names.

        Args:
            now: seconds since the epoch.
            after: the host whose turn was before.
            busy: hosts that are passed over.
        """
        self._release_due(now)
        host = self._next_host(after, busy)
        if host is None:
            return None
        row = self._db.execute(
            """select visit.id, url.url, role, priority, hops, attempts + 1, known, failures
            from visit indexed by visit_ready join url on url.id = visit.url_id
            where run_id = ? and state = 'pending' and not_before = 0 and host = ?
            order by priority desc, visit.id limit 1""",
            (self.run, host),
        ).fetchone()
        self._db.execute("update visit set state = 'in_flight', attempts = attempts + 1 where id = ?", (row[0],))
        return Visit(row[0], row[1], row[2], row[3], row[4], row[5], json.loads(row[6]), failures=row[7])

    def _next_host(self, after: str, busy: Collection[str]) -> str | None:
        """Find the host whose turn it is, by one step in the index for each that is passed over."""
        passed = json.dumps(sorted(busy))
        for statement in _NEXT_HOST:
            row = self._db.execute(statement, (self.run, after, passed)).fetchone()
            if row is not None:
                return str(row[0])
        return None

    def _release_due(self, now: float) -> None:
        """Put what has waited long enough among what may be taken, so that nobody looks at what still waits."""
        due = (self.run, now)
        where = "where run_id = ? and state = 'pending' and not_before > 0 and not_before <= ?"
        if self._db.execute(f"select 1 from visit indexed by visit_waiting {where} limit 1", due).fetchone():  # noqa: S608
            self._db.execute(f"update visit indexed by visit_waiting set not_before = 0 {where}", due)  # noqa: S608

    @told
    def next_due(self) -> float | None:
        """Say when the next pending URL may be asked for (0: at once); None when none is pending."""
        ready = self._db.execute(
            """select 1 from visit indexed by visit_ready where run_id = ? and state = 'pending' and not_before = 0
            limit 1""",
            (self.run,),
        ).fetchone()
        if ready:
            return 0.0
        return self.next_release()

    @told
    def next_release(self) -> float | None:
        """Say when the first of the URLs that wait for a time may be asked for; None when none waits."""
        row = self._db.execute(
            """select min(not_before) from visit indexed by visit_waiting
            where run_id = ? and state = 'pending' and not_before > 0""",
            (self.run,),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    @told
    def rest_host(self, host: str, until: float) -> int:
        """Let all that is pending at a host wait, at least until a time (seconds since the epoch); says how much it is.

        What is found there later is not held by this.
        """
        cursor = self._db.execute(
            """update visit set not_before = ?1
            where run_id = ?2 and state = 'pending' and host = ?3 and not_before < ?1""",
            (until, self.run, host),
        )
        return cursor.rowcount

    @told
    def leave_host(self, host: str, reason: str) -> int:
        """Let all that is pending at a host fail, to be tried by the next run; says how much it is."""
        cursor = self._db.execute(
            """update visit set state = 'failed', reason = ? where run_id = ? and state in ('held', 'pending')
            and host = ?""",
            (reason, self.run, host),
        )
        return cursor.rowcount
