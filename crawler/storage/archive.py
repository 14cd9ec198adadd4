"""The archive: every exchange with a server as WARC 1.1 (ISO 28500:2017), written before anything is read from it.

One gzip member a record, as the standard's annex D asks for, so that a pointer (file, offset) leads to a response
without reading what stands before it. Each run begins a file of its own: what a crash left at the end of an older file
is never written over and never pointed at, and `mend` cuts it off.

Records are written here and not by warcio, which percent-encodes header values that are not ASCII and takes as long
for its own work as the compression; the tests read every record with warcio and with fastwarc.
"""

import base64
import contextlib
import hashlib
import io
import os
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import IO
from urllib.parse import quote, urlsplit

from crawler.storage.coding import CodingError, decode

VERSION = "WARC/1.1"
MAX_FILE_BYTES = 1024**3  # the size the standard's annex recommends; a file ends after the record that passes it
MAX_BODY_BYTES = 64 * 1024 * 1024  # after decompression; a bomb ends here
_MAX_HEAD_BYTES = 1024 * 1024  # what a record may hold beside its body
_COMPRESSION_LEVEL = 1  # level 6 costs 1.9 ms a page, to save a sixth of the space
_CHUNK_BYTES = 65_536
_SUFFIX = ".warc.gz"
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b\x08"
_TAIL_WINDOWS = (_CHUNK_BYTES, 4 * 1024 * 1024)
_SECRET_HEADERS = frozenset(
    ("cookie", "cookie2", "set-cookie", "set-cookie2", "authorization", "proxy-authorization", "x-api-key")
)
_RENAMED = "X-Crawler-"  # Common Crawl's prefix for a header that no longer fits what is stored
_NOT_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]+")
_LINE_BREAK = re.compile(r"[\r\n]")
_BODILESS = frozenset((204, 304))


class ArchiveError(OSError):
    """A record that is not there or cannot be read; the message is one line that names the file and the offset."""


class BrokenBodyError(ArchiveError):
    """The archive is sound, and what the server sent cannot be decoded."""


