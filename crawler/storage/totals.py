"""Figures of a collection over all of its runs, for who describes it: what was asked for, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.storage.database import Database, told
from crawler.storage.visits import SealedModel

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
