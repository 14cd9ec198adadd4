"""The crash test itself: that its site is what it says, and that it would notice a loss."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks.crash_site import Asked, Place, RequestLog, Responder, Site, SiteProcess, build_site, organization_file
from benchmarks.crash_test import (
    Comparison,
    Tally,
    compare,
    find_haste,
    find_session,
    find_trespasses,
    is_finished,
    read_lines,
)
from crawler.organizations.load import load_organization

SITE = build_site(120, 8901)


def _line(url: str, **values: object) -> str:
    provenance = {"fetched_at": "2026-01-01T00:00:00Z", "warc_file": "a.warc.gz", "warc_offset": 7, "status": 200}
    provenance |= {name: values.pop(name) for name in list(values) if name in provenance}
    record = {"url": url, "title": "A bridge", **values, "provenance": provenance}
    return json.dumps(record, separators=(",", ":"))


def _feed(path: Path, *lines: str) -> list[str]:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_lines(path)


def _targets(place: Place) -> list[str]:
    text = place.answer.body.decode()
    absolute = re.findall(r"<loc>([^<]+)<", text) + [v for name, v in place.answer.headers if name == "Location"]
    return [*re.findall(r"href='([^']+)'", text), *(url.removeprefix(SITE.base) for url in absolute)]


def test_the_site_is_the_same_each_time_and_all_of_it_can_be_reached() -> None:
    assert build_site(120, 8901) == SITE
    assert build_site(120, 8901, seed=2) != SITE
    reached: set[str] = set()
    waiting = ["/", "/robots.txt", "/sitemap.xml", "/archive"]
    while waiting:
        path = waiting.pop()
        if path in SITE.to_fetch and path not in reached:
            reached.add(path)
            waiting += _targets(SITE.places[path])
    assert reached == SITE.to_fetch


@pytest.mark.parametrize("pages", [60, 120, 2000])
def test_the_site_has_one_of_everything(pages: int) -> None:
    site = build_site(pages, 8901)
    answers = [place.answer.status for place in site.places.values()]
    first = [place.first.status for place in site.places.values() if place.first is not None]
    assert {200, 301, 302, 303, 307, 308, 404} <= {*answers}
    assert any(status >= 500 for status in answers)
    assert any(status >= 500 for status in first)
    assert 429 in first
    assert len(site.throttled) == first.count(429)
    assert sum(300 <= status < 400 for status in answers) >= 0.05 * pages
    assert {"/chain/3", "/loop/b", "/away", "/copies/of-an-article"} <= site.to_fetch
    assert not {"/private/register", "/elsewhere"} & site.to_fetch
    assert len({*site.records.values()}) == len(site.records) > 0.9 * pages
    bodies = [place.answer.body for place in site.places.values() if place.answer.status == 200]
    copied = site.places["/copies/of-an-article"].answer.body
    assert bodies.count(copied) == 2
    load_organization("crash", organization_file(8901), "crash.toml")


def test_what_fails_once_fails_once_a_run(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    respond = Responder(SITE, log)
    (path,) = SITE.throttled
    statuses = []
    for run in ("one", "two"):
        respond(f"/-/run/{run}", "127.0.0.1:8901")
        statuses += [respond(path, "127.0.0.1:8901").status for _ in range(3)]
    os.close(log)
    assert statuses == [429, 200, 200] * 2
    reader = RequestLog(tmp_path / "log")
    asked = reader.read()
    reader.close()
    assert [(one.run, one.status, one.path) for one in asked] == [
        (run, status, path) for run in ("one", "two") for status in (429, 200, 200)
    ]


def test_the_server_answers_keeps_connections_and_ends_with_its_keeper(tmp_path: Path) -> None:
    with SiteProcess("--pages", "60", "--latency", "0.01", "--log", tmp_path / "log") as server:
        site = build_site(60, server.port)
        server.begin("one")
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        for path in ("/", "/sitemap.xml", "/nowhere"):
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            assert response.status == (404 if path == "/nowhere" else 200)
            assert path == "/nowhere" or body == site.places[path].answer.body
        connection.close()
    assert server.process.returncode == 0
    reader = RequestLog(tmp_path / "log")
    assert [(one.run, one.host, one.path) for one in reader.read()] == [
        ("one", f"127.0.0.1:{server.port}", path) for path in ("/", "/sitemap.xml", "/nowhere")
    ]
    reader.close()


def test_equal_feeds_may_differ_in_time_and_pointer_only(tmp_path: Path) -> None:
    reference = _feed(tmp_path / "a", _line("http://a/1"), _line("http://a/2"))
    same = _feed(tmp_path / "b", _line("http://a/1", fetched_at="2027-01-01T00:00:00Z"), _line("http://a/2"))
    moved = _feed(tmp_path / "c", _line("http://a/1", warc_file=None, warc_offset=None), _line("http://a/2"))
    assert compare(same, reference).is_equal
    assert compare(moved, reference).is_equal
    other = compare(_feed(tmp_path / "d", _line("http://a/1", status=203), _line("http://a/2")), reference)
    assert other.differing == 1
    assert other.first_difference == "http://a/1: provenance.status is '203', was '200'"


def test_losses_and_copies_are_counted(tmp_path: Path) -> None:
    one, two, three = (_line(f"http://a/{number}") for number in (1, 2, 3))
    reference = _feed(tmp_path / "a", one, two, three)
    assert compare(_feed(tmp_path / "b", one), reference) == Comparison(2, 0, 0)
    assert compare(_feed(tmp_path / "c", one, two, two, three), reference) == Comparison(0, 1, 0)
    assert not compare(_feed(tmp_path / "d", two, one, three), reference).in_order
    strange = compare(_feed(tmp_path / "e", one, two, three, _line("http://a/4")), reference)
    assert (strange.differing, strange.first_difference) == (1, "http://a/4: not in the reference")
    (tmp_path / "f").write_text(one + "\n" + two[:40], encoding="utf-8")
    with pytest.raises(ValueError, match="cut"):
        read_lines(tmp_path / "f")


@pytest.mark.parametrize("fault", ["never_fetched", "missing", "twice", "differing", "too_often", "problems"])
def test_each_fault_fails_the_test(fault: str) -> None:
    total = Tally()
    total.add(Tally(runs=1, kills=2, again=3, allowed=32))
    assert total.is_well
    assert str(total) == (
        "crash-test: 1 runs, 2 kills, 0 pages never fetched, 0 records missing, 0 twice, 0 differing, "
        "3 fetched again (32 allowed)"
    )
    faulty = Tally(runs=1, **{fault: 1})
    faulty.add(total)
    assert not faulty.is_well


def test_trespasses_and_haste_are_named() -> None:
    def asked(path: str, at: float = 0.0, host: str = "127.0.0.1:8901") -> Asked:
        return Asked(at, "one", 200, host, path)

    (slow,) = SITE.throttled
    assert find_trespasses([asked("/"), asked(slow)], SITE) == []
    assert find_trespasses([asked("/private/register")], SITE) == ["asked for /private/register"]
    assert find_trespasses([asked("/", host="localhost:8901")], SITE) == ["asked for /"]
    assert find_trespasses([asked("/never-linked")], SITE) == ["asked for /never-linked"]
    assert find_haste([asked(slow, 1.0), asked(slow, 2.1)], SITE) == []
    assert find_haste([asked(slow, 1.0), asked(slow, 1.2)], SITE) == [
        f"1 pages asked for again before Retry-After: {slow}"
    ]


def test_the_end_of_a_run_is_read_from_the_ledger(tmp_path: Path) -> None:
    assert not is_finished(tmp_path)
    folder = tmp_path / "crash"
    folder.mkdir()
    database = sqlite3.connect(folder / "ledger.sqlite3", isolation_level=None)
    assert not is_finished(tmp_path)
    database.execute("pragma journal_mode = wal")
    database.execute("create table run (id integer primary key, finished_at text)")
    database.execute("insert into run (finished_at) values (null)")
    assert not is_finished(tmp_path)
    database.execute("update run set finished_at = '2026-01-01'")
    assert is_finished(tmp_path)
    database.execute("insert into run (finished_at) values (null)")
    assert not is_finished(tmp_path)
    database.close()


def test_what_a_process_leaves_behind_is_found() -> None:
    program = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    process.wait()
    (left,) = find_session(process.pid)
    os.kill(left, 9)
    deadline = time.monotonic() + 10
    while find_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert find_session(process.pid) == []


def test_a_site_needs_some_pages() -> None:
    with pytest.raises(ValueError, match="at least 60"):
        build_site(59, 8901)
    assert isinstance(SITE, Site)
