"""Text quality beside trafilatura, on every corpus with gold: `make quality`.

Each page is read by itself, as `documents` reads it; trafilatura reads the same bytes in the same run. Fails when a
mean falls below its floor or below trafilatura's.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import fmean

import trafilatura

from benchmarks.corpora import FOLDER, WITH_TEXT, GoldPage, load_gold
from benchmarks.measures import word_f1
from crawler.extraction.document import UnreadableError
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.text import join_text

# Mean word F1 that was reached once and is not given up again; raise them, never lower them.
FLOORS = {
    "openglam": 0.981,
    "mn-attorney-general": 0.979,
    "clean-portal-eval": 0.952,
    "wcxb-dev-articles": 0.946,
    "article-extraction-benchmark": 0.963,
}


@dataclass(frozen=True, slots=True)
class Score:
    """Word F1 of one page."""

    ours: float
    trafilatura: float


def score_page(page: GoldPage) -> Score:
    """Read one page both ways."""
    body = page.body()
    try:
        read = extract_page(body, PageContext(id="", url=page.url, collection="quality"))
        ours = join_text(strip_furniture(read.blocks).kept)
    except UnreadableError:
        ours = ""
    theirs = trafilatura.bare_extraction(body, include_comments=False)
    return Score(word_f1(ours, page.gold["body"]), word_f1(getattr(theirs, "text", None) or "", page.gold["body"]))


def score_corpus(folder: str, executor: ProcessPoolExecutor, every: int = 1) -> list[Score]:
    """Read every n-th page with a gold text."""
    pages = [page for page in load_gold(folder) if page.gold.get("body")]
    return list(executor.map(score_page, pages[::every], chunksize=8))


def find_shortfalls(folder: str, scores: Sequence[Score], *, floors: bool = True) -> list[str]:
    """Name what a corpus falls short of."""
    ours = fmean(score.ours for score in scores)
    theirs = fmean(score.trafilatura for score in scores)
    shortfalls = []
    if floors and ours < FLOORS[folder]:
        shortfalls.append(f"{folder}: {ours:.4f} is below the floor {FLOORS[folder]}")
    if ours < theirs:
        shortfalls.append(f"{folder}: {ours:.4f} is below trafilatura's {theirs:.4f}")
    return shortfalls


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when something falls short, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", default=WITH_TEXT, help="corpora to measure")
    folders = parser.parse_args(arguments).folders
    if not FOLDER.is_dir():
        print("quality: the folder ../shared/corpora is missing; nothing was measured", file=sys.stderr)
        return 2
    shortfalls = []
    print(f"{'mean word F1':<30} {'pages':>6} {'ours':>8} {'trafilatura':>12} {'under .5':>9} {'theirs':>7}")
    with ProcessPoolExecutor() as executor:
        for folder in folders:
            scores = score_corpus(folder, executor)
            ours = [score.ours for score in scores]
            theirs = [score.trafilatura for score in scores]
            under = sum(score < 0.5 for score in ours), sum(score < 0.5 for score in theirs)
            print(
                f"{folder:<30} {len(scores):>6} {fmean(ours):>8.4f} {fmean(theirs):>12.4f} {under[0]:>9} {under[1]:>7}"
            )
            shortfalls += find_shortfalls(folder, scores)
    for shortfall in shortfalls:
        print(f"quality: {shortfall}", file=sys.stderr)
    return 1 if shortfalls else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
