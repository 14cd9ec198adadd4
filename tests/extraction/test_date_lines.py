"""Dates in short lines: where each stands, and what the words before it say."""

import re
import time
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.extraction import date_lines
from crawler.extraction.date_lines import find_date, find_place, is_label, is_plain, may_hold_date, read_line
from crawler.extraction.dates import Order, parse_date
from items import DateKind


def read(text: str, before: str = "") -> list[tuple[str, DateKind, bool]]:
    return [(one.raw, one.kind, one.labelled) for one in read_line(text, before=before)]


@pytest.mark.parametrize(
    "line",
    [
        "Published March 27, 2015",
        "Posted on March 27, 2015 by Ana Lee",
        "Submitted by Ana Lee on March 27, 2015",
        "Date: March 27, 2015",
        "Issue date: March 27, 2015",
        "Post Date: 27 March 2015",
        "Written by Ana Lee, 27 March 2015",
        "Veröffentlicht am 27. März 2015",
        "Erschienen: 27.03.2015",
        "Datum: 27.03.2015",
        "Publié le 27 mars 2015",
        "Mise en ligne : 27 mars 2015",
        "Publicado el 27 de marzo de 2015",
        "Fecha de publicación: 27 de marzo de 2015",
        "Data de publicação: 27 de março de 2015",
        "Pubblicato il 27 marzo 2015",
        "Gepubliceerd op 27 maart 2015",
        "Publicerad 27 mars 2015",
        "Opublikowano 27 marca 2015",
        "Опубликовано: 27 марта 2015",
        "Yayınlanma tarihi: 27 Mart 2015",
        "نشر في 27 مارس 2015",
        "发布时间：2015年3月27日",
        "掲載日：2015年3月27日",
        "게시일: 2015년 3월 27일",
    ],
)
def test_labels_of_publication(line: str) -> None:
    assert [(kind, labelled) for _, kind, labelled in read(line)] == [(DateKind.PUBLISHED, True)]


@pytest.mark.parametrize(
    "line",
    [
        "Updated March 27, 2015",
        "Last modified: March 27, 2015",
        "Revised 27 March 2015",
        "Last reviewed March 27, 2015",
        "Medically reviewed by Ana Lee, March 27, 2015",
        "Update date: March 27, 2015",
        "Last Modified Date: March 27, 2015",
        "Date modified: 2015-03-27",
        "Published in May. Updated: March 27, 2015",
        "Zuletzt geändert: 27.03.2015",
        "Aktualisiert am 27. März 2015",
        "Änderungsdatum: 27.03.2015",
        "Mis à jour le 27 mars 2015",
        "Date de mise à jour : 27 mars 2015",
        "Date de modification : 27 mars 2015",
        "Actualizado: 27 de marzo de 2015",
        "Fecha de actualización: 27 de marzo de 2015",
        "Atualizado em 27 de março de 2015",
        "Aggiornato il 27 marzo 2015",
        "Bijgewerkt op 27 maart 2015",
        "Senast uppdaterad 27 mars 2015",
        "Обновлено: 27 марта 2015",
        "Güncelleme: 27 Mart 2015",
        "更新日期：2015年3月27日",
        "수정 2015년 3월 27일",
    ],
)
def test_labels_of_a_change(line: str) -> None:
    assert [(kind, labelled) for _, kind, labelled in read(line)] == [(DateKind.MODIFIED, True)]


