"""Whether a site was redesigned, and whether what was learned of its new pages can be trusted.

Both are told by pages that are known: each is read twice by the model that was sealed, as it stood before and as it is
now. What a known page said before is the measure of whatever is learned of its new design.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.layout import MIN_PAGES, MIN_SUPPORTERS

_HALF = 0.5  # of the pages that had a layout; of the words of a text
_NEARLY_ALL = 0.9  # of the pages
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

    @property
    def is_lost(self) -> bool:
        """Whether a layout read it and does so no more, or not half of its words."""
        if self.before.container is None:
            return False
        return self.now.container is None or find_likeness(self.before.text, self.now.text) < _HALF


@dataclass(frozen=True, slots=True)
class Vanished:
    """A layout that known pages have no more."""

    container: str
    pages: int  # that have lost it
    of: int  # that had it and were fetched again


def find_vanished(pages: Sequence[KnownPage]) -> tuple[Vanished, ...]:
    """Find the layouts that half of their known pages have lost, where these are four pages of three documents.

    Args:
        pages: those that a run has fetched again, or some of them.

    Returns:
        the layouts, that of most pages first; none where the site was not redesigned.
    """
    groups: dict[str, list[KnownPage]] = defaultdict(list)
    for page in pages:
        if page.before.container is not None:
            groups[page.before.container].append(page)
    lost = {container: [page for page in group if page.is_lost] for container, group in groups.items()}
    vanished = {
        container: found for container, found in lost.items() if found and len(found) >= _HALF * len(groups[container])
    }
    gone = [page for found in vanished.values() for page in found]
    if len(gone) < MIN_PAGES or len({find_fingerprint(page.before.text) for page in gone}) < MIN_SUPPORTERS:
        return ()
    found_layouts = (Vanished(container, len(found), len(groups[container])) for container, found in vanished.items())
    return tuple(sorted(found_layouts, key=lambda one: (-one.pages, one.container)))


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


def is_trusted(as_before: int, of: int) -> bool:
    """Tell whether a relearned model may be used: nine tenths of the known pages have the text that they had."""
    return of > 0 and as_before >= _NEARLY_ALL * of


def find_likeness(one: str, other: str) -> float:
    """Say how much two texts have in common: twice the words of their longest common subsequence, of all their words.

    Returns:
        from 0 to 1; 1 for two empty texts.
    """
    return float(Indel.normalized_similarity(one.casefold().split(), other.casefold().split()))
