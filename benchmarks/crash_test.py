"""Crawls that are killed, and must end with the records of a crawl that was not: `make crash-test KILLS=50 PAGES=2000`.

Each run begins with an empty data folder, is struck once or several times (`kill -9`, SIGTERM, SIGTERM twice) while it
starts, fetches, seals, publishes or renames its feed, and is then started again until it ends. What must hold stands in
`Tally`. A line a run; the last line is the sum. A run is repeated by its seed and number: `--seed 7 --only 12`; the
moments follow the program's progress, so that they are close to the same, not the same.

A long file, as the blows, the watch for their moments and the comparison are one experiment.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from typing import Any

from benchmarks.crash_site import ROOT, Asked, RequestLog, Site, SiteProcess, build_site, organization_file

CONCURRENT = 16  # CONCURRENT_REQUESTS of each crawl: what may be in flight when it is struck
SLUG = "crash"
SECONDS_FOR_WORKERS = 5.0  # after which none may be left of a process that was killed
SECONDS_FOR_SIGTERM = 60.0  # in which a process that was asked to end must have ended
SECONDS_OF_REST = 0.95  # that Retry-After: 1 asks for, as seen by the server
_MAY_DIFFER = re.compile(r'"(fetched_at|warc_file|warc_offset)":("(?:[^"\\]|\\.)*"|[^,}]*)')


class Blow(StrEnum):
    """How a run is struck."""

    KILL = "kill -9"
    TERM = "SIGTERM"
    TERM_TWICE = "SIGTERM twice"


class Moment(StrEnum):
    """When a run is struck."""

    START = "start"  # while modules, ledger and archive are opened
    FETCH = "fetch"  # after a random request
    SEAL = "seal"  # when everything was asked for
    PUBLISH = "publish"  # while the feed's part grows
    RENAME = "rename"  # when the part is nearly whole, or just was renamed
    ANY = "any"  # after random seconds


Plan = tuple[tuple[Blow, Moment], ...]
_K, _T, _TT = Blow.KILL, Blow.TERM, Blow.TERM_TWICE
PLANS: tuple[Plan, ...] = (
    ((_K, Moment.FETCH),),
    ((_K, Moment.FETCH), (_K, Moment.FETCH)),
    ((_K, Moment.PUBLISH),),
    ((_K, Moment.RENAME),),
    ((_K, Moment.ANY),),
    ((_T, Moment.FETCH),),
    ((_K, Moment.SEAL),),
    ((_K, Moment.FETCH),),
    ((_K, Moment.FETCH), (_K, Moment.START), (_K, Moment.FETCH)),
    ((_TT, Moment.FETCH),),
    ((_K, Moment.RENAME),),
    ((_K, Moment.ANY),),
    ((_K, Moment.PUBLISH), (_K, Moment.PUBLISH)),
    ((_K, Moment.START),),
    ((_T, Moment.PUBLISH),),
    ((_K, Moment.FETCH), (_K, Moment.RENAME)),
    ((_K, Moment.FETCH),),
    ((_K, Moment.SEAL), (_K, Moment.RENAME)),
    ((_TT, Moment.PUBLISH),),
    ((_K, Moment.ANY), (_K, Moment.ANY)),
)
SHORT_PLANS: tuple[Plan, ...] = (
    ((_K, Moment.FETCH), (_K, Moment.PUBLISH)),
    ((_K, Moment.SEAL), (_K, Moment.RENAME)),
    ((_T, Moment.FETCH), (_TT, Moment.FETCH)),
)


@dataclass(slots=True)
class Tally:
    """What is counted over all runs; everything but runs, kills and what was allowed must be 0."""

    runs: int = 0
    kills: int = 0  # SIGTERMs included
    never_fetched: int = 0
    missing: int = 0
    twice: int = 0
    differing: int = 0
    again: int = 0
    allowed: int = 0
    too_often: int = 0  # runs in which more was fetched again than was in flight
    problems: int = 0

    def add(self, other: "Tally") -> None:
        """Add the tally of a run."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, doubled or changed."""
        faults = self.never_fetched + self.missing + self.twice + self.differing + self.too_often + self.problems
        return faults == 0 and self.again <= self.allowed

    def __str__(self) -> str:
        """Write the last line."""
        text = (
            f"crash-test: {self.runs} runs, {self.kills} kills, {self.never_fetched} pages never fetched, "
            f"{self.missing} records missing, {self.twice} twice, {self.differing} differing, "
            f"{self.again:,} fetched again ({self.allowed:,} allowed)"
        )
        if self.too_often:
            text += f", {self.too_often} runs fetched too much again"
        return f"{text}, {self.problems} other problems" if self.problems else text


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two feeds, record by record."""

    missing: int
    twice: int
    differing: int  # not the same, or not in the other one
    first_difference: str = ""
    in_order: bool = True

    @property
    def is_equal(self) -> bool:
        """Whether they hold the same."""
        return not (self.missing or self.twice or self.differing) and self.in_order


def read_lines(feed: Path) -> list[str]:
    """Read a feed's lines without what may differ between two crawls.

    Raises:
        ValueError: the last line is not whole, or one is not JSON.
    """
    text = feed.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        raise ValueError("its last line is cut")
    lines = text.split("\n")[:-1]
    for line in lines:
        json.loads(line)
    return [_MAY_DIFFER.sub(r'"\1":null', line) for line in lines]


def compare(lines: Sequence[str], reference: Sequence[str]) -> Comparison:
    """Compare what `read_lines` gives of two feeds."""
    urls = [json.loads(line)["url"] for line in lines]
    expected = {json.loads(line)["url"]: line for line in reference}
    counts = Counter(urls)
    ours = dict(zip(urls, lines, strict=True))
    differing = [url for url, line in ours.items() if expected.get(url) != line]
    first = ""
    if differing:
        url = differing[0]
        first = f"{url}: {_name_difference(ours[url], expected[url]) if url in expected else 'not in the reference'}"
    return Comparison(
        missing=len(expected.keys() - ours.keys()),
        twice=sum(count - 1 for count in counts.values()),
        differing=len(differing),
        first_difference=first,
        in_order=urls == sorted(urls),
    )


def _name_difference(line: str, expected: str) -> str:
    ours, theirs = json.loads(line), json.loads(expected)
    for record in (ours, theirs):
        record.update({f"provenance.{name}": value for name, value in record.pop("provenance").items()})
    for name in theirs:
        if ours.get(name) != theirs[name]:
            return f"{name} is {str(ours.get(name))[:200]!r}, was {str(theirs[name])[:200]!r}"
    return "other keys or another order of them"


@dataclass(slots=True)
class Crawl:
    """One collection and the processes that crawl it, one after another."""

    folder: Path
    organizations: Path
    log: RequestLog
    asked: list[Asked] = field(default_factory=list)
    started: int = 0
    sessions: list[int] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    watchers: list[Thread] = field(default_factory=list)

    @property
    def feed(self) -> Path:
        """The name of the feed."""
        return self.folder / "out.jsonl"

    @property
    def part(self) -> Path:
        """What the feed is written to."""
        return self.folder / "out.jsonl.part"

    @property
    def stderr(self) -> Path:
        """Where the last process that was started writes its log."""
        return self.folder / f"stderr-{self.started}.txt"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the command, the same one each time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.started += 1
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
        command = [sys.executable, "-m", "crawler", "crawl", SLUG, "-O", str(self.feed)]
        command += ["-s", f"CONCURRENT_REQUESTS={CONCURRENT}", "-s", "RETRY_DELAY=0.2"]
        with self.stderr.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**kept, **own},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,  # by which its workers are found
            )
        self.sessions.append(process.pid)
        return process

    def look(self) -> None:
        """Read what the server was asked meanwhile."""
        self.asked += self.log.read()

    def watch_for_workers(self, session: int) -> None:
        """Note what is left of a process after five seconds; the next one is started meanwhile."""

        def watch() -> None:
            deadline = time.monotonic() + SECONDS_FOR_WORKERS
            while find_session(session):
                if time.monotonic() > deadline:
                    self.leftovers.append(f"processes left {SECONDS_FOR_WORKERS:g} s after their parent")
                    return
                time.sleep(0.1)

        self.watchers.append(Thread(target=watch))
        self.watchers[-1].start()

    def end(self) -> None:
        """Wait for the last look, and end what is left of this run's own processes."""
        for watcher in self.watchers:
            watcher.join()
        for session in self.sessions:
            for process in find_session(session):
                os.kill(process, signal.SIGKILL)


