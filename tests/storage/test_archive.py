"""The archive: what is written, and that it comes back as it came, and nothing else."""

import gzip
import json
import random
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.storage.archive import Archive, Exchange, RecordPointer, list_files, read_response
from crawler.storage.mend import find_intact_end
from crawler.storage.warc_record import ArchiveError
from tests.storage.archive_making import NOW, PAGE, kept_headers, make, members, read_with_fastwarc, read_with_warcio

# What is written


def test_two_readers_agree_on_every_record(archive: Archive) -> None:
    exchanges = [
        make(),
        make(b"", status=304, headers=(("ETag", '"a:b"'), ("Content-Length", "512"))),
        make(b"", status=301, headers=(("Location", "https://example.org/a"),)),
        make(b"", method="HEAD", headers=(("Content-Length", "9000"),)),
        make(b"slow down", status=999),
        make(gzip.compress(PAGE), headers=(("Content-Encoding", "gzip"),)),
        make(PAGE, headers=(("Transfer-Encoding", "chunked"), ("Content-Length", "7"))),
        make(PAGE, headers=(("X-Name", "K\xf6ln"), ("Link", "<https://example.org/>: rel")), url="http://example.org"),
        make(PAGE, method="POST", request_body=b"a=1", request_headers=(("Content-Type", "text/plain"),)),
        make(bytes(range(256)) * 500, headers=()),
        make(url="https://example.org/K\xf6ln und \u05d0#part", body="K\xf6ln".encode()),
    ]
    for exchange in exchanges:
        archive.append(exchange)
    archive.append_resource("urn:x-broadside:model", "application/json", b'{"a": 1}', NOW)
    archive.close()
    (path,) = list_files(archive.folder)
    slow, fast = read_with_warcio(path), read_with_fastwarc(path)
    assert [kind for kind, _, _ in slow] == ["warcinfo", *["response", "request"] * len(exchanges), "resource"]
    assert slow == fast
    responses = [content for kind, _, content in slow if kind == "response"]
    assert responses == [exchange.body for exchange in exchanges]
    assert slow[-1][2] == b'{"a": 1}'
    assert all(fields["warc-date"] == "2026-03-27T12:30:45.678901Z" for _, fields, _ in slow[1:])


def test_each_record_is_a_gzip_member(archive: Archive) -> None:
    archive.append(make())
    archive.append(make(b""))
    archive.close()
    (path,) = list_files(archive.folder)
    rest = path.read_bytes()
    kinds = []
    while rest:
        unpack = zlib.decompressobj(31)
        record = unpack.decompress(rest)
        assert record.startswith(b"WARC/1.1\r\n")
        assert record.endswith(b"\r\n\r\n")
        kinds.append(record.split(b"WARC-Type: ")[1].split(b"\r\n")[0])
        rest = unpack.unused_data
    assert kinds == [b"warcinfo", b"response", b"request", b"response", b"request"]


def test_requests_belong_to_their_responses(archive: Archive) -> None:
    for number in range(3):
        archive.append(make(url=f"https://example.org/{number}"))
    archive.close()
    records = read_with_fastwarc(list_files(archive.folder)[0])[1:]
    for (_, response, _), (_, request, _) in zip(records[::2], records[1::2], strict=True):
        assert request["warc-concurrent-to"] == response["warc-record-id"]
        assert request["warc-target-uri"] == response["warc-target-uri"]
    ids = [fields["warc-record-id"] for _, fields, _ in records]
    assert len(set(ids)) == len(ids)


def test_the_file_says_who_wrote_it(tmp_path: Path) -> None:
    archive = Archive(
        tmp_path, {"software": "broadside 1", "organization": "[a]\nname = 'b'\r\n\r\nc = 1\n", "a\nb": "c"}
    )
    archive.append(make())
    archive.close()
    kind, fields, content = read_with_warcio(tmp_path / "000001.warc.gz")[0]
    assert kind == "warcinfo"
    assert fields["warc-filename"] == "000001.warc.gz"
    assert content == b"software: broadside 1\r\norganization: [a]\r\n name = 'b'\r\n c = 1\r\na: c\r\n"


