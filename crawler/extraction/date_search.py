"""The last resort: where nothing on a page states a day of publication, `htmldate` is asked, and its answer is proven.

htmldate answers with a day and does not say what it saw. Its answer counts only where the page's source states that
very day, to the day and in an order that is known: in its text or in a field, not in a link, an image's address or
words that call it an update.
"""

import html
import re
from collections.abc import Iterator, Sequence, Set

import lxml.html
from htmldate import find_date

from crawler.extraction.date_lines import read_line
from crawler.extraction.date_names import judge_name
from crawler.extraction.date_order import find_shown_order
from crawler.extraction.dates import MAX_YEAR, Order, find_latest_day, parse_date
from items import DateCandidate, DateKind, DateSource

_EARLIEST = "1990-01-01"  # there were no pages before
_BEFORE = 60  # characters before a year in which the rest of its date and the label may stand
_AFTER = 30
_MAX_PLACES = 60  # at which the year stands that are looked at
_TAG = re.compile(r"<[^>]*>|^[^<]*>|<[^>]*$")
_TAG_NAME = re.compile(r"</?([\w-]+)")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*[\"']?[^\"'<>=]*$")
_QUOTE = re.compile(r"[\"']")
_URLS = frozenset("href src srcset data-src data-srcset action poster style cite value".split())
_JSON_NAME = re.compile(r"[\"']([\w:-]+)\\?[\"']\s*:\s*\\?[\"'][^\"':]*$")
_NO_STATEMENT = re.compile(
    r"modif|updat|last-?mod|geändert|änderung|aktualis|copyright|©|&copy;|expire|server|birth|comment|\.(?:jpe?g|png|gif|webp|css|js)",
    re.IGNORECASE,
)


def search_day(
    tree: lxml.html.HtmlElement,
    source: str,
    url: str,
    *,
    within: tuple[str, str] | None = None,
    refused: Set[str] = frozenset(),
    order: Order | None = None,
    languages: Sequence[str] = (),
    fetched_at: str | None = None,
) -> DateCandidate | None:
    """Ask htmldate (1.11) for the day of publication of a page on which nothing else states one.

    Args:
        tree: the page's root element, as parsed; a copy of it is searched.
        source: the page's markup, in which the day must stand.
        url: where it was fetched.
        within: the first and the last day (YYYY-MM-DD) of the month or year that the page states.
        refused: days (YYYY-MM-DD) on which the page says that it was changed, or which its site states without truth.
        order: the day/month order, where it is known.
        languages: of the page.
        fetched_at: when it was fetched (ISO 8601); no page was published later.
    """
    latest = f"{MAX_YEAR}-12-31" if fetched_at is None else find_latest_day(fetched_at).isoformat()
    try:
        day = find_date(tree, extensive_search=True, original_date=True, url=url, min_date=_EARLIEST, max_date=latest)
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError):  # a page that htmldate cannot take
        return None
    if day is None or day in refused or (within is not None and not within[0] <= day <= within[1]):
        return None
    return next(_find_statements(source, day, order, languages), None)


def _find_statements(source: str, day: str, order: Order | None, languages: Sequence[str]) -> Iterator[DateCandidate]:
    year = day[:4]
    for count, found in enumerate(re.finditer(rf"(?<!\d){year}", source)):
        if count == _MAX_PLACES:
            return
        before, after = source[max(0, found.start() - _BEFORE) : found.start()], source[found.start() :][:_AFTER]
        if _NO_STATEMENT.search(before) or _NO_STATEMENT.search(after[4:]):
            continue
        place = _find_place(source, found.start())
        if place is None:
            continue
        if place.endswith("]"):  # an attribute's value
            before = _QUOTE.split(before)[-1]
        stated = _TAG.sub(" ", before) + _QUOTE.split(after.partition("<")[0])[0]
        line = " ".join(html.unescape(stated).split())
        for one in read_line(line, order=order, languages=languages):
            known = order or find_shown_order(one.raw, languages)
            parsed = parse_date(one.raw, order=known, languages=languages or None)
            if one.kind is DateKind.PUBLISHED and parsed.earliest == parsed.latest == day:
                yield DateCandidate(DateSource.HTMLDATE, DateKind.PUBLISHED, one.raw, place)


def _find_place(source: str, at: int) -> str | None:
    """Name where a date stands in a page's source; None where it says nothing of the page: in links, images, data."""
    opened = source.rfind("<", 0, at)
    tag = _TAG_NAME.match(source, opened) if opened >= 0 else None
    name = tag[1].lower() if tag is not None else ""
    if source.rfind(">", 0, at) < opened:  # inside a tag
        attribute = _ATTRIBUTE.search(source, opened, at)
        written = attribute[1].lower() if attribute is not None else ""
        return f"{name}[{written}]" if written and written not in _URLS else None
    if name == "script":
        key = _JSON_NAME.search(source, max(opened, at - _BEFORE), at)
        return key[1] if key is not None and judge_name(key[1]) is DateKind.PUBLISHED else None
    return None if name == "a" else name
