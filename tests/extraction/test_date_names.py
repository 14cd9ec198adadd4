"""What a name says of the date that bears it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.date_names import judge_name, read_name
from items import DateKind


@pytest.mark.parametrize(
    "name",
    [
        "article:published_time",
        "og:article:published_time",
        "datePublished",
        "datepublished",
        "DC.Date.Created",
        "dcterms.issued",
        "pubdate",
        "citation_publication_date",
        "cxenseparse:recs:publishtime",
        "publish_date",
        "PUBLISHED",
        "posted-on",
        "dateCreated",
        "dateline",
        "veroeffentlicht",
        "publicado",
    ],
)
def test_names_of_a_day_of_publication(name: str) -> None:
    assert (judge_name(name), read_name(name)) == (DateKind.PUBLISHED, (DateKind.PUBLISHED, True))


@pytest.mark.parametrize(
    "name",
    [
        "article:modified_time",
        "og:updated_time",
        "dateModified",
        "last-modified",
        "lastmod",
        "dcterms.modified",
        "dateUpdated",
        "revised",
        "aktualisiert",
        "LastModifiedDate",
    ],
)
def test_names_of_a_day_of_change(name: str) -> None:
    assert (judge_name(name), read_name(name)) == (DateKind.MODIFIED, (DateKind.MODIFIED, True))


def test_a_change_is_told_from_a_publication_where_a_name_says_both() -> None:
    assert judge_name("published-updated") is DateKind.MODIFIED
    assert judge_name("datePublishedLastUpdated") is DateKind.MODIFIED


@pytest.mark.parametrize(
    "name", ["date", "dc.date", "entry-date", "post_date", "HTMLDate", "newsDate", "parsely-pub-date", "fecha", "datum"]
)
def test_a_name_of_a_date_that_does_not_say_which_is_of_publication(name: str) -> None:
    assert (judge_name(name), read_name(name)) == (DateKind.PUBLISHED, (None, True))


@pytest.mark.parametrize(
    "name",
    [
        "copyright-date",
        "event-date",
        "expires",
        "unpublish_date",
        "article:expiration_time",
        "endDate",
        "birthDate",
        "build-date",
        "comment-date",
        "date-picker",
        "print_date",
        "server-date",
        "currentDate",
        "embargo_date",
        "event:published_time",
        "comment-modified",
    ],
)
def test_a_date_of_something_else_whatever_else_its_name_says(name: str) -> None:
    assert (judge_name(name), read_name(name)) == (None, (None, False))


@pytest.mark.parametrize(
    "name", ["", "author", "viewport", "time", "candidate", "mandates", "validator", "2015", "日期"]
)
def test_a_name_of_no_date(name: str) -> None:
    assert (judge_name(name), read_name(name)) == (None, (None, False))


@pytest.mark.parametrize("name", ["HTMLDateCreated", "htmlDateCreated", "html-date-created", "HTML_DATE_CREATED"])
def test_words_begin_at_capitals_and_between_signs(name: str) -> None:
    assert judge_name(name) is DateKind.PUBLISHED


@given(st.text())
def test_any_name_is_judged_as_it_is_read(name: str) -> None:
    kind, named = read_name(name)
    assert named or kind is None
    assert judge_name(name) is ((kind or DateKind.PUBLISHED) if named else None)
    assert kind is not DateKind.EVENT
