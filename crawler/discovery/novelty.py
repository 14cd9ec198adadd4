"""What a page says, as fingerprints of its sentences: enough to tell whether it says what no page said before.

Text is cut where blocks begin and end, and at the ends of sentences, so that the first sentence of an article is the
same in a listing's teaser. What has fewer than `LEAST_WORDS` words says nothing (menus, buttons, dates), nor does what
is cut off by an ellipsis. Numbers count: a weekly report may be that of the week before but for its figures.
"""

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b

from lxml import etree
from lxml.html import HtmlElement

LEAST_WORDS = 6
MOST_SENTENCES = 300  # of a page that are looked at
MOST_CHARACTERS = 200_000  # of its text

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_UNSEEN = frozenset(
    ("script", "style", "template", "noscript", "head", "svg", "iframe", "object", "select", "textarea")
)
_SENTENCE = re.compile(r"([^.!?…。！？؟।]+)([.!?…。！？؟।]*)")
# Vowels and tones that are written above, below or beside a letter belong to its word; `\w` has none of them.
_MARKS = "".join(chr(one) for one in range(0x300, 0x1800) if unicodedata.category(chr(one)) in ("Mn", "Mc"))
_WORD = re.compile(rf"\w(?:\w|[{_MARKS}])*")
# Scripts that put no spaces between words (Thai to Khmer, Japanese, Chinese): two letters count as a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def find_sentences(tree: HtmlElement) -> dict[int, int]:
    """Find the first sentences of a page.

    Returns:
        by fingerprint (63 bits of BLAKE2b), how many words the sentence has.
    """
    found: dict[int, int] = {}
    left = MOST_CHARACTERS
    for run in _find_runs(tree):
        found.update(_read_sentences(run[:left]))
        left -= len(run)
        if len(found) >= MOST_SENTENCES or left <= 0:
            break
    return found


def _find_runs(tree: HtmlElement) -> Iterator[str]:
    """Give the text between the beginnings and ends of blocks."""
    run: list[str] = []
    walker = etree.iterwalk(tree, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if element.tag not in _INLINE and event in ("start", "end") and run:
            yield "".join(run)
            run = []
        if event == "start":
            if element.tag in _UNSEEN:
                walker.skip_subtree()
            elif element.text:
                run.append(element.text)
        elif element.tail and element is not tree:
            run.append(element.tail)
    yield "".join(run)


def _read_sentences(run: str) -> Iterator[tuple[int, int]]:
    for sentence, mark in _SENTENCE.findall(" ".join(run.lower().split())):
        words = _WORD.findall(sentence)
        text = " ".join(words)
        count = len(words) + len(_UNSPACED.findall(text)) // 2
        if count >= LEAST_WORDS and not mark.startswith(("…", "...")):
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            yield int.from_bytes(digest) >> 1, count
