"""Fingerprints: what makes two blocks the same text, and two pages the same document, all over a site."""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations

from crawler.extraction.caching import cache_short

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+")
_TWIN_SHARE = 0.8  # of the words that few other pages have
_FEW = 10  # pages; what stands on more belongs to no document alone


def find_text_key(text: str) -> str:
    """Reduce a text to what its repetitions share: Unicode NFKC, lower case, years as "0".

    Other numbers stay: they tell one press contact, or one part of a series, from another.
    """
    key = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    if "19" in key or "20" in key:
        key = _YEAR.sub("0", key)
    return " ".join(key.split())


def keeps_words(text: str) -> bool:
    """Tell whether a text has as many words as its key: whether it has no sign of which Unicode NFKC makes a space."""
    return text.isascii() or _find_spacing().search(text) is None


@cache
def _find_spacing() -> re.Pattern[str]:
    spacing = (chr(code) for code in range(0x80, 0x10000) if " " in unicodedata.normalize("NFKC", chr(code)))
    return re.compile(f"[{''.join(map(re.escape, spacing))}]")


def find_pattern(text: str) -> str:
    """Reduce a text to what the parts of a series share: its key with all numbers as "0"."""
    return _NUMBER.sub("0", find_text_key(text))


@cache_short
def find_fingerprint(text: str) -> str:
    """Hash a text's key: the first 64 bits of its SHA-256, hexadecimal."""
    return hashlib.sha256(find_text_key(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def cluster_twins(pages: Sequence[frozenset[str]], words: Mapping[str, int]) -> list[int]:
    """Group pages that hold the same document, so that its copies are counted once.

    Pages of the same blocks are twins. Of the others those blocks are compared that stand on fewer than half of them
    and on ten at most: two pages are twins when they share four fifths of the words of these blocks (weighted Jaccard
    similarity), and so is a twin's twin.

    Args:
        pages: the fingerprints of each page's blocks.
        words: the number of words of each fingerprint's block.

    Returns:
        for each page the index of the first page of its group.
    """
    first: dict[frozenset[str], int] = {}
    group = [first.setdefault(page, index) for index, page in enumerate(pages)]
    seen = Counter(fingerprint for page in first for fingerprint in page)
    few = min(_FEW, (len(first) - 1) // 2)
    weights: dict[int, int] = {}
    holders: dict[str, list[int]] = defaultdict(list)
    for page, index in first.items():
        rare = [fingerprint for fingerprint in page if seen[fingerprint] <= few]
        weights[index] = sum(words[fingerprint] for fingerprint in rare)
        for fingerprint in rare:
            holders[fingerprint].append(index)
    common: Counter[tuple[int, int]] = Counter()
    for fingerprint, indexes in holders.items():
        for pair in combinations(indexes, 2):
            common[pair] += words[fingerprint]
    for (one, other), shared in sorted(common.items()):
        if shared >= _TWIN_SHARE * (weights[one] + weights[other] - shared):
            low, high = sorted((_root(group, one), _root(group, other)))
            group[high] = low
    return [_root(group, index) for index in range(len(group))]


def _root(group: list[int], index: int) -> int:
    while group[index] != index:
        index = group[index]
    return index
