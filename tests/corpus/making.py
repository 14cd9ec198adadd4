"""Records for tests of what becomes of a corpus: as one has them, and as nobody wants them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from crawler.storage.feeds import to_json_line
from items import DateEvidence, DateKind, DateSource, Link, Provenance, Record, Removed, RemovedReason

FETCHED = Provenance(
    fetched_at="2026-11-23T13:32:31Z",
    requested_url=None,
    status=200,
    source_file=None,
    warc_file="000001.warc.gz",
    warc_offset=126412,
    payload_digest="sha256:52b8a647",
    encoding="utf-8",
    method="container",
    model_digest="sha256:317879f4",
    extractor_version="trafilatura 2.3.1",
    program_version="broadside 0.1.0",
)
HOSTILE_TITLES = (
    "=cmd|' /C calc'!A0",
    "'=1+1",
    "+1 (212) 555-0140",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\tTab first",
    "＝1+1",
    "<script>window.broken = true; alert(1)</script>",
    "</style></title><img src=x onerror=alert(1)>",
    "]]> --> */ ${7*7} {{7*7}} %(x)s",
    "a NUL \0 inside",
    "half a pair \ud800 inside",
    "the other half \udfff",
    "line\u2028separator, paragraph\u2029separator, next\x85line",
    "\u202ereversed by an override",
    "\u05d4\u05e6\u05d4\u05e8\u05d4 \u0628\u064a\u0627\u0646 (statement)",
    'quotes " and "" and \' and ` and \\',
    "comma, semicolon; tab\there",
    "first line\nsecond line\r\nthird line\rfourth",
    "| pipes | in | a table |",
    "NA",
    "null",
    "0012",
    "1e5",
    "2015-03",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 a family, n\u0303 decomposed",
    "\ufeffa byte order mark",
    " space around ",
)


def make_record(name: str, **fields: Any) -> Record:
    """A record with something in each field; its id is made of the name."""
    made = Record(
        id=sha256(name.encode()).hexdigest()[:20],
        url=f"https://harbor.example/{name}",
        canonical_url=None,
        organization="Harbor Law Collective",
        collection="harbor",
        title=f"The title of {name}",
        authors=("Ines Okafor", "Mara Quill"),
        date_published="2012-03",
        date_published_earliest="2012-03-01",
        date_published_latest="2012-03-31",
        date_published_precision="month",
        date_published_raw="March 2012",
        date_evidence=(
            DateEvidence(DateSource.BYLINE, DateKind.PUBLISHED, "td/p", "March 2012", "2012-03", None),
            DateEvidence(DateSource.HTTP, DateKind.MODIFIED, None, "yesterday", None, "relative"),
        ),
        date_conflict=False,
        date_modified="2018-06-04",
        document_type="Press Release",
        topics=("housing",),
        language="en",
        text=f"The first paragraph of {name}.\n\n- an item\n- another",
        markdown=f"The **first** paragraph of {name}.\n\n- an item\n- another",
        word_count=8,
        links=(Link("the engineer’s letter", "https://harbor.example/letter"),),
        attachments=(Link("PDF", "https://harbor.example/letter.pdf"),),
        annotations={},
        removed=(
            Removed("By Ines Okafor and Mara Quill", RemovedReason.BYLINE, 3),
            Removed("40 Chandler Street", RemovedReason.TEMPLATE, 9, 6),
        ),
        digest="sha256:eee7cbf7",
        near_duplicate_of=None,
        change="new",
        change_reason=None,
        revision=1,
        provenance=FETCHED,
    )
    return replace(made, **fields)


def make_lines(records: Sequence[Record]) -> list[str]:
    """Write records as JSON; half of a surrogate pair as an escape, as only JSON can hold it."""
    return [escape(to_json_line(record)) for record in records]


def escape(line: str) -> str:
    return "".join(f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one for one in line)


def make_hostile() -> list[Record]:
    """Records that hold each hostile title wherever a page, a list or an organization file may have put it."""
    return [
        make_record(
            f"hostile-{number}",
            title=title,
            authors=(title, "An author; of two"),
            organization=title,
            document_type=title,
            topics=(title, "back\\slash"),
            text=f"{title}\n\nA text.",
            markdown=title,
            date_published_raw=title,
            links=(Link(title, f"https://harbor.example/?q={title}"),),
            annotations={"note": title, title: "a column of that name", "Note": "another case", "empty": ""},
            removed=(Removed(title, RemovedReason.TEMPLATE, 1, 4),),
        )
        for number, title in enumerate(HOSTILE_TITLES)
    ]


def make_bare() -> Record:
    """A record without anything that may be missing."""
    nothing: dict[str, Any] = dict.fromkeys(
        (
            "canonical_url",
            "organization",
            "title",
            "date_published",
            "date_published_earliest",
            "date_published_latest",
            "date_published_precision",
            "date_published_raw",
            "date_modified",
            "document_type",
            "language",
            "change",
            "revision",
        )
    )
    none: dict[str, Any] = dict.fromkeys(("authors", "date_evidence", "topics", "links", "attachments", "removed"), ())
    file = Provenance(None, None, None, "a.txt", None, None, "sha256:0", None, "text", None, "none", "broadside 0")
    return make_record("bare", **nothing, **none, provenance=file)


def replaced(value: Any) -> Any:
    """A value as an export has it: U+FFFD for what some readers do not take."""
    if isinstance(value, str):
        return "".join("\ufffd" if one == "\0" or "\ud800" <= one <= "\udfff" else one for one in value)
    if isinstance(value, list):
        return [replaced(one) for one in value]
    if isinstance(value, dict):
        return {replaced(name): replaced(one) for name, one in value.items()}
    return value


def read_lines(lines: Sequence[str]) -> list[dict[str, Any]]:
    return [replaced(json.loads(line)) for line in lines]
