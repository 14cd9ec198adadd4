"""The figures by which a run is judged, and those by which later ones are: a few dozen numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import log2
from typing import Any, Self

DATED = "dated"
CONTAINER = "container"
TEMPLATE = "template"
LENGTH = "length"
THERE = "there"
TEMPLATE_REASONS = frozenset(("template", "about"))  # blocks of a record's `removed` that were learned of the site
_PER_OCTAVE = 4  # classes of lengths, each a fifth longer than the one before


@dataclass(frozen=True, slots=True)
class Share:
    """Some of all."""

    has: int = 0
    of: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.has + other.has, self.of + other.of)

    @property
    def value(self) -> float:
        """From 0 to 1; 1 of nothing."""
        return self.has / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run found."""

    records: int  # of the corpus, without those that are gone
    corpus: Mapping[str, Share] = field(default_factory=dict)  # of all records
    median_words: int | None = None  # of all records
    # Of the known pages that the run has read again: of those that had something, which have it still.
    kept: Mapping[str, Share] = field(default_factory=dict)
    # Of the pages that had no record before.
    fresh: Mapping[str, Share] = field(default_factory=dict)
    fresh_words: Mapping[str, int] = field(default_factory=dict)  # pages by class of length
    fetched: Share = Share()  # requests that failed, of those that were made
    named: int | None = None  # pages that sitemaps and feeds name; None for inputs that have none
    new: int = 0  # records
    changed: int = 0
    gone: int = 0
    is_first: bool = False  # no page was known before

    def dump(self) -> dict[str, Any]:
        """Give the figures as JSON has them; a share as [some, all]."""
        data = asdict(self)
        for name in ("corpus", "kept", "fresh"):
            data[name] = {key: [one["has"], one["of"]] for key, one in data[name].items()}
        data["fetched"] = [self.fetched.has, self.fetched.of]
        data["fresh_words"] = dict(self.fresh_words)
        return data

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Self:
        """Read what `dump` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        values = dict(data)
        for name in ("corpus", "kept", "fresh"):
            values[name] = {str(key): _load_share(one) for key, one in values[name].items()}
        values["fetched"] = _load_share(values["fetched"])
        values["fresh_words"] = {str(int(key)): int(value) for key, value in values["fresh_words"].items()}
        for name in ("records", "new", "changed", "gone"):
            values[name] = int(values[name])
        for name in ("named", "median_words"):
            values[name] = None if values[name] is None else int(values[name])
        return cls(**values)


def _load_share(value: Any) -> Share:
    has, of = value
    return Share(int(has), int(of))


def find_length_class(words: int) -> str:
    """Name the class of lengths to which a text belongs."""
    return str(int(_PER_OCTAVE * log2(words + 1)))


def find_median(counts: Mapping[int, int]) -> int:
    """Find the number in the middle of numbers that are counted; the lower one of two."""
    left = (sum(counts.values()) + 1) // 2
    for number in sorted(counts):
        left -= counts[number]
        if left <= 0:
            return number
    raise ValueError("there is no number")


def find_least_words(length_class: str) -> float:
    """Give the number of words from which on a text belongs to a class of lengths."""
    return float(2.0 ** (int(length_class) / _PER_OCTAVE)) - 1
