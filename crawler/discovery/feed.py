"""Feeds: bytes → the entries of RSS 0.9-2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

lxml suffices here: we need four values of each entry (address, title, two dates as they stand), all plain elements,
while the cleaning of content, the dates and the character guessing that feedparser adds are done by our own core.

Sources: https://www.rssboard.org/rss-specification, https://web.resource.org/rss/1.0/spec, RFC 4287 (Atom),
https://www.jsonfeed.org/version/1.1/, Dublin Core's dc:date and dcterms.
"""

import html
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from w3lib.html import remove_tags

from crawler.discovery.markup import (
    NOT_XML,
    Markup,
    descendants,
    local_name,
    parse_markup,
    prefix,
    read_source,
    text_of,
)
from crawler.discovery.urls import absolute_url

XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# Elements of these vocabularies describe a picture or a podcast, not the entry: media:title is a caption.
FOREIGN_PREFIXES = frozenset({"media", "itunes", "googleplay", "podcast"})
HTML_TITLE_TYPES = ("html", "text/html")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed. The dates are strings as they stand there."""

    url: str  # absolute, http(s), without fragment, otherwise as written
    title: str | None = None  # plain text, white space collapsed
    published: str | None = None
    updated: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """The entries of a feed in its order, and in words what in it could not be used."""

    entries: tuple[FeedEntry, ...] = ()
    problems: tuple[str, ...] = ()


def parse_feed(body: bytes, base_url: str) -> Feed:
    """Read a feed, also a packed or broken one. Never raises: what is wrong is a problem.

    `base_url` is the feed's own address: relative links are resolved against it, and against `xml:base`. An entry
    without a usable address is left out and counted among the problems.
    """
    source = read_source(body)
    feed = parse_feed_text(source.text, base_url)
    problems = [*source.problems, *feed.problems]
    if not feed.entries:
        problems.append("no entries")
    return Feed(feed.entries, tuple(problems))


def parse_feed_text(text: str, base_url: str) -> Feed:
    """Read a feed that is already unpacked and decoded, as `parse_feed` does."""
    if text.lstrip().startswith("{"):
        return _parse_json(text, base_url)
    markup = parse_markup(text)
    if markup is None or markup.kind not in ("rss", "RDF", "feed"):
        return Feed(problems=("no feed: neither an rss, RDF or feed element nor a JSON Feed",))
    return _parse_xml(markup, base_url)


def _parse_xml(markup: Markup, base_url: str) -> Feed:
    name, read = ("entry", _read_atom) if markup.kind == "feed" else ("item", _read_rss)
    entries = []
    unusable = 0
    for element in descendants(markup.root, name):
        entry = read(element, base_url)
        if entry is None:
            unusable += 1
        else:
            entries.append(entry)
    return Feed(tuple(entries), (*markup.problems, *_count_unusable(unusable)))


def _read_rss(item: etree._Element, base_url: str) -> FeedEntry | None:
    url = _first_url(_rss_addresses(item), _resolver(item, base_url))
    if url is None:
        return None
    title = _child(item, "title")
    return FeedEntry(
        url=url,
        title=_plain(text_of(title)) if title is not None else None,
        published=_child_text(item, "pubDate", "issued", "created", "published", "date"),
        updated=_child_text(item, "updated", "modified"),
    )


def _rss_addresses(item: etree._Element) -> Iterator[str]:
    """Give what may be the entry's address, best first: FeedBurner's original, link, atom:link, guid, rdf:about."""
    for link in item:
        if local_name(link) == "origLink":
            yield text_of(link)
    for link in item:
        if local_name(link) == "link" and prefix(link) not in FOREIGN_PREFIXES and _is_alternate(link):
            yield text_of(link) or link.get("href", "")
    for guid in item:
        if local_name(guid) == "guid" and (guid.get("isPermaLink") or "").lower() != "false":
            # A guid that is no URL must not be resolved as if it were a relative one.
            yield text_of(guid) if text_of(guid).startswith(("http://", "https://")) else ""
    yield item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", "")


def _read_atom(entry: etree._Element, base_url: str) -> FeedEntry | None:
    url = _first_url(_atom_addresses(entry), _resolver(entry, base_url))
    if url is None:
        return None
    return FeedEntry(
        url=url,
        title=_atom_title(entry),
        published=_child_text(entry, "published", "issued", "created"),
        updated=_child_text(entry, "updated", "modified"),
    )


def _atom_addresses(entry: etree._Element) -> Iterator[str]:
    """Give what may be the entry's address, best first: an alternate link (HTML before others), content src, id."""
    links = [link for link in entry if local_name(link) == "link" and _is_alternate(link)]
    links.sort(key=lambda link: link.get("type", "text/html") not in ("text/html", "application/xhtml+xml"))
    for link in links:
        yield link.get("href", "")
    content = _child(entry, "content")
    if content is not None:
        yield content.get("src", "")
    identifier = _child_text(entry, "id") or ""
    yield identifier if identifier.startswith(("http://", "https://")) else ""


