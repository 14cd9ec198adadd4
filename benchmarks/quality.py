"""Texts and dates beside trafilatura, htmldate and other extractors, on every corpus with gold: `make quality`.

All read the same bytes in the same run. One table a corpus and one for its gold dates, one row an extractor; what the
columns mean stands in `benchmarks/measures.py` and `benchmarks/dates.py`; last what dates cost. Exit status 1, with a
line for each shortfall, when a floor or ceiling of ours in `benchmarks/targets.py` is not held, our word F1 is below
trafilatura's or a date says a day that its evidence does not; 2 when there is nothing to measure. Targets that are not
reached are shown and fail nothing.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.corpora import (
    ALL,
    DATES_ALONE,
    FOLDER,
    ONE_SITE_WITHOUT_GOLD,
    SITES,
    WITH_DATE,
    load_pages,
    load_unmeasured,
)
from benchmarks.date_cost import format_costs, measure_corpora
from benchmarks.dates import has_day, is_gold_update, is_invented, is_proven
from benchmarks.leave_one_out import LeftOut, find_documents, leave_one_out
from benchmarks.peer_process import PAGE_LIMIT, find_peer_version, read_with_peer
from benchmarks.peers import DATE_PEERS, DATED, PEERS
from benchmarks.reading import read_corpus
from benchmarks.scores import COUNTS, DATE_LABELS, LABELS, OURS, Row, score, score_dates
from benchmarks.targets import (
    describe_cost,
    describe_date_musts,
    describe_left_out,
    describe_musts,
    find_cost_shortfalls,
    find_date_shortfalls,
    find_invented_shortfalls,
    find_left_out_shortfalls,
    find_shortfalls,
)

LEAVE_OUT_EVERY = {"mn-attorney-general": 8}  # pages; learning 726 of them anew for each one takes minutes


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on one corpus; ours is the first row of each table."""

    texts: list[Row]  # empty for a corpus with dates alone
    dates: list[Row]  # empty for one without gold dates
    proven: int  # pages of it that are counted with another date than their gold
    updates: int  # pages on which ours is not the gold as it is, and the gold is our day of the last change
    updates_left: int  # those of them whose gold is not proven wrong
    dated: int  # pages to which ours gives a day
    invented: list[str]  # the files among them whose evidence does not say the day


def measure_corpus(folder: str, peers: Sequence[str], *, every: int = 1) -> Measured:
    """Read every n-th page of a corpus with ours and with the named extractors, each once for texts and dates."""
    pages = load_pages(folder)[::every]
    documents = find_documents(pages) if folder in ONE_SITE_WITHOUT_GOLD else None
    texts, dates = [], []
    ours = read_corpus(folder, pages)
    if folder not in DATES_ALONE:
        texts.append(score(OURS, pages, ours, documents))
    if folder in WITH_DATE:
        dates.append(score_dates(OURS, pages, ours))
    for name in peers:
        with_text = folder not in DATES_ALONE and name in PEERS
        with_date = folder in WITH_DATE and name in (*DATED, *DATE_PEERS)
        if not with_text and not with_date:
            continue
        found = read_with_peer(name, pages)
        if with_text:
            texts.append(score(name, pages, found, documents))
        if with_date:
            dates.append(score_dates(name, pages, found))
    unmeasured = load_unmeasured(folder)[::every]
    ours_unmeasured = read_corpus(folder, unmeasured) if unmeasured else []
    read = [*zip(pages, ours, strict=True), *zip(unmeasured, ours_unmeasured, strict=True)]
    updates = [page for page, one in zip(pages, ours, strict=True) if is_gold_update(page, one.dates)]
    return Measured(
        texts,
        dates,
        proven=sum(map(is_proven, pages)),
        updates=len(updates),
        updates_left=sum(not is_proven(page) for page in updates),
        dated=sum(has_day(one.dates) for one in (*ours, *ours_unmeasured)),
        invented=[page.file for page, one in read if is_invented(one.dates)],
    )


def measure_left_out(folder: str, every: int = 1) -> LeftOut | None:
    """Read every n-th page of a corpus's sites by a model of all pages, and of all others."""
    return leave_one_out(load_pages(folder), every) if folder in SITES else None


