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


def test_the_line_above_may_be_the_label_of_a_date() -> None:
    assert raws(mark("Last updated:", "27 March 2015", PROSE)) == [
        (DateSource.BYLINE, DateKind.MODIFIED, "27 March 2015")
    ]
    assert raws(mark(PROSE, lead=("The bridge", "Updated", "27 March 2015"), title="The bridge")) == [
        (DateSource.BYLINE, DateKind.MODIFIED, "27 March 2015")
    ]
    for line in ("Fish", "We updated the bridge in 2014"):
        assert raws(mark(line, "27 March 2015", PROSE))[-1][1] is DateKind.PUBLISHED


@pytest.mark.parametrize(
    ("line", "dates", "reason"),
    [
        (
            "Published March 27, 2015 · Updated March 29, 2015",
            [("March 27, 2015", DateKind.PUBLISHED, True), ("March 29, 2015", DateKind.MODIFIED, True)],
            RemovedReason.BYLINE,
        ),
        (
            "March 27, 2015. Updated: March 29, 2015",
            [("March 27, 2015", DateKind.PUBLISHED, False), ("March 29, 2015", DateKind.MODIFIED, True)],
            RemovedReason.BYLINE,
        ),
        (
            "March 27, 2015 | 10 boats | March 28, 2015",
            [("March 27, 2015", DateKind.PUBLISHED, False), ("March 28, 2015", DateKind.PUBLISHED, False)],
            None,
        ),
        ("27–29 March 2015", [("27–29 March 2015", DateKind.EVENT, True)], RemovedReason.BYLINE),
        ("Received 2022 Oct 12", [("2022 Oct 12", DateKind.EVENT, True)], None),
        ("By Ana Lee | 27 March 2015", [("27 March 2015", DateKind.PUBLISHED, False)], RemovedReason.BYLINE),
        ("16-Oct-18", [("16-Oct-18", DateKind.PUBLISHED, False)], RemovedReason.BYLINE),
    ],
)
def test_a_line_of_several_dates_or_of_an_event(
    line: str, dates: list[tuple[str, DateKind, bool]], reason: RemovedReason | None
) -> None:
    head = mark(line, PROSE)
    assert [(one.raw, one.kind, one.labelled) for one in head.dates] == dates
    assert reasons(head)[0] is reason


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("2015", False),
        ("Bridges of 2015", False),
        ("Work on the bridge in March 2015", False),
        ("March 2015", True),
        ("Published March 2015", True),
        ("Published: 2015", True),
    ],
)
def test_a_year_or_a_month_is_a_date_where_it_is_no_subject(line: str, found: bool) -> None:
    head = mark(line, PROSE)
    assert (bool(head.dates), reasons(head)[0]) == (found, RemovedReason.BYLINE if found else None)


def test_of_many_days_without_a_label_none_is_the_page_s() -> None:
    days = [f"{day} March 2015" for day in range(1, 6)]
    assert [one.raw for one in mark(*days[:2], PROSE).dates] == days[:2]
    assert mark(*days[:3], PROSE).dates == ()
    assert [one.raw for one in mark(days[0], days[0], days[0], PROSE).dates] == days[:1] * 3
    assert [one.raw for one in mark(*days[:3], "Published 4 March 2015", PROSE).dates] == ["4 March 2015"]


def test_more_than_four_lines_with_dates_are_a_list_of_entries() -> None:
    listed = mark(*(f"Published {day} March 2015" for day in range(1, 6)), PROSE)
    assert (listed.dates, reasons(listed)) == ((), [None] * 6)
    assert len(mark(*(f"Published {day} March 2015" for day in range(1, 5)), PROSE).dates) == 4


@pytest.mark.parametrize(
    ("before", "after", "found"), [(0, 30, True), (11, 18, True), (12, 18, False), (18, 12, False), (18, 11, True)]
)
def test_of_a_long_lead_what_is_near_the_title_or_near_the_text_is_read(before: int, after: int, found: bool) -> None:
    lead = ("The bridge", *["Fish"] * before, "27 March 2015", *["Fish"] * after)
    assert bool(mark(PROSE, lead=lead, title="The bridge").dates) is found


@pytest.mark.parametrize(("after", "found"), [(11, True), (12, False)])
def test_without_a_title_the_lead_is_read_near_the_text(after: int, found: bool) -> None:
    assert bool(mark(PROSE, lead=("27 March 2015", *["Fish"] * after)).dates) is found


def test_a_date_names_its_place() -> None:
    (byline,) = mark_head(make_blocks("27 March 2015", PROSE, path="body/div.a/p.date"), (), None, ()).dates
    (dateline,) = mark_head(make_blocks(f"March 27, 2015 - {PROSE}", path="body/div.a/p.lead"), (), None, ()).dates
    assert (byline.place, dateline.place) == ("div.a/p.date", "div.a/p.lead")


@pytest.mark.parametrize("day", ["5 May 15", "16 Oct 18", "May 5, 15", "Oct/16/18", "27 mars 15", "May 5, 1066"])
def test_a_dateline_is_read_in_every_shape_that_a_date_has(day: str) -> None:
    head = mark(f"LONDON, {day} — {PROSE}")
    assert [day in one.raw for one in head.dates] == [True]
