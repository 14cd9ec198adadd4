"""How the pages of the discovery site look: layout, teasers, articles, sitemaps and feeds."""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlencode

from benchmarks.crash_site import Answer
from benchmarks.discovery_articles import Article

T = TypeVar("T")
NAME = "The Crossing Society"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request asks for, read: percent-encoding undone and the parameters sorted."""

    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, target: str) -> "Ask":
        """Read the target of a request or a link from the root."""
        path, _, query = target.partition("#")[0].partition("?")
        return cls(unquote(path), tuple(sorted(parse_qsl(query, keep_blank_values=True))))

    @property
    def key(self) -> str:
        """One spelling for all that mean the same."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def get(self, name: str) -> str | None:
        """Give the last value of a parameter."""
        return dict(self.query).get(name)

    def without(self, *names: str) -> "Ask":
        """Leave parameters out."""
        return Ask(self.path, tuple(pair for pair in self.query if pair[0] not in names))

    def having(self, **values: str | int) -> "Ask":
        """Set parameters."""
        query = {**dict(self.query), **{name: str(value) for name, value in values.items()}}
        return Ask(self.path, tuple(sorted(query.items())))


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a URL."""

    kind: str  # "article", "sitemap", "listing" and so on, or the trap that it belongs to
    render: Callable[[int], Answer]  # gets the number of the request
    is_needed: bool = True  # whether the smallest crawl asks for it

    @property
    def is_trap(self) -> bool:
        """Whether it belongs to a trap."""
        return self.kind.startswith("trap")


def say_date(day: date) -> str:
    """Write it as the site does: December 14, 2015."""
    return f"{day:%B} {day.day}, {day.year}"


def choose(key: str, among: Sequence[T], count: int) -> list[T]:
    """Choose by a key: always the same."""
    return random.Random(key).sample(among, min(count, len(among)))


def token(*parts: object) -> str:
    """Give 32 hexadecimal digits that follow from the parts and look random."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def link(path: str, words: str, attributes: str = "") -> str:
    """Write an anchor."""
    return f'<a href="{escape(path)}"{f" {attributes}" if attributes else ""}>{escape(words)}</a>'


def html(title: str, main: str, *, menu: str, side: str, head: str = "", stamp: int = 0) -> Answer:
    """Write a whole page.

    Args:
        title: of the page.
        main: its content.
        menu: the links on top and at the end, which all pages share.
        side: what stands beside it.
        head: more in the head.
        stamp: the number of the request: no two answers have the same bytes.
    """
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)} | {NAME}</title>\n'
        f'<link rel="stylesheet" href="/theme/style.css">{head}</head>\n'
        f'<body><header><a class="logo" href="/"><img src="/theme/logo.png" alt="{NAME}"></a>\n{menu}</header>\n'
        f'<main id="content">\n{main}\n</main>\n<aside class="sidebar">{side}</aside>\n'
        "<footer><p>Contact: the press desk of the Crossing Society, 12 Mill Street, telephone 212-555-0142, or "
        '<a href="mailto:desk@crossing.example">write to us</a>.</p>\n<p>'
        f"{link('/about', 'About us')} {link('/contact', 'Contact')} {link('/privacy', 'Privacy')} "
        f"{link('/terms', 'Terms of use')} {link('/internal/board', 'Staff only')} "
        '<a href="javascript:void(0)">Back to top</a> <a href="https://social.example/crossing">Follow us</a></p>\n'
        f"</footer><!-- served as {token('stamp', stamp)} --></body></html>\n"
    )
    return Answer(text.encode())


def write_teaser(article: Article, href: str) -> str:
    """Write what a listing shows of an article: headline, date, first sentence."""
    return (
        f'<div class="views-row"><h3><a href="{escape(href)}">{escape(article.title)}</a></h3>\n'
        f'<span class="date">{say_date(article.day)}</span><p>{article.lead}</p></div>\n'
    )


def write_article(article: Article, related: str, tags: str, tools: str) -> str:
    """Write the content of an article's page."""
    text = "".join(f"<p>{paragraph}</p>\n" for paragraph in article.paragraphs)
    return (
        f'<article class="node"><h1>{escape(article.title)}</h1>\n<p class="date">{say_date(article.day)}</p>\n'
        f'<div class="body">{text}</div>{tags}</article>\n{tools}'
        f'<section class="related"><h2>Read also</h2><ul>{related}</ul></section>'
    )


