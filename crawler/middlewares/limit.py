"""`-a limit=N`: once enough pages are stored, what is still queued is let go without a request."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request


class LimitReachedError(IgnoreRequest):
    """The run has the pages it was asked for."""


class LimitMiddleware:
    """Refuses requests when the spider has stored its `limit` of pages."""

    def __init__(self, crawler: Crawler) -> None:
        if getattr(crawler.spider, "limit", None) is None:
            raise NotConfigured
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Switched off where the spider has no limit."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Let internal requests pass; refuse the rest after the limit."""
        if not request.url.startswith("data:") and getattr(self.crawler.spider, "limit_reached", False):
            raise LimitReachedError("limit reached")
