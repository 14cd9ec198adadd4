"""Blocks to running text and to Markdown."""

from collections.abc import Iterable, Iterator

from items import Block, BlockKind

_ON_LINES_OF_THEIR_OWN = frozenset((BlockKind.LIST_ITEM, BlockKind.TABLE_ROW))


def join_text(blocks: Iterable[Block]) -> str:
    """Join blocks to plain text.

    Paragraphs and headings are separated by a blank line; list items, table rows and the lines of one address stand on
    lines of their own.
    """
    return "".join(part for block, gap in _with_gaps(blocks) for part in (gap, block.text))


def join_markdown(blocks: Iterable[Block]) -> str:
    """Join blocks to Markdown (CommonMark with tables), spaced as the text is."""
    return "".join(part for block, gap in _with_gaps(blocks) for part in (gap, block.markdown))


def _with_gaps(blocks: Iterable[Block]) -> Iterator[tuple[Block, str]]:
    before: Block | None = None
    for block in blocks:
        yield block, "" if before is None else "\n" if _share_paragraph(before, block) else "\n\n"
        before = block


def _share_paragraph(before: Block, block: Block) -> bool:
    if before.kind is not block.kind:
        return False
    if block.kind is BlockKind.LINE:
        return before.path == block.path
    return block.kind in _ON_LINES_OF_THEIR_OWN
