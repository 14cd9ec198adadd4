"""Sites on which what is text looks like what is none: copies, closing quotes, series, pages that hold little else."""

import pytest
from hypothesis import given, settings

from crawler.extraction.reading import apply
from crawler.extraction.site_model import learn
from items import BlockKind
from tests.extraction.site_making import (
    HOST,
    ORGANIZATION,
    find_url,
    kept_in,
    learn_site,
    make_paragraphs,
    make_site,
    make_title,
    nothing,
    on,
    read,
    read_site,
)
from tests.extraction.test_pruning import pruned
from tests.extraction.test_site_kept import SHARED, VERSE, check_kept, check_series
from tests.extraction.test_site_layouts import check_read, containers, make_two_layouts
from tests.extraction.test_site_model import _outlines, _Site, _site_of, _sites, _templates
from tests.extraction.test_site_titles import make_titled_site, titles_of


@pytest.mark.parametrize("articles", [(0, 0, 0, 0), (0, 0, 0, 0, 1, 2, 3, 4), (0,) * 5 + (1, 2, 3, 4, 5)])
def test_files_of_one_document_make_no_template(articles: tuple[int, ...]) -> None:
    pages = _site_of(*articles)
    model = learn_site(pages)
    assert kept_in(read(find_url(0), pages[find_url(0)], model))[:4] == make_paragraphs(0)
    assert model.documents == len(set(articles))
    assert set(make_paragraphs(0)) & {one.text for one in _templates(model)} == set()


def test_five_pages_of_which_three_are_twins_are_three_documents() -> None:
    assert learn_site(_site_of(0, 0, 0, 1, 2)).documents == 3


def test_four_pages_of_which_two_are_twins_are_three_documents() -> None:
    assert learn_site(_site_of(0, 1, 2, 2)).documents == 3


@pytest.mark.parametrize("copies", [11, 30])
def test_many_copies_on_a_large_site_are_one_document(copies: int) -> None:
    assert learn_site(_site_of(*[0] * copies, *range(1, 60))).documents == 60


@pytest.mark.parametrize("share", [0.5, 0.6, 0.8])
def test_a_quote_that_closes_pages_stays(share: float) -> None:
    check_kept(make_site(20, below=on(share, f"<blockquote><p>{VERSE}</p></blockquote>")), VERSE, share)


@pytest.mark.parametrize(
    ("tag", "numbers"),
    [
        ("p", 1),
        ("p class='series'", 1),
        ("div class='kicker'", 1),
        ("h2", 20),
        ("h3", 20),
        ("p class='series'", 20),
        ("div class='kicker'", 20),
    ],
)
def test_the_header_of_a_series_stays(tag: str, numbers: int) -> None:
    check_series(tag, numbers)


def test_a_quote_that_closes_most_pages_stays_where_other_pages_quote_something_else() -> None:
    def quote(page: int) -> str:
        return on(0.8, VERSE)(page) or f"Whatever floats past pier {page} belongs to the one who sees it first."

    check_kept(make_site(20, below=lambda page: f"<blockquote><p>{quote(page)}</p></blockquote>"), VERSE, 0.8)


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_a_sentence_amid_the_text_in_an_element_of_its_own_stays(share: float) -> None:
    check_kept(make_site(20, middle=on(share, f"<div class='pull'>{SHARED}</div>")), SHARED, share)


@settings(max_examples=300, deadline=None)
@given(_sites())
def test_reading_again_by_the_same_title_takes_nothing(site: _Site) -> None:
    model = learn(_outlines(site), HOST, [ORGANIZATION])
    for _, blocks, _ in site:
        title = next((block.text for block in blocks if block.kind is BlockKind.HEADING), None)
        reading = apply(model, blocks, title)
        if reading is not None:
            kept = [block for block in reading.region if block.reason is None]
            again = apply(model, kept, title)
            assert again is None or [block for block in again.region if block.reason is None] == kept


def test_two_layouts_that_are_all_that_their_pages_hold_are_two() -> None:
    model = learn_site(make_two_layouts(8, 6, side=nothing))
    assert containers(model) == [("div.news", 8, 8), ("section#report", 6, 6)]


def test_each_of_two_layouts_that_are_all_that_their_pages_hold_has_templates_of_its_own() -> None:
    note = "The reports of the council are read aloud on market days."
    check_read(make_two_layouts(20, 6, f"<p class='note'>{note}</p>", nothing), list(range(26)))


def test_the_words_around_a_pruned_element_stay_apart() -> None:
    assert " ".join(pruned("<div>head<p>two</p>tail<p>three</p></div>", "two")[1]) == "head tail three"


def test_a_name_that_is_set_apart_by_a_colon_is_no_part_of_a_title_without_a_heading() -> None:
    pages = make_titled_site(8, lambda page: f"{ORGANIZATION}: {make_title(page)}", nothing)
    assert titles_of(pages) == [make_title(at) for at in range(8)]


def test_quotes_that_close_pages_are_no_field() -> None:
    def quote(page: int) -> str:
        return f"“Whatever floats past pier {page} belongs to the one who sees it first” – {make_title(page + 50)}"

    pages = make_site(20, below=lambda page: f"<blockquote><p>{quote(page)}</p></blockquote>")
    for at, page in enumerate(read_site(pages).values()):
        assert kept_in(page) == [*make_paragraphs(at), quote(at)]
