"""A crawl that is stopped, struck or damaged: nothing is lost, and the archive gives the corpus again."""

import gzip
import re
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest

from crawler.storage.ledger import SCHEMA_VERSION
from tests.runs.harness import ROOT, Crawl, Reply, Run, Server, article, without_times, write_list

SMALL_FILES = 'ulimit -f 1000; exec "$@"'  # blocks of 512 bytes: a disk that has half a megabyte left for each file
PROGRAM = (sys.executable, "-m", "crawler")


def pages(server: Server, count: int, **reply: float) -> list[str]:
    """Serve some pages, with a redirect and a copy among them."""
    urls = [
        server.page(f"/p{number:02}", Reply(article(f"Page {number}").encode(), **reply))  # type: ignore[arg-type]
        for number in range(count)
    ]
    urls.append(server.page("/old", Reply(b"", 301, headers=(("Location", "/p00"),))))
    return urls


def arguments(crawl: Crawl, urls: list[str]) -> tuple[str, ...]:
    listed = write_list(crawl.folder / "list.csv", urls)
    return ("pages", "-a", f"urls={listed}", "-a", "collection=c", "-s", "RETRY_DELAY=0.1")


def status(crawl: Crawl, *names: str) -> Run:
    return crawl(*names, feed=None, level=None, program=(*PROGRAM, "status"))


def account(run: Run) -> dict[str, int]:
    """What `status` shows, by state."""
    found = re.findall(r"^([a-z]+(?: [a-z]+){0,2})\s{2,}([\d,]+)", run.stdout.decode(), re.MULTILINE)
    return {state: int(count.replace(",", "")) for state, count in found if state != "state"}


def wait_for(server: Server, count: int) -> None:
    end = time.monotonic() + 30
    while len(server.paths) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_crawls_of_one_collection(crawl: Crawl, server: Server) -> None:
    command = arguments(crawl, pages(server, 12, delay=0.5))
    began = time.monotonic()
    first = crawl.start(*command)
    wait_for(server, 1)
    other = crawl.folder / "other.jsonl"
    second = crawl(*command, feed=other, level=None)
    second.check(2, rf"not started: .*another crawl of this collection is running \(process {first.pid}\)")
    assert [line for line in second.stderr.splitlines() if " INFO: " not in line] == [second.last_line]
    assert not other.exists()
    assert len(crawl.finish(first, began).check(0, "well: 12 records").records) == 12
    crawl(*command).check(0, "well: 12 records")


def test_replay(crawl: Crawl, server: Server) -> None:
    server.page("/broken", Reply(b"no", 500))
    run = crawl(*arguments(crawl, [*pages(server, 9), server.url("/broken")])).check(0, "well: 9 records")
    server.stop()
    asked = len(server.requests)
    replays = []
    for workers in (1, 2):
        feed = crawl.folder / f"replay-{workers}.jsonl"
        again = crawl("replay", "-a", "collection=c", "-s", f"WORKERS={workers}", feed=feed)
        replays.append(again.check(0, "well: 9 records").feed.read_bytes())
    assert replays[0] == replays[1] == run.feed.read_bytes()
    assert len(server.requests) == asked
    moved = run.by_url[server.url("/p00")]
    assert moved["provenance"]["requested_url"] == server.url("/old")
    assert moved["provenance"]["warc_file"]
    assert moved["provenance"]["warc_offset"] > 0
    assert {record["change"] for record in run.records} == {"new"}
    unknown = crawl("replay", "-a", "collection=nowhere").check(2, "no collection .*nowhere; there are: c$")
    assert unknown.stdout == b""


def test_an_organization_is_replayed_as_itself(crawl: Crawl) -> None:
    run = crawl("sample").check(0, "well: 31 records")
    feed = crawl.folder / "replay.jsonl"
    crawl("replay", "-a", "collection=sample", feed=feed).check(0, "well: 31 records")
    assert feed.read_bytes() == run.feed.read_bytes()


