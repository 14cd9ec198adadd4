"""When what happens in the simulated year, and in its short form: 365 nights, or 15 in which each thing happens once.

Nights are counted from 0, that of the first crawl.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

HOUR = 2  # of each night, UTC, at which its crawl begins


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to pages before the crawl of a night."""

    verb: str  # a key of `year_script.VERBS`
    count: int = 1
    announced: bool = True  # whether the sitemap's lastmod follows


@dataclass(frozen=True, slots=True)
class Calendar:
    """All that happens but for what the pages say."""

    first: date  # the day of the first crawl
    nights: int
    births: Callable[[int, date], int]  # how many documents are new in a night
    acts: Mapping[int, tuple[Act, ...]]
    redesign: int  # from this night on the site has another look
    down: frozenset[int]  # no connection
    robots: frozenset[int]  # robots.txt answers 503
    full: frozenset[int]  # the disk of the feeds has no room
    giving: frozenset[int]  # a banner stands on every page
    menu: int  # from then on the menu has another item
    cookies: int  # from then on the notice of cookies has other words
    rebuilt: int  # from then on one page has other markup
    campaign: int  # from then on there is a section with a look of its own
    lies: int  # on this night each lastmod is that night's
    skipped: Mapping[int, int] = field(default_factory=dict)  # days that are left out before a night

    def find_day(self, night: int) -> date:
        """Give the day on which a night's crawl begins."""
        left_out = sum(days for at, days in self.skipped.items() if at <= night)
        return self.first + timedelta(days=night + left_out)

    def find_start(self, night: int) -> datetime:
        """Give the time at which a night's crawl begins."""
        day = self.find_day(night)
        return datetime(day.year, day.month, day.day, HOUR, tzinfo=UTC)

    @property
    def out(self) -> frozenset[int]:
        """The nights on which nothing can be fetched."""
        return self.down | self.robots


# --- The year ---------------------------------------------------------------------------------------------------------

_FIRST = date(2021, 10, 1)
_BURST = date(2022, 3, 9)  # the day of a verdict
_EDITS = ("edit", "retitle", "extend", "redate", "edit", "shorten", "attach")


def _night(month: int, day: int) -> int:
    """Count the night of a day of the year that begins in October."""
    year = _FIRST.year if month >= _FIRST.month else _FIRST.year + 1
    return (date(year, month, day) - _FIRST).days


def count_births(night: int, day: date) -> int:
    """Tell how many documents are new: some two a week, none over the holidays or in August, many on one day."""
    if day == _BURST:
        return 6
    if day.month == 8 or (day.month, day.day) >= (12, 22) or (day.month, day.day) <= (1, 2) or night == 0:
        return 0
    # Mornings after working days; which ones, looks like chance and is none.
    return int(day.weekday() in (1, 2, 3, 4, 5) and (night * 7919 + day.month * 31) % 10 < 4)


def _year_acts() -> Mapping[int, tuple[Act, ...]]:
    acts: dict[int, tuple[Act, ...]] = {}
    for number, night in enumerate(range(6, 362, 9)):
        acts[night] = (Act(_EDITS[number % len(_EDITS)]),)
    acts[_night(11, 22)] = (Act("edit", announced=False),)
    acts[_night(2, 16)] = (Act("edit", 2, announced=False), Act("edit old"))
    for night in (_night(11, 10), _night(1, 25), _night(4, 20), _night(8, 3)):
        acts[night] = (*acts.get(night, ()), Act("withdraw"))
    acts[_night(3, 15)] = (*acts.get(_night(3, 15), ()), Act("lose", 2))
    acts[_night(2, 8)] = (*acts.get(_night(2, 8), ()), Act("restore"))
    acts[_night(5, 4)] = (*acts.get(_night(5, 4), ()), Act("move"))
    return acts


YEAR = Calendar(
    first=_FIRST,
    nights=365,
    births=count_births,
    acts=_year_acts(),
    redesign=_night(6, 14),
    down=frozenset(range(_night(2, 21), _night(2, 24))),
    robots=frozenset({_night(4, 11)}),
    full=frozenset({_night(5, 18)}),
    giving=frozenset(range(_night(11, 29), _night(12, 6))),
    menu=_night(12, 14),
    cookies=_night(3, 22),
    rebuilt=_night(4, 27),
    campaign=_night(10, 20),
    lies=_night(7, 7),
)

# --- Its short form ---------------------------------------------------------------------------------------------------

_SHORT_BIRTHS = {1: 4, 3: 1, 6: 1, 8: 1, 11: 2, 14: 1}

SHORT = Calendar(
    first=date(2021, 12, 28),
    nights=15,
    births=lambda night, _: _SHORT_BIRTHS.get(night, 0),
    acts={
        2: (Act("edit"), Act("retitle"), Act("withdraw")),
        3: (Act("redate"), Act("attach")),
        7: (Act("edit old"), Act("edit", announced=False)),
        8: (Act("restore"), Act("move")),
        11: (Act("edit"),),
    },
    redesign=10,
    down=frozenset({5}),
    robots=frozenset({6}),
    full=frozenset({8}),
    giving=frozenset({2}),
    menu=3,
    cookies=4,
    rebuilt=7,
    campaign=1,
    lies=13,
)
CALENDARS = {"year": YEAR, "short": SHORT}
