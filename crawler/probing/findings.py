"""What a probe found, as data: one finding for each thing that was asked for."""

from collections import Counter
from dataclasses import dataclass

from crawler.discovery.scoring import FoundListing
from crawler.organizations.schema import Organization

FILE = "the file"  # what named a place
HOMEPAGE = "the homepage"
ROBOTS = "robots.txt"
CONVENTION = "convention"  # where a sitemap is, if nobody names one
NOBODY = "nobody"  # the homepage is looked at, as no listing is named


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request."""

    url: str  # that was asked for
    status: int | None = None  # None: no answer
    error: str | None = None  # why there was no answer, or why it could not be read; a few words
    target: str | None = None  # where it led, after redirects

    @property
    def is_read(self) -> bool:
        """Whether there was an answer that could be read."""
        return self.status is not None and 200 <= self.status < 300 and self.error is None

    @property
    def place(self) -> str:
        """Where the answer came from in the end."""
        return self.target or self.url


@dataclass(frozen=True, slots=True)
class RobotsFinding:
    """robots.txt of the homepage's host."""

    answer: Answer
    homepage_allowed: bool
    forbidden_seeds: tuple[str, ...] = ()
    crawl_delay: float | None = None  # seconds
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HomepageFinding:
    """The homepage."""

    answer: Answer
    name: str | None = None  # that the page gives the site
    languages: tuple[str, ...] = ()  # its own, then those of its translations
    feeds: tuple[str, ...] = ()
    listings: tuple[FoundListing, ...] = ()  # best first


@dataclass(frozen=True, slots=True)
class EntriesFinding:
    """A sitemap or a feed."""

    answer: Answer
    named_by: str
    others: int = 0  # of its kind, which were not asked for
    entries: int = 0
    in_scope: int = 0
    newest: str | None = None  # YYYY-MM-DD
    sitemaps: int = 0  # in an index; the entries are then those of one of them
    out_of_scope: Counter[str] | None = None  # by host, or by rule
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingFinding:
    """A page that lists documents."""

    answer: Answer
    named_by: str
    links: int = 0
    in_scope: int = 0
    documents: int = 0
    next_page: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleFinding:
    """A document, read as a crawl of a single page reads it."""

    answer: Answer
    title: str | None = None
    words: int = 0
    date: str | None = None  # EDTF
    date_raw: str | None = None
    date_source: str | None = None
    undated: str | None = None  # why the best statement of a date gave none
    document_type: str | None = None
    language: str | None = None
    directives: tuple[str, ...] = ()  # of the page to robots: noindex, …


@dataclass(frozen=True, slots=True)
class Probe:
    """All that was found."""

    slug: str
    origin: str  # the file, as messages show it
    organization: Organization
    day: str  # YYYY-MM-DD
    version: str
    seconds: float
    requests: int
    robots: RobotsFinding
    homepage: HomepageFinding | None = None
    sitemap: EntriesFinding | None = None
    feed: EntriesFinding | None = None
    listing: ListingFinding | None = None
    articles: tuple[ArticleFinding, ...] = ()

    @property
    def gives_records(self) -> bool:
        """Whether a crawl would give records."""
        return any(article.answer.is_read and article.words for article in self.articles)
