"""Measures of text quality, as the corpora define them."""

import re
from collections import Counter

_WORD = re.compile(r"\w+")


def word_f1(found: str, gold: str) -> float:
    r"""Compare two texts as multisets of `\w+`, lower case: the harmonic mean of precision and recall, 0 to 1."""
    ours = Counter(_WORD.findall(found.lower()))
    theirs = Counter(_WORD.findall(gold.lower()))
    if not ours and not theirs:
        return 1.0
    common = sum((ours & theirs).values())
    if not common:
        return 0.0
    precision = common / sum(ours.values())
    recall = common / sum(theirs.values())
    return 2 * precision * recall / (precision + recall)
