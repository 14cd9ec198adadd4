"""JSON lines: a record a line, as crawls write them; flat, a row a line."""

from collections.abc import Iterable
from typing import IO

from crawler.corpus.columns import FlatLayout, clean_line, read_record, write_row
from crawler.corpus.formats.written import Written


def write_json_lines(lines: Iterable[str], file: IO[bytes], layout: FlatLayout | None) -> Written:
    """Write records.

    Args:
        lines: records as JSON.
        file: open to write.
        layout: of a flat table; None for whole records.

    Raises:
        OSError: the file cannot be written.
    """
    count = 0
    for line in lines:
        written = clean_line(line) if layout is None else write_row(layout.flatten(read_record(line)))
        file.write(f"{written}\n".encode())
        count += 1
    return Written(count)
