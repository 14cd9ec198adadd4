"""What a run has in hand of a URL: the responses that its record may be read from, and how the record stood."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crawler.extraction.record import find_violation, finish
from crawler.extraction.revision import Before
from crawler.identity import CODE_DIGEST
from crawler.outcomes import Outcome
from crawler.publish import StoredPage, Unpublished
from crawler.storage.visits import Response
from items import ChangeReason, Page, Record


@dataclass(frozen=True, slots=True)
class Part:
    """A response that a record may be read from."""

    response: Response
    ends: bool  # whether the visit ends with what becomes of the record
    located: StoredPage | None = None  # the page, once it is to be read
    basis: str = ""  # names all that goes into the reading
    cached: bool = False  # whether the reading is kept
    content_digest: str = ""  # of the reading that is kept, by whatever basis

    @property
    def visit(self) -> int:
        """The visit of the response."""
        return self.response.visit

    @property
    def page(self) -> StoredPage:
        """The page, which was located before."""
        assert self.located is not None
        return self.located


@dataclass(slots=True)
class Entry:
    """A URL on its way to its record."""

    url: str
    known: Mapping[str, Any]
    before: Before | None
    stands: Part | None = None
    fresh: Part | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The responses that are read, in the order in which they are."""
        return tuple(part for part in (self.stands, self.fresh) if part is not None)

    @property
    def leaves(self) -> bool:
        """Whether the page is there no more."""
        return self.before is not None and self.before.leaves is not None

    @property
    def has_record(self) -> bool:
        """Whether it had a record before that is not gone."""
        return self.before is not None and self.before.gone is None

    def leave(self, reason: ChangeReason) -> None:
        """Note why the page is there no more."""
        assert self.before is not None
        self.before = replace(self.before, leaves=self.before.leaves or self.before.gone or reason)
        self.fresh = None

    def end_fresh(self, outcome: Outcome) -> None:
        """Note that the fresh response gives no record; a record that was there before is gone or stays."""
        self.fresh = None
        leaves = {Outcome.DUPLICATE: ChangeReason.DUPLICATE, Outcome.EXCLUDED: ChangeReason.EXCLUDED}.get(outcome)
        if self.before is None:
            return
        if leaves is not None:
            self.leave(leaves)
        elif outcome is not Outcome.UNCHANGED and self.before.gone is not None:
            self.leave(self.before.gone)


Read = Page | Record | Unpublished  # what comes of reading a response, or was kept of it


@dataclass(slots=True)
class Emitted:
    """A record that is on its way through the pipelines."""

    part: Part
    content_digest: str
    number: int  # of the revision before
    keep: bool = False  # whether the reading is new


def choose_known(known: Mapping[str, Any], sources: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Choose among what is known of a page and of the URLs that redirect to it: the first row of a list."""
    rows: Iterator[Mapping[str, Any]] = (one for one in (known, *sources) if "row" in one)
    return min(rows, key=lambda one: int(one["row"]), default=known)


def find_basis(page: StoredPage, model_digest: str | None) -> str:
    """Name all that goes into the reading of a response: what is known of it, the site's model, and the program."""
    said = repr((page.context, page.payload_digest, model_digest, CODE_DIGEST))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def digest_read(read: Page | Record) -> str:
    """Give the digest of the record that a page makes, or of a record."""
    return finish(read).digest if isinstance(read, Page) else read.digest


def judge(found: Mapping[int, Read]) -> tuple[dict[int, Read], dict[int, str]]:
    """Finish the pages that were read: one whose record may not leave is no document.

    Args:
        found: what was read, by visit.

    Returns:
        the same, and the digests of the records that the pages make.
    """
    judged: dict[int, Read] = {}
    digests: dict[int, str] = {}
    for visit, read in found.items():
        judged[visit] = read
        if isinstance(read, Page):
            record = finish(read)
            violation = find_violation(record)
            if violation is None:
                digests[visit] = record.digest
            else:
                judged[visit] = Unpublished(read.url, Outcome.EXCLUDED, violation)
    return judged, digests
