"""`scrapy report COLLECTION … -o report.html`: what a corpus holds, lacks and left out, as one page for a browser."""

import argparse
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.commands.export import tell_takedowns
from crawler.corpus.files import completing, require_file
from crawler.corpus.reporting.page.whole import render_report
from crawler.corpus.reporting.report import gather_report
from crawler.corpus.reporting.statistics import SAMPLE
from crawler.corpus.snapshot import open_snapshot
from crawler.errors import UserError

_ENDINGS = (".html", ".htm")
_MAX_SAMPLE = 50


class Command(CollectionCommand):
    """Reads ledgers and models, and writes one page; nothing is asked of a server."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection …> -o FILE.html [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Show what a corpus holds, lacks and left out, as one page for a browser"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="write this file anew; its name ends in .html")
        parser.add_argument("--sample", metavar="N", default=str(SAMPLE), help="records to be read (default 20)")
        parser.add_argument("--seed", metavar="N", default="0", help="another number shows other records (default 0)")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Read all there is to say, write the page, say where it is."""
        require_no_options("report", args)
        if not args:
            raise UserError("report takes the name of one collection, or of several")
        path = _read_path(opts.output)
        sample = _read_number("--sample", opts.sample, most=_MAX_SAMPLE)
        seed = _read_number("--seed", opts.seed, most=10**9)
        try:
            with open_snapshot(settings, args) as snapshot:
                report = gather_report(snapshot, sample=sample, seed=seed)
                tell_takedowns(snapshot, "record")
                records = report.statistics.records
                if not records:
                    why = "the takedown list leaves no record" if snapshot.left_out else "there is no record"
                    raise CommandFailedError(f"{snapshot.names}: {why}; nothing was written")
                names = snapshot.names
            page = render_report(report)
            _write(page, path)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was written") from None
        size = max(len(page) // 1000, 1)
        print_message(f"report of {records:,} record{'' if records == 1 else 's'} of {names} in {path} ({size:,} KB)")


def _read_path(given: str | None) -> Path:
    if given is None:
        raise UserError(f"report: -o is missing; allowed: -o FILE, which ends in {' or '.join(_ENDINGS)}")
    path = Path(given)
    if path.suffix.lower() not in _ENDINGS:
        raise UserError(f"report: -o {given!r} is not allowed; allowed: a file that ends in {' or '.join(_ENDINGS)}")
    require_file(path)
    return path


def _read_number(option: str, given: str, *, most: int) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > len(str(most)) or int(given) > most:
        raise UserError(f"report: {option}={given!r} is not allowed; allowed: a whole number from 0 to {most:,}")
    return int(given)


def _write(page: bytes, path: Path) -> None:
    """Write the page, under its name only when it is complete.

    Raises:
        UserError: the file cannot be made.
        CommandFailedError: writing failed; a file of that name is as it was.
    """
    try:
        with completing(path) as part:
            part.write_bytes(page)
    except OSError as error:
        raise CommandFailedError(f"{path}: {error.strerror or error}") from None
