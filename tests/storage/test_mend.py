"""An archive that breaks off: torn tails are mended, and failing writes leave whole records."""

import contextlib
import gzip
import os
import random
import resource
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.storage import archive as module
from crawler.storage.archive import Archive, list_files, read_response
from crawler.storage.mend import find_intact_end, mend
from crawler.storage.warc_record import ArchiveError
from tests.storage.archive_making import BIG, NOW, make, read_with_fastwarc, read_with_warcio

# Torn tails


@pytest.mark.parametrize("last", ["exchange", "gzip", "resource", "information"])
def test_a_tail_cut_at_every_byte(tmp_path: Path, last: str) -> None:
    whole = tmp_path / "whole"
    archive = Archive(whole, {"software": "broadside"})
    pointers = [] if last == "information" else [archive.append(make(f"page {n}".encode())) for n in range(3)]
    if last in ("exchange", "information"):
        torn = archive.append(make(url="https://example.org/last"))
    elif last == "gzip":  # incompressible: it stands in the record as it is, a whole gzip member within another
        noise = gzip.compress(random.Random(5).randbytes(150))
        torn = archive.append(make(noise, headers=(("Content-Encoding", "gzip"),)))
    else:
        torn = archive.append_resource("urn:model", "application/json", b'{"model": 1}', NOW)
    archive.close()
    data = (whole / torn.file).read_bytes()
    ends = [end for end, _ in walk(data)]
    known = {torn.file: pointers[-1].offset} if pointers else {}
    for size in range(0 if last == "information" else torn.offset, len(data)):
        folder = tmp_path / f"{size}"
        folder.mkdir()
        path = folder / torn.file
        path.write_bytes(data[:size])
        end = max((end for end in ends if end <= size), default=0)
        assert find_intact_end(path) == end
        said = mend(folder, known if size % 2 else None)
        assert len(said) == (0 if end == size and size else 1), (size, said)
        if not end:
            assert not path.exists()
            assert "held no whole record" in said[0]
            continue
        assert path.read_bytes() == data[:end]
        if said:
            assert said[0] == f"{path}: cut from {size:,} to {end:,} bytes, behind its last whole record"
        assert mend(folder) == []
        for number, pointer in enumerate(pointers):
            assert read_response(folder, pointer).body == f"page {number}".encode()
        if end <= torn.offset:
            with pytest.raises(ArchiveError):
                read_response(folder, torn)
        if size % 7 == 0:
            count = ends.index(end) + 1
            assert len(read_with_fastwarc(path)) == len(read_with_warcio(path)) == count


def walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    rest = data
    while rest:
        unpack = zlib.decompressobj(31)
        content = unpack.decompress(rest)
        rest = unpack.unused_data
        yield len(data) - len(rest), content


def test_readers_come_as_far_as_the_torn_record(archive: Archive) -> None:
    pointers = [archive.append(make(BIG[:5000])) for _ in range(3)]
    archive.close()
    path = archive.folder / pointers[-1].file
    data = path.read_bytes()
    for size in range(pointers[-1].offset, pointers[-1].offset + 5000, 97):
        path.write_bytes(data[:size])
        for pointer in pointers[:-1]:
            assert read_response(archive.folder, pointer).body == BIG[:5000]
        with pytest.raises(ArchiveError, match="torn"):
            read_response(archive.folder, pointers[-1])
        with path.open("rb") as file:
            read: list[str] = []
            with contextlib.suppress(Exception):  # what a reader raises at a torn record is its own
                read.extend(r.rec_type for r in ArchiveIterator(file) if len(r.raw_stream.read()) == 5000)
        assert read == ["response", "response"]


def test_mending_takes_no_whole_record(archive: Archive) -> None:
    pointers = [archive.append(make(random.Random(n).randbytes(900))) for n in range(4)]
    archive.close()
    path = archive.folder / pointers[0].file
    data = bytearray(path.read_bytes())
    data[pointers[1].offset + 400] ^= 255
    for size in (len(data), len(data) - 9, pointers[3].offset + 100):
        path.write_bytes(data[:size])
        said = mend(archive.folder)
        assert path.read_bytes() == data[:size]
        if size == len(data):
            assert said == []  # the tail is whole; the broken record says so when it is read
        else:
            (line,) = said
            assert f"broken at {pointers[1].offset:}, with a whole record behind it at" in line
            assert "left as it is" in line
    assert read_response(archive.folder, pointers[2]).body


