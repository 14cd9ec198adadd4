import re

import cssselect
import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.listing import FoundLink, find_links, find_next_page, is_same_listing

BASE = "https://example.org/news"


def tree_of(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(f"<html><body>{html}</body></html>")


def test_links_in_document_order_each_page_once() -> None:
    tree = tree_of("""
        <a href="/1"><img alt=""></a> <a href="/2?utm_source=x">Two</a> <a href=" /1#comments ">One
          <b>more</b></a> <a href="https://other.example/" rel="nofollow noopener">Other</a>
        <a href="/3" aria-label="Three"></a> <a name="anchor">no link</a> <a href="/2" rel="nofollow">Two again</a>
        <a href="#top">up</a> <a href="">here</a> <a href="javascript:go()">go</a> <a href="mailto:a@b.org">mail</a>
        <a href="tel:+12126146464">call</a> <a href="data:text/html,x">data</a> <a href="http://[broken">broken</a>""")
    assert find_links(tree, BASE) == (
        FoundLink("https://example.org/1", "One more"),
        FoundLink("https://example.org/2?utm_source=x", "Two"),
        FoundLink("https://other.example/", "Other", nofollow=True),
        FoundLink("https://example.org/3", "Three"),
    )


def test_a_selector_matches_links_or_what_contains_them() -> None:
    tree = tree_of('<a href="/0">0</a><ul class="news"><li><a href="/1">1</a></li></ul><a class="more" href="/2">2</a>')
    assert [link.text for link in find_links(tree, BASE, ".news, a.more")] == ["1", "2"]
    assert find_links(tree, BASE, ".absent") == ()
    with pytest.raises(cssselect.SelectorError):
        find_links(tree, BASE, "a[")


@pytest.mark.parametrize(
    ("href", "url"),
    [("/archive/", "https://example.org/archive/x"), ("http://[bad", "https://example.org/x"), ("", BASE[:-4] + "x")],
)
def test_base_href(href: str, url: str) -> None:
    tree = lxml.html.document_fromstring(
        f'<html><head><base href="{href}"></head><body><a href="x">x</a></body></html>'
    )
    assert find_links(tree, BASE)[0].url == url


DRUPAL = """<nav class="pager" aria-labelledby="h"><ul class="pager__items js-pager__items">
  <li><a href="?page=0" title="Go to first page"><span>« First</span></a></li>
  <li><a href="?page=0" title="Go to previous page"><span>‹ Previous</span></a></li>
  <li><a href="?page=0">1</a></li><li class="is-active"><a href="?page=1" title="Current page">2</a></li>
  <li><a href="?page=2" title="Go to page 3">3</a></li>
  <li><a href="?page=2" title="Go to next page"><span class="visually-hidden">Next page</span><span>››</span></a></li>
  <li><a href="?page=27" title="Go to last page"><span>Last »</span></a></li></ul></nav>"""


@pytest.mark.parametrize(
    ("html", "path"),
    [
        ('<a rel="nofollow next" href="/news?p=2">2</a>', "/news?p=2"),
        ('<link rel="next" href="/news/page/2/">', "/news/page/2/"),
        (DRUPAL, "/news?page=2"),
        ('<div class="nav-links"><a href="/news/page/2/">Older posts</a></div>', "/news/page/2/"),
        ('<div class="pagination"><a href="/b">Précédent</a><a href="/c">Page suivante</a></div>', "/c"),
        ('<div class="pagination"><a href="/b">Anterior</a><a href="/c">Siguiente ›</a></div>', "/c"),
        ('<div class="pagination"><a href="/c">PRÓXIMA »</a></div>', "/c"),
        ('<div class="pagination"><a href="/b">Zurück</a><a href="/c">Weiter</a></div>', "/c"),
        ('<ul id="pager"><a href="/c">nächste Seite</a></ul>', "/c"),
        ('<div class="paging"><a href="/c">Volgende</a></div>', "/c"),
        ('<div class="pagination"><a href="/c">Successivo</a></div>', "/c"),
        ('<div class="pagination"><a href="/b">Назад</a><a href="/c">Следующая</a></div>', "/c"),
        ('<div class="pagination"><a href="/c">Дальше →</a></div>', "/c"),
        ('<div class="pagination"><a href="/c">下一页</a></div>', "/c"),
        ('<div class="pagination"><a href="/b">‹</a><a href="/c">›</a><a href="/d">»</a></div>', "/c"),
        ('<div class="pagination"><a href="/d" title="Last page">»</a></div>', None),
        ('<div class="pagination"><a href="/c" aria-label="Next page"><i></i></a></div>', "/c"),
        # not in a pager, or no pager at all
        ('<a href="/c">Next</a>', None),
        ('<div class="post-navigation nav-links"><a rel="next" href="/c">Next: a story</a></div>', None),
        (f'<div class="has-pager"><a href="/c">{"What comes next in our long fight " * 2}</a></div>', None),
        # the last page: the link stays where it is
        ('<div class="pager"><a href="#">Next</a><a href="/news#x">Next</a></div>', None),
        ('<link rel="next" href="/news"><div class="pager"><a href="/news?page=1">Next</a></div>', "/news?page=1"),
    ],
)
def test_next_page(html: str, path: str | None) -> None:
    expected = None if path is None else f"https://example.org{path}"
    assert find_next_page(tree_of(html), BASE) == expected


def pager(*hrefs: str) -> str:
    links = "".join(f'<a href="{href}">{number}</a>' for number, href in enumerate(hrefs, 1))
    return f'<div class="pagination">{links}</div>'


ZERO_BASED = pager("?page=0", "?page=1", "?page=2")
IN_PATH = pager("/news/", "/news/page/2/", "/news/page/3/")
PAGED = pager("/?cat=3&paged=1", "/?cat=3&paged=2", "/?cat=3&paged=3")


@pytest.mark.parametrize(
    ("html", "here", "expected"),
    [
        (ZERO_BASED, "https://example.org/news", "https://example.org/news?page=1"),
        (ZERO_BASED, "https://example.org/news?page=0", "https://example.org/news?page=1"),
        (ZERO_BASED, "https://example.org/news?page=1", "https://example.org/news?page=2"),
        (ZERO_BASED, "https://example.org/news?page=2", None),
        (IN_PATH, "https://example.org/news/", "https://example.org/news/page/2/"),
        (IN_PATH, "https://example.org/news/page/2/", "https://example.org/news/page/3/"),
        (IN_PATH, "https://example.org/news/page/3", None),
        (PAGED, "https://example.org/?cat=3", "https://example.org/?cat=3&paged=2"),
        (PAGED, "https://example.org/?cat=3&paged=2", "https://example.org/?cat=3&paged=3"),
        (pager("/other?page=1", "/other?page=2"), "https://example.org/news?page=1", None),
        (ZERO_BASED.replace("pagination", "list"), "https://example.org/news", None),
    ],
)
def test_next_page_by_number(html: str, here: str, expected: str | None) -> None:
    assert find_next_page(tree_of(html), here) == expected


@pytest.mark.parametrize(
    ("html", "path"),
    [
        ('<button class="load-more" data-next-url="/news?page=2">More</button>', "/news?page=2"),
        ('<button data-url="?page=2">Load more</button>', "/news?page=2"),
        ('<a role="button" hx-get="/news/more?page=2">Show more</a>', "/news/more?page=2"),
        ('<div class="pager"><span data-href="/news/more"></span></div>', "/news/more"),
        # the one that is trusted most, of those that are addresses
        ('<button data-url="/b?p=2" data-next-url="/a?p=2">Load more</button>', "/a?p=2"),
        ('<button data-next-page="2" data-path="#" data-url="/b?p=2">Load more</button>', "/b?p=2"),
        ('<button data-next-url="#/2" data-href="/b?p=2" data-url="/a?p=2">Load more</button>', "/a?p=2"),
        ('<button data-next="3">Load more</button>', None),
        ('<button data-url="#/more">Load more</button>', None),
        ("<button data-url=\"javascript:more('/a')\">Load more</button>", None),
        ('<button data-url="/share?page=2">Share</button>', None),
        ('<div data-url="/news?page=2">Load more</div>', None),  # no button, in no pager
        ('<button data-url="/news">Load more</button>', None),  # this page
        # a link says more
        ('<a rel="next" href="/c"></a><button data-url="/b?p=2">Load more</button>', "/c"),
        ('<button data-url="/b?p=2">Load more</button>' + pager("/news?page=1", "/news?page=2"), "/b?p=2"),
    ],
)
def test_a_button_that_loads_more(html: str, path: str | None) -> None:
    assert find_next_page(tree_of(html), BASE) == (None if path is None else f"https://example.org{path}")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/news", "/news?page=2", True),
        ("/news/", "/news/page/2/", True),
        ("/news?Page=2", "/news?page=14", True),
        ("/news?cat=3&paged=2", "/news?paged=3&cat=3", True),
        ("/news?offset=10", "/news?offset=20&limitstart=4", True),
        ("/news?pagina=2", "/news/pagina/3", True),
        ("/news?token=a1b2c3d4e5f6", "/news?page=2&token=f6e5d4c3b2a1", True),
        ("/news?cat=3", "/news?cat=4", False),
        ("/news?cat=3&page=2", "/news?page=2", False),
        ("/news", "/press?page=2", False),
        ("/news", "/news/2", False),
        ("/news", "//www.example.org/news", False),
    ],
)
def test_same_listing(one: str, other: str, same: bool) -> None:
    first, second = (f"https:{url}" if url.startswith("//") else f"https://example.org{url}" for url in (one, other))
    assert is_same_listing(first, second) is same
    assert is_same_listing(second, first) is same


