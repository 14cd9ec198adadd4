"""All that a page, its feed, its sitemap and its server state of its dates, in one list."""

from collections.abc import Callable, Sequence

import lxml.html

from crawler.extraction.date_beside import DatedLine, find_dates_beside
from crawler.extraction.date_choice import choose_dates
from crawler.extraction.date_search import search_day
from crawler.extraction.dates import Order, parse_date
from crawler.extraction.model import SiteDates
from crawler.extraction.site_dates import apply_dates, find_shown_places
from items import Block, DateCandidate, DateKind, Dates, DateSource


def gather_dates(
    blocks: Sequence[Block],
    lines: Sequence[DatedLine],
    stated: Sequence[DateCandidate],
    head: Sequence[DateCandidate],
    beside_the_page: Sequence[DateCandidate],
    *,
    region: tuple[int, int],
    title: str | None,
    order: Order | None = None,
    site: SiteDates | None = None,
) -> tuple[DateCandidate, ...]:
    """Gather the statements of a page's dates, each once, the bylines first.

    Args:
        blocks: all blocks of the page.
        lines: those of them that hold dates.
        stated: what its source states (`find_metadata`).
        head: what stands between its title and its text (`mark_head`).
        beside_the_page: what feed, sitemap and headers state.
        region: the first index of the content region, and the one after its last.
        title: of the page.
        order: what the organization's file says of numbers; it outranks what was learned.
        site: what was learned of the site's dates.
    """
    places = find_shown_places(site) if site is not None else frozenset[str]()
    known = {(one.kind, one.raw) for one in head}
    beside = [
        one
        for one in find_dates_beside(blocks, lines, region, title, places)
        if one.source is not DateSource.LINE or (one.kind, one.raw) not in known
    ]
    found = tuple(dict.fromkeys((*head, *stated, *beside, *beside_the_page)))
    return found if site is None else apply_dates(site, found, order)


def search_missing_day(
    candidates: Sequence[DateCandidate],
    parse: Callable[[], tuple[lxml.html.HtmlElement, str]],
    url: str,
    *,
    order: Order | None = None,
    languages: Sequence[str] = (),
    fetched_at: str | None = None,
) -> tuple[DateCandidate, ...]:
    """Ask htmldate, where no candidate states a day of publication.

    Args:
        candidates: all that is known so far.
        parse: gives the page's tree, unchanged, and its markup; called only where they are needed.
        url: of the page.
        order: the day/month order, where it is known.
        languages: of the page.
        fetched_at: when it was fetched (ISO 8601).
    """
    dates = choose_dates(candidates, order=order, languages=languages, fetched_at=fetched_at)
    if dates.published_earliest is not None and dates.published_earliest == dates.published_latest:
        return ()
    tree, source = parse()
    found = search_day(
        tree,
        source,
        url,
        within=_as_pair(dates),
        refused=_find_refused(candidates, dates),
        order=order,
        languages=languages,
        fetched_at=fetched_at,
    )
    return () if found is None else (found,)


def _find_refused(candidates: Sequence[DateCandidate], dates: Dates) -> frozenset[str]:
    """List the days of updates, and those that the site was learned not to state truly."""
    updates = {one.value[:10] for one in dates.evidence if one.kind is DateKind.MODIFIED and one.value is not None}
    distrusted = (parse_date(one.raw, order=one.order) for one in candidates if one.distrust is not None)
    return frozenset(updates | {one.earliest for one in distrusted if one.earliest is not None})


def _as_pair(dates: Dates) -> tuple[str, str] | None:
    """Give the first and the last day that a coarse date can mean."""
    first, last = dates.published_earliest, dates.published_latest
    return (first, last) if first is not None and last is not None else None
