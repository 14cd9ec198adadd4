"""What spiders with a ledger share: the records of the collection, made from its archive and compared with before.

A fresh response that says the same as the one on which a record stands changes nothing: the record stays with the
response in which its text first stood as it stands.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace

from scrapy.http import Response as HttpResponse

from crawler.extraction.page import PROGRAM_VERSION
from crawler.extraction.record import load_record
from crawler.extraction.revision import Before
from crawler.learning import Learned
from crawler.outcomes import Outcome
from crawler.publish import Unpublished, find_site
from crawler.spiders.ahead import Ahead
from crawler.spiders.base import find_limits
from crawler.spiders.entries import (
    Emitted,
    Entry,
    Part,
    Read,
    digest_read,
    find_basis,
    judge,
)
from crawler.spiders.survey import ARCHIVE, SurveyingSpider
from crawler.storage.archive import Archive
from crawler.storage.ledger import State
from crawler.storage.scratch import Scratch
from items import ChangeReason, Page, Record


class CorpusSpider(SurveyingSpider):
    """A spider whose records have a ledger: each is compared with how it stood before the run."""

    archive: Archive | None
    keeps_readings = True  # what a response was read as need not be read again
    has_history = False  # whether a run has finished before this one

    def prepare(self) -> None:
        """Set up what the run keeps while it publishes: in memory only what is on its way."""
        self.scratch = Scratch()
        self.before: dict[str, Before] = {}  # how records stood that are on their way, by URL
        self.emitted: dict[str, Emitted] = {}  # by URL
        self.passed: str | None = None  # the URL of the record that came through last
        self.learned = Learned()
        self.resealed: frozenset[str] = frozenset()

    def begin_publishing(self) -> None:
        """Prepare the ledger for what comes."""

    def find_kept(self, visit: int) -> tuple[str, str] | None:
        """Give basis and content digest of what a response was read as, where it need not be read again for that."""
        return None

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

    @property
    def is_held(self) -> bool:
        """Whether no record of the run is to leave."""
        return False

    # --- Entries --------------------------------------------------------------------------------------------------

    def make_entries(self, after: str | None = None, last: str | None = None) -> Iterator[Entry]:
        """Make the entries of what was surveyed, ready to be read, sorted by URL.

        Args:
            after: the URL behind which they begin; None for all.
            last: the last one; None for all.
        """
        for one in self.ledger.candidates(self.scope, after=after, last=last):
            entry = self.weigh(one)
            if entry is None:
                continue
            if self.scratch.is_copy(entry.url):
                entry.end_fresh(Outcome.DUPLICATE)
            if entry.before is not None:
                cause = ChangeReason.MODEL if find_site(entry.url) in self.resealed else ChangeReason.PROGRAM
                entry.before = replace(entry.before, cause=cause)
            elif entry.fresh is None:
                continue
            entry.stands, entry.fresh = (
                None if part is None else self.locate(entry, part) for part in (entry.stands, entry.fresh)
            )
            yield entry

    def locate(self, entry: Entry, part: Part) -> Part:
        """Point at a response, name what it is read by, and say whether it is kept what came of it."""
        page = self.stored_page(entry.url, entry.known, part.response)
        if not self.keeps_readings:
            return Part(part.response, part.ends, page)
        site = self.learned.sites.get(find_site(entry.url))
        basis = find_basis(page, site.digest if site is not None else None)
        kept_basis, content_digest = self.find_kept(part.visit) or ("", "")
        return replace(part, located=page, basis=basis, cached=kept_basis == basis, content_digest=content_digest)

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
        finished = {run.id for run in self.ledger.finished_runs()} - {self.ledger.run}
        self.has_history = bool(finished if self.scope is None else finished.intersection(self.scope))
        count = self.survey()
        limits = find_limits(self.settings, count)
        self.learned = await self.learn(self.find_surveyed(), limits)
        self.crawler.stats.set_value("publish/pages", count)
        if self.is_held:
            self.crawler.stats.set_value("redesign/held", self.ledger.count(State.STORED))
            return
        self.resealed = self.find_resealed()
        self.before, self.passed = {}, None
        ahead = Ahead(self.make_entries)
        async with aclosing(self.read_pages(ahead.pages(), limits, self.learned)) as read:
            for entry in ahead:
                found = await self.read_entry(entry, read)
                if not self.crawler.crawling:  # the run was stopped: the rest stays unpublished, and the feed a part
                    return
                self.crawler.stats.inc_value("publish/done")
                item = self.settle_entry(entry, found)
                if item is not None:
                    yield item

    def find_resealed(self) -> frozenset[str]:
        """Give the sites whose records may read otherwise because of their model."""
        return self.ledger.resealed_hosts()

    async def read_entry(self, entry: Entry, read: AsyncIterator[Page | Unpublished]) -> dict[int, Read]:
        """Take the readings of an entry's responses from the workers, in the order in which they were asked for."""
        return {part.visit: await anext(read) for part in entry.parts if not part.cached}

    def settle_entry(self, entry: Entry, found: Mapping[int, Read]) -> Page | Record | None:
        """Decide which response a record is read from, and what becomes of it; None where there is none."""
        digests: dict[int, str] = {}
        if entry.before is not None:  # what comes of a new page is for the pipelines to say
            found, digests = judge(found)
        if entry.fresh is not None:
            fresh = found.get(entry.fresh.visit)
            if isinstance(fresh, Unpublished):
                self.end_part(entry, fresh.outcome, fresh.reason, fresh.detail)
            elif self.is_left_out(entry, entry.fresh, fresh):
                pass
            elif self.says_the_same(entry, found, digests):
                if isinstance(fresh, Page):  # another model may find in it what the one before did not
                    self.keep_aside(entry.fresh, fresh)
                self.end_part(entry, Outcome.UNCHANGED, "same_text")
            else:
                if entry.before is not None:  # a digest as before would be chance: the old response reads otherwise now
                    entry.before = replace(entry.before, digest="", leaves=None, cause=ChangeReason.EDIT)
                return self.emit(entry, entry.fresh, fresh)
        if entry.stands is None:
            return None
        stands = found.get(entry.stands.visit)
        if isinstance(stands, Unpublished):
            self.end(entry.url, stands.outcome, stands.reason, stands.detail)
            if stands.reason == "unreadable_archive":  # the run fails
                return None
            stands = self.load_last(entry.url)  # the record stays as it was; the next run tries again
        if not entry.leaves:
            self.is_copy(entry, entry.stands, stands)
        return self.emit(entry, entry.stands, stands)

    def is_left_out(self, entry: Entry, part: Part, read: Page | Record | None) -> bool:
        """Tell whether a fresh response gives no record, as it is a copy or to be doubted, and note it."""
        if self.is_copy(entry, part, read):
            return True
        if self.is_doubtful(part, read):
            self.end_part(entry, Outcome.EXCLUDED, "superseded")
            return True
        return False

    def is_copy(self, entry: Entry, part: Part, read: Page | Record | None) -> bool:
        """Tell whether an earlier URL has the same content, and note it."""
        if not self.drops_duplicates:
            return False
        content = read.content_digest if isinstance(read, Page) else part.content_digest or entry.url
        holder = None
        if self.has_history and not entry.has_record:
            holder = self.find_holder(digest_read(read or self.load(part)), entry.url)
        original = self.scratch.find_first(content, holder or entry.url)
        if original == entry.url:
            return False
        if isinstance(read, Page):
            self.keep_aside(part, read)
        self.end_part(entry, Outcome.DUPLICATE, detail=f"of {original}")
        return True

    def is_doubtful(self, part: Part, read: Page | Record | None) -> bool:
        """Tell whether what was read may be something that stood before all pages for a night."""
        return False

    def find_holder(self, digest: str, url: str) -> str | None:
        """Find another URL whose record says the same, and stays in this run: it is the original."""
        for other in self.find_holders(digest, url):
            one = self.ledger.candidate(other, self.scope)
            entry = None if one is None or one.state is State.GONE else self.weigh(one)
            if entry is not None and not entry.leaves and not self.scratch.is_copy(other):
                return other
        return None

    def find_holders(self, digest: str, url: str) -> list[str]:
        """List other URLs whose record had a digest before the run."""
        return self.ledger.find_same_record(digest, url)

    def keep_aside(self, part: Part, page: Page) -> None:
        """Keep what a page was read as that gives no record: a copy need not be read again to find it one."""

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

    def emit(self, entry: Entry, part: Part, read: Page | Record | None) -> Page | Record | None:
        """Send a record, or the page it is made of, on its way through the pipelines."""
        item = read if isinstance(read, Page | Record) else self.load(part)
        content = item.content_digest if isinstance(item, Page) else part.content_digest
        number = 0
        if entry.before is not None:
            self.before[entry.url] = entry.before
            number = entry.before.number
        self.emitted[entry.url] = Emitted(part, content, number, keep=isinstance(item, Page))
        if isinstance(item, Page) and item.provenance.model_digest is not None and not item.read_by_container:
            self.crawler.stats.inc_value("model/unlike")
        return item

    # --- What comes out ----------------------------------------------------------------------------------------------

    def pass_on(self, url: str) -> None:
        """Forget how the record stood that came through before this one; of this one the feeds ask yet."""
        if self.passed is not None and self.passed != url:
            self.before.pop(self.passed, None)
        self.passed = url

    def belongs(self, record: Record, *, changes: bool) -> bool:
        """Tell whether a record is written to a feed, which holds the whole corpus or the changes only."""
        return self.is_news(record) if changes else self.publishing

    def is_news(self, record: Record) -> bool:
        """Tell whether a record's change happened in this run."""
        if not self.publishing:
            return record.change == "new"
        before = self.before.get(record.url)
        return record.revision != (0 if before is None else before.number)
