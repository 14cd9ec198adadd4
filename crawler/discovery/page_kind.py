"""Whether a page only lists others, told from the page alone."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from lxml import etree
from lxml.html import HtmlElement

from crawler.discovery.surroundings import count_words

LEAST_ITEMS = 3  # alike links, each with an element of its own around it
LEAST_ITEMS_WITH_PAGER = 2
OWN_WORDS = 25  # outside of the items; a page with more of its own is a document with links below
TEASER_WORDS = 80  # of an item; one with more is text with a link in it
BESIDE = 2  # times the words of a link that stand beside it in its line; more of them, and it is a link in a text
_LEAST_RUN = 6  # words; what is shorter is a label

_AROUND = frozenset(("nav", "aside", "form", "script", "style", "noscript", "template", "select", "svg"))
_ARTICLE_TYPE = re.compile(r'"@type"\s*:\s*(?:\[[^\]]*)?"(?:[A-Za-z]*Article|BlogPosting|Report|PressRelease)"')
_PAGE_PARTS = ("header", "footer")
_SECTIONING = frozenset(("article", "section", "main", "li"))  # whose header or footer is none of the page
# What tells an item from its neighbors: WordPress writes each post's categories, Drupal where its row stands.
_OWN_CLASS = re.compile(
    r"(?:category|tag|author|format|status)-.+|(?:views-row-)?(?:odd|even|first|last)|sticky|has-post-thumbnail"
)
_INLINE = frozenset("a abbr b bdi bdo cite code em font i mark q s small span strong sub sup time u".split())
_LINES = frozenset(("p", "li", "dd", "dt", "td", "th", "blockquote", "figcaption", "div"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def is_list(tree: HtmlElement, *, goes_on: bool = False) -> bool:
    """Tell whether a page only lists others: three alike items with a link each, and hardly a word of its own.

    A page that calls itself an article (`og:type`, `article:published_time`, JSON-LD) is none. What stands in nav,
    aside, form and the page's header and footer counts neither as items nor as the page's own words. Where spaces do
    not divide words, two characters count as one.

    Args:
        tree: of the page.
        goes_on: whether it has a next page that differs by its number only.
    """
    if calls_itself_an_article(tree):
        return False
    items = _find_items(tree)
    if len(items) < (LEAST_ITEMS_WITH_PAGER if goes_on else LEAST_ITEMS):
        return False
    own = sum(words for words in (count_words(item.text_content()) for item in items) if words > TEASER_WORDS)
    return own + _count_outside(tree, frozenset(items)) < OWN_WORDS


def count_own_words(tree: HtmlElement) -> int:
    """Count the words of a page outside of links, nav, aside, form and the page's header and footer."""
    return _count_outside(tree, frozenset(tree.iter("a")), least=1)


def calls_itself_an_article(tree: HtmlElement) -> bool:
    """Tell whether a page's metadata call it an article: og:type, article:published_time or JSON-LD."""
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name == "article:published_time" or (name == "og:type" and (meta.get("content") or "").lower() == "article"):
            return True
    return any(
        _ARTICLE_TYPE.search(script.text or "")
        for script in tree.iter("script")
        if (script.get("type") or "").lower() == "application/ld+json"
    )


def _find_items(tree: HtmlElement) -> list[HtmlElement]:
    """Find the largest group of elements that are alike, by names and classes up to the root, with a link each."""
    groups: dict[str, dict[str, HtmlElement]] = defaultdict(dict)
    for anchor in tree.iter("a"):
        href = (anchor.get("href") or "").partition("#")[0]
        words = count_words(anchor.text_content())
        heading = any(ancestor.tag in _HEADINGS for ancestor in anchor.iterancestors()) or any(
            element.tag in _HEADINGS for element in anchor.iter()
        )
        if href and (words >= 4 or (heading and words)) and not _stands_in_text(anchor, words):
            path = list(_path(anchor))
            if path:
                groups["/".join(path)].setdefault(href, anchor)
    largest = max(groups.values(), key=len, default={})
    holding: Counter[HtmlElement] = Counter()
    for anchor in largest.values():
        holding.update(anchor.iterancestors())
    return [_item_of(anchor, holding) for anchor in largest.values()]


def _stands_in_text(anchor: HtmlElement, words: int) -> bool:
    """Tell whether a link is part of a longer text: its line has much more words than the link."""
    if any(element.tag not in _INLINE and element.tag != "img" for element in anchor.iter(etree.Element)):
        return False  # a card that is a link as a whole
    line = anchor.getparent()
    while line is not None and line.tag in _INLINE:
        line = line.getparent()
    return line is not None and line.tag in _LINES and count_words(line.text_content()) > (1 + BESIDE) * words


def _path(element: HtmlElement) -> Iterator[str]:
    """Name an element and those around it; nothing where it stands in a menu or its like."""
    steps = []
    for one in (element, *element.iterancestors()):
        if _is_around(one):
            return
        names = (one.get("class") or "").split()
        classes = ".".join(sorted({re.sub(r"\d+", "#", name) for name in names if not _OWN_CLASS.fullmatch(name)}))
        steps.append(f"{one.tag!s}.{classes}" if one is not element else "a")
    yield from steps


def _is_around(element: HtmlElement) -> bool:
    if element.tag in _PAGE_PARTS:
        return not any(ancestor.tag in _SECTIONING for ancestor in element.iterancestors())
    return element.tag in _AROUND


def _item_of(anchor: HtmlElement, holding: Mapping[HtmlElement, int]) -> HtmlElement:
    """Find the largest element around a link that holds no other of the group."""
    item = anchor
    for ancestor in anchor.iterancestors():
        if ancestor.tag in ("body", "html", "main") or holding[ancestor] > 1:
            break
        item = ancestor
    return item


def _count_outside(tree: HtmlElement, items: frozenset[HtmlElement], least: int = _LEAST_RUN) -> int:
    """Count the words outside of the items in runs of text of so many words at least."""
    total = 0
    run: list[str] = []
    walker = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if element.tag not in _INLINE and event in ("start", "end"):
            words = count_words(" ".join(run))
            total += words if words >= least else 0
            run.clear()
        if event == "start":
            if element in items or element.tag == "head" or _is_around(element):
                walker.skip_subtree()
            elif element.text:
                run.append(element.text)
        elif element.tail and element is not tree:
            run.append(element.tail)
    return total
