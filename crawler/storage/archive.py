"""The archive: every exchange with a server as WARC 1.1 (ISO 28500:2017), written before anything is read from it.

One gzip member a record, as the standard's annex D asks for, so that a pointer (file, offset) leads to a response
without reading what stands before it. Each run begins a file of its own: what a crash left at the end of an older file
is never written over and never pointed at, and `mend` cuts it off.

A visit that finds what an earlier one found is a `revisit` record (section 6.7): its head, and where the body stands.

Records are written here and not by warcio, which percent-encodes header values that are not ASCII and takes as long
for its own work as the compression; the tests read every record with warcio and with fastwarc.

A long file, as it alone knows how the files of the folder come about.
"""

import contextlib
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import IO

from crawler.storage.coding import CodingError, decode
from crawler.storage.warc_record import (
    BODILESS,
    MAX_BODY_BYTES,
    NOT_TOKEN,
    ArchiveError,
    BrokenBodyError,
    clean_name,
    clean_value,
    fit,
    fold_lines,
    format_time,
    make_digest,
    make_id,
    pack,
    parse_record,
    parse_response,
    read_member,
    split,
    status_line,
    to_head,
    to_uri,
)

MAX_FILE_BYTES = 1024**3  # the size the standard's annex recommends; a file ends after the record that passes it
SUFFIX = ".warc.gz"
_PROFILES = "http://netpreserve.org/warc/1.1/revisit/"


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
    withheld: str | None = None  # the word for which the body is not to be kept, such as "noarchive"


@dataclass(frozen=True, slots=True)
class EarlierResponse:
    """The response of an earlier visit that a new one may repeat."""

    pointer: RecordPointer  # of its response record
    url: str
    fetched_at: str  # YYYY-MM-DDTHH:MM:SSZ
    payload_digest: str  # "sha256:" and hexadecimal digest of the body as received


class Repetition(StrEnum):
    """By what a response is known to repeat an earlier one."""

    NOT_MODIFIED = "not_modified"  # the server says so
    IDENTICAL = "identical"  # the body is the same


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

    def append(self, exchange: Exchange, earlier: EarlierResponse | None = None) -> RecordPointer:
        """Write a response and its request; what is returned can be read by any process at once.

        Cookies and credentials are left out of both. A transfer encoding, which the body no longer has, and a
        Content-Length that is not the body's are kept under the names X-Crawler-Transfer-Encoding and
        X-Crawler-Content-Length, so that no reader undoes or believes them.

        A response that repeats the earlier one (`find_repetition`) becomes a `revisit` record, without its body. Its
        headers are those that a response record would have, a Content-Length among them: programs that replay an
        archive serve the earlier body with them. WARC-Truncated says that the record does not hold it. Where the
        earlier record cannot be read, the revisit names it by URL and time only, as `earlier` gives them.

        A body that is withheld is in no record: what is written is a response without it, with WARC-Truncated, and
        X-Crawler-Withheld among its headers says why.

        Raises:
            OSError: the disk is full, or the file cannot be written. Nothing points at what was written so far; the
                file is cut back to its last whole record, and another append begins a new file.
        """
        answer_id = make_id()
        date = format_time(exchange.fetched_at)
        common = [("WARC-Target-URI", to_uri(exchange.url)), ("WARC-Date", date)]
        if exchange.ip_address:
            common.append(("WARC-IP-Address", clean_value(exchange.ip_address)))
        bodiless = exchange.method.upper() == "HEAD" or exchange.status in BODILESS
        length = 0 if exchange.withheld else len(exchange.body)
        headers = fit(exchange.response_headers, length, bodiless=bodiless)
        if exchange.withheld:
            kind, body = "response", b""
            references, digest = [("WARC-Truncated", "unspecified")], make_digest(body)
            headers = chain(headers, [("X-Crawler-Withheld", clean_value(exchange.withheld))])
        elif earlier and (repetition := find_repetition(exchange.status, exchange.body, earlier)):
            kind, body = "revisit", b""
            references, digest = _refer(self.folder, earlier, repetition, exchange.body)
        else:
            kind, body = "response", exchange.body
            references, digest = [], make_digest(body)
        answer = pack(
            [("WARC-Type", kind), ("WARC-Record-ID", answer_id), *common, *references],
            "application/http;msgtype=response",
            to_head(f"HTTP/1.1 {status_line(exchange.status)}", headers),
            body,
            digest,
        )
        question = list(fit(exchange.request_headers, len(exchange.request_body), bodiless=False))
        if not any(name.lower() == "host" for name, _ in question):
            question.insert(0, ("Host", clean_value(split(exchange.url)[0])))  # the connection adds it unseen
        method = NOT_TOKEN.sub("", exchange.method) or "GET"
        request = pack(
            [("WARC-Type", "request"), ("WARC-Record-ID", make_id()), *common, ("WARC-Concurrent-To", answer_id)],
            "application/http;msgtype=request",
            to_head(f"{method} {split(exchange.url)[1]} HTTP/1.1", question),
            exchange.request_body,
        )
        return self._append(answer + request)

    def append_resource(self, uri: str, content_type: str, payload: bytes, written_at: datetime) -> RecordPointer:
        """Write something of our own making, such as a site model.

        Raises:
            OSError: as `append`.
        """
        fields = [
            ("WARC-Type", "resource"),
            ("WARC-Record-ID", make_id()),
            ("WARC-Target-URI", to_uri(uri)),
            ("WARC-Date", format_time(written_at)),
        ]
        return self._append(pack(fields, clean_value(content_type), b"", payload))

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
        path = self.folder / f"{serial:06}{SUFFIX}"
        fields = [
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", make_id()),
            ("WARC-Filename", path.name),
            ("WARC-Date", format_time(datetime.now(UTC))),
        ]
        lines = (f"{clean_name(name) or 'field'}: {fold_lines(value)}\r\n" for name, value in self._information.items())
        information = pack(fields, "application/warc-fields", b"", "".join(lines).encode("utf-8", "replace"))
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


