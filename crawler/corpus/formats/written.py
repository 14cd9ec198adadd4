"""What the modules of this folder have in common."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """What was written to a file."""

    records: int
    notes: tuple[str, ...] = ()  # what the user should know of it, a line each


class UnwritableRecordError(Exception):
    """A record has no place in a form of file; the message is one line that names the record."""
