"""`scrapy history URL`: the revisions of one record, and what changed from each to the next."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz, process
from scrapy.settings import Settings

from crawler.collection import Collection, find_collection, list_collections, require_no_options
from crawler.command import CollectionCommand, print_message
from crawler.discovery.urls import normalize_url
from crawler.errors import UserError
from crawler.history_report import print_history
from crawler.model_report import make_console
from crawler.storage.ledger import LedgerError

_WORDS = 12  # unchanged ones around each change
_NEAREST = 3  # URLs that are named where one is not known
_LEAST_ALIKE = 60  # of 100, below which a URL is not named


class Command(CollectionCommand):
    """Reads ledgers and changes nothing; works while a crawl is running."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<URL> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show what became of one record from run to run"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--collection", metavar="NAME", help="look the URL up in this collection only")
        parser.add_argument(
            "--words",
            metavar="N",
            default=str(_WORDS),
            help=f"unchanged words shown around each change (default {_WORDS})",
        )

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Find the URL, print its revisions in each collection that has some."""
        require_no_options("history", args)
        if len(args) != 1:
            raise UserError(f"history takes one URL, not {len(args)}")
        if not re.fullmatch(r"\d{1,9}", opts.words, re.ASCII):
            raise UserError(f"history: --words={opts.words!r} is not allowed; allowed: a whole number of at least 0")
        url = normalize_url(args[0])
        collections = [
            one for one in _find_collections(settings, opts.collection) if _can_be_read(one, opts.collection)
        ]
        out = None
        for collection in collections:
            with collection.look() as ledger:
                revisions = ledger.revisions(url)
            if revisions:
                if out is None:
                    out = make_console()
                else:
                    out.print()
                print_history(out, collection.name, revisions, int(opts.words))
        if out is None:
            raise UserError(_describe_unknown(url, collections))


def _find_collections(settings: Any, name: str | None) -> list[Collection]:
    """Find the collections to search.

    Raises:
        UserError: there is none of the name, or none with a ledger.
    """
    found = list_collections(settings) if name is None else [find_collection(settings, name)]
    searched = [one for one in found if one.has_ledger]
    if not searched:
        where = (
            f"{name}: it was read from files and" if name is not None else f"no collection in {settings['DATA_DIR']}"
        )
        raise UserError(f"{where} has no ledger, which keeps the revisions")
    return searched


def _can_be_read(collection: Collection, named: str | None) -> bool:
    """Tell whether a ledger can be read, and say why not; one that is named must be.

    Raises:
        LedgerError: the named one cannot.
    """
    try:
        with collection.look():
            return True
    except LedgerError as error:
        if named is not None:
            raise
        print_message(f"{error}; passed over")
        return False


def _describe_unknown(url: str, collections: Sequence[Collection]) -> str:
    """Say where a URL was not found, and which known ones are like it."""
    known: set[str] = set()
    for collection in collections:
        with collection.look() as ledger:
            known.update(ledger.recorded_urls())
    alike = process.extract(url, sorted(known), scorer=fuzz.ratio, limit=_NEAREST, score_cutoff=_LEAST_ALIKE)
    names = ", ".join(one.name for one in collections) or "any collection"
    nearest = f"; the nearest known: {', '.join(found for found, _, _ in alike)}" if alike else ""
    return f"no record of {url!r} in a finished run of {names}{nearest}"
