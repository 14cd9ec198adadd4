"""Dates beside their gold: who is right, wrong or silent on how many pages, and which pages are ours to look at.

`python -m benchmarks.dates --errors CORPUS` prints a line for each page on which ours is wrong or missing: the verdict,
the file, the gold day, our date and the evidence for it.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from enum import StrEnum

from benchmarks.corpora import FOLDER, WITH_DATE, GoldPage, load_pages
from benchmarks.reading import OursText, read_corpus
from items import Dates

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_RAW_SHOWN = 48  # characters of a raw value


class Verdict(StrEnum):
    """What a date is beside the gold."""

    RIGHT = "right"
    WRONG = "wrong"
    MISSING = "missing"


def find_gold_day(page: GoldPage) -> str | None:
    """Give the day on which a page was published (YYYY-MM-DD); None where the gold does not say the day."""
    gold = page.gold.get("date")
    return gold if isinstance(gold, str) and _DAY.fullmatch(gold) else None


def judge(dates: Dates, gold: str) -> Verdict:
    """Compare our date with a day. A longer time that holds the day, such as its month, does not give it: missing."""
    earliest, latest = dates.published_earliest, dates.published_latest
    if earliest is None or latest is None:
        return Verdict.MISSING
    if earliest == latest == gold:
        return Verdict.RIGHT
    return Verdict.MISSING if earliest != latest and earliest <= gold <= latest else Verdict.WRONG


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
