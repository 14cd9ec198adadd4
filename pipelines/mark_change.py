"""MarkChange: says of each record whether it is new, changed, unchanged or gone since the run before, and why."""

from typing import Any, Self

from scrapy.crawler import Crawler

from crawler.extraction.revision import mark_change
from items import Record


class MarkChange:
    """Record in, record out. Stat: `records/change/CHANGE` or `records/change/CHANGE/REASON`.

    Without a ledger there is no before: null. What leaves as its page arrives is counted when all is published.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the crawler at hand: its spider knows how the records stood before."""
        return cls(crawler)

    def process_item(self, item: Record) -> Record:
        """Compare one record."""
        spider: Any = self.crawler.spider
        before = getattr(spider, "before", None)
        if before is None:
            return item
        marked = mark_change(item, before.get(item.url))
        if spider.publishing:
            self.stats.inc_value(
                f"records/change/{marked.change}{f'/{marked.change_reason}' if marked.change_reason else ''}"
            )
        return marked
