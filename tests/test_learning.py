"""Learning many hosts in one run: what is learned of each is its own, and memory is not that of all of them."""

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

import crawler.learning
from crawler.extraction.decisions import Decisions
from crawler.extraction.model import SiteModel, dump_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.site_model import find_starved, learn
from crawler.learning import Learned, learn_sites
from crawler.publish import BATCHES_PER_WORKER, MAX_BATCH, StoredPage, WorkerLimits, find_site
from crawler.storage.bodies import BodyPointer
from tests.extraction.site_making import context, learn_site, make_article, make_page, make_sentence, outline

PAGES = 8  # of a host
CONDUCT = "".join(f"<p>{make_sentence(f'rule {number}')} {make_sentence(f'duty {number}')}</p>" for number in range(9))


def learn_them(pages: Sequence[StoredPage]) -> Learned:
    return asyncio.run(learn_sites(pages, WorkerLimits(workers=1, seconds=60, megabytes=4096), 400, Decisions()))


def make_starved(page: int) -> bytes:
    """Write a page on which generic extraction passes over the text for a code of conduct that all such pages have."""
    text = f"<div class='note'><p>{make_sentence(f'note {page}')}</p></div>"
    return make_page(f"{text}<article id='conduct'>{CONDUCT}</article>")


def make_site(first: int, starved: int) -> list[bytes]:
    return [
        make_starved(page) if page - first < starved else make_article(page) for page in range(first, first + PAGES)
    ]


def store(folder: Path, host: str, bodies: Sequence[bytes]) -> list[StoredPage]:
    pages = []
    for number, body in enumerate(bodies):
        path = folder / f"{host}-{number}.html"
        path.write_bytes(body)
        pages.append(StoredPage(BodyPointer(str(path)), context(f"https://{host}/{number}")))
    return pages


@contextlib.contextmanager
def no_other_thread() -> Iterator[None]:
    """Let no other thread run: a tuple that it is making breaks while gc.get_objects() has it as well."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    time.sleep(0.05)  # for who is waiting for its turn by the interval as it was
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def test_what_is_learned_of_a_host_is_the_same_alone_and_among_others(tmp_path: Path) -> None:
    bodies = {
        "a.example": make_site(0, starved=0),
        "b.example": make_site(20, starved=5),
        "c.example": make_site(40, starved=0),
        "d.example": make_site(60, starved=PAGES),
    }
    stored = {host: store(tmp_path, host, of) for host, of in bodies.items()}
    together = learn_them([page for turn in zip_longest(*stored.values()) for page in turn])
    assert list(together.sites) == list(bodies)
    for host, pages in stored.items():
        assert dict(learn_them(pages).sites) == {host: together.sites[host]}
        by_url = {page.context.url: body for page, body in zip(pages, bodies[host], strict=True)}
        assert dump_model(together.sites[host].model) == dump_model(learn_site(by_url, host))
        outlines = [found for url, body in by_url.items() if (found := outline(url, body)) is not None]
        first = learn(outlines, host)
        starved = sum(find_starved(first, found) for found in outlines)
        assert starved == {"b.example": 5, "d.example": PAGES}.get(host, 0)
        assert (first != together.sites[host].model) == (starved > 0), "asking again taught something"


def test_the_outlines_of_few_hosts_are_in_memory_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = [f"{number:02}.example" for number in range(16)]
    held: list[set[str]] = []

    def watch(*arguments: Any) -> SiteModel:
        with no_other_thread():
            urls = [one.url for one in gc.get_objects() if isinstance(one, PageOutline)]
        held.append({host for url in urls if (host := find_site(url)) in hosts})
        return learn(*arguments)

    monkeypatch.setattr(crawler.learning, "learn", watch)
    stored = [page for host in hosts for page in store(tmp_path, host, make_site(0, starved=0))]
    learned = learn_them(stored)
    assert list(learned.sites) == hosts
    assert len(held) == len(hosts)
    # the one that is learned, the one before it, and what the worker gives of the next ones
    assert max(map(len, held)) <= 2 + BATCHES_PER_WORKER * MAX_BATCH // PAGES < len(hosts)
