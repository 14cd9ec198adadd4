"""Single-page rules: what they take, and above all what they leave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.furniture import find_furniture_kind, strip_furniture
from items import Block, BlockKind, RemovedReason
from tests.extraction.making import PROSE, make_blocks

FOOTER = (
    "Keepers of the Bridge",
    "12 Mill Road, 3rd Floor",
    "Bridgetown, OR 97000",
    "Tel: 503-555-0142",
    "info@bridge.example",
    "Privacy Policy",
    "© 2019 Keepers of the Bridge",
)
OTHER = "Dear neighbors, the old mill by the river will open its doors on the first day of the spring fair."


def kept(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in strip_furniture(blocks).kept]


def lines(*texts: str) -> tuple[Block, ...]:
    return make_blocks(*((text, BlockKind.LINE) for text in texts))


def test_a_footer_at_the_end_goes_with_its_reasons() -> None:
    stripped = strip_furniture(make_blocks(PROSE, *FOOTER[1:]))
    assert [block.text for block in stripped.kept] == [PROSE]
    assert [removed.reason for removed in stripped.removed] == [
        RemovedReason.CONTACT,
        RemovedReason.CONTACT,
        RemovedReason.CONTACT,
        RemovedReason.CONTACT,
        RemovedReason.LEGAL,
        RemovedReason.COPYRIGHT,
    ]


@pytest.mark.parametrize("kind", [BlockKind.PARAGRAPH, BlockKind.LINE, BlockKind.LIST_ITEM])
def test_a_footer_that_stands_three_times_leaves_no_line(kind: BlockKind) -> None:
    assert kept(make_blocks(PROSE, OTHER, *((line, kind) for line in FOOTER * 3))) == [PROSE, OTHER]


def test_a_footer_that_was_copied_into_the_middle_goes_once() -> None:
    assert kept(make_blocks(PROSE, *FOOTER, OTHER, *FOOTER)) == [PROSE, *FOOTER, OTHER]


def test_paragraphs_that_stand_twice_are_a_copy() -> None:
    third = "Whoever crosses after dark should carry a lamp."
    stripped = strip_furniture(make_blocks(PROSE, OTHER, third, PROSE, OTHER, third, "The end of it all."))
    assert [block.text for block in stripped.kept] == [PROSE, OTHER, third, "The end of it all."]
    assert [(removed.position, removed.reason) for removed in stripped.removed] == [
        (position, RemovedReason.REPEATED) for position in (3, 4, 5)
    ]


def test_a_page_without_furniture_loses_nothing() -> None:
    texts = (PROSE, "A heading", OTHER, "One", "Two", "The river runs on.")
    assert kept(make_blocks(*texts)) == list(texts)


def test_a_list_of_addresses_is_what_a_page_is_about() -> None:
    offices = ("North", "12 Mill Road", "Bridgetown, OR 97000", "South", "4 Fish Street", "Ferry, OR 97001")
    assert kept(make_blocks(PROSE, *offices)) == [PROSE, *offices]
    more = (*offices, "West", "9 Oak Avenue", "Ford, OR 97002", "Tel: 503-555-0142")
    assert kept(make_blocks(PROSE, *more)) == [PROSE, *more]


def test_a_list_of_telephone_numbers_is_what_a_page_is_about() -> None:
    numbers = ("Tel: 503-555-0142", "Tel: 503-555-0143", "Tel: 503-555-0144")
    assert kept(make_blocks(PROSE, *numbers)) == [PROSE, *numbers]


def test_a_poem_keeps_its_refrain() -> None:
    refrain = ("Row, row across the river tonight", "the lamp on the bridge is burning", "and no one is left behind us")
    poem = ("First we sang", "then we wept", *refrain, "Then we slept", "until the morning", *refrain, "and woke.")
    assert kept(lines(*poem)) == list(poem)


def test_rights_that_are_numbered_again_under_each_heading_are_kept() -> None:
    rights = [
        (f"Everyone may {verb} the old river", BlockKind.LIST_ITEM) for verb in ("cross", "drink", "fish", "swim")
    ]
    texts: list[str | tuple[str, BlockKind]] = []
    for heading in ("Children", "Elders", "Guests"):
        texts += [(heading, BlockKind.HEADING), *rights]
    assert len(kept(make_blocks(PROSE, *texts))) == 16


def test_a_press_contact_in_the_middle_stays() -> None:
    middle = ("Press contact:", "Ana Lee", "503-555-0142", "ana@bridge.example")
    assert kept(make_blocks(PROSE, *middle, OTHER)) == [PROSE, *middle, OTHER]


def test_share_lines_go_at_the_beginning_only() -> None:
    first = ("Share on Facebook", "A heading", "Contact us")
    stripped = strip_furniture(make_blocks(*first, PROSE, "Share on Facebook", OTHER))
    assert [block.text for block in stripped.kept] == [*first[1:], PROSE, "Share on Facebook", OTHER]
    assert [removed.reason for removed in stripped.removed] == [RemovedReason.SHARE]


def test_a_sign_off_is_no_furniture() -> None:
    ending = ("Yours in hope,", "Ana Lee", "Keepers of the Bridge")
    assert kept(make_blocks(PROSE, *ending)) == [PROSE, *ending]


def test_a_block_that_carries_a_reason_goes_for_it() -> None:
    block = Block("A title", "A title", BlockKind.HEADING, "p", 0, reason=RemovedReason.TITLE)
    stripped = strip_furniture((block, *make_blocks("", PROSE)[1:]))
    assert [(removed.text, removed.reason, removed.position) for removed in stripped.removed] == [
        ("A title", RemovedReason.TITLE, 0)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "© 2019 The Keepers",
        "2019 Keepers of the Bridge",
        "Privacy Policy",
        "Terms of Use",
        "Sign up for our letters",
        "Contact us",
        "Fax: 503-555-0142",
        "info@bridge.example",
        "666 Mill Road",
        "7th Floor",
        "P.O. Box 12",
        "Bridgetown, OR 97000",
        "Share this page",
    ],
)
def test_furniture_lines(line: str) -> None:
    assert find_furniture_kind(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "In 2019 the keepers met",
        "The privacy of letters is a right",
        "Contact with the enemy was forbidden",
        "1948 was a hard year",
        "Terms were agreed",
        "12 men crossed",
        "We share this view",
        "",
        "©" + " word" * 15,
    ],
)
def test_sentences_are_none(line: str) -> None:
    assert find_furniture_kind(line) is None


WORDS = st.sampled_from([*FOOTER, PROSE, OTHER, "One", "Share on Facebook", "Contact us", "Yes"])
KINDS = st.sampled_from(list(BlockKind))
REASONS = st.sampled_from([None, None, None, RemovedReason.NOT_CONTENT])


@given(st.lists(st.tuples(WORDS, KINDS, REASONS), max_size=40), st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_kept_and_removed_are_the_page(page: list[tuple[str, BlockKind, RemovedReason | None]], first: int) -> None:
    blocks = [
        Block(text, text, kind, "p", first + index, reason=reason) for index, (text, kind, reason) in enumerate(page)
    ]
    stripped = strip_furniture(blocks)
    kept_pairs = [(block.position, block.text) for block in stripped.kept]
    removed_pairs = [(removed.position, removed.text) for removed in stripped.removed]
    assert sorted(kept_pairs + removed_pairs) == [(block.position, block.text) for block in blocks]
    assert [block.position for block in stripped.kept] == sorted(block.position for block in stripped.kept)
    assert [removed.position for removed in stripped.removed] == sorted(one.position for one in stripped.removed)


@given(st.lists(st.text("abc .", min_size=1, max_size=30), max_size=30, unique_by=lambda text: " ".join(text.split())))
@settings(deadline=None)
def test_different_lines_that_are_no_furniture_all_stay(texts: list[str]) -> None:
    assert kept(make_blocks(*texts)) == texts
