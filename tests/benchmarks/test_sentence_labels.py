"""Labels of sentences by their hashes, on sentences made up here, and the file of labels that the tests read."""

import hashlib
import json
import re
import unicodedata
from pathlib import Path

import pytest

from benchmarks.sentence_labels import Label, find_missing, find_present, find_words, hash_words, load

FILE = Path(__file__).parents[1] / "extraction" / "un_humanitarian_summit_labels.json"
TEXT = "The ferry leaves at 7.30.\nIts crew of nine, all “old hands”,\nknows every rock in the bay."


def label(sentence: str) -> Label:
    words = find_words(sentence)
    return Label(len(words), hash_words(words))


def test_a_hash_is_that_of_the_words() -> None:
    sentence = "Straße und Café\u0301: 20\u00a0% mehr!"
    words = re.findall(r"\w+", unicodedata.normalize("NFC", sentence).casefold())
    assert hash_words(find_words(sentence)) == hashlib.sha256(" ".join(words).encode()).hexdigest()


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry leaves at 7.30.",
        "its CREW of nine - all old hands",
        "every rock in the bay",
        "old hands knows every",  # line ends are white space
        "the",
    ],
)
def test_a_sentence_is_found_by_its_words(sentence: str) -> None:
    assert find_missing(TEXT, [label(sentence)]) == []


@pytest.mark.parametrize("sentence", ["The ferry leaves at 7.3", "nine crew", "in the bay and", TEXT + " Always."])
def test_other_words_are_missing(sentence: str) -> None:
    assert find_missing(TEXT, [label(sentence)]) == [label(sentence)]


def test_the_missing_are_given_in_order() -> None:
    labels = [label("no such words"), label("The ferry leaves"), label("nor these")]
    assert find_missing(TEXT, labels) == [labels[0], labels[2]]
    assert find_missing("", labels) == labels
    assert find_missing(TEXT, []) == []


def test_composed_and_decomposed_accents_are_the_same_words() -> None:
    assert find_missing("un cafe\u0301 noir", [label("caf\u00e9 noir")]) == []


def test_boilerplate_is_no_fault_where_it_is_the_page_s_own_text() -> None:
    words = find_words("every rock in the bay")
    everywhere = Label(len(words), hash_words(words))
    but_one = Label(len(words), hash_words(words), exceptions=frozenset(["pages/bay.html.gz"]))
    absent = label("no such words")
    assert find_present(TEXT, [everywhere, but_one, absent], "pages/bay.html.gz") == [everywhere]
    assert find_present(TEXT, [everywhere, but_one, absent], "pages/sea.html.gz") == [everywhere, but_one]


def test_labels_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    data = {
        "_about": "made up",
        "pages": {"pages/a.html.gz": [{"place": "end", "words": 2, "sha256": "ab"}]},
        "boilerplate": [{"words": 3, "sha256": "cd", "except": ["pages/a.html.gz"]}],
    }
    path.write_text(json.dumps(data), encoding="utf-8")
    labels = load(path)
    assert labels.pages == {"pages/a.html.gz": (Label(2, "ab", "end"),)}
    assert labels.boilerplate == (Label(3, "cd", exceptions=frozenset(["pages/a.html.gz"])),)


@pytest.mark.parametrize("broken", [{"words": 0, "sha256": "ab"}, {"words": "2", "sha256": "ab"}])
def test_a_broken_label_is_refused(tmp_path: Path, broken: dict[str, object]) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"pages": {}, "boilerplate": [broken]}), encoding="utf-8")
    with pytest.raises(ValueError, match="not a label"):
        load(path)


def test_the_summit_s_labels_are_whole() -> None:
    labels = load(FILE)
    assert len(labels.pages) == 20
    for page, own in labels.pages.items():
        assert [one.place for one in own] in (["start"], ["start", "inner", "inner", "inner", "end"]), page
    assert len(labels.boilerplate) == 10
    assert all(re.fullmatch("[0-9a-f]{64}", one.sha256) for own in labels.pages.values() for one in own)
