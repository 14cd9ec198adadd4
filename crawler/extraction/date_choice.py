"""The choice among a page's dates: every candidate is read and kept as evidence, one of them is chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from crawler.extraction.date_order import find_shown_order, settle_order
from crawler.extraction.dates import Order, ParsedDate, find_latest_day, parse_date
from items import DateCandidate, DateEvidence, DateKind, Dates, DateSource, Page

# Best first. What the page shows its readers beside the title is the date it bears; a day in the path is written once
# and never touched; then comes what only machines see, last what stands elsewhere on the page or beside it.
_RANK = {
    source: rank
    for rank, source in enumerate(
        (
            DateSource.BYLINE,
            DateSource.URL,
            DateSource.JSON_LD,
            DateSource.META,
            DateSource.MARKUP,
            DateSource.DATELINE,
            DateSource.TIME,
            DateSource.LINE,
            DateSource.FEED,
            DateSource.SITEMAP,
            DateSource.HTTP,
            DateSource.HTMLDATE,
        )
    )
}
_PRECISIONS = ("second", "minute", "day", "interval", "month", "season", "year")
_TIMES = frozenset(("minute", "second"))
_MIDNIGHT = "T00:00:00"  # what a field of days becomes where a time is asked for
_CONFLICT_DAYS = 1  # time zones account for one day between two statements of the same date
# What is written for readers, in the order of the page's language; other sources have the order of a machine.
_SHOWN = frozenset(
    (DateSource.BYLINE, DateSource.DATELINE, DateSource.LINE, DateSource.MARKUP, DateSource.TIME, DateSource.HTMLDATE)
)
_WEAK = frozenset((DateSource.LINE, DateSource.MARKUP, DateSource.HTMLDATE))
_STATED = frozenset((DateSource.JSON_LD, DateSource.META))


@dataclass(frozen=True, slots=True)
class _Read:
    candidate: DateCandidate
    parsed: ParsedDate


def date_page(page: Page) -> Dates:
    """Choose the dates of a page by what is known of its site and of its fetch."""
    return choose_dates(
        page.date_candidates, order=page.date_order, languages=page.languages, fetched_at=page.provenance.fetched_at
    )


def choose_dates(
    candidates: Sequence[DateCandidate],
    *,
    order: Order | None = None,
    languages: Sequence[str] | None = None,
    fetched_at: str | None = None,
) -> Dates:
    """Read all candidates and choose the publication date and the modification date.

    The finest precision of a day or better wins, then what the site was learned to state truly, then the rank of the
    source, then the order on the page; a day that is shown takes its time from JSON-LD or `<meta>`, if these state the
    same day. A modified date never stands in for a published one.

    Args:
        candidates: in the order in which they stand on the page.
        order: the day/month order, where it is known.
        languages: of the page, for month names.
        fetched_at: when the page was fetched (ISO 8601), for "yesterday" and to refuse dates of the future.
    """
    return _choose(tuple(candidates), order, tuple(languages or ()), fetched_at)


@lru_cache(maxsize=16)  # a page's dates are chosen to find out whether one is missing, and again for its record
def _choose(
    candidates: tuple[DateCandidate, ...], order: Order | None, languages: tuple[str, ...], fetched_at: str | None
) -> Dates:
    now = datetime.fromisoformat(fetched_at) if fetched_at is not None else None
    read = [
        _Read(one, parse_date(one.raw, order=one.order or order, languages=languages or None, fetched_at=now))
        for one in candidates
    ]
    read = _settle(read, languages, fetched_at)
    everything = _tell_updates(read)
    read = [one for one in everything if one.candidate.distrust is None]
    published = _best([one for one in read if one.candidate.kind is DateKind.PUBLISHED])
    modified = _best([one for one in read if one.candidate.kind is DateKind.MODIFIED])
    evidence = tuple(_as_evidence(one) for one in sorted(everything, key=lambda one: one is not published))
    if published is None:
        return Dates(modified=modified.parsed.edtf if modified is not None else None, evidence=evidence)
    parsed = published.parsed
    return Dates(
        published=parsed.edtf,
        published_earliest=parsed.earliest,
        published_latest=parsed.latest,
        published_precision=parsed.precision,
        published_raw=published.candidate.raw,
        modified=modified.parsed.edtf if modified is not None else None,
        evidence=evidence,
        conflict=_conflict(parsed, [one.parsed for one in read if _is_weighty(one.candidate)]),
    )


def _as_evidence(one: _Read) -> DateEvidence:
    candidate = one.candidate
    reason = one.parsed.reason or candidate.distrust
    return DateEvidence(
        candidate.source,
        candidate.kind,
        candidate.place or None,
        candidate.raw,
        None if candidate.distrust is not None else one.parsed.edtf,
        reason,
    )


def _settle(read: list[_Read], languages: Sequence[str], fetched_at: str | None) -> list[_Read]:
    """Read what is of ambiguous order by the other dates and the time of the fetch, then by the page's language."""
    if not any(_is_ambiguous(one) for one in read):
        return read
    now = datetime.fromisoformat(fetched_at) if fetched_at is not None else None
    latest = find_latest_day(fetched_at).isoformat() if fetched_at is not None else None

    def by_others(read: list[_Read]) -> list[_Read]:
        days = {day for one in read if one.candidate.distrust is None and (day := _day(one)) is not None}
        return [
            replace(one, parsed=settle_order(one.candidate.raw, days, latest) or one.parsed)
            if _is_ambiguous(one)
            else one
            for one in read
        ]

    def by_convention(one: _Read) -> _Read:
        if not _is_ambiguous(one) or one.candidate.source not in _SHOWN:
            return one
        order = find_shown_order(one.candidate.raw, languages)
        return replace(one, parsed=parse_date(one.candidate.raw, order=order, fetched_at=now))

    return by_others([by_convention(one) for one in by_others(read)])


