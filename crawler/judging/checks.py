"""What a run is expected to bring, as earlier runs teach and the organization's file demands, and what it brought.

What a run reads is little, on most nights some pages, and others than the night before. So known pages are compared
with what they were themselves and new ones with other new ones, the run alone and together with those before it until
thirty pages are looked at; and a share that is too low counts only where chance brings it once in ten thousand times.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from crawler.judging.chance import find_binomial_tail, find_poisson_tail
from crawler.judging.figures import CONTAINER, DATED, TEMPLATE, THERE, Figures, Share, find_least_words
from crawler.organizations.schema import Expect

CHANCE = 1e-4  # of a run without a fault to fall below a floor
LATELY = 30  # pages that are judged together, of as many runs as have them
LATELY_DAYS = 30.0  # and no run that is older
RUNS = 30  # of which the middle share of failed requests is the usual one
USUAL = 20  # pages, or runs, from which something is learned
TOLERATED = 0.8  # of a usual share; below it, a warning
BROKEN = 0.5  # of a usual share; below it, a failure
SHRUNK = 0.9  # of the records of the run before
FEWEST = 5  # records or addresses that must be missing
ERRORS = 0.1  # of the requests, above the usual share of those that fail
WEEKS = (1, 2, 4, 8, 13)  # in which new records are counted
SLOW = 1 / 3  # of the usual number of new records a week; they come in bursts


class Level(StrEnum):
    """How good something is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Source(StrEnum):
    """Who expects something."""

    FILE = "file"  # the organization's
    LEARNED = "learned"  # from earlier runs


class Name(StrEnum):
    """What is expected."""

    RECORDS = "records"
    THERE = "there"
    DATED = "dated"
    LENGTH = "length"
    TEMPLATE = "template"
    CONTAINER = "container"
    NEW = "new_a_week"
    ERRORS = "errors"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was expected, and what was seen."""

    name: Name
    seen: float
    expected: float | None  # as it usually is; None where the file alone says something
    floor: float  # the least that is well; of errors, the most
    source: Source
    level: Level
    of: int | None = None  # pages, records or requests of which a share is meant


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run before the one that is judged."""

    began: datetime
    figures: Figures
    level: Level


def check_figures(now: Figures, began: datetime, past: Sequence[PastRun], expect: Expect) -> tuple[Check, ...]:
    """Hold a run against what is expected of it.

    Args:
        now: what it found.
        began: when, as earlier runs say it.
        past: the runs before it that came to their end with all of their pages, the latest last. Those that failed
            tell how many records there were and came, and nothing of what is usual.
        expect: what the organization's file demands.
    """
    before = [run for run in past if run.began <= began]
    learned = {check.name: check for check in _learn(now, began, before)}
    demanded = {check.name: check for check in _demand(now, began, before, expect)}
    return tuple(
        check
        for name in Name
        for check in (demanded.get(name), learned.get(name))
        if check is not None and (check.source is Source.FILE or name not in demanded or check.level is not Level.OK)
    )


# --- What the file demands --------------------------------------------------------------------------------------------


def _demand(now: Figures, began: datetime, past: Sequence[PastRun], expect: Expect) -> Iterator[Check]:
    if expect.min_records is not None:
        yield _at_least(Name.RECORDS, now.records, expect.min_records)
    shares = (
        (Name.DATED, DATED, expect.min_dated),
        (Name.TEMPLATE, TEMPLATE, expect.min_template),
        (Name.CONTAINER, CONTAINER, expect.min_container),
    )
    for name, key, floor in shares:
        share = now.corpus.get(key, Share())
        if floor is not None and share.of:
            yield _at_least(name, share.value, floor, share.of)
    if expect.min_words is not None and now.median_words is not None:
        yield _at_least(Name.LENGTH, now.median_words, expect.min_words)
    week = timedelta(days=7)
    if expect.min_new_a_week is not None and past and past[0].began <= began - week:
        new = now.new + sum(run.figures.new for run in past if run.began > began - week)
        yield _at_least(Name.NEW, new, expect.min_new_a_week)
    if expect.max_errors is not None and now.fetched.of:
        level = Level.FAIL if now.fetched.value > expect.max_errors else Level.OK
        yield Check(Name.ERRORS, now.fetched.value, None, expect.max_errors, Source.FILE, level, now.fetched.of)


def _at_least(name: Name, seen: float, floor: float, of: int | None = None) -> Check:
    return Check(name, seen, None, floor, Source.FILE, Level.FAIL if seen < floor else Level.OK, of)


# --- What earlier runs teach ------------------------------------------------------------------------------------------


def _learn(now: Figures, began: datetime, past: Sequence[PastRun]) -> Iterator[Check]:
    if not past:
        return
    yield from _check_records(now, began, past)
    yield from _check_new(now, began, past)
    sound = [run for run in past if run.level is not Level.FAIL]
    lately, usual = _divide(now, began, sound)
    shares = ((Name.THERE, THERE), (Name.DATED, DATED), (Name.TEMPLATE, TEMPLATE), (Name.CONTAINER, CONTAINER))
    for name, key in shares:
        yield from _check_share(name, lately, usual, _find_fresh(key))
    yield from _check_length(lately, usual)
    yield from _check_errors(now, sound)
    named = [run.figures.named for run in sound[-7:] if run.figures.named is not None]
    if now.named is not None and named:
        yield from _check_number(Name.NAMED, now.named, median(named), BROKEN, None)


