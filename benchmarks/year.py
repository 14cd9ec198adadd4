"""The same command every night for a year, on the sample organization's site: `make year`.

Pages appear, change and vanish, the footer's year changes in January, the site is redesigned in June, its server is
down for three days, its robots.txt is out of order for a night, and a disk is full once. After every night the corpus
and the changes must be exactly those that `year_expected.py` computes from the script and the server's log, and the
run's verdict must be what it has to be. A line for each night with a change or a problem; the last line is the sum; 1
when a record was lost, a change was false, the redesign was not called on its first night or anything else was, or more
than two nights were warned of for nothing.
"""

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from benchmarks.night_records import compare_bytes, find_differences, forget_near_duplicates, last_of_each, read_records
from benchmarks.night_runs import Collection, print_problems
from benchmarks.night_server import NightServer
from benchmarks.year_calendar import CALENDARS, Calendar
from benchmarks.year_expected import (
    Expectations,
    Judgement,
    Verdict,
    count_false,
    count_lost,
    judge_verdict,
    parse_summary,
    strip_contacts,
)
from benchmarks.year_site import SLUG, Night, build_night, make_server, organization_file

FALSE_WARNINGS = 2  # so many are allowed in a year
HELD_NIGHTS = 5  # after so many a person looks, and accepts
FULL_DISK = "/dev/full"  # on it every write fails


