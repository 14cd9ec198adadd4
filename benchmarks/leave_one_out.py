"""What learning owes to a page itself: each page of a site read by a model of all pages, and of all the others."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from statistics import fmean

from benchmarks.corpora import GoldPage
from benchmarks.measures import compare_words
from crawler.extraction.document import UnreadableError
from crawler.extraction.fingerprint import cluster_twins
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import SiteModel
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite, PageContext, extract_page, outline_page
from crawler.extraction.site_model import find_starved, learn
from crawler.extraction.text import join_text
from crawler.publish import find_site


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Mean word F1 of some pages."""

    pages: int
    with_itself: float
    without: float

    @property
    def loss(self) -> float:
        """How much worse a page is read that was not learned from."""
        return self.with_itself - self.without


def leave_one_out(pages: Sequence[GoldPage], every: int = 1) -> LeftOut | None:
    """Read every n-th page with gold of the sites that can be learned; None where there is no such site."""
    by_site: dict[str, list[GoldPage]] = defaultdict(list)
    for page in pages:
        by_site[find_site(page.url)].append(page)
    pairs: list[tuple[float, float]] = []
    for host, site in sorted(by_site.items()):
        if len(site) <= MIN_PAGES:
            continue
        outlines = outline_site(site, host)
        chosen = [index for index in range(0, len(site), every) if site[index].gold.get("body")]
        with _processes(partial(_remember, host, site, outlines)) as executor:
            pairs += executor.map(_read_both, chosen, chunksize=2)
    if not pairs:
        return None
    return LeftOut(len(pairs), fmean(one for one, _ in pairs), fmean(one for _, one in pairs))


def outline_site(pages: Sequence[GoldPage], host: str) -> list[PageOutline | None]:
    """Outline the pages of one site as `crawler.learning` does; None for one that cannot be read."""
    with _processes() as executor:
        outlines = list(executor.map(partial(_outline, None), pages, chunksize=8))
        first = learn([one for one in outlines if one is not None], host)
        hungry = [index for index, one in enumerate(outlines) if one is not None and find_starved(first, one)]
        fed = executor.map(partial(_outline, first), [pages[index] for index in hungry])
        for index, one in zip(hungry, fed, strict=True):
            outlines[index] = one
    return outlines


def find_documents(pages: Sequence[GoldPage]) -> list[int]:
    """Give the pages of a site that are the first with their document; others are the same page under another name."""
    outlines = outline_site(pages, "")
    blocks = [one.blocks if one is not None else () for one in outlines]
    words = {block.fingerprint: block.words for page in blocks for block in page}
    return sorted(set(cluster_twins([frozenset(block.fingerprint for block in page) for page in blocks], words)))


def _processes(initializer: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    # A fork would copy the threads of others.
    return ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=initializer)


def _outline(frame: SiteModel | None, page: GoldPage) -> PageOutline | None:
    try:
        return outline_page(page.body(), _context(page), frame)
    except UnreadableError:
        return None


def _context(page: GoldPage) -> PageContext:
    return PageContext(id=page.file, url=page.url, collection=page.folder)


_site: tuple[str, Sequence[GoldPage], Sequence[PageOutline | None], LearnedSite]  # in a worker process


def _remember(host: str, pages: Sequence[GoldPage], outlines: Sequence[PageOutline | None]) -> None:
    global _site  # noqa: PLW0603 - what a worker process is told when it begins
    whole = learn([one for one in outlines if one is not None], host)
    _site = (host, pages, outlines, LearnedSite(whole, "all"))


def _read_both(index: int) -> tuple[float, float]:
    host, pages, outlines, whole = _site
    others = [one for at, one in enumerate(outlines) if at != index and one is not None]
    rest = LearnedSite(learn(others, host), "others")
    return _score(pages[index], whole), _score(pages[index], rest)


def _score(page: GoldPage, site: LearnedSite) -> float:
    try:
        read = extract_page(page.body(), _context(page), site)
    except UnreadableError:
        return compare_words("", page.gold["body"]).f1
    kept = strip_furniture(read.blocks, learned=read.read_by_container).kept
    return compare_words(join_text(kept), page.gold["body"]).f1
