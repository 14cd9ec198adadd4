"""Stats that cost little to count: a page counts some twenty times."""

from typing import Any

from scrapy.statscollectors import MemoryStatsCollector


class PlainStats(MemoryStatsCollector):
    """Scrapy's collector without its wrapper.

    Scrapy's looks up every method by an exception and wraps it, to warn of an argument that nobody here passes.
    """

    def __getattribute__(self, name: str) -> Any:
        """Look up an attribute as any object does."""
        return object.__getattribute__(self, name)
