"""The revisions of a record as lines: what changed from each to the next, for a person to read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from crawler.extraction.word_diff import Piece, diff_words, show_diff, write_pieces
from crawler.storage.visits import Revision
from crawler.terminal import show

_STYLES = {"removed": "red", "added": "green", "gap": "dim"}
_INDENT = "  "
_WIDTH = 13  # of the names in front, with the space behind the longest


def print_history(console: Console, collection: str, revisions: Sequence[Revision], context: int) -> None:
    """Print the revisions of one URL, the first one first.

    Args:
        console: to print on; colors where it is a terminal.
        collection: its name.
        revisions: of the URL, at least one, in their order.
        context: unchanged words around each change of the text, at most.
    """
    count = len(revisions)
    many = "one revision" if count == 1 else f"{count:,} revisions"
    console.print(Text(show(f"{revisions[0].url} in {collection}: {many}"), style="bold"), soft_wrap=True)
    before: Mapping[str, Any] | None = None
    for revision in revisions:
        # Whatever version wrote it: an earlier schema may lack a field.
        record = json.loads(revision.line)
        console.print(Text(describe(revision)), soft_wrap=True)
        for line in compare(before, record, context):
            console.print(Text(_INDENT).append_text(line), soft_wrap=True)
        before = record


def describe(revision: Revision) -> str:
    """Name a revision in a line: its number, the date of its run, and what became of the record."""
    reason = "" if revision.reason is None else f" ({revision.reason})"
    return f"{revision.number}  {revision.started_at}  {revision.change}{reason}"


def compare(before: Mapping[str, Any] | None, record: Mapping[str, Any], context: int) -> Iterator[Text]:
    """Say what differs between two revisions of a record; of the first one, what it was.

    Args:
        before: the revision before; None for the first one.
        record: as parsed JSON.
        context: unchanged words around each change of the text, at most.
    """
    if before is None:
        yield _name("title", [Piece("kept", _field(record, "title") or "none")])
        yield _name("published", [Piece("kept", _field(record, "date_published") or "no date")])
        yield from (_name("attachment", [Piece("kept", one)]) for one in _attachments(record))
        yield _name("text", [Piece("kept", f"{len(_field(record, 'text').split()):,} words")])
        return
    lines = list(_find_differences(before, record, context))
    yield from lines or [Text("as before: title, date, attachments and text")]


def _find_differences(before: Mapping[str, Any], record: Mapping[str, Any], context: int) -> Iterator[Text]:
    old, new = _field(before, "title"), _field(record, "title")
    if old != new:
        yield _name("title", show_diff(diff_words(old, new), len(old.split())))
    old, new = _field(before, "date_published"), _field(record, "date_published")
    if old != new:
        yield _name("published", _replace(old, new))
    were, are = _attachments(before), _attachments(record)
    yield from (_name("attachment", _replace(one, "")) for one in were if one not in are)
    yield from (_name("attachment", _replace("", one)) for one in are if one not in were)
    if were != are and sorted(were) == sorted(are):
        yield _name("attachment", [Piece("kept", "in another order")])
    old, new = _field(before, "text"), _field(record, "text")
    if old != new:
        diff = diff_words(old, new)
        if diff.is_coarse:
            yield _name("text", [Piece("kept", "too long to compare each word: longer passages are shown as replaced")])
        yield _name("text", show_diff(diff, context))


def _field(record: Mapping[str, Any], name: str) -> str:
    return record.get(name) or ""


def _attachments(record: Mapping[str, Any]) -> list[str]:
    return [f"{one['text']} <{one['url']}>".lstrip() for one in record.get("attachments") or ()]


def _replace(old: str, new: str) -> list[Piece]:
    return [piece for piece in (Piece("removed", old), Piece("added", new)) if piece.text]


def _name(name: str, pieces: Sequence[Piece]) -> Text:
    line = Text(name.ljust(_WIDTH))
    for piece in write_pieces(pieces):
        line.append(show(piece.text), style=_STYLES.get(piece.kind, ""))
    return line
