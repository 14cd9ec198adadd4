"""What the tests of a site's dates are made of."""

from collections.abc import Sequence
from datetime import date, timedelta

from crawler.extraction.model import DatePlace, SiteDates
from crawler.extraction.outline import DatedPage
from crawler.extraction.site_dates import learn_dates
from items import DateCandidate, DateKind, DateSource

STAMP = "2019-01-01"
BESIDE = (DateSource.FEED, DateSource.SITEMAP, DateSource.HTTP, DateSource.HTMLDATE)
SHOWN = (DateSource.BYLINE, DateSource.LINE, DateSource.MARKUP)


def find_day(page: int, later: int = 0) -> str:
    """Give each page a day of its own, three days apart from the next."""
    return (date(2015, 3, 1) + timedelta(days=3 * page + later)).isoformat()


def state(source: DateSource, raw: str, place: str = "place", kind: DateKind = DateKind.PUBLISHED) -> DateCandidate:
    return DateCandidate(source, kind, raw, place)


def learn(pages: Sequence[Sequence[DateCandidate]], fetched: Sequence[str | None] = ()) -> SiteDates:
    dated = [DatedPage(tuple(page), fetched[at] if fetched else None) for at, page in enumerate(pages)]
    return learn_dates(dated, range(len(dated)))


def find(dates: SiteDates, source: DateSource, place: str = "place") -> DatePlace:
    (found,) = (one for one in dates.places if (one.source, one.place) == (source, place))
    return found
