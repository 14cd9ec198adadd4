"""A server that asks for a pause gets one, from all of the crawl: 429 and 503 (RFC 6585, RFC 9110)."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response

from crawler.discovery.urls import hostname
from crawler.storage.scheduler import LimitReachedError
from crawler.storage.settle import LEDGER_ERRORS, MAX_RETRY_AFTER, find_retry_delay

logger = logging.getLogger(__name__)

MAX_RESTS = 10  # in a row, without an answer between them


class HostRestsError(IgnoreRequest):
    """The host is not to be asked now."""

    def __init__(self, message: str, until: float | None, *, told: bool = True) -> None:
        """Say until when.

        Args:
            message: a sentence.
            until: seconds since the epoch; 0 where others see to that; None: not in this run.
            told: by the server or the user; not so where it is guessed, from a 429 without Retry-After.
        """
        super().__init__(message)
        self.until = until
        self.told = told


class RestingHosts:
    """Stops all requests to a host that answered 429, or 503 with Retry-After, until the time that it asks for is over.

    What waits at the host is put back, in the ledger, and is not counted as tried. A 429 without Retry-After counts as
    one with RETRY_DELAY, doubled each time. A host that asks for more than an hour, at once or in a row, is left to the
    next run, and its pages fail as `retry_after`.
    """

    clock = staticmethod(time.time)

    def __init__(self, crawler: Crawler) -> None:
        self.ledger: Any = getattr(crawler.spider, "ledger", None)
        if self.ledger is None:
            raise NotConfigured
        self.crawler = crawler
        self.until: dict[str, float] = {}  # seconds since the epoch, by host
        self.told: dict[str, bool] = {}
        self.rests: dict[str, list[float]] = {}  # seconds of the rests in a row, without an answer between them
        self.left: set[str] = set()  # not asked any more in this run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Switched off where nothing is fetched."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Stop a request to a host that rests, or to any outside of the hours."""
        host = hostname(request.url)
        if host is None:
            return
        if getattr(self.crawler.spider, "hours_over", False):
            raise LimitReachedError("the hours are over")
        if getattr(self.crawler.spider, "opens_at", 0.0) > self.clock():
            raise HostRestsError("outside of the hours", 0.0)
        if (error := self.find_rest(host)) is not None:
            raise error

    def find_rest(self, host: str) -> HostRestsError | None:
        """Say why a host is not to be asked now; None where it may be."""
        if host in self.left:
            return HostRestsError(f"{host} asked to be left alone for longer than this run waits", None)
        until = self.until.get(host, 0.0)
        if until <= self.clock():
            return None
        return HostRestsError(f"{host} asked for a pause", until, told=self.told[host])

    def process_response(self, request: Request, response: Response) -> Response:
        """Listen to what a host asks for."""
        host = hostname(request.url)
        if host is None or host in self.left:
            return response
        retry_after = response.headers.get("Retry-After")
        if response.status == 429 or (response.status == 503 and retry_after is not None):
            self.rest(host, None if retry_after is None else retry_after.decode("latin-1"))
        elif response.status < 400:
            self.rests.pop(host, None)
        return response

    def rest(self, host: str, retry_after: str | None) -> None:
        """Let a host rest; what it says while it does, to requests that were on their way, may only make it longer."""
        now = self.clock()
        rests = self.rests.setdefault(host, [])
        resting = self.until.get(host, 0.0) > now
        delay = self.crawler.settings.getfloat("RETRY_DELAY")
        attempts = max(1, len(rests) + (not resting))
        if retry_after is None:
            seconds = delay * 2 ** (attempts - 1)
        else:
            seconds = find_retry_delay(retry_after, 1, 0.0, datetime.fromtimestamp(now, UTC))
        if not resting:
            rests.append(seconds)
            self.crawler.stats.inc_value("fetch/rests")
        if seconds > MAX_RETRY_AFTER or sum(rests) > MAX_RETRY_AFTER or len(rests) > MAX_RESTS:
            self.leave(host, sum(rests[:-1]) + seconds)
            return
        self.told[host] = retry_after is not None or (resting and self.told[host])
        if now + seconds > self.until.get(host, 0.0):
            self.until[host] = now + seconds
            logger.info("%s asks for a pause: it is asked for nothing for %.0f s", host, seconds)
            self.note(lambda: self.ledger.rest_host(host, now + seconds))
        self.flush(host)

    def leave(self, host: str, seconds: float) -> None:
        """Ask a host for nothing more in this run."""
        self.left.add(host)
        count = self.note(lambda: self.ledger.leave_host(host, "retry_after"))
        logger.warning(
            "%s asks for a pause of %.0f s, longer than a run waits: %d of its pages are left to the next run",
            host,
            seconds,
            count or 0,
        )
        self.flush(host)

    def flush(self, host: str) -> None:
        """Take back what already waits for its turn at the host."""
        error = self.find_rest(host)
        if error is not None:
            flush_slots(self.crawler, error, lambda request: hostname(request.url) == host)

    def note(self, write: Callable[[], Any]) -> Any:
        """Write into the ledger; without it nothing may go on."""
        try:
            return write()
        except LEDGER_ERRORS as error:
            self.crawler.engine._slot.scheduler.fail(error)  # type: ignore[union-attr]
            return None


def flush_slots(crawler: Crawler, error: Exception, wanted: Callable[[Request], bool]) -> None:
    """Let requests fail that wait for their turn in the downloader."""
    for slot in crawler.engine.downloader.slots.values():
        waiting = [slot.queue.popleft() for _ in range(len(slot.queue))]
        flushed = [one for one in waiting if wanted(one[0])]
        slot.queue.extend(one for one in waiting if not wanted(one[0]))
        for _, deferred in flushed:
            deferred.errback(error)
