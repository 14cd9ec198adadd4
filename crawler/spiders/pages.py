"""`scrapy crawl pages -a urls=…`: a coded list of URLs, each fetched and its columns carried along."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from crawler.outcomes import Outcome
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, existing_path
from crawler.spiders.base import require_contact
from crawler.spiders.documents import default_collection
from crawler.spiders.fetching import FetchingSpider
from crawler.spiders.inputs import read_urls
from crawler.spiders.tables import ALLOWED
from crawler.storage.settle import Settled


class PagesSpider(FetchingSpider):
    """Fetches the pages of a list, and nothing else."""

    name = "pages"
    accepted: ClassVar = (
        Argument("urls", f"a {ALLOWED} file with a column url", existing_path, required=True),
        COLLECTION,
        LIMIT,
    )

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

    async def start(self) -> AsyncIterator[Request]:
        """Name each URL of the list."""
        listed = read_urls(self.arguments["urls"])
        for problem in listed.problems:
            self.logger.warning("%s", problem)
        for url, reason, detail in listed.rejected:
            self.end(url, Outcome.EXCLUDED, reason, detail)
        for row in listed.rows:
            yield self.request(row.url, "page", known={"row": row.row, **asdict(row.fields)})

    def parse_page(self, response: Response) -> Iterator[Settled]:
        """Judge a page; its links are not followed."""
        yield self.read(response)

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the row of the list says of a page."""
        return describe_row(known)


def describe_row(known: Mapping[str, Any]) -> dict[str, Any]:
    """Say what the row of a list says of a page, as fields of its context."""
    return {
        "organization": known["organization"],
        "topics": tuple(known["topics"]),
        "document_type": known["document_type"],
        "annotations": tuple((name, value) for name, value in known["annotations"]),
    }
