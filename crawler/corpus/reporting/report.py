"""All that a report says, gathered from collections: records, near-duplicates, ledgers and site models."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from crawler.corpus.near_duplicates import NearDuplicates, find_near_duplicates
from crawler.corpus.reporting.redesign import Sealing, SiteSigns, find_signs, sort_signs
from crawler.corpus.reporting.statistics import OTHERS, Counting, Statistics
from crawler.corpus.snapshot import Snapshot, Source
from crawler.extraction.model import SiteModel
from crawler.extraction.model_update import Fit
from crawler.fits import find_fits
from crawler.spiders.survey import ARCHIVE
from crawler.storage.ledger import Ledger, SealedModel
from crawler.storage.seal import unseal_model, unseal_models
from crawler.storage.visits import Account

_SEALINGS = 6  # models of a site that are compared, the latest ones


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """What there is to say of one collection besides its records."""

    name: str
    run: str | None  # when the run began whose corpus it is; None where pages are files
    runs: int  # finished ones
    unfinished: bool  # whether a run is under way or waits to be gone on with
    accounts: Sequence[Account]  # of all URLs; none where pages are files
    models: Mapping[str, SiteModel]  # by host, as they were for that run
    withholds_models: bool = False  # whether a takedown list left out a record: models quote pages


@dataclass(frozen=True, slots=True)
class Report:
    """What the page shows."""

    collections: Sequence[CollectionReport]
    statistics: Statistics
    near_duplicates: NearDuplicates
    near_duplicated: int  # records that name another one
    left_out: Counter[str]  # by the takedown lists, by reason
    signs: Sequence[SiteSigns]
    seed: int


def gather_report(snapshot: Snapshot, *, sample: int, seed: int) -> Report:
    """Read all there is to say; the records are gone through once.

    Args:
        snapshot: of the collections.
        sample: how many records are chosen to be read.
        seed: of that choice.

    Raises:
        CommandFailedError: a record was written by another version of the program.
        LedgerError, OSError: something cannot be read.
        UserError: the model of a collection of files is none.
    """
    collections = [_look(source) for source in snapshot.sources]
    models = {(one.name, host): model for one in collections for host, model in one.models.items()}
    counting = Counting(models, sample=sample, seed=seed)
    watched = (counting.watch(source.collection.name, source.lines()) for source in snapshot.sources)
    found = find_near_duplicates(chain.from_iterable(watched))
    return Report(
        collections=[
            replace(one, withholds_models=bool(source.takedowns.left_out))
            for one, source in zip(collections, snapshot.sources, strict=True)
        ],
        statistics=counting.found,
        near_duplicates=found,
        near_duplicated=sum(
            found.original_of(member.index) is not None for cluster in found.clusters for member in cluster
        ),
        left_out=snapshot.left_out,
        signs=_find_all_signs(snapshot, counting.found, models),
        seed=seed,
    )


def _look(source: Source) -> CollectionReport:
    ledger = source.ledger
    if ledger is None or source.run is None:
        sites = source.collection.find_models(None)
    else:  # what an unfinished run has sealed meanwhile is not meant
        sites = unseal_models(ledger, source.collection.folder / ARCHIVE, source.run.id)
    models = {host: site.model for host, site in sites.items()}
    return CollectionReport(
        name=source.collection.name,
        run=None if source.run is None else source.run.started_at,
        runs=len(source.runs),
        unfinished=ledger is not None and bool(ledger.unfinished_runs()),
        accounts=() if ledger is None else ledger.account(),
        models=models,
    )


def _find_all_signs(
    snapshot: Snapshot, found: Statistics, models: Mapping[tuple[str, str], SiteModel]
) -> list[SiteSigns]:
    fits: dict[str, Mapping[str, Mapping[int, Mapping[str, Fit]]] | None] = {}
    sealings: dict[tuple[str, str], list[Sealing]] = {}
    latest = {source.collection.name: None if source.run is None else source.run.id for source in snapshot.sources}
    for source in snapshot.sources:
        name, ledger = source.collection.name, source.ledger
        fits[name] = None if ledger is None else find_fits(ledger, {run.id for run in source.runs}, latest[name])
        if ledger is not None:
            sealings |= {(name, host): of for host, of in _find_sealings(ledger, source.collection.folder).items()}
    signs = []
    for site, count in found.sites.items():
        if site[1] == OTHERS:
            continue
        of_collection = fits[site[0]]
        runs = None if of_collection is None else of_collection.get(site[1], {})
        signs.append(find_signs(site, count, models.get(site), sealings.get(site, ()), runs, latest[site[0]]))
    return sort_signs(signs)


def _find_sealings(ledger: Ledger, folder: Path) -> dict[str, list[Sealing]]:
    """Give the latest models that were sealed of each site, and what is new in each; a site's only one is not read."""
    by_host: dict[str, list[tuple[str, SealedModel]]] = {}
    for host, time, sealed in ledger.sealings():
        by_host.setdefault(host, []).append((time, sealed))
    found: dict[str, list[Sealing]] = {}
    for host, of in by_host.items():
        known: set[str] | None = None
        found[host] = []
        for time, sealed in of[-_SEALINGS:]:
            now: set[str] = set()
            if len(of) > 1:
                now = {layout.container for layout in unseal_model(folder / ARCHIVE, sealed).model.layouts}
            added = () if known is None else tuple(sorted(now - known))
            found[host].append(Sealing(sealed.run, time, added))
            known = now
    return found
