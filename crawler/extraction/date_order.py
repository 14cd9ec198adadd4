"""Which order the numbers of a date such as 3/4/15 stand in, as far as a page can tell."""

import re
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from importlib import import_module
from typing import Any

from dateparser.data.languages_info import language_order

from crawler.extraction.dates import Order, ParsedDate, parse_date

_LANGUAGES = frozenset(language_order)
_DOTTED = re.compile(r"\d\s?\.\s?\d{1,2}\s?\.\s?\d{4}")


def settle_order(raw: str, stated: Set[str], latest: str | None) -> ParsedDate | None:
    """Read a date of ambiguous order by what else is known; None where more than one reading remains.

    Args:
        raw: a date whose order is ambiguous.
        stated: days (YYYY-MM-DD) that the page states unambiguously; the one reading that is among them is meant.
        latest: the last day (YYYY-MM-DD) that the page can speak of as past; a later reading is none.
    """
    readings = [parse_date(raw, order="MDY"), parse_date(raw, order="DMY")]
    readings = [one for one in readings if one.earliest is not None and (latest is None or one.earliest <= latest)]
    if len(readings) == 1:
        return readings[0]
    meant = [one for one in readings if one.earliest in stated]
    return meant[0] if len(meant) == 1 else None


@lru_cache(maxsize=1024)
def find_language_order(language: str) -> Order | None:
    """Name the order in which a language writes dates with the year at their end.

    The day comes first where no region of the language puts the month first (Unicode CLDR, as `dateparser` carries it).
    English and Spanish have regions of either kind: they say something only with a region, and "en-US" says nothing, as
    publishing systems write it into pages of any country; nor does "es-US".

    Args:
        language: a language tag (BCP 47): "de", "en-GB".
    """
    primary, _, region = language.replace("_", "-").partition("-")
    if primary.lower() not in _LANGUAGES:  # whatever a page says; it becomes the name of a module
        return None
    info = import_module(f"dateparser.data.date_translation_data.{primary.lower()}").info
    regions = info.get("locale_specific", {})
    orders = {info.get("date_order"), *(one["date_order"] for one in regions.values() if "date_order" in one)}
    if "MDY" in orders:
        orders = {_find_region_order(info, primary.lower(), region.upper())}
    return "DMY" if "DMY" in orders else None


def _find_region_order(info: Mapping[str, Any], primary: str, region: str) -> str | None:
    """Name the order of one region; those of which the data name none have the language's, as has its own (es-ES)."""
    own = info.get("locale_specific", {}).get(f"{primary}-{region}")
    if region == "US" or (own is None and region != primary.upper()):
        return None
    order: str | None = (own or {}).get("date_order", info.get("date_order"))
    return order


def find_shown_order(raw: str, languages: Sequence[str]) -> Order | None:
    """Name the order of a date that a page writes for its readers, by the conventions of its languages.

    Numbers set apart by dots begin with the day: no region of any language in CLDR puts the month before it. Only on
    pages that say that they are English this says nothing, for Americans use dots as they use strokes.

    Args:
        raw: the date.
        languages: of the page, BCP 47.
    """
    primary = {language.partition("-")[0] for language in languages}
    if _DOTTED.search(raw) and "en" not in primary:
        return "DMY"
    orders = {find_language_order(language) for language in languages}
    return orders.pop() if len(orders) == 1 else None
