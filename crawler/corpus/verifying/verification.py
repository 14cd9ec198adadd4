"""`scrapy verify`: whether a package is whole, and whether its files say the same.

Nothing of a package is believed: its paths are looked up in what the folder holds, links are not followed, and what
cannot be read is a finding. Nothing is written but a temporary database.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from crawler.corpus.package import fields
from crawler.corpus.package.bundle import (
    ARCHIVE,
    CITATION,
    DATASHEET,
    DOCUMENTS,
    ORGANIZATIONS,
    OUTCOMES,
    PARQUET,
    README,
    RECORDS,
    RUNS,
    SCHEMA,
)
from crawler.corpus.package.checksums import SUMS, FileDigest, digest_file, list_paths, parse_sums
from crawler.corpus.package.citation import find_faults, find_faults_of_values
from crawler.corpus.package.croissant import CROISSANT
from crawler.corpus.package.data_package import DATA_PACKAGE, MADE
from crawler.corpus.package.prose import count_blanks
from crawler.corpus.verifying.findings import Findings
from crawler.corpus.verifying.optional_readers import check_data_package, read_yaml
from crawler.corpus.verifying.record_checks import Checked, RecordFiles, check_records
from crawler.corpus.verifying.schema_check import Check, SchemaError, compile_schema
from crawler.errors import UserError
from crawler.extraction.model import digest_model
from crawler.model_files import MODELS

_NEEDED = (README, DATASHEET, CITATION, RECORDS, PARQUET, SCHEMA, OUTCOMES, RUNS, DATA_PACKAGE, CROISSANT, SUMS)
_FOLDERS = (ORGANIZATIONS, MODELS, ARCHIVE)
_MOST_DIGITS = 18  # of the size of a file
_LARGEST = 64 * 1024 * 1024  # bytes of a file that is read whole
_COUNTED = re.compile(r"^\| records \| ([\d,]+) \|\r?$", re.MULTILINE)
_COUNTED_BY_CROISSANT = re.compile(r"The ([\d,]+) records ")


@dataclass(slots=True)
class Verified:
    """What became of a check."""

    records: int
    files: int
    findings: Findings
    notes: list[str] = field(default_factory=list)  # what is no fault and should be known, a line each


def verify_package(folder: Path, findings: Findings) -> Verified:
    """Check a package.

    Args:
        folder: of the package; nothing else is needed.
        findings: where to tell what is wrong, as it is found.

    Raises:
        UserError: it is no package.
        OSError: it cannot be read.
    """
    try:
        is_file = folder.is_file()
    except OSError as error:  # such as a name that is too long
        raise UserError(f"{folder}: it cannot be read ({error.strerror or error})") from None
    if is_file:
        raise UserError(f"{folder}: it is a file; verify takes the folder of a package, unpacked")
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; verify takes the folder of a package")
    listed = list_paths(folder)
    if SUMS not in listed and DATA_PACKAGE not in listed:
        raise UserError(f"{folder}: it is no package: there is neither {SUMS} nor {DATA_PACKAGE}")
    check = _Check(folder, listed, findings)
    check.files_and_digests()
    check.descriptions()
    checked = check.records()
    check.counts(checked)
    check.models(checked)
    check.citation()
    check.blanks()
    findings.close()
    return Verified(checked.records, len(listed), findings, check.notes)


def _find_model_path(digest: str) -> str:
    return f"{MODELS}/{digest.removeprefix('sha256:')}.json"


def _find_odd(path: Path) -> str | None:
    """Say what is no file: a link is not followed, and a pipe would be waited for without end."""
    if path.is_symlink():
        return "a link"
    return None if path.is_file() else "a device, a pipe or a socket"


class _Check:
    """The steps of a check, in their order; each builds on what the ones before it have read."""

    def __init__(self, folder: Path, listed: list[str], findings: Findings) -> None:
        self.folder = folder
        self.odd = {path: what for path in listed if (what := _find_odd(folder / path)) is not None}
        self.paths = frozenset(listed) - self.odd.keys()
        self.findings = findings
        self.notes: list[str] = []
        self.listed: dict[str, str] = {}  # by SHA256SUMS
        self.digests: dict[str, FileDigest] = {}
        self.described: dict[str, Any] = {}  # datapackage.json
        self.croissant: dict[str, Any] = {}

    # --- Files -------------------------------------------------------------------------------------------------------

    def files_and_digests(self) -> None:
        """Compare what is there with what is listed, to the byte."""
        for path in _NEEDED:
            if path not in self.paths | self.odd.keys():
                self.findings.add(path, "it is missing")
        for path, what in sorted(self.odd.items()):
            self.findings.add(path, f"it is {what}, not a file")
        if SUMS in self.paths:
            try:
                self.listed = {path: digest for _, path, digest in parse_sums(self._read_text(SUMS))}
            except ValueError as error:
                self.findings.add(SUMS, str(error))
        self.digests = {path: digest_file(self.folder / path) for path in sorted(self.paths) if path != SUMS}
        for path, digest in self.listed.items():
            if path not in self.paths:
                if path not in _NEEDED:
                    self.findings.add(path, f"it is missing; {SUMS} lists it")
            elif path in self.digests and self.digests[path].sha256 != digest:
                self.findings.add(path, f"it is not what {SUMS} lists: its SHA-256 is {self.digests[path].sha256}")
        for path in sorted(self.paths - set(DOCUMENTS) - {SUMS}):
            if path not in self.listed:
                what = "nobody lists it" if self._is_foreign(path) else f"{SUMS} does not list it"
                self.findings.add(path, what)

    @staticmethod
    def _is_foreign(path: str) -> bool:
        return path not in _NEEDED and path.partition("/")[0] not in _FOLDERS

    def _read_text(self, path: str) -> str:
        """Read a file whole.

        Raises:
            ValueError: it is too large for that, or no UTF-8.
        """
        if (self.folder / path).stat().st_size > _LARGEST:
            raise ValueError("it is too large to be read")
        try:
            return (self.folder / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError("it is no UTF-8") from None

    def _read_json(self, path: str) -> Any:
        """Read a file of JSON; None where it is missing or is none, which is told."""
        if path not in self.paths:
            return None
        try:
            return json.loads(self._read_text(path))
        except (ValueError, RecursionError) as error:
            self.findings.add(path, str(error) if "it is" in str(error) else "it is no JSON")
            return None

    # --- Descriptions ------------------------------------------------------------------------------------------------

    def descriptions(self) -> None:
        """Compare the two descriptions with the files."""
        described = self._read_json(DATA_PACKAGE)
        if isinstance(described, dict) and isinstance(described.get("resources"), list):
            self.described = described
            self._compare_resources()
            self._run_frictionless()
        elif described is not None:
            self.findings.add(DATA_PACKAGE, "it is no Data Package: there are no resources")
        croissant = self._read_json(CROISSANT)
        if isinstance(croissant, dict) and isinstance(croissant.get("distribution"), list):
            self.croissant = croissant
            self._compare_distribution()
        elif croissant is not None:
            self.findings.add(CROISSANT, "it is no Croissant: there is no distribution")

    def _compare_resources(self) -> None:
        said = {}
        for resource in self.described["resources"]:
            if not isinstance(resource, dict) or not isinstance(resource.get("path"), str):
                self.findings.add(DATA_PACKAGE, "a resource has no path")
                continue
            said[resource["path"]] = (resource.get("bytes"), str(resource.get("hash")).removeprefix("sha256:"))
        self._compare_digests(DATA_PACKAGE, said)

    def _compare_distribution(self) -> None:
        said = {}
        for one in self.croissant["distribution"]:
            if not isinstance(one, dict) or not isinstance(one.get("contentUrl"), str):
                self.findings.add(CROISSANT, "a FileObject has no contentUrl")
                continue
            size = str(one.get("contentSize")).removesuffix(" B")
            said[unquote(one["contentUrl"])] = (
                int(size) if size.isascii() and size.isdigit() and len(size) <= _MOST_DIGITS else None,
                one.get("sha256"),
            )
        self._compare_digests(CROISSANT, said)

    def _compare_digests(self, description: str, said: Mapping[str, tuple[Any, Any]]) -> None:
        data = {
            path
            for path in self.digests
            if path not in (*DOCUMENTS, DATA_PACKAGE, CROISSANT) and not self._is_foreign(path)
        }
        for path in sorted(data - said.keys()):
            self.findings.add(description, f"{path} is not described")
        for path, (size, digest) in said.items():
            if path not in data:
                self.findings.add(description, f"{path} is described, and not there")
                continue
            actual = self.digests[path]
            # A file that was changed is told once, not by all that describe it.
            if digest != self.listed.get(path, actual.sha256):
                self.findings.add(description, f"{path} has another SHA-256 than is stated")
            elif size != actual.size and digest == actual.sha256:
                self.findings.add(description, f"{path} has {self.digests[path].size:,} bytes, not {size}")

    def _run_frictionless(self) -> None:
        found = check_data_package(self.folder, self.described, self.paths)
        if found is None:
            self.notes.append(
                f"{DATA_PACKAGE}: not checked by frictionless, which is not installed (pip install frictionless)"
            )
            return
        for fault in found:
            self.findings.add(DATA_PACKAGE, f"frictionless: {fault}")

    # --- Records -----------------------------------------------------------------------------------------------------

    def records(self) -> Checked:
        """Check the records by their schema, against each other, Parquet and archive."""
        schema = self._read_json(SCHEMA)
        check: Check | None = None
        names: list[str] = []
        if schema is not None:
            try:
                check = compile_schema(schema)
                names = list(schema.get("properties", {}))
                missing = [name for name in fields.RECORD if name not in names]
                if missing:
                    raise SchemaError(f"it does not describe {missing[0]}")
            except SchemaError as error:
                self.findings.add(SCHEMA, str(error))
                check = None
        if RECORDS not in self.paths:
            return Checked()
        files = RecordFiles(
            self.folder,
            RECORDS,
            PARQUET if PARQUET in self.paths else None,
            ARCHIVE if self._has_archive() else None,
            self.paths,
        )
        return check_records(files, check, names, self.findings)

    def _made(self) -> Mapping[str, Any]:
        made = self.described.get(MADE)
        return made if isinstance(made, dict) else {}

    def _list_made(self, key: str) -> list[Mapping[str, Any]]:
        listed = self._made().get(key)
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []

    def _collections(self) -> list[Mapping[str, Any]]:
        return self._list_made("collections")

    def _has_archive(self) -> bool:
        return bool(self._made().get("archive")) or any(path.startswith(f"{ARCHIVE}/") for path in self.paths)

    # --- Counts ------------------------------------------------------------------------------------------------------

    def counts(self, checked: Checked) -> None:
        """Compare what is said of the number of records with their number."""
        if self.described:
            self._count_in_description(checked)
        if DATASHEET in self.paths:
            self._count_in_text(DATASHEET, _COUNTED, self._read_document(DATASHEET), checked.records)
        if self.croissant:
            sets = self.croissant.get("recordSet")
            described = (
                sets[0].get("description") if isinstance(sets, list) and sets and isinstance(sets[0], dict) else ""
            )
            self._count_in_text(CROISSANT, _COUNTED_BY_CROISSANT, str(described), checked.records)

    def _count_in_text(self, path: str, pattern: re.Pattern[str], text: str, records: int) -> None:
        match = pattern.search(text)
        if match is not None and match[1].replace(",", "") != str(records):
            self.findings.add(path, f"it counts {match[1]} records; there are {records:,}")

    def _count_in_description(self, checked: Checked) -> None:
        for resource in self.described["resources"]:
            if isinstance(resource, dict) and "rows" in resource and resource["rows"] != checked.records:
                self.findings.add(
                    DATA_PACKAGE,
                    f"{resource.get('path')} is to have {resource['rows']} rows; there are {checked.records:,}",
                )
        stated = {str(one.get("name")): one for one in self._collections()}
        found = {name: one.get("records") for name, one in stated.items()}
        actual = {name: checked.by_collection[name] for name in (*stated, *checked.by_collection)}
        if found != actual:
            self.findings.add(DATA_PACKAGE, f"it counts records {found}; there are {actual}")
        if self._made().get("text") is not (not checked.withheld) and checked.records:
            self.findings.add(DATA_PACKAGE, "whether texts are withheld is not as it says")
        if OUTCOMES in self.paths:
            self._count_outcomes(stated)

    def _count_outcomes(self, stated: Mapping[str, Mapping[str, Any]]) -> None:
        """Compare outcomes.csv: all records of a collection that has a ledger, taken down or not."""
        sums: Counter[str] = Counter()
        try:
            for row in csv.DictReader(self._read_text(OUTCOMES).splitlines(), strict=True):
                sums[row["collection"]] += int(row["records"])
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            self.findings.add(OUTCOMES, f"it cannot be read ({error})")
            return
        for name, count in sums.items():
            one = stated.get(name, {})
            numbers = [number for number in (one.get("records"), one.get("taken_down")) if isinstance(number, int)]
            if sum(numbers) != count:
                self.findings.add(
                    OUTCOMES, f"{name}: {count:,} URLs have records; {DATA_PACKAGE} says {sum(numbers):,}"
                )

    # --- Models ------------------------------------------------------------------------------------------------------

    def models(self, checked: Checked) -> None:
        """Check that the models are those that records name."""
        there = {path for path in self.paths if path.startswith(f"{MODELS}/")}
        named = {_find_model_path(digest) for _, digest in checked.models}
        for path in sorted(there - named):
            self.findings.add(path, "no record names this model")
        for path in sorted(there):
            try:
                data = self._read_text(path).encode("utf-8")
            except ValueError as error:
                self.findings.add(path, str(error))
                continue
            if digest_model(data).removeprefix("sha256:") != Path(path).stem:
                self.findings.add(path, "its SHA-256 is not its name")
        withheld = {str(one.get("name")) for one in self._collections() if one.get("models") is False}
        for collection, digest in sorted(checked.models):
            if collection not in withheld and _find_model_path(digest) not in there:
                self.findings.add(_find_model_path(digest), f"it is missing; records of {collection} name it")

    # --- What people edit --------------------------------------------------------------------------------------------

    def _read_document(self, path: str) -> str:
        if path not in self.paths:
            return ""
        try:
            return self._read_text(path)
        except ValueError as error:
            self.findings.add(path, str(error))
            return ""

    def citation(self) -> None:
        """Check CITATION.cff, as far as the reader of YAML is there."""
        text = self._read_document(CITATION)
        if not text:
            return
        try:
            is_read, data = read_yaml(text)
        except ValueError as error:
            self.findings.add(CITATION, f"it is no YAML: {error}")
            return
        if not is_read:
            self.notes.append(f"{CITATION}: only its keys were checked, as PyYAML is not installed")
        for fault in find_faults_of_values(data) if is_read else find_faults(text):
            self.findings.add(CITATION, fault)

    def blanks(self) -> None:
        """Tell what was edited and what is left to be filled in."""
        digests = {str(one.get("path")): one.get("hash") for one in self._list_made("documents")}
        for path in DOCUMENTS:
            if path in self.paths and digests.get(path) != f"sha256:{self.digests[path].sha256}":
                self.notes.append(f"{path}: edited since it was made")
        blanks = {path: count_blanks(self._read_document(path)) for path in (DATASHEET, CITATION, README)}
        words = {DATASHEET: "answer", CITATION: "field", README: "place"}
        left = [
            f"{count} {words[path]}{'' if count == 1 else 's'} of {path}" for path, count in blanks.items() if count
        ]
        if left:
            self.notes.append(f"still to be filled in: {', '.join(left)}")
