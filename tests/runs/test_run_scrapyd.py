"""Scrapyd on loopback: the egg is deployed, jobs run from it, their collections live outside, and one goes on.

Scrapyd has an environment of its own, `.venv-scrapyd`: where this project is installed as well, its modules would come
before those of the egg. `make ci` sets it up.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.runs.harness import ROOT, TIMEOUT, Crawl, Reply, Server, article, environment, without_times

PROGRAMS = ROOT / ".venv-scrapyd" / "bin"
CHECKOUT = ("crawler", "pipelines", "items.py", "settings.py", "setup.py", "pyproject.toml", "README.md", "scrapy.cfg")
GETS = ("daemonstatus", "listspiders", "status")


@dataclass
class Node:
    """A Scrapyd with its folder, its collections and a copy of the checkout that is deployed to it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    opener: Any = field(default_factory=lambda: build_opener(ProxyHandler({})))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        extra = {"BROADSIDE_ORGANIZATIONS": str(self.folder / "organizations"), "SCRAPYD_HTTP_PORT": str(self.port)}
        return environment(self.data, {**extra, "HOME": str(self.folder), "PYTHONWARNINGS": "ignore"})

    def start(self) -> None:
        with (self.folder / "scrapyd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "scrapyd", "--pidfile="],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + TIMEOUT
        while True:
            with contextlib.suppress(URLError):
                self.call("daemonstatus")
                return
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)

    def end(self) -> None:
        """End it with its jobs, which are of its session."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def call(self, name: str, **told: str) -> dict[str, Any]:
        """Call its API."""
        data = urlencode(told)
        url = f"http://127.0.0.1:{self.port}/{name}.json"
        with self.opener.open(f"{url}?{data}") if name in GETS else self.opener.open(url, data.encode()) as response:
            said: dict[str, Any] = json.load(response)
        assert said["status"] == "ok", said
        return said

    def schedule(self, spider: str) -> str:
        job: str = self.call("schedule", project="broadside", spider=spider)["jobid"]
        return job

    def state(self, job: str) -> str:
        state: str = self.call("status", job=job)["currstate"]
        return state

    def wait(self, job: str) -> str:
        """Wait for the end of a job and give the line of its end in Scrapyd's log."""
        deadline = time.monotonic() + TIMEOUT
        while self.state(job) != "finished":
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)
        return next(line for line in self.log.splitlines() if f"job='{job}'" in line and "Process started" not in line)

    def read(self, kind: str, spider: str, job: str) -> str:
        """Read the log (`logs`) or the items (`items`) of a job over HTTP."""
        ending = {"logs": "log", "items": "jl"}[kind]
        with self.opener.open(f"http://127.0.0.1:{self.port}/{kind}/broadside/{spider}/{job}.{ending}") as response:
            body: bytes = response.read()
        return body.decode()

    @property
    def log(self) -> str:
        return (self.folder / "scrapyd.log").read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    if not (PROGRAMS / "scrapyd").exists():
        pytest.skip("Scrapyd is not there: `make scrapyd` and `make ci` install it in .venv-scrapyd")
    folder = tmp_path_factory.mktemp("node")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        node = Node(folder, taken.getsockname()[1])
    checkout = folder / "checkout"
    for name in CHECKOUT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            checkout.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)
    configuration = (checkout / "scrapy.cfg").read_text()
    assert ":6800" in configuration
    (checkout / "scrapy.cfg").write_text(configuration.replace(":6800", f":{node.port}"))
    for name in ("home", "organizations"):
        (folder / name).mkdir()
    settings = (ROOT / "scrapyd.conf").read_text()
    (node.home / "scrapyd.conf").write_text(f"{settings}poll_interval = 0.1\n")
    (node.home / "scrapy.cfg").touch()
    try:
        node.start()
        deployed = subprocess.run(
            [PROGRAMS / "scrapyd-deploy"], cwd=checkout, env=node.environment, capture_output=True, check=True
        )
        assert json.loads(deployed.stdout)["status"] == "ok", deployed.stdout
        shutil.rmtree(checkout)  # jobs run from the egg alone
        yield node
    finally:
        node.end()


