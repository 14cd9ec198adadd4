"""CSV by RFC 4180, in UTF-8 with the byte order mark by which Excel knows it; always flat.

A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"). Texts stand in
quotation marks, also empty ones; a value that is missing is an empty cell without.
"""

import re
from collections.abc import Iterable
from typing import IO, Any

from crawler.corpus.columns import FlatLayout, read_record
from crawler.corpus.formats.written import Written

LONGEST_CELL = 32_767  # UTF-16 units that a cell of Excel holds
# A cell that has apostrophes of its own before such a sign gets one more, so that one can always be taken away again.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_MARK = "\ufeff"
_LINE_END = "\r\n"


def write_csv(lines: Iterable[str], file: IO[bytes], layout: FlatLayout | None) -> Written:
    """Write records as a flat table.

    Args:
        lines: records as JSON.
        file: open to write.
        layout: of the table.

    Raises:
        OSError: the file cannot be written.
    """
    assert layout is not None, "there is no other CSV than a flat one"
    names = [column.name for column in layout.columns]
    file.write((_MARK + ",".join(map(_write_cell, names)) + _LINE_END).encode())
    count = long = 0
    for line in lines:
        row = layout.flatten(read_record(line))
        cells = [_write_cell(row[name]) for name in names]
        file.write((",".join(cells) + _LINE_END).encode())
        count += 1
        long += any(len(cell) > LONGEST_CELL // 2 and _is_long(cell) for cell in cells)
    return Written(count, (_tell_long(long),) if long else ())


def _write_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"{}"'.format(neutralize(value).replace('"', '""'))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"  # which R takes for logical as well
    return str(value)


def neutralize(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _is_long(cell: str) -> bool:
    return len(cell.encode("utf-16-le")) // 2 - 2 > LONGEST_CELL  # its quotation marks are none of it


def _tell_long(rows: int) -> str:
    which = "1 record has a cell" if rows == 1 else f"{rows:,} records have a cell"
    return f"{which} of more than {LONGEST_CELL:,} characters, which Excel breaks apart; other programs read it whole"
