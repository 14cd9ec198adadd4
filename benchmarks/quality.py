"""Text quality beside trafilatura and other extractors, on every corpus with gold: `make quality`.

All read the same bytes in the same run. One table a corpus, one row an extractor; what the columns mean stands in
`benchmarks/measures.py`. Exit status 1, with a line for each shortfall, when a floor or ceiling of ours in
`benchmarks/targets.py` is not held or our word F1 is below trafilatura's; 2 when there is nothing to measure. Targets
that are not reached are shown and fail nothing.
"""

import argparse
import sys
from collections.abc import Sequence

from benchmarks.corpora import FOLDER, ONE_SITE_WITHOUT_GOLD, SITES, WITH_TEXT, load_pages
from benchmarks.leave_one_out import LeftOut, find_documents, leave_one_out
from benchmarks.peer_process import PAGE_LIMIT, find_peer_version, read_with_peer
from benchmarks.peers import PEERS
from benchmarks.reading import read_corpus
from benchmarks.scores import LABELS, OURS, Row, score
from benchmarks.targets import describe_left_out, describe_musts, find_left_out_shortfalls, find_shortfalls

LEAVE_OUT_EVERY = {"mn-attorney-general": 8}  # pages; learning 726 of them anew for each one takes minutes
ALL = (*WITH_TEXT, *ONE_SITE_WITHOUT_GOLD)


def measure_corpus(folder: str, peers: Sequence[str], *, every: int = 1) -> list[Row]:
    """Read every n-th page of a corpus with ours and with the named extractors; ours is the first row."""
    pages = load_pages(folder)[::every]
    documents = find_documents(pages) if folder in ONE_SITE_WITHOUT_GOLD else None
    rows = [score(OURS, pages, read_corpus(folder, pages), documents)]
    rows += [score(name, pages, read_with_peer(name, pages), documents) for name in peers]
    return rows


def measure_left_out(folder: str, every: int = 1) -> LeftOut | None:
    """Read every n-th page of a corpus's sites by a model of all pages, and of all others."""
    return leave_one_out(load_pages(folder), every) if folder in SITES else None


def format_table(folder: str, rows: Sequence[Row]) -> list[str]:
    """Lay out the rows of a corpus; `-` is what an extractor does not give."""
    columns = [measure for measure in LABELS if any(measure in row.measures for row in rows)]
    lines = [" ".join([f"{folder:<30}", f"{'pages':>5}", *(f"{LABELS[measure]:>10}" for measure in columns)])]
    for row in rows:
        cells = [f"{row.measures[measure]:>10.4f}" if measure in row.measures else f"{'-':>10}" for measure in columns]
        failed = [f"failed on {count} pages: {reason}" for reason, count in row.errors.items()]
        lines.append(" ".join([f"  {row.extractor:<28}", f"{row.pages:>5}", *cells, *failed]))
    return lines


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
    parser.add_argument("--without-peers", action="store_true", help="put only trafilatura beside ours")
    options = parser.parse_args(arguments)
    unknown = [folder for folder in options.folders if folder not in ALL]
    if unknown:
        parser.error(f"no such corpus: {', '.join(unknown)}")
    if not FOLDER.is_dir():
        print("quality: the folder ../shared/corpora is missing; nothing was measured", file=sys.stderr)
        return 2
    peers = find_peers(("trafilatura",) if options.without_peers else tuple(PEERS))
    shortfalls = []
    for folder in options.folders or ALL:
        rows = measure_corpus(folder, peers)
        ours, trafilatura = rows[0], rows[1]
        print(*format_table(folder, rows), sep="\n")
        print(*(f"  {line}" for line in describe_musts(folder, ours, trafilatura)), "", sep="\n", flush=True)
        shortfalls += find_shortfalls(folder, ours, trafilatura)
        left_out = measure_left_out(folder, LEAVE_OUT_EVERY.get(folder, 1))
        if left_out is not None:
            print(f"  {describe_left_out(left_out)}\n", flush=True)
            shortfalls += find_left_out_shortfalls(folder, left_out)
    for shortfall in shortfalls:
        print(f"quality: {shortfall}", file=sys.stderr)
    return 1 if shortfalls else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
