"""Pointers to worker processes to pages: extraction runs beside the crawl, and comes back in the order given."""

import asyncio
import contextlib
import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pebble import CONSTS, ProcessExpired, ProcessPool
from pebble.pool.process import WORKERS_NAME

from crawler.extraction.document import UnreadableError
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import Lap, LearnedSite, PageContext, examine_page, extract_page, outline_page
from crawler.extraction.record import finish, make_ahead
from crawler.extraction.redesign import Glance
from crawler.messages import pickle_by_position
from crawler.outcomes import Outcome
from crawler.storage.archive import RecordPointer, read_response
from crawler.storage.bodies import BodyPointer, UnreadableBodyError, read_body
from crawler.storage.warc_record import ArchiveError, BrokenBodyError
from items import (
    Block,
    DateCandidate,
    DateEvidence,
    DateKind,
    Dates,
    DateSource,
    Link,
    Page,
    Provenance,
    Record,
    Removed,
)

MAX_BATCH = 16  # pages; a message costs the main process 0.08 ms, whatever it holds
BATCHES_PER_WORKER = 4  # under way or waiting; bounds the memory of pages that wait for an earlier one
BATCH_SECONDS = 0.5  # after which a worker ends its batch: large pages come in small batches
TASKS_PER_WORKER = 1000  # batches; then a worker is replaced, whatever memory the libraries have kept
_SHARE = 8  # a batch holds at most that share of the pages before it, divided by the workers
CONSTS.term_timeout = 0.5  # seconds that a worker which hangs has to end by itself; pebble's default is 3
CONSTS.sleep_unit = 0.02  # seconds between two looks of a pool at its workers; pebble's default is 0.1
POISON = frozenset(("timeout", "worker_died", "out_of_memory"))  # reasons for which a page is not tried again
PageKey = tuple[str, str]
Note = Callable[[int, Mapping[str, float]], object]  # is told a number of pages and the CPU time of each stage
T = TypeVar("T")
_EXCLUDED = frozenset(("no_text", "no_elements"))


