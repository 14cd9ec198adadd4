"""Listings: the links on a page, and the page that follows in its pager."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from cssselect import HTMLTranslator
from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.discovery.autodiscovery import find_base
from crawler.discovery.shapes import strip_codes
from crawler.discovery.urls import absolute_url, normalize_url

# An element is a pager when its class, id or label says so. A post's own "previous story, next story" is none.
PAGER = re.compile(
    r"pager|paginat|paginaci|paginaç|paginier|seitennavigation|pagenav|page-nav|page-numbers|paging|nav-links"
    r"|nav-previous|nav-next|nav-below|posts-nav|older-posts|blog-pager|load-more|show-more",
    re.IGNORECASE,
)
NOT_A_PAGER = re.compile(r"post-navigation|single-nav|nav-single|entry-nav", re.IGNORECASE)

# What a pager's link to the next page says, in full words. "Older" is next: listings begin with the newest.
NEXT_WORDS = re.compile(
    r"\b(?:next|older|earlier posts|(?:load|show|view) more"  # English
    r"|suivante?s?|plus anciens?|plus anciennes?"  # French
    r"|siguientes?|m[áa]s antigu[oa]s?|entradas antiguas"  # Spanish
    r"|pr[óo]xim[oa]s?|seguinte|mais antig[oa]s?|mensagens antigas"  # Portuguese
    r"|weiter|nächste[nrs]?|vorwärts|ältere[nrs]?"  # German
    r"|volgende|oudere"  # Dutch
    r"|successiv[oaie]|prossim[oa]|avanti|meno recenti|più vecchi"  # Italian
    r"|следующ(?:ая|ие|ий)|дал(?:ее|ьше)|вперед|вперёд|наступна|далі"  # Russian, Ukrainian
    r"|następn[ya]|starsze|další|starší|ďalšia|következő|următoarea|следваща|sljedeć[ia]|sledeć[ia]"  # Central Europe
    r"|nästa|äldre|neste|eldre|næste|ældre|seuraava"  # Nordic
    r"|sonraki|επόμεν[ηο]|següent|berikutnya|selanjutnya)\b"
    r"|下一页|下一頁|下页|次へ|次のページ|다음|التالي|التالية|الصفحة التالية|הבא|अगला|ถัดไป",
    re.IGNORECASE,
)
NEXT_ARROWS = frozenset({"›", "→", ">", "»", "⟩", "▶", "►", "❯"})
LAST_WORDS = re.compile(r"\blast\b|derni[èe]re?|[úu]ltim[oa]|letzte|laatste|последн", re.IGNORECASE)
LONGEST_LABEL = 40  # characters; longer is a headline that happens to hold the word "next"

PAGE_PARAMETERS = ("page", "paged", "p", "pg", "pagenum", "page_num", "seite", "pagina", "página")
OFFSET_PARAMETERS = ("offset", "start", "skip", "from", "limitstart", "after", "cursor", "before")
# Where buttons that load more keep the address, in the order of trust.
_ADDRESS_ATTRIBUTES = (
    "data-next-url data-next-page-url data-next-page data-next data-load-more-url data-more-url data-ajax-url data-url "
    "data-href data-path hx-get"
).split()
_BUTTONS = XPath(f"//*[{' or '.join(f'@{name}' for name in _ADDRESS_ATTRIBUTES)}]")
PAGE_IN_PATH = re.compile(r"/(?:page|seite|pagina)/(\d{1,6})/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link on a page."""

    url: str  # absolute, http(s), without fragment, otherwise as written
    text: str  # its words, else its label, title or its picture's alternative text; may be ""
    nofollow: bool = False  # each link to this page has rel=nofollow


