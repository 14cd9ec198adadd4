"""How fast pages are read, beside other extractors and the bare parse: `make speed` and `make speed-growth`.

Measures single pages and learned sites in one process, collections on two, learning, and where the time of a page goes,
and writes docs/performance.md; a run replaces the sections that it has measured. Exit status 1, with a line for each,
when a must of `benchmarks/speed_targets.py` is missed; 2 when there is nothing to measure.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpora import FOLDER, load_pages
from benchmarks.speed_costs import Work, measure_costs
from benchmarks.speed_growth import SIZES, measure_growth
from benchmarks.speed_learning import measure_learning
from benchmarks.speed_replay import measure_replays
from benchmarks.speed_report import REPORT, Section, write_report
from benchmarks.speed_targets import find_shortfalls, summarize

# Every n-th page is read, for newspaper4k takes a tenth of a second for one.
WORKS = (
    Work("article-extraction-benchmark", every=1, learned=False),
    Work("wcxb-dev-articles", every=4, learned=False),
    Work("mn-attorney-general", every=3, learned=True),
    Work("openglam", every=1, learned=True),
)
# Pages of the collections: so many that starting a command is a small part of it.
COLLECTIONS = {"mn-attorney-general": 10_000, "openglam": 5_000}
LEARNED = ("mn-attorney-general", 1_000)
PARTS: dict[str, Callable[[Path], list[Section]]] = {
    "pages": lambda folder: measure_costs(folder, {work: load_pages(work.corpus) for work in WORKS}),
    "replay": lambda folder: measure_replays(
        folder, {corpus: (load_pages(corpus), number) for corpus, number in COLLECTIONS.items()}
    ),
    "learning": lambda folder: [measure_learning(folder, LEARNED[0], load_pages(LEARNED[0]), LEARNED[1])],
}


def report(sections: Sequence[Section], path: Path) -> int:
    """Write the page and the last lines; 1 when a must is missed."""
    write_report(sections, f"{datetime.now(UTC):%Y-%m-%d}", path)
    figures = [figure for section in sections for figure in section.figures]
    for shortfall in find_shortfalls(figures):
        print(f"speed: {shortfall}", file=sys.stderr)
    print(summarize(figures))
    return 1 if any(figure.misses for figure in figures) else 0


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a must is missed, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all by default")
    parser.add_argument("--growth", action="store_true", help="measure collections of growing size instead")
    parser.add_argument("--pages", default=",".join(map(str, SIZES)), help="their sizes, divided by commas")
    parser.add_argument("--report", type=Path, default=REPORT, help="the page that is written")
    given = parser.parse_args(arguments)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    if not given.growth and not FOLDER.is_dir():
        print("speed: the folder ../shared/corpora is missing; nothing was measured", file=sys.stderr)
        return 2
    sections: list[Section] = []
    with TemporaryDirectory(prefix="speed-") as folder:
        if given.growth:
            sections.append(measure_growth(Path(folder), [int(size) for size in given.pages.split(",")]))
        else:
            for part in given.parts or PARTS:
                sections += PARTS[part](Path(folder))
    return report(sections, given.report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
