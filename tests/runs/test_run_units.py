"""The parts of a run that are functions: verdict, arguments, lists, report, feeds, bodies, outcomes."""

import gzip
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from scrapy.settings import Settings

from crawler.collection import list_collections
from crawler.errors import UserError
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import build_record
from crawler.judging.checks import check_figures
from crawler.organizations.schema import Expect
from crawler.outcomes import Outcome, count_outcome
from crawler.report import print_report
from crawler.run_figures import count_published
from crawler.settings_check import find_data_folder, require_data_folder, require_own_settings, require_sound_settings
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, existing_path, parse_arguments
from crawler.spiders.documents import default_collection
from crawler.spiders.inputs import file_url, read_documents, read_urls
from crawler.storage import bodies as bodies_module
from crawler.storage.bodies import BodyPointer, UnreadableBodyError, read_body
from crawler.storage.feeds import PartFileStorage, to_json_line
from crawler.verdict import judge
from items import Record

WELL = {"finish_reason": "finished", "outcome/recorded": 10, "records/dated": 8, "feed/expected": 1, "feed/stored": 1}


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({}, 0, "10 records"),
        ({"outcome/recorded": 1, "records/dated": 1}, 0, "1 record"),
        ({"outcome/recorded": 0}, 3, "no records came out (recorded: 0)"),
        ({"outcome/recorded": 0, "outcome/gone": 2, "outcome/gone/http_404": 2}, 3, "gone http_404: 2"),
        ({"finish_reason": "shutdown"}, 1, "stopped before it finished (shutdown)"),
        ({"finish_reason": None}, 1, "did not start"),
        ({"finish_reason": None, "start_time": 1}, 1, "ended before it could finish"),
        ({"pipeline/errors": 1}, 1, "1 page lost"),
        ({"pipeline/errors": 10, "outcome/recorded": 0}, 1, "10 pages lost"),
        ({"spider_exceptions/count": 2}, 1, "2 responses lost"),
        ({"log/errors": 1200}, 1, "1,200 errors in the log"),
        ({"feed/error": "x: No space left"}, 1, "could not be written: x: No space left"),
        ({"feedexport/failed_count/PartFileStorage": 1}, 1, "could not be stored"),
        ({"feed/stored": 0}, 1, "was not stored"),
        ({"feed/expected": 2}, 1, "was not stored"),
        ({"outcome/recorded": 4, "records/dated": 4}, 3, "4 records; at least 5 were expected"),
        ({"records/dated": 7}, 3, "7 of 10 records have a date; at least 80% were expected"),
        ({"outcome/failed": 5}, 0, "10 records"),
        ({"outcome/failed": 1, "outcome/failed/unreadable_archive": 1}, 1, "1 page cannot be read from the archive"),
    ],
)
def test_verdict(change: dict[str, Any], status: int, reason: str) -> None:
    few = change.get("outcome/recorded") == 1
    stats = {**WELL, **change}
    expect = Expect(min_records=1 if few else 5, min_dated=0.8)
    checks = check_figures(count_published(None, stats), datetime.now(UTC), (), expect)
    verdict = judge(stats, checks)
    assert verdict.exit_status == status
    assert reason in verdict.reason
    assert "\n" not in verdict.reason


def test_arguments() -> None:
    accepted = (Argument("path", "a path", existing_path, required=True), COLLECTION, LIMIT)
    parsed = parse_arguments("documents", accepted, {"path": "/", "limit": "12", "_job": "1"})
    assert parsed == {"path": Path("/"), "collection": None, "limit": 12}
    for given in ({}, {"path": "/", "lmit": "1"}, {"path": "/", "limit": "-1"}, {"path": "/", "limit": "1.5"}):
        with pytest.raises(UserError) as caught:
            parse_arguments("documents", accepted, given)
        assert "\n" not in str(caught.value)
    for name in ("", ".", "..", "../x", "a/b", ".hidden", "-x", "a b"):
        with pytest.raises(UserError):
            parse_arguments("documents", accepted, {"path": "/", "collection": name})
    for value in ("", " ", "/nowhere", "~nobody-here/x", "nul\0byte"):
        with pytest.raises(ValueError, match=r".+"):
            existing_path(value)


