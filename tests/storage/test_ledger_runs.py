"""The ledger over several runs: which goes on, which is the current corpus, and what is kept from one to the next."""

from collections.abc import Iterable

import pytest

import crawler.storage.revisions
from crawler.storage.ledger import MAX_ATTEMPTS, Discovered, End, Fetched, Ledger, LedgerError, SealedModel, State
from crawler.storage.visits import Candidate, Run
from tests.storage.ledger_making import (
    ANSWER,
    FINISH,
    START,
    Night,
    address,
    answer,
    digest_of,
    make_record,
    moment,
    pages,
    reopen,
    take,
)


def read_from(ledger: Ledger) -> list[int]:
    """Give the visits whose responses the corpus is read from where no revision is known."""
    found = [one.fresh or one.copy for one in ledger.candidates()]
    return [response.visit for response in found if response is not None]


def tell(one: Candidate) -> tuple[str, State, int, int | None]:
    """Give page, state, misses and the run of the record of a URL that the run has no response of."""
    assert one.fresh is None
    return one.url[-1], one.state, one.misses, one.standing.run if one.standing else None


def test_a_run_goes_on_until_it_is_finished(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    first = take(ledger)
    ledger.settle(first.id, State.STORED, fetched=ANSWER)
    take(ledger)
    with pytest.raises(LedgerError, match="2 pages are not settled"):
        ledger.end_run(FINISH)
    ledger.close()
    ledger = Ledger(ledger.path.parent)
    assert ledger.begin_run("crawl sample", "later")
    assert ledger.unfinished_runs() == [(1, "crawl sample", START)]
    second = take(ledger)
    assert second.attempts == 2
    ledger.settle(second.id, State.LISTING)
    with pytest.raises(LedgerError, match="1 pages are not settled"):
        ledger.conclude([], FINISH)
    ledger.add_revision(make_record(1, "old"), first.id, "")
    ledger.conclude([End(first.id, State.RECORDED, record_digest="d")], FINISH)
    assert ledger.unfinished_runs() == []
    assert not ledger.begin_run("crawl sample", "tomorrow")
    assert ledger.run == 2
    assert ledger.counts() == {}
    (known,) = ledger.candidates()
    assert (known.url, known.fresh) == (address(1), None)
    assert known.standing
    assert known.standing.digest == digest_of("old")
    ledger.close()


def test_a_conclusion_with_pages_on_their_way_changes_nothing(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    visit = take(ledger)
    ledger.settle(visit.id, State.STORED)
    with pytest.raises(LedgerError, match="not settled"):
        ledger.conclude([End(visit.id, State.RECORDED)], FINISH)
    assert ledger.counts() == {(State.STORED, None): 1, (State.PENDING, None): 1}


def test_a_page_that_kills_every_process_comes_to_an_end(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        poison = take(ledger)
        assert (poison.url, poison.attempts) == (address(1), attempt)
        ledger = reopen(ledger)  # nothing was settled: as after a crash
    assert ledger.counts() == {(State.FAILED, "too_many_attempts"): 1, (State.PENDING, None): 1}
    assert take(ledger).url == address(2)
    ledger.close()


def test_a_failing_server_is_not_taken_for_a_page_that_kills(ledger: Ledger) -> None:
    ledger.discover(pages(1))
    for failures in range(MAX_ATTEMPTS):
        visit = take(ledger)
        assert (visit.attempts, visit.failures) == (failures + 1, failures)
        ledger.postpone(visit.id, 0, "http_503")
    for _ in range(MAX_ATTEMPTS):
        assert ledger.counts() == {(State.PENDING, "http_503"): 1}
        take(ledger)
        ledger = reopen(ledger)
    assert ledger.counts() == {(State.FAILED, "too_many_attempts"): 1}
    ledger.close()


def test_another_command_neither_takes_over_nor_loses_a_run(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    taken = take(ledger)
    ledger.close()
    other = Ledger(ledger.path.parent)
    assert not other.begin_run("crawl pages", "noon")
    assert other.run == 2
    assert other.next_pending(0) is None
    assert other.unfinished_runs() == [(1, "crawl sample", START), (2, "crawl pages", "noon")]
    other.discover(pages(3))
    other.settle(take(other).id, State.FAILED, reason="timeout")
    other.end_run(FINISH)
    other.close()
    again = Ledger(ledger.path.parent)
    assert again.begin_run("crawl sample", "evening")
    assert again.run == 1
    assert sum(again.counts().values()) == 2
    assert [take(again).url, take(again).url] == [taken.url, address(2)]
    assert again.next_pending(0) is None
    again.close()


def test_a_run_that_another_overtook_can_finish(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    early = [take(ledger), take(ledger)]
    for visit in early:
        ledger.settle(visit.id, State.STORED, fetched=ANSWER)
    ledger.close()
    other = Ledger(ledger.path.parent)
    other.begin_run("crawl pages", "noon")
    other.discover(pages(1))
    late = take(other)
    other.settle(late.id, State.STORED, fetched=ANSWER)
    # what the unfinished run has stored is published too: nothing vanishes
    assert read_from(other) == [late.id, early[1].id]
    other.conclude([End(late.id, State.RECORDED, record_digest="new")], FINISH)
    other.close()
    again = Ledger(ledger.path.parent)
    again.begin_run("crawl sample", "evening")
    again.conclude([End(early[1].id, State.RECORDED, record_digest="old")], FINISH)
    assert again.counts() == {(State.EXCLUDED, "superseded"): 1, (State.RECORDED, None): 1}
    assert read_from(again) == [late.id, early[1].id]
    again.close()


def test_the_current_corpus_is_the_latest_of_each_url(ledger: Ledger) -> None:
    ledger.end_run(FINISH)
    first = Night(ledger, 1)
    for number in (8, 7, 6, 5, 4, 3, 2, 1):
        first.record(number)
    first.end()
    second = Night(ledger, 2)
    second.see(1, State.FAILED, "timeout")
    second.see(2, State.DISALLOWED)
    second.see(3, State.EXCLUDED, "limit")
    second.see(4, State.EXCLUDED, "not_html", answer(2))
    second.see(5, State.GONE, "http_404")
    second.see(6, State.DUPLICATE)
    second.see(7, State.RECORDED)
    second.record(9)
    second.write(make_record(7, "edited", revision=2, change="changed"))
    assert [one.url[-1] for one in ledger.candidates() if one.fresh is not None] == ["6", "7", "9"]
    second.end()
    Night(ledger, 3)
    candidates = list(ledger.candidates())
    assert [tell(one) for one in candidates] == [
        ("1", State.RECORDED, 0, 2),
        ("2", State.RECORDED, 0, 2),
        ("3", State.RECORDED, 0, 2),
        ("4", State.EXCLUDED, 0, 2),
        ("5", State.GONE, 1, 2),
        ("6", State.DUPLICATE, 0, 2),
        ("7", State.RECORDED, 0, 3),
        ("8", State.RECORDED, 0, 2),
        ("9", State.RECORDED, 0, 3),
    ]
    stand = {one.url[-1]: one.standing.response for one in candidates if one.standing}
    assert {number: response.fetched for number, response in stand.items()} == {
        number: answer(2 if number in "79" else 1) for number in "123456789"
    }


def test_urls_are_sorted_by_code_point(ledger: Ledger) -> None:
    urls = [f"https://example.org/{name}" for name in ("Z", "a", "_", "\xe9", "\uffee", "\U0001f600", "a/", "a%20")]
    store(ledger, urls)
    assert [one.url for one in ledger.candidates()] == sorted(urls)


def store(ledger: Ledger, urls: Iterable[str]) -> None:
    ledger.discover([Discovered(url, "page") for url in urls])
    while (visit := ledger.next_pending(0)) is not None:
        ledger.settle(visit.id, State.STORED, fetched=ANSWER)


@pytest.mark.parametrize("portion", [1, 2, 7, 8, 9, 100])
def test_candidates_are_read_in_portions(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, portion: int) -> None:
    monkeypatch.setattr(crawler.storage.revisions, "PORTION", portion)
    names = ("A", "Z", "a", "a/", "a%20", "\xe9", "\uffee", "\U0001f600")
    urls = sorted(f"https://example.org/{name}" for name in names)
    store(ledger, urls)
    assert [one.url for one in ledger.candidates()] == urls
    for first, url in enumerate(urls):
        assert [one.url for one in ledger.candidates(after=url)] == urls[first + 1 :]
        assert [one.url for one in ledger.candidates(last=url)] == urls[: first + 1]
        assert [one.url for one in ledger.candidates(after=urls[0], last=url)] == urls[1 : first + 1]
        assert ledger.candidate(url) == next(iter(ledger.candidates(after=urls[first - 1] if first else None)))
    assert [one.url for one in ledger.candidates(after="https://example.org/a!", last="https://example.org/b")] == [
        url for url in urls if "https://example.org/a!" < url <= "https://example.org/b"
    ]
    assert ledger.candidate("https://example.org/b") is None


def test_a_portion_without_a_candidate_is_not_the_end(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.storage.revisions, "PORTION", 2)
    ledger.discover([Discovered(address(number), "page", state=State.OUT_OF_SCOPE) for number in range(20)])
    store(ledger, [address(20)])
    assert [one.url for one in ledger.candidates()] == [address(20)]


def test_the_ledger_may_be_written_while_candidates_are_read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.storage.revisions, "PORTION", 3)
    store(ledger, map(address, range(20)))
    seen = []
    for one in ledger.candidates():
        assert one.fresh is not None
        with ledger.transaction():
            ledger.fix_statements(one.fresh.visit, [("feed", "published", one.url)])
            ledger.keep_reading(one.fresh.visit, "basis", one.url, "line")
        seen.append(one.url)
    assert seen == [address(number) for number in range(20)]
    assert [one.fresh.stated for one in ledger.candidates() if one.fresh is not None] == [
        (("feed", "published", url),) for url in seen
    ]


def test_redirects(ledger: Ledger) -> None:
    ledger.discover([Discovered(address(1), "page", known={"row": 7}), *pages(2, 3)])
    for number, target in ((1, address(3)), (2, None)):
        ledger.settle(number, State.REDIRECTED, detail=target)
    assert list(ledger.redirects()) == [(address(3), address(1), '{"row": 7}')]
    assert list(ledger.redirects([99])) == []


def test_torn_records_are_fetched_again(ledger: Ledger) -> None:
    ledger.discover(pages(*range(4)))
    for offset in (0, 100, 200):
        ledger.settle(take(ledger).id, State.STORED, fetched=Fetched(200, START, None, None, "000002.warc.gz", offset))
    ledger.settle(take(ledger).id, State.STORED, fetched=ANSWER)
    assert ledger.archive_ends() == {"000001.warc.gz": 512, "000002.warc.gz": 200}
    assert ledger.fetch_again("000002.warc.gz", 100) == 2
    assert ledger.archive_ends() == {"000001.warc.gz": 512, "000002.warc.gz": 0}
    assert [take(ledger).url, take(ledger).url] == [address(1), address(2)]


def test_stated_dates_and_feeds(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    statements = [("https://example.org/feed", "published", "Mon"), ("https://example.org/a", "modified", "x")]
    ledger.note_dates(address(1), statements)
    ledger.note_dates(address(1), reversed(statements))
    ledger.note_dates("https://example.org/unknown", statements)
    assert ledger.stated_dates(address(1)) == [
        ("https://example.org/a", "modified", "x"),
        ("https://example.org/feed", "published", "Mon"),
    ]
    assert ledger.stated_dates(address(2)) == []
    assert ledger.journaled_feed("a.jsonl") is None
    ledger.journal_feed("a.jsonl", "1")
    ledger.journal_feed("a.jsonl", "2")
    ledger = reopen(ledger)
    assert ledger.journaled_feed("a.jsonl") == "2"
    ledger.close()


def test_runs_end_in_their_own_order(ledger: Ledger) -> None:
    Night(ledger, 2, "crawl pages").end()
    ledger = reopen(ledger)
    assert ledger.run == 1
    assert ledger.started_at() == START
    ledger.end_run(moment(5))
    assert ledger.finished_runs() == [
        Run(2, "crawl pages", moment(2), moment(2).replace("T02", "T03")),
        Run(1, "crawl sample", START, moment(5)),
    ]
    ledger.look_at_run(2)
    assert (ledger.command(), ledger.started_at()) == ("crawl pages", moment(2))
    ledger.close()


def test_models_are_those_of_the_time_when_a_run_ended(ledger: Ledger) -> None:
    ledger.end_run(FINISH)
    ledger.begin_run("crawl sample", START)
    ledger.seal_model("a.example", "one", "1.warc.gz", 1)
    ledger.seal_model("b.example", "two", "1.warc.gz", 2)
    ledger.end_run(FINISH)
    ledger.begin_run("crawl sample", START)
    ledger.end_run(FINISH)
    ledger.begin_run("crawl sample", START)
    ledger.seal_model("a.example", "three", "2.warc.gz", 3)
    ledger.retire_model("b.example")
    first = {"a.example": SealedModel("one", "1.warc.gz", 1, 2), "b.example": SealedModel("two", "1.warc.gz", 2, 2)}
    now = {"a.example": SealedModel("three", "2.warc.gz", 3, 4)}
    assert [ledger.sealed_models(run) for run in (1, 2, 3, None)] == [{}, first, first, now]
    ledger.end_run(FINISH)
    ledger.seal_model("c.example", "four", "2.warc.gz", 4)  # by hand, between two crawls
    assert ledger.sealed_models(4) == now
    assert list(ledger.sealed_models()) == ["a.example", "c.example"]
