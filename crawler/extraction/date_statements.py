"""Where a page states dates for machines: JSON-LD, `<meta>`, and the path of its URL."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crawler.extraction.date_names import judge_name
from crawler.extraction.spacing import clean_text
from items import DateCandidate, DateKind, DateSource

_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?=[/_]|$|\.\w+$)"
    r"|([_.-])(0?[1-9]|1[0-2])\4(0?[1-9]|[12]\d|3[01])(?!\d))"
)
_URL_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_URL_MONTH = re.compile(r"/((?:19|20)\d\d)/(0[1-9]|1[0-2])/")
_BEFORE_PATH = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


def find_stated_dates(
    linked: Sequence[Mapping[str, Any]], meta: Sequence[tuple[str, str]], url: str | None
) -> tuple[DateCandidate, ...]:
    """Read the dates that the source of a page states.

    Args:
        linked: its JSON-LD objects.
        meta: name and content of its `<meta>` elements.
        url: where it was fetched.
    """
    return (
        *_read_linked_data(linked),
        *_read_meta(meta),
        *find_url_dates(url),
    )


def find_url_dates(url: str | None) -> tuple[DateCandidate, ...]:
    """Read a date out of a URL's path: a whole day where there is one, otherwise `/YYYY/MM/`."""
    if url is None:
        return ()
    path = _BEFORE_PATH.sub("", url).partition("?")[0].partition("#")[0]
    for pattern in (_URL_DAY, _URL_COMPACT):
        match = pattern.search(path)
        if match is not None:
            year, month, day = (int(part) for part in match.groups() if part is not None and part.isdigit())
            return (_candidate(DateSource.URL, DateKind.PUBLISHED, f"{year}-{month:02}-{day:02}", "path"),)
    match = _URL_MONTH.search(path)
    if match is not None:
        return (_candidate(DateSource.URL, DateKind.PUBLISHED, f"{match[1]}-{match[2]}", "path"),)
    return ()


def _candidate(source: DateSource, kind: DateKind, raw: str, place: str) -> DateCandidate:
    return DateCandidate(source, kind, raw, place)


def _read_linked_data(linked: Sequence[Mapping[str, Any]]) -> Iterator[DateCandidate]:
    for data in linked:
        kinds = (("datePublished", DateKind.PUBLISHED), ("dateModified", DateKind.MODIFIED))
        for key, kind in kinds:
            value = data.get(key)
            if isinstance(value, str) and (raw := clean_text(value)):
                type_ = data.get("@type")
                yield _candidate(DateSource.JSON_LD, kind, raw, f"{type_}.{key}" if isinstance(type_, str) else key)


def _read_meta(meta: Sequence[tuple[str, str]]) -> Iterator[DateCandidate]:
    for name, content in meta:
        kind = judge_name(name)
        if kind is not None and any(character.isdigit() for character in content):
            yield _candidate(DateSource.META, kind, content, name)