def find_links(tree: HtmlElement, base_url: str, selector: str | None = None) -> tuple[FoundLink, ...]:
    """Find the links of a page in document order, each page once (told by `normalize_url`).

    With a CSS `selector`, only links that it matches or that stand inside what it matches. `<base href>` is honored.
    What leads nowhere over HTTP (javascript:, mailto:, tel:, data:, a mere #fragment) is no link. Of several links to
    one page the first gives the URL, the first with words the text.

    Raises `cssselect.SelectorError` (a `SyntaxError`) for a bad selector; the organization schema refuses those.
    """
    base = find_base(tree, base_url)
    found: dict[str, FoundLink] = {}
    for anchor in _anchors(tree, selector, ("a",)):
        url = _address(anchor, base)
        if url is None:
            continue
        link = FoundLink(url, _label(anchor), "nofollow" in _tokens(anchor, "rel"))
        key = normalize_url(url)
        earlier = found.get(key)
        if earlier is not None:
            link = FoundLink(earlier.url, earlier.text or link.text, earlier.nofollow and link.nofollow)
        found[key] = link
    return tuple(found.values())


def find_next_page(tree: HtmlElement, base_url: str, selector: str | None = None) -> str | None:
    """Find the address of the page that follows this one in its listing; None on the last page.

    A CSS `selector` decides alone, for where it matches nothing the listing ends. Without one, the first that is there
    wins: `rel=next` on a link or in the head; a link in a pager whose words or label say "next" in a common language,
    or that is a mere arrow; a button that loads more and keeps the address in its markup; in a pager with numbers, the
    link to the number after this page's own (Drupal's `?page=1`, which is zero-based, WordPress's `/page/2/` and
    `?paged=2`).

    Never the page itself. Ask it of listings only: on a blog's post `rel=next` leads to another post. `base_url` is
    this page's address. Raises `cssselect.SelectorError` for a bad selector.
    """
    base = find_base(tree, base_url)
    this_page = normalize_url(base_url)
    if selector is not None:
        candidates = _addresses(_anchors(tree, selector, ("a", "link")), base)
    else:
        candidates = _next_candidates(tree, base, base_url)
    return next((url for url in candidates if normalize_url(url) != this_page), None)


def _next_candidates(tree: HtmlElement, base: str, base_url: str) -> Iterator[str]:
    related = [element for element in tree.iter("link", "a") if "next" in _tokens(element, "rel")]
    yield from _addresses((element for element in related if not _is_post_link(element)), base)
    pager = [anchor for anchor in tree.iter("a") if anchor.get("href") and _in_pager(anchor)]
    yield from _addresses((anchor for anchor in pager if _says_next(anchor)), base)
    yield from _addresses((anchor for anchor in pager if _is_arrow(anchor)), base)
    yield from _button_addresses(tree, base)
    yield from _next_number(pager, base, base_url)


def _next_number(pager: list[HtmlElement], base: str, base_url: str) -> Iterator[str]:
    """Give the link to the number after this page's own; a first page seldom carries its number."""
    this_place, this_number = _page_number(base_url)
    for anchor in pager:
        url = _address(anchor, base)
        if url is None:
            continue
        place, number = _page_number(url)
        if number is None or place.partition("?")[0] != this_place.partition("?")[0]:
            continue
        if this_number is None:
            # Shown numbers begin with 1 everywhere, those in URLs with 0 or 1: only the label tells what is second.
            if re.findall(r"\d+", _label(anchor)) == ["2"]:
                yield url
        elif place.partition("?")[2] == this_place.partition("?")[2] and number == this_number + 1:
            yield url


def is_same_listing(url: str, other: str) -> bool:
    """Tell whether two addresses are pages of one listing: they differ in a page's number or an offset at most."""
    return _without_number(url) == _without_number(other)


def _without_number(url: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    parts = urlsplit(strip_codes(normalize_url(url)))  # a session's code is another on each page
    numbers = {*PAGE_PARAMETERS, *OFFSET_PARAMETERS} - {"p"}  # a post, where WordPress has plain addresses
    query = tuple(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0].lower() not in numbers)
    return parts.netloc, PAGE_IN_PATH.sub("", parts.path).rstrip("/"), query


