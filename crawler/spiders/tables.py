"""Tables that a user brings: CSV, TSV, JSON lines and workbooks, read whole, cell by cell, as text.

Nothing of a table is lost in silence: a column without a name, or with a name that stands twice, gets one of its own,
and what cannot be taken as it stands is said.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import takewhile
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from crawler.errors import UserError
from crawler.extraction.document import decode

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
TABLES = (".csv", ".tsv", ".jsonl", *WORKBOOKS)
ALLOWED = ".csv, .tsv, .jsonl, .xlsx, .xlsm, .xls or .ods"
_HEADER_ROWS = 20  # titles and notes may stand above the row that names the columns
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # JSON can write it, UTF-8 cannot
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)(?<!/)>")  # that holds something
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_MAX_CELLS = 50_000_000  # of a sheet's rectangle, which is held in memory; one stray cell far off would fill it
_SHOWN = 5  # cells or rows named in one line

Row = tuple[int, Sequence[str]]  # numbered as a spreadsheet shows it: a cell may hold several lines


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table below its header."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]  # by column; numbered as a spreadsheet shows them, or by lines
    problems: tuple[str, ...] = ()


def read_table(path: Path, required: str, known: Collection[str] = ()) -> Table:
    """Read a table by the row that names its columns.

    Args:
        path: its ending says what it is.
        required: a column that must be there.
        known: more columns that mean something; `Document type` is taken for `document_type`.

    Raises:
        UserError: it cannot be read or lacks the required column.
    """
    if not path.is_file():
        raise UserError(f"{path}: it is no file")
    names = (required, *known)
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return _read_workbook(path, names)
    try:
        text, _ = decode(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from None
    if suffix == ".jsonl":
        return _read_json_lines(path, text, names)
    rows = _delimited_rows(path, text, "\t" if suffix == ".tsv" else _find_delimiter(path, text, required))
    header = _find_header(rows, required)
    if header is None:
        raise _missing(str(path), required, rows[0][1] if rows else ())
    return _as_table(path, rows[header][1], rows[header + 1 :], names)


def _missing(where: str, required: str, columns: Iterable[str]) -> UserError:
    named = ", ".join(name.strip() for name in columns if name.strip())
    return UserError(f"{where}: no column {required!r}; its columns: {named or 'none'}")


def _find_header(rows: Sequence[Row], required: str) -> int | None:
    """Find the row that names the columns: the first that names the required one."""
    for index, (_, cells) in enumerate(rows[:_HEADER_ROWS]):
        if any(_as_known(cell) == required for cell in cells):
            return index
    return None


def _as_known(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _as_table(
    path: Path, header: Sequence[str], rows: Sequence[Row], known: Collection[str], more: Iterable[str] = ()
) -> Table:
    """Give each column a name of its own, and each row its cells by them."""
    problems = list(more)
    columns = _name_columns(path, header, known, problems)
    long = [number for number, cells in rows if any(cells[len(columns) :])]
    if long:
        named = ", ".join(map(str, long[:_SHOWN])) + (f" and {len(long) - _SHOWN} more" if len(long) > _SHOWN else "")
        problems.append(
            f"{path}: more cells than the header has columns in row {named}: they come back as "
            f"column_{len(columns) + 1} and so on; a cell that holds the separator must stand in quotation marks"
        )
    width = max((len(cells) for _, cells in rows), default=0)
    unnamed = {index for index in range(width) if index >= len(header) or not header[index].strip()}
    names = [*columns, *(f"column_{index + 1}" for index in range(len(columns), width))]
    table: list[tuple[int, Mapping[str, str]]] = []
    for number, cells in rows:
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        table.append(
            (number, {names[index]: cell for index, cell in enumerate(padded) if cell or index not in unnamed})
        )
    return Table(tuple(columns), tuple(table), tuple(problems))


def _name_columns(path: Path, header: Sequence[str], known: Collection[str], problems: list[str]) -> list[str]:
    """Name columns as the header does, the known ones however they are capitalized, the first of each name first."""
    stripped = [name.strip() for name in header]
    taken: set[str] = set()
    columns: list[str] = []
    for index, written in enumerate(stripped):
        name = written
        if _as_known(written) in known and _as_known(written) not in stripped:
            name = _as_known(written)
        name = name or f"column_{index + 1}"
        # To SQL and DuckDB two names are the same that differ in case alone.
        later = {other.casefold() for other in stripped[index + 1 :]}
        others = taken | later if name.casefold() in taken else taken
        number = 2
        unique = name
        while unique.casefold() in others:
            unique = f"{name}_{number}"
            number += 1
        if unique != name:
            problems.append(f"{path}: the column {name} stands there more than once; one comes back as {unique}")
        taken.add(unique.casefold())
        columns.append(unique)
    return columns


def _find_delimiter(path: Path, text: str, required: str) -> str:
    """Find what divides the cells of a CSV file: spreadsheets of many countries write it with semicolons.

    It is what divides the row of the names; a title above it may hold either.
    """
    most, found = 0, ","
    for delimiter in ",;":
        rows = _delimited_rows(path, text, delimiter)
        header = _find_header(rows, required)
        if header is not None and len(rows[header][1]) > most:
            most, found = len(rows[header][1]), delimiter
    if not most:  # the message that says so names the columns
        first = text.split("\n", 1)[0]
        found = ";" if first.count(";") > first.count(",") else ","
    return found


def _delimited_rows(path: Path, text: str, delimiter: str) -> list[Row]:
    csv.field_size_limit(10_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(number, cells) for number, cells in enumerate(reader, start=1) if cells]
    except csv.Error as error:
        raise UserError(f"{path}: line {reader.line_num}: {error}") from None


def _read_json_lines(path: Path, text: str, names: Sequence[str]) -> Table:
    rows: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):  # JSON may hold what else ends a line
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise UserError(f"{path}: line {number}: no JSON object")
            rows.append((number, {_as_text(key): _as_text(one) for key, one in value.items()}))
        except json.JSONDecodeError as error:
            raise UserError(f"{path}: line {number}: no JSON ({error.msg}, column {error.colno})") from None
        except ValueError as error:
            raise UserError(f"{path}: line {number}: no JSON that can be read ({error})") from None
        except RecursionError:
            raise UserError(f"{path}: line {number}: no JSON that can be read (nested too deeply)") from None
    written = tuple(dict.fromkeys(key for _, row in rows for key in row))
    called: dict[str, str] = {}
    for name in written:
        meant = _as_known(name)
        free = meant in names and meant not in written and meant not in called.values()
        called[name] = meant if free else name
    columns = tuple(called.values())
    if names[0] not in columns:
        raise _missing(str(path), names[0], columns)
    return Table(columns, tuple((number, {called[name]: cell for name, cell in row.items()}) for number, row in rows))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _HALF_CHARACTER.sub("\ufffd", text)


def _read_workbook(path: Path, names: Sequence[str]) -> Table:
    """Read the first sheet that has the required column; hidden sheets are read where no other one has it."""
    found: list[tuple[str, list[Row], int]] = []
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            problems = _check_cells(path)
            sheets = sorted(workbook.sheets_metadata, key=lambda sheet: sheet.visible is not SheetVisibleEnum.Visible)
            for sheet in sheets:
                cells = workbook.get_sheet_by_name(sheet.name)
                rows = _sheet_rows(cells)
                header = _find_header(rows, names[0])
                if header is not None:
                    found.append((sheet.name, _join_header(cells, rows, header), header))
    except PasswordError:
        raise UserError(f"{path}: it is encrypted; save it without a password") from None
    except (CalamineError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise _unreadable(path, error) from None
    except RuntimeError as error:  # of zipfile, for one
        if "encrypted" not in str(error):
            raise _unreadable(path, error) from None
        raise UserError(f"{path}: it is encrypted; save it without a password") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the library's own, which is no Exception and has no module
            raise
        raise _unreadable(path, error) from None
    if not found:
        raise UserError(f"{path}: no sheet has a column {names[0]!r}; its sheets: {_list(one.name for one in sheets)}")
    name, rows, header = found[0]
    if len(sheets) > 1:
        problems.append(f"{path}: read is the sheet {name!r}, the first with a column {names[0]}")
        others = _list(one[0] for one in found[1:])
        if others:
            problems.append(f"{path}: also with a column {names[0]}, and not read: {others}")
    below = [(number, cells) for number, cells in rows[header + 1 :] if any(cells)]
    return _as_table(path, rows[header][1], below, names, problems)


def _unreadable(path: Path, error: BaseException) -> UserError:
    said = " ".join(str(error).split()) or type(error).__name__
    return UserError(f"{path}: no workbook that can be read ({said}); save it anew, or as .csv")


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


def _sheet_rows(sheet: CalamineSheet) -> list[Row]:
    rows = [[_cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    empty = sum(1 for _ in takewhile(lambda row: not any(row), rows))
    return [(number, row) for number, row in enumerate(rows, start=1) if number > empty]


def _join_header(sheet: CalamineSheet, rows: list[Row], header: int) -> list[Row]:
    """Take a header whose cells are merged over several rows as one: the lowest name in a column is the column's."""
    first = rows[header][0] - 1
    ranges = sheet.merged_cell_ranges or ()
    last = max((end[0] for start, end in ranges if start[0] == first), default=first)
    if last == first:
        return rows
    lines = [cells for number, cells in rows if first < number <= last + 1]
    joined = [next((name for name in reversed(column) if name.strip()), "") for column in zip(*lines, strict=True)]
    return [*rows[:header], (last + 1, joined), *rows[header + len(lines) :]]


