"""The fetch phase with archive and ledger against plain Scrapy, on the same real pages: `make fetch-speed`.

2,000 pages of ../shared/corpora are served on loopback, without latency, by a process of their own; an index page lists
them. Both crawlers find the links of every page with `find_links` and go to those of the server's own pages. Plain
Scrapy has its own scheduler, no JOBDIR, the same concurrency and no delays. The two are timed in turns, each from the
first request until the frontier is empty; the ratio is taken within each pair. With `--memory`: the peak memory of the
crawl's main process with few and with many pending URLs.

A long file, as both crawlers and both servers stand in it.
"""

import argparse
import asyncio
import contextlib
import gzip
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured
from scrapy.http import Response, TextResponse

import settings as own_settings
from benchmarks.corpora import FOLDER
from benchmarks.crash_site import NOT_FOUND, ROOT, WORDS, Answer, Respond, SiteProcess, serve
from benchmarks.crash_test import find_session
from crawler.discovery.listing import find_links

FLOOR = 0.65  # pages a second, ours / plain Scrapy's
AIM = 0.85
MEMORY_FLOOR_MB = 60.0  # what many pending URLs may cost above few
FEW, MANY = 1_000, 100_000  # pending URLs
URLS_PER_SITEMAP = 10_000
MEMORY_LIMIT = 50  # pages fetched while they are pending
TIMEOUT = 900  # seconds; a crawl that takes longer hangs
PAGE = re.compile(r"/fetch-speed/[0-9]{5}\.html$")
SLUG = "speed"
MODULE = "benchmarks.fetch_speed"


# --- Timing, the same for both ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timing:
    """The fetch phase of one crawl."""

    pages: int  # of the corpora that came with status 200
    seconds: float
    cpu_seconds: float  # of the main process
    by: str  # what measured: "stat" (fetch/seconds) or "clock"

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


class Clock:
    """An extension that times a crawl from its first request until it falls idle, notes that, and ends the process.

    Publishing is not part of what is measured. Switched by FETCH_SPEED_RESULT, the file to write to.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings["FETCH_SPEED_RESULT"]:
            raise NotConfigured
        self.result = Path(crawler.settings["FETCH_SPEED_RESULT"])
        self.stats = crawler.stats
        self.pages = 0
        self.began: tuple[float, float] | None = None
        self.ended: tuple[float, float] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the engine."""
        clock = cls(crawler)
        crawler.signals.connect(clock.begin, signals.request_reached_downloader)
        crawler.signals.connect(clock.count, signals.response_received)
        crawler.signals.connect(clock.end, signals.spider_idle)
        return clock

    def begin(self) -> None:
        """Note the first request."""
        if self.began is None:
            self.began = time.perf_counter(), time.process_time()

    def count(self, response: Response) -> None:
        """Count a page."""
        self.pages += response.status == 200 and PAGE.search(response.url) is not None

    def end(self) -> None:
        """Note the end of fetching; what else listens to the same signal gets its turn before the process ends."""
        if self.ended is None:
            self.ended = time.perf_counter(), time.process_time()
            asyncio.get_running_loop().call_later(0.2, self.write)
        raise DontCloseSpider

    def write(self) -> None:
        """Write the result and leave without a farewell."""
        assert self.began is not None
        assert self.ended is not None
        stated = self.stats.get_value("fetch/seconds")
        seconds = self.ended[0] - self.began[0] if stated is None else float(stated)
        cpu = self.ended[1] - self.began[1]
        timing = Timing(self.pages, seconds, cpu, "clock" if stated is None else "stat")
        self.result.write_text(json.dumps(asdict(timing)), encoding="utf-8")
        os._exit(0)


# --- Plain Scrapy -----------------------------------------------------------------------------------------------------


