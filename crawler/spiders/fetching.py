"""What spiders that fetch share: the ledger, the archive, and the end of each visit."""

import json
import os
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Request, signals
from scrapy.exceptions import DontCloseSpider, DownloadCancelledError, NotSupported
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.discovery.due import Why
from crawler.extraction.revision import Before
from crawler.middlewares.archive import ArchiveFailedError
from crawler.middlewares.contact import NoContactError
from crawler.middlewares.rest import HostRestsError
from crawler.middlewares.robots import DisallowedError, find_verdict
from crawler.outcomes import Outcome
from crawler.publish import Unpublished, Workers, find_site
from crawler.spiders.answers import find_earlier, header, is_html, name_error, restore
from crawler.spiders.base import PAGES_PER_WORKER, find_limits
from crawler.spiders.entries import Emitted, Part, find_basis
from crawler.spiders.recording import RecordingSpider, format_now
from crawler.spiders.survey import ARCHIVE
from crawler.storage.archive import Repetition
from crawler.storage.ledger import Discovered, Fetched, Ledger, State, Visit
from crawler.storage.mend import mend
from crawler.storage.scheduler import LimitReachedError
from crawler.storage.seal import unseal_models
from crawler.storage.settle import (
    LEDGER_ERRORS,
    Follow,
    Postponed,
    Settled,
    Stated,
    fetched_from,
    read_answer,
    retry,
)
from crawler.storage.visits import Response as Answer
from crawler.storage.warc_record import ArchiveError
from items import Page