def test_the_address_of_the_server_is_kept(archive: Archive) -> None:
    archive.append(Exchange("https://example.org/", "GET", (), b"", 200, (), b"", NOW, ip_address="192.0.2.7"))
    assert b"WARC-IP-Address: 192.0.2.7\r\n" in members(list_files(archive.folder)[0])


def test_the_request_is_as_it_was_sent(archive: Archive) -> None:
    archive.append(make(url="http://user:word@example.org:8080?q=/a b#c", request_headers=(("Accept", "*/*"),)))
    written = members(list_files(archive.folder)[0])
    assert b"\r\n\r\nGET /?q=/a%20b HTTP/1.1\r\nHost: example.org:8080\r\nAccept: */*\r\n\r\n" in written


# Secrets


@pytest.mark.parametrize("name", ["Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization", "Set-Cookie2"])
@pytest.mark.parametrize("change", [str, str.lower, str.upper, str.swapcase, lambda name: f" {name}\t"])
def test_secrets_are_never_written(archive: Archive, name: str, change: Callable[[str], str]) -> None:
    headers = (
        (change(name), "verysecret=1"),
        (change(name), "a=1;\r\n verysecret=1"),
        (f"{change(name)}: verysecret", "1"),
        (f"{change(name)}\r\n", "verysecret"),
        ("X-One", f"a\r\n{name}: verysecret"),
        (f"X-Two\r\n{name}: verysecret", "b"),
        ("X-Three", f"a\n{name}: verysecret\r\n\r\nverysecret"),
    )
    archive.append(make(headers=headers, request_headers=headers, url="https://me:verysecret@example.org/"))
    archive.close()
    written = members(list_files(archive.folder)[0])
    assert b"verysecret" not in written
    assert name.lower().encode() not in written.lower()


def test_a_header_cannot_begin_another(archive: Archive) -> None:
    headers = (
        ("X-A", "one\r\nX-Evil: 1\r\n\r\n<script>"),
        ("X-B\r\nX-Evil", "two"),
        ("X-C\nX-Evil: 3", "three"),
        ("X-D", "folded\r\n\tvalue\n  again"),
        ("X E\xe9", "five"),
        ("", "none"),
        ("X-F", "a\0b\r"),
    )
    assert kept_headers(archive, make(headers=headers)) == {
        "X-A": "one",
        "X-B": "two",
        "X-C": "three",
        "X-D": "folded value again",
        "X-E-": "five",
        "X-F": "a b",
    }
    archive.append(make(method="GET / HTTP/1.1\r\nX-Evil:", url="https://example.org/\r\nWARC-Evil: 1"))
    archive.append_resource("urn:a\r\nWARC-Evil: 1", "text/plain\r\nWARC-Evil: 1", b"", NOW)
    archive.close()
    written = members(list_files(archive.folder)[0])
    assert b"\nX-Evil" not in written
    assert b"\nWARC-Evil" not in written
    assert read_with_warcio(list_files(archive.folder)[0]) == read_with_fastwarc(list_files(archive.folder)[0])


# Headers and addresses, read back


def test_header_values_come_back_as_they_came(archive: Archive) -> None:
    headers = (
        ("Content-Disposition", "attachment; filename=\"M\xe4rz.pdf\"; filename*=UTF-8''M%C3%A4rz.pdf"),
        ("X-Utf8-As-Latin1", "März".encode().decode("latin-1")),
        ("X-High", "\x80\x9f\xff"),
        ("Last-Modified", "Fri, 27 Mar 2026 12:00:00 GMT"),
        ("X-Empty", ""),
        ("Link", '<https://example.org/a:b>; rel="x: y"'),
        ("Link", "second"),
    )
    back = read_response(archive.folder, archive.append(make(headers=headers)))
    assert back.headers == headers
    assert back.header("link") == headers[5][1]
    assert back.header("missing") is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a%20b?c=d%2Fe&f=[g]#h", "https://example.org/a%20b?c=d%2Fe&f=[g]#h"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/K\xf6ln/\u05d0", "https://example.org/K%C3%B6ln/%D7%90"),
        ("https://me:word@example.org/@a", "https://example.org/@a"),
        ("https://example.org/\ud800", "https://example.org/?"),
        ("https://example.org/\r\n\t", "https://example.org/%0D%0A%09"),
        ("https://[::1/", "https://[::1/"),
        ("file:///a/b.html", "file:///a/b.html"),
    ],
)
def test_addresses(archive: Archive, url: str, kept: str) -> None:
    assert read_response(archive.folder, archive.append(make(url=url))).url == kept
    archive.close()
    assert [f["warc-target-uri"] for _, f, _ in read_with_fastwarc(list_files(archive.folder)[0])[1:]] == [kept] * 2


