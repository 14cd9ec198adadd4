"""What spiders that fetch share: the ledger, the archive, and the end of each visit."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Request, signals
from scrapy.exceptions import DownloadCancelledError, DropItem, NotSupported
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.extraction.page import PROGRAM_VERSION, PageContext
from crawler.extraction.record import find_id
from crawler.learning import Learned
from crawler.middlewares.archive import ArchiveFailedError
from crawler.middlewares.contact import NoContactError
from crawler.middlewares.robots import DisallowedError
from crawler.outcomes import Outcome
from crawler.publish import ArchivedBody, StoredPage, WorkerLimits
from crawler.spiders.answers import header, is_html, name_error
from crawler.spiders.base import PublishingSpider
from crawler.storage.archive import Archive, RecordPointer
from crawler.storage.ledger import UNFINISHED, Discovered, End, Fetched, Ledger, State, Visit
from crawler.storage.mend import mend
from crawler.storage.scheduler import LimitReachedError
from crawler.storage.seal import seal_models
from crawler.storage.settle import (
    LEDGER_ERRORS,
    Follow,
    Postponed,
    Settled,
    Stated,
    read_answer,
    retry,
)
from items import DateCandidate, DateKind, DateSource, Page, Record

ARCHIVE = "archive"  # folder of a collection


class FetchingSpider(PublishingSpider):
    """A spider that asks servers for pages. Its collection has a ledger and an archive."""

    ledger: Ledger
    archive: Archive | None

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take the collection's ledger."""
        return {"_ledger": Ledger(Path(settings["DATA_DIR"]) / cls.find_collection(given))}

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Open ledger and archive, and go on with the run that did not finish."""
        self.ledger = acquired.get("_ledger") or Ledger(self.collection_folder)
        self.prepare()
        resumed = self.ledger.begin_run(self.run_name, _now())
        self.mend_archive()
        self.stored_count = self.ledger.count(State.STORED)
        if resumed:
            self.logger.info("going on with the run that did not finish: %d pages are stored", self.stored_count)

    def prepare(self) -> None:
        """Set up what the run keeps in memory, and listen to what ends its pages."""
        self.ends: dict[int, End] = {}  # of visits that were published, until the feed is stored
        self.visits: dict[str, int] = {}  # of this run, by URL, while publishing
        self.earlier: Mapping[str, str] | None = None  # digests of earlier records, by URL
        self.archive = self.open_archive()
        self.started = time.monotonic()
        self.stored_count = 0
        connect = self.crawler.signals.connect
        connect(self.item_scraped, signals.item_scraped)
        connect(self.item_dropped, signals.item_dropped)
        connect(self.item_error, signals.item_error)
        connect(self.conclude, signals.feed_exporter_closed)
        connect(self.close_storage, signals.engine_stopped)

    @property
    def journal(self) -> Ledger | None:
        """Where feeds are journaled before they take their names."""
        return self.ledger

    @property
    def run_name(self) -> str:
        """What tells this run from others of the collection."""
        return f"crawl {self.name}"

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

    def mend_archive(self) -> None:
        """Cut off what a crash left of a record, and ask again for the stored pages whose records are not there."""
        folder = self.collection_folder / ARCHIVE
        ends = self.ledger.archive_ends()
        for sentence in mend(folder, ends):
            self.logger.warning("%s", sentence)
        for name, last in ends.items():
            path = folder / name
            size = path.stat().st_size if path.is_file() else 0
            if last >= size and (again := self.ledger.fetch_again(name, size)):
                self.logger.warning("%s: %d pages stood behind its end and are fetched again", path, again)

    def archive_information(self) -> dict[str, str]:
        """Say more of the run in each file's `warcinfo`."""
        return {}

    def close_storage(self) -> None:
        """Close what the run had to itself."""
        if self.archive is not None:
            self.archive.close()
        self.ledger.close()

    # --- The frontier ------------------------------------------------------------------------------------------------

    @property
    def limit_reached(self) -> bool:
        """Whether the run has the pages it was asked for."""
        return self.limit is not None and self.stored_count >= self.limit

    def request(self, url: str, role: str, priority: int = 0, known: Mapping[str, Any] | None = None) -> Request:
        """Name a URL to be visited; its role says which callback reads it."""
        return Request(url, priority=priority, meta={"role": role, "known": known or {}})

    def request_for(self, visit: Visit) -> Request:
        """Make the request of a visit. Redirects, retries and statuses are the ledger's, not Scrapy's."""
        meta = {"visit": visit, "dont_redirect": True, "dont_retry": True, "handle_httpstatus_all": True}
        if visit.role == "robots":
            meta["dont_obey_robotstxt"] = True
        return Request(visit.url, callback=self.receive, errback=self.fetch_failed, dont_filter=True, meta=meta)

    async def receive(self, response: Response) -> AsyncIterator[Any]:
        """Read an answer: follow, postpone or end the visit, or hand the body to the role's callback."""
        visit: Visit = response.meta["visit"]
        headers = {name.lower(): header(response, name) or "" for name in ("Location", "Retry-After")}
        answer = read_answer(
            response.url,
            response.status,
            headers,
            visit,
            attempts=1 + self.settings.getint("RETRY_TIMES"),
            delay=self.settings.getfloat("RETRY_DELAY"),
            now=datetime.now(UTC),
        )
        if isinstance(answer, Follow):
            rule = self.find_rule_against(answer.target, visit.role)
            state = State.PENDING if rule is None else State.OUT_OF_SCOPE
            if rule is not None:
                self.end(answer.target, Outcome.OUT_OF_SCOPE, rule)
            yield Discovered(answer.target, visit.role, visit.priority, visit.hops + 1, visit.known, state, rule)
            yield Settled(State.REDIRECTED, None, answer.target)
        elif isinstance(answer, Settled) and visit.role not in ("page", "listing"):
            for one in self.missing(visit):
                yield one
            yield answer
        elif answer is not None:
            yield answer
        else:
            for one in getattr(self, f"parse_{visit.role}")(response):
                yield one

    def missing(self, visit: Visit) -> Iterable[Request]:
        """Say what to try where a robots.txt, sitemap or feed cannot be had."""
        return ()

    def find_rule_against(self, url: str, role: str) -> str | None:
        """Name the rule that keeps a redirect's target out of the crawl; None where it belongs to it."""
        return None

    def fetch_failed(self, failure: Failure) -> None:
        """End or postpone the visit of a page that could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.meta["visit"]
        error = failure.value
        end: Settled | Postponed
        if isinstance(error, DisallowedError):
            end = Settled(State.DISALLOWED)
        elif isinstance(error, LimitReachedError):
            end = Settled(State.EXCLUDED, "limit")
        elif isinstance(error, ArchiveFailedError) or not self.crawler.crawling:
            self.release(visit)
            return
        elif isinstance(error, NoContactError):
            end = Settled(State.FAILED, "no_contact", str(error))
        elif isinstance(error, NotSupported):
            end = Settled(State.FAILED, "unsupported_scheme", str(error))
        elif isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
            end = Settled(State.FAILED, "too_large")
        else:
            delay = self.settings.getfloat("RETRY_DELAY") * 2**visit.failures
            attempts = 1 + self.settings.getint("RETRY_TIMES")
            end = retry(visit, name_error(error), attempts=attempts, seconds=delay, detail=str(error))
        self.settle(visit, end, (), None)

    def settle(
        self, visit: Visit, end: Settled | Postponed, found: Sequence[Discovered], fetched: Fetched | None
    ) -> None:
        """Write the end of a visit into the ledger."""
        try:
            if isinstance(end, Postponed):
                self.ledger.postpone(visit.id, time.time() + end.seconds, end.reason)
                self.crawler.stats.inc_value(f"fetch/postponed/{end.reason}")
                return
            self.ledger.settle(visit.id, end.state, reason=end.reason, detail=end.detail, fetched=fetched, found=found)
        except LEDGER_ERRORS as error:
            self.crawler.engine._slot.scheduler.fail(error)  # type: ignore[union-attr]
            return
        if end.state is State.STORED:
            self.crawler.stats.inc_value("fetch/stored")
            self.stored_count += 1
            if self.limit_reached:
                self.let_go()
        else:
            self.end(visit.url, Outcome(end.state), end.reason, end.detail or "")

    def release(self, visit: Visit) -> None:
        """Put back a page that was not asked for, or whose answer cannot be kept, as the run is being stopped."""
        try:
            self.ledger.release(visit.id)
        except LEDGER_ERRORS as error:
            self.logger.debug("not released: %s", error)

    def note(self, found: Sequence[Discovered], stated: Sequence[Stated]) -> None:
        """Write links, and what was stated of their dates, into the ledger before their page is settled."""
        try:
            with self.ledger.transaction():
                self.ledger.discover(found)
                for one in stated:
                    self.ledger.note_dates(one.url, one.dates)
        except LEDGER_ERRORS as error:
            self.crawler.engine._slot.scheduler.fail(error)  # type: ignore[union-attr]

    def forget(self) -> None:
        """Drop shortcuts that stand for what the ledger should hold, when it may not hold it."""

    def let_go(self) -> None:
        """Take back what already waits for its turn at a host when the limit is reached."""
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(LimitReachedError("limit reached"))

    def read(self, response: Response) -> Settled:
        """Judge the body of a page: it is stored if it is HTML."""
        coding = header(response, "Content-Encoding")
        if coding:  # Scrapy takes the header away with the encoding
            return Settled(State.FAILED, "unknown_content_encoding", coding)
        if not is_html(response):
            kind = (header(response, "Content-Type") or "unknown").partition(";")[0].strip().lower()
            return Settled(State.EXCLUDED, "not_html", kind)
        return Settled(State.EXCLUDED, "limit") if self.limit_reached else Settled(State.STORED)

    # --- Publishing --------------------------------------------------------------------------------------------------

    def begin_publishing(self) -> None:
        """Close the frontier: what a limit left is let go of."""
        self.crawler.stats.set_value("fetch/seconds", round(time.monotonic() - self.started, 3))
        left = self.ledger.exclude_pending("limit") if self.limit_reached else 0
        if left:
            self.crawler.stats.inc_value("fetch/not_fetched_limit", left)
        self.count_settled()
        self.earlier = self.ledger.earlier_digests()

    def count_settled(self) -> None:
        """Take the account of what is settled from the ledger: it knows what earlier processes of the run did."""
        stats = self.crawler.stats
        totals: Counter[State] = Counter()
        for (state, reason), count in self.ledger.counts().items():
            if state in UNFINISHED or reason == "limit":
                continue
            totals[state] += count
            if reason is not None:
                stats.set_value(f"outcome/{state}/{reason}", count)
        for state, total in totals.items():
            stats.set_value(f"outcome/{state}", total)

    def pages_to_publish(self) -> Iterable[StoredPage]:
        """Give the pages of the current corpus, sorted by URL."""
        self.begin_publishing()
        pages = []
        self.sources = self.ledger.redirects()
        for visit in self.ledger.current():
            if visit.state is State.STORED:
                self.visits[visit.url] = visit.id
            pages.append(self.stored_page(visit))
        kept = self.account_for_copies(pages) if self.drops_duplicates else pages
        return sorted(kept, key=lambda page: page.context.url)

    async def find_sites(self, pages: Sequence[StoredPage], limits: WorkerLimits) -> Learned:
        """Learn the sites and seal what was learned into the archive, so that the records can be made again."""
        learned = await super().find_sites(pages, limits)
        if self.archive is not None:
            seal_models(self.ledger, self.archive, learned.sites, datetime.now(UTC))
        return learned

    def stored_page(self, visit: Visit) -> StoredPage:
        """Point at a page in the archive and say what is known of it."""
        fetched = visit.fetched
        assert fetched is not None
        record = RecordPointer(fetched.warc_file or "", fetched.warc_offset or 0)
        context = PageContext(
            id=find_id(visit.url),
            url=visit.url,
            requested_url=min(self.sources_of(visit.url), default=None),
            collection=self.collection,
            status=fetched.status,
            fetched_at=fetched.fetched_at,
            warc_file=fetched.warc_file,
            warc_offset=fetched.warc_offset,
            date_candidates=tuple(self.stated_candidates(visit)),
            **self.describe(visit.url, self.known_of(visit)),
        )
        return StoredPage(ArchivedBody(str(self.collection_folder / ARCHIVE), record), context, fetched.payload_digest)

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

    def known_of(self, visit: Visit) -> Mapping[str, Any]:
        """Choose among what is known of a page and of the URLs that redirect to it: the first row of a list."""
        rows = [visit.known, *self.sources_of(visit.url).values()]
        return min(
            (known for known in rows if "row" in known), key=lambda known: int(known["row"]), default=visit.known
        )

    def stated_candidates(self, visit: Visit) -> Iterator[DateCandidate]:
        """Give the dates that feeds and sitemaps state of a page, and of the URLs that redirect to it."""
        stated = {one for url in (visit.url, *self.sources_of(visit.url)) for one in self.ledger.stated_dates(url)}
        for source, kind, raw in sorted(stated):
            yield DateCandidate(DateSource(source), DateKind(kind), raw)

    def end(self, url: str, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """Account for a page that gave no record."""
        super().end(url, outcome, reason, detail)
        if url in self.visits:
            visit = self.visits[url]
            self.ends[visit] = End(visit, State(outcome), reason, detail or None)

    def item_scraped(self, item: Any) -> None:
        """Note a record, which counts when its feed is stored."""
        if isinstance(item, Record) and item.url in self.visits:
            visit = self.visits[item.url]
            self.ends[visit] = End(visit, State.RECORDED, record_digest=item.digest)

    def item_dropped(self, item: Page | Record, exception: DropItem) -> None:
        """Note a page that a pipeline dropped."""
        if item.url in self.visits:
            visit = self.visits[item.url]
            self.ends[visit] = End(visit, State.EXCLUDED, str(exception))

    def item_error(self, item: Page | Record) -> None:
        """Leave a page on which a pipeline broke as it is: stored, to be published by the next run."""

    def conclude(self) -> None:
        """Write the ends of the published pages and close the run, when all feeds are stored."""
        stats = self.crawler.stats
        stored = stats.get_value("feed/stored", 0) >= stats.get_value("feed/expected", 0)
        # A run that found nothing leaves the feed of an earlier one as it is, and is over all the same.
        nothing = not stats.get_value("outcome/recorded", 0) and stats.get_value("finish_reason") == "finished"
        unreadable = stats.get_value("outcome/failed/unreadable_archive", 0)
        if unreadable or stats.get_value("feed/error") is not None or not (stored or nothing):
            return
        try:
            self.ledger.conclude(self.ends.values(), _now())
        except LEDGER_ERRORS as error:
            stats.set_value("ledger/error", str(error))
            self.logger.error("the ledger cannot be closed: %s", error)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
