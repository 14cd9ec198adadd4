"""Which known pages a night asks for again, and why.

Most pages never change after their first weeks, so a page is asked for after a share of the time for which it has been
quiet (the age-proportional policy of Cho and Garcia-Molina, "Effective Page Refresh Policies for Web Crawlers", 2003,
with bounds). A night asks for a share of the pages only; `plan` says which of those that are due.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from math import floor, inf
from typing import NamedTuple

from crawler.discovery.waves import Reason

DAY = timedelta(days=1)
# Schedulers start at slightly varying times: an interval counts as over when nine tenths are, a day after 21.6 hours.
ENOUGH = 0.9
# Of a night's places for pages due by age, this many tenths go to pages that were not asked for since they were found.
NEW_TENTHS = 7
FAILED_DAYS = 7.0  # the longest interval of a page that has failed for long
LEAST_DAYS = 1 / 24  # no interval is shorter, whatever the policy says
LATEST = 10  # pages of which each run asks for one at least
LATEST_AMONG = 100  # the latest ones, among which these are looked for
MOST_HELD = 50  # new pages that wait in held runs and are asked for again in a night

LET_GO = frozenset(Reason)  # no visit was worth it
FAILED = frozenset({"failed", "disallowed"})
READ = frozenset({"recorded", "unchanged", "stored"})  # a page with a record that was there when it was last asked for


class Why(StrEnum):
    """Why a known page is asked for again."""

    UNREAD = "unread"  # put down before, and never answered: limit reached, postponed, a run that was cut short
    FAILED = "failed"  # the last visit failed (server or network), or robots.txt kept it out
    MISSING = "missing"  # answered 404/410 the last time, fewer than gone_after times in a row
    AGE = "age"
    CLAIM = "claim"  # a sitemap or feed states a modification
    UNLISTED = "unlisted"  # the sitemaps do not name it any more
    COPY = "copy"  # a new page holds the same content
    SAMPLE = "sample"  # the site's pages seem to have changed in common
    LATEST = "latest"  # one of the latest pages, on which a redesign shows first
    HELD = "held"  # what was fetched of it waits in a run that was held back


@dataclass(frozen=True, slots=True)
class PageHistory:
    """What earlier runs know of a page. All times are aware and those of runs, not of single visits."""

    url: str
    first_seen: datetime  # the run that found it
    last_asked: datetime | None  # the latest run that asked for it and got an answer or tried; None: never asked for
    state: str  # of its latest visit: a value of `crawler.storage.visits.State`
    reason: str | None  # of its latest visit
    misses: int  # 404/410 answers in a row, up to the latest visit
    published: date | None  # earliest day of publication that its record has
    last_changed: datetime | None  # the run in which its record was new, last changed or went gone
    claimed: bool = False  # whether a change of it was stated since it was asked for, which was not believed
    held: bool = False  # whether its latest answer waits in a run that was held back


@dataclass(frozen=True, slots=True)
class RevisitPolicy:
    """How often known pages are asked for. Times are in days."""

    shortest_days: float = 1.0
    longest_days: float = 60.0
    age_factor: float = 0.25  # a page's interval is this share of its quiet time, between the two bounds
    share: float = 0.025  # of the known pages that a night asks for again by age alone, at least 1 page
    gone_after: int = 3  # runs in a row that answer 404/410 before a record is gone


def due(now: datetime, history: PageHistory, policy: RevisitPolicy) -> Why | None:
    """Say why a page may be asked for again in the run that started at `now`; None: not tonight.

    `CLAIM`, `COPY` and `LATEST` are never given: they don't follow from a page's own history. Of the pages that are
    due by `AGE`, a night asks for a few only, see `plan`. Times must be aware: a naive one is a programmer's error
    (TypeError).
    """
    why, _, _ = _judge(now, history, policy)
    return why


class _Waiting(NamedTuple):
    """A page that is due by age."""

    elapsed: float  # days since it was asked for
    overdue: float  # elapsed ÷ interval
    spread: bytes
    url: str


def plan(now: datetime, histories: Iterable[PageHistory], policy: RevisitPolicy) -> list[tuple[str, Why]]:
    """Choose the known pages that the run of `now` asks for again, sorted by URL.

    Each page has one history. All pages that are due for another reason than their age are chosen, and of those due
    by age as many as `share` of all pages (rounded down, at least 1; URLs out of scope and what was let go are no
    pages). Pages that are missing or failed take up to half of these places. Half of those left go to pages of which
    a change was stated that was not believed, whether they are due or not, and seven in ten of the others are kept
    for pages that were not asked for since the run that found them; both the longest ago first. So the pages of a
    site's first crawl are all asked for again within about 1 / (0.7 `share`) nights, where nothing is missing or
    claimed (57 by default, where `share` makes a whole number of pages). All other places go to the most overdue
    (time since it was asked for ÷ interval): with more pages due than places, young and old wait longer in the same
    proportion. Ties are broken by the SHA-256 of the URL, and the order of the histories makes no difference. Of the
    new pages that wait in held runs, MOST_HELD are chosen. Times must be aware, as for `due`.
    """
    chosen: list[tuple[str, Why]] = []
    new: list[_Waiting] = []
    others: list[_Waiting] = []
    claimed: list[_Waiting] = []
    held: list[_Waiting] = []  # and new
    pages = 0
    for history in histories:
        never = _is_never(history)
        pages += not never
        why, elapsed, interval = _judge(now, history, policy)
        page = _Waiting(elapsed, elapsed / interval, _digest(history.url), history.url)
        if history.claimed and why in (None, Why.AGE) and not never:
            claimed.append(page)
        if why is Why.AGE:
            (new if _not_since_found(history) else others).append(page)
        elif why is Why.HELD and history.last_changed is None:
            held.append(page)
        elif why is not None:
            chosen.append((history.url, why))
    held.sort(key=lambda page: page.spread)
    chosen += [(page.url, Why.HELD) for page in held[:MOST_HELD]]
    places = max(1, floor(policy.share * pages + 1e-9))  # 0.29 * 100 is a little less than 29
    retried = sum(why is not Why.UNREAD for _, why in chosen)
    places -= min(retried, places // 2)
    claimed.sort(key=lambda page: (-page.elapsed, page.spread))
    tonight = claimed[: places // 2]
    taken = {page.url for page in tonight}
    new, others = ([page for page in waiting if page.url not in taken] for waiting in (new, others))
    places -= len(tonight)
    # Counted over the nights, so that seven in ten holds for a small site too, where a night has one place.
    night = now.toordinal()
    kept = (night + 1) * places * NEW_TENTHS // 10 - night * places * NEW_TENTHS // 10
    new.sort(key=lambda page: (-page.elapsed, page.spread))
    tonight += new[:kept]
    others = sorted(new[kept:] + others, key=lambda page: (-page.overdue, page.spread))
    tonight += others[: places - len(new[:kept])]
    return sorted(chosen + [(page.url, Why.AGE) for page in tonight])


def find_latest(
    now: datetime, histories: Iterable[PageHistory], chosen: Collection[str], is_telling: Callable[[str], bool]
) -> str | None:
    """Choose one of the LATEST pages that can tell of a redesign, another one each day: it shows on them first.

    Args:
        now: when the run began.
        histories: of all known pages.
        chosen: the URLs that the run asks for anyway.
        is_telling: says of a URL whether its record was read by a layout; asked for some of the latest ones only.

    Returns:
        None where one of them is among those, or where there is none.
    """
    known = [one for one in histories if one.last_changed is not None and one.state in READ]
    known.sort(key=lambda one: (*_find_day(now, one), one.url), reverse=True)
    latest = list(islice((one.url for one in known[:LATEST_AMONG] if is_telling(one.url)), LATEST))
    if any(url in chosen for url in latest):
        return None
    day = now.date().isoformat()
    return min(latest, key=lambda url: _digest(f"{day} {url}"), default=None)


def _find_day(now: datetime, history: PageHistory) -> tuple[bool, date]:
    """Give the day of publication; behind all of these, the day on which a page was found that has none yet."""
    published = history.published
    if published is not None and published <= now.date():
        return True, published
    return False, history.first_seen.date()


def _judge(now: datetime, history: PageHistory, policy: RevisitPolicy) -> tuple[Why | None, float, float]:
    """Give why the page is due, and for `AGE` the days since it was asked for and its interval in days."""
    if _is_never(history):
        return None, 0, 1
    if history.last_asked is None or history.state == "pending":
        return Why.UNREAD, 0, 1
    if history.state == "excluded" and history.reason == "limit":
        return Why.UNREAD, 0, 1
    if history.held:
        return Why.HELD, 0, 1
    if history.state == "gone" and history.misses < policy.gone_after:
        return Why.MISSING, 0, 1
    interval = _interval(now, history, policy)
    if history.state in FAILED:
        # Nobody notes since when a page fails. One that is young, or was changed lately, is asked for each night; any
        # other once a week, so that a page that is broken for good costs little and one that failed once is soon back.
        if (now - (history.last_changed or history.first_seen)) / DAY < policy.longest_days:
            return Why.FAILED, 0, 1
        interval = min(interval, max(FAILED_DAYS, policy.shortest_days))
    elapsed = (now - history.last_asked) / DAY
    if elapsed < 0:  # the clock was wrong then, or is now; waiting for it could take years
        elapsed = interval
    return (Why.AGE if elapsed >= ENOUGH * interval else None), elapsed, interval


def _is_never(history: PageHistory) -> bool:
    return history.state == "out_of_scope" or (history.state == "excluded" and history.reason in LET_GO)


def _interval(now: datetime, history: PageHistory, policy: RevisitPolicy) -> float:
    """Give the days between two visits of a page."""
    quiet = (now - _quiet_since(now, history)) / DAY
    longest = policy.longest_days
    if _not_since_found(history):
        # All pages of a site's first crawl were asked for in one night: their next visits are spread evenly over the
        # nights in which `share` gets round the site.
        turn = (int.from_bytes(_digest(history.url)[:4]) + 1) / 2**32
        longest = min(longest, turn / policy.share if policy.share > 0 else inf)
    return max(policy.shortest_days, min(policy.age_factor * quiet, longest), LEAST_DAYS)


def _quiet_since(now: datetime, history: PageHistory) -> datetime:
    """Find the time since which nothing happened to a page.

    What was published five years ago and found today has been quiet for five years, unless it was seen to change since.
    A day of publication in the future says nothing.
    """
    since = history.first_seen
    if history.published is not None and history.published <= now.date():
        since = datetime.combine(history.published, time.min, UTC)
    changed = history.last_changed
    if changed is not None and changed > history.first_seen:
        since = max(since, changed)
    return since


def _not_since_found(history: PageHistory) -> bool:
    """Whether the page was asked for in the run that found it, and not since."""
    return history.last_asked is not None and history.last_asked <= history.first_seen


def _digest(url: str) -> bytes:
    return sha256(url.encode("utf-8", "surrogatepass")).digest()
