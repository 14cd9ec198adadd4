"""Generic extraction's vote, carried over to our own blocks."""

import random
import re
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.document import parse_document
from crawler.extraction.generic import MAX_CHARACTERS, GenericText, align, extract_generic, words
from tests.extraction.making import PROSE, make_blocks

LETTER = "Dear neighbors, the old mill by the river will open its doors on the first day of the spring fair."


def test_blocks_of_the_extracted_text_are_kept() -> None:
    blocks = make_blocks("Home", PROSE, LETTER, "Imprint")
    assert align(blocks, GenericText(f"{PROSE}\n{LETTER}")) == (frozenset({1, 2}), 1.0)


def test_a_teaser_does_not_take_the_place_of_the_paragraph_it_was_cut_from() -> None:
    teaser = " ".join(PROSE.split()[:8])
    extracted = GenericText(f"{PROSE} {LETTER}")
    assert align(make_blocks(teaser, PROSE, LETTER, teaser), extracted) == (frozenset({1, 2}), 1.0)
    assert align(make_blocks(teaser, PROSE, LETTER), extracted) == (frozenset({1, 2}), 1.0)


def test_a_block_that_stands_twice_is_told_by_its_neighbors() -> None:
    third = "Whoever crosses after dark should carry a lamp, for the third plank from the eastern end is loose."
    blocks = make_blocks(LETTER, PROSE, LETTER, third)
    assert align(blocks, GenericText(f"{PROSE} {LETTER} {third}")) == (frozenset({1, 2, 3}), 1.0)


def test_short_lines_that_recur_are_told_by_their_neighbors() -> None:
    blocks = make_blocks("Yes", "No", PROSE, "Yes", LETTER, "No")
    assert align(blocks, GenericText(f"{PROSE} Yes {LETTER}"))[0] == frozenset({2, 3, 4})


def test_half_of_a_block_keeps_it_and_less_does_not() -> None:
    prose = PROSE.split()
    assert align(make_blocks(PROSE), GenericText(" ".join(prose[: len(prose) // 2 + 1])))[0] == frozenset({0})
    assert align(make_blocks(PROSE), GenericText(" ".join(prose[: len(prose) // 2 - 2])))[0] == frozenset()


@given(st.text(st.characters(max_codepoint=300)))
def test_words_are_told_alike_in_any_characters(text: str) -> None:
    assert words(text) == re.findall(r"\w+", text.lower())
    plain = text.encode("ascii", "replace").decode()
    assert words(plain) == re.findall(r"\w+", plain.lower())


def test_a_paragraph_that_stands_twice_is_no_anchor_and_is_told_by_its_neighbors() -> None:
    third = "Whoever crosses after dark should carry a lamp, for the third plank from the eastern end is loose."
    extracted = GenericText(f"{LETTER} {PROSE} {third}")
    assert align(make_blocks(PROSE, third, LETTER, PROSE, third), extracted) == (frozenset({2, 3, 4}), 1.0)


def test_nothing_extracted_and_nothing_to_keep() -> None:
    assert align(make_blocks(PROSE), GenericText(" ... ")) == (frozenset(), 0.0)
    assert align((), GenericText(PROSE)) == (frozenset(), 0.0)
    assert align(make_blocks("…", PROSE), GenericText(PROSE))[0] == frozenset({1})


@given(st.lists(st.text("ab ", max_size=20), max_size=12), st.text("ab ", max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_word_is_counted_twice(texts: list[str], extracted: str) -> None:
    kept, share = align(make_blocks(*texts), GenericText(extracted))
    assert kept <= set(range(len(texts)))
    assert 0 <= share <= 1


def test_five_thousand_blocks_take_no_time() -> None:
    drawn = random.Random(5).choices([f"word{number}" for number in range(3_000)], k=200_000)
    texts = [" ".join(drawn[start : start + 40]) for start in range(0, len(drawn), 40)]
    started = time.process_time()
    kept, share = align(make_blocks(*texts), GenericText("\n".join(texts[::2])))
    assert time.process_time() - started < 3
    assert kept == frozenset(range(0, len(texts), 2))
    assert share == 1


def test_trafilatura_finds_the_article_and_not_the_menu() -> None:
    page = f"<nav><a href='/'>Home page</a></nav><article><p>{PROSE}</p><p>{LETTER}</p></article>"
    found = extract_generic(parse_document(f"<html><body>{page}</body></html>".encode()).tree)
    assert found is not None
    assert PROSE in found.text
    assert "Home page" not in found.text


def test_a_page_too_large_for_it_and_a_page_without_text_give_none() -> None:
    assert extract_generic(parse_document(b"<p>" + b"word " * (MAX_CHARACTERS // 5 + 1)).tree) is None
    assert extract_generic(parse_document(b"<p></p>").tree) is None
