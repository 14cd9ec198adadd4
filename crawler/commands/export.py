"""`scrapy export COLLECTION …`: the corpus from the ledger, as it is, as it was, or each revision of it."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.corpus.snapshot import Snapshot, open_snapshot, read_moment
from crawler.errors import UserError
from crawler.storage.feeds import PartFileStorage

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
        parser.add_argument("-o", "--output", metavar="FILE", help="write this file anew, not standard output")
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
        try:
            with open_snapshot(settings, args, as_of=moment, history=opts.history) as snapshot:
                count, where = write_lines(snapshot.lines(), opts.output, snapshot)
                noun = "revision" if opts.history else "record"
                tell_takedowns(snapshot, noun)
                print_message(f"{count:,} {noun}{'' if count == 1 else 's'} of {_describe(snapshot)} in {where}")
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was written") from None


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


def write_lines(lines: Iterable[str], output: str | None, snapshot: Snapshot) -> tuple[int, str]:
    """Write lines to a file, under its name only when it is complete, or to standard output.

    Returns:
        how many there were, and where they are.

    Raises:
        UserError: the file cannot be written.
        CommandFailedError: there is no line, or writing failed; a file of that name is as it was.
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
    every = _chain(first, found)
    if output is None or output == _STANDARD_OUTPUT:
        return _write_out(every), "standard output"
    return _write_file(every, Path(output)), output


def _chain(first: str, rest: Iterable[str]) -> Iterator[bytes]:
    yield f"{first}\n".encode()
    yield from (f"{line}\n".encode() for line in rest)


def _write_out(lines: Iterable[bytes]) -> int:
    count = 0
    try:
        for count, line in enumerate(lines, start=1):  # noqa: B007 - the last number is the count
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is still buffered cannot be written either; the interpreter would try it again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandFailedError(f"standard output: {error.strerror or error}") from None
    return count


def _write_file(lines: Iterable[bytes], path: Path) -> int:
    if path.exists() and not path.is_file():
        what = "a folder; name a file in it" if path.is_dir() else "a device or a pipe; allowed: a file"
        raise UserError(f"{path}: it is {what}")
    storage = PartFileStorage(str(path.absolute()), feed_options={"overwrite": True})
    try:
        file = storage.open()
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    count = 0
    try:
        with file:
            for count, line in enumerate(lines, start=1):  # noqa: B007 - as above
                file.write(line)
            storage.store(file)
    except BaseException as error:
        storage.part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CommandFailedError(f"{path}: {error.strerror or error}") from None
        raise
    return count
