"""Dates that the source of a page states for machines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extraction.date_statements import find_stated_dates, find_url_dates
from items import DateCandidate, DateKind, DateSource


@pytest.mark.parametrize(
    ("url", "raw"),
    [
        ("https://e.org/2015/03/27/x", "2015-03-27"),
        ("https://e.org/2015/3/7/x", "2015-03-07"),
        ("https://e.org/2015/03/27", "2015-03-27"),
        ("https://e.org/2015/03/27/", "2015-03-27"),
        ("https://e.org/2015/03/27_fair", "2015-03-27"),
        ("https://e.org/2015/03/27.html", "2015-03-27"),
        ("https://e.org/news/2015-03-27-fair", "2015-03-27"),
        ("https://e.org/x-2015-03-27.html", "2015-03-27"),
        ("https://e.org/x_2015_03_27", "2015-03-27"),
        ("https://e.org/x.2015.3.27.html", "2015-03-27"),
        ("https://e.org/x20150327", "2015-03-27"),
        ("https://e.org/20150327/", "2015-03-27"),
        ("HTTPS://e.org/2015/03/27/", "2015-03-27"),
        ("urn:x:2015-03-27", "2015-03-27"),
        ("/2015/03/27/x", "2015-03-27"),
        # A month where no day is written, or the number after it begins a name.
        ("https://e.org/2015/03/x", "2015-03"),
        ("https://e.org/2023/10/3-fragen", "2023-10"),
        ("https://e.org/2023/10/31-fragen", "2023-10"),
        ("https://e.org/2023/10/27.v2.html", "2023-10"),
        ("https://e.org/2023/10/271", "2023-10"),
        ("https://e.org/2023/10/32/", "2023-10"),
        ("https://e.org/2015/3/x", None),
        ("https://e.org/2015/03", None),
        ("https://e.org/2015/13/27/", None),
        ("https://e.org/2015/03-27", None),
        ("https://e.org/2015-03_27", None),
        ("https://e.org/2015-03-271", None),
        ("https://e.org/1815/03/27/", None),
        ("https://e.org/120150327/", None),
        ("https://e.org/12015-03-27/", None),
        ("https://e.org/201503271", None),
        ("https://e.org/id/20151399", None),
        # Nothing but the path.
        ("https://e.org/?day=/2015/03/27/", None),
        ("https://e.org/#/2015/03/27/", None),
        ("https://20150327.example/a", None),
        ("HTTPS://20150327.example/a", None),
        ("https://e.org?/2015/03/27/", None),
        ("https://e.org:20150327", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_in_urls(url: str | None, raw: str | None) -> None:
    found = () if raw is None else (DateCandidate(DateSource.URL, DateKind.PUBLISHED, raw, "path"),)
    assert find_url_dates(url) == found
    assert find_stated_dates((), (), url) == found


def test_a_whole_day_comes_before_a_month_and_a_written_one_before_a_number() -> None:
    assert [one.raw for one in find_url_dates("https://e.org/2014/01/20150327")] == ["2015-03-27"]
    assert [one.raw for one in find_url_dates("https://e.org/20140101/2015/03/27/")] == ["2015-03-27"]


PIECES = st.sampled_from(
    [*"/-_.?#:", "2015", "03", "3", "27", "20150327", "x", "https://", "e.org", "html", "٢٠١٥", "²"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_url_states_one_date_at_most(url: str) -> None:
    found = find_url_dates(url)
    assert len(found) <= 1
    assert all(one.raw[:4] in url for one in found)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("article:published_time", DateKind.PUBLISHED),
        ("dc.date", DateKind.PUBLISHED),
        ("datepublished", DateKind.PUBLISHED),
        ("dateline", DateKind.PUBLISHED),
        ("og:updated_time", DateKind.MODIFIED),
        ("last-modified", DateKind.MODIFIED),
        ("expires", None),
        ("copyright-date", None),
        ("event-date", None),
        ("description", None),
    ],
)
def test_a_meta_element_states_what_its_name_says(name: str, kind: DateKind | None) -> None:
    found = find_stated_dates((), [(name, "2015-03-27")], None)
    assert found == (() if kind is None else (DateCandidate(DateSource.META, kind, "2015-03-27", name),))


@pytest.mark.parametrize("content", ["", "today", "Friday"])
def test_a_meta_element_without_a_number_states_no_date(content: str) -> None:
    assert find_stated_dates((), [("date", content)], None) == ()


@pytest.mark.parametrize(
    ("linked", "found"),
    [
        (
            {"@type": "NewsArticle", "datePublished": " 2015-03-27 ", "dateModified": "2016"},
            [
                (DateKind.PUBLISHED, "2015-03-27", "NewsArticle.datePublished"),
                (DateKind.MODIFIED, "2016", "NewsArticle.dateModified"),
            ],
        ),
        ({"datePublished": "2015-03-27"}, [(DateKind.PUBLISHED, "2015-03-27", "datePublished")]),
        ({"@type": ["Article"], "dateModified": "2015"}, [(DateKind.MODIFIED, "2015", "dateModified")]),
        ({"dateCreated": "2015-03-27", "startDate": "2015-03-27"}, []),
        ({"datePublished": 2015, "dateModified": ["2015"]}, []),
        ({"datePublished": " ", "dateModified": None}, []),
    ],
)
def test_json_ld_states_a_day_of_publication_and_one_of_change(
    linked: dict[str, object], found: list[tuple[DateKind, str, str]]
) -> None:
    assert find_stated_dates([linked], (), None) == tuple(
        DateCandidate(DateSource.JSON_LD, kind, raw, place) for kind, raw, place in found
    )


def test_statements_come_in_the_order_json_ld_meta_url() -> None:
    found = find_stated_dates(
        [{"datePublished": "2013"}, {"datePublished": "2014"}],
        [("date", "2015"), ("pubdate", "2016")],
        "https://e.org/2017/01/01/",
    )
    assert [one.raw for one in found] == ["2013", "2014", "2015", "2016", "2017-01-01"]
