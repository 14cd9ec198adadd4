"""The ledger as Scrapy's scheduler and duplicate filter."""

import asyncio
import logging
import time
from collections import deque
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.storage.ledger import Ledger
from crawler.storage.settle import LEDGER_ERRORS, as_discovered

logger = logging.getLogger(__name__)

_MAX_SLEEP = 60.0  # seconds; a clock that is set back must not let a crawl sleep for ever


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
        try:
            visit = self.ledger.next_pending(time.time())
            if visit is None:
                self.sleep(self.ledger.next_due())
                return None
        except LEDGER_ERRORS as error:
            self.fail(error)
            return None
        request: Request = self.spider.request_for(visit)
        return request

    def sleep(self, due: float | None) -> None:
        """Wake the engine when the next request is due: it looks every five seconds only."""
        if due is None or (self.alarm is not None and not self.alarm.cancelled() and self.alarm.when() > self._now()):
            return
        self.alarm = asyncio.get_running_loop().call_later(min(max(due - time.time(), 0.01), _MAX_SLEEP), self.wake)

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
