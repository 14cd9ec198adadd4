"""`scrapy export COLLECTION`: the corpus from the ledger, as it is, as it was, or each revision of it."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from scrapy.settings import Settings

from crawler.collection import Collection, find_collection, require_no_options
from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.errors import UserError
from crawler.extraction.record import load_record
from crawler.storage.feeds import PartFileStorage, to_json_line
from crawler.storage.ledger import Ledger
from crawler.storage.visits import Revision, Run
from crawler.takedown import TakedownList, find_lists, read_lists
from items import Record

_STANDARD_OUTPUT = "-"
_SHOWN = 5  # lines of a takedown list under which nothing falls
_DATE_ALLOWED = "a date such as 2021-03-01, which means its end in UTC, or an ISO time such as 2021-03-01T02:00:00Z"


class Command(CollectionCommand):
    """Writes records from the ledger: no page is read, and nothing is asked of a server."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection> [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "Write the corpus of a collection as it is, or as it was"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="write this file anew, not standard output")
        parser.add_argument("--as-of", metavar="DATE", help="the corpus as the last run that began by then left it")
        parser.add_argument("--history", action="store_true", help="every revision of every record, run by run")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """Choose the runs, write their records, say how many went where."""
        require_no_options("export", args)
        if len(args) != 1:
            raise UserError(f"export takes the name of one collection, not {len(args)}")
        if opts.history and opts.as_of is not None:
            raise UserError("export: --history has the revisions of all runs; give it without --as-of")
        moment = None if opts.as_of is None else read_moment(opts.as_of)
        collection = find_collection(settings, args[0])
        if not collection.has_ledger:
            raise UserError(
                f"{collection.name} has no ledger: its records are those of the latest `scrapy crawl documents`, "
                f"in {collection.folder / 'records'}"
            )
        takedowns = read_lists(find_lists(settings["TAKEDOWN"], Path(settings["DATA_DIR"]), collection.folder))
        try:
            with collection.look() as ledger, ledger.transaction():  # as of one moment, while a crawl goes on
                runs = choose_runs(ledger.finished_runs(), moment, collection.name)
                lines = find_history(ledger) if opts.history else find_corpus(ledger, runs)
                others = find_other_addresses(ledger) if takedowns.entries else {}
                count, where = write_lines(takedowns.let_through(lines, others), opts.output, collection, takedowns)
        except KeyboardInterrupt:
            raise CommandFailedError("interrupted; nothing was written") from None
        tell_takedowns(takedowns, "revision" if opts.history else "record")
        noun = "revision" if opts.history else "record"
        as_of = "" if opts.history else f", as the run of {runs[-1].started_at} left them,"
        print_message(f"{count:,} {noun}{'' if count == 1 else 's'} of {collection.name}{as_of} in {where}")


def find_other_addresses(ledger: Ledger) -> dict[str, set[str]]:
    """Give by URL the addresses that ever led there, by one redirect or several, or held a copy of its document."""
    direct: dict[str, set[str]] = {}
    for url, original in (*ledger.all_redirects(), *ledger.copies()):
        direct.setdefault(original, set()).add(url)
    found: dict[str, set[str]] = {}
    for target in direct:
        reached: set[str] = set()
        waiting = [target]
        while waiting:
            new = direct.get(waiting.pop(), set()) - reached
            reached |= new
            waiting += new
        found[target] = reached - {target}
    return found


def tell_takedowns(takedowns: TakedownList, noun: str) -> None:
    """Say how many were left out, and which lines of the lists named nothing."""
    count = takedowns.left_out.total()
    if count:
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in sorted(takedowns.left_out.items()))
        print_message(f"{count:,} {noun}{'' if count == 1 else 's'} left out by the takedown list: {reasons}")
    for entry in takedowns.unused[:_SHOWN]:
        print_message(f"{entry.place}: nothing here falls under it")
    if len(takedowns.unused) > _SHOWN:
        print_message(
            f"nothing falls under {len(takedowns.unused) - _SHOWN:,} further lines of the takedown list either"
        )


