"""The short form of `make quality`, and the measures themselves."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from benchmarks.corpora import FOLDER, WITH_TEXT
from benchmarks.measures import word_f1
from benchmarks.quality import FLOORS, Score, find_shortfalls, score_corpus

EVERY = {"wcxb-dev-articles": 4, "mn-attorney-general": 4}  # pages; the other corpora are read whole


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
@pytest.mark.parametrize("folder", WITH_TEXT)
def test_no_corpus_is_read_worse_than_by_trafilatura(folder: str) -> None:
    every = EVERY.get(folder, 1)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:
        scores = score_corpus(folder, executor, every)
    assert find_shortfalls(folder, scores, floors=every == 1) == []


def test_every_corpus_has_a_floor() -> None:
    assert set(FLOORS) == set(WITH_TEXT)


def test_shortfalls_are_named() -> None:
    scores = [Score(0.5, 0.6)]
    assert find_shortfalls("openglam", scores) == [
        "openglam: 0.5000 is below the floor 0.981",
        "openglam: 0.5000 is below trafilatura's 0.6000",
    ]
    assert find_shortfalls("openglam", [Score(1.0, 1.0)]) == []


@pytest.mark.parametrize(
    ("found", "gold", "expected"),
    [
        ("One two", "one TWO", 1.0),
        ("", "", 1.0),
        ("", "one", 0.0),
        ("one one", "one", 2 / 3),
        ("one two three four", "one two", 2 / 3),
    ],
)
def test_word_f1(found: str, gold: str, expected: float) -> None:
    assert word_f1(found, gold) == pytest.approx(expected)
