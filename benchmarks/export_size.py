"""Whether commands on a whole corpus stay in constant memory: `make export-size RECORDS=10000,1000000`.

For each size a collection of files is made, with records that a run could have written, of which no two are alike. Each
command reads all of it in a process of its own. Its peak resident memory (VmHWM) must not grow with the records.
"""

import argparse
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.storage.feeds import to_json_line
from items import DateEvidence, DateKind, DateSource, Link, Provenance, Record, Removed, RemovedReason

LIMIT = 50  # MB that the most records may take beyond the fewest
WORDS = 250  # of a text
ROOT = Path(__file__).resolve().parents[1]
COMMANDS: dict[str, tuple[str, ...]] = {
    ending: ("export", "{name}", "-o", f"{{folder}}/corpus{ending}")
    for ending in (".jsonl", ".jsonl.gz", ".jsonl.zst", ".csv", ".parquet", ".sqlite")
}
COMMANDS["report"] = ("report", "{name}", "-o", "{folder}/report.html")
COMMANDS["package"] = ("package", "{name}", "-o", "{data}/package")
COMMANDS["verify"] = ("verify", "{data}/package")  # of the package that was made before
_PROVENANCE = Provenance(
    fetched_at="2026-11-23T13:32:31Z",
    requested_url=None,
    status=200,
    source_file=None,
    warc_file=None,
    warc_offset=None,
    payload_digest="sha256:52b8a647",
    encoding="utf-8",
    method="generic",
    model_digest=None,
    extractor_version="trafilatura 2.3.1",
    program_version="broadside 0.1.0",
)
_FORMS_OF_WORDS = [f"{one}{two}" for one in "bdfgklmnprst" for two in ("an", "el", "ir", "om", "ut")]
# Asked of the process itself, as getrusage counts what its parent had before.
_MEASURED = """
import atexit, re, sys
from pathlib import Path
status = Path("/proc/self/status")
atexit.register(lambda: print(re.search(r"VmHWM:.*", status.read_text())[0], file=sys.stderr))
from crawler.__main__ import main
sys.argv[0] = "crawler"
main()
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    records: int
    command: str
    seconds: float
    peak_mb: float


def make_records(count: int, words: int = WORDS) -> Iterator[Record]:
    """Make records as a run writes them; the same each time."""
    source = random.Random(7)
    for number in range(count):
        text = " ".join(source.choices(_FORMS_OF_WORDS, k=words))
        year, month = 1996 + number % 30, 1 + number // 30 % 12
        day = f"{year}-{month:02}-{1 + number % 28:02}"
        url = f"https://harbor.example/press/{number}"
        yield Record(
            id=f"{number:020x}",
            url=url,
            canonical_url=url,
            organization="Harbor Law Collective",
            collection="made",
            title=f"The statement number {number}",
            authors=("Ines Okafor",) if number % 3 else (),
            date_published=day,
            date_published_earliest=day,
            date_published_latest=day,
            date_published_precision="day",
            date_published_raw=day,
            date_evidence=(DateEvidence(DateSource.BYLINE, DateKind.PUBLISHED, "p.date", day, day, None),),
            date_conflict=False,
            date_modified=None,
            document_type=("Press Release", "Report", "News", None)[number % 4],
            topics=("housing", "health"),
            language="en",
            text=text,
            markdown=text,
            word_count=words,
            links=(Link("the letter", f"{url}/letter"),),
            attachments=(Link("PDF", f"{url}/letter.pdf"),),
            annotations={"coder": "AB"},
            removed=(
                Removed(f"By somebody on {day}", RemovedReason.BYLINE, 1),
                Removed("40 Chandler Street, Port Ellery", RemovedReason.TEMPLATE, 9, 40),
                Removed(f"See also {' '.join(text.split()[:5])}", RemovedReason.NOT_CONTENT, 11),
            ),
            digest=f"sha256:{number:064x}",
            near_duplicate_of=None,
            change=None,
            change_reason=None,
            revision=None,
            provenance=_PROVENANCE,
        )


def make_collection(data: Path, name: str, count: int, words: int = WORDS) -> None:
    """Make a collection of files that has so many records."""
    folder = data / name / "records"
    folder.mkdir(parents=True)
    with (folder / "records.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(f"{to_json_line(record)}\n" for record in make_records(count, words))


def measure(data: Path, name: str, command: str, records: int) -> Cost:
    """Run a command on a collection; what it wrote is taken away, but for a package, which is there to be verified."""
    with TemporaryDirectory(dir=data) as folder:
        arguments = [part.format(name=name, folder=folder, data=data) for part in COMMANDS[command]]
        begin = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-c", _MEASURED, *arguments, "-s", f"DATA_DIR={data}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - begin
    found = re.search(r"^VmHWM:\s+(\d+) kB", run.stderr, re.MULTILINE)
    if run.returncode != 0 or found is None:
        raise RuntimeError(f"{command}: status {run.returncode}: {run.stderr[-2000:]}")
    return Cost(records, command, seconds, int(found[1]) / 1024)


def measure_growth(sizes: Sequence[int], commands: Sequence[str], words: int = WORDS) -> dict[str, list[Cost]]:
    """Measure each command on collections of each size, and print what it took."""
    costs: dict[str, list[Cost]] = {command: [] for command in commands}
    for size in sizes:
        with TemporaryDirectory() as folder:
            data = Path(folder)
            make_collection(data, "made", size, words)
            for command in commands:
                cost = measure(data, "made", command, size)
                costs[command].append(cost)
                each = 1000 * cost.seconds / size
                print(
                    f"{size:>9,} {command:<10} {cost.seconds:7.1f} s {each:6.3f} ms a record {cost.peak_mb:5.0f} MB",
                    flush=True,
                )
    return costs


def find_growth(costs: dict[str, list[Cost]]) -> dict[str, float]:
    """Give by command how many MB more the last size took than the first."""
    return {command: of[-1].peak_mb - of[0].peak_mb for command, of in costs.items()}


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 where memory grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", default="10000,1000000", help="sizes, divided by commas")
    parser.add_argument("commands", nargs="*", metavar="COMMAND", help=f"of these: {', '.join(COMMANDS)}")
    given = parser.parse_args(arguments)
    growth = find_growth(
        measure_growth([int(size) for size in given.records.split(",")], given.commands or [*COMMANDS])
    )
    worst = max(growth, key=growth.__getitem__)
    well = growth[worst] <= LIMIT
    told = f"{growth[worst]:+.0f} MB at most, by {worst} ({LIMIT} allowed)"
    print(f"export-size: {given.records} records: {told}: {'well' if well else 'grows'}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
