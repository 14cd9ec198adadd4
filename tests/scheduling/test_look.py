"""What is read of an organization before it is decided: its file, its ledger, its runs, its lock."""

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.errors import UserError
from crawler.judging.checks import Level
from crawler.judging.summary import RunSummary, dump_summary
from crawler.organizations.load import load_organization
from crawler.organizations.schema import Organization
from crawler.scheduling.due import LastRun, Why
from crawler.scheduling.look import (
    decide_all,
    find_free_memory,
    find_last_run,
    find_new_summary,
    find_organizations,
    look_at,
    read_summary,
)
from crawler.storage.ledger import Ledger
from tests.scheduling.making import summarize
from tests.storage.ledger_making import START, make_format_2

BEGAN = datetime.fromisoformat(START)


def organization(text: str = "") -> Organization:
    return load_organization("a", f'name = "A"\nhomepage = "https://a.example/"\n{text}', "a.toml")


def run(data: Path, command: str = "crawl a", *, finish: bool = True, started_at: str = START) -> None:
    with closing(Ledger(data / "a")) as ledger:
        ledger.begin_run(command, started_at)
        if finish:
            ledger.end_run(started_at)


def write_summary(data: Path, summary: RunSummary) -> Path:
    path = data / "a" / "runs" / summary.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(dump_summary(summary))
    return path


def test_a_collection_that_is_not_there(tmp_path: Path) -> None:
    standing = look_at(Settings({"DATA_DIR": str(tmp_path)}), "a", organization())
    assert (standing.last, standing.fault, standing.holder, standing.is_scheduled) == (None, None, None, False)
    assert list(tmp_path.iterdir()) == [], "a look makes nothing"


def test_the_last_run_is_that_of_the_organization(tmp_path: Path) -> None:
    run(tmp_path, "crawl pages -a urls=list.csv", finish=False)
    assert find_last_run(tmp_path / "a", "a") is None, "a list of pages of the same collection is none"
    run(tmp_path, started_at="2026-03-26T12:00:00Z")
    run(tmp_path, finish=False)
    assert find_last_run(tmp_path / "a", "a") == LastRun(BEGAN, is_finished=False)
    run(tmp_path)
    run(tmp_path, "crawl replay", finish=False)
    assert find_last_run(tmp_path / "a", "a") == LastRun(BEGAN, is_finished=True)


@pytest.mark.parametrize(
    ("summary", "failure"),
    [
        (summarize(verdict=Level.FAIL, reason="no server answered"), "no server answered"),
        (summarize(verdict=Level.WARN), None),
        (summarize(run=7, verdict=Level.FAIL), None),
        (None, None),
    ],
)
def test_whether_the_last_run_failed_stands_in_what_it_wrote(
    tmp_path: Path, summary: RunSummary | None, failure: str | None
) -> None:
    run(tmp_path)
    if summary is not None:
        write_summary(tmp_path, summary)
    assert find_last_run(tmp_path / "a", "a") == LastRun(BEGAN, is_finished=True, failure=failure)


def test_a_run_that_was_held_back_is_over_and_has_failed(tmp_path: Path) -> None:
    """Nobody goes on with it: the next one is another."""
    with closing(Ledger(tmp_path / "a")) as ledger:
        ledger.begin_run("crawl a", START)
        ledger.hold(START)
    assert find_last_run(tmp_path / "a", "a") == LastRun(BEGAN, is_finished=True, failure="it was held back")
    write_summary(tmp_path, summarize(verdict=Level.FAIL, reason="a redesign"))
    assert find_last_run(tmp_path / "a", "a") == LastRun(BEGAN, is_finished=True, failure="a redesign")


def test_another_run_that_began_later_says_nothing_of_it(tmp_path: Path) -> None:
    """A list of pages may have been read into the same collection while the run was not finished."""
    run(tmp_path)
    write_summary(tmp_path, summarize(verdict=Level.FAIL, reason="no server answered"))
    write_summary(tmp_path, replace(summarize(run=2), started_at="2026-03-28T00:00:00Z"))
    found = find_last_run(tmp_path / "a", "a")
    assert found is not None
    assert found.failure == "no server answered"


