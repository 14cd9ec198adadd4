"""The archive: every exchange with a server as WARC 1.1 (ISO 28500:2017), written before anything is read from it.

One gzip member a record, as the standard's annex D asks for, so that a pointer (file, offset) leads to a response
without reading what stands before it. Each run begins a file of its own: what a crash left at the end of an older file
is never written over and never pointed at.
"""

import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import IO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

VERSION = "WARC/1.1"
MAX_FILE_BYTES = 1024**3  # the size the standard's annex recommends; a file ends after the record that passes it
MAX_BODY_BYTES = 64 * 1024 * 1024  # after decompression; a bomb ends here
_COMPRESSION_LEVEL = 1  # level 6 costs 1.9 ms a page, to save a sixth of the space
_SUFFIX = ".warc.gz"
_SECRET_HEADERS = frozenset(
    ("cookie", "cookie2", "set-cookie", "set-cookie2", "authorization", "proxy-authorization", "x-api-key")
)
_GZIP = 16 + zlib.MAX_WBITS


class ArchiveError(OSError):
    """A record that is not there or cannot be read; the message names the file and the offset."""


@dataclass(frozen=True, slots=True)
class RecordPointer:
    """Where a record begins."""

    file: str  # its name in the archive's folder
    offset: int  # bytes from the file's beginning


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, the body as received: without transfer encoding, with content encoding."""

    url: str
    method: str
    request_headers: Sequence[tuple[str, str]]
    request_body: bytes
    status: int
    response_headers: Sequence[tuple[str, str]]
    body: bytes
    fetched_at: datetime  # aware


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

        Cookies and credentials are left out of both.

        Raises:
            OSError: the disk is full, or the file cannot be written. Nothing points at what was written so far.
        """
        writer = WARCWriter(io.BytesIO(), gzip=False, warc_version=VERSION)
        date = exchange.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.body),
            http_headers=_http_headers(_status_line(exchange.status), exchange.response_headers, "HTTP/1.1"),
            warc_headers_dict={"WARC-Date": date},
        )
        request = writer.create_warc_record(
            exchange.url,
            "request",
            payload=io.BytesIO(exchange.request_body),
            http_headers=_http_headers(f"{_target(exchange.url)} HTTP/1.1", exchange.request_headers, exchange.method),
            warc_headers_dict={"WARC-Date": date, "WARC-Concurrent-To": response.rec_headers["WARC-Record-ID"]},
        )
        return self._append([_to_bytes(response), _to_bytes(request)])

    def append_resource(self, uri: str, content_type: str, payload: bytes, written_at: datetime) -> RecordPointer:
        """Write something of our own making, such as a site model."""
        writer = WARCWriter(io.BytesIO(), gzip=False, warc_version=VERSION)
        date = written_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        record = writer.create_warc_record(
            uri,
            "resource",
            payload=io.BytesIO(payload),
            warc_content_type=content_type,
            warc_headers_dict={"WARC-Date": date},
        )
        return self._append([_to_bytes(record)])

    def close(self) -> None:
        """End the current file; another append would begin a new one."""
        with self._lock:
            self._end_file()

    def _append(self, records: Sequence[bytes]) -> RecordPointer:
        data = b"".join(_compress(record) for record in records)
        with self._lock:
            if self._file is not None and self._size >= self._max_file_bytes:
                self._end_file()
            file = self._file or self._begin_file()
            pointer = RecordPointer(Path(file.name).name, self._size)
            try:
                file.write(data)
                file.flush()
            except OSError:
                self._abandon(pointer)
                raise
            self._size += len(data)
            return pointer

    def _begin_file(self) -> IO[bytes]:
        serial = 1 + max((int(path.name[: -len(_SUFFIX)]) for path in list_files(self.folder)), default=0)
        path = self.folder / f"{serial:06}{_SUFFIX}"
        writer = WARCWriter(io.BytesIO(), gzip=False, warc_version=VERSION)
        information = _compress(_to_bytes(writer.create_warcinfo_record(path.name, self._information)))
        self._file = path.open("xb")
        self._size = 0
        self._file.write(information)
        self._file.flush()
        self._size = len(information)
        return self._file

    def _abandon(self, pointer: RecordPointer) -> None:
        """Cut off what a failed write left, so that the file ends with a whole record."""
        assert self._file is not None
        file, self._file = self._file, None
        try:
            file.close()
        finally:
            path = self.folder / pointer.file
            with path.open("r+b") as again:
                again.truncate(pointer.offset)

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def list_files(folder: Path) -> list[Path]:
    """List the files of an archive in the order in which they were written."""
    return sorted(path for path in folder.glob(f"*{_SUFFIX}") if path.name[: -len(_SUFFIX)].isdigit())


