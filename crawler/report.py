"""The closing table: what became of the pages and what the records hold, in ten lines."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from crawler.outcomes import Outcome


def print_report(stats: Mapping[str, Any], console: Console | None = None) -> None:
    """Print the account of a run to stderr."""
    table = Table(title="What came out", title_justify="left", show_edge=False, pad_edge=False, box=None)
    table.add_column("", no_wrap=True)
    table.add_column("pages", justify="right")
    table.add_column("of these", overflow="fold")
    for outcome in Outcome:
        total = stats.get(f"outcome/{outcome}", 0)
        if total:
            table.add_row(outcome.replace("_", " "), f"{total:,}", _parts(stats, f"outcome/{outcome}/"))
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
        (console or Console(stderr=True)).print(table)


def _parts(stats: Mapping[str, Any], prefix: str) -> str:
    parts = [(key.removeprefix(prefix), value) for key, value in stats.items() if key.startswith(prefix)]
    parts.sort(key=lambda part: (-part[1], part[0]))
    return ", ".join(f"{name.replace('_', ' ').replace('/', ' ')} {count:,}" for name, count in parts)
