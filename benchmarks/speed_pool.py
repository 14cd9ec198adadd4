"""trafilatura in a pool of processes, as a user would run it: bodies in, JSON lines out. Run by `make speed`.

`python -m benchmarks.speed_pool FOLDER FEED` reads the one file of a collection (`benchmarks.speed_collection`).
Nothing is warmed up, as the whole command is timed: neither is anything of a replay's.
"""

import json
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from benchmarks.speed_collection import Collection, Place
from benchmarks.speed_site import make_odd_pages

PROCESSES = 2
CHUNK = 16  # pages that a process is handed at once


def extract(body: bytes, url: str) -> str:
    """Read one page to a line of JSON."""
    import trafilatura  # noqa: PLC0415 - the process that only writes needs none of it

    document = trafilatura.bare_extraction(body, url=url, include_comments=False, with_metadata=True)
    names = ("title", "author", "date", "hostname", "description", "sitename", "language", "text")
    return json.dumps({"url": url, **{name: getattr(document, name, None) for name in names}}, ensure_ascii=False)


def warm_up() -> None:
    """Load what is loaded on first use."""
    warnings.simplefilter("ignore")
    for body in make_odd_pages():
        extract(body, "https://odd.example.org/")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one page; what the pool runs."""

    bodies: str

    def __call__(self, place: Place) -> str:
        """Give its line."""
        return extract(os.pread(_open(self.bodies), place.length, place.offset), place.url)


@cache
def _open(bodies: str) -> int:
    return os.open(bodies, os.O_RDONLY)


def main(arguments: Sequence[str]) -> None:
    """Write a line for each page, in their order."""
    collection = Collection(Path(arguments[0]), 0)
    reader = Reader(str(collection.bodies))
    with (
        Pool(PROCESSES, warnings.simplefilter, ("ignore",)) as pool,
        Path(arguments[1]).open("w", encoding="utf-8") as feed,
    ):
        feed.writelines(line + "\n" for line in pool.imap(reader, collection.places(), chunksize=CHUNK))


if __name__ == "__main__":
    main(sys.argv[1:])
