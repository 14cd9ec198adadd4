"""The choice among a page's dates: every candidate is read and kept as evidence, one of them is chosen."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from crawler.extraction.dates import ParsedDate, parse_date
from items import DateCandidate, DateEvidence, DateKind, Dates, DateSource

# Best first: a day in the path is written once and never touched; what the page shows its readers comes before what
# only machines see of it, except where the publishing system says outright "published".
_RANK = {
    source: rank
    for rank, source in enumerate(
        (
            DateSource.URL,
            DateSource.JSON_LD,
            DateSource.META,
            DateSource.BYLINE,
            DateSource.DATELINE,
            DateSource.TIME,
            DateSource.FEED,
            DateSource.SITEMAP,
            DateSource.HTTP,
        )
    )
}
_PRECISIONS = ("second", "minute", "day", "interval", "month", "season", "year")
_CONFLICT_DAYS = 1  # time zones account for one day between two statements of the same date


def choose_dates(
    candidates: Sequence[DateCandidate],
    *,
    order: Literal["MDY", "DMY", "YMD"] | None = None,
    languages: Sequence[str] | None = None,
    fetched_at: str | None = None,
) -> Dates:
    """Read all candidates and choose the publication date and the modification date.

    The finest precision of a day or better wins, then the rank of the source, then the order on the page. A modified
    date never stands in for a published one.

    Args:
        candidates: in the order in which they stand on the page.
        order: the day/month order, where it is known.
        languages: of the page, for month names.
        fetched_at: when the page was fetched (ISO 8601), for "yesterday" and to refuse dates of the future.
    """
    now = datetime.fromisoformat(fetched_at) if fetched_at is not None else None
    read = [
        (candidate, parse_date(candidate.raw, order=order, languages=languages or None, fetched_at=now))
        for candidate in candidates
    ]
    published = _best([pair for pair in read if pair[0].kind is DateKind.PUBLISHED])
    modified = _best([pair for pair in read if pair[0].kind is DateKind.MODIFIED])
    evidence = tuple(
        DateEvidence(candidate.source, candidate.kind, candidate.raw, parsed.edtf, parsed.reason)
        for candidate, parsed in sorted(read, key=lambda pair: pair is not published)
    )
    if published is None:
        return Dates(modified=modified[1].edtf if modified is not None else None, evidence=evidence)
    candidate, parsed = published
    return Dates(
        published=parsed.edtf,
        published_earliest=parsed.earliest,
        published_latest=parsed.latest,
        published_precision=parsed.precision,
        published_raw=candidate.raw,
        modified=modified[1].edtf if modified is not None else None,
        evidence=evidence,
        conflict=_conflict(parsed, [other for _, other in read if _.kind is DateKind.PUBLISHED]),
    )


def _best(read: list[tuple[DateCandidate, ParsedDate]]) -> tuple[DateCandidate, ParsedDate] | None:
    dated = [pair for pair in read if pair[1].edtf is not None]
    if not dated:
        return None
    return min(dated, key=lambda pair: (_coarseness(pair[1]), _RANK[pair[0].source]))


def _coarseness(parsed: ParsedDate) -> int:
    """Rank precisions; a day and a second are equally fine, as both say the day."""
    precision = parsed.precision or "year"
    return max(_PRECISIONS.index(precision), _PRECISIONS.index("day"))


def _conflict(chosen: ParsedDate, others: Sequence[ParsedDate]) -> bool:
    """Tell whether two statements of a publication date lie more than a day apart."""
    return any(_days_apart(chosen, other) > _CONFLICT_DAYS for other in others if other.edtf is not None)


def _days_apart(one: ParsedDate, other: ParsedDate) -> int:
    if one.earliest is None or one.latest is None or other.earliest is None or other.latest is None:
        return 0
    gap_before = date.fromisoformat(one.earliest) - date.fromisoformat(other.latest)
    gap_after = date.fromisoformat(other.earliest) - date.fromisoformat(one.latest)
    return max(gap_before.days, gap_after.days, 0)
