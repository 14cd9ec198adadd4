"""The data promised to users: what a page is on its way through the pipelines, and what a record is when it leaves.

Frozen dataclasses of plain values; no Scrapy import. `schemas/record.schema.json` is generated from `Record` and
`docs/record.md` explains each field.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

SCHEMA_VERSION = "1"


class BlockKind(StrEnum):
    """What a block is, as its element or line says."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    QUOTE = "quote"
    PREFORMATTED = "preformatted"
    CAPTION = "caption"
    LINE = "line"  # one line of several that stand together, as in a postal address


class RemovedReason(StrEnum):
    """Why a block was taken out of the text. A closed list: docs/record.md explains each one."""

    HEADER_FIELD = "header_field"  # became a field of the record: a coded text file's header
    TITLE = "title"  # became the record's title
    BYLINE = "byline"  # became the record's authors or date
    REPEATED = "repeated"  # stood earlier on the same page
    CONTACT = "contact"  # address, telephone, e-mail, "contact us"
    COPYRIGHT = "copyright"
    LEGAL = "legal"  # privacy policy, terms of use, cookies
    NEWSLETTER = "newsletter"  # "get the latest", sign up, subscribe
    SHARE = "share"  # share bars, print and e-mail links
    TRAILING = "trailing"  # a short line between furniture lines at the page's end
    NOT_CONTENT = "not_content"  # inside the content region, but generic extraction left it out
    TEMPLATE = "template"  # repeats over the site's pages, above or below their text
    ABOUT = "about"  # the paragraph about the organization that closes its pages
    FIELD = "field"  # a label, a subtitle, tags: a line in a place that holds such lines on the site's pages
    DROPPED = "dropped"  # a researcher's decision
    ASIDE = "aside"  # a place that holds links, comments or the like on the site's pages


class DateSource(StrEnum):
    """Where a date stood."""

    JSON_LD = "json_ld"
    META = "meta"
    TIME = "time"
    BYLINE = "byline"
    DATELINE = "dateline"
    MARKUP = "markup"
    LINE = "line"
    URL = "url"
    FEED = "feed"
    SITEMAP = "sitemap"
    HTTP = "http"
    HTMLDATE = "htmldate"


class DateKind(StrEnum):
    """What a date says of the document."""

    PUBLISHED = "published"
    MODIFIED = "modified"
    EVENT = "event"


class ChangeReason(StrEnum):
    """Why a record changed or is gone. docs/record.md explains each one."""

    EDIT = "edit"  # the organization changed the page
    RESTORED = "restored"  # the page was gone and is there again
    MODEL = "model"  # the same page, read by another site model
    PROGRAM = "program"  # the same page, read by another version of the program or of the organization's file
    WITHDRAWN = "withdrawn"  # 404 or 410, run after run
    MOVED = "moved"  # redirects elsewhere
    DUPLICATE = "duplicate"  # is a copy of another page now
    EXCLUDED = "excluded"  # is no document any more


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside the text: its words and its absolute URL."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text with its place in the page."""

    text: str  # plain text, NFC, white space collapsed; preformatted text keeps its lines
    markdown: str
    kind: BlockKind
    path: str  # element names from the root, each with its class or id: "html/body/div.main/p"
    position: int  # counts all blocks of the page, from 0
    level: int = 0  # of a heading 1-6, of a list item its depth from 1, otherwise 0
    links: tuple[Link, ...] = ()
    reason: RemovedReason | None = None  # set when the block is already known not to be text
    support: int | None = None  # how many pages of the site gave that reason


@dataclass(frozen=True, slots=True)
class Removed:
    """A block that stood inside the content region, or in the text file, and is not in the record's text."""

    text: str
    reason: RemovedReason
    position: int  # among all blocks of the page: kept and removed blocks sorted by it give the page back
    support: int | None = None  # how many pages of the site share it; null where one page alone decided


