"""Dates in languages that our tables do not have: `dateparser` is asked, with languages and order given."""

from datetime import date, datetime
from functools import lru_cache
from typing import Literal

import dateparser
from dateparser.data.languages_info import language_order

from crawler.extraction.date_patterns import OWN_LANGUAGES

FOREIGN_LANGUAGES = frozenset(language_order) - OWN_LANGUAGES


@lru_cache(maxsize=4096)
def ask_dateparser(
    text: str, languages: tuple[str, ...], order: Literal["MDY", "DMY", "YMD"] | None, *, with_day: bool
) -> date | None:
    """Ask dateparser (1.5.0) for the date that a short text states, in languages that are named; it reads no clock."""
    found = dateparser.parse(
        text,
        languages=list(languages),
        settings={
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"] if with_day else ["month", "year"],
            "STRICT_PARSING": with_day,  # it would refuse "March 2015"
            "DATE_ORDER": order or "DMY",  # without effect: the month is a word, the year has four digits
            "RELATIVE_BASE": datetime(2000, 1, 1),  # so that it reads no clock
            "TIMEZONE": "UTC",
        },
    )
    return None if found is None else found.date()
