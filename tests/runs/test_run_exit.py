"""Exit status and last line: 0 only when all is well; the feed bears its name only when it is complete."""

import contextlib
import json
import re
import signal
import time
from pathlib import Path

import pytest

from settings import ITEM_PIPELINES
from tests.runs.harness import TIMEOUT, Crawl, Reply, Server, article, read_records, write_list

ORGANIZATION = 'name = "Example"\nhomepage = "{url}"\n[discovery]\nsitemaps = []\n'


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A folder with one good document."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one.html").write_text(article("A single page"), encoding="utf-8")
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_well(crawl: Crawl, document: Path) -> None:
    run = crawl("documents", "-a", f"path={document}", "-a", "_job=7", level=None).check(
        0, "^broadside: well: 1 record "
    )
    assert len(run.records) == 1
    assert run.stdout == b""
    assert not run.feed.with_name("out.jsonl.part").exists()


def test_the_log_file_has_the_last_line(crawl: Crawl, document: Path) -> None:
    log = crawl.folder / "log.txt"
    crawl("documents", "-a", f"path={document}", "-s", f"LOG_FILE={log}", level=None).check(0)
    assert re.search(r" INFO: well: 1 record in .*out\.jsonl$", log.read_text().strip())
    crawl("documents", "-a", "path=nowhere", "-s", f"LOG_FILE={log}", level=None).check(2)
    assert re.search(r" ERROR: not started: documents: path='nowhere' .*$", log.read_text().strip())


def test_a_run_keeps_its_status_where_nobody_reads_stderr(crawl: Crawl, document: Path) -> None:
    log = crawl.folder / "log.txt"
    process = crawl.start("documents", "-a", f"path={document}", "-s", f"LOG_FILE={log}", level=None)
    assert process.stderr is not None
    process.stderr.close()  # as when Scrapyd was ended while its jobs go on
    assert process.wait(TIMEOUT) == 0
    assert " INFO: well: 1 record" in log.read_text()


def test_default_feed_stands_in_the_collection(crawl: Crawl, document: Path) -> None:
    crawl.data = crawl.folder / "100% of it"
    run = crawl("documents", "-a", f"path={document}", feed=None).check(
        0, "well: 1 record in .*100% of it/folder/records/"
    )
    assert len(read_records(crawl.data / "folder" / "records" / "records.jsonl")) == 1
    assert run.stdout == b""


def test_records_alone_go_to_standard_output(crawl: Crawl, document: Path) -> None:
    (document / "bad.html").write_bytes(b"")
    (document / "notes.doc").write_bytes(b"x")
    run = crawl("documents", "-a", f"path={document}", "-s", "ROBOTSTXT_OBEY=0", feed="-:jsonlines")
    run.check(0, "well: 1 record in standard output")
    assert [json.loads(line)["title"] for line in run.stdout.decode().splitlines()] == ["A single page"]
    assert "WARNING: ROBOTSTXT_OBEY is off" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("documents -a pth=folder", "unknown argument 'pth'; did you mean path"),
        ("documents", "argument 'path' is missing"),
        ("documents -a path=", "it is empty"),
        ("documents -a path=nowhere", "there is no such file or folder"),
        ("documents -a path=~nobody-here/x", "is not allowed"),
        ("documents -a path=folder -a limit=0", "limit='0' is not allowed"),
        ("documents -a path=folder -a limit=many", "limit='many' is not allowed"),
        ("documents -a path=folder -a collection=../x", "collection='../x' is not allowed"),
        ("documents -a path=empty", "no document in it"),
        ("documents -a path=nofile.csv", "no column 'file'; its columns: name, url"),
        ("documents -a path", "Invalid -a value"),
        ("documents -a path=folder -s WORKERS=many", "setting WORKERS='many' is not allowed"),
        ("documents -a path=folder -s PAGE_TIME_LIMIT=0", "setting PAGE_TIME_LIMIT='0' is not allowed"),
        ("documents -a path=folder -s STARTED_AT=2021", "setting STARTED_AT='2021' is not allowed; allowed: a time"),
        ("documents -a path=folder -s DATA_DIR=nofile.csv", "data folder nofile.csv: it cannot be made"),
        ("pages -a urls=nourl.csv", "no column 'url'; its columns: address"),
        ("pages -a urls=nothing.csv", "no row has an http"),
        ("pages -a urls=torn.jsonl", "line 2: no JSON"),
        ("nobody", "there is no .* 'nobody'; there are: aclu, .*ccrjustice, .*documents, .*pages, replay, sample"),
        ("", "crawl takes one name, not 0"),
        ("sample documents", "crawl takes one name, not 2"),
        ("broken", "broken.toml: .*line 2: hompage: unknown key; did you mean homepage"),
        ("ccrjustice", "set BROADSIDE_CONTACT to your e-mail address"),
    ],
)
def test_user_mistakes(crawl: Crawl, document: Path, arguments: str, message: str) -> None:
    folder = document.parent
    (folder / "empty").mkdir()
    write(folder / "nofile.csv", "name,url\na,https://example.org/\n")
    write(folder / "nourl.csv", "address\nhttps://example.org/\n")
    write(folder / "nothing.csv", "url\nmailto:x@example.org\n")
    write(folder / "torn.jsonl", '{"url": "http://127.0.0.1/"}\n{"url": \n')
    write(folder / "orgs" / "broken.toml", 'name = "Broken"\nhompage = "https://example.org/"\n')
    feed = write(folder / "out.jsonl", "what was there before\n")
    run = crawl(*arguments.split(), cwd=folder, env={"BROADSIDE_ORGANIZATIONS": "orgs"})
    run.check(2, message)
    assert run.stdout == b""
    assert feed.read_text() == "what was there before\n"


