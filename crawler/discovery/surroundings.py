"""Where the links of a page stand: in menus, in headings, in cards of one structure, beside dates."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

_CARDS = 3  # neighbors of one structure that make a list
_HIGHEST_CARD = 6  # elements above a link
_LINKS_IN_CARD = 6
_WORDS_IN_CARD = 4  # besides those of links
_LONGEST_CARD = 3000  # characters
_LONGEST_LINE = 600  # characters of text that a link and its date stand in
_LONGEST_NEIGHBOR = 60  # characters of a line that holds nothing but a date

_MENU_TAGS = frozenset(("nav", "aside", "menu"))
_PAGE_PARTS = ("header", "footer")
_SECTIONING = frozenset(("article", "section", "main", "li"))  # whose header or footer is none of the page
_MENU_ROLES = frozenset(
    (
        "navigation",
        "menu",
        "menubar",
        "menuitem",
        "banner",
        "contentinfo",
        "complementary",
        "search",
        "toolbar",
        "tablist",
    )
)
_MENU_NAME = re.compile(
    r"(?:[a-z0-9]+[-_])*(?:menus?|sub-?menu|mega-?menu|nav|subnav|navs|nav-?bar|navigation|breadcrumbs?|colophon"
    r"|sidebar|masthead|top-?bar|toolbar|skip-?links?|social|share|sharing|addtoany|sharedaddy|languages?-?switcher|lang"
    r"|cookies?|pager|pagination|page-numbers|tags|tagcloud)"
    r"(?:[-_](?:main|primary|secondary|top|bottom|left|right|first|second|items?|links?|list|block|widget|area|inner"
    r"|\d+))*",
    re.IGNORECASE,
)
# What lies around the page and a menu: content-sidebar-wrap, has-sidebar, no-nav.
_NO_MENU_NAME = re.compile(r"(?:^|[-_])(?:wrap|wrapper|with|without|has|no|content|layout)(?:$|[-_])", re.IGNORECASE)
_PAGE_PART_NAME = re.compile(
    r"(?:(?:site|main|global|top|page)[-_])?(?:header|footer)(?:[-_](?:top|bottom|main|inner|nav|bar|\d+))*",
    re.IGNORECASE,
)
_ENTRY_PART = re.compile(r"(?:entry|post|article|node|card|teaser|item)[-_]{0,2}(?:header|footer)", re.IGNORECASE)
_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_HEADING_NAME = re.compile(r"(?:[a-z0-9]+[-_]+)*(?:title|headline|heading)", re.IGNORECASE)
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span strike"
    " strong sub sup time tt u var wbr img picture source svg".split()
)
_SKIPPED = frozenset("script style noscript template svg head select option button".split())

_YEAR = "(?:19|20|١٩|٢٠|۱۹|۲۰)\\d\\d"
# A day and a year with a month between them, in any language and order; a comment on a year alone is no date.
_DATE = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}(?!\d)\D{{1,20}}{_YEAR}|{_YEAR}\D{{1,12}}\d{{1,2}}|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2}})(?!\d)"
)
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # Thai, Japanese, Chinese, Korean


@dataclass(slots=True)
class Anchor:
    """A link where it stands."""

    element: HtmlElement
    in_menu: bool
    in_heading: bool
    block: str = ""  # the run of text that it begins in, white space collapsed


class _Card(NamedTuple):
    """What stands in one of several neighbors of the same structure."""

    holds_more: bool  # than a link
    dated: bool


class Surroundings:
    """The links of a page with what surrounds them; each element is looked at a few times, however long the page."""

    def __init__(self, tree: HtmlElement) -> None:
        """Walk through the page; the tree is not changed."""
        self._neighbors: dict[HtmlElement, Counter[str]] = {}
        self._cards: dict[HtmlElement, _Card] = {}
        self.anchors: list[Anchor] = _Walk(tree).anchors

    def is_card(self, anchor: Anchor) -> bool:
        """Tell whether a link stands in one of three or more neighbors that have one structure and show more."""
        card = self._find_card(anchor.element)
        return card is not None and self._read_card(card).holds_more

    def is_dated(self, anchor: Anchor) -> bool:
        """Tell whether a date stands beside a link: in its card, its line, or the line before or after."""
        card = self._find_card(anchor.element)
        line = anchor.block if len(anchor.block) <= _LONGEST_LINE else ""
        if _DATE.search(line) or (card is not None and self._read_card(card).dated):
            return True
        return _has_dated_neighbor(card if card is not None else _find_block(anchor.element))

    def _find_card(self, element: HtmlElement) -> HtmlElement | None:
        """Find the nearest element around a link that has neighbors of the same structure, each with a link."""
        for _ in range(_HIGHEST_CARD):
            parent = element.getparent()
            if parent is None or element.tag in ("body", "main"):
                return None
            if parent not in self._neighbors:
                self._neighbors[parent] = Counter(_name_structure(child) for child in parent if _holds_link(child))
            if self._neighbors[parent][_name_structure(element)] >= _CARDS:
                return element
            element = parent
        return None

    def _read_card(self, element: HtmlElement) -> _Card:
        if element not in self._cards:
            text = text_of(element)
            links = [element] if element.tag == "a" else list(element.iter("a"))
            small = len(links) <= _LINKS_IN_CARD and len(text) <= _LONGEST_CARD
            dated = small and (element.find(".//time") is not None or _DATE.search(text) is not None)
            beside = count_words(text) - sum(count_words(text_of(link)) for link in links)
            written = beside >= _WORDS_IN_CARD or (element.tag == "a" and element.find(".//p") is not None)
            more = dated or written or holds_heading(element)
            self._cards[element] = _Card(more and small, dated)
        return self._cards[element]


class _Walk:
    """One walk through a page: its links, the menus and headings they stand in, and their blocks of text."""

    def __init__(self, tree: HtmlElement) -> None:
        self.anchors: list[Anchor] = []
        # A page has one header; where there are several, they head its parts, whatever these are made of.
        self._parts = Counter(str(part.tag) for part in tree.iter(*_PAGE_PARTS) if not _is_in_section(part))
        self._menus: list[HtmlElement] = []
        self._headings: list[HtmlElement] = []
        self._block: list[str] = []
        self._begun = 0  # the first link of the block
        walker = etree.iterwalk(tree, events=("start", "end"))
        for event, element in walker:
            if event == "end":
                self._end(element)
            elif element.tag in _SKIPPED:
                walker.skip_subtree()
            else:
                self._start(element)
        self._end_block()

    def _start(self, element: HtmlElement) -> None:
        if element.tag not in _INLINE:
            self._end_block()
        if _is_menu(element, self._parts):
            self._menus.append(element)
        if _is_heading(element):
            self._headings.append(element)
        if element.tag == "a":
            self.anchors.append(Anchor(element, bool(self._menus), bool(self._headings)))
        self._block.append(element.text or "")

    def _end(self, element: HtmlElement) -> None:
        if element.tag not in _INLINE:
            self._end_block()
        for stack in (self._menus, self._headings):
            if stack and stack[-1] is element:
                stack.pop()
        self._block.append(element.tail or "")

    def _end_block(self) -> None:
        text = " ".join("".join(self._block).split())
        self._block.clear()
        if text:  # a link that holds blocks has its text in the first of them
            for anchor in self.anchors[self._begun :]:
                anchor.block = anchor.block or text
            self._begun = len(self.anchors)


def text_of(element: HtmlElement) -> str:
    """Give all text inside an element, white space collapsed."""
    return " ".join("".join(element.itertext(etree.Element)).split())


def label_of(anchor: HtmlElement) -> str:
    """Give a link's words, else its label, title or its picture's alternative text; may be empty."""
    alternatives = (image.get("alt") for image in anchor.iter("img"))
    texts = (text_of(anchor), anchor.get("aria-label"), anchor.get("title"), *alternatives)
    return next((" ".join(text.split()) for text in texts if text and text.strip()), "")


def count_words(text: str) -> int:
    """Count words; where spaces do not divide them, two characters count as one."""
    return max(len(text.split()), len(_UNSPACED.findall(text)) // 2)


def holds_heading(element: HtmlElement) -> bool:
    """Tell whether an element is a heading or holds one, told by tags or by what classes call a title."""
    return any(_is_heading(one) for one in element.iter(etree.Element))


def _is_menu(element: HtmlElement, parts: Mapping[str, int]) -> bool:
    tag = str(element.tag)
    if tag in ("html", "body", "main", "article"):
        return False
    names = list(_names(element))
    if tag in _MENU_TAGS or any(_MENU_NAME.fullmatch(one) and not _NO_MENU_NAME.search(one) for one in names):
        return not _holds_page(element)
    is_part = tag in _PAGE_PARTS or any(_PAGE_PART_NAME.fullmatch(one) for one in names)
    is_part = is_part and parts.get(tag, 0) < _CARDS and not any(_ENTRY_PART.search(one) for one in names)
    is_part = is_part or (element.get("role") or "").strip().lower() in _MENU_ROLES
    return is_part and not _is_in_section(element) and not _holds_page(element)


def _names(element: HtmlElement) -> Iterator[str]:
    yield from (element.get("class") or "").split()
    yield from (element.get("id") or "").split()


def _holds_page(element: HtmlElement) -> bool:
    """Tell what is named a menu, or was left open, and holds the page itself."""
    return element.find(".//main") is not None or element.find(".//*[@role='main']") is not None


def _is_in_section(element: HtmlElement) -> bool:
    return any(ancestor.tag in _SECTIONING for ancestor in element.iterancestors())


def _is_heading(element: HtmlElement) -> bool:
    classes = (element.get("class") or "").split()
    return element.tag in _HEADINGS or any(_HEADING_NAME.fullmatch(name) for name in classes)


def _name_structure(element: HtmlElement) -> str:
    """Name an element by its tag and first class, with numbers as one: "div.post-0"."""
    name = next(iter((element.get("class") or "").split()), "")
    return f"{element.tag!s}.{re.sub('[0-9]+', '0', name)}"


def _holds_link(element: HtmlElement) -> bool:
    return isinstance(element.tag, str) and (element.tag == "a" or element.find(".//a") is not None)


def _find_block(anchor: HtmlElement) -> HtmlElement:
    element = anchor
    while element.tag in _INLINE and (parent := element.getparent()) is not None:
        element = parent
    return element


def _has_dated_neighbor(element: HtmlElement) -> bool:
    """Tell whether the element before or after is a line that holds a date and no link."""
    for neighbor in (element.getprevious(), element.getnext()):
        if neighbor is not None and isinstance(neighbor.tag, str) and not _holds_link(neighbor):
            text = text_of(neighbor)
            if len(text) <= _LONGEST_NEIGHBOR and (_DATE.search(text) or neighbor.tag == "time"):
                return True
    return False
