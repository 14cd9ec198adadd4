"""The hours of the day in which a site may be asked: pure, with the clock's time as an argument."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALLOWED = 'two times of the day such as "22:00-06:00"'

_HOURS = re.compile(r"(\d\d:\d\d(?::\d\d)?)\s*-\s*(\d\d:\d\d(?::\d\d)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of the day to another, over midnight where the second is the earlier one."""

    begin: time  # of the first moment within
    end: time  # of the first moment without

    def __str__(self) -> str:
        """Write them as a user does."""
        return "-".join(one.isoformat("seconds" if one.second else "minutes") for one in (self.begin, self.end))

    def hold(self, moment: time) -> bool:
        """Tell whether a time of the day is within."""
        if self.begin < self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


def parse_hours(written: str) -> Hours:
    """Read hours such as `22:00-06:00`; seconds may be given.

    Raises:
        ValueError: they cannot be read, or the two times are the same.
    """
    found = _HOURS.fullmatch(written.strip())
    if found is None:
        raise ValueError("is not of that form")
    begin, end = (time.fromisoformat(one) for one in found.groups())
    if begin == end:
        raise ValueError("begins when it ends")
    return Hours(begin, end)


def find_wait(hours: Hours, zone: ZoneInfo, now: datetime) -> float:
    """Say how many seconds it is until the hours begin; 0 within them.

    What counts is the clock on the wall: an hour that comes twice in autumn counts twice. Hours that would begin in the
    one that spring leaves out begin with the next, at the latest when a clock that was not changed would show it; those
    that lie in it altogether do not come that day.

    Args:
        hours: in which a site may be asked.
        zone: whose clocks they mean.
        now: aware.
    """
    return 0.0 if _are_on(hours, zone, now) else _until(hours.begin, zone, now)


def find_left(hours: Hours, zone: ZoneInfo, now: datetime) -> float:
    """Say how many seconds it is until the hours end; 0 outside of them. Arguments as `find_wait`."""
    return _until(hours.end, zone, now) if _are_on(hours, zone, now) else 0.0


def _are_on(hours: Hours, zone: ZoneInfo, now: datetime) -> bool:
    return hours.hold(now.astimezone(zone).time())


def _until(moment: time, zone: ZoneInfo, now: datetime) -> float:
    """Count the seconds to the next time that the clocks show a moment."""
    today = now.astimezone(zone).date()
    coming = (
        datetime.combine(today + timedelta(days=days), moment, zone).replace(fold=fold).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    )
    return min(
        (one - now).total_seconds()
        for number, one in enumerate(coming)
        if one > now and (number % 2 == 0 or one.astimezone(zone).time() == moment)  # of two, the second is shown too
    )
