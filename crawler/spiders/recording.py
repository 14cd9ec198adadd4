"""What spiders share that write the ledger: readings and revisions as they come, and how each visit of a run ends."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scrapy.exceptions import DropItem

from crawler.extraction.model_update import Fit
from crawler.extraction.record import finish, with_change
from crawler.fits import find_fits
from crawler.judging.figures import Figures
from crawler.learning import Learned, SitePages, update_sites
from crawler.model_files import read_decisions, write_models
from crawler.publish import WorkerLimits
from crawler.run_figures import count_ledger
from crawler.settings_check import TIME_FORMAT
from crawler.spiders.entries import Entry, Part
from crawler.spiders.watching import WatchingSpider
from crawler.storage.feeds import publishing_begins, to_json_line
from crawler.storage.ledger import UNFINISHED, End, Ledger, State
from crawler.storage.seal import seal_models
from crawler.storage.settle import LEDGER_ERRORS
from items import Page, Record


class RecordingSpider(WatchingSpider):
    """A corpus spider that has a run: what it finds out goes into the ledger."""

    started: float  # seconds of the monotonic clock
    held_visits: frozenset[int] = frozenset()  # whose answers wait in held runs
    figures: Figures | None = None  # of what the run has read

    @property
    def journal(self) -> Ledger | None:
        """Where feeds are journaled before they take their names."""
        return self.ledger

    def begin_publishing(self) -> None:
        """Close the frontier: what a limit left is let go of."""
        self.crawler.stats.set_value("fetch/seconds", round(time.monotonic() - self.started, 3))
        left = self.ledger.exclude_pending("limit") if self.limit_reached else 0
        if left:
            self.crawler.stats.inc_value("fetch/not_fetched_limit", left)
        self.count_settled()
        self.ledger.takes_held_runs = not self.ledger.held_runs() or self.may_take_held_runs(self.find_fits())
        self.held_visits = self.ledger.held_visits()
        self.before.clear()
        self.emitted.clear()
        self.crawler.signals.send_catch_log(publishing_begins)

    async def find_sites(self, pages: Mapping[str, SitePages], limits: WorkerLimits) -> Learned:
        """Read by the sealed models, brought up to date where pages do not fit; and learn the sites that have none.

        The sealed ones stay as they are where a site was redesigned and what was learned of it cannot be trusted.
        """
        fits, sample = self.find_fits(), self.settings.getint("LEARN_PAGES")
        learned = await update_sites(
            self.sealed,
            pages,
            {host: list(runs.values()) for host, runs in fits.items()},
            limits=limits,
            sample=sample,
            decisions=read_decisions(self.collection_folder),
        )
        if sample:
            await self.watch(learned, fits, limits)
        if self.is_held:
            return Learned(self.sealed)
        write_models(self.collection_folder, learned.sites)
        if self.archive is not None:
            seal_models(self.ledger, self.archive, learned.sites, datetime.now(UTC))
        return learned

    def survey(self) -> int:
        """Fix in one transaction what is stated of the pages that are read for the first time."""
        with self.ledger.transaction():
            return super().survey()

    def note_stated(self, entry: Entry) -> None:
        """Keep what feeds and sitemaps state of a page, once all of them are read."""
        for part in entry.parts:
            if part.response.stated is None:
                stated = self.find_stated(entry.url, self.sources_of(entry.url))
                self.ledger.fix_statements(part.visit, stated)

    def is_doubtful(self, part: Part, read: Page | Record | None) -> bool:
        """Believe a page of a held run, which is there no more, only where it is like a layout."""
        if part.visit not in self.held_visits:
            return False
        found = read or self.load(part)
        return not found.provenance.method.startswith("container")

    def find_fits(self) -> dict[str, dict[int, dict[str, Fit]]]:
        """Say how the pages that were fetched since fit the sealed models: by host, run and URL."""
        if not self.ledger.has_readings():  # of this run: nothing speaks for or against a model that did not before
            return {}
        return find_fits(self.ledger)

    def find_kept(self, visit: int) -> tuple[str, str] | None:
        """Give what the ledger keeps."""
        return self.ledger.reading_basis(visit)

    def note_end(self, end: End) -> None:
        """Note how the visit of a published page ends, until the feed is stored."""
        self.scratch.add_end(end)

    def item_scraped(self, item: Any) -> None:
        """Keep what was read and what changed; a visit's end counts when its feed is stored."""
        if not isinstance(item, Record) or item.url not in self.emitted:
            return
        self.pass_on(item.url)
        emitted = self.emitted.pop(item.url)
        visit = emitted.part.visit
        if emitted.keep:
            bare = with_change(item, None, None, None)
            self.ledger.keep_reading(visit, emitted.part.basis, emitted.content_digest, to_json_line(bare))
        if not self.publishing:
            return
        if emitted.part.ends:
            self.note_end(End(visit, State.RECORDED, record_digest=item.digest))
        if item.revision != emitted.number:
            self.ledger.add_revision(item, visit, to_json_line(item))

    def item_dropped(self, item: Page | Record, exception: DropItem) -> None:
        """Note a page that a pipeline dropped."""
        self.pass_on(item.url)
        emitted = self.emitted.pop(item.url, None)
        if emitted is not None and self.publishing and emitted.part.ends:
            self.note_end(End(emitted.part.visit, State.EXCLUDED, str(exception)))

    def keep_aside(self, part: Part, page: Page) -> None:
        """Keep what a page was read as that gives no record: a copy need not be read again to find it one."""
        self.ledger.keep_reading(part.visit, part.basis, page.content_digest, to_json_line(finish(page)))

    def item_error(self, item: Page | Record) -> None:
        """Leave a page on which a pipeline broke as it is: stored, to be published by the next run."""

    def count_settled(self) -> None:
        """Take the account of what is settled from the ledger: it knows what earlier processes of the run did."""
        stats = self.crawler.stats
        totals: Counter[State] = Counter()
        bare: Counter[State] = Counter()  # without a reason
        for (state, reason), count in self.ledger.counts().items():
            if state in UNFINISHED or reason == "limit":
                continue
            totals[state] += count
            if reason is not None:
                stats.set_value(f"outcome/{state}/{reason}", count)
            else:
                bare[state] = count
        told = stats.get_stats()
        for state in totals:  # what is in no ledger, such as a row without a URL, has its reason in the stats alone
            reasons = [value for key, value in told.items() if key.startswith(f"outcome/{state}/")]
            stats.set_value(f"outcome/{state}", bare[state] + sum(reasons))
        if not self.ledger.count_answered():
            stats.set_value("fetch/unanswered", totals.total())

    def conclude(self) -> None:
        """Write the ends of the published pages and close the run, when all feeds are stored."""
        stats = self.crawler.stats
        self.count_figures()
        if self.is_held:
            self.hold()
            return
        stored = stats.get_value("feed/stored", 0) >= stats.get_value("feed/expected", 0)
        # A run that found nothing leaves the feed of an earlier one as it is, and is over all the same.
        nothing = not stats.get_value("outcome/recorded", 0) and stats.get_value("finish_reason") == "finished"
        unreadable = stats.get_value("outcome/failed/unreadable_archive", 0)
        if unreadable or stats.get_value("feed/error") is not None or not (stored or nothing):
            return
        try:
            self.ledger.conclude(self.scratch.ends(), format_now())
        except LEDGER_ERRORS as error:
            stats.set_value("ledger/error", str(error))
            self.logger.error("the ledger cannot be closed: %s", error)

    def count_figures(self) -> None:
        """Count what the run has read, as long as it is known which pages that were."""
        try:
            self.figures = count_ledger(self.ledger)
        except LEDGER_ERRORS as error:
            self.logger.warning("what the run has read cannot be counted: %s", error)

    def hold(self) -> None:
        """End the run without a result, where it came to its end at all."""
        stats = self.crawler.stats
        if stats.get_value("finish_reason") != "finished" or stats.get_value("feed/error") is not None:
            return
        try:
            self.ledger.hold(format_now())
        except LEDGER_ERRORS as error:
            stats.set_value("ledger/error", str(error))
            self.logger.error("the run cannot be held back: %s", error)


def format_now() -> str:
    """Give the time as the ledger writes it."""
    return datetime.now(UTC).strftime(TIME_FORMAT)