@dataclass(frozen=True, slots=True)
class ArchivedBody:
    """A response in the archive."""

    folder: str
    record: RecordPointer


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page that waits to be read: where its bytes lie and what is known of it."""

    body: BodyPointer | ArchivedBody
    context: PageContext
    payload_digest: str | None = None  # of the body, where it is known before the page is read

    @property
    def key(self) -> PageKey:
        """What tells the page from others: its URL, and its file where several share one."""
        return self.context.url, self.context.source_file or ""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A page that gave no text, and why."""

    url: str
    outcome: Outcome
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one page may cost."""

    workers: int
    seconds: float  # wall time of one page; then its worker is killed and replaced
    megabytes: int  # address space of one worker


# All that messages are made of; the values of a batch that are the same object travel once.
pickle_by_position(ArchivedBody, BodyPointer, RecordPointer, StoredPage, PageContext, Unpublished)
pickle_by_position(Page, Record, Block, Link, Removed, DateCandidate, DateEvidence, Dates, Provenance)
Task = Callable[[StoredPage, Lap], T | Unpublished]


async def publish(
    pages: Iterable[StoredPage],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite] | None = None,
    poison: Mapping[PageKey, Unpublished] | None = None,
    note: Note | None = None,
    *,
    ahead: bool = False,
) -> AsyncGenerator[Page | Unpublished, None]:
    """Read pages in worker processes and yield them in the order given.

    A page that hangs, kills its worker or uses up its memory costs itself alone: it comes out as `Unpublished`.

    Args:
        pages: where they lie.
        limits: what one of them may cost.
        sites: what was learned of their sites, by host.
        poison: pages that did so already, while their sites were learned; they are not tried again.
        note: is told what each batch of pages took.
        ahead: whether the workers make the records as well (`make_ahead`).
    """
    task = read_page_ahead if ahead else read_page
    async with aclosing(run_workers(task, pages, limits, sites, poison, note)) as outcomes:
        async for outcome in outcomes:
            yield outcome


async def run_workers(
    task: Task[T],
    pages: Iterable[StoredPage],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite] | None = None,
    poison: Mapping[PageKey, Unpublished] | None = None,
    note: Note | None = None,
) -> AsyncGenerator[T | Unpublished, None]:
    """Run a task for each page in worker processes and yield what it returns, in the order given.

    Pages go to the workers in batches, so that messages cost next to nothing. The first ones are single pages, so that
    all workers have work at once; a batch is never more than a share of what went before it, so that they end together.
    """
    known = poison or {}
    workers = Workers(limits, sites, note)
    window: deque[tuple[list[StoredPage], asyncio.Task[list[T | Unpublished]]]] = deque()
    waiting = iter(pages)
    sent = 0
    try:
        while True:
            while len(window) < limits.workers * BATCHES_PER_WORKER:
                batch = list(islice(waiting, workers.choose_size(sent)))
                if not batch:
                    break
                sent += len(batch)
                unknown = [page for page in batch if page.key not in known]
                window.append((batch, asyncio.ensure_future(workers.read_batch(task, unknown))))
            if not window:
                return
            batch, reading = window[0]
            outcomes = iter(await reading)
            window.popleft()
            for page in batch:
                yield known[page.key] if page.key in known else next(outcomes)
    finally:
        for _, reading in window:
            reading.cancel()
        try:
            await asyncio.gather(*(reading for _, reading in window), return_exceptions=True)
        finally:
            workers.close()


class Workers:
    """Processes that read pages by what was learned of their sites; they start with the first page."""

    def __init__(
        self, limits: WorkerLimits, sites: Mapping[str, LearnedSite] | None = None, note: Note | None = None
    ) -> None:
        self.limits = limits
        self._note = note
        self._largest = 1  # pages that a batch may hold
        self._pool = ProcessPool(
            max_workers=limits.workers,
            max_tasks=TASKS_PER_WORKER,
            initializer=_begin_worker,
            initargs=[limits.megabytes, dict(sites or {})],
            # Forked workers would inherit the parent's locks and keep them after a kill.
            context=multiprocessing.get_context("spawn"),
        )

    async def read(self, page: StoredPage) -> Page | Unpublished:
        """Read one page."""
        return (await self.read_batch(read_page, [page]))[0]

    def choose_size(self, sent: int) -> int:
        """Say how many pages the next batch holds, when so many were sent."""
        return min(self._largest, 1 + sent // (_SHARE * self.limits.workers))

    async def read_batch(self, task: Task[T], pages: Sequence[StoredPage]) -> list[T | Unpublished]:
        """Let the workers run a task for some pages; a batch that fails is read again, one page at a time."""
        done: list[T | Unpublished] = []
        while len(done) < len(pages):
            rest = pages[len(done) :]
            if len(rest) == 1:
                done.append(await self._read_alone(task, rest[0]))
                continue
            try:
                done += await self._schedule(task, rest)
            except (FutureTimeoutError, TimeoutError, ProcessExpired):
                done += await asyncio.gather(*(self._read_alone(task, page) for page in rest))
        return done

    async def _read_alone(self, task: Task[T], page: StoredPage) -> T | Unpublished:
        url = page.context.url
        try:
            return (await self._schedule(task, [page]))[0]
        except (FutureTimeoutError, TimeoutError):
            return Unpublished(url, Outcome.FAILED, "timeout", f"not read within {self.limits.seconds:g} s")
        except ProcessExpired as error:
            return Unpublished(url, Outcome.FAILED, "worker_died", f"its worker ended with status {error.exitcode}")

    async def _schedule(self, task: Task[T], pages: Sequence[StoredPage]) -> list[T | Unpublished]:
        """Let a worker run a task for the first pages of a batch, one at least."""
        # A batch ends when its time is over, and with it only the page that is being read can take longer.
        seconds = self.limits.seconds + (BATCH_SECONDS if len(pages) > 1 else 0)
        future = self._pool.schedule(_run_batch, args=[task, pages], timeout=seconds)
        outcomes, laps, taken = await asyncio.wrap_future(future)
        self._largest = max(1, min(MAX_BATCH, int(BATCH_SECONDS / 2 * len(outcomes) / max(taken, 1e-6))))
        if self._note is not None:
            self._note(len(outcomes), laps)
        return outcomes

    def close(self) -> None:
        """End the workers; what they still do is lost."""
        # Pebble takes the workers' locks away before it ends them, to which one that is still starting answers with a
        # traceback: they are ended first, once pebble no longer replaces them.
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves its annotations out here
        time.sleep(3 * CONSTS.sleep_unit)
        for process in multiprocessing.active_children():
            if process.name == WORKERS_NAME:
                process.kill()
        self._pool.join()


class _Clock:
    """Adds up the CPU time between laps by the laps' names, in seconds: that of others does not show in it."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.last = time.thread_time()

    def __call__(self, name: str) -> None:
        now = time.thread_time()
        self.laps[name] = self.laps.get(name, 0.0) + now - self.last
        self.last = now


