"""`scrapy explain URL_OR_FILE`: how one page is read, block by block, with the reason for each that is no text."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy.settings import Settings

from crawler.collection import Collection, CurrentPages, find_collection, list_collections, require_no_options
from crawler.command import CollectionCommand, CommandFailedError
from crawler.discovery.urls import normalize_url
from crawler.errors import UserError
from crawler.explain_html import render_explanation
from crawler.explain_report import print_explanation
from crawler.extraction.document import UnreadableError
from crawler.extraction.explain import Explanation, explain_page
from crawler.extraction.page import LearnedSite
from crawler.model_report import make_console
from crawler.publish import StoredPage, find_site, load_page
from crawler.spiders.inputs import find_manifest, read_documents
from crawler.storage.ledger import LedgerError


class Command(CollectionCommand):
    """Reads one page as a crawl does and shows what becomes of each of its blocks."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<URL | file> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show how one page is read: what is kept, what is removed, and why"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--collection", metavar="NAME", help="where the URL is looked up, or whose models are used")
        parser.add_argument("--html", metavar="FILE", help="write a page for a browser instead")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Find the page, read it, show it."""
        require_no_options("explain", args)
        if len(args) != 1:
            raise UserError(f"explain takes one URL or file, not {len(args)}")
        explained = _explain(settings, args[0], opts.collection)
        out = make_console()
        if opts.html is None:
            print_explanation(out, explained)
        else:
            _write(Path(opts.html), render_explanation(explained))
            out.print(opts.html, soft_wrap=True)


def _explain(settings: Settings, name: str, collection: str | None) -> Explanation:
    """Find a page and read it.

    Raises:
        UserError: there is no such page or file.
        CommandFailedError: it cannot be read, or gives no record.
    """
    try:
        found = _find(settings, name, collection)
        body, context = load_page(found.page)
        return explain_page(body, context, found.site)
    except UnreadableError as error:
        raise CommandFailedError(f"{name}: gives no record ({error.reason}): {error}") from None
    except (LedgerError, OSError) as error:
        raise CommandFailedError(f"{name}: {error}") from None


@dataclass(frozen=True, slots=True)
class _Found:
    """A page and what was learned of its site."""

    page: StoredPage
    site: LearnedSite | None


def _find(settings: Any, name: str, collection: str | None) -> _Found:
    """Find what is to be explained.

    Raises:
        UserError: there is no such page or file.
    """
    path = Path(name)
    try:
        is_file = path.is_file()
        is_folder = name != "" and path.is_dir()
    except (OSError, ValueError) as error:  # no name of a file
        raise UserError(f"{name!r}: {error}; allowed: a URL of a collection, or a file") from None
    if is_file:
        return _find_file(path, find_collection(settings, collection) if collection is not None else None)
    if is_folder:
        raise UserError(f"{name} is a folder; allowed: a URL of a collection, or one file")
    if _find_scheme(name) not in ("http", "https"):
        raise UserError(f"there is no file {name!r}; allowed: a file, or a URL that begins with http:// or https://")
    return _find_url(settings, name, collection)


def _find_scheme(name: str) -> str:
    """Give the scheme of what may be a URL; an empty one where it is none."""
    try:
        return urlsplit(name).scheme
    except ValueError:
        return ""


def _find_url(settings: Any, url: str, name: str | None) -> _Found:
    """Look a URL up in the ledgers."""
    searched = list_collections(settings) if name is None else [find_collection(settings, name)]
    searched = [one for one in searched if one.has_ledger]
    if name is not None and not searched:
        raise UserError(f"{name} has no archive: its pages are files; name the page's file in the place of its URL")
    normalized = normalize_url(url)
    found: dict[str, _Found] = {}
    for collection in searched:
        with collection.look() as ledger:
            page = CurrentPages(ledger, settings, collection.name).find(normalized)
            if page is not None:
                models = collection.find_models(ledger)
                found[collection.name] = _Found(page, models.get(find_site(page.context.url)))
    if not found:
        where = ", ".join(one.name for one in searched) or f"none in {settings['DATA_DIR']}"
        raise UserError(f"no page of {normalized} in the current corpus; searched collections: {where}")
    if len(found) > 1:
        raise UserError(f"{normalized} is in several collections: {', '.join(found)}; name one: --collection NAME")
    return next(iter(found.values()))


def _find_file(path: Path, collection: Collection | None) -> _Found:
    """Read a file as `documents` would, with what the manifest beside or above it says of it."""
    page = _as_listed(path, collection)
    if page is None:
        document = read_documents(path).documents[0]
        page = StoredPage(document.body, document.context(collection.name if collection is not None else ""))
    if collection is None:
        return _Found(page, None)
    if collection.has_ledger:
        with collection.look() as ledger:
            models = collection.find_models(ledger)
    else:
        models = collection.find_models(None)
    host = find_site(page.context.url)
    if not host and len(models) == 1:  # the file does not say where it is from
        return _Found(page, next(iter(models.values())))
    return _Found(page, models.get(host))


def _as_listed(path: Path, collection: Collection | None) -> StoredPage | None:
    """Find a file in the manifest of its folder, or of the nearest one above that has a manifest."""
    whole = path.absolute()
    folder = next((one for one in whole.parents if find_manifest(one) is not None), None)
    if folder is None:
        return None
    for document in read_documents(folder).documents:
        if Path(document.body.path) == whole:
            return StoredPage(document.body, document.context(collection.name if collection is not None else ""))
    return None


def _write(path: Path, text: str) -> None:
    """Write a page for a browser.

    Raises:
        UserError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
