"""Markup that repeats over a site: its menus and footers are cut out of a page before the page is parsed.

A part is an element that stands letter for letter on several pages. What it holds is taken out of the markup, and its
blocks are made once: they follow from the part, from the way down to it, from how many blocks stand before it and from
the page's address as far as its links need it. Only what cannot change how the rest is parsed is a part: each of its
tags has its own end, it states nothing of the page, and the parser sees in it what is written. Where a part is met in
another surrounding, the page is read as a whole. So what is known changes no page, only the time that it takes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from urllib.parse import urlsplit

import lxml.etree
import lxml.html

from crawler.extraction.cut_markup import MARKER, CutMarkup, KnownPart, Variant
from crawler.extraction.date_markup import has_marked
from crawler.extraction.document import MAX_PART_DEPTH, parse_markup
from crawler.extraction.metadata import HEADINGS, has_author_links, normalize_for_comparison
from crawler.extraction.path_nodes import PathNode
from items import Block

_MARKED = f"<{MARKER}></{MARKER}>"
_MIN_PART = 256  # characters; to look for a shorter part takes as long as to read it
_MAX_PART = 262_144  # a larger one is a page's own
_MAX_SITES = 16
_MAX_CHARACTERS = 2_000_000  # of all parts, with their variants; then they are forgotten
_MAX_SEEN = 8_192  # pieces of a site's pages that were met once
_MAX_NODES = 20_000
_FIRST = 24  # pages of a site in which parts are looked for
_AGAIN = 64  # of as many pages one more is looked at, if it holds what begins like a part and is none
_MAX_SEARCHED = 1_000_000  # characters of a page in which parts are looked for
_MAX_OPEN = 256  # elements, one in the other; a page that is nested deeper has no parts
_MAX_REFUSED = 32  # pieces of a page that repeat and are no parts; then it is looked through no further
_MAX_GROUPS = 64  # of parts that begin alike; each costs a look through every page
_MAX_ALIKE = 32
_PREFIX = 48  # characters by which a part is looked for
_PLACES = 4  # on a page at which one that begins like a part is looked at
_TRIALS = 64  # pages after which a part that is seldom met is given up
_SELDOM = 1 / 8
_OFTEN = 1 / 4  # of the pages that had to be read as a whole all the same
_CUT = 512  # characters that must go for it to be worth it

# A tag, or the beginning of what holds none. Attributes have bounds: quotes without an end must not be gone over again
# from each tag.
_TOKEN = re.compile(
    r"(?P<comment><!--)|<(?P<opaque>script|style)\b(?P<of>(?:[^<>\"'&]{1,4096}+|\"[^\"&]{0,4096}+\"|'[^'&]{0,4096}+'){0,100}+)>"
    r"|<(?P<end>/?)(?P<name>[a-z][a-z0-9]*)"
    r"(?P<attributes>(?:[^<>\"']{1,4096}+|\"[^\"]{0,4096}+\"|'[^']{0,4096}+'){0,100}+)>",
    re.IGNORECASE,
)
_OPAQUE_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "style")}
_PARTS = frozenset("div nav header footer section aside ul ol form".split())
_VOID = frozenset("area base br col embed hr img input param source track wbr".split())
# What states something of the page, or is parsed by rules of its own.
_REFUSED = frozenset(
    "html head body title meta link base time frameset frame noframes noembed iframe textarea template plaintext xmp "
    "listing".split()
)
_NOT_INSIDE = frozenset(
    "a h1 h2 h3 h4 h5 h6 table pre blockquote button select svg noscript video audio object".split()
)
# What a script may say of tags that is counted as one (`document`), or ends it sooner than it seems.
_SPOILING = re.compile(r"<!--|-->|</(?:script|style|svg|template|noscript)", re.IGNORECASE)
_HREF = re.compile(rb'\bhref="\s*([^"]*)')
# Links by what they need of a page's address. A URL without a host, or one that is but a query, needs all of it.
_OF_SCHEME = re.compile(rb"#|https?://[^/?#\\\s]|(?:mailto|tel|javascript):", re.IGNORECASE)
_OF_SITE = re.compile(rb"/(?!/)|//[^/?#\\\s]")
_OF_FOLDER = re.compile(rb"[\w.~%-][^:]*")
_WHOLE_ADDRESS = 3


@dataclass(slots=True, eq=False)
class _Group:
    """Parts that begin alike: a menu on the pages of one section and of another."""

    prefix: str
    place: int  # on the page where it was met first
    parts: list[KnownPart] = field(default_factory=list)  # that which was met last is the first
    tried: int = 0
    met: int = 0


@dataclass(slots=True, eq=False)
class _Site:
    groups: list[_Group] = field(default_factory=list)  # in the order of a page
    seen: set[int] = field(default_factory=set)  # hashes of pieces; whether one is a part is found out by its letters
    refused: set[int] = field(default_factory=set)  # of those that repeat and are no parts
    pages: int = 0
    searched: int = 0  # of them, for parts
    failed: int = 0  # that had to be read as a whole


@dataclass(frozen=True, slots=True)
class _Span:
    """An element in the markup of which each start tag has its own end tag."""

    start: int
    inner: tuple[int, int]
    end: int
    is_opaque: bool = False


@dataclass(slots=True)
class KnownMarkup:
    """What a process knows of the markup of the sites that it has read lately. Not for several threads."""

    _sites: dict[str, _Site] = field(default_factory=dict)
    _roots: dict[str, PathNode] = field(default_factory=dict)  # of all elements, by scheme and host
    _nodes: int = 0
    _size: int = 0

    def find_root(self, address: tuple[str, ...]) -> PathNode:
        """Give the root of all elements of a site's pages."""
        if self._nodes > _MAX_NODES:
            self._roots.clear()
            self._nodes = 0
        return self._roots.setdefault(address[1], PathNode())

    def count_nodes(self, new: int) -> None:
        """Count the nodes that a page has added."""
        self._nodes += new

    def cut(self, text: str, url: str) -> CutMarkup | None:
        """Take what is known out of a page, and look at the page for what repeats; None where nothing is known.

        Args:
            text: the page's markup.
            url: of the page.
        """
        if len(self._sites) > _MAX_SITES or self._size > _MAX_CHARACTERS:
            self._sites.clear()
            self._size = 0
        site = self._sites.setdefault(split_address(url)[1], _Site())
        site.pages += 1
        if site.failed > max(_FIRST, _OFTEN * site.pages):
            return None
        kept: list[str] = []
        parts: list[KnownPart] = []
        opaque = 0
        at = gone = missed = 0
        last = text.find("</html")  # what follows it is dropped or makes the page be read by other rules
        for group in site.groups:
            part, place = _find_part(group, text, at)
            missed += part is None and place >= 0
            if part is None or place > last >= 0:
                continue
            kept.append(text[at : place + part.start])
            if part.element is not None:
                kept.append(_MARKED)
                parts.append(part)
            else:
                kept.append(MARKER)
                opaque += 1
            at = place + part.end
            gone += part.end - part.start
        if len(text) <= _MAX_SEARCHED and (site.pages <= _FIRST or (missed and site.searched * _AGAIN < site.pages)):
            self._search(site, text)
        if gone < _CUT:
            return None
        return CutMarkup("".join((*kept, text[at:])), tuple(parts), opaque)

    def note_failure(self, url: str) -> None:
        """Count a page that had to be read as a whole; a site where most do is not cut any more."""
        site = self._sites.get(split_address(url)[1])
        if site is not None:
            site.failed += 1

    def keep(self, part: KnownPart, variant: Variant, blocks: tuple[Block, ...]) -> None:
        """Remember the blocks of a part."""
        part.variants[variant] = blocks
        self._size += len(part.markup)

    def _search(self, site: _Site, text: str) -> None:
        """Look for what was met on an earlier page."""
        site.searched += 1
        known = {part.markup for group in site.groups for part in group.parts}
        site.groups = [one for one in site.groups if one.tried < _TRIALS or one.met >= _SELDOM * one.tried]
        if len(site.seen) > _MAX_SEEN:
            site.seen.clear()
            site.refused.clear()
        done = refused = 0
        new: set[int] = set()
        for span in sorted(_find_spans(text), key=lambda one: (one.start, -one.end)):
            if span.start < done:  # inside of a part
                continue
            piece = text[span.start : span.end]
            name = hash(piece)
            if piece in known:
                done = span.end
            elif name not in site.seen:
                new.add(name)
            elif name in site.refused:
                continue
            elif (part := _make_part(piece, span)) is not None:
                self._add(site, part, span.start)
                known.add(piece)
                done = span.end
            elif refused == _MAX_REFUSED:
                break
            else:
                refused += 1
                site.refused.add(name)
        site.seen |= new

    def _add(self, site: _Site, part: KnownPart, place: int) -> None:
        prefix = part.markup[:_PREFIX]
        group = next((one for one in site.groups if one.prefix == prefix), None)
        if group is None:
            if len(site.groups) == _MAX_GROUPS:
                return
            group = _Group(prefix, place)
            site.groups.append(group)
            site.groups.sort(key=attrgetter("place"))
        group.parts.insert(0, part)
        del group.parts[_MAX_ALIKE:]
        self._size += len(part.markup)