def find_session(session: int) -> list[int]:
    """Give the living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it ended meanwhile
            continue
        if int(of) == session and state not in "ZX":
            found.append(int(entry.name))
    return found


@dataclass(frozen=True, slots=True)
class Reference:
    """The uninterrupted crawl."""

    lines: Sequence[str]
    bytes: int
    asked: Counter[str]  # by path
    seconds: float
    seconds_to_first_request: float
    seconds_of_fetching: float

    @property
    def time_limit(self) -> float:
        """Seconds after which a process hangs."""
        return 90 + 10 * self.seconds


@dataclass(slots=True)
class Trigger:
    """Tells when the moment of a blow has come for one process."""

    moment: Moment
    rng: random.Random
    crawl: Crawl
    site: Site
    reference: Reference
    began: float = field(default_factory=time.monotonic)
    stale: tuple[int, int] | None = None  # the part that an earlier process left: inode, time
    had_feed: bool = False
    requests: int = 0
    seconds: float = 0.0
    fraction: float = 0.0
    after: bool = False  # strike when the part has its name
    delay: float = 0.0  # seconds from the event to the blow

    def __post_init__(self) -> None:
        self.crawl.look()
        so_far, total = len(self.crawl.asked), self.reference.asked.total()
        self.stale = self.find_part()[0]
        self.had_feed = self.crawl.feed.exists()
        self.requests = so_far + 1 + int(self.rng.random() * max(1, total - so_far - 1))
        self.seconds = self.rng.uniform(0, self.reference.seconds)
        if self.moment is Moment.START:
            self.seconds = self.rng.uniform(0.1, 1.2 * self.reference.seconds_to_first_request)
        self.fraction = self.rng.random()
        self.after = self.rng.random() < 0.5
        longest = {Moment.FETCH: 0.03, Moment.SEAL: 0.8, Moment.PUBLISH: 0.1, Moment.RENAME: 0.03}
        self.delay = self.rng.uniform(0, longest.get(self.moment, 0.0))

    def find_part(self) -> tuple[tuple[int, int] | None, int]:
        """Look at the feed's part: inode and time, and size."""
        try:
            stat = self.crawl.part.stat()
        except FileNotFoundError:
            return None, 0
        return (stat.st_ino, stat.st_mtime_ns), stat.st_size

    def has_come(self) -> bool:
        """Tell whether it is time."""
        age = time.monotonic() - self.began
        match self.moment:
            case Moment.START | Moment.ANY:
                return age >= self.seconds
            case Moment.FETCH:
                self.crawl.look()
                return len(self.crawl.asked) >= self.requests
            case Moment.SEAL:
                self.crawl.look()
                fetched = {asked.path for asked in self.crawl.asked} >= self.site.to_fetch
                return fetched and age >= self.reference.seconds_to_first_request
            case Moment.PUBLISH:
                return self.has_grown_to(self.fraction)
            case Moment.RENAME:
                renamed = self.crawl.feed.exists() and not self.had_feed
                return renamed or (not self.after and self.has_grown_to(0.97))

    def has_grown_to(self, fraction: float) -> bool:
        """Tell whether this process has written so much of its part."""
        identity, size = self.find_part()
        return identity is not None and identity != self.stale and size > 0 and size >= fraction * self.reference.bytes

    def __str__(self) -> str:
        match self.moment:
            case Moment.START | Moment.ANY:
                return f"{self.moment} ({self.seconds:.1f} s)"
            case Moment.FETCH:
                return f"{self.moment} (request {self.requests:,})"
            case Moment.PUBLISH:
                return f"{self.moment} ({self.fraction:.0%})"
            case Moment.RENAME:
                return f"{self.moment} ({'after' if self.after else 'before'})"
            case Moment.SEAL:
                return str(self.moment)


