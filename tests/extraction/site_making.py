"""What the tests of the site model are made of: small sites, learned and read as `documents` does."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

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
    return join_text(strip_furniture(page.blocks, learned=page.provenance.method.startswith("container")).kept)


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


def without(pages: Mapping[str, bytes], left_out: Iterable[str]) -> dict[str, bytes]:
    gone = set(left_out)
    return {url: body for url, body in pages.items() if url not in gone}
