"""Elements that hold a date: `<time>`, and those that are named for one."""

import time

import pytest

from crawler.extraction.date_markup import find_marked_dates
from crawler.extraction.document import parse_document
from items import DateCandidate, DateKind, DateSource

DAY = "27 March 2015"
TEASERS = "".join(f"<div><time>{day} March 2014</time></div>" for day in range(1, 8))


def find(body: str) -> tuple[DateCandidate, ...]:
    """Read a page whose title is its first `<h1>`."""
    tree = parse_document(f"<html><body>{body}</body></html>".encode()).tree
    return find_marked_dates(tree, next(iter(tree.iter("h1")), None))


def raws(body: str) -> list[str]:
    return [one.raw for one in find(body)]


@pytest.mark.parametrize(
    ("element", "kind", "raw", "labelled"),
    [
        ("<time datetime='2015-03-27'>last Friday</time>", DateKind.PUBLISHED, "2015-03-27", False),
        (f"<time>{DAY}</time>", DateKind.PUBLISHED, DAY, False),
        (f"<time>Posted {DAY}</time>", DateKind.PUBLISHED, DAY, True),
        (f"<time>Updated {DAY}</time>", DateKind.MODIFIED, DAY, True),
        (f"<time class='updated'>{DAY}</time>", DateKind.MODIFIED, DAY, False),
        (f"<time class='updated'>Published {DAY}</time>", DateKind.PUBLISHED, DAY, True),
        ("<time class='updated' datetime='2015-03-27'></time>", DateKind.MODIFIED, "2015-03-27", True),
        ("<time class='time-updated' datetime='2015-03-27'></time>", DateKind.PUBLISHED, "2015-03-27", False),
        ("<time class='published updated' datetime='2015-03-27'></time>", DateKind.PUBLISHED, "2015-03-27", True),
        ("<time itemprop='dateModified' datetime='2015-03-27'></time>", DateKind.MODIFIED, "2015-03-27", True),
        ("<time itemprop='datePublished' datetime='2015-03-27'></time>", DateKind.PUBLISHED, "2015-03-27", True),
        ("<time>27–29 March 2015</time>", DateKind.EVENT, "27–29 March 2015", True),
    ],
)
def test_what_a_time_element_says(element: str, kind: DateKind, raw: str, labelled: bool) -> None:
    assert [(one.source, one.kind, one.raw, one.labelled) for one in find(element)] == [
        (DateSource.TIME, kind, raw, labelled)
    ]


def test_a_time_element_may_state_two_days() -> None:
    assert [(one.kind, one.raw) for one in find("<time>27 March 2015. Updated: 29 March 2015</time>")] == [
        (DateKind.PUBLISHED, DAY),
        (DateKind.MODIFIED, "29 March 2015"),
    ]


def test_a_time_element_that_nobody_closed_is_none() -> None:
    assert raws(f"<time>{'words of prose ' * 9}, {DAY}") == []
    begun = time.process_time()
    assert raws("<time>" + "2015 " * 100_000) == []
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "body",
    [
        "<footer>{}</footer>",
        "<nav>{}</nav>",
        "<aside><div>{}</div></aside>",
        "<footer><article>{}</article></footer>",
        "<div class='comments'>{}</div>",
        "<article><ol id='respond'><li>{}</li></ol></article>",
        "<article><p class='user-comment'>{}</p></article>",
    ],
)
def test_comments_and_what_stands_aside_have_dates_of_their_own(body: str) -> None:
    assert raws(body.format(f"<time>{DAY}</time>")) == []
    assert raws(body.format(f"<span class='date'>{DAY}</span>")) == []


@pytest.mark.parametrize(
    "body",
    [
        "<article><footer>{}</footer></article>",
        "<article><aside>{}</aside></article>",
        "<footer class='entry-meta'>{}</footer>",
        "<aside class='article-info'>{}</aside>",
        "<article class='post'><header>{}</header></article>",
    ],
)
def test_an_articles_footer_and_an_element_for_the_texts_data_are_the_pages_own(body: str) -> None:
    assert raws(body.format(f"<time>{DAY}</time>")) == [DAY]
    assert raws(body.format(f"<span class='date'>{DAY}</span>")) == [DAY]


def test_the_names_of_the_whole_page_say_nothing_of_its_parts() -> None:
    tree = parse_document(f"<html><body class='no-comments related'><time>{DAY}</time></body></html>".encode()).tree
    assert [one.raw for one in find_marked_dates(tree, None)] == [DAY]


def test_of_more_than_six_times_those_in_the_smallest_element_around_the_title_are_the_pages_own() -> None:
    six = TEASERS.removesuffix("<div><time>7 March 2014</time></div>")
    assert len(raws(six)) == 6
    assert raws(TEASERS) == []
    assert raws(f"<h1>Bridge</h1>{TEASERS}") == []
    assert raws(f"<div><h1>Bridge</h1>{TEASERS}</div>") == []
    own = f"<header><div><h1>Bridge</h1></div><p><time>{DAY}</time></p></header>"
    assert raws(f"<main>{own}{TEASERS}</main>") == [DAY]


