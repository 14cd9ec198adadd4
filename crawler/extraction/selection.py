"""The content region of one page: which of its blocks are its text, as far as the page alone can tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import lxml.html

from crawler.extraction import generic
from crawler.extraction.blocks import clean_text
from crawler.extraction.metadata import normalize_for_comparison
from items import Block, BlockKind, RemovedReason

_TRUSTED_SHARE = 0.5  # of the generic text that the page's blocks must account for
_BELOW_TITLE = 0.8  # of the kept words that must follow a title for it to be the text's own
_NOT_CONTENT_PATH = re.compile(r"(?:^|/)(?:nav|header|footer|aside|form)(?=[/.#]|$)")
_MAX_LINK_SHARE = 0.5  # of a block's characters; a block of links leads elsewhere
_SHORT = 15  # words; a longer block is prose
_STRUCTURED = frozenset((BlockKind.QUOTE, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.PREFORMATTED))


@dataclass(frozen=True, slots=True)
class Selection:
    """The content region of a page and how it was found."""

    region: tuple[Block, ...]
    method: str
    aligned: bool  # whether the region's blocks are the page's own


def select_region(tree: lxml.html.HtmlElement, blocks: tuple[Block, ...], title: str | None) -> Selection:
    """Find the content region: from the first to the last block that is text; what else stands there is marked.

    Generic extraction votes; what stands above the page's own title is not its text, and a quote, list, table or
    preformatted block between two kept blocks of the same container is, whatever the vote.

    The tree is changed by it: take what else is needed first.
    """
    found = generic.extract_generic(tree)
    if found is None:
        kept = frozenset(index for index, block in enumerate(blocks) if not _NOT_CONTENT_PATH.search(block.path))
        kept = _below_title(blocks, kept or frozenset(range(len(blocks))), title)
        return Selection(_region(blocks, kept), "plain", aligned=True)
    kept, share = generic.align(blocks, found)
    if kept and share >= _TRUSTED_SHARE:
        kept = _with_structured(blocks, _without_fields_below(blocks, _below_title(blocks, kept, title)))
        return Selection(_region(blocks, kept), "generic", aligned=True)
    # The text stands in no block: a page whose article is only in its JSON-LD.
    lines = [clean_text(line) for line in found.text.splitlines()]
    own = tuple(
        Block(line, line, BlockKind.PARAGRAPH, "generic", position)
        for position, line in enumerate(line for line in lines if line)
    )
    return Selection(own, "generic-only", aligned=False)


def _region(blocks: Sequence[Block], kept: frozenset[int]) -> tuple[Block, ...]:
    return tuple(
        blocks[index] if index in kept else replace(blocks[index], reason=RemovedReason.NOT_CONTENT)
        for index in range(min(kept), max(kept) + 1)
    )


def _below_title(blocks: Sequence[Block], kept: frozenset[int], title: str | None) -> frozenset[int]:
    """Drop what stands above the last line that is the title and that most of the text follows."""
    key = normalize_for_comparison(title) if title is not None else ""
    if not key:
        return kept
    sizes = {index: len(blocks[index].text.split()) for index in kept}
    total = sum(sizes.values())
    following = total
    start = 0
    for index, block in enumerate(blocks):
        if following < _BELOW_TITLE * total:
            break
        if normalize_for_comparison(block.text) == key:
            start = index
        following -= sizes.get(index, 0)
    return frozenset(index for index in kept if index >= start) or kept


def _without_fields_below(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Drop short last blocks that stand outside the element of the last paragraph: tags, labels, links to more."""
    order = sorted(kept)
    prose = next((index for index in reversed(order) if len(blocks[index].text.split()) > _SHORT), None)
    if prose is None:
        return kept
    inside = f"{_container(blocks[prose])}/"
    return frozenset(index for index in kept if index <= prose or f"{blocks[index].path}/".startswith(inside))


def _with_structured(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Add quotes, lists, tables and preformatted text that stand between two kept blocks of one container."""
    added = set(kept)
    containers = {index: _container(blocks[index]) for index in range(min(kept), max(kept) + 1)}
    last: dict[str, int] = {}  # the nearest kept block above, by container
    above: dict[int, bool] = {}
    for index in range(min(kept), max(kept) + 1):
        above[index] = containers[index] in last
        if index in kept:
            last[containers[index]] = index
    below: set[str] = set()
    for index in range(max(kept), min(kept) - 1, -1):
        block = blocks[index]
        if index in kept:
            below.add(containers[index])
        elif (
            block.kind in _STRUCTURED
            and above[index]
            and containers[index] in below
            and sum(len(link.text) for link in block.links) <= _MAX_LINK_SHARE * len(block.text)
        ):
            added.add(index)
    return frozenset(added)


def _container(block: Block) -> str:
    """Name the element that holds a block and its siblings: the path without its own list, quote or table."""
    steps = block.path.split("/")
    for number, step in enumerate(steps):
        if (
            re.match(r"(?:ul|ol|dl|blockquote|table|pre|figure|menu|dir)(?:[.#]|$)", step)
            and number > 0
            and (not step.startswith("table") or block.kind is BlockKind.TABLE_ROW)
        ):
            return "/".join(steps[:number])
    return "/".join(steps[:-1])
