"""A website on loopback whose every page is known beforehand, for crawls that are killed.

The site is a function of its seed, number of pages and port. What fails once, fails the first time it is asked for in a
run, however often the crawler is killed, so that killed and uninterrupted crawls must end with the same records. The
server is a process of its own; it ends when its standard input does, that is with whoever started it.

A long file, as it holds the site, its faults, its server and what must come out of it.
"""

import argparse
import asyncio
import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
RUN_PREFIX = "/-/run/"  # asking for what follows it begins a new run
LINKS_PER_LISTING = 25
WORDS = """
able account across after again against agency almost alone along already although always among answer around asked
before began behind believe below between beyond board border both bridge brought building called carried case center
century chair change chapter children church city claim clear clerk close coast common council country county court
crossing daily danger decision delay demand desk detail district doctor door drought during early east effort eight
election enough evening evidence family farmer father field figure final fire floor folder forest former forty found
friday garden gather general gone ground group guard harbor hearing heavy held hill history hospital hour house hundred
idea inside island judge july junction keeper kitchen known labor lake land language large later lawyer learn letter
level library light limit local long lower market matter meadow meeting member message middle mile mill minister minute
monday month morning mother mountain museum narrow nearly neighbor never night north notice number nurse offer office
often older once open orchard order outside paper parent parish past people permit person petition picture place plain
platform point police pond poor power present prison promise proof public question quiet railway rain reason record
refuse region repair reply request rest result return river road room safety salt school season second secret sentence
shelter shore signal silence small soldier south spring square station still stone storm street strike student summer
supper table teacher thirty thousand ticket tide timber today tower town trade train travel treaty trial truth twelve
under union until valley village visit voice voter wage wait wall warden water weather week west wheat while window
winter witness woman wood worker world written yard year young
""".split()
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def to_bytes(self) -> bytes:
        """Write it as HTTP/1.1, for a connection that is kept."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", f"Content-Type: {self.content_type}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


NOT_FOUND = Answer(b"there is no such page", 404, "text/plain")


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a path."""

    answer: Answer
    first: Answer | None = None  # what the first request of a run gets instead
    record: str | None = None  # the title of the record that must come of it
    forbidden: bool = False  # robots.txt or the scope keeps a crawler out


@dataclass(frozen=True, slots=True)
class Site:
    """All that the server knows, by path, and what a crawl must make of it."""

    places: Mapping[str, Place]
    base: str  # scheme, host and port

    @property
    def records(self) -> dict[str, str]:
        """URL → title of each record that a whole crawl gives."""
        return {self.base + path: place.record for path, place in self.places.items() if place.record is not None}

    @property
    def to_fetch(self) -> frozenset[str]:
        """The paths that a whole crawl asks for."""
        return frozenset(path for path, place in self.places.items() if not place.forbidden)

    @property
    def throttled(self) -> frozenset[str]:
        """The paths that answer 429 first and ask for a second of rest."""
        return frozenset(
            path for path, place in self.places.items() if place.first is not None and place.first.status == 429
        )


