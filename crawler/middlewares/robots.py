"""robots.txt by RFC 9309: asked for once, kept for a day, and closed where it cannot be read."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urljoin

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.asyncio import run_in_thread
from scrapy.utils.misc import build_from_crawler

from crawler.discovery.robots import find_token, parse_robots
from crawler.discovery.urls import absolute_url, normalize_url
from crawler.middlewares.archive import ArchiveFailedError
from crawler.middlewares.rest import HostRestsError
from crawler.storage.scheduler import LimitReachedError
from crawler.storage.warc_record import ArchiveError

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 5  # section 2.3.1.2: more of them are as no robots.txt
MAX_AGE = 24 * 3600.0  # seconds, section 2.4
UNREACHABLE_AGE = 3600.0  # seconds until a robots.txt that could not be had is asked for again
DISALLOW_ALL = b"User-agent: *\nDisallow: /\n"
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class DisallowedError(IgnoreRequest):
    """robots.txt forbids the page, or could not be read."""


class StandardRobotParser(RobotParser):
    """The reading of `crawler.discovery.robots`, as Scrapy's ROBOTSTXT_PARSER wants it."""

    def __init__(self, body: bytes) -> None:
        self.robots = parse_robots(body)

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        """Read a robots.txt."""
        return cls(robotstxt_body)

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        """Tell whether a user agent, by its product token, may ask for a URL."""
        return self.robots.allows(_text(url), find_token(_text(user_agent)))

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        """Give the seconds between two requests that are asked for."""
        return self.robots.crawl_delay(find_token(_text(user_agent)))


def find_verdict(meta: Mapping[str, Any], *, obeys: bool) -> str | None:
    """Say what robots.txt and the page itself say of a request; None where it was not looked for.

    Args:
        meta: of the request: `robots`, the verdict, and `directives`, what the page says.
        obeys: whether robots.txt is obeyed at all.
    """
    verdict = meta.get("robots") if obeys else "ignored"
    return None if verdict is None else ",".join((verdict, *sorted(meta.get("directives", ()))))


def _text(given: str | bytes) -> str:
    return given.decode("utf-8", "replace") if isinstance(given, bytes) else given


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known of a host's robots.txt."""

    parser: RobotParser
    allowed: str  # the word for a page that may be asked for; and for one that may not:
    disallowed: str
    until: float  # seconds since the epoch; asked for again from then on
    why: str = ""  # why there was no answer that says anything

    @property
    def unreachable(self) -> bool:
        """Whether there was no answer that says anything."""
        return self.disallowed != "disallowed"


class FailClosedRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware, which allows everything when robots.txt cannot be had, with the standard's rules instead.

    - Unreachable (5xx, 429, no answer): the whole host is disallowed. Unavailable (other 4xx): all is allowed.
    - Rules hold for scheme, host and port, at most 24 hours. If they cannot be had again, the old ones hold on.
    - Up to five redirects are followed, also to other hosts; what lies at their end counts for the host that was asked.
    - A spider that reads robots.txt itself, for its sitemaps, shares the answer: one request serves both.

    Leaves in `request.meta["robots"]` the verdict on each page, one of docs/running.md's words.
    """

    clock = staticmethod(time.time)

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.agent: str = self._robotstxt_useragent or self._default_useragent
        self.rules: dict[str, Rules] = {}  # by the URL of the robots.txt
        self.asking: dict[str, asyncio.Future[None]] = {}
        # Answers that the spider will want to read as well; None where it reads no robots.txt.
        self.kept: dict[str, Response] | None = {} if hasattr(crawler.spider, "parse_robots") else None

    async def process_request(self, request: Request, spider: Any = None) -> Response | None:  # type: ignore[override]  # its annotation leaves out that a middleware may answer
        """Let a page pass, or refuse it; answer the spider's own request for a robots.txt that was read already."""
        if _is_robots_visit(request):
            return await self.share(request)
        if request.meta.get("dont_obey_robotstxt") or not request.url.startswith("http"):
            return None
        rules = await self.find_rules(request)
        if rules.parser.allowed(request.url, self.agent):
            request.meta["robots"] = rules.allowed
            return None
        if self._stats.get_value("archive/error") is not None:  # it may be why robots.txt could not be had
            raise ArchiveFailedError("not asked: the archive failed")
        if getattr(self.crawler.spider, "limit_reached", False):
            raise LimitReachedError("limit reached")
        request.meta["robots"] = rules.disallowed
        self._stats.inc_value("robotstxt/forbidden")
        raise DisallowedError(rules.why or "Forbidden by robots.txt")

    async def find_rules(self, request: Request) -> Rules:
        """Give the rules of a request's host; the first request to a host asks for them, the others wait."""
        url = _robots_url(request.url)
        while (asking := self.asking.get(url)) is not None:
            await asyncio.shield(asking)
        known = self.rules.get(url)
        if known is not None and self.clock() < known.until:
            return known
        done = self.asking[url] = asyncio.get_running_loop().create_future()
        try:
            rules = await self.ask(url)
            return await self.keep(url, rules, request)
        finally:
            del self.asking[url]
            done.set_result(None)

    async def keep(self, url: str, rules: Rules, request: Request) -> Rules:
        """Take new rules, unless they are only that nothing could be had, and older ones are known (section 2.4)."""
        known = self.rules.get(url)
        if known is not None and rules.unreachable and not known.unreachable:
            logger.warning("%s cannot be read again; its rules hold on as they were", url)
            rules = replace(known, until=rules.until)
        self.rules[url] = rules
        await self.crawler.signals.send_catch_log_async(
            signal=signals.robots_parsed, robotparser=rules.parser, request=request
        )
        return rules

    async def ask(self, url: str) -> Rules:
        """Ask for a robots.txt."""
        host = url.split("/")[2]
        try:
            return await self.follow(url, await self.download(url))
        except Exception as error:  # whatever kept robots.txt from being read, the host is disallowed
            if isinstance(error, HostRestsError) and error.told and error.until is not None:
                raise  # the page waits as well
            name = type(error).__name__
            if not isinstance(error, LimitReachedError):  # nothing more is asked of any host then
                logger.warning("robots.txt of %s cannot be read (%s): the host is disallowed", host, name)
                self._stats.inc_value("robotstxt/unreachable")
            return self.shut(f"robots.txt cannot be had ({name})")

    async def download(self, url: str) -> Response:
        """Ask a server; what fails for the moment is tried again by Scrapy."""
        response = await self.send(Request(url, meta={"dont_obey_robotstxt": True, "dont_redirect": True}))
        if self.kept is not None and response.status < 500:
            self.kept[normalize_url(url)] = response
        return response

    async def send(self, request: Request) -> Response:
        """Let a request for a robots.txt go out before others, without a callback."""
        self._stats.inc_value("robotstxt/request_count")
        asked = request.replace(priority=self.DOWNLOAD_PRIORITY, callback=NO_CALLBACK, errback=None)
        response: Response = await self.crawler.engine.download_async(asked)
        return response

    async def follow(self, url: str, response: Response) -> Rules:
        """Read an answer; one that redirects is followed to where a robots.txt is."""
        here = url
        for _ in range(MAX_REDIRECTS):
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                break
            target = absolute_url(here, location.decode("latin-1"))
            if target is None:  # off the web
                break
            known = self.rules.get(normalize_url(target))
            if known is not None and self.clock() < known.until and not known.unreachable:
                return known
            here, response = target, await self.download(target)
        rules = self.judge(here, response)
        if (
            normalize_url(here) == _robots_url(here) != url
        ):  # it is another host's as well, which need not be asked then
            await self.keep(_robots_url(here), rules, Request(here))
        return rules

    def judge(self, url: str, response: Response) -> Rules:
        """Say what an answer means for the host whose robots.txt was asked for (section 2.3.1)."""
        if response.status >= 500 or response.status == 429:
            logger.warning("robots.txt of %s answers %d: the host is disallowed", url.split("/")[2], response.status)
            return self.shut(f"robots.txt cannot be had (status {response.status})")
        found = 200 <= response.status < 300
        parser = build_from_crawler(self._parserimpl, self.crawler, response.body if found else b"")
        return Rules(parser, "allowed" if found else "allowed:no_robots_txt", "disallowed", self.clock() + MAX_AGE)

    def shut(self, why: str) -> Rules:
        """Disallow a host, and say why."""
        parser = build_from_crawler(self._parserimpl, self.crawler, DISALLOW_ALL)
        return Rules(parser, "allowed", "disallowed:unreachable", self.clock() + UNREACHABLE_AGE, why)

    # --- The spider's own request for robots.txt ---------------------------------------------------------------------

    async def share(self, request: Request) -> Response | None:
        """Answer the spider with what was read already, or ask in its name and read the answer too.

        Whatever fails is the spider's to hear, whose ledger tries again later; a page that waits for the rules asks
        for them itself then, and is told at once.
        """
        request.meta["robots"] = "allowed"  # robots.txt itself always is
        url = normalize_url(request.url)
        while (asking := self.asking.get(url)) is not None:
            await asyncio.shield(asking)
        kept = self.kept.pop(url, None) if self.kept is not None else None
        if kept is not None:
            request.meta.update(earlier=None, conditional=False)
            return _answer(request, kept)
        known = self.rules.get(url)
        if url != _robots_url(url) or (known is not None and self.clock() < known.until):
            return None
        done = self.asking[url] = asyncio.get_running_loop().create_future()
        try:
            response = await self.send(request.replace(meta={**request.meta, "visit": None}))
            if response.status < 500 and response.status != 429:
                whole = await self.restore(response) if request.meta.get("conditional") else response
                if whole is not None:
                    await self.read(url, whole, request)
            return _answer(request, response)
        finally:
            del self.asking[url]
            done.set_result(None)

    async def read(self, url: str, response: Response, request: Request) -> None:
        """Take the rules from an answer to the spider, if they can be had."""
        try:
            rules = await self.follow(url, response)
        except Exception as error:  # noqa: BLE001 - as in `ask`; where a redirect led is not what the spider asked for
            logger.debug("%s is asked for again: %s", url, error)
        else:
            await self.keep(url, rules, request)

    async def restore(self, response: Response) -> Response | None:
        """Put the body in place of a 304; None where the archive does not give it."""
        if response.status != 304:
            return response
        from crawler.spiders.answers import restore  # noqa: PLC0415 - the spiders import this module

        folder = getattr(self.crawler.spider, "archive").folder  # noqa: B009 - spiders without one have no visits
        try:
            return await run_in_thread(restore, folder, response)
        except ArchiveError:
            return None


def _robots_url(url: str) -> str:
    """Give the place of a host's robots.txt (section 2.3): scheme, host and port tell hosts apart."""
    return normalize_url(urljoin(url, "/robots.txt"))


def _is_robots_visit(request: Request) -> bool:
    visit = request.meta.get("visit")
    return visit is not None and visit.role == "robots"


def _answer(request: Request, response: Response) -> Response:
    """Give the spider an answer that another request got, and where it is archived."""
    assert response.request is not None
    kept = ("warc_pointer", "fetched_at", "payload_digest", "repetition")
    request.meta.update({key: response.request.meta.get(key) for key in kept}, archived=True)
    return response.replace(request=request)