def _is_alternate(link: etree._Element) -> bool:
    return (link.get("rel") or "alternate").lower() == "alternate"


def _atom_title(entry: etree._Element) -> str | None:
    title = _child(entry, "title")
    if title is None:
        return None
    text = text_of(title)
    return _plain(text) if title.get("type") in HTML_TITLE_TYPES else text or None


def _parse_json(text: str, base_url: str) -> Feed:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Feed(problems=(f"broken JSON: {error}",))
    items = document.get("items")
    if not isinstance(items, list):
        return Feed(problems=("JSON without a list of items: not a JSON Feed",))
    entries = []
    unusable = 0
    for item in items:
        entry = _read_json(item, base_url) if isinstance(item, dict) else None
        if entry is None:
            unusable += 1
        else:
            entries.append(entry)
    return Feed(tuple(entries), _count_unusable(unusable))


def _read_json(item: Mapping[str, object], base_url: str) -> FeedEntry | None:
    identifier = _json_text(item, "id") or ""
    addresses = iter(
        [_json_text(item, "url") or "", identifier if identifier.startswith(("http://", "https://")) else ""]
    )
    url = _first_url(addresses, lambda address: absolute_url(base_url, address))
    if url is None:
        return None
    return FeedEntry(
        url=url,
        title=_json_text(item, "title"),
        published=_json_text(item, "date_published"),
        updated=_json_text(item, "date_modified"),
    )


def _json_text(item: Mapping[str, object], key: str) -> str | None:
    value = item.get(key)
    # JSON can escape what no text file may hold: NUL, half of a surrogate pair.
    return " ".join(NOT_XML.sub("", value).split()) or None if isinstance(value, str) else None


def _first_url(addresses: Iterator[str], resolve: Callable[[str], str | None]) -> str | None:
    for address in addresses:
        url = resolve(address) if address else None
        if url is not None:
            return url
    return None


def _resolver(element: etree._Element, base_url: str) -> Callable[[str], str | None]:
    base = base_url
    for level in [*reversed(list(element.iterancestors())), element]:
        if level.get(XML_BASE):
            base = absolute_url(base, level.get(XML_BASE, "")) or base
    return lambda address: absolute_url(base, address)


def _child(element: etree._Element, *names: str) -> etree._Element | None:
    """Give the first child that has one of the names, the names tried in their order."""
    for name in names:
        for child in element:
            if local_name(child) == name and prefix(child) not in FOREIGN_PREFIXES:
                return child
    return None


def _child_text(element: etree._Element, *names: str) -> str | None:
    child = _child(element, *names)
    return text_of(child) or None if child is not None else None


def _plain(text: str) -> str | None:
    """Turn a title that may hold HTML into plain text."""
    return " ".join(html.unescape(remove_tags(text)).split()) or None


def _count_unusable(count: int) -> tuple[str, ...]:
    return (f"{count} × entry without an http(s) address",) if count else ()
