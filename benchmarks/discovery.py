"""A crawl of a site on which pages are found in many ways and lost in many traps: `make discovery`.

A crawl with an organization file that says little must find each article of `discovery_site.py`, ask for little more
than the pages that lead to them, make no record of a trap, end by itself, and account for each URL it was shown. A
second site is one long listing, which must be walked to its end, each record dated rightly. `discovery_judge.py` judges
by the server's log, the ledger and the records. 1 when anything that must hold does not.
"""

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.crash_site import SiteProcess
from benchmarks.discovery_articles import WAYS, count_articles
from benchmarks.discovery_judge import Asked, Row, Verdict, judge
from benchmarks.discovery_site import Site, organization_file
from benchmarks.discovery_traps import TRAPS
from benchmarks.night_records import read_records
from benchmarks.night_runs import Collection

SLUG = "discovery"
MOST = 1.15  # requests over the needed ones
RUNAWAY = 4  # times the needed requests: no crawl that comes so far ends well


@dataclass(frozen=True, slots=True)
class Experiment:
    """A site and the crawl of it."""

    pages: int
    seed: int
    traps: Sequence[str]
    is_bulk: bool = False

    def run(self, folder: Path, time_limit: float) -> tuple[Verdict, float]:
        """Crawl the site and judge; also give the seconds that the crawl took.

        Args:
            folder: empty, for all files.
            time_limit: seconds after which the crawl is killed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "requests.txt"
        arguments = ["--pages", str(self.pages), "--seed", str(self.seed), "--log", str(log), "--traps", *self.traps]
        arguments += ["--bulk"] if self.is_bulk else []
        organizations = folder / "organizations"
        organizations.mkdir()
        collection = Collection(folder / "crawl", organizations, SLUG)
        with SiteProcess(*arguments, module="benchmarks.discovery_site") as server:
            site = Site(self.pages, server.port, self.seed, self.traps, is_bulk=self.is_bulk)
            (organizations / f"{SLUG}.toml").write_text(organization_file(site), encoding="utf-8")
            began = time.monotonic()
            process = collection.start("crawl", SLUG, "-O", collection.whole, "-s", "RETRY_DELAY=0.1")
            try:
                problems = watch(process, log, time_limit, RUNAWAY * len(site.needed))
            finally:
                kill(process)
            seconds = time.monotonic() - began
        if problems == ["status"]:
            lines = collection.stderr.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            problems = [f"the crawl ended with status {process.returncode}: {lines[-1] if lines else ''}"]
        rows = read_ledger(collection.folder / "data" / SLUG / "ledger.sqlite3")
        verdict = judge(site, read_log(log), rows, read_records(collection.whole))
        verdict.problems += problems
        return verdict, seconds


def watch(process: "subprocess.Popen[bytes]", log: Path, time_limit: float, most: int) -> list[str]:
    """Wait for a crawl, kill it when it does not end, and say what is wrong with how it ended.

    Args:
        process: the crawl, in a session of its own.
        log: the server's.
        time_limit: in seconds.
        most: requests after which it is held to have no end.
    """
    deadline = time.monotonic() + time_limit
    asked, size = 0, 0
    while True:
        try:
            status = process.wait(0.2)
        except subprocess.TimeoutExpired:
            pass
        else:
            return [] if status == 0 else ["status"]
        with log.open("rb") as file:
            file.seek(size)
            new = file.read()
        asked, size = asked + new.count(b"\n"), size + len(new)
        problem = ""
        if time.monotonic() > deadline:
            problem = f"the crawl was not over after {time_limit:g} s"
        elif asked > most:
            problem = f"the crawl was not over after {asked:,} requests, {RUNAWAY} × the needed ones"
        if problem:
            kill(process)
            return [f"{problem}, and was killed"]


def kill(process: "subprocess.Popen[bytes]") -> None:
    """End a crawl that did not end, with its workers: it is a session of its own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def read_log(path: Path) -> list[Asked]:
    """Read the server's log."""
    rows = (line.split(" ", 2) for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line)
    return [Asked(int(count), int(status), target) for count, status, target in rows]


def read_ledger(path: Path) -> list[Row]:
    """Read the visits of the ledger's only run; without a ledger there are none."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("select url, state, reason from visit join url on url.id = visit.url_id").fetchall()
    return [Row(*row) for row in rows]


def report(name: str, verdict: Verdict, seconds: float, failures: Iterable[str]) -> None:
    """Print what came out."""
    rate = verdict.requests.total() / seconds
    print(f"{name}: {verdict.requests.total():,} requests in {seconds:.0f} s ({rate:.0f}/s)")
    for line in verdict.table():
        print(line)
    for failure in failures:
        print(f"MUST NOT: {failure}")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Run the experiments; 1 when anything that must hold does not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000, help="articles, at least 100; 0: not this experiment")
    parser.add_argument("--listing", type=int, default=0, metavar="N", help="items of the long listing; 0: none")
    parser.add_argument("--seed", type=int, default=1, help="of the sites")
    parser.add_argument("--without", nargs="+", default=[], choices=TRAPS, metavar="TRAP", help=", ".join(TRAPS))
    parser.add_argument("--only-trap", nargs="*", choices=TRAPS, metavar="TRAP", help="set these only; may be none")
    parser.add_argument("--most", type=float, default=MOST, help="× the needed requests, and it is too much")
    parser.add_argument("--time-limit", type=float, default=1800.0, metavar="SECONDS", help="of each crawl")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="put all files there, and leave them")
    given = parser.parse_args(arguments)
    try:
        if given.pages:
            count_articles(given.pages, WAYS)
    except ValueError as error:
        parser.error(str(error))
    if given.keep is not None and given.keep.exists() and any(given.keep.iterdir()):
        parser.error(f"{given.keep} is not empty")
    chosen = TRAPS if given.only_trap is None else given.only_trap
    traps = [trap for trap in TRAPS if trap in chosen and trap not in given.without]
    folder = given.keep or Path(mkdtemp(prefix="discovery-"))
    well = True
    last_lines = []
    try:
        for name, experiment in (
            ("discovery", Experiment(given.pages, given.seed, traps)),
            ("listing", Experiment(given.listing, given.seed, [], is_bulk=True)),
        ):
            if not experiment.pages:
                continue
            verdict, seconds = experiment.run(folder / name, given.time_limit)
            failures = verdict.failures(given.most, need_dates=experiment.is_bulk)
            report(name, verdict, seconds, failures)
            well = well and not failures
            dates = f", {len(verdict.wrong_dates)} wrong dates" if experiment.is_bulk else ""
            last_lines.append(
                f"{name}: recall {cut(verdict.recall)}, {verdict.ratio:.2f} × the needed fetches, "
                f"{len(verdict.unaccounted)} URLs unaccounted{dates}"
            )
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    for line in reversed(last_lines):
        print(line)
    return 0 if well else 1


def cut(share: float) -> str:
    """Write a share with three digits, never rounded up: 1.000 is all."""
    return f"{int(share * 1000) / 1000:.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
