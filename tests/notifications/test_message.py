"""What is told of a run, and whether."""

from dataclasses import replace

import pytest

from crawler.judging.checks import Check, Level, Name, Source
from crawler.judging.summary import Fate, Redesign, RunSummary
from crawler.notifications.message import find_failures, is_recovery, reaches, write_message

REDESIGN = Redesign("harborlaw.example", ("div.entry",), pages=8, of=9, as_before=2, outcome=Fate.HELD)
RECORDS = Check(Name.RECORDS, 12, 1031, 928, Source.LEARNED, Level.FAIL)
DATED = Check(Name.DATED, 0.8, None, 0.9, Source.FILE, Level.WARN, of=30)
SUMMARY = RunSummary(
    collection="harborlaw",
    command="crawl harborlaw",
    run=12,
    started_at="2026-11-30T02:00:00Z",
    finished_at="2026-11-30T02:11:31Z",
    seconds=691.4,
    program="broadside 0.1.0",
    verdict=Level.FAIL,
    exit_status=3,
    reason="12 records, 1,031 in the run before; at least 928 were expected (and 1 more: see the table)",
    warnings=("24 of 30 records have a date; at least 90% were expected",),
    redesigns=(REDESIGN,),
    checks=(RECORDS, DATED, replace(RECORDS, name=Name.NEW, level=Level.OK)),
)
WELL = replace(SUMMARY, verdict=Level.OK, reason="1,031 records", warnings=(), redesigns=(), checks=())


def test_a_message_says_all_in_ten_seconds() -> None:
    message = write_message(SUMMARY, recovered=False, place="data/harborlaw/runs/20261130T020000Z.json")
    assert message.subject == "Broadside: harborlaw: fail"
    assert message.text.splitlines() == [
        "harborlaw: fail: 12 records, 1,031 in the run before; at least 928 were expected (and 1 more: see the table)",
        "- harborlaw.example was redesigned: the layout div.entry has vanished from 8 of 9 known pages; what was "
        "learned of the new one reads 2 of 8 as before; the corpus is as it was, and the run is held back: look at its "
        "pages, then `scrapy accept harborlaw`, or wait for a run that reads them as before",
        "- 24 of 30 records have a date; at least 90% were expected",
        "run 12, crawl harborlaw, began 2026-11-30T02:00:00Z, 691 s, broadside 0.1.0",
        "data/harborlaw/runs/20261130T020000Z.json",
    ]


def test_little_is_enough() -> None:
    stopped = replace(WELL, verdict=Level.FAIL, reason="the run was stopped before it finished (shutdown)", run=None)
    assert write_message(stopped, recovered=False, place="").text.splitlines() == [
        "harborlaw: fail: the run was stopped before it finished (shutdown)",
        "crawl harborlaw, began 2026-11-30T02:00:00Z, 691 s, broadside 0.1.0",
    ]
    assert find_failures(stopped) == []


def test_a_message_stays_short_and_calls_nobody() -> None:
    lines = tuple(f"<!channel> @everyone\u202e\nmore {number} {'x' * 90}" for number in range(50))
    text = write_message(replace(WELL, warnings=lines), recovered=False, place="").text
    assert "- and 42 more" in text
    assert not set("<@\u202e") & set(text)
    assert len(write_message(replace(WELL, reason="x" * 9_000), recovered=False, place="").text) == 1_900


def test_failures_have_names_and_levels() -> None:
    failures = [(one.name, str(one.level)) for one in find_failures(SUMMARY)]
    assert failures == [("redesign of harborlaw.example", "fail"), ("records", "fail"), ("dated", "warn")]
    (only,) = find_failures(replace(WELL, redesigns=(replace(REDESIGN, outcome=Fate.RELEARNED),)))
    assert only.level is Level.WARN


@pytest.mark.parametrize(
    ("verdict", "notify_on", "told"),
    [
        ("ok", "warn", False),
        ("warn", "warn", True),
        ("fail", "warn", True),
        ("warn", "fail", False),
        ("fail", "fail", True),
    ],
)
def test_who_is_told(verdict: str, notify_on: str, told: bool) -> None:
    assert reaches(Level(verdict), notify_on) == told


def test_a_recovery_is_of_what_was_told() -> None:
    assert is_recovery(Level.OK, Level.FAIL, "fail")
    assert is_recovery(Level.OK, Level.WARN, "warn")
    assert not is_recovery(Level.OK, Level.WARN, "fail")
    assert not is_recovery(Level.OK, Level.OK, "warn")
    assert not is_recovery(Level.OK, None, "warn")
    assert not is_recovery(Level.WARN, Level.FAIL, "fail")
    assert write_message(WELL, recovered=True, place="").subject == "Broadside: harborlaw: ok again"