def test_a_broken_organization_keeps_no_other_from_running(crawl: Crawl, server: Server) -> None:
    server.page("/", article("The only page"))
    broken = 'name = "Broken"\nhomepage = "https://example.org/"\n[urls]\nallow = [\n  "/news/",\n  "/press/(",\n]\n'
    write(crawl.folder / "orgs" / "broken.toml", broken)
    write(crawl.folder / "orgs" / "torn.toml", "name = [\n")
    good = f'{ORGANIZATION.format(url=server.url())}listings = ["/list"]\n'
    server.page("/list", "<a href='/'>The only page</a>")
    write(crawl.folder / "orgs" / "good.toml", f'seeds = ["/list"]\n{good}')
    environment = {"BROADSIDE_ORGANIZATIONS": str(crawl.folder / "orgs")}
    said = "broken.toml: line 6: urls.allow: entry 2, '/press/\\(', does not compile: .*; allowed: a list of regular"
    crawl("broken", env=environment).check(2, f"^broadside: not started: .*{said}")
    run = crawl("good", env=environment).check(0, "well: 1 record ")
    assert re.search(said, run.stderr), "a broken file is said whatever runs"
    several = 'name = ""\nhompage = "x"\n[urls]\nallow = ["("]\n'
    write(crawl.folder / "orgs" / "several.toml", several)
    run = crawl("good", env=environment).check(0, "well: 1 record ")
    short = r"WARNING: .*several.toml: 4 mistakes, it cannot be used; `scrapy probe several` lists them$"
    assert len(re.findall(short, run.stderr, re.MULTILINE)) == 1
    assert run.stderr.count("several.toml") == 1
    run = crawl("several", env=environment).check(2, "several.toml: .*hompage.*urls.allow: entry 1")
    assert run.stderr.count("several.toml") == 1, "once, where it was asked for"
    assert re.search(r"torn.toml: not TOML: .* \(at line 1, the end of the file\)", run.stderr)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-O", "folder"), "Unrecognized output format"),
        (("-O", "folder:jsonlines"), "feed folder: it is a folder"),
        (("-O", "out.docx"), "Unrecognized output format 'docx'"),
        (("-O", "wais://example.org/out.jsonl"), "unknown scheme 'wais'"),
        (("-O", "/dev/null:jsonlines"), "it is a device or a pipe"),
        (("-O", "folder/one.html/out.jsonl"), "its folder cannot be made"),
        (("-O", "%(nam)s.jsonl"), "unknown parameter .'nam'.; allowed are %.name.s"),
        (("-O", "a.jsonl", "-o", "b.jsonl"), "only one of -o/--output and -O"),
    ],
)
def test_feeds_that_cannot_be(crawl: Crawl, document: Path, options: tuple[str, ...], message: str) -> None:
    crawl("documents", "-a", f"path={document}", *options, feed=None, cwd=document.parent).check(2, message)
    assert not Path("/dev/null.part").exists()
    assert Path("/dev/null").is_char_device()