class HangingError(Exception):
    """A process that does not end."""


@dataclass(slots=True)
class Run:
    """One collection from the first start to the last."""

    number: int
    plan: Plan
    rng: random.Random
    crawl: Crawl
    site: Site
    reference: Reference
    tally: Tally = field(default_factory=lambda: Tally(runs=1))
    events: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def execute(self) -> None:
        """Strike as the plan says, let the command end, compare."""
        try:
            if not any(self.strike(blow, moment) for blow, moment in self.plan):
                self.finish()
        except HangingError as error:
            self.problems.append(str(error))
        self.crawl.end()
        self.crawl.look()
        self.problems += self.crawl.leftovers
        self.check_feed()
        self.check_requests()
        self.tally.problems = len(self.problems)

    def strike(self, blow: Blow, moment: Moment) -> bool:
        """Start the command and strike it; True when the crawl is over all the same."""
        process = self.crawl.start()
        trigger = Trigger(moment, self.rng, self.crawl, self.site, self.reference)
        if not self.wait_for(process, trigger):
            self.events.append(f"ended before {blow} in {trigger}")
            self.note_status(process)
            return True
        time.sleep(trigger.delay)
        self.tally.kills += 1
        self.tally.allowed += CONCURRENT
        status = self.deal(process, blow)
        self.events.append(f"{blow} in {trigger}")
        self.crawl.watch_for_workers(process.pid)
        fault = self.find_feed_fault()
        if fault is not None:
            self.problems.append(f"after {blow} in {trigger} the feed {fault}")
        return status == 0 or is_finished(self.crawl.folder / "data")

    def wait_for(self, process: subprocess.Popen[bytes], trigger: Trigger) -> bool:
        """Wait until the moment has come; False when the process ended before."""
        pause = 0.0003 if trigger.moment is Moment.RENAME else 0.003
        while not trigger.has_come():
            if process.poll() is not None:
                return False
            self.check_time(process, trigger.began)
            time.sleep(pause)
        return process.poll() is None

    def check_time(self, process: subprocess.Popen[bytes], began: float) -> None:
        """End a process that hangs."""
        if time.monotonic() - began > self.reference.time_limit:
            process.kill()
            process.wait()
            raise HangingError(f"hangs: not over after {self.reference.time_limit:.0f} s ({self.crawl.stderr})")

    def deal(self, process: subprocess.Popen[bytes], blow: Blow) -> int:
        """Send the signals; the workers are left to end by themselves."""
        if blow is Blow.KILL:
            process.kill()
            return process.wait()
        process.terminate()
        if blow is Blow.TERM_TWICE:
            time.sleep(self.rng.uniform(0, 0.3))
            process.terminate()
        try:
            return process.wait(SECONDS_FOR_SIGTERM)
        except subprocess.TimeoutExpired:
            process.kill()
            self.problems.append(f"{blow} did not end it within {SECONDS_FOR_SIGTERM:g} s ({self.crawl.stderr})")
            return process.wait()

    def finish(self) -> None:
        """Start the command once more and let it end."""
        process = self.crawl.start()
        began = time.monotonic()
        while process.poll() is None:
            self.crawl.look()
            self.check_time(process, began)
            time.sleep(0.05)
        self.note_status(process)

    def note_status(self, process: subprocess.Popen[bytes]) -> None:
        """A run that nobody struck must end well."""
        status = process.wait()
        self.crawl.watch_for_workers(process.pid)
        if status != 0:
            lines = self.crawl.stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            self.problems.append(f"status {status}: {lines[-1] if lines else ''} ({self.crawl.stderr})")

    def find_feed_fault(self) -> str | None:
        """Say what is wrong with a feed that bears its name; None where it is whole or not there."""
        if not self.crawl.feed.exists():
            return None
        try:
            found = compare(read_lines(self.crawl.feed), self.reference.lines)
        except ValueError as error:
            return f"is broken: {error}"
        return None if found.is_equal else f"has its name and is not whole ({found})"

    def check_feed(self) -> None:
        """Compare the last feed with the reference's."""
        if not self.crawl.feed.exists():
            self.tally.missing = len(self.reference.lines)
            self.problems.append("there is no feed")
            return
        try:
            found = compare(read_lines(self.crawl.feed), self.reference.lines)
        except ValueError as error:
            self.tally.missing = len(self.reference.lines)
            self.problems.append(f"the feed is broken: {error}")
            return
        self.tally.missing, self.tally.twice, self.tally.differing = found.missing, found.twice, found.differing
        if found.first_difference:
            self.events.append(f"first difference: {found.first_difference}")
        if not found.in_order:
            self.problems.append("the feed is not in the order of its URLs")

    def check_requests(self) -> None:
        """Count what was never asked for, and what was asked for again."""
        asked = Counter(asked.path for asked in self.crawl.asked)
        self.tally.never_fetched = len(self.site.to_fetch - asked.keys())
        # Each process asks for robots.txt: it is no page.
        self.tally.again = sum(
            max(0, count - self.reference.asked[path]) for path, count in asked.items() if path != "/robots.txt"
        )
        self.tally.too_often = int(self.tally.again > self.tally.allowed)
        self.problems += find_trespasses(self.crawl.asked, self.site)


