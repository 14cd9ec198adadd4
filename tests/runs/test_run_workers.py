"""Worker processes: a page that hangs or kills its worker costs itself alone, and the order stays.

The page that hangs is a named pipe: the worker that opens it waits until somebody writes.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path

from crawler.extraction.decisions import Decisions
from crawler.extraction.page import PageContext
from crawler.learning import learn_sites
from crawler.outcomes import Outcome
from crawler.publish import StoredPage, Unpublished, WorkerLimits, publish, read_page
from crawler.storage.bodies import BodyPointer
from crawler.times import OF_MAIN, OF_WORKERS
from items import Page
from settings import ITEM_PIPELINES
from tests.runs.harness import Crawl, Run, article


def write_pages(folder: Path, count: int, pipe: int) -> list[str]:
    """Write pages of which one is a pipe, with a manifest; give their URLs in order."""
    folder.mkdir()
    names = [f"p{number:02}.html" for number in range(count)]
    for number, name in enumerate(names):
        if number == pipe:
            os.mkfifo(folder / name)
        else:
            (folder / name).write_text(article(f"Page {number}"), encoding="utf-8")
    rows = "".join(f"{name},https://example.org/{name}\n" for name in names)
    (folder / "manifest.csv").write_text(f"file,url\n{rows}", encoding="utf-8")
    return [f"https://example.org/{name}" for name in names]


def find_worker(session: int) -> int:
    """The process id of a run's only worker; the run is a session of its own."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            leader = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
            if leader == session and "spawn_main" in (folder / "cmdline").read_text():
                return int(folder.name)
    raise AssertionError("there is no worker")


def strike_worker(crawl: Crawl, folder: Path, log: Path, line: str, blow: signal.Signals, *options: str) -> Run:
    """Read a folder and send the only worker a signal when the log has a line."""
    began = time.monotonic()
    settings = ("-s", "WORKERS=1", "-s", "LEARN_PAGES=0", "--logfile", str(log), *options)
    process = crawl.start("documents", "-a", f"path={folder}", *settings)
    while not log.exists() or line not in log.read_text(encoding="utf-8"):
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    os.kill(find_worker(process.pid), blow)
    return crawl.finish(process, began)


def test_hanging_page(crawl: Crawl) -> None:
    urls = write_pages(crawl.folder / "site", 12, pipe=5)
    options = ("-s", "WORKERS=2", "-s", "PAGE_TIME_LIMIT=4")
    run = crawl("documents", "-a", f"path={crawl.folder / 'site'}", *options).check(0, "well: 11 records")
    assert [record["url"] for record in run.records] == [url for url in urls if url != urls[5]]
    one = run.outcome(urls[5])
    assert (one.outcome, one.reason, one.detail) == ("failed", "timeout", "not read within 4 s")


def test_killed_worker(crawl: Crawl) -> None:
    folder, log = crawl.folder / "site", crawl.folder / "log"
    urls = write_pages(folder, 12, pipe=5)
    run = strike_worker(crawl, folder, log, f"recorded: {urls[4]}", signal.SIGKILL).check(0, "well: 11 records")
    run.stderr = log.read_text(encoding="utf-8")
    assert [record["url"] for record in run.records] == [url for url in urls if url != urls[5]]
    one = run.outcome(urls[5])
    assert (one.outcome, one.reason) == ("failed", "worker_died")


def test_a_signal_to_end_does_not_end_a_worker(crawl: Crawl) -> None:
    # `timeout` and systemd send SIGTERM to all processes of a run; what becomes of its pages the main one says.
    folder, log = crawl.folder / "site", crawl.folder / "log"
    urls = write_pages(folder, 8, pipe=5)
    options = ("-s", "PAGE_TIME_LIMIT=4")
    run = strike_worker(crawl, folder, log, f"recorded: {urls[4]}", signal.SIGTERM, *options).check(
        0, "well: 7 records"
    )
    run.stderr = log.read_text(encoding="utf-8")
    one = run.outcome(urls[5])
    assert (one.outcome, one.reason) == ("failed", "timeout"), "not worker_died"


def test_a_page_that_hangs_while_its_site_is_learned_is_not_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "0.html"
    path.write_text(article("Page", "word " * 40), encoding="utf-8")
    pages = [stored(path, number) for number in range(3)]
    hung = Unpublished(pages[1].context.url, Outcome.FAILED, "timeout", "not read within 1 s")

    async def collect_poisoned() -> list[Page | Unpublished]:
        limits = WorkerLimits(workers=1, seconds=60, megabytes=4096)
        return [outcome async for outcome in publish(pages, limits, poison={pages[1].key: hung})]

    found = asyncio.run(collect_poisoned())
    assert [outcome.url for outcome in found] == [page.context.url for page in pages]
    assert found[1] is hung


