"""What earlier runs know of a page: when it was asked for, how it answered, and what was stated of it since."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from crawler.discovery.due import PageHistory, Why
from crawler.storage.ledger import Discovered, Ledger, State
from items import ChangeReason
from tests.storage.ledger_making import Night, address, as_line, make_record, moment, reopen


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "collection")
    yield made
    made.close()


def day(number: int) -> datetime:
    return datetime(2026, 4, number, 2, tzinfo=UTC)


def history(
    number: int,
    seen: int,
    asked: int | None,
    state: State,
    reason: str | None = None,
    *,
    misses: int = 0,
    published: date | None = None,
    changed: int | None = None,
) -> PageHistory:
    last = None if asked is None else day(asked)
    when = None if changed is None else day(changed)
    return PageHistory(address(number), day(seen), last, state, reason, misses, published, when)


def histories(ledger: Ledger) -> list[PageHistory]:
    return sorted(ledger.page_histories(), key=lambda one: one.url)


# Visits


def test_what_is_known_of_a_page_before_a_run(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1, published="2015-03-27")
    first.record(2)
    first.see(3, State.EXCLUDED, "limit")
    first.see(4, State.LISTING, role="listing")
    first.see(5, State.OUT_OF_SCOPE, "offsite")
    first.end()
    assert histories(ledger) == [], "the run itself is no earlier one"
    second = Night(ledger, 2)
    second.see(1, State.RECORDED)
    second.write(make_record(1, "edited", revision=2, change="changed", published="2016-01-01"))
    second.see(2, State.UNCHANGED, "not_modified")
    second.see(3, State.EXCLUDED, "limit")
    second.see(6, State.FAILED, "timeout")
    second.see(7, State.DUPLICATE)
    second.end()
    third = Night(ledger, 4)
    third.see(1, State.EXCLUDED, "limit")
    third.see(6, State.DISALLOWED)
    third.end()
    now = Night(ledger, 5)
    now.see(1, State.RECORDED)
    now.write(make_record(1, "again", revision=3, change="changed", published="2017-01-01"))
    assert histories(ledger) == [
        history(1, 1, 2, State.EXCLUDED, "limit", published=date(2016, 1, 1), changed=2),
        history(2, 1, 2, State.UNCHANGED, "not_modified", changed=1),
        history(3, 1, None, State.EXCLUDED, "limit"),
        history(5, 1, 1, State.OUT_OF_SCOPE, "offsite"),
        history(6, 2, 4, State.DISALLOWED),
        history(7, 2, 2, State.DUPLICATE),
    ]


def test_misses_are_counted_from_the_last_answer(ledger: Ledger) -> None:
    gone, failed, unchanged = State.GONE, State.FAILED, State.UNCHANGED
    nights = [
        {1: State.RECORDED, 2: State.RECORDED, 3: gone, 4: gone},
        {1: gone, 2: gone, 3: gone, 4: gone},
        {1: gone, 2: gone, 3: unchanged, 4: gone},
        {1: failed, 2: gone, 3: gone, 4: failed},
        {1: gone, 2: gone, 3: gone},
    ]
    for number, seen in enumerate(nights, start=1):
        night = Night(ledger, number)
        for page, state in seen.items():
            night.see(page, state)
        night.end()
    Night(ledger, 6).see(1, gone)
    assert [(one.state, one.misses) for one in histories(ledger)] == [(gone, 3), (gone, 4), (gone, 2), (failed, 0)]


def test_a_page_that_is_gone_has_changed_then(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    visit = first.record(1, published="2015-03-27")
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.GONE, "http_404")
    gone = make_record(1, revision=2, change="gone", reason=ChangeReason.WITHDRAWN, published="2015-03-27")
    second.write(gone, visit)
    assert ledger.unvisited() == []
    second.end()
    Night(ledger, 3)
    assert histories(ledger) == [
        history(1, 1, 2, State.GONE, "http_404", misses=1, published=date(2015, 3, 27), changed=2)
    ]
    assert ledger.unvisited() == [], "it has no record to be asked for"


def test_a_page_that_was_put_down_and_not_asked_for(ledger: Ledger) -> None:
    Night(ledger, 1, "crawl pages")
    ledger.discover([Discovered(address(1), "page")])
    Night(ledger, 2)
    assert histories(ledger) == [history(1, 1, None, State.PENDING)]
    assert ledger.last_state(address(1)) == (State.PENDING, None)


def test_the_last_state_is_of_an_earlier_run(ledger: Ledger) -> None:
    assert ledger.last_state(address(1)) is None
    first = Night(ledger, 1)
    first.see(1, State.OUT_OF_SCOPE, "offsite")
    assert ledger.last_state(address(1)) is None
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.GONE)
    assert ledger.last_state(address(1)) == (State.OUT_OF_SCOPE, "offsite")
    second.end()
    Night(ledger, 3)
    assert ledger.last_state(address(1)) == (State.GONE, None)
    assert ledger.last_state(address(2)) is None


def test_why_a_page_was_put_down(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.see(4, State.FAILED, why=Why.CLAIM)
    first.end()
    night = Night(ledger, 2)
    night.see(3, State.FAILED, why=Why.CLAIM)
    night.see(1, State.GONE, why=Why.CLAIM)
    night.see(2, State.GONE, why=Why.AGE)
    night.see(4, State.GONE)
    assert ledger.visits_because(Why.CLAIM) == [address(1), address(3)]
    assert ledger.visits_because(Why.AGE) == [address(2)]
    assert ledger.visits_because(Why.COPY) == []


@pytest.mark.parametrize(
    ("state", "reason", "content", "changed"),
    [
        (State.STORED, None, "content text", False),
        (State.STORED, None, "content other", True),
        (State.RECORDED, None, "content other", True),
        (State.UNCHANGED, "not_modified", None, False),
        (State.UNCHANGED, "identical", None, False),
        (State.REDIRECTED, None, None, True),
        (State.GONE, "http_404", None, True),
        (State.EXCLUDED, "not_html", None, True),
        (State.FAILED, "timeout", None, False),
        (State.DISALLOWED, None, None, False),
    ],
)
def test_whether_a_page_has_changed(
    ledger: Ledger, state: State, reason: str | None, content: str | None, changed: bool
) -> None:
    first = Night(ledger, 1)
    first.record(1, "text")
    first.record(2, "other")
    first.end()
    second = Night(ledger, 2)
    visit = second.see(1, state, reason)
    if content is not None:
        ledger.keep_reading(visit, "basis", content, "line")
    assert ledger.has_changed(address(1)) is changed
    assert not ledger.has_changed(address(2)), "it was not visited"
    second.see(3, State.GONE)
    assert ledger.has_changed(address(3)), "whether it had a record or not"


def test_it_is_compared_with_the_latest_record(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1, "one")
    first.end()
    second = Night(ledger, 2)
    edited = second.see(1, State.RECORDED)
    second.write(make_record(1, "two", revision=2, change="changed"))
    ledger.keep_reading(edited, "basis", "content two", as_line(make_record(1, "two")))
    second.end()
    third = Night(ledger, 3)
    visit = third.see(1, State.STORED)
    for text, changed in (("one", True), ("two", False)):
        ledger.keep_reading(visit, "basis", f"content {text}", "line")
        assert ledger.has_changed(address(1)) is changed


def test_records_whose_pages_the_run_has_not_visited(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2, 3, 4):
        first.record(number)
    first.see(5, State.GONE)
    first.end()
    second = Night(ledger, 2)
    second.write(make_record(4, revision=2, change="gone", reason=ChangeReason.DUPLICATE), first.visits[4])
    second.end()
    third = Night(ledger, 3)
    third.see(2, State.FAILED)
    third.record(6)
    third.write(make_record(3, revision=2, change="gone", reason=ChangeReason.DUPLICATE), first.visits[3])
    assert sorted(ledger.unvisited()) == [address(1), address(3)]


# Statements


def state_dates(ledger: Ledger, *stated: tuple[int, str, str], kind: str = "modified") -> None:
    for number, source, raw in stated:
        ledger.note_dates(address(number), [(source, kind, raw)])


def rows(ledger: Ledger) -> list[tuple[str, str, int, int]]:
    return ledger._db.execute("select kind, raw, first_run, last_run from statement order by kind, raw").fetchall()


def test_a_claim_is_a_modification_that_nobody_stated_before(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2, 3, 4):
        first.record(number)
    first.see(5, State.OUT_OF_SCOPE, "offsite")
    first.see(6, State.EXCLUDED, "limit")
    first.see(7, State.LISTING, role="listing")
    known = [(number, "sitemap", "a") for number in range(1, 9)]
    state_dates(ledger, *known)
    assert ledger.claims() == {}, "pages that the run has found itself are visited anyway"
    first.end()
    second = Night(ledger, 2)
    state_dates(ledger, *known)
    assert ledger.claims() == {}
    state_dates(ledger, *((number, "sitemap", "b") for number in (1, 2, 4, 5, 6, 7, 8)))
    state_dates(ledger, (3, "sitemap", "b"), kind="published")
    state_dates(ledger, (2, "feed", "c"))
    assert ledger.claims() == {address(1): False, address(2): False, address(4): False}
    second.see(2, State.GONE, why=Why.CLAIM)
    assert ledger.claims() == {address(1): False, address(2): True, address(4): False}
    second.end()
    Night(ledger, 3)
    state_dates(ledger, (1, "sitemap", "b"), (2, "sitemap", "b"), (4, "sitemap", "d"))
    assert ledger.claims() == {address(4): False}, "the others were stated before"


def test_a_sitemap_that_lies_each_night_leaves_no_heap(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    for number in range(2, 9):
        state_dates(ledger, (1, "sitemap", f"night {number - 1}"), (1, "feed", "steady"))
        state_dates(ledger, (1, "feed", "2015"), kind="published")
        ledger.conclude(first.ends if number == 2 else [], moment(number))
        assert rows(ledger) == [
            ("modified", f"night {number - 1}", number - 1, number - 1),
            ("modified", "steady", 1, number - 1),
            ("published", "2015", 1, number - 1),
        ]
        Night(ledger, number)
    assert ledger.claims() == {}, "this run has read nothing yet"
    assert ledger.stated_dates(address(1)) == [
        ("feed", "modified", "steady"),
        ("feed", "published", "2015"),
        ("sitemap", "modified", "night 7"),
    ], "and what was read last still holds"


def test_two_sitemaps_may_state_different_things(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    state_dates(ledger, (1, "sitemap", "b"), (1, "sitemap", "a"))
    both = [("sitemap", "modified", "a"), ("sitemap", "modified", "b")]
    assert ledger.stated_dates(address(1)) == both
    first.end()
    assert ledger.stated_dates(address(1)) == both
    second = Night(ledger, 2)
    state_dates(ledger, (1, "sitemap", "a"), (1, "sitemap", "b"))
    assert ledger.claims() == {}, "neither is news"
    second.end()
    Night(ledger, 3)
    state_dates(ledger, (1, "sitemap", "a"), (1, "sitemap", "c"))
    assert ledger.claims() == {address(1): False}
    assert ledger.stated_dates(address(1)) == [("sitemap", "modified", "a"), ("sitemap", "modified", "c")]
    ledger.conclude([], moment(3))
    assert [row[1:] for row in rows(ledger)] == [("a", 1, 3), ("c", 3, 3)]


def test_a_run_that_goes_on_still_claims(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    first.end()
    Night(ledger, 2)
    state_dates(ledger, (1, "sitemap", "a"))
    ledger = reopen(ledger)
    state_dates(ledger, (1, "sitemap", "a"))
    assert ledger.claims() == {address(1): False}
    ledger.close()


def test_pages_that_the_sitemaps_name_no_more(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2, 3, 4):
        first.record(number)
    named = [(number, "sitemap", "") for number in (1, 2, 3, 4)]
    state_dates(ledger, *named, kind="listed")
    assert ledger.stated_dates(address(1)) == [], "that is no date"
    assert ledger.unlisted() == {}
    first.end()
    second = Night(ledger, 2)
    second.see(3, State.GONE)
    second.write(make_record(4, revision=2, change="gone", reason=ChangeReason.MOVED), first.visits[4])
    assert ledger.unlisted() == {}, "no sitemap was read"
    state_dates(ledger, named[0], kind="listed")
    assert ledger.unlisted() == {address(2): False, address(3): True}
