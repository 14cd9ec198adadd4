"""A list of URLs over many hosts, one of them slow: `make many-hosts`.

Every host is a loopback address of its own, so that Scrapy takes it for another server and keeps to its delays. Three
crawls are timed, each from its start to its last line: the quick hosts alone (A), the slow one alone (B), and all of
them (T). Holds if T is at most A + B, if every row of the list has its record, and if no host was asked for two things
at once. The list begins with the rows of the slow host, so that whoever takes rows in their order meets it first.
"""

import argparse
import asyncio
import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from benchmarks.crash_site import ROOT, WORDS, Answer

TIMEOUT = 3600  # seconds; a crawl that takes longer hangs


@dataclass(slots=True)
class Hosts:
    """Servers at loopback addresses, of which the first is slow."""

    count: int
    slow_seconds: float
    port: int = 0
    answered: dict[str, list[float]] = field(default_factory=dict)  # seconds of the monotonic clock, by host
    under_way: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)  # requests at once

    @property
    def names(self) -> list[str]:
        """The addresses, without 127.0.0.1, which the settings allow more than other hosts."""
        return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(self.count)]

    def urls(self, rows: int) -> list[str]:
        """Spread pages over the hosts, one host after the other."""
        share = [rows // self.count + (number < rows % self.count) for number in range(self.count)]
        return [
            f"http://{name}:{self.port}/{number:05}"
            for name, pages in zip(self.names, share, strict=True)
            for number in range(pages)
        ]

    def is_slow(self, url: str) -> bool:
        """Tell whether a URL is of the slow host."""
        return url.startswith(f"http://{self.names[0]}:")

    def forget(self) -> None:
        """Begin another crawl."""
        self.answered.clear()
        self.most.clear()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what comes on a connection."""
        host = writer.get_extra_info("sockname")[0]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode("latin-1")
                self.under_way[host] += 1
                self.most[host] = max(self.most[host], self.under_way[host])
                try:
                    if host == self.names[0]:
                        await asyncio.sleep(self.slow_seconds)
                finally:
                    self.under_way[host] -= 1
                writer.write(write_page(host, path).to_bytes())
                await writer.drain()
                self.answered.setdefault(host, []).append(time.monotonic())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def serve(self, ready: Event, stop: asyncio.Event) -> None:
        """Listen at every address, on the port that the first one gets."""
        first = await asyncio.start_server(self.answer, self.names[0], 0)
        self.port = first.sockets[0].getsockname()[1]
        others = await asyncio.start_server(self.answer, self.names[1:], self.port)
        ready.set()
        await stop.wait()
        for server in (first, others):
            server.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve from a thread."""
        ready, stop, loop = Event(), asyncio.Event(), asyncio.new_event_loop()
        thread = Thread(target=loop.run_until_complete, args=(self.serve(ready, stop),), daemon=True)
        thread.start()
        if not ready.wait(10):
            raise RuntimeError(f"cannot listen at {self.names[0]} to {self.names[-1]}")
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()


def write_page(host: str, path: str) -> Answer:
    """Write the page at a path, always the same."""
    if path == "/robots.txt":
        return Answer(b"User-agent: *\nDisallow:\n", content_type="text/plain")
    chance = random.Random(host + path)
    title = f"Notice {path[1:]} of {host}"
    paragraphs = "".join(f"<p>{' '.join(chance.choices(WORDS, k=40)).capitalize()}.</p>" for _ in range(4))
    return Answer(
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"<p class='date'>March {1 + chance.randrange(28)}, 2016</p>{paragraphs}</article></body></html>".encode()
    )


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a crawl took and left."""

    seconds: float
    accounted: Counter[str]  # rows of the list, by their outcome
    most: int  # requests at once to one host
    quick: float  # seconds from the first answer of any host to the last one of a quick one
    before: int  # answers of the slow host up to then


def crawl(folder: Path, hosts: Hosts, name: str, urls: Sequence[str], settings: Sequence[str]) -> Crawled:
    """Crawl a list in a process of its own."""
    hosts.forget()
    listed = folder / f"{name}.csv"
    listed.write_text("url,n\n" + "".join(f"{url},{number}\n" for number, url in enumerate(urls)))
    command = [sys.executable, "-m", "crawler", "crawl", "pages", "-a", f"urls={listed}", "-L", "WARNING"]
    command += ["-O", str(folder / f"{name}.jsonl")]
    for one in settings:
        command += ["-s", one]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BROADSIDE_", "SCRAPY_"))}
    began = time.monotonic()
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, "BROADSIDE_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    seconds = time.monotonic() - began
    if run.returncode != 0:
        raise RuntimeError(f"the crawl of {name} ended with {run.returncode}:\n{run.stderr[-3000:]}")
    with (folder / name / "records" / "rows.csv").open(encoding="utf-8", newline="") as file:
        accounted = Counter(row["outcome"] for row in csv.DictReader(file))
    slow = hosts.answered.get(hosts.names[0], [])
    quick = [at for host, times in hosts.answered.items() if host != hosts.names[0] for at in times]
    first = min((*slow, *quick))
    last = max(quick, default=first)
    return Crawled(seconds, accounted, max(hosts.most.values()), last - first, sum(1 for at in slow if at <= last))


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 where the slow host held up others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--slow-seconds", type=float, default=30.0)
    parser.add_argument("-s", dest="settings", action="append", default=[], help="a setting of the crawls, NAME=VALUE")
    options = parser.parse_args(arguments)
    hosts = Hosts(options.hosts, options.slow_seconds)
    with hosts.running(), TemporaryDirectory() as folder:
        urls = hosts.urls(options.rows)
        lists = {
            "quick": [url for url in urls if not hosts.is_slow(url)],
            "slow": [url for url in urls if hosts.is_slow(url)],
            "all": urls,
        }
        crawls = {}
        for name, listed in lists.items():
            crawls[name] = crawl(Path(folder), hosts, name, listed, options.settings)
            print(f"{name}: {len(listed):,} rows in {crawls[name].seconds:.1f} s: {_count(crawls[name].accounted)}")
    return judge(lists, crawls)


def judge(lists: dict[str, list[str]], crawls: dict[str, Crawled]) -> int:
    """Hold the three crawls against one another."""
    alone, slow, together = crawls["quick"], crawls["slow"], crawls["all"]
    print(
        f"quick hosts done {together.quick:.1f} s after the first answer ({alone.quick:.1f} s alone); by then the "
        f"slow one had answered {together.before} of {len(lists['slow']) + 1} times"
    )
    faults = []
    if together.seconds > alone.seconds + slow.seconds:
        faults.append("the slow host held up others")
    if any(crawls[name].accounted != Counter(recorded=len(listed)) for name, listed in lists.items()):
        faults.append("not every row has its record")
    if max(one.most for one in crawls.values()) > 1:
        faults.append("a host was asked for two things at once")
    longest = max(alone.seconds, slow.seconds)
    print(
        f"many-hosts: T {together.seconds:.1f} s, A + B {alone.seconds + slow.seconds:.1f} s, T / max(A, B) "
        f"{together.seconds / longest:.2f}: {', '.join(faults) or 'well'}"
    )
    return 1 if faults else 0


def _count(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcome} {count:,}" for outcome, count in sorted(outcomes.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
