"""Dates over a site: whose evidence the other dates bear out, what is a build stamp, and which order numbers have."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class _Statement:
    """A date of publication in one place of one page."""

    source: DateSource
    place: str
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
    orders = _learn_orders(chosen)
    site_order = _agree(set(orders.values()))
    stated = [_read(page, orders, site_order) for page in chosen]
    places = []
    for key in sorted({(one.source, one.place) for statements in stated for one in statements}):
        place = _judge(key, stated, chosen)
        if place is not None:
            places.append(replace(place, order=orders.get(key)))
    return SiteDates(site_order, tuple(places))


def apply_dates(dates: SiteDates, candidates: Iterable[DateCandidate]) -> tuple[DateCandidate, ...]:
    """Mark candidates with what was learned of their places: that they are not believed, and the order they have."""
    known = {(place.source, place.place): place for place in dates.places}
    found = []
    for one in candidates:
        place = known.get((one.source, one.place))
        if place is None:
            found.append(replace(one, order=one.order or dates.order))
        else:
            order = one.order or place.order or dates.order
            found.append(replace(one, order=order, distrust=place.distrust, trusted=place.trusted))
    return tuple(found)


def find_shown_places(dates: SiteDates) -> frozenset[str]:
    """Name the places of lines whose dates the other evidence of the site bears out."""
    return frozenset(place.place for place in dates.places if place.trusted and place.source in _SHOWN)


def _learn_orders(pages: Sequence[DatedPage]) -> dict[tuple[DateSource, str], Order]:
    """Learn the order of each place in which some number can only be read in one way, or one other date settles it."""
    votes: dict[tuple[DateSource, str], set[Order]] = defaultdict(set)
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
    return {key: orders.pop() for key, orders in votes.items() if len(orders) == 1}


def _agree(orders: set[Order]) -> Order | None:
    return orders.pop() if len(orders) == 1 else None


def _read(
    page: DatedPage, orders: dict[tuple[DateSource, str], Order], site_order: Order | None
) -> tuple[_Statement, ...]:
    found: dict[tuple[DateSource, str], _Statement | None] = {}
    for one in page.candidates:
        key = (one.source, one.place)
        if one.kind is not DateKind.PUBLISHED:
            continue
        parsed = parse_date(one.raw, order=orders.get(key, site_order))
        if parsed.earliest is None or parsed.earliest != parsed.latest:
            continue
        statement = _Statement(*key, date.fromisoformat(parsed.earliest))
        # A place that states several days of a page is a list.
        found[key] = statement if found.get(key, statement) == statement else None
    return tuple(one for one in found.values() if one is not None)


def _judge(
    key: tuple[DateSource, str], stated: Sequence[Sequence[_Statement]], pages: Sequence[DatedPage]
) -> DatePlace | None:
    """Count how the other dates of its pages bear out one place; None where too few documents have it."""
    having = agreeing = contradicted = fetched = 0
    days: Counter[date] = Counter()
    contradicting: Counter[date] = Counter()
    for statements, page in zip(stated, pages, strict=True):
        own = next((one for one in statements if (one.source, one.place) == key), None)
        if own is None:
            continue
        having += 1
        days[own.day] += 1
        fetched += page.fetched == own.day.isoformat()
        others = [one for one in statements if one.group != own.group]
        if any(_near(own.day, one.day) for one in others):
            agreeing += 1
        elif others:
            contradicting[own.day] += 1
            contradicted += any(
                _near(one.day, other.day) for one in others for other in others if one.group != other.group
            )
    if having < MIN_PAGES:
        return None
    day, count = days.most_common(1)[0]
    on_the_page = key[0] not in _BESIDE_THE_PAGE
    distrust = None
    if on_the_page and count >= _MOST * having and contradicting[day] >= having / 2:
        distrust = Distrust.CONSTANT
    elif fetched >= _MOST * having and (len(days) > 1 or sum(contradicting.values()) >= having / 2):
        distrust = Distrust.FETCH_DAY
    elif contradicted >= MIN_PAGES and contradicted > having / 2:
        distrust = Distrust.CONTRADICTED
    borne_out = agreeing >= max(MIN_PAGES, _MOST * having)
    usual = having >= _MOST * len(pages) and having - sum(contradicting.values()) >= _MOST * having
    return DatePlace(
        source=key[0],
        place=key[1],
        documents=having,
        agreeing=agreeing,
        days=len(days),
        trusted=distrust is None and on_the_page and len(days) > having / 2 and (borne_out or usual),
        distrust=distrust,
    )


def _near(one: date, other: date) -> bool:
    return abs((one - other).days) <= _NEAR_DAYS
