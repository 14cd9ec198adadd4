"""Dates in lines that are not between the title and the text."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crawler.extraction.date_beside import DatedLine, find_dates_beside, read_dated_lines
from items import Block, BlockKind, DateCandidate, DateKind, DateSource
from tests.extraction.making import PROSE, make_blocks

Text = str | tuple[str, BlockKind]
DAY = "27 March 2015"
TITLE: Text = ("The open bridge", BlockKind.HEADING)


def place(blocks: Sequence[Block], paths: dict[int, str]) -> tuple[Block, ...]:
    """Give each block a path of its own, some of them a given one."""
    return tuple(replace(block, path=paths.get(at, f"body/div.n{at}/p")) for at, block in enumerate(blocks))


def find(
    *texts: Text,
    region: tuple[int, int] | None = None,
    paths: dict[int, str] | None = None,
    places: frozenset[str] = frozenset(),
    title: str | None = "The open bridge",
) -> list[tuple[str, DateKind, bool]]:
    """Read a page of which the region is all, unless it is given."""
    blocks = place(make_blocks(*texts), paths or {})
    found = find_dates_beside(blocks, read_dated_lines(blocks), region or (0, len(blocks)), title, places)
    return [(one.raw, one.kind, one.labelled) for one in dict.fromkeys(found)]


def read(*texts: Text) -> tuple[DatedLine, ...]:
    return read_dated_lines(make_blocks(*texts))


def test_a_short_line_with_a_date_is_a_dated_line() -> None:
    (line,) = read(PROSE, f"Ana Lee, {DAY}", "Fish")
    assert (line.index, line.block.text, line.place) == (1, f"Ana Lee, {DAY}", "body/p")
    assert [one.raw for one in line.dates] == [DAY]


@pytest.mark.parametrize(
    "text", [f"{PROSE} {PROSE}, {DAY}", f"{'x ' * 23}{DAY}", f"{'x' * 290}, {DAY}", "No. 12", "Fish"]
)
def test_prose_and_lines_without_a_date_are_none(text: str) -> None:
    assert read(text) == ()


def test_a_line_of_twenty_five_words_is_short() -> None:
    assert len(read(f"{'x ' * 22}{DAY}")) == 1


def test_the_first_sixty_dated_lines_are_read() -> None:
    assert [line.index for line in read(*(DAY for _ in range(61)))] == list(range(60))


def test_white_space_in_a_line_is_collapsed() -> None:
    assert [one.raw for line in read("27\nMarch  2015") for one in line.dates] == [DAY]


def test_the_line_above_may_be_the_label() -> None:
    assert [line.dates[0].kind for line in read("Last updated:", DAY, DAY)] == [DateKind.MODIFIED, DateKind.PUBLISHED]
    assert read("Updated in 2014 and later", DAY)[-1].dates[0].kind is DateKind.PUBLISHED


def test_a_first_line_has_no_line_above() -> None:
    assert read(DAY, "Last updated:")[0].dates[0].kind is DateKind.PUBLISHED


def test_order_and_languages_are_of_the_page() -> None:
    blocks = make_blocks("3 listopad 2015", "13 listopad 2015")
    assert [one.precision for line in read_dated_lines(blocks, languages=["hr"]) for one in line.dates] == ["day"] * 2
    (line,) = read_dated_lines(make_blocks("3/4/2015 - 5/6/2015"), order="DMY")
    assert [one.kind for one in line.dates] == [DateKind.EVENT]


def test_a_line_gives_its_days_with_its_place() -> None:
    (line,) = read(f"Published {DAY} | 28 March 2015 | Event: 29 March 2015 | 3 to 5 May 2015 | March 2014")
    assert list(line.collect()) == [
        DateCandidate(DateSource.LINE, DateKind.PUBLISHED, DAY, "body/p", labelled=True),
        DateCandidate(DateSource.LINE, DateKind.PUBLISHED, "28 March 2015", "body/p"),
    ]
    assert [one.raw for one in line.collect(labelled=True)] == [DAY]
    assert [one.source for one in line.collect(DateSource.BYLINE)] == [DateSource.BYLINE] * 2


@pytest.mark.parametrize(
    ("text", "kind", "bare"),
    [
        (DAY, BlockKind.PARAGRAPH, True),
        (f"{'x ' * 9}{DAY}", BlockKind.PARAGRAPH, True),
        (f"{'x ' * 10}{DAY}", BlockKind.PARAGRAPH, False),
        (DAY, BlockKind.TABLE_ROW, False),
    ],
)
def test_a_bare_line_says_little_more_than_its_date(text: str, kind: BlockKind, bare: bool) -> None:
    (line,) = read((text, kind))
    assert line.is_bare is bare


def test_the_first_date_below_the_title_and_the_last_above_it() -> None:
    found = find("1 March 2015", "2 March 2015", TITLE, "Fish", "3 March 2015", "4 March 2015", *[PROSE] * 4)
    assert [raw for raw, *_ in found] == ["3 March 2015", "2 March 2015"]


def test_the_title_is_the_heading_that_says_it_or_the_first_line_that_does() -> None:
    texts: tuple[Text, ...] = ("The open bridge", "1 March 2015", *["Fish"] * 12, TITLE, "2 March 2015", *[PROSE] * 4)
    assert [raw for raw, *_ in find(*texts)] == ["2 March 2015"]
    lines: tuple[Text, ...] = (
        "The open bridge",
        "1 March 2015",
        *["Fish"] * 12,
        "The OPEN bridge",
        "2 March 2015",
        *[PROSE] * 4,
    )
    assert [raw for raw, *_ in find(*lines)] == ["1 March 2015"]


def test_without_a_title_on_the_page_the_text_begins_it() -> None:
    texts: tuple[Text, ...] = ("1 March 2015", PROSE, "2 March 2015", *[PROSE] * 4)
    assert [raw for raw, *_ in find(*texts, region=(1, 7), title=None)] == ["2 March 2015", "1 March 2015"]
    assert [raw for raw, *_ in find(*texts, region=(1, 7), title="Fish")] == ["2 March 2015", "1 March 2015"]


def test_a_title_below_the_text_is_none_of_it() -> None:
    texts: tuple[Text, ...] = (PROSE, "1 March 2015", *[PROSE] * 14, TITLE, "2 March 2015")
    assert [raw for raw, *_ in find(*texts, region=(0, 16))] == ["1 March 2015"]


@pytest.mark.parametrize(("above", "found"), [(7, True), (8, False)])
def test_a_line_above_the_title_is_near_it(above: int, found: bool) -> None:
    assert bool(find(DAY, *["Fish"] * above, TITLE, *[PROSE] * 4)) is found


@pytest.mark.parametrize(("below", "found"), [(10, True), (11, False)])
def test_a_line_below_the_title_is_near_it(below: int, found: bool) -> None:
    assert bool(find(TITLE, *["Fish"] * below, DAY, *[PROSE] * 4)) is found


def test_a_line_near_the_title_is_bare() -> None:
    assert find(TITLE, f"{'x ' * 10}{DAY}", *[PROSE] * 4) == []
    assert find(TITLE, (DAY, BlockKind.TABLE_ROW), *[PROSE] * 4) == []


def test_a_labelled_line_counts_wherever_it_stands() -> None:
    far = [PROSE] * 20
    assert find(TITLE, *far, f"Published: {DAY}", *far) == [(DAY, DateKind.PUBLISHED, True)]
    assert find(TITLE, *far, f"Updated: {DAY}", *far) == [(DAY, DateKind.MODIFIED, True)]
    assert find(TITLE, *far, f"{'x ' * 10}published {DAY}", *far) == [(DAY, DateKind.PUBLISHED, True)]
    assert find(TITLE, *far, "Published:", DAY, *far, region=(0, 10)) == [(DAY, DateKind.PUBLISHED, True)]
    assert find(TITLE, *far, DAY, *far) == []
    assert find(TITLE, *far, f"Event: {DAY}", *far) == []


def test_labelled_lines_in_one_place_are_a_list_where_they_are_more_than_two() -> None:
    far = [PROSE] * 20
    two: tuple[Text, ...] = (TITLE, *far, "Published 1 March 2015", "Published 2 March 2015", *far)
    assert [raw for raw, *_ in find(*two, paths={21: "a/b", 22: "a/b"})] == ["1 March 2015", "2 March 2015"]
    three: tuple[Text, ...] = (TITLE, *far, "Published 1 March 2015", "Published 2 March 2015", "3 March 2015", *far)
    assert find(*three, paths={21: "a/b", 22: "a/b", 23: "a/b"}) == []


@pytest.mark.parametrize(
    "path",
    [
        "body/div.post-meta/p",
        "body/footer.entry-footer/span",
        "body/div.article__info/p",
        "body/div.node-byline/p",
        "body/main/p.byline",
        "body/main/p.Dateline",
    ],
)
def test_an_element_for_the_texts_data_holds_its_date(path: str) -> None:
    far = [PROSE] * 20
    assert find(TITLE, *far, f"Ana Lee, {DAY}", *far, paths={21: path}) == [(DAY, DateKind.PUBLISHED, False)]
    assert find(TITLE, *far, f"{'x ' * 10}{DAY}", *far, paths={21: path}) == []


@pytest.mark.parametrize(
    "path",
    [
        "body/div.post-meta/div/div/p",
        "body/div.sidebar/div.post-meta/p",
        "body/aside/div.post-meta/p",
        "body/nav.x/div.post-meta/p",
        "body/div.latest/div.post-meta/p",
        "body/div.event/div.post-meta/p",
        "body/div.metal/p",
    ],
)
def test_one_in_a_list_of_other_pages_does_not(path: str) -> None:
    far = [PROSE] * 20
    assert find(TITLE, *far, DAY, *far, paths={21: path}) == []


@pytest.mark.parametrize(
    "name", ["comments", "respond", "related", "recommended", "leserbriefe", "carousel", "popular"]
)
def test_what_stands_elsewhere_is_not_read(name: str) -> None:
    path = f"body/div.{name}/p.byline"
    assert find(TITLE, f"Published {DAY}", *[PROSE] * 4, paths={1: path}) == []
    assert find(TITLE, DAY, PROSE, paths={1: path}, places=frozenset({f"div.{name}/p.byline"})) == []


def test_the_line_that_closes_the_text() -> None:
    far = [PROSE] * 20
    assert find(TITLE, *far, DAY) == [(DAY, DateKind.PUBLISHED, False)]
    assert find(TITLE, *far, DAY, "Fish", "Fish", PROSE, region=(1, 24)) == [(DAY, DateKind.PUBLISHED, False)]
    assert find(TITLE, *far, DAY, "Fish", "Fish", "Fish") == []
    assert find(TITLE, *far, DAY, region=(1, 21)) == []
    assert find(TITLE, *far, "1 March 2015", "2 March 2015") == [("2 March 2015", DateKind.PUBLISHED, False)]
    assert find(TITLE, *far, f"{'x ' * 10}{DAY}") == []


def test_of_several_elements_for_the_texts_data_the_first_holds_it() -> None:
    far = [PROSE] * 20
    paths = {21: "body/div.post-meta/p", 22: "body/p.byline"}
    assert find(TITLE, *far, DAY, "28 March 2015", *far, paths=paths) == [(DAY, DateKind.PUBLISHED, False)]


def test_an_update_hides_no_day_of_publication_beside_it() -> None:
    updated = "Updated: 29 March 2015"
    both = [("29 March 2015", DateKind.MODIFIED, True), (DAY, DateKind.PUBLISHED, False)]
    assert find(TITLE, updated, DAY, *[PROSE] * 4) == both
    assert find(DAY, updated, TITLE, *[PROSE] * 4) == both
    assert find(TITLE, *[PROSE] * 20, DAY, updated) == both


def test_where_the_site_was_taught_to_put_the_date_the_first_line_is_a_byline() -> None:
    far = [PROSE] * 20
    texts: tuple[Text, ...] = (TITLE, *far, f"{'x ' * 10}{DAY}", "28 March 2015", "29 March 2015", *far)
    blocks = place(make_blocks(*texts), dict.fromkeys((21, 22, 23), "body/div.x/p.when"))
    found = find_dates_beside(blocks, read_dated_lines(blocks), (0, 44), "The open bridge", {"div.x/p.when"})
    assert found == (DateCandidate(DateSource.BYLINE, DateKind.PUBLISHED, DAY, "div.x/p.when"),)


def test_the_order_of_the_places() -> None:
    far = [PROSE] * 20
    texts: tuple[Text, ...] = (
        "1 March 2015",
        TITLE,
        "2 March 2015",
        *far,
        "3 March 2015",
        *far,
        "Published 4 March 2015",
        "5 March 2015",
        DAY,
    )
    paths = {23: "body/div.entry-meta/p", 45: "body/p.when"}
    found = find(*texts, paths=paths, places=frozenset({"body/p.when"}))
    assert [raw for raw, *_ in found] == [
        "5 March 2015",
        "4 March 2015",
        "2 March 2015",
        "1 March 2015",
        "3 March 2015",
        DAY,
    ]


def test_a_page_without_lines_has_no_dates() -> None:
    assert find_dates_beside((), (), (0, 0), None) == ()
