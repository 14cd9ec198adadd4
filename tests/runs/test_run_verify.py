"""`verify`: damage of any kind is found, and what people edit is none."""

import gzip
import importlib
import json
import os
import re
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from crawler.corpus.package.checksums import digest_file, format_sums, parse_sums
from crawler.corpus.verifying.findings import Findings
from crawler.corpus.verifying.verification import verify_package
from crawler.errors import UserError
from crawler.storage.visits import LedgerError
from tests.runs.harness import read_records
from tests.runs.packaging import DOCUMENTS, Packages, call, check, files_of, seal


def test_a_byte_in_any_file_is_found(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.with_archive)
    for name in files_of(folder):
        path = folder / name
        data = path.read_bytes()
        place = len(data) // 2
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        lines: list[str] = []
        verified = verify_package(folder, Findings(lines.append))
        if name in DOCUMENTS:
            assert f"{name}: edited since it was made" in verified.notes
        else:
            assert any(line.startswith(name) or name == "SHA256SUMS" for line in lines), (name, lines)
        path.write_bytes(data)
    assert check(folder) == []


def test_a_missing_and_a_foreign_file_are_found(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.with_archive)
    for name in files_of(folder):
        path = folder / name
        path.rename(folder.parent / "kept")
        found = check(folder)
        assert any(line.startswith(f"{name}: it is missing") for line in found), (name, found)
        (folder.parent / "kept").rename(path)
    for name in ("notes.txt", "models/extra.json", "archive/sample/000002.warc.gz", "archive/other/x"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"{}")
        assert any(line.startswith(f"{name}: ") for line in check(folder)), name
        path.unlink()
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("/etc/hostname")
    found = check(folder)
    assert found == ["README.md: it is a link, not a file", "link: it is a link, not a file"], "neither is read"


