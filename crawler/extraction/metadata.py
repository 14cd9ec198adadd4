"""What a page states of itself: title, authors, language, canonical URL, and where it names dates."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html

from crawler.extraction.caching import cache_short
from crawler.extraction.cut_markup import CutMarkup, NeedsWholeError, holds_part
from crawler.extraction.date_markup import find_marked_dates
from crawler.extraction.date_statements import find_stated_dates
from crawler.extraction.spacing import clean_text
from items import Block, BlockKind, DateCandidate

_AUTHOR_META = frozenset("author article:author dc.creator dcterms.creator parsely-author sailthru.author".split())
_ARTICLE_TYPES = ("Article", "Posting", "Report", "Statement", "PressRelease")
_TITLE_SEPARATOR = re.compile(r"\s+[|–—·»«:-]{1,2}\s+|\s*[|»«]\s*")
_FINER_SEPARATOR = re.compile(rf"{_TITLE_SEPARATOR.pattern}|:\s+")
_AROUND_TITLE = " |–—·»«:-"
_BYLINE_AUTHOR = re.compile(r"^(?:written\s+|posted\s+)?by:?\s+", re.IGNORECASE)
_find_author_links = lxml.etree.XPath("descendant::a/@rel[contains(., 'author')]/..")
HEADINGS = ("h1", "h2", "h3", "h4")  # elements that may show a page's title
_SOURCE = ("script", "meta", "title", "link")  # elements that state something for machines
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}))?(?:$|[-_])")
_ALPHANUMERIC = re.compile(r"[\W_]+")
_MAX_AUTHOR = 100  # characters of a person's or an organization's name


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page states, raw."""

    title: str | None
    stated_titles: tuple[str, ...]  # raw: with the site's name, where the page adds it
    authors: tuple[str, ...]
    language_tag: str | None  # language, and the region where one is stated: "de", "en-GB"
    canonical_url: str | None
    date_candidates: tuple[DateCandidate, ...]

    @property
    def language(self) -> str | None:
        """The primary language subtag."""
        return self.language_tag.partition("-")[0] if self.language_tag is not None else None


def find_metadata(
    tree: lxml.html.HtmlElement,
    blocks: Sequence[Block],
    url: str | None,
    site_names: Sequence[str] = (),
    cut: CutMarkup | None = None,
) -> Metadata:
    """Read a page's own statements from its tree.

    Args:
        tree: the page's root element, not yet changed by generic extraction.
        blocks: the page's blocks, for its headings.
        url: where the page was fetched; its path may state a date.
        site_names: the organization's name and what else is known to be no part of a title.
        cut: what the tree was made of, where known parts were cut out of the page; none of them states anything.

    Raises:
        NeedsWholeError: the known parts have to be seen too.
    """
    source: dict[object, list[lxml.html.HtmlElement]] = {name: [] for name in _SOURCE}
    for element in tree.iter(*_SOURCE):
        source[element.tag].append(element)
    linked = list(_linked_data(source["script"]))
    meta = list(_meta(source["meta"]))
    stated = _state_titles(source["title"][:1], linked, meta)
    known = [normalize_for_comparison(name) for name in (dict(reversed(meta)).get("og:site_name"), *site_names) if name]
    title = _find_title(blocks, stated, known)
    return Metadata(
        title=title,
        stated_titles=tuple(title for title in (*stated.statements, stated.element) if title),
        authors=_find_authors(tree, linked, meta, is_cut=cut is not None),
        language_tag=_find_language_tag(tree),
        canonical_url=_find_canonical(source["link"], url),
        date_candidates=(
            *find_stated_dates(linked, meta, url),
            *find_marked_dates(tree, _find_heading(tree, title, cut), is_cut=cut is not None),
        ),
    )


@cache_short
def normalize_for_comparison(text: str) -> str:
    """Reduce to letters and digits in lower case: what makes two titles equal."""
    return _ALPHANUMERIC.sub("", text).casefold()


def split_title(title: str) -> list[str]:
    """Split a stated title where bars and dashes set parts apart, or a colon does: "Name: Title"."""
    return [part for part in _FINER_SEPARATOR.split(title) if part]