def _button_addresses(tree: HtmlElement, base: str) -> Iterator[str]:
    """Give the addresses that a button such as "load more" fetches, where its markup says so."""
    for element in cast("list[HtmlElement]", _BUTTONS(tree)):
        values = [element.get(name) or "" for name in _ADDRESS_ATTRIBUTES]
        written = next((one for one in values if not one.startswith("#") and re.search(r"[/?=]", one)), None)
        if written is None:
            continue  # a mere number, or a place on this page
        if _in_pager(element) or (element.tag in ("button", "a") and _says_next(element)):
            url = absolute_url(base, written)
            if url is not None:
                yield url


def _page_number(url: str) -> tuple[str, int | None]:
    """Split a listing's URL into its place ("host/path", "?" and the name of the number's parameter) and number."""
    parts = urlsplit(normalize_url(url))
    in_path = PAGE_IN_PATH.search(parts.path)
    if in_path is not None:
        return f"{parts.netloc}{parts.path[: in_path.start()]}?", int(in_path[1])
    place = parts.netloc + parts.path.rstrip("/")
    for name, value in parse_qsl(parts.query):
        if name.lower() in PAGE_PARAMETERS and re.fullmatch(r"[0-9]{1,6}", value):
            return f"{place}?{name.lower()}", int(value)
    return f"{place}?", None


def _anchors(tree: HtmlElement, selector: str | None, names: tuple[str, ...]) -> Iterator[HtmlElement]:
    if selector is None:
        yield from tree.iter(*names)
        return
    for matched in cast("list[HtmlElement]", tree.xpath(HTMLTranslator().css_to_xpath(selector))):
        yield from matched.iter(*names)  # the matched element itself, and what stands inside it


def _addresses(elements: Iterator[HtmlElement], base: str) -> Iterator[str]:
    return (url for element in elements if (url := _address(element, base)) is not None)


def _address(element: HtmlElement, base: str) -> str | None:
    href = (element.get("href") or "").strip()
    if not href or href.startswith("#"):
        return None
    return absolute_url(base, href)


def _label(anchor: HtmlElement) -> str:
    alternatives = [image.get("alt") for image in anchor.iter("img")]
    for text in (anchor.text_content(), anchor.get("aria-label"), anchor.get("title"), *alternatives):
        words = " ".join((text or "").split())
        if words:
            return words
    return ""


def _tokens(element: HtmlElement, attribute: str) -> list[str]:
    return (element.get(attribute) or "").lower().split()


def _in_pager(anchor: HtmlElement) -> bool:
    marks = [_marks(anchor), *(_marks(ancestor) for ancestor in anchor.iterancestors() if ancestor.tag != "body")]
    return any(PAGER.search(mark) for mark in marks) and not any(NOT_A_PAGER.search(mark) for mark in marks)


def _is_post_link(element: HtmlElement) -> bool:
    return any(NOT_A_PAGER.search(_marks(ancestor)) for ancestor in element.iterancestors() if ancestor.tag != "body")


def _marks(element: HtmlElement) -> str:
    return " ".join(element.get(name) or "" for name in ("class", "id", "aria-label"))


def _sayings(anchor: HtmlElement) -> Iterator[str]:
    for text in (anchor.text_content(), anchor.get("aria-label"), anchor.get("title")):
        words = " ".join((text or "").split())
        if 0 < len(words) <= LONGEST_LABEL:
            yield words


def _says_next(anchor: HtmlElement) -> bool:
    return any(NEXT_WORDS.search(words) for words in _sayings(anchor))


def _is_arrow(anchor: HtmlElement) -> bool:
    sayings = list(_sayings(anchor))
    return any(words in NEXT_ARROWS for words in sayings) and not any(LAST_WORDS.search(words) for words in sayings)
