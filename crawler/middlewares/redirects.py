"""Counts redirects, which Scrapy's own middleware follows without an account."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawler.outcomes import Outcome, count_outcome


class RedirectAccount:
    """Stands nearer the network than Scrapy's redirect middleware, and so sees what that one answers."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Always on."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Count a redirected page; robots.txt, sitemaps and feeds are no pages."""
        location = response.headers.get("Location")
        if request.meta.get("is_page") and response.status in (301, 302, 303, 307, 308) and location is not None:
            count_outcome(self.stats, Outcome.REDIRECTED, request.url, detail=location.decode("latin-1"))
        return response