def _find_part(group: _Group, text: str, at: int) -> tuple[KnownPart | None, int]:
    """Find the first part of a group that a page holds, and its place; -1 where nothing begins like it."""
    group.tried += 1
    first = place = text.find(group.prefix, at)
    for _ in range(_PLACES):
        if place < 0:
            break
        for index, part in enumerate(group.parts):
            if text.startswith(part.markup, place):
                if index:
                    group.parts.insert(0, group.parts.pop(index))
                group.met += 1
                return part, place
        place = text.find(group.prefix, place + 1)
    return None, first


def _find_spans(text: str) -> Iterator[_Span]:
    """Find the elements that may be parts."""
    open_elements: list[tuple[str, int, int]] = []  # name, start, where it holds something
    spoiled = 0  # of the open ones, those in which something is not closed as it is written
    around = 0  # of the open ones, those in which no part stands
    open_names: Counter[str] = Counter()
    for token, token_end in _find_tokens(text):
        if token["opaque"] is not None:
            if "json" in token["of"].lower():
                spoiled = len(open_elements)
            else:
                yield from _find_opaque(text, token, token_end)
            continue
        name = token["name"].lower()
        if name in _REFUSED:
            spoiled = len(open_elements)
        elif not token["end"]:
            if name not in _VOID and not token["attributes"].endswith("/"):
                if len(open_elements) == _MAX_OPEN:
                    return
                open_elements.append((name, token.start(), token.end()))
                open_names[name] += 1
                around += name in _NOT_INSIDE
        elif open_elements and open_elements[-1][0] == name:
            _, start, inner = open_elements.pop()
            open_names[name] -= 1
            around -= name in _NOT_INSIDE
            is_whole = len(open_elements) >= spoiled
            spoiled = min(spoiled, len(open_elements))
            if is_whole and not around and name in _PARTS and _MIN_PART <= token.end() - start <= _MAX_PART:
                yield _Span(start, (inner, token.start()), token.end())
        elif open_names[name]:  # else the parser passes it over, as long as no such element is open further out
            ended = ""
            while ended != name:
                ended, *_ = open_elements.pop()
                open_names[ended] -= 1
                around -= ended in _NOT_INSIDE
            spoiled = len(open_elements)


