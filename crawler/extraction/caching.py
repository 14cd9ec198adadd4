"""Answers that are kept: several steps ask the same of a text, and most texts stand on other pages of the site too."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

MAX_TEXT = 1_000  # characters; a page of a million would stay in memory
_MAX_ANSWERS = 4_096
T = TypeVar("T")


def cache_short(function: Callable[[str], T]) -> Callable[[str], T]:
    """Keep what a pure function answers for the short texts that it was asked of lately."""
    cached = lru_cache(maxsize=_MAX_ANSWERS)(function)

    @wraps(function)
    def ask(text: str) -> T:
        return cached(text) if len(text) <= MAX_TEXT else function(text)

    return ask
