"""Pages to site models: the sample of each site is outlined in the workers, and the models are learned from it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

from crawler.extraction.decisions import Decisions, decide
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import SiteModel, digest_model, dump_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite
from crawler.extraction.site_model import find_starved, learn
from crawler.publish import POISON, PageKey, StoredPage, Unpublished, WorkerLimits, find_site, outline, run_workers


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned, and what learning met on the way."""

    sites: Mapping[str, LearnedSite] = field(default_factory=lambda: MappingProxyType({}))  # by host
    poison: Mapping[PageKey, Unpublished] = field(default_factory=lambda: MappingProxyType({}))  # hang or kill


async def learn_sites(pages: Sequence[StoredPage], limits: WorkerLimits, sample: int, decisions: Decisions) -> Learned:
    """Learn the site of each host that has pages enough.

    Args:
        pages: of all hosts.
        limits: what reading one of them may cost.
        sample: how many pages of a host are looked at; chosen by their URLs, so that the order of arrival is nothing. 0
            learns nothing.
        decisions: what a person says of single templates; outranks what is learned.
    """
    by_host: dict[str, list[StoredPage]] = {}
    for page in pages:
        if page.context.format == "html":
            by_host.setdefault(find_site(page.context.url), []).append(page)
    chosen = {host: choose_sample(of, sample) for host, of in by_host.items() if len(of) >= MIN_PAGES}
    poison: dict[PageKey, Unpublished] = {}
    outlines = await _outline([page for of in chosen.values() for page in of], limits, {}, poison)
    models: dict[str, SiteModel] = {}

    async def learn_again(hosts: Iterable[str]) -> None:
        for host in hosts:
            names = sorted({name for page in chosen[host] if (name := page.context.organization)})
            known = [outlines[page.key] for page in chosen[host] if page.key in outlines]
            models[host] = await asyncio.to_thread(learn, known, host, names)

    await learn_again(sorted(chosen))
    # Where generic extraction took nothing but the site's frame, it is asked again without it.
    starved = [
        page
        for host, of in chosen.items()
        for page in of
        if page.key in outlines and find_starved(models[host], outlines[page.key])
    ]
    if starved:
        first = {host: LearnedSite(model, "") for host, model in models.items()}
        outlines |= await _outline(starved, limits, first, poison)
        await learn_again(sorted({find_site(page.context.url) for page in starved}))
    told = {host: decide(model, decisions) for host, model in sorted(models.items()) if model.layouts or model.frame}
    return Learned({host: as_learned(model) for host, model in told.items()}, poison)


def choose_sample(pages: Sequence[StoredPage], size: int) -> list[StoredPage]:
    """Choose pages by the SHA-256 of their URL and file: the same ones, in whatever order they came."""
    return sorted(pages, key=lambda page: sha256(" ".join(page.key).encode("utf-8", "surrogatepass")).digest())[:size]


def as_learned(model: SiteModel) -> LearnedSite:
    """Name a model by its digest."""
    return LearnedSite(model, digest_model(dump_model(model)))


async def _outline(
    pages: Sequence[StoredPage],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite],
    poison: dict[PageKey, Unpublished],
) -> dict[PageKey, PageOutline]:
    found: dict[PageKey, PageOutline] = {}
    if not pages:
        return found
    waiting = iter(pages)
    async for result in run_workers(outline, pages, limits, sites):
        page = next(waiting)
        if not isinstance(result, Unpublished):
            found[page.key] = result
        elif result.reason in POISON:  # other pages that cannot be read are accounted for when they are published
            poison[page.key] = result
    return found
