"""The ledger as Scrapy's scheduler and duplicate filter.

Scrapy's engine takes requests until CONCURRENT_REQUESTS are on their way, those among them that wait for their turn at
a host: a slow host would soon hold all of them. So no more is handed out for a host than it can take, and hosts take
turns.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.storage.ledger import Ledger
from crawler.storage.ledger_file import host_of
from crawler.storage.settle import LEDGER_ERRORS, as_discovered

logger = logging.getLogger(__name__)

_MAX_SLEEP = 60.0  # seconds; a clock that is set back must not let a crawl sleep for ever
# Requests that wait beside those at work, where a host is asked without a pause: the next one is there when one ends.
# Where there is a pause, it is longer than taking the next one from the ledger. CPU a page: the same for 0 to 8.
LOOK_AHEAD = 4


class LimitReachedError(IgnoreRequest):
    """The run has the pages it was asked for; what waited is let go."""


class LedgerScheduler(BaseScheduler):
    """Requests go into the ledger and come out of it; internal `data:` requests wait in memory.

    An exception in a scheduler is swallowed by Scrapy's engine, so a ledger that fails closes the spider from here
    (stat `ledger/error`).
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.internal: deque[Request] = deque()
        self.ledger: Ledger | None = None
        self.alarm: asyncio.TimerHandle | None = None
        self.closing: asyncio.Task[None] | None = None
        self.last_host = ""  # whose turn was last

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Keep the crawler at hand."""
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        """Take the spider's ledger; `documents` has none."""
        self.spider: Any = spider
        self.ledger = getattr(spider, "ledger", None)

    def close(self, reason: str) -> None:
        """Leave the ledger open: feeds are stored after the scheduler is closed."""
        if self.alarm is not None:
            self.alarm.cancel()

    def has_pending_requests(self) -> bool:
        """Tell whether something is left to fetch, now or later."""
        if self.internal:
            return True
        if self.ledger is None or self.spider.limit_reached:
            return False
        try:
            return self.ledger.next_due() is not None
        except LEDGER_ERRORS as error:
            self.fail(error)
            return False

    def enqueue_request(self, request: Request) -> bool:
        """Add a request; False when the run has seen its URL."""
        if request.url.startswith("data:"):
            self.internal.append(request)
            return True
        assert self.ledger is not None
        try:
            return self.ledger.discover([as_discovered(request)]) > 0
        except LEDGER_ERRORS as error:
            self.fail(error)
            return False

    def next_request(self) -> Request | None:
        """Take the next request that is due."""
        if self.internal:
            return self.internal.popleft()
        if self.ledger is None or self.spider.limit_reached or self.closing is not None:
            return None
        if self.spider.opens_at > time.time():  # outside of the hours
            self.sleep(self.spider.opens_at)
            return None
        busy = self.find_busy()
        if busy is None:
            return None
        try:
            visit = self.ledger.next_pending(time.time(), after=self.last_host, busy=busy)
            if visit is None:
                self.sleep(self.ledger.next_release())
                return None
        except LEDGER_ERRORS as error:
            self.fail(error)
            return None
        self.last_host = host_of(visit.url)
        request: Request = self.spider.request_for(visit)
        return request

    def find_busy(self) -> frozenset[str] | None:
        """Name the hosts that have as many requests on their way as they can take, a robots.txt that is awaited too.

        None where the run has as many on their way as it still wants pages: what a limit lets go is not asked for.
        """
        downloader = self.crawler.engine.downloader
        wanted = self.spider.limit
        if wanted is not None and downloader.active and len(downloader.active) >= wanted - self.spider.stored_count:
            return None
        hosts = Counter(downloader.get_slot_key(request) for request in downloader.active)
        return frozenset(host for host, count in hosts.items() if count >= self.find_room(host))

    def find_room(self, host: str) -> int:
        """Say how many requests may be on their way to a host."""
        downloader = self.crawler.engine.downloader
        slot = downloader.slots.get(host)
        own = downloader.per_slot_settings.get(host, {})
        concurrency = slot.concurrency if slot is not None else own.get("concurrency", downloader.domain_concurrency)
        delay = slot.delay if slot is not None else own.get("delay", downloader._delay)
        return int(concurrency) + (0 if delay else LOOK_AHEAD)

    def sleep(self, due: float | None) -> None:
        """Wake the engine when the next request is due: it looks every five seconds only."""
        if due is None:
            return
        at = self._now() + min(max(due - time.time(), 0.01), _MAX_SLEEP)
        if self.alarm is not None:
            if not self.alarm.cancelled() and self._now() < self.alarm.when() <= at:
                return
            self.alarm.cancel()
        self.alarm = asyncio.get_running_loop().call_at(at, self.wake)

    def wake(self) -> None:
        """Let the engine ask again."""
        slot = self.crawler.engine._slot  # the engine has no public way
        if slot is not None:
            slot.nextcall.schedule()

    def fail(self, error: Exception) -> None:
        """Close the spider: without a ledger nothing may go on."""
        if self.closing is None:
            self.crawler.stats.set_value("ledger/error", str(error))
            logger.error("the ledger cannot be used: %s", error)
            self.closing = asyncio.get_running_loop().create_task(
                self.crawler.engine.close_spider_async(reason="ledger_error")
            )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
