"""How alike two texts are: runs of words, hashed; a sketch by which alike texts are found without comparing all.

The runs are long (w-shingling: Broder, "On the resemblance and containment of documents", 1997), for it is by the
length of what stands unbroken in both that a statement with another introduction differs from a form letter with
another name: each place at which the words differ costs a run's length, be it one word or a paragraph. Measured on
joint statements made from real pages and on the real pages themselves: `python -m benchmarks.near_duplicates`.
"""

import re
import struct
import unicodedata
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

RUN = 24  # words
SHORT = 40  # words; a text with fewer is one run by itself, so that it is like its equals only
THRESHOLD = 0.5  # of similarity, from which on two texts are nearly the same
SAMPLE = 1_024  # hashes at most that are kept of a text

# Of two texts that are .5 alike, 99.0 % share a band; .55 alike, 99.7 %; .1 alike, as one office's releases are, 15 %.
_BANDS = 16
_ROWS = 2
_SEED = 1
_STEP = 1 << 13  # runs that are hashed at a time, as those of a text of millions of words would fill the memory

# Han, Kana, Thai, Lao, Burmese, Khmer: no spaces tell where a word ends.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_ANY_SPACELESS = re.compile(f"[{_SPACELESS}]")
_WORD = re.compile(r"\w+")
_WORD_OR_SIGN = re.compile(rf"[^\W{_SPACELESS}]+|(?=\w)[{_SPACELESS}]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # where a word may be broken, or how its letters join
_SIGNS = "“”‘’–—…\u00a0"  # of typography, between words
_PLAIN = "".join(chr(code).lower() if chr(code).isalnum() or code == ord("_") else " " for code in range(128))
# What makes British spelling American, or both a third thing: organise, labour, travelled, defence, programme, centre,
# catalogue, judgement, paediatric. Other words change as well, and in both texts alike.
_SPELLINGS = (
    ("z", "s"),
    ("our", "or"),
    ("ll", "l"),
    ("nce", "nse"),
    ("mme", "m"),
    ("tre", "ter"),
    ("ogue", "og"),
    ("dgem", "dgm"),
    ("ae", "e"),
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text to compare it with others."""

    bands: tuple[int, ...]  # signed, of 64 bits; texts that have none in common need not be compared
    sample: bytes  # of the hashes of its runs the smallest ones, 32 bits each, in any order


def sketch_text(text: str) -> Sketch | None:
    """Reduce a text to a sketch; None where it has no word. The same text has the same sketch in every process."""
    from rensa import RMinHash  # noqa: PLC0415 - loaded where corpora are compared, not for each page of a crawl

    words = find_words(text)
    if not words:
        return None
    minhash = RMinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
    smallest: Collection[int] = ()
    for runs in _find_runs(words):
        minhash.update(runs)
        hashes = {hashed >> 32 for hashed in RMinHash.hash_token_sets([runs])[0]}
        hashes.update(smallest)
        smallest = hashes if len(hashes) <= SAMPLE else sorted(hashes)[:SAMPLE]
    return Sketch(_find_bands(minhash.digest()), array("I", smallest).tobytes())


def _find_bands(digest: Sequence[int]) -> tuple[int, ...]:
    """Take two values of 32 bits for each band, as one number that has its place among SQLite's integers."""
    return struct.unpack(f"={_BANDS}q", struct.pack(f"={_BANDS * _ROWS}I", *digest))


def find_words(text: str) -> list[str]:
    """Divide a text into words, in a form that typography and British or American spelling do not change.

    Words are runs of letters, digits and underscores after Unicode NFKC and case folding. Of scripts that are written
    without spaces each letter is a word.
    """
    if not text.isascii():
        for sign in _SIGNS:
            text = text.replace(sign, " ")
    plain = text.isascii()  # as most English texts now are; what holds for others gives them the same words
    folded = text.translate(_PLAIN) if plain else unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    for spelled, other in _SPELLINGS:
        folded = folded.replace(spelled, other)
    if plain:
        return folded.split()
    return _WORD_OR_SIGN.findall(folded) if _ANY_SPACELESS.search(folded) is not None else _WORD.findall(folded)


def _find_runs(words: list[str]) -> Iterator[list[str]]:
    """Give the runs of a text, some at a time."""
    joined = "".join(words)
    if len(words) < SHORT:
        yield [joined]
        return
    starts = [0, *accumulate(map(len, words))]
    for first in range(0, len(words) - RUN + 1, _STEP):
        last = min(first + _STEP, len(words) - RUN + 1)
        pairs = zip(starts[first:last], starts[first + RUN : last + RUN], strict=True)
        yield [joined[start:end] for start, end in pairs]


def read_sample(kept: bytes) -> frozenset[int]:
    """Read the sample of a sketch."""
    return frozenset(array("I", kept))


def find_similarity(one: frozenset[int], other: frozenset[int]) -> float:
    """Give the share of the runs of both texts that stand in both: their Jaccard similarity, from 0 to 1.

    It is exact where each text has fewer than SAMPLE runs. For longer ones it is that of the SAMPLE smallest hashes of
    both together, a fair sample, with a standard error of 1.6 points at most (Broder 1997, section 3).

    Args:
        one: the sample of a sketch.
        other: that of the other text.
    """
    shared = one & other
    if len(one) < SAMPLE and len(other) < SAMPLE:
        return len(shared) / (len(one) + len(other) - len(shared))
    smallest = sorted(one | other)[:SAMPLE]
    return len(shared.intersection(smallest)) / len(smallest)
