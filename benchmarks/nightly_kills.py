"""The blows of the nightly experiment: `kill -9` of a crawl at a random moment of fetching, publishing or renaming."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.crash_test import ask_ledger, read_lines
from benchmarks.nightly_site import NightlyServer

CONCURRENT = 16  # CONCURRENT_REQUESTS of each crawl
LONGEST_DELAY = 0.03  # seconds from the event to the blow
TIME_LIMIT = 300.0  # seconds after which a process hangs


class Moment(StrEnum):
    """When a crawl is killed."""

    FETCH = "fetching"  # after a random request
    PUBLISH = "publishing"  # while the feed's part grows
    RENAME = "renaming"  # when the part is nearly whole, or just got its name


@dataclass(frozen=True, slots=True)
class Usual:
    """The same night's crawl that nobody killed."""

    requests: int
    bytes: int  # of the whole corpus
    seconds: float


def find_file(path: Path) -> tuple[int, int] | None:
    """Tell which file bears a name: inode and time."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


@dataclass(slots=True)
class Blows:
    """The blows of one night against one collection."""

    collection: Path  # its folder
    whole: Path  # the feed of the whole corpus
    server: NightlyServer
    usual: Usual
    rng: random.Random
    kills: int = 0
    events: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    file_before: tuple[int, int] | None = None
    finished_before: int = 0

    def __post_init__(self) -> None:
        self.file_before = find_file(self.whole)
        self.finished_before = count_finished(self.collection)

    def strike(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for a random moment and kill the crawl with its workers; True when the night's run is over by then."""
        moment = self.rng.choice(list(Moment))
        fraction, delay, is_late = self.rng.random(), self.rng.uniform(0, LONGEST_DELAY), self.rng.random() < 0.5
        began = time.monotonic()
        stale = find_file(self.part)
        pause = 0.0005 if moment is Moment.RENAME else 0.004
        while not self.has_come(moment, fraction, began, stale, is_late=is_late):
            if process.poll() is not None:
                self.events.append(f"ended before {moment}")
                return True
            if time.monotonic() - began > TIME_LIMIT:
                self.problems.append(f"hangs in {moment}")
                break
            time.sleep(pause)
        time.sleep(delay)
        if process.poll() is None:
            self.kills += 1
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.events.append(f"killed {moment} ({fraction:.0%})")
        return count_finished(self.collection) > self.finished_before

    @property
    def part(self) -> Path:
        """What the feed is written to."""
        return self.whole.with_name(f"{self.whole.name}.part")

    def has_come(
        self, moment: Moment, fraction: float, began: float, stale: tuple[int, int] | None, *, is_late: bool
    ) -> bool:
        """Tell whether it is time.

        Args:
            moment: what is waited for.
            fraction: how far into it.
            began: when the process was started (`time.monotonic`).
            stale: the part that an earlier process left.
            is_late: wait for the new name rather than for the last bytes.
        """
        if moment is Moment.FETCH:
            if self.usual.requests == 0:  # the server is down
                return time.monotonic() - began >= fraction * self.usual.seconds
            return len(self.server.asked()) >= 1 + int(fraction * self.usual.requests)
        if moment is Moment.RENAME:
            has_name = find_file(self.whole) != self.file_before
            return has_name or (not is_late and self.has_grown_to(0.97, stale))
        return self.has_grown_to(fraction, stale)

    def has_grown_to(self, fraction: float, stale: tuple[int, int] | None) -> bool:
        """Tell whether this process has written so much of its part."""
        try:
            size = self.part.stat().st_size
        except FileNotFoundError:
            return False
        return find_file(self.part) != stale and size > 0 and size >= fraction * self.usual.bytes


def count_finished(collection: Path) -> int:
    """Count the runs that a collection's ledger says are over.

    After a kill it tells whether the night's run is: a start would begin another one then.
    """
    row = ask_ledger(collection, "select count(*) from run where finished_at is not null")
    return 0 if row is None else int(row[0])


def read_same(path: Path, varying: Collection[str]) -> list[dict[str, Any]]:
    """Read the records of a file, without what may differ between two crawls of the same night.

    Args:
        path: JSON lines.
        varying: URLs that never answer with the same bytes twice, so that the digests of their answers differ.

    Raises:
        ValueError: the last line is not whole, or one is not JSON.
    """
    records = [json.loads(line) for line in read_lines(path)]
    for record in records:
        if record["url"] in varying:
            record["provenance"]["payload_digest"] = None
    return records
