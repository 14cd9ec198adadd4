"""`due` and `crawl-due`: what is crawled when a scheduler calls, and what is said of it."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Event

import pytest

from tests.runs.harness import TIMEOUT, Crawl, Reply, Run, Server, article

PROGRAM = (sys.executable, "-m", "crawler")
ORGANIZATION = 'name = "Example"\nhomepage = "{url}"\nseeds = ["/list"]\n[discovery]\nsitemaps = []\n[schedule]\n'


@pytest.fixture
def organizations(crawl: Crawl, server: Server) -> dict[str, str]:
    """Two organizations with a page each, one of them with more than it has, and a broken file."""
    crawl.data.mkdir()
    folder = crawl.folder / "orgs"
    folder.mkdir()
    for name in ("one", "two"):
        server.page("/list", "<a href='/'>The only page</a>")
        server.page("/", article("The only page"))
        text = ORGANIZATION.format(url=server.url())
        (folder / f"{name}.toml").write_text(text + ("[expect]\nmin_records = 40\n" if name == "two" else ""))
    (folder / "broken.toml").write_text('name = "Broken"\nhompage = "https://example.org/"\n[schedule]\n')
    return {"BROADSIDE_ORGANIZATIONS": str(folder)}


def call(crawl: Crawl, command: str, *arguments: str, env: dict[str, str] | None = None) -> Run:
    return crawl(*arguments, feed=None, level=None, program=(*PROGRAM, command), env=env)


def test_a_night(crawl: Crawl, organizations: dict[str, str]) -> None:
    run = call(crawl, "due", env=organizations).check(2, "broken.toml: .*hompage: unknown key")
    assert re.search(r"^one +now +\S+Z +never crawled", run.stdout.decode(), re.MULTILINE)
    run = call(crawl, "crawl-due", "-s", "STARTED_AT=2026-03-01T02:00:00Z", env=organizations)
    run.check(1, r"^broadside: failed: broken \(not started\); checks failed: two; 1 well$")
    table = run.stdout.decode()
    assert re.search(r"^one +well +0 +\d+ +1 record in ", table, re.MULTILINE)
    assert re.search(r"^two +checks failed +3 +\d+ +1 record; at least 40 were expected", table, re.MULTILINE)
    assert re.search(r"^broken +not started +2 +\S*broken.toml: ", table, re.MULTILINE)
    (log,) = (crawl.data / "one" / "runs").glob("*.log")
    assert log.read_text().splitlines()[-1].startswith("broadside: well: 1 record in ")
    later = ("-s", "STARTED_AT=2026-03-01T23:00:00Z")
    assert call(crawl, "due", "one", "--names", env=organizations).check(0).stdout == b"one\n"
    run = call(crawl, "due", "one", "--names", *later, env=organizations).check(0)
    assert run.stdout == b""
    run = call(crawl, "crawl-due", "one", *later, env=organizations).check(
        0, "^broadside: well: nothing is due; the next is one, from 2026-03-01T23:36Z$"
    )
    assert "broadside: one is not due: the last run began 21 hours ago\n" in run.stderr
    run = call(crawl, "crawl-due", "sample", env=organizations).check(0, "^broadside: well: nothing is due$")
    assert "broadside: sample is not due: never crawled, and its file has no [schedule]\n" in run.stderr
    run = call(crawl, "crawl-due", "one", "--quiet", *later, env=organizations).check(0)
    assert (run.stdout, run.stderr) == (b"", "")


def test_stopped_in_order_and_gone_on_with(
    crawl: Crawl, server: Server, organizations: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crawl that has asked for a page is told to end before it has it; another round goes on with its run."""
    answer, told = Server.begin, Event()

    def begin(self: Server, path: str, headers: dict[str, str]) -> Reply:
        reply = answer(self, path, headers)
        if path == "/":
            told.wait(TIMEOUT)
        return reply

    monkeypatch.setattr(Server, "begin", begin)
    process = crawl.start("one", feed=None, level=None, program=(*PROGRAM, "crawl-due"), env=organizations)
    wait_for(process, lambda: bool(server.asked("/")))
    held = call(crawl, "due", "one", env=organizations).stdout.decode()
    assert re.search(r"^one +no +process \d+ has the collection$", held, re.MULTILINE)
    second = call(crawl, "crawl-due", "one", env=organizations)
    second.check(0, rf"^broadside: well: crawl-due is running already \(process {process.pid}\); nothing was started$")
    process.send_signal(signal.SIGTERM)
    (log,) = (crawl.data / "one" / "runs").glob("*.log")
    wait_for(process, lambda: "Closing spider (shutdown)" in log.read_text())
    told.set()
    run = crawl.finish(process, time.monotonic())
    run.check(1, "^broadside: failed: stopped by a signal; failed: one; 0 well$")
    assert "the run was stopped before it finished" in run.stdout.decode()
    said = call(crawl, "due", "one", env=organizations).stdout.decode()
    assert "did not finish: to be gone on with" in said
    call(crawl, "crawl-due", "one", env=organizations).check(0, "^broadside: well: 1 crawled$")
    (latest,) = set((crawl.data / "one" / "runs").glob("*.log")) - {log}
    assert "going on with the run that did not finish" in latest.read_text()


def wait_for(process: subprocess.Popen[bytes], happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.02)
        assert process.poll() is None
