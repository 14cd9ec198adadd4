"""What tells the pages that are worth a visit from the others: what waits, what was visited, what was said before."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.discovery.waves import LEAST_GAIN, LEAST_TAKEN, Held, Tried
from crawler.storage.database import told
from crawler.storage.histories import Histories


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says, beside what other pages have said."""

    new: int  # words that no other page has said, or lists only
    known: int  # words that others have said
    copied: str | None = None  # a page of whose sentences at least half stand here
    whole: bool = False  # whether all of them do


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
        """Give what tells what pages bring, of each URL as it was visited first: looked at, redirect, missing, no page.

        What a page says is that of the visit that found most; a page that is asked for again tells nothing new of its
        kind. Pages that robots.txt forbids count as well: more of their kind need not be put down.
        """
        rows = self._db.execute(
            """select min(visit.id), url.url, parent, coalesce(max(gain), 0), state = 'redirected', run_id = ?,
            max(gain is not null) from visit join url on url.id = visit.url_id
            where gain is not null or (role in ('page', 'listing') and (state in ('redirected', 'gone', 'disallowed')
            or (state = 'excluded' and fetched_at is not null))) group by visit.url_id order by 1""",
            (self.run,),
        )
        return [Tried(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6])) for row in rows]

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
    def say(self, url: str, sentences: Mapping[int, int], *, is_list: bool = False) -> Said:
        """Note what a page says, and compare it with what other pages have said.

        What only lists have said, a document takes over, where that is more than a teaser or the page says something
        new besides.

        Args:
            url: of the page, in the ledger.
            sentences: words by fingerprint.
            is_list: whether the page only lists others.
        """
        fingerprints = json.dumps(list(sentences))
        with self.transaction():
            rows = self._find_speakers(fingerprints)
            by_lists = {fingerprint for fingerprint, speaker, by_list in rows if by_list and speaker != url}
            others = {fingerprint for fingerprint, speaker, by_list in rows if not by_list and speaker != url}
            taken = sum(sentences[fingerprint] for fingerprint in by_lists)
            own = sum(words for fingerprint, words in sentences.items() if fingerprint not in by_lists | others)
            takes = not is_list and (own >= LEAST_GAIN or taken >= LEAST_TAKEN)
            self._db.execute(
                """insert into said (fingerprint, url_id, by_list)
                select value, (select id from url where url = ?2), ?3 from json_each(?1) where true
                on conflict do update set url_id = excluded.url_id, by_list = 0
                where by_list and (?4 or url_id = excluded.url_id and not ?3)""",
                (fingerprints, url, is_list, takes),
            )
            rows = self._find_speakers(fingerprints)
        speakers: Counter[str] = Counter()
        for fingerprint, speaker, by_list in rows:
            if speaker == url or not by_list:
                speakers[speaker] += sentences[fingerprint]
        new = speakers.pop(url, 0)
        known = sum(sentences.values()) - new
        if not speakers:
            return Said(new, known)
        speaker = max(speakers, key=lambda one: (speakers[one], one))
        shared = sum(one == speaker for _, one, _ in rows)
        owned = self._db.execute(
            "select count(*) from said where url_id = (select id from url where url = ?)", (speaker,)
        ).fetchone()[0]
        return Said(new, known, speaker if 2 * shared >= owned else None, whole=shared == owned)

    def _find_speakers(self, fingerprints: str) -> list[tuple[int, str, int]]:
        return self._db.execute(
            """select fingerprint, url.url, by_list from said join url on url.id = said.url_id
            where fingerprint in (select value from json_each(?))""",
            (fingerprints,),
        ).fetchall()

    @told
    def is_there(self, url: str) -> bool:
        """Tell whether a page was there when it was visited last, in this run or an earlier one."""
        row = self._db.execute(
            """select state from visit where url_id = (select id from url where url = ?)
            and state not in ('held', 'pending', 'in_flight') order by run_id desc limit 1""",
            (url,),
        ).fetchone()
        return row is not None and row[0] not in ("gone", "redirected")

    @told
    def take_over(self, url: str, earlier: str) -> None:
        """Let a page say what another one said that is not there any more."""
        self._db.execute(
            """update said set url_id = (select id from url where url = ?1)
            where url_id = (select id from url where url = ?2)""",
            (url, earlier),
        )

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
    def is_named(self, url: str) -> bool:
        """Tell whether a sitemap, a feed or a selector has named a URL, so that it is no mere link."""
        row = self._db.execute(
            """select 1 from url where url = ?1 and (exists (select 1 from statement where url_id = url.id)
            or exists (select 1 from visit where url_id = url.id and json_extract(known, '$.named')))""",
            (url,),
        ).fetchone()
        return row is not None

    @told
    def has_record(self, url: str) -> bool:
        """Tell whether a URL ever had a record, or was the copy of one."""
        row = self._db.execute(
            """select 1 from url where url = ?1 and (exists (select 1 from revision where url_id = url.id)
            or exists (select 1 from visit where url_id = url.id and state in ('recorded', 'duplicate')))""",
            (url,),
        ).fetchone()
        return row is not None