@pytest.mark.parametrize(
    "line",
    [
        "Received 2022 Oct 12",
        "Accepted 12 October 2022",
        "Event: March 27, 2015",
        "Event date: March 27, 2015",
        "Deadline: March 27, 2015",
        "Due date: March 27, 2015",
        "Effective date: March 27, 2015",
        "Expires March 27, 2015",
        "Hearing, March 27, 2015",
        "When: March 27, 2015",
        "Starts 27 March 2015 at 10:00",
        "End date: 27 March 2015",
        "Open until March 27, 2015",
        "Published for the hearing of March 27, 2015",
        "Ana Lee was born March 27, 1950",
        "Copyright 27 March 2015",
        "Member since March 27, 2015",
        "Termin: 27. März 2015",
        "Geboren: 27. März 1950",
        "Nacido: 27 de marzo de 1950",
        "出生日期： 1950年3月27日",
    ],
)
def test_labels_of_something_else(line: str) -> None:
    assert [(kind, labelled) for _, kind, labelled in read(line)] == [(DateKind.EVENT, True)]


@pytest.mark.parametrize(
    "line",
    ["March 27, 2015", "Bridgetown fair, March 27, 2015", "Reviewed March 27, 2015", "Backdated candidates 2015-03-27"],
)
def test_without_a_label_a_day_is_of_publication(line: str) -> None:
    assert [(kind, labelled) for _, kind, labelled in read(line)] == [(DateKind.PUBLISHED, False)]


@pytest.mark.parametrize(
    ("line", "dates"),
    [
        (
            "December 3, 2025. Updated: December 7, 2025",
            [("December 3, 2025", DateKind.PUBLISHED, False), ("December 7, 2025", DateKind.MODIFIED, True)],
        ),
        (
            "Published March 27, 2015 · Updated March 29, 2015",
            [("March 27, 2015", DateKind.PUBLISHED, True), ("March 29, 2015", DateKind.MODIFIED, True)],
        ),
        (
            "Updated 29.03.2015 | Published 27.03.2015",
            [("29.03.2015", DateKind.MODIFIED, True), ("27.03.2015", DateKind.PUBLISHED, True)],
        ),
        (
            "Received 12 October 2022; accepted 3 May 2023; published 4 June 2023",
            [
                ("12 October 2022", DateKind.EVENT, True),
                ("3 May 2023", DateKind.EVENT, True),
                ("4 June 2023", DateKind.PUBLISHED, True),
            ],
        ),
        # The label of the first is not that of the second.
        (
            "Updated March 29, 2015 / March 27, 2015",
            [("March 29, 2015", DateKind.MODIFIED, True), ("March 27, 2015", DateKind.PUBLISHED, False)],
        ),
    ],
)
def test_what_stands_between_two_dates_is_the_label_of_the_second(
    line: str, dates: list[tuple[str, DateKind, bool]]
) -> None:
    assert read(line) == dates


@pytest.mark.parametrize(
    "line", ["27–29 March 2015", "March 27, 2015 - March 29, 2015", "Published 27 to 29 March 2015"]
)
def test_an_interval_is_an_event(line: str) -> None:
    (one,) = read_line(line)
    assert (one.kind, one.labelled, one.precision) == (DateKind.EVENT, True, "interval")


def test_the_line_above_is_the_label_of_a_date_that_opens_the_line() -> None:
    assert read("27 March 2015", "Last updated:") == [("27 March 2015", DateKind.MODIFIED, True)]
    assert read("27 March 2015 | 28 March 2015", "Last updated:")[1:] == [("28 March 2015", DateKind.PUBLISHED, False)]
    assert read("Ana Lee, 27 March 2015", "Last updated:") == [("27 March 2015", DateKind.PUBLISHED, False)]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("Last updated:", True),
        ("Published", True),
        ("Publié le", True),
        ("Deadline", True),
        ("Bridge", False),
        ("", False),
        ("Published in 2015", False),
        ("Published by the keepers of the long bridge", False),
    ],
)
def test_a_label_is_short_and_without_numbers(line: str, label: bool) -> None:
    assert is_label(line) is label


def test_elements_without_a_space_between_them_are_read_apart() -> None:
    assert [(one.raw, one.start) for one in read_line("January 5, 2020November 3, 2021")] == [
        ("January 5, 2020", 0),
        ("November 3, 2021", 15),
    ]
    assert read("27 March 2015Updated 29 March 2015") == [
        ("27 March 2015", DateKind.PUBLISHED, False),
        ("29 March 2015", DateKind.MODIFIED, True),
    ]
    assert [one.raw for one in read_line("2020November 3")] == ["2020November 3"]