def test_default_collection(tmp_path: Path) -> None:
    (tmp_path / "press.v2").mkdir()
    assert default_collection(tmp_path / "press.v2") == "press.v2"
    assert default_collection(tmp_path / "press.v2" / "manifest.csv") == "press.v2"
    assert default_collection(tmp_path / "my list.csv.gz") == "my-list"
    with pytest.raises(UserError, match="name one: -a collection=NAME"):
        default_collection(tmp_path / "…")


def test_lists(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("url;code\r\nhttps://example.org/é;né\r\n".encode("utf-16"))
    (row,) = read_urls(path).rows
    assert (row.url, row.row, row.fields.annotations) == ("https://example.org/é", 2, (("code", "né"),))
    for text, message in (("", "no column 'url'"), ("a,b\n", "its columns: a, b"), ("url\nx\n", "no row has an http")):
        path.write_text(text)
        with pytest.raises(UserError, match=message):
            read_urls(path)
    with pytest.raises(UserError, match="it is no file"):
        read_urls(tmp_path)
    broken = tmp_path / "broken.txt.gz"
    broken.write_bytes(gzip.compress(b"some words " * 100)[:10] + b"\xff" * 40)
    (document,) = read_documents(broken).documents
    assert document.url == file_url("broken.txt.gz") == "file:broken.txt.gz"


def test_report() -> None:
    stats = {"outcome/recorded": 1200, "outcome/failed": 3, "outcome/failed/http_500": 2, "outcome/failed/timeout": 1}
    stats |= {"records/dated": 1100, "records/evidence/byline": 1100, "records/type/Press Release": 1200}
    console = Console(file=io.StringIO(), width=100)
    print_report(stats, (), console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "recorded 1,200" in lines
    assert "failed 3 http 500 2, timeout 1" in lines
    assert "with a date 1,100 byline 1,100" in lines
    empty = Console(file=io.StringIO())
    print_report({}, (), empty)
    assert empty.file.getvalue() == ""  # type: ignore[attr-defined]


class _Stats:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] = self.values.get(key, 0) + count


@pytest.mark.parametrize(
    ("outcome", "level"),
    [(Outcome.RECORDED, "DEBUG"), (Outcome.GONE, "INFO"), (Outcome.DISALLOWED, "INFO"), (Outcome.FAILED, "WARNING")],
)
def test_outcomes(outcome: Outcome, level: str, caplog: pytest.LogCaptureFixture) -> None:
    stats: Any = _Stats()
    with caplog.at_level(logging.DEBUG, "crawler.outcomes"):
        count_outcome(stats, outcome, "https://example.org/", "some_reason", "50 % of it")
    values = stats.values
    assert values == {f"outcome/{outcome}": 1, f"outcome/{outcome}/some_reason": 1}
    (record,) = caplog.records
    assert record.levelname == level
    assert record.getMessage() == f"{outcome} (some_reason): https://example.org/: 50 % of it"


def test_part_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.jsonl"
    first = PartFileStorage(str(path))
    file = first.open(None)
    file.write(b"one\n")
    assert not path.exists()
    first.store(file)
    assert path.read_bytes() == b"one\n"
    more = PartFileStorage(f"file://{path}", feed_options={"overwrite": False})
    file = more.open(None)
    file.write(b"two\n")
    assert path.read_bytes() == b"one\n", "what is there stays as it is until the feed is complete"
    more.store(file)
    assert path.read_bytes() == b"one\ntwo\n"
    anew = PartFileStorage(str(path), feed_options={"overwrite": True})
    file = anew.open(None)
    file.write(b"three\n")
    anew.store(file)
    assert path.read_bytes() == b"three\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["out.jsonl"]


def record() -> Record:
    body = b"<html><head><title>A title</title></head><body><p>The clerk had the list in a drawer.</p></body></html>"
    return build_record(extract_page(body, PageContext(id="1", url="https://example.org/", collection="c")))


def test_json_line() -> None:
    text = 'e\u0301 \u2028 \u2029 \x85 \U0001f600 "quoted" \\ \t'
    line = to_json_line(replace(record(), text=text))
    assert "\n" not in line
    assert len(line.splitlines()) == 1
    back = json.loads(line)
    assert back["text"] == '\u00e9 \u2028 \u2029 \x85 \U0001f600 "quoted" \\ \t'
    assert list(back) == list(json.loads(to_json_line(record())))


def test_bodies_are_read_by_pointer(tmp_path: Path) -> None:
    path = tmp_path / "bodies"
    path.write_bytes(b"firstsecond")
    assert read_body(BodyPointer(str(path))) == b"firstsecond"
    assert read_body(BodyPointer(str(path), 5, 6)) == b"second"
    assert read_body(BodyPointer(str(path), 0, 0)) == b""


def test_bodies_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies_module, "MAX_BODY_BYTES", 1000)
    files = {
        "bomb.gz": (gzip.compress(bytes(1001)), "too_large"),
        "large": (bytes(1001), "too_large"),
        "plain.gz": (b"not packed", "broken_gzip"),
        "cut.gz": (gzip.compress(bytes(range(200)))[:50], "broken_gzip"),
        "mangled.gz": (gzip.compress(b"words " * 9)[:10] + b"\xff" * 30, "broken_gzip"),
    }
    for name, (body, reason) in files.items():
        (tmp_path / name).write_bytes(body)
        with pytest.raises(UnreadableBodyError) as caught:
            read_body(BodyPointer(str(tmp_path / name), gzipped=name.endswith(".gz")))
        assert caught.value.reason == reason, name
    for path, reason in (
        (tmp_path / "nowhere", "missing_file"),
        (tmp_path, "unreadable_file"),
        (Path("a\0"), "unreadable_file"),
    ):
        with pytest.raises(UnreadableBodyError) as caught:
            read_body(BodyPointer(str(path)))
        assert caught.value.reason == reason
    (tmp_path / "just.gz").write_bytes(gzip.compress(bytes(1000)))
    assert len(read_body(BodyPointer(str(tmp_path / "just.gz"), gzipped=True))) == 1000


