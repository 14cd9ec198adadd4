"""Runs that were held back: what they fetched waits, and is no part of the corpus before somebody takes it over.

A held run is over, and not finished: its command begins another one. What it *stored* stays so until a run of the same
command finishes, which takes the held runs over: it publishes the new pages that they found, and those of their known
pages that it has asked for itself. Or the latest of them is gone on with, because somebody accepts it.
"""

from dataclasses import dataclass

from crawler.storage.database import Database, told
from crawler.storage.visits import WAITING, LedgerError


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run that was held back."""

    id: int
    command: str
    started_at: str
    stored: int  # pages that wait


class Holds(Database):
    """The held runs of a collection."""

    @told
    def hold(self, held_at: str) -> None:
        """End the run without a result: what it stored waits.

        Raises:
            LedgerError: a page was not answered yet.
        """
        marks = ", ".join("?" for _ in WAITING)
        left = self._db.execute(
            f"select count(*) from visit where run_id = ? and state in ({marks})",  # noqa: S608 - question marks only
            (self.run, *WAITING),
        ).fetchone()[0]
        if left:
            raise LedgerError(f"{self.path}: {left} pages are not settled; the run cannot be held back")
        self._db.execute("update run set held_at = ? where id = ?", (held_at, self.run))

    @told
    def held_runs(self) -> list[HeldRun]:
        """List the held runs that no run has taken over, the latest last."""
        rows = self._db.execute(
            """select id, command, started_at, (select count(*) from visit where run_id = run.id and state = 'stored')
            from run where held_at is not null and finished_at is null and taken_by is null order by id"""
        )
        return [HeldRun(*row) for row in rows]

    @told
    def let_go_on(self, run: int) -> None:
        """Let a held run be gone on with by its command."""
        self._db.execute("update run set held_at = null where id = ?", (run,))

    @told
    def taken_runs(self, by: int) -> list[int]:
        """List the held runs that a finished run took over."""
        return [run for (run,) in self._db.execute("select id from run where taken_by = ? order by id", (by,))]

    def settled_runs(self, finished: list[int]) -> list[int]:
        """Add to finished runs the held ones that they took over: all whose visits count."""
        return sorted({*finished, *(one for run in finished for one in self.taken_runs(run))})

    @told
    def take_held_runs(self) -> None:
        """Take the held runs of this run's command over; what of them is left is let go of.

        Their known pages were asked for again by this run, or will be by the next one.
        """
        held = """(select id from run where held_at is not null and finished_at is null and taken_by is null
            and id != :run and command = (select command from run where id = :run))"""
        self._db.execute(
            f"""update visit set state = 'excluded', reason = 'superseded' where state = 'stored'
            and run_id in {held}""",  # noqa: S608 - written above
            {"run": self.run},
        )
        self._db.execute(
            f"update run set taken_by = :run where id in {held}",  # noqa: S608 - written above
            {"run": self.run},
        )
