"""What a page costs in one process: ours, the other extractors and the bare parse, in turns over the same pages.

Each contestant is a process of its own, which is handed one page at a time and counts its CPU time from the bytes to
the answer, so that neither messages nor reading the file count. The pages are dealt into rounds; in each round every
contestant reads all pages of it, in an order of contestants that is drawn anew, and the ratios are taken within the
round. No page is read twice by a process: what an extractor keeps of a page it has seen helps it as little as in use.
"""

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks.corpora import GoldPage
from benchmarks.fetch_speed import read_peak
from benchmarks.peer_process import PAGE_LIMIT, WORKER, PeerProcess, find_peer_version
from benchmarks.peers import FLOORS
from benchmarks.reading import point_at
from benchmarks.speed_report import lay_out, show_range
from benchmarks.speed_worker import OURS
from crawler.extraction.decisions import Decisions
from crawler.learning import learn_sites
from crawler.model_files import write_models
from crawler.publish import WorkerLimits

TRAFILATURA = "trafilatura"
(PARSE,) = FLOORS
PEERS = (TRAFILATURA, "newspaper4k", "readability-lxml", "resiliparse")
ROUNDS = 6
OWN_WORKER = "benchmarks.speed_worker"


@dataclass(frozen=True, slots=True)
class Costs:
    """What one contestant took for the pages."""

    name: str
    version: str
    rounds: Sequence[Sequence[float]]  # CPU milliseconds of each page
    failed: int  # pages on which it raised
    peak_mb: float  # resident memory of its process at the most

    @property
    def pages(self) -> list[float]:
        """The CPU milliseconds of each page, of all rounds."""
        return [one for each in self.rounds for one in each]

    @property
    def mean(self) -> float:
        """CPU milliseconds a page."""
        return fmean(self.pages)

    @property
    def median(self) -> float:
        """CPU milliseconds of the page in the middle."""
        return median(self.pages)

    def over(self, other: "Costs") -> list[float]:
        """How many times the other's CPU time it took, by round."""
        return [sum(own) / sum(theirs) for own, theirs in zip(self.rounds, other.rounds, strict=True)]


def find_contestants() -> list[str]:
    """Name ours, the floor and those of the others that are installed."""
    return [OURS, *(name for name in PEERS if find_peer_version(name) is not None), PARSE]


def learn_corpus(pages: Sequence[GoldPage], folder: Path) -> None:
    """Learn the sites of pages from all of them, and put the models into a folder."""
    limits = WorkerLimits(workers=os.cpu_count() or 1, seconds=60.0, megabytes=4096)
    learned = asyncio.run(learn_sites(point_at("speed", pages), limits, len(pages), Decisions()))
    write_models(folder, learned.sites)


def measure_pages(
    pages: Sequence[GoldPage],
    names: Sequence[str],
    warm_up: Sequence[GoldPage],
    *,
    models: Path | None = None,
    rounds: int = ROUNDS,
) -> dict[str, Costs]:
    """Let each contestant read the pages.

    Args:
        pages: each is read once by each.
        names: of the contestants.
        warm_up: pages that are read before, and not counted.
        models: a folder with what was learned of the pages' sites, for ours.
        rounds: into which the pages are dealt.
    """
    rng = random.Random(0)
    spent: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    failed = dict.fromkeys(names, 0)
    lost: set[str] = set()  # pages for which a process had to be killed: what they took is not known
    with ExitStack() as stack:
        contestants = {name: stack.enter_context(closing(_Contestant(name, models, warm_up))) for name in names}
        for turn in range(rounds):
            for name in rng.sample(names, len(names)):
                found = {page.file: contestants[name].read(page) for page in pages[turn::rounds]}
                spent[name].append({file: took for file, (took, _) in found.items()})
                failed[name] += sum(error is not None for _, error in found.values())
                lost |= {file for file, (_, error) in found.items() if error in ("timeout", "ended")}
        peaks = {name: one.read_peak() for name, one in contestants.items()}
    return {
        name: Costs(
            name,
            contestants[name].version,
            [[took for file, took in each.items() if file not in lost] for each in spent[name]],
            failed[name],
            peaks[name],
        )
        for name in names
    }


class _Contestant:
    """A process that is started again when a page ended it."""

    def __init__(self, name: str, models: Path | None, warm_up: Sequence[GoldPage]) -> None:
        ours = (OWN_WORKER, *((str(models),) if models is not None else ()))
        self._command = (name, *ours) if name == OURS else (name, WORKER)
        self._warm_up = warm_up
        self._start()

    def _start(self) -> None:
        self._process = PeerProcess(*self._command)
        self.version = self._process.version or ""
        for page in self._warm_up:
            self._process.read(page, PAGE_LIMIT)

    def read(self, page: GoldPage) -> tuple[float, str | None]:
        """Give the CPU milliseconds of a page, and why it failed."""
        found = self._process.read(page, PAGE_LIMIT)
        if found.error in ("timeout", "ended"):
            self._process.close()
            self._start()
        return found.cpu_ms, found.error

    def read_peak(self) -> float:
        """Give the most memory that the process had, in megabytes."""
        return read_peak(self._process.pid)

    def close(self) -> None:
        """End the process."""
        self._process.close()


def describe_costs(costs: Mapping[str, Costs]) -> list[str]:
    """Lay out a table, one row a contestant."""
    floor, peer = costs[PARSE], costs[TRAFILATURA]
    columns = ("", "CPU ms a page, mean", "median", "pages a CPU second", "times the bare parse")
    rows = [
        (
            f"{one.name} {one.version}",
            f"{one.mean:.2f}",
            f"{one.median:.2f}",
            f"{1000 / one.mean:.0f}",
            show_range(one.over(floor), 1),
            show_range(peer.over(one)),
            f"{one.peak_mb:.0f}",
            str(one.failed),
        )
        for one in costs.values()
    ]
    return lay_out((*columns, "times as fast as trafilatura", "peak MB", "failed"), rows)