class PlainSpider(Spider):
    """What a user of Scrapy would write."""

    name = "plain"
    first: str

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the index."""
        yield Request(self.first)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Request]:
        """Go to all pages of the server that are linked."""
        if isinstance(response, TextResponse) and response.body.strip() and response.selector.type == "html":
            for link in find_links(response.selector.root, response.url):
                if link.url.startswith(self.first) and PAGE.search(link.url):
                    yield Request(link.url)


def crawl_plainly(first: str, result: Path) -> None:
    """Run plain Scrapy in this process."""
    same = (
        *("ROBOTSTXT_OBEY", "ROBOTSTXT_USER_AGENT", "USER_AGENT", "DOWNLOAD_DELAY_JITTER", "DOWNLOAD_SLOTS"),
        *("COOKIES_ENABLED", "REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "DOWNLOAD_MAXSIZE", "LOG_LEVEL"),
        *("DOWNLOAD_WARNSIZE", "DOWNLOAD_TIMEOUT", "METAREFRESH_ENABLED"),
    )
    process = AsyncCrawlerProcess(
        {
            **{name: getattr(own_settings, name) for name in same},
            "EXTENSIONS": {Clock: 0},
            "FETCH_SPEED_RESULT": str(result),
        }
    )
    process.crawl(PlainSpider, first=first)
    process.start()


# --- Servers ----------------------------------------------------------------------------------------------------------


def find_pages(number: int) -> list[Path]:
    """Choose pages from all corpora, by the hash of their names."""
    files = [path for path in FOLDER.glob("*/pages/*.html.gz") if path.is_file()]
    files.sort(key=lambda path: hashlib.sha256(f"{path.parent.parent.name}/{path.name}".encode()).digest())
    return sorted(files[:number])


def respond_with_pages(number: int) -> Respond:
    """Serve the pages, and at / the list of them."""
    answers: dict[str, Answer] = {}
    for place, file in enumerate(find_pages(number)):
        answers[f"/fetch-speed/{place:05}.html"] = Answer(gzip.decompress(file.read_bytes()), content_type="text/html")
    links = "".join(f"<li><a href='{path}'>{path}</a></li>\n" for path in answers)
    answers["/"] = Answer(f"<!DOCTYPE html><title>All pages</title><ul>{links}</ul>".encode())
    return lambda path, _host: answers.get(path, NOT_FOUND)


def respond_with_many(number: int, port: int) -> Respond:
    """Serve sitemaps with many URLs, and a small page at each of them."""
    base = f"http://127.0.0.1:{port}"
    sitemaps = -(-number // URLS_PER_SITEMAP)

    def respond(path: str, _host: str) -> Answer:
        name, _, digits = path.rpartition("/")
        place = int(digits) if digits.isdigit() else -1
        namespace = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        if path == "/sitemap.xml":
            entries = "".join(f"<sitemap><loc>{base}/sitemap/{one}</loc></sitemap>" for one in range(sitemaps))
            return Answer(f"<sitemapindex {namespace}>{entries}</sitemapindex>".encode(), content_type="text/xml")
        if name == "/sitemap" and 0 <= place < sitemaps:
            places = range(place * URLS_PER_SITEMAP, min(number, (place + 1) * URLS_PER_SITEMAP))
            entries = "".join(f"<url><loc>{base}/news/2024/a-report-of-the-society/{one}</loc></url>" for one in places)
            return Answer(f"<urlset {namespace}>{entries}</urlset>".encode(), content_type="text/xml")
        if place >= 0:
            rng = random.Random(place)
            text = "".join(f"<p>{' '.join(rng.choice(WORDS) for _ in range(40)).capitalize()}.</p>" for _ in range(3))
            return Answer(f"<!DOCTYPE html><title>Report {place}</title><h1>Report {place}</h1>{text}".encode())
        return Answer(b"<!DOCTYPE html><title>Reports</title><p>See the map of the site.") if path == "/" else NOT_FOUND

    return respond


# --- The measurements -------------------------------------------------------------------------------------------------


def clean_environment(**own: str | Path) -> dict[str, str]:
    """Give this environment without what steers the program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BROADSIDE_", "SCRAPY_")) and name.lower() not in ("http_proxy", "https_proxy")
    }
    return {**kept, **{name: str(value) for name, value in own.items()}}


