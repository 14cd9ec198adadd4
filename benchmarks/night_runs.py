"""Runs the program night after night on one collection, as a person's cron would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.crash_site import ROOT

TIME_LIMIT = 300.0  # seconds after which a process hangs
SHOWN = 12  # differences of a night that are printed


@dataclass(slots=True)
class Collection:
    """A data folder, its feeds, and the command that is run every night."""

    folder: Path
    organizations: Path
    slug: str  # of the organization, and the collection's name
    stderr: Path = Path()  # where the last process that was started writes its log
    started: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)

    @property
    def whole(self) -> Path:
        """What `-O` names."""
        return self.folder / "all.jsonl"

    @property
    def changes(self) -> Path:
        """What `-o` names."""
        return self.folder / "changes.jsonl"

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a command of the program, in a group of its own."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("BROADSIDE_", "SCRAPY_")) and name.lower() not in ("http_proxy", "https_proxy")
        }
        own = {
            "BROADSIDE_DATA": str(self.folder / "data"),
            "BROADSIDE_ORGANIZATIONS": str(self.organizations),
            "COLUMNS": "200",
        }
        self.started += 1
        self.stderr = self.folder / f"stderr-{self.started:02}-{arguments[0]}.txt"
        with self.stderr.open("wb") as stderr:
            return subprocess.Popen(
                [sys.executable, "-m", "crawler", *map(str, arguments)],
                cwd=ROOT,
                env={**kept, **own},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )

    def crawl(self, started_at: str, command: str = "crawl", **settings: str | int) -> subprocess.Popen[bytes]:
        """Start the crawl of a night, the same command each time but for its clock.

        Args:
            started_at: the clock: ISO 8601, UTC.
            command: another one that publishes.
            settings: what else is set.
        """
        feeds = {
            str(self.whole): {"format": "jsonlines", "overwrite": True},
            str(self.changes): {"format": "jsonlines", "overwrite": False},
        }
        values = {
            "STARTED_AT": started_at,
            "FEEDS": json.dumps(feeds),  # -O and -o in one command
            "RETRY_TIMES": 1,
            "RETRY_DELAY": 0.1,
            "DOWNLOAD_DELAY": 0,
            **settings,
        }
        options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
        return self.start(command, self.slug, *options)

    def finish(self, process: subprocess.Popen[bytes], accepted: Iterable[int] = (0,)) -> list[str]:
        """Wait for a process, and say what is wrong with how it ended."""
        try:
            status = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return [f"hangs: not over after {TIME_LIMIT:g} s ({self.stderr})"]
        if status in accepted:
            return []
        lines = self.stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return [f"status {status}: {lines[-1] if lines else ''}"]

    def run(self, *arguments: str | Path) -> list[str]:
        """Run a command of the program to its end, and say what went wrong."""
        problems = self.finish(self.start(*arguments))
        return [f"{' '.join(map(str, arguments))}: {problem}" for problem in problems]


def print_problems(problems: Sequence[str]) -> None:
    """Print the first differences; one that many pages share is printed once."""
    shared: dict[str, list[str]] = {}
    for problem in problems:
        page, _, what = problem.rpartition(": ") if problem.startswith("http") else ("", "", problem)
        shared.setdefault(what, []).append(page)
    for what, pages in list(shared.items())[:SHOWN]:
        print(f"  {f'{pages[0]}: ' if pages[0] else ''}{what}{f' (and {len(pages) - 1} more)' if pages[1:] else ''}")
    if len(shared) > SHOWN:
        print(f"  … and {len(shared) - SHOWN} other differences")
    sys.stdout.flush()