@dataclass(frozen=True, slots=True)
class RecordPointer:
    """Where a record begins."""

    file: str  # its name in the archive's folder
    offset: int  # bytes from the file's beginning


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, the body as received: without transfer encoding, with content encoding.

    Header values are the bytes as received, decoded as latin-1.
    """

    url: str
    method: str
    request_headers: Sequence[tuple[str, str]]
    request_body: bytes
    status: int
    response_headers: Sequence[tuple[str, str]]
    body: bytes
    fetched_at: datetime  # aware
    ip_address: str | None = None  # the server's


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """A response, read back."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes  # content encoding undone
    fetched_at: datetime
    payload_digest: str | None  # as the record states it: "sha1:…" of the body as received

    def header(self, name: str) -> str | None:
        """Give the first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Archive:
    """Appends to a folder of WARC files. Safe to call from several threads."""

    def __init__(self, folder: Path, information: Mapping[str, str], max_file_bytes: int = MAX_FILE_BYTES) -> None:
        """Prepare; the first file is made by the first record.

        Args:
            folder: made if it is missing.
            information: the fields of the `warcinfo` record that begins each file.
            max_file_bytes: a file ends after the record that passes it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._information = dict(information)
        self._max_file_bytes = max_file_bytes
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._size = 0

    def append(self, exchange: Exchange) -> RecordPointer:
        """Write a response and its request; what is returned can be read by any process at once.

        Cookies and credentials are left out of both. A transfer encoding, which the body no longer has, and a
        Content-Length that is not the body's are kept under the names X-Crawler-Transfer-Encoding and
        X-Crawler-Content-Length, so that no reader undoes or believes them.

        Raises:
            OSError: the disk is full, or the file cannot be written. Nothing points at what was written so far; the
                file is cut back to its last whole record, and another append begins a new file.
        """
        response_id = _make_id()
        date = _format_time(exchange.fetched_at)
        common = [("WARC-Target-URI", _to_uri(exchange.url)), ("WARC-Date", date)]
        if exchange.ip_address:
            common.append(("WARC-IP-Address", _clean_value(exchange.ip_address)))
        bodiless = exchange.method.upper() == "HEAD" or exchange.status in _BODILESS
        answer = _fit(exchange.response_headers, len(exchange.body), bodiless=bodiless)
        response = _pack(
            [("WARC-Type", "response"), ("WARC-Record-ID", response_id), *common],
            "application/http;msgtype=response",
            _to_head(f"HTTP/1.1 {_status_line(exchange.status)}", answer),
            exchange.body,
        )
        question = list(_fit(exchange.request_headers, len(exchange.request_body), bodiless=False))
        if not any(name.lower() == "host" for name, _ in question):
            question.insert(0, ("Host", _clean_value(_split(exchange.url)[0])))  # the connection adds it unseen
        method = _NOT_TOKEN.sub("", exchange.method) or "GET"
        request = _pack(
            [("WARC-Type", "request"), ("WARC-Record-ID", _make_id()), *common, ("WARC-Concurrent-To", response_id)],
            "application/http;msgtype=request",
            _to_head(f"{method} {_split(exchange.url)[1]} HTTP/1.1", question),
            exchange.request_body,
        )
        return self._append(response + request)

    def append_resource(self, uri: str, content_type: str, payload: bytes, written_at: datetime) -> RecordPointer:
        """Write something of our own making, such as a site model.

        Raises:
            OSError: as `append`.
        """
        fields = [
            ("WARC-Type", "resource"),
            ("WARC-Record-ID", _make_id()),
            ("WARC-Target-URI", _to_uri(uri)),
            ("WARC-Date", _format_time(written_at)),
        ]
        return self._append(_pack(fields, _clean_value(content_type), b"", payload))

    def close(self) -> None:
        """End the current file, and see it onto the disk; another append would begin a new one."""
        with self._lock:
            self._end_file()

    def _append(self, data: bytes) -> RecordPointer:
        with self._lock:
            if self._file is not None and self._size >= self._max_file_bytes:
                self._end_file()
            file = self._file or self._begin_file()
            pointer = RecordPointer(Path(file.name).name, self._size)
            try:
                _write_all(file, data)
            except BaseException:
                self._abandon(file, self._size)
                raise
            self._size += len(data)
            return pointer

    def _begin_file(self) -> IO[bytes]:
        serial = 1 + max((_serial(path) for path in list_files(self.folder)), default=0)
        path = self.folder / f"{serial:06}{_SUFFIX}"
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", _make_id()),
            ("WARC-Filename", path.name),
            ("WARC-Date", _format_time(datetime.now(UTC))),
        ]
        lines = (
            f"{_clean_name(name) or 'field'}: {_fold_lines(value)}\r\n" for name, value in self._information.items()
        )
        information = _pack(fields, "application/warc-fields", b"", "".join(lines).encode("utf-8", "replace"))
        file = _create(path)
        try:
            _write_all(file, information)
        except BaseException:
            self._abandon(file, 0)
            raise
        self._file = file
        self._size = len(information)
        return file

    def _abandon(self, file: IO[bytes], end: int) -> None:
        """Cut off what a failed write left, so that the file ends with a whole record; without one it goes.

        Where even that fails, `mend` finds the torn tail on the next start.
        """
        self._file = None
        path = Path(file.name)
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            if end:
                os.truncate(path, end)
            else:
                path.unlink()

    def _end_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())


def list_files(folder: Path) -> list[Path]:
    """List the files of an archive in the order in which they were written."""
    return sorted((path for path in folder.glob(f"*{_SUFFIX}") if _serial(path)), key=_serial)


def read_response(folder: Path, pointer: RecordPointer) -> ArchivedResponse:
    """Read the response that a pointer leads to.

    Content codings (gzip, deflate with and without its wrapper, br, zstd; several of them) are undone. A body that
    does not begin as its coding says is given as received, for servers label plain pages so, and a coding that is not
    known ends the decoding; a body that breaks off or breaks down within its coding is an error, never half a page.

    Raises:
        ArchiveError: the file is missing, the record is torn or no response, its body is larger than MAX_BODY_BYTES
            (no more than that is held while it is decoded) or broken.
    """
    where = f"{folder / pointer.file} at {pointer.offset}"
    if pointer.file in ("", ".", "..") or any(mark in pointer.file for mark in "/\\\0"):
        raise ArchiveError(f"{where!r}: not a name of a file in the archive")
    try:
        with (folder / pointer.file).open("rb") as file:
            file.seek(pointer.offset)
            member = _read_member(file, where)
        fields, block = _parse_record(member, where)
        if fields.get("warc-type") != "response":
            raise ArchiveError(f"{where}: a record of type {fields.get('warc-type')!r}, no response")
        status, headers, body = _parse_response(block, where)
        return ArchivedResponse(
            url=fields["warc-target-uri"],
            status=status,
            headers=headers,
            body=_decode_body(body, headers),
            fetched_at=datetime.fromisoformat(fields["warc-date"]),
            payload_digest=fields.get("warc-payload-digest"),
        )
    except ArchiveError:
        raise
    except OSError as error:
        raise ArchiveError(f"{where}: {error.strerror or error}") from None
    except CodingError as error:
        raise BrokenBodyError(f"{where}: the body cannot be decoded ({error})") from None
    except (KeyError, ValueError, OverflowError) as error:
        raise ArchiveError(f"{where}: not a response record of this archive ({error})") from None


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


