"""What the dates of a page cost: CPU time of all steps that gather, read and choose dates, in milliseconds.

Pages are read as `documents` reads them, one after the other in this process and without a site's model, and each step
is timed where the program calls it: what the source states, what elements and lines hold, what stands between title and
text, the gathering, the search with htmldate where nothing states a day (it parses the page again), and the choice. The
mean holds what a process loads once: more than a second for the languages that htmldate asks about.

`python -m benchmarks.date_cost [CORPUS ...]` prints the table.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import fmean, median
from time import process_time_ns
from types import ModuleType
from typing import Any
from unittest.mock import patch

from scrapy.utils.test import get_crawler

from benchmarks.corpora import ALL, FOLDER, GoldPage, load_pages
from crawler.extraction import head, metadata, page
from crawler.extraction.document import UnreadableError
from pipelines import normalize_dates
from pipelines.normalize_dates import NormalizeDates

STEPS: Sequence[tuple[ModuleType, str]] = (
    (metadata, "find_stated_dates"),
    (metadata, "_find_heading"),  # nothing but the dates asks for it
    (metadata, "find_marked_dates"),
    (head, "read_line"),
    (head, "find_date"),
    (page, "read_dated_lines"),
    (page, "gather_dates"),
    (page, "search_missing_day"),
    (normalize_dates, "date_page"),
)
EVERY = 3  # pages; a third of them takes half a minute


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of CPU time a page, over some pages."""

    name: str
    pages: int
    median: float
    mean: float


@dataclass(slots=True)
class _Watch:
    spent: int = 0  # nanoseconds
    running: bool = False


def measure_pages(pages: Sequence[GoldPage]) -> list[float]:
    """Give for each page that can be read the milliseconds that its dates took."""
    normalize = NormalizeDates.from_crawler(get_crawler())
    found = []
    with _timed() as watch:
        for one in pages:
            body = one.body()
            watch.spent = 0
            try:
                read = page.extract_page(body, page.PageContext(id=one.file, url=one.url, collection=one.folder))
            except UnreadableError:
                continue
            normalize.process_item(read)
            found.append(watch.spent / 1e6)
    return found


def measure_corpora(corpora: Sequence[str], every: int = EVERY) -> list[Cost]:
    """Measure every n-th page of each corpus; the last row is all of them."""
    times = {corpus: measure_pages(load_pages(corpus)[::every]) for corpus in corpora}
    rows = [Cost(corpus, len(own), median(own), fmean(own)) for corpus, own in times.items()]
    pooled = [one for own in times.values() for one in own]
    return [*rows, Cost("all", len(pooled), median(pooled), fmean(pooled))]


def format_costs(costs: Sequence[Cost]) -> list[str]:
    """Lay out the rows."""
    return [
        f"{'CPU ms a page for its dates':<30} {'pages':>5} {'median':>10} {'mean':>10}",
        *(f"  {cost.name:<28} {cost.pages:>5} {cost.median:>10.2f} {cost.mean:>10.2f}" for cost in costs),
    ]


@contextmanager
def _timed() -> Iterator[_Watch]:
    """Time each step of the program; a step inside another is the other's."""
    watch = _Watch()
    with ExitStack() as stack:
        for module, name in STEPS:
            stack.enter_context(patch.object(module, name, _time(getattr(module, name), watch)))
        yield watch


def _time(step: Callable[..., Any], watch: _Watch) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        if watch.running:
            return step(*arguments, **named)
        watch.running = True
        start = process_time_ns()
        try:
            return step(*arguments, **named)
        finally:
            watch.spent += process_time_ns() - start
            watch.running = False

    return timed


def main(arguments: Sequence[str]) -> int:
    """Print the table; 2 when there is nothing to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="*", metavar="CORPUS", help=f"some of {', '.join(ALL)}; all by default")
    parser.add_argument("--every", type=int, default=EVERY, help="read every n-th page")
    options = parser.parse_args(arguments)
    if not FOLDER.is_dir():
        print("date_cost: the folder ../shared/corpora is missing; nothing was read", file=sys.stderr)
        return 2
    print(*format_costs(measure_corpora(options.corpora or ALL, options.every)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
