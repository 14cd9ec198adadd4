"""A website on loopback that another one replaces every night, in a process of its own that is told which night it is.

What the site is, a module of its own says: it has `main` call `serve`. The server ends when its standard input does,
that is with whoever started it.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Protocol, Self

from benchmarks.crash_site import RUN_PREFIX, Answer, Connection, SiteProcess

CONTROL = "/-/"  # below it lies what no crawler is led to
LOG = "/-/log"
HOST = "127.0.0.1"


class Night(Protocol):
    """The site as it stands in one night."""

    def respond(self, path: str, none_match: str | None, since: str | None, nonce: str) -> Answer:
        """Answer a request.

        Args:
            path: with the query.
            none_match: If-None-Match.
            since: If-Modified-Since.
            nonce: what no other request has.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server saw."""

    path: str
    status: int  # of the answer
    conditional: bool  # whether it bore If-None-Match or If-Modified-Since


class Responder:
    """Answers from the site of a night, and remembers what was asked for in it; `build` gives the site of one."""

    def __init__(self, build: Callable[[int], Night]) -> None:
        self.build = build
        self.night = build(0)
        self.asked: list[Asked] = []
        self.count = 0

    def __call__(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Answer a request; `headers` by their names in lower case."""
        if path.startswith(CONTROL):
            return self.control(path)
        self.count += 1
        none_match, since = headers.get("if-none-match"), headers.get("if-modified-since")
        answer = self.night.respond(path, none_match, since, f"{self.count}")
        self.asked.append(Asked(path, answer.status, none_match is not None or since is not None))
        return answer

    def control(self, path: str) -> Answer:
        """Begin a night, or tell what was asked for since."""
        if path.startswith(RUN_PREFIX):
            self.night = self.build(int(path.removeprefix(RUN_PREFIX)))
            self.asked.clear()
        return Answer(json.dumps([[one.path, one.status, one.conditional] for one in self.asked]).encode())


class NightConnection(Connection):
    """HTTP/1.1, GET only, with the headers that make a request conditional."""

    def __init__(self, respond: Responder) -> None:
        super().__init__(lambda path, _: respond(path, {}), 0.0)
        self.answer = respond

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end].decode("latin-1"), self.buffer[end + 4 :]
            first, *lines = head.split("\r\n")
            headers = {
                name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            parts = first.split(" ")
            self.write(write_answer(self.answer(parts[1] if len(parts) == 3 else "", headers)))


def write_answer(answer: Answer) -> bytes:
    """Write it as HTTP/1.1; a 304 has no body, and says no length that would be another one's (RFC 9110, 8.6)."""
    if answer.status != HTTPStatus.NOT_MODIFIED:
        return answer.to_bytes()
    lines = ["HTTP/1.1 304 Not Modified", *(f"{name}: {value}" for name, value in answer.headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def serve(build: Callable[[int, int], Night], port: int) -> None:
    """Serve on a port, which is printed, until standard input ends.

    Args:
        build: gets the number of a night and the port, and gives the site.
        port: 0 is a free one.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ready: list[Responder] = []
    server = await loop.create_server(lambda: NightConnection(ready[0]), HOST, port, backlog=256, reuse_address=True)
    port = server.sockets[0].getsockname()[1]
    ready.append(Responder(lambda night: build(night, port)))
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    print(port, flush=True)
    await ended.wait()
    server.close()


class NightServer:
    """The server as its keeper sees it: it can be stopped and started, and its port stays."""

    def __init__(self, module: str, *arguments: str, port: int = 0) -> None:
        self.module, self.arguments = module, arguments
        # Bound and never listening: while the server is down, connections are refused and nobody else gets the port.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind((HOST, port))
        self.port: int = self.place.getsockname()[1]
        self.process: SiteProcess | None = None

    def begin(self, night: int, *, is_up: bool = True) -> None:
        """Let a night begin, with an empty log; start or stop the server where it must be."""
        if not is_up:
            self.stop()
            return
        if self.process is None:
            self.process = SiteProcess(*self.arguments, "--port", str(self.port), module=self.module)
        self.process.begin(str(night))

    def stop(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.__exit__()
            self.process = None

    def asked(self) -> list[Asked]:
        """Give what was asked for since the night began; nothing while the server is down."""
        if self.process is None:
            return []
        with contextlib.closing(HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request("GET", LOG)
            return [Asked(*row) for row in json.loads(connection.getresponse().read())]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.place.close()