def find_trespasses(asked: Sequence[Asked], site: Site) -> list[str]:
    """Name what was asked for though robots.txt, the scope or common sense forbid it."""
    host = site.base.removeprefix("http://")
    paths = {one.path for one in asked if one.path not in site.to_fetch or one.host != host}
    return [f"asked for {', '.join(sorted(paths)[:5])}"] if paths else []


def find_haste(asked: Sequence[Asked], site: Site) -> list[str]:
    """Name the paths that were asked for again before the second that Retry-After asks for was over."""
    times: dict[str, list[float]] = {}
    for one in asked:
        if one.path in site.throttled:
            times.setdefault(one.path, []).append(one.at)
    hasty = [path for path, at in times.items() if len(at) > 1 and at[1] - at[0] < SECONDS_OF_REST]
    return [f"{len(hasty)} pages asked for again before Retry-After: {hasty[0]}"] if hasty else []


def is_finished(data: Path) -> bool:
    """Tell whether the ledger says that the run is over: a start now would begin another one."""
    row = ask_ledger(data / SLUG, "select finished_at from run order by id desc limit 1")
    return row is not None and row[0] is not None


def ask_ledger(collection: Path, query: str) -> tuple[Any, ...] | None:
    """Give the first row that a collection's ledger answers with; None without one, or before its tables were made.

    Reads a copy, so that the file is found as the crash left it.
    """
    ledger = collection / "ledger.sqlite3"
    if not ledger.exists():
        return None
    copy = Path(mkdtemp(prefix="crash-ledger-"))
    try:
        for suffix in ("", "-wal"):
            source = ledger.with_name(ledger.name + suffix)
            if source.exists():
                shutil.copy(source, copy)
        database = sqlite3.connect(copy / ledger.name)
        try:
            row: tuple[Any, ...] | None = database.execute(query).fetchone()
        finally:
            database.close()
    except sqlite3.DatabaseError:
        return None
    finally:
        shutil.rmtree(copy)
    return row


