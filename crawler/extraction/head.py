"""The lines above a text: its title, its byline and its date are fields of the record, not text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from crawler.extraction.caching import MAX_TEXT
from crawler.extraction.date_lines import find_date, find_place, is_label, is_plain, read_line
from crawler.extraction.date_patterns import WEEKDAYS, fold
from crawler.extraction.dates import WINDOW, Order
from crawler.extraction.metadata import normalize_for_comparison
from crawler.extraction.spacing import count_words
from crawler.extraction.title import find_title_lines
from items import Block, DateCandidate, DateKind, DateSource, RemovedReason

_SHORT = 20  # words; a longer block is prose and ends the lines above the text
_LEAD_BLOCKS = 12  # how far above the text a byline may stand
_MAX_DATES = 4  # lines with a date; more are a list of dated entries
_MAX_DAYS = 2  # different ones without a label; more are entries, whatever their number
_DATELINES = 2  # blocks of prose whose opening is read: some pages put a summary above the dateline
_LABEL = re.compile(
    r"^\W*(?:posted|published|submitted|written|dated?|(?:last\s+)?(?:updated|modified|revised|changed))?\W*"
    r"(?:by\b|on\b|:)?\W*",
    re.IGNORECASE,
)
_AUTHOR_LINE = re.compile(
    r"^(?:written\s+|posted\s+|submitted\s+|published\s+)?by:?\s+(?P<names>\S.{1,90})$", re.IGNORECASE
)
_NAME = re.compile(
    r"^(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w.'’-]*|d[aei]|de|del|la|van|von|bin|al|el|y|e)(?:\s+(?:[A-ZÀ-ÖØ-ÞĀ-Ž][\w.'’-]*|d[aei]|de|del|la|van|von|bin|al|el|y|e)){0,5}$"
)
_NAME_SEPARATOR = re.compile(r"\s*(?:,|;|&|\band\b|\by\b|\bet\b|\bund\b)\s*")
_TRAILING = re.compile(r"[\s,;|·•–—-]+(?:on|posted|published)?[\s,:;|·•–—-]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """The region with its fields marked, and what those fields say."""

    region: tuple[Block, ...]
    dates: tuple[DateCandidate, ...]
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A short line, read."""

    dates: tuple[DateCandidate, ...] = ()
    authors: tuple[str, ...] = ()
    whole: bool = False  # whether date and authors are all that it says


def mark_head(
    region: tuple[Block, ...],
    lead: Sequence[Block],
    title: str | None,
    authors: Sequence[str],
    *,
    order: Order | None = None,
    languages: Sequence[str] = (),
) -> Head:
    """Mark the lines above the text that are fields: the title, the byline, the date.

    Args:
        region: the content region.
        lead: the blocks above it, read for a date and authors but not part of the region.
        title: the page's title.
        authors: those that the page's metadata names.
        order: the day/month order, where it is known.
        languages: of the page.
    """
    title_key = normalize_for_comparison(title) if title is not None else ""
    lead_start = max(find_title_lines(lead, title), default=-1) + 1
    above = _near(lead, lead_start)
    lines = [
        _read_line(block, _label_above(above, index), tuple(authors), order, tuple(languages))
        for index, block in enumerate(above)
    ]
    marked = list(region)
    bylines: dict[int, _Line] = {}
    datelines: list[DateCandidate] = []
    prose = 0
    for index, block in enumerate(region):
        if count_words(block.text) > _SHORT:
            if block.reason is None:
                datelines += _read_dateline(block, order, languages)
                prose += 1
            if prose == _DATELINES:
                break
            continue
        if prose:
            continue
        line = _read_line(block, _label_above(region, index), tuple(authors), order, tuple(languages))
        lines.append(line)
        if block.reason is not None:
            continue
        if title_key and normalize_for_comparison(block.text) == title_key:
            marked[index] = replace(block, reason=RemovedReason.TITLE)
        elif line.whole:
            bylines[index] = line
    if sum(bool(line.dates) for line in lines) > _MAX_DATES:  # a list of dated entries
        lines, bylines = [], {}
    unlabelled = {candidate.raw for line in lines for candidate in line.dates if not candidate.labelled}
    several = len(unlabelled) > _MAX_DAYS  # entries too, though few: what they say of themselves stays
    for index, line in bylines.items():
        if not several or all(one.labelled for one in line.dates):
            _mark_byline(marked, index, line)
    return Head(
        tuple(marked),
        (*(one for line in lines for one in line.dates if one.labelled or not several), *datelines),
        tuple(dict.fromkeys(name for line in lines for name in line.authors)),
    )


