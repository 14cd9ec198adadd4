r"""Measures of text quality, as the corpora define them. All are shares, 0 to 1.

Words are `\w+`. Word measures compare lower case, a mean over pages; shingles keep the case, as the article extraction
benchmark does.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from crawler.extraction.metadata import normalize_for_comparison

_WORD = re.compile(r"\w+")
SHINGLE = 4  # words
REPEATED_WORDS = 4  # a shorter line is a label or a date, and may well repeat
REPEATED_PAGES = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of what was found is gold, and how much of the gold was found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def compare_words(found: str, gold: str) -> Overlap:
    """Compare two texts as multisets of words, lower case; two texts without words are equal."""
    ours = Counter(_WORD.findall(found.lower()))
    theirs = Counter(_WORD.findall(gold.lower()))
    if not ours and not theirs:
        return Overlap(1.0, 1.0)
    common = sum((ours & theirs).values())
    if not common:
        return Overlap(0.0, 0.0)
    return Overlap(common / sum(ours.values()), common / sum(theirs.values()))


def compare_shingles(found: Sequence[str], gold: Sequence[str]) -> Overlap:
    """Compare the texts of a corpus, page by page, as multisets of four consecutive words each.

    As `evaluate.py` of scrapinghub/article-extraction-benchmark: case counts; a text of one to three words is a single
    shingle; precision is the mean over the pages where something was found, recall over those with a gold text; the F1
    is that of the two means.
    """
    precisions, recalls = [], []
    for ours, theirs in zip(map(_shingles, found), map(_shingles, gold), strict=True):
        common = sum((ours & theirs).values())
        if ours:
            precisions.append(common / sum(ours.values()))
        if theirs:
            recalls.append(common / sum(theirs.values()))
    return Overlap(fmean(precisions) if precisions else 0.0, fmean(recalls) if recalls else 0.0)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    shingles = (tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))
    return Counter(shingle for shingle in shingles if shingle)


def is_title_right(found: str | None, gold: str) -> bool:
    """Whether two titles are equal in their letters and digits, whatever their case."""
    return found is not None and normalize_for_comparison(found) == normalize_for_comparison(gold)


def share_under(values: Sequence[float], limit: float = 0.5) -> float:
    """Give the share of the pages whose value is below a limit."""
    return fmean(value < limit for value in values)


def share_repeated(texts: Sequence[str]) -> float:
    """Give the share of a site's characters that stand in lines which three or more of its pages have verbatim.

    Lines are what line ends separate, without the white space around them, which is not counted; a line of fewer than
    four words never counts as repeated.
    """
    lines = [[line.strip() for line in text.splitlines()] for text in texts]
    pages = Counter(line for page in lines for line in set(page))
    characters = sum(len(line) for page in lines for line in page)
    repeated = sum(
        len(line)
        for page in lines
        for line in page
        if pages[line] >= REPEATED_PAGES and len(_WORD.findall(line)) >= REPEATED_WORDS
    )
    return repeated / characters if characters else 0.0
