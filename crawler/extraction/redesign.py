"""Whether a site was redesigned, and whether what was learned of its new pages can be trusted.

Both are told by pages that are known: each is read twice by the model that was sealed, as it stood before and as it is
now. What a known page said before is the measure of whatever is learned of its new design.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.layout import MIN_PAGES, MIN_SUPPORTERS

_HALF = 0.5  # of the pages that had a layout; of the words of a text
_NEARLY_ALL = 0.9  # of the pages; of the words of two texts
_SAME = 0.98  # of the words of two texts: a text that was not rewritten


@dataclass(frozen=True, slots=True)
class Glance:
    """What a model makes of one response."""

    container: str | None  # of the layout that the page is like; None where it is like none
    text: str  # of the record; empty where there is none


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page with a record that was fetched again."""

    url: str
    before: Glance  # the response on which its record stands
    now: Glance  # the fresh one, by the same model


@dataclass(frozen=True, slots=True)
class Vanished:
    """A layout that known pages have no more."""

    container: str
    pages: int  # that have lost it
    of: int  # that had it and were fetched again


def choose_lost(pages: Sequence[KnownPage]) -> list[KnownPage]:
    """Choose the pages that a layout has read and does so no more; or whose words are others, and those of other pages.

    Pages that were rewritten have words of their own. Where four have lost half of their words and have half in common
    with each other, something stands before them.
    """
    had = [page for page in pages if page.before.container is not None]
    others = [
        page
        for page in had
        if page.now.container is not None and find_likeness(page.before.text, page.now.text) < _HALF
    ]
    texts = [page.now.text for page in others]
    alike = {
        page.url
        for page in others
        if sum(find_likeness(page.now.text, text) >= _HALF for text in texts) >= MIN_PAGES  # itself among them
    }
    return [page for page in had if page.now.container is None or page.url in alike]


def find_vanished(pages: Sequence[KnownPage]) -> tuple[Vanished, ...]:
    """Find the layouts that half of their known pages have lost, where these are four pages of three documents.

    Args:
        pages: those that a run has asked for again, or some of them; also those that are as they were.

    Returns:
        the layouts, that of most pages first; none where the site was not redesigned.
    """
    lost = choose_lost(pages)
    had = Counter(page.before.container for page in pages if page.before.container is not None)
    gone = Counter(page.before.container for page in lost if page.before.container is not None)
    vanished = {container: count for container, count in gone.items() if count >= _HALF * had[container]}
    texts = [find_fingerprint(page.before.text) for page in lost if page.before.container in vanished]
    if len(texts) < MIN_PAGES or len(set(texts)) < MIN_SUPPORTERS:
        return ()
    found = (Vanished(container, count, had[container]) for container, count in vanished.items())
    return tuple(sorted(found, key=lambda one: (-one.pages, one.container)))


def count_alike(glances: Sequence[Glance]) -> int:
    """Count the responses that say nothing, or nearly the same as four of them do: one page in the place of many."""
    texts = [glance.text for glance in glances]
    return sum(
        not text or sum(find_likeness(text, other) >= _NEARLY_ALL for other in texts) >= MIN_PAGES  # itself among them
        for text in texts
    )


def count_as_before(pages: Sequence[KnownPage], relearned: Sequence[Glance]) -> int:
    """Count the pages to which a relearned model gives the text that they had.

    Args:
        pages: known ones that have lost their layout.
        relearned: what the relearned model makes of the fresh response of each.
    """
    return sum(
        now.container is not None and find_likeness(page.before.text, now.text) >= _SAME
        for page, now in zip(pages, relearned, strict=True)
    )


def is_wall(alike: int, of: int) -> bool:
    """Tell whether something stands before the pages: nine tenths of those that have lost their layout say the same."""
    return of > 0 and alike >= _NEARLY_ALL * of


def is_trusted(as_before: int, of: int) -> bool:
    """Tell whether a relearned model may be used: nine tenths of the known pages have the text that they had."""
    return of > 0 and as_before >= _NEARLY_ALL * of


def find_likeness(one: str, other: str) -> float:
    """Say how much two texts have in common: twice the words of their longest common subsequence, of all their words.

    Returns:
        from 0 to 1; 1 for two empty texts.
    """
    return float(Indel.normalized_similarity(one.casefold().split(), other.casefold().split()))
