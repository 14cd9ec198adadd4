"""An explanation names every block of a page once, in its order, and its kept blocks are the record's text."""

from dataclasses import replace

import pytest

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import UnreadableError, parse_document
from crawler.extraction.explain import Explanation, Fate, explain_page
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.model import SiteModel
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import build_record
from items import RemovedReason
from tests.extraction.making import PROSE
from tests.extraction.site_making import as_learned, learn_site

CONTEXT = PageContext(id="a1", url="https://bridge.example/0", collection="bridge")
ABOUT = (
    "The Keepers of the Bridge are an association of neighbors who have looked after the river crossing, its lamps and "
    "its toll house since the flood of the year in which the mill burned."
)


def make_page(number: int, about: str = ABOUT) -> bytes:
    words = " ".join(f"word{number}x{count}" for count in range(40))
    return (
        f"<html lang='en'><head><title>Letter {number}</title></head><body><nav><ul><li><a href='/'>Home</a></li>"
        f"<li><a href='/n'>News</a></li></ul></nav><div class='content'><h1>Letter {number}</h1><p>By Ana Lee</p>"
        f"<p>In letter {number} we say: {words}.</p><p>{PROSE} That was in {number} towns.</p><p>{about}</p></div>"
        "<footer><p>12 Quay Street</p><p>© 2015 Keepers</p></footer></body></html>"
    ).encode()


SITE = {f"https://bridge.example/{number}": make_page(number) for number in range(8)}


@pytest.fixture(scope="module")
def model() -> SiteModel:
    return learn_site(SITE, "bridge.example")


def check(explained: Explanation, body: bytes, context: PageContext, model: SiteModel | None) -> None:
    """What holds of every explanation of a page whose text stands in its blocks."""
    site = as_learned(model) if model is not None else None
    page = extract_page(body, context, site)
    stripped = strip_furniture(page.blocks, learned=page.read_by_container)
    record = build_record(replace(page, blocks=stripped.kept, removed=stripped.removed))
    assert explained.text == record.text
    removed = [(row.text, row.reason, row.position, row.support) for row in explained.rows if row.fate is Fate.REMOVED]
    assert removed == [(one.text, one.reason, one.position, one.support) for one in record.removed]
    blocks = find_blocks(parse_document(body).tree, context.url)
    assert [(row.position, row.path) for row in explained.rows] == [(one.position, one.path) for one in blocks]
    assert [row.text for row in explained.rows] == [block.text for block in blocks]
    assert explained.count(Fate.OUTSIDE) == page.blocks_outside
    assert sum(explained.count(fate) for fate in Fate) == len(blocks)


def test_a_page_that_is_read_by_a_model(model: SiteModel) -> None:
    body = SITE[CONTEXT.url]
    explained = explain_page(body, CONTEXT, as_learned(model))
    check(explained, body, CONTEXT, model)
    assert explained.container == model.layouts[0].container
    assert explained.container is not None
    assert explained.container.endswith("div.content")
    fates = {row.text: (row.fate, row.reason, row.support) for row in explained.rows}
    assert fates[ABOUT] == (Fate.REMOVED, RemovedReason.ABOUT, 8)
    assert fates["By Ana Lee"][0] is Fate.REMOVED
    assert fates["Home"] == fates["12 Quay Street"] == (Fate.OUTSIDE, None, None)
    assert explained.count(Fate.KEPT) == 2


def test_a_page_by_itself() -> None:
    body = SITE[CONTEXT.url]
    explained = explain_page(body, CONTEXT)
    check(explained, body, CONTEXT, None)
    assert explained.container is None
    assert explained.page.provenance.model_digest is None


def test_a_page_that_is_like_no_layout(model: SiteModel) -> None:
    other = (
        f"<html><body><main><article><h1>Other</h1><p>{PROSE}</p><p>{PROSE[::-1]}</p></article></main></body></html>"
    )
    explained = explain_page(other.encode(), CONTEXT, as_learned(model))
    check(explained, other.encode(), CONTEXT, model)
    assert explained.container is None
    assert explained.page.provenance.model_digest is not None


def test_a_text_that_stands_in_no_block() -> None:
    said = " ".join([PROSE] * 4)
    body = (
        "<html><head><title>Said</title><script type='application/ld+json'>"
        f'{{"@type":"NewsArticle","headline":"Said","articleBody":"{said}"}}</script></head>'
        "<body><p>Loading, please wait.</p></body></html>"
    ).encode()
    explained = explain_page(body, CONTEXT)
    assert explained.page.provenance.method == "generic-only"
    assert [row.fate for row in explained.rows] == [Fate.KEPT, Fate.OUTSIDE]
    assert explained.rows[0].text == explained.text == said


def test_a_text_file() -> None:
    context = replace(CONTEXT, format="text", url="file:a.txt")
    body = f"Keepers\n\n<https://bridge.example/x>\n\nOpen Letter\n\nBy Ana Lee\n\n{PROSE}".encode()
    explained = explain_page(body, context)
    page = extract_page(body, context)
    assert [row.position for row in explained.rows] == [block.position for block in page.blocks]
    assert explained.text == PROSE
    assert {row.fate for row in explained.rows} == {Fate.KEPT, Fate.REMOVED}


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(UnreadableError, match="no text"):
        explain_page(b"<html><body></body></html>", CONTEXT)
