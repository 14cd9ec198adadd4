"""Models as tables: what was learned of a site, for a person to read."""

import io
import os
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.extraction.model import Layout, Position, SiteDates, SiteModel, Template
from crawler.terminal import show

_SHORT_ID = 8  # hex digits, or more where two ids begin with the same
_WIDE = 120  # columns of what is not a terminal
_GAP = 2  # columns between two cells
_LEAST_TEXT = 24  # columns


def make_console() -> Console:
    """Make a console for standard output; what is no terminal gets lines that hold the tables.

    Signs that the output's encoding does not have are written as escapes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        return Console(markup=False, highlight=False, emoji=False, width=_WIDE)
    return console


def shorten_ids(ids: Iterable[str]) -> dict[str, str]:
    """Shorten ids to their first eight digits, or to as many as it takes to tell all of them apart."""
    whole = sorted(set(ids))
    length = _SHORT_ID
    while len({one[:length] for one in whole}) < len(whole):
        length += 1
    return {one: one[:length] for one in whole}


def list_ids(models: Iterable[SiteModel]) -> list[str]:
    """List the ids of all templates and positions."""
    found = []
    for model in models:
        for layout in model.layouts:
            found += [one.id for one in _find_inside(layout)]
        found += [one.id for one in model.frame]
    return found


def find_things(model: SiteModel) -> list[Template | Position]:
    """List what was learned of a site, each id once: inside the layouts first, then in the frame."""
    found: dict[str, Template | Position] = {}
    for layout in model.layouts:
        for one in _find_inside(layout):
            if one.id not in found or one.pages > found[one.id].pages:
                found[one.id] = one
    for one in model.frame:
        if one.id not in found or not found[one.id].pages:
            found[one.id] = one
    return list(found.values())


def _find_inside(layout: Layout) -> list[Template | Position]:
    return [*layout.templates, *layout.positions]


def print_site(console: Console, model: SiteModel, *, frame: bool) -> None:
    """Print what was learned of one site.

    Args:
        console: to print on.
        model: of the site.
        frame: whether the templates around the text are listed, and not only counted.
    """
    short = shorten_ids(list_ids([model]))
    console.print(
        f"{model.pages:,} pages looked at, {model.documents:,} different documents, "
        f"{model.unlike:,} pages unlike any layout"
    )
    if model.site_names:
        names = ", ".join(f"{one.text!r} ({one.pages} of {one.of} titles)" for one in model.site_names)
        console.print(f"site names: {names}")
    for number, layout in enumerate(model.layouts, start=1):
        console.print(
            f"\nlayout {number}: {layout.container}  pages {layout.pages} of {layout.of}, share {layout.share:.3f}"
        )
        _print_layout(console, layout, short)
    _print_dates(console, model.dates)
    console.print(f"\nframe: {_count(len(model.frame), 'template')}{'' if frame else ' (--all lists them)'}")
    if frame and model.frame:
        console.print(make_table(model.frame, short, console.width))


def _print_dates(console: Console, dates: SiteDates) -> None:
    """Print where pages state their dates, what bears them out, and what is not believed."""
    if not dates.places:
        return
    order = "" if dates.order is None else f"; numbers are written {dates.order}"
    console.print(f"\ndates: stated in {_count(len(dates.places), 'place')}{order}")
    table = Table(show_edge=False, pad_edge=False, box=None, padding=(0, _GAP, 0, 0))
    for name in ("source", "documents", "agreeing", "days", "order", "verdict", "place"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("documents", "agreeing", "days") else "left")
    for one in sorted(dates.places, key=lambda one: (-one.documents, one.source, one.place)):
        verdict = "trusted" if one.trusted else f"not believed: {one.distrust}" if one.distrust is not None else ""
        numbers = (f"{number:,}" for number in (one.documents, one.agreeing, one.days))
        table.add_row(*map(Text, (one.source, *numbers, one.order or "", verdict, show(one.place))))
    console.print(table)


def _print_layout(console: Console, layout: Layout, short: dict[str, str]) -> None:
    things = _find_inside(layout)
    if things:
        console.print(make_table(things, short, console.width))
    else:
        console.print("nothing repeats in it")


def make_table(things: Sequence[Template | Position], short: dict[str, str], width: int | None = None) -> Table:
    """Make a table of templates and positions; a position shows its path and one of its texts.

    Columns that would be empty are left out.

    Args:
        things: a row each.
        short: their ids, as they are shown.
        width: columns in which each row is to find room on one line; None shows whole texts, folded.
    """
    columns: dict[str, list[str]] = {
        "id": [short[one.id] for one in things],
        "rule": [str(one.rule) for one in things],
        "place": [str(one.place) for one in things],
        "pages": [f"{one.pages}/{one.of}" for one in things],
        "first seen": [(one.first_seen if isinstance(one, Template) else None) or "" for one in things],
        "last seen": [(one.last_seen if isinstance(one, Template) else None) or "" for one in things],
        "decision": [one.decision or "" for one in things],
    }
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    columns["text"] = [describe(one) for one in things]
    if width is not None:
        used = sum(max(map(len, (name, *cells))) + _GAP for name, cells in columns.items() if name != "text")
        columns["text"] = [_shorten(text, max(_LEAST_TEXT, width - used)) for text in columns["text"]]
    table = Table(show_edge=False, pad_edge=False, box=None, padding=(0, _GAP, 0, 0))
    for name in columns:
        table.add_column(name, no_wrap=name != "text", justify="right" if name == "pages" else "left")
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _shorten(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def describe(one: Template | Position) -> str:
    """Say in one line what a learned thing is: its text, or its place and a text that stands there."""
    if isinstance(one, Template):
        return show(" ".join(one.text.split()))
    example = f": {' '.join(one.examples[0].split())}" if one.examples else ""
    return show(f"at {one.path or 'the container'}{example}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
