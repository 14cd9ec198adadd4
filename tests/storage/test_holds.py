"""Runs that were held back: what they stored waits, and who takes it over."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.due import RevisitPolicy, Why, due
from crawler.storage.ledger import Fetched, Ledger, LedgerError, State
from crawler.storage.visits import Candidate
from tests.storage.ledger_making import Night, address, answer, moment, pages, reopen


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "sample")
    yield made
    made.close()


def store(ledger: Ledger, number: int, day: int) -> int:
    """Let the run fetch a page, and give its visit."""
    ledger.discover(pages(number))
    visit = ledger.next_pending(0)
    assert visit is not None
    ledger.settle(visit.id, State.STORED, fetched=answer(day))
    return visit.id


def hold(ledger: Ledger, day: int, *numbers: int) -> None:
    """Make a run that fetches pages and is held back."""
    ledger.begin_run("crawl sample", moment(day))
    for number in numbers:
        store(ledger, number, day)
    ledger.hold(moment(day))


def told(ledger: Ledger, number: int) -> Candidate | None:
    return next((one for one in ledger.candidates() if one.url == address(number)), None)


def fetched(one: Candidate | None) -> Fetched | None:
    return None if one is None or one.fresh is None else one.fresh.fetched


def first_night(ledger: Ledger) -> None:
    night = Night(ledger, 1)
    night.record(1)
    night.record(2)
    night.end()


def test_a_held_run_is_over_and_no_part_of_the_corpus(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 1, 3)
    (held,) = ledger.held_runs()
    assert (held.id, held.command, held.started_at, held.stored) == (2, "crawl sample", moment(2), 2)
    assert ledger.unfinished_runs() == []
    assert [run.id for run in ledger.finished_runs()] == [1]
    status = ledger.status()
    assert status is not None
    assert status.is_held
    assert not ledger.begin_run("crawl sample", moment(3)), "the next night is another run"
    assert ledger.run == 3


def test_a_run_with_pages_on_their_way_cannot_be_held(ledger: Ledger) -> None:
    ledger.begin_run("crawl sample", moment(1))
    ledger.discover(pages(1))
    with pytest.raises(LedgerError, match="1 pages are not settled"):
        ledger.hold(moment(1))
    assert ledger.held_runs() == []


def test_new_pages_wait_for_the_next_run_and_known_ones_are_asked_for_again(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 1, 3)
    ledger.begin_run("crawl sample", moment(3))
    assert {one.url: one.held for one in ledger.page_histories()} == {
        address(1): True,
        address(2): False,
        address(3): True,
    }
    assert fetched(told(ledger, 1)) is None, "what stood before a known page may have been a wall"
    assert fetched(told(ledger, 3)) is None, "and of a new one as well"
    ledger.discover(pages(3))
    visit = ledger.next_pending(0)
    assert visit is not None
    ledger.settle(visit.id, State.FAILED, reason="http_500")
    assert fetched(told(ledger, 3)) == answer(2), "this run has asked for it, and got nothing better"
    ledger.takes_held_runs = False
    assert fetched(told(ledger, 3)) is None
    store(ledger, 1, 3)
    assert fetched(told(ledger, 1)) == answer(3)


def test_a_new_page_that_is_something_else_now_is_what_it_is_now(ledger: Ledger) -> None:
    hold(ledger, 2, 3, 4)
    night = Night(ledger, 3)
    night.see(3, State.EXCLUDED, "noindex")
    night.see(4, State.REDIRECTED)
    assert list(ledger.candidates()) == []


def test_new_pages_that_nobody_has_looked_at_are_asked_for_later(ledger: Ledger) -> None:
    hold(ledger, 2, 3)
    Night(ledger, 3).end()
    (history,) = ledger.page_histories()
    assert (history.held, history.state, history.reason) == (False, "excluded", "superseded")
    assert due(datetime(2026, 4, 4, 2, tzinfo=UTC), history, RevisitPolicy()) is Why.UNREAD


def test_a_run_that_has_seen_nothing_leaves_them_waiting(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 3)
    late = Night(ledger, 3)
    ledger.takes_held_runs = False
    late.end()
    assert [run.id for run in ledger.held_runs()] == [2]
    assert ledger.taken_runs(3) == []


def test_a_run_that_finishes_takes_them_over(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 1, 3)
    hold(ledger, 3, 1)
    late = Night(ledger, 4)
    late.record(4)
    late.end()
    assert ledger.held_runs() == []
    assert ledger.taken_runs(4) == [2, 3]
    assert ledger.settled_runs([1, 4]) == [1, 2, 3, 4]
    assert ledger.counts() == {(State.RECORDED, None): 1}
    ledger.look_at_run(2)
    assert ledger.counts() == {(State.EXCLUDED, "superseded"): 2}, "this run has not looked at them"
    ledger.begin_run("crawl sample", moment(5))
    assert not any(one.held for one in ledger.page_histories())


def test_a_run_of_another_command_does_not(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 3)
    other = Night(ledger, 3, "crawl pages")
    assert told(ledger, 3) is None
    other.record(4)
    other.end()
    assert [run.id for run in ledger.held_runs()] == [2]


def test_a_page_that_is_gone_since_a_held_run_found_it(ledger: Ledger) -> None:
    hold(ledger, 2, 3)
    Night(ledger, 3).see(3, State.GONE, "http_404")
    one = told(ledger, 3)
    assert fetched(one) == answer(2)
    assert one is not None
    assert (one.state, one.standing) == (State.GONE, None)


def test_one_that_is_accepted_is_the_run_of_its_command_again(ledger: Ledger) -> None:
    first_night(ledger)
    hold(ledger, 2, 1, 3)
    assert ledger.latest_run("crawl sample") == (2, moment(2), True, True)
    ledger.accept(2, moment(9))
    assert ledger.latest_run("crawl sample") == (2, moment(2), False, False), "to be gone on with"
    assert ledger.begin_run("crawl sample", moment(9))
    assert ledger.run == 2
    assert ledger.is_accepted()
    ledger.note_redesigns("[]")
    ledger = reopen(ledger)  # it was cut short
    assert (ledger.run, ledger.is_accepted(), ledger.noted_redesigns()) == (2, True, "[]")
    status = ledger.status()
    assert status is not None
    assert not status.is_held
    assert fetched(told(ledger, 1)) == answer(2)


def test_the_record_that_stands(ledger: Ledger) -> None:
    first_night(ledger)
    ledger.begin_run("crawl sample", moment(2))
    assert ledger.standing_line(address(1)) is not None
    assert ledger.standing_line(address(3)) is None
    store(ledger, 1, 2)
    assert ledger.unread_pages() == [address(1)]
