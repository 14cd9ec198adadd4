"""The records of one or several collections as of one moment, as lines of JSON.

All ledgers are read within one transaction each, opened together: what a crawl writes meanwhile does not show, however
often the lines are gone through.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from typing import IO

from scrapy.settings import Settings

from crawler.collection import Collection, find_collection
from crawler.command import CommandFailedError
from crawler.errors import UserError
from crawler.extraction.record import load_record
from crawler.storage.feeds import to_json_line
from crawler.storage.ledger import Ledger
from crawler.storage.visits import Revision, Run
from crawler.takedown import Takedown, TakedownList, find_lists, read_lists
from items import Record

RECORDS = Path("records") / "records.jsonl"  # in the folder of a collection of files
_DATE_ALLOWED = "a date such as 2021-03-01, which means its end in UTC, or an ISO time such as 2021-03-01T02:00:00Z"


@dataclass(slots=True)
class Source:
    """One collection of a snapshot."""

    collection: Collection
    ledger: Ledger | None  # None where its pages are files
    runs: Sequence[Run]  # finished ones, up to the one whose corpus it is; none where its pages are files
    takedowns: TakedownList
    file: IO[bytes] | None = None  # the records of a collection of files
    history: bool = False
    lists: Sequence[Path] = ()  # the takedown lists that hold for it
    _others: dict[str, set[str]] | None = field(default=None, init=False)

    @property
    def run(self) -> Run | None:
        """The run whose corpus it is; None where its pages are files."""
        return self.runs[-1] if self.runs else None

    def lines(self) -> Iterator[str]:
        """Give the records that may leave, sorted by URL; of a history run by run. Can be gone through again.

        Raises:
            CommandFailedError: a record was written by another version of the program.
            LedgerError, OSError: they cannot be read.
        """
        self.takedowns.begin_anew()
        if self._others is None:
            known = self.ledger if self.takedowns.entries else None
            self._others = {} if known is None else find_other_addresses(known)
        return self.takedowns.let_through(self._all_lines(), self._others)

    def _all_lines(self) -> Iterator[str]:
        if self.ledger is None:
            return self._read_file()
        return find_history(self.ledger) if self.history else find_corpus(self.ledger, self.runs)

    def _read_file(self) -> Iterator[str]:
        assert self.file is not None
        self.file.seek(0)
        for number, raw in enumerate(self.file, start=1):
            try:
                line = raw.decode("utf-8").rstrip("\n")
                load_record(line)
            except ValueError:
                raise CommandFailedError(
                    f"{self.collection.folder / RECORDS}, line {number}: no record of this version of the program; run "
                    "`scrapy crawl documents` again"
                ) from None
            yield line


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of collections as of one moment."""

    sources: tuple[Source, ...]

    def lines(self) -> Iterator[str]:
        """Give the records, collection by collection. Can be gone through again, and gives the same.

        Raises:
            CommandFailedError: a record was written by another version of the program.
            LedgerError, OSError: they cannot be read.
        """
        for source in self.sources:
            yield from source.lines()

    @property
    def left_out(self) -> Counter[str]:
        """How many records the takedown lists left out when the lines were last gone through, by reason."""
        return sum((source.takedowns.left_out for source in self.sources), Counter())

    @property
    def unused_takedowns(self) -> list[Takedown]:
        """The lines of the takedown lists under which no record of any collection fell; each list once."""
        used = set(chain.from_iterable(source.takedowns.used for source in self.sources))
        entries = chain.from_iterable(source.takedowns.entries for source in self.sources)
        return [entry for entry in dict.fromkeys(entries) if entry not in used]

    def refuse_to_replace(self, path: Path) -> None:
        """Refuse the name of a file that is read here: what it holds would be gone for good.

        Raises:
            UserError: a collection of files keeps its records there, or it is a takedown list.
        """
        for source in self.sources:
            if any(path.exists() and path.samefile(one) for one in source.lists):
                raise UserError(f"{path}: it is a takedown list; name another file")
            records = source.collection.folder / RECORDS
            if source.ledger is None and path.exists() and path.samefile(records):
                name = source.collection.name
                raise UserError(f"{path}: {name} keeps its records there, and nowhere else; name another file")

    @property
    def names(self) -> str:
        """The collections, for a message."""
        *others, last = (source.collection.name for source in self.sources)
        return f"{', '.join(others)} and {last}" if others else last


@contextlib.contextmanager
def open_snapshot(
    settings: Settings, names: Sequence[str], *, as_of: datetime | None = None, history: bool = False
) -> Iterator[Snapshot]:
    """Open collections to read their records as they are at this moment, also while a crawl is running.

    Args:
        settings: DATA_DIR and TAKEDOWN count.
        names: of the collections, each once; the order is that of the records.
        as_of: the corpora that the last runs left that began by then; None for the latest.
        history: give each revision of each record in place of the corpus.

    Raises:
        UserError: there is no such collection; its first run began later; it has no history; a takedown list is broken.
        CommandFailedError: a collection has no finished run, or no records.
        LedgerError: a ledger cannot be read.
    """
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{twice} is named twice")
    with contextlib.ExitStack() as stack:
        opened = tuple(_open(settings, name, as_of, stack, history=history) for name in names)
        yield Snapshot(opened)


def _open(
    settings: Settings, name: str, as_of: datetime | None, stack: contextlib.ExitStack, *, history: bool
) -> Source:
    collection = find_collection(settings, name)
    lists = find_lists(settings["TAKEDOWN"], Path(settings["DATA_DIR"]), collection.folder)
    takedowns = read_lists(lists)
    if not collection.has_ledger:
        if as_of is not None or history:
            raise UserError(f"{name} has no ledger, and so no history: its records are those of the latest run")
        path = collection.folder / RECORDS
        if not path.is_file():
            raise CommandFailedError(f"{name}: there is no {path}; run `scrapy crawl documents` without -O")
        return Source(collection, None, (), takedowns, stack.enter_context(path.open("rb")), lists=lists)
    ledger = stack.enter_context(collection.look())
    stack.enter_context(ledger.transaction())
    runs = choose_runs(ledger.finished_runs(), as_of, name)
    return Source(collection, ledger, runs, takedowns, history=history, lists=lists)


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
    raise UserError(f"--as-of={given!r} is not allowed; allowed: {_DATE_ALLOWED}")


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
        raise UserError(f"no run of {collection} had begun by {by}; the first began {first}")
    return finished[: begun[-1]]


def _aware(moment: str) -> datetime:
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def find_history(ledger: Ledger) -> Iterator[str]:
    """Give every revision as it was written, in the order of the runs, within a run by URL."""
    return (revision.line for revision in ledger.history())


def require_current(lines: Iterable[str]) -> Iterator[str]:
    """Let records through that are of this version of the program, for who needs each of their fields.

    Raises:
        CommandFailedError: one is of another version.
    """
    for number, line in enumerate(lines, start=1):
        try:
            load_record(line)
        except ValueError:
            raise CommandFailedError(
                f"revision {number:,} of the history was written by another version of the program; whole JSON lines "
                "take it as it was written"
            ) from None
        yield line


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
            _load(revision, revision.line)  # it leaves as it stands, and who gets it may believe what it is
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
