"""When a site counts as redesigned, and when what was learned of its new pages is trusted."""

import pytest

from crawler.extraction.redesign import (
    Glance,
    KnownPage,
    Vanished,
    count_alike,
    count_as_before,
    find_likeness,
    find_vanished,
    is_trusted,
    is_wall,
)

LAYOUT, OTHER = "div.entry", "div.paper"


def words(number: int, length: int = 50) -> str:
    return " ".join(f"word{number}x{n}" for n in range(length))


def page(number: int, before: str | None, now: str | None, text: str | None = None) -> KnownPage:
    said = words(number)
    return KnownPage(f"/{number}", Glance(before, said), Glance(now, said if text is None else text))


def pages(count: int, before: str | None = LAYOUT, now: str | None = None, *, start: int = 0) -> list[KnownPage]:
    return [page(number, before, now) for number in range(start, start + count)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], ()),
        (pages(3), ()),  # too few
        (pages(4), (Vanished(LAYOUT, 4, 4),)),
        ([*pages(4), *pages(4, now=LAYOUT, start=10)], (Vanished(LAYOUT, 4, 8),)),
        ([*pages(4), *pages(5, now=LAYOUT, start=10)], ()),  # most have it still
        # A layout that stays, as an archive's does, says nothing about the one that goes.
        ([*pages(4), *pages(40, OTHER, OTHER, start=10)], (Vanished(LAYOUT, 4, 4),)),
        ([*pages(3), *pages(2, OTHER, start=10)], (Vanished(LAYOUT, 3, 3), Vanished(OTHER, 2, 2))),
        (pages(8, before=None), ()),  # they never had one
        (pages(8, now=OTHER), ()),  # another known layout reads them as well
        ([page(1, LAYOUT, None) for _ in range(8)], ()),  # copies of one document
        # A wall in the same element: its words are others.
        ([page(n, LAYOUT, LAYOUT, "we are back soon") for n in range(4)], (Vanished(LAYOUT, 4, 4),)),
        ([page(n, LAYOUT, LAYOUT, words(n, 30)) for n in range(8)], ()),  # shortened
        ([page(n, LAYOUT, LAYOUT, words(100 + n)) for n in range(8)], ()),  # rewritten, each by itself
    ],
)
def test_layouts_that_vanish(known: list[KnownPage], expected: tuple[Vanished, ...]) -> None:
    assert find_vanished(known) == expected


def test_what_a_relearned_model_must_give() -> None:
    known = pages(10)
    same = [Glance("main", one.before.text) for one in known]
    assert count_as_before(known, same) == 10
    assert count_as_before(known, [Glance(None, one.before.text) for one in known]) == 0, "read by chance"
    longer = [Glance("main", f"{one.before.text} and some more words than there were") for one in known[:2]]
    assert count_as_before(known, [*longer, *same[2:]]) == 8
    assert [is_trusted(*one) for one in ((0, 0), (8, 10), (9, 10), (10, 10))] == [False, False, True, True]


def test_what_is_a_wall() -> None:
    wall = [
        Glance(None, f"we are back soon with all of the pages that you know, it is {number} minutes past one")
        for number in range(7)
    ]
    other = Glance("main", words(1))
    assert count_alike([*wall, other]) == 7
    assert count_alike([Glance(None, "")] * 3) == 3
    assert count_alike([Glance("main", words(number)) for number in range(8)]) == 0
    assert [is_wall(*one) for one in ((0, 0), (7, 8), (8, 8), (9, 10))] == [False, False, True, True]


def test_likeness() -> None:
    assert find_likeness("", "") == 1
    assert find_likeness("The Ferry Case", "the ferry  case") == 1
    assert find_likeness("a b c d", "a b") == pytest.approx(2 / 3)
    assert find_likeness("a b", "c d") == 0
