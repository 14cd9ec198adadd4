"""Pages to site models: the sample of each site is outlined in the workers, and the models are learned from it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import nsmallest
from itertools import chain
from types import MappingProxyType
from typing import Protocol

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


class SitePages(Protocol):
    """The HTML pages of a site, of which only those are made that are looked at."""

    def __len__(self) -> int:
        """Count them."""

    def among(self, urls: Collection[str]) -> "SitePages":
        """Take those of certain URLs."""

    def choose(self, size: int) -> Sequence[StoredPage]:
        """Make the lowest of them by `find_rank`, the lowest first."""


@dataclass(frozen=True, slots=True)
class ListedPages:
    """Pages that are all in memory."""

    pages: Sequence[StoredPage]

    def __len__(self) -> int:
        """Count them."""
        return len(self.pages)

    def among(self, urls: Collection[str]) -> "ListedPages":
        """Take those of certain URLs."""
        return ListedPages([page for page in self.pages if page.context.url in urls])

    def choose(self, size: int) -> list[StoredPage]:
        """Take some of them."""
        return nsmallest(size, self.pages, key=lambda page: find_rank(page.key))


async def learn_sites(pages: Sequence[StoredPage], limits: WorkerLimits, sample: int, decisions: Decisions) -> Learned:
    """Learn the site of each host that has pages enough: `learn_hosts` with pages of all hosts."""
    return await learn_hosts(group_by_host(pages), limits, sample, decisions)


async def learn_hosts(
    pages: Mapping[str, SitePages],
    limits: WorkerLimits,
    sample: int,
    decisions: Decisions,
    known: Mapping[str, SiteModel] = MappingProxyType({}),
) -> Learned:
    """Learn the site of each host that has pages enough.

    Args:
        pages: of each host.
        limits: what reading one of them may cost.
        sample: how many pages of a host are looked at; chosen by their URLs, so that the order of arrival is nothing. 0
            learns nothing.
        decisions: what a person says of single templates; outranks what is learned.
        known: models that are brought up to date by what the pages teach, by host.
    """
    poison: dict[PageKey, Unpublished] = {}
    models: dict[str, SiteModel] = {}
    starved: dict[str, list[StoredPage]] = {}
    kept: dict[str, _Outlined] = {}  # of the hosts with starved pages only
    chosen = ((host, of.choose(sample)) for host, of in pages.items() if len(of) >= MIN_PAGES)
    async with aclosing(_outline(chosen, limits, {}, poison)) as outlined:
        async for host, one in outlined:
            models[host] = await _learn(host, one, known.get(host))
            again = [
                page
                for page in one.pages
                if page.key in one.outlines and find_starved(models[host], one.outlines[page.key])
            ]
            if again:
                starved[host], kept[host] = again, one
    # Where generic extraction took nothing but the site's frame, it is asked again without it.
    first = {host: LearnedSite(models[host], "") for host in starved}
    async with aclosing(_outline(starved.items(), limits, first, poison)) as outlined:
        async for host, one in outlined:
            before = kept.pop(host)
            both = _Outlined(before.pages, before.outlines | one.outlines)
            models[host] = await _learn(host, both, known.get(host))
    models |= {host: update_model(old, models[host]) for host, old in known.items() if host in models}
    told = {host: decide(model, decisions) for host, model in sorted(models.items()) if model.layouts or model.frame}
    return Learned({host: as_learned(model) for host, model in told.items()}, poison)


async def update_sites(
    sealed: Mapping[str, LearnedSite],
    pages: Mapping[str, SitePages],
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
        pages: of each host, as they are now.
        fits: for each host the pages that each run has fetched since its model was sealed, the latest run last, by
            URL.
        limits: what reading a page may cost.
        sample: how many pages of a host are looked at; 0 learns nothing, and keeps nothing.
        decisions: what a person says of single templates.
    """
    if not sample:
        return Learned()
    anew: dict[str, SitePages] = {}
    again: dict[str, SitePages] = {}
    for host, of in pages.items():
        old = sealed.get(host)
        if old is None or 2 * old.model.pages <= min(len(of), sample):
            anew[host] = of
        else:
            runs = fits.get(host, ())
            count = count_recent_runs(old.model, [list(run.values()) for run in runs])
            if count:
                again[host] = of.among({url for run in runs[len(runs) - count :] for url in run})
    first = await learn_hosts(anew, limits, sample, decisions)
    second = await learn_hosts(again, limits, sample, decisions, {host: one.model for host, one in sealed.items()})
    kept = {host: one for host, one in sealed.items() if host not in anew}
    return Learned({**kept, **first.sites, **second.sites}, {**first.poison, **second.poison})


def group_by_host(pages: Sequence[StoredPage]) -> dict[str, SitePages]:
    """Group what is HTML by its host."""
    by_host: dict[str, list[StoredPage]] = {}
    for page in pages:
        if page.context.format == "html":
            by_host.setdefault(find_site(page.context.url), []).append(page)
    return {host: ListedPages(of) for host, of in by_host.items()}


def find_rank(key: PageKey) -> bytes:
    """Give the SHA-256 of a page's URL and file: samples are the pages with the lowest, in whatever order they came."""
    return sha256(" ".join(key).encode("utf-8", "surrogatepass")).digest()


def as_learned(model: SiteModel) -> LearnedSite:
    """Name a model by its digest."""
    return LearnedSite(model, digest_model(dump_model(model)))


@dataclass(frozen=True, slots=True)
class _Outlined:
    """The pages of a host that were chosen, and the outlines of those that could be read."""

    pages: Sequence[StoredPage]
    outlines: dict[PageKey, PageOutline]


async def _learn(host: str, of: _Outlined, known: SiteModel | None) -> SiteModel:
    """Learn a host from those of its chosen pages that could be outlined."""
    names = sorted({name for page in of.pages if (name := page.context.organization)})
    seen = [of.outlines[page.key] for page in of.pages if page.key in of.outlines]
    return await asyncio.to_thread(learn, seen, host, names, known)


async def _outline(
    by_host: Iterable[tuple[str, Sequence[StoredPage]]],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite],
    poison: dict[PageKey, Unpublished],
) -> AsyncGenerator[tuple[str, _Outlined], None]:
    """Outline the pages of one host after the other; a host's outlines come as soon as they are complete.

    Those of a large host are many megabytes: whoever needs no more of a host than its model lets go of them.
    """
    coming: deque[tuple[str, Sequence[StoredPage]]] = deque()  # given to the workers, whole or in part

    def give() -> Iterator[StoredPage]:
        for host, pages in by_host:
            if pages:
                coming.append((host, pages))
                yield from pages

    asked = give()
    first = next(asked, None)
    if first is None:
        return
    outlines: dict[PageKey, PageOutline] = {}
    done = 0  # pages of the host
    async with aclosing(run_workers(outline, chain((first,), asked), limits, sites)) as results:
        async for result in results:
            host, pages = coming[0]
            page = pages[done]
            done += 1
            if not isinstance(result, Unpublished):
                outlines[page.key] = result
            elif result.reason in POISON:  # other pages that cannot be read are accounted for when they are published
                poison[page.key] = result
            if done == len(pages):
                yield host, _Outlined(pages, outlines)
                coming.popleft()
                outlines, done = {}, 0
