"""The organization file: what it may say, checked, as frozen models.

The description of a field says what is allowed there; load.py shows it to whoever wrote something else.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Literal
from urllib.parse import urljoin
from zoneinfo import available_timezones

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from crawler.discovery.due import RevisitPolicy
from crawler.discovery.hours import ALLOWED as ALLOWED_HOURS
from crawler.discovery.hours import parse_hours
from crawler.discovery.urls import hostname, normalize_url

HOST_NAME = re.compile(r"[^\s/:@?#\[\]*]+")


class EntryError(ValueError):
    """An entry of a list that is not allowed, with its position in the list, counted from 0."""

    def __init__(self, position: int, value: str, reason: object) -> None:
        super().__init__(f"entry {position + 1}, {value!r}, {reason}")
        self.position = position


def _each(check: Callable[[str], str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Check every entry; an error names the first that is wrong."""

    def check_all(values: tuple[str, ...]) -> tuple[str, ...]:
        checked = []
        for position, value in enumerate(values):
            try:
                checked.append(check(value))
            except ValueError as error:
                raise EntryError(position, value, error) from error
        return tuple(checked)

    return check_all


def _check_text(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def _check_url(value: str) -> str:
    if hostname(value) is None or re.search(r"\s", value):
        raise ValueError("is no http(s) URL with a host")
    return value


def _check_host(value: str) -> str:
    host = hostname(f"http://{value}/") if HOST_NAME.fullmatch(value) else None
    if host is None:
        raise ValueError("is no host name")
    return host


def _check_regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"does not compile: {error}") from error
    return value


def _check_selector(value: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise ValueError(f"is no selector: {error}") from error
    return value


def _check_language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", value):
        raise ValueError("is no language code")
    return value


_time_zones = cache(available_timezones)


def _check_time_zone(value: str) -> str:
    if value not in _time_zones():
        raise ValueError("is unknown")
    return value


def _check_hours(value: str) -> str:
    parse_hours(value)
    return value


# Arrays of TOML arrive as lists; `strict=False` lets them become tuples, while their entries must still be strings.
Texts = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each(_check_text))]
Urls = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each(_check_url))]
Hosts = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each(_check_host))]
Regexes = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each(_check_regex))]
Languages = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_each(_check_language))]
Selector = Annotated[str, AfterValidator(_check_selector)]

URLS_ALLOWED = 'a list of http(s) URLs, or of paths that begin with "/" and are taken from the homepage'
REGEXES_ALLOWED = "a list of regular expressions, looked for anywhere in the normalized URL"
SELECTOR_ALLOWED = "a CSS selector"


class Section(BaseModel):
    """What all parts of an organization file share: unknown keys are refused, nothing is converted, nothing changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Discovery(Section):
    """Where the organization's pages are found."""

    sitemaps: Urls | None = Field(
        default=None,
        description=f"{URLS_ALLOWED} (absent: those that robots.txt names, else /sitemap.xml. Empty: none)",
    )
    feeds: Urls | None = Field(
        default=None, description=f"{URLS_ALLOWED} (besides those that listings and seeds name themselves. Empty: none)"
    )
    listings: Urls = Field(
        default=(), description=f"{URLS_ALLOWED} (pages that list documents, read with all that follow)"
    )
    listing_links: Selector | None = Field(
        default=None,
        description=f"{SELECTOR_ALLOWED} for the links to documents on a listing, or for what contains them",
    )
    next_page: Selector | None = Field(
        default=None, description=f"{SELECTOR_ALLOWED} for the link to a listing's next page, or for what contains it"
    )
    follow_links: bool = Field(default=True, description="true or false: whether links on other pages are followed too")


class UrlRules(Section):
    """Which URLs belong to the organization's writing."""

    allow: Regexes = Field(default=(), description=f"{REGEXES_ALLOWED} (empty: all are allowed)")
    deny: Regexes = Field(default=(), description=f"{REGEXES_ALLOWED} (they outrank allow)")
    hosts: Hosts = Field(
        default=(),
        description="host names beside the homepage's, without scheme, port or path, such as news.example.org",
    )


class DocumentType(Section):
    """The type of the documents under some URLs."""

    url: Annotated[str, AfterValidator(_check_regex)] = Field(
        description="a regular expression, looked for anywhere in the normalized URL"
    )
    type: Annotated[str, AfterValidator(_check_text)] = Field(description='a text such as "Press Release"')


SHARE_OF_RECORDS = "a share from 0 to 1 of the records"


class Expect(Section):
    """What a healthy crawl yields at least; below it, the crawl fails its checks."""

    min_records: int | None = Field(default=None, ge=1, description="a whole number, at least 1")
    min_dated: float | None = Field(
        default=None, ge=0, le=1, allow_inf_nan=False, description=f"{SHARE_OF_RECORDS} that carry a date"
    )
    min_words: int | None = Field(
        default=None, ge=1, description="a whole number of words, at least 1: the median length of the records' texts"
    )
    min_template: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description=f"{SHARE_OF_RECORDS} from which a text that was learned as template was removed",
    )
    min_container: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description=f"{SHARE_OF_RECORDS} that were read by a learned container",
    )
    min_new_a_week: int | None = Field(
        default=None, ge=1, description="a whole number, at least 1, of records that are new within seven days"
    )
    max_errors: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="a share from 0 to 1 of a run's requests, which may fail",
    )


class Politeness(Section):
    """When the site may be asked."""

    hours: Annotated[str, AfterValidator(_check_hours)] | None = Field(
        default=None, description=f"{ALLOWED_HOURS}, in the organization's time zone"
    )


POLICY = RevisitPolicy()


