"""The form of file that a name's ending stands for."""

import contextlib
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crawler.corpus.columns import FlatLayout
from crawler.corpus.formats.comma_separated import write_csv
from crawler.corpus.formats.json_lines import write_json_lines
from crawler.corpus.formats.parquet import write_parquet
from crawler.corpus.formats.sqlite import write_sqlite
from crawler.corpus.formats.written import Written
from crawler.errors import UserError
from crawler.zstandard import zstd

_Open = Callable[[Path], contextlib.AbstractContextManager[IO[bytes]]]
_Write = Callable[[Iterable[str], IO[bytes], FlatLayout | None], Written]
_BUFFER_BYTES = 1024 * 1024
_GZIP_LEVEL = 6


def _open_plain(path: Path) -> IO[bytes]:
    return path.open("wb", buffering=_BUFFER_BYTES)


@contextlib.contextmanager
def _open_gzip(path: Path) -> Iterator[IO[bytes]]:
    # Without name and time, so that the same records are the same bytes.
    with _open_plain(path) as file, gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as compressed:
        yield compressed  # type: ignore[misc]


@contextlib.contextmanager
def _open_zstandard(path: Path) -> Iterator[IO[bytes]]:
    with _open_plain(path) as file, zstd.ZstdFile(file, "wb") as compressed:
        yield compressed  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file."""

    write_to: _Write | None  # None for SQLite, which writes its file itself
    open_file: _Open = _open_plain
    always_flat: bool = False

    @property
    def needs_columns(self) -> bool:
        """Whether each field has a place of its own, so that records of this version alone can be written."""
        return self.write_to is not write_json_lines

    def write(self, lines: Iterable[str], path: Path, layout: FlatLayout | None, *, history: bool = False) -> Written:
        """Write records to a file, which is made anew.

        Args:
            lines: records as JSON, gone through once.
            path: of the file.
            layout: of a flat table; None for whole records.
            history: whether a document has several records.

        Raises:
            OSError: the file cannot be written.
            UnwritableRecordError: a record has no place in this form.
        """
        if self.write_to is None:
            return write_sqlite(lines, path, layout, history=history)
        with self.open_file(path) as file:
            return self.write_to(lines, file, layout)


JSON_LINES = Form(write_json_lines)
PARQUET = Form(write_parquet)
FORMS: Mapping[str, Form] = {
    ".jsonl": JSON_LINES,
    ".jsonl.gz": Form(write_json_lines, _open_gzip),
    ".jsonl.zst": Form(write_json_lines, _open_zstandard),
    ".csv": Form(write_csv, always_flat=True),
    ".csv.gz": Form(write_csv, _open_gzip, always_flat=True),
    ".parquet": PARQUET,
    ".sqlite": Form(None),
}


def choose_form(path: Path) -> Form:
    """Choose the form of a file by its ending.

    Raises:
        UserError: none has this ending.
    """
    name = path.name.lower()
    found = next((form for ending, form in FORMS.items() if name.endswith(ending)), None)
    if found is None:
        raise UserError(f"{path}: its ending names no form of file; allowed: {', '.join(FORMS)}")
    return found
