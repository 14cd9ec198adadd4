"""Learning a site and reading by it: what holds for any site at all, and how many pages it takes."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.model import SiteModel, Template, dump_model
from crawler.extraction.outline import DatedPage, PageOutline, make_outline
from crawler.extraction.page import extract_page, outline_page
from crawler.extraction.reading import apply
from crawler.extraction.site_model import learn
from items import Block, BlockKind, DateCandidate, DateKind, DateSource, RemovedReason
from tests.extraction.site_making import (
    HOST,
    ORGANIZATION,
    as_learned,
    context,
    find_url,
    kept_in,
    learn_site,
    make_article,
    make_paragraphs,
    make_sentence,
    make_site,
    make_title,
    on,
    read,
    read_site,
    read_text,
    removed_as,
)

FOOTER = "The toll house is open from dawn to dusk, on every day of the year."
ABOUT = (
    f"{ORGANIZATION} has looked after the old crossing since the days of the first ferry; its members mend what the "
    "river breaks, and ask nothing of those who walk across but a kind word."
)

# --- Sites of any kind ------------------------------------------------------------------------------------------------

_MAIN = "html/body/div.page/main.content"
_PLACES = (
    ("html/body/nav.menu/ul/li", BlockKind.LIST_ITEM),
    (f"{_MAIN}/h1.headline", BlockKind.HEADING),
    (f"{_MAIN}/p", BlockKind.PARAGRAPH),
    (f"{_MAIN}/p", BlockKind.PARAGRAPH),
    (f"{_MAIN}/p.tags", BlockKind.PARAGRAPH),
    (f"{_MAIN}/div.share/p", BlockKind.PARAGRAPH),
    (f"{_MAIN}/blockquote/p", BlockKind.QUOTE),
    (f"{_MAIN}/section/h2", BlockKind.HEADING),
    (f"{_MAIN}/section/p", BlockKind.PARAGRAPH),
    ("html/body/div.page/aside/p", BlockKind.PARAGRAPH),
    ("html/body/footer/p", BlockKind.PARAGRAPH),
)
_SHARED = (
    FOOTER,
    ABOUT,
    "Tags",
    "Share this page",
    "***",
    "Last statement:",
    "Read on",
    "© 2017 Keepers",
    "Part 2 of our series on rivers",
    make_sentence("what all know"),
)


_Site = list[tuple[str, tuple[Block, ...], frozenset[int]]]  # URL, blocks, those that generic extraction takes
_ITEMS = st.tuples(st.sampled_from(_PLACES), st.sampled_from(_SHARED))


@st.composite
def _sites(draw: st.DrawFn, fewest: int = 4, most: int = 14) -> _Site:
    """Draw a site: pages of prose, most of them with what the site likes to put above, amid and below it."""
    above, amid, below = (draw(st.lists(_ITEMS, max_size=3)) for _ in range(3))
    site: _Site = []
    for number in draw(st.lists(st.integers(0, 3000), min_size=fewest, max_size=most, unique=True)):
        document = draw(st.integers(0, 40))
        prose = [
            ((_PLACES[draw(st.integers(0, 8))], make_sentence(f"{document}.{at}")), True)
            for at in range(draw(st.integers(0, 4)))
        ]
        prose.insert(0, ((_PLACES[1], make_title(document)), True))
        habits = [[(item, False) for item in part if draw(st.integers(0, 4))] for part in (above, amid, below)]
        half = draw(st.integers(0, len(prose)))
        drawn = [*habits[0], *prose[:half], *habits[1], *prose[half:], *habits[2]]
        drawn.insert(draw(st.integers(0, len(drawn))), (draw(_ITEMS), False))
        blocks = tuple(Block(text, text, kind, path, at) for at, (((path, kind), text), _) in enumerate(drawn))
        wrong = draw(st.integers(0, 9))
        site.append(
            (
                f"https://{HOST}/{number}",
                blocks,
                frozenset(at for at, (_, is_own) in enumerate(drawn) if is_own == (at != wrong)),
            )
        )
    return site


def _dated(at: int) -> DatedPage:
    """State the day in the URL and in a line, a stamp in a field, and numbers of which some tell their order."""
    dates = (
        (DateSource.URL, f"{2010 + at}-05-01", "path"),
        (DateSource.LINE, f"May 1, {2010 + at}", "main.content/p"),
        (DateSource.META, "2019-01-01", "dc.date"),
        (DateSource.BYLINE, f"{at + 8}/05/{2010 + at}", "p.date"),
    )
    return DatedPage(tuple(DateCandidate(source, DateKind.PUBLISHED, raw, place) for source, raw, place in dates))


def _outlines(site: _Site) -> list[PageOutline]:
    return [
        make_outline(url, blocks, voted, (make_title(at),), f"{2010 + at}-05-01", _dated(at))
        for at, (url, blocks, voted) in enumerate(site)
    ]


@given(_sites(1).flatmap(lambda site: st.tuples(st.just(site), st.permutations(_outlines(site)))))
@settings(max_examples=150, deadline=None)
def test_the_order_of_pages_teaches_nothing(drawn: tuple[_Site, list[PageOutline]]) -> None:
    site, shuffled = drawn
    model = learn(_outlines(site), HOST, [ORGANIZATION])
    assert dump_model(learn(shuffled, HOST, [ORGANIZATION])) == dump_model(model)
    assert dump_model(learn(iter(shuffled), HOST, [ORGANIZATION])) == dump_model(model)
    assert bool(model.dates.places) is (model.documents >= 4)


@given(_sites(), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_reading_is_the_page_in_order_and_reading_it_again_takes_nothing(
    site: _Site, titled: bool, asked: bool
) -> None:
    model = learn(_outlines(site), HOST, [ORGANIZATION])
    for _, blocks, voted in site:
        title = next((block.text for block in blocks if block.kind is BlockKind.HEADING), None) if titled else None
        reading = apply(model, blocks, title, voted if asked else None)
        if reading is None:
            continue
        start = reading.region[0].position
        end = start + len(reading.region)
        plain = tuple(replace(block, reason=None, support=None) for block in reading.region)
        assert (*blocks[:start], *plain, *blocks[end:]) == blocks
        kept = [block for block in reading.region if block.reason is None]
        again = apply(model, kept)
        assert again is None or [block for block in again.region if block.reason is None] == kept


@given(_sites(1, 3))
@settings(max_examples=50, deadline=None)
def test_three_pages_teach_nothing(site: _Site) -> None:
    model = learn(_outlines(site), HOST)
    assert model == SiteModel(HOST, len(site), model.documents)
    assert 1 <= model.documents <= len(site)


# --- A whole site -----------------------------------------------------------------------------------------------------


def _untidy(count: int) -> dict[str, bytes]:
    return make_site(
        count,
        above=lambda page: f"<div class='share'><a href='/s'>Share</a></div><p class='sub'>On the {page}th plank</p>",
        middle=on(0.6, f"<p>{make_sentence('what all know')}</p>"),
        below=on(0.8, f"<p>{ABOUT}</p><p>{FOOTER}</p>"),
        outside=lambda page: f"<aside><ul><li><a href='/{page}'>{make_title(page + 1)}</a></li></ul></aside>",
    )


@pytest.mark.parametrize("order", [1, -1])
def test_a_site_is_learned_alike_in_any_order(order: int) -> None:
    pages = _untidy(20)
    assert dump_model(learn_site(dict(list(pages.items())[::order]))) == dump_model(learn_site(pages))


def test_a_site_is_learned_alike_whatever_the_hashes_of_strings() -> None:
    program = (
        "import sys\n"
        "from crawler.extraction.model import dump_model\n"
        "from tests.extraction.site_making import learn_site\n"
        "from tests.extraction.test_site_model import _untidy\n"
        "sys.stdout.buffer.write(dump_model(learn_site(_untidy(12), names=['B', 'A', 'C'])))\n"
    )
    root = Path(__file__).parents[2]
    models = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert models == {dump_model(learn_site(_untidy(12), names=["C", "A", "B"]))}


def test_the_blocks_of_a_page_are_its_text_and_what_was_taken_out_in_order() -> None:
    pages = _untidy(12)
    model = learn_site(pages)
    for url, body in pages.items():
        everything = [block.text for block in outline_page(body, context(url)).blocks]
        page = read(url, body, model)
        assert page.provenance.method == "container"
        positions = [block.position for block in page.blocks]
        assert positions == list(range(positions[0], positions[0] + len(positions)))
        assert [block.text for block in page.blocks] == everything[positions[0] : positions[-1] + 1]
        assert len(positions) + page.blocks_outside == len(everything)
        assert any(block.reason is not None for block in page.blocks)


def test_a_page_is_read_alike_twice_and_what_is_kept_stays() -> None:
    pages = _untidy(12)
    model = learn_site(pages)
    for url, body in pages.items():
        page = read(url, body, model)
        assert read(url, body, model) == page
        kept = tuple(block for block in page.blocks if block.reason is None)
        again = apply(model, kept, page.title)
        assert again is not None
        assert again.region == kept


def test_an_empty_model_changes_nothing() -> None:
    pages = _untidy(6)
    empty = as_learned(SiteModel(HOST))
    for url, body in pages.items():
        page = extract_page(body, context(url), empty)
        assert page.provenance.model_digest == empty.digest
        provenance = replace(page.provenance, model_digest=None)
        assert replace(page, provenance=provenance) == extract_page(body, context(url))
        blocks = tuple(replace(block, reason=None, support=None) for block in page.blocks)
        assert apply(SiteModel(HOST), blocks, page.title) is None
        assert apply(SiteModel(HOST), blocks, page.title, frozenset(range(len(blocks)))) is None


# --- How many pages it takes ------------------------------------------------------------------------------------------


def _closed(page: int) -> bytes:
    return make_article(page, below=on(1, f"<p class='hours'>{FOOTER}</p>"))


def _site_of(*articles: int) -> dict[str, bytes]:
    """Write a site of these articles; one that is named twice stands under two URLs."""
    return {find_url(at): _closed(article) for at, article in enumerate(articles)}


def _templates(model: SiteModel) -> list[Template]:
    return [*model.frame, *(template for layout in model.layouts for template in layout.templates)]


def test_three_pages_make_no_template() -> None:
    model = learn_site(_site_of(0, 1, 2))
    assert (model.pages, model.documents, _templates(model), model.layouts) == (3, 3, [], ())
    assert FOOTER in read_text(find_url(0), _closed(0), model)


@pytest.mark.parametrize("articles", [(0, 1, 2, 3), (0, 1, 2, 2)])
def test_four_pages_with_three_documents_make_one(articles: tuple[int, ...]) -> None:
    model = learn_site(_site_of(*articles))
    assert FOOTER in [template.text for template in _templates(model)]
    page = read(find_url(0), _closed(0), model)
    assert kept_in(page) == make_paragraphs(0)
    assert removed_as(page)[FOOTER] == RemovedReason.TEMPLATE


def test_twins_are_one_document() -> None:
    model = learn_site(_site_of(0, 0, 0, 1, 2, 3, 4))
    assert (model.pages, model.documents) == (7, 5)
    rare = on(1, "<p class='hours'>The toll house is shut today, for all of us are at the fair.</p>")
    pages = _site_of(1, 2, 3, 4, 5)
    # On half of the pages, in two documents only.
    pages |= {find_url(at): make_article(page, below=rare) for at, page in enumerate((8, 8, 8, 9, 9), 10)}
    model = learn_site(pages)
    assert model.documents == 7
    assert [one.text for one in _templates(model) if "shut today" in one.text] == []
    # And in three of them.
    pages |= {find_url(at): make_article(page, below=rare) for at, page in enumerate((8, 8, 9, 9, 7), 10)}
    model = learn_site(pages)
    assert model.documents == 8
    assert [one.pages for one in _templates(model) if "shut today" in one.text] != []


def test_a_page_that_changed_little_is_a_twin() -> None:
    pages = _site_of(1, 2, 3, 4)
    longer = make_article(5, below=on(1, f"<p>{FOOTER}</p>"), paragraphs=12)
    pages |= {find_url(20): longer, find_url(21): longer.replace(b"number 5.3.0 ", b"number 5.3.1000 ")}
    assert learn_site(pages).documents == 5


def test_what_the_twins_alone_share_is_no_template() -> None:
    pages = _site_of(0, 0, 0, 0, 1, 2, 3, 4, 5, 6)
    model = learn_site(pages)
    assert model.documents == 7
    assert set(make_paragraphs(0)) & {one.text for one in _templates(model)} == set()
    assert kept_in(read(find_url(0), pages[find_url(0)], model)) == make_paragraphs(0)


def test_every_page_of_a_site_is_read_by_its_container() -> None:
    for url, page in read_site(_untidy(9)).items():
        assert page.provenance.method == "container", url
        assert page.title == make_title(int(url.rpartition("-")[2]))
