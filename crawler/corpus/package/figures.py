"""Figures of a corpus: what its records hold, counted as they pass, and what ledgers say of how they came about."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.corpus.periods import find_period
from crawler.storage.totals import RunTotal
from crawler.storage.visits import Account

# Fields whose absence a reader must know of; the others are never missing, or missing for most records by their nature.
_MAY_MISS = (
    "organization", "title", "authors", "date_published", "document_type", "topics", "language", "links", "attachments",
    "annotations",
)  # fmt: skip


@dataclass(slots=True)
class RecordFigures:
    """What the records hold."""

    records: int = 0
    by_collection: Counter[str] = field(default_factory=Counter)
    by_organization: Counter[str] = field(default_factory=Counter)
    by_year: Counter[str] = field(default_factory=Counter)  # that the date names
    by_precision: Counter[str] = field(default_factory=Counter)
    by_evidence: Counter[str] = field(default_factory=Counter)  # the source of the chosen date
    by_language: Counter[str] = field(default_factory=Counter)
    by_type: Counter[str] = field(default_factory=Counter)
    by_change: Counter[str] = field(default_factory=Counter)
    by_method: Counter[str] = field(default_factory=Counter)
    by_program: Counter[str] = field(default_factory=Counter)
    by_extractor: Counter[str] = field(default_factory=Counter)
    by_model: Counter[tuple[str, str]] = field(default_factory=Counter)  # collection and digest
    missing: Counter[str] = field(default_factory=Counter)  # by field
    removed: Counter[str] = field(default_factory=Counter)  # blocks by reason
    records_with_removed: int = 0
    conflicts: int = 0
    words: int = 0
    shortest: int | None = None  # words of a record
    longest: int = 0
    earliest: str | None = None  # YYYY-MM-DD
    latest: str | None = None
    first_fetched: str | None = None
    last_fetched: str | None = None

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a record of `items.Record`'s shape; whether its text is there does not matter."""
        provenance = record["provenance"]
        self.records += 1
        self.by_collection[record["collection"]] += 1
        for counter, value in (
            (self.by_organization, record["organization"]),
            (self.by_language, record["language"]),
            (self.by_type, record["document_type"]),
            (self.by_change, record["change"]),
            (self.by_method, provenance["method"]),
            (self.by_program, provenance["program_version"]),
            (self.by_extractor, provenance["extractor_version"]),
        ):
            if value is not None:
                counter[value] += 1
        if provenance["model_digest"] is not None:
            self.by_model[record["collection"], provenance["model_digest"]] += 1
        self._add_dates(record)
        self.missing.update(name for name in _MAY_MISS if not record[name])
        self.removed.update(block["reason"] for block in record["removed"])
        self.records_with_removed += bool(record["removed"])
        words = record["word_count"]
        self.words += words
        self.shortest = words if self.shortest is None else min(self.shortest, words)
        self.longest = max(self.longest, words)
        fetched = provenance["fetched_at"]
        self.first_fetched = _least(self.first_fetched, fetched)
        self.last_fetched = _most(self.last_fetched, fetched)

    def _add_dates(self, record: Mapping[str, Any]) -> None:
        self.conflicts += record["date_conflict"]
        if record["date_published"] is None:
            return
        self.by_precision[record["date_published_precision"]] += 1
        period = find_period(record)
        if period is not None:
            self.by_year[str(period.year)] += 1
        if record["date_evidence"]:
            self.by_evidence[record["date_evidence"][0]["source"]] += 1
        self.earliest = _least(self.earliest, record["date_published_earliest"])
        self.latest = _most(self.latest, record["date_published_latest"])


def _least(one: str | None, other: str | None) -> str | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _most(one: str | None, other: str | None) -> str | None:
    return max((value for value in (one, other) if value is not None), default=None)


@dataclass(frozen=True, slots=True)
class Warcinfo:
    """What the beginning of an archive file says of the run that wrote it."""

    fields: Mapping[str, str]

    @property
    def definition(self) -> Mapping[str, Any] | None:
        """The organization's file as it stood then; None where the run had none."""
        try:
            found = json.loads(self.fields.get("description", ""))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


def parse_warcinfo(block: bytes) -> Warcinfo:
    """Read the block of a `warcinfo` record: lines of names and values, of which one that is indented goes on."""
    fields: dict[str, str] = {}
    name = ""
    for line in block.decode("utf-8", "replace").split("\r\n"):
        if line.startswith((" ", "\t")) and name:
            fields[name] = f"{fields[name]} {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return Warcinfo(fields)


@dataclass(frozen=True, slots=True)
class CollectionFigures:
    """What is known of one collection."""

    name: str
    outcomes: Sequence[Account] = ()  # none where its pages are files
    verdicts: Mapping[str | None, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    runs: Sequence[RunTotal] = ()
    taken_down: Mapping[str, int] = field(default_factory=dict)  # records by reason
    latest: Warcinfo | None = None  # of the latest run that asked for something, where its archive is there

    @property
    def has_ledger(self) -> bool:
        """Whether its pages were fetched."""
        return bool(self.runs)

    @property
    def urls(self) -> int:
        """How many URLs were discovered."""
        return sum(total.urls for total in self.outcomes)


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """What is known of a corpus."""

    records: RecordFigures
    collections: Sequence[CollectionFigures]
    clusters: Sequence[int] = ()  # records of each group of near-duplicates, largest first

    @property
    def latest_run(self) -> str | None:
        """When the latest run of any collection began, UTC; None where all pages are files."""
        return max((run.started_at for one in self.collections for run in one.runs), default=None)

    @property
    def first_run(self) -> str | None:
        """When the first run of any collection began, UTC."""
        return min((run.started_at for one in self.collections for run in one.runs), default=None)

    @property
    def taken_down(self) -> Counter[str]:
        """Records that takedown lists left out, by reason."""
        return sum((Counter(one.taken_down) for one in self.collections), Counter())
