"""Figures over all finished runs of a collection."""

from pathlib import Path

import pytest

from crawler.storage.ledger import Ledger, State
from crawler.storage.totals import RunTotal
from crawler.storage.visits import SealedModel
from items import ChangeReason
from tests.storage.ledger_making import Night, answer, make_record, moment, pages


@pytest.fixture
def nights(tmp_path: Path) -> Ledger:
    """Three nights, and a fourth that is not over."""
    ledger = Ledger(tmp_path / "collection")
    first = Night(ledger, 1)
    for number in (1, 2, 3):
        first.record(number, f"text {number}")
    first.see(4, State.EXCLUDED, "no_text")
    first.see(5, State.LISTING, role="listing", fetched=answer(1))
    first.end()
    ledger.seal_model("example.org", "sha256:a", "000001.warc.gz", 9)
    second = Night(ledger, 2)
    second.see(1, State.UNCHANGED, "not_modified")
    second.see(2, State.FAILED, "http_500")
    second.see(4, State.GONE, "http_404")
    second.end()
    third = Night(ledger, 3)
    third.see(3, State.GONE, "http_410")
    third.write(make_record(3, "text 3", revision=2, change="gone", reason=ChangeReason.WITHDRAWN), first.visits[3])
    third.end()
    ledger.seal_model("example.org", "sha256:b", "000003.warc.gz", 99)
    fourth = Night(ledger, 4)
    fourth.record(6)
    fourth.see(1, State.GONE, "http_404")
    ledger.discover(pages(7))
    return ledger


def test_each_url_is_counted_once(nights: Ledger) -> None:
    assert nights.role_totals([1, 2, 3]) == {"listing": 1, "page": 4}
    assert nights.verdict_totals([1, 2, 3]) == {None: 5}
    assert nights.role_totals([]) == {}
    assert sum(account.urls for account in nights.account()) == 5, "of the same URLs"


def test_runs_say_what_they_did(nights: Ledger) -> None:
    ends = [moment(day).replace("T02", "T03") for day in (1, 2, 3)]
    assert nights.run_totals([1, 2, 3]) == [
        RunTotal(1, "crawl sample", moment(1), ends[0], 5, 3, 0, 0),
        RunTotal(2, "crawl sample", moment(2), ends[1], 3, 0, 0, 0),
        RunTotal(3, "crawl sample", moment(3), ends[2], 1, 0, 0, 1),
    ]


def test_models_and_files_are_found(nights: Ledger) -> None:
    assert nights.find_sealed("sha256:a") == SealedModel("sha256:a", "000001.warc.gz", 9, 1)
    assert nights.find_sealed("sha256:c") is None
    assert nights.last_archive_file([1, 2, 3]) == "000001.warc.gz"
    assert nights.last_archive_file([2]) is None