def test_nothing_came_out(crawl: Crawl, document: Path) -> None:
    (document / "one.html").write_bytes(b"")
    feed = write(crawl.feed, "what was there before\n")
    crawl("documents", "-a", f"path={document}").check(3, r"no records came out \(excluded no_text: 1\)")
    assert feed.read_text() == "what was there before\n"
    assert not feed.with_name("out.jsonl.part").exists()


@pytest.mark.parametrize(
    ("expected", "status", "message"),
    [
        ("min_records = 4", 3, "3 records; at least 4 were expected"),
        ("min_dated = 0.9", 3, "2 of 3 records have a date; at least 90% were expected"),
        ("min_records = 3\nmin_dated = 0.6", 0, "well: 3 records"),
    ],
)
def test_expectations(crawl: Crawl, server: Server, expected: str, status: int, message: str) -> None:
    links = "".join(f"<p><a href='/p{number}'>page {number}</a></p>" for number in range(3))
    server.page("/", f"<html><body>{links}</body></html>")
    for number in range(3):
        server.page(f"/p{number}", article(f"Page {number}", date="" if number == 1 else "June 3, 2014"))
    organization = f"{ORGANIZATION.format(url=server.url())}[expect]\n{expected}\n"
    write(crawl.folder / "orgs" / "small.toml", organization)
    orgs = {"BROADSIDE_ORGANIZATIONS": str(crawl.folder / "orgs")}
    run = crawl("small", env=orgs).check(status, message)
    assert len(run.records) == 3, "what came out is complete, and stored"
    if status == 3 and "4" in expected:
        crawl.data = crawl.folder / "fresh"  # `-O` writes all that a collection holds
        crawl("small", "-a", "limit=2", env=orgs).check(0, "well: 2 records")


def test_append_and_overwrite(crawl: Crawl, document: Path) -> None:
    arguments = ("documents", "-a", f"path={document}")
    kept = write(crawl.folder / "kept.jsonl", '{"title":"Kept"}\n')
    crawl.feed.symlink_to(kept)
    crawl(*arguments, "-o", crawl.feed, feed=None).check(0, "well: 1 record")
    assert [record["title"] for record in read_records(kept)] == ["Kept", "A single page"]
    assert crawl.feed.is_symlink(), "a link stays one"
    crawl(*arguments).check(0, "well: 1 record")
    assert [record["title"] for record in read_records(kept)] == ["A single page"]


@pytest.mark.parametrize(("pages", "words"), [(1, 1), (40, 6_000)])
def test_full_disk(crawl: Crawl, document: Path, pages: int, words: int) -> None:
    """On /dev/full every write fails: a small feed when it is flushed at the end, a large one on the way."""
    for number in range(pages):
        write(document / f"p{number}.html", article(f"Page {number}", " ".join(map(str, range(words)))))
    feed = write(crawl.feed, "what was there before\n")
    feed.with_name("out.jsonl.part").symlink_to("/dev/full")
    other = crawl.folder / "other.jsonl"
    run = crawl("documents", "-a", f"path={document}", "-O", other)
    run.check(1, "failed: the feed could not be written: .*No space left on device")
    assert feed.read_text() == "what was there before\n"
    assert not other.exists(), "no feed gets its name when one cannot be written"


BREAKING = """
import scrapy
class BreakItems:
    def process_item(self, item):
        raise RuntimeError("a pipeline's mistake")
class BreakSome:
    def process_item(self, item):
        if item.url.endswith("p3.html"):
            raise RuntimeError("a pipeline's mistake")
        return item
class BreakResponses:
    def process_spider_input(self, response):
        if response.url.startswith("http"):
            raise RuntimeError("a callback's mistake")
class BreakSignal:
    @classmethod
    def from_crawler(cls, crawler):
        extension = cls()
        crawler.signals.connect(extension.spider_opened, scrapy.signals.spider_opened)
        return extension
    def spider_opened(self):
        raise RuntimeError("a mistake in a signal's handler")
class BreakStorage:
    def __init__(self, uri, *, feed_options=None):
        self.path = uri
    def open(self, spider):
        return open(self.path + ".part", "wb")
    def store(self, file):
        file.close()
        raise RuntimeError("a storage's mistake")
"""


