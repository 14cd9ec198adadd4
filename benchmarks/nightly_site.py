"""A website on loopback that changes by a script over 30 nights, for crawls that come again every night.

The site of a night is a function of its number of pages, its seed, the night and the port; `nightly_script.py` says
what happens when. The server is a process of its own; it ends when its standard input does, that is with whoever
started it.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Self

from benchmarks.crash_site import NOT_FOUND, RUN_PREFIX, Answer, Connection, SiteProcess
from benchmarks.nightly_script import (
    EVERYTHING_IS_NEW,
    EVERYTHING_IS_OLD,
    FIRST_NIGHT,
    FOOTERS,
    LEAST_PAGES,
    UNAVAILABLE,
    Entry,
    Stage,
    modified_at,
)

PER_LISTING = 25
PER_FEED = 20
CONTROL = "/-/"  # below it lies what no crawler is led to
LOG = "/-/log"
HOST = "127.0.0.1"

_FOOTER = (
    (
        "Contact: the press desk of the Crossing Society, 12 Mill Street, telephone 212-555-0142, or write to "
        "desk@crossing.example.",
        "About the Crossing Society: the society has kept the records of the old crossing and of the people who worked "
        "on it since 1971, and answers every question about them by letter.",
    ),
    (
        "Contact: write to Ada Fenn, head of communications, at ada.fenn@crossing.example or call 212-555-0190.",
        "About the Crossing Society: founded by the families of ferry workers, the society publishes what public "
        "bodies decide along the river, in nine counties and without charge.",
    ),
)


# --- The site of a night ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Night:
    """The site as it stands in one night."""

    number: int
    pages: int  # on night 0
    base: str  # scheme, host and port
    entries: Mapping[str, Entry]  # by path
    files: frozenset[str]  # paths

    @cached_property
    def listed(self) -> list[Entry]:
        """What sitemap, listing and feed know, the newest first."""
        found = [entry for entry in self.entries.values() if entry.listed]
        return sorted(found, key=lambda entry: (entry.born, entry.serial), reverse=True)

    @cached_property
    def footers_since(self) -> int:
        """The night on which the footers were changed last; 0 where they never were."""
        return max(night for night in FOOTERS if night <= self.number)

    @cached_property
    def fixed(self) -> Mapping[str, Answer]:
        """What leads to articles, and the files."""
        places = {
            "/robots.txt": Answer(f"User-agent: *\n\nSitemap: {self.base}/sitemap.xml\n".encode(), 200, "text/plain")
        }
        places["/sitemap.xml"] = _xml("sitemapindex", f"<sitemap><loc>{self.base}/sitemap-news.xml</loc></sitemap>\n")
        places["/sitemap-news.xml"] = _xml("urlset", "".join(map(self.sitemap_entry, self.listed)))
        places["/feed.xml"] = self.feed()
        newest = "".join(map(_item, self.listed[:5]))
        places["/"] = _page("The Crossing Society", f"<p>News of the river.</p><ul>{newest}</ul>")
        last = -(-len(self.listed) // PER_LISTING)
        for number in range(1, last + 1):
            items = "".join(map(_item, self.listed[(number - 1) * PER_LISTING : number * PER_LISTING]))
            following = f"<a rel='next' href='/news?page={number + 1}'>Next</a>" if number < last else ""
            listing = _page(f"News, page {number}", f"<ul>{items}</ul><div class='pager'>{following}</div>")
            places["/news" if number == 1 else f"/news?page={number}"] = listing
        for path in self.files:
            places[path] = Answer(f"%PDF-1.4\n% {path}\n%%EOF\n".encode(), 200, "application/pdf")
        return places

    def sitemap_entry(self, entry: Entry) -> str:
        """Write what the sitemap says of a page."""
        lastmod = entry.lastmod
        if self.number in EVERYTHING_IS_NEW:
            lastmod = modified_at(self.number)
        elif self.number in EVERYTHING_IS_OLD:
            lastmod = datetime(2001, 1, 1, tzinfo=UTC)
        return f"<url><loc>{self.base}{entry.path}</loc><lastmod>{lastmod.isoformat()}</lastmod></url>\n"

    def feed(self) -> Answer:
        """Write the feed."""
        items = "".join(
            f"<item><title>{entry.article.title}</title><link>{self.base}{entry.path}</link><pubDate>"
            f"{format_datetime(datetime.combine(entry.article.date, FIRST_NIGHT.time(), UTC))}</pubDate></item>\n"
            for entry in self.listed[:PER_FEED]
        )
        head = f"<title>The Crossing Society</title><link>{self.base}/</link><description>News</description>"
        text = f'<?xml version="1.0"?>\n<rss version="2.0"><channel>{head}\n{items}</channel></rss>\n'
        return Answer(text.encode(), 200, "application/rss+xml")

    def respond(self, path: str, none_match: str | None = None, since: str | None = None, nonce: str = "") -> Answer:
        """Answer a request.

        Args:
            path: with the query.
            none_match: If-None-Match.
            since: If-Modified-Since.
            nonce: what no other request has.
        """
        if self.number in UNAVAILABLE:
            return Answer(b"too much at once", 503, "text/plain")
        entry = self.entries.get(path)
        if entry is None:
            answer = self.fixed.get(path)
            return NOT_FOUND if answer is None else _validate(answer, none_match, since, None)
        if entry.target is not None:
            return Answer(b"", entry.status, "text/plain", (("Location", entry.target),))
        if entry.status != 200:
            return Answer(b"there is no such page any more", entry.status, "text/plain")
        answer = self.render(entry, nonce if entry.has_nonce else "")
        if not entry.has_validators:
            return answer
        touched = entry.modified
        if self.footers_since > 0:
            touched = max(touched, modified_at(self.footers_since))
        return _validate(answer, none_match, since, touched)

    def render(self, entry: Entry, nonce: str) -> Answer:
        """Write a page."""
        article = entry.article
        paragraphs = [f"<p>{paragraph}</p>\n" for paragraph in article.paragraphs]
        if article.attachment is not None:
            words = article.attachment_words
            paragraphs[-1] = paragraphs[-1].replace(words, f"<a href='{article.attachment}'>{words}</a>", 1)
        footer = "".join(f"<p>{paragraph}</p>\n" for paragraph in _FOOTER[FOOTERS[self.footers_since]])
        day = f"{article.date:%B} {article.date.day}, {article.date.year}"
        return _page(
            article.title,
            f"<article>\n<h1>{article.title}</h1>\n<p class='date'>{day}</p>\n{''.join(paragraphs)}{footer}</article>\n"
            f"<aside><h2>Read also</h2><ul>{''.join(f'<li>{_link(path)}</li>' for path in entry.related)}</ul></aside>",
            entry.banner,
            nonce,
        )


def _item(entry: Entry) -> str:
    return f"<li>{_link(entry.path)}</li>\n"


def _link(path: str) -> str:
    return f"<a href='{path}'>{path.rpartition('/')[2]}</a>"  # no title: a new one must not change other pages


def _page(title: str, content: str, banner: str = "", nonce: str = "") -> Answer:
    return Answer(
        f"<!DOCTYPE html>\n<html lang='en'><head><title>{title}</title></head><body data-request='{nonce}'>\n"
        f"<header><p>{banner}</p><nav><a href='/'>Home</a> <a href='/news'>News</a></nav></header>\n"
        f"<main>{content}</main>\n</body></html>\n".encode()
    )


def _xml(root: str, entries: str) -> Answer:
    text = f'<?xml version="1.0"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</{root}>\n'
    return Answer(text.encode(), 200, "application/xml")


def _validate(answer: Answer, none_match: str | None, since: str | None, modified: datetime | None) -> Answer:
    """Add validators, and answer 304 where they match (RFC 9110, 13.2.2: If-None-Match outranks the other)."""
    tag = f'"{sha256(answer.body).hexdigest()[:20]}"'
    headers = [("ETag", tag)]
    if modified is not None:
        headers.append(("Last-Modified", format_datetime(modified, usegmt=True)))
    matches = False
    if none_match is not None:
        matches = tag in (one.strip().removeprefix("W/") for one in none_match.split(","))
    elif since is not None and modified is not None:
        matches = parsedate_to_datetime(since) >= modified
    if matches:
        return Answer(b"", 304, answer.content_type, tuple(headers))
    return replace(answer, headers=tuple(headers))


def build_night(pages: int, seed: int, night: int, port: int) -> Night:
    """Give the site of a night.

    Args:
        pages: articles on night 0, at least 60.
        seed: another one gives another site.
        night: from 0.
        port: the server's, as it stands in absolute URLs.
    """
    if pages < LEAST_PAGES:
        raise ValueError(f"{pages} pages are too few: at least {LEAST_PAGES}")
    stage = Stage(pages, seed)
    stage.open()
    for number in range(1, night + 1):
        stage.play(number)
    return Night(night, pages, f"http://127.0.0.1:{port}", stage.entries, frozenset(stage.files))


# --- The server -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the server saw."""

    path: str
    status: int  # of the answer
    conditional: bool  # whether it bore If-None-Match or If-Modified-Since


