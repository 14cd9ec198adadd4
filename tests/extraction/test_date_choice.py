"""The choice among a page's dates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.date_choice import choose_dates
from crawler.extraction.dates import Order
from items import DateCandidate, DateKind, DateSource
from tests.extraction.date_making import SHOWN, kinds_of, modified, published

# Best first; a line is better where a label says what its date is.
RANK = (
    (DateSource.BYLINE, False),
    (DateSource.URL, False),
    (DateSource.JSON_LD, False),
    (DateSource.META, False),
    (DateSource.MARKUP, False),
    (DateSource.LINE, True),
    (DateSource.DATELINE, False),
    (DateSource.TIME, False),
    (DateSource.LINE, False),
    (DateSource.FEED, False),
    (DateSource.SITEMAP, False),
    (DateSource.HTTP, False),
    (DateSource.HTMLDATE, False),
)


@pytest.mark.parametrize(("better", "worse"), list(pairwise(RANK)))
def test_sources_have_ranks(better: tuple[DateSource, bool], worse: tuple[DateSource, bool]) -> None:
    candidates = [
        published(worse[0], "2015-03-28", labelled=worse[1]),
        published(better[0], "2015-03-27", labelled=better[1]),
    ]
    dates = choose_dates(candidates)
    assert dates.published == "2015-03-27"
    assert [evidence.source for evidence in dates.evidence] == [better[0], worse[0]]
    assert choose_dates(candidates[::-1]).published == "2015-03-27"


def test_every_source_has_a_rank() -> None:
    assert {source for source, _ in RANK} == set(DateSource)


@pytest.mark.parametrize("source", [source for source in DateSource if source is not DateSource.LINE])
def test_a_label_raises_the_rank_of_lines_only(source: DateSource) -> None:
    ranked = [one for one, labelled in RANK if not labelled]
    at = ranked.index(source)
    if at:
        better = ranked[at - 1]
        found = choose_dates([published(source, "2015-03-28", labelled=True), published(better, "2015-03-27")])
        assert found.published == "2015-03-27"


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


# --- What a site has taught ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [source for source, _ in RANK[1:]])
def test_a_trusted_place_comes_before_a_better_source(source: DateSource) -> None:
    trusted = replace(published(source, "2015-03-20"), trusted=True)
    assert choose_dates([published(DateSource.BYLINE, "2015-03-27"), trusted]).published == "2015-03-20"


def test_a_trusted_month_is_no_better_than_a_day() -> None:
    trusted = replace(published(DateSource.META, "2015-03"), trusted=True)
    assert choose_dates([trusted, published(DateSource.HTTP, "2015-03-27")]).published == "2015-03-27"


def test_among_trusted_places_the_source_counts() -> None:
    candidates = [
        replace(published(source, raw), trusted=True)
        for source, raw in ((DateSource.META, "2015-03-20"), (DateSource.URL, "2015-03-27"))
    ]
    assert choose_dates(candidates).published == "2015-03-27"


def test_a_distrusted_date_is_evidence_with_its_reason_and_nothing_else() -> None:
    stamp = replace(published(DateSource.JSON_LD, "2019-01-01"), place="WebPage.datePublished", distrust="constant")
    dates = choose_dates([stamp, published(DateSource.META, "2015-03-27")])
    assert (dates.published, dates.conflict) == ("2015-03-27", False)
    (evidence,) = (one for one in dates.evidence if one.source is DateSource.JSON_LD)
    assert (evidence.place, evidence.raw, evidence.value, evidence.reason) == (
        "WebPage.datePublished",
        "2019-01-01",
        None,
        "constant",
    )
    assert choose_dates([stamp]).published is None
    assert choose_dates([replace(stamp, trusted=True)]).published is None


def test_a_distrusted_modification_is_none() -> None:
    stamp = replace(modified(DateSource.META, "2019-01-01"), distrust="fetch_day")
    assert choose_dates([stamp]).modified is None


def test_what_cannot_be_read_says_so_before_it_says_that_it_is_not_believed() -> None:
    (evidence,) = choose_dates([replace(published(DateSource.META, "soon"), distrust="constant")]).evidence
    assert evidence.reason == "none"


def test_a_distrusted_day_makes_no_update_of_another() -> None:
    """Else the page would have no date of publication left."""
    stamp = replace(published(DateSource.META, "2010-01-01"), distrust="constant")
    shown = published(DateSource.BYLINE, "March 27, 2015")
    dates = choose_dates([stamp, modified(DateSource.META, "2015-03-27"), shown])
    assert (dates.published, dates.modified) == ("2015-03-27", "2015-03-27")
    distrusted = replace(modified(DateSource.LINE, "2015-03-27"), distrust="fetch_day")
    dates = choose_dates([shown, distrusted, published(DateSource.URL, "2015-03-20")])
    assert (dates.published, dates.modified) == ("2015-03-27", None)


def test_a_distrusted_day_is_still_told_from_a_publication() -> None:
    footer = replace(published(DateSource.LINE, "March 27, 2015"), distrust="contradicted")
    dates = choose_dates(
        [
            published(DateSource.JSON_LD, "2015-03-20"),
            modified(DateSource.JSON_LD, "2015-03-27"),
            footer,
        ]
    )
    assert kinds_of(dates, DateSource.LINE) == [DateKind.MODIFIED]


def test_evidence_says_where_it_stood() -> None:
    placed = replace(published(DateSource.META, "2015-03-27"), place="dc.date")
    evidence = choose_dates([placed, published(DateSource.HTTP, "2015-03-27")]).evidence
    assert [one.place for one in evidence] == ["dc.date", None]


# --- Whose word makes a conflict -------------------------------------------------------------------------------------

_WEAK = {DateSource.LINE, DateSource.MARKUP, DateSource.HTMLDATE}


@pytest.mark.parametrize("source", list(DateSource))
def test_a_conflict_needs_two_that_say_what_they_are(source: DateSource) -> None:
    chosen = replace(published(DateSource.META, "2015-03-27"), trusted=True)
    other = published(source, "2014-05-02")
    assert choose_dates([chosen, other]).conflict is (source not in _WEAK)
    assert choose_dates([chosen, replace(other, labelled=True)]).conflict
    assert choose_dates([chosen, replace(other, trusted=True, raw="2014-05")]).conflict
    assert not choose_dates([chosen, replace(other, distrust="constant")]).conflict
    assert not choose_dates([chosen, replace(other, kind=DateKind.EVENT)]).conflict


# --- Any candidates at all -------------------------------------------------------------------------------------------

_RAWS = st.one_of(
    st.sampled_from(
        [
            "2015-03-27",
            "2015-03-28",
            "2015-04-03",
            "March 4, 2015",
            "March 2015",
            "2015",
            "3/4/15",
            "03.04.2015",
            "27/03/2015",
            "5. – 7. April 2015",
            "Winter 2015",
            "gestern",
            "nonsense",
            "",
            "2015-03-27T10:00:00Z",
            "1890",
            "0001-01-01",
            "2090-01-01",
        ]
    ),
    st.dates().map(str),
    st.text(max_size=40),
)
CANDIDATES = st.builds(
    DateCandidate,
    st.sampled_from(list(DateSource)),
    st.sampled_from(list(DateKind)),
    _RAWS,
    labelled=st.booleans(),
    order=st.sampled_from([None, None, "MDY", "DMY", "YMD"]),
    distrust=st.sampled_from([None, None, "constant"]),
    trusted=st.booleans(),
)
_LANGUAGES = st.lists(st.one_of(st.sampled_from(["de", "en", "en-GB", "fr"]), st.text(max_size=12)), max_size=3)
_FETCHES = st.one_of(
    st.none(),
    st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)).map(lambda when: f"{when.isoformat(timespec='seconds')}Z"),
)


@given(st.lists(CANDIDATES, max_size=8), st.sampled_from([None, "MDY", "DMY", "YMD"]), _LANGUAGES, _FETCHES)
@settings(max_examples=400, deadline=None)
def test_each_candidate_is_evidence_once_with_a_value_or_a_reason(
    drawn: list[DateCandidate], order: Order | None, languages: Sequence[str], fetched_at: str | None
) -> None:
    candidates = {f"place {at}": replace(one, place=f"place {at}") for at, one in enumerate(drawn)}
    dates = choose_dates(list(candidates.values()), order=order, languages=languages, fetched_at=fetched_at)
    assert Counter(one.place for one in dates.evidence) == Counter(list(candidates))
    for one in dates.evidence:
        candidate = candidates[one.place or ""]
        assert (one.source, one.raw) == (candidate.source, candidate.raw)
        assert (one.value is None) != (one.reason is None)
        assert one.value is None or candidate.distrust is None
        if one.kind is not candidate.kind:
            assert candidate.kind is DateKind.PUBLISHED
            assert candidate.source in SHOWN
            assert not candidate.labelled
    fields = (dates.published, dates.published_earliest, dates.published_latest, dates.published_precision)
    assert len({field is None for field in (*fields, dates.published_raw)}) == 1
    of_publication = [one for one in dates.evidence if one.kind is DateKind.PUBLISHED]
    if dates.published is not None:
        assert dates.evidence[0] in of_publication
        assert (dates.evidence[0].value, dates.evidence[0].raw) == (dates.published, dates.published_raw)
    else:
        assert not dates.conflict
        assert all(one.value is None for one in of_publication)
    if dates.modified is not None:
        assert dates.modified in {one.value for one in dates.evidence if one.kind is DateKind.MODIFIED}


def test_what_the_page_states_elsewhere_outranks_its_language() -> None:
    ambiguous = published(DateSource.BYLINE, "03/04/2015")
    stated = published(DateSource.JSON_LD, "2015-03-04")
    dates = choose_dates([ambiguous, stated], languages=["de"])
    assert (dates.published, dates.conflict) == ("2015-03-04", False)
    assert choose_dates([ambiguous], languages=["de"]).published == "2015-04-03"


def test_a_day_that_is_not_believed_settles_nothing() -> None:
    stamp = replace(published(DateSource.META, "2015-03-04"), distrust="constant")
    dates = choose_dates([published(DateSource.BYLINE, "03/04/2015"), stamp])
    assert [one.reason for one in dates.evidence] == ["ambiguous_order", "constant"]


def test_a_fetch_time_without_a_zone_is_utc() -> None:
    candidate = published(DateSource.META, "03/04/2015")
    assert choose_dates([candidate], fetched_at="2015-03-05T00:30:00").published == "2015-03-04"


def test_a_month_is_no_update_though_it_begins_on_the_day_of_one() -> None:
    dates = choose_dates(
        [
            published(DateSource.BYLINE, "May 2015"),
            modified(DateSource.META, "2015-05-01"),
            published(DateSource.META, "2014-01-01"),
        ]
    )
    assert [(one.source, one.kind) for one in dates.evidence if one.source is DateSource.BYLINE] == [
        (DateSource.BYLINE, DateKind.PUBLISHED)
    ]


def test_a_day_that_is_shown_takes_its_time_from_what_machines_are_told() -> None:
    shown, told = (
        published(DateSource.BYLINE, "March 27, 2015"),
        published(DateSource.META, "2015-03-27T10:30:00-04:00"),
    )
    dates = choose_dates([shown, told])
    assert (dates.published, dates.published_raw, dates.evidence[0].source) == (
        "2015-03-27T10:30:00-04:00",
        "2015-03-27T10:30:00-04:00",
        DateSource.META,
    )
    other = choose_dates([shown, published(DateSource.META, "2015-03-28T02:30:00Z")])
    assert other.published == "2015-03-27"
    assert choose_dates([shown, published(DateSource.FEED, "2015-03-27T10:30:00Z")]).published == "2015-03-27"
    midnight = published(DateSource.META, "2015-03-27T00:00:00Z")
    assert choose_dates([shown, midnight]).published == "2015-03-27"
