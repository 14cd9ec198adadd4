"""What a page states of itself."""

import json

import pytest

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import parse_document
from crawler.extraction.metadata import Metadata, find_metadata, normalize_for_comparison
from items import DateKind, DateSource

URL = "https://bridge.example/open"
SITE = "Keepers of the Bridge"


def read(
    head: str = "", body: str = "<p>x</p>", site: str | None = None, html: str = "<html lang='en-US'>"
) -> Metadata:
    tree = parse_document(f"{html}<head>{head}</head><body>{body}</body></html>".encode()).tree
    return find_metadata(tree, find_blocks(tree, URL), URL, (site,) if site is not None else ())


def og(title: str) -> str:
    return f"<meta property='og:title' content='{title}'>"


def ld(data: object) -> str:
    text = data if isinstance(data, str) else json.dumps(data)
    return f"<script type='application/ld+json'>{text}</script>"


@pytest.mark.parametrize(
    ("head", "body", "site", "title"),
    [
        ("", "<p>x</p>", None, None),
        ("<title> </title>" + og(" "), "<p>x</p>", None, None),
        ("", "<h1>The Open Bridge</h1>", None, "The Open Bridge"),
        ("<title>The open bridge</title>", "<p>x</p>", None, "The open bridge"),
        ("<title>The open bridge - Keepers of the Bridge</title>", "<h1>The Open Bridge</h1>", None, "The Open Bridge"),
        ("<title>Wrong</title>" + og("The open bridge"), "<h1>The Open<br>Bridge</h1>", None, "The Open Bridge"),
        ("<title>Wrong</title>" + og("The open bridge"), "<h1>Another heading</h1>", None, "The open bridge"),
        (f"<title>The open bridge | {SITE}</title>", "<p>x</p>", SITE, "The open bridge"),
        (f"<title>{SITE} » The open bridge</title>", "<p>x</p>", SITE, "The open bridge"),
        (f"<title>The open bridge – today – {SITE}</title>", "<p>x</p>", SITE, "The open bridge – today"),
        ("<title>The open bridge for all of us | Keepers</title>", "<p>x</p>", None, "The open bridge for all of us"),
        ("<title>River: the open bridge</title>", "<p>x</p>", None, "River: the open bridge"),
        (f"<title>| {SITE}</title>", "<p>x</p>", None, SITE),
        (f"<title>{SITE}</title>", "<p>x</p>", SITE, SITE),
        # the logo is the heading
        (f"<title>The open bridge | {SITE}</title>", f"<h1>{SITE}</h1><p>x</p>", SITE, "The open bridge"),
        (og(f"The open bridge - {SITE}"), f"<h1>{SITE}</h1><h1>The open bridge</h1>", SITE, "The open bridge"),
        (
            f"<title>A bridge for you | {SITE}</title>",
            f"<h1>{SITE}</h1><h2>A bridge for you</h2>",
            SITE,
            "A bridge for you",
        ),
        (
            "<title>The open bridge | Keepers</title>",
            "<h1>Keepers</h1><h2>The open bridge</h2>",
            None,
            "The open bridge",
        ),
        ("<title>The open bridge | News</title>", "<h1>The open bridge</h1><h2>News</h2>", None, "The open bridge"),
        ("<title>水权 | 观察</title>", "<h1>水权</h1>", None, "水权"),
        (ld({"@type": "Article", "headline": "The open bridge"}), "<p>x</p>", None, "The open bridge"),
    ],
)
def test_title(head: str, body: str, site: str | None, title: str | None) -> None:
    assert read(head, body, site).title == title


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        ("", "<p>x</p>", ()),
        ("<meta name='author' content='By: Ana Lee'><meta name='author' content='Bo Day'>", "", ("Ana Lee", "Bo Day")),
        ("<meta property='article:author' content='https://bridge.example/ana'>", "", ()),
        (f"<meta name='author' content='{'long ' * 30}'>", "", ()),
        ("", "<a rel='author nofollow' href='/ana'>Ana Lee</a><a href='/bo'>Bo Day</a>", ("Ana Lee",)),
        (
            ld({"@type": "NewsArticle", "headline": "x", "author": [{"@id": "#a"}, {"name": "Ana Lee"}, None]}),
            "",
            ("Ana Lee",),
        ),
        (ld({"@type": "WebPage", "headline": "x", "author": "Somebody"}), "", ()),
    ],
)
def test_authors(head: str, body: str, authors: tuple[str, ...]) -> None:
    assert read(head, body).authors == authors


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang='en-US'>", "en"),
        ("<html lang='PT_br'>", "pt"),
        ("<html xml:lang='fr'>", "fr"),  # all that XHTML of version 1.1 has
        ("<html lang=' ' xml:lang='fr-CA'>", "fr"),
        ("<html lang='de' xml:lang='fr'>", "de"),
        ("<html lang='english'>", None),
        ("<html lang=''>", None),
        ("<html>", None),
    ],
)
def test_language(html: str, language: str | None) -> None:
    assert read(html=html).language == language


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en", "en"),
        ("en-GB", "en-GB"),
        ("EN_gb", "en-GB"),
        ("zh-Hant-TW", "zh-TW"),
        ("de-1996", "de"),
        ("es-419", "es"),
        ("en-GB-oxendict", "en-GB"),
        ("fil", "fil"),
        ("english", None),
        ("x", None),
    ],
)
def test_the_language_tag_has_the_region_that_is_stated(stated: str, tag: str | None) -> None:
    assert read(html=f"<html lang='{stated}'>").language_tag == tag


