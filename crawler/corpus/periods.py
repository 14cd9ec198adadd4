"""The month or year in which a record was published, as exactly as its date says."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

YEAR_ONLY = 0  # in the place of a month: the date names its year alone
SEVERAL_MONTHS = 13  # a season, or an interval that reaches from one month into another

_DAY = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-\d\d", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


class Period(NamedTuple):
    """When a record was published, as exactly as its date says, and not more."""

    year: int
    month: int  # 1 to 12, YEAR_ONLY or SEVERAL_MONTHS


def find_period(record: Mapping[str, Any]) -> Period | None:
    """Give the month of a record's date, or the year where it names no single month; None where it has no date."""
    value = record["date_published"] or ""
    first, last = (_DAY.fullmatch(record[f"date_published_{end}"] or "") for end in ("earliest", "latest"))
    if first is None or last is None:
        return None
    if first.groups() == last.groups():
        return Period(int(first[1]), int(first[2]))
    named = _YEAR.match(value)  # a winter begins in the year before the one that it names
    year = int(named[0] if named is not None else first[1])
    return Period(year, YEAR_ONLY if record["date_published_precision"] == "year" else SEVERAL_MONTHS)
