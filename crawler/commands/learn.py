"""`scrapy learn COLLECTION`: what the program makes of a collection's sites; a look that changes nothing."""

import argparse
import asyncio
import sys
from collections.abc import Mapping

from scrapy.settings import Settings

from crawler.collection import (
    Collection,
    CurrentPages,
    choose_host,
    find_collection,
    require_no_options,
    show_host,
)
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.errors import UserError
from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.model import dump_model
from crawler.extraction.page import LearnedSite
from crawler.learning import learn_hosts
from crawler.model_files import read_decisions
from crawler.model_report import make_console, print_site
from crawler.settings_check import require_sound_settings
from crawler.spiders.base import find_limits
from crawler.spiders.survey import ARCHIVE
from crawler.storage.seal import unseal_models
from crawler.storage.warc_record import ArchiveError


class Command(CollectionCommand):
    """Learns sites anew from what is archived and shows what was learned."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show what is learned of a collection's sites"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--host", metavar="HOST", help="this site only")
        parser.add_argument("--all", action="store_true", help="list the templates around the text as well")
        parser.add_argument("--json", action="store_true", help="write the models themselves, one after another")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Learn and print."""
        require_no_options("learn", args)
        if len(args) != 1:
            raise UserError(f"learn takes the name of one collection, not {len(args)}")
        collection = find_collection(settings, args[0])
        require_sound_settings(settings)
        try:
            if collection.has_ledger:
                self._learn(settings, collection, opts)
            else:
                self._show_latest(collection, opts)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was changed") from None

    def _learn(self, settings: Settings, collection: Collection, opts: argparse.Namespace) -> None:
        """Learn the current pages of an archive; nothing of it is kept."""
        with collection.look() as ledger:
            pages = CurrentPages(ledger, settings, collection.name).sites()
            try:
                sealed = unseal_models(ledger, collection.folder / ARCHIVE)
            except ArchiveError as error:
                sealed = {}
                print_message(f"the sealed models cannot be read: {error}")
            count = {host: len(of) for host, of in pages.items()}
            hosts = choose_host(list(count), opts.host, collection.name)
            chosen = {host: of for host, of in pages.items() if host in hosts}
            total = sum(map(len, chosen.values()))
            learned = asyncio.run(
                learn_hosts(
                    chosen,
                    find_limits(settings, total),
                    settings.getint("LEARN_PAGES"),
                    read_decisions(collection.folder),
                )
            ).sites
        if opts.json:
            _write(learned)
            return
        out = make_console()
        out.print(f"{collection.name}: learned anew from {total:,} pages of the archive; nothing was changed")
        for host in hosts:
            out.print(f"\n{show_host(host)}", style="bold")
            if host not in learned:
                few = f"; it takes {MIN_PAGES} to learn a site" if count[host] < MIN_PAGES else ""
                out.print(f"{count[host]:,} pages, of which nothing was learned{few}")
                continue
            print_site(out, learned[host].model, frame=opts.all)
            out.print(_compare(collection.name, learned[host], sealed.get(host)), soft_wrap=True)

    def _show_latest(self, collection: Collection, opts: argparse.Namespace) -> None:
        """Show what the latest run of `documents` learned: its pages are files elsewhere."""
        models = collection.find_models(None)
        hosts = choose_host(list(models), opts.host, collection.name)
        if opts.json:
            _write({host: models[host] for host in hosts})
            return
        out = make_console()
        if not models:
            out.print(f"{collection.name}: its latest run learned nothing; it takes {MIN_PAGES} pages to learn a site")
            return
        out.print(f"{collection.name}: has no archive to learn from; this is what its latest run learned")
        for host in hosts:
            out.print(f"\n{show_host(host)}", style="bold")
            print_site(out, models[host].model, frame=opts.all)
            out.print(f"model {models[host].digest}", soft_wrap=True)


def _write(models: Mapping[str, LearnedSite]) -> None:
    """Write models as they are sealed, byte for byte."""
    for _, site in sorted(models.items()):
        sys.stdout.buffer.write(dump_model(site.model))
    sys.stdout.buffer.flush()


def _compare(collection: str, learned: LearnedSite, sealed: LearnedSite | None) -> str:
    command = f"`scrapy crawl replay -a collection={collection} -a relearn=1` makes records by it"
    if sealed is None:
        return f"model {learned.digest}\nno model of this site is sealed yet: {command}"
    if sealed.digest == learned.digest:
        return f"model {learned.digest}\nequal to the sealed model, by which records are made"
    return f"model {learned.digest}\ndiffers from the sealed model {sealed.digest}:\n{command}"
