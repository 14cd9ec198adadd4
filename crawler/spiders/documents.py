"""`scrapy crawl documents -a path=…`: pages that are files already, through the same pipelines, without a network."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request

from crawler.errors import UserError
from crawler.outcomes import Outcome, count_outcome
from crawler.publish import StoredPage
from crawler.spiders.arguments import COLLECTION, LIMIT, Argument, collection_name, existing_path
from crawler.spiders.base import PublishingSpider
from crawler.spiders.inputs import InputDocument, read_documents


class DocumentsSpider(PublishingSpider):
    """Reads a folder, a manifest or a single file."""

    name = "documents"
    accepted: ClassVar = (
        Argument("path", "a folder, a manifest.csv or a file", existing_path, required=True),
        COLLECTION,
        LIMIT,
    )
    drops_duplicates = False  # every file gives its record

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse an input in which nothing can be read."""
        super().check(given, settings)
        read_documents(existing_path(given["path"]))

    @classmethod
    def find_collection(cls, given: Mapping[str, str]) -> str:
        """Name the collection after the input where no name is given."""
        return given.get("collection") or default_collection(Path(given["path"]))

    async def start(self) -> AsyncIterator[Request]:
        """List the files and go straight to publishing; there is nothing to fetch."""
        found = read_documents(self.arguments["path"])
        for problem in found.problems:
            self.logger.warning("%s", problem)
        for file, reason in found.skipped:
            count_outcome(self.crawler.stats, Outcome.EXCLUDED, file, reason)
        self.stored = [self.stored_page(document) for document in found.documents]
        self.publishing = True
        yield Request("data:,publish", callback=self.publish, dont_filter=True)

    def stored_page(self, document: InputDocument) -> StoredPage:
        """Point at a file and say what its manifest says."""
        return StoredPage(document.body, document.context(self.collection))

    def pages_to_publish(self) -> Iterable[StoredPage]:
        """Give the first `limit` documents, sorted by URL."""
        pages = list(super().pages_to_publish())
        return pages if self.limit is None else pages[: self.limit]


def default_collection(path: Path) -> str:
    """Derive a collection's name from the input's: `../corpora/press/` gives `press`."""
    resolved = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links keep the name the user gave
    name = resolved.name if resolved.is_dir() else resolved.name.split(".")[0]
    if name in ("manifest", "urls"):
        name = resolved.parent.name
    cleaned = "".join(character if character.isalnum() or character in "._-" else "-" for character in name).lstrip(
        ".-"
    )
    try:
        return collection_name(cleaned)
    except ValueError:
        raise UserError(f"no collection can be named after {path}; name one: -a collection=NAME") from None