@pytest.mark.parametrize("status", [100, 200, 204, 301, 304, 404, 429, 503, 599, 999])
@pytest.mark.parametrize("body", [b"", PAGE])
def test_status_and_body(archive: Archive, status: int, body: bytes) -> None:
    back = read_response(archive.folder, archive.append(make(body, status=status)))
    assert (back.status, back.body, back.fetched_at) == (status, body, NOW)
    assert back.payload_digest
    assert back.payload_digest.startswith("sha1:")


def test_no_reader_undoes_what_was_undone(archive: Archive) -> None:
    headers = (("transfer-encoding", "gzip, chunked"), ("Content-Length", "7"), ("Content-Length", "7"))
    assert kept_headers(archive, make(headers=headers)) == {
        "X-Crawler-transfer-encoding": "gzip, chunked",
        "X-Crawler-Content-Length": "7",
        "Content-Length": str(len(PAGE)),
    }
    fitting = ("Content-Length", str(len(PAGE)))
    assert kept_headers(archive, make(headers=(fitting, fitting))) == dict([fitting])
    archive.close()
    with list_files(archive.folder)[0].open("rb") as file:
        bodies = [r.content_stream().read() for r in ArchiveIterator(file) if r.rec_type == "response"]
    assert bodies == [PAGE, PAGE]


def test_the_length_of_a_body_that_was_not_sent_is_kept(archive: Archive) -> None:
    assert kept_headers(archive, make(b"", method="HEAD", headers=(("Content-Length", "9"),))) == {
        "Content-Length": "9"
    }
    assert kept_headers(archive, make(b"", status=304, headers=(("Content-Length", "9"),))) == {"Content-Length": "9"}


# Pointers and files


def test_a_thousand_pointers(tmp_path: Path) -> None:
    archive = Archive(tmp_path, {}, max_file_bytes=20_000)
    pointers = [archive.append(make(f"page {n} ".encode() * 20, url=f"https://example.org/{n}")) for n in range(1000)]
    # The archive is still open, and another process reads.
    program = (
        "import json, sys; from pathlib import Path; from crawler.storage.archive import *\n"
        "for file, offset in json.load(sys.stdin):\n"
        "    back = read_response(Path(sys.argv[1]), RecordPointer(file, offset))\n"
        "    print(back.url, back.body.split()[1].decode())"
    )
    given = json.dumps([(pointer.file, pointer.offset) for pointer in pointers])
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"https://example.org/{n} {n}" for n in range(1000)]
    archive.close()
    files = list_files(tmp_path)
    assert len(files) > 5
    assert all(20_000 <= path.stat().st_size < 22_000 for path in files[:-1])
    assert sorted(pointers, key=lambda pointer: (pointer.file, pointer.offset)) == pointers
    urls = []
    for path in files:
        records = read_with_fastwarc(path)
        assert records[0][0] == "warcinfo"
        assert records[0][1]["warc-filename"] == path.name
        urls += [fields["warc-target-uri"] for kind, fields, _ in records if kind == "response"]
    assert urls == [f"https://example.org/{n}" for n in range(1000)]


def test_every_run_begins_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "notes.warc.gz").write_bytes(b"")
    (tmp_path / "\u0663.warc.gz").write_bytes(b"")
    for number in (1, 2, 3):
        archive = Archive(tmp_path, {})
        assert archive.append(make()).file == f"{number:06}.warc.gz"
        assert archive.append(make()).file == f"{number:06}.warc.gz"
        archive.close()
    assert archive.append(make()).file == "000004.warc.gz"
    archive.close()
    (tmp_path / "000002.warc.gz").unlink()
    assert [path.name[:6] for path in list_files(tmp_path)] == ["000001", "000003", "000004"]
    (tmp_path / "999999.warc.gz").write_bytes(b"")
    archive = Archive(tmp_path, {})
    assert archive.append(make()).file == "1000000.warc.gz"
    archive.close()
    assert [path.name for path in list_files(tmp_path)][-2:] == ["999999.warc.gz", "1000000.warc.gz"]


