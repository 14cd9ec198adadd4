"""A collection on disk, for commands that look at what was learned of it and write what a person decides."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.errors import UserError
from crawler.extraction.decisions import Decisions, decide
from crawler.extraction.page import LearnedSite
from crawler.learning import SitePages, as_learned
from crawler.model_files import MODELS, read_models, write_decisions, write_models
from crawler.outcomes import Outcome
from crawler.publish import StoredPage
from crawler.settings_check import require_data_folder
from crawler.spiders.loader import OrganizationLoader
from crawler.spiders.replay import ReplaySpider
from crawler.spiders.survey import ARCHIVE
from crawler.storage.ledger import Ledger
from crawler.storage.seal import seal_models, unseal_models


@dataclass(frozen=True, slots=True)
class Collection:
    """A folder of DATA_DIR."""

    folder: Path

    @property
    def name(self) -> str:
        """Its name, which is that of its folder."""
        return self.folder.name

    @property
    def has_ledger(self) -> bool:
        """Whether its pages were fetched; those of `documents` are files elsewhere."""
        return (self.folder / "ledger.sqlite3").is_file()

    def look(self) -> "contextlib.closing[Ledger]":
        """Open its ledger to read it only, also while a crawl is running.

        Raises:
            LedgerError: it cannot be read.
        """
        return contextlib.closing(Ledger.look(self.folder))

    def find_models(self, ledger: Ledger | None) -> dict[str, LearnedSite]:
        """Read the models by which records are made: the sealed ones, or those of the latest run where none is sealed.

        Raises:
            ArchiveError, LedgerError: the sealed ones cannot be read.
            UserError: a file is no model.
        """
        return unseal_models(ledger, self.folder / ARCHIVE) if ledger is not None else read_models(self.folder)


def list_collections(settings: Any) -> list[Collection]:
    """List the collections of DATA_DIR by name: the folders in which a run has left something.

    Raises:
        UserError: there is no such folder to have them.
    """
    data = require_data_folder(settings)
    found = {path.parent for name in ("ledger.sqlite3", MODELS, "records") for path in data.glob(f"*/{name}")}
    return [Collection(folder) for folder in sorted(found)]


def find_collection(settings: Any, name: str) -> Collection:
    """Find a collection by its name.

    Raises:
        UserError: there is none.
    """
    there = {one.name: one for one in list_collections(settings)}
    if name not in there:
        names = ", ".join(there) or "none"
        raise UserError(f"no collection {name!r} in {Path(settings['DATA_DIR'])}; there are: {names}")
    return there[name]


class CurrentPages(ReplaySpider):
    """The pages that `replay` would publish, without a crawl: nothing is fetched, counted or written."""

    def __init__(self, ledger: Ledger, settings: Any, collection: str) -> None:
        """Read organization files and redirects.

        Raises:
            UserError: the organization's file is broken.
            LedgerError: the ledger cannot be read.
        """
        super().__init__()
        errors = OrganizationLoader.from_settings(settings).errors
        if collection in errors:
            raise UserError(errors[collection])
        self.settings = settings
        self.collection = collection
        self.ledger = ledger
        self.arguments = {"relearn": True, "history": False}
        self.limit = None
        self.prepare()
        self.remembered = {}
        self.look_at_corpus()

    def end(self, url: str, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """Keep no account: this is a look."""

    def sites(self) -> dict[str, SitePages]:
        """Give the pages of the current corpus by site, made when they are needed; not those that are gone."""
        self.survey()
        return self.find_surveyed()

    def find(self, url: str) -> StoredPage | None:
        """Find the page of a URL, or of the URL that it redirects to; None where the corpus has none."""
        self.scratch.add_redirects(self.ledger.redirects(self.scope))
        wanted = {url}
        while (target := self.scratch.target_of(url)) is not None and target not in wanted:
            url = target
            wanted.add(url)
        entry = next((entry for one in sorted(wanted) if (entry := self.find_entry(one)) is not None), None)
        if entry is None:
            return None
        return self.stored_page(entry.url, entry.known, (entry.stands or entry.parts[0]).response)


@contextlib.contextmanager
def hold(collection: Collection) -> Iterator[Ledger | None]:
    """Take a collection's ledger for as long as its models are changed; None for a collection without.

    Raises:
        UserError: a crawl of the collection is running.
        LedgerError: the ledger cannot be opened.
    """
    if not collection.has_ledger:
        yield None
        return
    with contextlib.closing(Ledger(collection.folder)) as ledger:
        ledger.look_at_latest_run()
        yield ledger


def write_down(
    collection: Collection,
    ledger: Ledger | None,
    settings: Any,
    models: dict[str, LearnedSite],
    decisions: Decisions,
) -> dict[str, LearnedSite]:
    """Write decisions, fold them into the models, and seal these where there is an archive.

    The decisions are written first: what a crash leaves undone, the same command does.

    Raises:
        OSError: something cannot be written.
        LedgerError: the ledger cannot.
    """
    write_decisions(collection.folder, decisions)
    decided = {host: as_learned(decide(site.model, decisions)) for host, site in models.items()}
    if ledger is not None:
        archive = CurrentPages(ledger, settings, collection.name).open_archive()
        assert archive is not None
        try:
            seal_models(ledger, archive, decided, datetime.now(UTC))
        finally:
            archive.close()
    write_models(collection.folder, decided)
    return decided


def require_no_options(command: str, args: Sequence[str]) -> None:
    """Refuse options that a command does not have; Scrapy hands them over as if they were names.

    Raises:
        UserError: there is one.
    """
    unknown = next((one for one in args if one.startswith("--")), None)
    if unknown is not None:
        raise UserError(f"{command}: unknown option {unknown}; `scrapy {command} --help` lists those that there are")


def choose_host(hosts: Sequence[str], host: str | None, collection: str) -> list[str]:
    """Choose the sites that are asked for: one, or all.

    Raises:
        UserError: there is no such site.
    """
    if host is None:
        return sorted(hosts)
    wanted = host.lower().removeprefix("www.")
    if wanted not in hosts:
        shown = ", ".join(show_host(one) for one in sorted(hosts)) or "none"
        raise UserError(f"{collection} has no site {host!r}; its sites: {shown}")
    return [wanted]


def show_host(host: str) -> str:
    """Name a site; files that state no URL have no host."""
    return host or "(files without a URL)"