@dataclass(frozen=True, slots=True)
class DateCandidate:
    """A date as it stood on the page or beside it, not yet read."""

    source: DateSource
    kind: DateKind
    raw: str
    place: str = ""  # where it stood: the field's name, or the element's
    labelled: bool = False  # whether words beside it say what it is: "Published:"
    order: Literal["MDY", "DMY", "YMD"] | None = None  # of its numbers, where its site has taught it
    distrust: str | None = None  # why its site has taught not to believe it
    trusted: bool = False  # whether its site has taught to believe its place before others


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """A candidate, read: either `value` or `reason` is null."""

    source: DateSource
    kind: DateKind
    place: str | None  # where it stood: the field's name, or the last steps of the element's path
    raw: str
    value: str | None  # EDTF, ISO 8601-2:2019
    reason: str | None  # why there is no value


@dataclass(frozen=True, slots=True)
class Dates:
    """The chosen dates of one document and all that spoke for or against them."""

    published: str | None = None  # EDTF
    published_earliest: str | None = None  # the first day it can mean, YYYY-MM-DD
    published_latest: str | None = None  # the last one
    published_precision: str | None = None
    published_raw: str | None = None
    modified: str | None = None  # EDTF
    evidence: tuple[DateEvidence, ...] = ()
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the record came to be: enough to make it again and to cite it."""

    fetched_at: str | None  # UTC, YYYY-MM-DDTHH:MM:SSZ; null for a file that names no fetch time
    requested_url: str | None  # what was asked for, when a redirect led elsewhere
    status: int | None  # HTTP status; null for files
    source_file: str | None  # the input file of `documents`, relative to the given path
    warc_file: str | None
    warc_offset: int | None
    payload_digest: str  # "sha256:" and the hexadecimal digest of the body as received
    encoding: str | None  # the character encoding the body was read with
    method: str  # how the text was found: docs/record.md lists the words
    model_digest: str | None  # of the sealed site model; null while single-page rules decided
    extractor_version: str  # of the generic extractor
    program_version: str


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page after extraction, before the pipelines."""

    id: str
    url: str
    organization: str | None
    collection: str
    title: str | None
    authors: tuple[str, ...]
    language: str | None
    document_type: str | None
    topics: tuple[str, ...]
    canonical_url: str | None  # as the page states it, absolute
    blocks: tuple[Block, ...]  # the content region in document order
    blocks_outside: int  # menus, sidebars, footers: counted, not carried
    date_candidates: tuple[DateCandidate, ...]
    attachments: tuple[Link, ...]
    annotations: dict[str, str]
    content_digest: str  # of title and content region: equal for the same document under two URLs
    provenance: Provenance
    date_order: Literal["MDY", "DMY", "YMD"] | None = None  # where the organization's file says it
    languages: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    dates: Dates = field(default_factory=Dates)
    record: "Record | None" = None  # where it was made ahead; `blocks` is empty then, and the record has their text
    line: bytes | None = None  # that record as a line of JSON, where it may leave as it is

    @property
    def read_by_container(self) -> bool:
        """Whether its text is what the container holds that was learned of its site."""
        return self.provenance.method.startswith("container")  # what follows, if something does, names the parser


@dataclass(frozen=True, slots=True)
class Record:
    """One document of the corpus: what is written as one JSON line, with these keys in this order."""

    id: str
    url: str
    canonical_url: str | None
    organization: str | None
    collection: str
    title: str | None
    authors: tuple[str, ...]
    date_published: str | None
    date_published_earliest: str | None
    date_published_latest: str | None
    date_published_precision: str | None
    date_published_raw: str | None
    date_evidence: tuple[DateEvidence, ...]
    date_conflict: bool
    date_modified: str | None
    document_type: str | None
    topics: tuple[str, ...]
    language: str | None
    text: str
    markdown: str
    word_count: int
    links: tuple[Link, ...]
    attachments: tuple[Link, ...]
    annotations: dict[str, str]
    removed: tuple[Removed, ...]
    digest: str
    near_duplicate_of: str | None
    change: Literal["new", "changed", "unchanged", "gone"] | None
    change_reason: ChangeReason | None
    revision: int | None
    provenance: Provenance
    schema_version: str = SCHEMA_VERSION
