"""`scrapy accept NAME`: what was held back becomes part of the corpus, without a request to a server."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from scrapy import Request

from crawler.errors import UserError
from crawler.judging.summary import load_redesigns
from crawler.organizations.schema import Expect
from crawler.spiders.arguments import COLLECTION, Argument, parse_arguments, switch
from crawler.spiders.fetching import FetchingSpider
from crawler.spiders.recording import format_now
from crawler.spiders.stored import StoredCollectionSpider
from crawler.storage.ledger import Ledger


class AcceptSpider(StoredCollectionSpider, FetchingSpider):
    """Goes on with the latest run that was held back, which has nothing left to fetch, and publishes it."""

    name = "accept"
    accepted: ClassVar = (
        Argument("collection", COLLECTION.allowed, COLLECTION.parse, required=True),
        Argument("wall", "1 to take a page that stands in the place of all others for what they say", switch),
    )
    command: str  # of the run that was held back

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse a collection that is not there."""
        super().check(given, settings)
        folder = Path(settings["DATA_DIR"])
        there = sorted(path.parent.name for path in folder.glob("*/ledger.sqlite3"))
        if given["collection"] not in there:
            raise UserError(
                f"no collection {given['collection']!r} in {folder}; there are: {', '.join(there) or 'none'}"
            )

    @classmethod
    def find_collection(cls, given: Mapping[str, str]) -> str:
        """Take the collection that is named."""
        return given["collection"]

    @classmethod
    def expectations(cls, given: Mapping[str, str]) -> Expect:
        """Expect what the organization's file expects."""
        organization = cls.organizations.get(given["collection"])
        return organization.expect if organization is not None else Expect()

    @classmethod
    def acquire(cls, given: Mapping[str, str], settings: Any) -> dict[str, Any]:
        """Take the ledger, and let the latest run that was held back be gone on with.

        Raises:
            UserError: none was, or a later one did not finish.
        """
        acquired = super().acquire(given, settings)
        ledger: Ledger = acquired["_ledger"]
        held, name = ledger.held_runs(), given["collection"]
        later = [command for run, command, _ in ledger.unfinished_runs() if held and run > held[-1].id]
        if not held or later:
            ledger.close()
            raise UserError(
                f"accept: no run of {name} is held back: there is nothing to accept"
                if not held
                else f"accept: a later run of {name} did not finish: `scrapy {later[-1]}` goes on with it; then accept"
            )
        walls = [one for one in load_redesigns(ledger.noted_redesigns(held[-1].id)) if one.wall]
        if walls and not parse_arguments(cls.name, cls.accepted, given)["wall"]:
            ledger.close()
            raise UserError(
                f"accept: {walls[0].host} showed the same page, or none, in the place of {walls[0].pages} known pages, "
                "and their records would go; the next good run lets go of it; -a wall=1 accepts it all the same"
            )
        ledger.accept(held[-1].id, format_now())
        return {**acquired, "_command": held[-1].command}

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Go on with the run that was held back."""
        self.command = str(acquired["_command"])
        super().open(acquired)
        self.follow_command()

    @property
    def run_name(self) -> str:
        """The command of the run that was held back."""
        return self.command

    @property
    def limit_reached(self) -> bool:
        """Fetch nothing."""
        return True

    async def start(self) -> AsyncIterator[Request]:
        """Go straight to publishing."""
        self.publishing = True
        yield Request("data:,publish", callback=self.publish, dont_filter=True)