@pytest.mark.parametrize(
    ("settings", "level", "message"),
    [
        ('ITEM_PIPELINES={"breaking.BreakItems": 950}', "INFO", "5 pages lost to an error in the pipelines"),
        (
            f"ITEM_PIPELINES={json.dumps({**ITEM_PIPELINES, 'breaking.BreakSome': 950})}",
            "CRITICAL",
            "1 page lost to an error in the pipelines",
        ),
        ('FEED_STORAGES={"": "breaking.BreakStorage"}', "INFO", "a feed could not be stored: the log names it"),
        ('SPIDER_MIDDLEWARES={"breaking.BreakSignal": 1}', "CRITICAL", "1 error in the log"),
    ],
)
def test_errors_on_the_way(crawl: Crawl, document: Path, settings: str, level: str, message: str) -> None:
    for number in range(4):
        write(document / f"p{number}.html", article(f"Page {number}"))
    write(crawl.folder / "breaking.py", BREAKING)
    run = crawl(
        "documents", "-a", f"path={document}", "-s", settings, level=level, env={"PYTHONPATH": str(crawl.folder)}
    )
    assert run.status == 1, run.stderr
    assert run.last_line.startswith(f"broadside: failed: {message}")
    assert not crawl.feed.exists()


def test_error_in_a_callback(crawl: Crawl, server: Server) -> None:
    write(crawl.folder / "breaking.py", BREAKING)
    listed = write_list(crawl.folder / "urls.csv", [server.page("/one", article("One"))])
    middleware = 'SPIDER_MIDDLEWARES={"breaking.BreakResponses": 10}'
    run = crawl("pages", "-a", f"urls={listed}", "-s", middleware, env={"PYTHONPATH": str(crawl.folder)})
    assert run.status != 0
    assert "well" not in run.last_line
    assert not crawl.feed.exists()


def wait_for(path: Path, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and path.stat().st_size > 0:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written")


def test_stopped_while_fetching(crawl: Crawl, server: Server) -> None:
    for number in range(20):
        server.page(f"/p{number}", Reply(article(f"Page {number}").encode(), delay=0.4))
    listed = write_list(crawl.folder / "urls.csv", [server.url(f"/p{number}") for number in range(20)])
    feed = write(crawl.feed, "what was there before\n")
    began = time.monotonic()
    process = crawl.start("pages", "-a", f"urls={listed}")
    while len(server.paths) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    run = crawl.finish(process, began).check(1, r"failed: the run was stopped before it finished \(shutdown\)")
    assert feed.read_text() == "what was there before\n"
    assert len(server.paths) < 20
    assert not list(crawl.data.rglob("spool-*")), "nothing is left behind"
    assert run.seconds < 20


def session(leader: int) -> list[str]:
    """The command lines of all processes that belong to a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.parametrize("times", [1, 2])
def test_stopped_while_publishing(crawl: Crawl, document: Path, times: int) -> None:
    for number in range(400):
        write(document / f"p{number:03}.html", article(f"Page {number}"))
    feed = write(crawl.feed, "what was there before\n")
    part = feed.with_name("out.jsonl.part")
    began = time.monotonic()
    process = crawl.start("documents", "-a", f"path={document}", "-s", "WORKERS=1")
    wait_for(part)
    for _ in range(times):
        process.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        time.sleep(0.05)
    run = crawl.finish(process, began)
    assert time.monotonic() - sent < 10, "it ends quickly"
    # The second one may come when the program is already on its way out.
    assert run.status in ((1,) if times == 1 else (1, -signal.SIGTERM)), run.stderr
    assert "Traceback" not in run.stderr
    assert "failed: the run was stopped before it finished (shutdown)" in run.last_line or times == 2, run.stderr
    assert feed.read_text() == "what was there before\n"
    assert 0 < len(part.read_text(encoding="utf-8").splitlines()) < 401
    end = time.monotonic() + 5
    while left := session(process.pid):  # no worker outlives the run, which was a session of its own
        assert time.monotonic() < end, left
        time.sleep(0.1)


def test_a_typing_error_in_a_setting_is_refused(crawl: Crawl, document: Path) -> None:
    given = ("documents", "-a", f"path={document}")
    crawl(*given, "-s", "RETRY_TIME=1").check(2, "setting RETRY_TIME is unknown; did you mean RETRY_TIMES[?]$")
    crawl(*given, "-s", "MY_PIPELINE_COLOR=red").check(0, "well: 1 record")
