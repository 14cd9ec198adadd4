"""Takedown lists: records that an export leaves out, whatever the ledger holds.

A list that cannot be read stops the export: a line that is passed over would let out what somebody asked to take down.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.discovery.urls import hostname, normalize_url
from crawler.errors import UserError

FILE_NAME = "takedown.csv"
COLUMNS = ("what", "reason", "date")
_ID = re.compile(r"[0-9a-f]{20}")
_ALLOWED = "an http(s) URL, the beginning of one that ends in *, or the id of a record"


@dataclass(frozen=True, slots=True)
class Takedown:
    """One line of a list."""

    what: str  # as compared: an id, or an address
    is_prefix: bool
    reason: str
    place: str  # file and line


@dataclass(slots=True)
class TakedownList:
    """What is to be left out, and what was."""

    entries: Sequence[Takedown]
    left_out: Counter[str] = field(default_factory=Counter)  # by reason
    used: set[Takedown] = field(default_factory=set)
    _exact: dict[str, Takedown] = field(default_factory=dict)
    _prefixes: tuple[Takedown, ...] = ()

    def __post_init__(self) -> None:
        """Sort the entries by how they are looked up."""
        self._exact = {entry.what: entry for entry in reversed(self.entries) if not entry.is_prefix}
        self._prefixes = tuple(entry for entry in self.entries if entry.is_prefix)

    def find(self, record_id: str, addresses: Iterable[str]) -> Takedown | None:
        """Give the line that a record falls under, by its id or one of its addresses; None where there is none."""
        bare = [_bare(normalize_url(address)) for address in addresses]
        for key in (record_id, *(one.rstrip("/") for one in bare)):
            if key in self._exact:
                return self._exact[key]
        return next((one for one in self._prefixes if any(key.startswith(one.what) for key in bare)), None)

    def begin_anew(self) -> None:
        """Forget what was left out: all records are gone through once more."""
        self.left_out.clear()
        self.used.clear()

    def let_through(self, lines: Iterable[str], others: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Give the records that no line names.

        Args:
            lines: records as JSON.
            others: by a record's URL, the addresses that lead to it or hold a copy of it.
        """
        if not self.entries:
            yield from lines
            return
        for line in lines:
            record: dict[str, Any] = json.loads(line)
            addresses = [record["url"], *others.get(record["url"], ())]
            if record.get("canonical_url"):
                addresses.append(record["canonical_url"])
            entry = self.find(record["id"], addresses)
            if entry is None:
                yield line
            else:
                self.left_out[entry.reason] += 1
                self.used.add(entry)

    @property
    def unused(self) -> list[Takedown]:
        """The lines under which no record fell."""
        return [entry for entry in self.entries if entry not in self.used]


def _bare(normalized: str) -> str:
    """Give an address as it is compared: with http or https, with or without `www.`, it is the same."""
    return normalized.partition("://")[2].removeprefix("www.") if "://" in normalized else normalized


def find_lists(named: str | None, data_folder: Path, collection_folder: Path) -> list[Path]:
    """Give the lists that hold for a collection: the one that the setting names, and those in the two folders.

    Raises:
        UserError: the setting names a file that is not there.
    """
    paths = []
    if named:
        if not Path(named).is_file():
            raise UserError(f"setting TAKEDOWN={named!r} is not allowed (there is no such file); allowed: a CSV file")
        paths.append(Path(named))
    return paths + [path for path in (data_folder / FILE_NAME, collection_folder / FILE_NAME) if path.exists()]


def read_lists(paths: Iterable[Path]) -> TakedownList:
    """Read takedown lists.

    Raises:
        UserError: one cannot be read, or a line of it says nothing that can be followed.
    """
    return TakedownList([entry for path in paths for entry in read_list(path)])


def read_list(path: Path) -> list[Takedown]:
    """Read one list: CSV in UTF-8, divided by commas or semicolons.

    Its columns are `what`, `reason` and `date`; others are yours.

    Raises:
        UserError: it cannot be read, or a line is not allowed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: it cannot be read ({error.strerror or error}); nothing is exported") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: it is no UTF-8; nothing is exported") from None
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    # Spreadsheets of many countries write CSV with semicolons.
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    entries: list[Takedown] = []
    header: list[str] | None = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            place = f"{path}, line {reader.line_num}"
            if header is None:
                header = [cell.lower() for cell in cells]
                missing = [name for name in COLUMNS if header.count(name) != 1]
                if missing:
                    raise UserError(f"{place}: no column {missing[0]!r}; the first line names {', '.join(COLUMNS)}")
                continue
            if len(cells) != len(header):
                raise UserError(f"{place}: {len(cells)} cells; the first line has {len(header)}")
            entries.append(_read_entry(dict(zip(header, cells, strict=True)), place))
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: it is no CSV ({error})") from None
    if header is None:
        raise UserError(f"{path}: it is empty; the first line names {', '.join(COLUMNS)}")
    return entries


def _read_entry(cells: Mapping[str, str], place: str) -> Takedown:
    what, reason, when = (cells[name] for name in COLUMNS)
    if not reason:
        raise UserError(f"{place}: no reason; allowed: a text")
    try:
        date.fromisoformat(when)
    except ValueError:
        raise UserError(f"{place}: date {when!r} is not allowed; allowed: a day such as 2026-03-01") from None
    if _ID.fullmatch(what):
        return Takedown(what, is_prefix=False, reason=reason, place=place)
    is_prefix = what.endswith("*")
    url = what.removesuffix("*")
    # Half a host would name other people's sites.
    whole = hostname(url) is not None and (not is_prefix or urlsplit(url).path.startswith("/"))
    if not whole or "*" in url:
        raise UserError(f"{place}: what {what!r} is not allowed; allowed: {_ALLOWED}")
    key = _bare(normalize_url(url))
    return Takedown(key if is_prefix else key.rstrip("/"), is_prefix=is_prefix, reason=reason, place=place)
