"""What libraries are asked that need not be installed: frictionless, of the extra `verify`, and PyYAML with it."""

import importlib
import re
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import Any

_FOLLOWED = frozenset(
    ("schema", "dialect", "$schema", "resource", "package", "checklist", "pipeline", "datatype", "basepath")
)
_PROFILES = ("data-package", "tabular-data-package", "data-resource", "tabular-data-resource")
# What frictionless breaks on, as it believes what a descriptor says.
_BREAKS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, re.error)
_MOST = 5  # faults of one file that are told
_ROW_BYTES = 32 * 1024 * 1024  # of the largest CSV whose rows are checked; frictionless takes .2 ms a row


def read_yaml(text: str) -> tuple[bool, Any]:
    """Read YAML.

    Returns:
        whether there is a reader, and what it says.

    Raises:
        ValueError: it is no YAML; the message is one line.
    """
    try:
        yaml = importlib.import_module("yaml")
    except ModuleNotFoundError:
        return False, None
    try:
        return True, yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(_one_line(error)) from None
    except RecursionError:
        raise ValueError("its parts lie too deep in each other") from None


def check_data_package(folder: Path, descriptor: dict[str, Any], files: Container[str]) -> Sequence[str] | None:
    """Let frictionless check a Data Package: its descriptor, and the rows of its CSV files by their schemas.

    Rows of records.jsonl are not among them: frictionless needs further packages to read JSON lines, and this program
    checks them by the package's own JSON Schema, which also says what stands within lists and objects.

    Args:
        folder: of the package.
        descriptor: read from its datapackage.json.
        files: of the package; rows of others are not read.

    Returns:
        a line for each fault; None where frictionless is not installed.
    """
    try:
        frictionless = importlib.import_module("frictionless")
    except ModuleNotFoundError:
        return None
    foreign = next(_find_references(descriptor), None)
    if foreign is not None:
        return [f"not asked, as {foreign} leads elsewhere"]
    try:
        return _ask(frictionless, folder, descriptor, files)
    except _BREAKS as error:
        return [f"it broke on it ({_one_line(error)})"]


def _ask(frictionless: Any, folder: Path, descriptor: dict[str, Any], files: Container[str]) -> list[str]:
    found = [_one_line(error.message) for error in frictionless.Package.validate_descriptor(descriptor).errors]
    if found:
        return found[:_MOST]
    tables = [one for one in descriptor["resources"] if one.get("format") == "csv"]
    for table in tables:
        path = folder / str(table["path"])
        if table["path"] not in files or path.stat().st_size > _ROW_BYTES:
            continue
        report = frictionless.Resource.from_descriptor(table, basepath=str(folder)).validate(limit_errors=_MOST)
        errors = [*report.errors, *(error for task in report.tasks for error in task.errors)]
        found += [f"{table['path']}: {_one_line(error.message)}" for error in errors]
    return found


def _find_references(descriptor: dict[str, Any]) -> Iterator[str]:
    """Name what frictionless would follow, to another file or into the network: nothing of the kind is ours."""
    for one in (descriptor, *(one for one in descriptor["resources"] if isinstance(one, dict))):
        for key in sorted(one.keys() & _FOLLOWED):
            if not isinstance(one[key], dict):
                yield f"{key} {one[key]!r}"
        if one.get("profile", "data-package") not in _PROFILES:
            yield f"profile {one['profile']!r}"


def _one_line(words: object) -> str:
    return " ".join(str(words).split())[:300]
