"""The same command every night, on a site that changes by a script over 30 nights: `make nightly`.

Each night the site of `nightly_site.py` changes and is crawled again; the whole corpus and the changes must be exactly
those that `nightly_expected.py` computes from the script and the server's log. At the end the archive must give the
same corpus and history again. With `--kills` a second collection is crawled in the same nights, is killed once or twice
in each, and must come out the same. A line a night; the last line is the sum; 1 when anything differs.
"""

import argparse
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from benchmarks.night_records import (
    compare_bytes,
    find_differences,
    find_unequal,
    forget_near_duplicates,
    last_of_each,
    read_records,
)
from benchmarks.night_runs import Collection, print_problems
from benchmarks.nightly_expected import Expectations, find_trespasses
from benchmarks.nightly_kills import CONCURRENT, Blows, Usual, find_file, read_same
from benchmarks.nightly_script import DOWN, FIRST_NIGHT, NIGHTS, QUIET, UNAVAILABLE, started_at
from benchmarks.nightly_site import Night, NightlyServer, build_night, organization_file

SLUG = "nightly"
AS_OF = 11  # the night whose corpus `--as-of` must give
AS_IT_STOOD = ("id", "url", "text", "title", "date_published", "change", "revision")


@dataclass(slots=True)
class Tally:
    """The sum of all nights."""

    nights: int = 0
    requests: int = 0
    most_on_quiet: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    differences: int = 0
    kills: int = 0

    @property
    def is_well(self) -> bool:
        """Whether nothing differed."""
        return self.differences == 0

    def __str__(self) -> str:
        """Write the last line."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        quiet = f"at most {self.most_on_quiet} on a quiet night"
        kills = f", {self.kills} kills" if self.kills else ""
        return (
            f"nightly: {self.nights} nights, {self.requests:,} requests ({quiet}), changes: {kinds}{kills}: "
            f"{self.differences} differences"
        )


@dataclass(slots=True)
class Experiment:
    """Both collections, night after night."""

    given: argparse.Namespace
    folder: Path
    server: NightlyServer
    plain: Collection
    struck: Collection | None
    rng: random.Random
    expectations: Expectations = field(default_factory=Expectations)
    tally: Tally = field(default_factory=Tally)
    seen_lines: int = 0  # of the changes, before the night

    def pass_night(self, number: int) -> None:
        """Let the site change, crawl it, compare."""
        night = build_night(self.given.pages, self.given.seed, number, self.server.port)
        self.server.begin(number, is_up=number not in DOWN)
        file_before = find_file(self.plain.whole)
        began = time.monotonic()
        # Without an answer from the site, the checks may fail; the corpus must be there all the same.
        accepted = (0, 3) if number in DOWN | UNAVAILABLE else (0,)
        problems = self.plain.finish(self.crawl(self.plain, number), accepted)
        seconds = time.monotonic() - began
        if find_file(self.plain.whole) == file_before:
            problems.append(f"{self.plain.whole.name} was not written")
        asked = self.server.asked()
        log = "".join(f"{one.status} {'if changed' if one.conditional else 'whole':10} {one.path}\n" for one in asked)
        (self.folder / f"requests-{number:02}.txt").write_text(log, encoding="utf-8")
        self.expectations.advance(night, asked)
        problems += find_trespasses(night, asked)
        whole = read_records(self.plain.whole)
        problems += find_differences(self.expectations.current.values(), whole, night.base)
        if [record["url"] for record in whole] != sorted(record["url"] for record in whole):
            problems.append("the corpus is not in the order of its URLs")
        problems += self.check_changes(night)
        if number == AS_OF or number == self.given.nights - 1:
            shutil.copy(self.plain.whole, self.folder / f"night-{number}.jsonl")
        self.tally.requests += len(asked)
        if number in QUIET:
            self.tally.most_on_quiet = max(self.tally.most_on_quiet, len(asked))
        events = ""
        if self.struck is not None:
            events, more = self.strike(night, Usual(len(asked), self.plain.whole.stat().st_size, seconds), accepted)
            problems += more
        self.report(night, len(asked), problems, f"{seconds:.1f} s{events}")

    def crawl(self, collection: Collection, night: int) -> subprocess.Popen[bytes]:
        """Start the crawl of a night."""
        return collection.crawl(started_at(night), CONCURRENT_REQUESTS=CONCURRENT)

    def check_changes(self, night: Night) -> list[str]:
        """Hold what the night appended against what must have changed."""
        records = read_records(self.plain.changes)
        added = last_of_each(records[self.seen_lines :])
        self.seen_lines = len(records)
        problems = find_differences(self.expectations.changes.values(), added, night.base)
        return [f"changes: {problem}" for problem in problems]

    def strike(self, night: Night, usual: Usual, accepted: Iterable[int]) -> tuple[str, list[str]]:
        """Crawl the second collection, kill it, let it end, and compare it with the first."""
        assert self.struck is not None
        self.server.begin(night.number, is_up=night.number not in DOWN)
        struck = self.struck
        blows = Blows(struck.folder / "data" / SLUG, struck.whole, self.server, usual, self.rng)
        ended = False
        for _ in range(self.rng.choice((1, 2))):
            process = self.crawl(struck, night.number)
            ended = blows.strike(process)
            if ended:
                blows.problems += struck.finish(process, (*accepted, -9))
                break
        if not ended:
            blows.problems += struck.finish(self.crawl(struck, night.number), accepted)
        self.tally.kills += blows.kills
        problems = [*blows.problems, *self.compare(night, self.plain.whole, struck.whole)]
        problems += self.compare(night, self.plain.changes, struck.changes, last_of_each)
        return f"; {', '.join(blows.events)}", [f"killed: {problem}" for problem in problems]

    def compare(
        self,
        night: Night,
        plain: Path,
        struck: Path,
        select: Callable[[Iterable[Any]], list[Any]] = list,
    ) -> list[str]:
        """Compare a file of the killed collection with the other's, but for what may differ between two crawls."""
        varying = {night.base + entry.path for entry in night.entries.values() if entry.has_nonce}
        try:
            ours, theirs = (select(read_same(path, varying)) for path in (struck, plain))
        except (OSError, ValueError) as error:
            return [f"{struck.name}: {error}"]
        if select is not list:  # records of new pages are appended as they arrive
            ours, theirs = (sorted(records, key=lambda record: record["url"]) for records in (ours, theirs))
        return [f"{struck.name}: {problem}" for problem in find_unequal(ours, theirs)]

    def report(self, night: Night, requests: int, problems: Sequence[str], rest: str) -> None:
        """Print the line of a night."""
        day = started_at(night.number)[:10]
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.expectations.kinds.items()))
        verdict = "ok" if not problems else f"{len(problems)} DIFFERENCES"
        records = len(self.expectations.current)
        changes = kinds or "no change"
        print(f"night {night.number:2} {day}: {requests} requests, {records} records, {changes}: {verdict} ({rest})")
        print_problems(problems)
        self.tally.nights += 1
        self.tally.kinds += self.expectations.kinds
        self.tally.differences += len(problems)

    def finish(self) -> None:
        """Hold the archive and the exports against what the nights gave."""
        last = self.given.nights - 1
        night = build_night(self.given.pages, self.given.seed, last, self.server.port)
        for name, problems in (
            ("replay", self.check_corpus("replay.jsonl", "crawl", "replay", "-a", f"collection={SLUG}", "-O")),
            ("export", self.check_export()),
            ("history", self.check_history(night)),
            ("as of", self.check_as_of(min(AS_OF, last))),
            ("history, killed", self.check_killed_history(night)),
        ):
            if name.endswith("killed") and self.struck is None:
                continue
            print(f"{name}: {f'{len(problems)} DIFFERENCES' if problems else 'ok'}")
            print_problems(problems)
            self.tally.differences += len(problems)

    def check_corpus(self, name: str, *command: str) -> list[str]:
        """A command must give the last night's corpus, byte by byte."""
        path = self.plain.folder / name
        problems = self.plain.run(*command, path)
        return problems or compare_bytes(path, self.plain.whole)

    def check_export(self) -> list[str]:
        """The export must be the last night's corpus, byte by byte, but for near-duplicates: pages that moved."""
        path = self.plain.folder / "export.jsonl"
        problems = self.plain.run("export", SLUG, "-o", path)
        if problems:
            return problems
        records = {record["id"]: record for record in read_records(path)}
        for record in records.values():
            original = records.get(record["near_duplicate_of"])
            if record["near_duplicate_of"] is None:
                continue
            if original is None or "moved" not in (record["change_reason"], original["change_reason"]):
                problems.append(f"{record['url']}: is no near-duplicate of {record['near_duplicate_of']}")
        forget_near_duplicates(path)
        return problems + compare_bytes(path, self.plain.whole)

    def check_history(self, night: Night) -> list[str]:
        """Both ways to the history must give the same bytes, and what the nights gave."""
        replayed, exported = self.plain.folder / "replayed-history.jsonl", self.plain.folder / "history.jsonl"
        problems = self.plain.run("crawl", "replay", "-a", f"collection={SLUG}", "-a", "history=1", "-O", replayed)
        problems += self.plain.run("export", SLUG, "--history", "-o", exported)
        if problems:
            return problems
        problems = compare_bytes(replayed, exported)
        records = read_records(exported)
        return problems + find_differences(self.expectations.history, records, night.base, is_history=True)

    def check_as_of(self, number: int) -> list[str]:
        """The corpus as of a day must be the one that its night gave."""
        path = self.plain.folder / "as-of.jsonl"
        problems = self.plain.run("export", SLUG, "--as-of", started_at(number)[:10], "-o", path)
        if problems:
            return problems
        ours, theirs = (
            [{name: record.get(name) for name in AS_IT_STOOD} for record in read_records(file)]
            for file in (path, self.folder / f"night-{number}.jsonl")
        )
        return find_unequal(ours, theirs)

    def check_killed_history(self, night: Night) -> list[str]:
        """The killed collection must have the history of the other one."""
        if self.struck is None:
            return []
        path = self.struck.folder / "history.jsonl"
        problems = self.struck.run("export", SLUG, "--history", "-o", path)
        return problems or self.compare(night, self.plain.folder / "history.jsonl", path)


