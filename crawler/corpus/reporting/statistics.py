"""What a corpus holds, counted in one pass over its records: months, types, dates, gaps, lengths, what was removed.

Memory does not grow with the records: of what has no end of different values (types, sites, texts) only so many are
told apart, and the rest is counted together.
"""

import json
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import sha256
from types import MappingProxyType
from typing import Any, get_type_hints

from crawler.corpus.periods import find_period
from crawler.corpus.reporting.frequent import FrequentTexts
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Place, SiteModel
from crawler.extraction.record import count_words
from crawler.publish import find_site
from items import Provenance, Record

SAMPLE = 20  # records to be read
NAMED = 10  # records without a date, or whose statements disagree, that are named
MAX_TYPES = 100  # document types, and organizations, that are told apart; further ones count as one
MAX_SITES = 2_000  # sites that are told apart
OTHERS = "others"  # what is not told apart; no site has such a name, and a type may
LONGEST = 100_000  # words; longer texts count as so long where lengths are put in their order
NOTHING_STATED = "nothing_stated"


_PER_RECORD = "near_duplicate_of"  # is filled by comparing records, not in a record that is read


def _find_optional(kind: type) -> tuple[str, ...]:
    """List the fields that may be null or empty, in their order."""
    hints = get_type_hints(kind)
    empty = ("tuple", "dict")
    return tuple(
        one.name
        for one in fields(kind)
        if type(None) in getattr(hints[one.name], "__args__", ())
        or getattr(getattr(hints[one.name], "__origin__", None), "__name__", "") in empty
    )


OPTIONAL = tuple(name for name in _find_optional(Record) if name != _PER_RECORD)
OPTIONAL_PROVENANCE = _find_optional(Provenance)


@dataclass(slots=True)
class SiteCount:
    """The records of one site by the month in which they were fetched; "" where no time is known."""

    records: Counter[str] = field(default_factory=Counter)
    by_container: Counter[str] = field(default_factory=Counter)  # of these, read by the learned container
    layouts: Counter[tuple[int, str]] = field(default_factory=Counter)  # that have a text of a layout, by its number
    unlike: tuple[str, str] = ("", "")  # the latest record not read so: when it was fetched, and its URL


@dataclass(slots=True)
class Statistics:
    """What was counted."""

    records: int = 0
    collections: Counter[str] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)  # of the program
    organizations: Counter[str] = field(default_factory=Counter)
    fetched: tuple[str, str] | None = None  # the first and the last time at which a page was fetched, UTC
    types: Counter[str | None] = field(default_factory=Counter)
    periods: Counter[tuple[int, int, str | None]] = field(default_factory=Counter)  # year, month, type
    undated: Counter[str | None] = field(default_factory=Counter)  # by type
    undated_reasons: Counter[str] = field(default_factory=Counter)  # records without a date, by each of their reasons
    evidence: Counter[tuple[str, str]] = field(default_factory=Counter)  # source and precision of the chosen date
    conflicts: int = 0
    undated_records: list[tuple[str | None, str]] = field(default_factory=list)  # title and URL of the first ones
    conflicting_records: list[tuple[str | None, str]] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)  # records that lack a field
    lengths: Counter[int] = field(default_factory=Counter)  # words of a text, LONGEST at most
    words: int = 0
    most_words: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    removed_blocks: Counter[str] = field(default_factory=Counter)  # by reason
    removed_records: Counter[str] = field(default_factory=Counter)
    removed_words: Counter[str] = field(default_factory=Counter)
    removed_texts: FrequentTexts = field(default_factory=FrequentTexts)
    untouched: int = 0  # records of which nothing was removed
    sites: dict[tuple[str, str], SiteCount] = field(default_factory=dict)  # by collection and host
    sample: list[Mapping[str, Any]] = field(default_factory=list)

    def find_quantile(self, share: float) -> int:
        """Give the number of words that a share of the texts does not exceed."""
        wanted = share * self.records
        met = 0
        for words, count in sorted(self.lengths.items()):
            met += count
            if met >= wanted:
                return words
        return 0


