"""Dates in the short lines of a page: where in a line each stands, and what the words before it say of it."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler.extraction.caching import cache_short
from crawler.extraction.date_patterns import MONTHS, SEASONS, WEEKDAYS, fold
from crawler.extraction.dates import WINDOW, Order, parse_date
from items import DateKind

# A year of four digits, or two numbers with a separator, or 16-Oct-18, or '18: a text without any holds no date.
_MAYBE = re.compile(
    r"\d(?:(?<=[12])(?:[5-9]|(?<=2)0)\d\d|(?<=[^0-9])\d{3}|\d?\s?[./-]\s?\d{1,2}\s?[./-]\s?\d|\s?[月월]|-[^\W\d_]{3,9}-\d\d)"
    r"|['’]\d\d(?!\d)"
)
_NUMERIC_DATE = re.compile(r"\d{1,4}[/.-]\s?\d{1,2}[/.-]\s?\d{1,4}")
_REACH = 60  # characters before its numbers at which a date begins: a weekday, a label, a place
_LABEL = "Date: "
_CIRCA = frozenset(("circa", "ca", "c", "approx", ""))
_AROUND_WORD = "()[]{}\"'“”„«»‹›,.;:!?|·•*<>~–—-"
_LABEL_WORDS = 3
_WORD = re.compile(r"\S+")
_GLUED = re.compile(r"(?<=(?<!\d)\d{4})(?=[^\W\d_]{3})")  # two elements without a space between them
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # likewise: "Senior AnalystUpdated"
_LETTER_OR_DIGIT = re.compile(r"\w")
_MODIFIED = re.compile(
    r"\b(?:updated?|modified|revised|changed|edited|(?:last|medically)\sreviewed|aktualisiert|aktualisierung|geandert|anderung|(?:aktualisierungs|anderungs)datum|bearbeitet|"
    r"mise?\sa\sjour|modifiee?|actualizad[oa]|atualizad[oa]|modificad[oa]|aggiornat[oa]|aggiornamento|bijgewerkt|gewijzigd|"
    r"actualizacion|atualizacao|modification|modificacion|modificacao|uppdaterad|oppdatert|opdateret|aktualizacja|aktualizovano|"
    r"обновлено|оновлено|guncelle\w*)\b(?:\s(?:date|time)\b)?|(?:更新|수정)(?:日期|时间|時間)?"
)
_PUBLISHED = re.compile(
    r"\b(?:published|posted|publication|released?|issued|created|submitted|written|date|dated|"
    r"(?:post|publish|publishing)\s(?:date|time)|veroffentlicht|veroffentlichung|erschienen|erstellt|eingestellt|geschrieben|gespeichert|"
    r"gepostet|datum|erscheinungsdatum|publiee?|mise?\sen\sligne|parue?|publicad[oa]|fecha|data|pubblicat[oa]|gepubliceerd|geplaatst|"
    r"publicerad|publicerat|publisert|offentliggjort|opublikowano|publikovano|опубликовано|опубліковано|дата|yayin\w*|tarih|"
    r"diterbitkan)\b|نشر|تاريخ|发布|發布|日期|公開日|掲載日|投稿日|게시일|등록일|작성일"
)
# Days of something else than a document, and days of a document's way to print.
_OTHER = re.compile(
    r"\b(?:received|accepted|events?|deadline|expires?|expired|due|effective|hearing|decided|argued|born|died|retrieved|accessed|"
    r"printed|when|starts?|begins?|ends?|until|rsvp|joined|member\ssince|copyright|eingegangen|angenommen|veranstaltung|termin|birth|geburt\w*|geboren|nacido|ne\sle)\b(?:\sdate\b)?|出生(?:日期)?"
)
_NUMBERED = re.compile(  # "Issue 12 June 2014" is a month: the number before it counts something else
    r"\b(?:vol(?:ume)?|issue|no|nr|number|part|chapter|page|heft|ausgabe|band|teil|numero|tome)\.?\s$", re.IGNORECASE
)
_ENDS_APART = re.compile(r"(?:^|[.,;:|·•()\[\]/–—-])\s*$")
_BEGINS_APART = re.compile(r"\s*(?:$|[.,;:|·•()\[\]/–—-])")


@dataclass(frozen=True, slots=True)
class LineDate:
    """A date in a line."""

    raw: str
    start: int  # in the line
    kind: DateKind
    labelled: bool  # whether the words before it say what it is
    precision: str  # of the date; "day" for one whose order is ambiguous

    @property
    def has_day(self) -> bool:
        """Whether it names the day, or a time of it."""
        return self.precision in ("day", "minute", "second")


def read_line(
    text: str,
    *,
    before: str = "",
    order: Order | None = None,
    languages: Sequence[str] = (),
) -> tuple[LineDate, ...]:
    """Find the dates of a line, in their order.

    An interval is an event's. What stands between two dates, or before the first, is the label of the later one.

    Args:
        text: one line; white space has been collapsed.
        before: the line above it, which may be the label of a date that opens this one.
        order: the day/month order, where it is known.
        languages: of the page.
    """
    if not may_hold_date(text):
        return ()
    return _read_line(text, before, order, tuple(languages))


@lru_cache(maxsize=1024)  # a line is read as a byline, as an element that is named for its date, and among all lines
def _read_line(text: str, before: str, order: Order | None, languages: tuple[str, ...]) -> tuple[LineDate, ...]:
    line, text = text, _GLUED.sub(" ", text)
    added = [match.start() + count for count, match in enumerate(_GLUED.finditer(line))]
    numbers = [match.span() for match in _MAYBE.finditer(text)]
    found: list[LineDate] = []
    done = passed = 0
    for word in _WORD.finditer(text):
        if word.start() < done or not _LETTER_OR_DIGIT.search(word[0]):
            continue
        while passed < len(numbers) and numbers[passed][1] <= word.start():
            passed += 1
        if passed == len(numbers):
            break
        if word.start() < numbers[passed][0] - _REACH:
            continue
        if not _may_begin(word[0]) or _NUMBERED.search(text, max(0, word.start() - _REACH), word.start()):
            continue
        one = find_date(text[word.start() :], order, languages)
        lead = ""
        if one is None and _find_label(text, done, word.start(), before) is not None:
            lead = _LABEL  # behind it a sentence may go on: "Posted on May 5, 2015 in News"
            one = find_date(lead + text[word.start() :], order, languages)
        if one is None:
            continue
        raw, at, precision = one
        start = word.start() + at - len(lead)
        kind = _find_label(text, done, start, before)
        if precision == "interval":
            kind = DateKind.EVENT
        done = start + len(raw)
        begin, end = (at - bisect_left(added, at) for at in (start, done))
        found.append(LineDate(line[begin:end], begin, kind or DateKind.PUBLISHED, kind is not None, precision))
    return tuple(found)


def _find_label(text: str, done: int, start: int, before: str) -> DateKind | None:
    """Judge what stands before a date, back to the date before it; where that is nothing, the line above."""
    label = text[max(done, start - _REACH) : start]
    return _judge(label if done or _LETTER_OR_DIGIT.search(label) else before)


@lru_cache(maxsize=8192)
def _may_begin(word: str) -> bool:
    """Tell whether a date can begin in a word: one with a digit, the name of a month, weekday or season, "circa"."""
    if any(character.isdigit() for character in word):
        return True
    bare = fold(word).casefold().strip(_AROUND_WORD)
    return bare in MONTHS or bare in WEEKDAYS or bare in SEASONS or bare in _CIRCA


def is_label(text: str) -> bool:
    """Tell whether a line does nothing but name the date that follows."""
    return len(text) < 40 and _is_short_label(text)


@lru_cache(maxsize=4096)
def _is_short_label(text: str) -> bool:
    return not any(character.isdigit() for character in text) and _judge(text) is not None


@cache_short
def may_hold_date(text: str) -> bool:
    """Tell quickly whether a text has the numbers of a date."""
    return _MAYBE.search(text) is not None


def is_plain(one: LineDate, line: str) -> bool:
    """Tell a date from a subject: a year counts right after a label, a month or a season also if signs set it apart.

    "Volume 1 - Winter 1998" is dated, "Employment in January 2022" and "We updated the bridge in 2014" are not.
    """
    if one.precision == "year":
        return one.labelled and len(line[: one.start].split()) <= _LABEL_WORDS
    if one.has_day or one.labelled:
        return True
    apart = _ENDS_APART.search(line[: one.start]) and _BEGINS_APART.match(line[one.start + len(one.raw) :])
    return one.precision in ("month", "season") and apart is not None


def find_place(path: str) -> str:
    """Name the place of a block by the last steps of its path."""
    return "/".join(path.rsplit("/", 2)[-2:])


def _judge(label: str) -> DateKind | None:
    """Tell what a label says; of several words the last counts: "Published in May. Updated:"."""
    folded = fold(_CAMEL.sub(" ", label)).casefold()
    modified = max((match.end() for match in _MODIFIED.finditer(folded)), default=-1)
    published = max((match.end() for match in _PUBLISHED.finditer(folded)), default=-1)
    other = max((match.end() for match in _OTHER.finditer(folded)), default=-1)
    if modified == published == other == -1:
        return None
    if other >= max(modified, published):
        return DateKind.EVENT
    return DateKind.MODIFIED if modified >= published else DateKind.PUBLISHED


def find_date(text: str, order: Order | None, languages: Sequence[str]) -> tuple[str, int, str] | None:
    """Find the date that a text begins with, its place and precision; one of ambiguous order waits for it."""
    parsed = parse_date(text, order=order, languages=languages or None)
    if parsed.edtf is not None and parsed.raw is not None and parsed.start is not None:
        return parsed.raw, parsed.start, parsed.precision or "day"
    match = _NUMERIC_DATE.search(text, 0, WINDOW) if parsed.reason == "ambiguous_order" else None
    return (match[0], match.start(), "day") if match is not None else None
