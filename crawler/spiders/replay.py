"""`scrapy crawl replay -a collection=NAME`: the corpus again, from its archive, without a network."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request, signals
from scrapy.http import Response

from crawler.errors import UserError
from crawler.extraction.page import LearnedSite, extract_page
from crawler.learning import Learned, SitePages
from crawler.publish import WorkerLimits, find_site, load_page
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, parse_arguments, switch
from crawler.spiders.base import find_limits
from crawler.spiders.entries import Entry, Part
from crawler.spiders.stored import StoredCollectionSpider
from crawler.spiders.survey import ARCHIVE
from crawler.storage.archive import Archive
from crawler.storage.ledger import Ledger
from crawler.storage.seal import seal_models, unseal_models
from crawler.storage.visits import Candidate, Standing
from crawler.storage.warc_record import ArchiveError
from items import Page, Record


@dataclass(frozen=True, slots=True)
class Remembered:
    """How a record stood after a run, while the history is made again."""

    standing: Standing
    basis: str
    content_digest: str


class ReplaySpider(StoredCollectionSpider):
    """Publishes the pages of a collection anew; the ledger is read and not changed."""

    name = "replay"
    is_judged = False  # it changes nothing that a later run could be held against
    accepted: ClassVar = (
        Argument("collection", COLLECTION.allowed, COLLECTION.parse, required=True),
        LIMIT,
        Argument("relearn", "1 to learn the sites anew, 0 to use the sealed models", switch),
        Argument("history", "1 for every revision of every record, 0 for the current corpus", switch),
    )

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse a collection that is not there."""
        super().check(given, settings)
        asked = parse_arguments(cls.name, cls.accepted, given)
        if asked["history"] and (asked["relearn"] or asked["limit"] is not None):
            raise UserError("replay: history=1 makes every record as it was made: without relearn=1 and limit=N")
        folder = Path(settings["DATA_DIR"]) / given["collection"]
        if not (folder / "ledger.sqlite3").is_file():
            there = sorted(path.parent.name for path in folder.parent.glob("*/ledger.sqlite3"))
            raise UserError(f"replay: no collection {folder}; there are: {', '.join(there) or 'none'}")

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take the collection's ledger, and the sealed models, which must be readable."""
        acquired = {"_ledger": Ledger(Path(settings["DATA_DIR"]) / cls.find_collection(given))}
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

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Open the ledger without beginning a run."""
        self.ledger = acquired.get("_ledger") or Ledger(self.collection_folder)
        self.archive: Archive | None = None
        self.prepare()
        self.crawler.signals.connect(self.item_scraped, signals.item_scraped)
        self.crawler.signals.connect(self.item_dropped, signals.item_dropped)
        self.crawler.signals.connect(self.item_dropped, signals.item_error)
        self.crawler.signals.connect(self.close_storage, signals.engine_stopped)
        self.look_at_corpus()
        self.remembered: dict[str, Remembered] = {}  # how records stood after the runs before, by URL
        self.holders: defaultdict[str, set[str]] = defaultdict(set)  # the URLs of the records that have a digest
        self.kept: Mapping[int, tuple[str, str]] = {}  # basis and content digest of their responses, by visit
        self.sealed: dict[str, LearnedSite] = acquired.get("_sealed") or {}
        if self.arguments["relearn"]:
            self.archive = self.open_archive()
        if self.collection not in self.organizations:
            self.logger.warning(
                "there is no organization file %s.toml: what it says of the pages is missing from the records, except "
                "for pages of a list",
                self.collection,
            )

    def close_storage(self) -> None:
        """Close what the run had to itself."""
        if self.archive is not None:
            self.archive.close()
        self.scratch.close()
        self.ledger.close()

    def look_at_corpus(self) -> None:
        """Read as of the latest finished run, where there is one, and drop copies as the crawl did."""
        self.ledger.look_at_latest_run()
        finished = [run.id for run in self.ledger.finished_runs()]
        if finished:
            self.ledger.look_at_run(finished[-1])
            self.scope = self.ledger.settled_runs(finished)
        self.follow_command()

    @property
    def journal(self) -> None:
        """Journal nothing: a replay has no run."""
        return None

    async def start(self) -> AsyncIterator[Request]:
        """Go straight to publishing."""
        self.publishing = True
        yield Request("data:,publish", callback=self.publish, dont_filter=True)

    async def publish(self, response: Response) -> AsyncGenerator[Page | Record, None]:
        """Make the records of the latest run again, or the revisions of every run, one run after the other."""
        self.publishing = True
        if not self.arguments["history"]:
            async with aclosing(self.publish_run()) as items:
                async for item in items:
                    yield item
            return
        runs: list[int] = []
        for run in self.ledger.finished_runs():
            runs.append(run.id)
            self.ledger.look_at_run(run.id)
            self.scope = self.ledger.settled_runs(runs)
            self.sealed = unseal_models(self.ledger, self.collection_folder / ARCHIVE, run.id)
            while self.emitted:  # noqa: ASYNC110 - the pipelines tell nobody when the last record is through
                await asyncio.sleep(0.01)
            async with aclosing(self.publish_run()) as items:
                async for item in items:
                    yield item

    @property
    def keeps_readings(self) -> bool:  # type: ignore[override]
        """Whether what one run has read need not be read again for the next one."""
        return bool(self.arguments["history"])

    def survey(self) -> int:
        """Look at all pages, of which the first `limit` are published."""
        self.kept = {one.standing.response.visit: (one.basis, one.content_digest) for one in self.remembered.values()}
        count = super().survey()
        return count if self.limit is None else min(count, self.limit)

    def make_entries(self, after: str | None = None, last: str | None = None) -> Iterator[Entry]:
        """Make the first `limit` entries."""
        return islice(super().make_entries(after, last), self.limit)

    def weigh(self, one: Candidate) -> Entry | None:
        """Compare with what was read again of the runs before, not with what the ledger says of them."""
        if not self.arguments["history"]:
            return super().weigh(one)
        remembered = self.remembered.get(one.url)
        return super().weigh(replace(one, standing=remembered.standing if remembered is not None else None))

    def find_resealed(self) -> frozenset[str]:
        """Give those of the run whose history is made."""
        return self.ledger.resealed_hosts(as_then=self.arguments["history"])

    async def find_sites(self, pages: Mapping[str, SitePages], limits: WorkerLimits) -> Learned:
        """Use the sealed models, or learn others: from all pages, for they will be sealed as the collection's."""
        if not self.arguments["relearn"]:
            return Learned(self.sealed)
        learned = await super().find_sites(pages, find_limits(self.settings, sum(map(len, pages.values()))))
        assert self.archive is not None
        seal_models(self.ledger, self.archive, learned.sites, datetime.now(UTC))
        return learned

    def find_kept(self, visit: int) -> tuple[str, str] | None:
        """Read nothing again that one of the runs before has read in the same way."""
        return self.kept.get(visit)

    def find_holders(self, digest: str, url: str) -> list[str]:
        """Look the records up as they stood before the run that is made again."""
        if not self.arguments["history"]:
            return super().find_holders(digest, url)
        return sorted(self.holders.get(digest, set()) - {url})

    def load(self, part: Part) -> Page | Record:
        """Read a page of which only the digests are kept; rare, so that it is done here and not by a worker."""
        body, context = load_page(part.page)
        return extract_page(body, context, self.learned.sites.get(find_site(context.url)))

    def emit(self, entry: Entry, part: Part, read: Page | Record | None) -> Page | Record | None:
        """Pass over what is as it was in the run before."""
        before = entry.before
        if self.arguments["history"] and part.cached and before is not None and before.gone == before.leaves:
            return None
        return super().emit(entry, part, read)

    def belongs(self, record: Record, *, changes: bool) -> bool:
        """Write revisions only, where the history is asked for."""
        return super().belongs(record, changes=changes or self.arguments["history"])

    def item_scraped(self, item: Any) -> None:
        """Remember how the record stands, for the runs that follow."""
        if isinstance(item, Record):
            self.pass_on(item.url)
        emitted = self.emitted.pop(item.url, None) if isinstance(item, Record) else None
        if emitted is None or not self.arguments["history"]:
            return
        known = self.remembered.get(item.url)
        standing = Standing(
            item.revision or 0,
            item.change or "",
            item.change_reason,
            item.digest,
            self.ledger.run,
            emitted.part.response,
        )
        if known is not None and item.revision == emitted.number:
            standing = replace(known.standing, response=standing.response)
        self.remembered[item.url] = Remembered(standing, emitted.part.basis, emitted.content_digest)
        if known is not None:
            self.holders[known.standing.digest].discard(item.url)
        if item.change != "gone":
            self.holders[item.digest].add(item.url)

    def item_dropped(self, item: Page | Record) -> None:
        """Let go of it."""
        self.pass_on(item.url)
        self.emitted.pop(item.url, None)

    @property
    def limit_reached(self) -> bool:
        """Fetch nothing."""
        return True