def _cell_text(value: object) -> str:
    """Write a cell as its spreadsheet would, with dates in ISO 8601."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):  # every number of a workbook is one: 7 is 7.0 there
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def _check_cells(path: Path) -> list[str]:
    """Look at the cells before the library does: it gives errors as if they were empty, and ends on a vast sheet.

    Returns:
        a line that names the cells with an error such as #N/A, if there are any.

    Raises:
        UserError: a sheet is too large to be held.
        BadZipFile, OSError: it cannot be read.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return []
    errors: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in (one for one in archive.namelist() if one.startswith("xl/worksheets/")):
            width, height = 0, 0
            for attributes in _CELL.findall(archive.read(name)):
                reference = _REFERENCE.search(attributes)
                if reference is None:
                    continue
                width = max(width, _column_number(reference[1]))
                height = max(height, int(reference[2]))
                if b't="e"' in attributes:
                    errors.append((reference[1] + reference[2]).decode())
            if width * height > _MAX_CELLS:
                raise UserError(f"{path}: a sheet has {height:,} rows and {width:,} columns; delete what lies far off")
    if not errors:
        return []
    named = ", ".join(errors[:_SHOWN]) + (f" and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else "")
    return [f"{path}: cells with an error such as #N/A are read as empty: {named}"]


def _column_number(letters: bytes) -> int:
    """Count columns as spreadsheets name them: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
