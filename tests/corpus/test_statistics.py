"""Statistics of a corpus: each number is that of the records, and memory does not grow with them."""

import gc
import random
import tracemalloc
from collections import Counter
from typing import Any

import pytest

from crawler.corpus.periods import SEVERAL_MONTHS, YEAR_ONLY, Period, find_period
from crawler.corpus.reporting import statistics
from crawler.corpus.reporting.frequent import FrequentTexts
from crawler.corpus.reporting.statistics import NAMED, NOTHING_STATED, OPTIONAL, OPTIONAL_PROVENANCE, OTHERS, Counting
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Layout, Place, Rule, SiteModel, Template
from tests.corpus.report_making import NAME, count_all, evidence, record, removed


def dated(value: str, first: str, last: str, precision: str) -> dict[str, Any]:
    return {
        "date_published": value,
        "date_published_earliest": first,
        "date_published_latest": last,
        "date_published_precision": precision,
    }


@pytest.mark.parametrize(
    ("fields", "period"),
    [
        (dated("2015-03-27", "2015-03-27", "2015-03-27", "day"), Period(2015, 3)),
        (dated("2015-03", "2015-03-01", "2015-03-31", "month"), Period(2015, 3)),
        (dated("2015", "2015-01-01", "2015-12-31", "year"), Period(2015, YEAR_ONLY)),
        (dated("2015~", "2015-01-01", "2015-12-31", "year"), Period(2015, YEAR_ONLY)),
        (dated("2015-03-27/2015-03-29", "2015-03-27", "2015-03-29", "interval"), Period(2015, 3)),
        (dated("2015-03-27/2015-04-02", "2015-03-27", "2015-04-02", "interval"), Period(2015, SEVERAL_MONTHS)),
        (dated("2015-21", "2015-03-01", "2015-05-31", "season"), Period(2015, SEVERAL_MONTHS)),
        (dated("2015-24", "2014-12-01", "2016-02-29", "season"), Period(2015, SEVERAL_MONTHS)),
        ({}, None),
    ],
)
def test_no_month_is_invented(fields: dict[str, Any], period: Period | None) -> None:
    assert find_period(record(1, **fields)) == period


def test_records_count_by_period_type_and_evidence() -> None:
    found = count_all(
        [
            record(1, date="2015-03-27", document_type="News"),
            record(2, date="2015-03", document_type="News"),
            record(3, date="2015-03-01"),
            record(4, date="2016", date_conflict=True),
            record(5, document_type="News"),
            record(
                6,
                date_evidence=[
                    evidence("line", "3/4/15", None, reason="ambiguous_order"),
                    evidence("meta", "3/5/15", None, reason="ambiguous_order"),
                    evidence("time", "soon", None, reason="none"),
                    evidence("http", "2015-01-01", "2015-01-01", kind="modified"),
                ],
            ),
            record(7, date_evidence=[evidence("http", "2099-01-01", None, kind="modified", reason="future")]),
        ]
    ).found
    assert found.records == 7
    assert found.periods == {(2015, 3, "News"): 2, (2015, 3, None): 1, (2016, YEAR_ONLY, None): 1}
    assert found.types == {"News": 3, None: 4}
    assert found.undated == {"News": 1, None: 2}
    assert found.undated_reasons == {"ambiguous_order": 1, "none": 1, NOTHING_STATED: 2}
    assert found.evidence == {("byline", "day"): 2, ("byline", "month"): 1, ("byline", "year"): 1}
    assert found.conflicts == len(found.conflicting_records) == 1
    assert len(found.undated_records) == 3


def test_the_first_records_with_something_to_look_at_are_named() -> None:
    """No more than so many, however many there are."""
    found = count_all([record(number, date_evidence=[]) for number in range(NAMED + 5)]).found
    assert len(found.undated_records) == NAMED
    assert found.undated_records[0] == (record(0)["title"], record(0)["url"])


def test_each_field_that_may_be_empty_is_looked_at() -> None:
    """A record without any value lacks each of them, one with all lacks none."""
    assert {"title", "authors", "date_published", "annotations", "removed", "revision"} <= set(OPTIONAL)
    assert (
        set(OPTIONAL) & {"id", "url", "collection", "text", "word_count", "date_conflict", "near_duplicate_of"} == set()
    )
    assert OPTIONAL_PROVENANCE == (
        "fetched_at",
        "requested_url",
        "status",
        "source_file",
        "warc_file",
        "warc_offset",
        "encoding",
        "model_digest",
    )
    empty = record(1) | {name: None for name in OPTIONAL if name not in ("removed", "date_evidence")}
    empty["provenance"] |= dict.fromkeys(OPTIONAL_PROVENANCE)
    missing = count_all([empty]).found.missing
    assert missing == dict.fromkeys([*OPTIONAL, *(f"provenance.{name}" for name in OPTIONAL_PROVENANCE)], 1)
    full = record(2, date="2015-03-27") | {name: "x" for name in OPTIONAL if not name.startswith("date")}
    full |= {"removed": [removed("Share")], "authors": ["A"], "date_modified": "2015", "document_type": "News"}
    full["provenance"] |= dict.fromkeys(OPTIONAL_PROVENANCE, "2026-01-01")
    assert count_all([full]).found.missing == {}


def test_lengths_and_their_quantiles() -> None:
    found = count_all(record(number, word_count=number) for number in range(1, 101)).found
    assert [found.find_quantile(share) for share in (0.25, 0.5, 0.75, 1)] == [25, 50, 75, 100]
    assert (found.words, found.most_words, min(found.lengths)) == (5050, 100, 1)
    long = count_all([record(1, word_count=10**7)]).found
    assert (long.words, long.most_words, long.find_quantile(0.5)) == (10**7, 10**7, statistics.LONGEST)


