"""croissant.json: the package as a Croissant data set (1.0), for who loads corpora into programs that learn.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec.html. The records are described as columns of
records.parquet; the test loads them with mlcroissant, which this program itself does not need.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from crawler.corpus.columns import RECORD_COLUMNS, Column, Kind
from crawler.corpus.package import fields
from crawler.corpus.package.citation import to_license_url, to_sentence
from crawler.corpus.package.data_package import Packed, name_package
from crawler.corpus.package.prose import to_path

CROISSANT = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_RECORDS = "records.parquet"
# As mlcroissant 1.1 writes it for version 1.0; a test compares the two.
_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_ENCODINGS: Mapping[str, str] = {  # the words that Croissant knows
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".json": "application/json",
    ".csv": "text/csv",
    ".gz": "application/warc",
}
_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "sc:Text",
    Kind.TEXTS: "sc:Text",
    Kind.NUMBER: "sc:Integer",
    Kind.TRUTH: "sc:Boolean",
    Kind.DAY: "sc:Date",
    Kind.MOMENT: "sc:DateTime",
}
_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "date_evidence": fields.EVIDENCE,
    "links": fields.LINK,
    "attachments": fields.LINK,
    "removed": fields.REMOVED,
    "provenance": fields.PROVENANCE,
    "annotations": fields.ANNOTATION,
}
# A map of Parquet is read as a list of pairs: where in such a pair each part stands.
_PAIR: Mapping[str, str] = {"key": "[0]", "value": "[1]"}


def describe_croissant(packed: Packed) -> dict[str, Any]:
    """Make the description of a package, as JSON-LD.

    What is not known is left out, for blanks would be taken for values. `annotations` is described as its file has it,
    a list of keys and values.
    """
    citation, figures = packed.citation, packed.figures
    described: dict[str, Any] = {
        "@context": dict(_CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": name_package(figures),
    }
    if citation.title is not None:
        described["alternateName"] = citation.title
    if citation.abstract is not None:
        described["description"] = citation.abstract
    if citation.license is not None:
        described["license"] = to_license_url(citation.license)
    if citation.authors:
        described["creator"] = [
            {
                "@type": "sc:Organization" if author.given is None else "sc:Person",
                "name": author.name,
                **({} if author.orcid is None else {"url": f"https://orcid.org/{author.orcid}"}),
            }
            for author in citation.authors
        ]
    if citation.version is not None:
        described["version"] = citation.version
    if citation.released is not None:
        described["datePublished"] = citation.released
    sentence = to_sentence(citation)
    if sentence is not None:
        described["citeAs"] = sentence
    described["isLiveDataset"] = False
    described["distribution"] = [_describe_file(path, packed) for path in sorted(packed.files)]
    described["recordSet"] = [
        {
            "@type": "cr:RecordSet",
            "@id": "records",
            "name": "records",
            "description": f"The {figures.records.records:,} records of the corpus, one document each.",
            "key": [{"@id": "records/collection"}, {"@id": "records/id"}],
            "field": [_describe_field(column) for column in RECORD_COLUMNS],
        }
    ]
    return described


def _describe_file(path: str, packed: Packed) -> dict[str, Any]:
    digest = packed.files[path]
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": to_path(path),
        "contentSize": f"{digest.size} B",
        "encodingFormat": _ENCODINGS[PurePosixPath(path).suffix],
        "sha256": digest.sha256,
    }


def _describe_field(column: Column) -> dict[str, Any]:
    name = column.name
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"records/{name}",
        "name": name,
        "description": fields.RECORD[name],
    }
    if column.kind in (Kind.TEXTS, Kind.PARTS, Kind.MAPPING):
        described["repeated"] = True
    if column.kind is Kind.MAPPING:
        described["subField"] = [_describe_part(name, Column(part, Kind.TEXT), path) for part, path in _PAIR.items()]
    elif column.parts:
        described["subField"] = [_describe_part(name, part, part.name) for part in column.parts]
    else:
        described["dataType"] = _TYPES[column.kind]
        described["source"] = {"fileObject": {"@id": _RECORDS}, "extract": {"column": name}}
    return described


def _describe_part(name: str, part: Column, path: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"records/{name}/{part.name}",
        "name": part.name,
        "description": _MEANINGS[name][part.name],
        "dataType": _TYPES[part.kind],
        "source": {
            "fileObject": {"@id": _RECORDS},
            "extract": {"column": name},
            "transform": {"jsonPath": path},
        },
    }