def test_a_date_may_stand_anywhere_in_a_line() -> None:
    (one,) = read_line("Ana Lee of Bridgetown (+1 555 0123) – 27 March 2015 – 10 comments")
    assert (one.raw, one.start, one.precision) == ("27 March 2015", 38, "day")


def test_more_than_sixty_characters_of_other_words_before_a_date_do_not_hide_it() -> None:
    assert [one.raw for one in read_line(f"{'river ' * 30}, 27 March 2015")] == ["27 March 2015"]


@pytest.mark.parametrize(
    ("line", "order", "dates"),
    [
        ("Posted 3/4/15", None, [("3/4/15", "day")]),
        ("Posted 3/4/15", "DMY", [("3/4/15", "day")]),
        ("3/4/2015 · 5/6/15", None, [("3/4/2015", "day"), ("5/6/15", "day")]),
        ("Version 13/14/15", None, []),
    ],
)
def test_a_date_of_ambiguous_order_waits_for_it(line: str, order: Order | None, dates: list[tuple[str, str]]) -> None:
    assert [(one.raw, one.precision) for one in read_line(line, order=order)] == dates


def test_languages_settle_the_names_of_months() -> None:
    assert [one.precision for one in read_line("3 listopad 2015")] == ["year"]
    assert [one.raw for one in read_line("3 listopad 2015", languages=["hr"])] == ["3 listopad 2015"]


def test_the_date_that_a_text_begins_with() -> None:
    assert find_date(f"BRIDGETOWN, March 27, 2015 - {'river ' * 200}", None, ()) == ("March 27, 2015", 12, "day")
    assert find_date("March 2015", None, ()) == ("March 2015", 0, "month")
    assert find_date("Posted 3/4/15", None, ()) == ("3/4/15", 7, "day")
    assert find_date("The river of March 27, 2015", None, ()) is None


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("March 27, 2015", True),
        ("Bridgetown fair, 27 March 2015", True),
        ("27–29 March 2015", True),
        ("Published: 2015", True),
        ("Updated March 2015", True),
        ("Deadline: 2015", True),
        ("March 2015", True),
        ("(March 2015)", True),
        ("Volume 1 - Winter 1998", True),
        ("Report | March 2015 | Bridgetown", True),
        ("Work on the bridge in March 2015", False),
        ("2015", False),
        ("Bridges of 2015", False),
    ],
)
def test_a_date_is_told_from_a_subject(line: str, plain: bool) -> None:
    found = read_line(line)
    assert len(found) == 1
    assert is_plain(found[0], line) is plain


def test_a_place_is_the_last_two_steps_of_a_path() -> None:
    assert find_place("html/body/div.main/p.date") == "div.main/p.date"
    assert find_place("p") == "p"


WORDS = st.sampled_from(
    "27 March 2015 2016 2015-03-27 3/4/15 27.03.2015 16-Oct-18 '15 Updated Published: by Ana , · – to ٢٧ مارس ٢٠١٥ "
    "2015年3月27日 2020November ( ) \u200f \u00ad 1. 99 mars de in".split(" ")
)
LINES = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS).map("".join))


@given(LINES, LINES, st.sampled_from([None, "DMY", "MDY"]))
@example("2020November 3", "Updated", None)
def test_any_line_is_read_and_its_dates_stand_in_it(text: str, before: str, order: Order | None) -> None:
    found = read_line(text, before=before, order=order)
    assert [text[one.start : one.start + len(one.raw)] for one in found] == [one.raw for one in found]
    ends = [0, *(one.start + len(one.raw) for one in found)]
    assert all(end <= one.start for end, one in zip(ends, found, strict=False))
    assert all(one.labelled or one.kind is DateKind.PUBLISHED for one in found)
    assert all(isinstance(is_plain(one, text), bool) for one in found)
    assert isinstance(is_label(text), bool)