def test_what_was_removed_counts_by_reason_and_by_text() -> None:
    found = count_all(
        [
            record(1, removed=[removed("Share this", support=4), removed("Share  THIS", support=6, position=1)]),
            record(2, removed=[removed("Share this", support=5), removed("By Ana Lee", "byline", 1)]),
            record(3, removed=[removed("Share this", "share")]),
            record(4),
        ]
    ).found
    assert found.removed_blocks == {"template": 3, "byline": 1, "share": 1}
    assert found.removed_records == {"template": 2, "byline": 1, "share": 1}
    assert found.removed_words == {"template": 6, "byline": 3, "share": 2}
    assert found.untouched == 1
    (one,) = found.removed_texts.most_frequent(10)
    assert (one.text, one.reason, one.records, one.missed, one.support) == ("Share this", "template", 2, 0, 6)


def test_a_text_that_is_counted_is_never_too_low_by_more_than_was_missed() -> None:
    chance = random.Random(1)
    stream = [f"text {int(chance.paretovariate(0.5)) % 5000}" for _ in range(20_000)]
    texts = FrequentTexts(limit=100)
    for text in stream:
        texts.add([(find_fingerprint(text), "template", text, None)])
        assert len(texts) <= 100
    true = Counter(stream)
    found = texts.most_frequent(20)
    assert texts.forgotten > 0
    assert found[0].text == true.most_common(1)[0][0]
    for one in found:
        assert one.records <= true[one.text] <= one.records + one.missed
        assert one.missed <= texts.forgotten
    kept = {one.text for one in texts.most_frequent(100)}
    assert all(count <= texts.forgotten for text, count in true.items() if text not in kept and count > 1)


def test_sites_count_by_month_and_container() -> None:
    model = SiteModel("office.example", 9, layouts=(make_layout("div.a", "Share this"), make_layout("div.b", "Donate")))
    old = {"fetched_at": "2026-01-05T00:00:00Z"}
    generic = {"method": "generic"}
    found = count_all(
        [
            record(1, provenance=old, removed=[removed("Share this")]),
            record(2, provenance={"method": "container+html5-reparse"}, removed=[removed("SHARE this"), removed("x")]),
            record(3, provenance=generic, url="https://www.office.example/later"),
            record(4, provenance=old | generic),
            record(5, provenance={"fetched_at": None}, url="file:a.txt"),
        ],
        models={(NAME, "office.example"): model},
    ).found
    site = found.sites[NAME, "office.example"]
    assert site.records == {"2026-01": 2, "2026-03": 2}
    assert site.by_container == {"2026-01": 1, "2026-03": 1}
    assert site.layouts == {(0, "2026-01"): 1, (0, "2026-03"): 1}
    assert site.unlike == ("2026-03-01T02:00:00Z", "https://www.office.example/later")
    assert found.sites[NAME, ""].records == {"": 1}


def make_layout(container: str, text: str) -> Layout:
    template = Template(find_fingerprint(text), text, Rule.TEMPLATE, Place.TAIL, "p", 5, 5, fixed=True)
    return Layout(container, 5, 5, 1.0, (template,))


def test_the_sample_is_chance_and_always_the_same() -> None:
    records = [record(number) for number in range(200)]
    chosen = [one["id"] for one in count_all(records).found.sample]
    assert len(set(chosen)) == 20
    assert [one["id"] for one in count_all(reversed(records)).found.sample] == chosen
    assert [one["id"] for one in count_all(records, sample=5).found.sample] == chosen[:5]
    others = {one["id"] for one in count_all(records, seed=1).found.sample}
    assert len(others & set(chosen)) < 10
    assert count_all(records, sample=0).found.sample == []
    assert len(count_all(records[:3]).found.sample) == 3
    # Each record has the same chance: of 200 records, over many seeds, none is left out and none comes often.
    often = Counter(one["id"] for seed in range(100) for one in count_all(records, seed=seed).found.sample)
    assert len(often) == 200
    assert max(often.values()) < 30


def test_what_has_no_end_of_values_is_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MAX_TYPES", 3)
    monkeypatch.setattr(statistics, "MAX_SITES", 2)
    found = count_all(
        record(number, date="2015-03-27", document_type=f"Type {number}", url=f"https://host{number}.example/")
        for number in range(10)
    ).found
    assert found.types == {"Type 0": 1, "Type 1": 1, "Type 2": 1, OTHERS: 7}
    assert sum(found.periods.values()) == 10
    assert {site: count.records.total() for site, count in found.sites.items()} == {
        (NAME, "host0.example"): 1,
        (NAME, "host1.example"): 1,
        (NAME, OTHERS): 8,
    }


def test_memory_does_not_grow_with_the_records() -> None:
    def held(records: int) -> int:
        counting = Counting()
        counting.found.removed_texts = FrequentTexts(limit=200)
        tracemalloc.start()
        try:
            for number in range(records):
                once = removed(f"text {number} that stands once {'.' * 200}")
                date = f"20{10 + number % 5}-03-11"
                kind, url = f"Type {number}", f"https://host{number}.example/"
                counting.add(NAME, record(number, date=date, document_type=kind, url=url, removed=[once]))
            gc.collect()  # what is let go of counts no more, which a process of many tests looks for rarely
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    held(4_500)  # fills the caches of texts and addresses, which have an end
    assert held(18_000) < 1.5 * held(6_000)  # of what has a bound, how much is held varies
