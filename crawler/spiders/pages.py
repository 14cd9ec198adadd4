"""`scrapy crawl pages -a urls=…`: a coded list of URLs, each fetched and its columns carried along."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from crawler.discovery.urls import normalize_url
from crawler.model_files import replace_file
from crawler.organizations.schema import Organization
from crawler.outcomes import Outcome
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, existing_path
from crawler.spiders.base import require_contact
from crawler.spiders.documents import default_collection
from crawler.spiders.fetching import FetchingSpider
from crawler.spiders.hosts import OrganizationsByHost
from crawler.spiders.inputs import read_urls
from crawler.spiders.organization import describe_page
from crawler.spiders.rows import ListedRow, account_for, write_accounts
from crawler.spiders.tables import ALLOWED
from crawler.storage.settle import Settled, as_discovered


class PagesSpider(FetchingSpider):
    """Fetches the pages of a list, and nothing else."""

    name = "pages"
    accepted: ClassVar = (
        Argument("urls", f"a {ALLOWED} file with a column url", existing_path, required=True),
        COLLECTION,
        LIMIT,
    )

    organizations: ClassVar[Mapping[str, Organization]] = {}  # by slug; the loader sets it
    drops_duplicates = False  # each row of the list is somebody's coding

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse a list that cannot be read, and other people's servers without a contact."""
        super().check(given, settings)
        listed = read_urls(existing_path(given["urls"]))
        require_contact(settings, (row.url for row in listed.rows))

    @classmethod
    def find_collection(cls, given: Mapping[str, str]) -> str:
        """Name the collection after the list where no name is given."""
        return given.get("collection") or default_collection(Path(given["urls"]))

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Remember the rows of the list, to say what became of each."""
        super().open(acquired)
        self.by_host = OrganizationsByHost(self.organizations)
        self.listed: list[ListedRow] = []
        self.row_numbers: dict[str, int] = {}  # of the rows that are fetched, by URL

    async def start(self) -> AsyncIterator[Request]:
        """Name each URL of the list."""
        path: Path = self.arguments["urls"]
        found = read_urls(path)
        for problem in found.problems:
            self.logger.warning("%s", problem)
        for url, reason, detail in found.rejected:
            super().end(url, Outcome.EXCLUDED, reason, detail)
        keys: dict[str, str] = {}  # what the ledger calls a URL, for Scrapy may quote some of its characters
        for row in found.rows:
            request = self.request(row.url, "page", known={"row": row.row, **asdict(row.fields)})
            key = keys[normalize_url(row.url)] = as_discovered(request).url
            self.row_numbers.setdefault(key, row.row)
            yield request
        self.listed = [ListedRow(number, url, keys.get(normalize_url(url))) for number, url in found.listed]

    def parse_page(self, response: Response) -> Iterator[Settled]:
        """Judge a page; its links are not followed."""
        yield self.read(response)

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the row of the list says of a page, and for the rest the file of its organization."""
        return describe_row(known, url, self.by_host)

    def end(self, url: str, outcome: Outcome, reason: str | None = None, detail: str = "") -> None:
        """Account for a page that gave no record, and name its row."""
        number = self.row_numbers.get(url)
        if number is None:  # a page that a row of the list redirects to
            rows = (self.row_numbers.get(source) for source in self.sources_of(url))
            number = min((row for row in rows if row is not None), default=None)
        if number is not None:
            row = f"{self.arguments['urls'].name}: row {number}"
            detail = f"{detail}: {row}" if detail else row
        super().end(url, outcome, reason, detail)

    def conclude(self) -> None:
        """Say what became of each row when the run is closed."""
        super().conclude()
        if any(run.id == self.ledger.run for run in self.ledger.finished_runs()):
            self.report_rows()

    def report_rows(self) -> None:
        """Write the table of rows beside the records."""
        path = self.collection_folder / "records" / "rows.csv"
        accounts = account_for(self.listed, self.ledger.visited())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, write_accounts(accounts))
        except OSError as error:
            self.logger.error("%s: it cannot be written (%s)", path, error.strerror or error)
            return
        for outcome, count in Counter(account.outcome for account in accounts).items():
            self.crawler.stats.set_value(f"rows/{outcome}", count)
        self.logger.info("what became of each row of %s: %s", self.arguments["urls"].name, path)


def describe_row(known: Mapping[str, Any], url: str, organizations: OrganizationsByHost) -> dict[str, Any]:
    """Say what the row of a list says of a page, as fields of its context; the rest is said by its host's file."""
    organization = organizations.find(url)
    said = describe_page(organization, url) if organization is not None else {}
    return {
        **said,
        "organization": known["organization"] or said.get("organization"),
        "topics": tuple(known["topics"]) or said.get("topics", ()),
        "document_type": known["document_type"] or said.get("document_type"),
        "annotations": tuple((name, value) for name, value in known["annotations"]),
    }