def _near(lead: Sequence[Block], start: int) -> Sequence[Block]:
    """Give the blocks next to the title, if it stands in the lead, and next to the text."""
    if not start:
        return lead[-_LEAD_BLOCKS:]
    below_title = lead[start:]
    if len(below_title) <= 2 * _LEAD_BLOCKS:
        return below_title
    return (*below_title[:_LEAD_BLOCKS], *below_title[-_LEAD_BLOCKS:])


def _mark_byline(marked: list[Block], index: int, line: _Line) -> None:
    """Mark a line, and the one above it if that is its label: "Last updated:"."""
    marked[index] = replace(marked[index], reason=RemovedReason.BYLINE)
    if line.dates and index and marked[index - 1].reason is None and is_label(marked[index - 1].text):
        marked[index - 1] = replace(marked[index - 1], reason=RemovedReason.BYLINE)


def _read_line(
    block: Block, before: str, authors: tuple[str, ...], order: Order | None, languages: tuple[str, ...]
) -> _Line:
    """Read a short line above the text: dates with or without labels, authors with or without a date."""
    if count_words(block.text) > _SHORT:
        return _Line()
    read = _read_short_line if len(block.text) <= MAX_TEXT else _read_short_line.__wrapped__
    return read(block.text, block.path, before, authors, order, languages)


@lru_cache(maxsize=2048)  # above the text stands the site's menu
def _read_short_line(
    text: str,
    path: str,
    before: str,
    authors: tuple[str, ...],
    order: Order | None,
    languages: tuple[str, ...],
) -> _Line:
    text = " ".join(text.split())
    if not text:
        return _Line()
    found = read_line(text, before=before, order=order, languages=languages)
    dates = tuple(
        DateCandidate(DateSource.BYLINE, one.kind, one.raw, find_place(path), one.labelled)
        for one in found
        if is_plain(one, text)
    )
    rest = text
    if found:
        first, last = found[0], found[-1]
        rest = text[: first.start]
        if len(found) > 1:
            rest = rest if not _LABEL.sub("", text[first.start + len(first.raw) : last.start]) else text
    rest = _TRAILING.sub("", _without_weekday(rest.strip()))
    names = _read_authors(rest)
    key = normalize_for_comparison(_LABEL.sub("", rest))
    known = any(key == normalize_for_comparison(author) for author in authors)
    whole = bool(dates or names or known) and (not key or bool(names) or known)
    return _Line(dates, names, whole)


def _label_above(blocks: Sequence[Block], index: int) -> str:
    """Give the line above where it does nothing but name a date: "Last updated:"."""
    above = blocks[index - 1].text if index else ""
    return above if is_label(above) else ""


def _without_weekday(text: str) -> str:
    head, _, last = text.rstrip(" ,.").rpartition(" ")
    return head if fold(last).casefold() in WEEKDAYS else text


def _read_authors(text: str) -> tuple[str, ...]:
    """Read "By A B and C D"; anything that is no list of names is no byline."""
    match = _AUTHOR_LINE.match(text)
    if match is None:
        return ()
    names = [name for name in _NAME_SEPARATOR.split(match["names"]) if name]
    return tuple(names) if all(_NAME.match(name) for name in names) else ()


def _read_dateline(block: Block, order: Order | None, languages: Sequence[str]) -> list[DateCandidate]:
    """Read the date that opens a paragraph of prose."""
    if not any(map(str.isdigit, block.text[:WINDOW])):  # what no digit states is no day
        return []
    found = find_date(block.text, order, languages)
    if found is None:
        return []
    return [DateCandidate(DateSource.DATELINE, DateKind.PUBLISHED, found[0], find_place(block.path))]