def test_changes_only(crawl: Crawl, server: Server) -> None:
    urls = pages(server, 3)
    command = arguments(crawl, urls)
    more = crawl.folder / "more.jsonl"
    crawl(*command, "-o", more, feed=None).check(0, "well: 3 records")
    server.page("/p01", article("Another page 1"))
    server.page("/p02", Reply(b"", 410))
    run = crawl(*arguments(crawl, [*urls, server.page("/new", article("A new page"))]), "-o", more, feed=None)
    run.check(0, "well: 4 records, 2 of them new or changed and appended")
    appended = [(record["url"], record["change"]) for record in Run(0, b"", "", more, 0).records[3:]]
    assert appended == [(server.url("/new"), "new"), (server.url("/p01"), "changed")]
    whole = crawl("replay", "-a", "collection=c").check(0).by_url
    assert {url: record["change"] for url, record in whole.items()} == {
        server.url("/p00"): "unchanged",
        server.url("/p01"): "changed",
        server.url("/p02"): "unchanged",  # it is gone when it was missing three times
        server.url("/new"): "new",
    }


def test_status_while_a_crawl_runs_and_after(crawl: Crawl, server: Server) -> None:
    assert status(crawl).check(2, "no collection in").stdout == b""
    server.page("/gone", Reply(b"", 410))
    server.page("/broken", Reply(b"no", 403))
    urls = [*pages(server, 30, delay=0.4), server.url("/gone"), server.url("/broken")]
    command = (*arguments(crawl, urls), "-s", "CONCURRENT_REQUESTS=4")
    began = time.monotonic()
    process = crawl.start(*command)
    wait_for(server, 6)
    during = status(crawl, "c").check(0)
    shown = account(during)
    assert shown.pop("discovered") == sum(shown.values()) == len(urls)
    assert shown["pending"] > 0
    assert f"oldest pending: {server.url('/p')}" in during.stdout.decode()
    assert "not finished" in during.stdout.decode()
    crawl.finish(process, began).check(0, "well: 30 records")
    after = status(crawl).check(0)
    shown = account(after)
    assert shown == {"recorded": 30, "redirected": 1, "failed": 1, "gone": 1, "discovered": len(urls)}
    for reason in ("http_403 1", "http_410 1"):
        assert reason in after.stdout.decode()
    assert "oldest pending" not in after.stdout.decode()
    status(crawl, "nowhere").check(2, "no collection 'nowhere'")


@pytest.mark.parametrize("damage", ["cut", "newer", "empty"])
def test_a_ledger_that_cannot_be_used(crawl: Crawl, server: Server, damage: str) -> None:
    command = arguments(crawl, pages(server, 3))
    crawl(*command).check(0)
    path = crawl.data / "c" / "ledger.sqlite3"
    if damage == "newer":
        with sqlite3.connect(path) as database:
            database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        database.close()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage == "cut" else b"")
    before, feed = path.read_bytes(), crawl.feed.read_bytes()
    message = {"newer": "made by a newer version", "cut": "the file is damaged", "empty": "the ledger is empty"}[damage]
    for arguments_ in (command, ("replay", "-a", "collection=c")):
        run = crawl(*arguments_).check(1, message)
        assert str(path) in run.last_line
        assert path.read_bytes() == before
        assert crawl.feed.read_bytes() == feed
    if damage != "empty":
        shown = status(crawl)
        assert shown.status == 1, shown.stderr
        assert shown.last_line.startswith("broadside: ")
        assert path.read_bytes() == before


def test_an_archive_file_is_missing(crawl: Crawl, server: Server) -> None:
    """The feed that is there must not be replaced by a smaller one."""
    alone = ("-s", "LEARN_PAGES=0")
    run = crawl(*arguments(crawl, pages(server, 4)), *alone).check(0, "well: 4 records")
    feed = run.feed.read_bytes()
    (archive,) = (crawl.data / "c" / "archive").glob("*.warc.gz")
    away = archive.rename(crawl.folder / archive.name)
    again = crawl("replay", "-a", "collection=c")
    again.check(1, "failed: 4 pages cannot be read from the archive, .* restore the archive's files")
    for number in range(4):
        one = again.outcome(server.url(f"/p{number:02}"))
        assert (one.outcome, one.reason) == ("failed", "unreadable_archive")
        assert archive.name in (one.detail or "")
    assert run.feed.read_bytes() == feed
    away.rename(archive)
    crawl("replay", "-a", "collection=c").check(0, "well: 4 records")
    assert run.feed.read_bytes() == feed


