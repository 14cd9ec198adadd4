"""What spiders with a ledger share: the records of the collection, made from its archive and compared with before.

A run meets each URL that has a record, or may get one, as a `Candidate`. Of each, two responses may have to be read:
the one on which its record *stands*, and the *fresh* one that the run fetched. A fresh response that says the same
changes nothing; the record stays with the response in which its text first stood as it stands.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from scrapy.http import Response as HttpResponse

from crawler.discovery.due import RevisitPolicy
from crawler.extraction.page import PROGRAM_VERSION, PageContext
from crawler.extraction.record import find_id, load_record
from crawler.extraction.revision import Before
from crawler.learning import Learned
from crawler.outcomes import Outcome
from crawler.publish import ArchivedBody, StoredPage, Unpublished, find_site
from crawler.spiders.base import PublishingSpider, find_limits, find_original
from crawler.spiders.entries import (
    Emitted,
    Entry,
    Part,
    Read,
    choose_known,
    digest_read,
    find_basis,
    judge,
)
from crawler.storage.archive import Archive, RecordPointer
from crawler.storage.ledger import End, Ledger, State
from crawler.storage.visits import Candidate, Response
from items import ChangeReason, DateCandidate, DateKind, DateSource, Page, Record

ARCHIVE = "archive"  # folder of a collection
_LEAVES = {
    State.REDIRECTED: ChangeReason.MOVED,
    State.EXCLUDED: ChangeReason.EXCLUDED,
    State.LISTING: ChangeReason.EXCLUDED,
}


class CorpusSpider(PublishingSpider):
    """A spider whose records have a ledger: each is compared with how it stood before the run."""

    ledger: Ledger
    archive: Archive | None
    scope: Sequence[int] | None = None  # runs that count; None for all

    def prepare(self) -> None:
        """Set up what the run keeps in memory while it publishes."""
        self.ends: dict[int, End] = {}  # of visits that were published, until the feed is stored
        self.before: dict[str, Before] = {}  # how records stood, by URL
        self.emitted: dict[str, Emitted] = {}  # by URL
        self.sources: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}  # what redirects to a URL

    @property
    def policy(self) -> RevisitPolicy:
        """How often known pages are asked for, and when one is gone."""
        return RevisitPolicy()

    def begin_publishing(self) -> None:
        """Prepare the ledger for what comes."""

    def kept_readings(self) -> Mapping[int, tuple[str, str]]:
        """Give what need not be read again: basis and content digest of a visit's response."""
        return {}

    def open_archive(self) -> Archive | None:
        """Open the archive for what will be fetched."""
        information = {
            "software": PROGRAM_VERSION,
            "format": "WARC File Format 1.1",
            "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "isPartOf": self.collection,
            "http-header-user-agent": self.settings["USER_AGENT"],
            "robots": "obey" if self.settings.getbool("ROBOTSTXT_OBEY") else "ignore",
            **self.archive_information(),
        }
        folder = self.collection_folder / ARCHIVE
        return Archive(folder, information, self.settings.getint("ARCHIVE_FILE_MB") * 1024 * 1024)

    def archive_information(self) -> dict[str, str]:
        """Say more of the run in each file's `warcinfo`."""
        return {}

    # --- Candidates --------------------------------------------------------------------------------------------------

    def find_entries(self) -> list[Entry]:
        """Give what has a record or may get one, sorted by URL; copies of other pages are accounted for."""
        self.sources = self.ledger.redirects(self.scope)
        entries = [entry for one in self.ledger.candidates(self.scope) if (entry := self.weigh(one)) is not None]
        if not self.drops_duplicates:
            return entries
        by_payload: dict[str, list[Entry]] = {}
        for entry in entries:
            if not entry.leaves:
                page = entry.parts[-1].page
                by_payload.setdefault(page.payload_digest or page.context.url, []).append(entry)
        for copies in by_payload.values():
            if len(copies) > 1:
                original = find_original([entry.parts[-1].page for entry in copies]).context.url
                for entry in copies:
                    if entry.url != original:
                        self.end_part(entry, Outcome.DUPLICATE, detail=f"of {original}")
        return [entry for entry in entries if entry.before is not None or entry.fresh is not None]

    def weigh(self, one: Candidate) -> Entry | None:
        """Say what a candidate stands on and what is new of it; None where it has no record and gets none."""
        standing = one.standing
        if standing is None:
            new = one.fresh or one.copy
            return None if new is None else Entry(one.url, None, fresh=self.part(one, new, ends=one.fresh is not None))
        gone = ChangeReason(standing.reason or "") if standing.change == "gone" else None
        leaves = None
        if one.fresh is None:
            withdrawn = one.state is State.GONE and one.misses >= self.policy.gone_after
            # Whether a page is a copy is found out each time: the other one may be gone.
            stays = gone if gone is not ChangeReason.DUPLICATE else None
            leaves = stays or (ChangeReason.WITHDRAWN if withdrawn else _LEAVES.get(one.state))
        fresh = None if one.fresh is None else self.part(one, one.fresh, ends=True)
        if fresh is None and leaves is None and gone is not None and one.copy is not None:
            fresh = self.part(one, one.copy, ends=False)  # what it was when it became a copy, not what it was before
        before = Before(standing.number, standing.digest, gone, leaves)
        return Entry(one.url, before, self.part(one, standing.response, ends=False), fresh)

    def part(self, one: Candidate, response: Response, *, ends: bool) -> Part:
        """Point at a response of a candidate."""
        return Part(response.visit, self.stored_page(one.url, one.known, response), ends)

    def stored_page(self, url: str, known: Mapping[str, Any], response: Response) -> StoredPage:
        """Point at a page in the archive and say what is known of it."""
        fetched = response.fetched
        sources = self.sources_of(url)
        stated = response.stated
        if stated is None:
            stated = tuple(sorted({one for each in (url, *sources) for one in self.ledger.stated_dates(each)}))
            self.note_stated(response, stated)
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
        body = ArchivedBody(
            str(self.collection_folder / ARCHIVE), RecordPointer(fetched.warc_file or "", fetched.warc_offset or 0)
        )
        return StoredPage(body, context, fetched.payload_digest)

    def note_stated(self, response: Response, stated: Sequence[tuple[str, str, str]]) -> None:
        """Keep what feeds and sitemaps state of a page as it is when its response is first read."""

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the organization's file or the list's row says of a page, as fields of its context."""
        return {}

    def sources_of(self, url: str) -> dict[str, Mapping[str, Any]]:
        """Give all URLs that lead to this one by redirects, and what is known of them.

        Read from the finished ledger: which of several sources came first is chance and must not show in a record.
        """
        found: dict[str, Mapping[str, Any]] = {}
        waiting = [url]
        while waiting:
            for source, known in self.sources.get(waiting.pop(), ()):
                if source != url and source not in found:
                    found[source] = known
                    waiting.append(source)
        return dict(sorted(found.items()))

    # --- Publishing --------------------------------------------------------------------------------------------------

    async def publish(self, response: HttpResponse) -> AsyncGenerator[Page | Record, None]:
        """Yield the record or the page of each URL that has a record, sorted by URL; account for the others."""
        self.publishing = True
        self.begin_publishing()
        async with aclosing(self.publish_run()) as items:
            async for item in items:
                yield item

    async def publish_run(self) -> AsyncGenerator[Page | Record, None]:
        """Read what has to be read and decide what becomes of each record."""
        entries = self.find_entries()
        pages = [entry.parts[-1].page for entry in entries if not entry.leaves]
        limits = find_limits(self.settings, len(entries))
        learned = await self.learn(pages, limits)
        self.crawler.stats.set_value("publish/pages", len(entries))
        kept = self.kept_readings()
        resealed = self.find_resealed()
        for entry in entries:
            if entry.before is not None:
                cause = ChangeReason.MODEL if find_site(entry.url) in resealed else ChangeReason.PROGRAM
                entry.before = replace(entry.before, cause=cause)
            entry.stands, entry.fresh = (
                None if part is None else self.name_basis(part, learned, kept) for part in (entry.stands, entry.fresh)
            )
        self.before = {}
        waiting = (part.page for entry in entries for part in entry.parts if not part.cached)
        seen: dict[str, str] = {}
        async with aclosing(self.read_pages(waiting, limits, learned)) as read:
            for entry in entries:
                found = await self.read_entry(entry, read)
                if not self.crawler.crawling:  # the run was stopped: the rest stays unpublished, and the feed a part
                    return
                self.crawler.stats.inc_value("publish/done")
                item = self.settle_entry(entry, found, kept, seen)
                if item is not None:
                    yield item

    def find_resealed(self) -> frozenset[str]:
        """Give the sites whose records may read otherwise because of their model."""
        return self.ledger.resealed_hosts()

    async def read_entry(self, entry: Entry, read: AsyncIterator[Page | Unpublished]) -> dict[int, Read]:
        """Take the readings of an entry's responses from the workers, in the order in which they were asked for."""
        return {part.visit: await anext(read) for part in entry.parts if not part.cached}

    def name_basis(self, part: Part, learned: Learned, kept: Mapping[int, tuple[str, str]]) -> Part:
        """Name what a response is read by, and say whether the ledger has what came of it."""
        site = learned.sites.get(find_site(part.page.context.url))
        basis = find_basis(part.page, site.digest if site is not None else None)
        return replace(part, basis=basis, cached=part.visit in kept and kept[part.visit][0] == basis)

    def settle_entry(
        self, entry: Entry, found: Mapping[int, Read], kept: Mapping[int, tuple[str, str]], seen: dict[str, str]
    ) -> Page | Record | None:
        """Decide which response a record is read from, and what becomes of it; None where there is none."""
        digests: dict[int, str] = {}
        if entry.before is not None:  # what comes of a new page is for the pipelines to say
            found, digests = judge(found)
        if entry.fresh is not None:
            fresh = found.get(entry.fresh.visit)
            if isinstance(fresh, Unpublished):
                self.end_part(entry, fresh.outcome, fresh.reason, fresh.detail)
            elif self.is_copy(entry, entry.fresh, fresh, kept, seen):
                pass
            elif self.says_the_same(entry, found, digests):
                self.end_part(entry, Outcome.UNCHANGED, "same_text")
            else:
                if entry.before is not None:  # a digest as before would be chance: the old response reads otherwise now
                    entry.before = replace(entry.before, digest="", leaves=None, cause=ChangeReason.EDIT)
                return self.emit(entry, entry.fresh, fresh, kept)
        if entry.stands is None:
            return None
        stands = found.get(entry.stands.visit)
        if isinstance(stands, Unpublished):
            self.end(entry.url, stands.outcome, stands.reason, stands.detail)
            if stands.reason == "unreadable_archive":  # the run fails
                return None
            stands = self.load_last(entry.url)  # the record stays as it was; the next run tries again
        if not entry.leaves:
            self.is_copy(entry, entry.stands, stands, kept, seen)
        return self.emit(entry, entry.stands, stands, kept)

    def is_copy(
        self,
        entry: Entry,
        part: Part,
        read: Page | Record | None,
        kept: Mapping[int, tuple[str, str]],
        seen: dict[str, str],
    ) -> bool:
        """Tell whether an earlier URL has the same content, and note it."""
        if not self.drops_duplicates:
            return False
        content = read.content_digest if isinstance(read, Page) else kept.get(part.visit, ("", ""))[1] or entry.url
        original = seen.setdefault(content, entry.url)
        if original == entry.url:
            return False
        if isinstance(read, Page):
            self.keep_copy(part, read)
        self.end_part(entry, Outcome.DUPLICATE, detail=f"of {original}")
        return True

    def keep_copy(self, part: Part, page: Page) -> None:
        """Keep what a copy was read as, so that it need not be read again to find it a copy."""

    def says_the_same(self, entry: Entry, found: Mapping[int, Read], digests: Mapping[int, str]) -> bool:
        """Tell whether a fresh response gives the record that there is: its title, text, date and attachments."""
        if entry.before is None or entry.before.gone is not None or entry.stands is None or entry.fresh is None:
            return False
        # A reading that is kept is not always that of the run before: one that was cut short may have made it.
        unread = isinstance(found.get(entry.stands.visit), Unpublished)
        stands = entry.before.digest if unread else self.find_digest(entry.stands, digests)
        return stands == self.find_digest(entry.fresh, digests)

    def find_digest(self, part: Part, digests: Mapping[int, str]) -> str:
        """Give the digest of the record that a response makes."""
        return digests[part.visit] if part.visit in digests else digest_read(self.load(part))

    def load(self, part: Part) -> Page | Record:
        """Give the record that was read from a response before."""
        return load_record(self.ledger.reading(part.visit))

    def load_last(self, url: str) -> Record:
        """Give the latest revision of a record."""
        last = [one for one in self.ledger.revisions(url) if self.scope is None or one.run in self.scope]
        return load_record(last[-1].line)

    def emit(
        self, entry: Entry, part: Part, read: Page | Record | None, kept: Mapping[int, tuple[str, str]]
    ) -> Page | Record | None:
        """Send a record, or the page it is made of, on its way through the pipelines."""
        item = read if isinstance(read, Page | Record) else self.load(part)
        content = item.content_digest if isinstance(item, Page) else kept.get(part.visit, ("", ""))[1]
        number = 0
        if entry.before is not None:
            self.before[entry.url] = entry.before
            number = entry.before.number
        self.emitted[entry.url] = Emitted(part, content, number, keep=isinstance(item, Page))
        if isinstance(item, Page) and item.provenance.model_digest is not None and not item.read_by_container:
            self.crawler.stats.inc_value("model/unlike")
        return item

    def end_part(self, entry: Entry, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """End the visit of a fresh response that gives no record; a record that was there before is gone or stays.

        What the run has not visited has no outcome: that a page is a copy is found out each time.
        """
        if entry.fresh is not None and entry.fresh.ends:
            self.ends[entry.fresh.visit] = End(entry.fresh.visit, State(outcome), reason, detail or None)
            self.end(entry.url, outcome, reason, detail)
        entry.fresh = None
        leaves = {Outcome.DUPLICATE: ChangeReason.DUPLICATE, Outcome.EXCLUDED: ChangeReason.EXCLUDED}.get(outcome)
        if entry.before is None:
            return
        if leaves is not None:
            entry.leave(leaves)
        elif outcome is not Outcome.UNCHANGED and entry.before.gone is not None:
            entry.leave(entry.before.gone)

    # --- What comes out ----------------------------------------------------------------------------------------------

    def belongs(self, record: Record, *, changes: bool) -> bool:
        """Tell whether a record is written to a feed, which holds the whole corpus or the changes only."""
        return self.is_news(record) if changes else self.publishing

    def is_news(self, record: Record) -> bool:
        """Tell whether a record's change happened in this run."""
        if not self.publishing:
            return record.change == "new"
        before = self.before.get(record.url)
        return record.revision != (0 if before is None else before.number)
