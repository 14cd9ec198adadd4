"""Our own reading of a corpus for `make quality`: a whole corpus in, a text and a title for each page out."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from benchmarks.corpora import GoldPage
from crawler.extraction.document import UnreadableError
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import PageContext, extract_page
from crawler.extraction.text import join_text


@dataclass(frozen=True, slots=True)
class OursText:
    """What the record of a page would say."""

    text: str
    title: str | None


def read_corpus(folder: str, pages: Sequence[GoldPage]) -> list[OursText]:
    """Read the pages of a corpus, in their order: each by itself, as `documents` does."""
    if not pages:
        return []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:  # a fork would copy the threads of others
        return list(executor.map(partial(_read_page, folder), pages, chunksize=8))


def _read_page(folder: str, page: GoldPage) -> OursText:
    try:
        read = extract_page(page.body(), PageContext(id="", url=page.url, collection=folder))
    except UnreadableError:
        return OursText("", None)
    return OursText(join_text(strip_furniture(read.blocks).kept), read.title)
