"""Politeness between requests: AutoThrottle that keeps to Crawl-delay and leaves this machine alone."""

import logging
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser

from crawler.discovery.urls import hostname

logger = logging.getLogger(__name__)

LEAST_DELAY = 1.0  # seconds: the first that a 429 doubles, whatever was allowed before
CONTENT_AFTER = 20  # good answers after which a host that answered 429 is asked twice as often again
MAX_CRAWL_DELAY = 120.0  # seconds; a longer one would make a nightly run last for days, so it is cut and said


class PoliteThrottle(AutoThrottle):
    """AutoThrottle with a floor a host: what robots.txt asks for (Crawl-delay), or of a list's hosts their file.

    A host that answers 429 is asked half as often (RFC 6585), until it has given good answers for a while.

    A slot whose delay the settings fix (DOWNLOAD_SLOTS: loopback addresses) is not adjusted.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.floors: dict[str, float] = {}  # seconds between two requests, by host
        self.slowed: dict[str, float] = {}  # the same, for hosts that answered 429
        # Organization files by host: only a list of pages has them.
        self.by_host: Any = getattr(getattr(crawler, "spider", None), "by_host", None)
        self.answers: dict[str, int] = {}  # good ones since then
        self.agent = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self.fixed = frozenset(crawler.settings.getdict("DOWNLOAD_SLOTS"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to robots.txt as well."""
        throttle = cls(crawler)
        crawler.signals.connect(throttle.robots_parsed, signals.robots_parsed)
        return throttle

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Take a host's Crawl-delay as its floor."""
        asked = robotparser.crawl_delay(self.agent)
        key = hostname(request.url)
        if asked is None or key is None or key in self.fixed:
            return
        if asked > MAX_CRAWL_DELAY:
            logger.warning("%s asks for a crawl delay of %g s; %g s are kept", key, asked, MAX_CRAWL_DELAY)
        self.floors[key] = max(min(float(asked), MAX_CRAWL_DELAY), self.find_own(key))
        slot = self.crawler.engine.downloader.slots.get(key)
        if slot is not None:
            slot.delay = max(slot.delay, self.floors[key])

    def find_own(self, host: str) -> float:
        """Give the `crawl_delay` of the organization file that names a host of a list, in seconds; 0 for none."""
        if self.by_host is None:  # an organization's own crawl has it as DOWNLOAD_DELAY
            return 0.0
        organization = self.by_host.find(f"http://{host}/")
        return (organization.crawl_delay or 0.0) if organization is not None else 0.0

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        key, slot = self._get_slot(request, spider)
        if key in self.fixed:
            return
        super()._response_downloaded(response, request, spider)
        if slot is not None and key is not None:
            self._slow(key, slot.delay, response.status)
            slot.delay = max(slot.delay, self.floors.get(key, 0.0), self.find_own(key), self.slowed.get(key, 0.0))

    def _slow(self, key: str, delay: float, status: int) -> None:
        """Double the delay of a host that says it is asked too often; halve it again after good answers."""
        if status == 429:
            self.slowed[key] = min(2 * max(delay, LEAST_DELAY), self.maxdelay)
            self.answers[key] = 0
        elif key in self.slowed and status < 400:
            self.answers[key] += 1
            if self.answers[key] >= CONTENT_AFTER:
                self.answers[key] = 0
                self.slowed[key] /= 2
                if self.slowed[key] < LEAST_DELAY:
                    del self.slowed[key]