def crawl_reference(crawl: Crawl, site: Site) -> tuple[Reference, list[str]]:
    """Crawl without interruption; also gives what is wrong with it when held against what the site knows."""
    began, began_at = time.monotonic(), time.time()
    process = crawl.start()
    try:
        status = process.wait(1200)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SystemExit(f"crash-test: the reference crawl hangs ({crawl.stderr})") from None
    seconds = time.monotonic() - began
    crawl.watch_for_workers(process.pid)
    crawl.look()
    if status != 0 or not crawl.feed.exists():
        print(crawl.stderr.read_text(encoding="utf-8", errors="replace")[-3000:])
        raise SystemExit(f"crash-test: the reference crawl ended with status {status} ({crawl.stderr})")
    lines = read_lines(crawl.feed)
    times = [asked.at for asked in crawl.asked]
    reference = Reference(
        lines,
        crawl.feed.stat().st_size,
        Counter(asked.path for asked in crawl.asked),
        seconds,
        times[0] - began_at,
        times[-1] - times[0],
    )
    records = {record["url"]: record["title"] for record in map(json.loads, lines)}
    expected = site.records
    problems = [
        *(f"{len(urls)} URLs {what}: {', '.join(sorted(urls)[:3])}" for what, urls in (
            ("never fetched", site.to_fetch - reference.asked.keys()),
            ("without their record", expected.keys() - records.keys()),
            ("with a record that is none of theirs", records.keys() - expected.keys()),
            ("with another title", {url for url in records if expected.get(url, records[url]) != records[url]}),
        ) if urls),
        *find_trespasses(crawl.asked, site),
        *find_haste(crawl.asked, site),
    ]  # fmt: skip
    if len(lines) != len(records):
        problems.append(f"{len(lines) - len(records)} records twice")
    crawl.end()
    return reference, problems + crawl.leftovers


