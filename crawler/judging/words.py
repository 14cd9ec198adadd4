"""A check or a redesign in a sentence, for the last lines of a run and for its summary."""

from collections.abc import Sequence
from math import ceil

from crawler.judging.checks import Check, Name, Source
from crawler.judging.summary import Fate, Redesign

LABELS = {
    Name.RECORDS: "records",
    Name.THERE: "known pages still there",
    Name.DATED: "with a date",
    Name.LENGTH: "median length",
    Name.TEMPLATE: "template found",
    Name.CONTAINER: "read by container",
    Name.NEW: "new in a week",
    Name.ERRORS: "failed requests",
    Name.NAMED: "named by sitemaps and feeds",
}
_SAYS = {
    Name.THERE: "are still there",
    Name.DATED: "have a date",
    Name.TEMPLATE: "have a learned template",
    Name.CONTAINER: "were read by a learned container",
    Name.LENGTH: "are about as long as usual",
}
_SHARES = frozenset((Name.THERE, Name.DATED, Name.TEMPLATE, Name.CONTAINER, Name.ERRORS))


def find_label(check: Check) -> str:
    """Name a check in a word or some."""
    if check.name is Name.LENGTH and check.source is Source.LEARNED:
        return "about as long as usual"
    return LABELS[check.name]


def tell_check(check: Check) -> str:
    """Say what was seen and what was expected."""
    floor, seen = show_floor(check), show_number(check, check.seen)
    match check.name:
        case Name.RECORDS:
            before = "" if check.expected is None else f", {show_number(check, check.expected)} in the run before"
            return f"{count(int(check.seen), 'record')}{before}; at least {floor} were expected"
        case Name.NEW:
            return f"{seen} new records in a week; at least {floor} were expected"
        case Name.ERRORS:
            return f"{seen} of {count(check.of or 0, 'request')} failed; at most {floor} were expected"
        case Name.NAMED:
            return f"sitemaps and feeds name {count(int(check.seen), 'page')}; at least {floor} were expected"
        case Name.LENGTH if check.source is Source.FILE:
            return f"the texts' median length is {seen} words; at least {floor} were expected"
    of = check.of or 0
    has = round(check.seen * of)
    whose = count(of, "record") if check.source is Source.FILE else f"the latest {count(of, 'page')}"
    if check.name is Name.THERE:
        whose = f"{of:,} known pages that were asked for"
    return f"{has:,} of {whose} {_SAYS[check.name]}; at least {floor} were expected"


def show_floor(check: Check) -> str:
    """Write what is expected at least, or of failures at most."""
    whole = check.name in (Name.RECORDS, Name.NAMED)
    return show_number(check, ceil(check.floor) if whole else check.floor)


def show_number(check: Check, value: float) -> str:
    """Write a value of a check: a share, a number of words, or a number."""
    if check.name in _SHARES or (check.name is Name.LENGTH and check.source is Source.LEARNED):
        return f"{value:.0%}"
    whole = value == int(value) or value >= 10 or check.name is Name.NAMED
    return f"{value:,.0f}" if whole else f"{value:,.1f}"


def tell_redesign(told: Redesign, collection: str) -> str:
    """Say that a site was redesigned, which layouts have vanished, and what came of it."""
    if told.wall and told.outcome is Fate.HELD:
        return (
            f"{told.host} shows the same page, or none, in the place of {told.pages} of {told.of} known pages: a wall, "
            "an error page or an application; the corpus is as it was, and the run is held back until one finds the "
            "pages as they were"
        )
    one = len(told.layouts) == 1
    begun = (
        f"{told.host} was redesigned: the {'layout' if one else 'layouts'} {', '.join(told.layouts)} "
        f"{'has' if one else 'have'} vanished from {told.pages} of {told.of} known pages"
    )
    learned = f"what was learned of the new one reads {told.as_before} of {told.pages} as before"
    match told.outcome:
        case Fate.HELD:
            return (
                f"{begun}; {learned}; the corpus is as it was, and the run is held back: look at its pages, then "
                f"`scrapy accept {collection}`, or wait for a run that reads them as before"
            )
        case Fate.ACCEPTED:
            return f"{begun}; {learned}, and was accepted"
    return f"{begun}; {learned}"


def join_reasons(reasons: Sequence[str]) -> str:
    """Make one line of several reasons."""
    more = len(reasons) - 1
    return f"{reasons[0]} (and {more} more: see the table)" if more else reasons[0]


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
