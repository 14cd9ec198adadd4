"""Counts what became of each page and what the records hold, for the verdict and the closing table."""

import logging
from collections import Counter
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.statscollectors import StatsCollector

from crawler import outcomes
from crawler.judging.figures import TEMPLATE_REASONS, find_median
from crawler.outcomes import Outcome, count_outcome
from items import Page, Record


class _ErrorCount(logging.Handler):
    """Counts error lines, shown or not: the exit status does not depend on the log level."""

    def __init__(self, stats: StatsCollector) -> None:
        super().__init__(logging.ERROR)
        self.stats = stats

    def emit(self, record: logging.LogRecord) -> None:
        self.stats.inc_value("log/errors")


class Accounts:
    """Listens to what the pipelines let through, drop or break on.

    Stats: `outcome/recorded`, `outcome/excluded/REASON` (dropped by a pipeline), `pipeline/errors`, `records/dated`,
    `records/type/TYPE`, `records/evidence/SOURCE`, `records/method/METHOD`, `records/learned` (of a site with a
    model), `records/learned/container` and `records/learned/template` of these, `records/median_words`, and
    `log/errors`, which Scrapy's `log_count/ERROR` does not count where LOG_LEVEL hides them.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats
        self.words: Counter[int] = Counter()  # records by the length of their text
        self.learned = self.by_container = self.with_template = 0
        self.errors = _ErrorCount(crawler.stats)
        logging.getLogger().addHandler(self.errors)
        # A line a page is made in full before its handler lets it go, unless its own logger says that nobody sees it.
        outcomes.logger.setLevel(crawler.settings["LOG_LEVEL"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect to the item signals."""
        accounts = cls(crawler)
        crawler.signals.connect(accounts.item_scraped, signals.item_scraped)
        crawler.signals.connect(accounts.item_dropped, signals.item_dropped)
        crawler.signals.connect(accounts.item_error, signals.item_error)
        crawler.signals.connect(accounts.spider_closed, signals.spider_closed)
        crawler.signals.connect(accounts.engine_stopped, signals.engine_stopped)
        return accounts

    def spider_closed(self) -> None:
        """Say what was counted record by record."""
        if self.learned:
            self.stats.set_value("records/learned", self.learned)
            self.stats.set_value("records/learned/container", self.by_container)
            self.stats.set_value("records/learned/template", self.with_template)
        if self.words:
            self.stats.set_value("records/median_words", find_median(self.words))

    def engine_stopped(self) -> None:
        """Count no more: all that belongs to the run is over."""
        logging.getLogger().removeHandler(self.errors)

    def item_scraped(self, item: Any, spider: Any) -> None:
        """Count a record that left; one that left as it arrived comes again when all are published."""
        if not isinstance(item, Record) or not spider.publishing:
            return
        count_outcome(self.stats, Outcome.RECORDED, item.url)
        self.stats.inc_value(f"records/type/{item.document_type or 'none'}")
        self.stats.inc_value(f"records/method/{item.provenance.method}")
        self.words[item.word_count] += 1
        if item.provenance.model_digest is not None:
            self.learned += 1
            self.by_container += item.provenance.method.startswith("container")
            self.with_template += any(one.reason in TEMPLATE_REASONS for one in item.removed)
        if item.date_published is not None:
            self.stats.inc_value("records/dated")
            self.stats.inc_value(f"records/evidence/{item.date_evidence[0].source}")

    def item_dropped(self, item: Page | Record, exception: DropItem, spider: Any) -> None:
        """Count a page that a pipeline dropped, with its reason."""
        if not spider.publishing:
            return
        count_outcome(self.stats, Outcome.EXCLUDED, item.url, str(exception))

    def item_error(self, item: Page | Record) -> None:
        """Count a page on which a pipeline broke."""
        self.stats.inc_value("pipeline/errors")
        count_outcome(self.stats, Outcome.FAILED, item.url, "pipeline_error")
