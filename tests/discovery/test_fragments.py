import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.fragments import parse_fragment
from crawler.discovery.listing import find_links, find_next_page

BASE = "https://example.org/news/more?page=2"
CARDS = '<article><a href="/p/1">One</a></article><article><a href="p/2">Two</a></article>'


def found(value: object) -> tuple[list[str], str | None]:
    tree = parse_fragment(json.dumps(value))
    assert tree is not None
    return [link.url.removeprefix("https://example.org") for link in find_links(tree, BASE)], find_next_page(tree, BASE)


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ({"html": CARDS, "count": 2, "more": True, "none": None}, ["/p/1", "/news/p/2"]),
        ([{"command": "settings"}, {"command": "insert", "data": CARDS}], ["/p/1", "/news/p/2"]),  # Drupal's views
        ({"data": {"items": [{"url": "/p/1"}, {"permalink": "/p/2"}]}}, ["/p/1", "/p/2"]),
        ([{"link": "https://example.org/p/1", "title": {"rendered": "/no"}}], ["/p/1"]),  # WordPress's REST
        ({"items": [{"href": "/p/1"}, {"path": "/p/2"}, {"url": "?id=3"}, {"Url": "/p/4"}]},
         ["/p/1", "/p/2", "/news/more?id=3", "/p/4"]),
        ({"url": "nowhere", "path": "words of some length", "link": ""}, []),
        ({"url": '/a" rel="next'}, ["/a%22%20rel=%22next"]),
        ({"a < b": "1 < 2", "slug": "/p/1", "image": "/i.jpg"}, []),
        ({}, []),
        ([], []),
    ],
)  # fmt: skip
def test_links_of_a_fragment(value: object, links: list[str]) -> None:
    written = [link.replace('"', "%22").replace(" ", "%20") for link in found(value)[0]]
    assert written == links


@pytest.mark.parametrize(
    "value",
    [
        {"next": "/news/more?page=3"},
        {"next_url": "?page=3", "html": CARDS},
        {"pagination": {"nextPageUrl": "/news/more?page=3", "previous": "/news/more?page=1"}},
        {"links": {"self": {"href": BASE}, "next": {"href": "/news/more?page=3"}}},  # JSON:API
        {"_links": {"next": [{"href": "/news/more?page=3"}]}},  # HAL
        {"load-more-url": "/news/more?page=3"},
        {"html": CARDS + '<a rel="next" href="?page=3">More</a>'},
    ],
)
def test_the_next_page_of_a_fragment(value: object) -> None:
    assert found(value)[1] == "https://example.org/news/more?page=3"


@pytest.mark.parametrize("value", [{"next": 3}, {"next": True}, {"next": "abc"}, {"next": None}, {"last": "/x?page=3"}])
def test_no_next_page(value: object) -> None:
    assert found(value)[1] is None


@pytest.mark.parametrize(
    "text", ["", "<p>HTML</p>", "3", '"<p>text</p>"', "null", '{"html": ', "[" * 100_000, "9" * 9_999]
)
def test_what_is_no_fragment(text: str) -> None:
    assert parse_fragment(text) is None


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(st.characters()),
        st.sampled_from([CARDS, "<!--", "<a href=/b>"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(["next", "url", "html"]), st.text()), inner, max_size=4),
    ),
)


@given(st.one_of(VALUES.map(json.dumps), st.text(st.characters())))
def test_no_answer_makes_it_raise(text: str) -> None:
    tree = parse_fragment(text)
    if tree is not None:
        find_links(tree, BASE)
        find_next_page(tree, BASE)
