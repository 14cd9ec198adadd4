"""Records of an archive as they lie on the disk: gzip members, to be copied byte for byte."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crawler.storage.warc_record import CHUNK_BYTES, GZIP, MAX_BODY_BYTES, ArchiveError, parse_record

_LONGEST = MAX_BODY_BYTES + 1024 * 1024  # of a record, decompressed


@dataclass(frozen=True, slots=True)
class Member:
    """One record: its gzip member, and what it holds."""

    raw: bytes
    fields: Mapping[str, str]  # by lower-case name
    block: memoryview


def read_first_member(path: Path) -> Member:
    """Read the record that a file begins with: its `warcinfo`.

    Raises:
        ArchiveError: the file is not there, or does not begin with a record.
    """
    try:
        with path.open("rb") as file:
            found = read_next_member(file, f"{path} at 0")
    except ArchiveError:
        raise
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror or error}") from None
    if found is None:
        raise ArchiveError(f"{path}: it is empty")
    return found


def read_next_member(file: IO[bytes], where: str) -> Member | None:
    """Read the record that begins where a file stands, and leave the file at its end; None at the end of the file.

    Args:
        file: can be wound back.
        where: names the place in messages.

    Raises:
        ArchiveError: no whole record begins there.
        OSError: the file cannot be read.
    """
    start = file.tell()
    unpack = zlib.decompressobj(GZIP)
    raw: list[bytes] = []
    parts: list[bytes] = []
    length = 0
    while not unpack.eof:
        piece = file.read(CHUNK_BYTES)
        if not piece and not raw:
            return None
        if not piece:
            raise ArchiveError(f"{where}: the record is torn")
        raw.append(piece)
        rest = piece
        while rest and not unpack.eof:
            try:
                part = unpack.decompress(rest, 16 * CHUNK_BYTES)
            except zlib.error:
                raise ArchiveError(f"{where}: no whole record begins there") from None
            length += len(part)
            if length > _LONGEST:
                raise ArchiveError(f"{where}: the record is larger than {MAX_BODY_BYTES:,} bytes")
            parts.append(part)
            rest = unpack.unconsumed_tail
    whole = b"".join(raw)
    whole = whole[: len(whole) - len(unpack.unused_data)]
    file.seek(start + len(whole))
    try:
        fields, block = parse_record(b"".join(parts), where)
    except (KeyError, ValueError) as error:
        raise ArchiveError(f"{where}: not a record of this archive ({error})") from None
    return Member(whole, fields, block)