def write_article_head(article: Article, base: str) -> str:
    """Write what the head of an article's page says: on every other page, as sites grow."""
    if article.number % 2:
        return ""
    return (
        f'<link rel="canonical" href="{escape(base + article.path)}">'
        f'<meta property="article:published_time" content="{article.day.isoformat()}T09:00:00+00:00">'
    )


def list_items(links: Iterable[str]) -> str:
    """Write links as a list."""
    return f"<ul>{''.join(f'<li>{one}</li>' for one in links)}</ul>\n"


# --- Sitemaps and feeds -----------------------------------------------------------------------------------------------


def xml(text: str, content_type: str = "application/xml") -> Answer:
    """Write a file of XML."""
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode(), 200, content_type)


def write_sitemap(articles: Iterable[Article], base: str, namespace: str = NAMESPACE, *, news: bool = False) -> str:
    """Write a sitemap of articles."""
    entries = []
    for article in articles:
        more = f"<lastmod>{article.day.isoformat()}</lastmod>"
        if news:
            said = f"<news:publication_date>{article.day.isoformat()}</news:publication_date>"
            more = f"<news:news>{said}<news:title>{escape(article.title)}</news:title></news:news>"
        entries.append(f"<url><loc>{escape(base + article.path)}</loc>{more}</url>\n")
    declared = ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"' if news else ""
    return f'<urlset xmlns="{namespace}"{declared}>\n{"".join(entries)}</urlset>\n'


def write_index(paths: Iterable[str], base: str) -> str:
    """Write an index of sitemaps."""
    entries = "".join(f"<sitemap><loc>{base}{path}</loc></sitemap>\n" for path in paths)
    return f'<sitemapindex xmlns="{NAMESPACE}">\n{entries}</sitemapindex>\n'


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def write_rss(articles: Iterable[Article], base: str) -> Answer:
    """Write an RSS feed."""
    items = "".join(
        f"<item><title>{escape(article.title)}</title><link>{escape(base + article.path)}</link>"
        f"<pubDate>{format_datetime(_noon(article.day))}</pubDate></item>\n"
        for article in articles
    )
    head = f"<title>{NAME}</title><link>{base}/</link><description>News</description>"
    return xml(f'<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n', "application/rss+xml")


def write_atom(articles: Iterable[Article], base: str) -> Answer:
    """Write an Atom feed."""
    items = "".join(
        f'<entry><title>{escape(article.title)}</title><link href="{escape(base + article.path)}"/>'
        f"<published>{_noon(article.day).isoformat()}</published></entry>\n"
        for article in articles
    )
    head = f"<title>{NAME}</title><id>{base}/</id>"
    return xml(f'<feed xmlns="http://www.w3.org/2005/Atom">{head}\n{items}</feed>\n', "application/atom+xml")


def write_json_feed(articles: Iterable[Article], base: str) -> Answer:
    """Write a JSON Feed."""
    items = [
        {"id": str(article.number), "url": base + article.path, "date_published": _noon(article.day).isoformat()}
        for article in articles
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": NAME, "items": items}
    return Answer(json.dumps(feed, indent=1).encode(), 200, "application/feed+json")


# --- Spellings --------------------------------------------------------------------------------------------------------


def misspell(path: str, base: str, key: str) -> str:
    """Write a link in one of the ways in which sites write the same address; most are as they should be."""
    rng = random.Random(f"spelling/{key}/{path}")
    mark = "&" if "?" in path else "?"
    ways = (
        f"{path}{mark}utm_source=site&utm_medium=teaser&utm_campaign={rng.randrange(10_000)}",
        f"{path}{mark}fbclid={token(key, path)}",
        f"{path}#comment-{rng.randrange(100)}",
        f"{base.replace('localhost', 'LOCALHOST')}{path}",
        f"HTTP{base[4:]}{path}",
        f"{path}?" if mark == "?" else f"{path}&",
        f"/./about/..{path}",
        f"/%{ord(path[1]):02x}{path[2:]}" if path[1:2].isalpha() else path,
        f"{base}{path}",
        f"  {path}\n",
    )
    return rng.choice(ways) if rng.random() < 0.5 else path
