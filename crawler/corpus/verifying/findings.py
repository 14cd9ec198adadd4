"""What a check of a package found: a line each, and not a hundred thousand of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.corpus.package.prose import make_plain

MOST = 20  # lines that are told of one file


@dataclass(slots=True)
class Findings:
    """What is wrong is told as it is found; of one file no more than some lines, and the rest is counted."""

    tell: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)  # by file

    def add(self, path: str, words: str, place: str = "") -> None:
        """Tell what is wrong.

        Args:
            path: of the file, in the package.
            words: what is wrong.
            place: where in the file, such as `line 3`.
        """
        self.counts[path] += 1
        if self.counts[path] <= MOST:
            self.tell(make_plain(f"{path}{f', {place}' if place else ''}: {words}"))

    def close(self) -> None:
        """Say how many were not told."""
        for path, count in self.counts.items():
            if count > MOST:
                self.tell(make_plain(f"{path}: {count - MOST:,} findings more"))

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()

    @property
    def files(self) -> int:
        """In how many files."""
        return len(self.counts)
