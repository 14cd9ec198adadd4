"""The short form of `make fetch-speed`: that both crawlers fetch the same pages and are timed; no figure is held."""

import re

import pytest

from benchmarks import fetch_speed
from benchmarks.corpora import FOLDER
from benchmarks.fetch_speed import Timing, find_pages, main, summarize


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
def test_both_crawlers_fetch_the_same_pages(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--pages", "40", "--pairs", "1"])
    printed = capsys.readouterr().out.splitlines()
    found = re.fullmatch(
        r"pair 1: ours (\d+) pages/s \(.* s, CPU .* ms a page, by (?:stat|clock)\), plain (\d+) pages/s \(.*\), "
        r"ratio (\d\.\d\d)",
        printed[0],
    )
    assert found is not None, printed
    assert int(found[1]) > 0
    assert int(found[2]) > 0
    assert printed[-1].startswith("fetch-speed: 40 pages, with ")
    assert status in (0, 1)  # 40 pages are too few for a verdict


def test_memory_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--memory", "--few", "100", "--many", "200"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r" +100 pending URLs: \d+\.\d MB at the peak of the main process, .* s", printed[0])
    assert re.fullmatch(r"fetch-memory: -?\d+\.\d MB more with 200 than 100 \(60 allowed\): well", printed[-1])


@pytest.mark.parametrize(
    ("ratios", "verdict"), [([0.5, 0.6, 0.9], "below the floor"), ([0.7], "below the aim"), ([0.9, 0.8, 0.9], "well")]
)
def test_the_median_decides(ratios: list[float], verdict: str) -> None:
    assert summarize(ratios, 2000, "archive and ledger").endswith(f": {verdict}")


def test_the_rate_is_pages_a_second() -> None:
    assert Timing(200, 4.0, 1.0, "clock").rate == 50.0


def test_nothing_is_measured_without_the_corpora(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch_speed, "FOLDER", FOLDER / "missing")
    assert main([]) == 2
    assert "is missing" in capsys.readouterr().err
    assert find_pages(3) == []