def _run_batch(task: Task[T], pages: Sequence[StoredPage]) -> tuple[list[T | Unpublished], dict[str, float], float]:
    """Run a task for pages until their time is over; runs in a worker process.

    Returns:
        what it gave for each page, in order; the CPU time of each stage and the time of all, in seconds.
    """
    began = time.monotonic()
    clock = _Clock()
    outcomes: list[T | Unpublished] = []
    seconds = 0.0
    while len(outcomes) < len(pages) and seconds < BATCH_SECONDS:
        outcomes.append(task(pages[len(outcomes)], clock))
        clock("page")
        seconds = time.monotonic() - began
    return outcomes, clock.laps, seconds


def find_site(url: str) -> str:
    """Name the site that a page belongs to: its host, without "www."; empty for a file that names no URL."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def load_page(page: StoredPage) -> tuple[bytes, PageContext]:
    """Read a page's bytes and, from the archive, what its headers say."""
    if isinstance(page.body, BodyPointer):
        return read_body(page.body), page.context
    response = read_response(Path(page.body.folder), page.body.record)
    modified = response.header("Last-Modified")
    dates = (DateCandidate(DateSource.HTTP, DateKind.MODIFIED, modified),) if modified else ()
    context = replace(
        page.context,
        content_type=response.header("Content-Type"),
        date_candidates=(*page.context.date_candidates, *dates),
    )
    return response.body, context


def _no_lap(_: str) -> None:
    """Look at no clock."""


def read_page(page: StoredPage, lap: Lap = _no_lap) -> Page | Unpublished:
    """Read one page from its pointer; runs in a worker process."""
    return _guarded(page, extract_page, lap)


def read_page_ahead(page: StoredPage, lap: Lap = _no_lap) -> Page | Unpublished:
    """Read one page and make its record; runs in a worker process."""
    read = read_page(page, lap)
    if isinstance(read, Page):
        with contextlib.suppress(Exception):  # what breaks here breaks again in the pipelines, which account for it
            read = make_ahead(read)
        lap("record")
    return read


def outline(page: StoredPage, lap: Lap) -> PageOutline | Unpublished:
    """Reduce one page to what learning needs; runs in a worker process. A learned site is the first of two models."""
    return _guarded(page, _outline, lap)


def _outline(body: bytes, context: PageContext, site: LearnedSite | None, lap: Lap) -> PageOutline:
    return outline_page(body, context, site.model if site is not None else None, lap)


def glance(page: StoredPage, lap: Lap) -> Glance | Unpublished:
    """Read one page for its text and its layout; runs in a worker process."""
    return _guarded(page, _glance, lap)


def _glance(body: bytes, context: PageContext, site: LearnedSite | None, lap: Lap) -> Glance:
    examined = examine_page(body, context, site, lap)
    return Glance(examined.container, finish(examined.page).text)


def _guarded(
    page: StoredPage, read: Callable[[bytes, PageContext, LearnedSite | None, Lap], T], lap: Lap
) -> T | Unpublished:
    url = page.context.url
    try:
        body, context = load_page(page)
        lap("read")
        return read(body, context, _sites.get(find_site(context.url)), lap)
    except BrokenBodyError as error:
        return Unpublished(url, Outcome.FAILED, "broken_encoding", str(error))
    except ArchiveError as error:
        return Unpublished(url, Outcome.FAILED, "unreadable_archive", str(error))
    except UnreadableBodyError as error:
        return Unpublished(url, Outcome.FAILED, error.reason, str(error))
    except UnreadableError as error:
        excluded = error.reason in _EXCLUDED or error.reason.startswith("not_")
        return Unpublished(url, Outcome.EXCLUDED if excluded else Outcome.FAILED, error.reason, str(error))
    except MemoryError:
        return Unpublished(url, Outcome.FAILED, "out_of_memory", "the page needs more memory than a worker may use")
    except Exception as error:  # noqa: BLE001 - whatever a page does to a parser, it costs that page alone
        return Unpublished(url, Outcome.FAILED, "error", f"{type(error).__name__}: {error}".splitlines()[0][:300])


_sites: dict[str, LearnedSite] = {}  # in a worker process: what was learned, by host; set once, when it begins


def _begin_worker(megabytes: int, sites: Mapping[str, LearnedSite]) -> None:
    _sites.update(sites)
    _ignore_signals()
    _limit_memory(megabytes)


def _ignore_signals() -> None:
    # An interrupt on the terminal goes to all processes, and so does the SIGTERM of `timeout` or systemd: the main one
    # decides, and ends the workers. A worker that died of one would cost its page. Pebble also sends SIGTERM to workers
    # that are already ending, to which Python may answer with a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _limit_memory(megabytes: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # a stricter limit of the system's stands
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1024 * 1024, resource.RLIM_INFINITY))