def test_a_selector_decides_alone() -> None:
    tree = tree_of('<a rel="next" href="/wrong">Next</a><p class="older"><a href="/news">x</a><a href="/c">y</a></p>')
    assert find_next_page(tree, BASE, ".older") == "https://example.org/c"
    assert find_next_page(tree, BASE, ".absent") is None


ANY_TEXT = st.text(st.characters())
HTML_PIECES = st.lists(
    st.sampled_from(
        [
            "<a href='",
            "<a rel=next href='",
            "'>",
            "</a>",
            "Next",
            "›",
            "2",
            "<div class=pager>",
            "</div>",
            "?page=2",
            "http://[",
            "javascript:",
            "<base href='",
            "<link rel=next href='",
            "/page/3/",
            "http://a:b/",
            "<a",
            "<!--",
        ]
    )
).map("".join)


@given(st.one_of(ANY_TEXT, HTML_PIECES), st.one_of(st.just(BASE), st.just(f"{BASE}?page=1"), ANY_TEXT))
def test_no_page_makes_them_raise(html: str, base_url: str) -> None:
    tree = tree_of(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", html))
    find_links(tree, base_url)
    find_links(tree, base_url, "div, a")
    next_page = find_next_page(tree, base_url)
    assert next_page is None or next_page != base_url
    find_next_page(tree, base_url, "div a")
