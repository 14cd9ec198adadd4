"""Days that a page shows and that are none of publication: updates, and what lies after the last change."""

from dataclasses import replace

import pytest

from crawler.extraction.date_choice import choose_dates
from items import DateKind, DateSource
from tests.extraction.date_making import NOT_SHOWN, SHOWN, kinds_of, modified, published

EARLIER, LATER = "2015-03-20", "2015-03-28"


@pytest.mark.parametrize("source", SHOWN)
def test_a_shown_day_that_a_label_calls_an_update_is_one(source: DateSource) -> None:
    update = modified(DateSource.LINE, LATER, labelled=True)
    dates = choose_dates([published(source, LATER), update, published(DateSource.FEED, EARLIER)])
    assert (dates.published, dates.modified, dates.conflict) == (EARLIER, LATER, False)
    assert DateKind.PUBLISHED not in kinds_of(dates, source)


@pytest.mark.parametrize("source", [source for source in SHOWN if source is not DateSource.TIME])
@pytest.mark.parametrize("other", [None, LATER, "2015-03-30", "2015-03"])
def test_it_stays_where_no_earlier_day_of_publication_remains(source: DateSource, other: str | None) -> None:
    others = [] if other is None else [published(DateSource.FEED, other)]
    dates = choose_dates([published(source, LATER), modified(DateSource.LINE, LATER, labelled=True), *others])
    assert LATER in {one.value for one in dates.evidence if one.source is source and one.kind is DateKind.PUBLISHED}


def test_an_update_is_no_earlier_day_of_publication() -> None:
    shown = [published(DateSource.BYLINE, EARLIER), published(DateSource.DATELINE, LATER)]
    updates = [modified(DateSource.LINE, raw, labelled=True) for raw in (EARLIER, LATER)]
    assert choose_dates([*shown, *updates]).conflict
    assert [one.kind for one in choose_dates([*shown, *updates]).evidence[:2]] == [DateKind.PUBLISHED] * 2
    dates = choose_dates([*shown, *updates, published(DateSource.HTTP, "2015-03-10")])
    assert (dates.published, dates.modified, dates.conflict) == ("2015-03-10", EARLIER, False)


@pytest.mark.parametrize("source", SHOWN)
def test_a_day_with_a_label_of_its_own_stays(source: DateSource) -> None:
    update = modified(DateSource.BYLINE, LATER, labelled=True)
    dates = choose_dates([published(source, LATER, labelled=True), update, published(DateSource.HTTP, EARLIER)])
    assert LATER in {one.value for one in dates.evidence if one.kind is DateKind.PUBLISHED}


@pytest.mark.parametrize("source", NOT_SHOWN)
def test_only_shown_days_are_judged(source: DateSource) -> None:
    update = modified(DateSource.LINE, LATER, labelled=True)
    dates = choose_dates([published(source, LATER), update, published(DateSource.BYLINE, EARLIER)])
    assert kinds_of(dates, source) == [DateKind.PUBLISHED]


@pytest.mark.parametrize("machine", [DateSource.JSON_LD, DateSource.META])
def test_a_shown_day_that_machines_call_an_update_is_one(machine: DateSource) -> None:
    shown = published(DateSource.BYLINE, LATER)
    dates = choose_dates([shown, published(machine, EARLIER), modified(machine, LATER)])
    assert (dates.published, dates.modified, dates.conflict) == (EARLIER, LATER, False)
    # Without a day of publication in the same place it may be the only one that the page has.
    dates = choose_dates([shown, published(DateSource.URL, EARLIER), modified(machine, LATER)])
    assert (dates.published, dates.conflict) == (LATER, True)


def test_machines_that_change_a_page_within_a_day_of_its_publication_say_little() -> None:
    stated = [published(DateSource.META, EARLIER), modified(DateSource.META, "2015-03-21")]
    assert choose_dates([published(DateSource.BYLINE, "2015-03-21"), *stated]).published == "2015-03-21"
    stated = [published(DateSource.META, EARLIER), modified(DateSource.META, "2015-03-22")]
    assert choose_dates([published(DateSource.BYLINE, "2015-03-22"), *stated]).published == EARLIER
    twice = [*stated, published(DateSource.JSON_LD, "2015-03-21")]  # of two publications the first counts
    assert choose_dates([published(DateSource.BYLINE, "2015-03-22"), *twice]).published == "2015-03-21"


def test_what_machines_call_the_publication_is_no_update() -> None:
    update = modified(DateSource.LINE, LATER, labelled=True)
    stated = [published(DateSource.META, LATER), published(DateSource.URL, EARLIER)]
    dates = choose_dates([published(DateSource.BYLINE, LATER), update, *stated])
    assert (dates.published, dates.evidence[0].source, dates.conflict) == (LATER, DateSource.BYLINE, True)


def test_a_time_element_whose_day_a_label_calls_an_update_is_none_of_publication() -> None:
    time, update = published(DateSource.TIME, LATER), modified(DateSource.LINE, LATER, labelled=True)
    dates = choose_dates([time, update])
    assert (dates.published, dates.modified) == (None, LATER)
    # Unless something else says that it is.
    for other in (DateSource.BYLINE, DateSource.URL, DateSource.META):
        dates = choose_dates([time, update, published(other, LATER)])
        assert (dates.published, kinds_of(dates, DateSource.TIME)) == (LATER, [DateKind.PUBLISHED])
    # Another such element does not.
    assert choose_dates([time, time, update]).published is None
    # What no label says is no label's word.
    assert choose_dates([time, modified(DateSource.HTTP, LATER)]).published == LATER


def test_a_labelled_time_element_is_a_statement_of_machines() -> None:
    times = [published(DateSource.TIME, EARLIER, labelled=True), modified(DateSource.TIME, LATER, labelled=True)]
    dates = choose_dates([published(DateSource.BYLINE, LATER), *times])
    assert (dates.published, dates.modified) == (EARLIER, LATER)
    dates = choose_dates([published(DateSource.BYLINE, "2015-04-20"), *times])
    assert (dates.published, kinds_of(dates, DateSource.BYLINE)) == (EARLIER, [DateKind.EVENT])
    dates = choose_dates([published(DateSource.BYLINE, LATER), published(DateSource.URL, EARLIER), times[1]])
    assert (dates.published, dates.conflict) == (LATER, True)


@pytest.mark.parametrize("source", SHOWN)
def test_a_shown_day_after_the_last_change_is_of_something_else(source: DateSource) -> None:
    stated = [published(DateSource.META, EARLIER), modified(DateSource.META, "2015-03-25")]
    dates = choose_dates([published(source, LATER), *stated])
    assert (dates.published, dates.modified, dates.conflict) == (EARLIER, "2015-03-25", False)
    assert kinds_of(dates, source) == [DateKind.EVENT]


def test_when_a_shown_day_after_the_last_change_may_be_that_of_publication() -> None:
    day = published(DateSource.LINE, LATER)
    stated = [published(DateSource.META, EARLIER), modified(DateSource.META, "2015-03-25")]
    for candidates in (
        [replace(day, labelled=True), *stated],
        [replace(day, raw="2015-03-26"), *stated],  # one day is another time zone
        [day, stated[0]],
        [day, stated[1]],
        [day, stated[0], modified(DateSource.HTTP, "2015-03-25")],  # a server's word
        [day, *stated, modified(DateSource.META, LATER), published(DateSource.META, LATER)],
        [replace(day, raw="March 2015"), *stated],
    ):
        assert kinds_of(choose_dates(candidates), DateSource.LINE) == [DateKind.PUBLISHED]
