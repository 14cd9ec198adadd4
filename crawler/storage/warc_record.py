"""One WARC record: fields, an HTTP head and a payload to one gzip member, and back."""

import base64
import hashlib
import re
import uuid
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import IO
from urllib.parse import quote, urlsplit

VERSION = "WARC/1.1"
MAX_BODY_BYTES = 64 * 1024 * 1024  # after decompression; a bomb ends here
_MAX_HEAD_BYTES = 1024 * 1024  # what a record may hold beside its body
_COMPRESSION_LEVEL = 1  # level 6 costs 1.9 ms a page, to save a sixth of the space
CHUNK_BYTES = 65_536
_FIRST_BYTES = 16_384  # read first: most pages take no more, compressed, and no head does
GZIP = 16 + zlib.MAX_WBITS
MAGIC = b"\x1f\x8b\x08"
_SECRET_HEADERS = frozenset(
    ("cookie", "cookie2", "set-cookie", "set-cookie2", "authorization", "proxy-authorization", "x-api-key")
)
_RENAMED = "X-Crawler-"  # Common Crawl's prefix for a header that no longer fits what is stored
NOT_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_FOLD = re.compile(r"(?:\r\n|\r|\n)[ \t]+")
_LINE_BREAK = re.compile(r"[\r\n]")
BODILESS = frozenset((204, 304))


class ArchiveError(OSError):
    """A record that is not there or cannot be read; the message is one line that names the file and the offset."""


class BrokenBodyError(ArchiveError):
    """The archive is sound, and what the server sent cannot be decoded."""


def pack(
    fields: Iterable[tuple[str, str]], content_type: str, head: bytes, payload: bytes, payload_digest: str | None = None
) -> bytes:
    """Make a record and compress it: its fields, and a block of an HTTP head (or nothing) and a payload.

    `payload_digest` is for a revisit, whose payload stands in an earlier record and not in its own block.
    """
    lines = [VERSION, *(f"{name}: {value}" for name, value in fields)]
    lines.append(f"WARC-Payload-Digest: {payload_digest or make_digest(payload)}")
    lines.append(f"WARC-Block-Digest: {make_digest(head, payload)}")
    lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(head) + len(payload)}")
    pack = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, GZIP)
    return b"".join(
        (
            pack.compress("\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + head),
            pack.compress(payload),
            pack.compress(b"\r\n\r\n"),
            pack.flush(),
        )
    )


def make_id() -> str:
    """Name a record."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def format_time(moment: datetime) -> str:
    """Write WARC-Date: UTC, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def make_digest(*parts: bytes) -> str:
    """Give the digest of bytes as a record states it: "sha1:" and Base32."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return f"sha1:{base64.b32encode(digest.digest()).decode('ascii')}"


def to_head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Write an HTTP head: its first line, its headers, the empty line."""
    lines = [line, *(f"{name}: {value}" if value else f"{name}:" for name, value in headers)]
    # What latin-1 has no byte for was never received; it is ours, and UTF-8 then.
    return b"\r\n".join(_to_bytes(text) for text in lines) + b"\r\n\r\n"


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def fit(headers: Iterable[tuple[str, str]], length: int, *, bodiless: bool) -> Iterator[tuple[str, str]]:
    """Clean headers and make them true of a body without transfer encoding."""
    counted = False
    for raw_name, raw_value in headers:
        name, value = clean_name(raw_name), clean_value(raw_value)
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


def clean_name(name: str) -> str:
    """Give a header's name as far as its line or a colon, either of which would end it in the archive."""
    return NOT_TOKEN.sub("-", re.split(r"[\r\n:]", name.strip(), maxsplit=1)[0].strip())


def clean_value(value: str) -> str:
    """Unfold a header's value; a line break that is no fold ends it, for it would begin another header."""
    return _LINE_BREAK.split(_FOLD.sub(" ", value.strip()), maxsplit=1)[0].replace("\0", " ").strip()


def fold_lines(value: str) -> str:
    """Write a value of several lines as one folded field."""
    return "\r\n ".join(line for line in value.strip().splitlines() if line.strip())


def status_line(status: int) -> str:
    """Write a status with its phrase, where it has one."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def to_uri(url: str) -> str:
    """Percent-encode what may not stand in a URI, and leave out a user's name and password; the rest stays."""
    scheme, mark, rest = url.partition("://")
    if mark:
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        url = f"{scheme}://{authority.rpartition('@')[2]}{rest[len(authority) :]}"
    return quote(url, safe="%:/?#[]@!$&'()*+,;=-._~|{}^`\\\"", errors="replace")


def split(url: str) -> tuple[str, str]:
    """Give the host as the Host header says it, and the request target."""
    uri = to_uri(url)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return "", "/"
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


# Records in


def read_member(file: IO[bytes], where: str) -> bytes:
    """Read the gzip member that begins here, in memory no more than a body may take."""
    unpack = zlib.decompressobj(GZIP)
    parts: list[bytes] = []
    length = 0
    rest = file.read(_FIRST_BYTES)
    while not unpack.eof:
        rest = rest or file.read(CHUNK_BYTES)
        try:
            part = unpack.decompress(rest, 16 * CHUNK_BYTES)
        except zlib.error:
            raise ArchiveError(f"{where}: no whole record begins there") from None
        if not part and not rest:
            raise ArchiveError(f"{where}: the record is torn")
        length += len(part)
        if length > MAX_BODY_BYTES + _MAX_HEAD_BYTES:
            raise ArchiveError(f"{where}: the record is larger than {MAX_BODY_BYTES:,} bytes")
        parts.append(part)
        rest = unpack.unconsumed_tail
    return parts[0] if len(parts) == 1 else b"".join(parts)


def parse_record(member: bytes, where: str) -> tuple[dict[str, str], memoryview]:
    """Read a record: its fields by lower-case name, and its block.

    Raises:
        ArchiveError: it is none.
    """
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


def _find_head_end(block: memoryview) -> int:
    """Find the empty line that ends a head; -1 where there is none. Most heads are short: little is copied for them."""
    head_end = bytes(block[:_FIRST_BYTES]).find(b"\r\n\r\n")
    return head_end if head_end >= 0 else bytes(block[:_MAX_HEAD_BYTES]).find(b"\r\n\r\n")


def parse_response(block: memoryview, where: str) -> tuple[int, tuple[tuple[str, str], ...], memoryview]:
    """Read an HTTP response: status, headers, body as received.

    Raises:
        ArchiveError: it is none.
    """
    head_end = _find_head_end(block)
    if head_end < 0 or bytes(block[:5]) != b"HTTP/":
        raise ArchiveError(f"{where}: no HTTP response")
    line, *rest = bytes(block[:head_end]).decode("latin-1").split("\r\n")
    headers = []
    for header in rest:
        name, _, value = header.partition(":")
        headers.append((name, value.strip(" \t")))
    return int(line.split(" ", 2)[1]), tuple(headers), block[head_end + 4 :]
