"""MarkChange: says of each record whether it is new, changed or as it was in the corpus before this run."""

from dataclasses import replace
from typing import Self

from scrapy.crawler import Crawler

from crawler.extraction.record import find_change
from items import Record


class MarkChange:
    """Record in, record out. Stat: `records/change/CHANGE`. Without a ledger there is no before: null."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the crawler at hand: its spider knows the earlier digests once publishing begins."""
        return cls(crawler)

    def process_item(self, item: Record) -> Record:
        """Compare one record."""
        change = find_change(item.digest, item.url, getattr(self.crawler.spider, "earlier", None))
        if change is not None:
            self.stats.inc_value(f"records/change/{change}")
        return replace(item, change=change)