def run_all(given: argparse.Namespace, folder: Path) -> Tally:
    """Run the experiment in a folder of its own."""
    organizations = folder / "organizations"
    organizations.mkdir()
    with NightlyServer(given.pages, given.seed) as server:
        (organizations / f"{SLUG}.toml").write_text(organization_file(server.port), encoding="utf-8")
        struck = Collection(folder / "killed", organizations, SLUG) if given.kills else None
        plain = Collection(folder / "plain", organizations, SLUG)
        experiment = Experiment(given, folder, server, plain, struck, random.Random(f"{given.seed}/blows"))
        for number in range(given.nights):
            experiment.pass_night(number)
        experiment.finish()
    return experiment.tally


def main(arguments: Sequence[str]) -> int:
    """Run the experiment; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=NIGHTS, choices=range(1, NIGHTS + 1), metavar="N")
    parser.add_argument("--pages", type=int, default=400, help="articles on night 0, at least 60")
    parser.add_argument("--seed", type=int, default=1, help="of the site and of the moments of the blows")
    parser.add_argument("--kills", action="store_true", help="kill a second collection once or twice each night")
    parser.add_argument("--keep", action="store_true", help="keep the folder also when all went well")
    given = parser.parse_args(arguments)
    folder = Path(mkdtemp(prefix="nightly-"))
    what = f"{given.nights} nights from {FIRST_NIGHT:%Y-%m-%d} on, {given.pages} pages, seed {given.seed}"
    print(f"nightly: {what}, in {folder}")
    tally = run_all(given, folder)
    if tally.is_well and not given.keep:
        shutil.rmtree(folder)
    print(tally)
    return 0 if tally.is_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
