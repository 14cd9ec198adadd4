"""What differs between two texts, word by word.

A text is a sequence of *tokens*: words, and the white space between them wherever it is more than one space, as between
two paragraphs. The longest common subsequence of both texts' tokens stays; the others are removed or added.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

from rapidfuzz.distance import Indel

_T = TypeVar("_T")
_TOKEN = re.compile(r"\S+|\s+")
# Comparing n with m tokens takes n · m bits and as many sixty-fourths of a step: 0.1 s and 25 MB for this many. Of two
# texts of 100,000 words, seven pairs of passages at most come near it.
_MOST_PAIRS = 200_000_000


class Edit(NamedTuple):
    """A passage of both texts, or what stands in its place: `removed` of the old text, `added` of the new one."""

    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordDiff:
    """What makes a new text of an old one; passages that are kept and passages that are not take turns."""

    edits: tuple[Edit, ...]
    is_coarse: bool = False  # whether longer passages were compared as wholes, as there were too many words

    @property
    def is_empty(self) -> bool:
        """Whether both texts are the same."""
        return all(edit.kept for edit in self.edits)


class Piece(NamedTuple):
    """A part of a diff to be shown."""

    kind: Literal["kept", "removed", "added", "gap"]
    text: str


def split_words(text: str) -> tuple[str, ...]:
    """Split a text into its tokens. The single space between two words is none."""
    found = _TOKEN.findall(text)
    last = len(found) - 1
    return tuple(part for place, part in enumerate(found) if part != " " or place in (0, last))


def join_words(tokens: Iterable[str]) -> str:
    """Join tokens to a text: what `split_words` has split."""
    return "".join(_with_spaces(tokens))


def _with_spaces(tokens: Iterable[str]) -> Iterator[str]:
    is_after_word = False
    for token in tokens:
        is_word = not token.isspace()
        if is_word and is_after_word:
            yield " "
        yield token
        is_after_word = is_word


def diff_words(old: str, new: str) -> WordDiff:
    """Compare two texts.

    Texts of more than some 14,000 words that differ from their beginning to their end are compared by paragraphs first,
    and word by word where not too much stands between two paragraphs that both have.
    """
    numbers: dict[object, int] = {}  # rapidfuzz takes equal hashes for equal tokens; numbers are their own
    before, after = split_words(old), split_words(new)
    found, is_coarse = _compare(before, after, numbers)
    edits = [Edit._make(one) for one in found]
    if is_coarse:
        edits, is_coarse = _compare_paragraphs(before, after, numbers)
    return WordDiff(tuple(_merge(edits)), is_coarse)


def apply_diff(old: str, diff: WordDiff) -> str:
    """Make the new text of the old one.

    Raises:
        ValueError: the diff is of another text.
    """
    tokens = split_words(old)
    if tokens != tuple(token for edit in diff.edits for token in (*edit.kept, *edit.removed)):
        raise ValueError("the diff is of another text")
    return join_words(token for edit in diff.edits for token in (*edit.kept, *edit.added))


def _compare(
    old: Sequence[_T], new: Sequence[_T], numbers: dict[object, int]
) -> tuple[list[tuple[tuple[_T, ...], tuple[_T, ...], tuple[_T, ...]]], bool]:
    """Compare sequences.

    Returns:
        what is kept, removed and added, one after the other; and whether there was too much to compare, so that all
        is replaced but what begins and ends both.
    """
    first, last = _count_common(old, new)
    before, after = tuple(old[first : len(old) - last]), tuple(new[first : len(new) - last])
    is_coarse = len(before) * len(after) > _MOST_PAIRS
    aligned = [(False, slice(None), slice(None))] if is_coarse else _align(before, after, numbers)
    middle = [(before[left], (), ()) if same else ((), before[left], after[right]) for same, left, right in aligned]
    return [(tuple(old[:first]), (), ()), *middle, (tuple(old[len(old) - last :]), (), ())], is_coarse


def _compare_paragraphs(old: Sequence[str], new: Sequence[str], numbers: dict[object, int]) -> tuple[list[Edit], bool]:
    """Compare by paragraphs, and the words of what stands between two paragraphs that both texts have."""
    blocks, _ = _compare(_split_paragraphs(old), _split_paragraphs(new), numbers)
    edits: list[Edit] = []
    is_coarse = False
    for kept, removed, added in blocks:
        if kept:
            edits.append(Edit(_flatten(kept)))
        else:
            finer, is_long = _compare(_flatten(removed), _flatten(added), numbers)
            edits += map(Edit._make, finer)
            is_coarse = is_coarse or is_long
    return edits, is_coarse


def _align(
    old: Sequence[object], new: Sequence[object], numbers: dict[object, int]
) -> Iterator[tuple[bool, slice, slice]]:
    """Give what is equal and what is not, in turns: whether it is, where in the old sequence and where in the new."""
    left, right = ([numbers.setdefault(one, len(numbers)) for one in each] for each in (old, new))
    codes = Indel.opcodes(left, right)  # insertions and deletions: those side by side are one replacement
    for is_equal, group in groupby(codes, key=lambda code: code.tag == "equal"):
        run = list(group)
        yield is_equal, slice(run[0].src_start, run[-1].src_end), slice(run[0].dest_start, run[-1].dest_end)


def _count_common(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Count what both begin with, and what both end with besides."""
    shorter = min(len(old), len(new))
    first = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    last = next((place for place in range(shorter - first) if old[-1 - place] != new[-1 - place]), shorter - first)
    return first, last