def test_an_archive_without_records_makes_no_file(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a" / "b", {})
    archive.close()
    archive.close()
    assert list_files(archive.folder) == []


def test_threads(tmp_path: Path) -> None:
    archive = Archive(tmp_path, {}, max_file_bytes=30_000)
    pointers: dict[str, RecordPointer] = {}

    def work(name: str) -> None:
        for number in range(150):
            url = f"https://example.org/{name}/{number}"
            pointers[url] = archive.append(make(url.encode() * 30, url=url))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive.close()
    assert len(pointers) == 600
    for url, pointer in pointers.items():
        back = read_response(tmp_path, pointer)
        assert (back.url, back.body) == (url, url.encode() * 30)
    assert sum(len(read_with_fastwarc(path)) - 1 for path in list_files(tmp_path)) == 1200


# What cannot be read


def test_a_record_that_is_not_there(archive: Archive, tmp_path: Path) -> None:
    pointer = archive.append(make(random.Random(2).randbytes(9000)))
    model = archive.append_resource("urn:model", "application/json", b"{}", NOW)
    archive.close()
    size = (archive.folder / pointer.file).stat().st_size
    (tmp_path / "secret.warc.gz").write_bytes((archive.folder / pointer.file).read_bytes())
    (archive.folder / "folder").mkdir()
    (archive.folder / "text").write_bytes(gzip.compress(b"no record"))
    cases = {
        RecordPointer("000009.warc.gz", 0): "No such file",
        RecordPointer("folder", 0): "Is a directory",
        RecordPointer("text", 0): "no WARC record",
        RecordPointer("../secret.warc.gz", pointer.offset): "not a name of a file in the archive",
        RecordPointer("", 0): "not a name",
        RecordPointer("a\0b", 0): "not a name",
        RecordPointer(pointer.file, 0): "'warcinfo', no response",
        RecordPointer(pointer.file, -1): "Invalid argument",
        RecordPointer(pointer.file, size): "torn",
        RecordPointer(pointer.file, size + 10**9): "torn",
        RecordPointer(pointer.file, 2**70): "not a response record",
        RecordPointer(pointer.file, pointer.offset + 1): "no whole record begins there",
        RecordPointer(pointer.file, pointer.offset + 5000): "no whole record begins there",
        model: "'resource', no response",
    }
    for bad, reason in cases.items():
        with pytest.raises(ArchiveError, match=reason) as error:
            read_response(archive.folder, bad)
        assert len(str(error.value).splitlines()) == 1
        assert str(bad.offset) in str(error.value)
    assert isinstance(error.value, OSError)


def test_every_offset_but_the_right_one_is_an_error(archive: Archive) -> None:
    # The body is itself a record of a WARC file and stored as it is: its beginning is a member within a member.
    archive.append(make())
    inner = (archive.folder / "000001.warc.gz").read_bytes()
    pointer = archive.append(make(inner))
    archive.close()
    wrong = 0
    for offset in range(pointer.offset + 1, (archive.folder / pointer.file).stat().st_size):
        try:
            back = read_response(archive.folder, RecordPointer(pointer.file, offset))
        except ArchiveError:
            wrong += 1
        else:
            assert back.body == PAGE
    assert wrong > 100


def test_damage_is_noticed(archive: Archive) -> None:
    pointer = archive.append(make(random.Random(3).randbytes(3000)))
    archive.close()
    path = archive.folder / pointer.file
    whole = path.read_bytes()
    member = find_intact_end(path) - pointer.offset
    generator = random.Random(4)
    for _ in range(100):
        broken = bytearray(whole)
        broken[pointer.offset + generator.randrange(10, member // 2)] ^= 1 << generator.randrange(8)
        path.write_bytes(broken)
        with pytest.raises(ArchiveError):
            read_response(archive.folder, pointer)
