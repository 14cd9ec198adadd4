"""The verdict on whole runs: what was expected, what is told, and what is left for later runs."""

import json
import re
import sys
from pathlib import Path

import pytest

from tests.runs.bridge import ABOUT, NAME, Bridge, changes
from tests.runs.harness import Crawl, Reply, Run, Server


@pytest.fixture
def bridge(crawl: Crawl, server: Server) -> Bridge:
    made = Bridge(crawl, server)
    for number in range(12):
        made.write(f"/{number:02}", ABOUT)
    return made


def call(crawl: Crawl, *arguments: str | Path) -> Run:
    return crawl(*arguments, feed=None, level=None, program=(sys.executable, "-m", "crawler"))


def rewrite(bridge: Bridge, old: bytes, new: bytes) -> None:
    for path, reply in bridge.articles.items():
        assert old in reply.body
        bridge.server.page(path, Reply(reply.body.replace(old, new)))


def summaries(folder: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_bytes()) for path in sorted((folder / "runs").glob("*.json"))]


def test_runs_of_the_sample(crawl: Crawl) -> None:
    for day in (23, 24):
        run = crawl("sample", "-s", f"STARTED_AT=2026-11-{day}T02:00:00Z").check(0, "^broadside: well: 31 records")
        assert ("failed requests" in run.stderr) == (day == 24), "learned from the night before"
    first, second = summaries(crawl.data / "sample")
    assert (first["run"], first["verdict"], first["changes"]) == (1, "ok", {"new": 31})
    assert (second["run"], second["started_at"], second["held"]) == (2, "2026-11-24T02:00:00Z", False)
    assert {check["name"] for check in second["checks"]} == {"records", "there", "dated", "errors", "named"}  # type: ignore[attr-defined]

    shown = call(crawl, "runs", "sample").check(0).stdout.decode().splitlines()
    assert [line.split() for line in shown[1:4]] == [
        ["began", "records", "new", "changed", "gone", "dated", "asked", "failed", "s"],
        ["2026-11-23", "02:00", "ok", "31", "31", "0", "0", "97%", "44", "0", shown[2].split()[-1]],
        ["2026-11-24", "02:00", "ok", "31", "0", "0", "0", "97%", "10", "0", shown[3].split()[-1]],
    ]
    assert len(call(crawl, "runs").check(0).stdout.decode().splitlines()) == 3, "the latest one alone"
    assert call(crawl, "runs", "sample", "--json", "--last", "1").check(0).stdout == (
        (crawl.data / "sample" / "runs" / "20261124T020000Z.json").read_bytes()
    )
    call(crawl, "runs", "other").check(2, "no run of 'other' in .*; there are runs of: sample")
    call(crawl, "runs", "--last", "0").check(2, "--last 0 is not allowed; allowed: a whole number of 1 or more")

    crawl("replay", "-a", "collection=sample").check(0, "well: 31 records")
    assert len(summaries(crawl.data / "sample")) == 2, "a replay is no run of the collection"


def test_dates_that_vanish(bridge: Bridge) -> None:
    bridge.run().check(0, "^broadside: well: 12 records")
    rewrite(bridge, b"<p class='date'>March 4, 2016</p>", b"")
    run = bridge.run().check(0, "^broadside: well, with 1 warning: 12 records")
    assert "broadside: warning: 0 of the latest 12 pages have a date; at least 80% were expected\n" in run.stderr
    assert changes(run) == {("changed", "edit"): 12}
    (warned,) = summaries(bridge.crawl.data / NAME)[1:]
    assert (warned["verdict"], warned["exit_status"]) == ("warn", 0)


@pytest.mark.parametrize("status", [404, 500])
def test_pages_that_are_missing_all_at_once(bridge: Bridge, status: int) -> None:
    """Where one page is asked for a night, others are looked at as well."""
    bridge.share = "0.001"
    bridge.run().check(0, "^broadside: well: 12 records")
    for path in bridge.articles:
        bridge.server.page(path, Reply(b"", status))
    run = bridge.run().check(0, "well, with [12] warnings?: 12 records")
    assert re.search(r"warning: 0 of \d+ known pages that were asked for are still there; at least 80%", run.stderr)
    assert changes(run) == {("unchanged", None): 12}


def test_a_sitemap_that_names_nothing_any_more(bridge: Bridge) -> None:
    bridge.sitemaps = '["/map.xml"]'
    names = "".join(f"<url><loc>{bridge.server.url(path)}</loc></url>" for path in bridge.articles)
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    bridge.server.page("/map.xml", Reply(f"<urlset {space}>{names}</urlset>".encode(), content_type="application/xml"))
    bridge.run().check(0, "^broadside: well: 12 records")
    bridge.server.page("/map.xml", Reply(f"<urlset {space}/>".encode(), content_type="application/xml"))
    second = bridge.run().check(0, "well, with 1 warning")
    assert "warning: sitemaps and feeds name 0 pages; at least 6 were expected" in second.stderr


@pytest.mark.parametrize(
    ("expect", "last_line"),
    [
        ("min_words = 500", r"the texts' median length is \d+ words; at least 500 were expected"),
        ("min_container = 1\nmin_records = 99", r"12 records; at least 99 were expected"),
        ("min_template = 1\nmin_dated = 1\nmin_words = 10", None),
    ],
)
def test_what_the_file_demands(bridge: Bridge, expect: str, last_line: str | None) -> None:
    bridge.more = f"[expect]\n{expect}\n"
    run = bridge.run()
    if last_line is None:
        run.check(0, "^broadside: well: 12 records")
    else:
        run.check(3, f"^broadside: checks failed: {last_line}$")
        assert len(run.records) == 12, "they are written all the same"
    bridge.run("-a", "limit=3").check(0)


def test_a_summary_that_cannot_be_read_or_written(bridge: Bridge) -> None:
    folder = bridge.crawl.data / NAME / "runs"
    bridge.run().check(0, "well: 12 records")
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:200])
    run = bridge.run().check(0, "^broadside: well: 12 records")
    assert f"{path} is passed over: no summary of a run" in run.stderr
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()
    folder.write_bytes(b"")
    run = bridge.run().check(0, "^broadside: well: 12 records")
    assert "WARNING: the summary of the run cannot be written" in run.stderr
