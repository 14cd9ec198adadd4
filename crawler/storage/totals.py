"""Figures of a collection over all of its runs, for who describes it: what was asked for, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.storage.database import Database, told
from crawler.storage.revisions import AS_BEFORE, FINISHED, IDLE, TELLING
from crawler.storage.visits import Account, SealedModel, State

# The latest visit of each URL among some runs.
_LATEST = """(select url_id, max(run_id) as run_id from visit where run_id in (select value from json_each(:runs))
    group by url_id) newest join visit latest on latest.url_id = newest.url_id and latest.run_id = newest.run_id"""


@dataclass(frozen=True, slots=True)
class RunTotal:
    """What a finished run did."""

    run: int
    command: str
    started_at: str
    finished_at: str
    urls: int  # put down by it
    new: int  # records
    changed: int
    gone: int


class Totals(Database):
    """Figures over the finished runs of a collection, without what an unfinished one has found."""

    @told
    def account(self) -> list[Account]:
        """Count all URLs by where the finished runs left them, in the order of state and reason.

        What is as before stands as it stood before, where it has no record; a visit that was let go of tells nothing
        where another one does.
        """
        rows = self._db.execute(
            f"""select coalesce(told.state, latest.state), iif(told.id is null, latest.reason, told.reason),
            count(*), sum(recorded) from (
                select id as url_id, exists (select 1 from revision where revision.url_id = url.id
                and run_id in {FINISHED}) as recorded, (select id from visit where visit.url_id = url.id
                and run_id in {FINISHED} order by coalesce(reason, '') in {IDLE}, run_id desc limit 1) as latest_id
                from url
            ) join visit latest on latest.id = latest_id
            left join visit told on latest.state = 'unchanged' and not recorded and told.id = (
                select id from visit earlier where earlier.url_id = latest.url_id and earlier.run_id < latest.run_id
                and run_id in {FINISHED} and earlier.state in ({TELLING})
                and coalesce(earlier.reason, '') not in {AS_BEFORE} order by earlier.run_id desc limit 1)
            group by 1, 2 order by 1, 2"""  # noqa: S608 - constants only
        )
        return [Account(State(state), *rest) for state, *rest in rows]

    @told
    def sealings(self) -> list[tuple[str, str, SealedModel]]:
        """List each model that a finished run sealed, in their order: its host, when the run began, where it is."""
        rows = self._db.execute(
            """select host, started_at, digest, warc_file, warc_offset, run_id from model join run on run.id = run_id
            where digest <> '' and finished_at is not null order by model.id"""
        )
        return [(host, time, SealedModel(*rest)) for host, time, *rest in rows]

    @told
    def verdict_totals(self, runs: Sequence[int]) -> dict[str | None, int]:
        """Count the URLs of some runs by what robots.txt and the pages themselves said at their latest visit."""
        rows = self._db.execute(
            f"select latest.robots, count(*) from {_LATEST} group by 1 order by 1",  # noqa: S608 - constants only
            {"runs": json.dumps(list(runs))},
        )
        return dict(rows.fetchall())

    @told
    def role_totals(self, runs: Sequence[int]) -> dict[str, int]:
        """Count the same URLs by what they were asked for as: page, listing, sitemap, feed, robots."""
        rows = self._db.execute(
            f"select latest.role, count(*) from {_LATEST} group by 1 order by 1",  # noqa: S608 - constants only
            {"runs": json.dumps(list(runs))},
        )
        return dict(rows.fetchall())

    @told
    def run_totals(self, runs: Sequence[int]) -> list[RunTotal]:
        """Say what each of some runs did, in the order of their numbers."""
        rows = self._db.execute(
            """select id, command, started_at, finished_at,
            (select count(*) from visit where run_id = run.id),
            (select count(*) from revision where run_id = run.id and change = 'new'),
            (select count(*) from revision where run_id = run.id and change = 'changed'),
            (select count(*) from revision where run_id = run.id and change = 'gone')
            from run where id in (select value from json_each(:runs)) order by id""",
            {"runs": json.dumps(list(runs))},
        )
        return [RunTotal(*row) for row in rows]

    @told
    def find_sealed(self, digest: str) -> SealedModel | None:
        """Find a model that was ever sealed, by its digest; None where there is none."""
        row = self._db.execute(
            "select digest, warc_file, warc_offset, run_id from model where digest = ? order by id limit 1", (digest,)
        ).fetchone()
        return None if row is None else SealedModel(*row)

    @told
    def last_archive_file(self, runs: Sequence[int]) -> str | None:
        """Name the archive file that the latest of some runs wrote last; None where they wrote none."""
        row = self._db.execute(
            """select warc_file from visit where warc_file is not null
            and run_id in (select value from json_each(:runs)) order by run_id desc, warc_file desc limit 1""",
            {"runs": json.dumps(list(runs))},
        ).fetchone()
        return None if row is None else str(row[0])
