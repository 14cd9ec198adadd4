"""Tells somebody of a run's verdict when all of it is over."""

import logging
from importlib import import_module
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.notifications.channels import list_channels

logger = logging.getLogger(__name__)

_SECRET = ("TOKEN", "PASSWORD", "URL", "DSN", "KEY", "USER")  # in the names of settings whose values are told to nobody


class Notify:
    """Runs Spidermon's monitors over the verdict. Switched by NOTIFY.

    Spidermon's own extension would do it as well (SPIDERMON_ENGINE_STOP_MONITORS), but puts some twenty lines into the
    log of each run, and a traceback for each monitor that fails.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not list_channels(crawler.settings):
            raise NotConfigured
        self.crawler = crawler
        self.runner = import_module("spidermon.runners").MonitorRunner
        self.suite = import_module("crawler.notifications.suite").VerdictSuite(crawler=crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the end; the verdict is in the stats by then, for its extension comes before."""
        one = cls(crawler)
        crawler.signals.connect(one.engine_stopped, signals.engine_stopped)
        return one

    def engine_stopped(self) -> None:
        """Tell; a message that is lost is a line in the log, and changes nothing about the run."""
        stats = self.crawler.stats.get_stats()
        if "verdict" not in stats:
            return
        result = self.runner().run(self.suite, stats=stats, crawler=self.crawler, spider=self.crawler.spider, meta={})
        for told in (*result.monitors_failed_action_results, *result.monitors_passed_action_results):
            if told.error:
                reason = hide_secrets(told.error.strip().splitlines()[-1], self.crawler.settings)
                logger.warning("%s: nobody was told of this run: %s", told.item.name, reason)


def hide_secrets(text: str, settings: Any) -> str:
    """Take out of a text what settings of channels keep secret, and the paths of addresses among them."""
    values = [
        value
        for name, value in settings.items()
        if name.startswith(("SPIDERMON_", "WEBHOOK_")) and any(word in name for word in _SECRET)
        if isinstance(value, str) and value
    ]
    paths = [urlsplit(value)._replace(scheme="", netloc="", fragment="").geturl() for value in values if "://" in value]
    for value in sorted((value for value in (*values, *paths) if value.strip("/")), key=len, reverse=True):
        text = text.replace(value, "…")
    return text