def start_session(environment: Mapping[str, str], log: Path, *command: str | Path) -> subprocess.Popen[bytes]:
    """Start a module of Python's in a session of its own; what it says goes to a file."""
    with log.open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", *map(str, command)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder for one measurement, and the server it asks."""

    folder: Path
    port: int

    def write_organization(self, rules: str = "") -> None:
        """Write the organization file of the server."""
        organizations = self.folder / "organizations"
        organizations.mkdir(exist_ok=True)
        text = f'name = "The Crossing Society"\nhomepage = "http://127.0.0.1:{self.port}/"\n{rules}'
        (organizations / f"{SLUG}.toml").write_text(text, encoding="utf-8")

    def start(self, name: str, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start a process with a data folder of its own."""
        environment = clean_environment(
            BROADSIDE_DATA=self.folder / name / "data", BROADSIDE_ORGANIZATIONS=self.folder / "organizations"
        )
        (self.folder / name).mkdir()
        return start_session(environment, self.folder / name / "stderr.txt", *command)

    def fail(self, name: str, reason: str) -> SystemExit:
        """Show the end of a crawl's log."""
        print((self.folder / name / "stderr.txt").read_text(encoding="utf-8", errors="replace")[-3000:])
        return SystemExit(f"fetch-speed: {name}: {reason}")


def time_crawl(workplace: Workplace, name: str, pages: int) -> Timing:
    """Time the fetch phase of one crawl: `name` begins with "ours" or "plain"."""
    result = workplace.folder / f"{name}.json"
    if name.startswith("ours"):
        extensions = {**own_settings.EXTENSIONS, f"{MODULE}.Clock": 0}
        feed = workplace.folder / name / "out.jsonl"
        process = workplace.start(
            *(name, "crawler", "crawl", SLUG, "-O", feed),
            *("-s", f"EXTENSIONS={json.dumps(extensions)}", "-s", f"FETCH_SPEED_RESULT={result}"),
        )
    else:
        process = workplace.start(name, MODULE, "--plain", f"http://127.0.0.1:{workplace.port}/", "--result", result)
    try:
        process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        raise workplace.fail(name, f"not over after {TIMEOUT} s") from None
    finally:
        end_session(process)
    if not result.exists():
        raise workplace.fail(name, f"no result, status {process.returncode}")
    timing = Timing(**json.loads(result.read_text(encoding="utf-8")))
    if timing.pages != pages:
        raise workplace.fail(name, f"{timing.pages} pages fetched, of {pages}")
    return timing


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a crawl behind that would disturb the next measurement."""
    for one in find_session(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()


def has_parts(data: Path) -> str:
    """Name what stood behind a crawl of ours: the archive, the ledger, both or neither."""
    archive = next(data.glob("*/archive/*.warc.gz"), None) is not None
    ledger = next(data.glob("*/ledger.sqlite3"), None) is not None
    return " and ".join([name for name, there in (("archive", archive), ("ledger", ledger)) if there]) or "neither"


def measure_speed(pages: int, pairs: int) -> int:
    """Print each pair and the median; 1 below the floor."""
    folder = Path(mkdtemp(prefix="fetch-speed-"))
    ratios: list[float] = []
    cpu_ratios: list[float] = []
    parts = ""
    with SiteProcess("--serve", str(pages), module=MODULE) as server:
        workplace = Workplace(folder, server.port)
        # All that the list names is fetched, also what says nothing new.
        rules = f"[discovery]\nlisting_links = 'a'\n[urls]\nallow = ['{PAGE.pattern}']\n"
        workplace.write_organization(rules)
        for number in range(1, pairs + 1):
            ours = time_crawl(workplace, f"ours-{number}", pages)
            plain = time_crawl(workplace, f"plain-{number}", pages)
            ratios.append(ours.rate / plain.rate)
            cpu_ratios.append(plain.cpu_seconds / ours.cpu_seconds)
            parts = has_parts(folder / f"ours-{number}" / "data")
            print(
                f"pair {number}: ours {ours.rate:.0f} pages/s ({_show(ours)}, by {ours.by}), "
                f"plain {plain.rate:.0f} pages/s ({_show(plain)}), ratio {ratios[-1]:.2f}",
                flush=True,
            )
            for name in (f"ours-{number}", f"plain-{number}"):
                shutil.rmtree(folder / name)
    shutil.rmtree(folder)
    # Steadier on a machine that does other things as well, but blind to waiting.
    print(f"pages a second of CPU time, ours / plain Scrapy: {median(cpu_ratios):.2f}")
    print(summarize(ratios, pages, parts))
    return 0 if median(ratios) >= FLOOR else 1


def summarize(ratios: Sequence[float], pages: int, parts: str) -> str:
    """Write the last line."""
    middle = median(ratios)
    verdict = "below the floor" if middle < FLOOR else "below the aim" if middle < AIM else "well"
    return (
        f"fetch-speed: {pages:,} pages, with {parts}: ours / plain Scrapy {middle:.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} pairs; floor {FLOOR}, aim {AIM}): {verdict}"
    )


def _show(timing: Timing) -> str:
    return f"{timing.seconds:.2f} s, CPU {1000 * timing.cpu_seconds / timing.pages:.1f} ms a page"


def measure_memory(few: int, many: int) -> int:
    """Print the peak memory with few and with many pending URLs; 1 when they are too far apart."""
    folder = Path(mkdtemp(prefix="fetch-memory-"))
    peaks = []
    for number in (few, many):
        with SiteProcess("--serve-many", str(number), module=MODULE) as server:
            workplace = Workplace(folder, server.port)
            workplace.write_organization()
            peak, seconds = measure_peak(workplace, str(number))
        peaks.append(peak)
        print(f"{number:>9,} pending URLs: {peak:.1f} MB at the peak of the main process, {seconds:.1f} s", flush=True)
    shutil.rmtree(folder)
    difference = peaks[1] - peaks[0]
    verdict = "well" if difference <= MEMORY_FLOOR_MB else "too much"
    print(f"fetch-memory: {difference:.1f} MB more with {many:,} than {few:,} ({MEMORY_FLOOR_MB:g} allowed): {verdict}")
    return 0 if difference <= MEMORY_FLOOR_MB else 1


def measure_peak(workplace: Workplace, name: str) -> tuple[float, float]:
    """Crawl a few of many pages: megabytes at the peak of the main process, and seconds."""
    feed = workplace.folder / name / "out.jsonl"
    process = workplace.start(name, "crawler", "crawl", SLUG, "-a", f"limit={MEMORY_LIMIT}", "-O", feed)
    began = time.monotonic()
    peak = 0.0
    try:
        while process.poll() is None:
            peak = max(peak, read_peak(process.pid))
            if time.monotonic() - began > TIMEOUT:
                raise workplace.fail(name, f"not over after {TIMEOUT} s")
            time.sleep(0.02)
    finally:
        end_session(process)
    records = feed.read_bytes().count(b"\n") if feed.exists() else 0
    if process.returncode != 0 or records != MEMORY_LIMIT:
        raise workplace.fail(name, f"status {process.returncode}, {records} records of {MEMORY_LIMIT}")
    return peak, time.monotonic() - began


def read_peak(process: int) -> float:
    """Read the peak resident size of a process in megabytes; 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a floor is missed, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--memory", action="store_true", help="measure memory with few and many pending URLs instead")
    parser.add_argument("--few", type=int, default=FEW, help=argparse.SUPPRESS)
    parser.add_argument("--many", type=int, default=MANY, help=argparse.SUPPRESS)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--serve-many", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--plain", help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve is not None:
        respond = respond_with_pages(given.serve)
        asyncio.run(serve(lambda _: respond))
    elif given.serve_many is not None:
        asyncio.run(serve(lambda port: respond_with_many(given.serve_many, port)))
    elif given.plain is not None:
        crawl_plainly(given.plain, given.result)
    elif given.memory:
        return measure_memory(given.few, given.many)
    elif not FOLDER.is_dir():
        print("fetch-speed: the folder ../shared/corpora is missing; nothing was measured", file=sys.stderr)
        return 2
    else:
        return measure_speed(given.pages, given.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
