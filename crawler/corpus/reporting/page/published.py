"""The parts of a report that say when records were published, of what type they are, and how it is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from crawler.corpus.periods import SEVERAL_MONTHS, YEAR_ONLY
from crawler.corpus.reporting.page.charts import FEW, draw_bar, draw_columns
from crawler.corpus.reporting.page.markup import (
    Html,
    count,
    fold,
    isolate,
    join,
    link,
    paragraph,
    region,
    share,
    shorten,
    table,
    write,
)
from crawler.corpus.reporting.statistics import MAX_TYPES, NOTHING_STATED, Statistics

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_PANELS = 8  # types that have a picture; the others share one
_MONTHLY = 144  # months up to which a picture has a column for each; above, for each year
_ROWS = 600  # of a table of months; a longer one has years
_YEARS = 150  # rows of the calendar, those without a record among them
_LEVELS = 5  # tints
_FEW = 10  # records of a month; where one has more, most months have far fewer, and the tints tell these apart
_NO_TYPE = "no type"
_OTHER = "all other types"
_PRECISIONS = ("second", "minute", "day", "interval", "month", "season", "year")  # as in docs/record.md
_SOURCES = {
    "byline": "a line between title and text",
    "url": "the address",
    "json_ld": "JSON-LD",
    "meta": "a meta element",
    "markup": "an element named for its date",
    "dateline": "the opening of the text",
    "time": "a time element",
    "line": "a line elsewhere on the page",
    "feed": "the feed",
    "sitemap": "the sitemap",
    "http": "an HTTP header",
    "htmldate": "found by htmldate in the page’s source",
    "": "no evidence in the record",
}
_REASONS = {
    NOTHING_STATED: "neither the page nor its address states a date of publication",
    "none": "words stand where a date does, and state none",
    "ambiguous_order": "day and month cannot be told apart, as in 3/4/15",
    "ambiguous_month": "the month’s name means different months in different languages",
    "relative": "counted from another day, as in “two weeks ago”",
    "invalid": "no day of the calendar",
    "future": "later than the fetch",
    "constant": "the site states the same day on nearly all pages",
    "fetch_day": "the site states the day on which it is asked",
    "contradicted": "the site’s other dates speak against it",
}


def show_published(found: Statistics) -> Html:
    """Show the records by month of publication and by document type."""
    dated = Counter({(year, month): 0 for year, month, _ in found.periods})
    for (year, month, _), records in found.periods.items():
        dated[year, month] += records
    undated = found.undated.total()
    unknown = (
        f"{count(undated, 'record')} of {found.records:,} ({share(undated, found.records)}) "
        f"{'has' if undated == 1 else 'have'} no date and {'is' if undated == 1 else 'are'} in no year below."
        if undated
        else "Every record has a date."
    )
    parts = [
        paragraph(
            unknown, "No month was filled in: a date that names only its year or season stands in a column of its own."
        )
    ]
    if dated:
        parts += [_make_calendar(dated), _show_types(found)]
    return join(parts)


def _make_calendar(dated: Counter[tuple[int, int]]) -> Html:
    years = sorted({year for year, _ in dated})
    gapless = years[-1] - years[0] < _YEARS
    shown: Sequence[int] = range(years[0], years[-1] + 1) if gapless else years
    columns = list(range(1, 13))
    names = list(_MONTHS)
    for month, name in ((YEAR_ONLY, "year only"), (SEVERAL_MONTHS, "season")):
        if any(one == month for _, one in dated):
            columns.append(month)
            names.append(name)
    most = max((records for (_, month), records in dated.items() if 1 <= month <= 12), default=0)
    rows = []
    for year in shown:
        cells = "".join(_make_day_cell(dated[year, month], month, most) for month in columns)
        total = sum(dated[year, month] for month in columns)
        rows.append(f'<tr><th scope="row">{year}</th>{cells}<td>{total:,}</td></tr>')
    totals = "".join(f"<td>{sum(dated[year, month] for year in years):,}</td>" for month in columns)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Year", *names, "All"))
    several = " Season: a season, or an interval that reaches into another month." if "season" in names else ""
    gaps = "" if gapless else " Years without a record are left out."
    caption = f"Records by year and month of publication. The darker a cell, the more records.{several}{gaps}"
    return region(
        "Records by year and month of publication",
        Html(
            f'<table class="calendar"><caption><span>{write(caption)}</span></caption><thead><tr>{head}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody>"
            f'<tfoot><tr><th scope="row">All</th>{totals}<td>{dated.total():,}</td></tr></tfoot></table>'
        ),
    )


def _make_day_cell(records: int, month: int, most: int) -> str:
    if not records:
        return "<td></td>"
    if not 1 <= month <= 12:
        return f"<td>{records:,}</td>"
    level = ceil(_LEVELS * (records / most) ** (0.5 if most > _FEW else 1)) if most > 1 else 1
    return f'<td class="l{level}">{records:,}</td>'


# --- Types ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Axis:
    """The columns of all pictures, and the rows of their table."""

    names: tuple[str, ...]
    monthly: bool
    first: int  # the number of the first column: months since the year 0, or the year

    def place(self, year: int, month: int) -> int | None:
        """Give the column of a date; None where it has none."""
        if not self.monthly:
            return year - self.first
        return 12 * year + month - 1 - self.first if 1 <= month <= 12 else None


def _make_axis(found: Statistics, longest: int) -> _Axis:
    months = [12 * year + month - 1 for year, month, _ in found.periods if 1 <= month <= 12]
    if months and max(months) - min(months) < longest:
        span = range(min(months), max(months) + 1)
        return _Axis(tuple(f"{one // 12}-{one % 12 + 1:02}" for one in span), True, span[0])
    years = [year for year, _, _ in found.periods]
    return _Axis(tuple(map(str, range(min(years), max(years) + 1))), False, min(years))


def _show_types(found: Statistics) -> Html:
    kinds: list[str | None] = sorted(
        (kind for kind in found.types if kind is not None), key=lambda kind: (-found.types[kind], kind)
    )
    others = kinds[_PANELS:] if len(kinds) > _PANELS + 1 else []
    groups: list[tuple[str, list[str | None]]] = [(kind or "", [kind]) for kind in kinds if kind not in others]
    if others:
        groups.append((_OTHER, others))
    if found.types[None]:
        groups.append((_NO_TYPE if kinds else "all records", [None]))
    axis = _make_axis(found, _MONTHLY)
    unit = "month" if axis.monthly else "year"
    panels = [_make_panel(found, axis, name, group, number) for number, (name, group) in enumerate(groups, start=1)]
    note = (
        f"One picture for each document type, a column for each {unit}. Each has a scale of its own, and says how high "
        "its highest column is."
    )
    if not kinds:
        note = f"No record has a document type: they are all in one picture, a column for each {unit}."
    if not axis.monthly:
        note += " So many months could not be told apart in a picture; the calendar above has them."
    left = sum(records for (year, month, _), records in found.periods.items() if axis.place(year, month) is None)
    if left:
        note += f" {count(left, 'record')} without a single month {'is' if left == 1 else 'are'} not in the pictures."
    if len(found.types) > MAX_TYPES:
        note += f" The first {MAX_TYPES} types that were met are told apart; further ones count together."
    return join(
        [
            Html("<h3>By document type</h3>"),
            paragraph(note, name="note"),
            Html(f'<div class="panels">{join(panels)}</div>'),
            _make_type_table(found, groups),
        ]
    )


def _count_columns(found: Statistics, axis: _Axis, group: Sequence[str | None]) -> list[int]:
    values = [0] * len(axis.names)
    for (year, month, kind), records in found.periods.items():
        place = axis.place(year, month)
        if kind in group and place is not None:
            values[place] += records
    return values


def _make_panel(found: Statistics, axis: _Axis, name: str, group: Sequence[str | None], number: int) -> Html:
    values = _count_columns(found, axis, group)
    total = sum(found.types[kind] for kind in group)
    most = max(values)
    highest = axis.names[values.index(most)]
    unit = "month" if axis.monthly else "year"
    plain = shorten(name, 60)
    described = (
        f"Columns from {axis.names[0]} to {axis.names[-1]}, one for each {unit}; the highest is {most:,} in {highest}."
        if most
        else "No record of this kind has a date that could be drawn."
    )
    undated = sum(found.undated[kind] for kind in group)
    without = f", {undated:,} without a date" if undated else ""
    peak = f"; at most {most:,} a {unit}" if most else ""
    said = f"– {count(total, 'record')}{without}{peak}"
    caption = Html(f"<b>{isolate(plain, 60)}</b> {write(said)}")
    few = len(axis.names) < FEW
    shown = (axis.names[0], "" if few else axis.names[len(axis.names) // 2], axis.names[-1])
    ends = "".join(f"<span>{one}</span>" for one in dict.fromkeys(shown) if one)
    drawn = draw_columns(values, f"{plain}: records a {unit}", described, f"type-{number}")
    return Html(
        f"<figure><figcaption>{caption}</figcaption>{drawn}"
        f'<div class="axis{" few" if few else ""}" aria-hidden="true">{ends}</div></figure>'
    )


def _make_type_table(found: Statistics, groups: Sequence[tuple[str, Sequence[str | None]]]) -> Html:
    axis = _make_axis(found, _ROWS)
    columns = [_count_columns(found, axis, group) for _, group in groups]
    unit = "month" if axis.monthly else "year"
    rows: list[list[str]] = []
    for number, name in enumerate(axis.names):
        values = [column[number] for column in columns]
        if any(values):
            rows.append([name, *(f"{value:,}" if value else "" for value in values), f"{sum(values):,}"])
    if axis.monthly:
        for year, month in sorted({(year, month) for year, month, _ in found.periods if not 1 <= month <= 12}):
            values = [sum(found.periods[year, month, kind] for kind in group) for _, group in groups]
            what = "year only" if month == YEAR_ONLY else "season"
            rows.append([f"{year}, {what}", *(f"{value:,}" if value else "" for value in values), f"{sum(values):,}"])
    undated = [sum(found.undated[kind] for kind in group) for _, group in groups]
    if any(undated):
        rows.append(["no date", *(f"{value:,}" if value else "" for value in undated), f"{sum(undated):,}"])
    totals = [sum(found.types[kind] for kind in group) for _, group in groups]
    head = [unit.capitalize(), *(isolate(name, 60) for name, _ in groups), "All"]
    return fold(
        f"The numbers as a table: records by {unit} and type",
        table(
            f"Records by {unit} of publication and document type; {unit}s without a record are left out",
            head,
            rows,
            "t" + "n" * (len(groups) + 1),
            ["All", *(f"{value:,}" for value in totals), f"{sum(totals):,}"],
        ),
    )


# --- Evidence ---------------------------------------------------------------------------------------------------------


def _name_records(named: Sequence[tuple[str | None, str]], of: int) -> Html:
    """List some records, so that somebody can look what is with them."""
    if not named:
        return Html("")
    items = "".join(f"<li>{isolate(title or 'without a title', 120)}<br>{link(url)}</li>" for title, url in named)
    rest = of - len(named)
    more = paragraph(f"{rest:,} more {'is' if rest == 1 else 'are'} not named here.", name="note") if rest else ""
    return fold("Which record" if of == 1 else "Which records", Html(f'<ul class="named">{items}</ul>{more}'))


def show_evidence(found: Statistics) -> Html:
    """Show where the dates stood, how exact they are, and why records have none."""
    parts = []
    dated = found.evidence.total()
    if dated:
        met = {precision for _, precision in found.evidence}
        precisions = [*(one for one in _PRECISIONS if one in met), *sorted(met - set(_PRECISIONS))]
        sources = Counter({source: 0 for source, _ in found.evidence})
        for (source, _), records in found.evidence.items():
            sources[source] += records
        rows = [
            [
                Html(f"<code>{source}</code> {write(_SOURCES[source])}") if source else _SOURCES[source],
                *(_show_number(found.evidence[source, precision]) for precision in precisions),
                f"{records:,}",
                share(records, dated),
                draw_bar(records, dated),
            ]
            for source, records in sorted(sources.items(), key=lambda one: (-one[1], one[0]))
        ]
        totals = [sum(found.evidence[source, one] for source in sources) for one in precisions]
        head = ["Where the date stood", *(one or "unnamed" for one in precisions), "All", "Share", ""]
        total = ["All", *(f"{one:,}" for one in totals), f"{dated:,}", "100 %", ""]
        kinds = f"w{'n' * (len(precisions) + 2)}b"
        parts.append(table("Records by evidence and precision of the date that was chosen", head, rows, kinds, total))
    conflicts = found.conflicts
    parts.append(
        paragraph(
            f"In {count(conflicts, 'record')} ({share(conflicts, found.records)}) two statements of the publication "
            "date lie more than a day apart (date_conflict)."
            if conflicts
            else "In no record do two statements of the publication date lie more than a day apart."
        )
    )
    parts.append(_name_records(found.conflicting_records, conflicts))
    undated = found.undated.total()
    if undated:
        rows = [
            [Html(f"<code>{write(reason)}</code> {write(_REASONS.get(reason, ''))}"), f"{records:,}"]
            for reason, records in sorted(found.undated_reasons.items(), key=lambda one: (-one[1], one[0]))
        ]
        caption = (
            f"Why {count(undated, 'record')} {'has' if undated == 1 else 'have'} no date; a record may count twice"
        )
        parts += [Html("<h3>Without a date</h3>"), table(caption, ["Reason", "Records"], rows, "wn")]
        parts.append(_name_records(found.undated_records, undated))
    return join(parts)


def _show_number(number: int) -> str:
    return f"{number:,}" if number else ""
