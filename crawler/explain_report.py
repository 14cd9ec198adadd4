"""An explanation in a terminal: kept and removed side by side, or one below the other where it is narrow."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.extraction.explain import Explanation, Fate, Row
from crawler.terminal import show
from items import DateKind, Dates

_SIDE_BY_SIDE = 100  # columns that a terminal needs for two


def print_explanation(out: Console, explained: Explanation) -> None:
    """Print how a page is read: what is known of it, then all of its blocks in their order."""
    for name, value in list_facts(explained):
        out.print(Text(show(f"{name:<10} {value}")), soft_wrap=True)
    out.print()
    if out.is_terminal and out.width >= _SIDE_BY_SIDE:
        out.print(_make_columns(explained))
        return
    for row in explained.rows:
        mark = "+ " if row.fate is Fate.KEPT else "- "
        why = "" if row.fate is Fate.KEPT else f"[{say_why(row)}] "
        lines = show(f"{why}{row.text}").split("\n")
        out.print(Text("\n".join(f"{mark}{line}" for line in lines)), soft_wrap=True)


def list_facts(explained: Explanation) -> list[tuple[str, str]]:
    """Say what page it is, how it was read, and how many of its blocks came out."""
    page = explained.page
    counts = f"{explained.count(Fate.KEPT)} kept, {explained.count(Fate.REMOVED)} removed"
    facts = [
        ("title", page.title or "none found"),
        ("url", page.url),
        ("method", page.provenance.method),
        ("model", page.provenance.model_digest or "none: the page was read by itself"),
        ("blocks", f"{counts}, {explained.count(Fate.OUTSIDE)} outside the text’s region"),
    ]
    if page.provenance.model_digest is not None:
        facts.insert(3, ("container", explained.container or "none: the page is like no layout that was learned"))
    return [*facts, *_list_dates(explained.dates)]


def _list_dates(dates: Dates) -> list[tuple[str, str]]:
    """Say which dates were chosen, and each statement that they were chosen from, the chosen one first."""
    conflict = " (its statements disagree)" if dates.conflict else ""
    facts = [("published", f"{dates.published or 'no date found'}{conflict}")]
    if dates.modified is not None:
        facts.append(("modified", dates.modified))
    for one in dates.evidence:
        kind = "" if one.kind is DateKind.PUBLISHED else f", {one.kind}"
        place = "" if one.place is None else f" at {one.place}"
        value = one.value or f"not used: {one.reason}"
        facts.append(("evidence", f"{one.source}{kind}{place}: {one.raw!r} is {value}"))
    return facts


def say_why(row: Row) -> str:
    """Say in a few words why a block is not in the text."""
    if row.fate is Fate.OUTSIDE or row.reason is None:
        return "outside"
    pages = count_support(row)
    return row.reason if pages is None else f"{row.reason}, {pages}"


def count_support(row: Row) -> str | None:
    """Say how many pages of the site speak against a block; None where none was asked, or none has it any more."""
    if row.support is None or row.support == 0:
        return None
    return f"{row.support:,} {'page' if row.support == 1 else 'pages'}"


def _make_columns(explained: Explanation) -> Table:
    table = Table(show_edge=False, pad_edge=False, expand=True)
    table.add_column("kept", ratio=3, overflow="fold")
    table.add_column("removed", ratio=2, overflow="fold")
    for row in explained.rows:
        if row.fate is Fate.KEPT:
            table.add_row(Text(show(row.text)), "")
        else:
            style = "bold" if row.fate is Fate.REMOVED else ""
            table.add_row("", Text.assemble((f"{say_why(row)}: ", style), show(row.text)))
    return table
