"""The part of a report that shows records chosen by chance: what was kept beside what was removed, to be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from crawler.corpus.reporting.page.markup import (
    Html,
    clean_text,
    count,
    isolate,
    join,
    link,
    paragraph,
    quote,
    region,
    write,
)
from crawler.corpus.reporting.page.texts import explain_reason

BUDGET = 120_000  # characters of kept text, and as many of removed ones, of all records together
_LONGEST = 8_000  # characters of one text
_BLOCK = 1_500  # characters of one removed block
_BLOCKS = 60  # removed from one record
_STATEMENTS = 6  # of dates


def show_sample(records: Sequence[Mapping[str, Any]], seed: int, total: int) -> Html:
    """Show records, each with what was kept on the left and what was removed on the right.

    Args:
        records: chosen ones.
        seed: of the choice.
        total: how many there are to choose from.
    """
    limit = min(_LONGEST, BUDGET // max(len(records), 1))
    return join(
        [
            paragraph(
                f"{count(len(records), 'record')} of {total:,}, chosen by chance: those whose hashed id comes first "
                f"(seed {seed};",
                Html(f'<code class="whole">--seed {seed + 1}</code> shows others).'),
                "Whether the corpus is good is best seen here: does a text lack something, and does something stand in "
                "it that is no text?",
                f"Texts longer than {limit:,} characters are shortened.",
            ),
            *(_show_record(record, number, limit) for number, record in enumerate(records, start=1)),
        ]
    )


def _show_record(record: Mapping[str, Any], number: int, limit: int) -> Html:
    title = record["title"] or "without a title"
    language = record["language"]
    kept = region(f"Kept text of record {number}", _show_kept(record["text"], language, limit), "text")
    removed = record["removed"]
    out = (
        region(f"Removed from record {number}", _show_removed(removed, language, limit), "text out")
        if removed
        else paragraph("Nothing was removed.", name="note")
    )
    blocks = f", {count(len(removed), 'block')}" if removed else ""
    return Html(
        f'<article class="record" aria-labelledby="record-{number}">'
        f'<h3 id="record-{number}"{_name_language(language)}>{isolate(title)}</h3>'
        f'<p class="meta">{link(record["url"])}</p>{_show_facts(record)}{_show_date(record)}'
        f'<div class="sides"><div><h4>Kept, {count(record["word_count"], "word")}</h4>{kept}</div>'
        f"<div><h4>Removed{blocks}</h4>{out}</div></div></article>\n"
    )


def _name_language(language: str | None) -> str:
    return f' lang="{quote(language)}"' if language is not None and language.isascii() and language.isalpha() else ""


def _show_facts(record: Mapping[str, Any]) -> Html:
    named = [record["organization"] or record["collection"], record["document_type"], *record["authors"][:5]]
    facts = join((isolate(one, 100) for one in named if one), " · ")
    change = record["change"]
    because = f" ({record['change_reason']})" if record["change_reason"] else ""
    said = f" · {change}{because}" if change else ""
    return Html(f'<p class="meta">{facts}{write(said)} · id <code>{isolate(record["id"], 40)}</code></p>')


def _show_date(record: Mapping[str, Any]) -> Html:
    evidence = record["date_evidence"]
    date = record["date_published"]
    if date is None:
        first, others = "No date.", evidence
    else:
        precision = record["date_published_precision"] or "precision not named"
        first = Html(f"Published <strong>{isolate(date, 60)}</strong> ({isolate(precision, 20)})")
        if evidence:
            first = Html(f"{first}, by {_show_statement(evidence[0])}.")
        others = evidence[1:]
    parts = [write(first)]
    if others:
        parts.append(join((_show_statement(one) for one in others[:_STATEMENTS]), "; "))
        parts[-1] = Html(f"Also stated: {parts[-1]}.")
    if len(others) > _STATEMENTS:
        parts.append(write(f"{len(others) - _STATEMENTS:,} further statements."))
    if record["date_conflict"]:
        parts.append(write("They conflict."))
    return Html(f'<p class="meta">{join(parts, " ")}</p>')


def _show_statement(one: Mapping[str, Any]) -> Html:
    kind = "" if one["kind"] == "published" else f", {one['kind']}"
    read = Html(f"is {isolate(one['value'], 60)}") if one["value"] is not None else write(f"({one['reason']})")
    place = Html(f" at {isolate(one['place'], 80)}") if one["place"] else Html("")
    return Html(f"{isolate(one['source'], 20)}{write(kind)}{place}: “{isolate(one['raw'], 80)}” {read}")


def _show_kept(text: str, language: str | None, limit: int) -> Html:
    shown = clean_text(text[:limit]).strip()
    cut = len(text) - limit
    more = paragraph(f"Shortened: {count(cut, 'further character')} not shown.", name="why") if cut > 0 else ""
    return Html(f'<div class="plain" dir="auto"{_name_language(language)}>{write(shown)}</div>{more}')


def _show_removed(removed: Sequence[Mapping[str, Any]], language: str | None, limit: int) -> Html:
    """Show removed blocks in their order, as far as there is room."""
    parts: list[Html] = []
    room = limit
    ordered = sorted(removed, key=lambda one: one["position"])
    for one in ordered[:_BLOCKS]:
        size = min(_BLOCK, room)
        if size <= 0:
            break
        text = one["text"]
        room -= min(len(text), size)
        shown = clean_text(text[:size]).strip()
        cut = f" Shortened by {len(text) - size:,} characters." if len(text) > size else ""
        pages = f", {count(one['support'], 'page')}" if one["support"] is not None else ""
        why = f"{one['reason']}{pages}: {explain_reason(one['reason'])}. Block {one['position']:,}.{cut}"
        parts.append(
            Html(
                f'<div class="plain" dir="auto"{_name_language(language)}>{write(shown)}</div>'
                f'<p class="why">{write(why)}</p>'
            )
        )
    left = len(ordered) - len(parts)
    if left:
        parts.append(paragraph(f"{count(left, 'further block')} not shown.", name="why"))
    return join(parts)
