"""A website on loopback that changes by a script over 30 nights, for crawls that come again every night.

The site of a night is a function of its number of pages, its seed, the night and the port; `nightly_script.py` says
what happens when. The server is a process of its own; it ends when its standard input does, that is with whoever
started it.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from hashlib import sha256

from benchmarks.crash_site import NOT_FOUND, Answer
from benchmarks.night_server import HOST, NightServer, serve
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


class NightlyServer(NightServer):
    """The server as its keeper sees it."""

    def __init__(self, pages: int, seed: int) -> None:
        super().__init__("benchmarks.nightly_site", "--pages", str(pages), "--seed", str(seed))


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
    asyncio.run(serve(lambda night, port: build_night(given.pages, given.seed, night, port), given.port))


if __name__ == "__main__":
    main(sys.argv[1:])
