"""The parts of a report that say what records lack, how long their texts are, and what was removed from them."""

from collections.abc import Mapping, Sequence

from crawler.corpus.reporting.frequent import KEPT, LIMIT, FrequentText
from crawler.corpus.reporting.page.charts import draw_bar, draw_columns
from crawler.corpus.reporting.page.markup import Html, count, fold, isolate, join, paragraph, share, table, write
from crawler.corpus.reporting.report import CollectionReport
from crawler.corpus.reporting.statistics import LONGEST, OPTIONAL, OPTIONAL_PROVENANCE, Statistics
from crawler.explain_html import REASONS
from crawler.extraction.model import Layout, Position, SiteModel, Template
from items import RemovedReason

_BOUNDS = (25, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)  # words; where a class of length begins
_TEXTS = 40  # that were removed most often
_MODELS = 20  # sites whose templates are listed
_OPEN = 3  # sites whose templates are shown at once
_THINGS = 60  # templates and places of one site
_ALL_THINGS = 240  # of all sites
_MOVED = (RemovedReason.TITLE, RemovedReason.BYLINE, RemovedReason.HEADER_FIELD)  # became fields


def show_missing(found: Statistics, near_duplicated: int) -> Html:
    """Show in how many records each field has no value."""
    missing = dict(found.missing)
    missing["near_duplicate_of"] = found.records - near_duplicated
    names = [*OPTIONAL, "near_duplicate_of", *(f"provenance.{name}" for name in OPTIONAL_PROVENANCE)]
    rows = [
        [Html(f"<code>{name}</code>"), f"{number:,}", share(number, found.records), draw_bar(number, found.records)]
        for name in names
        if (number := missing.get(name, 0))
    ]
    full = [name for name in names if not missing.get(name, 0)]
    said = join((Html(f"<code>{name}</code>") for name in full), ", ")
    return join(
        [
            paragraph(
                "A field without a value says something by itself: docs/record.md tells for each when that is so. Most "
                "are no fault, such as no attachment on a page that has none."
            ),
            table("Records that lack a field", ["Field", "Records", "Share", ""], rows, "tnnb"),
            Html(f"<p>In every record: {said}.</p>") if full else Html(""),
        ]
    )


# --- Lengths ----------------------------------------------------------------------------------------------------------


def show_lengths(found: Statistics) -> Html:
    """Show how many words the texts have."""
    starts = (0, *_BOUNDS)
    counts = [0] * len(starts)
    for words, records in found.lengths.items():
        counts[sum(words >= bound for bound in _BOUNDS)] += records
    names = [
        f"{start:,} to {end - 1:,}" if start else f"fewer than {end:,}"
        for start, end in zip(starts, _BOUNDS, strict=False)
    ]
    names.append(f"{_BOUNDS[-1]:,} and more")
    quarter, half, three = (_name_length(found.find_quantile(part)) for part in (0.25, 0.5, 0.75))
    shortest = min(found.lengths)
    most = max(counts)
    described = f"The most records, {most:,}, have {names[counts.index(most)]} words."
    rows = [
        [name, f"{number:,}" if number else "", share(number, found.records) if number else "", draw_bar(number, most)]
        for name, number in zip(names, counts, strict=True)
    ]
    drawn = draw_columns(counts, "Records by the number of words in their text", described, "lengths")
    ends = "".join(f"<span>{start:,}</span>" for start in starts[:-1]) + f"<span>{starts[-1]:,}+</span>"
    return join(
        [
            paragraph(
                f"The texts have {count(found.words, 'word')} altogether. Half of them have {half} or fewer, the "
                f"middle half {quarter} to {three}; the shortest has {shortest:,} and the longest "
                f"{found.most_words:,}.",
                f"{count(counts[0], 'text')} of fewer than {_BOUNDS[0]} words {'is' if counts[0] == 1 else 'are'} "
                "worth a look: a page that is nearly empty, or one whose text was not found."
                if counts[0]
                else "",
            ),
            Html(
                "<figure><figcaption>Records by words in their text; below each column the fewest of its class"
                "</figcaption>"
                f'{drawn}<div class="axis classes" aria-hidden="true">{ends}</div></figure>'
            ),
            fold(
                "The numbers as a table: records by length",
                table("Records by words", ["Words", "Records", "Share", ""], rows, "tnnb"),
            ),
        ]
    )


def _name_length(words: int) -> str:
    return f"{words:,}" if words < LONGEST else f"{LONGEST:,} or more"


# --- What was removed -------------------------------------------------------------------------------------------------


def show_removed(found: Statistics, collections: Sequence[CollectionReport]) -> Html:
    """Show what was taken out of the texts, why and how often, and what the models say of it."""
    blocks, words = found.removed_blocks.total(), found.removed_words.total()
    if not blocks:
        return join([paragraph("Nothing was removed from any text."), _show_models(collections)])
    kept = found.words
    rows = [
        [
            Html(f"<code>{write(reason)}</code> {write(explain_reason(reason))}"),
            f"{number:,}",
            f"{found.removed_records[reason]:,}",
            share(found.removed_records[reason], found.records),
            f"{found.removed_words[reason]:,}",
            draw_bar(found.removed_records[reason], found.records),
        ]
        for reason, number in sorted(found.removed_blocks.items(), key=lambda one: (-one[1], one[0]))
    ]
    moved = sum(found.removed_words[reason] for reason in _MOVED)
    return join(
        [
            paragraph(
                f"{count(blocks, 'block')} with {count(words, 'word')} {'was' if blocks == 1 else 'were'} taken out of "
                f"the text of {count(found.records - found.untouched, 'record')}; {kept:,} words were kept.",
                f"{count(moved, 'word')} of those removed were not lost: they became title, authors or date."
                if moved
                else "",
                "Menus, sidebars and footers outside of a page’s text are not among them.",
            ),
            table(
                "Blocks by the reason for which they were removed",
                ["Reason", "Blocks", "Records", "Share", "Words", ""],
                rows,
                "wnnnnb",
                ["All", f"{blocks:,}", f"{found.records - found.untouched:,}", "", f"{words:,}", ""],
            ),
            _show_texts(found),
            _show_models(collections),
        ]
    )


