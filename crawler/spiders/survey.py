"""The survey of a corpus: which URLs have a record or may get one, which are copies, how many pages each site has.

A run meets each URL that has a record, or may get one, as a `Candidate`. Of each, two responses may have to be read:
the one on which its record *stands*, and the *fresh* one that the run fetched.

The ledger is gone over some hundred URLs at a time. What is found out of all of them together is in a `Scratch`, and
what is known of one is made when it is needed: memory does not grow with the collection.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import Any

from crawler.discovery.due import RevisitPolicy
from crawler.extraction.page import PageContext
from crawler.extraction.record import find_id
from crawler.extraction.revision import Before
from crawler.learning import SitePages, find_rank
from crawler.outcomes import Outcome
from crawler.publish import ArchivedBody, StoredPage, find_site
from crawler.spiders.base import PublishingSpider, find_canonical_url
from crawler.spiders.entries import Entry, Part, choose_known
from crawler.storage.archive import RecordPointer
from crawler.storage.ledger import End, Ledger, State
from crawler.storage.scratch import Scratch
from crawler.storage.visits import Candidate, Response
from items import ChangeReason, DateCandidate, DateKind, DateSource

ARCHIVE = "archive"  # folder of a collection
_LEAVES = {
    State.REDIRECTED: ChangeReason.MOVED,
    State.EXCLUDED: ChangeReason.EXCLUDED,
    State.LISTING: ChangeReason.EXCLUDED,
}


class SurveyingSpider(PublishingSpider):
    """A spider whose pages are in a ledger and an archive."""

    ledger: Ledger
    scratch: Scratch  # what grows with the collection
    scope: Sequence[int] | None = None  # runs that count; None for all

    @cached_property
    def archive_folder(self) -> str:
        """The folder of the archive, as all pages name it."""
        return str(self.collection_folder / ARCHIVE)

    @property
    def policy(self) -> RevisitPolicy:
        """How often known pages are asked for, and when one is gone."""
        return RevisitPolicy()

    def survey(self) -> int:
        """Look at each URL that has a record or may get one, and account for copies of other pages.

        Returns:
            how many entries there are.
        """
        self.scratch.drop_redirects()
        self.scratch.add_redirects(self.ledger.redirects(self.scope))
        self.scratch.begin_pages()
        count = 0
        for one in self.ledger.candidates(self.scope):
            entry = self.weigh(one)
            if entry is not None:
                count += 1
                self.note_stated(entry)
                if not entry.leaves:
                    payload = entry.parts[-1].response.fetched.payload_digest
                    self.scratch.add_page(entry.url, find_site(entry.url), payload or entry.url)
        self.scratch.index_pages()
        return count - self.account_for_copies_of_bytes() if self.drops_duplicates else count

    def account_for_copies_of_bytes(self) -> int:
        """Take the same bytes once, and account for the URLs that serve a copy; say how many never had a record.

        A URL that has a record stays the original.
        """
        new = 0
        for payload, shortest in self.scratch.repeated_payloads():
            named = self.find_canonical(shortest)
            original = named if named is not None and self.scratch.is_payload_of(payload, named) else shortest
            if not self.has_record(original):
                urls = self.scratch.urls_of_payload(payload)
                original = next((url for url in urls if self.has_record(url)), original)
            for url in self.scratch.urls_of_payload(payload):
                if url != original and (entry := self.find_entry(url)) is not None:
                    self.scratch.add_copy(url, original)
                    self.end_part(entry, Outcome.DUPLICATE, detail=f"of {original}")
                    new += entry.before is None
        self.scratch.drop_copies()
        return new

    def has_record(self, url: str) -> bool:
        """Tell whether a URL had a record before the run that is not gone."""
        entry = self.find_entry(url)
        return entry is not None and entry.has_record

    def find_canonical(self, url: str) -> str | None:
        """Give the URL that a page names as its own."""
        entry = self.find_entry(url)
        return None if entry is None else find_canonical_url(self.current_page(entry))

    def find_entry(self, url: str) -> Entry | None:
        """Give what is in hand of one URL."""
        one = self.ledger.candidate(url, self.scope)
        return None if one is None else self.weigh(one)

    def current_page(self, entry: Entry) -> StoredPage:
        """Point at the page of an entry as it was fetched last."""
        return self.stored_page(entry.url, entry.known, entry.parts[-1].response)

    def find_surveyed(self) -> dict[str, SitePages]:
        """Give the pages that were surveyed, without those that leave and without copies: by site, made when needed."""
        counts = self.scratch.count_pages()
        return {site: _Surveyed(self, site, count) for site, count in counts.items()}

    def weigh(self, one: Candidate) -> Entry | None:
        """Say what a candidate stands on and what is new of it; None where it has no record and gets none."""
        standing = one.standing
        if standing is None:
            new = one.fresh or one.copy
            return None if new is None else Entry(one.url, one.known, None, fresh=Part(new, ends=one.fresh is not None))
        gone = ChangeReason(standing.reason or "") if standing.change == "gone" else None
        leaves = None
        if one.fresh is None:
            withdrawn = one.state is State.GONE and one.misses >= self.policy.gone_after
            # Whether a page is a copy is found out each time: the other one may be gone.
            stays = gone if gone is not ChangeReason.DUPLICATE else None
            leaves = stays or (ChangeReason.WITHDRAWN if withdrawn else _LEAVES.get(one.state))
        fresh = None if one.fresh is None else Part(one.fresh, ends=True)
        if fresh is None and leaves is None and gone is not None and one.copy is not None:
            fresh = Part(one.copy, ends=False)  # what it was when it became a copy, not what it was before
        before = Before(standing.number, standing.digest, gone, leaves)
        return Entry(one.url, one.known, before, Part(standing.response, ends=False), fresh)

    def end_part(self, entry: Entry, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """End the visit of a fresh response that gives no record; a record that was there before is gone or stays.

        What the run has not visited has no outcome: that a page is a copy is found out each time.
        """
        if entry.fresh is not None and entry.fresh.ends:
            self.note_end(End(entry.fresh.visit, State(outcome), reason, detail or None))
            self.end(entry.url, outcome, reason, detail)
        entry.end_fresh(outcome)

    def note_end(self, end: End) -> None:
        """Note how the visit of a published page ends, until the feed is stored."""

    # --- What is known of a page -------------------------------------------------------------------------------------

    def stored_page(self, url: str, known: Mapping[str, Any], response: Response) -> StoredPage:
        """Point at a page in the archive and say what is known of it."""
        fetched = response.fetched
        sources = self.sources_of(url)
        stated = response.stated
        if stated is None:
            stated = self.find_stated(url, sources)
        context = PageContext(
            id=find_id(url),
            url=url,
            requested_url=min(sources, default=None),
            collection=self.collection,
            status=fetched.status,
            fetched_at=fetched.fetched_at,
            warc_file=fetched.warc_file,
            warc_offset=fetched.warc_offset,
            date_candidates=tuple(
                DateCandidate(DateSource(source), DateKind(kind), raw) for source, kind, raw in stated
            ),
            **self.describe(url, choose_known(known, sources.values())),
        )
        body = ArchivedBody(self.archive_folder, RecordPointer(fetched.warc_file or "", fetched.warc_offset or 0))
        return StoredPage(body, context, fetched.payload_digest)

    def find_stated(self, url: str, sources: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
        """Give what feeds and sitemaps state of a page and of what redirects to it: source, kind, raw."""
        return tuple(sorted({one for each in (url, *sources) for one in self.ledger.stated_dates(each)}))

    def note_stated(self, entry: Entry) -> None:
        """Keep what feeds and sitemaps state of a page as it is when its response is first read."""

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the organization's file or the list's row says of a page, as fields of its context."""
        return {}

    def sources_of(self, url: str) -> dict[str, Mapping[str, Any]]:
        """Give all URLs that lead to this one by redirects, and what is known of them.

        Read from the finished ledger: which of several sources came first is chance and must not show in a record.
        """
        return self.scratch.sources_of(url)


@dataclass(frozen=True, slots=True)
class _Surveyed:
    """The pages of a site that were surveyed, or some of them."""

    spider: SurveyingSpider
    site: str
    count: int
    urls: frozenset[str] | None = None  # None: all

    def __len__(self) -> int:
        return self.count

    def among(self, urls: Collection[str]) -> "_Surveyed":
        """Take those of certain URLs."""
        some = frozenset(url for url in self.spider.scratch.urls_of_site(self.site) if url in urls)
        return _Surveyed(self.spider, self.site, len(some), some)

    def choose(self, size: int) -> list[StoredPage]:
        """Make the pages of a sample."""
        among = self.spider.scratch.urls_of_site(self.site) if self.urls is None else self.urls
        chosen = nsmallest(size, among, key=lambda url: find_rank((url, "")))
        entries = (self.spider.find_entry(url) for url in chosen)
        return [self.spider.current_page(entry) for entry in entries if entry is not None]