def crash_all(given: argparse.Namespace, folder: Path) -> Tally:
    """Crawl the reference, then each run; prints a line each."""
    total = Tally()
    plans = SHORT_PLANS if given.short else PLANS
    organizations = folder / "organizations"
    organizations.mkdir()
    log_path = folder / "requests.log"
    with SiteProcess("--pages", str(given.pages), "--latency", str(given.latency), "--log", log_path) as server:
        (organizations / f"{SLUG}.toml").write_text(organization_file(server.port), encoding="utf-8")
        site = build_site(given.pages, server.port)
        log = RequestLog(log_path)
        server.begin("reference")
        reference, problems = crawl_reference(Crawl(folder / "reference", organizations, log), site)
        print(
            f"reference: {len(reference.lines):,} records, {reference.asked.total():,} requests in "
            f"{reference.seconds:.1f} s ({reference.seconds_of_fetching:.1f} s from the first to the last request): "
            f"{'; '.join(problems) or 'well'}",
            flush=True,
        )
        total.problems += len(problems)
        for number in range(1, given.runs + 1):
            if given.only and number != given.only:
                continue
            seed = f"{given.seed}/{number}"
            server.begin(str(number))
            log.read()
            crawl = Crawl(folder / f"run-{number}", organizations, log)
            plan = plans[(number - 1) % len(plans)]
            run = Run(number, plan, random.Random(seed), crawl, site, reference)
            began = time.monotonic()
            run.execute()
            total.add(run.tally)
            print_run(run, seed, time.monotonic() - began)
            if run.tally.is_well and not given.keep:
                shutil.rmtree(crawl.folder)
        log.close()
    return total


def print_run(run: Run, seed: str, seconds: float) -> None:
    """Print what was done and how it ended."""
    tally = run.tally
    verdict = "well"
    if not tally.is_well:
        verdict = (
            f"FAILED: {tally.never_fetched} never fetched, {tally.missing} missing, {tally.twice} twice, "
            f"{tally.differing} differing{''.join(f'; {problem}' for problem in run.problems)}"
        )
    again = f"{tally.again} fetched again ({tally.allowed} allowed)"
    print(f"run {run.number} (seed {seed}): {', '.join(run.events)}: {seconds:.1f} s, {again}: {verdict}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the test; 1 when anything was lost, doubled or changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, help="crawls that are struck (50)")
    parser.add_argument("--pages", type=int, help="articles on the site (2,000)")
    parser.add_argument("--latency", type=float, default=0.02, help="seconds before each answer")
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="of the blows; random where none is given")
    parser.add_argument("--only", type=int, help="only the run with this number")
    parser.add_argument("--short", action="store_true", help="3 runs over 120 pages")
    parser.add_argument("--keep", action="store_true", help="keep the folders of runs that went well")
    given = parser.parse_args(arguments)
    given.runs = given.runs or (3 if given.short else 50)
    given.pages = given.pages or (120 if given.short else 2000)
    folder = Path(mkdtemp(prefix="crash-test-"))
    print(f"crash-test: seed {given.seed}, {given.pages:,} pages, latency {given.latency * 1000:g} ms, in {folder}")
    total = crash_all(given, folder)
    if total.is_well and not given.keep:
        shutil.rmtree(folder)
    print(total)
    return 0 if total.is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
