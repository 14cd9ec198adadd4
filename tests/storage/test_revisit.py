"""Revisit records: what repeats an earlier response is written without its body, and every reader finds the body."""

import gzip
import hashlib
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from crawler.storage.archive import (
    Archive,
    EarlierResponse,
    Exchange,
    RecordPointer,
    Repetition,
    find_repetition,
    list_files,
    read_response,
)
from crawler.storage.mend import find_intact_end, mend
from crawler.storage.warc_record import ArchiveError
from tests.storage.archive_making import BIG, NOW, PAGE, make, members, read_with_fastwarc, read_with_warcio, remember

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
REFERENCES = ("warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date")
Headers = tuple[tuple[str, str], ...]


def see(archive: Archive, body: bytes = PAGE, headers: Headers = ()) -> EarlierResponse:
    first = make(body, headers=headers)
    return remember(archive.append(first), first)


def visit_again(body: bytes = b"", *, status: int = 304, headers: Headers = (), url: str | None = None) -> Exchange:
    exchange = make(body, status=status, headers=headers)
    return replace(exchange, url=url or exchange.url, fetched_at=NOW + timedelta(days=1))


def split_members(data: bytes) -> dict[int, bytes]:
    """Give each record by its offset."""
    records = {}
    rest = data
    while rest:
        unpack = zlib.decompressobj(31)
        records[len(data) - len(rest)] = unpack.decompress(rest)
        rest = unpack.unused_data
    return records


def read_record(archive: Archive, pointer: RecordPointer, expected: str = "revisit") -> tuple[dict[str, str], bytes]:
    """Give a record's fields as both readers agree on them, and its block as it is written."""
    path = archive.folder / pointer.file
    slow = read_with_warcio(path)
    assert slow == read_with_fastwarc(path)
    records = split_members(path.read_bytes())
    kind, fields, payload = slow[list(records).index(pointer.offset)]
    assert kind == expected
    assert payload == b"" or kind == "response"
    head, _, block = records[pointer.offset].partition(b"\r\n\r\n")
    assert head.count(b"WARC-Payload-Digest") == 1
    assert block.endswith(b"\r\n\r\n")
    assert int(fields["content-length"]) == len(block) - 4
    return fields, block[:-4]


# What repeats


@pytest.mark.parametrize(
    ("status", "body", "known", "repetition"),
    [
        (304, b"", PAGE, Repetition.NOT_MODIFIED),
        (304, b"", b"", Repetition.NOT_MODIFIED),
        (200, PAGE, PAGE, Repetition.IDENTICAL),
        (200, b"", b"", Repetition.IDENTICAL),
        (200, PAGE + b" ", PAGE, None),
        (200, b"", PAGE, None),
        (404, PAGE, PAGE, None),
        (206, PAGE, PAGE, None),
    ],
)
def test_what_repeats(archive: Archive, status: int, body: bytes, known: bytes, repetition: Repetition | None) -> None:
    earlier = see(archive, known)
    assert find_repetition(status, body, earlier) is repetition
    assert find_repetition(status, body, None) is None
    pointer = archive.append(visit_again(body, status=status), earlier)
    if repetition:
        read_record(archive, pointer)
    else:
        assert read_response(archive.folder, pointer).body == body
    alone = read_response(archive.folder, archive.append(visit_again(body, status=status)))
    assert (alone.status, alone.body) == (status, body)


# What is written


def test_not_modified(archive: Archive) -> None:
    earlier = see(archive, gzip.compress(PAGE), (("ETag", '"a"'), ("Content-Encoding", "gzip")))
    fields, block = read_record(archive, archive.append(visit_again(headers=(("ETag", '"a"'),)), earlier))
    original = read_record(archive, earlier.pointer, "response")[0]
    assert fields["warc-profile"] == NOT_MODIFIED
    assert fields["warc-refers-to"] == original["warc-record-id"] != fields["warc-record-id"]
    assert fields["warc-refers-to-target-uri"] == original["warc-target-uri"] == earlier.url
    assert fields["warc-refers-to-date"] == original["warc-date"] == "2026-03-27T12:30:45.678901Z"
    assert fields["warc-date"] == "2026-03-28T12:30:45.678901Z"
    assert fields["warc-payload-digest"] == original["warc-payload-digest"]
    assert fields["content-type"] == "application/http;msgtype=response"
    assert "warc-truncated" not in fields
    assert block == b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'


