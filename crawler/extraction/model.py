"""A site model as data: what was learned of a site, each thing with its support and examples; readable JSON."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from items import DateSource

MODEL_VERSION = 1


class Place(StrEnum):
    """Where on a page a learned thing stands."""

    FRAME = "frame"  # around the text, or in places that hold nothing else
    HEAD = "head"  # above the text, inside the container
    BODY = "body"  # amid the text; it stays
    TAIL = "tail"  # below the text, inside the container


class Rule(StrEnum):
    """What was learned of a text or of a place."""

    TEMPLATE = "template"  # a text that repeats
    ABOUT = "about"  # a text that repeats and describes the organization
    FIELD = "field"  # a place of short, varying lines that are no sentences: tags, labels, subtitles
    ASIDE = "aside"  # a place of links, or of what its name says is no text: related pages, comments
    TEXT = "text"  # a place that its name speaks against and that holds text all the same


@dataclass(frozen=True, slots=True)
class Template:
    """A text that repeats over the pages of a site."""

    id: str  # fingerprint of the text
    text: str
    rule: Rule
    place: Place
    path: str  # where it stands most often
    pages: int  # that have it
    of: int  # pages looked at
    fixed: bool  # whether its place holds nothing that is a page's own
    first_seen: str | None = None  # YYYY-MM-DD, the publication date of the earliest page that has it
    last_seen: str | None = None
    decision: Literal["keep", "drop"] | None = None  # of a person; outranks rule and place
    examples: tuple[str, ...] = ()  # URLs


@dataclass(frozen=True, slots=True)
class Position:
    """A place below the container whose text is none of the article's, whatever it says."""

    id: str
    path: str  # below the container
    rule: Rule
    place: Place
    pages: int
    of: int
    decision: Literal["keep", "drop"] | None = None
    examples: tuple[str, ...] = ()  # texts


@dataclass(frozen=True, slots=True)
class Layout:
    """A group of pages whose text sits in the same element."""

    container: str  # the last steps of the element's path
    pages: int  # that have their text there
    of: int  # pages that have the element
    share: float  # of a page's own words that stand in the container: the lower quartile of the pages
    templates: tuple[Template, ...] = ()
    positions: tuple[Position, ...] = ()
    examples: tuple[str, ...] = ()  # URLs


@dataclass(frozen=True, slots=True)
class SiteName:
    """What the stated titles of a site begin or end with, or consist of."""

    text: str
    pages: int
    of: int


@dataclass(frozen=True, slots=True)
class TitlePlace:
    """Where the title stands as a heading."""

    path: str  # the last steps of the heading's path
    pages: int  # whose heading there is the title that the page states
    of: int  # pages that have one heading there and state a title


class Distrust(StrEnum):
    """Why the dates of a place are not believed."""

    CONSTANT = "constant"  # the same day on nearly all documents, against what else dates them
    FETCH_DAY = "fetch_day"  # the day on which the page was fetched
    CONTRADICTED = "contradicted"  # two other sources agree on another day, on most documents


@dataclass(frozen=True, slots=True)
class DatePlace:
    """A place in which pages state a date of publication."""

    source: DateSource
    place: str  # the field's name, or the last steps of the element's path
    documents: int  # that state one day there
    agreeing: int  # of these, whose other sources state the same day, give or take one
    days: int  # different ones among them
    trusted: bool = False  # whether days differ, and nearly all agree or nearly all documents have it and few disagree
    distrust: Distrust | None = None
    order: Literal["MDY", "DMY", "YMD"] | None = None  # of its numbers


@dataclass(frozen=True, slots=True)
class SiteDates:
    """How a site dates its pages."""

    order: Literal["MDY", "DMY", "YMD"] | None = None  # of all numbers on the site that tell theirs
    places: tuple[DatePlace, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteModel:
    """What was learned of a site. An empty one knows nothing and removes nothing."""

    host: str
    pages: int = 0  # that were looked at
    documents: int = 0  # different ones among them
    unlike: int = 0  # pages that are like no layout
    layouts: tuple[Layout, ...] = ()
    frame: tuple[Template, ...] = ()
    site_names: tuple[SiteName, ...] = ()
    title_places: tuple[TitlePlace, ...] = ()
    dates: SiteDates = SiteDates()
    version: int = MODEL_VERSION


class ModelError(ValueError):
    """What was to be a model is none."""


def dump_model(model: SiteModel) -> bytes:
    """Write a model as JSON: two spaces of indentation, keys in a fixed order."""
    return _adapter().dump_json(model, indent=2) + b"\n"


def load_model(data: bytes) -> SiteModel:
    """Read a model.

    Raises:
        ModelError: the data is no model, or one of another version.
    """
    try:
        model = _adapter().validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise ModelError(f"not a site model: {place}: {first['msg']}") from None
    if model.version != MODEL_VERSION:
        raise ModelError(f"a site model of version {model.version}; this program reads version {MODEL_VERSION}")
    return model


def digest_model(data: bytes) -> str:
    """Name a model by the SHA-256 of its JSON."""
    return f"sha256:{sha256(data).hexdigest()}"


@cache
def _adapter() -> TypeAdapter[SiteModel]:
    return TypeAdapter(SiteModel)