def read_moment(given: str) -> datetime:
    """Read a date, which means its end in UTC, or a time; one without a zone is UTC.

    Raises:
        UserError: it is neither.
    """
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII):
            return datetime.combine(date.fromisoformat(given), time.max, UTC)
        if re.match(r"\d{4}-\d\d-\d\d[T ]", given, re.ASCII):
            return _aware(given)
    except ValueError:
        pass
    raise UserError(f"export: --as-of={given!r} is not allowed; allowed: {_DATE_ALLOWED}")


def choose_runs(finished: Sequence[Run], moment: datetime | None, collection: str) -> Sequence[Run]:
    """Give the finished runs up to the last one that began by a moment, in the order in which they ended; or all.

    Raises:
        UserError: the first run began later.
        CommandFailedError: no run is finished.
    """
    if not finished:
        raise CommandFailedError(f"{collection}: no run is finished yet; there is no corpus")
    if moment is None:
        return finished
    begun = [number for number, run in enumerate(finished, start=1) if _aware(run.started_at) <= moment]
    if not begun:
        first = min((run.started_at for run in finished), key=_aware)
        by = moment.isoformat(timespec="seconds")
        raise UserError(f"export: no run of {collection} had begun by {by}; the first began {first}")
    return finished[: begun[-1]]


def _aware(moment: str) -> datetime:
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def find_history(ledger: Ledger) -> Iterator[str]:
    """Give every revision as it was written, in the order of the runs, within a run by URL."""
    return (revision.line for revision in ledger.history())


def find_corpus(ledger: Ledger, runs: Sequence[Run]) -> Iterator[str]:
    """Give the whole corpus as a run left it, a line for each URL, sorted by URL.

    Args:
        ledger: of the collection.
        runs: finished ones, up to the one whose corpus it is.

    Raises:
        CommandFailedError: a record was written by another version of the program.
    """
    last = runs[-1].id
    if len(runs) < len(ledger.finished_runs()):
        states: Iterable[tuple[Revision, str | None]] = ((one, None) for one in ledger.as_of([run.id for run in runs]))
    else:
        states = ledger.corpus()
    unsettled = bool(ledger.unfinished_runs())
    for revision, reading in states:
        if revision.run == last or (revision.change == "gone" and reading is None):
            yield revision.line
            continue
        record = _load(revision, revision.line if reading is None else reading)
        if unsettled and record.digest != revision.digest:
            record = _load(revision, revision.line)  # it was read anew by a run that is not finished
        if revision.change == "gone":
            yield _restate(record, revision.change, revision.reason, revision.number)
        else:
            yield _restate(record, "unchanged", None, revision.number)


def _load(revision: Revision, line: str) -> Record:
    try:
        return load_record(line)
    except ValueError:
        raise CommandFailedError(
            f"{revision.url}: revision {revision.number} was written by another version of the program; "
            "--history gives it as it was written"
        ) from None


def _restate(record: Record, change: str, reason: str | None, number: int) -> str:
    # The words come from the ledger, which has them from records.
    return to_json_line(replace(record, change=change, change_reason=reason, revision=number))  # type: ignore[arg-type]


def write_lines(
    lines: Iterable[str], output: str | None, collection: Collection, takedowns: TakedownList
) -> tuple[int, str]:
    """Write lines to a file, under its name only when it is complete, or to standard output.

    Returns:
        how many there were, and where they are.

    Raises:
        UserError: the file cannot be written.
        CommandFailedError: there is no line, or writing failed; a file of that name is as it was.
    """
    found = iter(lines)
    first = next(found, None)
    if first is None and takedowns.left_out:
        tell_takedowns(takedowns, "record")
        raise CommandFailedError(f"{collection.name}: the takedown list leaves no record; nothing was written")
    if first is None:
        raise CommandFailedError(
            f"{collection.name}: there is no record; no run made one, or only a version of the program that kept none"
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