def _check_records(now: Figures, began: datetime, past: Sequence[PastRun]) -> Iterator[Check]:
    """Compare with the run before; where records go, also with the most of a month, for they may go one by one."""
    before = past[-1].figures.records
    checks = list(_check_number(Name.RECORDS, now.records, before, SHRUNK, BROKEN))
    if now.records < before:
        most = max(
            run.figures.records for run in past if run.began > began - timedelta(days=LATELY_DAYS) or run is past[-1]
        )
        checks += _check_number(Name.RECORDS, now.records, most, TOLERATED, None)
    levels = list(Level)
    yield from sorted(checks, key=lambda check: -levels.index(check.level))[:1]


def _check_number(name: Name, seen: int, before: float, warns: float, fails: float | None) -> Iterator[Check]:
    """Compare with the number that there was; a few less are never too few."""
    if before <= 0:
        return
    missing = before - seen
    level = Level.OK
    if missing >= FEWEST and fails is not None and seen < fails * before:
        level = Level.FAIL
    elif missing >= FEWEST and seen < warns * before:
        level = Level.WARN
    yield Check(name, seen, before, min(warns * before, before - FEWEST + 1), Source.LEARNED, level)


def _divide(now: Figures, began: datetime, past: Sequence[PastRun]) -> tuple[list[Figures], list[Figures]]:
    """Divide the runs into those that are judged together with this one, and those that say what is usual."""
    lately = [now]
    pages = _count_read(now)
    rest = list(past)
    while rest and pages < LATELY and rest[-1].began > began - timedelta(days=LATELY_DAYS):
        if rest[-1].figures.is_first:
            break
        one = rest.pop().figures
        lately.append(one)
        pages += _count_read(one)
    return lately, [run.figures for run in rest]


def _count_read(figures: Figures) -> int:
    return figures.fresh.get(DATED, Share()).of + figures.kept.get(THERE, Share()).of


def _check_share(
    name: Name, lately: Sequence[Figures], usual: Sequence[Figures], find_fresh: Callable[[Figures], Share]
) -> Iterator[Check]:
    """Compare known pages with what they were, and new ones with the new ones of earlier nights.

    The run is judged alone, and together with the one before, and so on: the worst of it counts.
    """
    before = sum((find_fresh(one) for one in usual if not one.is_first), Share())
    knows_new = before.of >= USUAL  # else nobody knows how new pages are
    kept, fresh = Share(), Share()
    found: list[Check] = []
    for one in lately:
        kept += one.kept.get(str(name), Share())
        fresh += find_fresh(one) if knows_new else Share()
        if kept.of + fresh.of:
            found.append(_judge_share(name, kept, fresh, before.value))
    if found:
        levels = list(Level)
        yield max(found, key=lambda check: (levels.index(check.level), check.of))


def _judge_share(name: Name, kept: Share, fresh: Share, usual: float) -> Check:
    """Judge known and new pages together; that new ones are of another kind is no failure, but worth a look."""
    seen = kept + fresh
    expected = (kept.of + fresh.of * usual) / seen.of
    level = Level.OK
    if find_binomial_tail(kept.has, kept.of, BROKEN) < CHANCE:
        level = Level.FAIL
    elif find_binomial_tail(seen.has, seen.of, TOLERATED * expected) < CHANCE:
        level = Level.WARN
    return Check(name, seen.value, expected, TOLERATED * expected, Source.LEARNED, level, seen.of)


def _find_fresh(key: str) -> Callable[[Figures], Share]:
    return lambda one: one.fresh.get(key, Share())


def _check_length(lately: Sequence[Figures], usual: Sequence[Figures]) -> Iterator[Check]:
    """Compare known pages with half of their length before, and new ones with half of the usual median."""
    words: Counter[str] = Counter()
    for one in usual:
        if not one.is_first:
            words.update(one.fresh_words)
    half = _find_median(words) / 2

    def find_long(one: Figures) -> Share:
        long = sum(count for name, count in one.fresh_words.items() if find_least_words(name) >= half)
        return Share(long, sum(one.fresh_words.values()))

    yield from _check_share(Name.LENGTH, lately, usual, find_long)


def _find_median(words: Counter[str]) -> float:
    """Find the length of the text in the middle, to the class."""
    left = sum(words.values()) / 2
    for name in sorted(words, key=int):
        left -= words[name]
        if left <= 0:
            return find_least_words(name)
    return 0.0


def _check_new(now: Figures, began: datetime, past: Sequence[PastRun]) -> Iterator[Check]:
    """Look whether new records still come, in so many weeks that some should have at a third of the usual pace."""
    runs = [run for run in past if not run.figures.is_first]
    for weeks in WEEKS:
        window = timedelta(weeks=weeks)
        since = began - window
        span = since - past[0].began
        if span < max(2 * window, timedelta(weeks=4)):
            return
        usual = sum(run.figures.new for run in runs if run.began <= since) * window / span
        seen = now.new + sum(run.figures.new for run in runs if run.began > since)
        if find_poisson_tail(0, SLOW * usual) < CHANCE:
            level = Level.WARN if find_poisson_tail(seen, SLOW * usual) < CHANCE else Level.OK
            yield Check(Name.NEW, seen / weeks, usual / weeks, SLOW * usual / weeks, Source.LEARNED, level)
            return


def _check_errors(now: Figures, past: Sequence[PastRun]) -> Iterator[Check]:
    """Compare the share of failed requests with that of earlier nights."""
    shares = [run.figures.fetched.value for run in past[-RUNS:] if run.figures.fetched.of]
    if not shares or not now.fetched.of:
        return
    usual = median(shares)
    most = min(1.0, usual + ERRORS)
    well = now.fetched.of - now.fetched.has
    level = Level.OK
    for bound, worse in ((most, Level.WARN), (max(most, BROKEN), Level.FAIL)):
        if find_binomial_tail(well, now.fetched.of, 1 - bound) < CHANCE:
            level = worse
    yield Check(Name.ERRORS, now.fetched.value, usual, most, Source.LEARNED, level, now.fetched.of)
