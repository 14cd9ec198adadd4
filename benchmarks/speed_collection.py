"""A collection whose pages are stored and wait to be published, made without a network; and the same pages in one file.

A run is begun in the ledger, each page written into the archive and settled as stored. `crawl` goes on with that run:
it learns the site, seals its model and publishes; then there is a collection that `replay` reads again. The one file,
with an index of JSON lines, is for extractors that read no archive: reading from it costs them next to nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.corpora import GoldPage
from crawler.storage.archive import Archive, Exchange
from crawler.storage.ledger import Discovered, Fetched, Ledger, State

SLUG = "speed"
FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_RUN = re.compile(rb"<(script|style|title)\b.*?</\1>|>([^<>]{40,})(?=<)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies: in the one file, and in the archive."""

    url: str
    offset: int
    length: int
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder with a collection, its organization file and the one file."""

    folder: Path
    pages: int

    @property
    def data(self) -> Path:
        """The folder of all collections."""
        return self.folder / "data"

    @property
    def organizations(self) -> Path:
        """The folder of the organization file."""
        return self.folder / "organizations"

    @property
    def bodies(self) -> Path:
        """All bodies, one after the other."""
        return self.folder / "bodies"

    @property
    def index(self) -> Path:
        """One `Place` a line."""
        return self.folder / "index.jsonl"

    def places(self) -> list[Place]:
        """Read the index."""
        with self.index.open(encoding="utf-8") as lines:
            return [Place(**json.loads(line)) for line in lines]


def build(
    folder: Path, urls: Sequence[str], body_of: Callable[[str], bytes], *, in_one_file: bool = True
) -> Collection:
    """Make the collection in a new folder.

    Args:
        folder: that is not there yet.
        urls: of one host, each once.
        body_of: gives the HTML of each; asked once, in the ledger's order.
        in_one_file: whether the bodies are written into one file as well.
    """
    collection = Collection(folder, len(urls))
    own = collection.data / SLUG
    own.mkdir(parents=True)
    collection.organizations.mkdir()
    homepage = "{0.scheme}://{0.netloc}/".format(urlsplit(urls[0]))
    rules = f'name = "A site"\nhomepage = "{homepage}"\n[discovery]\nsitemaps = []\n[urls]\nallow = ["."]\n'
    (collection.organizations / f"{SLUG}.toml").write_text(rules, encoding="utf-8")
    ledger, archive = Ledger(own), Archive(own / "archive", {"software": "make speed"})
    stated = f"{FETCHED_AT:%Y-%m-%dT%H:%M:%SZ}"
    ledger.begin_run(f"crawl {SLUG}", stated)
    ledger.discover([Discovered(homepage, "listing"), *(Discovered(url, "page") for url in urls)])
    with (
        collection.bodies.open("wb") as bodies,
        collection.index.open("w", encoding="utf-8") as index,
        ledger.transaction(),
    ):
        while (visit := ledger.next_pending(FETCHED_AT.timestamp())) is not None:
            if visit.role == "listing":
                ledger.settle(visit.id, State.LISTING)
                continue
            body = body_of(visit.url)
            headers = [("Content-Type", "text/html")]
            at = archive.append(Exchange(visit.url, "GET", [], b"", 200, headers, body, FETCHED_AT))
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            ledger.settle(visit.id, State.STORED, fetched=Fetched(200, stated, "text/html", digest, at.file, at.offset))
            if in_one_file:
                place = Place(visit.url, bodies.tell(), bodies.write(body), at.file, at.offset)
                index.write(json.dumps(asdict(place)) + "\n")
    archive.close()
    ledger.close()
    return collection


def copy_pages(pages: Sequence[GoldPage], number: int) -> dict[str, Callable[[], bytes]]:
    """Make that many of a corpus's pages, by URL: each as it is, then each with another text, as often as it takes."""
    found: dict[str, Callable[[], bytes]] = {}
    unique = list({page.url: page for page in pages}.values())
    for place in range(number):
        copy, at = divmod(place, len(unique))
        page = unique[at]
        url = f"{page.url}{'&' if '?' in page.url else '?'}copy={copy}" if copy else page.url
        found[url] = lambda page=page, copy=copy: vary(page.body(), copy)  # type: ignore[misc]
    return found


def build_from(folder: Path, pages: Mapping[str, Callable[[], bytes]]) -> Collection:
    """Make the collection of pages by URL."""
    return build(folder, list(pages), lambda url: pages[url]())


def vary(body: bytes, copy: int) -> bytes:
    """Add a sentence to the longest text between two tags, so that a copy says something else than its original."""
    runs = [found for found in _RUN.finditer(body) if found[2] is not None]
    if not copy or not runs:
        return body
    end = max(runs, key=lambda found: len(found[2])).end()
    return body[:end] + b" This is copy %d of the page." % copy + body[end:]
