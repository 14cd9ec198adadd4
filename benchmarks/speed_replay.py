"""Reading a collection again, as commands that are timed from outside: `replay`, and trafilatura in a pool of two.

Whoever writes a feed is measured alike: the whole command from its start to its end, and the rate from the moment its
feed first grew until it last did, over the lines that came in between. CPU time is that of the command and of all its
processes; memory is what /proc says of the main process and of the largest other one.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from statistics import median

from benchmarks.corpora import GoldPage
from benchmarks.crash_test import find_session
from benchmarks.fetch_speed import clean_environment, end_session, read_peak, start_session
from benchmarks.speed_collection import SLUG, Collection, build_from, copy_pages
from benchmarks.speed_report import REPLAY, WORKERS, Section, lay_out, show_range
from benchmarks.speed_targets import REPLAY as AGAINST
from benchmarks.speed_targets import WORKERS as SCALING
from benchmarks.speed_targets import Figure
from benchmarks.speed_workers import measure as measure_workers

ROUNDS = 3
TIMEOUT = 3600.0  # seconds; a command that takes longer hangs
MOST = 0.9  # of the pages; with fewer records it is not the same work
LOOK = 0.02  # seconds between two looks at the feed
LOOK_AT_PROCESSES = 0.5  # seconds; looking at them costs the processor some
_REPLAY_TEXT = """\
A collection of a corpus's pages, its own and copies with another text, so that none is a duplicate, is learned and
sealed by a crawl; then, in turns, `crawl replay` reads it from its archive, and a `multiprocessing.Pool(2)` of
trafilatura's `bare_extraction` with metadata reads the same bodies from one plain file and writes a line of JSON for
each. The must compares whole commands, from their start to their end; the other rate is that of a feed from its first
growth to its last, by the lines that came in between. CPU time is that of all processes of a command. Medians of the
rounds.
"""
_WORKERS_TEXT = """\
Pages a second with two workers, over those with one: of the whole command, while the feed grows, and of the workers
alone (`crawler.publish` without Scrapy, pipelines and feed, after the first tenth of the pages). The main process
shares the two cores with the workers: where it takes a share *m* of a worker's time for a page, two workers are at
most 2 / (1 + *m*) times as fast as one.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A command that is over."""

    pages: int  # of the collection
    lines: int  # of the feed: some pages may be copies of others
    seconds: float  # of the whole command
    rate: float  # pages a second while the feed grew; of the whole command where it came at once
    cpu_seconds: float  # of all processes
    main_cpu_seconds: float  # of the main one, up to half a second before its end
    main_mb: float  # peak resident memory
    worker_mb: float  # that of the largest other process

    @property
    def whole_rate(self) -> float:
        """Pages a second of the whole command."""
        return self.pages / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds a page, of all processes."""
        return 1000 * self.cpu_seconds / self.pages

    @property
    def main_cpu_ms(self) -> float:
        """CPU milliseconds a page, of the main process."""
        return 1000 * self.main_cpu_seconds / self.pages


def crawl(collection: Collection, *settings: str) -> Run:
    """Go on with the run that is begun: learn the site, seal its model, publish."""
    feed = collection.folder / "crawl.jsonl"
    return run(collection, feed, "crawler", "crawl", SLUG, "-O", str(feed), *settings)


def replay(collection: Collection, workers: int, *settings: str) -> Run:
    """Read it again by the sealed models."""
    feed = collection.folder / "replay.jsonl"
    given = ("-a", f"collection={SLUG}", "-O", str(feed), "-s", f"WORKERS={workers}", *settings)
    return run(collection, feed, "crawler", "crawl", "replay", *given)


def pool(collection: Collection) -> Run:
    """Read it with trafilatura."""
    feed = collection.folder / "pool.jsonl"
    return run(collection, feed, "benchmarks.speed_pool", str(collection.folder), str(feed))