@dataclass(slots=True)
class _Builder:
    """Lays the places out; `found` collects the paths that something must link to."""

    pages: int
    base: str
    rng: random.Random
    places: dict[str, Place] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    bodies: dict[str, tuple[str, str]] = field(default_factory=dict)  # of articles: title, text as HTML
    links: dict[str, list[str]] = field(default_factory=dict)  # from articles
    sound: list[str] = field(default_factory=list)  # articles that answer in the end

    def share(self, part: float) -> int:
        return max(1, round(self.pages * part))

    def build(self) -> Site:
        articles = [f"/articles/{number:05}" for number in range(self.pages)]
        mixed = self.rng.sample(articles, len(articles))
        gone = [mixed.pop() for _ in range(self.share(0.01))]
        broken = [mixed.pop() for _ in range(self.share(0.01))]
        unsteady = [mixed.pop() for _ in range(self.share(0.02))]
        throttled = [mixed.pop() for _ in range(self.share(0.01))]
        self.found += articles
        self.sound = sorted({*articles} - {*gone, *broken})
        for path in self.sound:
            self.write_article(path)
        self.add_redirects()
        self.found += ["/copies/of-an-article", "/private/register"]
        places = self.lay_links(mixed)
        for number, path in enumerate(gone):
            places[path] = Place(Answer(b"gone", (404, 410)[number % 2], "text/plain"))
        for number, path in enumerate(broken):
            places[path] = Place(Answer(b"broken", (500, 502, 503, 504)[number % 4], "text/plain"))
        for number, path in enumerate(unsteady):
            self.fail_first(path, Answer(b"try again", (503, 500, 502)[number % 3], "text/plain"))
        for path in throttled:
            self.fail_first(path, Answer(b"slow down", 429, "text/plain", (("Retry-After", "1"),)))
        original = places[mixed[0]]
        places["/copies/of-an-article"] = Place(original.answer)  # the longer URL: a duplicate
        places["/private/register"] = Place(self.article_answer(mixed[1]), forbidden=True)
        places["/elsewhere"] = Place(self.article_answer(mixed[2]), forbidden=True)  # under another host's name
        return Site(places, self.base)

    def fail_first(self, path: str, first: Answer) -> None:
        place = self.places[path]
        self.places[path] = Place(place.answer, first, place.record)

    def add_redirects(self) -> None:
        """Five in a hundred URLs lead on: to a page that is linked as well, or to one that nothing else leads to."""
        steady = self.rng.sample(self.sound, len(self.sound))
        moved = ""
        for number in range(max(8, self.share(0.05) - 6)):
            path = f"/old/{number:05}"
            if number % 4 == 0:
                target = steady[number]
            elif number % 4 == 2:
                target = moved  # the second way to it
            else:
                target = moved = f"/moved/{number:05}"
                self.write_article(target)
            self.redirect(path, target, (301, 302, 303, 307, 308)[number % 5])
        self.write_article("/moved/chain")
        for path, target in (
            ("/chain/1", "/chain/2"),
            ("/chain/2", "/chain/3"),
            ("/chain/3", "/moved/chain"),
            ("/loop/a", "/loop/b"),
            ("/loop/b", "/loop/a"),
            ("/away", f"{self.base.replace('127.0.0.1', 'localhost')}/elsewhere"),
        ):
            self.redirect(path, target, 302)
        for path in ("/chain/2", "/chain/3", "/loop/b"):
            self.found.remove(path)

    def redirect(self, path: str, target: str, status: int) -> None:
        self.places[path] = Place(Answer(b"", status, "text/plain", (("Location", target),)))
        self.found.append(path)

    def write_article(self, path: str) -> None:
        title = f"The {self.word()} and the {self.word()} of {self.word().capitalize()} {len(self.bodies) + 1:,}"
        date = f"{self.rng.choice(_MONTHS)} {self.rng.randint(1, 28)}, {self.rng.randint(2009, 2024)}"
        paragraphs = [" ".join(self.sentence() for _ in range(4)) for _ in range(4)]
        text = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
        self.bodies[path] = title, f"<h1>{title}</h1>\n<p class='date'>{date}</p>\n{text}"

    def word(self) -> str:
        return self.rng.choice(WORDS)

    def sentence(self) -> str:
        return f"{' '.join(self.word() for _ in range(self.rng.randint(9, 16))).capitalize()}."

    def lay_links(self, steady: Sequence[str]) -> dict[str, Place]:
        """Let each URL be found by a sitemap, a listing, or only through a link on an article; then make the pages."""
        listed: list[str] = []
        mapped: list[str] = []
        origins = [path for path in steady if int(path[-1]) % 2 == 0]
        for path in self.found:
            way = 0.0 if path in origins else self.rng.random()
            if way < 0.6:
                mapped.append(path)
            elif way < 0.85:
                listed.append(path)
            else:
                self.links.setdefault(self.rng.choice(origins), []).append(path)
        for path in self.bodies:
            self.links.setdefault(path, []).extend(self.rng.sample(self.found, 3))
        for path in self.bodies:
            self.places[path] = Place(self.article_answer(path), record=self.bodies[path][0])
        self.add_listings(listed)
        self.add_sitemaps(mapped)
        return self.places

    def article_answer(self, path: str) -> Answer:
        title, text = self.bodies[path]
        links = "".join(f"<li><a href='{target}'>{target[1:]}</a></li>" for target in self.links.get(path, ()))
        return self.page(title, f"<article>{text}</article>\n<aside><ul>{links}</ul></aside>")

    def page(self, title: str, content: str) -> Answer:
        return Answer(
            f"<!DOCTYPE html>\n<html lang='en'><head><title>{title}</title></head><body>\n"
            "<header><nav><a href='/'>Home</a> <a href='/archive'>Archive</a></nav></header>\n"
            f"<main>{content}</main>\n<footer><p>The Crossing Society, 12 Mill Street</p></footer>\n"
            "</body></html>\n".encode()
        )

    def add_listings(self, listed: Sequence[str]) -> None:
        first_links = "".join(f"<li><a href='{path}'>{path[1:]}</a></li>" for path in listed[:5])
        self.places["/"] = Place(self.page("The Crossing Society", f"<ul>{first_links}</ul>"))
        last = -(-len(listed) // LINKS_PER_LISTING)
        for number in range(1, max(last, 1) + 1):
            links = listed[(number - 1) * LINKS_PER_LISTING : number * LINKS_PER_LISTING]
            items = "".join(f"<li><a href='{path}'>{path[1:]}</a></li>" for path in links)
            following = f"<a rel='next' href='/archive/page/{number + 1}'>Next</a>" if number < last else ""
            path = "/archive" if number == 1 else f"/archive/page/{number}"
            self.places[path] = Place(self.page(f"Archive, page {number}", f"<ul>{items}</ul><div>{following}</div>"))

    def add_sitemaps(self, mapped: Sequence[str]) -> None:
        halves = mapped[::2], mapped[1::2]
        for number, half in enumerate(halves, start=1):
            entries = "".join(
                f"<url><loc>{self.base}{path}</loc>"
                f"<lastmod>2025-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}</lastmod></url>\n"
                for path in half
            )
            self.places[f"/sitemap-{number}.xml"] = Place(_xml("urlset", entries))
        index = "".join(f"<sitemap><loc>{self.base}/sitemap-{number}.xml</loc></sitemap>\n" for number in (1, 2))
        self.places["/sitemap.xml"] = Place(_xml("sitemapindex", index))
        robots = f"User-agent: *\nDisallow: /private/\n\nSitemap: {self.base}/sitemap.xml\n"
        self.places["/robots.txt"] = Place(Answer(robots.encode(), content_type="text/plain"))


def _xml(root: str, entries: str) -> Answer:
    text = f'<?xml version="1.0"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</{root}>\n'
    return Answer(text.encode(), content_type="application/xml")


def build_site(pages: int, port: int, seed: int = 1) -> Site:
    """Lay the site out.

    Args:
        pages: articles that are linked somewhere, at least 60; redirects and what they lead to come on top.
        port: the server's, as it stands in absolute URLs.
        seed: another one gives another site.
    """
    if pages < 60:
        raise ValueError(f"{pages} pages are too few: at least 60")
    return _Builder(pages, f"http://127.0.0.1:{port}", random.Random(seed)).build()


# --- The server -------------------------------------------------------------------------------------------------------

Respond = Callable[[str, str], Answer]  # path and Host header → answer


class Connection(asyncio.Protocol):
    """HTTP/1.1, GET only, just enough for a crawler and quick enough to be no part of what is measured."""

    def __init__(self, respond: Respond, latency: float) -> None:
        self.respond = respond
        self.latency = latency
        self.buffer = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end].decode("latin-1"), self.buffer[end + 4 :]
            first, *lines = head.split("\r\n")
            host = next((line[5:].strip() for line in lines if line[:5].lower() == "host:"), "")
            parts = first.split(" ")
            answer = self.respond(parts[1] if len(parts) == 3 else "", host).to_bytes()
            if self.latency:
                asyncio.get_running_loop().call_later(self.latency, self.write, answer)
            else:
                self.write(answer)

    def write(self, answer: bytes) -> None:
        """Send, unless the crawler was killed meanwhile."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(answer)


async def serve(make_respond: Callable[[int], Respond], latency: float = 0.0) -> None:
    """Serve on a free port, which is printed, until standard input ends.

    Args:
        make_respond: gets the port and gives the function that answers.
        latency: seconds before each answer.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ready: list[Respond] = []
    server = await loop.create_server(lambda: Connection(ready[0], latency), "127.0.0.1", 0, backlog=256)
    port = server.sockets[0].getsockname()[1]
    ready.append(make_respond(port))
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    print(port, flush=True)
    await ended.wait()
    server.close()