def _linked_data(scripts: Iterable[lxml.html.HtmlElement]) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON-LD objects of a page that describe a document (JSON-LD 1.1, schema.org)."""
    for script in scripts:
        if (script.get("type") or "").strip().lower() != "application/ld+json" or not script.text:
            continue
        try:
            data = json.loads(script.text.strip().removeprefix("<![CDATA[").removesuffix("]]>"), strict=False)
        except (ValueError, RecursionError):
            continue  # broken JSON-LD is common and states nothing
        pending = [data]
        while pending:
            value = pending.pop()
            if isinstance(value, list):
                pending.extend(reversed(value))
            elif isinstance(value, dict):
                pending.extend(value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in value)
                if "datePublished" in value or "headline" in value:
                    yield value


def _meta(elements: Iterable[lxml.html.HtmlElement]) -> Iterator[tuple[str, str]]:
    for element in elements:
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = element.get("content")
        if name is not None and content is not None and content.strip():
            yield name.strip().lower(), clean_text(content)


@dataclass(frozen=True, slots=True)
class _StatedTitles:
    statements: tuple[str, ...]  # og:title, twitter:title, headlines; those that there are
    element: str  # <title>


def _state_titles(
    elements: Sequence[lxml.html.HtmlElement], linked: Sequence[Mapping[str, Any]], meta: Sequence[tuple[str, str]]
) -> _StatedTitles:
    named = dict(reversed(meta))
    stated = (named.get("og:title"), named.get("twitter:title"), *(_text(data.get("headline")) for data in linked))
    element = "".join(clean_text("".join(title.itertext())) for title in elements)
    return _StatedTitles(tuple(title for title in stated if title), element)


def _find_title(blocks: Sequence[Block], titles: _StatedTitles, site_names: Sequence[str]) -> str | None:
    """Choose a title: the heading that the page's metadata repeats, else the metadata without the site's name."""
    stated, title_tag = titles.statements, titles.element
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    first_headings = [block.text.replace("\n", " ") for block in headings if block.level == 1]
    for statement in (*stated, title_tag):
        for heading in first_headings:
            key = normalize_for_comparison(heading)
            if (
                statement
                and _is_long(key)
                and key in normalize_for_comparison(statement)
                and key not in site_names
                and not _is_logo(key, statement, headings)
            ):
                return heading
    if not stated:
        shown = _find_shown_part(title_tag, blocks, site_names)
        if shown is not None:
            return shown
    said = [text for text in (*stated, title_tag) if text]
    own = [text for text in said if normalize_for_comparison(text) not in site_names]
    if own:
        return _without_site_name(own[0], site_names)
    return next(iter((*first_headings, *said)), None)


def has_author_links(tree: lxml.html.HtmlElement) -> bool:
    """Tell whether a link names an author."""
    return bool(_find_author_links(tree))


def _find_heading(
    tree: lxml.html.HtmlElement, title: str | None, cut: CutMarkup | None
) -> lxml.html.HtmlElement | None:
    """Find the element that shows the title: a heading, if there is one."""
    key = normalize_for_comparison(title or "")
    if not key:
        return None
    if cut is not None and any(key in part.headings for part in cut.parts):
        raise NeedsWholeError
    for heading in tree.iter(*HEADINGS):
        if cut is not None and holds_part(heading):
            raise NeedsWholeError
        if normalize_for_comparison(heading.text_content()) == key:
            return heading
    return None


def _is_long(text: str) -> bool:
    """Tell a title from an abbreviation; two characters of Chinese are a word."""
    return len(text) > (3 if text.isascii() else 1)


def _is_logo(key: str, statement: str, headings: Sequence[Block]) -> bool:
    """Tell whether a heading is the first or last part of a stated title and a longer part is a heading below it."""
    parts = [normalize_for_comparison(part) for part in _TITLE_SEPARATOR.split(statement)]
    if len(parts) < 2 or key not in (parts[0], parts[-1]):
        return False
    keys = [normalize_for_comparison(heading.text) for heading in headings]
    below = keys[keys.index(key) + 1 :]
    return any(len(part) > len(key) and part in below for part in parts)


def _find_shown_part(title_tag: str, blocks: Sequence[Block], site_names: Sequence[str]) -> str | None:
    """Find the part of a `<title>` that the page shows as a line of its own; of several the longest, then the last."""
    parts = [part for part in _TITLE_SEPARATOR.split(title_tag) if _is_long(part)]
    if len(parts) < 2:
        return None
    first_shown: dict[str, int] = {}
    for block in blocks:
        if len(block.text) <= len(title_tag):
            first_shown.setdefault(normalize_for_comparison(block.text), block.position)
    keys = {part: normalize_for_comparison(part) for part in parts}
    standing = [part for part in parts if keys[part] in first_shown and keys[part] not in site_names]
    return max(standing, key=lambda part: (len(part), first_shown[keys[part]]), default=None)


def _without_site_name(title: str, site_names: Sequence[str]) -> str:
    """Drop first and last parts that are the site's name; without a known name, the shorter last part after a bar."""
    text = title
    while len(parts := split_title(text)) > 1:
        if normalize_for_comparison(parts[-1]) in site_names:
            text = text[: text.rindex(parts[-1])].strip(_AROUND_TITLE)
        elif normalize_for_comparison(parts[0]) in site_names:
            text = text[text.index(parts[0]) + len(parts[0]) :].strip(_AROUND_TITLE)
        else:
            break
    bar = text.rfind(" | ")
    if not site_names and bar > len(text) / 2:
        return text[:bar].strip()
    return text.strip(_AROUND_TITLE) or text


