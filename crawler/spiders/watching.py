"""Whether the site of a run was redesigned: what known pages say of it, and what becomes of the run then."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, islice

from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model_update import Fit, find_fit
from crawler.extraction.page import LearnedSite
from crawler.extraction.record import load_record
from crawler.extraction.redesign import (
    Glance,
    KnownPage,
    choose_lost,
    count_alike,
    count_as_before,
    find_vanished,
    is_trusted,
    is_wall,
)
from crawler.judging.summary import Fate, Redesign, dump_redesigns, load_redesigns
from crawler.learning import Learned, find_rank
from crawler.publish import StoredPage, Unpublished, WorkerLimits, find_site, glance, run_workers
from crawler.spiders.corpus import CorpusSpider
from crawler.spiders.entries import Entry

MOST_LOOKED_AT = 200  # known pages of a site that are read twice
NOTHING = Fit(like=False, removed=frozenset(), first=None, last=None, document="")
NOWHERE = Glance(None, "")


@dataclass(frozen=True, slots=True)
class Visited:
    """A page with a record, of which the run has found out how it is now."""

    before: StoredPage  # the response on which its record stands
    now: StoredPage | None  # the fresh one, or that of the page to which it leads; None where it is as it was
    is_away: bool = False  # whether it leads where many others lead, too


class WatchingSpider(CorpusSpider):
    """A corpus spider that notices when the pages of a site do not have its layouts any more."""

    sealed: Mapping[str, LearnedSite]
    redesigns: Sequence[Redesign] = ()

    @property
    def is_held(self) -> bool:
        """Whether no record of the run is to leave."""
        return any(one.outcome is Fate.HELD for one in self.redesigns)

    # --- What the ledger tells ---------------------------------------------------------------------------------------

    def find_fits_now(self, fits: Mapping[str, Mapping[int, Mapping[str, Fit]]]) -> dict[str, dict[str, Fit]]:
        """Say how the pages that the run has fetched fit, by host and URL; one without any text is like no layout."""
        now = {host: dict(runs.get(self.ledger.run, {})) for host, runs in fits.items()}
        for url in self.ledger.unread_pages() if self.sealed else ():
            host = find_site(url)
            if host in self.sealed:
                now.setdefault(host, {}).setdefault(url, NOTHING)
        return now

    def find_lost(self, host: str, fits: Mapping[str, Fit]) -> list[str]:
        """Find known pages of a site that were like a layout, and now are not, or lead to a page that is not.

        Args:
            host: of the site.
            fits: how the pages that the run has fetched fit, by URL.
        """
        lost = [url for url, fit in fits.items() if not fit.like and self.was_like(url)]
        for url, target in self.find_redirected(host):
            fit = fits.get(target or "")
            if (target is None or (fit is not None and not fit.like)) and self.was_like(url):
                lost.append(url)
        return lost

    def find_redirected(self, host: str) -> list[tuple[str, str | None]]:
        """List the pages of a site that the run has found to lead elsewhere, each with where it leads in the end.

        Four that lead to the same page lead nowhere: a page stands before all of them.
        """
        found = {url: target for url, target in self.ledger.redirected_pages() if find_site(url) == host}
        ends = {}
        for url in found:
            target, passed = url, {url}
            while target in found and found[target] not in passed:
                target = found[target]
                passed.add(target)
            ends[url] = target
        shared = Counter(ends.values())
        return [(url, target if shared[target] < MIN_PAGES else None) for url, target in ends.items()]

    def was_like(self, url: str) -> bool:
        """Tell whether the record of a page was read by a layout."""
        fit = self.find_fit_before(url)
        return fit is not None and fit.like

    def find_fit_before(self, url: str) -> Fit | None:
        """Say how the record of a page fits; None for a page without one."""
        line = self.ledger.standing_line(url)
        return None if line is None else find_fit(load_record(line))

    # --- What becomes of the run -------------------------------------------------------------------------------------

    async def watch(
        self, learned: Learned, fits: Mapping[str, Mapping[int, Mapping[str, Fit]]], limits: WorkerLimits
    ) -> None:
        """Look for redesigns, and say what becomes of the run.

        Args:
            learned: what the run has learned.
            fits: how the pages fetched since the models were sealed fit them: by host, run and URL.
            limits: what reading a page may cost.
        """
        now = self.find_fits_now(fits)
        found = [await self.find_redesign(host, now.get(host, {}), learned, limits) for host in self.sealed]
        # An earlier process of the run may have sealed what it has learned; then the pages are as they should be.
        noted = load_redesigns(self.ledger.noted_redesigns())
        told = tuple(one for one in found if one is not None)
        self.redesigns = told or tuple(one for one in noted if one.outcome is not Fate.HELD)
        if self.redesigns:
            self.ledger.note_redesigns(dump_redesigns(self.redesigns))

    def may_take_held_runs(self, fits: Mapping[str, Mapping[int, Mapping[str, Fit]]]) -> bool:
        """Tell whether what waits in held runs may be taken: the run has seen four known pages that are well.

        Args:
            fits: how the pages fetched since the models were sealed fit them: by host, run and URL.
        """
        if self.ledger.is_accepted():
            return True
        if self.limit_reached:
            return False
        fetched = (url for runs in fits.values() for url, fit in runs.get(self.ledger.run, {}).items() if fit.like)
        well = (url for url in chain(fetched, self.ledger.confirmed_pages()) if self.was_like(url))
        return len(list(islice(well, MIN_PAGES))) == MIN_PAGES

    async def find_redesign(
        self, host: str, fits: Mapping[str, Fit], learned: Learned, limits: WorkerLimits
    ) -> Redesign | None:
        """Read known pages of a site twice, and once more by what was learned if they have lost their layout."""
        if not self.is_suspicious(host, fits):
            return None
        visited = list(self.find_visited(host, fits))
        before = await self.read_glances([one.before for one in visited], self.sealed, limits)
        fresh = [one.now for one in visited if one.now is not None and not one.is_away]
        read = iter(await self.read_glances(fresh, self.sealed, limits))
        pages = [
            KnownPage(one.before.context.url, old, NOWHERE if one.is_away else old if one.now is None else next(read))
            for one, old in zip(visited, before, strict=True)
        ]
        vanished = find_vanished(pages)
        if not vanished:
            return None
        lost = choose_lost(pages)
        pointers = {page.before.context.url: page.now for page in visited if not page.is_away}
        there = [pointer for page in lost if (pointer := pointers.get(page.url)) is not None]
        again = iter(await self.read_glances(there, learned.sites, limits))
        glances = [NOWHERE if pointers.get(page.url) is None else next(again) for page in lost]
        as_before = count_as_before(lost, glances)
        fate = Fate.RELEARNED if is_trusted(as_before, len(lost)) else Fate.HELD
        if self.ledger.is_accepted():
            fate = Fate.ACCEPTED
        layouts, of = tuple(one.container for one in vanished), sum(one.of for one in vanished)
        wall = is_wall(count_alike([page.now for page in lost]), len(lost))
        return Redesign(host, layouts, sum(one.pages for one in vanished), of, as_before, fate, wall)

    def is_suspicious(self, host: str, fits: Mapping[str, Fit]) -> bool:
        """Tell whether known pages are worth a closer look: one has lost its layout, or some have other texts."""
        if not fits and not self.ledger.redirected_pages():
            return False
        if self.find_lost(host, fits):
            return True
        before = ((fit, self.find_fit_before(url)) for url, fit in fits.items())
        changed = sum(old is not None and old.like and fit.document != old.document for fit, old in before)
        return changed >= MIN_PAGES

    def find_visited(self, host: str, fits: Mapping[str, Fit]) -> Iterator[Visited]:
        """Give known pages of a site that the run has asked for, chosen by `find_rank` where they are many."""
        redirected = dict(self.find_redirected(host))
        confirmed = (url for url in self.ledger.confirmed_pages() if find_site(url) == host)
        known = {*fits, *redirected, *confirmed}
        for url in nsmallest(MOST_LOOKED_AT, known, key=lambda url: find_rank((url, ""))):
            entry = self.find_entry(url)
            if entry is None or entry.stands is None or entry.before is None or entry.before.gone is not None:
                continue
            before = self.stored_page(entry.url, entry.known, entry.stands.response)
            if url not in redirected:
                yield Visited(before, self.find_fresh(entry))
            elif (target := redirected[url]) is None:
                yield Visited(before, None, is_away=True)
            elif (page := self.find_fresh(self.find_entry(target))) is not None:
                yield Visited(before, page)

    def find_fresh(self, entry: Entry | None) -> StoredPage | None:
        """Point at what the run has fetched of a URL; None for nothing."""
        if entry is None or entry.fresh is None:
            return None
        return self.stored_page(entry.url, entry.known, entry.fresh.response)

    async def read_glances(
        self, pages: Sequence[StoredPage], sites: Mapping[str, LearnedSite], limits: WorkerLimits
    ) -> list[Glance]:
        """Let the workers look at pages; one that cannot be read is like no layout and has no text."""
        async with aclosing(run_workers(glance, pages, limits, sites)) as read:
            return [NOWHERE if isinstance(one, Unpublished) else one async for one in read]