@dataclass(slots=True)
class Tally:
    """The sum of all nights."""

    nights: int = 0
    requests: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    false_changes: int = 0
    others: int = 0  # differences that are neither
    called_after: int | None = None  # nights of the redesign until it was called: 1 is the first
    has_redesign: bool = True  # whether it was among the nights
    false_calls: int = 0
    false_warnings: int = 0
    unknown: int = 0  # nights without a verdict
    held: int = 0

    @property
    def is_well(self) -> bool:
        """Whether all bounds are kept."""
        is_called = self.called_after == 1 or not self.has_redesign
        bad = self.lost + self.false_changes + self.others + self.false_calls + self.unknown
        return is_called and bad == 0 and self.false_warnings <= FALSE_WARNINGS

    def __str__(self) -> str:
        """Write the last line."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        called = "not called" if self.called_after is None else f"called on night {self.called_after} of it"
        parts = [
            f"{self.nights} nights",
            f"{self.requests:,} requests",
            f"changes: {kinds}",
            f"{self.lost} records lost",
            f"{self.false_changes} false changes",
            f"{self.others} other differences",
            f"redesign {called}" if self.has_redesign else "no redesign",
            f"{self.held} nights held",
            f"{self.false_calls} other calls",
            f"{self.false_warnings} false warnings ({FALSE_WARNINGS} allowed)",
        ]
        if self.unknown:
            parts.append(f"{self.unknown} nights without a verdict")
        return f"year: {', '.join(parts)}: {'ok' if self.is_well else 'FAILED'}"


@dataclass(slots=True)
class Experiment:
    """The collection, night after night."""

    calendar: Calendar
    nights: int
    seed: int
    folder: Path
    server: NightServer
    collection: Collection
    expectations: Expectations = field(default_factory=Expectations)
    tally: Tally = field(default_factory=Tally)
    seen_lines: int = 0  # of the changes, before the night
    held: int = 0  # nights since the last run that was not held
    summaries: dict[Path, int] = field(default_factory=dict)  # the times of those that were read
    known: set[str] = field(default_factory=set)  # the problems of the night before

    def pass_night(self, number: int) -> None:
        """Let the site change, crawl it, compare."""
        night = build_night(self.calendar, self.seed, number, self.server.port)
        self.server.begin(number, is_up=number not in self.calendar.down)
        before = self.collection.whole.read_bytes() if self.collection.whole.exists() else b""
        began = time.monotonic()
        problems, verdict = self.crawl(number)
        seconds = time.monotonic() - began
        judgement = judge_verdict(self.calendar, number, verdict, was_held=self.held > 0)
        problems += judgement.problems
        asked = self.server.asked()
        log = "".join(f"{one.status} {one.path}\n" for one in asked)
        (self.folder / f"requests-{number:03}.txt").write_text(log, encoding="utf-8")
        counts_later = verdict.is_held or number in self.calendar.full
        is_resumed = number - 1 in self.calendar.full
        self.expectations.advance(night, asked, is_held=counts_later, is_resumed=is_resumed)
        if counts_later and self.collection.whole.read_bytes() != before:
            problems.append(f"{self.collection.whole.name} is not as it was")
        self.tally.others += len(problems)
        problems += self.check(night)
        self.note(number, len(asked), verdict, judgement)
        if judgement.is_false_warning or judgement.is_false_call:
            problems.append(f"warned for nothing, status {verdict.status}: {verdict.reason or self.last_line()}")
        self.report(night, len(asked), verdict, problems, seconds)
        if self.held >= HELD_NIGHTS or (self.held > 0 and number == self.nights - 1):
            self.accept(night)

    def crawl(self, number: int) -> tuple[list[str], Verdict]:
        """Run the night's command; say what is wrong with how it ended, and what it says of itself."""
        part = self.collection.whole.with_name(f"{self.collection.whole.name}.part")
        is_full = number in self.calendar.full
        if is_full:
            part.symlink_to(FULL_DISK)
        process = self.collection.crawl(f"{self.calendar.find_start(number):%Y-%m-%dT%H:%M:%SZ}", WORKERS=1)
        problems = self.collection.finish(process, accepted=(0, 1, 3))
        if is_full:
            part.unlink(missing_ok=True)
        return problems, parse_summary(process.returncode, self.read_summary())

    def check(self, night: Night) -> list[str]:
        """Hold the corpus and the changes against what they must be, and count what differs."""
        whole = strip_contacts(read_records(self.collection.whole), night.documents, night.base)
        lines = read_records(self.collection.changes)
        added = strip_contacts(last_of_each(lines[self.seen_lines :]), night.documents, night.base)
        self.seen_lines = len(lines)
        current, changes = self.expectations.current.values(), self.expectations.changes.values()
        problems = find_differences(current, whole, night.base)
        problems += [f"changes: {problem}" for problem in find_differences(changes, added, night.base)]
        lost, false = count_lost(current, whole, night.base), count_false(changes, added, night.base)
        self.tally.lost += lost
        self.tally.false_changes += false
        self.tally.others += max(0, len(problems) - lost - false)
        return problems

    def note(self, number: int, requests: int, verdict: Verdict, judgement: Judgement) -> None:
        """Count what the run did and said; after some nights a person accepts what is held."""
        self.tally.nights += 1
        self.tally.requests += requests
        self.tally.kinds += self.expectations.kinds
        self.tally.unknown += verdict.verdict is None
        self.tally.false_warnings += judgement.is_false_warning
        self.tally.false_calls += judgement.is_false_call
        if judgement.is_call and self.tally.called_after is None:
            self.tally.called_after = number - self.calendar.redesign + 1
        self.held = self.held + 1 if verdict.is_held else 0
        self.tally.held += verdict.is_held

    def accept(self, night: Night) -> None:
        """Let a person accept what is held, in the morning, and compare."""
        start = self.calendar.find_start(night.number) + timedelta(hours=6)
        process = self.collection.crawl(f"{start:%Y-%m-%dT%H:%M:%SZ}", "accept", WORKERS=1)
        problems = self.collection.finish(process)
        self.read_summary()
        self.tally.others += len(problems)
        self.expectations.release()
        self.tally.kinds += self.expectations.kinds
        problems += self.check(night)
        self.held = 0
        print(f"accepted: {f'{len(problems)} DIFFERENCES' if problems else 'ok'}")
        print_problems(problems)

    def read_summary(self) -> Any:
        """Read the summary of the last run, once; None where there is none."""
        folder = self.collection.folder / "data" / SLUG / "runs"
        written = {path: path.stat().st_mtime_ns for path in folder.glob("*.json")}
        new = [path for path, time in written.items() if self.summaries.get(path) != time]
        self.summaries = written
        return json.loads(new[-1].read_text(encoding="utf-8")) if new else None

    def last_line(self) -> str:
        """Give what the last process wrote last."""
        lines = self.collection.stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def report(self, night: Night, requests: int, verdict: Verdict, problems: Sequence[str], seconds: float) -> None:
        """Print the line of a night, unless nothing happened in it."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.expectations.kinds.items()))
        new = [problem for problem in problems if problem not in self.known]
        self.known = set(problems)
        if not (kinds or new or verdict.verdict not in (None, "ok")):
            return
        said = f"{verdict.verdict or 'no verdict'}{', held' if verdict.is_held else ''}"
        print(
            f"night {night.number:3} {self.calendar.find_day(night.number)}: {requests} requests, "
            f"{len(self.expectations.current)} records, {kinds or 'no change'}; {said}: "
            f"{f'{len(problems)} DIFFERENCES, {len(new)} of them new' if problems else 'ok'} ({seconds:.1f} s)"
        )
        print_problems(new)

    def finish(self, night: Night) -> None:
        """Hold the archive and the exports against what the nights gave."""
        for name, problems in (
            ("replay", self.check_corpus("replay.jsonl", "crawl", "replay", "-a", f"collection={SLUG}", "-O")),
            ("export", self.check_corpus("export.jsonl", "export", SLUG, "-o")),
            ("history", self.check_history(night)),
        ):
            print(f"{name}: {f'{len(problems)} DIFFERENCES' if problems else 'ok'}")
            print_problems(problems)
            self.tally.others += len(problems)

    def check_corpus(self, name: str, *command: str) -> list[str]:
        """A command must give the last night's corpus, byte by byte, but for near-duplicates."""
        path = self.collection.folder / name
        problems = self.collection.run(*command, path)
        if problems:
            return problems
        forget_near_duplicates(path)
        return compare_bytes(path, self.collection.whole)

    def check_history(self, night: Night) -> list[str]:
        """The history must be what the nights gave."""
        path = self.collection.folder / "history.jsonl"
        problems = self.collection.run("export", SLUG, "--history", "-o", path)
        if problems:
            return problems
        records = strip_contacts(read_records(path), night.documents, night.base)
        return find_differences(self.expectations.history, records, night.base, is_history=True)