def _find_authors(
    tree: lxml.html.HtmlElement, linked: Sequence[Mapping[str, Any]], meta: Sequence[tuple[str, str]], *, is_cut: bool
) -> tuple[str, ...]:
    for data in linked:
        if any(word in str(data.get("@type", "")) for word in _ARTICLE_TYPES):
            names = _names(data.get("author"))
            if names:
                return names
    names = _names([content for name, content in meta if name in _AUTHOR_META])
    if names:
        return names
    links = [link for link in _find_author_links(tree) if "author" in link.get("rel").split()]
    if is_cut and any(holds_part(link) for link in links):
        raise NeedsWholeError
    return _names([clean_text(link.text_content()) for link in links])


def _names(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    found: list[str] = []
    for one in values:
        text = _text(one.get("name")) if isinstance(one, dict) else _text(one)
        if text is None:
            continue
        name = _BYLINE_AUTHOR.sub("", text).strip(" ,;")
        if name and len(name) <= _MAX_AUTHOR and "://" not in name and name not in found:
            found.append(name)
    return tuple(found)


def _text(value: object) -> str | None:
    return (clean_text(value) or None) if isinstance(value, str) else None


def _find_language_tag(tree: lxml.html.HtmlElement) -> str | None:
    """Read `<html lang>` as a language tag of language and region (BCP 47): "en", "en-GB"."""
    stated = next((value for name in ("lang", "xml:lang") if (value := (tree.get(name) or "").strip())), "")
    match = _LANGUAGE_TAG.match(stated)
    return None if match is None else "-".join([match[1].lower(), *([match[2].upper()] if match[2] else [])])


def find_canonical(tree: lxml.html.HtmlElement, url: str | None) -> str | None:
    """Read rel=canonical as an absolute URL; one on another host says nothing of this page."""
    return _find_canonical(tree.iter("link"), url)


def _find_canonical(links: Iterable[lxml.html.HtmlElement], url: str | None) -> str | None:
    for link in links:
        if "canonical" not in (link.get("rel") or "").lower().split():
            continue
        href = (link.get("href") or "").strip()
        if not href:
            continue
        try:
            absolute = urljoin(url or "", href)
            scheme, host = urlsplit(absolute).scheme, urlsplit(absolute).hostname
            own = urlsplit(url or "").hostname
        except ValueError:
            return None
        if (
            host is None
            or scheme not in ("http", "https")
            or (own is not None and host.removeprefix("www.") != own.removeprefix("www."))
        ):
            return None
        return absolute
    return None
