"""Which links of a page lead to documents, and which are menus: a score from 0 to 1, with its evidence.

Each piece of evidence is one sentence that a person can check on the page. The points are set by hand and the same for
every site; none decides alone. They add up as logarithms of odds do.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import exp
from urllib.parse import SplitResult, unquote, urlsplit

from lxml.html import HtmlElement

from crawler.discovery.autodiscovery import find_base
from crawler.discovery.link_words import LISTINGS, find_listing_kind, names_service
from crawler.discovery.surroundings import Anchor, Surroundings, count_words, holds_heading, label_of, text_of
from crawler.discovery.urls import absolute_url, hostname, is_same_site, normalize_url


class Evidence(StrEnum):
    """What speaks for or against a link; the value completes "the link …"."""

    MENU = "stands in a navigation, header, footer or aside, or in what is named a menu"
    TEMPLATE = "stands in a text that repeats over the site"
    EVERYWHERE = "stands on several other pages of the site"
    SERVICE = "names a service of the site: login, share, tag, author, search, another page, privacy, donate"
    UPWARD = "leads to the homepage or to what the page lies in"
    WORDS = "has a text of four words or more"
    HEADING = "is a heading or stands in one"
    DATED = "has a date beside it"
    CARD = "is one of three or more neighbors of the same structure that hold more than a link"
    DEEPER = "leads deeper than the page"
    ADDRESS_DATE = "has a date in its address"
    ADDRESS_NUMBER = "has a number in its address"
    ADDRESS_WORDS = "has four words or more in the last part of its address"


POINTS = {
    Evidence.MENU: -2.5,
    Evidence.TEMPLATE: -2.0,
    Evidence.EVERYWHERE: -1.0,
    Evidence.SERVICE: -4.0,
    Evidence.UPWARD: -2.0,
    Evidence.WORDS: 1.5,
    Evidence.HEADING: 1.0,
    Evidence.DATED: 1.5,
    Evidence.CARD: 1.0,
    Evidence.DEEPER: 0.5,
    Evidence.ADDRESS_DATE: 1.5,
    Evidence.ADDRESS_NUMBER: 0.5,
    Evidence.ADDRESS_WORDS: 1.0,
}
START = -1.5  # points of a link of which nothing is known
DOCUMENT = 0.5  # the score from which a link is taken for one to a document

_FEW_PAGES = 3  # on which a link that leads to a document may stand besides this one
_WORDS = 4
_ADDRESS_DATE = re.compile(r"(?:^|[/_=-])(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2])(?:[/_-]|\d{2}(?!\d)|$)|/(?:19|20)\d\d/")
_ADDRESS_NUMBER = re.compile(r"(?<![\d%])\d{3,}(?!\d)")
_PAGE_SEGMENT = re.compile(r"/(?:page|seite|pagina)/\d{1,6}/?$", re.IGNORECASE)
_HOMEPAGE = re.compile(r"(?:/[a-z]{2}(?:[-_][a-z]{2})?)?(?:/(?:index|home|default)(?:\.\w{2,5})?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScoredLink:
    """A link on a page, and how surely it leads to a document."""

    url: str  # absolute, http(s), without fragment, otherwise as written
    text: str
    score: float  # 0 to 1; from `DOCUMENT` on it is taken for a document
    reasons: tuple[Evidence, ...]  # in the order of `Evidence`


@dataclass(frozen=True, slots=True)
class FoundListing:
    """A link that likely leads to a listing of documents."""

    url: str
    text: str
    kind: str  # "press releases", "news", …


def score_links(
    tree: HtmlElement,
    base_url: str,
    *,
    is_template: Callable[[str], bool] | None = None,
    seen: Mapping[str, int] | None = None,
) -> tuple[ScoredLink, ...]:
    """Score the links of a page, in document order, each page once (told by `normalize_url`) by its best anchor.

    Args:
        tree: the page's root element; it is not changed.
        base_url: the page's address; `<base href>` is honored.
        is_template: tells whether a block of text repeats over the site; the caller asks the site model.
        seen: by normalized URL, on how many other pages of the site the link was seen.
    """
    base = find_base(tree, base_url)
    page = urlsplit(normalize_url(base_url))
    surroundings = Surroundings(tree)
    repeats = cache(is_template or (lambda _: False))
    best: dict[str, ScoredLink] = {}
    for anchor in surroundings.anchors:
        href = (anchor.element.get("href") or "").strip()
        url = absolute_url(base, href) if href and not href.startswith("#") else None
        if url is None:
            continue
        key = normalize_url(url)
        found = {*_judge_place(anchor, surroundings, repeats), *_judge_address(key, page)}
        if (seen or {}).get(key, 0) >= _FEW_PAGES:
            found.add(Evidence.EVERYWHERE)
        scored = _score(url, key, anchor, found)
        earlier = best.get(key)
        if earlier is None:
            best[key] = scored
        elif scored.score > earlier.score:
            best[key] = ScoredLink(earlier.url, scored.text or earlier.text, scored.score, scored.reasons)
        elif not earlier.text:
            best[key] = ScoredLink(earlier.url, scored.text, earlier.score, earlier.reasons)
    return tuple(best.values())


def find_listings(links: Iterable[ScoredLink], base_url: str) -> tuple[FoundListing, ...]:
    """Choose the links that likely lead to listings of documents, best first: press releases before news before blogs.

    Told by what listings are called in common languages, in the link's text or the last part of its address. Links to
    other sites than that of `base_url`, to single documents and to services are left out. Of several of one kind, those
    with the shorter path come first.
    """
    host = hostname(base_url) or ""
    this_page = normalize_url(base_url)
    found = []
    for link in links:
        if not is_same_site(hostname(link.url) or "", host) or normalize_url(link.url) == this_page:
            continue
        if {Evidence.ADDRESS_DATE, Evidence.ADDRESS_WORDS} & set(link.reasons):
            continue
        kind = find_listing_kind(link.url, link.text)
        # A service may hold a listing: /category/news. One that is called so by its text only does not.
        if kind is not None and not (Evidence.SERVICE in link.reasons and find_listing_kind(link.url, "") is None):
            found.append(FoundListing(link.url, link.text, kind))
    order = [kind for kind, _ in LISTINGS]
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.url.rstrip("/").count("/"))))


def _score(url: str, key: str, anchor: Anchor, found: set[Evidence]) -> ScoredLink:
    text = label_of(anchor.element)
    if names_service(key, text, (anchor.element.get("rel") or "").lower().split()):
        found.add(Evidence.SERVICE)
    reasons = tuple(one for one in Evidence if one in found)
    points = START + sum(POINTS[one] for one in reasons)
    return ScoredLink(url, text, round(1 / (1 + exp(-points)), 3), reasons)


def _judge_place(anchor: Anchor, surroundings: Surroundings, is_template: Callable[[str], bool]) -> Iterator[Evidence]:
    """Give what the surroundings of a link and its words say."""
    if anchor.in_menu:
        yield Evidence.MENU
    if anchor.block and is_template(anchor.block):
        yield Evidence.TEMPLATE
    if count_words(text_of(anchor.element)) >= _WORDS:
        yield Evidence.WORDS
    if anchor.in_heading or holds_heading(anchor.element):
        yield Evidence.HEADING
    if surroundings.is_card(anchor):
        yield Evidence.CARD
    if surroundings.is_dated(anchor):
        yield Evidence.DATED


def _judge_address(key: str, page: SplitResult) -> Iterator[Evidence]:
    """Give what a link's normalized address says, beside that of the page."""
    parts = urlsplit(key)
    path, own = parts.path.rstrip("/"), _PAGE_SEGMENT.sub("", page.path).rstrip("/")
    if is_same_site(parts.hostname or "", page.hostname or ""):
        if not parts.query and (_HOMEPAGE.fullmatch(path) or f"{own}/".startswith(f"{path}/")):
            yield Evidence.UPWARD
        elif path.startswith(f"{own.removesuffix('.html')}/") and (own or path.count("/") > 1):
            yield Evidence.DEEPER
    if _ADDRESS_DATE.search(path):
        yield Evidence.ADDRESS_DATE
    elif _ADDRESS_NUMBER.search(f"{path}?{parts.query}"):
        yield Evidence.ADDRESS_NUMBER
    segments = [segment for segment in unquote(path).split("/") if segment]
    slug = re.sub(r"\.\w{2,5}$", "", segments[-1]) if segments else ""
    if len(re.findall(r"[^\W\d_]{2,}", re.sub("[_-]", " ", slug))) >= _WORDS or count_words(slug) >= _WORDS:
        yield Evidence.ADDRESS_WORDS