def _serial(path: Path) -> int:
    """Give the number of a file of the archive; 0 for others."""
    stem = path.name[: -len(_SUFFIX)]
    return int(stem) if stem.isascii() and stem.isdecimal() else 0


def _create(path: Path) -> IO[bytes]:
    return path.open("xb", buffering=0)


def _write_all(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


# Records out


def _pack(fields: Iterable[tuple[str, str]], content_type: str, head: bytes, payload: bytes) -> bytes:
    """Make a record and compress it: its fields, and a block of an HTTP head (or nothing) and a payload."""
    lines = [VERSION, *(f"{name}: {value}" for name, value in fields)]
    digest = hashlib.sha1(payload, usedforsecurity=False)
    lines.append(f"WARC-Payload-Digest: {_format_digest(digest.digest())}")
    if head:
        digest = hashlib.sha1(head, usedforsecurity=False)
        digest.update(payload)
    lines.append(f"WARC-Block-Digest: {_format_digest(digest.digest())}")
    lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(head) + len(payload)}")
    pack = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP)
    return b"".join(
        (
            pack.compress("\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + head),
            pack.compress(payload),
            pack.compress(b"\r\n\r\n"),
            pack.flush(),
        )
    )


def _make_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _format_digest(digest: bytes) -> str:
    return f"sha1:{base64.b32encode(digest).decode('ascii')}"


def _to_head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" if value else f"{name}:" for name, value in headers)]
    # What latin-1 has no byte for was never received; it is ours, and UTF-8 then.
    return b"\r\n".join(_to_bytes(text) for text in lines) + b"\r\n\r\n"


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _fit(headers: Iterable[tuple[str, str]], length: int, *, bodiless: bool) -> Iterator[tuple[str, str]]:
    """Clean headers and make them true of a body without transfer encoding."""
    counted = False
    for raw_name, raw_value in headers:
        name, value = _clean_name(raw_name), _clean_value(raw_value)
        folded = name.lower()
        if not name or folded in _SECRET_HEADERS:
            continue
        if folded == "transfer-encoding":
            yield f"{_RENAMED}{name}", value
        elif folded == "content-length" and not bodiless:
            if value != str(length):
                yield f"{_RENAMED}{name}", value
                value = str(length)
            if not counted:
                yield name, value
            counted = True
        else:
            yield name, value


def _clean_name(name: str) -> str:
    """Give a header's name as far as its line or a colon, either of which would end it in the archive."""
    return _NOT_TOKEN.sub("-", re.split(r"[\r\n:]", name.strip(), maxsplit=1)[0].strip())


def _clean_value(value: str) -> str:
    """Unfold a header's value; a line break that is no fold ends it, for it would begin another header."""
    return _LINE_BREAK.split(_FOLD.sub(" ", value.strip()), maxsplit=1)[0].replace("\0", " ").strip()


def _fold_lines(value: str) -> str:
    return "\r\n ".join(line for line in value.strip().splitlines() if line.strip())


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _to_uri(url: str) -> str:
    """Percent-encode what may not stand in a URI, and leave out a user's name and password; the rest stays."""
    scheme, mark, rest = url.partition("://")
    if mark:
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        url = f"{scheme}://{authority.rpartition('@')[2]}{rest[len(authority) :]}"
    return quote(url, safe="%:/?#[]@!$&'()*+,;=-._~|{}^`\\\"", errors="replace")


def _split(url: str) -> tuple[str, str]:
    """Give the host as the Host header says it, and the request target."""
    uri = _to_uri(url)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", "/"
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


# Records in


def _find_ends(file: IO[bytes], start: int) -> Iterator[int]:
    """Give the end of each gzip member from an offset on, up to the first that is torn or none."""
    file.seek(start)
    end = start
    data = b""
    while True:
        unpack = zlib.decompressobj(_GZIP)
        taken = 0
        while not unpack.eof:
            data = data or file.read(16 * _CHUNK_BYTES)
            if not data:
                return
            try:
                unpack.decompress(data, 64 * _CHUNK_BYTES)
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
            at = tail.rfind(_MAGIC)
            while at >= 0:
                if _measure_record(tail, at) == len(tail) - at:
                    return True
                at = tail.rfind(_MAGIC, 0, at)
            if window >= size:
                return False
    return False


def _find_whole_record(path: Path, start: int) -> int | None:
    """Find the first whole record that begins at an offset or behind it."""
    with path.open("rb") as file:
        file.seek(start)
        rest = file.read()
    at = rest.find(_MAGIC)
    while at >= 0:
        if _measure_record(rest, at) is not None:
            return start + at
        at = rest.find(_MAGIC, at + 1)
    return None


def _measure_record(data: bytes, at: int) -> int | None:
    """Measure the whole record in its gzip member that begins here; None where there is none."""
    unpack = zlib.decompressobj(_GZIP)
    end = at
    rest = b""
    begun = False
    try:
        while not unpack.eof:
            if not rest:
                rest = data[end : end + _CHUNK_BYTES]
                end += len(rest)
            part = unpack.decompress(rest, 64 * _CHUNK_BYTES)
            if not part and not rest:
                return None
            if part and not begun and not part.startswith(b"WARC/"[: len(part)]):
                return None
            begun = begun or bool(part)
            rest = unpack.unconsumed_tail
    except zlib.error:
        return None
    return end - len(unpack.unused_data) - at if begun else None


def _read_member(file: IO[bytes], where: str) -> bytes:
    """Read the gzip member that begins here, in memory no more than a body may take."""
    unpack = zlib.decompressobj(_GZIP)
    out = io.BytesIO()
    rest = b""
    while not unpack.eof:
        rest = rest or file.read(_CHUNK_BYTES)
        try:
            part = unpack.decompress(rest, 16 * _CHUNK_BYTES)
        except zlib.error:
            raise ArchiveError(f"{where}: no whole record begins there") from None
        if not part and not rest:
            raise ArchiveError(f"{where}: the record is torn")
        if out.tell() + len(part) > MAX_BODY_BYTES + _MAX_HEAD_BYTES:
            raise ArchiveError(f"{where}: the record is larger than {MAX_BODY_BYTES:,} bytes")
        out.write(part)
        rest = unpack.unconsumed_tail
    return out.getvalue()


def _parse_record(member: bytes, where: str) -> tuple[dict[str, str], memoryview]:
    head_end = member.find(b"\r\n\r\n")
    if not member.startswith(b"WARC/1.") or head_end < 0:
        raise ArchiveError(f"{where}: no WARC record")
    fields = {}
    for line in member[:head_end].decode("utf-8", "replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    block = memoryview(member)[head_end + 4 :]
    length = int(fields["content-length"])
    if len(block) != length + 4:
        raise ArchiveError(f"{where}: the record does not have the length it states")
    return fields, block[:length]


def _parse_response(block: memoryview, where: str) -> tuple[int, tuple[tuple[str, str], ...], memoryview]:
    head_end = bytes(block[:_MAX_HEAD_BYTES]).find(b"\r\n\r\n")
    if head_end < 0 or bytes(block[:5]) != b"HTTP/":
        raise ArchiveError(f"{where}: no HTTP response")
    line, *rest = bytes(block[:head_end]).decode("latin-1").split("\r\n")
    headers = []
    for header in rest:
        name, _, value = header.partition(":")
        headers.append((name, value.strip(" \t")))
    return int(line.split(" ", 2)[1]), tuple(headers), block[head_end + 4 :]


def _decode_body(received: memoryview, headers: Sequence[tuple[str, str]]) -> bytes:
    if len(received) > MAX_BODY_BYTES:
        raise CodingError(f"larger than {MAX_BODY_BYTES:,} bytes")
    codings = [value for name, value in headers if name.lower() == "content-encoding"]
    return decode(bytes(received), codings, MAX_BODY_BYTES)
