"""Where the time of a page goes: CPU time of each stage of `extract_page`, and of making the record."""

from collections.abc import Sequence
from pathlib import Path
from time import process_time_ns

from benchmarks.corpora import GoldPage
from benchmarks.speed_report import lay_out
from crawler.extraction.document import UnreadableError
from crawler.extraction.page import STAGES, LearnedSite, PageContext, extract_page
from crawler.extraction.record import find_id, finish
from crawler.model_files import read_models
from crawler.publish import find_site

RECORD = "record"  # what makes a record of a page
ALL_STAGES = (*STAGES, RECORD)


class StageClock:
    """Adds up what each stage takes."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(ALL_STAGES, 0)  # nanoseconds
        self.last = 0

    def begin(self) -> None:
        """Begin a page."""
        self.last = process_time_ns()

    def lap(self, stage: str) -> None:
        """Note that a stage is over."""
        now = process_time_ns()
        self.spent[stage] += now - self.last
        self.last = now


def measure_stages(
    pages: Sequence[GoldPage], warm_up: Sequence[GoldPage], models: Path | None = None
) -> dict[str, float]:
    """Give the CPU milliseconds a page of each stage, in this process.

    Args:
        pages: to read, once each.
        warm_up: pages that are read before, and not counted.
        models: a folder with what was learned of the pages' sites.
    """
    sites = read_models(models) if models is not None else {}
    _time_pages(warm_up, {}, StageClock())
    clock = StageClock()
    _time_pages(pages, sites, clock)
    return {stage: spent / 1e6 / len(pages) for stage, spent in clock.spent.items()}


def _time_pages(pages: Sequence[GoldPage], sites: dict[str, LearnedSite], clock: StageClock) -> None:
    for one in pages:
        body = one.body()
        context = PageContext(id=find_id(one.url), url=one.url, collection="speed")
        clock.begin()
        try:
            page = extract_page(body, context, sites.get(find_site(one.url)), clock.lap)
        except UnreadableError:
            continue
        finish(page)
        clock.lap(RECORD)


def describe_stages(columns: dict[str, dict[str, float]]) -> list[str]:
    """Lay out a table: one row a stage, one column a corpus."""
    rows = [
        [f"`{stage}`", *(f"{each[stage]:.2f} ({each[stage] / sum(each.values()):.0%})" for each in columns.values())]
        for stage in ALL_STAGES
    ]
    return lay_out(("stage", *columns), [*rows, ["all", *(f"{sum(each.values()):.2f}" for each in columns.values())]])
