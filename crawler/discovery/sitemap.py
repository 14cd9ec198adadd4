"""Sitemaps: bytes → the pages and further sitemaps they name.

Source: the protocol at https://www.sitemaps.org/protocol.html (urlset, sitemapindex, plain text, RSS and Atom, gzip, at
most 50 MB unpacked and 50,000 URLs each) and Google's news extension, whose publication date is the only date in a
sitemap that says when a page was published: `lastmod` says when it was modified.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from crawler.discovery.feed import parse_feed_text
from crawler.discovery.markup import Markup, descendants, local_name, parse_markup, read_source, text_of
from crawler.discovery.urls import absolute_url

MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One line of a sitemap. The dates are strings as they stand there, mostly W3C datetimes."""

    url: str  # absolute, http(s), without fragment, otherwise as written
    lastmod: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap names, in its order, and in words what in it could not be used."""

    pages: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[SitemapEntry, ...] = ()
    problems: tuple[str, ...] = ()


def parse_sitemap(body: bytes) -> Sitemap:
    """Read a sitemap, index, text sitemap, or a feed that serves as one. Never raises: what is wrong is a problem.

    `body` may be packed with gzip. XML is read from its root element on, with or without namespaces, and as far as
    possible where it is broken. More than 50,000 entries are kept, and noted as a problem.
    """
    source = read_source(body)
    markup = parse_markup(source.text)
    if markup is None:
        sitemap = _parse_plain_text(source.text)
    elif markup.kind in ("urlset", "sitemapindex"):
        sitemap = _parse_xml(markup)
    else:
        feed = parse_feed_text(source.text, base_url="")
        pages = tuple(SitemapEntry(entry.url, entry.updated, entry.published) for entry in feed.entries)
        sitemap = Sitemap(pages=pages, problems=feed.problems)
    problems = [*source.problems, *sitemap.problems]
    entries = len(sitemap.pages) + len(sitemap.sitemaps)
    if entries > MAX_ENTRIES:
        problems.append(f"{entries} entries, where the protocol allows {MAX_ENTRIES}")
    if entries == 0:
        problems.append("no entries")
    return Sitemap(sitemap.pages, sitemap.sitemaps, tuple(problems))


def _parse_xml(markup: Markup) -> Sitemap:
    problems = list(markup.problems)
    pages = tuple(_entries(markup.root, "url", problems))
    sitemaps = tuple(_entries(markup.root, "sitemap", problems))
    return Sitemap(pages, sitemaps, tuple(problems))


def _entries(root: etree._Element, name: str, problems: list[str]) -> Iterator[SitemapEntry]:
    unusable = []
    for element in descendants(root, name):  # not only the root's children: a lost end tag nests the next entry
        location = _child_text(element, "loc")
        url = absolute_url("", location) if location is not None else None
        if url is None:
            unusable.append(location)
        else:
            yield SitemapEntry(url, _child_text(element, "lastmod"), _publication_date(element))
    if unusable:
        problems.append(_count_unusable(len(unusable), f"<{name}>", unusable[0]))


def _child_text(element: etree._Element, name: str) -> str | None:
    for child in element:
        if local_name(child) == name:
            return text_of(child) or None
    return None


def _publication_date(element: etree._Element) -> str | None:
    for child in element:
        if local_name(child) == "news":
            return _child_text(child, "publication_date")
    return None


def _parse_plain_text(text: str) -> Sitemap:
    if text.lstrip().startswith(("<", "{", "[")):
        return Sitemap(problems=("neither a sitemap nor a feed: no urlset, sitemapindex, rss, RDF or feed element",))
    pages = []
    unusable = []
    for line in text.splitlines():
        address = line.strip()
        url = absolute_url("", address)
        if url is not None and " " not in address:
            pages.append(SitemapEntry(url))
        elif address:
            unusable.append(address)
    problems = (_count_unusable(len(unusable), "line", unusable[0]),) if unusable else ()
    return Sitemap(pages=tuple(pages), problems=problems)


def _count_unusable(count: int, what: str, example: str | None) -> str:
    return f"{count} × {what} without an absolute http(s) URL, the first: {(example or '')[:200]!r}"
