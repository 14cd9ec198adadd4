"""Pages to records: the identity of a document, its fields in order, and what a record must hold to leave."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from operator import attrgetter
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from crawler.extraction.date_choice import date_page
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.text import join_markdown, join_text
from items import Block, ChangeReason, Dates, Link, Page, Record, Removed

_WORD = re.compile(r"\w+")
# For each byte of code page 1252: "a" for what stands in words, a space for all else. Five bytes mean nothing there.
_LETTERS = bytes(b"a "[_WORD.match(bytes([byte]).decode("cp1252", "replace")) is None] for byte in range(256))
# One record at most, what can be changed in it, and its JSON: who checks a record writes it next.
_last: list[tuple[Record, dict[str, str], bytes]] = []
_LINE_SEPARATORS = {"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"}
_FIELDS = tuple(field.name for field in fields(Record))
_values = attrgetter(*_FIELDS)
_CHANGE = _FIELDS.index("change")  # of three fields, which the program sets when a record was checked and written
# No string of a record can hold this: in JSON its quotes are escaped.
_NO_CHANGE = b'"change":null,"change_reason":null,"revision":null,'


@dataclass(slots=True)
class _Ready:
    """A record that came with its line, checked; and the same with other changes."""

    annotations: dict[str, str]  # as they were: all else in a record cannot be changed in place
    head: bytes
    tail: bytes
    records: list[tuple[Record, bytes]]  # with what stands between head and tail


_ready: list[_Ready] = []  # one at most, as records go through the pipelines one after the other


def find_id(url: str, source_file: str | None = None) -> str:
    """Derive a document's stable identifier: the first 80 bits of the SHA-256 of its normalized URL, hexadecimal.

    Args:
        url: the normalized URL as fetched, or the opaque URL of a manifest.
        source_file: the file's name, only where several files of one input share the URL.
    """
    name = url if source_file is None else f"{url} {source_file}"
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def build_record(page: Page) -> Record:
    """Make the record of a page whose boilerplate is stripped and whose dates are chosen."""
    return _build(page, page.blocks, page.removed, page.dates)


def _build(page: Page, blocks: tuple[Block, ...], removed: tuple[Removed, ...], dates: Dates) -> Record:
    text = join_text(blocks)
    attached = (link.url for link in page.attachments)
    said = "\n".join((page.title or "", dates.published or "", text, *attached))
    digest = hashlib.sha256(said.encode("utf-8")).hexdigest()
    return Record(
        id=page.id,
        url=page.url,
        canonical_url=page.canonical_url,
        organization=page.organization,
        collection=page.collection,
        title=page.title,
        authors=page.authors,
        date_published=dates.published,
        date_published_earliest=dates.published_earliest,
        date_published_latest=dates.published_latest,
        date_published_precision=dates.published_precision,
        date_published_raw=dates.published_raw,
        date_evidence=dates.evidence,
        date_conflict=dates.conflict,
        date_modified=dates.modified,
        document_type=page.document_type,
        topics=page.topics,
        language=page.language,
        text=text,
        markdown=join_markdown(blocks),
        word_count=count_words(text),
        links=_links(blocks),
        attachments=page.attachments,
        annotations=page.annotations,
        removed=removed,
        digest=f"sha256:{digest}",
        near_duplicate_of=None,
        change=None,
        change_reason=None,
        revision=None,
        provenance=page.provenance,
    )


def count_words(text: str) -> int:
    r"""Count the runs of `\w`."""
    try:  # most texts have a byte for each character: then four times as fast
        written = text.encode("cp1252")
    except UnicodeEncodeError:
        return len(_WORD.findall(text))
    return (b" " + written.translate(_LETTERS)).count(b" a")


def find_violation(record: Record) -> str | None:
    """Say in one word what keeps a record from leaving; None for a good one.

    A record needs a text, and every field the type that `schemas/record.schema.json` promises.
    """
    if _find_ready(record) is not None:
        return None
    if not record.text.strip():
        return "no_text"
    try:
        # As JSON, for pydantic takes an instance of a dataclass at its word and looks at none of its fields.
        dumped = dump_record(record)
        if dumped is None:
            dumped = _adapter().dump_json(record, warnings=False)
        _adapter().validate_json(dumped, strict=True)
    except PydanticSerializationError:  # half of a surrogate pair, or an object that is no data
        return "invalid_value"
    except ValidationError as error:
        return f"invalid_{'.'.join(part for part in error.errors()[0]['loc'] if isinstance(part, str))}"
    if (record.date_published is None) != (record.date_published_earliest is None):
        return "inconsistent_dates"
    return None


def finish(page: Page) -> Record:
    """Make the record of a page as it was extracted, by what the pipelines call one after the other."""
    if page.record is not None:
        return page.record
    stripped = strip_furniture(page.blocks, learned=page.read_by_container)
    return _build(page, stripped.kept, stripped.removed, date_page(page))


def dump_record(record: Record) -> bytes | None:
    """Write a record as JSON without spaces, its keys in their order; None for one that breaks the schema."""
    if _last and _last[0][0] is record and _last[0][1] == record.annotations:
        return _last[0][2]
    try:
        "".join(record.annotations).encode("utf-8")  # where keys hold half of a surrogate pair, pydantic writes U+FFFD
        dumped = _adapter().dump_json(record, warnings="error")
    except (PydanticSerializationError, TypeError, UnicodeEncodeError):
        return None
    _last[:] = [(record, dict(record.annotations), dumped)]
    return dumped


def write_line(record: Record) -> bytes | None:
    """Write a record as a line of JSON: NFC, no character in it that ends a line; None for one that breaks the schema.

    One that was handed over with its line is not written again.
    """
    ready = _find_ready(record)
    if ready is not None:
        return ready
    dumped = dump_record(record)
    return dumped if dumped is None or dumped.isascii() else make_one_line(dumped.decode("utf-8")).encode("utf-8")


def make_one_line(written: str) -> str:
    """Normalize JSON to NFC, and escape what some readers take for the end of a line."""
    line = unicodedata.normalize("NFC", written)
    for character, escaped in _LINE_SEPARATORS.items():
        line = line.replace(character, escaped)
    return line


def make_record(page: Page) -> Record:
    """Give the record that was made ahead, and keep its line for who checks and writes it; or build one."""
    record = page.record
    if record is None:
        return build_record(page)
    if page.line is not None:
        head, _, tail = page.line.partition(_NO_CHANGE)
        _ready[:] = [_Ready(dict(record.annotations), head, tail, [(record, _NO_CHANGE)])]
    return record


def with_change(
    record: Record,
    change: Literal["new", "changed", "unchanged", "gone"] | None,
    reason: ChangeReason | None,
    revision: int | None,
) -> Record:
    """Give a record with another change, and with its line, where it has one."""
    values = list(_values(record))
    values[_CHANGE : _CHANGE + 3] = change, reason, revision
    changed = Record(*values)
    if _find_ready(record) is not None:
        said = json.dumps({"change": change, "change_reason": reason, "revision": revision}, separators=(",", ":"))
        _ready[0].records.append((changed, f"{said[1:-1]},".encode()))
    return changed


def _find_ready(record: Record) -> bytes | None:
    """Give the line of a record that was handed over with it; None where there is none, or it is not that record's."""
    for ready in _ready:
        for one, between in ready.records:
            if one is record and ready.annotations == record.annotations:
                return b"".join((ready.head, between, ready.tail))
    return None


def make_ahead(page: Page) -> Page:
    """Make the record of a page where it was extracted, and check and write it, so that nobody has to later.

    Returns:
        the page with its record, with what the pipelines count, and without what they would make the record of.
    """
    dates = date_page(page)
    stripped = strip_furniture(page.blocks, learned=page.read_by_container)
    record = _build(page, stripped.kept, stripped.removed, dates)
    line = write_line(record) if find_violation(record) is None else None
    return replace(page, blocks=(), date_candidates=(), removed=stripped.removed, dates=dates, record=record, line=line)


def load_record(line: str) -> Record:
    """Read a record that was written as JSON.

    Raises:
        ValueError: it is none of this version.
    """
    return _adapter().validate_json(line, strict=False)


def record_schema() -> Mapping[str, object]:
    """Generate the JSON Schema (2020-12) of a record, as it is written."""
    schema = _adapter().json_schema(mode="serialization")
    for described in (schema, *schema["$defs"].values()):
        if "properties" in described:
            described["required"] = list(described["properties"])  # a field with a default is written all the same
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


def _links(blocks: Sequence[Block]) -> tuple[Link, ...]:
    """List the links of the text in order, each pair of words and URL once."""
    return tuple(dict.fromkeys(link for block in blocks for link in block.links))
