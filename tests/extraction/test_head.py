"""The lines above a text: which are fields, and what they say."""

import pytest

from crawler.extraction.head import Head, mark_head
from items import DateKind, DateSource, RemovedReason
from tests.extraction.making import PROSE, make_blocks


def mark(*texts: str, lead: tuple[str, ...] = (), title: str | None = None, authors: tuple[str, ...] = ()) -> Head:
    return mark_head(make_blocks(*texts), make_blocks(*lead), title, authors)


def reasons(head: Head) -> list[RemovedReason | None]:
    return [block.reason for block in head.region]


def raws(head: Head) -> list[tuple[DateSource, DateKind, str]]:
    return [(candidate.source, candidate.kind, candidate.raw) for candidate in head.dates]


def test_title_byline_and_date_are_fields() -> None:
    head = mark("The Bridge!", "By Ana Lee and Bo Day", "March 27, 2015", PROSE, title="The bridge")
    assert reasons(head) == [RemovedReason.TITLE, RemovedReason.BYLINE, RemovedReason.BYLINE, None]
    assert head.authors == ("Ana Lee", "Bo Day")
    assert raws(head) == [(DateSource.BYLINE, DateKind.PUBLISHED, "March 27, 2015")]


@pytest.mark.parametrize(
    ("line", "raw", "kind"),
    [
        ("Published: March 27, 2015", "March 27, 2015", DateKind.PUBLISHED),
        ("Posted on 27 March 2015", "27 March 2015", DateKind.PUBLISHED),
        ("Friday, March 27, 2015", "March 27, 2015", DateKind.PUBLISHED),
        ("Updated March 27, 2015", "March 27, 2015", DateKind.MODIFIED),
    ],
)
def test_a_line_of_a_date_and_its_label(line: str, raw: str, kind: DateKind) -> None:
    head = mark(line, PROSE)
    assert reasons(head) == [RemovedReason.BYLINE, None]
    assert [(one.kind, raw in one.raw) for one in head.dates] == [(kind, True)]


def test_a_date_beside_other_words_is_read_and_stays() -> None:
    head = mark("Bridgetown fair, March 27, 2015", PROSE)
    assert reasons(head) == [None, None]
    assert [one.raw for one in head.dates] == ["March 27, 2015"]


def test_a_byline_is_no_sentence() -> None:
    head = mark("By the river we sat", PROSE)
    assert (reasons(head), head.authors) == ([None, None], ())


def test_the_author_that_the_metadata_names_is_a_byline() -> None:
    assert reasons(mark("Ana Lee", PROSE, authors=("Ana Lee",))) == [RemovedReason.BYLINE, None]


def test_a_dateline_is_read_and_stays() -> None:
    text = f"BRIDGETOWN, March 27, 2015 - {PROSE}"
    head = mark(text)
    assert reasons(head) == [None]
    assert [(one.source, "March 27, 2015" in one.raw) for one in head.dates] == [(DateSource.DATELINE, True)]


def test_lines_below_the_first_paragraph_are_text() -> None:
    head = mark(PROSE, "March 27, 2015", "By Ana Lee", PROSE)
    assert reasons(head) == [None] * 4
    assert (head.authors, [one for one in head.dates if one.source is DateSource.BYLINE]) == ((), [])


def test_the_lead_is_read_from_the_title_on() -> None:
    head = mark(PROSE, lead=("1 May 2010", "The bridge", "27 March 2015", "By Ana Lee"), title="The bridge")
    assert [one.raw for one in head.dates] == ["27 March 2015"]
    assert head.authors == ("Ana Lee",)


def test_what_is_already_marked_keeps_its_reason() -> None:
    once = mark("The bridge", PROSE, title="The bridge")
    again = mark_head(once.region, (), "The bridge", ())
    assert again.region == once.region


def test_an_ambiguous_date_is_a_candidate_all_the_same() -> None:
    assert [one.raw for one in mark("3/4/15", PROSE).dates] == ["3/4/15"]
