"""robots.txt that fails closed (RFC 9309, section 2.3.1)."""

import logging

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.misc import build_from_crawler
from twisted.internet.defer import Deferred

from crawler.middlewares.archive import ArchiveFailedError
from crawler.storage.scheduler import LimitReachedError

logger = logging.getLogger(__name__)

DISALLOW_ALL = b"User-agent: *\nDisallow: /\n"


class DisallowedError(IgnoreRequest):
    """robots.txt forbids the page, or could not be read."""


class FailClosedRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, which allows everything when robots.txt cannot be had, with the standard's rule instead.

    Unreachable (5xx, 429, no answer): the whole host is disallowed. Unavailable (other 4xx): all is allowed.
    """

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Give the rules of a request's host; the first request to a host asks for them, the others wait.

        As Scrapy's, which logs a host that does not answer as an error of the program's.
        """
        url = urlparse_cached(request)
        if url.netloc not in self._parsers:
            self._parsers[url.netloc] = Deferred()
            asked = Request(
                f"{url.scheme}://{url.netloc}/robots.txt",
                priority=self.DOWNLOAD_PRIORITY,
                meta={"dont_obey_robotstxt": True},
                callback=NO_CALLBACK,
            )
            self._stats.inc_value("robotstxt/request_count")
            try:
                response = await self.crawler.engine.download_async(asked)
            except Exception as error:  # noqa: BLE001 - whatever kept robots.txt from being read, the host is disallowed
                self._robots_error(error, url.netloc)
            else:
                await self._parse_robots(response, url.netloc, request)
        parser = self._parsers[url.netloc]
        if isinstance(parser, Deferred):
            # What it gives is None for all that wait but the first (Deferred.asFuture passes nothing on), and None
            # would mean that everything is allowed.
            await maybe_deferred_to_future(parser)
            parser = self._parsers[url.netloc]
        return parser  # type: ignore[return-value]  # no Deferred any more

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            logger.warning("robots.txt of %s answers %d: the host is disallowed", netloc, response.status)
            response = response.replace(body=DISALLOW_ALL)
        elif response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, LimitReachedError):  # nothing more is asked of any host then
            logger.warning("robots.txt of %s cannot be read (%s): the host is disallowed", netloc, type(exc).__name__)
            self._stats.inc_value("robotstxt/unreachable")
        waiting = self._parsers[netloc]
        parser = build_from_crawler(self._parserimpl, self.crawler, DISALLOW_ALL)
        self._parsers[netloc] = parser
        assert isinstance(waiting, Deferred)
        waiting.callback(parser)

    def process_request_2(self, rp: object, request: Request) -> None:
        """Refuse a forbidden page with an exception of its own, so that the account of pages can tell."""
        try:
            super().process_request_2(rp, request)  # type: ignore[arg-type]  # None too, which its annotation forgets
        except IgnoreRequest as error:
            if self._stats.get_value("archive/error") is not None:  # it may be why robots.txt could not be had
                raise ArchiveFailedError("not asked: the archive failed") from None
            if getattr(self.crawler.spider, "limit_reached", False):
                raise LimitReachedError("limit reached") from None
            raise DisallowedError(str(error)) from None
