"""Gold dates that the page itself proves wrong: it is counted with its true date, and the table says how many.

The corpora call their field the date of publication, and two proofs that a gold day is not that are admitted:

- `ABSENT`: the gold day stands nowhere in the page's source, in no format and as no update either; at least two
  elements of the page agree on another day, which is earlier or which the page calls the publication; and nothing on
  it speaks for the gold.
- `UPDATE`: the source names another, earlier day of publication in a field made for it (`datePublished` of JSON-LD or
  `<meta>`, `article:published_time` or the like), and all such fields agree on that day. It calls the gold day an
  update at least twice, once in a field for machines (`dateModified`, `article:modified_time` or the like) and once in
  words that it shows beside the day ("Updated"). Nothing on it calls the gold day the publication.

An update is no publication, whoever wrote the gold: a record keeps both days, in a field each, and one in the place of
the other would be a false citation. The criterion is the page's, not ours: every page of the corpora was asked, also
those of which ours has the gold day, and all that fulfil it are listed (`tests/benchmarks/test_wrong_gold.py` asks
again). Where the update is called so but once, where the gold is the only day on the page and labelled an update (the
true day is then unknown), or where time zones make the difference, the gold stands. The proof is told in words of our
own; no sentence of a page is copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """What proves a gold date wrong."""

    ABSENT = "absent"  # the gold day stands nowhere on the page
    UPDATE = "update"  # the page calls it an update, and another day the publication


@dataclass(frozen=True, slots=True)
class WrongGold:
    """One gold date that is wrong, by corpus and file."""

    corpus: str
    file: str
    gold: str  # as the corpus has it
    true: str  # YYYY-MM-DD
    kind: Proof
    proof: str  # which elements of the page say so


WRONG_GOLD: Sequence[WrongGold] = (
    WrongGold(
        "mn-attorney-general",
        "pages/0095.html.gz",
        gold="2020-01-07",
        true="2020-01-08",
        kind=Proof.ABSENT,
        proof="The title element, the dateline and the day in the URL's path all say the 8th; nothing says the 7th.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/4840.html.gz",
        gold="2026-03-06",
        true="2026-02-06",
        kind=Proof.ABSENT,
        proof="Both elements of class article-date say 6 February; no date in March stands anywhere in the source.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0283.html.gz",
        gold="2022-01-04",
        true="2021-01-04",
        kind=Proof.ABSENT,
        proof="The header gives day, time and year, the year 2021; title and URL name that year's bird. "
        "2022 stands only in the copyright line and in links to other articles, one of them on the bird of 2022.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0535.html.gz",
        gold="2022-02-24",
        true="2022-01-24",
        kind=Proof.ABSENT,
        proof="article:published_time and the element for the date beside the author say 24 January, for an issue "
        "of the second month; the day of the last change is 1 February, and nothing says 24 February.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0135.html.gz",
        gold="2023-03-06",
        true="2023-01-10",
        kind=Proof.UPDATE,
        proof="JSON-LD: published 10 January, modified 6 March; the line with the author says “Aktualisiert am” "
        "before 6 March.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0140.html.gz",
        gold="2021-03-14",
        true="2021-03-08",
        kind=Proof.UPDATE,
        proof="Three meta elements and the URL name 8 March for the publication; two meta elements and the word "
        "before it beside the author call 14 March the update.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0183.html.gz",
        gold="2020-03-12",
        true="2019-10-15",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in October, modified 12 March; the byline says “Updated” before 12 March.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0274.html.gz",
        gold="2020-06-04",
        true="2019-06-17",
        kind=Proof.UPDATE,
        proof="JSON-LD and article:published_time say 17 June 2019, as does the byline; JSON-LD's dateModified and "
        "the byline's words “Last updated” say 4 June 2020.",
    ),
    WrongGold(
        "htmldate-dates",
        "pages/0729.html.gz",
        gold="2020-04-11",
        true="2020-04-03",
        kind=Proof.UPDATE,
        proof="JSON-LD: published 3 April, modified 11 April; the page shows “Aktualisiert” before 11 April, twice.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0007.html.gz",
        gold="2025-08-19",
        true="2025-01-29",
        kind=Proof.UPDATE,
        proof="Two objects of JSON-LD and article:published_time say 29 January; their counterparts for changes and "
        "the words “Last updated” shown say 19 August.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0020.html.gz",
        gold="2025-02-22",
        true="2021-08-12",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in 2021; its dateModified, article:modified_time and the words “Last Updated” say "
        "22 February 2025.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0037.html.gz",
        gold="2025-10-08",
        true="2024-11-22",
        kind=Proof.UPDATE,
        proof="Microdata: published 22 November 2024; two meta elements for changes and the word “Updated” on the "
        "page say 8 October 2025.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0041.html.gz",
        gold="2025-09-04",
        true="2024-04-10",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in April 2024, modified 4 September 2025; the page shows “Last updated” before "
        "the latter.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0044.html.gz",
        gold="2025-09-28",
        true="2015-04-06",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in 2015, modified 28 September 2025; the page shows “Updated” before the latter.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0075.html.gz",
        gold="2025-12-04",
        true="2025-11-25",
        kind=Proof.UPDATE,
        proof="JSON-LD: published 25 November, modified 4 December; the page shows “Last updated” before 4 December "
        "twice.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0110.html.gz",
        gold="2025-04-19",
        true="2024-02-01",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in February 2024; its dateModified, article:modified_time and the words “Updated "
        "on” after the author say 19 April 2025.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0199.html.gz",
        gold="2025-12-09",
        true="2025-08-22",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in August; its dateModified, article:modified_time and the words “Updated on” on "
        "the page say 9 December.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0206.html.gz",
        gold="2025-12-18",
        true="2025-06-17",
        kind=Proof.UPDATE,
        proof="JSON-LD: published 17 June; a meta element named for updates and the word “Updated” on the page say "
        "18 December.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0227.html.gz",
        gold="2024-09-05",
        true="2023-07-22",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in July 2023, modified 5 September 2024; the page shows “Updated” before the latter.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0268.html.gz",
        gold="2025-09-17",
        true="2019-08-14",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in 2019, modified 17 September 2025; the page shows “Updated” before the latter, "
        "in an element named for changes.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0272.html.gz",
        gold="2021-07-22",
        true="2020-03-11",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in March 2020, modified 22 July 2021; the page shows “Last updated” before the "
        "latter twice.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0291.html.gz",
        gold="2025-11-19",
        true="2024-03-06",
        kind=Proof.UPDATE,
        proof="JSON-LD: published in March 2024, modified 19 November 2025; the words “Last updated on” stand "
        "before the latter.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/0334.html.gz",
        gold="2025-01-02",
        true="2020-05-13",
        kind=Proof.UPDATE,
        proof="Two objects of JSON-LD and microdata: published in May 2020; their counterparts for changes and the "
        "word “Updated” on the page say 2 January 2025.",
    ),
    WrongGold(
        "wcxb-dev-articles",
        "pages/4478.html.gz",
        gold="2025-12-19",
        true="2024-12-03",
        kind=Proof.UPDATE,
        proof="article:published_time and microdata: published 3 December 2024; three meta elements for changes and "
        "the word “Updated” on the page say 19 December 2025.",
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
