"""Serves the bundled sample organization to a crawl of it, on loopback, by the program itself."""

from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request

from crawler.discovery.urls import hostname
from crawler.organizations.schema import Organization
from crawler.sample.server import SampleServer
from crawler.sample.site import HOST

SLOT = "sample"


def is_sample(organization: Organization | None) -> bool:
    """Whether it is the bundled sample, whose pages are asked of nobody else's server."""
    return organization is not None and hostname(organization.homepage) == HOST


class SampleSite:
    """Starts the sample server as a proxy that knows one host, and sends that host's requests to it.

    The URLs stay the same whatever port is free, and so do the records.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not is_sample(getattr(crawler.spider, "organization", None)):
            raise NotConfigured
        self.server = SampleServer()
        self.proxy = f"http://127.0.0.1:{self.server.start()}"
        crawler.signals.connect(self.server.stop, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Switched off for every organization but the sample."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Route the sample's pages; no real site is behind its name."""
        if hostname(request.url) == HOST:
            request.meta["proxy"] = self.proxy
            request.meta["download_slot"] = SLOT
