"""Blocks to running text and to Markdown."""

from collections.abc import Sequence

from items import Block, BlockKind

_ON_LINES_OF_THEIR_OWN = frozenset((BlockKind.LIST_ITEM, BlockKind.TABLE_ROW))


def join_text(blocks: Sequence[Block]) -> str:
    """Join blocks to plain text.

    Paragraphs and headings are separated by a blank line; list items, table rows and the lines of one address stand on
    lines of their own.
    """
    return "".join(_with_gaps(blocks, [block.text for block in blocks]))


def join_markdown(blocks: Sequence[Block]) -> str:
    """Join blocks to Markdown (CommonMark with tables), spaced as the text is."""
    return "".join(_with_gaps(blocks, [block.markdown for block in blocks]))


def _with_gaps(blocks: Sequence[Block], written: Sequence[str]) -> list[str]:
    parts = [*written[:1]]
    for before, block, text in zip(blocks, blocks[1:], written[1:], strict=False):
        parts.append("\n" if _share_paragraph(before, block) else "\n\n")
        parts.append(text)
    return parts


def _share_paragraph(before: Block, block: Block) -> bool:
    if before.kind is not block.kind:
        return False
    if block.kind is BlockKind.LINE:
        return before.path == block.path
    return block.kind in _ON_LINES_OF_THEIR_OWN
