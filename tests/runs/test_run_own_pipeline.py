"""The pipeline of docs/pipeline.md: its very code, in crawls of the sample by one's own settings."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.harness import ROOT, Crawl, Run, read_records

BLOCKS = re.findall(
    r"^```python\n(# (\w+\.py)\n.*?)^```$", (ROOT / "docs/pipeline.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
ADDED, OFF = (code for code, name in BLOCKS if name == "my_settings.py")
ONLY = f'{ADDED}ITEM_PIPELINES["my_pipelines.OnlyWithTerms"] = 360\n'
SCRAPY = (sys.executable, "-m", "scrapy")
Own = Callable[..., Run]


@pytest.fixture
def own(crawl: Crawl, tmp_path: Path) -> Own:
    """Runs Scrapy by settings that are written as the page says."""
    (tmp_path / "mine").mkdir()
    (pipelines,) = (code for code, name in BLOCKS if name == "my_pipelines.py")
    (tmp_path / "mine" / "my_pipelines.py").write_text(pipelines, "utf-8")

    def run(settings: str, *arguments: str) -> Run:
        (tmp_path / "mine" / "my_settings.py").write_text(settings, "utf-8")
        env = {"PYTHONPATH": f"{tmp_path / 'mine'}:{ROOT}", "SCRAPY_SETTINGS_MODULE": "my_settings"}
        return crawl(*(arguments or ("sample",)), env=env, program=(*SCRAPY, "crawl"))

    return run


def exported(crawl: Crawl, tmp_path: Path) -> list[dict[str, object]]:
    file = tmp_path / "exported.jsonl"
    crawl("sample", "-o", str(file), feed=None, level=None, program=(sys.executable, "-m", "crawler", "export"))
    return read_records(file)


def test_marking_terms(crawl: Crawl, own: Own, tmp_path: Path) -> None:
    run = own(ADDED, "sample", "-s", "STATS_DUMP=1").check(0, "well: 31 records")
    for line in ("'terms/eviction': 2,", "'terms/jail': 8,", "'terms/water': 2,"):
        assert line in run.stderr
    with_water = [record for record in run.records if record["annotations"]["term water"] != "0"]
    assert len(with_water) == 2
    assert {"term eviction": "0", "term jail": "2", "term water": "1"} in [one["annotations"] for one in with_water]
    again = own(ADDED).check(0)
    assert [one["annotations"] for one in again.records] == [one["annotations"] for one in run.records]
    assert {one["change"] for one in again.records} == {"unchanged"}
    assert exported(crawl, tmp_path) == again.records
    replayed = own(ADDED, "replay", "-a", "collection=sample").check(0)
    assert replayed.records == again.records


def test_records_without_a_term_are_dropped_and_counted(own: Own) -> None:
    run = own(ONLY).check(3, r"checks failed: 11 records; at least 30 were expected")
    assert re.search(r"^excluded +21  no term 20, no text 1 *$", run.stderr, re.MULTILINE)
    assert len(run.records) == 11


def test_a_pipeline_that_is_added_later_shows_in_feeds_and_not_in_exports(
    crawl: Crawl, own: Own, tmp_path: Path
) -> None:
    crawl("sample").check(0)
    assert all("term jail" in one["annotations"] for one in own(ADDED).check(0).records)
    assert all(one["annotations"] == {} for one in exported(crawl, tmp_path))
    assert len(own(ONLY).check(3).records) == 11
    assert len(exported(crawl, tmp_path)) == 31
    assert len(own(ONLY, "replay", "-a", "collection=sample").records) == 11


def test_without_terms_the_pipeline_is_left_out(own: Own) -> None:
    run = own(ADDED.replace('["eviction", "jail", "water"]', "[]")).check(0)
    assert "Disabled my_pipelines.MarkTerms: TERMS is empty" in run.stderr
    assert all(one["annotations"] == {} for one in run.records)


@pytest.mark.parametrize(
    ("off", "status", "last"),
    [
        ("strip_boilerplate.StripBoilerplate", 0, "well: 31 records"),
        ("normalize_dates.NormalizeDates", 3, "0 of 31 records have a date"),
        ("identify.Identify", 1, "31 pages are not settled"),
        ("mark_change.MarkChange", 1, "failed: "),
        ("validate.Validate", 0, "well: 31 records"),
    ],
)
def test_a_pipeline_that_is_switched_off(own: Own, off: str, status: int, last: str) -> None:
    assert OFF.count("strip_boilerplate.StripBoilerplate") == 1
    run = own(OFF.replace("strip_boilerplate.StripBoilerplate", off))
    assert (run.status, last in run.last_line) == (status, True), run.stderr[-3000:]
