"""Hours of the day: over midnight, and where the clocks are changed."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crawler.discovery.hours import Hours, find_left, find_wait, parse_hours

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = parse_hours("22:00-06:00")


def local(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold)


def test_written() -> None:
    assert parse_hours(" 22:00 - 06:00:30 ") == Hours(time(22), time(6, 0, 30))
    for wrong in ("", "22-6", "22:00", "22:00-22:00", "24:00-06:00", "22:00-06:60", "22:00–06:00", "9:00-10:00"):
        with pytest.raises(ValueError, match=r".+"):
            parse_hours(wrong)


@pytest.mark.parametrize(
    ("hours", "now", "wait", "left"),
    [
        ("22:00-06:00", "2026-03-03T21:59:59", 1, 0),
        ("22:00-06:00", "2026-03-03T22:00:00", 0, 8 * 3600),
        ("22:00-06:00", "2026-03-03T00:00:00", 0, 6 * 3600),
        ("22:00-06:00", "2026-03-03T05:59:59", 0, 1),
        ("22:00-06:00", "2026-03-03T06:00:00", 16 * 3600, 0),
        ("01:00-05:00", "2026-03-03T00:30:00", 1800, 0),
        ("01:00-05:00", "2026-03-03T03:00:00", 0, 7200),
        ("01:00-05:00", "2026-03-03T05:00:00", 20 * 3600, 0),
        ("00:00-12:00", "2026-03-03T12:00:00", 12 * 3600, 0),
        ("12:00-00:00", "2026-03-03T23:00:00", 0, 3600),
        # Spring: 2026-03-08, two o'clock becomes three.
        ("22:00-06:00", "2026-03-07T22:00:00", 0, 7 * 3600),
        ("22:00-06:00", "2026-03-08T06:00:00", 16 * 3600, 0),
        ("04:00-05:00", "2026-03-08T01:00:00", 2 * 3600, 0),
        ("01:00-02:30", "2026-03-08T03:00:00", 22 * 3600, 0),
        # Autumn: 2026-11-01, two o'clock becomes one.
        ("22:00-06:00", "2026-10-31T22:00:00", 0, 9 * 3600),
        ("04:00-05:00", "2026-11-01T00:00:00", 5 * 3600, 0),
    ],
)
def test_wait_and_what_is_left(hours: str, now: str, wait: float, left: float) -> None:
    found = (find_wait(parse_hours(hours), NEW_YORK, local(now)), find_left(parse_hours(hours), NEW_YORK, local(now)))
    assert found == (wait, left)


def test_the_hour_that_comes_twice() -> None:
    hours = parse_hours("01:30-01:45")
    assert find_wait(hours, NEW_YORK, local("2026-11-01T01:00:00")) == 1800
    assert find_wait(hours, NEW_YORK, local("2026-11-01T01:45:00")) == 45 * 60, "again an hour later"
    assert find_wait(hours, NEW_YORK, local("2026-11-01T01:45:00", fold=1)) == 86400 - 900


def test_hours_that_spring_leaves_out_come_all_the_same() -> None:
    hours = parse_hours("02:30-05:00")
    assert find_wait(hours, NEW_YORK, local("2026-03-08T01:00:00")) == 1.5 * 3600
    assert find_wait(hours, NEW_YORK, local("2026-03-08T03:00:00")) == 0
    assert find_wait(parse_hours("02:15-02:45"), NEW_YORK, local("2026-03-08T03:15:00")) == 23 * 3600


def test_a_whole_year_has_its_nights() -> None:
    """Wherever the clock is, either the hours are on, or they come within a day."""
    for zone in (NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu")):
        for hour in range(0, 366 * 24, 5):
            now = datetime.fromtimestamp(1_767_225_600 + hour * 3600, UTC)
            wait, left = find_wait(NIGHT, zone, now), find_left(NIGHT, zone, now)
            assert (wait > 0) != (left > 0)
            assert wait <= 17 * 3600
            assert left <= 9 * 3600