def _is_ambiguous(one: _Read) -> bool:
    return one.parsed.reason == "ambiguous_order"


def _day(one: _Read) -> str | None:
    """Give the day that a date states; None for a longer time."""
    return one.parsed.earliest if one.parsed.earliest == one.parsed.latest else None


def _tell_updates(read: list[_Read]) -> list[_Read]:
    """Take what the page shows without a label for an update where it says elsewhere that it is one.

    It does so by a label in what it shows ("Updated:"), or in what only machines see, where that names an earlier day
    of publication too.
    """

    def days(kind: DateKind, told: Callable[[DateCandidate], bool]) -> set[str]:
        return {
            day
            for one in read
            if one.candidate.kind is kind
            and told(one.candidate)
            and one.candidate.distrust is None
            and (day := _day(one)) is not None
        }

    def is_stated(candidate: DateCandidate) -> bool:
        return candidate.source in _STATED or (candidate.source is DateSource.TIME and candidate.labelled)

    stated = days(DateKind.PUBLISHED, is_stated)
    updates = days(DateKind.MODIFIED, lambda one: one.source in _SHOWN and not is_stated(one))
    if stated:
        earliest = date.fromisoformat(min(stated))
        machine = days(DateKind.MODIFIED, is_stated)
        updates |= {day for day in machine if (date.fromisoformat(day) - earliest).days > _CONFLICT_DAYS}
    updates -= stated
    others = days(DateKind.PUBLISHED, lambda _: True) - updates
    updates = {day for day in updates if any(other < day for other in others)}
    last = max(days(DateKind.MODIFIED, is_stated), default=None)
    labelled = days(DateKind.MODIFIED, lambda one: one.labelled) - days(
        DateKind.PUBLISHED, lambda one: one.source is not DateSource.TIME
    )

    def judge(one: _Read) -> DateKind:
        candidate, day = one.candidate, _day(one)
        if candidate.kind is not DateKind.PUBLISHED or candidate.labelled or candidate.source not in _SHOWN:
            return candidate.kind
        if day in updates or (candidate.source is DateSource.TIME and day in labelled):
            return DateKind.MODIFIED
        if day and last and stated and (date.fromisoformat(day) - date.fromisoformat(last)).days > _CONFLICT_DAYS:
            return DateKind.EVENT
        return candidate.kind

    judged = [(one, judge(one)) for one in read]
    return [
        one if kind is one.candidate.kind else replace(one, candidate=replace(one.candidate, kind=kind))
        for one, kind in judged
    ]


def _best(read: list[_Read]) -> _Read | None:
    dated = [one for one in read if one.parsed.edtf is not None]
    if not dated:
        return None
    ranked = sorted(dated, key=lambda one: (_coarseness(one.parsed), not one.candidate.trusted, _rank(one.candidate)))
    best = ranked[0]
    if best.candidate.source not in _SHOWN or best.parsed.precision != "day":
        return best
    # What machines are told of the same day states its time too.
    timed = (
        one
        for one in ranked
        if one.candidate.source in _STATED
        and one.parsed.precision in _TIMES
        and _MIDNIGHT not in (one.parsed.edtf or "")
        and _day(one) == _day(best)
    )
    return next(timed, best)


def _rank(candidate: DateCandidate) -> float:
    """Rank a source; a line that says what its date is comes before those sources that do not."""
    if candidate.source is DateSource.LINE and candidate.labelled:
        return _RANK[DateSource.MARKUP] + 0.5
    return _RANK[candidate.source]


def _coarseness(parsed: ParsedDate) -> int:
    """Rank precisions; a day and a second are equally fine, as both say the day."""
    precision = parsed.precision or "year"
    return max(_PRECISIONS.index(precision), _PRECISIONS.index("day"))


def _is_weighty(candidate: DateCandidate) -> bool:
    """Tell whether a statement of publication counts against another: it says what it is, or stands where dates do."""
    weak = candidate.source in _WEAK and not candidate.labelled and not candidate.trusted
    return candidate.kind is DateKind.PUBLISHED and not weak


def _conflict(chosen: ParsedDate, others: Sequence[ParsedDate]) -> bool:
    """Tell whether two statements of a publication date lie more than a day apart."""
    return any(_days_apart(chosen, other) > _CONFLICT_DAYS for other in others if other.edtf is not None)


def _days_apart(one: ParsedDate, other: ParsedDate) -> int:
    if one.earliest is None or one.latest is None or other.earliest is None or other.latest is None:
        return 0
    gap_before = date.fromisoformat(one.earliest) - date.fromisoformat(other.latest)
    gap_after = date.fromisoformat(other.earliest) - date.fromisoformat(one.latest)
    return max(gap_before.days, gap_after.days, 0)