class Responder:
    """Answers from a site, counts by run, and writes the log: time, run, status, host and path on a line."""

    def __init__(self, site: Site, log: int) -> None:
        self.site = site
        self.log = log
        self.run = "-"
        self.asked: set[str] = set()

    def __call__(self, path: str, host: str) -> Answer:
        """Answer a request, after it was logged."""
        if path.startswith(RUN_PREFIX):
            self.run = path.removeprefix(RUN_PREFIX)
            self.asked.clear()
            return Answer(b"ok", content_type="text/plain")
        place = self.site.places.get(path)
        if place is None:
            answer = NOT_FOUND
        elif place.first is not None and path not in self.asked:
            answer = place.first
        else:
            answer = place.answer
        self.asked.add(path)
        os.write(self.log, f"{time.time():.6f} {self.run} {answer.status} {host or '-'} {path or '-'}\n".encode())
        return answer


# --- What the harness holds -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the log."""

    at: float  # seconds since the epoch
    run: str
    status: int
    host: str
    path: str


class RequestLog:
    """Reads the server's log as it grows."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("rb")
        self.rest = b""

    def read(self) -> list[Asked]:
        """Give the lines that are new since the last call."""
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        rows = (line.decode().split(" ", 4) for line in lines)
        return [Asked(float(at), run, int(status), host, path) for at, run, status, host, path in rows]

    def close(self) -> None:
        """Let the file go."""
        self.file.close()


class SiteProcess:
    """A server in a process of its own."""

    def __init__(self, *arguments: str | Path, module: str = "benchmarks.crash_site") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the server did not start: {module} ended with status {self.process.wait()}")
        self.port = int(line)

    def begin(self, run: str) -> None:
        """Let a new run begin: what fails once fails once more."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", RUN_PREFIX + run)
            connection.getresponse().read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def organization_file(port: int) -> str:
    """Write the organization file of the site."""
    return (
        'name = "The Crossing Society"\n'
        f'homepage = "http://127.0.0.1:{port}/"\n'
        "[discovery]\n"
        'listings = ["/archive"]\n'
        "follow_links = true\n"
    )


def main(arguments: Sequence[str]) -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--site-seed", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds before each answer")
    parser.add_argument("--log", type=Path, required=True, help="where each request is noted")
    given = parser.parse_args(arguments)
    log = os.open(given.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    asyncio.run(serve(lambda port: Responder(build_site(given.pages, port, given.site_seed), log), given.latency))


if __name__ == "__main__":
    main(sys.argv[1:])
