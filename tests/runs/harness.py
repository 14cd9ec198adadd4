"""What the run tests share: a crawl in a process of its own, and a scripted server on loopback."""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
TIMEOUT = 240  # seconds; a run that takes longer hangs

_OUTCOME = re.compile(
    r"^\S+ \S+ \[crawler\.outcomes\] [A-Z]+: (?P<outcome>[a-z_]+)(?: \((?P<reason>[^)]*)\))?: (?P<url>\S+?)"
    r"(?:: (?P<detail>.*))?$",
    re.MULTILINE,
)
_MAY_DIFFER = re.compile(r'"(fetched_at|warc_file|warc_offset)":("[^"]*"|[^,}]*)')


@dataclass(frozen=True, slots=True)
class Outcome:
    outcome: str
    reason: str | None
    detail: str | None


@dataclass(slots=True)
class Run:
    """A finished run: what it wrote where, and its exit status."""

    status: int
    stdout: bytes
    stderr: str
    feed: Path
    seconds: float

    @property
    def last_line(self) -> str:
        lines = self.stderr.strip().splitlines()
        return lines[-1] if lines else ""

    @property
    def records(self) -> list[dict[str, Any]]:
        return read_records(self.feed)

    @property
    def by_url(self) -> dict[str, dict[str, Any]]:
        return {record["url"]: record for record in self.records}

    @property
    def outcomes(self) -> dict[str, list[Outcome]]:
        """Every outcome that the log names, by URL; needs `-L DEBUG`, which `crawl` gives."""
        found: dict[str, list[Outcome]] = {}
        for match in _OUTCOME.finditer(self.stderr):
            found.setdefault(match["url"], []).append(Outcome(match["outcome"], match["reason"], match["detail"]))
        return found

    def outcome(self, url: str) -> Outcome:
        """The one outcome of a URL."""
        outcomes = self.outcomes.get(url, [])
        assert len(outcomes) == 1, f"{url}: {outcomes}\n{self.stderr}"
        return outcomes[0]

    def check(self, status: int, last_line: str = "") -> Self:
        """Assert the exit status, the last line (a regular expression), and that no traceback was shown."""
        assert self.status == status, f"status {self.status}\n{self.stderr[-6000:]}"
        assert re.search(last_line, self.last_line), f"last line: {self.last_line!r}; wanted {last_line!r}"
        assert "Traceback" not in self.stderr, self.stderr[-6000:]
        return self


def read_records(path: Path) -> list[dict[str, Any]]:
    # Divided at line feeds only: a record may hold other characters that Python takes for line ends.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def without_times(path: Path) -> list[str]:
    """The lines of a feed, without what may differ between two crawls: when a page was fetched and where it lies."""
    return [_MAY_DIFFER.sub(r'"\1":null', line) for line in path.read_text("utf-8").split("\n")]


def environment(data: Path, extra: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BROADSIDE_", "SCRAPY_")) and name.lower() not in ("http_proxy", "https_proxy")
    }
    return {**kept, "BROADSIDE_DATA": str(data), "COLUMNS": "200", **extra}


class Crawl:
    """Runs the program in processes of its own, with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.feed = folder / "out.jsonl"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        *arguments: str | Path,
        feed: str | Path | None = "",
        level: str | None = "DEBUG",
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        program: Sequence[str] = (sys.executable, "-m", "crawler", "crawl"),
    ) -> subprocess.Popen[bytes]:
        """Start a run; `feed=None` names none."""
        command = [*program, *map(str, arguments)]
        if feed is not None:
            command += ["-O", str(feed or self.feed)]
        if level is not None:
            command += ["-L", level]
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(self.data, env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def finish(self, process: subprocess.Popen[bytes], began: float, feed: str | Path | None = "") -> Run:
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        path = Path(feed) if feed else self.feed
        return Run(process.returncode, stdout, stderr.decode("utf-8", "replace"), path, time.monotonic() - began)

    def __call__(self, *arguments: str | Path, feed: str | Path | None = "", **options: Any) -> Run:
        began = time.monotonic()
        return self.finish(self.start(*arguments, feed=feed, **options), began, feed)

    def end_all(self) -> None:
        """End what a failed test left running, its workers included: each run is a session of its own."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


@dataclass(frozen=True, slots=True)
class Reply:
    """A scripted answer."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    drop: str = ""  # "before": close without an answer; "within": after half of the body


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server saw."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass(slots=True)
class Server:
    """A scripted server on 127.0.0.1: answers by path; a list of replies is used up, its last one stays."""

    routes: dict[str, Reply | list[Reply]] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    port: int = 0
    _lock: Lock = field(default_factory=Lock)
    _server: Any = None

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str, reply: Reply | bytes | str | list[Reply]) -> str:
        """Serve something at a path, and give its URL."""
        if isinstance(reply, str):
            reply = reply.encode()
        self.routes[path] = Reply(reply) if isinstance(reply, bytes) else reply
        return self.url(path)

    def asked(self, path: str | None = None) -> list[Asked]:
        return [request for request in self.requests if path is None or request.path == path]

    @property
    def paths(self) -> list[str]:
        """The paths asked for, without robots.txt."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def begin(self, path: str, headers: dict[str, str]) -> Reply:
        with self._lock:
            self.requests.append(Asked(path, headers, time.monotonic()))
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            reply = self.routes.get(path, Reply(b"no such page", 404, "text/plain"))
            if isinstance(reply, list):
                reply = reply.pop(0) if len(reply) > 1 else reply[0]
        return reply

    def end(self) -> None:
        with self._lock:
            self.under_way -= 1

    def start(self) -> Self:
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1
            timeout = 30

            def do_GET(self) -> None:
                reply = script.begin(self.path, dict(self.headers.items()))
                try:
                    self.answer(reply)
                finally:
                    script.end()

            def answer(self, reply: Reply) -> None:
                time.sleep(reply.delay)
                if reply.drop:
                    self.close_connection = True
                    if reply.drop == "before":
                        linger = struct.pack("ii", 1, 0)
                        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return
                self.send_response(reply.status)
                if reply.content_type is not None:
                    self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body[: len(reply.body) // 2] if reply.drop else reply.body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named so by the base class
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                if not isinstance(sys.exc_info()[1], OSError):
                    super().handle_error(request, client_address)

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


WORDS = (
    "The county keeps a list of the people it has turned away and nobody outside of the building has ever read it. "
    "Our lawyers asked for it in writing and waited through a winter before an answer came back by ordinary mail."
)


def article(title: str, words: str = WORDS, *, date: str = "March 4, 2016", head: str = "", links: str = "") -> str:
    """A page with a title, a date and one paragraph that holds the title's words, so that no two are the same."""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a></nav><article>"
        f"<h1>{title}</h1><p class='date'>{date}</p><p>{title} is what this page is about. {words}</p>"
        f"<p>Nothing more was heard of {title} until the spring, when the clerk opened a drawer and found it.</p>"
        f"</article>{links}</body></html>"
    )


def write_list(path: Path, urls: Sequence[str]) -> Path:
    path.write_text("url\n" + "".join(f"{url}\n" for url in urls), encoding="utf-8")
    return path