def test_identical(archive: Archive) -> None:
    earlier = see(archive, BIG)
    size = (archive.folder / earlier.pointer.file).stat().st_size
    pointer = archive.append(visit_again(BIG, status=200, headers=(("Age", "5"),)), earlier)
    assert (archive.folder / pointer.file).stat().st_size - size < 2000
    fields, block = read_record(archive, pointer)
    original = read_record(archive, earlier.pointer, "response")[0]
    assert fields["warc-profile"] == IDENTICAL
    assert fields["warc-truncated"] == "length"
    assert fields["warc-refers-to"] == original["warc-record-id"]
    assert fields["warc-payload-digest"] == original["warc-payload-digest"]
    assert block == b"HTTP/1.1 200 OK\r\nAge: 5\r\n\r\n"


def test_what_was_cut_is_said(archive: Archive) -> None:
    # A body that a 304 has no right to; an empty page, of which nothing was cut.
    fields, block = read_record(archive, archive.append(visit_again(b"odd"), see(archive)))
    assert (fields["warc-profile"], fields["warc-truncated"]) == (NOT_MODIFIED, "length")
    assert b"odd" not in block
    fields, _ = read_record(archive, archive.append(visit_again(status=200), see(archive, b"")))
    assert fields["warc-profile"] == IDENTICAL
    assert "warc-truncated" not in fields


def test_the_request_belongs_to_the_revisit(archive: Archive) -> None:
    again = replace(visit_again(), request_headers=(("If-None-Match", '"a"'),), ip_address="192.0.2.7")
    pointer = archive.append(again, see(archive))
    read_record(archive, pointer)
    (_, revisit, _), (kind, request, _) = read_with_warcio(archive.folder / pointer.file)[3:]
    assert kind == "request"
    assert request["warc-concurrent-to"] == revisit["warc-record-id"]
    assert request["warc-date"] == revisit["warc-date"]
    assert request["warc-ip-address"] == revisit["warc-ip-address"] == "192.0.2.7"
    assert b'\r\nIf-None-Match: "a"\r\n' in members(archive.folder / pointer.file)


# Headers


CHUNKED = (("X-Crawler-Transfer-Encoding", "chunked"),)
ODD: list[tuple[Headers, Headers, Headers]] = [  # received; kept in a 304; kept with an identical body of 49 bytes
    ((("Content-Length", "49"),), (("Content-Length", "49"),), (("Content-Length", "49"),)),
    (
        (("Content-Length", "7"), ("Content-Length", "7")),
        (("Content-Length", "7"), ("Content-Length", "7")),
        (("X-Crawler-Content-Length", "7"), ("Content-Length", "49"), ("X-Crawler-Content-Length", "7")),
    ),
    ((("Transfer-Encoding", "chunked"),), CHUNKED, CHUNKED),
    ((("Content-Encoding", "gzip"),), (("Content-Encoding", "gzip"),), (("Content-Encoding", "gzip"),)),
    ((("Set-Cookie", "secret=1"), ("set-cookie", "secret=2")), (), ()),
    ((("X-A", "one\r\nSet-Cookie: secret=3\r\n\r\nsecret"),), (("X-A", "one"),), (("X-A", "one"),)),
]


@pytest.mark.parametrize(("received", "not_modified", "identical"), ODD)
def test_odd_headers(archive: Archive, received: Headers, not_modified: Headers, identical: Headers) -> None:
    earlier = see(archive)
    for exchange, line, kept in (
        (visit_again(headers=received), "304 Not Modified", not_modified),
        (visit_again(PAGE, status=200, headers=received), "200 OK", identical),
    ):
        request_headers = (("Cookie", "secret=4"), ("Authorization", "secret"))
        _, block = read_record(archive, archive.append(replace(exchange, request_headers=request_headers), earlier))
        head = "".join(f"{name}: {value}\r\n" for name, value in kept)
        assert block.decode() == f"HTTP/1.1 {line}\r\n{head}\r\n"
    assert b"secret" not in members(list_files(archive.folder)[0])
    # Not only the raw stream: warcio, undoing the codings that the headers name, finds no body either.
    with list_files(archive.folder)[0].open("rb") as file:
        bodies = [record.content_stream().read() for record in ArchiveIterator(file) if record.rec_type == "revisit"]
    assert bodies == [b"", b""]


NAMES = ["Content-Length", "content-length", "Transfer-Encoding", "Content-Encoding", "Set-Cookie", "X-\xe9", ""]
VALUES = ["0", "49", "-1", "9" * 30, "chunked", "gzip", "br, gzip", "a\r\nb: c", "a\r\n folded", "\x80\xff", "\0", ""]


