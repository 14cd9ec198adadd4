"""The spider of `scrapy probe`: about ten requests, one after the other, through the middlewares of a crawl.

It is no crawl: nothing is written, so it needs neither ledger nor archive, and it asks for each page itself.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from lxml.html import HtmlElement
from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.discovery.autodiscovery import find_feeds
from crawler.discovery.feed import parse_feed
from crawler.discovery.listing import find_links, find_next_page
from crawler.discovery.robots import Robots, find_token, parse_robots
from crawler.discovery.robots_directives import find_directives
from crawler.discovery.scoring import DOCUMENT, find_listings, score_links
from crawler.discovery.sitemap import SitemapEntry, parse_sitemap
from crawler.discovery.urls import absolute_url, hostname, in_scope, normalize_url
from crawler.extraction.dates import parse_date
from crawler.extraction.document import UnreadableError, parse_document
from crawler.extraction.page import PROGRAM_VERSION, PageContext, extract_page
from crawler.extraction.record import find_id, finish
from crawler.middlewares.contact import NoContactError
from crawler.middlewares.robots import DisallowedError
from crawler.organizations.schema import Organization
from crawler.probing.findings import (
    CONVENTION,
    FILE,
    HOMEPAGE,
    NOBODY,
    ROBOTS,
    Answer,
    ArticleFinding,
    EntriesFinding,
    HomepageFinding,
    ListingFinding,
    Probe,
    RobotsFinding,
)
from crawler.probing.homepage import find_languages, find_name
from crawler.spiders.answers import header, is_html, name_error
from crawler.spiders.organization import describe_page
from items import DateCandidate, DateKind, DateSource

ARTICLES = 3
MOST_TIME = 600.0  # seconds; then something waits that no probe should wait for
ENOUGH_TIME = 60.0  # seconds; what is not needed is left out from then on, as where robots.txt asks for long delays
CANDIDATES = 500  # pages of a sitemap that are weighed as articles


@dataclass(slots=True)
class _Asked:
    """An answer with its body."""

    answer: Answer
    response: Response | None = None

    def failed(self, reason: str) -> Answer:
        return replace(self.answer, error=reason)


@dataclass(slots=True)
class _Candidates:
    """Pages that may be articles, best first, with what was stated of their dates."""

    urls: dict[str, str] = field(default_factory=dict)  # by normalized URL
    stated: dict[str, list[DateCandidate]] = field(default_factory=dict)

    def add(self, url: str, source: DateSource | None = None, **dates: str | None) -> None:
        key = normalize_url(url)
        self.urls.setdefault(key, url)
        for kind, raw in dates.items():
            if source is not None and raw is not None:
                self.stated.setdefault(key, []).append(DateCandidate(source, DateKind(kind), raw))


class ProbeSpider(Spider):
    """Looks at one site and leaves what it found in `result`, or why it could not in `failure`."""

    name = "probe"
    slug: str
    origin: str
    organization: Organization
    result: list[Probe]
    failure: list[BaseException]

    def parse_robots(self, response: Response) -> None:
        """Read robots.txt; named so for its middleware, which then lets this spider have the same answer."""

    async def start(self) -> AsyncIterator[Any]:
        """Look at the site; there are no requests but those."""
        try:
            async with asyncio.timeout(MOST_TIME):
                self.result.append(await self.look())
        except Exception as error:  # told by the command in a line; Scrapy would log it and end well
            self.logger.exception("the probe broke")
            self.failure.append(error)
        for request in list[Request]():
            yield request

    async def look(self) -> Probe:
        """Ask for one thing of each kind."""
        self.began = time.monotonic()
        self.asked = 0
        self.candidates = _Candidates()
        self.read_places = {normalize_url(url) for url in (self.organization.homepage, *self.organization.seeds)}
        robots, rules = await self.look_at_robots()
        probe = Probe(
            slug=self.slug,
            origin=self.origin,
            organization=self.organization,
            day=datetime.now(UTC).strftime("%Y-%m-%d"),
            version=PROGRAM_VERSION,
            seconds=0,
            requests=0,
            robots=robots,
        )
        if robots.homepage_allowed and robots.answer.status is not None:
            homepage, tree = await self.look_at_homepage()
            probe = replace(probe, homepage=homepage)
            if homepage.answer.is_read:
                # In this order, as the first ones lead to articles best.
                listing = await self.look_at_listing(homepage, tree)
                feed = await self.look_at_feed(homepage)
                sitemap = await self.look_at_sitemap(rules)
                articles = await self.look_at_articles()
                probe = replace(probe, listing=listing, feed=feed, sitemap=sitemap, articles=articles)
        return replace(probe, seconds=time.monotonic() - self.began, requests=self.asked)

    @property
    def has_time(self) -> bool:
        """Whether there is time for what is not needed."""
        return time.monotonic() - self.began < ENOUGH_TIME

    async def ask(self, url: str, **meta: Any) -> _Asked:
        """Send one request through the middlewares."""
        self.asked += 1
        request = Request(url, meta=meta, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
        except DisallowedError:
            self.asked -= 1
            unreachable = str(request.meta.get("robots", "")).endswith("unreachable")
            why = "not asked, for robots.txt there cannot be read:" if unreachable else "forbidden by robots.txt:"
            return _Asked(Answer(url, error=why))
        except NoContactError:
            self.asked -= 1
            return _Asked(Answer(url, error="not asked, for no contact is set:"))
        except IgnoreRequest as error:  # of Scrapy's redirects
            return _Asked(Answer(url, error=f"not followed ({error}):"))
        except Exception as error:  # noqa: BLE001 - whatever kept a server from answering is the finding
            why = name_error(error).replace("_", " ").removeprefix("download ")
            return _Asked(Answer(url, error=f"no answer ({why})"))
        target = response.url if normalize_url(response.url) != normalize_url(url) else None
        return _Asked(Answer(url, response.status, target=target), response)

    async def ask_for_page(self, url: str) -> tuple[Answer, HtmlElement | None]:
        """Ask for an HTML page."""
        asked = await self.ask(url)
        if asked.response is None or not asked.answer.is_read:
            return asked.answer, None
        if not is_html(asked.response):
            kind = (header(asked.response, "Content-Type") or "unknown").partition(";")[0].strip()
            return asked.failed(f"no HTML page: {kind}"), None
        try:
            return asked.answer, parse_document(asked.response.body, header(asked.response, "Content-Type")).tree
        except UnreadableError as error:
            return asked.failed(str(error)), None

    # --- One of each kind --------------------------------------------------------------------------------------------

    async def look_at_robots(self) -> tuple[RobotsFinding, Robots]:
        """Ask for robots.txt, in the way in which a crawl does: its rules are then those of this probe."""
        home = self.organization.homepage
        url = urljoin(home, "/robots.txt")
        asked = await self.ask(url, visit=SimpleNamespace(role="robots"), dont_obey_robotstxt=True)
        found = asked.response is not None and asked.answer.is_read
        robots = parse_robots(asked.response.body if asked.response is not None and found else b"")
        token = find_token(self.settings["ROBOTSTXT_USER_AGENT"] or self.settings["USER_AGENT"])
        seeds = tuple(seed for seed in self.organization.seeds if not robots.allows(seed, token))
        sitemaps = (absolute_url(url, written) for written in robots.sitemaps)
        finding = RobotsFinding(
            answer=asked.answer,
            homepage_allowed=robots.allows(home, token),
            forbidden_seeds=seeds,
            crawl_delay=robots.crawl_delay(token),
            sitemaps=tuple(url for url in sitemaps if url is not None),
        )
        return finding, robots

    async def look_at_homepage(self) -> tuple[HomepageFinding, HtmlElement | None]:
        """Ask for the homepage: what the site calls itself, its languages, feeds and listings."""
        answer, tree = await self.ask_for_page(self.organization.homepage)
        if tree is None:
            return HomepageFinding(answer), None
        listings = find_listings(score_links(tree, answer.place), answer.place)
        return (
            HomepageFinding(
                answer,
                name=find_name(tree),
                languages=find_languages(tree),
                feeds=find_feeds(tree, answer.place),
                listings=tuple(one for one in listings if self.is_in_scope(one.url, listing=True)),
            ),
            tree,
        )

    async def look_at_listing(self, homepage: HomepageFinding, tree: HtmlElement | None) -> ListingFinding:
        """Ask for the listing that the file names first, else a seed, else one found; else the homepage serves."""
        organization = self.organization
        home = normalize_url(organization.homepage)
        seeds = [seed for seed in organization.seeds if normalize_url(seed) != home]
        named = [(url, FILE) for url in (*organization.discovery.listings, *seeds)]
        named += [(one.url, HOMEPAGE) for one in homepage.listings]
        url, named_by = named[0] if named else (organization.homepage, NOBODY)
        if named:
            answer, tree = await self.ask_for_page(url)
            self.read_places.add(normalize_url(url))
        else:
            answer = homepage.answer
        if tree is None:
            return ListingFinding(answer, named_by)
        selector = organization.discovery.listing_links
        links = find_links(tree, answer.place, selector)
        chosen = {normalize_url(link.url) for link in links if self.is_in_scope(link.url)} - self.read_places
        next_page = find_next_page(tree, answer.place, organization.discovery.next_page)
        chosen.discard(normalize_url(next_page or ""))
        scored = [link for link in score_links(tree, answer.place) if normalize_url(link.url) in chosen]
        documents = scored if selector is not None else [link for link in scored if link.score >= DOCUMENT]
        for link in sorted(documents, key=lambda link: -link.score):
            self.candidates.add(link.url)
        return ListingFinding(answer, named_by, len(links), len(chosen), len(documents), next_page)

    async def look_at_feed(self, homepage: HomepageFinding) -> EntriesFinding | None:
        """Ask for the feed that the file names first, else for the homepage's."""
        discovery = self.organization.discovery
        of_file = "feeds" in discovery.model_fields_set
        feeds, named_by = (discovery.feeds or (), FILE) if of_file else (homepage.feeds, HOMEPAGE)
        if not feeds or not self.has_time:
            return None
        asked = await self.ask(feeds[0])
        others = len(feeds) - 1
        if asked.response is None or not asked.answer.is_read:
            return EntriesFinding(asked.answer, named_by, others)
        feed = parse_feed(asked.response.body, asked.answer.place)
        for entry in feed.entries:
            if self.is_in_scope(entry.url):
                self.candidates.add(entry.url, DateSource.FEED, published=entry.published, modified=entry.updated)
        return self.count_entries(
            EntriesFinding(asked.answer, named_by, others, problems=feed.problems),
            [(entry.url, entry.published or entry.updated) for entry in feed.entries],
        )

    async def look_at_sitemap(self, rules: Robots) -> EntriesFinding | None:
        """Ask for one sitemap; where it is an index, for the sitemap in it that changed last."""
        of_file = self.organization.discovery.sitemaps
        robots_url = urljoin(self.organization.homepage, "/robots.txt")
        of_robots = [url for one in rules.sitemaps if (url := absolute_url(robots_url, one)) is not None]
        places = list(of_file if of_file is not None else of_robots)
        named_by = FILE if of_file is not None else ROBOTS
        if not places and of_file is None:
            places, named_by = [urljoin(self.organization.homepage, "/sitemap.xml")], CONVENTION
        if not places or not self.has_time:
            return None
        asked = await self.ask(places[0])
        found = EntriesFinding(asked.answer, named_by, len(places) - 1)
        if asked.response is None or not asked.answer.is_read:
            return found
        sitemap = parse_sitemap(asked.response.body)
        if sitemap.sitemaps and not sitemap.pages and self.has_time:
            latest = max(sitemap.sitemaps, key=lambda entry: entry.lastmod or "")
            found = replace(found, sitemaps=len(sitemap.sitemaps))
            asked = await self.ask(latest.url)
            if asked.response is None or not asked.answer.is_read:
                return replace(found, answer=asked.answer)
            sitemap = parse_sitemap(asked.response.body)
        for entry in sorted(sitemap.pages, key=_when, reverse=True)[:CANDIDATES]:
            if self.is_in_scope(entry.url):
                published, modified = entry.published, entry.lastmod
                self.candidates.add(entry.url, DateSource.SITEMAP, published=published, modified=modified)
        return self.count_entries(
            replace(found, problems=sitemap.problems), [(entry.url, _when(entry)) for entry in sitemap.pages]
        )

    async def look_at_articles(self) -> tuple[ArticleFinding, ...]:
        """Ask for a few documents and read each by itself."""
        found: list[ArticleFinding] = []
        for key, url in self.candidates.urls.items():
            if key in self.read_places:
                continue
            if len(found) == ARTICLES or (found and not self.has_time):
                break
            asked = await self.ask(url)
            found.append(self.read_article(asked))
        return tuple(found)

    def read_article(self, asked: _Asked) -> ArticleFinding:
        """Read a document with the core of a single page."""
        response = asked.response
        if response is None or not asked.answer.is_read:
            return ArticleFinding(asked.answer)
        if not is_html(response):
            kind = (header(response, "Content-Type") or "unknown").partition(";")[0].strip()
            return ArticleFinding(asked.failed(f"no HTML page: {kind}"))
        values = [value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag")]
        directives = find_directives(values, response.body, self.settings["USER_AGENT"], datetime.now(UTC))
        for directive in sorted(directives):
            if self.settings.getbool(f"HONOR_{directive.upper()}"):
                return ArticleFinding(asked.failed(f"left out, for it says {directive}:"))
        url = normalize_url(response.url)
        context = PageContext(
            id=find_id(url),
            url=url,
            collection=self.slug,
            content_type=header(response, "Content-Type"),
            status=response.status,
            fetched_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            date_candidates=tuple(self.candidates.stated.get(normalize_url(asked.answer.url), ())),
            **describe_page(self.organization, url),
        )
        try:
            record = finish(extract_page(response.body, context))
        except UnreadableError as error:
            return ArticleFinding(asked.failed(str(error)))
        evidence = next(iter(record.date_evidence), None)
        return ArticleFinding(
            asked.answer,
            title=record.title,
            words=record.word_count,
            date=record.date_published,
            date_raw=record.date_published_raw,
            date_source=str(evidence.source) if evidence is not None else None,
            undated=next((str(one.reason) for one in record.date_evidence if one.reason), None),
            document_type=record.document_type,
            language=record.language,
            directives=tuple(sorted(directives)),
        )

    # --- Rules -------------------------------------------------------------------------------------------------------

    def find_rule_against(self, url: str, *, listing: bool = False) -> str | None:
        """Name the rule that keeps a page out of the crawl, a foreign host by its name."""
        rules = self.organization.urls
        rule = in_scope(url, self.organization.hosts, () if listing else rules.allow, rules.deny)
        return f"host:{hostname(url)}" if rule == "host" else rule

    def is_in_scope(self, url: str, *, listing: bool = False) -> bool:
        """Tell whether a page belongs to the crawl."""
        return self.find_rule_against(url, listing=listing) is None

    def count_entries(self, found: EntriesFinding, entries: Sequence[tuple[str, str | None]]) -> EntriesFinding:
        """Count the entries of a sitemap or feed."""
        rules = Counter(rule for url, _ in entries if (rule := self.find_rule_against(url)) is not None)
        days = [parse_date(raw).earliest for _, raw in entries[:CANDIDATES] if raw]
        return replace(
            found,
            entries=len(entries),
            in_scope=len(entries) - rules.total(),
            newest=max((str(day)[:10] for day in days if day is not None), default=None),
            out_of_scope=rules,
        )


def _when(entry: SitemapEntry) -> str:
    return entry.published or entry.lastmod or ""
