"""The account of all URLs: where the finished runs left each, and when models were sealed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.storage.ledger import Ledger, SealedModel, State
from crawler.storage.visits import Account
from tests.storage.ledger_making import Night, moment, pages


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "sample")
    yield made
    made.close()


def test_each_url_counts_where_its_latest_visit_left_it(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    for number in (1, 2, 3):
        first.record(number)
    first.see(4, State.EXCLUDED, "no_text")
    first.see(5, State.FAILED, "http_500")
    first.see(6, State.EXCLUDED, "not_html")
    first.see(7, State.DISALLOWED)
    first.see(8, State.EXCLUDED, "limit")
    first.end()
    assert ledger.account() == [
        Account(State.DISALLOWED, None, 1, 0),
        Account(State.EXCLUDED, "limit", 1, 0),
        Account(State.EXCLUDED, "no_text", 1, 0),
        Account(State.EXCLUDED, "not_html", 1, 0),
        Account(State.FAILED, "http_500", 1, 0),
        Account(State.RECORDED, None, 3, 3),
    ]
    second = Night(ledger, 2)
    second.see(1, State.UNCHANGED, "not_modified")
    second.see(2, State.GONE, "http_404")
    second.see(3, State.EXCLUDED, "limit")  # it was let go of: nothing is known of it that was not before
    second.see(4, State.UNCHANGED, "not_modified")  # as it was, and that was no document
    second.see(5, State.GONE, "http_410")
    second.end()
    assert ledger.account() == [
        Account(State.DISALLOWED, None, 1, 0),
        Account(State.EXCLUDED, "limit", 1, 0),
        Account(State.EXCLUDED, "no_text", 1, 0),
        Account(State.EXCLUDED, "not_html", 1, 0),
        Account(State.GONE, "http_404", 1, 1),
        Account(State.GONE, "http_410", 1, 0),
        Account(State.RECORDED, None, 1, 1),
        Account(State.UNCHANGED, "not_modified", 1, 1),
    ]


def test_a_run_that_is_not_finished_does_not_count(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    first.record(1)
    first.see(2, State.FAILED, "timeout")
    first.end()
    before = ledger.account()
    second = Night(ledger, 2)
    second.record(3)
    second.see(2, State.GONE, "http_404")
    ledger.discover(pages(4, 5))
    assert ledger.account() == before
    assert sum(one.urls for one in before) == 2


def test_sealings_are_told_in_their_order(ledger: Ledger) -> None:
    first = Night(ledger, 1)
    ledger.seal_model("b.example", "one", "1.warc.gz", 1)
    first.end()
    second = Night(ledger, 2)
    ledger.seal_model("b.example", "two", "1.warc.gz", 2)
    ledger.seal_model("a.example", "three", "1.warc.gz", 3)
    one = ("b.example", moment(1), SealedModel("one", "1.warc.gz", 1, 1))
    assert ledger.sealings() == [one]
    ledger.retire_model("b.example")
    second.end()
    assert ledger.sealings() == [
        one,
        ("b.example", moment(2), SealedModel("two", "1.warc.gz", 2, 2)),
        ("a.example", moment(2), SealedModel("three", "1.warc.gz", 3, 2)),
    ]
