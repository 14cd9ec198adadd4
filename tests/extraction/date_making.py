"""What the tests of choosing among dates are made of."""

from items import DateCandidate, DateKind, Dates, DateSource

SHOWN = (
    DateSource.BYLINE,
    DateSource.DATELINE,
    DateSource.LINE,
    DateSource.MARKUP,
    DateSource.TIME,
    DateSource.HTMLDATE,
)
NOT_SHOWN = tuple(source for source in DateSource if source not in SHOWN)


def published(source: DateSource, raw: str, *, labelled: bool = False) -> DateCandidate:
    return DateCandidate(source, DateKind.PUBLISHED, raw, labelled=labelled)


def modified(source: DateSource, raw: str, *, labelled: bool = False) -> DateCandidate:
    return DateCandidate(source, DateKind.MODIFIED, raw, labelled=labelled)


def kinds_of(dates: Dates, source: DateSource) -> list[DateKind]:
    return [one.kind for one in dates.evidence if one.source is source]
