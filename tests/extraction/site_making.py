"""What the tests of the site model are made of: small sites, learned and read as `documents` does."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from random import Random

from crawler.extraction.document import UnreadableError
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.model import SiteModel, digest_model, dump_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite, PageContext, extract_page, outline_page
from crawler.extraction.site_model import find_starved, learn
from crawler.extraction.text import join_text
from items import Page


def context(url: str) -> PageContext:
    return PageContext(id="a1", url=url, collection="keepers")


@cache
def outline(url: str, body: bytes, frame: SiteModel | None = None) -> PageOutline | None:
    """Reduce a page to what learning needs; None for one that cannot be read."""
    try:
        return outline_page(body, context(url), frame)
    except UnreadableError:
        return None


def learn_site(pages: Mapping[str, bytes], host: str = "", names: Sequence[str] = ()) -> SiteModel:
    """Learn a site, and learn it again when the first model shows that pages were read for their frame."""
    outlines = {url: found for url, body in pages.items() if (found := outline(url, body)) is not None}
    first = learn(outlines.values(), host, names)
    again = [url for url, found in outlines.items() if find_starved(first, found)]
    if not again:
        return first
    outlines |= {url: found for url in again if (found := outline(url, pages[url], first)) is not None}
    return learn(outlines.values(), host, names)


def as_learned(model: SiteModel) -> LearnedSite:
    return LearnedSite(model, digest_model(dump_model(model)))


def read(url: str, body: bytes, model: SiteModel | None = None) -> Page:
    return extract_page(body, context(url), as_learned(model) if model is not None else None)


def text_of(page: Page) -> str:
    """Join what a record's text would be."""
    return join_text(strip_furniture(page.blocks, learned=page.read_by_container).kept)


def read_text(url: str, body: bytes, model: SiteModel | None = None) -> str:
    """Give a page's text; an empty one where it cannot be read."""
    try:
        return text_of(read(url, body, model))
    except UnreadableError:
        return ""


def removed_as(page: Page) -> dict[str, str]:
    """Give the reason for each text that does not stay."""
    return {block.text: block.reason.value for block in page.blocks if block.reason is not None}


def kept_in(page: Page) -> list[str]:
    return [block.text for block in page.blocks if block.reason is None]


def read_site(pages: Mapping[str, bytes], names: Sequence[str] = ()) -> dict[str, Page]:
    """Learn a site and read each of its pages by what was learned."""
    model = learn_site(pages, names=names)
    return {url: read(url, body, model) for url, body in pages.items()}


# --- Sites made up here -----------------------------------------------------------------------------------------------

ORGANIZATION = "Keepers of the Bridge"
HOST = "keepers.example"
MENU = "<nav class='menu'><ul><li><a href='/'>Home</a></li><li><a href='/news'>All the news</a></li></ul></nav>"
COLOPHON = "<footer class='colophon'><p>Printed by the river, with the help of all who cross it.</p></footer>"

_WHO = ("the ferrymen", "two old masons", "our neighbors", "the council", "a few anglers", "the night watch")
_DID = ("counted", "repaired", "painted", "argued over", "measured", "admired", "described", "carried")
_WHAT = ("the northern pier", "every loose plank", "a crate of lanterns", "the iron railing", "the toll house")
_WHEN = ("before the market opened", "after the long rain", "while the river was low", "in spite of the wind")
_WHY = ("because the winter had been hard on the timber", "so that carts could cross again", "as their charter asks")
_ADJECTIVES = ("Broken", "Silent", "Early", "Crowded", "Distant", "Golden", "Narrow", "Patient", "Rusty", "Tidal")
_NOUNS = ("Anchor", "Harvest", "Lantern", "Meadow", "Orchard", "Pilot", "Quarry", "Signal", "Towpath", "Weir")

Part = Callable[[int], str]  # of a page, by its number


def make_sentence(seed: str) -> str:
    """Make up a sentence of some twenty words; another seed, another sentence."""
    dice = Random(seed)
    who, did, what, when, why = (dice.choice(words) for words in (_WHO, _DID, _WHAT, _WHEN, _WHY))
    return f"{who.capitalize()} {did} {what} {when}, {why}, and wrote down {seed} for the {dice.randint(2, 90)}th time."


def make_paragraphs(page: int, count: int = 4) -> list[str]:
    return [" ".join(make_sentence(f"number {page}.{at}.{line}") for line in range(2)) for at in range(count)]


def make_title(page: int) -> str:
    return f"{_ADJECTIVES[page % 10]} {_NOUNS[page // 10 % 10]} on the Upper River"


def nothing(page: int) -> str:
    return ""


def make_page(body: str, head: str = "") -> bytes:
    return f"<html lang='en'><head>{head}</head><body>{MENU}{body}{COLOPHON}</body></html>".encode()


def make_article(
    page: int,
    *,
    above: Part = nothing,
    middle: Part = nothing,
    below: Part = nothing,
    outside: Part = nothing,
    paragraphs: int = 4,
) -> bytes:
    """Write one page: the title and the text in a container, and parts of the page in places of their own.

    Args:
        page: its number; another number, other words.
        above: between the title and the text.
        middle: between two paragraphs of the text.
        below: behind the text, inside the container.
        outside: behind the container.
        paragraphs: how many.
    """
    title = make_title(page)
    texts = [f"<p>{text}</p>" for text in make_paragraphs(page, paragraphs)]
    half = len(texts) // 2
    inside = "".join((above(page), *texts[:half], middle(page), *texts[half:], below(page)))
    main = f"<main class='content'><h1 class='headline'>{title}</h1>{inside}</main>"
    return make_page(f"<div class='page'>{main}{outside(page)}</div>", f"<title>{title} | {ORGANIZATION}</title>")


def find_url(page: int) -> str:
    return f"https://{HOST}/article-{page}"


def make_site(
    count: int,
    *,
    above: Part = nothing,
    middle: Part = nothing,
    below: Part = nothing,
    outside: Part = nothing,
    url: Callable[[int], str] = find_url,
) -> dict[str, bytes]:
    """Write a site of articles."""
    return {
        url(page): make_article(page, above=above, middle=middle, below=below, outside=outside) for page in range(count)
    }


def on(share: float, part: Part | str) -> Part:
    """Put a part on a share of the pages, spread evenly."""

    def place(page: int) -> str:
        if int((page + 1) * share + 1e-9) == int(page * share + 1e-9):
            return ""
        return part if isinstance(part, str) else part(page)

    return place
