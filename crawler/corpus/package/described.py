"""A corpus to be described in prose, and the tables of counts that descriptions share."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.corpus.package.citation import Citation
from crawler.corpus.package.figures import CorpusFigures
from crawler.corpus.package.prose import make_plain, to_table

_SHOWN = 25  # rows of a table of words that others chose


@dataclass(frozen=True, slots=True)
class Described:
    """A corpus to be described."""

    figures: CorpusFigures
    citation: Citation
    with_text: bool
    with_archive: bool


def count_table(name: str, counter: Mapping[str, int], *, by_name: bool = False) -> str:
    """Write a table of words and how many records have each, the most frequent first."""
    merged: Counter[str] = Counter()
    for word, number in counter.items():
        merged[make_plain(word)] += number
    ordered = sorted(merged.items()) if by_name else sort_counts(merged)
    rows: list[tuple[object, object]] = list(ordered if by_name else ordered[:_SHOWN])
    others = [] if by_name else ordered[_SHOWN:]
    if others:
        rows.append((f"{len(others):,} others", sum(number for _, number in others)))
    return to_table((name, "number"), rows, numbers=[1])


def sort_counts(counter: Mapping[str, int]) -> list[tuple[str, int]]:
    """Sort words by how often they occur, then by the words."""
    return sorted(counter.items(), key=lambda one: (-one[1], one[0]))


def count_of(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