class Counting:
    """Counts records as they go by."""

    def __init__(
        self,
        models: Mapping[tuple[str, str], SiteModel] = MappingProxyType({}),
        *,
        sample: int = SAMPLE,
        seed: int = 0,
    ) -> None:
        """Begin with nothing.

        Args:
            models: of the sites, by collection and host: whose layouts are looked for in what was removed.
            sample: how many records are chosen to be read.
            seed: others are chosen by another one.
        """
        self.found = Statistics()
        self._layouts = {site: find_telling_texts(model) for site, model in models.items()}
        self._size = sample
        self._seed = seed
        self._chosen: list[tuple[bytes, int, Mapping[str, Any]]] = []

    def watch(self, collection: str, lines: Iterable[str]) -> Iterator[str]:
        """Count the records of a collection, given as JSON, and hand them on."""
        for line in lines:
            self.add(collection, json.loads(line))
            yield line

    def add(self, collection: str, record: Mapping[str, Any]) -> None:
        """Count one record."""
        found = self.found
        found.records += 1
        found.collections[collection] += 1
        provenance = record["provenance"]
        if record["change"] is not None:
            found.changes[record["change"]] += 1
        found.versions[provenance["program_version"]] += 1
        self._count_origin(record["organization"], provenance["fetched_at"])
        found.methods[provenance["method"]] += 1
        self._count_date(record, self._find_type(record))
        found.missing.update(name for name in OPTIONAL if record[name] is None or record[name] in ([], {}))
        found.missing.update(f"provenance.{name}" for name in OPTIONAL_PROVENANCE if provenance[name] is None)
        words = record["word_count"]
        found.lengths[min(words, LONGEST)] += 1
        found.words += words
        found.most_words = max(found.most_words, words)
        fingerprints = self._count_removed(record["removed"])
        self._count_site(collection, record, fingerprints)
        self._choose(record)

    def _count_origin(self, organization: str | None, fetched: str | None) -> None:
        found = self.found
        if organization is not None:
            known = organization in found.organizations or len(found.organizations) < MAX_TYPES
            found.organizations[organization if known else OTHERS] += 1
        if fetched is not None:
            first, last = found.fetched or (fetched, fetched)
            found.fetched = min(first, fetched), max(last, fetched)

    def _find_type(self, record: Mapping[str, Any]) -> str | None:
        named: str | None = record["document_type"]
        types = self.found.types
        if named not in types and len(types) >= MAX_TYPES:
            named = OTHERS
        types[named] += 1
        return named

    def _count_date(self, record: Mapping[str, Any], kind: str | None) -> None:
        found = self.found
        period = find_period(record)
        found.conflicts += record["date_conflict"]
        named = (record["title"], record["url"])
        if record["date_conflict"] and len(found.conflicting_records) < NAMED:
            found.conflicting_records.append(named)
        if period is None and len(found.undated_records) < NAMED:
            found.undated_records.append(named)
        if period is not None:
            found.periods[(*period, kind)] += 1
            evidence = record["date_evidence"]
            found.evidence[evidence[0]["source"] if evidence else "", record["date_published_precision"] or ""] += 1
            return
        found.undated[kind] += 1
        stated = {one["reason"] for one in record["date_evidence"] if one["kind"] == "published"} - {None}
        found.undated_reasons.update(stated or {NOTHING_STATED})

    def _count_removed(self, removed: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        found = self.found
        if not removed:
            found.untouched += 1
            return frozenset()
        texts = [(find_fingerprint(one["text"]), one["reason"], one["text"], one["support"]) for one in removed]
        found.removed_texts.add(texts)
        found.removed_records.update({reason for _, reason, _, _ in texts})
        for _, reason, text, _ in texts:
            found.removed_blocks[reason] += 1
            found.removed_words[reason] += count_words(text)
        return frozenset(fingerprint for fingerprint, _, _, _ in texts)

    def _count_site(self, collection: str, record: Mapping[str, Any], removed: frozenset[str]) -> None:
        site = (collection, find_site(record["url"]))
        sites = self.found.sites
        if site not in sites and len(sites) >= MAX_SITES:
            site = (collection, OTHERS)
        count = sites.setdefault(site, SiteCount())
        provenance = record["provenance"]
        fetched = provenance["fetched_at"] or ""
        month = fetched[:7]
        count.records[month] += 1
        if provenance["method"].startswith("container"):
            count.by_container[month] += 1
        else:
            count.unlike = max(count.unlike, (fetched, record["url"]))
        for number, texts in enumerate(self._layouts.get(site, ())):
            if texts & removed:
                count.layouts[number, month] += 1

    def _choose(self, record: Mapping[str, Any]) -> None:
        """Keep the records with the lowest hashes of seed and id: chance, and the same whenever it is done."""
        rank = sha256(f"{self._seed} {record['id']}".encode("utf-8", "surrogatepass")).digest()
        if len(self._chosen) >= self._size and (not self._chosen or rank >= self._chosen[-1][0]):
            return
        insort(self._chosen, (rank, self.found.records, record), key=lambda one: one[:2])
        del self._chosen[self._size :]
        self.found.sample = [one for _, _, one in self._chosen]


def find_telling_texts(model: SiteModel) -> list[frozenset[str]]:
    """Give for each layout the fingerprints of the texts by which a record shows that its page has it and no other."""
    layouts = [
        {one.id for one in layout.templates if one.pages and one.place in (Place.HEAD, Place.TAIL)}
        for layout in model.layouts
    ]
    often = Counter(one for texts in layouts for one in texts)
    return [frozenset(one for one in texts if often[one] == 1) for texts in layouts]
