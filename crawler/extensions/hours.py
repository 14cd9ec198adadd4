"""Night hours: outside of them a run asks for nothing, and goes on when they come again."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.discovery.hours import find_left, find_wait, parse_hours
from crawler.middlewares.rest import HostRestsError, flush_slots
from crawler.storage.scheduler import LimitReachedError

logger = logging.getLogger(__name__)

_LONGEST = 60.0  # seconds until the clock is looked at again: it may be set, or the machine may sleep


class FetchHours:
    """Keeps a run within FETCH_HOURS, or the hours of the organization's file.

    When they end, what waits is put back, and the scheduler gives nothing out before they begin (`spider.opens_at`).
    Where OUTSIDE_HOURS is `end`, the run goes on as if its limit were reached instead: it publishes what it has.
    """

    def __init__(self, crawler: Crawler) -> None:
        organization = getattr(crawler.spider, "organization", None)
        written = (organization.politeness.hours if organization is not None else None) or crawler.settings[
            "FETCH_HOURS"
        ]
        if not written or getattr(crawler.spider, "ledger", None) is None:
            raise NotConfigured
        self.written: str = written
        self.hours = parse_hours(written)  # checked before
        self.zone = ZoneInfo((organization.time_zone if organization is not None else None) or "UTC")
        self.ends = crawler.settings["OUTSIDE_HOURS"] == "end"
        self.crawler = crawler
        self.spider: Any = crawler.spider
        self.closed = False
        self.opened = False  # whether there was a moment at which something could be asked for
        self.alarm: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Begin with the spider."""
        hours = cls(crawler)
        crawler.signals.connect(hours.look, signals.spider_opened)
        crawler.signals.connect(hours.stop, signals.spider_closed)
        return hours

    def look(self) -> None:
        """Look at the clock, and again when something changes."""
        now = datetime.now(UTC)
        wait = find_wait(self.hours, self.zone, now)
        if wait and not self.closed:
            self.close(now + timedelta(seconds=wait))
        elif self.closed and not wait:
            self.closed = False
            logger.info("the hours %s (%s) have begun", self.written, self.zone.key)
            self.crawler.engine._slot.scheduler.wake()  # type: ignore[union-attr]
        self.opened = self.opened or not wait
        following = wait or find_left(self.hours, self.zone, now)
        self.alarm = asyncio.get_running_loop().call_later(min(following + 0.01, _LONGEST), self.look)

    def close(self, until: datetime) -> None:
        """Ask for nothing more before the hours begin, or in this run."""
        self.closed = True
        shown = until.astimezone(self.zone).isoformat(timespec="minutes")
        if self.ends:
            logger.info("outside of the hours %s (%s): nothing more is asked for", self.written, self.zone.key)
            self.spider.hours_over = True
            if not self.opened:
                self.crawler.stats.set_value("fetch/outside_hours", f"{self.written} ({self.zone.key})")
            error: Exception = LimitReachedError("the hours are over")
        else:
            logger.info("outside of the hours %s (%s): waiting until %s", self.written, self.zone.key, shown)
            self.spider.opens_at = until.timestamp()
            error = HostRestsError("outside of the hours", 0.0)
        flush_slots(self.crawler, error, lambda request: request.url.startswith("http"))

    def stop(self) -> None:
        """Look no more."""
        if self.alarm is not None:
            self.alarm.cancel()