class Responder:
    """Answers from the site of a night, and remembers what was asked for in it."""

    def __init__(self, pages: int, seed: int, port: int) -> None:
        self.pages, self.seed, self.port = pages, seed, port
        self.night = build_night(pages, seed, 0, port)
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
            self.night = build_night(self.pages, self.seed, int(path.removeprefix(RUN_PREFIX)), self.port)
            self.asked.clear()
        return Answer(json.dumps([[one.path, one.status, one.conditional] for one in self.asked]).encode())


class NightlyConnection(Connection):
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


async def serve(pages: int, seed: int, port: int) -> None:
    """Serve on a port (0: a free one), which is printed, until standard input ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ready: list[Responder] = []
    server = await loop.create_server(
        lambda: NightlyConnection(ready[0]), "127.0.0.1", port, backlog=256, reuse_address=True
    )
    port = server.sockets[0].getsockname()[1]
    ready.append(Responder(pages, seed, port))
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 4096) else ended.set())
    print(port, flush=True)
    await ended.wait()
    server.close()


class NightlyServer:
    """The server as its keeper sees it: it can be stopped and started, and its port stays."""

    def __init__(self, pages: int, seed: int) -> None:
        self.arguments = ["--pages", str(pages), "--seed", str(seed)]
        # Bound and never listening: while the server is down, connections are refused and nobody else gets the port.
        self.place = socket.socket()
        self.place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.place.bind((HOST, 0))
        self.port: int = self.place.getsockname()[1]
        self.process: SiteProcess | None = None

    def begin(self, night: int, *, is_up: bool = True) -> None:
        """Let a night begin, with an empty log; start or stop the server where it must be."""
        if not is_up:
            self.stop()
            return
        if self.process is None:
            self.process = SiteProcess(*self.arguments, "--port", str(self.port), module="benchmarks.nightly_site")
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


def organization_file(port: int) -> str:
    """Write the organization file of the site."""
    return (
        'name = "The Crossing Society"\n'
        f'homepage = "http://{HOST}:{port}/"\n'
        'languages = ["en"]\n'
        "[discovery]\n"
        'feeds = ["/feed.xml"]\n'
        'listings = ["/news"]\n'
    )


def main(arguments: Sequence[str]) -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="a free one where none is given")
    given = parser.parse_args(arguments)
    asyncio.run(serve(given.pages, given.seed, given.port))


if __name__ == "__main__":
    main(sys.argv[1:])
