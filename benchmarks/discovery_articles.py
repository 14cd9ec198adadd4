"""The articles of the discovery site, and by which way each is to be found.

A function of the number of pages and the seed. Every way has articles that nothing else leads to; the others are
`common`: other pages link to them as well, so that a link alone does not tell a crawler whether a page is new.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.crash_site import WORDS
from benchmarks.nightly_script import write_paragraph, write_sentence

FIRST_DAY, LAST_DAY = date(2009, 1, 5), date(2024, 12, 28)
LEAST_OF_A_WAY = 3
LONGEST_GAP = 6  # months in a row without an event, between two with one
LARGEST_FEED = 20

# How the articles are spread over the ways, by weight; the first takes the rest.
WAYS: Mapping[str, float] = {
    "sitemap": 10,
    "sitemap, second": 2,
    "sitemap, gzip": 6,
    "sitemap, ampersands": 4,
    "sitemap, cut off": 3,
    "sitemap, wrong namespace": 4,
    "sitemap, text": 3,
    "feed, RSS": 0.4,
    "feed, Atom": 0.4,
    "feed, JSON": 0.4,
    "listing, Drupal": 12,
    "listing, WordPress": 10,
    "listing, rel=next": 6,
    "listing, button": 5,
    "listing, more link": 4,
    "listing, repeats": 4,
    "listing, empties": 3,
    "listing, random": 3,
    "listing, facets": 5,
    "session, sid": 1.5,
    "session, jsessionid": 1,
    "topic": 4,
    "archive": 7,
    "related": 4.6,
    "query": 4,
    "events": 3,
    "hearings": 1,
    "redirect": 0.4,
}
BULK: Mapping[str, float] = {"bulk": 1}  # one listing, for the experiment with a long one

_PATHS = {
    "feed, RSS": "/briefs/{slug}",
    "feed, Atom": "/briefs/{slug}",
    "feed, JSON": "/briefs/{slug}",
    "listing, Drupal": "/news/{slug}",
    "listing, WordPress": "/blog/{day:%Y}/{day:%m}/{slug}/",
    "listing, rel=next": "/statements/{slug}.html",
    "listing, button": "/reports/{day:%Y}/{slug}",
    "listing, more link": "/dispatches/{slug}",
    "listing, repeats": "/press-clips/{number}",
    "listing, empties": "/updates/{slug}/",
    "listing, random": "/voices/{slug}",
    "listing, facets": "/resources/{slug}",
    "session, sid": "/library/item/{number}",
    "session, jsessionid": "/portal/view.do?doc={number}",
    "archive": "/{day:%Y}/{day:%m}/{slug}/",
    "query": "/article.php?id={number}",
    "events": "/event/{slug}/",
    "hearings": "/hearing.php?id={number}",
    "bulk": "/archive/{slug}",
}
_COMMON = ("sitemap", "listing", "archive", "topic")  # ways of which every other article is common


@dataclass(frozen=True, slots=True)
class Article:
    """An article, without its text."""

    seed: int
    number: int
    way: str
    path: str  # with the query
    title: str
    day: date
    lead: str  # the first sentence: the teaser
    is_common: bool

    @property
    def paragraphs(self) -> list[str]:
        """The text."""
        rng = random.Random(f"{self.seed}/text/{self.number}")
        first = f"{self.lead} {write_paragraph(rng)}"
        return [first, *(write_paragraph(rng) for _ in range(rng.randint(2, 5)))]

    @property
    def tags(self) -> list[int]:
        """Numbers; each tag that the site has is the rest of one."""
        rng = random.Random(f"{self.seed}/tags/{self.number}")
        return [rng.randrange(10_000) for _ in range(3)]


def count_articles(pages: int, ways: Mapping[str, float]) -> dict[str, int]:
    """Spread a number of articles over ways.

    Raises:
        ValueError: they are too few to give each way `LEAST_OF_A_WAY`.
    """
    total = sum(ways.values())
    rest = max(0, pages - LEAST_OF_A_WAY * len(ways))
    counts = {way: LEAST_OF_A_WAY + round(rest * weight / total) for way, weight in ways.items()}
    counts = {way: min(count, LARGEST_FEED) if way.startswith("feed") else count for way, count in counts.items()}
    first = next(iter(counts))
    counts[first] += pages - sum(counts.values())
    if counts[first] < LEAST_OF_A_WAY:
        raise ValueError(f"{pages} pages are too few for {len(ways)} ways")
    return counts


def write_articles(pages: int, seed: int, ways: Mapping[str, float]) -> dict[str, list[Article]]:
    """Give the articles of each way, the newest first."""
    found: dict[str, list[Article]] = defaultdict(list)
    number = 1000  # so that no number looks like a page's
    for way, count in count_articles(pages, ways).items():
        rng = random.Random(f"{seed}/{way}")
        for index, day in enumerate(_choose_days(way, count, rng)):
            found[way].append(_write_article(seed, number, way, index, day))
            number += 1
    return found


def _choose_days(way: str, count: int, rng: random.Random) -> Sequence[date]:
    """Choose when a way's articles were published, or its events took place; the newest first."""
    if way in ("events", "hearings"):
        days: list[date] = []
        month = 2010 * 12 + rng.randrange(12)
        gap = LONGEST_GAP  # at least once
        while len(days) < count:
            in_month = rng.choice((1, 2, 2, 3, 4)) if count > 20 else 1
            days += [date(month // 12, month % 12 + 1, rng.randint(1, 28)) for _ in range(in_month)]
            month += gap + 1
            gap = rng.choice((0, 0, 0, 0, 1, 2, LONGEST_GAP))
        return sorted(days[:count], reverse=True)
    span = (LAST_DAY - FIRST_DAY).days
    if way == "archive":  # some months only, or each article would have a page of its own that leads to it
        span = min(span, 12 * max(2, count))
    return sorted((LAST_DAY - timedelta(days=rng.randrange(span)) for _ in range(count)), reverse=True)


def _write_article(seed: int, number: int, way: str, index: int, day: date) -> Article:
    rng = random.Random(f"{seed}/article/{number}")
    first, second, third = (rng.choice(WORDS) for _ in range(3))
    slug = f"{first}-and-{second}-of-{third}-{number}"
    if way == "sitemap, ampersands" and index == 0:
        path = f"/article.php?id={number}&lang=en"  # written without &amp; in the sitemap
    else:
        path = _PATHS.get(way, "/stories/{slug}").format(slug=slug, day=day, number=number)
    title = f"The {first} and the {second} of {third.capitalize()} {number}"
    is_common = way.partition(",")[0] in _COMMON and index % 2 == 1
    return Article(seed, number, way, path, title, day, write_sentence(rng), is_common)
