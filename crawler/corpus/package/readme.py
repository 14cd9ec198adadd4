"""README.md of a package: what is what, how to load it, and how to check it without this program."""

from collections.abc import Sequence

from crawler import __version__
from crawler.corpus.package import fields
from crawler.corpus.package.citation import Citation, to_license_url, to_sentence
from crawler.corpus.package.described import Described
from crawler.corpus.package.prose import make_blank, to_markdown, to_table

_ROWS = (
    ("README.md", "This page. Edit it as you like."),
    (
        "DATASHEET.md",
        "What the corpus is and how it came about, question by question; some are for a person to answer.",
    ),
    ("CITATION.cff", "How to cite it (Citation File Format 1.2.0)."),
    ("records.jsonl", "The records: one document a line, as JSON in UTF-8."),
    ("records.parquet", "The same records in the same order, with typed columns."),
    ("record.schema.json", "The JSON Schema of a record."),
    ("outcomes.csv", "Every URL that was discovered, counted by collection, state and reason."),
    ("runs.csv", "The runs by which it came about."),
    ("organizations/", "The organization's file of each collection, as it stood in the latest run."),
    ("models/", "The site models by which pages were read, each named by its SHA-256, which records name."),
    ("archive/", "The answers of the servers that the records were read from, as WARC 1.1."),
    ("datapackage.json", "All of this for programs: a Data Package, with the meaning of each column."),
    ("croissant.json", "The same as Croissant, for machine-learning tools."),
    (
        "SHA256SUMS",
        "Digests of all files but itself and the three that are to be edited: README, DATASHEET and CITATION.",
    ),
)
_MADE_LATER = ("README.md", "DATASHEET.md", "CITATION.cff", "datapackage.json", "croissant.json", "SHA256SUMS")
_LOADING = """\
```python
import pandas
records = pandas.read_parquet("records.parquet")
```

```r
records <- arrow::read_parquet("records.parquet")
records <- jsonlite::stream_in(file("records.jsonl"))  # or without arrow
```

```sql
-- DuckDB
select organization, count(*) from 'records.parquet' group by organization;
```

JSON lines are read by all of them as well; each line has the same keys in the same order."""
_CHECKING = """\
```
sha256sum -c SHA256SUMS
```

needs no other program and says `OK` for each file (on macOS: `shasum -a 256 -c SHA256SUMS`). The program that made
the package has a command `scrapy verify`, which checks what the files say as well: every record by its schema, Parquet
against JSON lines, descriptions against files, and it lists what is still to be filled in."""


def _describe_field(name: str, meaning: str) -> str:
    return f"| `{name}` | {to_markdown(meaning)} |"


def _cite(citation: Citation) -> str:
    sentence = to_sentence(citation)
    return "Cite it as `CITATION.cff` says." if sentence is None else f"Cite it as: {to_markdown(sentence)}"


def _license(citation: Citation, *, with_text: bool) -> str:
    compiled = "The compilation and its descriptions"
    said = (
        make_blank("the license")
        if citation.license is None
        else f"[{citation.license}]({to_license_url(citation.license)})"
    )
    texts = " The texts are their authors' and organizations', and no part of what it licenses." if with_text else ""
    return f"{compiled}: {said}.{texts}"


def format_readme(described: Described, paths: Sequence[str]) -> str:
    """Write the page.

    Args:
        described: the corpus.
        paths: the files of the package that are there by now.
    """
    citation, figures = described.citation, described.figures
    title = to_markdown(citation.title) if citation.title else make_blank("the title of the corpus")
    there = {path.partition("/")[0] + ("/" if "/" in path else "") for path in paths} | set(_MADE_LATER)
    rows = [f"| `{name}` | {meaning} |" for name, meaning in _ROWS if name in there]
    version = "" if citation.version is None else f"Version {to_markdown(citation.version)}, "
    parts = [
        f"# {title}",
        f"{to_markdown(citation.abstract or '')} {version}made by broadside {__version__}.",
    ]
    if not described.with_text:
        parts.append(
            "**The texts are withheld.** `text`, `markdown`, the words of links, attachments and removed blocks are "
            "null, and so is what repeats the text elsewhere. To have the texts back, ask for the pages yourself: "
            "`url` says where each was, `provenance.fetched_at` when it was read. Where the body of the answer has "
            "the SHA-256 in `provenance.payload_digest`, it is the same page to the byte, and the same program gives "
            "the record with the same `digest`, that of title, date, text and attachments. A web archive may have it "
            "where the site does not any more. Whoever made the corpus holds the archive and may let you work with it."
        )
    parts += [
        to_table(("collection", "records"), sorted(figures.records.by_collection.items()), numbers=[1]),
        "## Files",
        "\n".join(("| file | what it is |", "| --- | --- |", *rows)),
        "## Loading",
        _LOADING,
        "## Fields of a record",
        "\n".join(
            ("| field | what it holds |", "| --- | --- |", *(_describe_field(*one) for one in fields.RECORD.items()))
        ),
        "What stands inside of `date_evidence`, `links`, `attachments`, `removed` and `provenance` is described in "
        "`datapackage.json`, under the same names.",
        "## Citing, license, contact",
        _cite(citation),
        _license(citation, with_text=described.with_text),
        make_blank("whom to write to, also about a document that should not be in it"),
        "## Checking",
        _CHECKING,
    ]
    if described.with_archive:
        parts += [
            "## The archive",
            "`archive/COLLECTION/FILE` has, for each record, the response that it was read from, at the byte "
            "`provenance.warc_offset` of the file `provenance.warc_file`, and the request behind it. Nothing else "
            "was taken from the archive of the crawl: no listings, no earlier states of a page, nothing that was "
            "taken down. So the offsets are those of these files, and not those of the crawl's own.",
        ]
    return "\n\n".join(parts) + "\n"
