"""Copies of responses: byte for byte, with their requests, and nothing else of the archive."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from crawler.corpus.package.responses import Responses
from crawler.storage.archive import Archive, RecordPointer, read_response
from crawler.storage.members import read_first_member, read_next_member
from crawler.storage.warc_record import ArchiveError
from tests.corpus.package_making import make_records
from tests.storage.archive_making import BIG, make, read_with_fastwarc, read_with_warcio


def write_archive(folder: Path, *, max_file_bytes: int = 10**9) -> dict[str, RecordPointer]:
    archive = Archive(folder / "archive", {"software": "test", "description": '{"homepage": "x"}'}, max_file_bytes)
    pointers = {}
    for name in ("listing", "one", "two", "feed", "three"):
        body = BIG if name == "two" else f"<p>{name} says what nobody else says</p>".encode()
        pointers[name] = archive.append(make(body, url=f"https://a.example/{name}"))
        archive.append_resource("urn:x", "application/json", b"{}", make().fetched_at)
    archive.close()
    return pointers


def records_of(pointers: dict[str, RecordPointer], *names: str, collection: str = "harbor") -> list[dict[str, Any]]:
    made = []
    for name in names:
        record = {**make_records()[0], "url": f"https://a.example/{name}", "collection": collection}
        pointer = pointers[name]
        record["provenance"] = {**record["provenance"], "warc_file": pointer.file, "warc_offset": pointer.offset}
        made.append(record)
    return made


def copy(source: Path, target: Path, records: list[dict[str, Any]]) -> list[Path]:
    with contextlib.closing(Responses()) as responses:
        responses.note(json.dumps(record) for record in records)
        written = responses.copy({"harbor": source}, target)
        for record in records:
            responses.move(record)
    return written


@pytest.mark.parametrize("max_file_bytes", [10**9, 1000])
def test_only_the_responses_of_the_records_are_copied(tmp_path: Path, max_file_bytes: int) -> None:
    pointers = write_archive(tmp_path / "harbor", max_file_bytes=max_file_bytes)
    records = records_of(pointers, "three", "two", "one", "two")
    written = copy(tmp_path / "harbor", tmp_path / "package", records)
    assert {path.parent for path in written} == {tmp_path / "package" / "archive" / "harbor"}
    for name, record in zip(("three", "two", "one", "two"), records, strict=True):
        provenance = record["provenance"]
        pointer = RecordPointer(provenance["warc_file"], provenance["warc_offset"])
        assert pointer.file == pointers[name].file
        ours = read_response(tmp_path / "package" / "archive" / "harbor", pointer)
        assert ours == read_response(tmp_path / "harbor" / "archive", pointers[name])
    kinds = []
    for path in written:
        read = read_with_warcio(path)
        assert [one[:2] for one in read_with_fastwarc(path)] == [one[:2] for one in read]
        kinds += [(kind, fields.get("warc-target-uri")) for kind, fields, _ in read if kind != "warcinfo"]
        assert read[0][0] == "warcinfo"
        assert b"nobody" not in path.read_bytes() or b"listing" not in path.read_bytes()
    expected = [
        (kind, f"https://a.example/{name}") for name in ("one", "two", "three") for kind in ("response", "request")
    ]
    assert kinds == expected


def test_two_copies_are_the_same_bytes(tmp_path: Path) -> None:
    pointers = write_archive(tmp_path / "harbor")
    files = [copy(tmp_path / "harbor", tmp_path / name, records_of(pointers, "one", "two")) for name in ("a", "b")]
    assert files[0][0].read_bytes() == files[1][0].read_bytes()


def test_records_of_files_have_no_response(tmp_path: Path) -> None:
    records = make_records()
    for record in records:
        record["provenance"] = {**record["provenance"], "warc_file": None, "warc_offset": None}
    assert copy(tmp_path, tmp_path / "package", records) == []
    assert records[0]["provenance"]["warc_offset"] is None


def test_what_is_no_response_is_an_error(tmp_path: Path) -> None:
    pointers = write_archive(tmp_path / "harbor")
    for number, (pointer, said) in enumerate(
        (
            (RecordPointer(pointers["one"].file, 0), "no response is there"),
            (RecordPointer(pointers["one"].file, pointers["one"].offset + 1), "no whole record"),
            (RecordPointer(pointers["one"].file, 10**9), "no response is there"),
            (RecordPointer("000009.warc.gz", 0), "No such file"),
            (RecordPointer("../x.warc.gz", 0), "is no name of a file"),
        )
    ):
        with pytest.raises(ArchiveError, match=said):
            copy(tmp_path / "harbor", tmp_path / f"package-{number}", records_of({"one": pointer}, "one"))
    with pytest.raises(ArchiveError, match="'harbour', and its archive is not at hand"):
        copy(tmp_path / "harbor", tmp_path / "p", records_of(pointers, "one", collection="harbour"))


def test_a_torn_request_is_left_out(tmp_path: Path) -> None:
    pointers = write_archive(tmp_path / "harbor")
    path = tmp_path / "harbor" / "archive" / pointers["three"].file
    with path.open("rb") as file:
        file.seek(pointers["three"].offset)
        answer = read_next_member(file, "")
        assert answer is not None
        end = file.tell()
    with path.open("r+b") as file:
        file.truncate(end + 20)
    (written,) = copy(tmp_path / "harbor", tmp_path / "package", records_of(pointers, "three"))
    assert [kind for kind, _, _ in read_with_warcio(written)] == ["warcinfo", "response"]


def test_the_request_of_another_is_left_out(tmp_path: Path) -> None:
    pointers = write_archive(tmp_path / "harbor")
    path = tmp_path / "harbor" / "archive" / pointers["one"].file
    with path.open("rb") as file:
        information = read_next_member(file, "")
        file.seek(pointers["one"].offset)
        answer = read_next_member(file, "")
        file.seek(pointers["three"].offset)
        read_next_member(file, "")
        question = read_next_member(file, "")
    assert information is not None
    assert answer is not None
    assert question is not None
    path.write_bytes(information.raw + answer.raw + question.raw)
    pointer = RecordPointer(path.name, len(information.raw))
    (written,) = copy(tmp_path / "harbor", tmp_path / "package", records_of({"one": pointer}, "one"))
    assert [kind for kind, _, _ in read_with_warcio(written)] == ["warcinfo", "response"]


def test_members_one_after_the_other(tmp_path: Path) -> None:
    write_archive(tmp_path)
    path = tmp_path / "archive" / "000001.warc.gz"
    whole = path.read_bytes()
    file = io.BytesIO(whole)
    members = []
    while (member := read_next_member(file, "here")) is not None:
        members.append(member)
    assert b"".join(member.raw for member in members) == whole
    assert len(members) == 1 + 3 * 5
    assert read_first_member(path).fields["warc-type"] == "warcinfo"
    with pytest.raises(ArchiveError, match="torn"):
        read_next_member(io.BytesIO(whole[:50]), "here")
    with pytest.raises(ArchiveError, match="no whole record"):
        read_next_member(io.BytesIO(b"words" * 100), "here")
    (tmp_path / "empty").touch()
    with pytest.raises(ArchiveError, match="it is empty"):
        read_first_member(tmp_path / "empty")
