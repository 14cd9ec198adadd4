"""Pages to site models: the sample of each site is outlined in the workers, and the models are learned from it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType

from crawler.extraction.decisions import Decisions, decide
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import SiteModel, digest_model, dump_model
from crawler.extraction.model_update import Fit, count_recent_runs, update_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite
from crawler.extraction.site_model import find_starved, learn
from crawler.publish import POISON, PageKey, StoredPage, Unpublished, WorkerLimits, find_site, outline, run_workers


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned, and what learning met on the way."""

    sites: Mapping[str, LearnedSite] = field(default_factory=lambda: MappingProxyType({}))  # by host
    poison: Mapping[PageKey, Unpublished] = field(default_factory=lambda: MappingProxyType({}))  # hang or kill


async def learn_sites(
    pages: Sequence[StoredPage],
    limits: WorkerLimits,
    sample: int,
    decisions: Decisions,
    known: Mapping[str, SiteModel] = MappingProxyType({}),
) -> Learned:
    """Learn the site of each host that has pages enough.

    Args:
        pages: of all hosts.
        limits: what reading one of them may cost.
        sample: how many pages of a host are looked at; chosen by their URLs, so that the order of arrival is nothing. 0
            learns nothing.
        decisions: what a person says of single templates; outranks what is learned.
        known: models that are brought up to date by what the pages teach, by host.
    """
    by_host = group_by_host(pages)
    chosen = {host: choose_sample(of, sample) for host, of in by_host.items() if len(of) >= MIN_PAGES}
    poison: dict[PageKey, Unpublished] = {}
    models: dict[str, SiteModel] = {}
    starved: dict[str, list[StoredPage]] = {}
    kept: dict[str, dict[PageKey, PageOutline]] = {}  # of the hosts with starved pages only
    async with aclosing(_outline(chosen, limits, {}, poison)) as outlined:
        async for host, outlines in outlined:
            models[host] = await _learn(host, chosen[host], outlines, known.get(host))
            again = [
                page for page in chosen[host] if page.key in outlines and find_starved(models[host], outlines[page.key])
            ]
            if again:
                starved[host], kept[host] = again, outlines
    # Where generic extraction took nothing but the site's frame, it is asked again without it.
    first = {host: LearnedSite(models[host], "") for host in starved}
    async with aclosing(_outline(starved, limits, first, poison)) as outlined:
        async for host, outlines in outlined:
            models[host] = await _learn(host, chosen[host], kept.pop(host) | outlines, known.get(host))
    models |= {host: update_model(old, models[host]) for host, old in known.items() if host in models}
    told = {host: decide(model, decisions) for host, model in sorted(models.items()) if model.layouts or model.frame}
    return Learned({host: as_learned(model) for host, model in told.items()}, poison)


async def update_sites(
    sealed: Mapping[str, LearnedSite],
    pages: Sequence[StoredPage],
    fits: Mapping[str, Sequence[Mapping[str, Fit]]],
    *,
    limits: WorkerLimits,
    sample: int,
    decisions: Decisions,
) -> Learned:
    """Keep the sealed models, bring those up to date that no longer fit, and learn the sites that have none.

    A site is learned anew, from all its pages, when it has twice as many as its model was learned from.

    Args:
        sealed: the models that earlier runs sealed, by host.
        pages: of all hosts, as they are now.
        fits: for each host the pages that each run has fetched since its model was sealed, the latest run last, by
            URL.
        limits: what reading a page may cost.
        sample: how many pages of a host are looked at; 0 learns nothing, and keeps nothing.
        decisions: what a person says of single templates.
    """
    if not sample:
        return Learned()
    by_host = group_by_host(pages)
    anew: list[StoredPage] = []
    again: list[StoredPage] = []
    for host, of in by_host.items():
        old = sealed.get(host)
        if old is None or 2 * old.model.pages <= min(len(of), sample):
            anew += of
        else:
            runs = fits.get(host, ())
            count = count_recent_runs(old.model, [list(run.values()) for run in runs])
            recent = {url for run in runs[len(runs) - count :] for url in run}
            again += [page for page in of if page.context.url in recent]
    first = await learn_sites(anew, limits, sample, decisions)
    second = await learn_sites(again, limits, sample, decisions, {host: one.model for host, one in sealed.items()})
    outgrown = {find_site(page.context.url) for page in anew}
    kept = {host: one for host, one in sealed.items() if host not in outgrown}
    return Learned({**kept, **first.sites, **second.sites}, {**first.poison, **second.poison})


def group_by_host(pages: Sequence[StoredPage]) -> dict[str, list[StoredPage]]:
    """Group what is HTML by its host."""
    by_host: dict[str, list[StoredPage]] = {}
    for page in pages:
        if page.context.format == "html":
            by_host.setdefault(find_site(page.context.url), []).append(page)
    return by_host


def choose_sample(pages: Sequence[StoredPage], size: int) -> list[StoredPage]:
    """Choose pages by the SHA-256 of their URL and file: the same ones, in whatever order they came."""
    return sorted(pages, key=lambda page: sha256(" ".join(page.key).encode("utf-8", "surrogatepass")).digest())[:size]


def as_learned(model: SiteModel) -> LearnedSite:
    """Name a model by its digest."""
    return LearnedSite(model, digest_model(dump_model(model)))


async def _learn(
    host: str, pages: Sequence[StoredPage], outlines: Mapping[PageKey, PageOutline], known: SiteModel | None
) -> SiteModel:
    """Learn a host from those of its chosen pages that could be outlined."""
    names = sorted({name for page in pages if (name := page.context.organization)})
    seen = [outlines[page.key] for page in pages if page.key in outlines]
    return await asyncio.to_thread(learn, seen, host, names, known)


async def _outline(
    by_host: Mapping[str, Sequence[StoredPage]],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite],
    poison: dict[PageKey, Unpublished],
) -> AsyncGenerator[tuple[str, dict[PageKey, PageOutline]], None]:
    """Outline the pages of one host after the other; a host's outlines come as soon as they are complete.

    Those of a large host are many megabytes: whoever needs no more of a host than its model lets go of them.
    """
    pages = [page for of in by_host.values() for page in of]
    if not pages:
        return
    turns = ((host, page, number == len(of)) for host, of in by_host.items() for number, page in enumerate(of, start=1))
    found: dict[PageKey, PageOutline] = {}
    async with aclosing(run_workers(outline, pages, limits, sites)) as results:
        async for result in results:
            host, page, is_last = next(turns)
            if not isinstance(result, Unpublished):
                found[page.key] = result
            elif result.reason in POISON:  # other pages that cannot be read are accounted for when they are published
                poison[page.key] = result
            if is_last:
                yield host, found
                found = {}
