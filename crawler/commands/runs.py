"""`scrapy runs [NAME …]`: how the runs of a collection went."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand
from crawler.errors import UserError
from crawler.judging.checks import Level
from crawler.judging.figures import DATED, Share
from crawler.judging.summary import RunSummary, dump_summary
from crawler.run_files import RUNS, read_summaries
from crawler.terminal import show

_COLORS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}
_LATEST = 20
_WIDTH = 120


class Command(CollectionCommand):
    """Reads the summaries that runs have left and changes nothing; works while a crawl is running."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "[options] [collection …]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show how the runs of a collection went"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options."""
        super().add_options(parser)
        parser.add_argument("--last", metavar="N", help=f"show the latest N runs; {_LATEST} if not given")
        parser.add_argument("--json", action="store_true", help="write the summaries themselves, one after another")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Print a line for each run of the collections named, or the latest run of each collection."""
        require_no_options("runs", args)
        folder = Path(settings["DATA_DIR"])
        there = sorted({path.parent.parent.name for path in folder.glob(f"*/{RUNS}/*.json")})
        if not there:
            raise UserError(f"no run has left a summary in {folder}")
        most = parse_number(opts.last) if opts.last is not None else _LATEST if args else 1
        told: list[tuple[str, list[RunSummary]]] = []
        for name in args or there:
            if name not in there:
                raise UserError(f"no run of {name!r} in {folder}; there are runs of: {', '.join(there)}")
            told.append((name, read_summaries(folder / name, most)))
        if opts.json:
            for _, summaries in told:
                for summary in summaries:
                    sys.stdout.buffer.write(dump_summary(summary))
        elif args:
            for name, summaries in told:
                print_runs(summaries, name)
        else:
            print_runs([summary for _, summaries in told for summary in summaries], "The latest run of each collection")


def parse_number(value: str) -> int:
    """Read how many runs are asked for.

    Raises:
        UserError: it is no such number.
    """
    number = int(value) if value.isascii() and value.isdigit() else 0
    if number < 1:
        raise UserError(f"runs: --last {value} is not allowed; allowed: a whole number of 1 or more")
    return number


def print_runs(summaries: Sequence[RunSummary], title: str, console: Console | None = None) -> None:
    """Print a line for each run, and below them why some did not go well."""
    out = console or Console(width=max(Console().width, _WIDTH))  # a narrow terminal wraps; nothing is cut
    names = len({one.collection for one in summaries}) > 1
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False, box=None)
    for name in ("collection", "began", "") if names else ("began", ""):
        table.add_column(name, no_wrap=True)
    for name in ("records", "new", "changed", "gone", "dated", "asked", "failed", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in summaries:
        begun = (one.collection, _tell_time(one)) if names else (_tell_time(one),)
        table.add_row(*begun, f"[{_COLORS[one.verdict]}]{'held' if one.held else one.verdict}[/]", *_tell_figures(one))
    out.print(table)
    for one in summaries:
        for reason in (*([one.reason] if one.verdict is Level.FAIL else ()), *one.warnings):
            whose = f"{one.collection}, " if names else ""
            line = show(f"{whose}{_tell_time(one)}: {reason}").replace("\n", " ")
            out.print(line, style=_COLORS[one.verdict], highlight=False, markup=False, soft_wrap=True)


def _tell_time(summary: RunSummary) -> str:
    return f"{summary.began:%Y-%m-%d %H:%M}"


def _tell_figures(summary: RunSummary) -> list[str]:
    figures, seconds = summary.figures, f"{summary.seconds:,.0f}"
    if figures is None:
        return [""] * 7 + [seconds]
    dated = figures.corpus.get(DATED, Share())
    requests = (f"{figures.fetched.of:,}", f"{figures.fetched.has:,}") if figures.named is not None else ("", "")
    changes = (f"{number:,}" for number in (figures.new, figures.changed, figures.gone))
    return [f"{figures.records:,}", *changes, f"{dated.value:.0%}" if dated.of else "", *requests, seconds]
