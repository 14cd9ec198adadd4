"""What figures answer of a datasheet's questions, each as a paragraph or a table of Markdown."""

from collections import Counter

from crawler import __version__
from crawler.corpus.package.citation import to_license_url
from crawler.corpus.package.described import Described, count_of, count_table, sort_counts
from crawler.corpus.package.prose import make_blank, to_markdown, to_table

INSTANCES = (
    "Documents: pages of the organizations' sites, or files of a researcher, one record each. A record is what a page "
    "said when it was read; where a page is gone, the last state that was read stays in the corpus."
)
CONFIDENTIAL = (
    "Pages were asked for as any visitor would: no login, no cookie, no form. Files are those of the researcher."
)
THIRD_PARTIES = "From what organizations publish, not from the individuals whom they write about."
DISTRIBUTED = "Whoever has a copy must be told of takedowns; replace this package by a new one then."
FORM = (
    "As this folder: JSON lines and Parquet with the same records, described by `datapackage.json` (Data Package) and "
    "`croissant.json` (Croissant), with checksums in `SHA256SUMS` and the citation in `CITATION.cff`."
)
UPDATES = (
    "The same command brings a collection up to date; a new package then has its own version. Records keep their "
    "`id`; `revision` counts their versions."
)


def preface(described: Described) -> str:
    """Say what the page is, and what is to be done with it."""
    withheld = "" if described.with_text else " The texts of the documents are withheld from it."
    when = described.figures.latest_run
    dated = f", as the runs left it of which the last one began {when}" if when is not None else ""
    return (
        f"This corpus was packed by broadside {__version__}{dated}.{withheld} The questions are those of Gebru et "
        "al., [Datasheets for Datasets](https://doi.org/10.1145/3458723). Figures come from the corpus and its "
        "ledgers. What only a person can say is marked as to be filled in: write in the place of the mark, brackets "
        "included; `scrapy verify` counts what is left."
    )


def creators(described: Described) -> str:
    """Name the authors."""
    names = described.citation.authors
    return (
        f"Named as authors: {'; '.join(to_markdown(one.name) for one in names)}." if names else "No author was named."
    )


def counts(described: Described) -> str:
    """Count records."""
    records = described.figures.records
    rows: list[tuple[object, object]] = [
        ("records", records.records),
        ("words", records.words),
        ("words of the shortest record", records.shortest or 0),
        ("words of the longest record", records.longest),
        ("first day that a date of publication can mean", records.earliest or "none"),
        ("last day that one can mean", records.latest or "none"),
    ]
    tables = [to_table(("what", "figure"), rows, numbers=[1])]
    tables.append(count_table("collection", records.by_collection))
    for name, counter in (
        ("organization", records.by_organization),
        ("document type", records.by_type),
        ("language", records.by_language),
        ("year", records.by_year),
    ):
        if counter:
            tables.append(count_table(name, counter, by_name=name == "year"))
    return "\n\n".join(tables)


def completeness(described: Described) -> str:
    """Say what became of all that was found."""
    parts = []
    for one in described.figures.collections:
        name = to_markdown(one.name)
        if not one.has_ledger:
            parts.append(f"{name}: files that the researcher had; the program did not look for others.")
            continue
        parts.append(
            f"{name}: {one.urls:,} URLs were discovered, by what the sites and inputs name; what nothing names was not "
            "found. Their latest visits ended as follows (`outcomes.csv`); `records` counts those that have a record."
        )
        rows = [(total.state, total.reason or "", total.urls, total.recorded) for total in one.outcomes]
        parts.append(to_table(("state", "reason", "URLs", "records"), rows, numbers=[2, 3]))
    taken_down = described.figures.taken_down
    if taken_down:
        parts.append(f"Left out by takedown lists: {count_of(taken_down.total(), 'record')}, by reason:")
        parts.append(count_table("reason", taken_down))
    return "\n\n".join(parts)


def fields_of_instances(described: Described) -> str:
    """Point to the schema."""
    said = (
        "Text as plain text and as Markdown, catalog entry, dates with all evidence for them, links, attachments, "
        "removed blocks with reasons, the researcher's own columns, and provenance. `record.schema.json` is the JSON "
        "Schema; `datapackage.json` describes each field in a sentence."
    )
    if described.with_text:
        return said
    return (
        f"{said} Withheld, and null: `text`, `markdown`, the words of links, attachments and removed blocks, and "
        "other values that repeat the text. Addresses, dates, counts and digests stay."
    )


def labels(described: Described) -> str:
    """Say whose labels there are."""
    return (
        "`document_type`, `topics` and `annotations` are the researcher's own words, from an organization's file or "
        "a table; the program classifies nothing. Records with a document type: "
        f"{described.figures.records.by_type.total():,} of {described.figures.records.records:,}."
    )


def missing(described: Described) -> str:
    """Count what is missing."""
    records = described.figures.records
    table = "No record lacks an optional field."
    if records.missing:
        table = to_table(("field", "records without"), sort_counts(records.missing), numbers=[1])
    return (
        "What no evidence states is null, never guessed; a missing day or month is not filled in.\n\n"
        f"{table}\n\nPrecision of the dates of publication, and the sources that gave them:\n\n"
        f"{count_table('precision', records.by_precision)}\n\n{count_table('source', records.by_evidence)}"
    )


