"""The words of the ledger: what is discovered, visited, fetched and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class State(StrEnum):
    """Where a visit stands. The first three are on the way; the others are ends."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    STORED = "stored"  # archived and settled; waits to be published
    RECORDED = "recorded"
    LISTING = "listing"
    EXCLUDED = "excluded"
    DUPLICATE = "duplicate"
    REDIRECTED = "redirected"
    OUT_OF_SCOPE = "out_of_scope"
    DISALLOWED = "disallowed"
    FAILED = "failed"
    GONE = "gone"


UNFINISHED = (State.PENDING, State.IN_FLIGHT, State.STORED)


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


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an answer was and where it lies."""

    status: int
    fetched_at: str
    content_type: str | None = None
    payload_digest: str | None = None
    warc_file: str | None = None
    warc_offset: int | None = None


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
class SealedModel:
    """Where in the archive a site model is."""

    digest: str  # of its JSON
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The account of a collection's latest run."""

    command: str
    started_at: str
    finished_at: str | None
    counts: Mapping[tuple[State, str | None], int]
    discovered: int  # URLs
    oldest_pending: str | None  # its URL
    oldest_attempts: int  # how often it was tried