def test_mending_cuts_zeros_and_names_a_lost_record(archive: Archive) -> None:
    first, second = (archive.append(make(random.Random(n).randbytes(900))) for n in range(2))
    archive.close()
    path = archive.folder / first.file
    data = path.read_bytes()
    path.write_bytes(data + bytes(100_000))  # what a power cut may leave
    assert mend(archive.folder) == [
        f"{path}: cut from {len(data) + 100_000:,} to {len(data):,} bytes, behind its last whole record"
    ]
    path.write_bytes(data[: second.offset + 300])
    said = mend(archive.folder, {second.file: second.offset})
    assert "torn, although the ledger points to it" in said[0]
    assert f"to {second.offset:,} bytes" in said[1]
    path.write_bytes(data[: second.offset - 10])
    said = mend(archive.folder, {second.file: second.offset})
    assert "torn, although the ledger points to it" in said[0]
    assert len(said) == 2


def test_mending_reads_only_the_end_of_a_whole_file(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise AssertionError("read from the beginning")

    monkeypatch.setattr("crawler.storage.mend.find_intact_end", fail)
    archive.append(make(BIG * 2))
    archive.append_resource("urn:model", "application/json", BIG * 2, NOW)
    archive.close()
    assert mend(archive.folder) == []
    assert mend(archive.folder / "missing") == []


# Failing writes


class Failing:
    """A file that takes some bytes, then none."""

    def __init__(self, file: IO[bytes], room: int) -> None:
        self._file = file
        self._room = room
        self.name = file.name

    def write(self, data: memoryview) -> int:
        if not self._room:
            raise OSError(28, "No space left on device")
        taken = self._file.write(data[: min(self._room, 100)])
        self._room -= taken
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("room", [0, 1, 150, 600, 700, 1000, 1100, 1500])
def test_a_failing_write_leaves_whole_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    create = module._create
    files: list[int] = []

    def open_once(path: Path) -> IO[bytes]:
        files.append(1)
        return Failing(create(path), room) if len(files) == 1 else create(path)  # type: ignore[return-value]

    monkeypatch.setattr(module, "_create", open_once)
    archive = Archive(tmp_path, {"software": "broadside"})
    pointers = []
    failed = 0
    for number in range(6):
        try:
            pointers.append(archive.append(make(f"page {number}".encode())))
        except OSError as error:
            failed += error.errno == 28
    archive.close()
    assert failed == 1
    assert len(pointers) == 5
    assert [path.name for path in list_files(tmp_path)] == sorted(
        {pointer.file for pointer in pointers} | {"000001.warc.gz"}
    )
    assert {read_response(tmp_path, pointer).status for pointer in pointers} == {200}
    for path in list_files(tmp_path):
        assert find_intact_end(path) == path.stat().st_size > 0
        assert read_with_fastwarc(path) == read_with_warcio(path)
    assert mend(tmp_path) == []


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_a_limit_of_the_system(archive: Archive) -> None:
    noise = random.Random(6).randbytes(20_000)
    first = archive.append(make(noise))
    with file_size_limit(30_000), pytest.raises(OSError, match="too large"):
        archive.append(make(noise))
    path = archive.folder / first.file
    assert find_intact_end(path) == path.stat().st_size
    second = archive.append(make(noise))
    assert (first.file, second.file) == ("000001.warc.gz", "000002.warc.gz")
    assert read_response(archive.folder, first).body == read_response(archive.folder, second).body == noise


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive", {})
    os.rmdir(archive.folder)  # noqa: PTH106
    with pytest.raises(FileNotFoundError):
        archive.append(make())
    archive.folder.mkdir()
    assert archive.append(make()).file == "000001.warc.gz"
    archive.close()
