"""Writes every exchange into the archive before anything else sees the response."""

import asyncio
import contextlib
import hashlib
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Headers, Request, Response
from scrapy.utils.asyncio import run_in_thread

from crawler.discovery.robots_directives import find_directives
from crawler.storage.archive import Archive, Exchange, RecordPointer, Repetition, find_repetition
from crawler.storage.coding import CodingError, decode

logger = logging.getLogger(__name__)

_MAX_PAGE_BYTES = 32 * 1024 * 1024  # decoded; DOWNLOAD_MAXSIZE, beyond which nothing is a page


class ArchiveFailedError(IgnoreRequest):
    """The response could not be archived, so it is not used."""


class ArchiveResponses:
    """The downloader middleware nearest the network: it sees redirects, robots.txt and compressed bodies.

    A middleware and not a signal handler, as those swallow errors. Leaves in `request.meta`: `warc_pointer`,
    `fetched_at` and `payload_digest` (SHA-256 of the body as received). `request.meta["earlier"]` is the response of an
    earlier visit: where this one only repeats it, what is written is a revisit record.

    What the page itself says to crawlers is looked for here, as `noarchive` has a say in what is written. It leaves
    `directives`, and `withheld`, the word for which the body was not kept, where there is one.
    """

    def __init__(self, crawler: Crawler) -> None:
        archive: Archive | None = getattr(crawler.spider, "archive", None)
        if archive is None:
            raise NotConfigured
        self.archive = archive
        self.crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        self.honors_noarchive = crawler.settings.getbool("HONOR_NOARCHIVE")
        self.closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Switched off where nothing is fetched."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Archive one exchange."""
        if not request.url.startswith("http") or request.meta.get("archived"):
            return response
        fetched_at = datetime.now(UTC)
        exchange = Exchange(
            url=request.url,
            method=request.method,
            request_headers=_pairs(request.headers),
            request_body=request.body,
            status=response.status,
            response_headers=_pairs(response.headers),
            body=response.body,
            fetched_at=fetched_at,
        )
        try:
            pointer = await run_in_thread(self.keep, exchange, request.meta)
        except OSError as error:
            self.fail(error)
            raise ArchiveFailedError(str(error)) from None
        request.meta["warc_pointer"] = pointer
        request.meta["fetched_at"] = fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        request.meta["payload_digest"] = f"sha256:{hashlib.sha256(response.body).hexdigest()}"
        return response

    def keep(self, exchange: Exchange, meta: dict[str, Any]) -> RecordPointer:
        """Write an exchange, without its body where the page asks for that; and say what it asks for."""
        meta["directives"] = directives = read_directives(exchange, self.agent)
        repetition = find_repetition(exchange.status, exchange.body, meta.get("earlier"))
        if self.honors_noarchive and "noarchive" in directives and repetition is not Repetition.NOT_MODIFIED:
            meta["withheld"] = "noarchive"
            exchange = replace(exchange, withheld="noarchive")
            repetition = None
        meta["repetition"] = repetition
        return self.archive.append(exchange, meta.get("earlier"))

    def fail(self, error: OSError) -> None:
        """Close the spider: what is not archived did not happen."""
        if self.closing is None:
            reason = error.strerror or str(error)
            self.crawler.stats.set_value("archive/error", f"{self.archive.folder}: {reason}")
            logger.error("the archive %s cannot be written: %s", self.archive.folder, reason)
            self.closing = asyncio.get_running_loop().create_task(
                self.crawler.engine.close_spider_async(reason="archive_error")
            )


def read_directives(exchange: Exchange, agent: str) -> frozenset[str]:
    """Find what a response says to crawlers, in its headers and, where it is a page, in its head."""
    values: dict[str, list[str]] = {}
    for name, value in exchange.response_headers:
        values.setdefault(name.lower(), []).append(value)
    body = b""
    if exchange.status == 200 and "html" in values.get("content-type", ["html"])[0].lower():
        with contextlib.suppress(CodingError):  # what cannot be decoded is no page
            body = decode(exchange.body, values.get("content-encoding", ()), _MAX_PAGE_BYTES)
    return find_directives(values.get("x-robots-tag", ()), body, agent, exchange.fetched_at)


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    name: Any
    for name, values in headers.items():
        found += [(name.decode("latin-1"), value.decode("latin-1")) for value in values]
    return found
