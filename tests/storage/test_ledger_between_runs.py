"""What one run leaves to the next: unfinished runs, other commands' runs, and what is told once only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.storage.ledger import Ledger, State
from items import ChangeReason
from tests.storage.ledger_making import Night, address, make_format_2, make_record, moment, pages


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "sample")
    yield made
    made.close()


def test_a_visit_that_another_run_overtook_is_not_fresh(ledger: Ledger) -> None:
    Night(ledger, 1).see(1, State.STORED)
    late = Night(ledger, 2, "crawl pages")
    late.record(1, "newer")
    late.end()
    ledger.begin_run("crawl sample", moment(3))
    assert ledger.run == 1
    (one,) = ledger.candidates()
    assert one.fresh is None


def test_a_page_that_is_gone_since_is_not_fresh(ledger: Ledger) -> None:
    Night(ledger, 1).see(1, State.STORED)
    Night(ledger, 2, "crawl pages").see(1, State.GONE, "http_404")
    assert list(ledger.candidates()) == []


def test_revisions_of_an_unfinished_run_do_not_stand(ledger: Ledger) -> None:
    Night(ledger, 1).record(1)
    second = Night(ledger, 2, "crawl pages")
    (one,) = ledger.candidates()
    assert one.standing is None
    assert [history.last_changed for history in ledger.page_histories()] == [None]
    ledger.begin_revisions()  # of all runs that did not end: they make theirs again
    second.record(1, "edited")
    second.end()
    assert [(one.run, one.number) for one in ledger.revisions(address(1))] == [(2, 1)]
    ledger.begin_run("crawl sample", moment(3))
    ledger.begin_revisions()
    assert [one.number for one in ledger.revisions(address(1))] == [1]


def test_a_limit_does_not_end_a_row_of_misses(ledger: Ledger) -> None:
    seen = [(State.GONE, "http_404"), (State.EXCLUDED, "limit"), (State.GONE, "http_404")]
    for day, (state, reason) in enumerate(seen, start=1):
        night = Night(ledger, day)
        night.see(1, state, reason)
        night.end()
    Night(ledger, 4)
    assert [history.misses for history in ledger.page_histories()] == [2]


def test_a_stated_date_may_hold_half_a_surrogate_pair(ledger: Ledger) -> None:
    Night(ledger, 1)
    ledger.discover(pages(1))
    ledger.note_dates(address(1), [("feed", "published", "Mon\ud800")])
    assert ledger.stated_dates(address(1)) == [("feed", "published", "Mon?")]


def test_what_sitemaps_no_longer_name_is_told_once(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2):
        first.record(number)
        ledger.note_dates(address(number), [("sitemap", "listed", "")])
    first.end()
    told = []
    for day in (2, 3, 4):
        night = Night(ledger, day)
        ledger.note_dates(address(1), [("sitemap", "listed", "")])
        told.append(list(ledger.unlisted()))
        night.end()
    assert told == [[address(2)], [], []]


def test_without_a_sitemap_nothing_is_unlisted(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    ledger.note_dates(address(1), [("sitemap", "listed", "")])
    first.end()
    Night(ledger, 2).end()
    Night(ledger, 3)
    assert ledger.unlisted() == {}
    ledger.discover(pages(2))
    ledger.note_dates(address(2), [("sitemap", "listed", "")])
    assert ledger.unlisted() == {address(1): False}


def test_models_of_runs_that_ended_before_the_format_said_which(tmp_path: Path) -> None:
    make_format_2(tmp_path / "ledger.sqlite3")
    ledger = Ledger(tmp_path)
    try:
        assert list(ledger.sealed_models(1)) == ["example.org"]
    finally:
        ledger.close()


def test_a_page_that_is_gone_holds_no_content(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    visit = first.record(1)
    first.end()
    second = Night(ledger, 2)
    assert ledger.find_same_content("content text", address(2)) == [address(1)]
    second.write(make_record(1, revision=2, change="gone", reason=ChangeReason.WITHDRAWN), visit)
    second.end()
    Night(ledger, 3)
    assert ledger.find_same_content("content text", address(2)) == []


def test_a_page_that_is_still_on_its_way_has_not_changed(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    first.end()
    Night(ledger, 2)
    ledger.discover(pages(1))
    assert not ledger.has_changed(address(1))


def test_a_claim_that_was_not_believed_is_remembered(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    ledger.note_dates(address(1), [("sitemap", "modified", "2021-03-01")])
    first.end()
    second = Night(ledger, 2)
    assert [history.claimed for history in ledger.page_histories()] == [False]
    ledger.note_dates(address(1), [("sitemap", "modified", "2021-03-02")])
    second.end()
    Night(ledger, 3).see(1, State.UNCHANGED, "identical")
    assert [history.claimed for history in ledger.page_histories()] == [True]
    assert ledger.claims() == {}, "it is no claim of this run"
    ledger.end_run(moment(3))
    Night(ledger, 4)
    assert [history.claimed for history in ledger.page_histories()] == [False]
