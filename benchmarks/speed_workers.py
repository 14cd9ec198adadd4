"""The workers alone: the pages of a collection through `crawler.publish`, without Scrapy, pipelines and feed.

`python -m benchmarks.speed_workers FOLDER WORKERS` prints how many pages a second came out, in JSON. The first tenth is
not counted: the workers start and load with it. They make the records as well, as those of a replay do.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.crash_site import ROOT
from benchmarks.speed_collection import SLUG, Collection
from crawler.extraction.page import PageContext
from crawler.extraction.record import find_id
from crawler.model_files import read_models
from crawler.publish import ArchivedBody, StoredPage, Unpublished, WorkerLimits, publish
from crawler.storage.archive import RecordPointer


def measure(collection: Collection, workers: int) -> float:
    """Give the pages a second, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed_workers", str(collection.folder), str(workers)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    rate: float = json.loads(done.stdout)
    return rate


async def publish_all(collection: Collection, workers: int) -> float:
    """Publish the pages; pages a second, after the first tenth."""
    own = collection.data / SLUG
    pages = [
        StoredPage(
            ArchivedBody(str(own / "archive"), RecordPointer(place.warc_file, place.warc_offset)),
            PageContext(id=find_id(place.url), url=place.url, collection=SLUG),
        )
        for place in collection.places()
    ]
    limits = WorkerLimits(workers=workers, seconds=60.0, megabytes=4096)
    first = len(pages) // 10
    began, number, unread = 0.0, 0, 0
    async for outcome in publish(pages, limits, read_models(own), ahead=True):
        unread += isinstance(outcome, Unpublished)
        number += 1
        if number == first:
            began = time.perf_counter()
    if unread > len(pages) // 10:  # it would not be the same work
        raise SystemExit(f"speed: {unread} of {len(pages)} pages gave no text")
    return (number - first) / (time.perf_counter() - began)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(publish_all(Collection(Path(sys.argv[1]), 0), int(sys.argv[2])))))