def _find_tokens(text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Give the tags, and scripts and styles as a whole, each with its end; what follows one that never ends is none."""
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token["comment"] is not None:
            end = text.find("-->", at)
            if end < 0:
                return
            at = end + len("-->")
            continue
        if token["opaque"] is not None:
            closing = _OPAQUE_ENDS[token["opaque"].lower()].search(text, at)
            if closing is None:
                return
            at = closing.end()
        yield token, at


def _find_opaque(text: str, token: re.Match[str], token_end: int) -> Iterator[_Span]:
    """Give a script or a style that may be a part."""
    held = (token.end(), text.rindex("<", 0, token_end))
    if token_end - token.start() >= _MIN_PART and _SPOILING.search(text, *held) is None:
        yield _Span(token.start(), held, token_end, is_opaque=True)


def _make_part(piece: str, span: _Span) -> KnownPart | None:
    """Make a part of an element; None where that might change what the page around it is, or says."""
    start, end = (at - span.start for at in span.inner)
    if span.is_opaque:
        return KnownPart(piece, start, end, None)
    # What follows tells whether the part ends where it seems to: a comment in it may go on.
    tree = parse_markup(f"<html><body>{piece}{_MARKED}</body></html>".encode("utf-8", "replace"))
    body = tree.find("body") if tree is not None else None
    if tree is None or body is None or len(body) != 2 or body.text or body[0].tail or body[1].tag != MARKER:
        return None
    element = body[0]
    if not isinstance(element, lxml.html.HtmlElement) or has_marked(tree) or has_author_links(tree):
        return None
    written, strays = _list_written(piece)
    if written != list(_list_read(element)) or max(depth for depth, _ in written) > MAX_PART_DEPTH:
        return None
    reach = find_reach(lxml.etree.tostring(element, encoding="utf-8", with_tail=False))
    if reach == _WHOLE_ADDRESS:  # it is another one on each page
        return None
    headings = frozenset(normalize_for_comparison(one.text_content()) for one in element.iter(*HEADINGS))
    if next(element.iter("tr"), None) is not None:  # which row is the first of a table
        strays |= {"table"}
    return KnownPart(piece, start, end, element, reach, headings, strays)


def _list_written(piece: str) -> tuple[list[tuple[int, str]], frozenset[str]]:
    """Give the depth and the name of each element as it is written, and the names of end tags without a beginning."""
    found: list[tuple[int, str]] = []
    strays: set[str] = set()
    names: list[str] = []
    for token, _ in _find_tokens(piece):
        name = (token["opaque"] or token["name"]).lower()
        if not token["end"]:
            found.append((len(names), name))
            if token["name"] and name not in _VOID and not token["attributes"].endswith("/"):
                names.append(name)
        elif names and names[-1] == name:
            names.pop()
        else:
            strays.add(name)
    return found, frozenset(strays)


def _list_read(element: lxml.html.HtmlElement) -> Iterator[tuple[int, str]]:
    """Give the depth and the name of each element as the parser reads it."""
    depth = 0
    for event, one in lxml.etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            yield depth, str(one.tag)
        depth += 1 if event == "start" else -1


def split_address(base_url: str | None) -> tuple[str, ...]:
    """Give what links may need of a page's address: its scheme, its scheme and host, its folder, or all of it."""
    if base_url is None:
        return ("as written",) * 4
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return (base_url,) * 4
    site = f"{parts.scheme}://{parts.netloc}"
    return (parts.scheme, site, f"{site}{parts.path.rpartition('/')[0]}", base_url)


def find_reach(markup: bytes) -> int:
    """Say how much of a page's address the links of a part need: an index of what `split_address` gives."""
    reach = 0
    for target in _HREF.findall(markup):
        if _OF_SITE.match(target):
            reach = max(reach, 1)
        elif not _OF_SCHEME.match(target):
            reach = max(reach, 2 if _OF_FOLDER.fullmatch(target) else _WHOLE_ADDRESS)
    return reach