def relationships(described: Described) -> str:
    """Count near-duplicates."""
    clusters = described.figures.clusters
    return (
        "`links` has the addresses that a document links to. `near_duplicate_of` names, for a record that is nearly "
        "the same as an earlier one of this corpus (joint statements, republished releases), that one's `id`: "
        f"{count_of(len(clusters), 'group')} of near-duplicates with "
        f"{count_of(sum(clusters), 'record')}{f', the largest of {clusters[0]:,}' if clusters else ''}. Nothing is "
        "left out on their account."
    )


def noise(described: Described) -> str:
    """Count what is doubtful."""
    records = described.figures.records
    rows: list[tuple[object, object]] = [
        ("records whose statements of the date disagree", records.conflicts),
        (
            "records that are near-duplicates of another one",
            sum(described.figures.clusters) - len(described.figures.clusters),
        ),
    ]
    return (
        "Texts are extracted by a program and may lack a passage or keep a line of furniture; titles and dates may "
        f"be wrong.\n\n{to_table(('what', 'figure'), rows, numbers=[1])}\n\nHow the texts were "
        f"found:\n\n{count_table('method', records.by_method)}"
    )


def self_contained(described: Described) -> str:
    """Say what lies elsewhere."""
    if not described.with_text:
        return (
            "The texts are not in it. `url` is where each page was; with the page, `provenance.payload_digest` tells "
            "whether its bytes are the same, and `digest` whether title, date, text and attachments are. The archive, "
            "which has the pages, is with whoever made the corpus."
        )
    archive = (
        "The answers of the servers that the records were read from are in `archive/`."
        if described.with_archive
        else "The answers of the servers that the records were read from are with whoever made the corpus, not in it."
    )
    return f"Texts are in it. Links and attachments lead to the web and are not; they may change or go. {archive}"


def individuals(described: Described) -> str:
    """Say that names are not looked for."""
    names = "" if described.with_text else " The texts are withheld; titles and authors may name people."
    return f"The program does not look for names and removes none.{names}"


def taken_down(described: Described) -> str:
    """Count takedowns."""
    left_out = count_of(described.figures.taken_down.total(), "record")
    return f"Requests to take something down are kept in a list that each new package heeds. It left out {left_out}."


def cleaning(described: Described) -> str:
    """Count what was removed."""
    records = described.figures.records
    return (
        "Menus, footers and what else repeats over a site were removed; dates were normalized to EDTF. The text is "
        "otherwise as the page has it, in Unicode NFC. Blocks that stood inside the content region and were removed, "
        f"in {count_of(records.records_with_removed, 'record')}, each kept in "
        f"`removed`:\n\n{count_table('reason', records.removed)}"
    )


def raw(described: Described) -> str:
    """Say where the raw data is."""
    if described.with_archive:
        return "Yes: `archive/` has, as WARC, the answer of the server that each record was read from."
    if any(one.has_ledger for one in described.figures.collections):
        return (
            "Yes, as WARC, with whoever made the corpus, and not in this package; `provenance` names file, offset "
            "and digest."
        )
    return "The files are with the researcher; `provenance` names them, with their digests."


def software(described: Described) -> str:
    """Name versions and models."""
    records = described.figures.records
    parts = [count_table("program", records.by_program), count_table("generic extractor", records.by_extractor)]
    if records.by_model:
        rows = [(name, digest, number) for (name, digest), number in sorted(records.by_model.items())]
        where = (
            "in `models/`, but for collections of which something was taken down" if described.with_text else "withheld"
        )
        parts.append(f"Site models by which pages were read ({where}, as they quote the pages):")
        parts.append(to_table(("collection", "model", "records"), rows, numbers=[2]))
    return "\n\n".join(parts)


def caveats(described: Described) -> str:
    """Say what no figure can repair."""
    gone = described.figures.records.by_change["gone"]
    return (
        "Sites are selective about their own past: what they removed before the first run is not here. Comparisons "
        "over time must allow for redesigns and moved pages. A page's state is that of its latest change, not of its "
        f"first publication. Records whose pages are gone by now: {gone:,} (`change` is `gone`)."
    )


def terms(described: Described) -> str:
    """Name the license."""
    license_id = described.citation.license
    if license_id is None:
        return make_blank("the license of the compilation")
    return f"The compilation: [{license_id}]({to_license_url(license_id)})."


def restrictions(described: Described) -> str:
    """Count reservations that machines can read."""
    said = Counter[str]()
    for one in described.figures.collections:
        for verdict, number in one.verdicts.items():
            for word in (verdict or "").split(",")[1:]:
                said[word] += number
    if not said:
        return "No page was found to say `noindex`, `noarchive`, `noai` or the like to crawlers."
    return f"What pages say to crawlers, and on how many URLs:\n\n{count_table('word', said)}"


def contact(described: Described) -> str:
    """Name the user agent's contact."""
    agents = {
        one.latest.fields.get("http-header-user-agent", "") for one in described.figures.collections if one.latest
    }
    named = ", ".join(to_markdown(agent) for agent in sorted(agents) if "(+" in agent)
    return (
        f"The servers were told to write to the contact in the user agent: {named}."
        if named
        else "The user agent named no contact."
    )
