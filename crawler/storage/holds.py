"""Runs that were held back: what they fetched waits, and is no part of the corpus before somebody takes it over.

A held run is over, and not finished: its command begins another one. What it *stored* stays so until a run of the same
command has seen that all is well and finishes: it takes the held runs over. Of what they stored it publishes the new
pages that are there no more; all others it has asked for again itself, or a later run will. Or the latest of them is
accepted by somebody, and gone on with.
"""

from dataclasses import dataclass

from crawler.storage.database import Database, told
from crawler.storage.revisions import WAITING_HELD
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
            f"""select id, command, started_at, (select count(*) from visit where run_id = run.id and state = 'stored')
            from run where id in {WAITING_HELD} order by id"""  # noqa: S608 - a constant
        )
        return [HeldRun(*row) for row in rows]

    @told
    def held_visits(self) -> frozenset[int]:
        """Give the visits of other runs whose answers wait."""
        rows = self._db.execute(
            f"select id from visit where run_id in {WAITING_HELD} and run_id != ? and state = 'stored'",  # noqa: S608
            (self.run,),
        )
        return frozenset(visit for (visit,) in rows)

    @told
    def accept(self, run: int, accepted_at: str) -> None:
        """Let a held run be gone on with by its command; it stays accepted when that is cut short."""
        self._db.execute("update run set accepted_at = ? where id = ?", (accepted_at, run))

    @told
    def is_accepted(self) -> bool:
        """Tell whether somebody has accepted what the run found."""
        row = self._db.execute("select accepted_at is not null from run where id = ?", (self.run,)).fetchone()
        return bool(row[0])

    @told
    def note_redesigns(self, told: str) -> None:
        """Keep what the run has found out, as JSON, for a later process of it; models that are sealed tell no more."""
        self._db.execute("update run set redesigns = ? where id = ?", (told, self.run))

    @told
    def noted_redesigns(self, run: int | None = None) -> str:
        """Give what an earlier process of the run, or another one, has found out; empty for nothing."""
        row = self._db.execute("select redesigns from run where id = ?", (run or self.run,)).fetchone()
        return str(row[0])

    @told
    def taken_runs(self, by: int) -> list[int]:
        """List the held runs that a finished run took over."""
        return [run for (run,) in self._db.execute("select id from run where taken_by = ? order by id", (by,))]

    def settled_runs(self, finished: list[int]) -> list[int]:
        """Add to finished runs the held ones that they took over: all whose visits count."""
        return sorted({*finished, *(one for run in finished for one in self.taken_runs(run))})

    @told
    def take_held_runs(self) -> None:
        """Take the held runs of this run's command over; what of them is left is let go of, and asked for again."""
        held = f"""(select id from run where id in {WAITING_HELD} and id != :run
            and command = (select command from run where id = :run))"""  # noqa: S608 - a constant
        self._db.execute(
            f"""update visit set state = 'excluded', reason = 'superseded' where state = 'stored'
            and run_id in {held}""",  # noqa: S608 - written above
            {"run": self.run},
        )
        self._db.execute(
            f"update run set taken_by = :run where id in {held}",  # noqa: S608 - written above
            {"run": self.run},
        )
