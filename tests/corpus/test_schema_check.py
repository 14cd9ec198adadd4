"""Our check of records against jsonschema, on records that are damaged in every place."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from crawler.corpus.package.withholding import withhold_from_schema, withhold_text
from crawler.corpus.verifying.schema_check import SchemaError, compile_schema
from crawler.extraction.record import record_schema
from tests.corpus.package_making import make_records

SCHEMA = record_schema()
RECORD = make_records()[0]
VALUES: tuple[Any, ...] = (None, 1, True, "words", "new", [], {}, ["words"], {"a": "b"}, 1.5)


def damages(value: Any, put: Any) -> Iterator[Any]:
    """Give copies of the record with another value in each of its places."""
    for other in VALUES:
        yield put(other)
    children: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for key, child in children:

        def put_child(other: Any, key: Any = key) -> Any:
            changed = copy.copy(value)
            changed[key] = other
            return put(changed)

        yield from damages(child, put_child)
        if isinstance(value, dict):
            yield put({name: one for name, one in value.items() if name != key})


def test_it_says_what_jsonschema_says() -> None:
    ours = compile_schema(SCHEMA)
    theirs = jsonschema.Draft202012Validator(SCHEMA)
    assert ours(RECORD) is None
    both = {True: 0, False: 0}
    for changed in damages(RECORD, lambda other: other):
        valid = theirs.is_valid(changed)
        # 1.0 is an integer to JSON Schema; a record's numbers are written without a fraction.
        assert (ours(changed) is None) == valid, json.dumps(changed)[:300]
        both[valid] += 1
    assert min(both.values()) > 50


def test_it_asks_for_the_order_of_keys_and_for_no_others() -> None:
    check = compile_schema(SCHEMA)
    assert check(dict(reversed(RECORD.items()))) == ": its keys are in another order"
    assert check({**RECORD, "more": 1}) == ": unknown key 'more'"
    assert check({name: value for name, value in RECORD.items() if name != "url"}) == ".url: missing"
    provenance = dict(reversed(RECORD["provenance"].items()))
    assert check({**RECORD, "provenance": provenance}) == ".provenance: its keys are in another order"
    links = [*RECORD["links"], {"text": "x", "url": 3}]
    assert check({**RECORD, "links": links}) == f".links[{len(RECORD['links'])}].url: no string"
    assert check({**RECORD, "change": "lost"}) == ".change: 'lost' is none of its words"
    assert check({**RECORD, "annotations": {"a": 1}}) == ".annotations['a']: no string"


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        {"type": "strings"},
        {"pattern": "x"},
        {"$ref": "#/$defs/none"},
        {"$ref": 3},
        {"properties": 3, "type": "object", "minProperties": 1},
        {"type": "array", "items": 3},
        {"anyOf": [{"type": "integer", "minimum": 1}]},
    ],
)
def test_what_it_does_not_know_is_refused(schema: Any) -> None:
    with pytest.raises(SchemaError):
        compile_schema(schema)


def test_a_schema_that_refers_to_itself_ends() -> None:
    check = compile_schema({"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"})
    assert check([]) is None
    assert check([[]]) is not None


def test_records_without_text_follow_their_own_schema() -> None:
    schema = withhold_from_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(schema)
    withheld = withhold_text(RECORD)
    assert compile_schema(schema)(withheld) is None
    jsonschema.Draft202012Validator(schema).validate(withheld)
    assert compile_schema(schema)(RECORD) == ".text: no null"
    assert compile_schema(SCHEMA)(withheld) == ".text: no string"
