"""Dates beside their gold: right, wrong or missing; and the pages that are ours to look at.

`python -m benchmarks.dates --errors CORPUS` prints a line for each page on which ours is wrong or missing: the verdict,
the file, the gold day, our date and the evidence for it.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from benchmarks.corpora import FOLDER, WITH_DATE, GoldPage, load_pages
from benchmarks.reading import OursText, read_corpus
from benchmarks.wrong_gold import WRONG_GOLD, by_page
from items import Dates

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_RAW_SHOWN = 48  # characters of a raw value
_WITH_DAY = ("day", "minute", "second")  # precisions
_NUMBER = re.compile(r"\d+")
_COMPACT = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?:0[1-9]|1[0-2])\d\d")  # 20150327, or such a day before a time
_RELATIVE = re.compile(r"\b(?:ago|yesterday|today|now)\b", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
_MONTH_NAME = re.compile(r"[^\W\d_]{3}")
_WRONG_GOLD = by_page(WRONG_GOLD)


class Verdict(StrEnum):
    """What a date is beside the gold."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


def find_gold_day(page: GoldPage) -> str | None:
    """Give the day on which a page was published (YYYY-MM-DD); None where the gold does not say the day.

    A gold date that `benchmarks.wrong_gold` proves wrong is replaced by the true one.
    """
    gold = page.gold.get("date")
    proven = _WRONG_GOLD.get((page.folder, page.file))
    if proven is not None:
        if proven.gold != gold:
            raise ValueError(
                f"{page.folder} {page.file}: the gold date is {gold}, not {proven.gold} as was proven wrong"
            )
        return proven.true
    return find_stated_day(page)


def find_stated_day(page: GoldPage) -> str | None:
    """Give the day as the gold has it; None where the gold does not say the day."""
    gold = page.gold.get("date")
    return gold if isinstance(gold, str) and _DAY.fullmatch(gold) else None


def is_proven(page: GoldPage) -> bool:
    """Whether the page is counted with another date than its gold."""
    return (page.folder, page.file) in _WRONG_GOLD


def judge_day(found: str | None, gold: str) -> Verdict:
    """Compare a day with a day."""
    return Verdict.MISSING if found is None else Verdict.RIGHT if found == gold else Verdict.WRONG


def judge(dates: Dates, gold: str) -> Verdict:
    """Compare our date with a day. A longer time that holds the day, such as its month, does not give it: missing."""
    earliest, latest = dates.published_earliest, dates.published_latest
    if earliest is None or latest is None:
        return Verdict.MISSING
    if earliest == latest == gold:
        return Verdict.RIGHT
    return Verdict.MISSING if earliest != latest and earliest <= gold <= latest else Verdict.WRONG


def has_day(dates: Dates) -> bool:
    """Whether a date says the day."""
    return dates.published is not None and dates.published_precision in _WITH_DAY


def is_gold_update(page: GoldPage, dates: Dates) -> bool:
    """Whether ours is wrong or missing by the gold as it is, and the gold day is our day of the last change."""
    gold = find_stated_day(page)
    return gold is not None and judge(dates, gold) is not Verdict.RIGHT and (dates.modified or "")[:10] == gold


def is_invented(dates: Dates) -> bool:
    """Whether a date says a day that nothing of its evidence says, or a piece of evidence one that its raw does not.

    Of each value with a day its raw string must hold the day, month and year, in numbers each of which stands for one
    of them, or the month as a word; or it counts back from the fetch.
    """
    read = [one for one in dates.evidence if one.value is not None and _DAY.match(one.value)]
    if not all("/" in one.value or _says_day(one.raw, one.value[:10]) for one in read if one.value is not None):
        return True
    modified = dates.modified if dates.modified is not None and _DAY.match(dates.modified) else None
    chosen = {dates.published if has_day(dates) else None, modified} - {None}
    return not chosen <= {one.value for one in read}


def _says_day(raw: str, day: str) -> bool:
    year, month, number = map(int, day.split("-"))
    if day.replace("-", "") in _COMPACT.findall(raw) or (_RELATIVE.search(raw) and not _YEAR.search(raw)):
        return True
    numbers = Counter(int(found) for found in _NUMBER.findall(raw))
    named = _MONTH_NAME.search(raw) is not None
    return any(
        Counter([years, number]) <= numbers and (named or Counter([years, number, month]) <= numbers)
        for years in (year, year % 100)
    )


def describe_error(page: GoldPage, gold: str, dates: Dates) -> str:
    """Lay out one page in one line: verdict, file, gold, ours, and each piece of evidence, the chosen one first."""
    evidence = [
        f"{one.source}{'' if one.kind == 'published' else f'({one.kind})'}"
        f" {' '.join(one.raw.split())[:_RAW_SHOWN]!r} {one.value or one.reason}"
        for one in dates.evidence
    ]
    ours = dates.published or "-"
    return "\t".join([judge(dates, gold), page.file, gold, ours, " | ".join(evidence) or "no evidence"])


def find_errors(pages: Sequence[GoldPage], found: Sequence[OursText]) -> list[str]:
    """Describe the pages on which ours is wrong, then those on which it is missing."""
    lines = []
    for page, one in zip(pages, found, strict=True):
        gold = find_gold_day(page)
        if gold is not None and judge(one.dates, gold) is not Verdict.RIGHT:
            lines.append(describe_error(page, gold, one.dates))
    return sorted(lines, key=lambda line: line.startswith(Verdict.MISSING))


def main(arguments: Sequence[str]) -> int:
    """Print the lines; 2 when there is nothing to read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", metavar="CORPUS", required=True, choices=WITH_DATE, help=", ".join(WITH_DATE))
    options = parser.parse_args(arguments)
    if not FOLDER.is_dir():
        print("dates: the folder ../shared/corpora is missing; nothing was read", file=sys.stderr)
        return 2
    pages = load_pages(options.errors)
    for line in find_errors(pages, read_corpus(options.errors, pages)):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
