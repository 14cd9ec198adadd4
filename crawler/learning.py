"""Pages to site models: the sample of each site is outlined in the workers, and the models are learned from it."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256

from crawler.extraction.decisions import Decisions, decide
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import SiteModel, digest_model, dump_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite
from crawler.extraction.site_model import find_starved, learn
from crawler.publish import StoredPage, Unpublished, WorkerLimits, find_site, outline, run_workers


async def learn_sites(
    pages: Sequence[StoredPage], limits: WorkerLimits, sample: int, decisions: Decisions
) -> dict[str, LearnedSite]:
    """Learn the site of each host that has pages enough.

    Args:
        pages: of all hosts.
        limits: what reading one of them may cost.
        sample: how many pages of a host are looked at; chosen by their URLs, so that the order of arrival is nothing.
        decisions: what a person says of single templates; outranks what is learned.

    Returns:
        the models, by host.
    """
    by_host: dict[str, list[StoredPage]] = {}
    for page in pages:
        if page.context.format == "html":
            by_host.setdefault(find_site(page.context.url), []).append(page)
    chosen = {host: choose_sample(of, sample) for host, of in by_host.items() if len(of) >= MIN_PAGES}
    outlines = await _outline([page for of in chosen.values() for page in of], limits)
    names = {host: sorted({name for page in of if (name := page.context.organization)}) for host, of in chosen.items()}
    models = {host: await asyncio.to_thread(learn, _of(of, outlines), host, names[host]) for host, of in chosen.items()}
    # Where generic extraction took nothing but the site's frame, it is asked again without it.
    starved = [
        page
        for host, of in chosen.items()
        for page in of
        if (found := outlines.get(_key(page))) is not None and find_starved(models[host], found)
    ]
    if starved:
        first = {host: as_learned(model) for host, model in models.items()}
        outlines |= await _outline(starved, limits, first)
        hungry = {find_site(page.context.url) for page in starved}
        for host in sorted(hungry):
            models[host] = await asyncio.to_thread(learn, _of(chosen[host], outlines), host, names[host])
    return {
        host: as_learned(decide(model, decisions))
        for host, model in sorted(models.items())
        if model.layouts or model.frame
    }


def choose_sample(pages: Sequence[StoredPage], size: int) -> list[StoredPage]:
    """Choose pages by the SHA-256 of their URL and file: the same ones, in whatever order they came."""
    return sorted(pages, key=lambda page: sha256(_key(page).encode("utf-8", "surrogatepass")).digest())[:size]


def as_learned(model: SiteModel) -> LearnedSite:
    """Name a model by its digest."""
    return LearnedSite(model, digest_model(dump_model(model)))


async def _outline(
    pages: Sequence[StoredPage], limits: WorkerLimits, sites: Mapping[str, LearnedSite] | None = None
) -> dict[str, PageOutline]:
    found: dict[str, PageOutline] = {}
    results = run_workers(outline, pages, limits, sites)
    waiting = iter(pages)
    async for result in results:
        page = next(waiting)
        if not isinstance(result, Unpublished):  # a page that cannot be read is accounted for when it is published
            found[_key(page)] = result
    return found


def _of(pages: Sequence[StoredPage], outlines: Mapping[str, PageOutline]) -> list[PageOutline]:
    return [outlines[_key(page)] for page in pages if _key(page) in outlines]


def _key(page: StoredPage) -> str:
    return f"{page.context.url} {page.context.source_file or ''}"
