"""`scrapy crawl`: Scrapy's command, with an exit status that tells the truth.

0 well; 1 the run did not finish, or a feed was not written; 2 a user's mistake; 3 the run finished but failed its
checks.
The reason stands on the last line of stderr; stdout carries nothing but a feed that was asked for.
"""

import argparse
import contextlib
import gc
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.extensions.feedexport import apply_uri_params
from scrapy.settings import SETTINGS_PRIORITIES
from w3lib.url import file_uri_to_path

from crawler.command import print_message
from crawler.errors import UserError
from crawler.extensions.judge import Judge
from crawler.extensions.signals import PlainSignals
from crawler.judging.summary import RunSummary
from crawler.judging.words import count
from crawler.notifications.channels import require_channels
from crawler.report import print_report
from crawler.settings_check import build_user_agent, require_own_settings, require_sound_settings
from crawler.spiders.base import PublishingSpider
from crawler.storage.ledger import LedgerError
from crawler.storage.warc_record import ArchiveError
from crawler.verdict import FAILED, USER_ERROR, WELL, Verdict, judge

logger = logging.getLogger(__name__)

_CLOSE = 0.9  # of two names' letters, from which on one is a typing error of the other

# They tell at INFO what a developer of Scrapy wants to know of each start.
_NOISY_LOGGERS = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.utils.log")


