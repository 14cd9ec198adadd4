"""Entries on their way to the workers and from there to their records, of which only some are in memory.

The workers have to be given pages ahead of the record that comes out next. Where nearly all records stand as they are,
the next page to be read may be a hundred thousand entries ahead: such a stretch is forgotten when it was passed, and
its entries are made once more when their turn comes.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crawler.publish import StoredPage
from crawler.spiders.entries import Entry

MOST_AHEAD = 256  # entries that are kept although no worker reads them

MakeEntries = Callable[[str | None, str | None], Iterator[Entry]]  # those behind a URL, up to another one


@dataclass(slots=True)
class _Stretch:
    """Entries that were passed and forgotten; no worker has to read them."""

    after: str | None  # the URL behind which they begin
    last: str


class Ahead:
    """Entries in the order of their URLs, to be taken by whoever settles them; and their pages, for the workers.

    Both are taken in turns, in one thread. An entry's pages are given to the workers before the entry comes, or when
    they next ask for one.
    """

    def __init__(self, make: MakeEntries) -> None:
        """Begin before the first entry; nothing is made yet."""
        self._make = make
        self._coming = make(None, None)
        self._made: deque[Entry | _Stretch] = deque()  # ahead, for whoever settles them
        self._untold: deque[Entry] = deque()  # taken, and the workers have not been given their pages yet
        self._latest: str | None = None  # the URL of the last entry that was made

    def pages(self) -> Iterator[StoredPage]:
        """Give the pages that the workers are to read."""
        while True:
            if self._untold:
                entry = self._untold.popleft()
            elif (coming := next(self._coming, None)) is None:
                return
            else:
                entry = coming
                self._keep(entry)
            yield from (part.page for part in entry.parts if not part.cached)

    def __iter__(self) -> Iterator[Entry]:
        """Give all entries."""
        while True:
            if not self._made:
                entry = next(self._coming, None)
                if entry is None:
                    return
                self._latest = entry.url
                if _is_read(entry):
                    self._untold.append(entry)
                yield entry
                continue
            first = self._made.popleft()
            if isinstance(first, _Stretch):
                yield from self._make(first.after, first.last)
            else:
                yield first

    def _keep(self, entry: Entry) -> None:
        """Keep an entry for its turn, or note that it was passed."""
        if _is_read(entry) or len(self._made) < MOST_AHEAD:
            self._made.append(entry)
        elif isinstance(last := self._made[-1], _Stretch):
            last.last = entry.url
        else:
            self._made.append(_Stretch(self._latest, entry.url))
        self._latest = entry.url


def _is_read(entry: Entry) -> bool:
    return any(not part.cached for part in entry.parts)
