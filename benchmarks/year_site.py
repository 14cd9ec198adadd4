"""The sample organization's site as it changes over a year, on loopback, for a crawl of it in every night.

The site of a night is a function of the calendar, the seed, the night and the port. `year_calendar.py` says what
happens when, `year_script.py` does it to the pages, and `year_look.py` shows them.
"""

import argparse
import asyncio
import gzip
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from benchmarks.crash_site import NOT_FOUND, Answer
from benchmarks.night_server import HOST, NightServer, serve
from benchmarks.year_calendar import CALENDARS, Calendar
from benchmarks.year_look import YearSite, find_look
from benchmarks.year_script import Entry, play_until
from crawler.sample.content import Document, read_text, read_toml
from crawler.sample.site import (
    ARCHIVE_INDEX,
    FEED,
    ROOT,
    SITEMAP_INDEX,
    SITEMAPS,
    STYLE,
    SampleResponse,
    build_pdf,
    listing_path,
)

SLUG = "lantern"
DONATE = "/donate"  # what the banner and the new menu lead to
PER_LISTING = 8
PER_FEED = 15


@dataclass(frozen=True)
class Night:
    """The site as it stands in one night."""

    number: int
    calendar: Calendar
    base: str  # scheme, host and port
    entries: Mapping[str, Entry]  # articles, by path
    others: tuple[Document, ...]  # what is no article

    @property
    def is_out(self) -> bool:
        """Whether nothing can be fetched."""
        return self.number in self.calendar.out

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """What the articles say, also those that are away, by path."""
        return {path: entry.document for path, entry in self.entries.items()}

    @cached_property
    def there(self) -> tuple[Entry, ...]:
        """The articles that are there, the newest first."""
        found = [entry for entry in self.entries.values() if entry.status == 200]
        return tuple(sorted(found, key=lambda entry: (entry.born, entry.document.date.published or ""), reverse=True))

    @cached_property
    def site(self) -> YearSite:
        """What writes the pages."""
        documents, listed, fed = [], 0, 0
        for entry in self.there:
            document = entry.document
            if document.listing_page is not None:
                document = replace(document, listing_page=listed // PER_LISTING)
                listed += 1
            if document.in_feed:
                document = replace(document, in_feed=fed < PER_FEED)
                fed += 1
            documents.append(document)
        organization = read_toml("organization.toml")
        return YearSite((*documents, *self.others), organization, find_look(self.calendar, self.number))

    @cached_property
    def pages(self) -> Mapping[str, Document]:
        """What the site writes a page of."""
        return {document.path: document for document in self.site.documents}

    @cached_property
    def fixed(self) -> Mapping[str, SampleResponse]:
        """What leads to articles, and what is no page."""
        organization = self.site.organization
        places = {"/": self.site.home(), ARCHIVE_INDEX: self.site.archive_index(), FEED: self.site.feed()}
        places |= {listing_path(number): self.site.listing(number) for number in range(self.site.listing_pages)}
        places |= {path: answer for path, answer in self.site.sitemaps().items() if path != SITEMAPS[0]}
        places[SITEMAPS[0]] = _respond("application/xml; charset=utf-8", self.sitemap())
        places["/robots.txt"] = _respond(
            "text/plain; charset=utf-8", f"User-agent: *\nDisallow: /drafts/\n\nSitemap: {ROOT}{SITEMAP_INDEX}\n"
        )
        give = self.site.modern_page("Give", "<p>Every dollar goes to a case that nobody else takes.</p>", "", DONATE)
        places[DONATE] = _respond("text/html; charset=utf-8", give)
        places[STYLE] = _respond("text/css", read_text("style.css"))
        places |= {one["path"]: _respond("text/html; charset=utf-8", "") for one in organization["empty"]}
        places |= {one["path"]: _redirect(one["to"]) for one in organization["redirect"]}
        places |= {path: _redirect(entry.target) for path, entry in self.entries.items() if entry.target is not None}
        for file in organization["attachment"]:
            places[file["path"]] = SampleResponse(200, (("Content-Type", "application/pdf"),), build_pdf(file["title"]))
        return places

    def sitemap(self) -> str:
        """The sitemap of the modern pages, with the day of each one's last change; on one night it lies."""
        lies: datetime | None = None
        if self.number >= self.calendar.lies:
            lies = self.calendar.find_start(self.calendar.lies)
        entries = []
        for entry in self.there:
            if entry.document.in_sitemap and entry.document.layout != "archive":
                lastmod = entry.lastmod if lies is None else max(entry.lastmod, lies)
                entries.append(f"<url><loc>{ROOT}{entry.path}</loc><lastmod>{lastmod.isoformat()}</lastmod></url>\n")
        organization = self.site.organization
        others = (*organization["duplicate"], *organization["empty"])
        entries += [f"<url><loc>{ROOT}{one['path']}</loc></url>\n" for one in others]
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        return f'<?xml version="1.0"?>\n<urlset xmlns="{space}">\n{"".join(entries)}</urlset>\n'

    def respond(self, path: str, none_match: str | None = None, since: str | None = None, nonce: str = "") -> Answer:
        """Answer a request; the site knows no conditions, and gives the same to all."""
        if path == "/robots.txt" and self.number in self.calendar.robots:
            return Answer(b"the database is locked", 503, "text/plain")
        return self.translate(self.find(path))

    def find(self, path: str) -> SampleResponse | None:
        """Give what stands at a path of the sample's own host."""
        path = {one["path"]: one["of"] for one in self.site.organization["duplicate"]}.get(path, path)
        if path in self.fixed:
            return self.fixed[path]
        if path in self.pages:
            return self.site.document(self.pages[path])
        if path in self.entries:
            return SampleResponse(self.entries[path].status, (("Content-Type", "text/html"),), b"<p>Not here.</p>")
        if path.endswith(".pdf"):
            return SampleResponse(200, (("Content-Type", "application/pdf"),), build_pdf("A paper"))
        return None

    def translate(self, response: SampleResponse | None) -> Answer:
        """Let a response name the server on loopback where it names the sample's host."""
        if response is None:
            return NOT_FOUND
        headers = dict(response.headers)
        content_type = headers.pop("Content-Type")
        headers = {name: value.replace(ROOT, self.base) for name, value in headers.items()}
        body = response.body
        if content_type == "application/gzip":
            body = gzip.compress(gzip.decompress(body).replace(ROOT.encode(), self.base.encode()), mtime=0)
        body = body.replace(ROOT.encode(), self.base.encode())
        return Answer(body, response.status, content_type, tuple(headers.items()))


def _respond(content_type: str, text: str) -> SampleResponse:
    return SampleResponse(200, (("Content-Type", content_type),), text.encode())


def _redirect(path: str) -> SampleResponse:
    return SampleResponse(301, (("Content-Type", "text/html"), ("Location", ROOT + path)), b"<p>Moved.</p>\n")


def build_night(calendar: Calendar, seed: int, night: int, port: int) -> Night:
    """Give the site of a night.

    Args:
        calendar: what happens when.
        seed: another one gives other documents.
        night: from 0.
        port: the server's, as it stands in absolute URLs.
    """
    stage = play_until(calendar, seed, night)
    return Night(night, calendar, f"http://{HOST}:{port}", stage.entries, stage.others)


def make_server(calendar: str, seed: int, port: int = 0) -> NightServer:
    """Give the server, not yet started.

    Args:
        calendar: a key of `CALENDARS`.
        seed: of the documents.
        port: 0 is a free one.
    """
    return NightServer("benchmarks.year_site", "--calendar", calendar, "--seed", str(seed), port=port)


def organization_file(port: int) -> str:
    """Write the organization file of the site: the bundled one's, at another address."""
    return f"""\
name = "Lantern Justice Project"
homepage = "http://{HOST}:{port}/"
languages = ["en", "es"]
time_zone = "America/New_York"
date_order = "MDY"
topics = ["criminal justice", "housing", "civil rights"]
crawl_delay = 0.0

[discovery]
feeds = ["{FEED}"]
listings = ["/news"]
listing_links = "h3 a"
follow_links = false

[expect]
min_records = 30
min_dated = 0.9
"""


def main(arguments: Sequence[str]) -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calendar", choices=sorted(CALENDARS), default="year")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="a free one where none is given")
    given = parser.parse_args(arguments)
    calendar = CALENDARS[given.calendar]
    asyncio.run(serve(lambda night, port: build_night(calendar, given.seed, night, port), given.port))


if __name__ == "__main__":
    main(sys.argv[1:])
