"""What a run notes of every page while it publishes: in a temporary database, for memory must not grow with the pages.

SQLite holds a few megabytes of it in memory and the rest in a file that goes with the process, in the folder for
temporary files (SQLITE_TMPDIR or TMPDIR): about 300 bytes a page.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crawler.storage.database import storable, told
from crawler.storage.visits import End, LedgerError, State

_CACHE_KIB = 4096
_TABLES = """
    create table redirect (target text, source text, known text, primary key (target, source)) without rowid;
    create index redirect_source on redirect (source, target);
    create table page (url text primary key, site text, payload text);
    create table copy (url text primary key, original text) without rowid;
    create table content (digest text primary key, url text) without rowid;
    create table ending (visit integer primary key, state text, reason text, detail text, record_digest text);
"""


class Scratch:
    """The notes of one run; gone when it is closed, and when the process ends."""

    def __init__(self) -> None:
        """Make an empty one.

        Raises:
            LedgerError: there is no room for it; any method may find that.
        """
        self.path = Path("temporary notes")
        self.has_redirects = False  # where there is none, no page need be looked up
        self.has_copies = False
        self._make()

    @told
    def _make(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a file without a name
        self._db.execute("pragma journal_mode = off")  # nothing is ever taken back
        self._db.execute("pragma synchronous = off")
        self._db.execute(f"pragma cache_size = -{_CACHE_KIB}")
        self._db.executescript(_TABLES)
        self._db.execute("begin")

    def close(self) -> None:
        """Let go of the notes."""
        self._db.close()

    # --- Redirects ---------------------------------------------------------------------------------------------------

    @told
    def add_redirects(self, redirects: Iterable[tuple[str, str, str]]) -> None:
        """Note what redirects where: target, source, and the JSON of what is known of the source."""
        noted = self._db.executemany("insert or ignore into redirect values (?, ?, ?)", redirects).rowcount
        self.has_redirects = self.has_redirects or noted > 0

    @told
    def drop_redirects(self) -> None:
        """Forget the redirects."""
        self._db.execute("delete from redirect")
        self.has_redirects = False

    @told
    def sources_of(self, url: str) -> dict[str, Mapping[str, Any]]:
        """Give all URLs that lead to this one by redirects, sorted, and what is known of each."""
        found: dict[str, Mapping[str, Any]] = {}
        waiting = [url] if self.has_redirects else []
        while waiting:
            rows = self._db.execute("select source, known from redirect where target = ?", (waiting.pop(),))
            for source, known in rows.fetchall():
                if source != url and source not in found:
                    found[source] = json.loads(known)
                    waiting.append(source)
        return dict(sorted(found.items()))

    @told
    def target_of(self, url: str) -> str | None:
        """Give the URL to which one redirects; None where it does not."""
        row = self._db.execute("select max(target) from redirect where source = ?", (url,)).fetchone()
        return None if row[0] is None else str(row[0])

    # --- Pages and their copies --------------------------------------------------------------------------------------

    @told
    def begin_pages(self) -> None:
        """Forget the pages, and what was found out of them."""
        for name in ("page", "copy", "content"):
            self._db.execute(f"delete from {name}")  # noqa: S608 - named above
        self._db.execute("drop index if exists page_payload")
        self._db.execute("drop index if exists page_site")
        self.has_copies = False

    @told
    def add_page(self, url: str, site: str, payload: str) -> None:
        """Note a page, in the order of the URLs.

        Args:
            url: of the page.
            site: its host.
            payload: names the bytes that were received.
        """
        self._db.execute("insert into page values (?, ?, ?)", (url, site, payload))

    @told
    def index_pages(self) -> None:
        """Make the pages ready to be asked for, when all are noted."""
        self._db.execute("create index page_payload on page (payload)")
        self._db.execute("create index page_site on page (site)")

    def repeated_payloads(self) -> Iterator[tuple[str, str]]:
        """Give the payloads of several pages in the order of their first URLs, each with its shortest URL."""
        with self._telling():
            for (payload,) in self._db.execute(
                "select payload from page group by payload having count(*) > 1 order by min(rowid)"
            ):
                shortest = self._db.execute(
                    "select url from page where payload = ? order by length(url), url limit 1", (payload,)
                ).fetchone()
                yield payload, shortest[0]

    def urls_of_payload(self, payload: str) -> Iterator[str]:
        """Give the pages of a payload, sorted by URL."""
        with self._telling():
            for (url,) in self._db.execute("select url from page where payload = ? order by rowid", (payload,)):
                yield url

    @told
    def is_payload_of(self, payload: str, url: str) -> bool:
        """Tell whether a page has a payload."""
        row = self._db.execute("select 1 from page where url = ? and payload = ?", (url, payload)).fetchone()
        return row is not None

    @told
    def add_copy(self, url: str, original: str) -> None:
        """Note that a page is the copy of another one."""
        self._db.execute("insert into copy values (?, ?)", (url, original))
        self.has_copies = True

    @told
    def drop_copies(self) -> None:
        """Count the copies among the pages no more."""
        self._db.execute("delete from page where url in (select url from copy)")

    @told
    def is_copy(self, url: str) -> bool:
        """Tell whether a page is the copy of another one."""
        if not self.has_copies:
            return False
        return self._db.execute("select 1 from copy where url = ?", (url,)).fetchone() is not None

    @told
    def count_pages(self) -> dict[str, int]:
        """Count the pages of each site; the sites in the order of their first pages."""
        return dict(self._db.execute("select site, count(*) from page group by site order by min(rowid)").fetchall())

    def urls_of_site(self, site: str) -> Iterator[str]:
        """Give the pages of a site, sorted by URL."""
        with self._telling():
            for (url,) in self._db.execute("select url from page where site = ? order by rowid", (site,)):
                yield url

    @told
    def find_first(self, content: str, url: str) -> str:
        """Give the first URL that had a content; this one, from now on, where none had it."""
        if self._db.execute("insert or ignore into content values (?, ?)", (content, url)).rowcount:
            return url
        return str(self._db.execute("select url from content where digest = ?", (content,)).fetchone()[0])

    # --- Ends --------------------------------------------------------------------------------------------------------

    @told
    def add_end(self, end: End) -> None:
        """Note how a visit ends; the last word counts."""
        self._db.execute(
            "insert or replace into ending values (?, ?, ?, ?, ?)",
            (end.visit, end.state, end.reason, storable(end.detail), end.record_digest),
        )

    def ends(self) -> Iterator[End]:
        """Give the ends that were noted."""
        with self._telling():
            for visit, state, *rest in self._db.execute("select * from ending order by visit"):
                yield End(visit, State(state), *rest)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {error}") from error