def test_learning_names_the_pages_that_hang(tmp_path: Path) -> None:
    pages = []
    for number in range(5):
        path = tmp_path / f"{number}.html"
        path.write_text(article(f"Page {number}", f"word{number} " * 40), encoding="utf-8")
        pages.append(stored(path, number))
    os.mkfifo(tmp_path / "pipe.html")
    pages.append(stored(tmp_path / "pipe.html", 99))
    learned = asyncio.run(learn_sites(pages, WorkerLimits(workers=1, seconds=3, megabytes=4096), 400, Decisions()))
    assert {key: one.reason for key, one in learned.poison.items()} == {pages[-1].key: "timeout"}


def stored(path: Path, number: int) -> StoredPage:
    url = f"https://example.org/{number}"
    return StoredPage(BodyPointer(str(path)), PageContext(id=str(number), url=url, collection="site"))


async def collect(pages: list[StoredPage], limits: WorkerLimits) -> list[Page | Unpublished]:
    return [outcome async for outcome in publish(pages, limits)]


def test_publish_keeps_the_order_given(tmp_path: Path) -> None:
    pages = []
    for number in range(20):
        path = tmp_path / f"{number}.html"
        path.write_text(article(f"Page {number}", "word " * (40_000 if number % 7 == 0 else 40)), encoding="utf-8")
        pages.append(stored(path, number))
    pages.insert(3, stored(tmp_path / "nowhere.html", 99))
    found = asyncio.run(collect(pages, WorkerLimits(workers=2, seconds=60, megabytes=4096)))
    urls = [outcome.url for outcome in found]
    assert urls == [page.context.url for page in pages]
    assert found[3] == Unpublished(urls[3], Outcome.FAILED, "missing_file", "there is no such file")
    assert sum(isinstance(outcome, Page) for outcome in found) == 20


SHOUTING = """
from dataclasses import replace
class Shout:
    def process_item(self, item):
        return replace(item, title=item.title.upper(), blocks=item.blocks[:-1])
"""


def test_a_pipeline_of_the_users_own_sees_the_page(crawl: Crawl) -> None:
    write_pages(crawl.folder / "site", 3, pipe=-1)
    (crawl.folder / "shouting.py").write_text(SHOUTING)
    settings = f"ITEM_PIPELINES={json.dumps({**ITEM_PIPELINES, 'shouting.Shout': 50})}"
    env = {"PYTHONPATH": str(crawl.folder)}
    run = crawl("documents", "-a", f"path={crawl.folder / 'site'}", "-s", settings, env=env).check(0, "well: 3 records")
    assert [record["title"] for record in run.records] == ["PAGE 0", "PAGE 1", "PAGE 2"]
    assert all("\n" not in record["text"] for record in run.records)


def test_a_run_says_where_its_time_went(crawl: Crawl) -> None:
    write_pages(crawl.folder / "site", 30, pipe=-1)
    run = crawl("documents", "-a", f"path={crawl.folder / 'site'}", "-s", "STATS_DUMP=1").check(0, "well: 30 records")
    stages = {*OF_WORKERS, *OF_MAIN, "learn"}
    seconds = {stage: float(told) for stage, told in re.findall(r"'time/(\w+)': ([\d.]+)", run.stderr)}
    assert stages - set(seconds) <= {"container", "generic"}, "all pages may be read by the one or by the other"
    assert all(0 <= spent < 60 and round(spent, 3) == spent for spent in seconds.values())
    assert re.search(r"'publish/read': 30\b", run.stderr)
    line = r"30 pages were read; CPU milliseconds a page: read \d+\.\d\d, parse .*, record \d+\.\d\d; in the main "
    assert re.search(line + r"process: pipelines \d+\.\d\d, feed \d+\.\d\d; their sites took \d+\.\d s", run.stderr)


def test_nothing_to_publish() -> None:
    assert asyncio.run(collect([], WorkerLimits(workers=1, seconds=1, megabytes=4096))) == []


def test_read_page_gives_a_reason_for_everything(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"%PDF-1.7")
    assert read_page(stored(path, 1)) == Unpublished(
        "https://example.org/1", Outcome.EXCLUDED, "not_html_pdf", "the file is no HTML: its first bytes say pdf"
    )
    path.write_bytes(b"  ")
    outcome = read_page(stored(path, 1))
    assert isinstance(outcome, Unpublished)
    assert (outcome.outcome, outcome.reason) == (Outcome.EXCLUDED, "no_text")
    outcome = read_page(stored(Path("nul\0byte.html"), 1))
    assert isinstance(outcome, Unpublished)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, "unreadable_file")
