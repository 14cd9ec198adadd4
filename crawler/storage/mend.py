"""What a crash left of an archive's last record, found and cut off."""

import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from crawler.storage.archive import list_files
from crawler.storage.warc_record import CHUNK_BYTES, GZIP, MAGIC

_TAIL_WINDOWS = (CHUNK_BYTES, 4 * 1024 * 1024)


def find_intact_end(path: Path, start: int = 0) -> int:
    """Find where the last whole record of a file ends: what stands behind it is what a crash left.

    Args:
        path: a WARC file.
        start: an offset at which a record is known to begin.
    """
    end = start
    with path.open("rb") as file:
        for end in _find_ends(file, start):  # noqa: B007 - the last one counts
            pass
    return end


def mend(folder: Path, known_end: Mapping[str, int] | None = None) -> list[str]:
    """Cut off what a crash left behind the last whole record of each file; a file without a whole record goes.

    To be called before an `Archive` of the folder is made, by the process that holds the collection. Whole records are
    never cut off: where some stand behind a broken one, the file is left as it is. A file whose last record is whole
    is read at its end only, so that an archive of many gigabytes costs nothing.

    Args:
        folder: of the archive; it may be missing.
        known_end: for a file's name, an offset at which a record is known to begin (such as the last one the ledger
            points to), from where a torn file is read; others are read from their beginning.

    Returns:
        a sentence for each file that was changed or is broken; none when all is well.

    Raises:
        OSError: a file cannot be read or cut.
    """
    said = []
    for path in list_files(folder):
        size = path.stat().st_size
        if size and _ends_whole(path, size):
            continue
        start = (known_end or {}).get(path.name, 0)
        end = find_intact_end(path, start) if start < size else start
        if end == start > 0:
            said.append(f"{path}: the record at {start} is torn, although the ledger points to it")
            end = find_intact_end(path)
        if (another := _find_whole_record(path, end)) is not None:
            said.append(
                f"{path}: broken at {end}, with a whole record behind it at {another}; it was left as it is: "
                "restore it from a copy"
            )
        elif end == 0:
            path.unlink()
            said.append(f"{path}: removed; it held no whole record ({size:,} bytes)")
        elif end < size:
            os.truncate(path, end)
            said.append(f"{path}: cut from {size:,} to {end:,} bytes, behind its last whole record")
    return said


def _find_ends(file: IO[bytes], start: int) -> Iterator[int]:
    """Give the end of each gzip member from an offset on, up to the first that is torn or none."""
    file.seek(start)
    end = start
    data = b""
    while True:
        unpack = zlib.decompressobj(GZIP)
        taken = 0
        while not unpack.eof:
            data = data or file.read(16 * CHUNK_BYTES)
            if not data:
                return
            try:
                unpack.decompress(data, 64 * CHUNK_BYTES)
            except zlib.error:
                return
            rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
            taken += len(data) - len(rest)
            data = rest
        end += taken
        yield end


def _ends_whole(path: Path, size: int) -> bool:
    """Tell whether a file ends with a whole record, from its last megabytes; False also where they don't tell."""
    with path.open("rb") as file:
        for window in _TAIL_WINDOWS:
            file.seek(max(0, size - window))
            tail = file.read(window)
            at = tail.rfind(MAGIC)
            while at >= 0:
                if _measure_record(tail, at) == len(tail) - at:
                    return True
                at = tail.rfind(MAGIC, 0, at)
            if window >= size:
                return False
    return False


def _find_whole_record(path: Path, start: int) -> int | None:
    """Find the first whole record that begins at an offset or behind it."""
    with path.open("rb") as file:
        file.seek(start)
        rest = file.read()
    at = rest.find(MAGIC)
    while at >= 0:
        if _measure_record(rest, at) is not None:
            return start + at
        at = rest.find(MAGIC, at + 1)
    return None


def _measure_record(data: bytes, at: int) -> int | None:
    """Measure the whole record in its gzip member that begins here; None where there is none."""
    unpack = zlib.decompressobj(GZIP)
    end = at
    rest = b""
    begun = False
    try:
        while not unpack.eof:
            if not rest:
                rest = data[end : end + CHUNK_BYTES]
                end += len(rest)
            part = unpack.decompress(rest, 64 * CHUNK_BYTES)
            if not part and not rest:
                return None
            if part and not begun and not part.startswith(b"WARC/"[: len(part)]):
                return None
            begun = begun or bool(part)
            rest = unpack.unconsumed_tail
    except zlib.error:
        return None
    return end - len(unpack.unused_data) - at if begun else None
