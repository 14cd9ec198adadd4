"""Pointers to worker processes to pages: extraction runs beside the crawl, and comes back in the order given."""

import asyncio
import contextlib
import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pebble import CONSTS, ProcessExpired, ProcessPool
from pebble.pool.process import WORKERS_NAME

from crawler.extraction.document import UnreadableError
from crawler.extraction.outline import PageOutline
from crawler.extraction.page import LearnedSite, PageContext, extract_page, outline_page
from crawler.outcomes import Outcome
from crawler.storage.archive import RecordPointer, read_response
from crawler.storage.bodies import BodyPointer, UnreadableBodyError, read_body
from crawler.storage.warc_record import ArchiveError, BrokenBodyError
from items import DateCandidate, DateKind, DateSource, Page

WINDOW_PER_WORKER = 8  # tasks under way or waiting; bounds the memory of pages that wait for an earlier one
CONSTS.term_timeout = 0.5  # seconds that a worker which hangs has to end by itself; pebble's default is 3
CONSTS.sleep_unit = 0.05  # seconds between two looks of a pool at its workers; pebble's default is 0.1
POISON = frozenset(("timeout", "worker_died", "out_of_memory"))  # reasons for which a page is not tried again
PageKey = tuple[str, str]
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


async def publish(
    pages: Iterable[StoredPage],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite] | None = None,
    poison: Mapping[PageKey, Unpublished] | None = None,
) -> AsyncGenerator[Page | Unpublished, None]:
    """Read pages in worker processes and yield them in the order given.

    A page that hangs, kills its worker or uses up its memory costs itself alone: it comes out as `Unpublished`.

    Args:
        pages: where they lie.
        limits: what one of them may cost.
        sites: what was learned of their sites, by host.
        poison: pages that did so already, while their sites were learned; they are not tried again.
    """
    async with aclosing(run_workers(read_page, pages, limits, sites, poison)) as outcomes:
        async for outcome in outcomes:
            yield outcome


async def run_workers(
    task: Callable[[StoredPage], T | Unpublished],
    pages: Iterable[StoredPage],
    limits: WorkerLimits,
    sites: Mapping[str, LearnedSite] | None = None,
    poison: Mapping[PageKey, Unpublished] | None = None,
) -> AsyncGenerator[T | Unpublished, None]:
    """Run a task for each page in worker processes and yield what it returns, in the order given."""
    known = poison or {}
    workers = Workers(limits, sites)
    window: deque[tuple[StoredPage, asyncio.Future[T | Unpublished]]] = deque()
    try:
        for page in pages:
            if page.key in known:
                future = asyncio.get_running_loop().create_future()
                future.set_result(known[page.key])
            else:
                future = workers.schedule(task, page)
            window.append((page, future))
            if len(window) >= limits.workers * WINDOW_PER_WORKER:
                yield await _outcome(*window.popleft(), limits)
        while window:
            yield await _outcome(*window.popleft(), limits)
    finally:
        for _, waiting in window:
            waiting.cancel()
        workers.close()


class Workers:
    """Processes that read pages by what was learned of their sites; they start with the first page."""

    def __init__(self, limits: WorkerLimits, sites: Mapping[str, LearnedSite] | None = None) -> None:
        self.limits = limits
        self._pool = ProcessPool(
            max_workers=limits.workers,
            initializer=_begin_worker,
            initargs=[limits.megabytes, dict(sites or {})],
            # Forked workers would inherit the parent's locks and keep them after a kill.
            context=multiprocessing.get_context("spawn"),
        )

    def schedule(
        self, task: Callable[[StoredPage], T | Unpublished], page: StoredPage
    ) -> "asyncio.Future[T | Unpublished]":
        """Let a worker run a task."""
        return asyncio.wrap_future(self._pool.schedule(task, args=[page], timeout=self.limits.seconds))

    async def read(self, page: StoredPage) -> Page | Unpublished:
        """Read one page."""
        return await _outcome(page, self.schedule(read_page, page), self.limits)

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


async def _outcome(page: StoredPage, future: asyncio.Future[T | Unpublished], limits: WorkerLimits) -> T | Unpublished:
    url = page.context.url
    try:
        return await future
    except (FutureTimeoutError, TimeoutError):
        return Unpublished(url, Outcome.FAILED, "timeout", f"not read within {limits.seconds:g} s")
    except ProcessExpired as error:
        return Unpublished(url, Outcome.FAILED, "worker_died", f"its worker ended with status {error.exitcode}")


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


def read_page(page: StoredPage) -> Page | Unpublished:
    """Read one page from its pointer; runs in a worker process."""
    return _guarded(page, lambda body, context: extract_page(body, context, _sites.get(find_site(context.url))))


def outline(page: StoredPage) -> PageOutline | Unpublished:
    """Reduce one page to what learning needs; runs in a worker process. A learned site is the first of two models."""

    def reduce(body: bytes, context: PageContext) -> PageOutline:
        site = _sites.get(find_site(context.url))
        return outline_page(body, context, site.model if site is not None else None)

    return _guarded(page, reduce)


def _guarded(page: StoredPage, read: Callable[[bytes, PageContext], T]) -> T | Unpublished:
    url = page.context.url
    try:
        return read(*load_page(page))
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