def test_what_cannot_be_read_of_a_run_is_not_there(tmp_path: Path) -> None:
    assert find_new_summary(tmp_path / "a", 0) is None
    path = write_summary(tmp_path, summarize())
    assert find_new_summary(tmp_path / "a", 0) == summarize()
    assert find_new_summary(tmp_path / "a", path.stat().st_mtime + 1) is None, "it is another run's"
    for text in ("[]", "{", "\x00"):
        path.write_text(text)
        assert find_new_summary(tmp_path / "a", 0) is None
    path.unlink()
    assert read_summary(path) is None
    path.mkdir()
    assert read_summary(path) is None


def test_schedule_hours_and_holder(tmp_path: Path) -> None:
    settings = Settings({"DATA_DIR": str(tmp_path), "FETCH_HOURS": "22:00-06:00"})
    text = 'time_zone = "America/New_York"\n[schedule]\nevery_days = 7\npaused = true\n'
    with closing(Ledger(tmp_path / "a")):
        standing = look_at(settings, "a", organization(text))
    assert (standing.every_days, standing.is_scheduled, standing.is_paused) == (7, True, True)
    assert (standing.holder, standing.zone.key) == (str(os.getpid()), "America/New_York")
    assert str(standing.hours) == "22:00-06:00"
    assert look_at(settings, "a", organization(text)).holder is None
    own = look_at(settings, "a", organization('[politeness]\nhours = "01:00-02:30:05"'))
    assert (str(own.hours), own.zone.key) == ("01:00-02:30:05", "UTC")


def test_ledgers_that_cannot_be_looked_at_keep_no_other_from_being_decided(tmp_path: Path) -> None:
    settings = Settings({"DATA_DIR": str(tmp_path), "STARTED_AT": "2026-03-28T12:00:00Z"})
    run(tmp_path)
    for name in ("old", "torn"):
        (tmp_path / name).mkdir()
    make_format_2(tmp_path / "old" / "ledger.sqlite3")
    (tmp_path / "torn" / "ledger.sqlite3").write_text("no database, and long enough for one" * 100)
    (tmp_path / "file").write_text("in the place of a folder")
    found = decide_all(settings, dict.fromkeys(("a", "old", "torn", "new", "file"), organization()))
    assert {name: one.why for name, one in found.items()} == {
        "a": Why.TIME,
        "old": Why.UNREADABLE,
        "torn": Why.UNREADABLE,
        "new": Why.UNSCHEDULED,
        "file": Why.UNREADABLE,
    }
    assert "Not a directory" in found["file"].said
    assert "of format 2; the next crawl brings it up to date" in found["old"].said


def test_broken_files_are_told_and_keep_no_other_from_being_found(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('name = "A"\nhomepage = "https://a.example/"\n')
    (tmp_path / "broken.toml").write_text("name = ")
    away = tmp_path / "away"
    settings = Settings({"ORGANIZATIONS_PATH": f"{tmp_path}{os.pathsep}{away}"})
    found = find_organizations(settings, [])
    assert {"good", "sample"} <= found.known.keys()
    assert found.errors.keys() == {"broken", str(away)}
    found = find_organizations(settings, ["good"])
    assert (list(found.known), list(found.errors)) == (["good"], [str(away)])
    assert find_organizations(settings, ["broken"]).errors.keys() == {"broken", str(away)}
    with pytest.raises(UserError, match=r"there is no organization 'goo'; there are: aclu, .*; .*away: no folder of"):
        find_organizations(settings, ["goo"])


def test_free_memory(tmp_path: Path) -> None:
    path = tmp_path / "meminfo"
    assert find_free_memory(path) is None
    path.write_text("MemTotal:       24681424 kB\nMemAvailable:   20971520 kB\n")
    assert find_free_memory(path) == 20480
    path.write_text("MemTotal:       24681424 kB\n")
    assert find_free_memory(path) is None


def test_the_clock_is_that_of_the_setting() -> None:
    settings = Settings({"STARTED_AT": "2026-03-28T12:00:00Z", "DATA_DIR": "nowhere"})
    found = decide_all(settings, {"a": organization("[schedule]")})
    assert found["a"].moment == datetime(2026, 3, 28, 12, tzinfo=UTC)
