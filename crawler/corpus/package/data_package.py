"""datapackage.json: the package as a Data Package, with the meaning and type of each column.

Sources: https://specs.frictionlessdata.io/data-package/ and https://specs.frictionlessdata.io/table-schema/ (version 1,
whose properties version 2 of https://datapackage.org keeps).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from crawler import __version__
from crawler.corpus.columns import RECORD_COLUMNS, Kind
from crawler.corpus.package import fields
from crawler.corpus.package.checksums import FileDigest
from crawler.corpus.package.citation import Citation, to_license_url
from crawler.corpus.package.figures import CorpusFigures
from crawler.corpus.package.withholding import withhold_from_schema
from crawler.extraction.record import record_schema

DATA_PACKAGE = "datapackage.json"
MADE = "broadside"  # the key under which stands what no specification has a word for
# What a file is: the resource's format and media type, by the end of its name.
_FORMATS: Mapping[str, tuple[str, str]] = {
    ".jsonl": ("jsonl", "application/jsonl"),
    ".parquet": ("parquet", "application/vnd.apache.parquet"),
    ".json": ("json", "application/json"),
    ".csv": ("csv", "text/csv"),
    ".gz": ("warc.gz", "application/warc"),
}
_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.NUMBER: "integer",
    Kind.TRUTH: "boolean",
    Kind.DAY: "date",
    Kind.MOMENT: "datetime",
    Kind.TEXTS: "array",
    Kind.PARTS: "array",
    Kind.MAPPING: "object",
    Kind.PART: "object",
}
_COUNTS = ("urls", "records", "run", "new", "changed", "gone")


@dataclass(frozen=True, slots=True)
class Packed:
    """What a package holds."""

    figures: CorpusFigures
    citation: Citation
    files: Mapping[str, FileDigest]  # the data, by path
    documents: Mapping[str, FileDigest]  # what people may edit, as it was made
    with_text: bool
    with_archive: bool
    withheld_models: frozenset[str] = frozenset()  # collections whose site models stay out


def describe_package(packed: Packed) -> dict[str, Any]:
    """Make the descriptor.

    Returns:
        JSON values. What no specification has a word for stands under the key `broadside`: the counts by collection,
        and what the documents were that people may edit.
    """
    citation, figures = packed.citation, packed.figures
    descriptor: dict[str, Any] = {"profile": "data-package", "name": name_package(figures)}
    if citation.title is not None:
        descriptor["title"] = citation.title
    if citation.abstract is not None:
        descriptor["description"] = citation.abstract
    if citation.version is not None:
        descriptor["version"] = citation.version
    if figures.latest_run is not None:
        descriptor["created"] = figures.latest_run
    if citation.authors:
        descriptor["contributors"] = [{"title": author.name, "role": "author"} for author in citation.authors]
    if citation.license is not None:
        descriptor["licenses"] = [{"name": citation.license, "path": to_license_url(citation.license)}]
    descriptor["resources"] = [_describe_file(path, packed) for path in sorted(packed.files)]
    descriptor[MADE] = {
        "program": f"broadside {__version__}",
        "text": packed.with_text,
        "archive": packed.with_archive,
        "collections": [
            {
                "name": one.name,
                "records": figures.records.by_collection[one.name],
                "taken_down": sum(one.taken_down.values()),
                "models": one.name not in packed.withheld_models,
                "latest_run": one.runs[-1].started_at if one.runs else None,
            }
            for one in figures.collections
        ],
        "documents": [
            {"path": path, "bytes": digest.size, "hash": f"sha256:{digest.sha256}"}
            for path, digest in sorted(packed.documents.items())
        ],
    }
    return descriptor


def name_package(figures: CorpusFigures) -> str:
    """Name the package by its collections, in the letters that the specification allows."""
    joined = "-".join(one.name for one in figures.collections).lower()
    allowed = "".join(
        character if character.isascii() and (character.isalnum() or character in "-._") else "-"
        for character in joined
    )
    return allowed.strip("-._")[:100] or "corpus"


def _describe_file(path: str, packed: Packed) -> dict[str, Any]:
    digest = packed.files[path]
    kind, media_type = _FORMATS[PurePosixPath(path).suffix]
    resource: dict[str, Any] = {
        "name": _name_resource(path),
        "path": path,
        "description": _describe(path),
        "format": kind,
        "mediatype": media_type,
        "bytes": digest.size,
        "hash": f"sha256:{digest.sha256}",
    }
    if kind not in ("parquet", "warc.gz"):
        resource["encoding"] = "utf-8"
    if path in ("records.jsonl", "records.parquet"):
        resource["rows"] = packed.figures.records.records
        resource["schema"] = describe_records(with_text=packed.with_text)
    elif path == "outcomes.csv":
        resource["schema"] = {"fields": _list_columns(fields.OUTCOMES), "primaryKey": ["collection", "state", "reason"]}
    elif path == "runs.csv":
        resource["schema"] = {"fields": _list_columns(fields.RUNS), "primaryKey": ["collection", "run"]}
    if "schema" in resource:
        resource["profile"] = "tabular-data-resource" if kind == "csv" else "data-resource"
    return resource


def _name_resource(path: str) -> str:
    """Name a resource by its path, in the letters that the specification allows; equal paths alone have equal names."""
    return "".join(
        character if character.isascii() and (character.islower() or character.isdigit() or character in "._-")
        else "-" if character == "/" else f"_{ord(character):x}_"
        for character in path
    )  # fmt: skip


def _describe(path: str) -> str:
    folder = path.partition("/")[0]
    return {
        "records.jsonl": "The records, one a line, as JSON.",
        "records.parquet": "The same records in the same order, as Apache Parquet.",
        "record.schema.json": "The JSON Schema (2020-12) of a record.",
        "outcomes.csv": "All URLs that were discovered, counted by what their latest visit found.",
        "runs.csv": "The finished runs by which the corpus came about.",
        "organizations": "The organization's file as it stood in the latest run.",
        "models": "A site model by which pages were read; its name is the digest that records name.",
        "archive": "The answers of the servers that records were read from, with the requests, as WARC 1.1.",
    }[folder if "/" in path else path]


def describe_records(*, with_text: bool) -> dict[str, Any]:
    """Make the Table Schema of the records."""
    schema: Mapping[str, Any] = record_schema() if with_text else withhold_from_schema(record_schema())
    described = []
    for column in RECORD_COLUMNS:
        meaning = schema["properties"][column.name]
        is_withheld = meaning.get("type") == "null"
        said: dict[str, Any] = {
            "name": column.name,
            "type": _TYPES[column.kind],
            "description": f"{fields.RECORD[column.name]}{' Withheld: null.' if is_withheld else ''}",
        }
        if not is_withheld and {"type": "null"} not in meaning.get("anyOf", ()):
            said["constraints"] = {"required": True}
        described.append(said)
    return {"fields": described, "primaryKey": ["collection", "id"]}


def _list_columns(meanings: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    return [
        {
            "name": name,
            "type": "integer" if name in _COUNTS else "datetime" if name.endswith("_at") else "string",
            "description": meaning,
        }
        for name, meaning in meanings.items()
    ]
