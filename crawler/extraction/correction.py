"""Corrections of what generic extraction votes for on one page: what a page's own structure says against it."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from crawler.extraction.outline import is_links, is_named_aside, is_sentence
from crawler.extraction.spacing import count_words
from crawler.extraction.title import keep_below_title
from items import Block, BlockKind

_SHORT = 15  # words; a longer block is prose
SENTENCE = 8  # words; a shorter one may be a label
_MAIN = 0.5  # of the kept words: where they stand is where the text is
_TAKEN = 1 / 3  # of the sentences of a place that generic extraction keeps; it takes the place for text
_STRUCTURED = frozenset((BlockKind.QUOTE, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.PREFORMATTED))
_HOLDS_LINES = re.compile(r"(?:ul|ol|dl|blockquote|table|pre|figure|menu|dir)(?:[.#]|$)")


def correct_vote(blocks: Sequence[Block], kept: frozenset[int], title: str | None) -> frozenset[int]:
    """Correct the vote of generic extraction.

    Args:
        blocks: all blocks of the page.
        kept: the indexes of those that generic extraction takes for text.
        title: of the page.

    Returns:
        the indexes of those that are text.
    """
    if not kept:
        return kept
    kept = _without_asides(blocks, keep_below_title(blocks, kept, title))
    kept = _with_siblings(blocks, _without_fields_below(blocks, kept))
    kept = kept | _below_headings(blocks, kept)
    return _with_structured(blocks, kept)


def _without_asides(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Drop what stands in an aside, if most of the text does not: in a form, a header, a box that says "related"."""
    at_path: Counter[str] = Counter()
    for index in kept:
        at_path[blocks[index].path] += count_words(blocks[index].text)
    words: Counter[str] = Counter()
    for path, count in at_path.items():
        steps = path.split("/")
        for end in range(1, len(steps)):
            words["/".join(steps[:end])] += count
    total = at_path.total()
    holding = [path for path, count in words.items() if count >= _MAIN * total]
    main = max(holding, key=lambda path: (path.count("/"), words[path], path), default="")
    asides = {path for path in at_path if is_named_aside(_below(path, main))}
    gone = {index for index in kept if blocks[index].path in asides}
    return kept if 2 * sum(count_words(blocks[index].text) for index in gone) > total else kept - gone


def _below(path: str, other: str) -> str:
    """Give the rest of a path from where it parts from another."""
    steps, others = path.split("/"), other.split("/")
    common = next(
        (at for at, (one, two) in enumerate(zip(steps, others, strict=False)) if one != two),
        min(len(steps), len(others)),
    )
    return "/" + "/".join(steps[common:])


def _without_fields_below(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Drop short last blocks that stand outside the element of the last paragraph: tags, labels, links to more."""
    order = sorted(kept)
    prose = next((index for index in reversed(order) if count_words(blocks[index].text) > _SHORT), None)
    if prose is None:
        return kept
    inside = f"{_container(blocks[prose])}/"
    return frozenset(index for index in kept if index <= prose or f"{blocks[index].path}/".startswith(inside))


def _with_siblings(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Add the sentences of a place that holds most of the kept ones, if a third of those that stand there are kept.

    An article in several parts, of which generic extraction finds one. A place is a path with an id or a class.
    """
    kept_words: Counter[str] = Counter()
    for index in kept:
        if _is_own_sentence(blocks[index]):
            kept_words[blocks[index].path] += count_words(blocks[index].text)
    most = _MAIN * kept_words.total()
    around = {path for path, words in kept_words.items() if words >= most and ("#" in path or "." in path)}
    sentences = [index for index, block in enumerate(blocks) if block.path in around and _is_own_sentence(block)]
    all_words: Counter[str] = Counter()
    for index in sentences:
        all_words[blocks[index].path] += count_words(blocks[index].text)
    places = {path for path, words in all_words.items() if kept_words[path] >= _TAKEN * words}
    return kept | {index for index in sentences if blocks[index].path in places}


def _is_own_sentence(block: Block) -> bool:
    return count_words(block.text) >= SENTENCE and is_sentence(block.text) and not is_links(block)


def _below_headings(blocks: Sequence[Block], kept: frozenset[int]) -> set[int]:
    """Find what follows a kept heading directly, for a heading stands above something.

    Lists, tables and quotes in the heading's element count, and sentences in it or further in: a fold that is closed.
    """
    found: set[int] = set()
    heading: str | None = None  # the element that holds the heading above
    for index, block in enumerate(blocks):
        if index in kept:
            heading = _container(block) if block.kind is BlockKind.HEADING else None
        elif heading is not None and not is_links(block) and _stands_below(block, heading):
            found.add(index)
        else:
            heading = None
    return found


def _stands_below(block: Block, heading: str) -> bool:
    if block.kind in _STRUCTURED and _container(block) == heading:
        return True
    further_in = f"{block.path}/".startswith(f"{heading}/") and not is_named_aside(block.path[len(heading) :])
    return further_in and count_words(block.text) >= SENTENCE and is_sentence(block.text)


def _with_structured(blocks: Sequence[Block], kept: frozenset[int]) -> frozenset[int]:
    """Add quotes, lists, tables and preformatted text that stand between two kept blocks of one container.

    A quote may stand further in than these: in an element of its own, as embedded posts do.
    """
    added = set(kept)
    between = range(min(kept), max(kept) + 1)
    containers = {index: _container(blocks[index]) for index in between}
    around = {
        index: _around(containers[index]) if blocks[index].kind is BlockKind.QUOTE else {containers[index]}
        for index in between
    }
    last: set[str] = set()  # the containers of kept blocks above
    above: dict[int, set[str]] = {}
    for index in between:
        above[index] = around[index] & last
        if index in kept:
            last.add(containers[index])
    below: set[str] = set()
    for index in reversed(between):
        block = blocks[index]
        if index in kept:
            below.add(containers[index])
        elif block.kind in _STRUCTURED and above[index] & below and not is_links(block):
            added.add(index)
    return frozenset(added)


def _around(container: str) -> set[str]:
    """Name an element and those around it."""
    steps = container.split("/")
    return {"/".join(steps[:end]) for end in range(1, len(steps) + 1)}


def _container(block: Block) -> str:
    """Name the element that holds a block and its siblings: the path without its own list, quote or table."""
    return _find_container(block.path, is_row=block.kind is BlockKind.TABLE_ROW)


@lru_cache(maxsize=1024)
def _find_container(path: str, *, is_row: bool) -> str:
    steps = path.split("/")
    for number, step in enumerate(steps):
        if _HOLDS_LINES.match(step) and number > 0 and (is_row or not step.startswith("table")):
            return "/".join(steps[:number])
    return "/".join(steps[:-1])
