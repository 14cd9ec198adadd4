"""Our own reading of a corpus for `make quality`: a whole corpus in, the text, title and dates of each page out."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from scrapy.utils.test import get_crawler

from benchmarks.corpora import GoldPage
from crawler.extraction.decisions import Decisions
from crawler.extraction.page import PageContext
from crawler.extraction.text import join_text
from crawler.learning import learn_sites
from crawler.publish import StoredPage, Unpublished, WorkerLimits, publish
from crawler.storage.bodies import BodyPointer
from items import Dates, Page
from pipelines.normalize_dates import NormalizeDates
from pipelines.strip_boilerplate import StripBoilerplate

SAMPLE = 400  # pages of a site that are learned from, as the setting LEARN_PAGES


@dataclass(frozen=True, slots=True)
class OursText:
    """What the record of a page would say."""

    text: str
    title: str | None
    dates: Dates = field(default_factory=Dates)


def read_corpus(folder: str, pages: Sequence[GoldPage]) -> list[OursText]:
    """Read the pages of a corpus, in their order, as `documents` does: the pages of one host are learned together."""
    return asyncio.run(_read_corpus(folder, pages))


async def _read_corpus(folder: str, pages: Sequence[GoldPage]) -> list[OursText]:
    limits = WorkerLimits(workers=min(os.cpu_count() or 1, max(1, len(pages) // 8)), seconds=60.0, megabytes=4096)
    stored = point_at(folder, pages)
    learned = await learn_sites(stored, limits, SAMPLE, Decisions())
    crawler = get_crawler()  # holds the stats of the pipelines
    strip, normalize = StripBoilerplate.from_crawler(crawler), NormalizeDates.from_crawler(crawler)
    return [_ours(outcome, strip, normalize) async for outcome in publish(stored, limits, learned.sites)]


def point_at(folder: str, pages: Sequence[GoldPage]) -> list[StoredPage]:
    """Say of the pages of a corpus where they lie, as `documents` does."""
    return [
        StoredPage(
            BodyPointer(str(page.path), gzipped=True),
            PageContext(id=page.file, url=page.url, collection=folder, source_file=page.file),
        )
        for page in pages
    ]


def _ours(outcome: Page | Unpublished, strip: StripBoilerplate, normalize: NormalizeDates) -> OursText:
    if isinstance(outcome, Unpublished):
        return OursText("", None)
    page = normalize.process_item(strip.process_item(outcome))
    return OursText(join_text(page.blocks), page.title, page.dates)
