"""robots.txt that fails closed (RFC 9309, section 2.3.1)."""

import logging

from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.utils.misc import build_from_crawler
from twisted.internet.defer import Deferred

logger = logging.getLogger(__name__)

DISALLOW_ALL = b"User-agent: *\nDisallow: /\n"


class DisallowedError(IgnoreRequest):
    """robots.txt forbids the page, or could not be read."""


class FailClosedRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, which allows everything when robots.txt cannot be had, with the standard's rule instead.

    Unreachable (5xx, 429, no answer): the whole host is disallowed. Unavailable (other 4xx): all is allowed.
    """

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            logger.warning("robots.txt of %s answers %d: the host is disallowed", netloc, response.status)
            response = response.replace(body=DISALLOW_ALL)
        elif response.status >= 400:
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        waiting = self._parsers[netloc]
        if not isinstance(waiting, Deferred):
            raise exc  # robots.txt itself was read; what failed came after
        logger.warning("robots.txt of %s cannot be read (%s): the host is disallowed", netloc, type(exc).__name__)
        self._stats.inc_value("robotstxt/unreachable")
        parser = build_from_crawler(self._parserimpl, self.crawler, DISALLOW_ALL)
        self._parsers[netloc] = parser
        waiting.callback(parser)

    def process_request_2(self, rp: object, request: Request) -> None:
        """Refuse a forbidden page with an exception of its own, so that the account of pages can tell."""
        try:
            super().process_request_2(rp, request)  # type: ignore[arg-type]
        except IgnoreRequest as error:
            raise DisallowedError(str(error)) from None
