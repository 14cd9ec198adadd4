"""The figures of a run, counted from its ledger and from the stats of what it published."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.discovery.due import LET_GO
from crawler.judging.figures import (
    CONTAINER,
    DATED,
    LENGTH,
    TEMPLATE,
    TEMPLATE_REASONS,
    THERE,
    Figures,
    Share,
    find_length_class,
)
from crawler.storage.ledger import Ledger, State

_NOT_ASKED = frozenset((State.HELD, State.PENDING, State.IN_FLIGHT, State.OUT_OF_SCOPE))
_LET_GO = frozenset((*LET_GO, "limit", "superseded"))


def count_ledger(ledger: Ledger) -> Figures:
    """Count what a run has read, and what became of its requests; before its pages get their ends.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    requests, named = count_requests(ledger.counts()), ledger.count_named()
    if not ledger.finished_runs():  # what is new here says nothing of new pages: all are
        return Figures(records=0, fetched=requests, named=named, is_first=True)
    kept: Counter[tuple[str, bool]] = Counter()
    fresh: Counter[tuple[str, bool]] = Counter()
    words: Counter[str] = Counter()
    for url, line in ledger.readings_of_run():
        now = json.loads(line)
        standing = ledger.standing_line(url)
        properties = find_properties(now)
        if standing is None:
            fresh.update(properties.items())
            words[find_length_class(now["word_count"])] += 1
            continue
        before = json.loads(standing)
        kept.update((name, properties.get(name, False)) for name, had in find_properties(before).items() if had)
        kept[LENGTH, 2 * now["word_count"] >= before["word_count"]] += 1
    missing = len(ledger.missing_pages())
    there = sum(count for (name, _), count in kept.items() if name == LENGTH) + len(ledger.confirmed_pages())
    if missing + there:
        kept[THERE, False], kept[THERE, True] = missing, there
    return Figures(
        records=0,
        kept=_as_shares(kept),
        fresh=_as_shares(fresh),
        fresh_words=dict(sorted(words.items(), key=lambda item: int(item[0]))),
        fetched=requests,
        named=named,
    )


def find_properties(record: Mapping[str, Any]) -> dict[str, bool]:
    """Say what a record has; whether its site was read by what was learned only where something was."""
    provenance = record["provenance"]
    found = {DATED: record["date_published"] is not None}
    if provenance["model_digest"] is not None:
        found[CONTAINER] = provenance["method"].startswith("container")
        found[TEMPLATE] = any(one["reason"] in TEMPLATE_REASONS for one in record["removed"])
    return found


def count_requests(counts: Mapping[tuple[State, str | None], int]) -> Share:
    """Count the requests of a run that failed, of all that it made."""
    failed = asked = 0
    for (state, reason), count in counts.items():
        if state in _NOT_ASKED or (state is State.EXCLUDED and reason in _LET_GO):
            continue
        if state is State.DISALLOWED and reason is None:
            continue  # by robots.txt, and not asked for
        asked += count
        failed += count if state in (State.FAILED, State.DISALLOWED) else 0
    return Share(failed, asked)


def _as_shares(counts: Counter[tuple[str, bool]]) -> dict[str, Share]:
    return {name: Share(counts[name, True], counts[name, True] + counts[name, False]) for name, _ in sorted(counts)}


def count_published(ledger: Figures | None, stats: Mapping[str, Any]) -> Figures:
    """Add what was published to what the ledger told; without a ledger every record is new to the program."""
    recorded = stats.get("outcome/recorded", 0)
    learned = stats.get("records/learned", 0)
    corpus = {
        DATED: Share(stats.get("records/dated", 0), recorded),
        CONTAINER: Share(stats.get("records/learned/container", 0), learned),
        TEMPLATE: Share(stats.get("records/learned/template", 0), learned),
    }
    changes = count_changes(stats)
    bare = Figures(records=0, fresh=corpus) if ledger is None else ledger
    return replace(
        bare,
        records=recorded - changes.get("gone", 0),
        corpus=corpus,
        median_words=stats.get("records/median_words"),
        new=changes.get("new", 0),
        changed=changes.get("changed", 0),
        gone=changes.get("gone", 0),
    )


def count_changes(stats: Mapping[str, Any]) -> dict[str, int]:
    """Count the records by change: new, changed, gone, unchanged."""
    totals: Counter[str] = Counter()
    for key, value in stats.items():
        if key.startswith("records/change/"):
            totals[key.split("/")[2]] += value
    return dict(sorted(totals.items()))
