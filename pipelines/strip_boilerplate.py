"""StripBoilerplate: takes what is no text out of a page's blocks, each with a reason."""

from dataclasses import replace
from typing import Self, overload

from scrapy.crawler import Crawler

from crawler.extraction.furniture import strip_furniture
from items import Page, Record


class StripBoilerplate:
    """Page in, page out. Stats: `removed/REASON`, and `removed/outside` for blocks outside the content region."""

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
        """Strip one page, unless its record was made ahead; a record that was made before passes."""
        if isinstance(item, Record):
            return item
        if item.record is None:
            stripped = strip_furniture(item.blocks, learned=item.read_by_container)
            item = replace(item, blocks=stripped.kept, removed=stripped.removed)
        for removed in item.removed:
            self.stats.inc_value(f"removed/{removed.reason}")
        self.stats.inc_value("removed/outside", item.blocks_outside)
        return item
