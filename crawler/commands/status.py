"""`scrapy status [NAME …]`: where each discovered URL of a collection stands."""

import argparse
import contextlib
from pathlib import Path

from rich.console import Console
from rich.table import Table
from scrapy.settings import Settings

from crawler.command import CollectionCommand
from crawler.errors import UserError
from crawler.storage.ledger import UNFINISHED, Ledger, RunStatus, State


class Command(CollectionCommand):
    """Reads ledgers and changes nothing; works while a crawl is running."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[collection …]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show where each discovered URL of a collection stands"

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Print a table for each collection."""
        folder = Path(settings["DATA_DIR"])
        there = sorted(path.parent.name for path in folder.glob("*/ledger.sqlite3"))
        for name in args or there:
            if name not in there:
                raise UserError(f"no collection {name!r} in {folder}; there are: {', '.join(there) or 'none'}")
            with contextlib.closing(Ledger.look(folder / name)) as ledger:
                print_status(name, ledger.status())
        if not there:
            raise UserError(f"no collection in {folder}")


def print_status(name: str, status: RunStatus | None, console: Console | None = None) -> None:
    """Print the account of one collection; the states add up to the URLs discovered."""
    out = console or Console()
    if status is None:
        out.print(f"{name}: no run yet", highlight=False)
        return
    end = f"finished {status.finished_at}" if status.finished_at is not None else "not finished"
    if status.is_held:
        end = f"held back {status.held_at}"
    out.print(f"{name}: {status.command}, started {status.started_at}, {end}", highlight=False)
    table = Table(show_edge=False, pad_edge=False, box=None)
    table.add_column("state", no_wrap=True)
    table.add_column("URLs", justify="right")
    table.add_column("reasons", overflow="fold")
    for state in State:
        reasons = {reason: count for (one, reason), count in status.counts.items() if one is state}
        if reasons:
            named = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items(), key=_rank) if reason)
            table.add_row(state.replace("_", " "), f"{sum(reasons.values()):,}", named)
    table.add_row("discovered", f"{status.discovered:,}", "")
    out.print(table)
    if status.oldest_pending is not None:
        attempts = status.oldest_attempts
        out.print(f"oldest pending: {status.oldest_pending} (tried {attempts} times)", highlight=False)
    left = sum(count for (state, _), count in status.counts.items() if state in UNFINISHED)
    if left and status.is_held:
        out.print(f"{left:,} pages wait: `scrapy accept {name}` takes what they say into the corpus", highlight=False)
    elif left:
        out.print(f"{left:,} URLs are on their way: the same crawl command goes on with them", highlight=False)


def _rank(item: tuple[str | None, int]) -> tuple[int, str]:
    return -item[1], item[0] or ""
