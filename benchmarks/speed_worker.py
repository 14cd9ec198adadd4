"""Ours and the floor in processes of their own, timed as the other extractors are: see `benchmarks.peer_worker`.

`python -m benchmarks.speed_worker NAME [FOLDER]`: with the folder of a collection, its models are what was learned.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import lxml.html

import crawler
from benchmarks.peer_worker import answer, read_timed
from benchmarks.peers import PeerText, Reader
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.record import find_id, finish
from crawler.model_files import read_models
from crawler.publish import find_site

OURS = "broadside"
FLOOR = "lxml parse"


def parse(body: bytes, url: str) -> PeerText:  # noqa: ARG001 - one form for all
    """Parse the bytes and do nothing with the tree."""
    lxml.html.document_fromstring(body)
    return PeerText("", None)


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
    read, installed = (parse, version("lxml")) if name == FLOOR else (make_reader(folder), crawler.__version__)
    answer(name, installed, lambda file, url: read_timed(read, file, url))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
