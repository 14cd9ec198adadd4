"""The rows of a Parquet file as records, to be compared with those of the JSON lines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_ROWS = 256  # that are read at once


class ParquetRowsError(ValueError):
    """The file is no Parquet, or cannot be read to its end; the message is one line."""


def read_rows(path: Path) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """Read a file row by row: days and times are texts, as in JSON, and maps are mappings.

    Returns:
        the names of the columns, and the rows.

    Raises:
        ParquetRowsError: it cannot be read; the iterator may raise it as well.
        OSError: there is no such file.
    """
    try:
        file = pq.ParquetFile(path, pre_buffer=False)
    except pa.ArrowException as error:
        raise ParquetRowsError(" ".join(str(error).split())[:200]) from None
    return file.schema_arrow.names, _read(file)


def _read(file: pq.ParquetFile) -> Iterator[dict[str, Any]]:
    plain = {one.name: convert for one in file.schema_arrow if (convert := _find_converter(one.type)) is not None}
    try:
        with file:
            for batch in file.iter_batches(_ROWS, use_threads=False):
                for row in batch.to_pylist(maps_as_pydicts="lossy"):
                    for name, convert in plain.items():
                        row[name] = convert(row[name])
                    yield row
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise ParquetRowsError(" ".join(str(error).split())[:200]) from None


_Convert = Callable[[Any], Any]


def _find_converter(kind: pa.DataType) -> _Convert | None:
    """Give what turns Arrow's values into those of JSON; None where they are the same."""
    if pa.types.is_date(kind):
        return lambda day: None if day is None else day.isoformat()
    if pa.types.is_timestamp(kind):
        return _write_moment
    if pa.types.is_struct(kind):
        inner = {one.name: convert for one in kind if (convert := _find_converter(one.type)) is not None}
        return (lambda part: None if part is None else {**part, **_convert(part, inner)}) if inner else None
    if pa.types.is_list(kind):
        convert = _find_converter(kind.value_type)
        return None if convert is None else lambda values: None if values is None else [convert(one) for one in values]
    return None


def _convert(part: dict[str, Any], inner: dict[str, _Convert]) -> dict[str, Any]:
    return {name: convert(part[name]) for name, convert in inner.items()}


def _write_moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    found = moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%S") + (f".{found.microsecond:06}" if found.microsecond else "") + "Z"