@settings(max_examples=150, deadline=None)
@given(
    headers=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6),
    body=st.sampled_from([b"", PAGE, gzip.compress(PAGE)]),
    same=st.booleans(),
)
def test_a_revisit_has_the_head_of_a_response(
    tmp_path_factory: pytest.TempPathFactory, headers: list[tuple[str, str]], body: bytes, same: bool
) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"), {})
    again = visit_again(body if same else b"", status=200 if same else 304, headers=tuple(headers))
    earlier = see(archive, body)
    plain = archive.append(again)
    pointer = archive.append(again, earlier)
    archive.close()
    fields, block = read_record(archive, pointer)
    assert fields["warc-profile"] == (IDENTICAL if same else NOT_MODIFIED)
    assert read_record(archive, plain, "response")[1] == block + again.body


def test_a_replay_of_the_earlier_body_under_the_new_headers(archive: Archive) -> None:
    # As pywb and wabac.js do it: the record is found by its id, and by its address and date; the head is the revisit's.
    packed = gzip.compress(PAGE)
    headers = (("Content-Encoding", "gzip"), ("Content-Length", str(len(packed))))
    archive.append(visit_again(packed, status=200, headers=headers), see(archive, packed, headers))
    found: dict[tuple[str, ...], bytes] = {}
    revisits: list[ArcWarcRecord] = []
    with list_files(archive.folder)[0].open("rb") as file:
        for record in ArchiveIterator(file):
            say = record.rec_headers.get_header
            if record.rec_type == "response":
                key = (say("WARC-Record-ID"), say("WARC-Target-URI"), say("WARC-Date"), say("WARC-Payload-Digest"))
                found[key] = record.raw_stream.read()
            elif record.rec_type == "revisit":
                revisits.append(record)
    (revisit,) = revisits
    body = found[*(revisit.rec_headers.get_header(name) for name in (*REFERENCES, "WARC-Payload-Digest"))]
    assert int(revisit.http_headers.get_header("Content-Length")) == len(body)
    assert gzip.decompress(body) == PAGE


# The earlier record: elsewhere, torn, gone


def test_an_earlier_record_of_another_file_and_address(tmp_path: Path) -> None:
    first = replace(make(url="https://me:secret@example.org/K\xf6ln"), fetched_at=NOW - timedelta(days=400))
    archive = Archive(tmp_path, {})
    earlier = remember(archive.append(first), first)
    archive.close()
    archive = Archive(tmp_path, {})
    pointer = archive.append(visit_again(url="https://example.org/new"), earlier)
    archive.close()
    assert (earlier.pointer.file, pointer.file) == ("000001.warc.gz", "000002.warc.gz")
    fields, _ = read_record(archive, pointer)
    original = read_record(archive, earlier.pointer, "response")[0]
    assert fields["warc-target-uri"] == "https://example.org/new"
    assert [fields[name] for name in REFERENCES] == [
        original["warc-record-id"],
        "https://example.org/K%C3%B6ln",
        "2025-02-20T12:30:45.678901Z",
    ]


def remove(path: Path, pointer: RecordPointer) -> None:
    path.unlink()


def tear_body(path: Path, pointer: RecordPointer) -> None:
    path.write_bytes(path.read_bytes()[: pointer.offset + 5000])  # the record's fields are there, and whole


def turn_a_bit(path: Path, pointer: RecordPointer) -> None:
    data = bytearray(path.read_bytes())
    data[pointer.offset + 5000] ^= 1
    path.write_bytes(data)


def put_another_record_there(path: Path, pointer: RecordPointer) -> None:
    archive = Archive(path.parent / "other", {})
    other = archive.append(make(BIG + b"another"))
    archive.close()
    record = (archive.folder / other.file).read_bytes()[other.offset :]
    path.write_bytes(path.read_bytes()[: pointer.offset] + record)


@pytest.mark.parametrize("damage", [None, remove, tear_body, turn_a_bit, put_another_record_there])
@pytest.mark.parametrize("status", [200, 304])
def test_an_earlier_record_that_cannot_be_read(
    tmp_path: Path, damage: Callable[[Path, RecordPointer], None] | None, status: int
) -> None:
    archive = Archive(tmp_path, {})
    earlier = see(archive, BIG)
    archive.close()
    if damage:
        damage(tmp_path / earlier.pointer.file, earlier.pointer)
    pointer = archive.append(visit_again(BIG if status == 200 else b"", status=status), earlier)
    fields, _ = read_record(archive, pointer)
    assert ("warc-refers-to" in fields) == (damage is None)
    assert fields["warc-refers-to-target-uri"] == earlier.url
    assert fields["warc-refers-to-date"] == ("2026-03-27T12:30:45Z" if damage else "2026-03-27T12:30:45.678901Z")
    if damage and status == 304:
        assert fields["warc-payload-digest"] == f"sha256:{hashlib.sha256(BIG).hexdigest()}"
    else:
        original = read_record(archive, archive.append(make(BIG)), "response")[0]
        assert fields["warc-payload-digest"] == original["warc-payload-digest"]
    archive.close()