def run(collection: Collection, feed: Path, *command: str) -> Run:
    """Run a command that writes a feed, and look on.

    Raises:
        SystemExit: it fails, or is not over in an hour.
    """
    feed.unlink(missing_ok=True)
    log = feed.with_suffix(".log")
    environment = clean_environment(
        BROADSIDE_DATA=collection.data,
        BROADSIDE_ORGANIZATIONS=collection.organizations,
        BROADSIDE_CONTACT="speed@example.org",
    )
    began = time.perf_counter()
    process = start_session(environment, log, *command)
    watch = _Watch(process.pid, feed, began)
    try:
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            now = time.perf_counter()
            if ended:
                break
            if now - began > TIMEOUT:
                raise SystemExit(f"speed: {' '.join(command)}: not over after {TIMEOUT:.0f} s")
            watch.look(now)
            time.sleep(LOOK)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        end_session(process)
    if process.returncode != 0 or not feed.exists():
        print(log.read_text(encoding="utf-8", errors="replace")[-3000:], file=sys.stderr)
        raise SystemExit(f"speed: {' '.join(command)}: status {process.returncode}")
    lines, rate = find_rate(feed, watch.growth)
    if lines < MOST * collection.pages:
        raise SystemExit(f"speed: {' '.join(command)}: {lines} lines of {collection.pages} pages")
    return Run(
        collection.pages,
        lines,
        now - began,
        (rate or lines / (now - began)) * collection.pages / lines,
        usage.ru_utime + usage.ru_stime,
        watch.main_cpu,
        watch.main_mb,
        watch.worker_mb,
    )


class _Watch:
    """What is seen of a command from outside."""

    def __init__(self, main: int, feed: Path, began: float) -> None:
        self.main = main
        self.began = began
        self.parts = (feed.with_name(f"{feed.name}.part"), feed)
        self.growth: list[tuple[float, int]] = []  # when the feed was seen longer than before: the first and the last
        self.looked = began
        self.main_cpu = self.main_mb = self.worker_mb = 0.0

    def look(self, now: float) -> None:
        """Look at the feed, and now and then at the processes."""
        size = next(_sizes(self.parts), 0)
        if size and (not self.growth or size > self.growth[-1][1]):
            self.growth[1:] = [(now, size)]
        if now - self.looked < min(LOOK_AT_PROCESSES, (now - self.began) / 4):  # a short command is looked at in time
            return
        self.looked = now
        for one in find_session(self.main):
            peak = read_peak(one)
            if one == self.main:
                self.main_mb = max(self.main_mb, peak)
                self.main_cpu = max(self.main_cpu, _read_cpu(one))
            else:
                self.worker_mb = max(self.worker_mb, peak)


def find_rate(feed: Path, growth: Sequence[tuple[float, int]]) -> tuple[int, float]:
    """Give the lines of a feed, and how many a second came while it grew.

    Args:
        feed: the file.
        growth: when it was first and last seen longer than before, in seconds, and how long it was then, in bytes.
    """
    at = lines = 0
    until = [0] * len(growth)  # lines up to each of the two
    with feed.open("rb") as file:
        for line in file:
            at += len(line)
            lines += 1
            for place, (_, size) in enumerate(growth):
                until[place] += at <= size
    if len(growth) < 2:
        return lines, 0.0
    return lines, (until[1] - until[0]) / (growth[1][0] - growth[0][0])


def _sizes(paths: Sequence[Path]) -> Iterator[int]:
    for path in paths:
        try:
            yield path.stat().st_size
        except OSError:
            continue


