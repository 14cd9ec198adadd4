"""Blocks to running text."""

from crawler.extraction.text import join_markdown, join_text
from items import Block, BlockKind
from tests.extraction.making import make_blocks

LINE, ITEM, ROW = BlockKind.LINE, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW


def test_paragraphs_are_parted_by_a_blank_line_and_items_and_rows_by_a_line_end() -> None:
    blocks = make_blocks(("T", BlockKind.HEADING), "p", ("a", ITEM), ("b", ITEM), ("r", ROW), ("s", ROW), "q", "z")
    assert join_text(blocks) == "T\n\np\n\na\nb\n\nr\ns\n\nq\n\nz"


def test_lines_of_one_paragraph_stay_together_and_those_of_another_do_not() -> None:
    first, second = make_blocks(("a", LINE), ("b", LINE), path="p[0]")
    third = Block("c", "c", LINE, "p[1]", 2)
    assert join_text((first, second, third)) == "a\nb\n\nc"


def test_markdown_is_spaced_as_the_text_is() -> None:
    blocks = (Block("a", "- a", ITEM, "p", 0), Block("b", "- b", ITEM, "p", 1), Block("c", "*c*", LINE, "p", 2))
    assert join_markdown(blocks) == "- a\n- b\n\n*c*"


def test_nothing() -> None:
    assert join_text(()) == join_markdown(()) == ""
