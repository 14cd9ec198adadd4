"""NormalizeDates: reads every date that a page states and chooses among them."""

from dataclasses import replace
from typing import Self, overload

from scrapy.crawler import Crawler

from crawler.extraction.date_choice import date_page
from items import Page, Record


class NormalizeDates:
    """Page in, page out. Stats: `dates/undated`, `dates/conflict`, `dates/unread/REASON`."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the stats at hand."""
        return cls(crawler)

    @overload
    def process_item(self, item: Page) -> Page: ...

    @overload
    def process_item(self, item: Record) -> Record: ...

    def process_item(self, item: Page | Record) -> Page | Record:
        """Date one page, unless its record was made ahead; a record that was made before passes."""
        if isinstance(item, Record):
            return item
        dates = item.dates if item.record is not None else date_page(item)
        if dates.published is None:
            self.stats.inc_value("dates/undated")
        if dates.conflict:
            self.stats.inc_value("dates/conflict")
        for evidence in dates.evidence:
            if evidence.reason is not None:
                self.stats.inc_value(f"dates/unread/{evidence.reason}")
        return item if item.record is not None else replace(item, dates=dates)
