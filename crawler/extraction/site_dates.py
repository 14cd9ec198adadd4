"""Dates over a site: whose evidence the other dates bear out, what is a build stamp, and which order numbers have."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

from crawler.extraction.date_order import settle_order
from crawler.extraction.dates import Order, parse_date
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import DatePlace, Distrust, SiteDates
from crawler.extraction.outline import DatedPage
from items import DateCandidate, DateKind, DateSource

_MOST = 0.8  # of the documents that have a date in a place
_NEAR_DAYS = 1  # time zones account for one day between two statements of the same date
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(?:\d{4}|\d{2})(?!\d)")
_SHOWN = frozenset((DateSource.BYLINE, DateSource.LINE, DateSource.MARKUP))
# Statements of one group come from one field of the publishing system: that they agree proves nothing.
_GROUPS = {
    DateSource.JSON_LD: "machine",
    DateSource.META: "machine",
    DateSource.BYLINE: "shown",
    DateSource.DATELINE: "dateline",
    DateSource.LINE: "shown",
    DateSource.MARKUP: "shown",
    DateSource.TIME: "shown",
}
_BESIDE_THE_PAGE = frozenset((DateSource.FEED, DateSource.SITEMAP, DateSource.HTTP, DateSource.HTMLDATE))


_Key = tuple[DateSource, str]  # a source and the place in which it stands


@dataclass(frozen=True, slots=True)
class _Statement:
    """A date of publication in one place of one page."""

    source: DateSource
    day: date

    @property
    def group(self) -> str:
        """What it comes from."""
        return _GROUPS.get(self.source, self.source.value)


def learn_dates(pages: Sequence[DatedPage], documents: Sequence[int]) -> SiteDates:
    """Learn how a site dates its pages; pages of one document count once.

    Args:
        pages: of the site.
        documents: for each page the number of its document.
    """
    first = dict(reversed(list(zip(documents, pages, strict=True))))
    chosen = [first[document] for document in sorted(first)]
    if len(chosen) < MIN_PAGES:
        return SiteDates()
    orders, site_order = _learn_orders(chosen)
    stated = [_read(page, orders, site_order) for page in chosen]
    having = Counter(key for statements in stated for key in statements)
    days: dict[_Key, Counter[date]] = defaultdict(Counter)
    for statements in stated:
        for key, statement in statements.items():
            days[key][statement.day] += 1
    varied = frozenset(key for key, count in having.items() if len(days[key]) > count / 2)
    places = [
        replace(_judge(key, stated, chosen, days[key], varied), order=orders.get(key))
        for key in sorted(having)
        if having[key] >= MIN_PAGES
    ]
    return SiteDates(site_order, tuple(places))


def apply_dates(
    dates: SiteDates, candidates: Iterable[DateCandidate], order: Order | None = None
) -> tuple[DateCandidate, ...]:
    """Mark candidates with what was learned of their places: that they are not believed, and the order they have.

    Args:
        dates: what was learned.
        candidates: of a page.
        order: what the organization's file says; it outranks what was learned.
    """
    known = {(place.source, place.place): place for place in dates.places}
    found = []
    for one in candidates:
        place = known.get((one.source, one.place))
        if place is None and one.source is DateSource.BYLINE:  # a line that is a byline since its place was learned
            place = known.get((DateSource.LINE, one.place))
        if place is None:
            found.append(replace(one, order=order or dates.order))
        else:
            taught = order or place.order or dates.order
            found.append(replace(one, order=taught, distrust=place.distrust, trusted=place.trusted))
    return tuple(found)


def find_shown_places(dates: SiteDates) -> frozenset[str]:
    """Name the places of lines whose dates the other evidence of the site bears out."""
    return frozenset(place.place for place in dates.places if place.trusted and place.source in _SHOWN)


def _learn_orders(pages: Sequence[DatedPage]) -> tuple[dict[_Key, Order], Order | None]:
    """Learn the order of each place in which some number can only be read in one way, or one other date settles it.

    Returns:
        the orders of places that do not contradict themselves, and the order of the site where no place contradicts.
    """
    votes: dict[_Key, set[Order]] = defaultdict(set)
    for page in pages:
        days = {
            parsed.earliest
            for one in page.candidates
            if (parsed := parse_date(one.raw)).earliest is not None and parsed.earliest == parsed.latest
        }
        for one in page.candidates:
            match = _NUMERIC.search(one.raw)
            if match is None:
                continue
            parsed = parse_date(one.raw)
            if parsed.reason == "ambiguous_order":
                settled = settle_order(one.raw, days, None)
                if settled is None or match[1] == match[3]:
                    continue
                parsed = settled
            if parsed.earliest is not None and int(match[1]) != int(match[3]):
                day = int(parsed.earliest[8:])
                votes[(one.source, one.place)].add("DMY" if day == int(match[1]) else "MDY")
    of_site = {order for orders in votes.values() for order in orders}
    of_places: dict[_Key, Order] = {key: next(iter(orders)) for key, orders in votes.items() if len(orders) == 1}
    return of_places, of_site.pop() if len(of_site) == 1 else None


def _read(page: DatedPage, orders: Mapping[_Key, Order], site_order: Order | None) -> dict[_Key, _Statement]:
    """Read the day of publication in each place of a page; a place that states several is a list and states none."""
    found: dict[_Key, _Statement | None] = {}
    for one in page.candidates:
        key = (one.source, one.place)
        if one.kind is not DateKind.PUBLISHED:
            continue
        parsed = parse_date(one.raw, order=orders.get(key, site_order))
        if parsed.earliest is None or parsed.earliest != parsed.latest:
            continue
        statement = _Statement(one.source, date.fromisoformat(parsed.earliest))
        found[key] = statement if found.get(key, statement) == statement else None
    return {key: statement for key, statement in found.items() if statement is not None}


def _judge(
    key: _Key,
    stated: Sequence[Mapping[_Key, _Statement]],
    pages: Sequence[DatedPage],
    days: Counter[date],
    varied: Set[_Key],
) -> DatePlace:
    """Count how the other dates of its pages bear out one place.

    Args:
        key: the place.
        stated: what each page states.
        pages: these pages.
        days: how often the place states each day.
        varied: places whose days differ from document to document; only these speak against a constant one.
    """
    agreeing = disagreeing = contradicted = fetched = 0
    against_constant = 0
    constant, count = max(days.items(), key=lambda item: (item[1], item[0]))
    for statements, page in zip(stated, pages, strict=True):
        own = statements.get(key)
        if own is None:
            continue
        fetched += page.fetched == own.day.isoformat()
        others = {where: one for where, one in statements.items() if one.group != own.group}
        if any(_near(own.day, one.day) for one in others.values()):
            agreeing += 1
        elif others:
            disagreeing += 1
            against_constant += own.day == constant and not varied.isdisjoint(others)
            contradicted += any(
                one.group != other.group and _near(one.day, other.day)
                for one in others.values()
                for other in others.values()
            )
    having = days.total()
    on_the_page = key[0] not in _BESIDE_THE_PAGE
    distrust = None
    if on_the_page and count >= _MOST * having and against_constant >= having / 2:
        distrust = Distrust.CONSTANT
    elif fetched >= _MOST * having and agreeing < having / 2 and (len(days) > 1 or disagreeing >= having / 2):
        distrust = Distrust.FETCH_DAY
    elif contradicted >= MIN_PAGES and contradicted > having / 2:
        distrust = Distrust.CONTRADICTED
    borne_out = agreeing >= max(MIN_PAGES, _MOST * (agreeing + disagreeing))
    usual = having >= _MOST * len(pages) and having - disagreeing >= _MOST * having
    return DatePlace(
        source=key[0],
        place=key[1],
        documents=having,
        agreeing=agreeing,
        days=len(days),
        trusted=distrust is None and on_the_page and key in varied and (borne_out or usual),
        distrust=distrust,
    )


def _near(one: date, other: date) -> bool:
    return abs((one - other).days) <= _NEAR_DAYS
