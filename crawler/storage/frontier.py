"""What tells the pages that are worth a visit from the others: what waits, what was visited, what was said before."""

import json
from collections.abc import Iterable, Mapping

from crawler.discovery.waves import Held, Tried
from crawler.storage.database import told
from crawler.storage.histories import Histories


class Frontier(Histories):
    """The pages that only links lead to, as `crawler.discovery.waves` wants to know them."""

    @told
    def held(self) -> list[Held]:
        """Give the pages of the run that wait until it is known whether they are worth a visit."""
        rows = self._db.execute(
            """select visit.id, url.url, parent from visit join url on url.id = visit.url_id
            where run_id = ? and state = 'held' order by visit.id""",
            (self.run,),
        )
        return [Held(*row) for row in rows]

    @told
    def evidence(self) -> list[Tried]:
        """Give the visits that tell what pages bring: pages looked at, redirects, what is missing or no page at all."""
        rows = self._db.execute(
            """select visit.id, url.url, parent, coalesce(gain, 0), state = 'redirected', run_id = ? from visit
            join url on url.id = visit.url_id where gain is not null or (role in ('page', 'listing') and
            (state in ('redirected', 'gone') or (state = 'excluded' and fetched_at is not null))) order by visit.id""",
            (self.run,),
        )
        return [Tried(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5])) for row in rows]

    @told
    def release_held(self, visits: Iterable[int]) -> None:
        """Let pages that are held be asked for."""
        self._end_held("state = 'pending'", visits)

    @told
    def let_go_held(self, visits: Iterable[int], reason: str) -> None:
        """Let pages that are held go unvisited."""
        self._end_held("state = 'excluded', reason = ?2", visits, reason)

    def _end_held(self, change: str, visits: Iterable[int], *values: str) -> None:
        self._db.execute(
            f"update visit set {change} where state = 'held' and id in (select value from json_each(?1))",  # noqa: S608
            (json.dumps(list(visits)), *values),
        )

    @told
    def say(self, url: str, sentences: Mapping[int, int]) -> int:
        """Note what a page says, and count the words of it that no other page has said before.

        Args:
            url: of the page, in the ledger.
            sentences: words by fingerprint.
        """
        fingerprints = json.dumps(list(sentences))
        with self.transaction():
            self._db.execute(
                """insert into said (fingerprint, url_id) select value, (select id from url where url = ?2)
                from json_each(?1) where true on conflict do nothing""",
                (fingerprints, url),
            )
            rows = self._db.execute(
                """select fingerprint from said where fingerprint in (select value from json_each(?1))
                and url_id = (select id from url where url = ?2)""",
                (fingerprints, url),
            ).fetchall()
        return sum(sentences[fingerprint] for (fingerprint,) in rows)

    @told
    def count_listed(self, listing: str, page: str, urls: Iterable[str]) -> int:
        """Note what a page of a listing names, and count what the listing has not named before in this run.

        Args:
            listing: the URL of its first page.
            page: the URL of this page.
            urls: normalized.
        """
        with self.transaction():
            self._db.execute(
                """insert into listed (run_id, listing, url, page) select ?1, ?2, value, ?3
                from json_each(?4) where true on conflict do nothing""",
                (self.run, listing, page, json.dumps(sorted(set(urls)))),
            )
            row = self._db.execute(
                "select count(*) from listed where run_id = ? and listing = ? and page = ?", (self.run, listing, page)
            ).fetchone()
        return int(row[0])

    @told
    def drop_listed(self) -> None:
        """Forget what the listings of the run named: it serves to see where they end."""
        self._db.execute("delete from listed where run_id = ?", (self.run,))

    @told
    def is_stated(self, url: str) -> bool:
        """Tell whether a sitemap or feed has named a URL."""
        row = self._db.execute(
            "select 1 from statement where url_id = (select id from url where url = ?) limit 1", (url,)
        ).fetchone()
        return row is not None
