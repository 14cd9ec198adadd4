"""Says at the end of a run where its time went."""

import logging
from collections.abc import Iterable
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.times import OF_MAIN, OF_WORKERS

logger = logging.getLogger(__name__)


class Times:
    """Rounds the stats `time/STAGE` to milliseconds and logs what a page took, stage by stage. Stat: `time/learn`."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the end."""
        times = cls(crawler)
        crawler.signals.connect(times.spider_closed, signals.spider_closed)
        return times

    def spider_closed(self) -> None:
        """Round, and say it in a line where pages were read."""
        pages = self.stats.get_value("publish/read", 0)
        if pages:
            logger.info(
                "%s pages were read; CPU milliseconds a page: %s; in the main process: %s; their sites took %.1f s",
                f"{pages:,}",
                self.tell(OF_WORKERS, pages),
                self.tell(OF_MAIN, pages),
                self.stats.get_value("time/learn", 0.0),
            )
        for stage in (*OF_WORKERS, *OF_MAIN, "learn"):
            seconds = self.stats.get_value(f"time/{stage}")
            if seconds is not None:
                self.stats.set_value(f"time/{stage}", round(seconds, 3))

    def tell(self, stages: Iterable[str], pages: int) -> str:
        """Write the milliseconds a page of the stages that there were."""
        seconds = {stage: self.stats.get_value(f"time/{stage}", 0.0) for stage in stages}
        return ", ".join(f"{stage} {1000 * spent / pages:.2f}" for stage, spent in seconds.items() if spent) or "none"
