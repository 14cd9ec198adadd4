"""`scrapy crawl-due [NAME …]`: crawls the organizations that are due, and says in a table how each crawl ended."""

import argparse
import asyncio
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.table import Table
from scrapy.settings import SETTINGS_PRIORITIES, Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, print_message
from crawler.errors import UserError
from crawler.model_report import make_console
from crawler.scheduling.crawls import Round
from crawler.scheduling.due import DUE, KEPT_BACK, Decision, Why, find_overdue, order, show_time
from crawler.scheduling.look import decide_all, find_free_memory, find_now, find_organizations, require_data
from crawler.scheduling.summary import Ended, Result, find_status, share_machine, tell_round
from crawler.settings_check import require_sound_settings
from crawler.spiders.arguments import LIMIT, parse_arguments
from crawler.storage.ledger_file import lock_file
from crawler.terminal import show
from crawler.verdict import FAILED, USER_ERROR

__name__ = "crawler.commands.crawl-due"  # Scrapy calls a command as its module is called

LOCK = "crawl-due.lock"
_COMMAND = (sys.executable, "-m", "crawler", "crawl")


class Command(CollectionCommand):
    """Starts a process for each organization that is due; a second one at the same time starts nothing."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[organization …] [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Crawl the organizations that are due"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--jobs", metavar="N", default="1", help="crawls at a time; 1 if not given")
        parser.add_argument(
            "--time-limit", metavar="HOURS", default="24", help="of one crawl; 24 if not given, 0 for none"
        )
        parser.add_argument(
            "--random-start", metavar="MINUTES", default="0", help="wait for a time by chance before the first crawl"
        )
        parser.add_argument("--quiet", action="store_true", help="print nothing where all is well and without warnings")
        parser.add_argument(
            "-a", dest="given", action="append", default=[], metavar="NAME=VALUE", help="an argument of each crawl"
        )

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl what is due and sum up; 1 where a crawl failed, 3 where one failed its checks."""
        require_no_options("crawl-due", args)
        require_data(settings)
        require_sound_settings(settings)
        jobs = int(_read_number("--jobs", opts.jobs, least=1, most=64, whole=True))
        hours = _read_number("--time-limit", opts.time_limit, least=0, most=8760)
        minutes = _read_number("--random-start", opts.random_start, least=0, most=1440)
        options = _pass_on(opts)
        find_organizations(settings, args)  # a wrong name is told at once
        holder = lock_file(Path(settings["DATA_DIR"]) / LOCK)
        if isinstance(holder, str):
            if not opts.quiet:
                print_message(f"well: crawl-due is running already (process {holder}); nothing was started")
            return
        try:
            share = share_machine(jobs, os.cpu_count() or 1, find_free_memory())
            if share.said is not None and not opts.quiet:
                print_message(share.said)
            if share.jobs > 1 and (settings.getpriority("WORKERS") or 0) <= SETTINGS_PRIORITIES["project"]:
                options += ["-s", f"WORKERS={share.workers}"]
            done = asyncio.run(_crawl_all(settings, args, share.jobs, hours * 3600 or None, minutes * 60, options))
        finally:
            os.close(holder)
        self.exitcode = FAILED if done.is_stopped else find_status(done.results)
        if not (opts.quiet and done.is_well):
            _tell(done)


@dataclass(frozen=True, slots=True)
class _Done:
    """What a round did."""

    results: list[Result]
    decisions: Mapping[str, Decision]  # before the first crawl
    named: Mapping[str, Decision]  # those of them that were asked for by name
    is_stopped: bool

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to hear of it."""
        return not self.is_stopped and all(one.ended in (Ended.WELL, Ended.LEFT) for one in self.results)


async def _crawl_all(
    settings: Settings, names: list[str], jobs: int, seconds: float | None, longest_wait: float, options: list[str]
) -> _Done:
    """Wait, decide, and crawl what is due; what is kept back gets a second look when the others are through."""

    def find_reason(name: str) -> str | None:
        one = decide_all(settings, {name: organizations.known[name]})[name]
        return None if one.is_due else one.said

    crawls = Round(_COMMAND, Path(settings["DATA_DIR"]), jobs, seconds, find_reason, options)
    with crawls.listening():
        await crawls.wait(random.uniform(0, longest_wait))  # noqa: S311 - no secret
        organizations = find_organizations(settings, names)
        decisions = decide_all(settings, organizations.known)
        results = await crawls.run([*order(decisions), *order(decisions, KEPT_BACK)])
    overdue = find_overdue(find_now(settings), decisions)
    results = [
        replace(one, ended=Ended.OVERDUE) if one.ended is Ended.LEFT and one.name in overdue else one for one in results
    ]
    broken = [Result(name, Ended.NOT_STARTED, said, USER_ERROR) for name, said in organizations.errors.items()]
    named = {name: one for name, one in decisions.items() if name in names}
    return _Done([*results, *broken], decisions, named, crawls.is_stopped)


def _tell(done: _Done) -> None:
    """Print the table and the last line."""
    for name in order(done.named, set(Why) - DUE - KEPT_BACK):
        print_message(f"{name} is not due: {done.named[name].said}")
    if done.results:
        make_console().print(_make_table(done.results))
    said = tell_round(done.results) if done.results else f"well: nothing is due{_tell_next(done.decisions)}"
    print_message(f"failed: stopped by a signal; {said}" if done.is_stopped else said)


def _tell_next(decisions: Mapping[str, Decision]) -> str:
    coming = order(decisions, {Why.EARLY})
    if not coming:
        return ""
    moment = decisions[coming[0]].moment
    return f"; the next is {coming[0]}, from {show_time(moment)}" if moment is not None else ""


def _make_table(results: list[Result]) -> Table:
    table = Table(show_edge=False, pad_edge=False, box=None)
    table.add_column("organization", no_wrap=True)
    table.add_column("ended", no_wrap=True)
    table.add_column("status", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("why", overflow="fold")
    for one in results:
        seconds = f"{one.seconds:,.0f}" if one.seconds is not None else ""
        table.add_row(one.name, one.ended, "" if one.status is None else str(one.status), seconds, show(one.said))
    return table


def _pass_on(opts: argparse.Namespace) -> list[str]:
    """Give the options that each crawl gets as well.

    Raises:
        UserError: an argument is not allowed.
    """
    given = dict(one.partition("=")[::2] for one in opts.given)
    parse_arguments("crawl-due", (LIMIT,), given)
    passed = [part for one in opts.given for part in ("-a", one)]
    passed += [part for one in opts.set for part in ("-s", one)]
    return [*passed, "-L", opts.loglevel] if opts.loglevel else passed


def _read_number(option: str, given: str, *, least: float, most: float, whole: bool = False) -> float:
    """Read the number of an option.

    Raises:
        UserError: it is none, or out of bounds.
    """
    try:
        number = int(given) if whole else float(given)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        what = "a whole number" if whole else "a number"
        raise UserError(f"crawl-due: {option}={given!r} is not allowed; allowed: {what} from {least:g} to {most:,g}")
    return number
