"""What an extractor reaches on a corpus: one row of the table."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from benchmarks.corpora import ONE_SITE_WITHOUT_GOLD, GoldPage
from benchmarks.dates import Verdict, find_gold_day, find_stated_day, is_proven, judge, judge_day
from benchmarks.measures import compare_shingles, compare_words, is_title_right, share_repeated, share_under
from benchmarks.peers import PeerText
from benchmarks.reading import OursText

OURS = "broadside"
LABELS = {  # what a row may hold, in the order of the columns; all are shares, 0 to 1
    "word_f1": "word F1",
    "word_precision": "precision",
    "word_recall": "recall",
    "shingle_f1": "shingle F1",
    "under_half": "under .5",
    "title": "titles",
    "repeated": "repeated",
}
DATE_LABELS = {  # the same of a row on dates: numbers of pages, and a share
    "right": "right",
    "wrong": "wrong",
    "missing": "missing",
    "accuracy": "accuracy",
    "wrong_as_given": "wrong*",  # by the gold as the corpus has it, also where it is proven wrong
    "missing_as_given": "missing*",
    "accuracy_as_given": "accuracy*",
}
COUNTS = frozenset(
    ("right", "wrong", "missing", "wrong_as_given", "missing_as_given")
)  # of the measures; all others are shares


@dataclass(frozen=True, slots=True)
class Row:
    """What one extractor reaches on one corpus, on texts or on dates."""

    extractor: str
    pages: int  # whose texts or dates were measured
    measures: Mapping[str, float]  # by their names in LABELS or DATE_LABELS; without those for which there is no gold
    errors: Mapping[str, int] = field(default_factory=dict)  # pages it failed on, by the reason


def score(
    extractor: str,
    pages: Sequence[GoldPage],
    found: Sequence[OursText | PeerText],
    documents: Sequence[int] | None = None,
) -> Row:
    """Compare what an extractor found on the pages of a corpus with their gold.

    Args:
        extractor: its name.
        pages: of the corpus.
        found: what it found on them.
        documents: the pages that repetitions are counted over; all by default. A page that is another one under a
            second name repeats it whole, whatever an extractor does.
    """
    measures: dict[str, float] = {}
    texts = [(one.text, page.gold["body"]) for page, one in zip(pages, found, strict=True) if page.gold.get("body")]
    if texts:
        overlaps = [compare_words(ours, gold) for ours, gold in texts]
        measures["word_f1"] = fmean(overlap.f1 for overlap in overlaps)
        measures["word_precision"] = fmean(overlap.precision for overlap in overlaps)
        measures["word_recall"] = fmean(overlap.recall for overlap in overlaps)
        measures["shingle_f1"] = compare_shingles([ours for ours, _ in texts], [gold for _, gold in texts]).f1
        measures["under_half"] = share_under([overlap.f1 for overlap in overlaps])
    titles = [(one.title, page.gold["title"]) for page, one in zip(pages, found, strict=True) if page.gold.get("title")]
    if any(title is not None for title, _ in titles):
        measures["title"] = fmean(is_title_right(title, gold) for title, gold in titles)
    if pages and pages[0].folder in ONE_SITE_WITHOUT_GOLD:
        measures["repeated"] = share_repeated([found[index].text for index in documents or range(len(found))])
    return Row(extractor, len(texts) or len(pages), measures, _count_errors(found))


def score_dates(extractor: str, pages: Sequence[GoldPage], found: Sequence[OursText | PeerText]) -> Row:
    """Compare the dates that an extractor found with the gold days of a corpus.

    Where gold days are proven wrong, the row says both: what counts is the true day, beside it the gold as it is.
    """
    verdicts = _judge_all(pages, found, find_gold_day)
    measures: dict[str, float] = {verdict.value: verdicts[verdict] for verdict in Verdict}
    measures["accuracy"] = _share_right(verdicts)
    if any(map(is_proven, pages)):
        given = _judge_all(pages, found, find_stated_day)
        measures["wrong_as_given"] = given[Verdict.WRONG]
        measures["missing_as_given"] = given[Verdict.MISSING]
        measures["accuracy_as_given"] = _share_right(given)
    return Row(extractor, verdicts.total(), measures, _count_errors(found))


def _judge_all(
    pages: Sequence[GoldPage], found: Sequence[OursText | PeerText], find_day: Callable[[GoldPage], str | None]
) -> Counter[Verdict]:
    return Counter(
        judge(one.dates, gold) if isinstance(one, OursText) else judge_day(one.date, gold)
        for page, one in zip(pages, found, strict=True)
        if (gold := find_day(page)) is not None
    )


def _share_right(verdicts: Counter[Verdict]) -> float:
    return verdicts[Verdict.RIGHT] / verdicts.total() if verdicts else 0.0


def _count_errors(found: Sequence[OursText | PeerText]) -> Mapping[str, int]:
    return Counter(one.error for one in found if isinstance(one, PeerText) and one.error is not None)
