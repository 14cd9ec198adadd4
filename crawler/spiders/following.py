"""What only links lead to: put down to wait, visited in waves, and judged: document, list, or a page once more."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from crawler.discovery.due import LET_GO
from crawler.discovery.listing import is_same_listing
from crawler.discovery.page_kind import calls_itself_an_article, count_own_words
from crawler.discovery.scoring import DOCUMENT, score_links
from crawler.discovery.urls import is_variant, normalize_url
from crawler.discovery.waves import LEAST_GAIN, find_wave
from crawler.extraction.repeated import find_repeated
from crawler.organizations.schema import Organization
from crawler.publish import find_site
from crawler.spiders.fetching import FetchingSpider
from crawler.storage.frontier import Said
from crawler.storage.ledger import Discovered, State, Visit

SECOND = 50  # the priority of listings: what leads to pages comes before them
LEAST_OWN = 20  # words outside of links of a page that says no whole sentence, such as a photograph's
MAX_SEEN = 50_000  # URLs
LISTING_PATIENCE = 3  # pages of a listing in a row that name nothing that it has not named before


class FollowingSpider(FetchingSpider):
    """A spider that follows links as far as they bring something new."""

    organization: ClassVar[Organization]
    seen: set[str | tuple[str, str]]  # URLs that were put down lately; a shortcut, the ledger decides

    def release_wave(self) -> bool:
        """Visit some of the pages that only links lead to; let the rest go when they bring nothing new."""
        held = self.ledger.held()
        if not held:
            return False
        wave = find_wave(held, self.ledger.evidence())
        self.ledger.release_held(wave.released)
        for left in wave.let_go:
            self.ledger.let_go_held(left.pages, left.reason)
            self.logger.info("let go (%s): %d × %s", left.reason, len(left.pages), left.shape)
        return bool(wave.released)

    def go_on(self, visit: Visit, following: str, found: Iterable[str], gain: int | None) -> Iterator[Discovered]:
        """Walk on to a listing's next page, until its pages name nothing more that it has not named before."""
        first = visit.known.get("listing", visit.url)
        named = [normalize_url(url) for url in found if not is_same_listing(url, visit.url)]
        idle = 0 if self.ledger.count_listed(first, visit.url, named) else visit.known.get("idle", 0) + 1
        known = {**visit.known, "listing": first, "idle": idle}
        key = normalize_url(following)
        rule = self.find_rule_against(key, "listing")
        if rule is not None:
            yield Discovered(key, "listing", SECOND, known=known, state=State.OUT_OF_SCOPE, reason=rule)
        elif idle >= LISTING_PATIENCE:
            self.logger.info("%s: walked to %s; what follows names nothing new", first, visit.url)
            yield Discovered(key, "listing", SECOND, known=known, state=State.EXCLUDED, reason="endless_listing")
        else:  # a listing that was found by a link goes on as long as it brings something new
            held = visit.known.get("found") and not gain
            yield Discovered(key, "listing", SECOND, known=known, state=State.HELD if held else State.PENDING)

    def is_document(self, visit: Visit, tree: Any, said: Said) -> bool:
        """Tell whether a page that only links lead to, and that is no list, is more than a way to others.

        It is when it says something new, when it calls itself an article, when it is another page's exact copy under an
        address of its own (which of the two gives the record is told when all are published), when it says what a page
        said that is gone, or when it has some words of its own, though no sentence.
        """
        if said.new >= LEAST_GAIN or calls_itself_an_article(tree):
            return True
        if said.copied is None:
            return count_own_words(tree) - said.known >= LEAST_OWN
        if not self.ledger.is_there(said.copied):
            self.ledger.take_over(visit.url, said.copied)
            return True
        return said.whole and said.new == 0 and not is_variant(visit.url, said.copied)

    def find_likely(self, tree: Any, url: str) -> list[str]:
        """Choose the links of a listing that likely lead to documents: where a run has a limit, they come first."""
        site = self.sealed.get(find_site(url))
        repeats = find_repeated(site.model) if site is not None else None
        return [link.url for link in score_links(tree, url, is_template=repeats) if link.score >= DOCUMENT]

    def say(self, visit: Visit, sentences: Mapping[int, int], *, is_list: bool) -> Said:
        """Keep what a page says, and compare it with what others said."""
        return self.ledger.say(visit.url, sentences, is_list=is_list)

    def may_be_none(self, url: str) -> bool:
        """Tell whether a page may be no document: nothing but links has named it, and it never had a record."""
        return not self.ledger.is_named(url) and not self.ledger.has_record(url)

    def links(
        self,
        urls: Iterable[str],
        role: str = "page",
        priority: int = 0,
        *,
        held: bool = False,
        named: bool | None = None,
    ) -> Iterator[Discovered]:
        """Put URLs down for a visit, or as out of scope by the rule that keeps them out.

        Args:
            urls: as they stand in their page.
            role: which callback reads them.
            priority: in the frontier.
            held: whether they wait until it is known whether pages of their kind are worth a visit.
            named: whether more than a mere link leads to them; None where that is so when they don't wait.
        """
        named = not held if named is None else named
        held = held and self.organization.discovery.follow_links
        for url in urls:
            key = normalize_url(url)
            if key in self.seen or (held and (key, "held") in self.seen):
                continue  # the ledger would say so too, after two statements
            if len(self.seen) >= MAX_SEEN:
                self.seen.clear()
            self.seen.add((key, "held") if held else key)
            rule = self.find_rule_against(key, role)
            if role == "page" and not self.is_new(key, in_scope=rule is None, named=named):
                continue  # it is visited when it is due
            state = (State.HELD if held else State.PENDING) if rule is None else State.OUT_OF_SCOPE
            known = {"named": True} if role == "page" and named else {}
            yield Discovered(key, role, priority, known=known, state=state, reason=rule)

    def is_new(self, url: str, *, in_scope: bool = True, named: bool = False) -> bool:
        """Tell whether no earlier run knew a URL, or left it aside by a rule that no longer holds.

        What was let go as links alone led to it is new when a sitemap, a feed or a selector names it.
        """
        known = self.ledger.last_state(normalize_url(url))
        if known is None or (in_scope and known[0] is State.OUT_OF_SCOPE):
            return True
        return named and known[0] is State.EXCLUDED and known[1] in LET_GO
