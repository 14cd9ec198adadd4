"""Content codings: undone where they can be, and never a way to fill the memory."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
from backports import zstd

from crawler.storage import archive as module
from crawler.storage.archive import Archive, read_response
from crawler.storage.coding import CodingError, TooLargeError, decode
from crawler.storage.warc_record import ArchiveError
from tests.storage.archive_making import BIG, PAGE, make


def deflate(body: bytes, window_bits: int) -> bytes:
    pack = zlib.compressobj(6, zlib.DEFLATED, window_bits)
    return pack.compress(body) + pack.flush()


CODED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "bare deflate": ("deflate", lambda body: deflate(body, -15)),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
    "two": ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
    "four": (
        "deflate,  br,gzip, zstd",
        lambda body: zstd.compress(gzip.compress(brotli.compress(zlib.compress(body)))),
    ),
    "gzip in parts": ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
    "zstd in parts": (
        "zstd",
        lambda body: zstd.compress(body[:9]) + b"\x50\x2a\x4d\x18\1\0\0\0x" + zstd.compress(body[9:]),
    ),
    "identity": ("identity", bytes),
}


@pytest.mark.parametrize("body", [PAGE, b"", b"x", BIG], ids=["page", "empty", "byte", "big"])
@pytest.mark.parametrize("coding", CODED)
def test_content_codings_are_undone(archive: Archive, coding: str, body: bytes) -> None:
    name, encode = CODED[coding]
    pointer = archive.append(make(encode(body), headers=(("Content-Encoding", name),)))
    assert read_response(archive.folder, pointer).body == body


def test_codings_in_several_headers(archive: Archive) -> None:
    headers = (("Content-Encoding", "gzip"), ("content-encoding", "br"))
    pointer = archive.append(make(brotli.compress(gzip.compress(PAGE)), headers=headers))
    assert read_response(archive.folder, pointer).body == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br", "utf-8", "none", "compress", ""])
@pytest.mark.parametrize(
    "body", [PAGE, b"plain", "xK\xf6ln".encode() * 900, b""], ids=["page", "word", "long", "empty"]
)
def test_a_plain_body_with_the_label_of_a_coding_is_given_as_received(
    archive: Archive, coding: str, body: bytes
) -> None:
    pointer = archive.append(make(body, headers=(("Content-Encoding", coding),)))
    assert read_response(archive.folder, pointer).body == body


def test_an_unknown_coding_ends_the_decoding(archive: Archive) -> None:
    pointer = archive.append(make(gzip.compress(PAGE), headers=(("Content-Encoding", "compress, gzip"),)))
    assert read_response(archive.folder, pointer).body == PAGE
    pointer = archive.append(make(gzip.compress(PAGE), headers=(("Content-Encoding", "gzip, compress"),)))
    assert read_response(archive.folder, pointer).body == gzip.compress(PAGE)


@pytest.mark.parametrize("coding", ["gzip", "zlib", "br", "zstd", "two", "four"])
def test_a_body_that_breaks_off_is_an_error_at_every_byte(coding: str) -> None:
    name, encode = CODED[coding]
    whole = encode(random.Random(1).randbytes(300))
    for size in range(4, len(whole)):
        with pytest.raises(CodingError):
            decode(whole[:size], [name], 10_000)


@pytest.mark.parametrize("coding", ["gzip", "zlib", "zstd"])
def test_a_broken_body_is_an_error_in_one_line(archive: Archive, coding: str) -> None:
    name, encode = CODED[coding]
    body = bytearray(encode(BIG))
    body[1000] ^= 255
    pointer = archive.append(make(bytes(body[:-9]), headers=(("Content-Encoding", name),)))
    with pytest.raises(ArchiveError, match=r"000001\.warc\.gz at \d+: the body cannot be decoded \(") as error:
        read_response(archive.folder, pointer)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("coding", ["gzip", "zlib", "bare deflate", "br", "zstd", "two", "four"])
def test_a_bomb_never_takes_more_memory_than_a_body_may(coding: str) -> None:
    name, encode = CODED[coding]
    bomb = encode(bytes(40_000_000))
    tracemalloc.start()
    with pytest.raises(TooLargeError):
        decode(bomb, [name], 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_bomb_in_the_archive(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 100_000)
    inner = archive.append(make(gzip.compress(bytes(1_000_000)), headers=(("Content-Encoding", "gzip"),)))
    middle = archive.append(make(bytes(100_001)))
    outer = archive.append(make(bytes(10_000_000)))
    allowed = archive.append(make(bytes(100_000)))
    for pointer in (inner, middle, outer):
        with pytest.raises(ArchiveError, match="larger than 100,000 bytes"):
            read_response(archive.folder, pointer)
    assert len(read_response(archive.folder, allowed).body) == 100_000


def test_many_codings_are_refused(archive: Archive) -> None:
    pointer = archive.append(make(headers=(("Content-Encoding", "gzip," * 6),)))
    with pytest.raises(ArchiveError, match="6 content codings; 5 are allowed"):
        read_response(archive.folder, pointer)
