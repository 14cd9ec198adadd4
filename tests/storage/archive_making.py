"""What tests of the archive are made of: exchanges, and two readers that are not ours."""

import gzip
import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from crawler.storage.archive import Archive, EarlierResponse, Exchange, RecordPointer, read_response

NOW = datetime(2026, 3, 27, 12, 30, 45, 678901, tzinfo=UTC)
PAGE = b"<html><body><p>A press release.</p></body></html>"
BIG = random.Random(0).randbytes(300_000) + b"many words " * 100_000


def make(
    body: bytes = PAGE,
    *,
    url: str = "https://example.org/press/1?page=2",
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),),
    method: str = "GET",
    request_headers: tuple[tuple[str, str], ...] = (("User-Agent", "Broadside"),),
    request_body: bytes = b"",
) -> Exchange:
    return Exchange(url, method, request_headers, request_body, status, headers, body, NOW)


def remember(pointer: RecordPointer, exchange: Exchange) -> EarlierResponse:
    """Give what a ledger knows of a visit: whole seconds, and SHA-256."""
    digest = f"sha256:{hashlib.sha256(exchange.body).hexdigest()}"
    return EarlierResponse(pointer, exchange.url, exchange.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ"), digest)


def read_with_warcio(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    read = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            fields = {name.lower(): value for name, value in record.rec_headers.headers}
            read.append((fields["warc-type"], fields, record.raw_stream.read()))
    return read


def read_with_fastwarc(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    read = []
    with path.open("rb") as file:
        for record in FastIterator(file, parse_http=False):
            assert record.verify_block_digest()
            record.parse_http()
            if record.headers["WARC-Type"] in ("response", "request"):
                assert record.verify_payload_digest()
            fields = {name.lower(): value for name, value in record.headers.items()}
            read.append((fields["warc-type"], fields, record.reader.read()))
    return read


def kept_headers(archive: Archive, exchange: Exchange) -> dict[str, str]:
    pointer = archive.append(exchange)
    return dict(read_response(archive.folder, pointer).headers)


def members(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
