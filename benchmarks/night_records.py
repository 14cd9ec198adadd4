"""Compares records that a night gave with those that it had to give, and names each difference in a line."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

_NEAR_DUPLICATE = re.compile(rb'"near_duplicate_of":"[0-9a-f]{20}"')


class Expected(Protocol):
    """A record as it must be."""

    def as_fields(self, base: str) -> Mapping[str, Any]:
        """Give the fields that are compared.

        Args:
            base: the site's scheme, host and port.
        """


def find_differences(
    expected: Iterable[Expected], records: Iterable[Mapping[str, Any]], base: str, *, is_history: bool = False
) -> list[str]:
    """Compare records with what they must be, whatever their order.

    Args:
        expected: all that must be there, once.
        records: parsed lines.
        base: the site's scheme, host and port.
        is_history: whether there are several revisions of a URL.
    """

    def key(fields: Mapping[str, Any]) -> tuple[str, int | None]:
        return fields["url"], fields.get("revision") if is_history else None

    wanted = {key(fields): fields for fields in (one.as_fields(base) for one in expected)}
    found: dict[tuple[str, int | None], Mapping[str, Any]] = {}
    problems = []
    for record in records:
        if key(record) in found:
            problems.append(f"{_name(record)} is there twice")
        found[key(record)] = record
    problems += [f"{_name(wanted[one])} is missing" for one in wanted.keys() - found.keys()]
    problems += [f"{_name(found[one])} is there" for one in found.keys() - wanted.keys()]
    for one in wanted.keys() & found.keys():
        problems += [f"{one[0]}: {problem}" for problem in name_differences(found[one], wanted[one])]
    return sorted(problems)


def _name(record: Mapping[str, Any]) -> str:
    said = [record.get(name) for name in ("change", "change_reason")]
    words = " ".join(str(word) for word in said if word is not None)
    return f"{record['url']} ({words}, revision {record.get('revision')})"


def name_differences(record: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Name the fields of a record that are not as expected, the provenance's one by one."""
    found = []
    for name, value in expected.items():
        if name not in record:
            found.append(f"{name} is not there")
            continue
        ours = record[name]
        if ours == value and type(ours) is type(value):
            continue
        if isinstance(ours, Mapping) and isinstance(value, Mapping):
            found += [f"{name}.{problem}" for problem in name_differences(ours, value)]
        else:
            found.append(f"{name} is {_shorten(ours, value)}, expected {_shorten(value, ours)}")
    return found


def _shorten(value: object, other: object) -> str:
    """Show a value; of long texts what begins with the difference."""
    text = repr(value)
    if not isinstance(value, str) or not isinstance(other, str) or len(text) <= 80:
        return text if len(text) <= 200 else f"{text[:200]}…"
    at = next((number for number, (one, two) in enumerate(zip(value, other, strict=False)) if one != two), None)
    if at is None:
        at = min(len(value), len(other))
    return f"…{value[max(0, at - 20) : at + 60]!r} ({len(value)} characters)"


def read_records(path: Path) -> list[dict[str, Any]]:
    """Read a feed; one that is not there has no records."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def compare_bytes(ours: Path, theirs: Path) -> list[str]:
    """Compare two files byte by byte; name the fields where they differ."""
    if not ours.exists():
        return [f"{ours.name} was not written"]
    if not theirs.exists():
        return [f"there is no {theirs.name}"]
    if ours.read_bytes() == theirs.read_bytes():
        return []
    problems = find_unequal(read_records(ours), read_records(theirs))
    return problems or [f"{ours.name} and {theirs.name} hold the same records in other bytes"]


def find_unequal(ours: Sequence[dict[str, Any]], theirs: Sequence[dict[str, Any]]) -> list[str]:
    """Compare records one by one; `theirs` is what is expected."""

    def key(record: dict[str, Any]) -> tuple[str, str]:
        return record["url"], str(record.get("revision"))

    our_keys, their_keys = [key(record) for record in ours], [key(record) for record in theirs]
    if our_keys != their_keys:
        missing, strange = {*their_keys} - {*our_keys}, {*our_keys} - {*their_keys}
        return [
            f"{len(ours)} records, expected {len(theirs)}, or in another order; missing: {sorted(missing)[:3]}; "
            f"not expected: {sorted(strange)[:3]}"
        ]
    return [
        f"{one['url']}: {problem}"
        for one, other in zip(ours, theirs, strict=True)
        for problem in name_differences(one, other) or name_differences(other, one)
    ]


def last_of_each(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the last record with each id."""
    return list({record["id"]: record for record in records}.values())


def forget_near_duplicates(path: Path) -> None:
    """Let no record of a file be a near-duplicate: an export finds them, a crawl does not."""
    path.write_bytes(_NEAR_DUPLICATE.sub(b'"near_duplicate_of":null', path.read_bytes()))