def test_the_archive_file_with_the_model_is_missing(crawl: Crawl, server: Server) -> None:
    run = crawl(*arguments(crawl, pages(server, 4))).check(0, "well: 4 records")
    feed = run.feed.read_bytes()
    (archive,) = (crawl.data / "c" / "archive").glob("*.warc.gz")
    away = archive.rename(crawl.folder / archive.name)
    again = crawl("replay", "-a", "collection=c")
    again.check(1, r"failed: .*archive/000001\.warc\.gz at \d+: No such file or directory; restore the archive")
    assert run.feed.read_bytes() == feed
    away.rename(archive)
    crawl("replay", "-a", "collection=c").check(0, "well: 4 records")
    assert run.feed.read_bytes() == feed


@pytest.mark.parametrize("at", ["a page", "robots.txt"])
def test_the_disk_is_full_while_a_response_is_archived(crawl: Crawl, server: Server, at: str) -> None:
    urls = pages(server, 8)
    noise = "".join(f"{number * 2654435761 % 2**32:08x}{number * 40503 % 65521:04x}" for number in range(120_000))
    large = f"<!-- {noise} -->" if at == "a page" else f"# {noise}\n"
    if at == "a page":
        urls.append(server.page("/p90", article("A large page", head=large)))
    else:
        server.page("/robots.txt", Reply(large.encode(), content_type="text/plain"))
    count = len(urls) - 1
    command = arguments(crawl, urls)
    run = crawl(*command, program=("sh", "-c", SMALL_FILES, "sh", *PROGRAM, "crawl"))
    run.check(1, "failed: the archive failed: .*File too large")
    assert not crawl.feed.exists()
    again = crawl(*command).check(0, f"well: {count} records")
    whole = without_times(again.feed)
    shown = account(status(crawl))
    assert shown == {"recorded": count, "redirected": 1, "discovered": count + 1}
    crawl.data = crawl.folder / "fresh"
    assert without_times(crawl(*command).check(0).feed) == whole


def test_stopped_while_fetching_and_started_again(crawl: Crawl, server: Server) -> None:
    # More than wait at the host when the run is stopped, which are asked for before it ends (CONCURRENT_REQUESTS).
    command = arguments(crawl, pages(server, 30, delay=0.2))
    expected = without_times(crawl(*command).check(0, "well: 30 records").feed)
    crawl.data = crawl.folder / "second"
    crawl.feed = crawl.folder / "second.jsonl"
    server.requests.clear()
    began = time.monotonic()
    process = crawl.start(*command)
    wait_for(server, 5)
    process.send_signal(signal.SIGTERM)
    crawl.finish(process, began).check(1, "the run was stopped before it finished")
    shown = account(status(crawl, "c"))
    assert shown["pending"] + shown["stored"] + shown.get("redirected", 0) == shown["discovered"]
    assert without_times(crawl(*command).check(0, "well: 30 records").feed) == expected
    assert len(server.paths) == len(set(server.paths)), "no page was asked for twice"


DYING = """
import os, sys
if any("spawn_main" in argument for argument in sys.orig_argv):  # a worker
    import crawler.publish
    read = crawler.publish.read_page
    def read_page(page, *rest):
        if page.context.url.endswith("/p03"):
            os._exit(9)
        return read(page, *rest)
    read_page.__module__, read_page.__qualname__ = read.__module__, read.__qualname__
    crawler.publish.read_page = read_page
"""


def test_a_page_that_every_worker_dies_of(crawl: Crawl, server: Server) -> None:
    folder = crawl.folder / "dying"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(DYING)
    env = {"PYTHONPATH": f"{folder}:{ROOT}"}
    command = arguments(crawl, pages(server, 8))
    for _ in range(2):
        run = crawl(*command, "-s", "WORKERS=2", env=env).check(0, "well: 7 records")
        one = run.outcome(server.url("/p03"))
        assert (one.outcome, one.reason) == ("failed", "worker_died")
        assert b"worker_died 1" in status(crawl).check(0).stdout


def test_cookies_are_never_archived(crawl: Crawl, server: Server) -> None:
    cookie = (("Set-Cookie", "session=secret-of-a-session; Path=/"), ("Set-Cookie2", "x=secret-of-a-session"))
    server.page("/p", Reply(article("A page").encode(), headers=cookie))
    server.page("/robots.txt", Reply(b"", headers=cookie))
    crawl(*arguments(crawl, [server.url("/p")])).check(0, "well: 1 record")
    files = list((crawl.data / "c" / "archive").glob("*.warc.gz"))
    assert files
    for path in files:
        text = unpacked(path)
        assert b"A page" in text
        assert b"secret-of-a-session" not in text
        assert b"set-cookie" not in text.lower()


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())
