"""How well near-duplicates are found: `python -m benchmarks.near_duplicates`; a minute.

Joint statements are made from the gold texts of real pages, by the edits that organizations make; how many are found
is printed for each kind of edit and length of text. Then come all pairs that are found among the real pages, and the
nearest that are not: to be read by a person.
"""

import math
import random
import re
from collections.abc import Callable
from itertools import combinations

from benchmarks.corpora import load_gold
from crawler.extraction.minhash import THRESHOLD, Sketch, find_similarity, find_words, read_sample, sketch_text

FOLDERS = (
    "openglam",
    "mn-attorney-general",
    "wcxb-dev-articles",
    "clean-portal-eval",
    "article-extraction-benchmark",
)
LENGTHS = ((40, 150), (150, 400), (400, 1_000), (1_000, 5_000))  # words
_TEXTS = 200  # of each length
_NEAR = 0.3  # pairs that are as alike are printed
_SEED = 1
_SPELLED = (
    "organization organisation, organizations organisations, organize organise, organized organised, "
    "recognize recognise, recognized recognised, labor labour, color colour, behavior behaviour, neighbor neighbour, "
    "center centre, centers centres, program programme, programs programmes, defense defence, offense offence, "
    "license licence, "
    "favor favour, honor honour, analyze analyse, realize realise, emphasize emphasise, criticize criticise, "
    "criminalize criminalise, traveled travelled, counselor counsellor, fulfill fulfil, enroll enrol, "
    "judgment judgement, authorize authorise, authorized authorised, prioritize prioritise, minimize minimise, "
    "digitize digitise, digitization digitisation, theater theatre, catalog catalogue, dialog dialogue, "
    "labeled labelled, canceled cancelled, summarize summarise, specialized specialised, rumor rumour, "
    "pediatric paediatric, mobilize mobilise, legalize legalise, victimized victimised, optimized optimised"
)


def read_texts() -> list[tuple[str, str]]:
    """Give the name and the gold text of each page that has one."""
    return [
        (f"{folder}/{page.file}", page.gold["body"])
        for folder in FOLDERS
        for page in load_gold(folder)
        if page.gold.get("body")
    ]


class Editor:
    """Makes of one text what another organization publishes."""

    def __init__(self, texts: list[str], seed: int = _SEED) -> None:
        """Take the words that it adds from other texts."""
        self.random = random.Random(seed)
        self.texts = texts
        self.spelled: dict[str, str] = {}
        for pair in _SPELLED.split(", "):
            american, british = pair.split()
            self.spelled |= {american: british, british: american}

    def words(self, least: int = 20, most: int = 120) -> str:
        """Give a passage of some text."""
        count = self.random.randint(least, most)
        while True:
            words = self.random.choice(self.texts).split()
            if len(words) > count:
                start = self.random.randrange(len(words) - count)
                return " ".join(words[start : start + count])

    def introduce(self, text: str) -> str:
        """Add an introduction of 20 to 120 words."""
        return f"{self.words()}\n\n{text}"

    def close(self, text: str) -> str:
        """Add a closing of 20 to 120 words."""
        return f"{text}\n\n{self.words()}"

    def frame(self, text: str) -> str:
        """Add both."""
        return self.introduce(self.close(text))

    def sign(self, text: str) -> str:
        """Add a list of 8 to 40 signatories."""
        names = [self.words(2, 4).title() for _ in range(self.random.randint(8, 40))]
        return "\n".join((text, "", "Signed:", *names))

    def quote(self, text: str) -> str:
        """Put a quotation of 20 to 60 words into the place of another one."""
        words = text.split()
        count = self.random.randint(20, 60)
        start = self.random.randrange(max(1, len(words) - count))
        return " ".join((*words[:start], self.words(20, 60), *words[start + count :]))

    def spell(self, text: str) -> str:
        """Spell it the British way where it is spelled the American way, and the other way round."""

        def change(match: re.Match[str]) -> str:
            other = self.spelled.get(match[0].lower(), match[0])
            return other.capitalize() if match[0][0].isupper() else other

        return re.sub(r"[A-Za-z]+", change, text)

    def set_anew(self, text: str) -> str:
        """Change quotation marks, dashes, spaces and ligatures."""
        changed = re.sub(r'"(\w[^"]*)"', r"“\1”", text) if "“" not in text else text.replace("“", '"').replace("”", '"')
        for one, other in (("’", "'"), ("…", "..."), (" – ", " - "), ("—", " -- "), ("fi", "ﬁ"), (" of ", " of\u00a0")):
            changed = changed.replace(one, other)
        return changed

    def leave_out(self, text: str) -> str:
        """Leave one paragraph out, where there are three or more."""
        paragraphs = [one for one in re.split(r"\n+", text) if one.strip()]
        if len(paragraphs) > 2:
            paragraphs.pop(self.random.randrange(len(paragraphs)))
        return "\n\n".join(paragraphs)

    def kinds(self) -> dict[str, tuple[Callable[[str], str], Callable[[str], str]]]:
        """Give the kinds of edits: what the one organization does, and what the other."""

        def keep(text: str) -> str:
            return text

        return {
            "introduction": (keep, self.introduce),
            "closing": (keep, self.close),
            "introduction and closing": (keep, self.frame),
            "an introduction each": (self.introduce, self.introduce),
            "introduction and closing each": (self.frame, self.frame),
            "signatories": (keep, self.sign),
            "another quotation": (keep, self.quote),
            "spelling": (keep, self.spell),
            "typography": (keep, self.set_anew),
            "a paragraph left out": (keep, self.leave_out),
            "introduction each, spelling, typography": (
                self.introduce,
                lambda text: self.introduce(self.set_anew(self.spell(text))),
            ),
        }


