"""The words of the ledger: what is discovered, visited, fetched and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class State(StrEnum):
    """Where a visit stands. The first four are on the way; the others are ends."""

    HELD = "held"  # found; waits until it is known whether pages of its kind are worth a visit
    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    STORED = "stored"  # archived and settled; waits to be published
    RECORDED = "recorded"
    UNCHANGED = "unchanged"  # as it was when it was last read
    LISTING = "listing"
    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    REDIRECTED = "redirected"
    OUT_OF_SCOPE = "out_of_scope"
    DISALLOWED = "disallowed"
    FAILED = "failed"
    GONE = "gone"


WAITING = (State.HELD, State.PENDING, State.IN_FLIGHT)  # for an answer
UNFINISHED = (*WAITING, State.STORED)


class LedgerError(Exception):
    """The ledger cannot be used; the message is one line that names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """A URL to be visited, and what is known of it."""

    url: str  # normalized
    role: str  # which callback reads it
    priority: int = 0
    hops: int = 0  # redirects that led here
    known: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # JSON values
    state: State = State.PENDING
    reason: str | None = None
    why: str | None = None  # a known page is visited again: a word of `crawler.discovery.due.Why`


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an answer was and where it lies."""

    status: int
    fetched_at: str
    content_type: str | None = None
    payload_digest: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None
    etag: str | None = None  # as received, RFC 9110, section 8.8.3
    last_modified: str | None = None  # as received, section 8.8.2


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells whether a page is still as it was when it was last answered in full."""

    fetched: Fetched

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110, section 13.1)."""
        found = {"If-None-Match": self.fetched.etag, "If-Modified-Since": self.fetched.last_modified}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in the archive that a record is read from, or may be."""

    visit: int
    fetched: Fetched
    stated: tuple[tuple[str, str, str], ...] | None  # what feeds and sitemaps stated of it when it was first read


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest revision of a URL's record."""

    number: int
    change: str
    reason: str | None
    digest: str
    run: int
    response: Response


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL that has a record, or may get one, as a run finds it."""

    url: str
    known: Mapping[str, Any]
    state: State  # of its latest visit that tells what the URL is
    misses: int  # runs in a row, up to the latest, in which it answered 404 or 410
    standing: Standing | None  # before the run
    fresh: Response | None  # what the run fetched
    copy: Response | None  # what was fetched of a URL without a record: it was a copy of another one then


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a URL's record, as it was written."""

    url: str
    run: int
    started_at: str  # of the run
    number: int
    change: str
    reason: str | None
    digest: str
    line: str  # the record as JSON


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    id: int
    command: str
    started_at: str
    finished_at: str


@dataclass(frozen=True, slots=True)
class End:
    """How the visit of a published page ends."""

    visit: int
    state: State
    reason: str | None = None
    detail: str | None = None
    record_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A row of the frontier."""

    id: int
    url: str
    role: str
    priority: int
    hops: int
    attempts: int  # this one included
    known: Mapping[str, Any]
    fetched: Fetched | None = None
    failures: int = 0  # transient ones, such as a 503, before this attempt
    state: State = State.IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Visited:
    """How the visit of a URL ended, and the record that the URL has."""

    state: State
    reason: str | None
    detail: str | None
    status: int | None  # of the last answer
    digest: str | None  # of the latest revision of its record; None where it has none


@dataclass(frozen=True, slots=True)
class Account:
    """How many URLs a collection's runs have left in a state."""

    state: State
    reason: str | None
    urls: int
    recorded: int  # of these, with a record, of this visit or an earlier one


@dataclass(frozen=True, slots=True)
class SealedModel:
    """Where in the archive a site model is."""

    digest: str  # of its JSON
    warc_file: str
    warc_offset: int
    run: int = 0  # that sealed it


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The account of a collection's latest run."""

    command: str
    started_at: str
    finished_at: str | None
    held_at: str | None  # when it was held back
    counts: Mapping[tuple[State, str | None], int]
    discovered: int  # URLs
    oldest_pending: str | None  # its URL
    oldest_attempts: int  # how often it was tried

    @property
    def is_held(self) -> bool:
        """Whether it is over, and no part of the corpus."""
        return self.held_at is not None and self.finished_at is None
