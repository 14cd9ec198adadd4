"""Whether the site of a run was redesigned: what known pages say of it, and what becomes of the run then."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest

from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model_update import Fit, find_fit
from crawler.extraction.page import LearnedSite
from crawler.extraction.record import load_record
from crawler.extraction.redesign import Glance, KnownPage, Vanished, count_as_before, find_vanished, is_trusted
from crawler.learning import Learned, find_rank
from crawler.publish import StoredPage, Unpublished, WorkerLimits, find_site, glance, run_workers
from crawler.spiders.corpus import CorpusSpider

MOST_LOOKED_AT = 60  # known pages of a site that are read twice
NOTHING = Fit(like=False, removed=frozenset(), first=None, last=None, document="")


class Fate(StrEnum):
    """What becomes of a run that finds a redesign."""

    RELEARNED = "relearned"  # the model that was learned of the new pages gives known ones the texts that they had
    ACCEPTED = "accepted"  # a person said so
    HELD = "held"  # the old model stays, and the run's records are no part of the corpus


@dataclass(frozen=True, slots=True)
class Redesign:
    """A redesign of a site, as a run found it."""

    host: str
    vanished: tuple[Vanished, ...]
    as_before: int  # of the known pages that have lost their layout, those that the relearned model reads as before
    of: int
    fate: Fate


class WatchingSpider(CorpusSpider):
    """A corpus spider that notices when the pages of a site do not have its layouts any more."""

    sealed: Mapping[str, LearnedSite]
    accepts = False  # whether a person has looked at what the run found, and takes it
    redesigns: Sequence[Redesign] = ()

    @property
    def is_held(self) -> bool:
        """Whether no record of the run is to leave."""
        return any(one.fate is Fate.HELD for one in self.redesigns)

    def find_fits_now(self, fits: Mapping[str, Mapping[int, Mapping[str, Fit]]]) -> dict[str, dict[str, Fit]]:
        """Say how the pages that the run has fetched fit, by host and URL; one without any text is like no layout."""
        now = {host: dict(runs.get(self.ledger.run, {})) for host, runs in fits.items()}
        for url in self.ledger.unread_pages() if self.sealed else ():
            host = find_site(url)
            if host in self.sealed:
                now.setdefault(host, {}).setdefault(url, NOTHING)
        return now

    def find_lost(self, fits: Mapping[str, Fit]) -> list[str]:
        """Find the pages of a run that are like no layout, and were when they were read before."""
        unlike = (url for url, fit in fits.items() if not fit.like)
        return [url for url in unlike if (before := self.find_fit_before(url)) is not None and before.like]

    def find_fit_before(self, url: str) -> Fit | None:
        """Say how the record of a page fits, or of a page that redirects to it; None for a page without one."""
        for one in (url, *self.sources_of(url)):
            line = self.ledger.standing_line(one)
            if line is not None:
                return find_fit(load_record(line))
        return None

    async def watch(
        self, learned: Learned, fits: Mapping[str, Mapping[int, Mapping[str, Fit]]], limits: WorkerLimits
    ) -> None:
        """Look for redesigns, and say what becomes of the run.

        Args:
            learned: what the run has learned.
            fits: how the pages fetched since the models were sealed fit them: by host, run and URL.
            limits: what reading a page may cost.
        """
        found: list[Redesign] = []
        for host, now in self.find_fits_now(fits).items():
            urls = self.choose_suspects(now)
            if urls:
                redesign = await self.find_redesign(host, urls, learned, limits)
                found += [redesign] if redesign is not None else []
        self.redesigns = found

    def choose_suspects(self, fits: Mapping[str, Fit]) -> list[str]:
        """Choose known pages to be looked at, where one has lost its layout or some have other texts than before.

        Those that have lost it come first, then the others by `find_rank`.
        """
        known = {url: before for url in fits if (before := self.find_fit_before(url)) is not None and before.like}
        lost = {url for url in known if not fits[url].like}
        changed = sum(fits[url].document != before.document for url, before in known.items())
        if not lost and changed < MIN_PAGES:
            return []
        return nsmallest(MOST_LOOKED_AT, known, key=lambda url: (url not in lost, find_rank((url, ""))))

    async def find_redesign(
        self, host: str, urls: Sequence[str], learned: Learned, limits: WorkerLimits
    ) -> Redesign | None:
        """Read known pages twice, and once more by what was learned if they have lost their layout."""
        pairs = list(self.find_pairs(urls))
        before = await self.read_glances([one for one, _ in pairs], self.sealed, limits)
        now = await self.read_glances([other for _, other in pairs], self.sealed, limits)
        pages = [
            KnownPage(other.context.url, old, new) for (_, other), old, new in zip(pairs, before, now, strict=True)
        ]
        vanished = find_vanished(pages)
        if not vanished:
            return None
        lost = [page for page in pages if page.is_lost]
        again = await self.read_glances(
            [other for (_, other), page in zip(pairs, pages, strict=True) if page.is_lost], learned.sites, limits
        )
        as_before = count_as_before(lost, again)
        fate = Fate.ACCEPTED if self.accepts else Fate.RELEARNED if is_trusted(as_before, len(lost)) else Fate.HELD
        return Redesign(host, vanished, as_before, len(lost), fate)

    def find_pairs(self, urls: Sequence[str]) -> Iterator[tuple[StoredPage, StoredPage]]:
        """Give for each page the response on which its record stands, and the fresh one."""
        for url in urls:
            entry = self.find_entry(url)
            if entry is None or entry.fresh is None:
                continue
            stands = [entry, *(self.find_entry(source) for source in self.sources_of(url))]
            old = next((one for one in stands if one is not None and one.stands is not None), None)
            if old is not None and old.stands is not None:
                before = self.stored_page(old.url, old.known, old.stands.response)
                yield before, self.stored_page(entry.url, entry.known, entry.fresh.response)

    async def read_glances(
        self, pages: Sequence[StoredPage], sites: Mapping[str, LearnedSite], limits: WorkerLimits
    ) -> list[Glance]:
        """Let the workers look at pages; one that cannot be read is like no layout and has no text."""
        async with aclosing(run_workers(glance, pages, limits, sites)) as read:
            return [Glance(None, "") if isinstance(one, Unpublished) else one async for one in read]
