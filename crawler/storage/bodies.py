"""Bodies that are files already: found by pointer, read by the worker processes."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

MAX_BODY_BYTES = 64 * 1024 * 1024  # after decompression; a bomb ends here


class UnreadableBodyError(OSError):
    """A body that is not there, or is not what its name says; `reason` is one word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BodyPointer:
    """Where the bytes of a page lie."""

    path: str
    offset: int = 0
    length: int | None = None  # None: to the end of the file
    gzipped: bool = False


def read_body(pointer: BodyPointer) -> bytes:
    """Read the bytes that a pointer names, decompressed.

    Raises:
        UnreadableBodyError: the file is missing, unreadable, broken or larger than MAX_BODY_BYTES.
    """
    try:
        with Path(pointer.path).open("rb") as file:
            file.seek(pointer.offset)
            if not pointer.gzipped:
                body = file.read(MAX_BODY_BYTES + 1 if pointer.length is None else pointer.length)
            else:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    body = unpacked.read(MAX_BODY_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableBodyError("missing_file", "there is no such file") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableBodyError("broken_gzip", str(error)) from None
    except OSError as error:
        raise UnreadableBodyError("unreadable_file", error.strerror or str(error)) from None
    except ValueError as error:  # a NUL byte in its name
        raise UnreadableBodyError("unreadable_file", str(error)) from None
    if len(body) > MAX_BODY_BYTES:
        raise UnreadableBodyError("too_large", f"more than {MAX_BODY_BYTES:,} bytes")
    return body
