"""Word diffs: exact for any two texts, readable for people, and done in time for long texts."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.extraction import word_diff
from crawler.extraction.word_diff import (
    Edit,
    WordDiff,
    apply_diff,
    diff_words,
    format_diff,
    join_words,
    show_diff,
    split_words,
)

TEXTS = st.lists(
    st.sampled_from(["the", "clerk", "a", "é", "[-", "+}", " ", "  ", "\n", "\n\n", "\t", "\u2028", "\xa0", "\x1c", ""])
).flatmap(lambda parts: st.sampled_from(["".join(parts), " ".join(parts)]))


def show(old: str, new: str, context: int = 12) -> str:
    return format_diff(diff_words(old, new), context)


@given(TEXTS | st.text())
@example(" ")
@example("a ")
@example(" a  b\n")
def test_words_join_to_the_text_again(text: str) -> None:
    assert join_words(split_words(text)) == text


@given(TEXTS | st.text(), TEXTS | st.text())
def test_the_diff_makes_the_new_text_of_the_old_one(old: str, new: str) -> None:
    diff = diff_words(old, new)
    assert apply_diff(old, diff) == new
    assert not diff.is_coarse
    assert diff.is_empty == (old == new)


@given(TEXTS, TEXTS, st.integers(0, 40))
def test_so_does_one_of_texts_that_are_too_long(old: str, new: str, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_diff, "_MOST_PAIRS", most)
        diff = diff_words(old, new)
    assert apply_diff(old, diff) == new
    assert diff.is_empty == (old == new)


@given(TEXTS, TEXTS)
def test_no_more_is_changed_than_has_to_be(old: str, new: str) -> None:
    before, after = split_words(old), split_words(new)
    lengths = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i, one in enumerate(before):
        for j, other in enumerate(after):
            longest = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if one == other else longest
    assert sum(len(edit.kept) for edit in diff_words(old, new).edits) == lengths[-1][-1]


@given(TEXTS, TEXTS)
def test_what_is_kept_and_what_is_not_take_turns(old: str, new: str) -> None:
    kinds = [bool(edit.kept) for edit in diff_words(old, new).edits]
    assert all(one != other for one, other in pairwise(kinds))


@given(TEXTS, TEXTS, st.integers(0, 4))
def test_a_change_has_so_many_words_around_it_and_no_more(old: str, new: str, context: int) -> None:
    pieces = show_diff(diff_words(old, new), context)
    run = 0
    for piece in pieces:
        words = [word for word in piece.text.split(" ") if word not in ("¶", "␣")]
        run = run + len(words) if piece.kind == "kept" else 0
        assert run <= 2 * context


def test_the_diff_of_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="another text"):
        apply_diff("a b", diff_words("a c", "a d"))


@pytest.mark.parametrize(
    ("old", "new", "context", "shown"),
    [
        ("a b c", "a x c", 12, "a [-b-]{+x+} c"),
        ("a b c", "a c", 12, "a [-b-] c"),
        ("a c", "a b c", 12, "a {+b+} c"),
        ("a b", "a b", 12, ""),
        ("", "a b", 12, "{+a b+}"),
        (
            "one two three four b five six seven",
            "one two three four x five six seven",
            2,
            "… three four [-b-]{+x+} five six …",
        ),
        ("b 1 2 3 4 5 c", "x 1 2 3 4 5 y", 2, "[-b-]{+x+} 1 2 … 4 5 [-c-]{+y+}"),
        ("b 1 2 3 4 c", "x 1 2 3 4 y", 2, "[-b-]{+x+} 1 2 3 4 [-c-]{+y+}"),
        ("a b c", "a x c", 0, "… [-b-]{+x+} …"),
        ("One.\n\nTwo.", "One. Two.", 12, "One. [-¶-] Two."),
        ("One.\n\nTwo.", "One.\n\nNew.\n\nTwo.", 12, "One. ¶ {+New. ¶+} Two."),
        ("x  y", "x y", 12, "x [-␣-] y"),
    ],
)
def test_what_is_shown(old: str, new: str, context: int, shown: str) -> None:
    assert show(old, new, context) == shown


def test_paragraphs_are_compared_where_words_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    old = "first a b c\n\nsecond\n\nthird d e f g h i\n\nlast x"
    new = "first a B c\n\nsecond\n\nTHIRD D E F G H I\n\nlast y"
    fine = diff_words(old, new)
    assert not fine.is_coarse
    monkeypatch.setattr(word_diff, "_MOST_PAIRS", 30)
    coarse = diff_words(old, new)
    assert coarse.is_coarse
    # The paragraph that both have stays; a short passage is compared word by word, a long one is replaced.
    assert Edit(removed=("b",), added=("B",)) in coarse.edits
    assert any("second" in edit.kept for edit in coarse.edits)
    assert apply_diff(old, coarse) == new
    monkeypatch.setattr(word_diff, "_MOST_PAIRS", 3)
    whole = diff_words(old, new)
    assert whole == WordDiff(
        (
            Edit(kept=("first", "a")),
            Edit((), split_words(old)[2:], split_words(new)[2:]),
        ),
        is_coarse=True,
    )


def make_text(seed: int, words: int = 100_000, paragraph: int = 80) -> list[str]:
    chance = random.Random(seed)
    return [
        " ".join(f"w{int(chance.paretovariate(0.6)) % 5000}" for _ in range(paragraph))
        for _ in range(words // paragraph)
    ]


def change_each(paragraphs: list[str]) -> str:
    return "\n\n".join(f"{one} added" if number % 3 else one for number, one in enumerate(paragraphs))


@pytest.mark.parametrize(
    "kind", ["edited", "replaced", "one paragraph", "one-word paragraphs", "moved", "long passages"]
)
def test_a_hundred_thousand_words_take_seconds(kind: str) -> None:
    paragraphs = make_text(1)
    old = "\n\n".join(paragraphs)
    new = {
        "edited": lambda: change_each(paragraphs),
        "replaced": lambda: "\n\n".join(make_text(2)),
        "one paragraph": lambda: " ".join(make_text(2)),
        "one-word paragraphs": lambda: "\n\n".join(" ".join(make_text(2)).split()),
        "moved": lambda: "\n\n".join([*paragraphs[600:], *paragraphs[:600]]),
        "long passages": lambda: "\n\n== same ==\n\n".join(make_text(2, paragraph=12_500)),
    }[kind]()
    if kind == "long passages":
        old = "\n\n== same ==\n\n".join(make_text(1, paragraph=12_500))
    if kind.startswith("one"):
        old = (" " if kind == "one paragraph" else "\n\n").join(old.split())
    began = time.perf_counter()
    diff = diff_words(old, new)
    seconds = time.perf_counter() - began
    assert apply_diff(old, diff) == new
    assert seconds < 10  # 1.5 s at most where it was measured
    assert diff.is_coarse == (kind not in ("edited", "moved", "long passages"))