@pytest.mark.parametrize(
    "text",
    [
        "27 March 2015",
        "2015",
        "in 1998",
        "3/4/15",
        "3. 4. 15",
        "16-Oct-18",
        "Mar 27, '15",
        "27 March ’15",
        "2015年3月27日",
        "3月27日",
        "2015년 3월 27일",
        "٢٧ مارس ٢٠١٥",
        "２７ March ２０１５",
        "20150327",
    ],
)
def test_texts_that_may_hold_a_date(text: str) -> None:
    assert may_hold_date(text)


@pytest.mark.parametrize("text", ["", "March", "10:30", "No. 12", "1,200 boats", "(555) 0123", "14-17", "the 3rd of 7"])
def test_texts_that_hold_none_are_not_read(text: str) -> None:
    assert not may_hold_date(text)
    assert read_line(text) == ()


@given(LINES)
def test_a_text_that_holds_no_date_begins_with_none_at_any_word(text: str) -> None:
    if may_hold_date(text):
        return
    for start in (match.start() for match in re.finditer(r"\S+", text)):
        raw = parse_date(text[start:]).raw
        assert raw is None or not re.search(r"1[5-9]\d\d|20\d\d|'", raw)


FORMS = (
    ("%d %B %Y", None),
    ("%B %d, %Y", None),
    ("%Y-%m-%d", None),
    ("%Y年%m月%d日", None),
    ("%d-%b-%y", None),
    ("%a, %d %b %Y 10:00:00 +0000", None),
    ("%d.%m.%Y", "DMY"),
    ("%m/%d/%y", "MDY"),
)


@given(
    st.dates(date(1950, 1, 1), date(2049, 12, 31)), st.sampled_from(FORMS), st.sampled_from(("", "Updated: ", "x · "))
)
def test_every_day_is_found_in_every_form(day: date, form: tuple[str, Order | None], before: str) -> None:
    pattern, order = form
    (one,) = read_line(f"{before}{day.strftime(pattern)}", order=order)
    assert parse_date(one.raw, order=order).earliest == day.isoformat()
    assert one.kind is (DateKind.MODIFIED if before.startswith("Updated") else DateKind.PUBLISHED)


def test_words_far_from_numbers_and_signs_are_not_asked_for_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def find(text: str, order: Order | None, languages: Sequence[str]) -> tuple[str, int, str] | None:
        asked.append(text)
        return find_date(text, order, languages)

    monkeypatch.setattr(date_lines, "find_date", find)
    assert [one.raw for one in read_line(f"{'river ' * 100}{'- ' * 9}27 March 2015 {'River ' * 100}")] == [
        "27 March 2015"
    ]
    assert len(asked) < 10


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "2015" * 25_000,
        "2015 " * 20_000,
        "1. " * 33_000,
        "1/" * 50_000,
        "0" * 50_000 + "/1/1",
        "(" * 50_000 + "2015" + ")" * 50_000,
        "\u200f" * 100_000 + "27 March 2015",
        "2015\u200f " * 16_000,
        "2015abc" * 14_000,
        "updated " * 12_000 + "27 March 2015",
        "27 March 2015 " * 7_000,
        "March 2015 x " * 7_000,
        "New York, " * 10_000 + "2015",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_lines_take_no_time_to_speak_of(text: str) -> None:
    begun = time.process_time()
    read_line(text)
    assert time.process_time() - begun < 5  # about one second at most was measured, 13 when each number met each word


def test_a_label_is_read_where_it_is_glued_to_a_name() -> None:
    assert [one.kind for one in read_line("Jane Doe, Senior AnalystUpdated March 27, 2015")] == [DateKind.MODIFIED]
