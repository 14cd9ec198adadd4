"""`scrapy due [NAME …]`: which organizations are to be crawled now, which later, and why."""

import argparse
from collections.abc import Mapping

from rich.table import Table
from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, print_message
from crawler.model_report import make_console
from crawler.scheduling.due import DUE, Decision, Why, order, show_time
from crawler.scheduling.look import decide_all, find_organizations, require_data
from crawler.settings_check import require_sound_settings
from crawler.terminal import show
from crawler.verdict import USER_ERROR


class Command(CollectionCommand):
    """Reads organization files and ledgers and changes nothing; works while crawls are running."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[organization …] [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show which organizations are to be crawled now, and why"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--names", action="store_true", help="print the names of those that are due, one a line")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Print what is decided; 2 where a file cannot be used."""
        require_no_options("due", args)
        require_data(settings)
        require_sound_settings(settings)
        organizations = find_organizations(settings, args)
        for said in organizations.errors.values():
            self.exitcode = USER_ERROR
            print_message(said)
        decisions = decide_all(settings, organizations.known)
        if opts.names:
            for name in order(decisions):
                print(name)  # noqa: T201 - what the command is for
            return
        print_decisions(decisions, unscheduled=bool(args))


def print_decisions(decisions: Mapping[str, Decision], *, unscheduled: bool) -> None:
    """Print a line for each organization; those that nobody scheduled are counted, unless they were asked about."""
    shown = {name: one for name, one in decisions.items() if unscheduled or one.why is not Why.UNSCHEDULED}
    table = Table(show_edge=False, pad_edge=False, box=None)
    table.add_column("organization", no_wrap=True)
    table.add_column("due", no_wrap=True)
    table.add_column("since or from", no_wrap=True)
    table.add_column("why", overflow="fold")
    for name in [*order(shown), *order(shown, set(Why) - DUE)]:
        one = shown[name]
        when = show_time(one.moment) if one.moment is not None else ""
        table.add_row(name, "now" if one.is_due else "later" if when else "no", when, show(one.said))
    out = make_console()
    if shown:
        out.print(table)
    left = len(decisions) - len(shown)
    if left:
        out.print(f"not looked after, as they were never crawled and their files have no [schedule]: {left:,}")