def format_table(heading: str, rows: Sequence[Row]) -> list[str]:
    """Lay out the rows of a corpus; `-` is what an extractor does not give."""
    labels = LABELS | DATE_LABELS
    columns = [measure for measure in labels if any(measure in row.measures for row in rows)]
    lines = [" ".join([f"{heading:<30}", f"{'pages':>5}", *(f"{labels[measure]:>10}" for measure in columns)])]
    for row in rows:
        cells = [f"{_format(measure, row.measures.get(measure)):>10}" for measure in columns]
        failed = [f"failed on {count} pages: {reason}" for reason, count in row.errors.items()]
        lines.append(" ".join([f"  {row.extractor:<28}", f"{row.pages:>5}", *cells, *failed]))
    return lines


def _format(measure: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if measure in COUNTS else f"{value:.4f}"


def report_corpus(folder: str, measured: Measured) -> list[str]:
    """Print the tables of a corpus with its targets, and give what falls short."""
    shortfalls: list[str] = []
    if measured.texts:
        ours, trafilatura = measured.texts[:2]
        print(*format_table(folder, measured.texts), sep="\n")
        print(*(f"  {line}" for line in describe_musts(folder, ours, trafilatura)), "", sep="\n")
        shortfalls += find_shortfalls(folder, ours, trafilatura)
    if measured.dates:
        print(*format_table(f"DATES {folder}", measured.dates), sep="\n")
        print(*(f"  {line}" for line in describe_gold(measured)), sep="\n")
        print(*(f"  {line}" for line in describe_date_musts(folder, measured.dates[0])), sep="\n")
        shortfalls += find_date_shortfalls(folder, measured.dates[0])
    print(f"  invented precision: {len(measured.invented)} of {measured.dated} days\n", flush=True)
    return shortfalls + find_invented_shortfalls(folder, measured.invented)


def describe_gold(measured: Measured) -> Iterator[str]:
    """Say how the gold was corrected, and on how many of our errors it is the day of an update."""
    row = measured.dates[0]
    if measured.proven:
        yield f"* by the gold as it is; without, {measured.proven} of {row.pages} days are corrected, proven wrong"
    errors = row.pages - row.measures["right"]
    yield (
        f"gold is the update: our date_modified is the gold day on {measured.updates_left} of our {errors:.0f} wrong "
        f"or missing pages, and on {measured.updates - measured.updates_left} whose gold is proven wrong"
    )


def report_cost(folders: Sequence[str]) -> list[str]:
    """Print what dates cost, and give what falls short; some corpora alone have no target."""
    costs = measure_corpora(folders or ALL)
    print(*format_costs(costs), sep="\n")
    if folders:
        return []
    print(f"  {describe_cost(costs[-1])}", flush=True)
    return find_cost_shortfalls(costs[-1])


def find_peers(names: Sequence[str]) -> list[str]:
    """Keep the extractors that are installed, and say which."""
    versions = {name: find_peer_version(name) for name in names}
    print("beside:", ", ".join(f"{name} {version}" for name, version in versions.items() if version is not None))
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        print(f"not installed: {', '.join(missing)}; `make peers` adds them")
    print(f"a page that takes an extractor more than {PAGE_LIMIT:.0f} seconds counts as read without text\n")
    return [name for name, version in versions.items() if version is not None]


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 1 when something falls short, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", metavar="CORPUS", help=f"some of {', '.join(ALL)}; all by default")
    parser.add_argument("--without-peers", action="store_true", help="put only trafilatura and htmldate beside ours")
    options = parser.parse_args(arguments)
    unknown = [folder for folder in options.folders if folder not in ALL]
    if unknown:
        parser.error(f"no such corpus: {', '.join(unknown)}")
    if not FOLDER.is_dir():
        print("quality: the folder ../shared/corpora is missing; nothing was measured", file=sys.stderr)
        return 2
    peers = find_peers((*(("trafilatura",) if options.without_peers else PEERS), *DATE_PEERS))
    shortfalls = []
    for folder in options.folders or ALL:
        shortfalls += report_corpus(folder, measure_corpus(folder, peers))
        left_out = measure_left_out(folder, LEAVE_OUT_EVERY.get(folder, 1))
        if left_out is not None:
            print(f"  {describe_left_out(left_out)}\n", flush=True)
            shortfalls += find_left_out_shortfalls(folder, left_out)
    shortfalls += report_cost(options.folders)
    for shortfall in shortfalls:
        print(f"quality: {shortfall}", file=sys.stderr)
    return 1 if shortfalls else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
