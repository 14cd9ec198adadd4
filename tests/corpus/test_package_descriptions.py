"""Datasheet, README, Data Package and Croissant, from figures that were made up."""

import json
import logging
import re
import socket
import warnings
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package
from markdown_it import MarkdownIt

from crawler.corpus.formats.choose import PARQUET
from crawler.corpus.package import fields as described
from crawler.corpus.package.checksums import FileDigest, digest_file
from crawler.corpus.package.citation import Citation
from crawler.corpus.package.croissant import describe_croissant
from crawler.corpus.package.data_package import describe_package, describe_records, name_package
from crawler.corpus.package.datasheet import SECTIONS, format_datasheet
from crawler.corpus.package.figures import CollectionFigures, CorpusFigures, RecordFigures, parse_warcinfo
from crawler.corpus.package.prose import count_blanks
from crawler.corpus.package.readme import format_readme
from items import DateEvidence, Link, Provenance, Record, Removed
from tests.corpus.package_making import CITATION, describe, make_figures, make_one, make_records, pack
from tests.corpus.test_prose import HOSTILE

with warnings.catch_warnings():
    # SyntaxWarning and DeprecationWarning of its own and of jsonpath_rw, when they are compiled for the first time.
    warnings.simplefilter("ignore")
    import mlcroissant
    from mlcroissant._src.core.context import Context
    from mlcroissant._src.core.rdf import make_context

PARSER = MarkdownIt("commonmark").enable("table")


def test_each_field_is_described() -> None:
    for meanings, item in (
        (described.RECORD, Record),
        (described.LINK, Link),
        (described.EVIDENCE, DateEvidence),
        (described.REMOVED, Removed),
        (described.PROVENANCE, Provenance),
    ):
        assert list(meanings) == [field.name for field in fields(item)]
        assert all(meaning.endswith(".") for meaning in meanings.values())


# --- Prose ----------------------------------------------------------------------------------------------------------


