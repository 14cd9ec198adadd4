"""Records for the tests of the report, as they are read from JSON lines, and reports of them without a collection."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from crawler.corpus.near_duplicates import find_near_duplicates
from crawler.corpus.reporting.redesign import find_signs
from crawler.corpus.reporting.report import CollectionReport, Report
from crawler.corpus.reporting.statistics import Counting
from crawler.extraction.model import SiteModel
from crawler.storage.visits import Account
from items import Provenance, Record

NAME = "office"
PROVENANCE = Provenance(
    "2026-03-01T02:00:00Z",
    None,
    200,
    None,
    "1.warc.gz",
    1,
    "sha256:0",
    "utf-8",
    "container",
    None,
    "none",
    "broadside 0",
)
BLANK = Record(
    id="",
    url="",
    canonical_url=None,
    organization=None,
    collection=NAME,
    title=None,
    authors=(),
    date_published=None,
    date_published_earliest=None,
    date_published_latest=None,
    date_published_precision=None,
    date_published_raw=None,
    date_evidence=(),
    date_conflict=False,
    date_modified=None,
    document_type=None,
    topics=(),
    language=None,
    text="",
    markdown="",
    word_count=0,
    links=(),
    attachments=(),
    annotations={},
    removed=(),
    digest="sha256:0",
    near_duplicate_of=None,
    change="new",
    change_reason=None,
    revision=1,
    provenance=PROVENANCE,
)
_BLANK = json.dumps(asdict(BLANK))
# What others may have written: formulas, markup, ends of lines, half of a pair, signs that turn the direction.
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>document.title = 'ran'; alert(1)</script>",
    "</style><style>* { display: none }</style>",
    "</title></bdi></p><img src=x onerror=\"document.title = 'ran'\">",
    "]]> <!-- --> <![CDATA[",
    "a\x00NUL and \x1b[2J",
    "half of a pair \ud800 here \udfff",
    "one\u2028two\u2029three",
    "\u202etxt.exe \u2066 never closed",
    "\u2069\u2069 closes what it did not open \u202d",
    "שלום לכולם: דו״ח שנתי",
    "تقرير عن حقوق الإنسان",
    "$names ${style} {0} %s",
    "&lt;b&gt; &amp;amp; &#60;",
)


def record(number: int, text: str = "", *, date: str | None = None, **fields: Any) -> dict[str, Any]:
    """A record; `date` is as exact as it is written: 2015, 2015-03, 2015-03-27. Provenance may be given in part."""
    made: dict[str, Any] = json.loads(_BLANK)
    text = text or f"Record {number} says something of its own."
    made |= {
        "id": sha256(str(number).encode()).hexdigest()[:20],
        "url": f"https://office.example/{number:06}",
        "title": f"Title {number}",
        "text": text,
        "word_count": len(text.split()),
    }
    if date is not None:
        first, last, precision = {
            4: (f"{date}-01-01", f"{date}-12-31", "year"),
            7: (f"{date}-01", f"{date}-28", "month"),
            10: (date, date, "day"),
        }[len(date)]
        made |= {
            "date_published": date,
            "date_published_earliest": first,
            "date_published_latest": last,
            "date_published_precision": precision,
            "date_published_raw": date,
            "date_evidence": [evidence("byline", date, date)],
        }
    made["provenance"] |= fields.pop("provenance", {})
    return made | fields


def evidence(
    source: str, raw: str, value: str | None, *, kind: str = "published", reason: str | None = None
) -> dict[str, Any]:
    return {"source": source, "kind": kind, "place": "p", "raw": raw, "value": value, "reason": reason}


def removed(text: str, reason: str = "template", position: int = 0, support: int | None = None) -> dict[str, Any]:
    return {"text": text, "reason": reason, "position": position, "support": support}


def count_all(records: Iterable[Mapping[str, Any]], **options: Any) -> Counting:
    counting = Counting(**options)
    for one in records:
        counting.add(NAME, one)
    return counting


def make_report(
    records: Iterable[Mapping[str, Any]],
    *,
    sample: int = 20,
    seed: int = 0,
    run: str | None = "2026-03-01T02:00:00Z",
    accounts: Sequence[Account] = (),
    models: Mapping[str, SiteModel] | None = None,
    left_out: Mapping[str, int] | None = None,
) -> Report:
    """What `gather_report` would give of one collection."""
    models = models or {}
    counting = Counting({(NAME, host): model for host, model in models.items()}, sample=sample, seed=seed)
    found = find_near_duplicates(counting.watch(NAME, (json.dumps(one) for one in records)))
    return Report(
        collections=[CollectionReport(NAME, run, 1, False, accounts, models)],
        statistics=counting.found,
        near_duplicates=found,
        near_duplicated=sum(len(cluster) - 1 for cluster in found.clusters),
        left_out=Counter(left_out or {}),
        signs=[
            find_signs(site, count, models.get(site[1]), (), None if run is None else {}, None)
            for site, count in counting.found.sites.items()
        ],
        seed=seed,
    )
