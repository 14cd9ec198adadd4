"""The closing table: what became of the pages and what the records hold, in ten lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from crawler.judging.checks import Check, Level, Name
from crawler.judging.words import find_label, show_floor, show_number
from crawler.outcomes import Outcome


def print_report(stats: Mapping[str, Any], checks: Sequence[Check] = (), console: Console | None = None) -> None:
    """Print the account of a run to stderr, and what was expected of it."""
    out = console or Console(stderr=True)
    table = Table(title="What came out", title_justify="left", show_edge=False, pad_edge=False, box=None)
    table.add_column("", no_wrap=True)
    table.add_column("pages", justify="right")
    table.add_column("of these", overflow="fold")
    for outcome in Outcome:
        total = stats.get(f"outcome/{outcome}", 0)
        if total:
            table.add_row(outcome.replace("_", " "), f"{total:,}", _parts(stats, f"outcome/{outcome}/"))
    held = stats.get("redesign/held", 0)
    if held:
        table.add_row("held back", f"{held:,}", "they wait outside of the corpus")
    rows = sum(value for key, value in stats.items() if key.startswith("rows/"))
    if rows:
        table.add_row("", "", "")
        table.add_row("rows", f"{rows:,}", _parts(stats, "rows/"))
    records = stats.get("outcome/recorded", 0)
    if records:
        table.add_row("", "", "")
        if any(key.startswith("records/change/") for key in stats):
            table.add_row("by change", "", _parts(stats, "records/change/"))
        table.add_row("with a date", f"{stats.get('records/dated', 0):,}", _parts(stats, "records/evidence/"))
        table.add_row("by type", "", _parts(stats, "records/type/"))
    if table.row_count:
        out.print(table)
    if checks:
        out.print(make_table(checks))


def make_table(checks: Sequence[Check]) -> Table:
    """Write what was expected beside what was seen."""
    table = Table(title="What was expected", title_justify="left", show_edge=False, pad_edge=False, box=None)
    table.add_column("", no_wrap=True)
    for name in ("seen", "usual", "at least", "pages"):
        table.add_column(name, justify="right")
    table.add_column("", no_wrap=True)
    for check in checks:
        usual = show_number(check, check.expected) if check.expected is not None else ""
        bound = f"{'at most ' if check.name is Name.ERRORS else ''}{show_floor(check)}"
        pages = f"{check.of:,}" if check.of is not None else ""
        is_low = check.seen > check.floor if check.name is Name.ERRORS else check.seen < check.floor
        level = str(check.level) if check.level is not Level.OK else "too few to say" if is_low else ""
        table.add_row(find_label(check), show_number(check, check.seen), usual, bound, pages, level)
    return table


def _parts(stats: Mapping[str, Any], prefix: str) -> str:
    parts = [(key.removeprefix(prefix), value) for key, value in stats.items() if key.startswith(prefix)]
    parts.sort(key=lambda part: (-part[1], part[0]))
    return ", ".join(f"{name.replace('_', ' ').replace('/', ' ')} {count:,}" for name, count in parts)