def _split_paragraphs(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """Divide tokens behind each white space."""
    ends = [place for place, token in enumerate(tokens, start=1) if token.isspace()]
    begins = [0, *ends]
    return [tuple(tokens[begin:end]) for begin, end in zip(begins, [*ends, len(tokens)], strict=True) if begin < end]


def _flatten(paragraphs: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(token for paragraph in paragraphs for token in paragraph)


def _merge(edits: Iterable[Edit]) -> Iterator[Edit]:
    """Make one of neighbors that are kept, and of those that are not."""
    present = (edit for edit in edits if any(edit))
    for is_kept, group in groupby(present, key=lambda edit: bool(edit.kept)):
        kept, removed, added = (_flatten(each) for each in zip(*group, strict=True))
        yield Edit(kept) if is_kept else Edit((), removed, added)


# --- Showing ----------------------------------------------------------------------------------------------------------


def show_diff(diff: WordDiff, context: int) -> tuple[Piece, ...]:
    """Give what is to be shown of a diff: what changed, with a few of the words around it.

    White space that is no single space is shown as a pilcrow where it parts paragraphs or lines, and as an open box
    elsewhere.

    Args:
        diff: what to show.
        context: unchanged words before and behind each change, at most; "…" stands for what is left out.

    Returns:
        the pieces in their order; none where both texts are the same.
    """
    pieces: list[Piece] = []
    if diff.is_empty:
        return ()
    for place, edit in enumerate(diff.edits):
        if edit.kept:
            is_first, is_last = place == 0, place == len(diff.edits) - 1
            pieces += _shorten(edit.kept, 0 if is_first else context, 0 if is_last else context)
        else:
            pieces += [Piece("removed", _show(edit.removed))] if edit.removed else []
            pieces += [Piece("added", _show(edit.added))] if edit.added else []
    return tuple(pieces)


def write_pieces(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Write pieces in the notation of `git diff --word-diff=plain`, with the spaces between them."""
    before: str | None = None
    for kind, text in pieces:
        space = "" if before is None or (before == "removed" and kind == "added") else " "
        if space:
            yield Piece("kept", space)
        yield Piece(kind, f"[-{text}-]" if kind == "removed" else f"{{+{text}+}}" if kind == "added" else text)
        before = kind


def format_diff(diff: WordDiff, context: int) -> str:
    """Write a diff in git's notation, on one line; see `show_diff`."""
    return "".join(piece.text for piece in write_pieces(show_diff(diff, context)))


def _shorten(kept: Sequence[str], after: int, before: int) -> list[Piece]:
    """Leave out what is farther from a change than some words."""
    words = [place for place, token in enumerate(kept) if not token.isspace()]
    if len(words) <= after + before:
        return [Piece("kept", _show(kept))]
    head = kept[: words[after - 1] + 1] if after else ()
    tail = kept[words[len(words) - before] :] if before else ()
    shown = [Piece("kept", _show(head)), Piece("gap", "…"), Piece("kept", _show(tail))]
    return [piece for piece in shown if piece.text]


def _show(tokens: Iterable[str]) -> str:
    return " ".join(("¶" if "\n" in token else "␣") if token.isspace() else token for token in tokens)