class FetchingSpider(RecordingSpider):
    """A spider that asks servers for pages. Its collection has a ledger and an archive."""

    opens_at = 0.0  # seconds since the epoch, before which nothing is asked for: `crawler.extensions.hours`
    hours_over = False  # nothing more is asked for in this run, and what there is is published

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take the collection's ledger."""
        return {"_ledger": Ledger(Path(settings["DATA_DIR"]) / cls.find_collection(given))}

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Open ledger and archive, and go on with the run that did not finish."""
        self.ledger = acquired.get("_ledger") or Ledger(self.collection_folder)
        self.prepare()
        resumed = self.ledger.begin_run(self.run_name, self.settings.get("STARTED_AT") or format_now(), self.definition)
        self.started_at = datetime.fromisoformat(self.ledger.started_at())
        self.ledger.begin_revisions()
        self.whole: set[str] = set()  # URLs to be asked for in full: what they repeat cannot be read
        self.mend_archive()
        self.stored_count = self.ledger.count(State.STORED)
        self.sealed = unseal_models(self.ledger, self.collection_folder / ARCHIVE)
        self.workers: Workers | None = None  # that read pages as they arrive
        if resumed:
            self.logger.info("going on with the run that did not finish: %d pages are stored", self.stored_count)

    def prepare(self) -> None:
        """Set up what the run keeps in memory, and listen to what ends its pages."""
        super().prepare()
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
    def definition(self) -> str:
        """Name what listings, sitemaps and feeds are read by: after a change of it they are read anew."""
        return ""

    @property
    def run_name(self) -> str:
        """What tells this run from others of the collection."""
        return f"crawl {self.name}"

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

    def close_storage(self) -> None:
        """Close what the run had to itself."""
        self.end_workers()
        if self.archive is not None:
            self.archive.close()
        self.scratch.close()
        self.ledger.close()

    # --- The frontier ------------------------------------------------------------------------------------------------

    @property
    def limit_reached(self) -> bool:
        """Whether the run has the pages it was asked for."""
        return self.hours_over or (self.limit is not None and self.stored_count >= self.limit)

    def request(self, url: str, role: str, priority: int = 0, known: Mapping[str, Any] | None = None) -> Request:
        """Name a URL to be visited; its role says which callback reads it."""
        return Request(url, priority=priority, meta={"role": role, "known": known or {}})

    def request_for(self, visit: Visit) -> Request:
        """Make the request of a visit. Redirects, retries and statuses are the ledger's, not Scrapy's."""
        meta = {"visit": visit, "dont_redirect": True, "dont_retry": True, "handle_httpstatus_all": True}
        if visit.role == "robots":
            meta["dont_obey_robotstxt"] = True
        validators = self.ledger.validators(visit.url, None if visit.role == "page" else self.definition)
        if visit.url in self.whole:
            validators = None
        if validators is not None:
            meta["earlier"] = find_earlier(visit.url, validators.fetched)
            meta["conditional"] = bool(validators.headers)
        return Request(
            visit.url,
            headers=validators.headers if validators is not None else None,
            callback=self.receive,
            errback=self.fetch_failed,
            dont_filter=True,
            meta=meta,
        )

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
            conditional=response.meta.get("conditional", False),
        )
        repetition = self.find_repetition(visit, response)
        if isinstance(answer, Follow):
            rule = self.find_rule_against(answer.target, visit.role)
            state = State.PENDING if rule is None else State.OUT_OF_SCOPE
            if rule is not None:
                self.end(answer.target, Outcome.OUT_OF_SCOPE, rule)
            self.scratch.add_redirects([(answer.target, visit.url, json.dumps(dict(visit.known)))])
            yield Discovered(answer.target, visit.role, visit.priority, visit.hops + 1, visit.known, state, rule)
            yield Settled(State.REDIRECTED, None, answer.target)
        elif repetition is not None:
            for one in self.repeat(visit, response, repetition):
                yield one
        elif answer is not None:
            if isinstance(answer, Settled) and visit.role not in ("page", "listing"):
                for one in self.missing(visit):
                    yield one
            yield answer
        else:
            for one in getattr(self, f"parse_{visit.role}")(response):
                if isinstance(one, Settled) and one.state is State.STORED:
                    async for read in self.stream(visit, response):
                        yield read
                yield one

    def find_repetition(self, visit: Visit, response: Response) -> Repetition | None:
        """Tell whether an answer only repeats an earlier one."""
        repetition: Repetition | None = response.meta.get("repetition")
        if repetition is Repetition.NOT_MODIFIED and not response.meta.get("conditional"):
            return None  # nobody asked for that
        if repetition is Repetition.IDENTICAL and visit.role == "page" and self.is_unwanted(response):
            return None  # it is read, to be left out
        return repetition

    def repeat(self, visit: Visit, response: Response, repetition: Repetition) -> Iterator[Any]:
        """End the visit of a page that is as it was; what a listing leads to is to be visited all the same."""
        try:
            if visit.role != "page":
                whole = restore(self.collection_folder / ARCHIVE, response) if response.status != 200 else response
                for one in getattr(self, f"parse_{visit.role}")(whole):
                    if not isinstance(one, Settled):
                        yield one
            yield Settled(State.UNCHANGED, repetition)
        except ArchiveError as error:
            self.logger.warning("%s is asked for in full: %s", visit.url, error)
            self.whole.add(visit.url)
            yield Postponed(0, "unreadable_archive")

    async def stream(self, visit: Visit, response: Response) -> AsyncIterator[Page | Discovered]:
        """Read a page as it arrives, by the model that was sealed of its site; without one it waits for the end."""
        url = visit.url
        site = self.sealed.get(find_site(url))
        fetched = fetched_from(response)
        if site is None or fetched is None or self.limit is not None:  # a limit counts what is settled
            return
        stored = Answer(visit.id, fetched, None)
        page = self.stored_page(url, visit.known, stored)
        if self.workers is None:
            self.workers = Workers(find_limits(self.settings, PAGES_PER_WORKER * (os.cpu_count() or 1)), self.sealed)
        read = await self.workers.read(page)
        if isinstance(read, Unpublished):  # it is tried again, and accounted for, when the run publishes
            return
        others = self.ledger.find_same_content(read.content_digest, url) if self.ledger.last_state(url) is None else ()
        for other in others:
            if self.find_rule_against(other, "page") is None:
                yield Discovered(other, "page", why=Why.COPY)  # it may have moved here
        if others or self.ledger.last_state(url) is not None:
            self.before[url] = Before(0, "")  # what became of it is found out when all is published
        part = Part(stored, ends=True, located=page, basis=find_basis(page, site.digest))
        self.emitted[url] = Emitted(part, read.content_digest, 0, keep=True)
        yield read

    def end_workers(self) -> None:
        """End the processes that read pages as they arrive."""
        if self.workers is not None:
            self.workers.close()
            self.workers = None

    def spider_idle(self) -> None:
        """Ask for more where what has come so far asks for it; else begin to publish."""
        if not self.publishing and not self.limit_reached and self.put_down_more():
            self.crawler.engine._slot.scheduler.wake()  # type: ignore[union-attr]
            raise DontCloseSpider
        super().spider_idle()

    def put_down_more(self) -> bool:
        """Put down what else is to be visited when nothing is left to fetch; False where there is nothing."""
        return False

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
            unreachable = request.meta.get("robots") == "disallowed:unreachable"
            end = Settled(State.DISALLOWED, "unreachable", str(error)) if unreachable else Settled(State.DISALLOWED)
        elif isinstance(error, LimitReachedError):
            end = Settled(State.EXCLUDED, "limit")
        elif isinstance(error, ArchiveFailedError) or not self.crawler.crawling:
            self.release(visit)
            return
        elif isinstance(error, HostRestsError) and error.until is not None:
            self.release(visit, error.until)
            return
        elif isinstance(error, HostRestsError):
            end = Settled(State.FAILED, "retry_after", str(error))
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
        self.settle(visit, end, (), None, request.meta)

    def settle(
        self,
        visit: Visit,
        end: Settled | Postponed,
        found: Sequence[Discovered],
        fetched: Fetched | None,
        meta: Mapping[str, Any],
    ) -> None:
        """Write the end of a visit into the ledger, with the verdict of robots rules on it, as its request has it."""
        try:
            if isinstance(end, Postponed):
                self.ledger.postpone(visit.id, time.time() + end.seconds, end.reason)
                self.crawler.stats.inc_value(f"fetch/postponed/{end.reason}")
                return
            self.ledger.settle(
                visit.id,
                end.state,
                reason=end.reason,
                detail=end.detail,
                fetched=fetched,
                found=found,
                robots=find_verdict(meta, obeys=self.settings.getbool("ROBOTSTXT_OBEY")),
                gain=end.gain,
            )
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

    def release(self, visit: Visit, not_before: float = 0.0) -> None:
        """Put back a page that was not asked for, or whose answer cannot be kept; it does not count as tried."""
        try:
            self.ledger.release(visit.id, not_before)
        except LEDGER_ERRORS as error:
            self.logger.debug("not released: %s", error)

    def note(self, visit: Visit, found: Sequence[Discovered], stated: Sequence[Stated]) -> None:
        """Write links, and what was stated of their dates, into the ledger before their page is settled."""
        try:
            with self.ledger.transaction():
                self.ledger.discover(found, visit.id)
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
        """Judge the body of a page: it is stored if it is HTML, and asks for nothing else."""
        if "withheld" in response.meta:
            return Settled(State.EXCLUDED, "noarchive")
        if self.is_unwanted(response):
            return Settled(State.EXCLUDED, "noindex")
        coding = header(response, "Content-Encoding")
        if coding:  # Scrapy takes the header away with the encoding
            return Settled(State.FAILED, "unknown_content_encoding", coding)
        if not is_html(response):
            kind = (header(response, "Content-Type") or "unknown").partition(";")[0].strip().lower()
            return Settled(State.EXCLUDED, "not_html", kind)
        return Settled(State.EXCLUDED, "limit") if self.limit_reached else Settled(State.STORED)

    def is_unwanted(self, response: Response) -> bool:
        """Tell whether a page asks not to be listed, and that is honored."""
        return self.settings.getbool("HONOR_NOINDEX") and "noindex" in response.meta.get("directives", ())

    def may_follow(self, response: Response, end: Settled) -> bool:
        """Tell whether the links of a page are to be followed: `noindex` and `noarchive` don't forbid that."""
        kept = end.state is State.STORED or end.reason in ("noindex", "noarchive")
        return kept and "nofollow" not in response.meta.get("directives", ())

    def begin_publishing(self) -> None:
        """End the workers of fetching first: publishing has its own."""
        self.end_workers()
        super().begin_publishing()
