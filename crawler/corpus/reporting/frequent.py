"""Which texts stand in most records, counted in bounded memory however many different ones there are.

Lossy counting (Manku and Motwani, "Approximate frequency counts over data streams", 2002): when there are too many, the
rarer half is forgotten, and what is met afterwards may have been met as often as the most frequent of those before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LIMIT = 20_000  # different texts that are kept in mind
KEPT = 240  # characters of each


@dataclass(slots=True)
class FrequentText:
    """A text that was taken out of records."""

    text: str  # how it begins
    reason: str
    fingerprint: str
    records: int  # in which it was counted
    missed: int  # in which it may have stood besides, before it was counted
    support: int | None  # the most pages of its site that a record names


class FrequentTexts:
    """Counts in how many records each text was removed for each reason."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.forgotten = 0  # in how many records a text that was forgotten can have stood
        self._entries: dict[tuple[str, str], FrequentText] = {}

    def __len__(self) -> int:
        """Count the texts that are kept in mind."""
        return len(self._entries)

    def add(self, texts: Iterable[tuple[str, str, str, int | None]]) -> None:
        """Count the removed texts of one record, each once for each reason.

        Args:
            texts: fingerprint, reason, text and support of each.
        """
        met: set[tuple[str, str]] = set()
        for fingerprint, reason, text, support in texts:
            key = (reason, fingerprint)
            entry = self._entries.get(key)
            if entry is None:
                entry = FrequentText(text[: KEPT + 1], reason, fingerprint, 0, self.forgotten, None)
                self._entries[key] = entry
            if key not in met:
                met.add(key)
                entry.records += 1
            if support is not None:
                entry.support = max(support, entry.support or 0)
        if len(self._entries) > self.limit:
            self._forget()

    def _forget(self) -> None:
        most = sorted(entry.records + entry.missed for entry in self._entries.values())
        self.forgotten = most[len(most) // 2]
        self._entries = {
            key: entry for key, entry in self._entries.items() if entry.records + entry.missed > self.forgotten
        }

    def most_frequent(self, count: int) -> list[FrequentText]:
        """Give the texts that stand in most records, in two at least."""
        found = sorted(self._entries.values(), key=lambda one: (-one.records, one.reason, one.fingerprint))
        return [one for one in found[:count] if one.records + one.missed > 1]
