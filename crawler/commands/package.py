"""`scrapy package COLLECTION … -o DIR`: the corpus as others can use, cite and check it, in one folder."""

import argparse
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.commands.export import tell_takedowns
from crawler.corpus.package.bundle import Wanted, make_package
from crawler.corpus.package.citation import Citation, parse_author, parse_doi, parse_license, parse_released
from crawler.corpus.package.prose import make_plain
from crawler.errors import UserError

_FILES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".jsonl", ".csv", ".parquet", ".sqlite", ".json")


class Command(CollectionCommand):
    """Writes a package from ledgers and, for models and the archive, from their archives; works during a crawl."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection …> -o <folder> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Pack the corpus of one or several collections to be cited: data, datasheet, descriptions, checksums"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="DIR", help="the folder to be made; it must be empty or not there"
        )
        parser.add_argument("--title", metavar="TITLE", help="of the corpus")
        parser.add_argument(
            "--author", metavar="AUTHOR", action="append", default=[], help='"Family, Given <ORCID>"; can be repeated'
        )
        parser.add_argument("--license", metavar="SPDX", help="an identifier of https://spdx.org/licenses/")
        parser.add_argument("--doi", metavar="DOI", help="that a repository has reserved for it")
        parser.add_argument("--released", metavar="DATE", help="the day of publication, not the day of its latest run")
        parser.add_argument("--version", metavar="VERSION", help="of the corpus, not the day of its latest run")
        parser.add_argument(
            "--with-archive", action="store_true", help="the answers that the records were read from, too"
        )
        parser.add_argument("--without-text", action="store_true", help="no words of the documents but their titles")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Pack it, and say where it is."""
        require_no_options("package", args)
        if not args:
            raise UserError("package takes the name of one collection, or of several")
        if not opts.output:
            raise UserError("package: name the folder to be made with -o")
        if Path(opts.output).suffix.lower() in _FILES:
            raise UserError(f"package: {opts.output} names a file; it makes a folder, which you can pack afterwards")
        if opts.with_archive and opts.without_text:
            raise UserError("package: the archive has the texts; give --without-text without --with-archive")
        wanted = Wanted(_read_citation(opts), with_text=not opts.without_text, with_archive=opts.with_archive)
        try:
            made, snapshot = make_package(settings, args, Path(opts.output), wanted)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was written") from None
        tell_takedowns(snapshot, "record")
        institutions = [author.name for author in wanted.citation.authors if author.given is None]
        for name in institutions:
            print_message(f"taken for an institution: {name}; a person is --author 'Family, Given'")
        if wanted.with_archive:
            print_message("the archive holds whole pages of others: docs/ethics.md says who should have it")
        for note in made.notes:
            print_message(note)
        plural = "" if made.records == 1 else "s"
        print_message(f"{made.records:,} record{plural} of {snapshot.names} packed in {opts.output}")


def _read_citation(opts: argparse.Namespace) -> Citation:
    for name in ("title", "version"):
        given = getattr(opts, name)
        if given is not None and not make_plain(given):
            raise UserError(f"--{name}={given!r} is not allowed; allowed: a text")
    return Citation(
        title=None if opts.title is None else make_plain(opts.title),
        authors=tuple(parse_author(given) for given in opts.author),
        license=None if opts.license is None else parse_license(opts.license),
        doi=None if opts.doi is None else parse_doi(opts.doi),
        released=None if opts.released is None else parse_released(opts.released),
        version=None if opts.version is None else make_plain(opts.version),
    )