def test_a_place_for_collections(tmp_path: Path) -> None:
    assert find_data_folder(tmp_path) == ""
    for said in ("", None):
        settings = Settings({"DATA_DIR": said})
        with pytest.raises(
            UserError, match=r"^no folder for collections is named, and .* keeps none; set BROADSIDE_DATA"
        ):
            require_data_folder(settings)
        with pytest.raises(UserError, match=r"^no folder for collections is named"):
            list_collections(settings)
    (tmp_path / "scrapy.cfg").touch()
    assert find_data_folder(tmp_path) == str(tmp_path / "data")


def test_settings_are_checked(tmp_path: Path) -> None:
    good = {"WORKERS": 0, "PAGE_TIME_LIMIT": "0.5", "WORKER_MEMORY_LIMIT_MB": 512, "DATA_DIR": str(tmp_path / "new")}
    good |= {"RETRY_TIMES": 0, "RETRY_DELAY": "0.1", "ARCHIVE_FILE_MB": 1, "LEARN_PAGES": 0, "OUTSIDE_HOURS": "wait"}
    require_sound_settings(Settings(good))
    for name, value in (("WORKERS", -1), ("WORKERS", "1.5"), ("PAGE_TIME_LIMIT", "nan"), ("PAGE_TIME_LIMIT", "inf")):
        with pytest.raises(UserError, match=f"setting {name}="):
            require_sound_settings(Settings({**good, name: value}))
    for name in ("HONOR_NOINDEX", "HONOR_NOARCHIVE", "ROBOTSTXT_OBEY", "PROGRESS_ENABLED", "COOKIES_ENABLED"):
        for value in ("maybe", ""):
            said = f"^setting {name}={value!r} is not allowed; allowed: True, False$"
            with pytest.raises(UserError, match=said):
                require_sound_settings(Settings({**good, name: value}))
        for value in ("0", "1", "True", "false", False):
            require_sound_settings(Settings({**good, name: value}))
    for name in ("DOWNLOAD_DELAY", "LEARN_PAGES", "AUTOTHROTTLE_MAX_DELAY", "CONCURRENT_REQUESTS", "DOWNLOAD_TIMEOUT"):
        for value in ("x", "-1"):
            with pytest.raises(UserError, match=f"^setting {name}='{value}' is not allowed; allowed: a "):
                require_sound_settings(Settings({**good, name: value}))
    with pytest.raises(UserError, match="BOT_NAME is 'scrapybot'"):
        require_own_settings(Settings())
