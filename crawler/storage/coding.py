"""Content codings of HTTP, undone within bounds: what comes out is never held beyond a limit."""

import importlib
import io
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crawler.zstandard import zstd

_MAX_CODINGS = 5  # of one body, as curl allows
_MAX_ZSTD_WINDOW_LOG = 26  # 64 MiB: what a decoder may be made to allocate by the first bytes of a body
_CHUNK_BYTES = 65_536
_FIRST_CHUNK_BYTES = 1024  # small, because a body may be made of very many very short streams
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"


def _import_brotli() -> Any:
    try:
        return importlib.import_module("brotli")
    except ModuleNotFoundError:  # PyPy, for which Scrapy asks for the other one
        return importlib.import_module("brotlicffi")


_brotli = _import_brotli()  # comes with Scrapy, which advertises `br`; without type information


class CodingError(ValueError):
    """A body that cannot be decoded; the message is a few words."""


class TooLargeError(CodingError):
    """A body that is larger, decoded, than is allowed."""


def decode(body: bytes, content_encoding: Iterable[str], limit: int) -> bytes:
    """Undo the content codings of a body: gzip, deflate (zlib's format or bare), br and zstd, also one over another.

    A body that does not begin as its coding says is given as it is, for servers label plain pages so; likewise what is
    left when a coding is not known.

    Args:
        body: as received.
        content_encoding: the values of the Content-Encoding headers.
        limit: in bytes; of what comes out no more is held, at any step.

    Raises:
        TooLargeError: more than `limit` came out.
        CodingError: the body breaks off or is broken within a coding: half a page is never given for a page.
    """
    codings = [coding.strip().lower() for value in content_encoding for coding in value.split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if len(codings) > _MAX_CODINGS:
        raise CodingError(f"{len(codings)} content codings; {_MAX_CODINGS} are allowed")
    for coding in reversed(codings):
        undo = _DECODERS.get(coding)
        if undo is None or not body:
            break
        try:
            decoded = undo(body, limit)
        except CodingError as error:
            raise type(error)(f"{coding}: {error}") from None
        if decoded is None:
            break
        body = decoded
    return body


def inflate(body: bytes | memoryview, window_bits: int, out: io.BytesIO, limit: int) -> int:
    """Decompress one stream of zlib's.

    Args:
        body: begins with the stream.
        window_bits: as zlib's.
        out: takes what comes out.
        limit: of what `out` may hold, in bytes.

    Returns:
        how many bytes of the body the stream takes.

    Raises:
        TooLargeError: more than `limit` came out.
        CodingError: the stream breaks off or is broken.
    """
    unpack = zlib.decompressobj(window_bits)
    view = memoryview(body)
    at = 0
    while not unpack.eof:
        chunk: bytes | memoryview = view[at : at + (_CHUNK_BYTES if at else _FIRST_CHUNK_BYTES)]
        if not chunk:
            raise CodingError("it breaks off")
        at += len(chunk)
        while True:
            try:
                part = unpack.decompress(chunk, _CHUNK_BYTES)
            except zlib.error as error:
                raise CodingError(str(error)) from None
            _put(out, part, limit)
            chunk = unpack.unconsumed_tail
            if unpack.eof or (not chunk and len(part) < _CHUNK_BYTES):
                break
    return at - len(unpack.unused_data)


def _undo_gzip(body: bytes, limit: int) -> bytes | None:
    """Undo one or more members; what stands behind the last is no part of it."""
    if not body.startswith(_GZIP_MAGIC):
        return None
    out = io.BytesIO()
    at = 0
    while body.startswith(_GZIP_MAGIC, at):
        at += inflate(memoryview(body)[at:], _GZIP, out, limit)
    return out.getvalue()


def _undo_deflate(body: bytes, limit: int) -> bytes | None:
    """Undo zlib's format, or the bare stream that some servers send under this name."""
    out = io.BytesIO()
    try:
        inflate(body, zlib.MAX_WBITS, out, limit)
    except TooLargeError:
        raise
    except CodingError:
        if out.tell():
            raise
        try:
            inflate(body, -zlib.MAX_WBITS, out, limit)
        except TooLargeError:
            raise
        except CodingError:
            if _looks_plain(body):
                return None
            raise
    return out.getvalue()


def _undo_brotli(body: bytes, limit: int) -> bytes | None:
    unpack = _brotli.Decompressor()
    out = io.BytesIO()
    rest = body
    while not unpack.is_finished():
        try:
            part = unpack.process(rest, output_buffer_limit=_CHUNK_BYTES)
        except _brotli.error as error:
            if _looks_plain(body):
                return None
            raise CodingError(str(error)) from None
        if not part and not rest:
            if _looks_plain(body):
                return None
            raise CodingError("it breaks off")
        rest = b""
        _put(out, part, limit)
    return out.getvalue()


def _undo_zstd(body: bytes, limit: int) -> bytes | None:
    """Undo one or more frames; what stands behind the last is no part of it."""
    if not _begins_frame(body, 0):
        return None
    out = io.BytesIO()
    view = memoryview(body)
    at = 0
    while _begins_frame(body, at):
        at += _undo_frame(view[at:], out, limit)
    return out.getvalue()


def _undo_frame(view: memoryview, out: io.BytesIO, limit: int) -> int:
    window = int(zstd.DecompressionParameter.window_log_max)
    unpack = zstd.ZstdDecompressor(options={window: _MAX_ZSTD_WINDOW_LOG})
    at = 0
    while not unpack.eof:
        chunk = b""
        if unpack.needs_input:
            chunk = bytes(view[at : at + (_CHUNK_BYTES if at else _FIRST_CHUNK_BYTES)])
            if not chunk:
                raise CodingError("it breaks off")
            at += len(chunk)
        try:
            part = unpack.decompress(chunk, _CHUNK_BYTES)
        except zstd.ZstdError as error:
            raise CodingError(str(error)) from None
        _put(out, part, limit)
    return at - len(unpack.unused_data)


def _begins_frame(body: bytes, at: int) -> bool:
    return body.startswith(_ZSTD_MAGIC, at) or (body.startswith(_ZSTD_SKIPPABLE, at + 1) and 0x50 <= body[at] <= 0x5F)


def _looks_plain(body: bytes) -> bool:
    """Tell text from a compressed stream, where that has no mark of its own."""
    start = body[:1024]
    try:
        start[: start.rfind(b" ") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in start


def _put(out: io.BytesIO, part: bytes, limit: int) -> None:
    if out.tell() + len(part) > limit:
        raise TooLargeError(f"larger than {limit:,} bytes")
    out.write(part)


_DECODERS: Mapping[str, Callable[[bytes, int], bytes | None]] = {
    "gzip": _undo_gzip,
    "x-gzip": _undo_gzip,
    "deflate": _undo_deflate,
    "br": _undo_brotli,
    "zstd": _undo_zstd,
}
