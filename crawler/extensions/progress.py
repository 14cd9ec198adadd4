"""A progress display on a terminal; nothing where the output is piped, as the log says it there."""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.log import get_scrapy_root_handler

_INTERVAL = 0.25  # seconds between two looks at the stats


class ProgressDisplay:
    """Shows how far fetching and publishing have come, on stderr. Switched by PROGRESS_ENABLED."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("PROGRESS_ENABLED") or not sys.stderr.isatty():
            raise NotConfigured
        self.stats = crawler.stats
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.fetching: TaskID = self.progress.add_task("fetching", total=None)
        self.publishing: TaskID = self.progress.add_task("reading", total=None, visible=False)
        self.loop = create_looping_call(self.refresh)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Start and end with the spider."""
        display = cls(crawler)
        crawler.signals.connect(display.start, signals.spider_opened)
        crawler.signals.connect(display.stop, signals.spider_closed)
        return display

    def start(self) -> None:
        """Take over the terminal: log lines scroll above the display."""
        self.progress.start()
        handler = get_scrapy_root_handler()
        if handler is not None and hasattr(handler, "setStream"):
            handler.setStream(sys.stderr)  # rich has put its own stream there
        self.loop.start(_INTERVAL, now=False)

    def refresh(self) -> None:
        """Copy the stats to the display."""
        stored = self.stats.get_value("fetch/stored", 0)
        self.progress.update(self.fetching, completed=stored)
        total = self.stats.get_value("publish/pages")
        if total is not None:
            done = self.stats.get_value("publish/done", 0)
            self.progress.update(self.fetching, total=stored, visible=stored > 0)
            self.progress.update(self.publishing, total=total, completed=done, visible=True)

    def stop(self) -> None:
        """Give the terminal back."""
        self.loop.stop()
        self.progress.stop()
        handler = get_scrapy_root_handler()
        if handler is not None and hasattr(handler, "setStream"):
            handler.setStream(sys.stderr)