def _read_cpu(process: int) -> float:
    """Read the CPU seconds of a process so far; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- The measurements -------------------------------------------------------------------------------------------------


def measure_replays(
    folder: Path, corpora: Mapping[str, tuple[Sequence[GoldPage], int]], rounds: int = ROUNDS
) -> list[Section]:
    """Measure replays beside trafilatura, and two workers beside one.

    Args:
        folder: for the collections.
        corpora: the pages of each, and how many are made of them.
        rounds: in each of which everything is measured once, in an order that is drawn anew.
    """
    commands: list[Sequence[str]] = []
    scaling: list[Sequence[str]] = []
    against: list[Figure] = []
    scaled: list[Figure] = []
    for corpus, (pages, number) in corpora.items():
        own = folder / corpus
        collection = build_from(own, copy_pages(pages, number))
        crawl(collection)
        measured = _measure(collection, rounds)
        rmtree(own)
        two, one, theirs = measured.two, measured.one, measured.pool
        for name, runs in (("replay, 2 workers", two), ("replay, 1 worker", one), ("trafilatura, pool of 2", theirs)):
            commands.append((f"`{corpus}`", f"{number:,}", name, *_describe(runs)))
            print(f"| {' | '.join(commands[-1])} |", flush=True)
        whole = _ratios(two, theirs, lambda run: run.whole_rate)
        growing = _ratios(two, theirs, lambda run: run.rate)
        against += [Figure(AGAINST, corpus, whole)]
        commands.append(
            (
                f"`{corpus}`",
                f"{number:,}",
                "**times trafilatura**",
                "",
                show_range(whole),
                show_range(growing),
                *[""] * 4,
            )
        )
        levels = (
            ("replay, whole command", _ratios(two, one, lambda run: run.whole_rate)),
            ("replay, while the feed grows", _ratios(two, one, lambda run: run.rate)),
            ("workers alone", measured.workers),
        )
        scaling += [(f"`{corpus}`", name, show_range(values)) for name, values in levels]
        scaled += [Figure(SCALING, f"{corpus}, {name}", values) for name, values in levels[1:]]
        print(*(f"| {' | '.join(row)} |" for row in (commands[-1], *scaling[-len(levels) :])), "", sep="\n", flush=True)
    columns = ("collection", "pages", "command", "seconds", "pages/s, whole command", "pages/s while the feed grows")
    more = ("CPU ms a page", "of the main process", "main process, peak MB", "worker, peak MB")
    return [
        Section(REPLAY, [_REPLAY_TEXT, *lay_out((*columns, *more), commands)], against),
        Section(WORKERS, [_WORKERS_TEXT, *lay_out(("collection", "level", "two over one"), scaling)], scaled),
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of a collection, by round."""

    two: list[Run] = field(default_factory=list)
    one: list[Run] = field(default_factory=list)
    pool: list[Run] = field(default_factory=list)
    alone: dict[int, list[float]] = field(default_factory=lambda: {1: [], 2: []})  # pages a second, by workers

    @property
    def workers(self) -> list[float]:
        """Two workers alone over one."""
        return [two / one for two, one in zip(self.alone[2], self.alone[1], strict=True)]


def _measure(collection: Collection, rounds: int) -> _Measured:
    measured = _Measured()
    turns: list[Callable[[], None]] = [
        lambda: measured.two.append(replay(collection, 2)),
        lambda: measured.one.append(replay(collection, 1)),
        lambda: measured.pool.append(pool(collection)),
        lambda: measured.alone[1].append(measure_workers(collection, 1)),
        lambda: measured.alone[2].append(measure_workers(collection, 2)),
    ]
    rng = random.Random(0)
    for _ in range(rounds):
        for turn in rng.sample(turns, len(turns)):
            turn()
    return measured


def _describe(runs: Sequence[Run]) -> list[str]:
    middle = {
        name: median(getattr(run, name) for run in runs)
        for name in ("seconds", "whole_rate", "rate", "cpu_ms", "main_cpu_ms", "main_mb", "worker_mb")
    }
    digits = {"seconds": 1, "cpu_ms": 2, "main_cpu_ms": 2}
    return [f"{value:.{digits.get(name, 0)}f}" for name, value in middle.items()]


def _ratios(ours: Sequence[Run], theirs: Sequence[Run], figure: Callable[[Run], float]) -> list[float]:
    """Give how many times theirs ours is, by round."""
    return [figure(one) / figure(other) for one, other in zip(ours, theirs, strict=True)]
