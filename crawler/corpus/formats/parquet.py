"""Parquet: typed columns, with lists, structures and a map of annotations inside; flat, a cell a value."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from crawler import __version__
from crawler.corpus.columns import DAYS, RECORD_COLUMNS, Column, FlatLayout, Kind, read_record
from crawler.corpus.formats.written import UnwritableRecordError, Written

# Records are objects of Python only a portion at a time; a row group is made of portions as Arrow has them. Small
# groups would cost readers time, and what describes the file, in memory until the end, grows with their number.
_PORTION_RECORDS = 500
_PORTION_CHARACTERS = 2 * 1024 * 1024  # of its lines
_GROUP_CHARACTERS = 32 * 1024 * 1024
_SHOWN = 60  # characters of a value
_LONG = frozenset(("text", "markdown"))  # no two are the same: a dictionary of them would be for nothing
# By these somebody chooses records: what a group has of them is written down, so that readers can pass it over.
_CHOSEN_BY = ("collection", "organization", "document_type", "language", *sorted(DAYS))

_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.NUMBER: pa.int64(),
    Kind.TRUTH: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.MOMENT: pa.timestamp("ms", tz="UTC"),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.MAPPING: pa.map_(pa.string(), pa.string()),
}


def write_parquet(lines: Iterable[str], file: IO[bytes], layout: FlatLayout | None) -> Written:
    """Write records.

    Args:
        lines: records as JSON.
        file: open to write.
        layout: of a flat table; None for whole records.

    Raises:
        OSError: the file cannot be written.
        UnwritableRecordError: a record holds no day or time where one is promised, or a number without end.
    """
    columns = RECORD_COLUMNS if layout is None else layout.columns
    schema = make_schema(columns)
    converters = {column.name: _find_converter(column) for column in columns}
    plain = [name for name in schema.names if name not in _LONG]
    count = size = 0
    group: list[pa.RecordBatch] = []
    with pq.ParquetWriter(
        file, schema, compression="zstd", use_dictionary=plain, write_statistics=list(_CHOSEN_BY)
    ) as writer:
        for portion in _divide(lines):
            rows = [read_record(line) if layout is None else layout.flatten(read_record(line)) for line in portion]
            arrays = [_make_array(rows, one, converters[one.name]) for one in schema]
            group.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
            count += len(rows)
            size += sum(map(len, portion))
            if size >= _GROUP_CHARACTERS:
                _write_group(writer, group)
                group, size = [], 0
        if group:
            _write_group(writer, group)
    return Written(count)


def _write_group(writer: pq.ParquetWriter, group: list[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(group)
    writer.write_table(table, row_group_size=len(table))


def make_schema(columns: Iterable[Column]) -> pa.Schema:
    """Make the Arrow schema of columns."""
    return pa.schema(
        [pa.field(column.name, _find_type(column)) for column in columns],
        metadata={"created_by_program": f"broadside {__version__}"},
    )


def _find_type(column: Column) -> pa.DataType:
    if column.kind in (Kind.PART, Kind.PARTS):
        part = pa.struct([pa.field(one.name, _find_type(one)) for one in column.parts])
        return pa.list_(part) if column.kind is Kind.PARTS else part
    return _TYPES[column.kind]


def _divide(lines: Iterable[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    size = 0
    for line in lines:
        portion.append(line)
        size += len(line)
        if len(portion) == _PORTION_RECORDS or size >= _PORTION_CHARACTERS:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


_Convert = Callable[[Any], Any]


def _find_converter(column: Column) -> _Convert | None:
    """Give what turns the values of a column into what Arrow takes; None where it takes them as they are."""
    if column.kind is Kind.DAY:
        return date.fromisoformat
    if column.kind is Kind.MOMENT:
        return _read_moment
    if column.kind is Kind.MAPPING:
        return lambda mapping: list(mapping.items())
    inner = {part.name: convert for part in column.parts if (convert := _find_converter(part)) is not None}
    if column.kind is Kind.PART and inner:
        return lambda part: {name: _apply(inner.get(name), value) for name, value in part.items()}
    assert not inner, f"{column.name}: days and times in a list of parts are not written yet"
    return None


def _apply(convert: _Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def _convert_column(rows: Iterable[Mapping[str, Any]], name: str, convert: _Convert | None) -> list[Any]:
    try:
        return [_apply(convert, row[name]) for row in rows]
    except ValueError:
        wrong = next(row for row in rows if not _is_convertible(row[name], convert))
        raise UnwritableRecordError(f"{wrong['url']}: {name} holds {wrong[name]!r}, which is no day or time") from None


def _make_array(rows: Sequence[Mapping[str, Any]], column: pa.Field, convert: _Convert | None) -> pa.Array:
    values = _convert_column(rows, column.name, convert)
    try:
        return pa.array(values, column.type)
    except (OverflowError, pa.ArrowException):
        wrong = next(row for row, value in zip(rows, values, strict=True) if not _has_type(value, column.type))
        shown = repr(wrong[column.name])[:_SHOWN]
        raise UnwritableRecordError(f"{wrong['url']}: {column.name} holds {shown}, which is no {column.type}") from None


def _has_type(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], kind)
    except (OverflowError, pa.ArrowException):
        return False
    return True


def _is_convertible(value: Any, convert: _Convert | None) -> bool:
    try:
        _apply(convert, value)
    except ValueError:
        return False
    return True


def _read_moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