@pytest.mark.parametrize(
    ("element", "kind", "labelled", "place"),
    [
        (f"<span class='date'>{DAY}</span>", DateKind.PUBLISHED, False, "span.date"),
        (f"<span class='meta entry-date'>{DAY}</span>", DateKind.PUBLISHED, False, "span.meta"),
        (f"<span class='published'>{DAY}</span>", DateKind.PUBLISHED, True, "span.published"),
        (f"<span class='lastUpdated'>{DAY}</span>", DateKind.MODIFIED, True, "span.lastUpdated"),
        (f"<span class='postedOn'>{DAY}</span>", DateKind.PUBLISHED, True, "span.postedOn"),
        (f"<span class='created'>{DAY}</span>", DateKind.PUBLISHED, True, "span.created"),
        (f"<span class='submitted'>{DAY}</span>", DateKind.PUBLISHED, True, "span.submitted"),
        (f"<span class='modified'>{DAY}</span>", DateKind.MODIFIED, True, "span.modified"),
        (f"<span class='fecha'>{DAY}</span>", DateKind.PUBLISHED, False, "span.fecha"),
        (f"<span class='datum'>{DAY}</span>", DateKind.PUBLISHED, False, "span.datum"),
        (f"<span class='timestamp'>{DAY}</span>", DateKind.PUBLISHED, False, "span.timestamp"),
        (f"<span id='pubDate'>{DAY}</span>", DateKind.PUBLISHED, False, "span#pubDate"),
        (f"<span data-testid='publish-date'>{DAY}</span>", DateKind.PUBLISHED, True, "span"),
        (
            f"<span itemprop='dateModified'>{DAY}</span>",
            DateKind.MODIFIED,
            True,
            "span[itemprop=dateModified]",
        ),
        (f"<b property='dc:date'>{DAY}</b>", DateKind.PUBLISHED, False, "b[property=dc:date]"),
        (f"<p class='node-27 date'>{DAY}</p>", DateKind.PUBLISHED, False, "p.node-N"),
        # What the text says comes before what the name does.
        (f"<span class='date'>Posted: {DAY}</span>", DateKind.PUBLISHED, True, "span.date"),
        (f"<span class='published'>Updated {DAY}</span>", DateKind.MODIFIED, True, "span.published"),
    ],
)
def test_elements_named_for_a_date(element: str, kind: DateKind, labelled: bool, place: str) -> None:
    assert find(element) == (DateCandidate(DateSource.MARKUP, kind, DAY, place, labelled),)


@pytest.mark.parametrize(
    ("element", "raw"),
    [
        ("<span itemprop='datePublished' content='2015-03-27'>yesterday</span>", "2015-03-27"),
        ("<span class='date' title='2015-03-27T10:00'>Friday</span>", "2015-03-27T10:00"),
        ("<span class='date' datetime='2015-03-27'></span>", "2015-03-27"),
        (f"<span class='date' title='Day of publication'>{DAY}</span>", DAY),
        (f"<span class='date' title='{'2015 ' * 20}'>{DAY}</span>", DAY),
        ("<span class='date'>March 2015</span>", "March 2015"),
        (f"<span class='date'>{'<b></b>' * 11}{DAY}</span>", DAY),
        (f"<span class='date published'>{DAY}</span>", DAY),
    ],
)
def test_where_a_named_element_has_its_date(element: str, raw: str) -> None:
    assert raws(element) == [raw]


@pytest.mark.parametrize(
    "element",
    [
        f"<span class='event-date'>{DAY}</span>",
        f"<span class='author'>{DAY}</span>",
        f"<span itemprop='startDate'>{DAY}</span>",
        f"<span class='copyright-date'>{DAY}</span>",
        f"<p class='date'>{'river ' * 20}{DAY}</p>",
        f"<p class='date'>{'<b></b>' * 12}{DAY}</p>",
        "<p class='date'>The work on the bridge in March 2015</p>",
        "<p class='date'>2015</p>",
        "<p class='date'>Day 27</p>",
        f"<input class='date' title='{DAY}'>",
        "<meta itemprop='datePublished' content='2015-03-27'>",
        f"<script class='date'>{DAY}</script>",
    ],
)
def test_elements_that_do_not_state_a_date_of_the_page(element: str) -> None:
    assert raws(element) == []


def test_a_name_that_stands_over_different_dates_names_the_entries_of_a_list() -> None:
    entry = "<p class='date'>{} March 2014</p>"
    assert raws(entry.format(1) + entry.format(2)) == []
    assert raws(f"<h1>Bridge</h1>{entry.format(1)}{entry.format(2)}") == []
    assert raws(entry.format(1) + entry.format(1)) == ["1 March 2014"] * 2
    assert raws(f"<p class='date'>No. 12</p>{entry.format(1)}") == ["1 March 2014"]
    assert raws(f"{entry.format(1)}<p class='published'>{DAY}</p>") == ["1 March 2014", DAY]


def test_of_a_list_of_named_dates_those_near_the_title_are_the_pages_own() -> None:
    entry = "<p class='date'>{} March 2014</p>"
    near = f"<div><h1>Bridge</h1><p class='date'>{DAY}</p>{{}}</div>{entry.format(1)}"
    assert raws(near.format("")) == [DAY]
    assert raws(near.format(entry.format(2))) == [DAY, "2 March 2014"]
    assert raws(near.format(entry.format(2) + entry.format(3))) == []


@pytest.mark.parametrize(
    "name", ["related", "sidebar-2", "teasers", "news-list", "list", "main-nav", "cards", "Latest", "widget", "feed"]
)
def test_a_named_date_in_a_list_of_other_pages_is_theirs(name: str) -> None:
    listed = f"<p class='date'>{DAY}</p>"
    assert raws(f"<div class='{name}'>{listed}</div>") == []
    assert raws(f"<section id='{name}'><div>{listed}</div></section>") == []
    assert raws(f"<div class='{name}'><h1>Bridge</h1>{listed}</div>") == [DAY]


@pytest.mark.parametrize("name", ["listing", "navy", "discards", "feedback"])
def test_a_name_that_only_contains_the_word_lists_nothing(name: str) -> None:
    assert raws(f"<div class='{name}'><p class='date'>{DAY}</p></div>") == [DAY]
