"""The spider of an organization file: sitemaps, feeds, listings and links, then every page they lead to."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import JsonResponse, Response, TextResponse

from crawler.discovery.autodiscovery import find_feeds
from crawler.discovery.due import RevisitPolicy, Why, find_latest, plan
from crawler.discovery.feed import parse_feed
from crawler.discovery.fragments import parse_fragment
from crawler.discovery.listing import find_links, find_next_page, is_same_listing
from crawler.discovery.novelty import find_sentences
from crawler.discovery.page_kind import is_list
from crawler.discovery.robots import parse_robots
from crawler.discovery.shapes import read_address
from crawler.discovery.sitemap import parse_sitemap
from crawler.discovery.urls import absolute_url, in_scope, normalize_url
from crawler.discovery.waves import LEAST_GAIN
from crawler.extraction.model_update import Fit, count_recent_runs, seems_changed
from crawler.middlewares.sample import is_sample
from crawler.organizations.schema import Expect, Organization, document_type_of
from crawler.publish import find_site
from crawler.spiders.arguments import LIMIT
from crawler.spiders.base import require_contact
from crawler.spiders.following import SECOND, FollowingSpider
from crawler.storage.ledger import Discovered, State, Visit
from crawler.storage.settle import Settled, Stated
from items import DateKind, DateSource

FIRST = 100  # priorities: what leads to pages comes before them
LIKELY = 10  # a link that looks like one to a document
MAX_CLAIMS = 5  # pages that are claimed to have changed and are visited; of more, as many are tried first
# What of an organization's file is no reason to read its listings anew.
_NO_REASONS: dict[str, bool | set[str]] = {
    "schedule": True,
    "expect": set(Expect.model_fields) - {"min_records", "min_dated"},
}
MAX_SAMPLES = 8  # pages from which a change of the site is learned


class OrganizationSpider(FollowingSpider):
    """Crawls one organization. The loader makes a subclass of it for each file, with `name` and `organization` set."""

    accepted = (LIMIT,)
    organization: ClassVar[Organization]

    @classmethod
    def check(cls, given: Mapping[str, str], settings: Any) -> None:
        """Refuse to crawl a live site without a contact, besides bad arguments."""
        super().check(given, settings)
        homepage = cls.organization.homepage
        if not is_sample(cls.organization):
            require_contact(settings, [homepage])

    @classmethod
    def expectations(cls, given: Mapping[str, str]) -> Expect:
        """Expect what the file expects, unless only some pages were asked for."""
        return Expect() if "limit" in given else cls.organization.expect

    def archive_information(self) -> dict[str, str]:
        """Keep the organization's file beside what was fetched by it."""
        return {"description": json.dumps(self.organization.model_dump(mode="json"), ensure_ascii=False)}

    def open(self, acquired: Mapping[str, Any]) -> None:
        """Say when the organization's file is a guess."""
        super().open(acquired)
        self.hosts = self.organization.hosts
        self.seen: set[str | tuple[str, str]] = set()  # URLs that were put down lately; a shortcut, the ledger decides
        if not self.organization.verified:
            self.logger.warning(
                "nobody has tried the organization file of %s on the live site yet; `scrapy probe %s` does",
                self.name,
                self.name,
            )

    @property
    def definition(self) -> str:
        """Name the organization's file by its digest.

        When it is crawled and what is expected of it are no reason to read anything anew. Two expectations count all
        the same, as they do in the ledgers that there are.
        """
        written = self.organization.model_dump_json(exclude=_NO_REASONS)
        return hashlib.sha256(written.encode("utf-8")).hexdigest()[:16]

    @property
    def policy(self) -> RevisitPolicy:
        """How often the organization's file wants known pages asked for."""
        return self.organization.revisit.policy

    async def start(self) -> AsyncIterator[Request]:
        """Name robots.txt's sitemaps, or the file's own, then feeds, listings and seeds; and the known pages due."""
        self.put_down_due()
        discovery = self.organization.discovery
        if discovery.sitemaps is None:
            yield self.request(urljoin(self.organization.homepage, "/robots.txt"), "robots", FIRST)
        else:
            for url in discovery.sitemaps:
                yield self.request(url, "sitemap", FIRST)
        for url in discovery.feeds or ():
            yield self.request(url, "feed", FIRST)
        for url in dict.fromkeys((*discovery.listings, *self.organization.seeds)):
            yield self.request(url, "listing", SECOND)

    def put_down_due(self) -> None:
        """Put down the known pages whose turn it is; the same ones when a run that was cut short goes on."""
        histories = self.ledger.page_histories()
        planned = dict(plan(self.started_at, histories, self.policy))
        # What a rule kept out that holds no more was never read.
        planned |= {one.url: Why.UNREAD for one in histories if one.state == State.OUT_OF_SCOPE}
        latest = find_latest(self.started_at, histories, planned, self.was_like) if self.sealed else None
        if latest is not None:
            planned[latest] = Why.LATEST
        listings = self.ledger.unread_listings()
        found = [Discovered(url, "listing", SECOND, why=Why.UNREAD) for url in listings]
        found += [self.put_down_known(url, why) for url, why in sorted(planned.items())]
        self.ledger.discover(one for one in found if self.find_rule_against(one.url, one.role) is None)

    def put_down_known(self, url: str, why: Why) -> Discovered:
        """Put down a known page; one that was never read, and that only links lead to, waits as it did before."""
        waits = why is Why.UNREAD and self.organization.discovery.follow_links and not self.ledger.is_named(url)
        return Discovered(url, "page", why=why, state=State.HELD if waits else State.PENDING)

    def put_down_more(self) -> bool:
        """Put down pages of which a change is claimed, and some to learn from where the site seems to have changed."""
        claimed = self.put_down_claims(Why.CLAIM, self.ledger.claims())
        unlisted = self.put_down_claims(Why.UNLISTED, self.ledger.unlisted())
        return claimed or unlisted or self.release_wave() or self.put_down_samples()

    def put_down_claims(self, why: Why, claims: Mapping[str, bool]) -> bool:
        """Put down the known pages of which a sitemap or feed says that they have changed.

        More than MAX_CLAIMS are tried on as many, pages that the run has visited anyway among them; the others are
        visited only if half of those tried have changed.

        Args:
            why: it is said.
            claims: by URL, whether the run has visited the page.
        """
        claims = {url: visited for url, visited in claims.items() if self.find_rule_against(url, "page") is None}
        waiting = self.choose(url for url, visited in claims.items() if not visited)
        tried = [url for url, visited in claims.items() if visited]
        if len(claims) > MAX_CLAIMS:
            if len(tried) < MAX_CLAIMS:
                waiting = waiting[: MAX_CLAIMS - len(tried)]
            elif 2 * sum(map(self.ledger.has_changed, tried)) < len(tried):
                self.crawler.stats.set_value(f"discovery/let_go/{why}", len(waiting))
                return False
        return self.ledger.discover(Discovered(url, "page", why=why) for url in waiting) > 0

    def put_down_samples(self) -> bool:
        """Put down more pages of a site whose pages seem to have changed in common, so that it can be learned again."""
        if self.limit is not None or not self.settings.getint("LEARN_PAGES") or self.ledger.visits_because(Why.SAMPLE):
            return False
        fits = self.find_fits()
        now = self.find_fits_now(fits)
        hosts = self.sealed if self.ledger.redirected_pages() or self.ledger.missing_pages() else now
        samples = [url for host in hosts for url in self.choose_samples(host, now.get(host, {}), fits.get(host, {}))]
        return self.ledger.discover(Discovered(url, "page", why=Why.SAMPLE) for url in samples) > 0

    def choose_samples(self, host: str, now: Mapping[str, Fit], runs: Mapping[int, Mapping[str, Fit]]) -> list[str]:
        """Choose known pages to look at, and to learn a site from; none where it seems to be as it was.

        Where a page has lost its layout, or more are missing than are there, those with an address of the same kind
        come first.
        """
        missing = [url for url in self.ledger.missing_pages() if find_site(url) == host]
        answered = len(now) + sum(find_site(url) == host for url in self.ledger.confirmed_pages())
        lost = self.find_lost(host, now) or (missing if len(missing) >= answered else [])
        model, fits = self.sealed[host].model, list(runs.get(self.ledger.run, {}).values())
        wanted = MAX_SAMPLES - len(lost or fits)
        if wanted <= 0:
            return []
        unsaid = not count_recent_runs(model, [list(run.values()) for run in runs.values()])
        if not lost and not (fits and unsaid and seems_changed(model, fits)):
            return []
        kinds = {read_address(url) for url in lost}
        unvisited = (url for url in self.ledger.unvisited() if find_site(url) == host)
        urls = self.choose(url for url in unvisited if self.find_rule_against(url, "page") is None)
        return sorted(urls, key=lambda url: read_address(url) not in kinds)[:wanted]

    def choose(self, urls: Iterable[str]) -> list[str]:
        """Sort URLs by the SHA-256 of the run's day and their own: others come first in another night."""
        day = self.started_at.date().isoformat()
        return sorted(urls, key=lambda url: hashlib.sha256(f"{day} {url}".encode("utf-8", "surrogatepass")).digest())

    def missing(self, visit: Visit) -> Iterator[Request]:
        """Look for a sitemap in the usual place where there is no robots.txt to name one."""
        if visit.role == "robots":
            yield self.usual_sitemap()
        else:
            self.crawler.stats.inc_value("discovery/failed")
            self.logger.warning("cannot read the %s %s", visit.role, visit.url)

    def usual_sitemap(self) -> Request:
        """Name the place where most publishing systems have their sitemap."""
        return self.request(urljoin(self.organization.homepage, "/sitemap.xml"), "sitemap", FIRST)

    def forget(self) -> None:
        """Put every URL down again: some that were found did not reach the ledger."""
        self.seen.clear()

    def parse_robots(self, response: Response) -> Iterator[Any]:
        """Find the sitemaps that robots.txt names; without any, try the usual place."""
        named = []
        for written in parse_robots(response.body).sitemaps:
            url = absolute_url(response.url, written)
            if url is None:
                self.tell_problems(response.url, [f"Sitemap: {written} is no http(s) URL"])
            else:
                named.append(url)
                yield self.request(url, "sitemap", FIRST)
        if not named:
            yield self.usual_sitemap()
        yield Settled(State.LISTING)

    def parse_sitemap(self, response: Response) -> Iterator[Any]:
        """Read a sitemap or an index of sitemaps."""
        sitemap = parse_sitemap(response.body)
        self.tell_problems(response.url, sitemap.problems)
        for index in sitemap.sitemaps:
            yield self.request(index.url, "sitemap", FIRST)
        for entry in sitemap.pages:
            yield from self.links([entry.url])
            yield Stated(normalize_url(entry.url), ((str(DateSource.SITEMAP), "listed", ""),))
            yield from self.stated(
                entry.url, DateSource.SITEMAP, {DateKind.PUBLISHED: entry.published, DateKind.MODIFIED: entry.lastmod}
            )
        yield Settled(State.LISTING)

    def parse_feed(self, response: Response) -> Iterator[Any]:
        """Read a feed."""
        feed = parse_feed(response.body, response.url)
        self.tell_problems(response.url, feed.problems)
        for entry in feed.entries:
            yield from self.links([entry.url])
            yield Stated(normalize_url(entry.url), ((str(DateSource.FEED), "named", ""),))
            yield from self.stated(
                entry.url, DateSource.FEED, {DateKind.PUBLISHED: entry.published, DateKind.MODIFIED: entry.updated}
            )
        yield Settled(State.LISTING)

    def parse_listing(self, response: Response) -> Iterator[Any]:
        """Read a listing or a seed for its links and its next page."""
        tree = _tree(response)
        gain = None
        if tree is not None:
            visit: Visit = response.meta["visit"]
            discovery = self.organization.discovery
            following = find_next_page(tree, response.url, discovery.next_page)
            found = [link.url for link in find_links(tree, response.url, discovery.listing_links)]
            gain = self.say(visit, find_sentences(tree), is_list=True).new if discovery.follow_links else None
            for feed in find_feeds(tree, response.url) if discovery.feeds != () else ():
                yield self.request(feed, "feed", FIRST)
            if following is not None and (any(map(self.is_new, found)) or self.is_new(following)):
                yield from self.go_on(visit, following, found, gain)
            # What a selector points at is a document; any other link may be one of a menu, and waits for its wave.
            held = discovery.listing_links is None
            if held:
                yield from self.links(self.find_likely(tree, response.url), priority=LIKELY, held=True)
            yield from self.links(found, held=held)
        yield Settled(State.LISTING, gain=gain)

    def parse_page(self, response: Response) -> Iterator[Any]:
        """Judge a page, and follow its links where the file wants it."""
        end = self.read(response)
        tree = _tree(response) if self.organization.discovery.follow_links else None
        if tree is not None and self.may_follow(response, end):
            visit: Visit = response.meta["visit"]
            found = [link.url for link in find_links(tree, response.url)]
            following = find_next_page(tree, response.url)
            if following is not None and not is_same_listing(following, response.url):
                following = None  # the next story
            unsure = end.state is State.STORED and self.may_be_none(visit.url)
            lists = unsure and is_list(tree, goes_on=following is not None)
            sentences = find_sentences(tree)
            said = self.say(visit, sentences, is_list=lists)
            if lists or (unsure and not self.is_document(visit, tree, said)):
                end = Settled(State.LISTING)
                if following is not None:
                    yield from self.go_on(replace(visit, known={"found": True}), following, found, said.new)
            elif said.new >= LEAST_GAIN:  # a document vouches for those of its kind
                kind = read_address(normalize_url(response.url))
                alike = [url for url in found if read_address(normalize_url(url)) == kind]
                yield from self.links(alike, named=False)
            yield from self.links(found, held=True)
            end = replace(end, gain=said.new)
        yield end

    def find_rule_against(self, url: str, role: str) -> str | None:
        """Hold a page to the rules of the organization's file, a listing to its hosts and denials only.

        Sitemaps and feeds may lie on hosts of their own, as /sitemap.xml often leads elsewhere.
        """
        if role not in ("page", "listing"):
            return None
        rules = self.organization.urls
        return in_scope(url, self.hosts, rules.allow if role == "page" else (), rules.deny)

    def stated(self, url: str, source: DateSource, dates: Mapping[DateKind, str | None]) -> Iterator[Stated]:
        """Keep what a feed or sitemap says of a page's dates."""
        found = tuple((str(source), str(kind), raw) for kind, raw in dates.items() if raw is not None)
        if found:
            yield Stated(normalize_url(url), found)

    def tell_problems(self, url: str, problems: Iterable[str]) -> None:
        """Log what in a sitemap or feed could not be used."""
        for problem in problems:
            self.crawler.stats.inc_value("discovery/problems")
            self.logger.warning("%s: %s", url, problem)

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the organization's file says of a page."""
        return describe_page(self.organization, url)


def describe_page(organization: Organization, url: str) -> dict[str, Any]:
    """Say what an organization's file says of a page, as fields of its context."""
    return {
        "organization": organization.name,
        "document_type": document_type_of(organization, url),
        "topics": organization.topics,
        "languages": organization.languages,
        "date_order": organization.date_order,
    }


def _tree(response: Response) -> Any:
    """Parse a response for its links; None where it is no markup."""
    if not isinstance(response, TextResponse) or not response.body.strip():
        return None
    if isinstance(response, JsonResponse):
        return parse_fragment(response.text)
    return response.selector.root if response.selector.type == "html" else None
