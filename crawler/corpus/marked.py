"""The records of a snapshot as they leave: their near-duplicates marked, and the columns of their annotations known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crawler.corpus.columns import FlatLayout, note_annotations, rename_annotations, tell_apart
from crawler.corpus.near_duplicates import NearDuplicates, find_near_duplicates, mark_near_duplicates
from crawler.corpus.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class MarkedCorpus:
    """What `mark_corpus` found out about the records of a snapshot."""

    snapshot: Snapshot
    near_duplicates: NearDuplicates
    names: Mapping[str, str]  # of annotations, by what they are called in the collections
    history: bool = False

    @property
    def layout(self) -> FlatLayout:
        """The layout of a flat table of the records."""
        return FlatLayout(tuple(self.names.values()), history=self.history)

    def lines(self) -> Iterable[str]:
        """Give the records as JSON: `near_duplicate_of` is filled, and no two annotations differ in case alone.

        Can be gone through again, and gives the same.

        Raises:
            CommandFailedError, LedgerError, OSError: they cannot be read.
        """
        lines = self.snapshot.lines()
        if not self.history:
            lines = mark_near_duplicates(lines, self.near_duplicates)
        return rename_annotations(lines, self.names)


def mark_corpus(snapshot: Snapshot, *, history: bool = False) -> MarkedCorpus:
    """Go through the records once, and find what only all of them together tell.

    Args:
        snapshot: of the records.
        history: they are revisions, each as it was written: no near-duplicates are sought among them.

    Raises:
        CommandFailedError, LedgerError, OSError: the records cannot be read, or there is no room for notes.
    """
    annotations: dict[str, None] = {}
    lines = note_annotations(snapshot.lines(), annotations)
    if history:
        for _ in lines:
            pass
        found = NearDuplicates(())
    else:
        found = find_near_duplicates(lines)
    return MarkedCorpus(snapshot, found, dict(zip(annotations, tell_apart(annotations), strict=True)), history)
