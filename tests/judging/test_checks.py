"""What is expected of a run, and from when on it is too little."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import comb, exp

import pytest

from crawler.judging.chance import find_binomial_tail, find_poisson_tail
from crawler.judging.checks import Check, Level, Name, PastRun, Source, check_figures
from crawler.judging.figures import (
    CONTAINER,
    DATED,
    LENGTH,
    TEMPLATE,
    THERE,
    Figures,
    Share,
    find_least_words,
    find_length_class,
)
from crawler.organizations.schema import Expect

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
KEYS = (DATED, CONTAINER, TEMPLATE)
FIRST = Figures(
    records=300,
    corpus=dict.fromkeys(KEYS, Share(285, 300)),
    median_words=400,
    fresh=dict.fromkeys(KEYS, Share(285, 300)),
    fresh_words={find_length_class(400): 300},
    fetched=Share(1, 320),
    named=300,
    new=300,
    is_first=True,
)
NIGHT = replace(
    FIRST,
    kept={**dict.fromkeys(KEYS, Share(6, 6)), LENGTH: Share(6, 6)},
    fresh=dict.fromkeys(KEYS, Share(2, 2)),
    fresh_words={find_length_class(400): 2},
    fetched=Share(0, 20),
    new=2,
    is_first=False,
)


def past(nights: int, night: Figures = NIGHT, *, level: Level = Level.OK) -> list[PastRun]:
    """A first run and so many nights after it, up to yesterday."""
    runs = [PastRun(NOW - timedelta(days=nights + 1), FIRST, Level.OK)]
    return runs + [PastRun(NOW - timedelta(days=day), night, level) for day in range(nights, 0, -1)]


def check(now: Figures, before: list[PastRun], expect: Expect | None = None) -> dict[Name, Check]:
    return {one.name: one for one in check_figures(now, NOW, before, expect or Expect())}


def bad(now: Figures, before: list[PastRun]) -> dict[Name, Level]:
    return {name: one.level for name, one in check(now, before).items() if one.level is not Level.OK}


def test_tails() -> None:
    assert find_binomial_tail(3, 3, 0.5) == 1
    assert find_binomial_tail(0, 10, 0.5) == pytest.approx(2**-10)
    whole = sum(comb(20, k) * 0.3**k * 0.7 ** (20 - k) for k in range(3))
    assert find_binomial_tail(2, 20, 0.3) == pytest.approx(whole)
    assert find_binomial_tail(1, 5, 0.0) == 1
    assert find_binomial_tail(4, 5, 1.0) == 0
    assert find_binomial_tail(700_000, 1_000_000, 0.8) == pytest.approx(0)
    assert find_poisson_tail(0, 3) == pytest.approx(exp(-3))
    assert find_poisson_tail(1, 3) == pytest.approx(4 * exp(-3))
    assert find_poisson_tail(0, 0) == 1


def test_classes_of_length() -> None:
    for words in (0, 1, 2, 9, 100, 411, 12_345):
        name = find_length_class(words)
        assert find_least_words(name) <= words + 1e-9 < find_least_words(str(int(name) + 1))


def test_a_first_run_is_held_against_the_file_alone() -> None:
    assert check_figures(FIRST, NOW, [], Expect()) == ()
    (one,) = check_figures(FIRST, NOW, [], Expect(min_records=400))
    assert one == Check(Name.RECORDS, 300, None, 400, Source.FILE, Level.FAIL)


def test_an_ordinary_night() -> None:
    for nights in (0, 1, 10, 100):
        assert bad(NIGHT, past(nights)) == {}
    quiet = replace(NIGHT, kept={}, fresh={}, fresh_words={}, new=0, fetched=Share(0, 5))
    assert bad(quiet, past(100)) == {}


def test_fewer_records() -> None:
    assert bad(replace(NIGHT, records=271), past(10)) == {}
    assert bad(replace(NIGHT, records=269), past(10)) == {Name.RECORDS: Level.WARN}
    assert bad(replace(NIGHT, records=149), past(10)) == {Name.RECORDS: Level.FAIL}
    small = replace(NIGHT, records=6)
    assert bad(replace(small, records=2), past(10, small)[1:]) == {}, "four fewer may be chance"
    assert bad(replace(small, records=1), past(10, small)[1:]) == {Name.RECORDS: Level.FAIL}


def test_records_that_go_one_by_one() -> None:
    nights = [
        PastRun(NOW - timedelta(days=day), replace(NIGHT, records=235 + 5 * day), Level.OK) for day in range(13, 0, -1)
    ]
    assert nights[0].figures.records == 300
    assert bad(replace(NIGHT, records=235), nights) == {Name.RECORDS: Level.WARN}
    assert bad(replace(NIGHT, records=240), nights) == {}, "none has gone since the night before"


def test_known_pages_that_are_missing() -> None:
    def lose(there: int, of: int) -> Figures:
        return replace(NIGHT, kept={THERE: Share(there, of)}, fresh={}, fresh_words={})

    assert bad(lose(3, 9), past(0)) == {}
    assert bad(lose(0, 9), past(0)) == {Name.THERE: Level.WARN}
    assert bad(lose(0, 14), past(0)) == {Name.THERE: Level.FAIL}
    assert bad(lose(0, 7), [*past(0), PastRun(NOW - timedelta(days=1), lose(0, 7), Level.WARN)]) == {
        Name.THERE: Level.FAIL
    }


def test_failing_requests_do_not_become_usual_soon() -> None:
    bad_night = replace(NIGHT, fetched=Share(10, 20))
    runs = [*past(10), *(PastRun(NOW - timedelta(hours=hour), bad_night, Level.OK) for hour in range(8, 0, -1))]
    assert bad(bad_night, runs) == {Name.ERRORS: Level.WARN}


@pytest.mark.parametrize("name", [Name.DATED, Name.CONTAINER, Name.TEMPLATE, Name.LENGTH])
def test_known_pages_lose_what_they_had(name: Name) -> None:
    def lose(has: int, of: int) -> Figures:
        return replace(NIGHT, kept={**NIGHT.kept, str(name): Share(has, of)}, fresh={}, fresh_words={})

    assert bad(lose(2, 6), past(0)) == {}
    assert bad(lose(0, 5), past(0)) == {}, "a page or some may have lost it"
    assert bad(lose(0, 6), past(0)) == {name: Level.WARN}
    assert bad(lose(0, 20), past(0)) == {name: Level.FAIL}
    assert bad(lose(500, 1000), past(0))[name] is Level.WARN
    assert bad(lose(400, 1000), past(0))[name] is Level.FAIL


def test_nights_count_together() -> None:
    """Two pages of a night that have lost their date say little; those of three nights do."""
    worse = replace(NIGHT, kept={**NIGHT.kept, DATED: Share(0, 2), LENGTH: Share(2, 2)}, fresh={}, fresh_words={})
    nights = [PastRun(NOW - timedelta(days=day), worse, Level.OK) for day in (2, 1)]
    assert bad(worse, past(30)) == {}
    assert bad(worse, [*past(30)[:-2], nights[0]]) == {}
    one = check(worse, [*past(30)[:-2], *nights])[Name.DATED]
    assert (one.level, one.seen, one.of) == (Level.WARN, 0, 6)


def test_new_pages_are_compared_with_new_pages() -> None:
    none = replace(NIGHT, fresh={**NIGHT.fresh, DATED: Share(0, 9)}, kept={})
    assert bad(none, past(5)) == {}, "nobody knows yet how new pages are"
    assert bad(none, past(40)) == {Name.DATED: Level.WARN}
    # Where they never have a date, and known pages do, nothing is missing.
    undated = replace(NIGHT, fresh={**NIGHT.fresh, DATED: Share(0, 2)})
    assert bad(none, past(40, undated)) == {}
    short = replace(NIGHT, kept={}, fresh_words={find_length_class(40): 9})
    assert bad(short, past(40)) == {Name.LENGTH: Level.WARN}


def test_runs_that_failed_teach_nothing() -> None:
    undated = replace(NIGHT, fresh={**NIGHT.fresh, DATED: Share(0, 2)})
    none = replace(NIGHT, fresh={**NIGHT.fresh, DATED: Share(0, 9)}, kept={})
    runs = past(40)
    runs += [PastRun(NOW - timedelta(hours=hour), undated, Level.FAIL) for hour in range(23, 0, -1)]
    assert bad(none, runs) == {Name.DATED: Level.WARN}


def test_new_pages_of_another_kind_are_no_failure() -> None:
    staff = replace(NIGHT, fresh={**NIGHT.fresh, DATED: Share(0, 40)}, kept={})
    assert bad(staff, past(40)) == {Name.DATED: Level.WARN}


def test_half_of_the_records_is_missed_once() -> None:
    half = replace(NIGHT, records=140)
    assert bad(half, past(10)) == {Name.RECORDS: Level.FAIL}
    assert bad(half, [*past(10), PastRun(NOW - timedelta(hours=2), half, Level.FAIL)]) == {}


def test_new_records_of_failed_runs_count() -> None:
    one = replace(NIGHT, new=1)
    runs = [replace(run, level=Level.FAIL) for run in past(30, one)]
    assert check(one, runs, Expect(min_new_a_week=3))[Name.NEW].seen == 7


def test_requests_that_fail() -> None:
    assert bad(replace(NIGHT, fetched=Share(5, 20)), past(10)) == {}
    assert bad(replace(NIGHT, fetched=Share(10, 20)), past(10)) == {Name.ERRORS: Level.WARN}
    assert bad(replace(NIGHT, fetched=Share(19, 20)), past(10)) == {Name.ERRORS: Level.FAIL}
    broken = replace(NIGHT, fetched=Share(10, 20))
    assert bad(broken, past(10, broken)) == {}, "they always do"


def test_sitemaps_that_name_no_page() -> None:
    assert bad(replace(NIGHT, named=0), past(10)) == {Name.NAMED: Level.WARN}
    assert bad(replace(NIGHT, named=160), past(10)) == {}
    assert bad(replace(NIGHT, named=0), past(10, replace(NIGHT, named=0))) == {}
    assert bad(replace(NIGHT, named=None), past(10)) == {}


@pytest.mark.parametrize(("quiet", "level"), [(10, Level.OK), (35, Level.WARN)])
def test_new_records_that_stop(quiet: int, level: Level) -> None:
    """Two a night: by a third of that pace, chance brings none in fourteen nights once in ten thousand times."""
    runs = past(100)
    still = replace(NIGHT, new=0)
    runs = [one if one.began < NOW - timedelta(days=quiet) else replace(one, figures=still) for one in runs]
    one = check(still, runs)[Name.NEW]
    assert one.level is level
    assert one.expected == pytest.approx(14, rel=0.4)


def test_a_site_that_rarely_publishes_is_given_time() -> None:
    """One record in two weeks: nothing can be said of a quarter."""
    rare = replace(NIGHT, new=0)
    runs = [replace(run, figures=replace(rare, new=int(number % 14 == 0))) for number, run in enumerate(past(360))]
    assert Name.NEW not in check(rare, runs)


@pytest.mark.parametrize(
    ("expect", "name"),
    [
        (Expect(min_records=301), Name.RECORDS),
        (Expect(min_dated=0.96), Name.DATED),
        (Expect(min_template=0.96), Name.TEMPLATE),
        (Expect(min_container=0.96), Name.CONTAINER),
        (Expect(min_words=401), Name.LENGTH),
        (Expect(min_new_a_week=15), Name.NEW),
        (Expect(max_errors=0.04), Name.ERRORS),
    ],
)
def test_what_the_file_demands(expect: Expect, name: Name) -> None:
    now = replace(NIGHT, fetched=Share(1, 20))
    one = check(now, past(30), expect)[name]
    assert (one.source, one.level) == (Source.FILE, Level.FAIL)
    (key, value), *_ = expect.model_dump(exclude_none=True).items()
    milder = value - 1 if isinstance(value, int) else value + 0.02 if key == "max_errors" else value - 0.02
    assert check(now, past(30), Expect(**{key: milder}))[name].level is Level.OK


def test_new_records_a_week_are_demanded_after_a_week() -> None:
    assert Name.NEW not in check(replace(NIGHT, new=0), past(3), Expect(min_new_a_week=50))
