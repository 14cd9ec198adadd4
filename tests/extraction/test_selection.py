"""The content region of one page."""

import pytest

from crawler.extraction import generic
from crawler.extraction.blocks import find_blocks
from crawler.extraction.correction import correct_vote
from crawler.extraction.document import parse_document
from crawler.extraction.selection import Selection, select_region
from items import RemovedReason
from tests.extraction.making import PROSE, make_blocks

OTHER = "Dear neighbors, the old mill by the river will open its doors on the first day of the spring fair."
THIRD = "Whoever crosses after dark should carry a lamp, for the third plank from the eastern end is loose."


def select(body: str, title: str | None = None) -> Selection:
    tree = parse_document(f"<html><body>{body}</body></html>".encode()).tree
    return select_region(tree, find_blocks(tree), title)


def kept(selection: Selection) -> list[str]:
    return [block.text for block in selection.region if block.reason is None]


def test_the_article_is_the_region_and_menus_are_outside() -> None:
    found = select(
        "<nav><ul><li><a href='/'>Home</a></li></ul></nav>"
        f"<article><p>{PROSE}</p><p>{OTHER}</p><p>{THIRD}</p></article>"
        "<footer><p>Imprint</p></footer>"
    )
    assert (kept(found), found.method, found.aligned) == ([PROSE, OTHER, THIRD], "generic", True)
    assert found.region[0].position == 1


def test_short_last_blocks_outside_the_text_s_element_are_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "extract_generic", lambda _: generic.GenericText(f"{PROSE} {OTHER} Go on. Fish Boats"))
    found = select(
        f"<div><p>{PROSE}</p><p>{OTHER}</p><p>Go on.</p></div><div class='tags'><p>Fish</p></div><aside>Boats</aside>"
    )
    assert kept(found) == [PROSE, OTHER, "Go on."]


def test_a_list_and_a_table_between_two_paragraphs_are_text() -> None:
    middle = "<ul><li>bread</li><li>salt</li></ul><table><tr><td>boats</td><td>4</td></tr></table>"
    found = select(f"<article><p>{PROSE}</p>{middle}<p>{OTHER}</p><p>{THIRD}</p></article>")
    assert kept(found) == [PROSE, "bread", "salt", "boats | 4", OTHER, THIRD]


def test_structure_that_generic_extraction_left_out_is_text_where_its_neighbors_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generic, "extract_generic", lambda _: generic.GenericText(f"{PROSE} {OTHER}"))
    inside = "<ul><li>bread</li><li>salt</li></ul><ul><li><a href='/x'>Read on</a></li></ul>"
    found = select(f"<article><p>{PROSE}</p>{inside}<p>{OTHER}</p></article><aside><ul><li>no</li></ul></aside>")
    assert kept(found) == [PROSE, "bread", "salt", OTHER]


def test_what_stands_above_the_title_is_no_text() -> None:
    teaser = "A short teaser of another page."
    found = select(
        f"<div><p>{teaser}</p><h1>The bridge</h1><p>{PROSE}</p><p>{OTHER}</p><p>{THIRD}</p></div>", title="The Bridge"
    )
    assert teaser not in kept(found)
    assert kept(found)[-3:] == [PROSE, OTHER, THIRD]


def test_without_generic_text_a_page_is_read_without_its_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "extract_generic", lambda _: None)
    found = select("<nav><p>Home</p></nav><p>Only this.</p><footer><p>Imprint</p></footer>")
    assert (kept(found), found.method) == (["Only this."], "plain")


def test_a_page_of_nothing_but_navigation_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generic, "extract_generic", lambda _: None)
    assert kept(select("<nav><p>Home</p><p>News</p></nav>")) == ["Home", "News"]


def test_blocks_inside_the_region_that_are_no_text_stay_with_their_reason() -> None:
    found = select(
        f"<article><p>{PROSE}</p><p>{OTHER}</p>"
        f"<div class='share-links'><a href='/s'>Share</a></div><p>{THIRD}</p></article>"
    )
    assert kept(found) == [PROSE, OTHER, THIRD]
    assert [(block.text, block.reason) for block in found.region if block.reason is not None] == [
        ("Share", RemovedReason.NOT_CONTENT)
    ]
    positions = [block.position for block in found.region]
    assert positions == list(range(positions[0], positions[0] + len(positions)))


def vote_at(*places: tuple[str, int, int]) -> list[str]:
    """Correct a vote on sentences at places, of which generic extraction keeps some; list the places of those added."""
    blocks = [block for place, all_of_them, _ in places for block in make_blocks(*[PROSE] * all_of_them, path=place)]
    kept: set[int] = set()
    at = 0
    for _, all_of_them, number in places:
        kept |= set(range(at, at + number))
        at += all_of_them
    return sorted(blocks[index].path for index in correct_vote(blocks, frozenset(kept), None) - kept)


def test_the_rest_of_a_place_is_added_where_it_holds_most_and_a_third_of_it_is_kept() -> None:
    assert vote_at(("html/body/div.a/p", 4, 2)) == ["html/body/div.a/p"] * 2
    assert vote_at(("html/body/div.a/p", 4, 1)) == []
    assert vote_at(("html/body/div/p", 4, 2)) == []
    assert vote_at(("html/body/div.b/p", 2, 1), ("html/body/div.a/p", 3, 3)) == []
    assert vote_at(("html/body/div.b/p", 4, 3), ("html/body/div.a/p", 3, 3)) == ["html/body/div.b/p"]
