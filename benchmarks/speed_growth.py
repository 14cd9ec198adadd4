"""Whether time and memory a page stay as they are when a collection grows: `make speed-growth PAGES=1000,100000`.

For each size a collection of that many pages of a site that does not exist (`benchmarks.speed_site`) is made, learned
and published by a crawl, and read again by a replay.
"""

from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from benchmarks.speed_collection import build
from benchmarks.speed_replay import Run, crawl, replay
from benchmarks.speed_report import GROWTH, Section, lay_out
from benchmarks.speed_site import make_page, name_page
from benchmarks.speed_targets import MEMORY, Figure

SIZES = (1_000, 10_000, 100_000)
_TEXT = """\
`make speed-growth` makes collections of pages of a site that does not exist, some 14 kilobytes each, without a
network. A crawl learns the site and publishes; then a replay with two workers reads all pages again. The rate is
taken while the feed grows; CPU time is that of all processes of a command; memory is the resident memory at its peak
(VmHWM), of the main process and of the larger worker. The must compares the main process of the replays.
"""


def measure_growth(folder: Path, sizes: Sequence[int]) -> Section:
    """Measure each size, and compare the largest with the smallest."""
    rows: list[list[str]] = []
    replays: list[Run] = []
    for size in sizes:
        numbers = {name_page(number): number for number in range(size)}
        own = folder / str(size)
        collection = build(own, list(numbers), lambda url, numbers=numbers: make_page(numbers[url]), in_one_file=False)  # type: ignore[misc]
        published, read = crawl(collection), replay(collection, 2)
        rmtree(own)
        replays.append(read)
        for name, one in (("crawl", published), ("replay", read)):
            rows.append(_row(name, one))
            print(f"growth: {' | '.join(rows[-1])}", flush=True)
    columns = ("pages", "command", "seconds", "pages/s while the feed grows", "CPU ms a page", "of the main process")
    lines = [_TEXT, *lay_out((*columns, "main process, peak MB", "worker, peak MB"), rows)]
    figures = []
    if len(sizes) > 1:
        few, many = (min(replays, key=lambda one: one.pages), max(replays, key=lambda one: one.pages))
        figures.append(Figure(MEMORY, f"{many.pages:,} over {few.pages:,}", [many.main_mb - few.main_mb]))
    return Section(GROWTH, lines, figures)


def _row(name: str, run: Run) -> list[str]:
    return [
        f"{run.pages:,}",
        name,
        f"{run.seconds:.1f}",
        f"{run.rate:.0f}",
        f"{run.cpu_ms:.2f}",
        f"{run.main_cpu_ms:.2f}",
        f"{run.main_mb:.0f}",
        f"{run.worker_mb:.0f}",
    ]
