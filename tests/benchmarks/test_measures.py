"""The measures, with values counted by hand."""

import pytest

from benchmarks.measures import Overlap, compare_shingles, compare_words, is_title_right, share_repeated, share_under


@pytest.mark.parametrize(
    ("found", "gold", "precision", "recall", "f1"),
    [
        ("One two", "one TWO", 1, 1, 1),
        ("", "", 1, 1, 1),
        ("", "one", 0, 0, 0),
        ("one", "", 0, 0, 0),
        ("one one", "one", 1 / 2, 1, 2 / 3),
        ("one two three four", "one two", 1 / 2, 1, 2 / 3),
        ("one five", "one two three four", 1 / 2, 1 / 4, 1 / 3),
    ],
)
def test_words(found: str, gold: str, precision: float, recall: float, f1: float) -> None:
    overlap = compare_words(found, gold)
    assert (overlap.precision, overlap.recall, overlap.f1) == pytest.approx((precision, recall, f1))


@pytest.mark.parametrize(
    ("found", "gold", "precision", "recall"),
    [
        (["a b c d e"], ["a b c d e"], 1, 1),
        (["a b c d e"], ["a b c d"], 1 / 2, 1),  # abcd bcde / abcd
        (["a b c d e f"], ["x b c d e"], 1 / 3, 1 / 2),  # abcd bcde cdef / xbcd bcde
        (["a b c d a b c d"], ["a b c d"], 1 / 5, 1),  # multisets: abcd twice, and bcda cdab dabc
        (["a b"], ["a b"], 1, 1),  # fewer than four words are one shingle
        (["a b"], ["a b c"], 0, 0),
        (["A b c d"], ["a b c d"], 0, 0),  # case counts
        (["", "a b c d"], ["a b c d", "a b c d"], 1, 1 / 2),  # nothing found: no precision for this page
        (["a b c d", "a b c d"], ["", "a b c d"], 1 / 2, 1),  # no gold: no recall for this page
        ([""], [""], 0, 0),
    ],
)
def test_shingles(found: list[str], gold: list[str], precision: float, recall: float) -> None:
    overlap = compare_shingles(found, gold)
    assert (overlap.precision, overlap.recall) == pytest.approx((precision, recall))


def test_shingle_f1_is_that_of_the_means() -> None:
    # Page one: precision 1/2, recall 1; page two: precision 1, recall 1/2. The means are 3/4 and 3/4.
    overlap = compare_shingles(["a b c d e", "a b c d"], ["a b c d", "a b c d e"])
    assert overlap == Overlap(0.75, 0.75)
    assert overlap.f1 == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("found", "gold", "right"),
    [
        ("What Now?", "what now", True),
        ("STRASSE — ‘one’", "Straße: “One”", True),
        ("What Now? | The Site", "What now?", False),
        ("", "What now?", False),
        (None, "What now?", False),
    ],
)
def test_titles(found: str | None, gold: str, right: bool) -> None:
    assert is_title_right(found, gold) is right


def test_pages_under_a_limit() -> None:
    assert share_under([0.5, 0.49, 0.0, 1.0]) == 0.5
    assert share_under([0.5, 0.49, 0.0, 1.0], 0.6) == 0.75


def test_repeated_characters() -> None:
    footer = "all rights are reserved"  # 23 characters, four words
    pages = [
        f"one two three\n{footer}\n",  # 13 + 23
        f"  one two three\n\n  {footer}  \n{footer}",  # 13 + 23 + 23; the footer twice on one page
        f"one two three\n{footer}",  # 13 + 23
        "only two pages have this\n",  # 24
        "only two pages have this\n",  # 24
    ]
    assert share_repeated(pages) == pytest.approx(4 * 23 / (3 * 13 + 4 * 23 + 2 * 24))
    assert share_repeated(pages[:2]) == 0.0  # two pages are not three
    assert share_repeated(["", ""]) == 0.0
