"""What all ways into the corpus share: arguments, the collection, and the publishing phase that ends every run."""

import os
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.utils.conf import build_component_list

from crawler.discovery.urls import is_loopback, normalize_url
from crawler.errors import UserError
from crawler.extraction.document import UnreadableError, parse_document
from crawler.extraction.metadata import find_canonical
from crawler.learning import Learned, SitePages, group_by_host, learn_hosts
from crawler.model_files import read_decisions, write_models
from crawler.organizations.schema import Expect
from crawler.outcomes import Outcome, count_outcome
from crawler.publish import StoredPage, Unpublished, WorkerLimits, load_page, publish
from crawler.settings_check import has_contact
from crawler.spiders.arguments import Argument, parse_arguments
from crawler.storage.bodies import UnreadableBodyError
from crawler.storage.warc_record import ArchiveError
from crawler.times import add_seconds
from items import Page, Record

_MAKE_RECORDS = (  # the pipelines whose work the workers can do: those of settings.py, up to the record
    "pipelines.strip_boilerplate.StripBoilerplate",
    "pipelines.normalize_dates.NormalizeDates",
    "pipelines.identify.Identify",
)
PAGES_PER_WORKER = 8  # a worker takes a second to start; fewer pages are read sooner by one worker less


class PublishingSpider(Spider):
    """Stores pages first and publishes them, sorted by URL, when nothing is left to fetch.

    The publishing phase is one internal request to a `data:` URL, made when the spider falls idle; its callback yields
    the pages in order, with backpressure from the pipelines.
    """

    accepted: ClassVar[Sequence[Argument]] = ()
    drops_duplicates: bool = True  # the same document under two URLs is one record
    is_judged: bool = True  # whether its runs end in a verdict, by which later ones are judged
    collection: str
    limit: int | None = None

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Check arguments and inputs before anything starts.

        Raises:
            UserError: they cannot be used.
        """
        parse_arguments(cls.name, cls.accepted, given)
        read_decisions(Path(settings["DATA_DIR"]) / cls.find_collection(given))

    @classmethod
    def find_collection(cls, given: Mapping[str, str]) -> str:
        """Name the collection that a run with these arguments belongs to."""
        return cls.name

    @classmethod
    def expectations(cls, given: Mapping[str, str]) -> Expect:
        """Say what a healthy run yields at least."""
        return Expect()

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take what one run must have to itself; passed to `from_crawler` under names that begin with `_`.

        Raises:
            UserError: another run has it.
        """
        return {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Read the arguments and connect the publishing phase."""
        spider = super().from_crawler(crawler, *args)
        spider.given = {name: value for name, value in kwargs.items() if not name.startswith("_")}
        spider.arguments = parse_arguments(cls.name, cls.accepted, kwargs)
        spider.collection = cls.find_collection(kwargs)
        spider.limit = spider.arguments.get("limit")
        spider.stored = []
        spider.publishing = False
        spider.open({name: value for name, value in kwargs.items() if name.startswith("_")})
        crawler.signals.connect(spider.spider_idle, signals.spider_idle)
        return spider

    given: dict[str, str]  # the arguments as they were written
    arguments: dict[str, Any]
    stored: list[StoredPage]
    publishing: bool

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Set up what the spider needs after its arguments are read."""

    @property
    def collection_folder(self) -> Path:
        """The folder that holds all that belongs to the collection."""
        return Path(self.settings["DATA_DIR"]) / self.collection

    @property
    def limit_reached(self) -> bool:
        """Whether the run has the pages it was asked for."""
        return self.limit is not None and len(self.stored) >= self.limit

    def spider_idle(self) -> None:
        """Begin to publish when nothing is left to fetch."""
        if self.publishing:
            return
        self.publishing = True
        self.crawler.engine.crawl(Request("data:,publish", callback=self.publish, dont_filter=True))
        raise DontCloseSpider

    def end(self, url: str, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """Account for a page that gave no record."""
        count_outcome(self.crawler.stats, outcome, url, reason, detail)

    def account_for_copies(self, pages: Iterable[StoredPage]) -> list[StoredPage]:
        """Take each body once where duplicates are dropped, and account for the URLs that serve a copy of it.

        The copy that is kept is the one that the document itself names (rel=canonical), else the shortest URL.
        """
        by_payload: dict[str, list[StoredPage]] = {}
        for page in pages:
            by_payload.setdefault(page.payload_digest or page.context.url, []).append(page)
        kept: list[StoredPage] = []
        for copies in by_payload.values():
            original = find_original(copies) if len(copies) > 1 else copies[0]
            kept.append(original)
            for copy in copies:
                if copy is not original:
                    detail = f"of {original.context.url}"
                    self.end(copy.context.url, Outcome.DUPLICATE, None, detail)
        return kept

    def pages_to_publish(self) -> Iterable[StoredPage]:
        """Give the stored pages sorted by URL."""
        pages = self.account_for_copies(self.stored) if self.drops_duplicates else self.stored
        return sorted(pages, key=lambda page: (page.context.url, page.context.source_file or ""))

    async def publish(self, response: Response) -> AsyncGenerator[Page | Record, None]:
        """Yield each stored page, extracted; account for the others."""
        self.publishing = True
        pages = list(self.pages_to_publish())
        self.crawler.stats.set_value("publish/pages", len(pages))
        limits = find_limits(self.settings, len(pages))
        learned = await self.learn(group_by_host(pages), limits)
        seen: dict[str, str] = {}
        async with aclosing(self.read_pages(pages, limits, learned)) as outcomes:
            async for outcome in outcomes:
                if not self.crawler.crawling:  # the run was stopped: the rest stays unpublished, and the feed a part
                    return
                self.crawler.stats.inc_value("publish/done")
                if isinstance(outcome, Unpublished):
                    self.end(outcome.url, outcome.outcome, outcome.reason, outcome.detail)
                elif self.drops_duplicates and outcome.content_digest in seen:
                    original = seen[outcome.content_digest]
                    self.end(outcome.url, Outcome.DUPLICATE, None, f"of {original}")
                else:
                    seen[outcome.content_digest] = outcome.url
                    if outcome.provenance.model_digest is not None and not outcome.read_by_container:
                        self.crawler.stats.inc_value("model/unlike")
                    yield outcome

    async def learn(self, pages: Mapping[str, SitePages], limits: WorkerLimits) -> Learned:
        """Find what is known of the pages' sites, and count how long that takes."""
        began = time.perf_counter()
        learned = await self.find_sites(pages, limits)
        add_seconds(self.crawler.stats, "learn", time.perf_counter() - began)
        self.crawler.stats.set_value("model/sites", len(learned.sites))
        return learned

    def read_pages(
        self, pages: Iterable[StoredPage], limits: WorkerLimits, learned: Learned
    ) -> AsyncGenerator[Page | Unpublished, None]:
        """Let the workers read pages, by what was learned of their sites, and count what it takes."""
        ahead = may_make_ahead(self.settings)
        return publish(pages, limits, learned.sites, learned.poison, self.note_times, ahead=ahead)

    def note_times(self, pages: int, laps: Mapping[str, float]) -> None:
        """Count pages that were read, and the seconds that each stage took in the workers."""
        stats = self.crawler.stats
        stats.inc_value("publish/read", pages)
        for stage, seconds in laps.items():
            add_seconds(stats, stage, seconds)

    async def find_sites(self, pages: Mapping[str, SitePages], limits: WorkerLimits) -> Learned:
        """Learn the sites of the pages that are to be published; a readable copy of each model stays."""
        decisions = read_decisions(self.collection_folder)
        learned = await learn_hosts(pages, limits, self.settings.getint("LEARN_PAGES"), decisions)
        write_models(self.collection_folder, learned.sites)
        return learned


def may_make_ahead(settings: Any) -> bool:
    """Tell whether workers may make the records: where no pipeline of anybody else sees a page before it is one."""
    pipelines = build_component_list(settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
    return tuple(pipelines[: len(_MAKE_RECORDS)]) == _MAKE_RECORDS


def find_limits(settings: Any, pages: int) -> WorkerLimits:
    """Say how many workers read so many pages, and what one page may cost."""
    workers = settings.getint("WORKERS") or os.cpu_count() or 1
    return WorkerLimits(
        workers=min(workers, max(1, pages // PAGES_PER_WORKER)),
        seconds=settings.getfloat("PAGE_TIME_LIMIT"),
        megabytes=settings.getint("WORKER_MEMORY_LIMIT_MB"),
    )


def find_original(copies: Sequence[StoredPage]) -> StoredPage:
    """Choose among URLs that serve the same bytes."""
    first = min(copies, key=lambda page: (len(page.context.url), page.context.url))
    canonical = find_canonical_url(first)
    return next((page for page in copies if page.context.url == canonical), first)


def find_canonical_url(page: StoredPage) -> str | None:
    """Give the URL that a page names as its own, normalized; None where it names none or cannot be read."""
    try:
        body, context = load_page(page)
        tree = parse_document(body, context.content_type).tree
    except (UnreadableError, UnreadableBodyError, ArchiveError):
        return None
    canonical = find_canonical(tree, page.context.url)
    return None if canonical is None else normalize_url(canonical)


def require_contact(settings: Any, urls: Iterable[str]) -> None:
    """Refuse to send requests to other people's servers without a contact in the user agent.

    Raises:
        UserError: a URL is not on this machine and the user agent names nobody.
    """
    if has_contact(settings["USER_AGENT"]):
        return
    foreign = next((url for url in urls if not is_loopback(url)), None)
    if foreign is not None and settings["CONTACT"]:
        raise UserError(
            f"CONTACT={settings['CONTACT']!r} is neither an e-mail address nor a page (https://…): before the first "
            f"request to {foreign} say who is asking"
        )
    if foreign is not None:
        raise UserError(
            f"before the first request to {foreign} say who is asking: set BROADSIDE_CONTACT to your e-mail address or "
            "a page about your project, as in  BROADSIDE_CONTACT=you@university.edu  or  make crawl CONTACT=…"
        )