def run_all(given: argparse.Namespace, nights: int, folder: Path) -> Tally:
    """Run the experiment in a folder of its own."""
    calendar = CALENDARS[given.calendar]
    organizations = folder / "organizations"
    organizations.mkdir()
    with make_server(given.calendar, given.seed, given.port) as server:
        (organizations / f"{SLUG}.toml").write_text(organization_file(server.port), encoding="utf-8")
        collection = Collection(folder / "crawl", organizations, SLUG)
        experiment = Experiment(calendar, nights, given.seed, folder, server, collection)
        experiment.tally.has_redesign = nights > calendar.redesign
        for number in range(nights):
            experiment.pass_night(number)
        experiment.finish(build_night(calendar, given.seed, nights - 1, server.port))
    return experiment.tally


def main(arguments: Sequence[str]) -> int:
    """Run the experiment; 1 when a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calendar", choices=sorted(CALENDARS), default="year", help="short: each thing once")
    parser.add_argument("--nights", type=int, help="only the first ones")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other documents")
    parser.add_argument("--port", type=int, default=0, help="the site's, to play a run again; default: a free one")
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all went well")
    given = parser.parse_args(arguments)
    calendar = CALENDARS[given.calendar]
    nights = min(given.nights or calendar.nights, calendar.nights)
    folder = Path(mkdtemp(prefix="year-"))
    print(f"year: {nights} nights from {calendar.first} on, seed {given.seed}, in {folder}", flush=True)
    tally = run_all(given, nights, folder)
    if tally.is_well and not given.keep:
        shutil.rmtree(folder)
    print(tally)
    return 0 if tally.is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