def read_response(folder: Path, pointer: RecordPointer) -> ArchivedResponse:
    """Read the response that a pointer leads to.

    Raises:
        ArchiveError: the file is missing, the record is torn or no response, or its body is larger than allowed.
    """
    where = f"{folder / pointer.file} at {pointer.offset}"
    try:
        with (folder / pointer.file).open("rb") as file:
            file.seek(pointer.offset)
            member = _read_member(file)
    except OSError as error:
        raise ArchiveError(f"{where}: {error.strerror or error}") from None
    if member is None:
        raise ArchiveError(f"{where}: the record is torn")
    try:
        record = ArcWarcRecordLoader().parse_record_stream(io.BytesIO(member), known_format="warc")
    except (ArchiveLoadFailed, EOFError) as error:
        raise ArchiveError(f"{where}: no WARC record ({error})") from None
    if record.rec_type != "response":
        raise ArchiveError(f"{where}: a {record.rec_type} record, no response")
    body = record.content_stream().read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise ArchiveError(f"{where}: the body is larger than {MAX_BODY_BYTES:,} bytes")
    return ArchivedResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        body=body,
        fetched_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
        payload_digest=record.rec_headers.get_header("WARC-Payload-Digest"),
    )


def find_intact_end(path: Path, start: int = 0) -> int:
    """Find where the last whole record of a file ends: what stands behind it is what a crash left.

    Args:
        path: a WARC file.
        start: an offset at which a record is known to begin.
    """
    end = start
    with path.open("rb") as file:
        file.seek(start)
        while (size := _member_size(file)) is not None:
            end += size
            file.seek(end)
    return end


def _member_size(file: IO[bytes]) -> int | None:
    """Measure the gzip member that begins here; None where there is none, or a torn one."""
    unpack = zlib.decompressobj(_GZIP)
    size = 0
    for chunk in iter(lambda: file.read(65_536), b""):
        try:
            unpack.decompress(chunk)
        except zlib.error:
            return None
        size += len(chunk)
        if unpack.eof:
            return size - len(unpack.unused_data)
    return None


def _read_member(file: IO[bytes]) -> bytes | None:
    unpack = zlib.decompressobj(_GZIP)
    parts: list[bytes] = []
    for chunk in iter(lambda: file.read(65_536), b""):
        try:
            parts.append(unpack.decompress(chunk))
        except zlib.error:
            return None
        if unpack.eof:
            return b"".join(parts)
    return None


def _compress(record: bytes) -> bytes:
    pack = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, _GZIP)
    return pack.compress(record) + pack.flush()


def _to_bytes(record: ArcWarcRecord) -> bytes:
    out = io.BytesIO()
    WARCWriter(out, gzip=False, warc_version=VERSION).write_record(record)
    return out.getvalue()


def _http_headers(line: str, headers: Sequence[tuple[str, str]], protocol: str) -> StatusAndHeaders:
    return StatusAndHeaders(line, list(_public(headers)), protocol=protocol, is_http_request=protocol != "HTTP/1.1")


def _public(headers: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() not in _SECRET_HEADERS:
            # A line end in a header would begin another one in the archive.
            yield name.replace("\r", "").replace("\n", ""), value.replace("\r", " ").replace("\n", " ")


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _target(url: str) -> str:
    """Give the request target: the URL without scheme and host."""
    rest = url.partition("://")[2]
    path = rest[rest.find("/") :] if "/" in rest else "/"
    return path.partition("#")[0]
