"""`scrapy export COLLECTION …`: the corpus from the ledger, as it is, as it was, or each revision of it."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.corpus.columns import FlatLayout
from crawler.corpus.files import completing, require_file
from crawler.corpus.formats.choose import FORMS, Form, choose_form
from crawler.corpus.formats.json_lines import write_json_lines
from crawler.corpus.formats.written import UnwritableRecordError, Written
from crawler.corpus.marked import mark_corpus
from crawler.corpus.snapshot import Snapshot, open_snapshot, read_moment, require_current
from crawler.errors import UserError

_STANDARD_OUTPUT = "-"
_SHOWN = 5  # lines of a takedown list under which nothing falls


class Command(CollectionCommand):
    """Writes records from the ledger: no page is read, and nothing is asked of a server."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection …> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Write the corpus of one or several collections as it is, or as it was"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        endings = ", ".join(FORMS)
        parser.add_argument(
            "-o", "--output", metavar="FILE", help=f"write this file anew; its ending says how: {endings}"
        )
        parser.add_argument("--flat", action="store_true", help="one value a cell, for analysis; .csv is always flat")
        parser.add_argument("--as-of", metavar="DATE", help="the corpus as the last run that began by then left it")
        parser.add_argument("--history", action="store_true", help="every revision of every record, run by run")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Choose the runs, write their records, say how many went where."""
        require_no_options("export", args)
        if not args:
            raise UserError("export takes the name of one collection, or of several")
        if opts.history and opts.as_of is not None:
            raise UserError("export: --history has the revisions of all runs; give it without --as-of")
        moment = None if opts.as_of is None else read_moment(opts.as_of)
        path = None if opts.output in (None, _STANDARD_OUTPUT) else Path(opts.output)
        form = None if path is None else _choose(path)
        try:
            with open_snapshot(settings, args, as_of=moment, history=opts.history) as snapshot:
                if path is not None:
                    snapshot.refuse_to_replace(path)
                corpus = mark_corpus(snapshot, history=opts.history)
                lines = require_lines(corpus.lines(), snapshot)
                layout = corpus.layout if opts.flat or (form is not None and form.always_flat) else None
                if opts.history and (layout is not None or (form is not None and form.needs_columns)):
                    lines = require_current(lines)
                if path is None or form is None:
                    written = write_out(lines, layout)
                else:
                    written = write_file(lines, path, form, layout, history=opts.history)
                self._tell(snapshot, written, "standard output" if path is None else str(path), opts.history)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was written") from None

    def _tell(self, snapshot: Snapshot, written: Written, where: str, history: bool) -> None:
        noun = "revision" if history else "record"
        tell_takedowns(snapshot, noun)
        for note in written.notes:
            print_message(note)
        plural = "" if written.records == 1 else "s"
        print_message(f"{written.records:,} {noun}{plural} of {_describe(snapshot)} in {where}")


def _choose(path: Path) -> Form:
    require_file(path)
    return choose_form(path)


def _describe(snapshot: Snapshot) -> str:
    """Name the collections, and the run of the corpus where it is one."""
    first = snapshot.sources[0]
    if len(snapshot.sources) > 1 or first.history or first.run is None:
        return snapshot.names
    return f"{snapshot.names}, as the run of {first.run.started_at} left them,"


def tell_takedowns(snapshot: Snapshot, noun: str) -> None:
    """Say how many were left out, and which lines of the lists named nothing."""
    left_out = snapshot.left_out
    count = left_out.total()
    if count:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in sorted(left_out.items()))
        print_message(f"{count:,} {noun}{'' if count == 1 else 's'} left out by the takedown list: {reasons}")
    unused = snapshot.unused_takedowns
    for entry in unused[:_SHOWN]:
        print_message(f"{entry.place}: nothing here falls under it")
    if len(unused) > _SHOWN:
        print_message(f"nothing falls under {len(unused) - _SHOWN:,} further lines of the takedown list either")


def require_lines(lines: Iterable[str], snapshot: Snapshot) -> Iterator[str]:
    """Give lines on, if there is one.

    Raises:
        CommandFailedError: there is none.
    """
    found = iter(lines)
    first = next(found, None)
    if first is None and snapshot.left_out:
        tell_takedowns(snapshot, "record")
        raise CommandFailedError(f"{snapshot.names}: the takedown list leaves no record; nothing was written")
    if first is None:
        raise CommandFailedError(
            f"{snapshot.names}: there is no record; no run made one, or only a version of the program that kept none"
        )
    return chain((first,), found)


def write_file(lines: Iterable[str], path: Path, form: Form, layout: FlatLayout | None, *, history: bool) -> Written:
    """Write records to a file, under its name only when it is complete.

    Raises:
        UserError: the file cannot be written.
        CommandFailedError: writing failed; a file of that name is as it was.
    """
    try:
        with completing(path) as part:
            return form.write(lines, part, layout, history=history)
    except (OSError, UnwritableRecordError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise CommandFailedError(f"{path}: {reason}") from None


def write_out(lines: Iterable[str], layout: FlatLayout | None) -> Written:
    """Write records to standard output, as JSON lines.

    Raises:
        CommandFailedError: writing failed.
    """
    if sys.stdout is None:  # closed by who called, as `>&-` does
        raise CommandFailedError("standard output: it is closed")
    try:
        written = write_json_lines(lines, sys.stdout.buffer, layout)
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is still buffered cannot be written either; the interpreter would try it again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandFailedError(f"standard output: {error.strerror or error}") from None
    return written