def headings(text: str) -> list[str]:
    tokens = PARSER.parse(text)
    return [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_datasheet_has_each_question_in_its_section() -> None:
    text = format_datasheet(describe(make_figures()))
    expected = ["Datasheet: A corpus"]
    for section, questions in SECTIONS:
        expected += [section, *(question.words for question in questions)]
    assert headings(text) == expected
    assert [section for section, _ in SECTIONS] == [
        "Motivation", "Composition", "Collection process", "Preprocessing, cleaning, labeling", "Uses", "Distribution",
        "Maintenance",
    ]  # fmt: skip
    assert count_blanks(text) == sum(question.blank is not None for _, questions in SECTIONS for question in questions)
    assert all(question.answer or question.blank for _, questions in SECTIONS for question in questions)


@pytest.mark.parametrize(
    "figure",
    [
        "| records | 3 |",
        "| words | 63 |",
        "| recorded |  | 4 | 4 |",
        "| excluded | no\\_text | 2 | 0 |",
        "harbor: 6 URLs were discovered",
        "Left out by takedown lists: 1 record, by reason:",
        "| allowed,noarchive,noindex | 1 |",
        "(`noarchive`): 1.",
        "robots.txt was obeyed.",
        "Broadside/0.1.0 (+ines@a.example)",
        "| deny | /x |",
        "2.0 seconds",
        "9 finished runs, listed in `runs.csv`",
        "| harbor | 1 | 2026-03-01T02:00:00Z |",
        "| harbor | 9 | 2026-03-09T02:00:00Z |",
        "| month | 3 |",
        "| byline | 3 |",
        "| contact | 3 |",
        "1 group of near-duplicates with 2 records, the largest of 2",
        "| broadside 0.1.0 | 3 |",
        "| trafilatura 2.3.1 | 3 |",
        f"| harbor | sha256:{'2' * 64} | 3 |",
        "CC-BY-4.0",
        "| noindex | 1 |",
    ],
)
def test_the_datasheet_has_the_figures(figure: str) -> None:
    assert figure in format_datasheet(describe(make_figures()))


def test_a_long_history_is_cut_short() -> None:
    text = format_datasheet(describe(make_figures()))
    assert "| harbor | 4 | 2026-03-04T02:00:00Z |" not in text
    assert len(re.findall(r"^\| harbor \| \d \| 2026", text, re.MULTILINE)) == 6


def test_what_is_not_known_is_a_blank_and_nothing_is_made_up() -> None:
    empty = CorpusFigures(RecordFigures(), [CollectionFigures("papers")])
    for record in make_records():
        empty.records.add(record)
    whole, text = (format_datasheet(describe(figures, Citation())) for figures in (make_figures(), empty))
    assert count_blanks(text) == count_blanks(whole) + 1, "when the files were gathered"
    assert "# Datasheet: [TO BE FILLED IN: the title of the corpus]" in text
    assert "papers: all files of the given folder or manifest." in text
    assert "Files were read; no server was asked." in text


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_break_nothing(words: str) -> None:
    plain, hostile = (
        make_figures(make_records(organization=name, document_type=name, language=name), name, name)
        for name in ("name", words)
    )
    for write in (format_datasheet, lambda one: format_readme(one, ["records.jsonl"])):
        texts = [
            write(describe(one, replace(CITATION, title=title))) for one, title in ((plain, "name"), (hostile, words))
        ]
        ours, theirs = ([token.type for token in PARSER.parse(text) if token.type != "inline"] for text in texts)
        if words.strip():
            assert ours == theirs
        assert texts[1].isascii() or not re.search("[\0\u202e\u2028\x85\ud800]", texts[1])
        for token in PARSER.parse(texts[1]):
            assert token.type != "html_block"
            assert not any(child.type in ("html_inline", "image") for child in token.children or ())


def test_the_readme_names_what_is_there() -> None:
    text = format_readme(describe(make_figures()), ["records.jsonl", "models/a.json"])
    assert "`models/`" in text
    assert "`archive/`" not in text
    assert "withheld" not in text
    assert "**The texts are withheld.**" in format_readme(describe(make_figures(), with_text=False), [])


def test_warcinfo_is_read_with_folded_lines() -> None:
    found = parse_warcinfo(b'software: x\r\ndescription: {"a":\r\n 1}\r\nrobots: obey\r\n')
    assert found.fields["robots"] == "obey"
    assert found.definition == {"a": 1}
    assert parse_warcinfo(b"description: words\r\n").definition is None


# --- Descriptions for programs --------------------------------------------------------------------------------------

FILES = {
    "records.jsonl": FileDigest(3, "a" * 64),
    "records.parquet": FileDigest(4, "b" * 64),
    "record.schema.json": FileDigest(4, "b" * 64),
    "outcomes.csv": FileDigest(5, "c" * 64),
    "runs.csv": FileDigest(6, "d" * 64),
    "archive/ünï/000001.warc.gz": FileDigest(7, "e" * 64),
    "models/0.json": FileDigest(8, "f" * 64),
    "organizations/a.json": FileDigest(9, "0" * 64),
}


@pytest.mark.parametrize("citation", [CITATION, Citation()])
@pytest.mark.parametrize("with_text", [True, False])
def test_frictionless_takes_the_data_package(citation: Citation, with_text: bool) -> None:
    made = describe_package(pack(make_figures(), FILES, citation, with_text=with_text))
    assert Package.validate_descriptor(made).errors == []
    assert json.loads(json.dumps(made)) == made
    names = [resource["name"] for resource in made["resources"]]
    assert len(set(names)) == len(names) == len(FILES)
    assert all(re.fullmatch(r"[-a-z0-9._/]+", name) for name in [made["name"], *names])
    assert made["broadside"]["collections"] == [
        {"name": "harbor", "records": 3, "taken_down": 1, "models": True, "latest_run": "2026-03-09T02:00:00Z"}
    ]
    resource = made["resources"][0]
    assert (resource["path"], resource["bytes"], resource["hash"]) == (
        "archive/ünï/000001.warc.gz", 7, f"sha256:{'e' * 64}",
    )  # fmt: skip
    assert made.get("licenses") == (
        [{"name": "CC-BY-4.0", "path": "https://spdx.org/licenses/CC-BY-4.0.html"}] if citation.license else None
    )


def test_the_table_schema_says_what_is_never_null() -> None:
    columns = {column["name"]: column for column in describe_records(with_text=True)["fields"]}
    assert columns["date_published_earliest"]["type"] == "date"
    assert columns["links"]["type"] == "array"
    assert columns["provenance"]["type"] == "object"
    assert columns["text"]["constraints"] == {"required": True}
    assert "constraints" not in columns["title"]
    withheld = {column["name"]: column for column in describe_records(with_text=False)["fields"]}
    assert "constraints" not in withheld["text"]
    assert "Withheld" in withheld["markdown"]["description"]


def test_names_of_packages() -> None:
    assert (
        name_package(replace(make_figures(), collections=[CollectionFigures("Ünï_x"), CollectionFigures("b")]))
        == "n-_x-b"
    )
    assert name_package(replace(make_figures(), collections=[CollectionFigures("中文")])) == "corpus"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError(f"the network was asked: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


# rdflib deprecates a class of its own, and uses it to read JSON-LD.
RDFLIB = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
# mlcroissant 1.1 calls pandas as it was before version 3.1.
PANDAS = pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index:DeprecationWarning")


def write_croissant(folder: Path, records: list[dict[str, Any]], citation: Citation) -> Path:
    figures = make_figures(records)
    parquet = folder / "records.parquet"
    PARQUET.write((json.dumps(record) for record in records), parquet, None)
    path = folder / "croissant.json"
    files = {"records.parquet": digest_file(parquet)}
    path.write_text(json.dumps(describe_croissant(pack(figures, files, citation))), "utf-8")
    return path


def plain(value: Any) -> Any:
    """Give what mlcroissant reads as JSON has it: bytes are texts, and names are without their record set."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name.rpartition("/")[2]: plain(one) for name, one in value.items()}
    if isinstance(value, datetime):
        # Pandas has days as moments, and moments of UTC with their zone.
        return value.strftime("%Y-%m-%dT%H:%M:%SZ" if value.tzinfo is not None else "%Y-%m-%d")
    if isinstance(value, date):
        return value.isoformat()
    return value


def read_croissant(path: Path) -> Iterator[dict[str, Any]]:
    for record in mlcroissant.Dataset(jsonld=str(path)).records("records"):
        read = plain(record)
        read["annotations"] = {one["key"]: one["value"] for one in read["annotations"]}
        yield read


@RDFLIB
@PANDAS
def test_mlcroissant_reads_the_records(tmp_path: Path, no_network: None, caplog: pytest.LogCaptureFixture) -> None:
    records = make_records()
    bare = replace(
        make_one("bare").provenance, fetched_at=None, status=None, warc_file=None, warc_offset=None, model_digest=None
    )
    records += make_records(
        title=None, links=(), attachments=(), authors=(), topics=(), annotations={}, removed=(), date_evidence=(),
        date_published=None, date_published_earliest=None, date_published_latest=None, revision=None, change=None,
        provenance=bare,
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        path = write_croissant(tmp_path, records, CITATION)
        dataset = mlcroissant.Dataset(jsonld=str(path))
    issues = dataset.metadata.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert list(read_croissant(path)) == records


@RDFLIB
@PANDAS
def test_mlcroissant_takes_a_package_without_title_and_license(tmp_path: Path, no_network: None) -> None:
    path = write_croissant(tmp_path, make_records(), Citation())
    assert mlcroissant.Dataset(jsonld=str(path)).metadata.issues.errors == set()
    assert len(list(read_croissant(path))) == 3


def test_the_context_is_that_of_the_standard() -> None:
    context = make_context(Context(conforms_to="http://mlcommons.org/croissant/1.0"))
    assert describe_croissant(pack(make_figures(), FILES))["@context"] == context
