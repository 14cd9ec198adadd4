"""Ours in a process of its own, timed as the other extractors are: see `benchmarks.peer_worker`.

`python -m benchmarks.speed_worker NAME [FOLDER]`: with the folder of a collection, its models are what was learned.
"""

import sys
from pathlib import Path

import crawler
from benchmarks.peer_worker import answer, read_timed
from benchmarks.peers import PeerText, Reader
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import find_id, finish
from crawler.model_files import read_models
from crawler.publish import find_site

OURS = "broadside"


def make_reader(folder: Path | None) -> Reader:
    """Read pages to whole records, by the models in a folder where there is one."""
    sites = read_models(folder) if folder is not None else {}

    def read(body: bytes, url: str) -> PeerText:
        context = PageContext(id=find_id(url), url=url, collection="speed")
        record = finish(extract_page(body, context, sites.get(find_site(url))))
        return PeerText(record.text, record.title, date=record.date_published)

    return read


def main(name: str, folder: Path | None) -> None:
    """Answer until the input ends."""
    read = make_reader(folder)
    answer(name, crawler.__version__, lambda file, url: read_timed(read, file, url))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
