"""Gold dates that the page itself proves wrong: it is counted with its true date, and the table says how many.

Be strict: at least two elements of the page must agree on a date that is not the gold's, and nothing on it may speak
for the gold. Where pages and gold merely differ on which of two days counts (published or
updated, one time zone or another), the gold stands. The proof is told in words of our own; no sentence of a page is
copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrongGold:
    """One gold date that is wrong, by corpus and file."""

    corpus: str
    file: str
    gold: str  # as the corpus has it
    true: str  # YYYY-MM-DD
    proof: str  # which elements of the page say so


WRONG_GOLD: Sequence[WrongGold] = (
    WrongGold(
        "mn-attorney-general",
        "pages/0095.html.gz",
        gold="2020-01-07",
        true="2020-01-08",
        proof="The title element, the dateline and the day in the URL's path all say the 8th; nothing says the 7th.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/4840.html.gz",
        gold="2026-03-06",
        true="2026-02-06",
        proof="Both elements of class article-date say 6 February; no date in March stands anywhere in the source.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0283.html.gz",
        gold="2022-01-04",
        true="2021-01-04",
        proof="The header gives day, time and year, the year 2021; title and URL name that year's bird. "
        "2022 stands only in the copyright line and in links to other articles, one of them on the bird of 2022.",
    ),
)


def by_page(entries: Sequence[WrongGold]) -> Mapping[tuple[str, str], WrongGold]:
    """Index the entries by corpus and file.

    Raises:
        ValueError: a page has two entries.
    """
    found = {(entry.corpus, entry.file): entry for entry in entries}
    if len(found) < len(entries):
        raise ValueError("a page stands twice among the wrong gold dates")
    return found
