"""Records and figures for tests of packages."""

import json
from dataclasses import replace
from typing import Any

from crawler.corpus.package.citation import Author, Citation
from crawler.corpus.package.data_package import Packed
from crawler.corpus.package.described import Described
from crawler.corpus.package.figures import CollectionFigures, CorpusFigures, RecordFigures, Warcinfo
from crawler.storage.feeds import to_json_line
from crawler.storage.totals import RunTotal
from crawler.storage.visits import Account, State
from items import DateEvidence, DateKind, DateSource, Link, Provenance, Record, Removed, RemovedReason

TEXT = "The county keeps a list of the people it has turned away. Nobody outside of the building has ever read it."


def make_one(name: str = "one", **changes: Any) -> Record:
    url = f"https://a.example/{name}"
    made = Record(
        id=(name.encode().hex() * 20)[:20],
        url=url,
        canonical_url=url,
        organization="Harbor Law",
        collection="harbor",
        title=f"The page {name}",
        authors=("Ines Okafor",),
        date_published="2015-03",
        date_published_earliest="2015-03-01",
        date_published_latest="2015-03-31",
        date_published_precision="month",
        date_published_raw="March 2015",
        date_evidence=(DateEvidence(DateSource.BYLINE, DateKind.PUBLISHED, "div.date", "March 2015", "2015-03", None),),
        date_conflict=False,
        date_modified=None,
        document_type="Report",
        topics=("jails",),
        language="en",
        text=TEXT,
        markdown=TEXT,
        word_count=21,
        links=(Link("the list", "https://a.example/list"),),
        attachments=(Link("the letter", "https://a.example/letter.pdf"),),
        annotations={"coder": "AB"},
        removed=(Removed("Call us about the list of people at any time.", RemovedReason.CONTACT, 4, 3),),
        digest=f"sha256:{'0' * 64}",
        near_duplicate_of=None,
        change="new",
        change_reason=None,
        revision=1,
        provenance=Provenance(
            "2026-03-01T02:00:00Z", None, 200, None, "000001.warc.gz", 300, f"sha256:{'1' * 64}", "utf-8", "container",
            f"sha256:{'2' * 64}", "trafilatura 2.3.1", "broadside 0.1.0",
        ),
    )  # fmt: skip
    return replace(made, **changes)


def make_records(**changes: Any) -> list[dict[str, Any]]:
    return [json.loads(to_json_line(make_one(name, **changes))) for name in ("one", "two", "three")]


WARCINFO = Warcinfo(
    {
        "http-header-user-agent": "Broadside/0.1.0 (+ines@a.example)",
        "robots": "obey",
        "description": json.dumps(
            {"homepage": "https://a.example/", "seeds": [], "crawl_delay": 2.0, "urls": {"deny": ["/x"]}}
        ),
    }
)


def make_figures(
    records: list[dict[str, Any]] | None = None, name: str = "harbor", word: str = "no_text"
) -> CorpusFigures:
    counted = RecordFigures()
    for record in make_records() if records is None else records:
        counted.add(record)
    collection = CollectionFigures(
        name,
        outcomes=[Account(State.EXCLUDED, word, 2, 0), Account(State.RECORDED, None, 4, 4)],
        verdicts={None: 1, "allowed": 4, "allowed,noarchive,noindex": 1},
        roles={"page": 5, "robots": 1},
        runs=[
            RunTotal(
                number, f"crawl {name}", f"2026-03-0{number}T02:00:00Z", f"2026-03-0{number}T03:00:00Z", 6, 3, 1, 0
            )
            for number in range(1, 10)
        ],
        taken_down={word: 1},
        latest=WARCINFO,
    )
    return CorpusFigures(counted, [collection], [2])


CITATION = Citation(
    "A corpus", (Author("Okafor", "Ines"), Author("Harbor Law")), "CC-BY-4.0", "2026.3.9", "2026-03-09", "Some."
)


def describe(figures: CorpusFigures, citation: Citation = CITATION, *, with_text: bool = True) -> Described:
    return Described(figures, citation, with_text=with_text, with_archive=False)


def pack(
    figures: CorpusFigures, files: dict[str, Any], citation: Citation = CITATION, *, with_text: bool = True
) -> Packed:
    return Packed(figures, citation, files, {}, with_text=with_text, with_archive=False)
