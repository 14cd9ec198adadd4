"""Judges a run when all of it is over, and writes its summary."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.extraction.page import PROGRAM_VERSION
from crawler.judging.checks import Check, Level, Source, check_figures
from crawler.judging.summary import TIME_FORMAT, Fate, RunSummary, find_past
from crawler.outcomes import Outcome
from crawler.run_figures import count_changes, count_published
from crawler.run_files import read_summaries, write_summary
from crawler.verdict import judge

logger = logging.getLogger(__name__)


class Judge:
    """Holds a run against what was expected of it; for `crawl`, and for whoever is to be told.

    Stats: `verdict` ("ok", "warn" or "fail"), `verdict/exit_status`, `verdict/reason`, `verdict/summary` (the file).
    """

    summary: RunSummary | None = None  # once the run is over

    def __init__(self, crawler: Crawler) -> None:
        if not getattr(crawler.spider, "is_judged", False):
            raise NotConfigured
        self.crawler = crawler
        self.spider: Any = crawler.spider
        self.began = datetime.now(UTC)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the end."""
        one = cls(crawler)
        crawler.signals.connect(one.engine_stopped, signals.engine_stopped)
        return one

    def engine_stopped(self) -> None:
        """Judge the run and write its summary; one that cannot be written is told, and changes nothing."""
        stats, folder = self.crawler.stats, Path(self.spider.collection_folder)
        summary = self.summary = self.make_summary(folder)
        stats.set_value("verdict", str(summary.verdict))
        stats.set_value("verdict/exit_status", summary.exit_status)
        stats.set_value("verdict/reason", summary.reason)
        try:
            stats.set_value("verdict/summary", str(write_summary(folder, summary)))
        except OSError as error:
            logger.warning("the summary of the run cannot be written: %s", error)

    def make_summary(self, folder: Path) -> RunSummary:
        """Say what came out of the run."""
        stats, spider = self.crawler.stats.get_stats(), self.spider
        started_at = self.find_start()
        began = datetime.strptime(started_at, TIME_FORMAT).replace(tzinfo=UTC)
        ledger = getattr(spider, "ledger", None)
        run = ledger.run if ledger is not None else None
        held = bool(getattr(spider, "is_held", False))
        limited = spider.limit is not None or bool(getattr(spider, "hours_over", False))
        past = find_past(read_summaries(folder), began, run)
        figures = count_published(getattr(spider, "figures", None), stats)
        if not past:  # no run has seen all pages before: what is new says nothing of new pages
            figures = replace(figures, is_first=True)
        complete = stats.get("finish_reason") == "finished" and not held and stats.get("outcome/recorded", 0)
        expect = spider.expectations(spider.given)
        checks = check_figures(figures, began, () if limited else past, expect) if complete else ()
        redesigns = tuple(getattr(spider, "redesigns", ()))
        if any(one.outcome is Fate.ACCEPTED for one in redesigns):  # somebody has agreed to what it brought
            checks = tuple(map(soften, checks))
        verdict = judge(stats, checks, redesigns, spider.collection)
        now = datetime.now(UTC)
        return RunSummary(
            collection=spider.collection,
            command=getattr(spider, "run_name", f"crawl {spider.name}"),
            run=run,
            started_at=started_at,
            finished_at=now.strftime(TIME_FORMAT),
            seconds=round((now - self.began).total_seconds(), 1),
            program=PROGRAM_VERSION,
            verdict=verdict.level,
            exit_status=verdict.exit_status,
            reason=verdict.reason,
            warnings=verdict.warnings,
            held=held,
            limited=limited,
            redesigns=redesigns,
            checks=tuple(checks),
            outcomes={one: stats[f"outcome/{one}"] for one in map(str, Outcome) if stats.get(f"outcome/{one}")},
            changes=count_changes(stats),
            figures=figures if complete else None,
        )

    def find_start(self) -> str:
        """Give the time at which the run takes itself to have begun."""
        started_at = getattr(self.spider, "started_at", None)
        if started_at is not None:
            return str(started_at.strftime(TIME_FORMAT))
        return self.crawler.settings["STARTED_AT"] or self.began.strftime(TIME_FORMAT)


def soften(check: Check) -> Check:
    """Let what earlier runs expect be worth a warning at most."""
    softer = check.level is Level.FAIL and check.source is Source.LEARNED
    return replace(check, level=Level.WARN) if softer else check
