"""Dates of ambiguous order: what else on the page, its language or the fetch settles them."""

from dataclasses import replace

import pytest

from crawler.extraction.date_choice import choose_dates
from items import DateCandidate, DateKind, DateSource
from tests.extraction.date_making import NOT_SHOWN, SHOWN, modified, published


def test_another_statement_of_the_page_settles_the_order() -> None:
    shown = published(DateSource.BYLINE, "3/4/15")
    for other in (
        published(DateSource.META, "2015-04-03"),
        modified(DateSource.HTTP, "2015-04-03"),
        DateCandidate(DateSource.LINE, DateKind.EVENT, "April 3, 2015"),
    ):
        dates = choose_dates([shown, other])
        assert (dates.published, dates.published_raw) == ("2015-04-03", "3/4/15")


def test_a_statement_of_a_month_or_of_both_days_settles_nothing() -> None:
    shown = published(DateSource.BYLINE, "3/4/15")
    for raws in (["2015-04"], ["2015-04-04"], ["2015-04-03", "2015-03-04"]):
        dates = choose_dates([shown, *(published(DateSource.META, raw) for raw in raws)])
        (evidence,) = (one for one in dates.evidence if one.source is DateSource.BYLINE)
        assert (evidence.value, evidence.reason) == (None, "ambiguous_order")
    first_of_april = [published(DateSource.BYLINE, "1/4/15"), published(DateSource.META, "2015-04")]
    assert choose_dates(first_of_april).published_precision == "month"


@pytest.mark.parametrize(
    ("fetched_at", "day"),
    [
        ("2015-03-04T00:00:00Z", "2015-03-04"),
        ("2015-04-01T23:59:59Z", "2015-03-04"),
        ("2015-04-02T00:00:00Z", None),  # it may be the third already, somewhere
        ("2015-04-01T23:00:00-03:00", None),
        ("2016-01-01T00:00:00Z", None),
        ("2015-01-01T00:00:00Z", None),
    ],
)
def test_no_page_speaks_of_days_after_its_fetch(fetched_at: str, day: str | None) -> None:
    assert choose_dates([published(DateSource.META, "3/4/15")], fetched_at=fetched_at).published == day


@pytest.mark.parametrize("source", SHOWN)
def test_what_readers_see_has_the_order_of_their_language(source: DateSource) -> None:
    candidates = [published(source, "03/04/2015")]
    assert choose_dates(candidates, languages=["de"]).published == "2015-04-03"
    assert choose_dates(candidates, languages=["en-GB"]).published == "2015-04-03"
    for silent in (["en"], ["en-US"], ["de", "en"], []):
        assert choose_dates(candidates, languages=silent).published is None, silent
    assert choose_dates([published(source, "03.04.2015")]).published == "2015-04-03"


@pytest.mark.parametrize("source", NOT_SHOWN)
def test_what_machines_see_has_not(source: DateSource) -> None:
    assert choose_dates([published(source, "03/04/2015")], languages=["de"]).published is None
    assert choose_dates([published(source, "03.04.2015")]).published is None


def test_a_date_of_the_language_s_order_settles_that_of_others() -> None:
    candidates = [published(DateSource.BYLINE, "03.04.2015"), published(DateSource.META, "03/04/2015")]
    assert [one.value for one in choose_dates(candidates).evidence] == ["2015-04-03", "2015-04-03"]


def test_the_order_that_was_learned_of_a_place_is_its_own() -> None:
    day_first = replace(published(DateSource.BYLINE, "3/4/15"), order="DMY")
    assert choose_dates([day_first]).published == "2015-04-03"
    month_first = replace(published(DateSource.LINE, "3/4/15"), order="MDY")
    assert [one.value for one in choose_dates([day_first, month_first]).evidence] == ["2015-04-03", "2015-03-04"]