@pytest.mark.parametrize(("file", "offset"), [("000001.warc.gz", 0), ("../a", 0), ("", 0), ("000001.warc.gz", -1)])
def test_a_pointer_that_leads_nowhere(archive: Archive, file: str, offset: int) -> None:
    earlier = replace(see(archive), pointer=RecordPointer(file, offset))
    fields, _ = read_record(archive, archive.append(visit_again(), earlier))
    assert fields["warc-profile"] == NOT_MODIFIED
    assert "warc-refers-to" not in fields


def test_what_is_known_of_the_earlier_one_begins_no_field(archive: Archive) -> None:
    earlier = EarlierResponse(
        RecordPointer("none", 3), "https://a:secret@b/\r\nWARC-Evil: 1", "x\r\nWARC-Evil: 1", "y\nWARC-Evil: 1"
    )
    read_record(archive, archive.append(visit_again(), earlier))
    written = members(list_files(archive.folder)[0])
    assert b"\nWARC-Evil" not in written
    assert b"secret" not in written


def test_a_chain_of_revisits_refers_to_the_response(archive: Archive) -> None:
    earlier = see(archive)
    again = archive.append(visit_again(), earlier)
    fields, _ = read_record(archive, archive.append(visit_again(), earlier))
    assert fields["warc-refers-to"] == read_record(archive, earlier.pointer, "response")[0]["warc-record-id"]
    # Whoever hands over a revisit's pointer gets a record without that reference, and no error.
    fields, _ = read_record(archive, archive.append(visit_again(), replace(earlier, pointer=again)))
    assert "warc-refers-to" not in fields


# Reading, mending, threads


def test_a_revisit_is_no_response(archive: Archive) -> None:
    pointer = archive.append(visit_again(), see(archive))
    with pytest.raises(ArchiveError, match=r"at \d+: a record of type 'revisit', no response$") as error:
        read_response(archive.folder, pointer)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("status", [200, 304])
def test_a_torn_revisit_is_cut_off(tmp_path: Path, status: int) -> None:
    archive = Archive(tmp_path / "whole", {})
    earlier = see(archive)
    kept = archive.append(visit_again(), earlier)
    torn = archive.append(visit_again(PAGE if status == 200 else b"", status=status), earlier)
    archive.close()
    data = (archive.folder / torn.file).read_bytes()
    ends = [*split_members(data), len(data)]
    for size in range(torn.offset, len(data) + 1):
        folder = tmp_path / f"{size}"
        folder.mkdir()
        path = folder / torn.file
        path.write_bytes(data[:size])
        end = max(end for end in ends if end <= size)
        assert find_intact_end(path) == end
        said = mend(folder, {torn.file: kept.offset} if size % 2 else None)
        assert len(said) == (0 if end == size else 1)
        assert path.read_bytes() == data[:end]
        assert mend(folder) == []
        assert read_response(folder, earlier.pointer).body == PAGE
        if size % 97 == 0 or size == len(data):
            assert read_with_warcio(path) == read_with_fastwarc(path)


def test_threads(tmp_path: Path) -> None:
    archive = Archive(tmp_path, {}, max_file_bytes=20_000)
    revisits: dict[str, RecordPointer] = {}

    def work(name: str) -> None:
        for number in range(60):
            first = make(f"{name} {number}".encode() * 30, url=f"https://example.org/{name}/{number}")
            before = archive.append(first)
            again = visit_again(first.body, status=200, url=first.url) if number % 2 else visit_again(url=first.url)
            revisits[first.url] = archive.append(again, remember(before, first))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()
    assert len(revisits) == 240
    assert len(list_files(tmp_path)) > 3
    everything = [record for path in list_files(tmp_path) for record in read_with_fastwarc(path)]
    originals = {fields["warc-record-id"]: fields for kind, fields, _ in everything if kind == "response"}
    written = {fields["warc-target-uri"]: fields for kind, fields, _ in everything if kind == "revisit"}
    assert written.keys() == revisits.keys()
    for url, fields in written.items():
        original = originals[fields["warc-refers-to"]]
        assert original["warc-target-uri"] == fields["warc-refers-to-target-uri"] == url
        assert original["warc-payload-digest"] == fields["warc-payload-digest"]
        assert fields["warc-profile"] == (IDENTICAL if int(url.rpartition("/")[2]) % 2 else NOT_MODIFIED)
    for pointer in revisits.values():
        with pytest.raises(ArchiveError, match="'revisit'"):
            read_response(tmp_path, pointer)