class Command(ScrapyCrawl):
    """Checks beforehand what can be checked, runs, reports, judges."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[options] <organization | documents | pages | replay>"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Turn an organization, a list of pages or a folder of documents into records"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse foreign settings before anything starts."""
        assert self.settings is not None
        try:
            require_own_settings(self.settings)
        except UserError as error:
            raise UsageError(str(error), print_help=False) from None
        self.refuse_typos(opts.set)
        super().process_options(args, opts)
        if (self.settings.getpriority("USER_AGENT") or 0) <= SETTINGS_PRIORITIES["project"]:
            self.settings.set("USER_AGENT", build_user_agent(self.settings["CONTACT"]), priority="project")

    def refuse_typos(self, given: Sequence[str]) -> None:
        """Refuse a setting that nobody knows and whose name is nearly that of another; else it would do nothing."""
        assert self.settings is not None
        known = list(map(str, self.settings))
        for name in (one.partition("=")[0] for one in given):
            close = get_close_matches(name, known, n=1, cutoff=_CLOSE)
            if close and name not in known and not name.startswith("SPIDERMON_"):
                raise UsageError(f"setting {name} is unknown; did you mean {close[0]}?", print_help=False)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run a crawl; the exit status and the last line say how it went."""
        if not opts.loglevel:
            for name in _NOISY_LOGGERS:
                logging.getLogger(name).setLevel(logging.WARNING)
        try:
            require_sound_settings(self.settings)
            require_channels(self.settings)
            spider = self._find_spider(args)
            spider.check(opts.spargs, self.settings)
            feeds = self._prepare_feeds(spider, opts.spargs)
            acquired = spider.acquire(opts.spargs, self.settings)
        except UserError as error:
            verdict = Verdict(USER_ERROR, str(error))
        except (LedgerError, ArchiveError, OSError) as error:
            verdict = Verdict(FAILED, str(error))
        else:
            assert self.settings is not None
            if not self.settings.getbool("ROBOTSTXT_OBEY"):
                logger.warning("ROBOTSTXT_OBEY is off: this run fetches pages that robots.txt forbids")
            verdict = self._crawl(spider, {**opts.spargs, **acquired}, feeds)
        self.exitcode = verdict.exit_status
        word = {WELL: "well", FAILED: "failed", USER_ERROR: "not started"}.get(verdict.exit_status, "checks failed")
        if verdict.warnings and verdict.exit_status == WELL:
            word = f"well, with {count(len(verdict.warnings), 'warning')}"
        lines = [*(f"warning: {warning}" for warning in verdict.warnings), f"{word}: {verdict.reason}"]
        assert self.settings is not None
        if self.settings["LOG_FILE"]:  # who reads the file sees no stderr: Scrapyd's jobs
            for line in lines:
                logger.log(logging.INFO if verdict.exit_status == WELL else logging.ERROR, "%s", line)
        logging.shutdown()
        for line in lines:  # the verdict is the last one
            print_message(line)
        gc.freeze()  # the process ends: to look for what is garbage by now would take it a fifth of a second

    def _find_spider(self, args: list[str]) -> type[PublishingSpider]:
        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        if len(args) != 1:
            raise UserError(f"crawl takes one name, not {len(args)}; there are: {', '.join(loader.list())}")
        try:
            spider: type[Spider] = loader.load(args[0])
        except KeyError:
            names = ", ".join(loader.list())
            raise UserError(f"there is no organization or input {args[0]!r}; there are: {names}") from None
        assert issubclass(spider, PublishingSpider)
        return spider

    def _prepare_feeds(self, spider: type[PublishingSpider], given: Mapping[str, str]) -> list[str]:
        """Choose the default feed where none is named, and check that each can be written."""
        assert self.settings is not None
        if not self.settings.getdict("FEEDS"):
            path = Path(self.settings["DATA_DIR"]) / spider.find_collection(given) / "records" / "records.jsonl"
            feed = {str(path.absolute()): {"format": "jsonlines", "overwrite": True}}
            self.settings.set("FEEDS", feed, priority="cmdline")
        feeds = [_fill_in(str(uri), spider) for uri in self.settings.getdict("FEEDS")]
        schemes = dict(self.settings.getwithbase("FEED_STORAGES"))
        for uri in feeds:
            scheme = urlsplit(uri).scheme
            if scheme not in schemes:
                known = ", ".join(sorted(scheme for scheme in schemes if scheme))
                raise UserError(f"feed {uri}: unknown scheme {scheme!r}; allowed: a file's path, or {known}")
            _check_supported(uri, schemes[scheme])
            if scheme in ("", "file"):
                _check_writable(Path(file_uri_to_path(uri) if scheme else uri))
        return feeds

    def _crawl(self, spider: type[PublishingSpider], given: Mapping[str, Any], feeds: list[str]) -> Verdict:
        assert self.crawler_process is not None
        crawler = self._create_crawler(spider)
        crawler.signals = PlainSignals(crawler)  # no setting names the class; who is connected already stays so
        self.crawler_process.crawl(crawler, **given)
        self.crawler_process.start()
        stats = _final_stats(crawler)
        summary = _find_summary(crawler)
        with contextlib.suppress(OSError, SystemExit):  # rich's answer to a pipe whose reader is gone, such as Scrapyd
            print_report(stats, summary.checks if summary is not None else ())
        verdict = judge(stats) if summary is None else _as_verdict(summary)
        if verdict.exit_status != WELL:
            return verdict
        written = ", ".join("standard output" if uri.startswith("stdout:") else _shown(uri) for uri in feeds)
        return replace(verdict, reason=f"{verdict.reason} in {written}")


def _find_summary(crawler: Crawler) -> RunSummary | None:
    try:
        told = crawler.get_extension(Judge)
    except RuntimeError:  # the crawl broke before Scrapy made its extensions
        return None
    return told.summary if told is not None else None


def _as_verdict(summary: RunSummary) -> Verdict:
    return Verdict(summary.exit_status, summary.reason, summary.verdict, summary.warnings)


def _fill_in(uri: str, spider: type[Spider]) -> str:
    """Fill a feed's parameters in, as Scrapy will: `%(name)s` and the like.

    Raises:
        UserError: a parameter that there is not.
    """
    known = {"name": spider.name, "time": "time", "batch_time": "time", "batch_id": 1}
    try:
        return apply_uri_params(uri, known)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"feed {uri}: unknown parameter ({error}); allowed are %(name)s and %(time)s") from None


def _check_supported(uri: str, storage: str) -> None:
    """Refuse a storage whose library is not installed; Scrapy would crawl everything and write nothing.

    Raises:
        UserError: a library is missing.
    """
    needed = {"s3": "boto3", "gs": "google.cloud.storage"}.get(urlsplit(uri).scheme)
    if needed is not None and find_spec(needed.partition(".")[0]) is None:
        raise UserError(f"feed {uri}: {storage} needs the library {needed}, which is not installed")


def _check_writable(path: Path) -> None:
    """Refuse a feed that cannot be written.

    Raises:
        UserError: it is a folder, or its folder cannot be made or written to.
    """
    if path.is_dir():
        raise UserError(f"feed {path}: it is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise UserError(f"feed {path}: it is a device or a pipe; allowed: a file, or -:jsonlines for standard output")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"feed {path}: its folder cannot be made ({error.strerror})") from None
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UserError(f"feed {path}: its folder cannot be written to")


def _final_stats(crawler: Crawler) -> Mapping[str, Any]:
    try:
        return dict(crawler.stats.get_stats())
    except RuntimeError:  # the crawl broke before Scrapy made its stats
        return {}


def _shown(uri: str) -> str:
    """Show a path as the user would type it."""
    path = Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
