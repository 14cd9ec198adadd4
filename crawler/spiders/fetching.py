"""What spiders that fetch share: storing responses, and an account of each request that gave none."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, signals
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.discovery.urls import normalize_url
from crawler.extraction.page import PageContext
from crawler.extraction.record import find_id
from crawler.middlewares.contact import NoContactError
from crawler.middlewares.limit import LimitReachedError
from crawler.middlewares.redirects import RedirectedOutOfScopeError, TooManyRedirectsError
from crawler.middlewares.robots import DisallowedError
from crawler.outcomes import Outcome, count_outcome
from crawler.publish import StoredPage
from crawler.spiders.base import PublishingSpider
from crawler.storage.spool import Spool
from items import DateCandidate, DateKind, DateSource

_HTML_START = (b"<!doctype html", b"<html", b"<?xml")


class FetchingSpider(PublishingSpider):
    """A spider that asks servers for pages."""

    spool: Spool

    def open(self) -> None:
        """Make room for the bodies."""
        self.spool = Spool(self.collection_folder)
        self.stored_urls: set[str] = set()
        self.crawler.signals.connect(self.close_spool, signals.engine_stopped)

    def close_spool(self) -> None:
        """Let the bodies go when the engine has stopped and the workers with it."""
        self.spool.close()

    def page_request(self, url: str, **kwargs: Any) -> Request:
        """Ask for a page whose end is accounted for."""
        return Request(url, callback=self.parse_page, errback=self.page_failed, meta={"is_page": True}, **kwargs)

    def store(self, response: Response, **known: Any) -> None:
        """Keep a page for the publishing phase, if it is one."""
        stats = self.crawler.stats
        coding = _header(response, "Content-Encoding")
        if coding:  # Scrapy takes the header away with the encoding
            count_outcome(stats, Outcome.FAILED, response.url, "unknown_content_encoding", coding)
            return
        if not _is_html(response):
            kind = (_header(response, "Content-Type") or "unknown").partition(";")[0].strip().lower()
            count_outcome(stats, Outcome.EXCLUDED, response.url, "not_html", kind)
            return
        if self.limit_reached:
            return
        asked = (response.meta.get("redirect_urls") or [response.url])[0]
        url = normalize_url(response.url)
        if url in self.stored_urls:  # reached again through a redirect, under another spelling
            count_outcome(stats, Outcome.DUPLICATE, response.url, detail=f"of {url}")
            return
        self.stored_urls.add(url)
        context = PageContext(
            id=find_id(url),
            url=url,
            requested_url=asked if normalize_url(asked) != url else None,
            collection=self.collection,
            content_type=_header(response, "Content-Type"),
            status=response.status,
            fetched_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            date_candidates=_header_dates(response),
            **known,
        )
        self.stored.append(
            StoredPage(self.spool.append(response.body), context, hashlib.sha256(response.body).hexdigest())
        )
        stats.inc_value("fetch/stored")
        if len(self.stored) == self.limit:
            self.let_go()

    def let_go(self) -> None:
        """Take back what already waits for its turn at a host; the middleware refuses what comes after."""
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(LimitReachedError("limit reached"))

    def page_failed(self, failure: Failure) -> None:
        """Account for a page that could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]
        error = failure.value
        stats = self.crawler.stats
        if isinstance(error, HttpError):
            status = error.response.status
            if status in (404, 410):
                count_outcome(stats, Outcome.GONE, request.url, f"http_{status}")
            else:
                count_outcome(stats, Outcome.FAILED, request.url, f"http_{status}")
        elif isinstance(error, DisallowedError):
            count_outcome(stats, Outcome.DISALLOWED, request.url)
        elif isinstance(error, LimitReachedError):
            stats.inc_value("fetch/not_fetched_limit")
        elif isinstance(error, RedirectedOutOfScopeError):
            return
        elif isinstance(error, TooManyRedirectsError | NoContactError) or "DOWNLOAD_MAXSIZE" in str(error):
            count_outcome(stats, Outcome.FAILED, request.url, _reason(error), str(error))
        elif isinstance(error, IgnoreRequest):
            count_outcome(stats, Outcome.OUT_OF_SCOPE, request.url, detail=str(error))
        else:
            count_outcome(stats, Outcome.FAILED, request.url, _reason(error), str(error))

    def find_rule_against(self, request: Request) -> str | None:
        """Name the rule that keeps a redirect's target out of the crawl; None where it belongs to it."""
        return None

    def parse_page(self, response: Response, **known: Any) -> Any:
        """Handle a page that was fetched."""
        raise NotImplementedError(type(self).__name__)


def _is_html(response: Response) -> bool:
    if isinstance(response, HtmlResponse):
        return True
    start = response.body[:512].lstrip().lower()
    if isinstance(response, TextResponse) and start.startswith(_HTML_START[:2]):
        return True
    return not response.body.strip() and "html" in (_header(response, "Content-Type") or "html")


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None


def _header_dates(response: Response) -> tuple[DateCandidate, ...]:
    modified = _header(response, "Last-Modified")
    return (DateCandidate(DateSource.HTTP, DateKind.MODIFIED, modified),) if modified else ()


def _reason(error: BaseException | None) -> str:
    """Name a network error in one lower-case word: `CannotResolveHostError` becomes `cannot_resolve_host`."""
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return "too_large"  # before or after decompression
    name = type(error).__name__.removesuffix("Error").removesuffix("Exception")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")
