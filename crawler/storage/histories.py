"""What earlier runs know of a page: whether it is known, when it was asked for, and what was stated of it since."""

import sqlite3
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime

from crawler.discovery.due import PageHistory
from crawler.storage.database import told
from crawler.storage.revisions import FINISHED, MISSES, WAITING_HELD, Revisions, unpack
from crawler.storage.visits import WAITING, LedgerError, State

_ASKED = "visit.state not in ('held', 'pending') and coalesce(visit.reason, '') not in ('limit', 'superseded')"


class Histories(Revisions):
    """The visits of earlier runs, as the next one needs them."""

    @told
    def last_state(self, url: str) -> tuple[State, str | None] | None:
        """Give state and reason of a URL's latest visit of an earlier run; None for a URL that no run knew."""
        row = self._db.execute(
            """select state, reason from visit where url_id = (select id from url where url = ?) and run_id != ?
            order by run_id desc limit 1""",
            (url, self.run),
        ).fetchone()
        return None if row is None else (State(row[0]), row[1])

    @told
    def page_histories(self) -> list[PageHistory]:
        """Give the history of each URL that was last visited as a page, as of before this run."""
        rows = self._db.execute(
            f"""select url.url, first.started_at, latest.state, latest.reason,
            (select run.started_at from visit join run on run.id = visit.run_id where visit.url_id = url.id
            and visit.run_id != :run and {_ASKED} order by visit.run_id desc limit 1),
            case when latest.state = 'gone' then {MISSES.format(url="url.id", run="latest.run_id")} else 0 end,
            revision.published, changed.started_at,
            exists (select 1 from statement where statement.url_id = url.id and kind = 'modified'
            and statement.first_run > (select max(run_id) from visit where visit.url_id = url.id
            and visit.run_id != :run and {_ASKED})),
            latest.state = 'stored' and latest.run_id in {WAITING_HELD}
            from (select url_id, min(run_id) as first_run, max(run_id) as last_run from visit
            where run_id != :run group by url_id) told
            join url on url.id = told.url_id
            join run first on first.id = told.first_run
            join visit latest on latest.url_id = told.url_id and latest.run_id = told.last_run
            left join revision on revision.id = (select id from revision newest where newest.url_id = told.url_id
            and newest.run_id != :run and newest.run_id in {FINISHED} order by number desc limit 1)
            left join run changed on changed.id = revision.run_id
            where latest.role = 'page'""",  # noqa: S608 - constants only
            {"run": self.run},
        )
        return [
            PageHistory(
                url=row[0],
                first_seen=_aware(row[1]),
                last_asked=None if row[4] is None else _aware(row[4]),
                state=row[2],
                reason=row[3],
                misses=row[5],
                published=None if row[6] is None else date.fromisoformat(row[6]),
                last_changed=None if row[7] is None else _aware(row[7]),
                claimed=bool(row[8]),
                held=bool(row[9]),
            )
            for row in rows
        ]

    @told
    def claims(self) -> dict[str, bool]:
        """Give the known pages of which a sitemap or feed states a modification that none has stated before this run.

        Returns:
            by URL, sorted: whether the run has visited the page.
        """
        rows = self._db.execute(
            f"""select distinct url.url, exists (select 1 from visit where visit.url_id = url.id and run_id = :run)
            from statement join url on url.id = statement.url_id
            where statement.kind = 'modified' and statement.first_run = :run
            and exists (select 1 from visit where visit.url_id = url.id and visit.run_id != :run
            and visit.role = 'page' and visit.state != 'out_of_scope' and {_ASKED})
            order by url.url""",  # noqa: S608 - constants only
            {"run": self.run},
        )
        return {url: bool(visited) for url, visited in rows}

    @told
    def unlisted(self) -> dict[str, bool]:
        """Give the pages that the sitemaps named when they were read last and that none names in this run.

        Returns:
            by URL, sorted: whether the run has visited the page. None where this run has read no sitemap.
        """
        rows = self._db.execute(
            """select url.url, exists (select 1 from visit where visit.url_id = url.id and run_id = :run)
            from statement join url on url.id = statement.url_id
            where kind = 'listed' and last_run =
            (select max(last_run) from statement where kind = 'listed' and last_run < :run)
            and exists (select 1 from statement where kind = 'listed' and last_run = :run)
            and 'gone' is not (select change from revision where revision.url_id = url.id order by number desc limit 1)
            order by url.url""",
            {"run": self.run},
        )
        return {url: bool(visited) for url, visited in rows}

    @told
    def unread_listings(self) -> list[str]:
        """List the listings of earlier runs that were not read when they were visited last, and are not gone."""
        rows = self._db.execute(
            """select url.url from (select url_id, role, state, reason, max(run_id) from visit where run_id != ?
            group by url_id) latest join url on url.id = latest.url_id where role = 'listing' and
            (state in ('pending', 'failed', 'disallowed', 'out_of_scope') or reason = 'limit') order by url.url""",
            (self.run,),
        )
        return [url for (url,) in rows]

    @told
    def visits_because(self, why: str) -> list[str]:
        """List the pages that this run put down for a reason, by URL."""
        rows = self._db.execute(
            "select url.url from visit join url on url.id = url_id where run_id = ? and why = ? order by url.url",
            (self.run, why),
        )
        return [url for (url,) in rows]

    @told
    def has_changed(self, url: str) -> bool:
        """Tell whether the run found another page than there was: other content, a redirect, or none."""
        row = self._db.execute(
            f"""select visit.state, fresh.content_digest, stood.content_digest from visit
            left join reading fresh on fresh.visit_id = visit.id
            left join reading stood on stood.visit_id = (select visit_id from revision where revision.url_id =
            visit.url_id and revision.run_id in {FINISHED} order by number desc limit 1)
            where run_id = ? and url_id = (select id from url where url = ?)""",  # noqa: S608 - constants only
            (self.run, url),
        ).fetchone()
        if row is None or row[0] in (*WAITING, State.UNCHANGED, State.FAILED, State.DISALLOWED):
            return False
        return row[1] is None or row[1] != row[2]

    @told
    def standing_line(self, url: str) -> str | None:
        """Give the record of a URL as it was before this run and reads now: its JSON; None where it has none."""
        row = self._db.execute(
            f"""select coalesce(reading.record, revision.record) from revision
            left join reading on reading.visit_id = revision.visit_id
            where change != 'gone' and revision.id = (select id from revision
            where url_id = (select id from url where url = ?) and run_id != ? and run_id in {FINISHED}
            order by number desc limit 1)""",  # noqa: S608 - constants only
            (url, self.run),
        ).fetchone()
        return None if row is None else unpack(row[0])

    def readings_of_run(self) -> Iterator[tuple[str, str]]:
        """Give what the pages were read as that this run has fetched: URL and record, sorted by URL."""
        try:
            rows = self._db.execute(
                """select url.url, record from reading join visit on visit.id = visit_id
                join url on url.id = url_id where run_id = ? order by url.url""",
                (self.run,),
            )
            for url, record in rows:
                yield url, unpack(record)
        except (sqlite3.Error, zlib.error) as error:
            raise LedgerError(f"{self.path}: {error}") from error

    @told
    def count_named(self) -> int | None:
        """Count the pages that the sitemaps and feeds name which this run has read; None where it looked for none."""
        looked = self._db.execute(
            """select 1 from visit where run_id = ? and role in ('sitemap', 'feed') and state not in ('pending', 'held')
            and coalesce(reason, '') != 'limit' limit 1""",
            (self.run,),
        ).fetchone()
        if looked is None:
            return None
        row = self._db.execute(
            "select count(distinct url_id) from statement where kind in ('listed', 'named') and last_run = ?",
            (self.run,),
        ).fetchone()
        return int(row[0])

    @told
    def find_same_record(self, digest: str, url: str) -> list[str]:
        """List other URLs whose record says the same since before this run: title, text, date and attachments."""
        rows = self._db.execute(
            f"""select url.url from revision join url on url.id = url_id where digest = :digest and url.url != :url
            and change != 'gone' and run_id != :run and run_id in {FINISHED} and number = (select max(number)
            from revision later where later.url_id = revision.url_id and later.run_id != :run
            and later.run_id in {FINISHED}) order by url.url""",  # noqa: S608 - a constant
            {"digest": digest, "url": url, "run": self.run},
        )
        return [row[0] for row in rows]

    @told
    def find_same_content(self, content_digest: str, url: str) -> list[str]:
        """List other URLs whose record has the same content."""
        rows = self._db.execute(
            """select url.url from reading join visit on visit.id = visit_id join url on url.id = url_id
            where content_digest = ? and url.url != ? and visit.run_id != ? and visit.state = 'recorded'
            and 'gone' is not (select change from revision where revision.url_id = url.id order by number desc limit 1)
            order by url.url""",
            (content_digest, url, self.run),
        )
        return [row[0] for row in rows]

    @told
    def confirmed_pages(self) -> list[str]:
        """List the pages with a record that the run has asked for and found as they were, to the byte."""
        rows = self._db.execute(
            f"""select url.url from visit join url on url.id = url_id where run_id = ? and role = 'page'
            and state = 'unchanged' and exists (select 1 from revision where revision.url_id = visit.url_id
            and run_id in {FINISHED}) order by url.url""",  # noqa: S608 - a constant
            (self.run,),
        )
        return [url for (url,) in rows]

    @told
    def missing_pages(self) -> list[str]:
        """List the pages with a record that this run is the first one to find missing (404, 410), or not to get."""
        rows = self._db.execute(
            f"""select url.url from visit join url on url.id = visit.url_id where run_id = :run and role = 'page'
            and state in ('gone', 'failed') and coalesce(why, '') not in ('missing', 'failed')
            and 'gone' is not coalesce((select change from revision
            where revision.url_id = visit.url_id and revision.run_id != :run and revision.run_id in {FINISHED}
            order by number desc limit 1), 'gone') order by url.url""",  # noqa: S608 - a constant
            {"run": self.run},
        )
        return [url for (url,) in rows]

    @told
    def redirected_pages(self) -> list[tuple[str, str]]:
        """List the pages that the run has found to lead elsewhere, each with where it leads, directly."""
        rows = self._db.execute(
            """select url.url, detail from visit join url on url.id = url_id where run_id = ? and role = 'page'
            and state = 'redirected' and detail is not null order by url.url""",
            (self.run,),
        )
        return rows.fetchall()

    @told
    def unread_pages(self) -> list[str]:
        """List the pages that the run has fetched and that gave no text when they were read, or were not read."""
        rows = self._db.execute(
            """select url.url from visit join url on url.id = url_id where run_id = ? and state = 'stored'
            and not exists (select 1 from reading where visit_id = visit.id) order by url.url""",
            (self.run,),
        )
        return [url for (url,) in rows]

    @told
    def unvisited(self) -> list[str]:
        """List the pages that have a record and that this run has not visited."""
        rows = self._db.execute(
            f"""select url.url from (select url_id, change, max(number) from revision where run_id in {FINISHED}
            group by url_id) latest join url on url.id = latest.url_id where change != 'gone'
            and not exists (select 1 from visit where visit.url_id = latest.url_id and run_id = :run)""",  # noqa: S608
            {"run": self.run},
        )
        return [url for (url,) in rows]


def _aware(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
