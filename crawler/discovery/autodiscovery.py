"""Feeds that a page names: `<link rel="alternate">` with the type of a feed, without feeds of comments.

Source: https://www.rssboard.org/rss-autodiscovery, RFC 4287 (Atom), https://www.jsonfeed.org/version/1.1/#discovery.
"""

import re
from urllib.parse import unquote

from lxml.html import HtmlElement

from crawler.discovery.urls import absolute_url, normalize_url

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "text/rss+xml"}
)
# WordPress names its programming interface as JSON, and describes how to embed the page.
NO_FEED = re.compile(r"/wp-json(?:/|$)|[?&]rest_route=|oembed", re.IGNORECASE)
COMMENTS_ADDRESS = re.compile(
    r"/comments?(?:[/?.]|$)|comments?[-_]?(?:rss|atom|feed)|[?&]withcomments\b|[/=](?:rss|atom)[-_]?comments?\b",
    re.IGNORECASE,
)
COMMENTS_TITLE = re.compile(
    r"\b(?:comments|comment feed|comentarios|comentários|comentaris|commentaires|kommentare|kommentar-feed|commenti"
    r"|reacties|kommentarer|kommentteja|комментари[ий]|комментариев|коментарі|komentarze|komentarzy|komentáře|komentarai"
    r"|yorumlar|yorum beslemesi|hozzászólások|comentarii|komentar|σχόλια)\b"
    r"|تعليقات|التعليقات|תגובות|评论|評論|留言|コメント|댓글",
    re.IGNORECASE,
)


def find_feeds(tree: HtmlElement, base_url: str) -> tuple[str, ...]:
    """Find the addresses of the feeds that a page names, absolute, in document order, each once.

    Also where the `<link>` stands in the body, as parsers put it there after a misplaced element. `<base href>` is
    honored. A feed of comments, told by its address or title in common languages, is left out, and so is JSON that is
    no feed. What the addresses serve is not known: `crawler.discovery.feed.parse_feed` tells.
    """
    base = find_base(tree, base_url)
    found: dict[str, str] = {}
    for link in tree.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        if kind not in FEED_TYPES or "alternate" not in (link.get("rel") or "").lower().split():
            continue
        href = re.sub(r"^feed:(?=https?:|//)", "", (link.get("href") or "").strip())
        url = absolute_url(base, href) if href else None
        if url is None or NO_FEED.search(url) or _holds_comments(url, link.get("title") or ""):
            continue
        found.setdefault(normalize_url(url), url)
    return tuple(found.values())


def find_base(tree: HtmlElement, url: str) -> str:
    """Give what the relative links of a page are resolved against: `<base href>` where there is one."""
    for element in tree.iter("base"):
        href = element.get("href")
        if href is not None:
            return absolute_url(url, href) or url
    return url


def _holds_comments(url: str, title: str) -> bool:
    return COMMENTS_ADDRESS.search(unquote(url)) is not None or COMMENTS_TITLE.search(title) is not None
