"""Decisions on a learned site: a template and a place that a person keeps or drops, in the text of pages."""

import pytest

from crawler.extraction.decisions import Decision, Decisions, decide
from crawler.extraction.model import SiteModel
from items import Page, RemovedReason
from tests.extraction.site_making import (
    find_url,
    kept_in,
    learn_site,
    make_paragraphs,
    make_sentence,
    make_site,
    make_title,
    on,
    read,
    removed_as,
)

FOOTER = "The toll house is open from dawn to dusk, on every day of the year"
SHARED = make_sentence("what everybody knows")
PAGES = make_site(
    12,
    above=lambda page: f"<p class='sub'>Notes from the {make_title(page + 30)}</p>",
    middle=lambda page: (
        on(1, f"<p>{SHARED}</p>")(page) + f"<div class='see'><a href='/{page}'>See pier {page}</a></div>"
    ),
    below=on(1, f"<p>{FOOTER}</p>"),
)
SUBTITLE = f"Notes from the {make_title(35)}"
FIRST, LAST = make_paragraphs(5)[:2], make_paragraphs(5)[2:]


def find_id(model: SiteModel, what: str) -> str:
    """Find the id of a template by its text, or of a place by its path."""
    (layout,) = model.layouts
    found = {one.text: one.id for one in layout.templates} | {one.path: one.id for one in layout.positions}
    return found[what]


def read_with(decisions: dict[str, str]) -> Page:
    model = learn_site(PAGES)
    made = {find_id(model, what): Decision("keep" if word == "keep" else "drop") for what, word in decisions.items()}
    return read(find_url(5), PAGES[find_url(5)], decide(model, Decisions(made)))


def test_without_decisions() -> None:
    page = read_with({})
    assert kept_in(page) == [*FIRST, SHARED, *LAST]
    assert removed_as(page) == {
        page.title: "title",
        SUBTITLE: "field",
        "See pier 5": "aside",
        FOOTER: "template",
    }


def test_a_template_that_is_kept_is_text() -> None:
    assert kept_in(read_with({FOOTER: "keep"})) == [*FIRST, SHARED, *LAST, FOOTER]


def test_a_template_that_is_dropped_goes_from_amid_the_text() -> None:
    page = read_with({SHARED: "drop"})
    assert kept_in(page) == [*FIRST, *LAST]
    block = next(block for block in page.blocks if block.text == SHARED)
    assert (block.reason, block.support) == (RemovedReason.DROPPED, 12)
    assert removed_as(read_with({FOOTER: "drop"}))[FOOTER] == RemovedReason.DROPPED


@pytest.mark.parametrize(
    ("path", "text", "kept"),
    [
        ("p.sub", SUBTITLE, [SUBTITLE, *FIRST, SHARED, *LAST]),
        ("div.see", "See pier 5", [*FIRST, SHARED, "See pier 5", *LAST]),
    ],
)
def test_a_place_that_is_kept_is_text_and_one_that_is_dropped_is_not(path: str, text: str, kept: list[str]) -> None:
    assert kept_in(read_with({path: "keep"})) == kept
    dropped = read_with({path: "drop"})
    assert kept_in(dropped) == [*FIRST, SHARED, *LAST]
    block = next(block for block in dropped.blocks if block.text == text)
    assert (block.reason, block.support) == (RemovedReason.DROPPED, 12)


def test_a_decision_on_a_text_outranks_one_on_its_place() -> None:
    text = "See pier 5"
    model = learn_site(make_site(12, below=on(1, f"<div class='see'><a href='/5'>{text}</a></div>")))
    (layout,) = model.layouts
    assert (len(layout.templates), "div.see" in [one.path for one in layout.positions]) == (1, True)
    both = {find_id(model, text): Decision("keep"), find_id(model, "div.see"): Decision("drop")}
    body = make_site(12, below=on(1, f"<div class='see'><a href='/5'>{text}</a></div>"))[find_url(5)]
    assert kept_in(read(find_url(5), body, decide(model, Decisions(both)))) == [*FIRST, *LAST, text]
    both = {find_id(model, text): Decision("drop"), find_id(model, "div.see"): Decision("keep")}
    assert kept_in(read(find_url(5), body, decide(model, Decisions(both)))) == [*FIRST, *LAST]


def test_a_frame_s_template_that_is_kept_is_text_on_pages_like_no_layout() -> None:
    model = learn_site(PAGES)
    (line,) = (one for one in model.frame if one.text.startswith("Printed by the river"))
    body = f"<html><body><p>{line.text}</p></body></html>".encode()
    assert kept_in(read(find_url(70), body, model)) == []
    kept = decide(model, Decisions({line.id: Decision("keep")}))
    assert kept_in(read(find_url(70), body, kept)) == [line.text]
