"""`scrapy crawl replay -a collection=NAME`: the corpus again, from its archive, without a network."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request

from crawler.errors import UserError
from crawler.extraction.page import LearnedSite
from crawler.learning import Learned
from crawler.organizations.schema import Organization
from crawler.publish import StoredPage, WorkerLimits
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, parse_arguments, switch
from crawler.spiders.base import find_limits
from crawler.spiders.fetching import ARCHIVE, FetchingSpider
from crawler.spiders.organization import describe_page
from crawler.spiders.pages import PagesSpider, describe_row
from crawler.storage.archive import Archive
from crawler.storage.ledger import Ledger
from crawler.storage.seal import unseal_models
from crawler.storage.warc_record import ArchiveError


class ReplaySpider(FetchingSpider):
    """Publishes the pages of a collection anew; the ledger is read and not changed."""

    name = "replay"
    accepted: ClassVar = (
        Argument("collection", COLLECTION.allowed, COLLECTION.parse, required=True),
        LIMIT,
        Argument("relearn", "1 to learn the sites anew, 0 to use the sealed models", switch),
    )
    organizations: ClassVar[Mapping[str, Organization]] = {}  # by slug; the loader sets it

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse a collection that is not there."""
        super().check(given, settings)
        folder = Path(settings["DATA_DIR"]) / given["collection"]
        if not (folder / "ledger.sqlite3").is_file():
            there = sorted(path.parent.name for path in folder.parent.glob("*/ledger.sqlite3"))
            raise UserError(f"replay: no collection {folder}; there are: {', '.join(there) or 'none'}")

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take the collection's ledger, and the sealed models, which must be readable."""
        acquired = super().acquire(given, settings)
        if parse_arguments(cls.name, cls.accepted, given)["relearn"]:
            return acquired
        try:
            folder = Path(settings["DATA_DIR"]) / given["collection"] / ARCHIVE
            return {**acquired, "_sealed": unseal_models(acquired["_ledger"], folder)}
        except ArchiveError as error:
            acquired["_ledger"].close()
            raise ArchiveError(
                f"{error}; restore the archive's files, or learn the sites anew with  -a relearn=1"
            ) from None

    @classmethod
    def find_collection(cls, given: Mapping[str, str]) -> str:
        """Take the collection that is named."""
        return given["collection"]

    def open_archive(self) -> Archive | None:
        """Write nothing, unless the sites are learned anew: then their models are sealed."""
        return super().open_archive() if self.arguments["relearn"] else None

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Open the ledger without beginning a run."""
        self.ledger = acquired.get("_ledger") or Ledger(self.collection_folder)
        self.prepare()
        self.ledger.look_at_latest_run()
        self.judge_copies()
        self.sealed: dict[str, LearnedSite] = acquired.get("_sealed") or {}
        if self.collection not in self.organizations:
            self.logger.warning(
                "there is no organization file %s.toml: what it says of the pages is missing from the records, except "
                "for pages of a list",
                self.collection,
            )

    def judge_copies(self) -> None:
        """Drop copies as the crawl did: each row of a list is somebody's coding and stays."""
        status = self.ledger.status()
        self.drops_duplicates = status is None or not status.command.startswith(f"crawl {PagesSpider.name}")

    @property
    def journal(self) -> None:
        """Journal nothing: a replay has no run."""
        return None

    async def start(self) -> AsyncIterator[Request]:
        """Go straight to publishing."""
        self.publishing = True
        yield Request("data:,publish", callback=self.publish, dont_filter=True)

    def pages_to_publish(self) -> list[StoredPage]:
        """Give the pages of the current corpus, the first `limit` of them."""
        self.corpus = list(super().pages_to_publish())
        return self.corpus[: self.limit]

    async def find_sites(self, pages: Sequence[StoredPage], limits: WorkerLimits) -> Learned:
        """Use the sealed models, or learn others: from all pages, for they will be sealed as the collection's."""
        if self.arguments["relearn"]:
            return await super().find_sites(self.corpus, find_limits(self.settings, len(self.corpus)))
        return Learned(self.sealed)

    def begin_publishing(self) -> None:
        """Change nothing; a record's `change` is that of the latest run."""
        self.earlier = self.ledger.earlier_digests()

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the list's row or the organization's file says of a page."""
        if "annotations" in known:
            return describe_row(known)
        organization = self.organizations.get(self.collection)
        return describe_page(organization, url) if organization is not None else {}

    def conclude(self) -> None:
        """Change nothing."""

    @property
    def limit_reached(self) -> bool:
        """Fetch nothing."""
        return True
