"""The tables of single pages and of learned sites in one process, and of the stages of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora import GoldPage
from benchmarks.speed_pages import (
    PARSE,
    ROUNDS,
    TRAFILATURA,
    describe_costs,
    find_contestants,
    learn_corpus,
    measure_pages,
)
from benchmarks.speed_report import PAGES, STAGES, Section
from benchmarks.speed_site import write_odd_pages
from benchmarks.speed_stages import describe_stages, measure_stages
from benchmarks.speed_targets import FLOOR, SINGLE, Figure
from benchmarks.speed_worker import OURS

_PAGES_TEXT = """\
Each extractor is a process of its own and is handed one page at a time; it counts its CPU time from the bytes to the
answer. Ours goes to the whole record, with dates, links and both forms of the text; trafilatura is `bare_extraction`
with metadata, without comments; readability-lxml and resiliparse give no dates. What is imported or loaded on first
use is loaded before, with {warm_up} pages that are not counted. The pages are dealt into {rounds} rounds; in each,
every extractor reads all pages of the round, in an order that is drawn anew, and the ratios are taken within the
round (median, least and most). No page is read twice. A page on which an extractor fails counts with what it took
until then.
"""
_STAGES_TEXT = """\
CPU milliseconds a page of each stage of `extract_page`, and of making the record (`record`), in one process, after
the same warming up.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """Pages of a corpus that are read."""

    corpus: str
    every: int  # n-th page
    learned: bool  # whether their sites are learned before, from all pages


def measure_costs(folder: Path, works: Mapping[Work, Sequence[GoldPage]], rounds: int = ROUNDS) -> list[Section]:
    """Measure what a page costs.

    Args:
        folder: for files; there already.
        works: what is read, with all pages of the corpus.
        rounds: into which the pages are dealt.
    """
    warm_up = write_odd_pages(folder)
    names = find_contestants()
    lines = [_PAGES_TEXT.format(warm_up=len(warm_up), rounds=rounds)]
    figures: list[Figure] = []
    stages: dict[str, dict[str, float]] = {}
    for work, everything in works.items():
        pages = everything[:: work.every]
        models = folder / f"models-{work.corpus}" if work.learned else None
        if models is not None:
            learn_corpus(everything, models)
        costs = measure_pages(pages, names, warm_up, models=models, rounds=rounds)
        kind = f"a site that was learned from its {len(everything):,} pages" if work.learned else "unknown pages"
        table = [f"`{work.corpus}`, {len(pages):,} pages; {kind}:", "", *describe_costs(costs), ""]
        print(*table, sep="\n", flush=True)
        lines += table
        if work.learned:
            figures.append(Figure(FLOOR, work.corpus, costs[OURS].over(costs[PARSE])))
        else:
            figures.append(Figure(SINGLE, work.corpus, costs[TRAFILATURA].over(costs[OURS])))
        stages[f"{work.corpus}{', learned' if work.learned else ''}"] = measure_stages(pages, warm_up, models)
    table = describe_stages(stages)
    print(*table, "", sep="\n", flush=True)
    return [Section(PAGES, lines, figures), Section(STAGES, [_STAGES_TEXT, *table])]