@pytest.mark.parametrize(
    ("links", "canonical"),
    [
        ("", None),
        ("<link rel='CANONICAL nofollow' href=' /b '>", "https://bridge.example/b"),
        ("<link rel='canonical' href='https://www.bridge.example/b'>", "https://www.bridge.example/b"),
        ("<link rel='canonical' href='https://other.example/b'>", None),
        ("<link rel='canonical' href='http://[x'>", None),
        ("<link rel='canonical' href='ftp://bridge.example/b'>", None),
        ("<link rel='canonical' href=''>", None),
        ("<link rel='alternate' href='/b'>", None),
    ],
)
def test_canonical_url(links: str, canonical: str | None) -> None:
    assert read(links).canonical_url == canonical


def test_dates_of_json_ld_and_meta() -> None:
    graph = {"@graph": [{"@type": "WebSite"}, {"headline": "x", "datePublished": "2015-03-27", "dateModified": "2016"}]}
    found = read(
        ld(graph)
        + "<meta property='article:published_time' content='2015-03-28'><meta name='Last-Modified' content='2017'>"
        "<meta name='date' content=' '><meta itemprop='dateline' content='1999'>"
        "<meta name='copyright-date' content='2020'>"
    ).date_candidates
    assert [(one.source, one.kind, one.raw, one.place) for one in found] == [
        (DateSource.JSON_LD, DateKind.PUBLISHED, "2015-03-27", "datePublished"),
        (DateSource.JSON_LD, DateKind.MODIFIED, "2016", "dateModified"),
        (DateSource.META, DateKind.PUBLISHED, "2015-03-28", "article:published_time"),
        (DateSource.META, DateKind.MODIFIED, "2017", "last-modified"),
        (DateSource.META, DateKind.PUBLISHED, "1999", "dateline"),
    ]


def test_the_path_of_the_url_states_a_date() -> None:
    tree = parse_document(b"<html><body><p>x</p></body></html>").tree
    (one,) = find_metadata(tree, (), "https://bridge.example/2015/03/27/open").date_candidates
    assert (one.source, one.raw) == (DateSource.URL, "2015-03-27")


@pytest.mark.parametrize(
    "broken",
    [
        "{'a':",
        "[" * 50_000,
        "<!-- {} -->",
        '{"n":' + "9" * 5_000 + "}",
        "5",
        '"x"',
        "null",
        '{"headline":5,"author":7}',
    ],
)
def test_broken_json_ld_states_nothing_and_hides_nothing(broken: str) -> None:
    found = read(ld(broken) + ld({"@type": ["Article", None], "headline": "Good", "datePublished": "2015"}))
    assert (found.title, [one.raw for one in found.date_candidates]) == ("Good", ["2015"])


def test_half_a_surrogate_pair_in_json_ld_does_not_come_out() -> None:
    assert read(ld('{"headline":"\\ud800 Good"}')).title == "Good"


def times(*elements: str) -> list[tuple[DateKind, str]]:
    return [(one.kind, one.raw) for one in read(body="".join(elements)).date_candidates]


def test_time_elements() -> None:
    assert times(
        "<time datetime='2015-03-27'>last Friday</time>",
        "<time>28 March 2015</time>",
        "<time class='entry-date updated' datetime='2016'></time>",
        "<time class='published updated' datetime='2017'></time>",
        "<time itemprop='dateModified' datetime='2018'></time>",
        "<aside><time>1999</time></aside>",
        "<time></time>",
        "<span class='post-date'>29 March 2015</span>",
    ) == [
        (DateKind.PUBLISHED, "2015-03-27"),
        (DateKind.PUBLISHED, "28 March 2015"),
        (DateKind.MODIFIED, "2016"),
        (DateKind.PUBLISHED, "2017"),
        (DateKind.MODIFIED, "2018"),
        (DateKind.PUBLISHED, "29 March 2015"),
    ]


def test_a_page_of_more_than_six_times_lists_other_pages() -> None:
    assert len(times(*("<time>2015</time>" for _ in range(6)))) == 6
    assert times(*("<time>2015</time>" for _ in range(7))) == []


@pytest.mark.parametrize("heading", ["h1", "h2", "h3", "h4"])
def test_of_many_times_those_near_the_heading_that_shows_the_title_are_the_page_s(heading: str) -> None:
    teasers = "<h2>Fish</h2><time>2015-01-01</time>" * 7
    own = f"<header><{heading}>The open<br>bridge!</{heading}><time>2015-03-27</time></header>"
    found = read(og("The open bridge"), f"<div>{teasers}</div><div>{own}</div>")
    assert [one.raw for one in found.date_candidates] == ["2015-03-27"]


def test_titles_are_compared_by_letters_and_digits() -> None:
    assert normalize_for_comparison("The — Open_Bridge, 2!") == normalize_for_comparison("the open bridge 2") != ""
