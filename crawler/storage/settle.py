"""What an answer means for its visit, and the middleware that writes it into the ledger."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.discovery.urls import absolute_url, hostname, normalize_url
from crawler.storage.ledger import Discovered, Fetched, LedgerError, State, Visit

logger = logging.getLogger(__name__)

MAX_HOPS = 5  # redirects in a row
MAX_RETRY_AFTER = 3600.0  # seconds; a server that asks for more is tried in the next run
TRANSIENT = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524))
_CHUNK = 1_000  # links held in memory at a time
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True)
class Settled:
    """How a callback ends the visit of its page."""

    state: State
    reason: str | None = None
    detail: str | None = None
    gain: int | None = None  # words of the page that no page had before; None where nobody looked


@dataclass(frozen=True, slots=True)
class Postponed:
    """The visit is to be tried again."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Follow:
    """The page stands elsewhere."""

    target: str  # absolute and normalized


def read_answer(
    url: str,
    status: int,
    headers: Mapping[str, str],
    visit: Visit,
    *,
    attempts: int,
    delay: float,
    now: datetime,
    conditional: bool = False,
) -> Settled | Postponed | Follow | None:
    """Say what an answer means; None when its body is to be read.

    Args:
        url: where it came from.
        status: the HTTP status.
        headers: by lower-case name.
        visit: the visit, with the failures before this answer.
        attempts: after how many a transient failure is final.
        delay: seconds before the second attempt; doubled for each further one.
        now: to read a Retry-After date.
        conditional: whether the request asked for what is new only.
    """
    if status in _REDIRECTS and headers.get("location"):
        if visit.hops >= MAX_HOPS:
            return Settled(State.FAILED, "too_many_redirects")
        target = absolute_url(url, headers["location"])
        if target is None:  # a scheme that is not the web's, or no URL at all
            return Settled(State.FAILED, "broken_redirect", headers["location"])
        target = normalize_url(target)
        return Follow(target) if target != normalize_url(url) else Settled(State.FAILED, "redirect_to_itself")
    if status in TRANSIENT:
        wait = find_retry_delay(headers.get("retry-after"), 1 + visit.failures, delay, now)
        return retry(visit, f"http_{status}", attempts=attempts, seconds=wait)
    if status in (404, 410):
        return Settled(State.GONE, f"http_{status}")
    if status == 304 and conditional:
        return Settled(State.UNCHANGED, "not_modified")
    return None if 200 <= status < 300 else Settled(State.FAILED, f"http_{status}")


def retry(
    visit: Visit, reason: str, *, attempts: int, seconds: float, detail: str | None = None
) -> Settled | Postponed:
    """Try again, unless it was tried often enough."""
    if visit.failures + 1 >= attempts or seconds > MAX_RETRY_AFTER:
        return Settled(State.FAILED, reason, detail)
    return Postponed(seconds, reason)


def find_retry_delay(retry_after: str | None, attempts: int, delay: float, now: datetime) -> float:
    """Read Retry-After (RFC 9110, section 10.2.3: seconds or a date), else double the delay with each attempt."""
    own = float(delay * 2 ** (attempts - 1))
    if retry_after is None:
        return own
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return max(float(value), own)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return own
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)
    return max((aware - now).total_seconds(), own)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a feed or sitemap says of a page's dates."""

    url: str  # normalized
    dates: tuple[tuple[str, str, str], ...]  # source, kind, raw


class SettlePages:
    """The spider middleware nearest the engine: a page and the links found on it are one transaction.

    Callbacks yield requests for what they found and one `Settled`; both end here. Items pass.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Always on."""
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Collect what a callback yields and settle its visit."""
        visit: Visit | None = response.meta.get("visit")
        if visit is None:
            async for one in result:
                yield one
            return
        found: list[Discovered] = []
        stated: list[Stated] = []
        spider: Any = self.crawler.spider
        end: Settled | Postponed = Settled(State.FAILED, "program_error", "the callback did not settle the page")
        try:
            async for one in result:
                if isinstance(one, Request):
                    found.append(as_discovered(one))
                elif isinstance(one, Discovered):
                    found.append(one)
                elif isinstance(one, Stated):
                    stated.append(one)
                elif isinstance(one, Settled | Postponed):
                    end = one
                else:
                    yield one
                if len(found) + len(stated) >= _CHUNK:
                    # A sitemap's links go in before it is settled: it would be read again, and they are there already.
                    spider.note(visit, found, stated)
                    found, stated = [], []
        except Exception:
            # The engine logs it and counts spider_exceptions; the visit must not stay in flight.
            spider.forget()
            spider.settle(visit, Settled(State.FAILED, "program_error"), (), fetched_from(response), response.meta)
            raise
        if stated:
            spider.note(visit, found, stated)
            found = []
        spider.settle(visit, end, found, fetched_from(response), response.meta)


def as_discovered(request: Request) -> Discovered:
    """Turn a request that a callback yields into a row of the frontier; what is not of the web is never to be asked."""
    web = hostname(request.url) is not None
    return Discovered(
        normalize_url(request.url),
        request.meta["role"],
        priority=request.priority,
        known=request.meta.get("known") or {},
        state=State.PENDING if web else State.OUT_OF_SCOPE,
        reason=None if web else "scheme",
    )


def fetched_from(response: Response | None) -> Fetched | None:
    """Take down what an answer was and where the archive middleware put it."""
    if response is None:
        return None
    pointer = response.meta.get("warc_pointer")

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return None if value is None else value.decode("latin-1")

    # What is not in the archive can be repeated by no later answer: it is asked for in full again.
    withheld = "withheld" in response.meta
    return Fetched(
        status=response.status,
        fetched_at=response.meta.get("fetched_at", ""),
        content_type=header("Content-Type"),
        etag=None if withheld else header("ETag"),
        last_modified=None if withheld else header("Last-Modified"),
        payload_digest=None if withheld else response.meta.get("payload_digest"),
        warc_file=pointer.file if pointer is not None else None,
        warc_offset=pointer.offset if pointer is not None else None,
    )


LEDGER_ERRORS = (LedgerError, sqlite3.Error)
