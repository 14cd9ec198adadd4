"""Batches of pages: what one page does to its worker costs that page alone, whatever batch it came in."""

import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import pytest

from crawler import publish
from crawler.extraction.page import Lap, PageContext
from crawler.outcomes import Outcome
from crawler.publish import PageKey, StoredPage, Unpublished, WorkerLimits, Workers, run_workers
from crawler.storage.bodies import BodyPointer

LIMITS = WorkerLimits(workers=2, seconds=60, megabytes=4096)


def make_pages(count: int, special: Mapping[int, str] | None = None) -> list[StoredPage]:
    """Make pages whose URLs say what reading them does."""
    names = [(special or {}).get(number, "good") for number in range(count)]
    return [
        StoredPage(BodyPointer(""), PageContext(id="", url=f"https://example.org/{name}/{number}", collection="site"))
        for number, name in enumerate(names)
    ]


def behave(page: StoredPage, lap: Lap) -> str | Unpublished:
    """Do what the URL says; runs in a worker."""
    url = page.context.url
    if "/die/" in url:
        os.kill(os.getpid(), signal.SIGKILL)
    if "/hang/" in url:
        time.sleep(60)
    if "/slow/" in url:
        time.sleep(0.1)
    if "/busy/" in url:
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
    lap("parse")
    return url


def tell_process(page: StoredPage, lap: Lap) -> int | Unpublished:
    """Give the worker's process id."""
    return os.getpid()


@dataclass
class Sent:
    """What was sent to the workers."""

    sizes: list[int] = field(default_factory=list)  # in pages, of each message
    failed: int = 0  # messages


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Count messages."""
    counts = Sent()
    schedule = Workers._schedule

    async def count(workers: Workers, task: Any, pages: list[StoredPage]) -> list[Any]:
        counts.sizes.append(len(pages))
        try:
            return await schedule(workers, task, pages)
        except Exception:
            counts.failed += 1
            raise

    monkeypatch.setattr(Workers, "_schedule", count)
    return counts


def run(
    pages: list[StoredPage],
    limits: WorkerLimits = LIMITS,
    *,
    poison: Mapping[PageKey, Unpublished] | None = None,
    note: publish.Note | None = None,
) -> list[str | Unpublished]:
    async def collect() -> list[str | Unpublished]:
        return [outcome async for outcome in run_workers(behave, pages, limits, {}, poison, note)]

    return asyncio.run(collect())


def urls(pages: list[StoredPage]) -> list[str]:
    return [page.context.url for page in pages]


def test_many_pages_are_sent_in_few_messages_and_few_pages_to_all_workers(sent: Sent) -> None:
    pages = make_pages(1000)
    assert run(pages) == urls(pages)
    assert sum(sent.sizes) == 1000
    assert len(sent.sizes) < 150
    assert max(sent.sizes) == publish.MAX_BATCH
    assert sent.sizes[: 2 * LIMITS.workers] == [1] * 2 * LIMITS.workers, "the first result comes soon"


def test_a_page_that_kills_its_worker_costs_itself_alone(sent: Sent) -> None:
    pages = make_pages(300, {250: "die"})
    outcomes = run(pages)
    assert outcomes[250] == Unpublished(
        urls(pages)[250], Outcome.FAILED, "worker_died", "its worker ended with status -9"
    )
    assert outcomes[:250] + outcomes[251:] == urls(pages)[:250] + urls(pages)[251:]
    assert max(sent.sizes) > 4, "it came in a batch"


def test_a_page_that_hangs_costs_itself_alone_and_is_killed_after_its_limit(sent: Sent) -> None:
    pages = make_pages(300, {250: "hang"})
    began = time.monotonic()
    outcomes = run(pages, WorkerLimits(workers=2, seconds=2, megabytes=4096))
    assert outcomes[250] == Unpublished(urls(pages)[250], Outcome.FAILED, "timeout", "not read within 2 s")
    assert outcomes[:250] + outcomes[251:] == urls(pages)[:250] + urls(pages)[251:]
    assert max(sent.sizes) > 4, "it came in a batch"
    assert time.monotonic() - began < 20, "it is killed twice, in its batch and alone, each time after its own limit"


def test_a_batch_may_take_longer_than_a_page(sent: Sent) -> None:
    slow = dict.fromkeys(range(100, 140), "slow")  # 4 s in all, which the sizes do not see coming
    pages = make_pages(180, slow)
    limits = WorkerLimits(workers=1, seconds=1.0, megabytes=4096)
    assert run(pages, limits) == urls(pages)
    assert max(sent.sizes) > 10
    assert not sent.failed


def test_pages_that_are_known_to_hang_are_not_sent() -> None:
    pages = make_pages(50, {0: "hang", 30: "hang"})
    poison = {page.key: Unpublished(page.context.url, Outcome.FAILED, "timeout") for page in (pages[0], pages[30])}
    outcomes = run(pages, poison=poison)
    assert [outcome.url if isinstance(outcome, Unpublished) else outcome for outcome in outcomes] == urls(pages)


def test_what_the_stages_take_is_told_once_a_batch() -> None:
    told: list[tuple[int, Mapping[str, float]]] = []
    run(make_pages(100, {40: "slow", 50: "busy", 60: "slow"}), note=lambda pages, laps: told.append((pages, laps)))
    assert sum(pages for pages, _ in told) == 100
    assert 0.1 <= sum(laps["parse"] for _, laps in told) < 0.2, "of the CPU: who sleeps takes none"
    assert all(set(laps) == {"parse", "page"} for _, laps in told)


def test_workers_are_replaced_before_they_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "TASKS_PER_WORKER", 5)
    pages = make_pages(40)

    async def collect() -> list[int | Unpublished]:
        return [outcome async for outcome in run_workers(tell_process, pages, LIMITS)]

    processes = asyncio.run(collect())
    assert len(processes) == 40
    assert len(set(processes)) > 2


def test_who_wants_no_more_waits_for_nothing() -> None:
    pages = make_pages(300, {20: "hang"})

    async def take_some() -> list[str | Unpublished]:
        async with aclosing(run_workers(behave, pages, LIMITS)) as outcomes:
            return [await anext(outcomes) for _ in range(10)]

    assert asyncio.run(take_some()) == urls(pages)[:10]
    began = time.monotonic()
    while multiprocessing.active_children():
        assert time.monotonic() - began < 5, "the workers have ended"
        time.sleep(0.05)
