"""The spider of an organization file: sitemaps, feeds, listings and links, then every page they lead to."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urljoin

from protego import Protego
from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.discovery.feed import parse_feed
from crawler.discovery.listing import find_links, find_next_page
from crawler.discovery.sitemap import parse_sitemap
from crawler.discovery.urls import in_scope, normalize_url
from crawler.organizations.schema import Expect, Organization, document_type_of
from crawler.outcomes import Outcome, count_outcome
from crawler.publish import StoredPage
from crawler.sample.site import HOST as SAMPLE_HOST
from crawler.spiders.arguments import LIMIT
from crawler.spiders.base import require_contact
from crawler.spiders.fetching import FetchingSpider
from items import DateCandidate, DateKind, DateSource

NO_SUCCESS = range(400, 600)  # statuses


class OrganizationSpider(FetchingSpider):
    """Crawls one organization. The loader makes a subclass of it for each file, with `name` and `organization` set."""

    accepted = (LIMIT,)
    organization: ClassVar[Organization]

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse to crawl a live site without a contact, besides bad arguments."""
        super().check(given, settings)
        homepage = cls.organization.homepage
        if SAMPLE_HOST not in cls.organization.hosts:
            require_contact(settings, [homepage])

    @classmethod
    def expectations(cls, given: Mapping[str, str]) -> Expect:
        """Expect what the file expects, unless only some pages were asked for."""
        return Expect() if "limit" in given else cls.organization.expect

    def open(self) -> None:
        """Set up the scope, and what discovery learns on the way."""
        self.allowed_domains = [host.removeprefix("www.") for host in self.organization.hosts]
        self.listings = {
            normalize_url(url) for url in (*self.organization.discovery.listings, *self.organization.seeds)
        }
        self.stated_dates: dict[str, list[DateCandidate]] = {}  # by normalized URL, from feeds and sitemaps
        self.seen: set[str] = set()
        super().open()
        if not self.organization.verified:
            self.logger.warning("nobody has tried the organization file of %s on the live site yet", self.name)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for robots.txt's sitemaps, or the file's own, then feeds, listings and seeds."""
        discovery = self.organization.discovery
        if discovery.sitemaps is None:
            url = urljoin(self.organization.homepage, "/robots.txt")
            yield self.discovery_request(url, self.parse_robots, meta={"dont_obey_robotstxt": True})
        else:
            for url in discovery.sitemaps:
                yield self.discovery_request(url, self.parse_sitemap)
        for url in discovery.feeds:
            yield self.discovery_request(url, self.parse_feed)
        for url in dict.fromkeys((*discovery.listings, *self.organization.seeds)):
            yield self.listing_request(url)

    def discovery_request(self, url: str, callback: Any, **kwargs: Any) -> Request:
        """Ask for something that leads to pages; it comes before them."""
        # Redirects are followed: /sitemap.xml often leads to /sitemap_index.xml, a feed to a host of its own.
        meta = {"handle_httpstatus_list": NO_SUCCESS, "allow_offsite": True, **kwargs.pop("meta", {})}
        return Request(url, callback=callback, errback=self.discovery_failed, priority=100, meta=meta, **kwargs)

    def listing_request(self, url: str) -> Request:
        """Ask for a listing, which is read for its links only."""
        self.seen.add(normalize_url(url))
        self.listings.add(normalize_url(url))
        return Request(url, callback=self.parse_listing, errback=self.page_failed, priority=50, meta={"is_page": True})

    def discovery_failed(self, failure: Failure) -> None:
        """Say that a sitemap or feed could not be had; the crawl goes on with the other ways in."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self.crawler.stats.inc_value("discovery/failed")
        self.logger.warning("cannot read %s: %s", request.url, failure.getErrorMessage())

    def parse_robots(self, response: Response) -> Iterator[Request]:
        """Find the sitemaps that robots.txt names; without any, try the usual place."""
        found: list[str] = []
        if response.status == 200:
            robots = Protego.parse(response.body.decode("utf-8-sig", "replace"))
            found = [urljoin(response.url, url) for url in robots.sitemaps]
        for url in found or [urljoin(self.organization.homepage, "/sitemap.xml")]:
            yield self.discovery_request(url, self.parse_sitemap)

    def parse_sitemap(self, response: Response) -> Iterator[Request]:
        """Read a sitemap or an index of sitemaps."""
        if response.status != 200:
            self.logger.info("no sitemap at %s (HTTP %d)", response.url, response.status)
            return
        sitemap = parse_sitemap(response.body)
        self.tell_problems(response.url, sitemap.problems)
        for entry in sitemap.sitemaps:
            yield self.discovery_request(entry.url, self.parse_sitemap)
        for entry in sitemap.pages:
            dates = {DateKind.PUBLISHED: entry.published, DateKind.MODIFIED: entry.lastmod}
            self.note_dates(entry.url, DateSource.SITEMAP, dates)
            yield from self.requests_for([entry.url])

    def parse_feed(self, response: Response) -> Iterator[Request]:
        """Read a feed."""
        if response.status != 200:
            self.logger.warning("no feed at %s (HTTP %d)", response.url, response.status)
            return
        feed = parse_feed(response.body, response.url)
        self.tell_problems(response.url, feed.problems)
        for entry in feed.entries:
            dates = {DateKind.PUBLISHED: entry.published, DateKind.MODIFIED: entry.updated}
            self.note_dates(entry.url, DateSource.FEED, dates)
            yield from self.requests_for([entry.url])

    def parse_listing(self, response: Response) -> Iterator[Request]:
        """Read a listing or a seed for its links and its next page."""
        count_outcome(self.crawler.stats, Outcome.LISTING, response.url)
        tree = _tree(response)
        if tree is None:
            return
        discovery = self.organization.discovery
        following = find_next_page(tree, response.url, discovery.next_page)
        if following is not None and self.is_new_in_scope(following, listing=True):
            yield self.listing_request(following)
        links = find_links(tree, response.url, discovery.listing_links)
        yield from self.requests_for(link.url for link in links)

    def parse_page(self, response: Response, **known: Any) -> Iterator[Request]:
        """Store a page, and follow its links where the file wants it."""
        self.store(
            response,
            organization=self.organization.name,
            document_type=document_type_of(self.organization, response.url),
            topics=self.organization.topics,
            languages=self.organization.languages,
            date_order=self.organization.date_order,
        )
        tree = _tree(response) if self.organization.discovery.follow_links else None
        if tree is not None:
            yield from self.requests_for(link.url for link in find_links(tree, response.url))

    def requests_for(self, urls: Iterable[str]) -> Iterator[Request]:
        """Ask for the pages among some URLs that are new and belong to the crawl."""
        for url in urls:
            if self.is_new_in_scope(url):
                yield self.page_request(normalize_url(url))

    def is_new_in_scope(self, url: str, *, listing: bool = False) -> bool:
        """Tell whether a URL is asked for, once; count the others by the rule that keeps them out."""
        key = normalize_url(url)
        if key in self.seen:
            return False
        self.seen.add(key)
        rules = self.organization.urls
        rule = in_scope(key, self.organization.hosts, () if listing else rules.allow, rules.deny)
        if rule is not None:
            self.crawler.stats.inc_value(f"discovery/out_of_scope/{rule.partition(':')[0]}")
            return False
        return True

    def find_rule_against(self, request: Request) -> str | None:
        """Hold the target of a redirect to the rules of the organization's file; a listing to its hosts only."""
        rules = self.organization.urls
        allow = rules.allow if request.callback == self.parse_page else ()
        return in_scope(normalize_url(request.url), self.organization.hosts, allow, rules.deny)

    def note_dates(self, url: str, source: DateSource, dates: Mapping[DateKind, str | None]) -> None:
        """Keep what a feed or sitemap says of a page's dates."""
        noted = self.stated_dates.setdefault(normalize_url(url), [])
        for kind, raw in dates.items():
            candidate = DateCandidate(source, kind, raw) if raw is not None else None
            if candidate is not None and candidate not in noted:
                noted.append(candidate)

    def tell_problems(self, url: str, problems: Iterable[str]) -> None:
        """Log what in a sitemap or feed could not be used."""
        for problem in problems:
            self.crawler.stats.inc_value("discovery/problems")
            self.logger.warning("%s: %s", url, problem)

    def pages_to_publish(self) -> Iterator[StoredPage]:
        """Give the stored pages with the dates that feeds and sitemaps state, in an order arrival does not change."""
        for page in super().pages_to_publish():
            stated = self.stated_dates.get(page.context.requested_url or "", []) + self.stated_dates.get(
                page.context.url, []
            )
            stated.sort(key=lambda candidate: (candidate.source, candidate.kind, candidate.raw))
            context = replace(page.context, date_candidates=(*stated, *page.context.date_candidates))
            yield replace(page, context=context)


def _tree(response: Response) -> Any:
    """Parse a response for its links; None where it is no markup."""
    if not isinstance(response, TextResponse) or not response.body.strip():
        return None
    return response.selector.root if response.selector.type == "html" else None
