"""Which organizations are due: pure, at any time, whatever the last run left."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.hours import parse_hours
from crawler.scheduling.due import (
    DUE,
    Decision,
    LastRun,
    Standing,
    Why,
    decide,
    find_overdue,
    order,
    show_span,
    show_time,
)

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def crawled(*, failure: str | None = None, is_finished: bool = True) -> Standing:
    return Standing(last=LastRun(START, is_finished, failure))


def test_what_nobody_crawled_or_scheduled_is_not_looked_after() -> None:
    assert decide(START, Standing()) == Decision(Why.UNSCHEDULED, "never crawled, and its file has no [schedule]")
    assert decide(START, Standing(is_scheduled=True)) == Decision(Why.FIRST, "never crawled", START)


@pytest.mark.parametrize(
    ("every", "hours", "why"),
    [
        (1, 0, Why.EARLY),
        (1, 21.5, Why.EARLY),
        (1, 21.6, Why.TIME),
        (1, 24, Why.TIME),
        (1, 24.5, Why.TIME),
        (7, 24, Why.EARLY),
        (7, 6.4 * 24, Why.TIME),
        (0.04, 1, Why.TIME),
        (0.04, 0.5, Why.EARLY),
    ],
)
def test_an_interval_is_over_when_a_scheduler_is_somewhat_early(every: float, hours: float, why: Why) -> None:
    found = decide(START + timedelta(hours=hours), replace(crawled(), every_days=every))
    assert found.why is why
    assert found.moment == START + 0.9 * days(every)


def test_a_scheduler_that_starts_each_night_at_some_time_crawls_each_night() -> None:
    """Forty-five minutes early or late: no night is left out, and none has two runs."""
    standing = crawled()
    for night in range(1, 60):
        now = START + days(night) + timedelta(minutes=45 if night % 2 else -45)
        assert decide(now, standing).is_due
        standing = Standing(last=LastRun(now, is_finished=True))
        assert not decide(now + timedelta(hours=3), standing).is_due


def test_a_machine_that_was_off_crawls_once_when_it_is_back() -> None:
    found = decide(START + days(9), crawled())
    assert found == Decision(Why.TIME, "the last run began 9 days ago", START + days(0.9))


def test_an_unfinished_run_is_gone_on_with_at_once() -> None:
    standing = replace(crawled(is_finished=False), every_days=30)
    found = decide(START + timedelta(hours=1), standing)
    said = "the run that began 2026-03-01T02:00Z did not finish: to be gone on with"
    assert found == Decision(Why.UNFINISHED, said, START + timedelta(hours=1))
    assert decide(START + days(60), standing).moment == START + days(27), "it comes no later than if it had finished"
    assert decide(START - days(1), standing).is_due


@pytest.mark.parametrize(
    ("every", "hours", "why"), [(30, 21, Why.EARLY), (30, 22, Why.FAILED), (1, 22, Why.FAILED), (0.5, 11, Why.FAILED)]
)
def test_a_run_that_failed_its_checks_is_done_again_the_next_day(every: float, hours: float, why: Why) -> None:
    standing = replace(crawled(failure="no server answered"), every_days=every)
    found = decide(START + timedelta(hours=hours), standing)
    assert found.why is why
    assert found.said == f"the last run began {hours} hours ago and failed: no server answered"


def test_a_wrong_clock_does_not_put_an_organization_off_for_years() -> None:
    found = decide(START - days(4000), crawled())
    said = "the last run began 2026-03-01T02:00Z, which is later than now: a clock was wrong"
    assert found == Decision(Why.TIME, said, START - days(4000))


def test_a_ledger_that_cannot_be_looked_at_is_left_to_the_crawl() -> None:
    """It may be of an older version: nobody but a crawl brings it up to date."""
    assert decide(START, Standing(fault="of format 3")) == Decision(Why.UNREADABLE, "of format 3", START)


def test_paused_comes_first() -> None:
    standing = replace(crawled(is_finished=False), is_scheduled=True, is_paused=True, holder="7")
    assert decide(START + days(9), standing).why is Why.PAUSED


def test_what_is_being_crawled_is_left_alone() -> None:
    found = decide(START + days(9), replace(crawled(is_finished=False), holder="6006"))
    assert found == Decision(Why.IN_USE, "process 6006 has the collection", None, START + days(0.9))
    found = decide(START + days(0.5), replace(crawled(), holder="6006"))
    assert found == Decision(Why.IN_USE, "process 6006 has the collection")


@pytest.mark.parametrize(
    "standing", [replace(crawled(), holder="7"), replace(crawled(), hours=parse_hours("22:00-06:00"))]
)
def test_what_is_kept_back_for_a_week_is_overdue(standing: Standing) -> None:
    for after, overdue in ((7.4, False), (8, True)):
        now = START + days(after) + timedelta(hours=10)
        assert find_overdue(now, {"a": decide(now, standing)}) == ({"a"} if overdue else set())
    assert find_overdue(now, {"a": decide(now, crawled()), "b": decide(now, Standing())}) == set()


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "why", "moment"),
    [
        ("2026-03-03T02:30:00Z", Why.HOURS, "2026-03-03T03:00:00Z"),  # 21:30 there
        ("2026-03-03T03:00:00Z", Why.TIME, "2026-03-01T23:36:00Z"),
        ("2026-03-03T10:59:00Z", Why.TIME, "2026-03-01T23:36:00Z"),
        ("2026-03-03T11:00:00Z", Why.HOURS, "2026-03-04T03:00:00Z"),
        ("2026-03-08T11:30:00Z", Why.HOURS, "2026-03-09T02:00:00Z"),  # the day on which clocks were put forward
        ("2026-03-01T12:00:00Z", Why.EARLY, "2026-03-02T03:00:00Z"),  # due at 18:36 there: before the hours
    ],
)
def test_outside_of_its_hours_it_waits(now: str, why: Why, moment: str) -> None:
    standing = replace(crawled(), hours=parse_hours("22:00-06:00"), zone=NEW_YORK)
    found = decide(datetime.fromisoformat(now), standing)
    assert (found.why, found.moment) == (why, datetime.fromisoformat(moment))
    if why is Why.HOURS:
        said = "outside of its hours 22:00-06:00 (America/New_York); due since 2026-03-01T23:36Z"
        assert found.said == said


def test_hours_confine_a_scheduler_that_starts_every_hour() -> None:
    """One run each night, at its beginning, although an interval is over after nine tenths of a day."""
    standing = replace(crawled(), hours=parse_hours("22:00-06:00"), zone=NEW_YORK)
    begun = []
    for hour in range(1, 24 * 14):
        now = START + timedelta(hours=hour)
        if decide(now, standing).is_due:
            begun.append(now)
            standing = replace(standing, last=LastRun(now, is_finished=True))
    assert [now.astimezone(NEW_YORK).hour for now in begun] == [22] * 13


def test_the_longest_due_comes_first() -> None:
    now = START + days(10)
    standings = {
        "new": Standing(is_scheduled=True),
        "weekly": replace(crawled(), every_days=7),
        "daily": crawled(),
        "also": crawled(),
        "paused": replace(crawled(), is_paused=True),
        "busy": replace(crawled(), holder="7"),
        "cut": replace(crawled(is_finished=False), every_days=2),
    }
    decisions = {name: decide(now, standing) for name, standing in standings.items()}
    assert order(decisions) == ["also", "daily", "cut", "weekly", "new"]
    assert order(decisions, {Why.PAUSED, Why.IN_USE}) == ["busy", "paused"]


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=119), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47.9), "47 hours"),
        (days(2), "2 days"),
        (days(4000), "4,000 days"),
    ],
)
def test_spans(span: timedelta, said: str) -> None:
    assert show_span(span) == said


def test_times_are_shown_in_utc() -> None:
    assert show_time(datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=14)))) == "2026-02-28T22:00Z"


def test_a_naive_time_is_an_error() -> None:
    with pytest.raises(TypeError):
        decide(datetime(2026, 3, 5), crawled())


TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
STANDINGS = st.builds(
    Standing,
    every_days=st.floats(0.04, 366),
    is_scheduled=st.booleans(),
    is_paused=st.booleans(),
    last=st.none() | st.builds(LastRun, TIMES, st.booleans(), st.none() | st.just("why")),
    fault=st.none() | st.just("damaged"),
    holder=st.none() | st.just("7"),
    hours=st.none() | st.sampled_from([parse_hours("22:00-06:00"), parse_hours("01:00-02:30")]),
    zone=st.sampled_from([NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe")]),
)


@given(TIMES, STANDINGS)
def test_what_is_not_due_is_due_from_the_moment_that_is_told(now: datetime, standing: Standing) -> None:
    found = decide(now, standing)
    assert found.is_due == (found.why in DUE)
    if found.moment is not None and not found.is_due:
        assert found.moment > now
        later = decide(found.moment, standing)
        assert later.is_due, later
    if found.is_due:
        assert found.moment is not None
        assert found.moment <= now
