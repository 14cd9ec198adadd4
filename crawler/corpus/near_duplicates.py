"""Near-duplicates of a corpus: joint statements, republished releases, the same page in two collections.

Records are gone through by date. One that is nearly the same as an original before it is a near-duplicate of that
original; the others are originals. So what a near-duplicate names is never a near-duplicate itself, and is really near.
docs/record.md says what that means for users; minhash.py says when two texts are nearly the same.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from crawler.corpus.sketches import Sketches
from crawler.extraction.minhash import THRESHOLD, find_similarity, sketch_text
from crawler.extraction.record import make_one_line

_SAMPLES = 128  # that are kept in memory
_NONE = '"near_duplicate_of":null,"change":'  # no string of a record can hold this: in JSON its quotes are escaped
_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair, which UTF-8 has no bytes for
_SHOWN = ("id", "collection", "organization", "url", "title", "date_published")


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a cluster."""

    index: int  # its place among the lines, from 0
    id: str
    collection: str
    organization: str | None
    url: str
    title: str | None
    date_published: str | None  # EDTF


Cluster = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The records of a corpus that are nearly the same."""

    clusters: tuple[Cluster, ...]  # largest first, then by the original's id; the original first, then by date
    _originals: Mapping[int, tuple[Member, Member]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = {member.index: (member, cluster[0]) for cluster in self.clusters for member in cluster[1:]}
        object.__setattr__(self, "_originals", members)

    def original_of(self, index: int) -> str | None:
        """Give the `id` of the original of which a record is a near-duplicate.

        Args:
            index: the record's place among the lines, from 0.

        Returns:
            None where it is none: it is like no other or is the original; and where it has the original's own id, as
            the same URL in another collection: it is the same document, not another one.
        """
        member, original = self._originals.get(index, (None, None))
        return None if member is None or original is None or member.id == original.id else original.id

    def check(self, index: int, record_id: str) -> None:
        """Refuse a line that is not the one that was read.

        Raises:
            ValueError: the record of that place has another id.
        """
        member = self._originals[index][0]
        if member.id != record_id:
            raise ValueError(f"line {index + 1} is not the one that was compared: {record_id!r}, not {member.id!r}")


def find_near_duplicates(lines: Iterable[str]) -> NearDuplicates:
    """Find the records whose texts are nearly the same, in all collections together and within each.

    Memory grows with the clusters only; the rest lies in a temporary file. The order of the collections is of no
    account.

    Args:
        lines: records of this version of the program, as JSON. They are gone through once.

    Raises:
        ValueError: a line is no JSON.
        LedgerError: there is no room for the temporary file.
    """
    with contextlib.closing(Sketches()) as sketches:
        for number, line in enumerate(lines):
            record = json.loads(line)
            sketch = sketch_text(record["text"])
            if sketch is not None:
                sketches.add(number, sketch, _find_key(record), json.dumps([record[name] for name in _SHOWN]))
        sketches.index()
        found = [
            tuple(Member(number, *json.loads(sketches.shown(number))) for number in cluster)
            for cluster in _find_clusters(sketches)
        ]
    found.sort(key=lambda cluster: (-len(cluster), cluster[0].id, cluster[0].collection, cluster[0].index))
    return NearDuplicates(tuple(found))


def _find_key(record: Mapping[str, Any]) -> tuple[bytes, bytes | None, bytes, int | None]:
    date = record["date_published_earliest"]
    return (
        record["id"].encode("utf-8", "surrogatepass"),
        None if date is None else date.encode("utf-8", "surrogatepass"),
        record["collection"].encode("utf-8", "surrogatepass"),
        record["revision"],
    )


def _find_clusters(sketches: Sketches) -> list[list[int]]:
    """Give the numbers of each cluster, its original first."""
    sample = lru_cache(_SAMPLES)(sketches.sample)
    clusters: dict[int, list[int]] = {}
    for _, rows in groupby(sketches.in_order(), key=itemgetter(1)):
        own: set[int] = set()  # rows of this id that are like no original before
        elsewhere = False
        for number, _ in rows:
            near = [
                (other in own, similarity, -rank, other)
                for other, rank in sketches.originals_beside(number)
                if (similarity := find_similarity(sketches.sample(number), sample(other))) >= THRESHOLD
            ]
            if near:
                original = max(near)[-1]
                clusters.setdefault(original, [original]).append(number)
                elsewhere = elsewhere or original not in own
            else:
                own.add(number)
                sketches.add_original(number)
        if elsewhere:  # an id that is a near-duplicate in one collection is named as an original in none
            for number in own:
                sketches.drop_original(number)
    return list(clusters.values())


def mark_near_duplicates(lines: Iterable[str], found: NearDuplicates) -> Iterator[str]:
    """Fill `near_duplicate_of` of each record that is a near-duplicate; nothing else is changed, and nothing left out.

    Args:
        lines: those in which they were found, in the same order.
        found: what `find_near_duplicates` gave.

    Raises:
        ValueError: a line is another one than was compared.
    """
    for index, line in enumerate(lines):
        original = found.original_of(index)
        plain = line.count(_NONE) == 1
        if plain and original is None:
            yield line
            continue
        record = json.loads(line)
        if original is not None:
            found.check(index, record["id"])
        if plain:
            yield line.replace(_NONE, f'"near_duplicate_of":{json.dumps(original)},"change":')
        else:
            yield _rewrite({**record, "near_duplicate_of": original})


def _rewrite(record: Mapping[str, Any]) -> str:
    written = make_one_line(json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", written)
