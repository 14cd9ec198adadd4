"""Revisions of a record: what became of it between two runs, and why."""

from dataclasses import dataclass
from typing import Literal

from crawler.extraction.record import with_change
from items import ChangeReason, Record


@dataclass(frozen=True, slots=True)
class Before:
    """How the record of a URL stood before a run, and what the run knows of its page besides the text."""

    number: int  # of its latest revision
    digest: str
    gone: ChangeReason | None = None  # why it was gone
    leaves: ChangeReason | None = None  # why it is gone now
    cause: ChangeReason = ChangeReason.EDIT  # of a difference, where there is one


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a record in a run."""

    change: Literal["new", "changed", "unchanged", "gone"]
    reason: ChangeReason | None
    revision: int  # counts from 1, and grows with each change and when the record is gone


def find_change(digest: str, before: Before | None) -> Change:
    """Compare a record with how it stood before the run.

    Args:
        digest: of its title, date, text and attachments.
        before: None for a URL that had no record.
    """
    if before is None:
        return Change("new", None, 1)
    if before.leaves is not None:
        return Change("gone", before.gone or before.leaves, before.number + (before.gone is None))
    if before.gone is not None:
        return Change("changed", ChangeReason.RESTORED, before.number + 1)
    if digest == before.digest:
        return Change("unchanged", None, before.number)
    return Change("changed", before.cause, before.number + 1)


def mark_change(record: Record, before: Before | None) -> Record:
    """Give a record with its change since the run before."""
    found = find_change(record.digest, before)
    return with_change(record, found.change, found.reason, found.revision)
