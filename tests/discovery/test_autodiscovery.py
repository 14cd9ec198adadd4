import pytest
from lxml.html import document_fromstring

from crawler.discovery.autodiscovery import find_feeds

PAGE = "https://harborlaw.example/en/about"


def find(head: str, body: str = "<p>Words</p>") -> tuple[str, ...]:
    tree = document_fromstring(f"<html><head><title>A</title>{head}</head><body>{body}</body></html>")
    return find_feeds(tree, PAGE)


def link(href: str, kind: str = "application/rss+xml", title: str = "", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    "kind",
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/json",
        "APPLICATION/RSS+XML; charset=utf-8",
    ],
)
def test_each_kind_of_feed(kind: str) -> None:
    assert find(link("/feed", kind)) == ("https://harborlaw.example/feed",)


def test_order_relative_addresses_and_each_once() -> None:
    head = "".join(map(link, ("rss.xml", "/feed/", "https://Harborlaw.example/feed/", "//feeds.example/a?b=1#c")))
    assert find(head) == (
        "https://harborlaw.example/en/rss.xml",
        "https://harborlaw.example/feed/",
        "https://feeds.example/a?b=1",
    )


def test_base_and_the_feed_scheme() -> None:
    assert find(f'<base href="/fr/">{link("rss")}') == ("https://harborlaw.example/fr/rss",)
    assert find(link("feed://harborlaw.example/a") + link("feed:https://harborlaw.example/b")) == (
        "https://harborlaw.example/a",
        "https://harborlaw.example/b",
    )


def test_a_link_in_the_body() -> None:
    assert find("<div>a misplaced element ends the head</div>" + link("/feed")) == ("https://harborlaw.example/feed",)
    assert find("", f"<div>{link('/feed')}</div>") == ("https://harborlaw.example/feed",)


@pytest.mark.parametrize(
    "other",
    [
        link("/comments/feed/", title="Harbor Law » Comments Feed"),
        link("/press/one/feed/", title="Harbor Law » A ruling Comments Feed"),
        link("/press/one/feed/", title="Harbor Law &raquo; Flux des commentaires"),
        link("/eins/feed/", title="Harbor Law » Kommentar-Feed"),
        link("/uno/feed/", title="Harbor Law » Feed de los comentarios"),
        link("/один/feed/", title="Harbor Law » Лента комментариев"),
        link("/feed/", title="خلاصة التعليقات"),
        link("/?feed=comments-rss2"),
        link("/?feed=rss2&amp;withcomments=1"),
        link("/feeds/comments/default", "application/atom+xml"),
        link("/feeds/83/comments/default", "application/atom+xml"),
        link("/wp-json/wp/v2/pages/7", "application/json", "JSON"),
        link("/?rest_route=/wp/v2/pages/7", "application/json"),
        link("/wp-json/oembed/1.0/embed?url=a", "application/json+oembed"),
        link("/oembed?format=json", "application/json"),
        link("/style.css", "text/css", rel="alternate stylesheet"),
        link("/es/", "text/html"),
        link("/feed", rel="stylesheet"),
        link("javascript:void(0)"),
        link("http://[broken"),
        '<link rel="alternate" type="application/rss+xml">',
        link(""),
        "<link rel='alternate' href='/feed'>",
    ],
)
def test_what_is_no_feed_of_documents(other: str) -> None:
    assert find(other + link("/good")) == ("https://harborlaw.example/good",)


@pytest.mark.parametrize(
    "title", ["Commentary", "Comment is free", "News", "Comunicados", "", "Commentary &amp; analysis"]
)
def test_titles_of_documents(title: str) -> None:
    assert find(link("/commentary/feed", title=title)) == ("https://harborlaw.example/commentary/feed",)
