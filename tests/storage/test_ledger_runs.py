"""The ledger over several runs: which goes on, which is the current corpus, and what is kept from one to the next."""

import pytest

from crawler.storage.ledger import MAX_ATTEMPTS, Discovered, End, Fetched, Ledger, LedgerError, State
from tests.storage.ledger_making import ANSWER, FINISH, START, address, pages, reopen, take


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
    ledger.conclude([End(first.id, State.RECORDED, record_digest="d")], FINISH)
    assert ledger.unfinished_runs() == []
    assert not ledger.begin_run("crawl sample", "tomorrow")
    assert ledger.run == 2
    assert ledger.counts() == {}
    assert ledger.earlier_digests() == {address(1): "d"}
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
    assert [visit.id for visit in other.current()] == [late.id, early[1].id]
    other.conclude([End(late.id, State.RECORDED, record_digest="new")], FINISH)
    other.close()
    again = Ledger(ledger.path.parent)
    again.begin_run("crawl sample", "evening")
    assert [visit.id for visit in again.current()] == [late.id, early[1].id]
    again.conclude([End(early[1].id, State.RECORDED, record_digest="old")], FINISH)
    assert again.counts() == {(State.EXCLUDED, "superseded"): 1, (State.RECORDED, None): 1}
    assert [visit.id for visit in again.current()] == [late.id, early[1].id]
    again.close()


def test_the_current_corpus_is_the_latest_of_each_url(ledger: Ledger) -> None:
    def run(*visits: tuple[int, State, str | None]) -> None:
        ledger.begin_run("crawl sample", START)
        for number, state, reason in visits:
            ledger.discover([Discovered(address(number), "page")])
            stored = state == State.RECORDED
            visit = take(ledger)
            ledger.settle(visit.id, State.STORED if stored else state, reason=reason, fetched=ANSWER)
            if stored:
                with ledger.transaction():
                    sql = "update visit set state = 'recorded', record_digest = ? where id = ?"
                    ledger._db.execute(sql, (f"{ledger.run}-{number}", visit.id))
        ledger.end_run(FINISH)

    recorded = State.RECORDED
    run(*((number, recorded, None) for number in (8, 7, 6, 5, 4, 3, 2, 1)))
    run(
        (1, State.FAILED, "timeout"),
        (2, State.DISALLOWED, None),
        (3, State.EXCLUDED, "limit"),
        (4, State.EXCLUDED, "short"),
        (5, State.GONE, None),
        (6, State.DUPLICATE, None),
        (7, recorded, None),
        (9, recorded, None),
    )
    current = list(ledger.current())
    assert [(visit.url, visit.id <= 8) for visit in current] == [
        (address(1), True),
        (address(2), True),
        (address(3), True),
        (address(7), False),
        (address(8), True),
        (address(9), False),
    ]
    assert {visit.fetched for visit in current} == {ANSWER}
    ledger.begin_run("crawl sample", START)
    assert ledger.earlier_digests()[address(7)] == "2-7"
    assert ledger.earlier_digests()[address(8)] == "1-8"


def test_urls_are_sorted_by_code_point(ledger: Ledger) -> None:
    urls = [f"https://example.org/{name}" for name in ("Z", "a", "_", "\xe9", "\uffee", "\U0001f600", "a/", "a%20")]
    ledger.discover([Discovered(url, "page") for url in urls])
    while (visit := ledger.next_pending(0)) is not None:
        ledger.settle(visit.id, State.STORED, fetched=ANSWER)
    assert [visit.url for visit in ledger.current()] == sorted(urls)


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
    statements = [("https://example.org/feed", "published", "Mon\ud800"), ("https://example.org/a", "modified", "x")]
    ledger.note_dates(address(1), statements)
    ledger.note_dates(address(1), reversed(statements))
    ledger.note_dates("https://example.org/unknown", statements)
    assert ledger.stated_dates(address(1)) == [
        ("https://example.org/a", "modified", "x"),
        ("https://example.org/feed", "published", "Mon?"),
    ]
    assert ledger.stated_dates(address(2)) == []
    assert ledger.journaled_feed("a.jsonl") is None
    ledger.journal_feed("a.jsonl", "1")
    ledger.journal_feed("a.jsonl", "2")
    ledger = reopen(ledger)
    assert ledger.journaled_feed("a.jsonl") == "2"
    ledger.close()
