"""Written dates → EDTF (ISO 8601-2:2019, level 1), never more than the text says.

Shapes of our own first (`date_patterns`): English, numeric and CJK forms, the timestamps of ISO 8601-1 and RFC 5322
section 3.3, month names of 27 languages. `dateparser` (1.5.0) is asked last, and only in other languages that the
caller names: left to guess, it was measured to need 370-1,080 ms for a first text and 5-10 ms for each later one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from crawler.extraction import date_patterns as p
from crawler.extraction.date_foreign import FOREIGN_LANGUAGES, ask_dateparser

Order = Literal["MDY", "DMY", "YMD"]

FETCH_TOLERANCE = timedelta(days=1)  # it is tomorrow already somewhere on Earth
WINDOW = 320  # characters looked at, after leading white space: a dateline with its labels is shorter
MIN_YEAR = 1000  # below stand the null dates of databases (0001-01-01)
MAX_YEAR = 2100  # no page was published later; the ceiling where no fetch time is known
MIN_BARE_YEAR = 1500  # of 20150327: smaller numbers count something else
MAX_LEADS = 6  # labels, places, weekdays stepped over before a date
FALLBACK_LENGTH = 60  # characters; dateparser's time grows with its text


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """What a text says of a date, or why it says nothing: either `edtf` or `reason` is None."""

    edtf: str | None  # a time to the minute is written with seconds :00, for EDTF knows no shorter one
    precision: str | None  # "year", "season", "month", "day", "minute", "second" or "interval"
    kind: str  # the precision; without a date "none", "relative", "invalid", "future" or "ambiguous"
    reason: str | None  # None when dated; else `kind`, or what is ambiguous: "ambiguous_order", "ambiguous_month"
    zone: str | None = None  # "Z" or "±HH:MM" where a time states it
    raw: str | None = None  # the stretch of the text that states the date: text[start : start + len(raw)]
    start: int | None = None
    earliest: str | None = None  # YYYY-MM-DD, the first day it can mean
    latest: str | None = None  # YYYY-MM-DD, the last day it can mean


@dataclass(frozen=True, slots=True)
class _Question:
    """The folded text and all that the caller knows."""

    folded: str
    order: Order | None
    languages: tuple[str, ...]
    fetched: datetime | None  # UTC


@dataclass(frozen=True, slots=True)
class _Reading:
    """One shape, read: a value, or the reason why it has none."""

    end: int  # offset in the folded text
    precision: str = "day"
    edtf: str = ""
    first: date = date.min
    last: date = date.min
    zone: str | None = None
    then: re.Pattern[str] = p.FOLLOWS_ANY  # what must follow a shape too short to be a date by itself
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Lead:
    """What has been stepped over before the date, and what must therefore follow it."""

    position: int
    start: int | None = None  # where the date's own words began: weekday, time or "circa"
    follows: re.Pattern[str] = p.FOLLOWS_PHRASE
    bare: bool = True  # nothing but brackets so far
    circa: bool = False
    clock: p.Clock | None = None


def parse_date(
    text: str,
    *,
    order: Order | None = None,
    languages: Sequence[str] | None = None,
    fetched_at: datetime | None = None,
) -> ParsedDate:
    """Read the date that `text` is, or that leads it; never raises, reads no clock, looks at 320 characters at most.

    A date counts only where it leads the text, after nothing but brackets, labels ("Posted on:", "FOR IMMEDIATE
    RELEASE"), a byline, a weekday, a time or a dateline's place, and where no sentence runs on from it in lower case
    ("March 27, 2015 was"). After a place it must also end its phrase ("NEW YORK, May 5, 2015 —"), after a place and a
    dash another dash must close it; a bare year, 2015-03 or 20150327 counts only as the whole text.

    Args:
        text: any string.
        order: of 3/4/15, known from elsewhere; a day above 12 settles it without or against. Two digits of a year are
            read as RFC 5322 section 4.3 does (00-49 are 20xx).
        languages: ISO 639-1 codes; they settle the month names that differ in meaning, and open the way to dateparser.
        fetched_at: naive means UTC. Makes "2 days ago" a day, and what is over a day later "future". Weeks, months and
            years ago stay "relative", for pages round them.

    Seasons have northern meteorological bounds, and "Winter 2015" reaches from December 2014 to February 2016: both
    winters are called so. A weekday that contradicts its date is not noticed.
    """
    parse = _parse if len(text) <= WINDOW else _parse.__wrapped__  # long texts are not kept
    known = tuple(languages or ())
    parsed = parse(text, order, known, None)
    if fetched_at is None:
        return parsed
    # Few dates depend on the time of the fetch, which is another one for each page.
    fetched = fetched_at.astimezone(UTC) if fetched_at.tzinfo else fetched_at.replace(tzinfo=UTC)
    if parsed.reason == "relative":
        return _parse.__wrapped__(text, order, known, fetched)
    if parsed.earliest is not None and date.fromisoformat(parsed.earliest) - fetched.date() > FETCH_TOLERANCE:
        return ParsedDate(None, None, "future", "future")
    return parsed


@lru_cache(maxsize=4096)  # pages state the same day several times, and the pages of a site are dated alike
def _parse(text: str, order: Order | None, languages: tuple[str, ...], fetched_at: datetime | None) -> ParsedDate:
    stripped = text.strip()
    window = stripped[:WINDOW]
    folded = p.fold(window)
    if len(stripped) > WINDOW:
        folded += " x"  # more text follows: the window's end is not the text's end
    known = tuple(code.casefold().replace("_", "-").partition("-")[0] for code in languages)
    question = _Question(folded, order, known, fetched_at)

    found = _find(question)
    if found is None:
        found = _foreign(question, stripped)
    if found is None:
        return ParsedDate(None, None, "none", "none")
    begin, reading = found
    reason = reading.reason or _out_of_range(reading, question.fetched)
    if reason is not None:
        return ParsedDate(None, None, reason.partition("_")[0], reason)
    start = p.unfolded_offset(window, begin)
    return ParsedDate(
        edtf=reading.edtf,
        precision=reading.precision,
        kind=reading.precision,
        reason=None,
        zone=reading.zone,
        raw=window[start : p.unfolded_offset(window, reading.end - 1) + 1],
        start=start + len(text) - len(text.lstrip()),
        earliest=reading.first.isoformat(),
        latest=reading.last.isoformat(),
    )


def find_latest_day(fetched_at: str) -> date:
    """Give the last day that a page can call past.

    Args:
        fetched_at: when it was fetched (ISO 8601); naive means UTC.
    """
    fetched = datetime.fromisoformat(fetched_at)
    return (fetched.astimezone(UTC) if fetched.tzinfo else fetched).date() + FETCH_TOLERANCE


def _out_of_range(reading: _Reading, fetched: datetime | None) -> str | None:
    if reading.first.year < MIN_YEAR:
        return "invalid"
    later = fetched is not None and reading.first - fetched.date() > FETCH_TOLERANCE
    return "future" if later or int(reading.edtf.rpartition("/")[2][:4]) > MAX_YEAR else None


# --- Where the date stands: what may lead it, what may follow it ----------------------------------------------------

_LEADS = (
    (p.LABEL_BY, p.FOLLOWS_LABEL),
    (p.LABEL, p.FOLLOWS_LABEL),
    (p.BYLINE, p.FOLLOWS_BREAK),
    (p.PLACE_BRACKET, p.FOLLOWS_BRACKET),
    (p.PLACE_DASH, p.FOLLOWS_DASH),
    (p.PLACE_COMMA, p.FOLLOWS_BREAK),
)


def _find(question: _Question) -> tuple[int, _Reading] | None:
    """Step over what may lead a date until a shape can be read; return where the date begins, and the reading."""
    lead: _Lead | None = _Lead(_skip(p.OPENERS, question.folded, 0))
    for _ in range(MAX_LEADS + 1):
        if lead is None:
            return None
        for reading in _readings(question, lead):
            finished = _finish(question.folded, lead, reading)
            if finished is not None:
                return lead.position if lead.start is None else lead.start, finished
        lead = _step_over(question.folded, lead)
    return None


def _skip(pattern: re.Pattern[str], folded: str, at: int) -> int:
    match = pattern.match(folded, at)
    return at if match is None else match.end()


def _step_over(folded: str, lead: _Lead) -> _Lead | None:
    """Return the lead after one more label, weekday, time or place; None where the text is something else."""
    at = lead.position
    start = at if lead.start is None else lead.start
    if (weekday := p.WEEKDAY.match(folded, at)) and weekday["word"].casefold() in p.WEEKDAYS:
        return replace(lead, position=weekday.end(), start=start, bare=False)
    if (match := p.CLOCK.match(folded, at)) and isinstance(clock := p.read_clock(match), tuple):
        position = _skip(p.AFTER_LEADING_CLOCK, folded, match.end())
        only = clock if lead.clock is None else None  # from 10:30 to 12:00 is an event's time, not the page's
        return replace(lead, position=position, start=start, bare=False, clock=only)
    if match := p.CIRCA.match(folded, at):
        return replace(lead, position=match.end(), start=start, circa=True)
    for pattern, follows in _LEADS if lead.follows is not p.FOLLOWS_END else ():
        if match := pattern.match(folded, at):
            return _Lead(_skip(p.OPENERS, folded, match.end()), follows=follows, bare=False)
    if lead.bare and (match := p.CONNECTOR.match(folded, at)):  # "On March 27, 2015" as the whole text, no sentence
        return _Lead(match.end(), follows=p.FOLLOWS_END, bare=False)
    return None


# EDTF level 1 qualifiers, by (approximate, uncertain), and what may bear them.
_QUALIFIERS = {(False, False): "", (True, False): "~", (False, True): "?", (True, True): "%"}
_QUALIFIED = frozenset({"year", "month", "day"})


def _finish(folded: str, lead: _Lead, reading: _Reading) -> _Reading | None:
    """Return the reading with its qualifier, if what follows lets it be a date."""
    if lead.circa and reading.precision not in _QUALIFIED:
        return None
    if reading.precision in _QUALIFIED:
        end = _skip(p.UNCERTAIN, folded, reading.end)
        mark = _QUALIFIERS[lead.circa, end > reading.end]
        reading = replace(reading, edtf=reading.edtf + mark, end=end)
    end = reading.end
    if folded[end - 1].isascii() and p.ATTACHED.match(folded, end):
        return None
    needed = (lead.follows, reading.then, p.FOLLOWS_BREAK if lead.circa else p.FOLLOWS_ANY)
    return reading if all(pattern.match(folded, end) for pattern in needed) else None


# --- What shape it has ----------------------------------------------------------------------------------------------


def _readings(question: _Question, lead: _Lead) -> Iterator[_Reading]:
    """Yield what can be read at the lead's position, the longest statement first."""
    folded, at = question.folded, lead.position
    for day in _days(question, at):
        if day.precision == "day":
            yield from _with_clock(folded, day, lead.clock)
        if day.precision == "day" and day.reason is None:
            yield from _with_second_day(question, day)
        yield day
    if folded[at : at + 1].isalpha():
        yield from _ctime(question, at)
        if (match := p.SEASON_FORM.match(folded, at)) and (season := p.read_season(match)) is not None:
            yield _Reading(match.end(), "season", *season, then=p.FOLLOWS_BREAK)
    if lead.bare:
        yield from _whole_text(folded, at)
    if lead.follows in {p.FOLLOWS_PHRASE, p.FOLLOWS_LABEL}:
        yield from _relative(question, lead)


def _days(question: _Question, at: int) -> Iterator[_Reading]:
    """Yield days, months and intervals that one shape states."""
    folded = question.folded
    if folded[at : at + 1].isdigit():
        for form in p.ORDERED_FORMS:
            if match := form.match(folded, at):
                day = None if match["d1"] is None else int(match["d1"])
                yield _reading((int(match["y1"]), int(match["m1"]), day), None, match.end())
        if match := p.NUMERIC_FORM.match(folded, at):
            yield _numeric(match, question.order)
    for form in p.NAMED_FORMS:
        if (match := form.match(folded, at)) and (named := p.read_named(match, question.languages)) is not None:
            if isinstance(named, str):
                yield _Reading(match.end(), reason=named)
            else:
                short_year = len(match.groupdict().get("y1") or match["y2"]) < 4
                yield _reading(*named, match.end(), short_year=short_year)


def _reading(first: p.Parts, last: p.Parts | None, end: int, *, short_year: bool = False) -> _Reading:
    """Read one date, or the interval of two. A month, and a year of two digits, must end their phrase."""
    try:
        edtf, opening, closing = p.read_parts(first)
        if last is not None:
            last_edtf, _, closing = p.read_parts(last)
            edtf = f"{edtf}/{last_edtf}"
    except ValueError:
        return _Reading(end, reason="invalid")
    if closing < opening:
        return _Reading(end, reason="invalid")
    then = p.FOLLOWS_BREAK if short_year or first[2] is None else p.FOLLOWS_ANY
    precision = "interval" if last is not None else "month" if first[2] is None else "day"
    return _Reading(end, precision, edtf, opening, closing, then=then)


def _numeric(match: re.Match[str], order: Order | None) -> _Reading:
    """Read 3/4/15: as `order` says, else as the calendar leaves it one reading, else not at all."""
    a, b, written = int(match[1]), int(match[3]), match[4]
    short = len(written) < 4
    by_order = {"MDY": (p.read_year(written), a, b), "DMY": (p.read_year(written), b, a)}
    if short:  # a year of two digits stands first only where the caller says so, or nothing else is possible
        by_order["YMD"] = (p.read_year(match[1].zfill(2)), b, int(written.lstrip("'")))
    read = {name: _reading(parts, None, match.end(), short_year=short) for name, parts in by_order.items()}
    dated = {name: reading for name, reading in read.items() if reading.reason is None}
    if order in dated:
        return dated[order]
    possible = {reading.edtf: reading for name, reading in dated.items() if name != "YMD" or len(dated) == 1}
    if len(possible) == 1:
        return possible.popitem()[1]
    then = p.FOLLOWS_BREAK if short else p.FOLLOWS_ANY
    return _Reading(match.end(), then=then, reason="ambiguous_order" if possible else "invalid")


def _with_second_day(question: _Question, first: _Reading) -> Iterator[_Reading]:
    """Yield the interval, where a day is followed by "to" and another day."""
    if match := p.RANGE_TO.match(question.folded, first.end):
        for last in _days(question, match.end()):
            if last.reason == "ambiguous_order":
                yield last
            elif last.precision == "day" and last.reason is None and first.first <= last.first:
                yield replace(last, precision="interval", edtf=f"{first.edtf}/{last.edtf}", first=first.first)


def _whole_text(folded: str, at: int) -> Iterator[_Reading]:
    """Read the shapes that are dates only when they are the whole text: 2015, 2015-03, 20150327."""
    if match := p.YEAR_MONTH_FORM.match(folded, at):
        reading = _reading((int(match["y1"] or match["y2"]), int(match["m1"] or match["m2"]), None), None, match.end())
        if reading.reason is None:
            yield replace(reading, then=p.FOLLOWS_END)
    if match := p.COMPACT_FORM.match(folded, at):
        day = _reading((int(match["year"]), int(match["month"]), int(match["day"])), None, match.end())
        clock = p.read_clock(match) if match["hour"] else None
        if day.reason is None and day.first.year >= MIN_BARE_YEAR and not isinstance(clock, str):
            yield replace(day if clock is None else _at(day, clock, match.end()), then=p.FOLLOWS_END)
    if match := p.YEAR_FORM.match(folded, at):
        bounds = date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
        yield _Reading(match.end(), "year", match[1], *bounds, then=p.FOLLOWS_END)


def _with_clock(folded: str, day: _Reading, leading: p.Clock | None) -> Iterator[_Reading]:
    """Yield the day with the time that follows it, or with the one that stood before it."""
    before = p.BEFORE_CLOCK.match(folded, day.end)
    match = before and p.CLOCK.match(folded, before.end())
    if not before or not match:
        if leading is not None:
            yield _at(day, leading, day.end)
        return
    clock = p.read_clock(match, said=before["said"] is not None)
    is_range = any(p.CLOCK_RANGE.match(folded, at) for at in (match.end("minute"), match.end()))
    if clock is None or (is_range and not before["iso"]):
        return
    yield _at(day, clock, match.end()) if isinstance(clock, tuple) else replace(day, end=match.end(), reason=clock)


def _at(day: _Reading, clock: p.Clock, end: int) -> _Reading:
    hour, minute, second, zone = clock
    edtf = f"{day.edtf}T{hour:02}:{minute:02}:{second or 0:02}{zone or ''}"
    precision = "minute" if second is None else "second"
    return replace(day, end=end, precision=precision, edtf=edtf, zone=zone, then=p.FOLLOWS_ANY)


def _ctime(question: _Question, at: int) -> Iterator[_Reading]:
    """Read Mar 27 10:00:00 EST 2015."""
    match = p.CTIME_FORM.match(question.folded, at)
    month = match and p.read_month(match["name"], question.languages)
    if match and isinstance(month, int) and isinstance(clock := p.read_clock(match), tuple):
        day = _reading((int(match["year"]), month, int(match["day"])), None, match.end())
        yield day if day.reason else _at(day, clock, match.end())


# --- Relative dates, and the languages that are not in our tables ---------------------------------------------------


def _relative(question: _Question, lead: _Lead) -> Iterator[_Reading]:
    """Read "yesterday" and "2 days ago" against the fetch time, where it is known and the unit is not rounded."""
    for form in p.RELATIVE_FORMS:
        if match := form.match(question.folded, lead.position):
            age = p.read_age(match)
            counted = p.FOLLOWS_ANY if lead.follows is p.FOLLOWS_LABEL else p.FOLLOWS_BREAK
            then = p.FOLLOWS_TODAY if form is p.TODAY_FORM else counted
            if age is None or question.fetched is None:
                yield _Reading(match.end(), then=then, reason="relative")
            else:
                day = (question.fetched - age).date()
                yield _Reading(match.end(), "day", day.isoformat(), day, day, then=then)


def _foreign(question: _Question, stripped: str) -> tuple[int, _Reading] | None:
    """Ask dateparser about a short text in the languages whose months we do not know.

    What it answers is taken at the precision that the text's numbers state: a year and a day, or a year alone.
    """
    codes = tuple(code for code in question.languages if code in FOREIGN_LANGUAGES)
    numbers = sorted(re.findall(r"\d+", question.folded), key=len)
    if not codes or len(stripped) > FALLBACK_LENGTH or len(numbers) not in {1, 2} or len(numbers[-1]) != 4:
        return None
    days = [int(number) for number in numbers[:-1]]
    found = ask_dateparser(stripped, codes, question.order, with_day=bool(days))
    if found is None or found.year != int(numbers[-1]) or (days and found.day != days[0]):
        return None
    return 0, _reading((found.year, found.month, found.day if days else None), None, len(question.folded))