def explain_reason(reason: str) -> str:
    """Say what a reason for removal means."""
    return REASONS[RemovedReason(reason)] if reason in set(RemovedReason) else ""


def _show_texts(found: Statistics) -> Html:
    texts = found.removed_texts.most_frequent(_TEXTS)
    heading = Html("<h3>The texts that were removed most often</h3>")
    if not texts:
        return join([heading, paragraph("No text was removed from more than one record.")])
    rows = [
        [
            isolate(one.text, KEPT),
            Html(f"<code>{write(one.reason)}</code>"),
            _count_text(one),
            f"{one.support:,}" if one.support is not None else "",
        ]
        for one in texts
    ]
    forgotten = found.removed_texts.forgotten
    note = (
        f"Up to {LIMIT:,} different texts are kept in mind at once; as there were more, the rarer ones were forgotten, "
        f"so that a number with “or more” may be too low by {forgotten:,} at most."
        if forgotten
        else ""
    )
    return join(
        [
            heading,
            paragraph(
                "Texts that differ in case, white space or years only are one. Support is the number of pages on "
                "which the program saw the text, or saw such a place, when it learned the site; where none is named, "
                "the page alone decided.",
                note,
                name="note",
            ),
            table("Removed texts", ["Text", "Reason", "Records", "Support"], rows, "wtnn"),
        ]
    )


def _count_text(one: FrequentText) -> str:
    return f"{one.records:,} or more" if one.missed else f"{one.records:,}"


def _show_models(collections: Sequence[CollectionReport]) -> Html:
    heading = Html("<h3>What the site models take for template</h3>")
    withheld = [one for one in collections if one.withholds_models and one.models]
    if withheld:
        heading = join([heading, *(_tell_withheld(one.name) for one in withheld)])
    models = [
        (one.name, host, model)
        for one in collections
        if not one.withholds_models
        for host, model in sorted(one.models.items())
    ]
    if not models and withheld:
        return heading
    if not models:
        return join([heading, paragraph("No site was learned: single-page rules read every page.")])
    models.sort(key=lambda one: -one[2].pages)
    several = len(collections) > 1
    size = min(_THINGS, _ALL_THINGS // min(len(models), _MODELS))
    shown = [
        _show_model(
            f"{name}: {host or 'files without a URL'}" if several else host or "files without a URL",
            model,
            size,
            is_open=len(models) <= _OPEN,
        )
        for name, host, model in models[:_MODELS]
    ]
    left = len(models) - len(shown)
    return join(
        [
            heading,
            paragraph(
                "What repeats over the pages of a site, as it was learned; what stands in the head or the tail of the "
                "text goes, what stands in its body stays. Pages: how many have it, of how many that were looked at.",
                Html("<code>scrapy templates</code> shows all of it, whole, and lets you decide otherwise."),
                name="note",
            ),
            *shown,
            paragraph(f"{count(left, 'further site')} with fewer pages {'is' if left == 1 else 'are'} not shown.")
            if left
            else Html(""),
        ]
    )


def _tell_withheld(name: str) -> Html:
    return Html(
        f"<p>{isolate(name)}: not shown, for models quote pages, and a takedown list leaves out a record. "
        "<code>scrapy templates</code> shows them to you.</p>"
    )


def _show_model(name: str, model: SiteModel, size: int, *, is_open: bool) -> Html:
    things: list[tuple[int, Layout, Template | Position]] = []
    for number, layout in enumerate(model.layouts, start=1):
        things += [(number, layout, one) for one in layout.templates]
        things += [(number, layout, one) for one in layout.positions]
    label = f"{name}: {count(model.pages, 'page')}, {count(len(model.layouts), 'layout')}"
    summary = (
        f"{label}, {count(len(things), 'text or place', 'texts and places')}; "
        f"{count(len(model.frame), 'text')} around the text"
    )
    if not things:
        return paragraph(f"{summary}.")
    left = len(things) - size
    rows = [_make_row(*one) for one in things[:size]]
    caption = f"Templates of {name}{f'; {left:,} further ones are not shown' if left > 0 else ''}"
    head = ["Text or place", "Rule", "Where", "Pages", "Oldest page", "Newest page", "Layout"]
    return fold(summary, table(caption, head, rows, "wttnddt"), is_open=is_open)


def _make_row(number: int, layout: Layout, one: Template | Position) -> list[str]:
    decision = f", {one.decision} (decided)" if one.decision is not None else ""
    period: Mapping[str, str | None] = {}
    if isinstance(one, Template):
        shown = isolate(one.text, KEPT)
        period = {"first": one.first_seen, "last": one.last_seen}
    else:  # its examples are texts of single pages, which a takedown list may name
        shown = Html(f"at {isolate(one.path or 'the container', KEPT)}")
    return [
        shown,
        f"{one.rule}{decision}",
        str(one.place),
        f"{one.pages:,} of {one.of:,}",
        period.get("first") or "",
        period.get("last") or "",
        Html(f"{number}: {isolate(layout.container, 60)}"),
    ]
