"""Generic extraction of one page. Nobody else calls trafilatura, here or step by step in `generic_steps.py`.

Trafilatura votes, block by block; the blocks themselves stay ours, with their structure, path and links.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import lxml.html
from rapidfuzz.distance import LCSseq

from items import Block

VERSION = f"trafilatura {version('trafilatura')}"
MAX_ELEMENTS = 60_000  # trafilatura runs past 45 s CPU on 20 MB of paragraphs
MAX_CHARACTERS = 2_000_000  # of text
_MAX_ALIGNMENT = 4_000_000_000  # pairs of words, 64 of which are compared at a time
_AGREEMENT = 0.5  # share of a block's words that must stand in the extracted text
_ANCHOR_WORDS = 4  # shorter runs recur by chance
# What trafilatura copies, again and again, and never looks into. JSON-LD it may read, and an icon counts.
_find_unread = lxml.etree.XPath(
    "descendant::script[not(contains(@type, 'json'))] | descendant::style | descendant::link | descendant::meta"
)
_count_characters = lxml.etree.XPath("string-length(.)")
_count_elements = lxml.etree.XPath("count(descendant-or-self::*)")
_WORD = re.compile(r"\w+")
_ASCII_WORDS = "".join(chr(code) if _WORD.match(chr(code)) else " " for code in range(128)).lower()


@dataclass(frozen=True, slots=True)
class GenericText:
    """What generic extraction kept of a page: running text, without structure."""

    text: str


def extract_generic(tree: lxml.html.HtmlElement) -> GenericText | None:
    """Run trafilatura on a page; None where it finds no text or the page is too large for it.

    The tree is changed by it: take what else is needed first.
    """
    if _count_characters(tree) > MAX_CHARACTERS or _count_elements(tree) > MAX_ELEMENTS:
        return None
    for element in _find_unread(tree):
        with suppress(ValueError):  # a control character behind it (`&#1;`), which lxml writes nowhere: it stays
            element.drop_tree()
    text = _load_reader()(tree)
    return GenericText(text) if text else None


@cache
def _load_reader() -> Callable[[lxml.html.HtmlElement], str | None]:
    """Load trafilatura: a quarter of a worker's start, and few pages of a learned site need it."""
    import trafilatura  # noqa: PLC0415

    from crawler.extraction import generic_steps  # noqa: PLC0415

    if trafilatura.__version__ == generic_steps.VERSION:
        return generic_steps.read_text
    return read_by_trafilatura


def read_by_trafilatura(tree: lxml.html.HtmlElement) -> str | None:
    """Give the text of a page by what trafilatura promises to keep of its functions, whatever its version."""
    import trafilatura  # noqa: PLC0415

    found = trafilatura.bare_extraction(tree, include_comments=False, with_metadata=False)
    return getattr(found, "text", None)


def words(text: str) -> list[str]:
    r"""Split into words as the quality measures do: runs of `\w`, lower case."""
    if text.isascii():  # then told in a third of the time
        return text.translate(_ASCII_WORDS).split()
    return _WORD.findall(text.lower())


def align(blocks: tuple[Block, ...], generic: GenericText) -> tuple[frozenset[int], float]:
    """Find the blocks that generic extraction kept.

    As in patience diff: blocks whose words stand in the extracted text as one run, once on either side, are anchors;
    between two anchors the words are aligned by their longest common subsequence. A block is kept when at least half
    of its words are aligned.

    Returns:
        the indexes of the kept blocks, and the share of the extracted words that some block accounts for.
    """
    block_words = [words(block.text) for block in blocks]
    target = words(generic.text)
    if not target:
        return frozenset(), 0.0
    matched = [0] * len(blocks)
    first_block = first_word = 0
    end = (len(blocks), len(target))
    for index, start in [*_find_anchors(block_words, target), end]:
        _align_gap(block_words, matched, range(first_block, index), target[first_word:start])
        if index < len(blocks):
            matched[index] = len(block_words[index])
            first_block, first_word = index + 1, start + len(block_words[index])
    kept = frozenset(
        index
        for index, count in enumerate(matched)
        if block_words[index] and count >= _AGREEMENT * len(block_words[index])
    )
    return kept, sum(matched) / len(target)


def _find_anchors(block_words: list[list[str]], target: list[str]) -> list[tuple[int, int]]:
    """Pair blocks with the place of their words in the target: unambiguous ones, the longest chain in order."""
    places: dict[tuple[str, ...], list[int]] = {}  # where the openings of blocks stand
    openings = {index: tuple(run[:_ANCHOR_WORDS]) for index, run in enumerate(block_words) if len(run) >= _ANCHOR_WORDS}
    wanted = set(openings.values())
    for place, opening in enumerate(zip(*(target[first:] for first in range(_ANCHOR_WORDS)), strict=False)):
        if opening in wanted:
            places.setdefault(opening, []).append(place)
    runs = {index: tuple(block_words[index]) for index, opening in openings.items() if opening in places}
    seen = Counter(runs.values())
    pairs: list[tuple[int, int]] = []
    taken = bytearray(len(target))
    # Longest first: the teaser of an article in a sidebar is the beginning of its first paragraph.
    for index in sorted(runs, key=lambda index: (-len(runs[index]), index)):
        size = len(runs[index])
        if seen[runs[index]] > 1:
            continue
        start = _find_only(block_words[index], target, places)
        if start is None:
            continue
        if taken.find(1, start, start + size) < 0:
            taken[start : start + size] = b"\x01" * size
            pairs.append((index, start))
    return _longest_increasing(sorted(pairs))


def _find_only(run: list[str], target: list[str], places: Mapping[tuple[str, ...], Sequence[int]]) -> int | None:
    """Find the one place where a run of words stands in the target."""
    starts = places.get(tuple(run[:_ANCHOR_WORDS]), ())
    found = (start for start in starts if target[start : start + len(run)] == run)
    first = next(found, None)
    return first if next(found, None) is None else None


def _longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the longest chain of pairs whose second members rise (Fredman 1975)."""
    tails: list[int] = []  # the smallest last value of a chain of each length
    at: list[int] = []  # the pair that holds it
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        length = bisect_left(tails, value)
        before.append(at[length - 1] if length else -1)
        if length == len(tails):
            tails.append(value)
            at.append(index)
        else:
            tails[length] = value
            at[length] = index
    chain = []
    index = at[-1] if at else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _align_gap(block_words: list[list[str]], matched: list[int], gap: range, target: list[str]) -> None:
    source = [word for index in gap for word in block_words[index]]
    owner = [index for index in gap for _ in block_words[index]]
    if not source or not target or len(source) * len(target) > _MAX_ALIGNMENT:
        return
    for step in LCSseq.opcodes(source, target):
        if step.tag == "equal":
            for place in range(step.src_start, step.src_end):
                matched[owner[place]] += 1
