"""The columns of a corpus as a table, derived from `items.Record`: whole, with lists inside; or flat, a cell a value.

Pure. docs/analysis.md says what the flat columns mean.
"""

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crawler.extraction.record import make_one_line
from items import Record

DAYS = frozenset(("date_published_earliest", "date_published_latest"))  # always a whole day
MOMENTS = frozenset(("fetched_at",))  # always a UTC time

_SEPARATOR = "; "
_NO_ANNOTATIONS = '"annotations":{}'
# NUL and half of a surrogate pair, as JSON spells them: DuckDB refuses a file for the one, R for the other.
_UNREADABLE_ESCAPE = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Kind(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"  # whole
    TRUTH = "truth"
    DAY = "day"  # text such as 2015-03-27
    MOMENT = "moment"  # text such as 2026-11-23T13:32:31Z
    TEXTS = "texts"  # a list
    MAPPING = "mapping"  # of texts to texts
    PART = "part"  # a mapping with the keys of `parts`
    PARTS = "parts"  # a list of such mappings


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what its values are; each may be missing."""

    name: str
    kind: Kind
    parts: tuple["Column", ...] = ()


def _derive_columns(described: Any) -> tuple[Column, ...]:
    hints = typing.get_type_hints(described)
    return tuple(_derive(one.name, hints[one.name]) for one in dataclasses.fields(described))


def _derive(name: str, hint: Any) -> Column:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
    origin = typing.get_origin(hint)
    if origin is tuple:
        inner = typing.get_args(hint)[0]
        return Column(name, Kind.TEXTS) if inner is str else Column(name, Kind.PARTS, _derive_columns(inner))
    if origin is dict:
        return Column(name, Kind.MAPPING)
    if origin is typing.Literal:
        return Column(name, Kind.TEXT)
    if dataclasses.is_dataclass(hint):
        return Column(name, Kind.PART, _derive_columns(hint))
    if name in DAYS or name in MOMENTS:
        return Column(name, Kind.DAY if name in DAYS else Kind.MOMENT)
    if issubclass(hint, bool):
        return Column(name, Kind.TRUTH)
    return Column(name, Kind.NUMBER if issubclass(hint, int) else Kind.TEXT)


RECORD_COLUMNS = _derive_columns(Record)


@dataclass(frozen=True, slots=True)
class FlatLayout:
    """The columns of a flat table, and how a record becomes its row.

    `doc_id` and `text` come first, as the Text Interchange Format of rOpenSci has them (https://docs.ropensci.org/tif/).
    """

    annotations: tuple[str, ...] = ()  # the researcher's own columns, in their order; no two differ in case alone
    history: bool = False  # whether a document has several rows
    names: Mapping[str, str] = field(init=False, compare=False)  # of the columns of annotations, by annotation

    def __post_init__(self) -> None:
        # On one line each, for DuckDB takes no file for CSV whose header has several.
        columns = [" ".join(f"annotations_{annotation}".split()) for annotation in self.annotations]
        object.__setattr__(self, "names", dict(zip(self.annotations, tell_apart(columns), strict=True)))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order; none holds lists."""
        rest = (column for column in self._flatten_columns() if column.name != "text")
        return (Column("doc_id", Kind.TEXT), Column("text", Kind.TEXT), *rest)

    def _flatten_columns(self) -> Iterator[Column]:
        for column in RECORD_COLUMNS:
            if column.kind is Kind.MAPPING:
                yield from (Column(name, Kind.TEXT) for name in self.names.values())
            elif column.kind is Kind.PART:
                yield from (Column(f"{column.name}_{part.name}", part.kind) for part in column.parts)
            elif column.kind in (Kind.TEXTS, Kind.PARTS):
                yield Column(column.name, Kind.TEXT)
            else:
                yield column

    def flatten(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Make the row of a record: a value for each column, None where there is none."""
        row: dict[str, Any] = {"doc_id": self.find_doc_id(record), "text": None}
        for column in RECORD_COLUMNS:
            value = record[column.name]
            if column.kind is Kind.MAPPING:
                row.update((name, value.get(annotation)) for annotation, name in self.names.items())
            elif column.kind is Kind.PART:
                row.update((f"{column.name}_{part.name}", value[part.name]) for part in column.parts)
            elif column.kind is Kind.TEXTS:
                row[column.name] = join_texts(value)
            elif column.kind is Kind.PARTS:
                row[column.name] = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None
            else:
                row[column.name] = value
        return row

    def find_doc_id(self, record: Mapping[str, Any]) -> str:
        """Name the row: by collection and `id`, in a history by the revision as well; no two rows have one name."""
        name = f"{record['collection']}-{record['id']}"
        return f"{name}-r{record['revision']}" if self.history else name


def join_texts(texts: Iterable[str]) -> str | None:
    r"""Put a list into one cell: its entries divided by `; `; in an entry, `;` becomes `\;` and `\` becomes `\\`.

    Returns:
        None for an empty list.
    """
    joined = _SEPARATOR.join(text.replace("\\", "\\\\").replace(";", "\\;") for text in texts)
    return joined or None


def note_annotations(lines: Iterable[str], names: dict[str, None]) -> Iterator[str]:
    """Let lines through, and add the names of their annotations, in the order in which they are met."""
    for line in lines:
        if _NO_ANNOTATIONS not in line:
            names.update(dict.fromkeys(read_record(line).get("annotations", ())))  # an old revision may have none
        yield line


def tell_apart(names: Iterable[str]) -> list[str]:
    """Give each name one that differs from those before it in more than case: to SQL they are the same else.

    DuckDB reads no file of JSON lines in which two records have the annotations `Coder` and `coder`.

    Returns:
        as many names in the same order: each as it was, or with a number behind it.
    """
    given: list[str] = []
    taken: set[str] = set()
    for name in names:
        unique = name
        number = 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique.casefold())
        given.append(unique)
    return given


def rename_annotations(lines: Iterable[str], names: Mapping[str, str]) -> Iterable[str]:
    """Name the annotations of records anew; lines to which nothing is done stay as they are."""
    if all(name == new for name, new in names.items()):
        return lines
    return (line if _NO_ANNOTATIONS in line else _rename(read_record(line), names) for line in lines)


def _rename(record: Mapping[str, Any], names: Mapping[str, str]) -> str:
    renamed = {names[name]: text for name, text in record.get("annotations", {}).items()}
    return write_row({**record, "annotations": renamed} if renamed else record)


def read_record(line: str) -> dict[str, Any]:
    """Read a line; U+FFFD stands for each NUL and half of a surrogate pair, which some readers do not take.

    Raises:
        ValueError: it is no JSON.
    """
    record = json.loads(line)
    return _clean(record) if _UNREADABLE_ESCAPE.search(line) else record  # type: ignore[no-any-return]


def clean_line(line: str) -> str:
    """Give a line as it is to leave: as it is, unless it holds what some readers do not take."""
    return write_row(read_record(line)) if _UNREADABLE_ESCAPE.search(line) else line


def write_row(row: Mapping[str, Any]) -> str:
    """Write a mapping as a line of JSON."""
    return make_one_line(json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _UNREADABLE.sub(_REPLACEMENT, value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(one) for name, one in value.items()}
    return value