def test_jobs_of_two_nights(node: Node, crawl: Crawl) -> None:
    assert {"documents", "pages", "replay", "sample"} <= set(node.call("listspiders", project="broadside")["spiders"])
    first = node.schedule("sample")
    assert "Process finished" in node.wait(first), node.log
    assert "INFO: well: 31 records, 31 of them new or changed" in node.read("logs", "sample", first)
    crawl("sample", level=None).check(0)
    items = node.folder / "items.jsonl"
    items.write_text(node.read("items", "sample", first), encoding="utf-8")
    assert without_times(items) == without_times(crawl.feed), "the egg gives the records of the checkout"
    assert (node.data / "sample" / "ledger.sqlite3").is_file()
    assert not list((node.home / "eggs").rglob("data"))
    (summary,) = (node.data / "sample" / "runs").glob("*.json")
    assert json.loads(summary.read_text())["verdict"] == "ok"
    second = node.schedule("sample")
    assert "Process finished" in node.wait(second), node.log
    assert "INFO: well: 31 records, 0 of them new or changed" in node.read("logs", "sample", second)
    assert node.read("items", "sample", second) == ""


def test_a_job_is_cancelled_and_the_next_one_goes_on(node: Node, server: Server) -> None:
    paths = [f"/a/{number}" for number in range(400)]
    pages = {path: article(f"Page {path}").encode() for path in paths}
    for path, page in pages.items():
        server.page(path, Reply(page, delay=1.0))  # all of them take most of a minute
    server.page("/", "".join(f"<a href='{path}'>What {path} has to say</a>" for path in paths))
    organization = f'name = "Slow"\nhomepage = "{server.url()}"\ncrawl_delay = 0.0\n[discovery]\nsitemaps = []\n'
    organization += 'feeds = []\nlistings = ["/"]\nfollow_links = false\n'
    (node.folder / "organizations" / "slow.toml").write_text(organization)
    unknown = node.opener.open(
        f"http://127.0.0.1:{node.port}/schedule.json", urlencode({"project": "broadside", "spider": "slow"}).encode()
    )
    assert "'slow' not found" in json.load(unknown)["message"], "Scrapyd looks at the names when it starts"
    node.end()
    node.start()
    first = node.schedule("slow")
    deadline = time.monotonic() + TIMEOUT
    while not set(paths) & set(server.paths):
        assert time.monotonic() < deadline, node.log
        time.sleep(0.05)
    other = node.schedule("slow")
    assert "exitstatus=2" in node.wait(other), node.log
    assert "not started: " in node.read("logs", "slow", other)
    assert "another crawl of this collection is running" in node.read("logs", "slow", other)
    assert node.call("cancel", project="broadside", job=first)["prevstate"] == "running"
    assert "exitstatus=1" in node.wait(first), node.log
    assert "failed: the run was stopped before it finished (shutdown)" in node.read("logs", "slow", first)
    asked = len(set(paths) & set(server.paths))
    assert asked < len(paths)
    for path, page in pages.items():
        server.page(path, page)
    again = node.schedule("slow")
    assert "Process finished" in node.wait(again), node.log
    assert "going on with the run that did not finish" in node.read("logs", "slow", again)
    assert len(node.read("items", "slow", again).splitlines()) == len(paths)
    repeated = [path for path in paths if len(server.asked(path)) > 1]
    assert len(repeated) < asked, "what was stored is not fetched again"


def run_job(node: Node, cwd: Path, change: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Start a job as Scrapyd would, in a folder and with an environment that are not as they should be."""
    told = {**node.environment, "SCRAPY_PROJECT": "broadside", **change}
    command = [str(PROGRAMS / "python"), "-m", "scrapyd.runner", "crawl", "sample"]
    return subprocess.run(command, cwd=cwd, env=told, capture_output=True, text=True, timeout=TIMEOUT, check=False)


def test_a_job_without_a_place_for_collections_is_refused(node: Node) -> None:
    run = run_job(node, node.home, {"BROADSIDE_DATA": ""})
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    assert ".egg keeps none; set BROADSIDE_DATA to one, or DATA_DIR" in run.stderr.splitlines()[-1]


def test_a_job_beside_foreign_settings_is_refused(node: Node, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("BOT_NAME = 'somebody'\n")
    (tmp_path / "scrapyd.conf").write_text(f"[scrapyd]\neggs_dir = {node.home / 'eggs'}\n")
    run = run_job(node, tmp_path, {})
    assert run.returncode == 2, run.stderr
    assert "these are not Broadside's settings (BOT_NAME is 'somebody')" in run.stderr
    assert "Traceback" not in run.stderr