class Revisit(Section):
    """How often pages that earlier runs know are asked for again."""

    shortest_days: float = Field(
        default=POLICY.shortest_days,
        ge=0.1,
        le=365,
        allow_inf_nan=False,
        description="days from 0.1 to 365, the least time between two visits of a page by its age",
    )
    longest_days: float = Field(
        default=POLICY.longest_days,
        ge=0.1,
        le=3650,
        allow_inf_nan=False,
        validate_default=True,
        description="days from 0.1 to 3650, not fewer than shortest_days",
    )
    share: float = Field(
        default=POLICY.share,
        ge=0.001,
        le=1,
        allow_inf_nan=False,
        description="a share from 0.001 to 1 of the known pages, which a run asks for by their age at most",
    )
    gone_after: int = Field(
        default=POLICY.gone_after,
        ge=1,
        le=100,
        description="a whole number from 1 to 100 of runs, one after the other, that find a page missing (404, 410)",
    )

    @field_validator("longest_days")
    @classmethod
    def _check_order(cls, value: float, info: ValidationInfo) -> float:
        shortest = info.data.get("shortest_days")  # absent where it has an error of its own
        if shortest is not None and value < shortest:
            raise ValueError(f"is less than shortest_days, {shortest:g}")
        return value

    @property
    def policy(self) -> RevisitPolicy:
        """The section as `crawler.discovery.due` takes it."""
        return RevisitPolicy(
            shortest_days=self.shortest_days,
            longest_days=self.longest_days,
            share=self.share,
            gone_after=self.gone_after,
        )


class Schedule(Section):
    """How often the organization is crawled by `scrapy crawl-due`."""

    every_days: float = Field(
        default=1.0,
        ge=0.04,
        le=366,
        allow_inf_nan=False,
        description="days from 0.04 (an hour) to 366, from the beginning of one run to that of the next",
    )
    paused: bool = Field(
        default=False, description="true or false: true says that it is not crawled by crawl-due for the time being"
    )


class Organization(Section):
    """One organization: its name, where its writing stands, and how to read it. Only name and homepage are required."""

    name: Annotated[str, AfterValidator(_check_text)] = Field(description="a text, the organization's name")
    homepage: Annotated[str, AfterValidator(_check_url)] = Field(
        description="an http(s) URL with a host, such as https://example.org/"
    )
    seeds: Urls = Field(default=(), description=f"{URLS_ALLOWED} (absent: the homepage)")
    languages: Languages = Field(default=(), description='a list of lower-case language codes such as "en" or "pt-br"')
    time_zone: Annotated[str, AfterValidator(_check_time_zone)] | None = Field(
        default=None, description="a name of the IANA time zone database such as America/New_York"
    )
    date_order: Literal["MDY", "DMY", "YMD"] | None = Field(
        default=None, description='"MDY", "DMY" or "YMD": the order in which the site writes a date in numbers'
    )
    topics: Texts = Field(default=(), description="a list of texts")
    crawl_delay: float | None = Field(
        default=None, ge=0, le=120, allow_inf_nan=False, description="seconds between two requests, from 0 to 120"
    )
    verified: bool = Field(
        default=True, description="true or false: false says that nobody has tried the file on the live site yet"
    )
    discovery: Discovery = Field(default=Discovery(), description="a section: [discovery]")
    urls: UrlRules = Field(default=UrlRules(), description="a section: [urls]")
    document_types: Annotated[tuple[DocumentType, ...], Field(strict=False)] = Field(
        default=(), description="sections: [[document_types]], each with url and type"
    )
    expect: Expect = Field(default=Expect(), description="a section: [expect]")
    revisit: Revisit = Field(default=Revisit(), description="a section: [revisit]")
    politeness: Politeness = Field(default=Politeness(), description="a section: [politeness]")
    schedule: Schedule | None = Field(default=None, description="a section: [schedule]")

    @model_validator(mode="before")
    @classmethod
    def _resolve_paths(cls, data: object) -> object:
        """Resolve paths such as /news against the homepage, and let the homepage be the seed where none is named."""
        homepage = data.get("homepage") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(homepage, str) or hostname(homepage) is None:
            return data  # the fields' own checks say what is wrong
        resolved = {"seeds": [homepage], **data}
        resolved["seeds"] = _resolve(homepage, resolved["seeds"])
        discovery = data.get("discovery")
        if isinstance(discovery, dict):
            places = {key: _resolve(homepage, discovery[key]) for key in URL_LISTS if key in discovery}
            resolved["discovery"] = {**discovery, **places}
        return resolved

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of the crawl: the homepage's, then those of `[urls] hosts`; `www.` makes no difference to them."""
        home = hostname(self.homepage)
        assert home is not None  # checked on the way in
        return (home, *self.urls.hosts)


URL_LISTS = ("sitemaps", "feeds", "listings")
SECTIONS: dict[str, type[Section]] = {
    "discovery": Discovery,
    "urls": UrlRules,
    "document_types": DocumentType,
    "expect": Expect,
    "revisit": Revisit,
    "politeness": Politeness,
    "schedule": Schedule,
}


def document_type_of(organization: Organization, url: str) -> str | None:
    """Give the type of the document at the URL, as the first matching `[[document_types]]` says; None where none does.

    The patterns are looked for anywhere in the normalized URL.
    """
    normalized = normalize_url(url) if organization.document_types else ""
    for rule in organization.document_types:
        if re.search(rule.url, normalized):
            return rule.type
    return None


def _resolve(homepage: str, places: object) -> object:
    """Resolve the entries that begin with "/"; anything else is left for the field's own check."""
    if not isinstance(places, list):
        return places
    return [_join(homepage, place) if isinstance(place, str) and place.startswith("/") else place for place in places]


def _join(homepage: str, place: str) -> str:
    try:
        return urljoin(homepage, place)
    except ValueError:  # "//[" and its like
        return place