def find_repetition(status: int, body: bytes, earlier: EarlierResponse | None) -> Repetition | None:
    """Tell whether a response repeats the earlier one: 304 (RFC 9110, 15.4.5), or 200 with the same body.

    Args:
        status: of the new response.
        body: of the new response, as received.
        earlier: None where there is none; a 304 then repeats nothing that is known.
    """
    if earlier is None:
        return None
    if status == HTTPStatus.NOT_MODIFIED:
        return Repetition.NOT_MODIFIED
    if status == HTTPStatus.OK and _to_payload_digest(body) == earlier.payload_digest:
        return Repetition.IDENTICAL
    return None


def list_files(folder: Path) -> list[Path]:
    """List the files of an archive in the order in which they were written."""
    return sorted((path for path in folder.glob(f"*{SUFFIX}") if _serial(path)), key=_serial)


def read_response(folder: Path, pointer: RecordPointer) -> ArchivedResponse:
    """Read the response that a pointer leads to.

    Content codings (gzip, deflate with and without its wrapper, br, zstd; several of them) are undone. A body that
    does not begin as its coding says is given as received, for servers label plain pages so, and a coding that is not
    known ends the decoding; a body that breaks off or breaks down within its coding is an error, never half a page.

    Raises:
        ArchiveError: the file is missing, the record is torn or no response, its body is larger than MAX_BODY_BYTES
            (no more than that is held while it is decoded) or broken.
    """
    where, fields, block = _read_record(folder, pointer, "response")
    try:
        status, headers, body = parse_response(block, where)
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
    except CodingError as error:
        raise BrokenBodyError(f"{where}: the body cannot be decoded ({error})") from None
    except (KeyError, ValueError, OverflowError) as error:
        raise ArchiveError(f"{where}: not a response record of this archive ({error})") from None


def read_resource(folder: Path, pointer: RecordPointer) -> bytes:
    """Read what `Archive.append_resource` wrote.

    Raises:
        ArchiveError: the file is missing, or the record is torn or no resource.
    """
    return bytes(_read_record(folder, pointer, "resource")[2])


def _refer(
    folder: Path, earlier: EarlierResponse, repetition: Repetition, body: bytes
) -> tuple[list[tuple[str, str]], str]:
    """Give the fields by which a revisit names what it repeats, and the digest of that payload.

    The earlier record's own words come first: its date has microseconds, and readers look for the very same one.
    """
    original = _read_original(folder, earlier)
    fields = [
        ("WARC-Refers-To-Target-URI", original.get("warc-target-uri") or to_uri(earlier.url)),
        ("WARC-Refers-To-Date", original.get("warc-date") or clean_value(earlier.fetched_at)),
    ]
    if record_id := original.get("warc-record-id"):
        fields.append(("WARC-Refers-To", record_id))
    if body:
        fields.append(("WARC-Truncated", "length"))
    if repetition is Repetition.IDENTICAL:
        return [("WARC-Profile", f"{_PROFILES}identical-payload-digest"), *fields], make_digest(body)
    # The standard names no algorithm: without the record, the SHA-256 that is known says as much.
    digest = original.get("warc-payload-digest") or clean_value(earlier.payload_digest)
    return [("WARC-Profile", f"{_PROFILES}server-not-modified"), *fields], digest


def _read_original(folder: Path, earlier: EarlierResponse) -> Mapping[str, str]:
    """Give the fields of the earlier record; none where it cannot be read or another stands in its place."""
    try:
        where, fields, block = _read_record(folder, earlier.pointer, "response")
        _, _, body = parse_response(block, where)
    except (ArchiveError, LookupError, ValueError):
        return {}
    return fields if _to_payload_digest(body) == earlier.payload_digest else {}


def _to_payload_digest(body: bytes | memoryview) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _read_record(folder: Path, pointer: RecordPointer, kind: str) -> tuple[str, Mapping[str, str], memoryview]:
    where = f"{folder / pointer.file} at {pointer.offset}"
    if pointer.file in ("", ".", "..") or any(mark in pointer.file for mark in "/\\\0"):
        raise ArchiveError(f"{where!r}: not a name of a file in the archive")
    try:
        with (folder / pointer.file).open("rb", buffering=0) as file:
            file.seek(pointer.offset)
            member = read_member(file, where)
        fields, block = parse_record(member, where)
    except ArchiveError:
        raise
    except OSError as error:
        raise ArchiveError(f"{where}: {error.strerror or error}") from None
    except (KeyError, ValueError, OverflowError) as error:
        raise ArchiveError(f"{where}: not a {kind} record of this archive ({error})") from None
    if fields.get("warc-type") != kind:
        raise ArchiveError(f"{where}: a record of type {fields.get('warc-type')!r}, no {kind}")
    return where, fields, block


def _serial(path: Path) -> int:
    """Give the number of a file of the archive; 0 for others."""
    stem = path.name[: -len(SUFFIX)]
    return int(stem) if stem.isascii() and stem.isdecimal() else 0


def _create(path: Path) -> IO[bytes]:
    return path.open("xb", buffering=0)


def _write_all(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _decode_body(received: memoryview, headers: Sequence[tuple[str, str]]) -> bytes:
    if len(received) > MAX_BODY_BYTES:
        raise CodingError(f"larger than {MAX_BODY_BYTES:,} bytes")
    codings = [value for name, value in headers if name.lower() == "content-encoding"]
    return decode(bytes(received), codings, MAX_BODY_BYTES)
