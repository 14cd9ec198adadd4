"""The choice among a page's dates."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.date_choice import choose_dates
from items import DateCandidate, DateKind, DateSource

RANK = (
    DateSource.URL,
    DateSource.JSON_LD,
    DateSource.META,
    DateSource.BYLINE,
    DateSource.DATELINE,
    DateSource.TIME,
    DateSource.FEED,
    DateSource.SITEMAP,
    DateSource.HTTP,
)


def published(source: DateSource, raw: str) -> DateCandidate:
    return DateCandidate(source, DateKind.PUBLISHED, raw)


def modified(source: DateSource, raw: str) -> DateCandidate:
    return DateCandidate(source, DateKind.MODIFIED, raw)


@pytest.mark.parametrize(("better", "worse"), list(pairwise(RANK)))
def test_sources_have_ranks(better: DateSource, worse: DateSource) -> None:
    dates = choose_dates([published(worse, "2015-03-28"), published(better, "2015-03-27")])
    assert dates.published == "2015-03-27"
    assert [evidence.source for evidence in dates.evidence] == [better, worse]


def test_every_source_has_a_rank() -> None:
    assert set(RANK) == set(DateSource)


def test_a_day_is_better_than_a_month_whatever_says_it() -> None:
    dates = choose_dates([published(DateSource.URL, "2015-03"), published(DateSource.HTTP, "March 27, 2015")])
    assert (dates.published, dates.published_precision, dates.published_raw) == ("2015-03-27", "day", "March 27, 2015")
    assert not dates.conflict


def test_a_time_is_no_better_than_a_day() -> None:
    dates = choose_dates([published(DateSource.TIME, "2015-03-27T10:00:00Z"), published(DateSource.META, "2015-03-27")])
    assert dates.published_precision == "day"


def test_a_month_stays_a_month() -> None:
    dates = choose_dates([published(DateSource.BYLINE, "March 2015")])
    assert (dates.published, dates.published_earliest, dates.published_latest, dates.published_precision) == (
        "2015-03",
        "2015-03-01",
        "2015-03-31",
        "month",
    )


def test_of_equals_the_first_on_the_page() -> None:
    dates = choose_dates([published(DateSource.META, "2015-03-27"), published(DateSource.META, "2015-03-28")])
    assert dates.published == "2015-03-27"


def test_a_modified_date_never_stands_in() -> None:
    dates = choose_dates([modified(DateSource.META, "2016-01-01")])
    assert (dates.published, dates.published_earliest, dates.published_raw, dates.modified) == (
        None,
        None,
        None,
        "2016-01-01",
    )
    assert len(dates.evidence) == 1


def test_an_event_is_neither() -> None:
    dates = choose_dates([DateCandidate(DateSource.META, DateKind.EVENT, "2015-03-27")])
    assert (dates.published, dates.modified, len(dates.evidence)) == (None, None, 1)


@pytest.mark.parametrize(
    ("other", "conflict"),
    [("2015-03-28", False), ("2015-03-29", True), ("2015-03", False), ("2015-04", True), ("3/4/15", False)],
)
def test_more_than_a_day_apart_is_a_conflict(other: str, conflict: bool) -> None:
    found = choose_dates([published(DateSource.META, "2015-03-27"), published(DateSource.TIME, other)])
    assert found.conflict is conflict


def test_a_later_modification_is_no_conflict() -> None:
    assert not choose_dates(
        [published(DateSource.META, "2015-03-27"), modified(DateSource.META, "2019-01-01")]
    ).conflict


def test_an_ambiguous_order_waits_for_whoever_knows_it() -> None:
    candidates = [published(DateSource.BYLINE, "3/4/15")]
    unknown = choose_dates(candidates)
    assert (unknown.published, unknown.evidence[0].reason) == (None, "ambiguous_order")
    assert choose_dates(candidates, order="DMY").published == "2015-04-03"
    assert choose_dates(candidates, order="MDY").published == "2015-03-04"


def test_months_of_the_page_s_language() -> None:
    assert choose_dates([published(DateSource.BYLINE, "27 mars 2015")], languages=["fr"]).published == "2015-03-27"


def test_the_time_of_the_fetch_bounds_the_date() -> None:
    dates = choose_dates([published(DateSource.META, "2030-01-01")], fetched_at="2015-03-27T00:00:00Z")
    assert (dates.published, dates.evidence[0].reason) == (None, "future")


def test_nothing_stated() -> None:
    assert choose_dates([]).evidence == ()


CANDIDATES = st.builds(
    DateCandidate,
    st.sampled_from(list(DateSource)),
    st.sampled_from(list(DateKind)),
    st.sampled_from(["2015-03-27", "March 2015", "2015", "3/4/15", "nonsense", "", "2015-03-27T10:00:00Z", "1890"]),
)


@given(st.lists(CANDIDATES, max_size=8))
def test_each_candidate_is_evidence_once_with_a_value_or_a_reason(candidates: list[DateCandidate]) -> None:
    dates = choose_dates(candidates)
    assert sorted(f"{one.source}{one.kind}{one.raw}" for one in dates.evidence) == sorted(
        f"{one.source}{one.kind}{one.raw}" for one in candidates
    )
    assert all((one.value is None) != (one.reason is None) for one in dates.evidence)
    fields = (dates.published, dates.published_earliest, dates.published_latest, dates.published_precision)
    assert len({field is None for field in (*fields, dates.published_raw)}) == 1
    if dates.published is not None:
        assert dates.evidence[0].value == dates.published
        assert dates.evidence[0].kind is DateKind.PUBLISHED
