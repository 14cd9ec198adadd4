"""CITATION.cff, against the rules of the Citation File Format 1.2.0."""

from typing import Any

import jsonschema
import pytest
import yaml

from crawler.corpus.package.citation import (
    Author,
    Citation,
    find_faults,
    find_faults_of_values,
    format_citation,
    parse_author,
    parse_license,
    to_sentence,
)
from crawler.corpus.package.prose import count_blanks
from crawler.errors import UserError
from tests.corpus.test_prose import HOSTILE

# The rules of schema.json 1.2.0 for the keys that we write, as its schema guide states them; other keys are refused.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["authors", "cff-version", "message", "title"],
    "properties": {
        "cff-version": {"type": "string", "pattern": r"^1\.2\.0$"},
        "type": {"enum": ["dataset", "software"]},
        "title": {"type": "string", "minLength": 1},
        "message": {"type": "string", "minLength": 1},
        "abstract": {"type": "string", "minLength": 1},
        "version": {"type": ["string", "number"]},
        "license": {"type": "string"},
        "doi": {"type": "string", "pattern": r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$"},
        "date-released": {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"},
        "authors": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "anyOf": [
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "family-names": {"type": "string", "minLength": 1},
                            "given-names": {"type": "string", "minLength": 1},
                            "orcid": {"type": "string", "pattern": r"https://orcid\.org/[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]{1}"},
                        },
                    },
                    {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "orcid": {"type": "string"},
                        },
                    },
                ]
            },
        },
    },
}  # fmt: skip
WHOLE = Citation(
    title="A corpus",
    authors=(Author("Carberry", "Josiah", "0000-0002-1825-0097"), Author("Institute of Eels")),
    license="CC-BY-4.0",
    version="2026.3.1",
    released="2026-03-01",
    abstract="Some documents.",
)


def read(text: str) -> Any:
    return yaml.load(text, yaml.BaseLoader)  # days stay texts, as in the format's own schema


@pytest.mark.parametrize("citation", [Citation(), WHOLE, Citation(authors=WHOLE.authors), Citation(title="x: # y")])
def test_what_is_written_follows_the_format(citation: Citation) -> None:
    text = format_citation(citation)
    data = read(text)
    jsonschema.validate(data, SCHEMA)
    assert find_faults(text) == []
    assert find_faults_of_values(yaml.safe_load(text)) == []


def test_what_is_known_stands_there() -> None:
    data = read(format_citation(WHOLE))
    assert (data["type"], data["title"], data["license"], data["version"]) == (
        "dataset",
        "A corpus",
        "CC-BY-4.0",
        "2026.3.1",
    )
    assert data["authors"] == [
        {"family-names": "Carberry", "given-names": "Josiah", "orcid": "https://orcid.org/0000-0002-1825-0097"},
        {"name": "Institute of Eels"},
    ]
    assert count_blanks(format_citation(WHOLE)) == 1, "the DOI"
    assert count_blanks(format_citation(Citation())) == 6
    assert to_sentence(WHOLE) == "Carberry, Josiah; Institute of Eels (2026). A corpus (version 2026.3.1) [Data set]."
    assert to_sentence(Citation(title="x")) is None


@pytest.mark.parametrize("words", [words for words in HOSTILE if words and "\ud800" not in words])
def test_hostile_words_stay_words(words: str) -> None:
    citation = Citation(title=words, authors=(Author(words, words), Author(words)), version=words, abstract=words)
    data = read(format_citation(citation))
    jsonschema.validate(data, SCHEMA)
    assert (data["title"], data["version"], data["authors"][1]["name"]) == (words, words, words)


def test_authors() -> None:
    assert parse_author(" Okafor ,  Ines ") == Author("Okafor", "Ines")
    assert parse_author("Lantern Justice Project") == Author("Lantern Justice Project")
    carberry = Author("Carberry", "Josiah", "0000-0002-1825-0097")
    assert parse_author("Carberry, Josiah <0000-0002-1825-0097>") == carberry
    assert parse_author("Carberry, Josiah<https://orcid.org/0000-0002-1825-0097>") == carberry
    assert parse_author("X, Y <0000-0002-1694-233X>").orcid == "0000-0002-1694-233X"
    for given in ("", " , Ines", "Okafor,", "<0000-0002-1825-0097>", "A, B <C> D", "\u202e"):
        with pytest.raises(UserError, match="allowed"):
            parse_author(given)
    for given in ("A, B <0000-0002-1825-0098>", "A, B <1>", "A, B <>"):
        with pytest.raises(UserError, match="is no ORCID"):
            parse_author(given)


def test_licenses() -> None:
    assert parse_license("cc-by-4.0") == "CC-BY-4.0"
    for given in ("", "CC BY 4.0", "MIT OR Apache-2.0", "my own", "LicenseRef-own", "x\ny"):
        with pytest.raises(UserError, match=r"allowed: one identifier of https://spdx\.org/licenses/"):
            parse_license(given)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("cff-version: 1.2.0", "cff-version: 1.1.0", "cff-version is not 1.2.0"),
        ("type: dataset", "type: corpus", "type is neither"),
        ('title: "A corpus"', "title: ''", "title is no text"),
        ('message: "', 'note: "', "there is no 'message'"),
        ("date-released: 2026-03-01", "date-released: March 2026", "date-released is no day"),
        ('license: "CC-BY-4.0"', "license: 4", "license is neither"),
        ("0000-0002-1825-0097", "0000-0002-1825-0098", "is no ORCID"),
        ("  - name:", "  - label:", "author 2 has neither"),
        ('version: "2026.3.1"', "version: [1]", "version is neither"),
    ],
)
def test_faults_are_found(old: str, new: str, fault: str) -> None:
    text = format_citation(WHOLE)
    assert old in text
    (found,) = find_faults_of_values(yaml.safe_load(text.replace(old, new)))
    assert fault in found


def test_faults_that_are_seen_without_yaml() -> None:
    text = format_citation(WHOLE)
    assert find_faults(text.replace("authors:", "people:")) == ["there is no 'authors'"]
    assert find_faults(text + "title: again\n") == ["the key 'title' stands there twice"]
    assert find_faults_of_values(["a"]) == ["it is no list of keys and values"]
    assert "authors is no list of at least one" in find_faults_of_values({})