def compare(one: Sketch | None, other: Sketch | None) -> tuple[bool, float]:
    """Tell whether two texts would be compared, and how alike they are."""
    if one is None or other is None:
        return False, 0.0
    return not set(one.bands).isdisjoint(other.bands), find_similarity(
        read_sample(one.sample), read_sample(other.sample)
    )


def measure_recall(texts: list[str]) -> list[tuple[str, list[float]]]:
    """Give for each kind of edit the share that is found, by length of the text."""
    editor = Editor(texts)
    shuffled = editor.random.sample(texts, len(texts))
    lengths = [(text, len(find_words(text))) for text in shuffled]
    groups = [[text for text, count in lengths if least <= count < most][:_TEXTS] for least, most in LENGTHS]
    rows = []
    for name, (edit, other) in editor.kinds().items():
        shares = []
        for group in groups:
            found = [compare(sketch_text(edit(text)), sketch_text(other(text))) for text in group]
            shares.append(sum(met and alike >= THRESHOLD for met, alike in found) / len(group) if group else math.nan)
        rows.append((name, shares))
    return rows


def find_pairs(pages: list[tuple[str, str]]) -> list[tuple[float, str, str]]:
    """Give the pairs of real pages that are most alike."""
    sketches = [(name, sketch) for name, text in pages if (sketch := sketch_text(text)) is not None]
    samples = [(name, read_sample(sketch.sample)) for name, sketch in sketches]
    pairs = [
        (find_similarity(one, other), first, second)
        for (first, one), (second, other) in combinations(samples, 2)
        if not one.isdisjoint(other)
    ]
    return sorted((pair for pair in pairs if pair[0] >= _NEAR), reverse=True)


def main() -> None:
    """Print both."""
    pages = read_texts()
    print(f"{len(pages)} texts; found of each kind of edit, by words of the text")
    print(f"{'':42}" + "".join(f"{f'{least}-{most}':>12}" for least, most in LENGTHS))
    for name, shares in measure_recall([text for _, text in pages]):
        print(f"{name:42}" + "".join(f"{share:12.3f}" for share in shares))
    print(f"pairs among the pages as they are; near-duplicates are those from {THRESHOLD} on")
    for alike, first, second in find_pairs(pages):
        print(f"{alike:.3f} {first} {second}")


if __name__ == "__main__":
    main()
