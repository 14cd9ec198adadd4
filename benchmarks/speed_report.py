"""docs/performance.md: put together from sections, of which a run replaces those that it has measured.

The summary keeps the rows of sections that a run did not measure; each row says on which day it was.
"""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

from lxml import etree

from benchmarks import speed_targets as targets
from benchmarks.speed_targets import Figure

REPORT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
PAGES, REPLAY, WORKERS, LEARNING, STAGES, GROWTH = HEADINGS = (
    "One page in one process",
    "A collection on two processes",
    "Two workers and one",
    "Learning a site",
    "Where the time of a page goes",
    "Growth",
)
TARGETS = {  # of each section, in the order of the summary
    REPLAY: (targets.REPLAY,),
    PAGES: (targets.FLOOR, targets.SINGLE),
    WORKERS: (targets.WORKERS,),
    LEARNING: (targets.LEARNING,),
    GROWTH: (targets.MEMORY,),
}
SUMMARY, MACHINE = "What must be reached", "The machine"
LIBRARIES = ("lxml", "selectolax", "trafilatura", "htmldate", "dateparser", "scrapy", "pebble", "pydantic")
_COLUMNS = ("work", "pages", "must", "aim", "measured", "range", "", "day")
_INTRODUCTION = """# Performance

Written by `make speed` and, as far as growth is concerned, by `make speed-growth`; not by hand. The musts are ratios
of two things that were measured in the same run, in turns, on the same pages: how fast the machine is matters little.
Each is the median of the rounds, with the least and the most. The pages are those of the corpora next to the
checkout.
"""
_SUMMARY = "`make speed` ends with status 1 when a must is missed.\n"


@dataclass(frozen=True, slots=True)
class Section:
    """Some measurements: how they were made, and tables."""

    heading: str  # one of HEADINGS
    lines: Sequence[str]
    figures: Sequence[Figure] = field(default_factory=tuple)


def write_report(sections: Sequence[Section], day: str, path: Path = REPORT) -> None:
    """Bring the page up to date."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(assemble(old, sections, day, describe_machine()), encoding="utf-8")


def assemble(old: str, sections: Sequence[Section], day: str, machine: Sequence[str]) -> str:
    """Put the page together.

    Args:
        old: the page so far; empty where there is none.
        sections: what was measured.
        day: on which it was, YYYY-MM-DD.
        machine: on which it was.
    """
    kept = _split(old)
    rows = _find_rows(kept.get(SUMMARY, ""))
    for section in sections:
        replaced = {target.work for target in TARGETS.get(section.heading, ())}
        rows = [row for row in rows if row[0] not in replaced] + [_row(figure, day) for figure in section.figures]
        measured = f"Measured on {day}, on {machine[0]}."
        kept[section.heading] = "\n".join([*section.lines, "", measured])
    kept[MACHINE] = "\n".join(f"- {line}" for line in machine)
    order = [target.work for each in TARGETS.values() for target in each]
    told = sorted((row for row in rows if row[0] in order), key=lambda row: (order.index(row[0]), row[1]))
    kept[SUMMARY] = "\n".join([_SUMMARY, *lay_out(_COLUMNS, told)])
    bodies = ((heading, kept[heading]) for heading in (SUMMARY, MACHINE, *HEADINGS) if heading in kept)
    return "\n".join([_INTRODUCTION, *(f"## {heading}\n\n{body.strip()}\n" for heading, body in bodies)])


def _split(text: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {heading: body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def _find_rows(text: str) -> list[list[str]]:
    """Read the rows of the summary."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


def _row(figure: Figure, day: str) -> list[str]:
    target = figure.target
    return [
        target.work,
        figure.of,
        target.show_limit(target.must),
        target.show_limit(target.aim),
        target.show(figure.middle),
        f"{target.show(min(figure.values))} to {target.show(max(figure.values))}" if len(figure.values) > 1 else "-",
        figure.verdict,
        day,
    ]


def describe_machine() -> list[str]:
    """Describe this machine, the most important first; no name and no path of it."""
    memory = _find("/proc/meminfo", r"^MemTotal:\s+(\d+) kB")
    megabytes = f"{int(memory) / 1024**2:.0f} GB of memory" if memory is not None else "memory unknown"
    processor = _find("/proc/cpuinfo", r"^model name\s*:\s*(.+)$") or platform.machine()
    return [
        f"{os.cpu_count()} × {processor.strip()}, {megabytes}",
        f"{platform.system()} {platform.release()}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}",
        ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    ]


def _find(file: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(file).read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found is not None else None


def lay_out(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table."""
    return [
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def show_range(values: Sequence[float], digits: int = 2) -> str:
    """Give the median, and the least and the most."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