def change_record(folder: Path, number: int, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change a record of the JSON lines, and nothing else."""
    path = folder / "records.jsonl"
    lines = path.read_text("utf-8").split("\n")
    record = json.loads(lines[number - 1])
    record = change(record) or record
    lines[number - 1] = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    path.write_text("\n".join(lines), "utf-8")


def allow_what_is_no_record(folder: Path) -> None:
    change_json(folder / "record.schema.json", lambda one: one["properties"].update(provenance={}, id={}))
    change_record(folder, 3, lambda one: one.update(provenance=None, id=[1]))


def change_json(path: Path, change: Callable[[Any], Any]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def rewrite_lines(folder: Path, change: Callable[[list[str]], Any]) -> None:
    path = folder / "records.jsonl"
    lines = path.read_text("utf-8").split("\n")[:-1]
    change(lines)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def change_parquet(folder: Path, number: int, **changes: Any) -> None:
    path = folder / "records.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for name, value in changes.items():
        rows[number - 1][name] = value if not callable(value) else value(rows[number - 1][name])
    pq.write_table(table.from_pylist(rows, table.schema), path)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def drop_column(path: Path, name: str) -> None:
    pq.write_table(pq.read_table(path).drop_columns(name), path)


def append_record(folder: Path, kind: str) -> None:
    """Add a record that says something to the last file of an archive."""
    said = b"a page that was taken down"
    head = f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-11-02T00:00:00Z\r\n"
    raw = f"{head}Content-Type: text/plain\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said + b"\r\n\r\n"
    path = max((folder / "archive").rglob("*.warc.gz"))
    with path.open("ab") as file:
        file.write(gzip.compress(raw))


def swap(lines: list[str]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


SEALED_DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a field in Parquet only": (
        lambda folder: change_parquet(folder, 5, title="Another title"),
        "records.parquet, row 5: title is 'Another title' and in the JSON lines ",
    ),
    "a day in Parquet only": (
        lambda folder: change_parquet(folder, 5, date_published_earliest=None),
        "records.parquet, row 5: date_published_earliest is None",
    ),
    "a nested field in Parquet only": (
        lambda folder: change_parquet(folder, 7, provenance=lambda part: {**part, "warc_offset": 1}),
        "records.parquet, row 7: provenance is ",
    ),
    "a field in the JSON lines only": (
        lambda folder: change_record(folder, 2, lambda one: one.update(language="xx")),
        "records.parquet, row 2: language is ",
    ),
    "two lines swapped": (lambda folder: rewrite_lines(folder, swap), "records.parquet, row 4: id is "),
    "a line left out": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.pop()),
        "records.parquet: it has 31 rows; the JSON lines are 30",
    ),
    "a line twice": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.append(lines[0])),
        "records.jsonl, line 32: the id ce7706bec8f58d36db16 stands twice in sample",
    ),
    "a type": (
        lambda folder: change_record(folder, 2, lambda one: one.update(word_count="12")),
        "records.jsonl, line 2: record.word_count: no integer",
    ),
    "a key left out": (
        lambda folder: change_record(folder, 2, lambda one: one.pop("title") and None),
        "records.jsonl, line 2: record.title: missing",
    ),
    "the order of keys": (
        lambda folder: change_record(folder, 2, lambda one: dict(reversed(one.items()))),
        "records.jsonl, line 2: record: its keys are in another order",
    ),
    "no NFC": (
        lambda folder: change_record(folder, 2, lambda one: one.update(title="Cafe\u0301")),
        "records.jsonl, line 2: it is not in Unicode NFC",
    ),
    "a line separator": (
        lambda folder: change_record(folder, 2, lambda one: one.update(title="a\u2028b")),
        "records.jsonl, line 2: it holds a character that some programs take for the end of a line",
    ),
    "half a pair": (
        lambda folder: rewrite_lines(
            folder, lambda lines: lines.insert(0, lines[0].replace('"title":"', '"title":"\\ud800'))
        ),
        "records.jsonl, line 1: it holds half of a surrogate pair",
    ),
    "no JSON": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.insert(0, "{NaN}")),
        "records.jsonl, line 1: it is no JSON",
    ),
    "NaN": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.insert(0, '{"id":NaN}')),
        "records.jsonl, line 1: it is no JSON",
    ),
    "an array": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.insert(0, "[1]")),
        "records.jsonl, line 1: record: no object",
    ),
    "the end of the file": (
        lambda folder: (folder / "records.jsonl").write_bytes((folder / "records.jsonl").read_bytes()[:-1]),
        "records.jsonl, line 31: it is not complete: no line feed ends it",
    ),
    "no records": (lambda folder: (folder / "records.jsonl").write_bytes(b""), "records.jsonl: it is empty"),
    "a near-duplicate of nothing": (
        lambda folder: change_record(folder, 3, lambda one: one.update(near_duplicate_of="0" * 20)),
        f"records.jsonl, line 3: near_duplicate_of names {'0' * 20}, and no record has that id",
    ),
    "a foreign record in the archive": (
        lambda folder: append_record(folder, "metadata"),
        "a record of the type 'metadata' that has no place here",
    ),
    "a request in the archive to which no response belongs": (
        lambda folder: append_record(folder, "request"),
        "a record of the type 'request' that has no place here",
    ),
    "an offset": (
        lambda folder: change_record(folder, 3, lambda one: one["provenance"].update(warc_offset=7)),
        "records.jsonl, line 3: its response cannot be read at 7 of archive/sample/000001.warc.gz: no whole record",
    ),
    "the offset of another": (
        lambda folder: change_record(folder, 3, lambda one: one["provenance"].update(
            warc_offset=read_records(folder / "records.jsonl")[0]["provenance"]["warc_offset"]
        )),
        "records.jsonl, line 3: the response at ",
    ),
    "the offset of a request": (
        lambda folder: change_record(folder, 3, lambda one: one["provenance"].update(warc_offset=0)),
        "a record of type 'warcinfo', no response",
    ),
    "an offset without end": (
        lambda folder: change_record(folder, 3, lambda one: one["provenance"].update(warc_offset=10**30)),
        "records.jsonl, line 3: its response is to be at ",
    ),
    "a file outside": (
        lambda folder: change_record(folder, 3, lambda one: one["provenance"].update(warc_file="../../../x.warc.gz")),
        "records.jsonl, line 3: its response is to be at ",
    ),
    "a response that nobody names": (
        lambda folder: rewrite_lines(folder, lambda lines: lines.pop()),
        "archive/sample/000001.warc.gz, at ",
    ),
    "a model digest": (
        lambda folder: change_record(
            folder, 3, lambda one: one["provenance"].update(model_digest=f"sha256:{'0' * 64}")
        ),
        f"models/{'0' * 64}.json: it is missing; records of sample name it",
    ),
    "a model": (
        lambda folder: next((folder / "models").iterdir()).write_text("{}"),
        "its SHA-256 is not its name",
    ),
    "an outcome": (
        lambda folder: rewrite(folder / "outcomes.csv", ",31,31", ",31,30"),
        "outcomes.csv: sample: 30 URLs have records; datapackage.json says 31",
    ),
    "a count": (
        lambda folder: rewrite(folder / "outcomes.csv", ",31,31", ",x,31"),
        "datapackage.json: frictionless: outcomes.csv: ",
    ),
    "another Parquet": (lambda folder: (folder / "records.parquet").write_bytes(b"PAR1"), "records.parquet: "),
    "a column": (
        lambda folder: drop_column(folder / "records.parquet", "id"),
        "records.parquet: its columns are not the fields of the schema in their order",
    ),
    "a schema that allows all": (
        lambda folder: (folder / "record.schema.json").write_text("{}"),
        "record.schema.json: it does not describe id",
    ),
    "a schema that allows anything and names all": (
        lambda folder: change_json(folder / "record.schema.json", lambda one: one.pop("type")),
        "record.schema.json: a part names no type",
    ),
    "a schema whose words are none": (
        lambda folder: change_json(folder / "record.schema.json", lambda one: one.update(properties=5)),
        "record.schema.json: a keyword has a value that is none of its own",
    ),
    "a schema without a bottom": (
        lambda folder: change_json(
            folder / "record.schema.json",
            lambda one: one["$defs"].update(
                {f"{number}": {"$ref": f"#/$defs/{number + 1}"} for number in range(2_000)}, Link={"$ref": "#/$defs/0"}
            ),
        ),
        "record.schema.json: its parts lie too deep in each other",
    ),
    "a schema that lets what is no record be one": (
        allow_what_is_no_record,
        "records.jsonl, line 3: it is no record, and its schema allows it",
    ),
    "a schema that nobody understands": (
        lambda folder: (folder / "record.schema.json").write_text('{"not": {}}'),
        "record.schema.json: keyword 'not' is not known",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", list(SEALED_DAMAGES))
def test_damage_is_found_where_all_digests_are_right(
    packages: Packages, copy: Callable[[Path], Path], damage: str
) -> None:
    change, finding = SEALED_DAMAGES[damage]
    folder = copy(packages.with_archive)
    change(folder)
    seal(folder)
    found = check(folder)
    assert any(finding in line for line in found), "\n".join(found)


def test_no_room_for_notes_is_told(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: Any, **__: Any) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(LedgerError, match="temporary notes: database or disk is full"):
        check(packages.plain)


def test_what_is_no_file_is_not_waited_for(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.plain)
    os.mkfifo(folder / "archive")
    edit(folder, "datapackage.json", lambda one: one["broadside"].update(documents=5))
    (folder / "CITATION.cff").write_text("[" * 5_000)
    assert check(folder) == [
        "archive: it is a device, a pipe or a socket, not a file",
        "CITATION.cff: it is no YAML: its parts lie too deep in each other",
    ]


def edit(folder: Path, name: str, change: Callable[[Any], Any]) -> None:
    data = json.loads((folder / name).read_text())
    change(data)
    (folder / name).write_text(json.dumps(data))
    listed = {path: digest for _, path, digest in parse_sums((folder / "SHA256SUMS").read_text())}
    listed[name] = digest_file(folder / name).sha256
    (folder / "SHA256SUMS").write_text(format_sums(listed))


@pytest.mark.parametrize(
    ("name", "change", "finding"),
    [
        ("datapackage.json", lambda one: one["resources"].pop(), "is not described"),
        (
            "datapackage.json",
            lambda one: one["resources"][0].update(hash="sha256:0"),
            "has another SHA-256 than is stated",
        ),
        ("datapackage.json", lambda one: one["resources"][0].update(bytes=1), "bytes, not 1"),
        (
            "datapackage.json",
            lambda one: one["resources"].append({"path": "x", "name": "x"}),
            "x is described, and not there",
        ),
        (
            "datapackage.json",
            lambda one: one["resources"].append({"path": "../x", "name": "x"}),
            "../x is described, and not there",
        ),
        ("datapackage.json", lambda one: one["resources"].append(3), "a resource has no path"),
        ("datapackage.json", lambda one: one.pop("resources"), "it is no Data Package"),
        ("datapackage.json", lambda one: one["resources"][0].update(name="A B"), "frictionless: "),
        (
            "datapackage.json",
            lambda one: [part.update(rows=3) for part in one["resources"]],
            "is to have 3 rows; there are 31",
        ),
        ("datapackage.json", lambda one: one["broadside"]["collections"][0].update(records=30), "it counts records"),
        ("datapackage.json", lambda one: one["broadside"].pop("collections"), "it counts records"),
        (
            "datapackage.json",
            lambda one: one["resources"][-1]["schema"]["fields"][0].update(constraints={"pattern": "("}),
            "frictionless: it broke on it (missing )",
        ),
        ("datapackage.json", lambda one: one["broadside"].update(text=False), "whether texts are withheld"),
        ("croissant.json", lambda one: one["distribution"].pop(), "is not described"),
        ("croissant.json", lambda one: one["distribution"][0].update(sha256="0"), "has another SHA-256 than is stated"),
        ("croissant.json", lambda one: one["distribution"][0].update(contentSize="1 B"), "bytes, not 1"),
        (
            "croissant.json",
            lambda one: one["distribution"][0].update(contentSize=f"{'9' * 5_000} B"),
            "bytes, not None",
        ),
        ("croissant.json", lambda one: one["distribution"].append({}), "a FileObject has no contentUrl"),
        ("croissant.json", lambda one: one.pop("distribution"), "it is no Croissant"),
        (
            "croissant.json",
            lambda one: one["recordSet"][0].update(description="The 30 records of it."),
            "it counts 30 records",
        ),
    ],
)
def test_descriptions_that_are_wrong_are_found(
    packages: Packages, copy: Callable[[Path], Path], name: str, change: Callable[[Any], Any], finding: str
) -> None:
    folder = copy(packages.plain)
    edit(folder, name, change)
    found = check(folder)
    assert any(line.startswith(f"{name}: ") and finding in line for line in found), "\n".join(found)


@pytest.mark.parametrize("key", ["schema", "profile", "dialect", "$schema"])
def test_no_address_is_followed(
    packages: Packages, copy: Callable[[Path], Path], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def note(*arguments: Any, **_: Any) -> Any:
        asked.append(arguments)
        return []

    monkeypatch.setattr(socket.socket, "connect", note)
    monkeypatch.setattr(socket, "getaddrinfo", note)
    folder = copy(packages.plain)
    address = {key: "https://x.example/y.json"}
    edit(folder, "datapackage.json", lambda one: one["resources"][0].update(address))
    assert any("leads elsewhere" in line for line in check(folder))
    edit(folder, "datapackage.json", lambda one: one.update(address, resources=one["resources"][1:]))
    assert any("leads elsewhere" in line for line in check(folder))
    assert asked == []


def test_documents_may_be_edited(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.plain)
    for name in ("DATASHEET.md", "README.md"):
        (folder / name).write_text(re.sub(r"\[TO BE FILLED IN[^]]*\]", "Said.", (folder / name).read_text()))
    rewrite(folder / "CITATION.cff", "[TO BE FILLED IN: the title of the corpus]", "A title")
    run = call(packages.crawl, "verify", folder).check(0, "^broadside: well: 31 records")
    for name in DOCUMENTS:
        assert f"broadside: {name}: edited since it was made\n" in run.stderr
    assert "still to be filled in: 3 fields of CITATION.cff\n" in run.stderr
    datasheet = (folder / "DATASHEET.md").read_text()
    (folder / "DATASHEET.md").write_text(datasheet.replace("| records | 31 |", "| records | 3,100 |"))
    (folder / "CITATION.cff").write_text("authors: [")
    datasheet_line, citation_line = check(folder)
    assert datasheet_line == "DATASHEET.md: it counts 3,100 records; there are 31"
    assert citation_line.startswith("CITATION.cff: it is no YAML: while parsing a flow node expected the node content")
    (folder / "CITATION.cff").write_text("cff-version: 1.2.0\nmessage: x\ntitle: y\nauthors: []\n")
    assert "CITATION.cff: authors is no list of at least one" in check(folder)


def test_findings_end_with_status_3_and_are_not_too_many(packages: Packages, copy: Callable[[Path], Path]) -> None:
    folder = copy(packages.plain)
    rewrite_lines(folder, lambda lines: lines.reverse())
    run = call(packages.crawl, "verify", folder).check(
        3, r"^broadside: checks failed: \d\d findings in 2 files, of 31 records and 13 files$"
    )
    lines = run.stderr.splitlines()
    assert sum(line.startswith("broadside: records.parquet, row") for line in lines) == 20
    assert "broadside: records.parquet: 10 findings more" in lines


def test_what_is_not_installed_is_said(packages: Packages, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    lines: list[str] = []
    verified = verify_package(packages.plain, Findings(lines.append))
    assert lines == []
    assert verified.notes[:2] == [
        "datapackage.json: not checked by frictionless, which is not installed (pip install frictionless)",
        "CITATION.cff: only its keys were checked, as PyYAML is not installed",
    ]


def test_a_folder_of_another_kind_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="it is no package"):
        check(tmp_path)
