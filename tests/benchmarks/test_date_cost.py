"""What dates cost: the short form of the table that `make quality` prints, and what is timed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import date_cost as module
from benchmarks.corpora import ALL, FOLDER, GoldPage
from benchmarks.date_cost import STEPS, Cost, format_costs, main, measure_corpora, measure_pages
from benchmarks.targets import DATE_COST_CEILING, DATE_COST_MUST, describe_cost, find_cost_shortfalls
from crawler.extraction.page import PageContext, extract_page

LOOSE = 4.0  # milliseconds; forty pages beside other tests


class Page(GoldPage):
    def body(self) -> bytes:
        return f"<html><body><h1>A title</h1><p>May 5, 2015</p><p>{'Some 3 words of prose. ' * 20}</p></body>".encode()


def count(step: Callable[..., Any], calls: list[str]) -> Callable[..., Any]:
    def counted(*arguments: Any, **named: Any) -> Any:
        calls.append(step.__name__)
        return step(*arguments, **named)

    return counted


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
def test_the_dates_of_a_page_cost_little() -> None:
    *corpora, pooled = measure_corpora(ALL, every=72)
    assert len(corpora) == len(ALL)
    assert 35 < pooled.pages == sum(cost.pages for cost in corpora)
    assert 0.1 < pooled.median < LOOSE


def test_each_step_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page("any", "0", "https://example.org/", {})
    ticks = iter(range(0, 10**12, 10**6))  # each reading of the clock is a millisecond after the last
    monkeypatch.setattr(module, "process_time_ns", lambda: next(ticks))
    called: list[str] = []
    for where, name in STEPS:
        monkeypatch.setattr(where, name, count(getattr(where, name), called))
    (spent,) = measure_pages([page])
    assert set(called) == {name for _, name in STEPS}
    assert len(STEPS) <= spent <= len(called)  # a step that another one calls is timed with it
    extract_page(page.body(), PageContext(id="0", url=page.url, collection="any"))
    assert next(ticks) == 2 * spent * 10**6  # nothing is timed any more


def test_a_page_that_cannot_be_read_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Page, "body", lambda _: b"%PDF-1.4")
    assert measure_pages([Page("any", "0", "https://example.org/", {})]) == []


def test_costs_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert format_costs([Cost("all", 3, 1.234, 5.6)])[1].split() == ["all", "3", "1.23", "5.60"]
    assert describe_cost(Cost("all", 3, DATE_COST_MUST, 9.0)) == "must median at most 2.00: reached (2.00)"
    assert describe_cost(Cost("all", 3, 2.5, 9.0)) == "must median at most 2.00: not reached (2.50)"
    assert find_cost_shortfalls(Cost("all", 3, DATE_COST_CEILING, 9.0)) == []
    assert find_cost_shortfalls(Cost("all", 3, 3.5, 9.0)) == ["all: dates take 3.50 ms a page, the ceiling is 3.0"]
    monkeypatch.setattr(module, "measure_corpora", lambda corpora, every: [Cost(corpora[0], every, 1.0, 1.0)])
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert main(["openglam", "--every", "7"]) == 0
    assert capsys.readouterr().out.split("\n")[1].split() == ["openglam", "7", "1.00", "1.00"]
    monkeypatch.setattr(module, "FOLDER", tmp_path / "none")
    assert main([]) == 2
    assert "../shared/corpora is missing" in capsys.readouterr().err
