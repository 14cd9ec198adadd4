r"""Sentences that a page's text must or must not hold, known by their hashes alone.

Other people's pages are not copied into this repository, so a label is the SHA-256 of a sentence's words and their
number. Words are the runs of `\w` in the text's Unicode NFC form, case folded, joined by single spaces.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Label:
    """A sentence of a page, or one that stands on many pages."""

    words: int
    sha256: str
    place: str = ""  # in the page's own text: "start", "inner" or "end"; empty for boilerplate
    exceptions: frozenset[str] = frozenset()  # of boilerplate: the pages whose own text it is


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one corpus."""

    pages: Mapping[str, tuple[Label, ...]]  # by file, as the corpus's manifest names it
    boilerplate: tuple[Label, ...]


def find_words(text: str) -> list[str]:
    """Split a text into the words that are hashed."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def hash_words(words: Iterable[str]) -> str:
    """Hash words as `find_words` gives them.

    Returns:
        the SHA-256 in hexadecimal digits.
    """
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def find_missing(text: str, labels: Sequence[Label]) -> list[Label]:
    """Look for labelled sentences in a text: every run of as many words as a label has is compared with it.

    Args:
        text: the words to look in; line ends count as white space.
        labels: what to look for.

    Returns:
        the labels that no run of words matches, in the order given.
    """
    words = find_words(text)
    runs = {
        length: {hash_words(words[start : start + length]) for start in range(len(words) - length + 1)}
        for length in {label.words for label in labels}
    }
    return [label for label in labels if label.sha256 not in runs[label.words]]


def find_present(text: str, labels: Sequence[Label], page: str = "") -> list[Label]:
    """Look for boilerplate in the text of a page; a label for which the page is an exception is not looked for.

    Args:
        text: the words to look in.
        labels: what should not be there.
        page: the page's file, as the labels' exceptions name it.

    Returns:
        the labels that are there all the same, in the order given.
    """
    wanted = [label for label in labels if page not in label.exceptions]
    missing = set(find_missing(text, wanted))
    return [label for label in wanted if label not in missing]


def load(path: Path) -> Labels:
    """Read a file of labels.

    Raises:
        KeyError: a label lacks its hash or its number of words.
        ValueError: a label's values are of other types, or its number of words is below one.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    return Labels(
        pages={page: tuple(_parse_label(label) for label in labels) for page, labels in data["pages"].items()},
        boilerplate=tuple(_parse_label(label) for label in data["boilerplate"]),
    )


def _parse_label(label: Mapping[str, object]) -> Label:
    words, sha256, exceptions = label["words"], label["sha256"], label.get("except", [])
    if not isinstance(words, int) or words < 1 or not isinstance(sha256, str) or not isinstance(exceptions, list):
        raise ValueError(f"not a label: {label}")
    return Label(words, sha256, str(label.get("place", "")), frozenset(exceptions))
