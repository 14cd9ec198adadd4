import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from crawler.errors import UserError
from crawler.storage import ledger_file as module
from crawler.storage.ledger import (
    MAX_ATTEMPTS,
    SCHEMA_VERSION,
    UNFINISHED,
    Discovered,
    End,
    Fetched,
    Ledger,
    LedgerError,
    State,
    Visit,
)

START, FINISH = "2026-03-27T12:00:00Z", "2026-03-27T13:00:00Z"
ANSWER = Fetched(200, START, "text/html", "sha1:ABC", "000001.warc.gz", 512)


def address(number: int) -> str:
    return f"https://example.org/{number:05}"


def pages(*numbers: int, priority: int = 0) -> list[Discovered]:
    return [Discovered(address(number), "page", priority) for number in numbers]


def take(ledger: Ledger, now: float = 0) -> Visit:
    visit = ledger.next_pending(now)
    assert visit is not None
    return visit


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "ledger.lock"
    }


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "collection")
    made.begin_run("crawl sample", START)
    yield made
    made.close()


def reopen(ledger: Ledger, command: str = "crawl sample") -> Ledger:
    ledger.close()
    again = Ledger(ledger.path.parent)
    again.begin_run(command, START)
    return again


# The frontier


def test_a_url_is_discovered_once_in_a_run(ledger: Ledger) -> None:
    assert ledger.discover(pages(1, 2, 1)) == 2
    assert ledger.discover(iter(pages(2, 3, priority=9))) == 1
    assert ledger.discover([]) == 0
    assert take(ledger).priority == 9
    assert [take(ledger).priority for _ in range(2)] == [0, 0]
    assert ledger.next_pending(0) is None
    ledger.discover(pages(1, 2, 3))
    assert ledger.next_pending(0) is None


def test_what_is_missing_from_a_url_is_an_error_and_not_a_lost_link(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="NOT NULL"):
        ledger.discover([*pages(1), Discovered(address(2), None)])  # type: ignore[arg-type]
    assert ledger.counts() == {}


def test_order_is_by_priority_and_then_first_come(ledger: Ledger) -> None:
    given = [(number, random.Random(number).choice([-5, 0, 3])) for number in range(200)]
    for number, priority in given:
        ledger.discover(pages(number, priority=priority))
    taken = [take(ledger).url for _ in given]
    assert taken == [address(number) for number, priority in sorted(given, key=lambda one: -one[1])]


def test_what_is_known_of_a_url_comes_back(ledger: Ledger) -> None:
    known = {"title": "K\xf6ln \u2028 \ud800", "annotations": {"code": [1, None, "x"]}}
    ledger.discover([Discovered(address(1), "document", 7, 2, MappingProxyType(known))])
    assert take(ledger) == Visit(1, address(1), "document", 7, 2, 1, known)


def test_a_url_may_be_known_to_be_out_of_reach(ledger: Ledger) -> None:
    ledger.discover([Discovered(address(1), "page", state=State.OUT_OF_SCOPE, reason="offsite")])
    assert ledger.next_pending(0) is None
    assert ledger.counts() == {(State.OUT_OF_SCOPE, "offsite"): 1}
    ledger.discover(pages(1))
    assert ledger.counts() == {(State.OUT_OF_SCOPE, "offsite"): 1}


def test_a_postponed_url_waits_for_its_time(ledger: Ledger) -> None:
    assert ledger.next_due() is None
    ledger.discover(pages(1, 2, 3))
    assert ledger.next_due() == 0
    first = take(ledger, 100)
    ledger.postpone(first.id, 160, "http_429")
    second = take(ledger, 100)
    ledger.postpone(second.id, 130.5, "http_503")
    third = take(ledger, 100)
    assert ledger.next_pending(130) is None
    assert ledger.next_due() == 130.5
    assert ledger.counts() == {
        (State.IN_FLIGHT, None): 1,
        (State.PENDING, "http_429"): 1,
        (State.PENDING, "http_503"): 1,
    }
    again = take(ledger, 130.5)
    assert (again.id, again.attempts) == (second.id, 2)
    assert ledger.next_due() == 160
    ledger.postpone(again.id, 150, "http_503")
    ledger.postpone(third.id, -1, "again")
    assert ledger.next_due() == 0
    assert [take(ledger, 200).id for _ in range(3)] == [first.id, second.id, third.id]


def test_a_url_that_was_taken_and_not_asked_for_has_lost_no_attempt(ledger: Ledger) -> None:
    ledger.discover(pages(1))
    for _ in range(10):
        visit = take(ledger)
        assert visit.attempts == 1
        ledger.release(visit.id)
    with pytest.raises(LedgerError, match=r"visit 1 is pending"):
        ledger.release(1)


def test_the_frontier_is_quick_behind_many_that_wait(ledger: Ledger) -> None:
    ledger.discover(pages(*range(100_000), priority=5))
    ledger._db.execute("update visit set not_before = 1000 + id % 7")
    ledger.discover(pages(*range(100_000, 100_100)))
    begin = time.perf_counter()
    for number in range(100):
        assert take(ledger, 900).url == address(100_000 + number)
        assert ledger.has(State.PENDING)
    assert ledger.next_pending(900) is None
    assert ledger.next_due() == 1000
    assert time.perf_counter() - begin < 0.5  # .01 s where nothing else runs; looking at each that waits takes 2 s
    assert take(ledger, 1000).url == address(6)


def test_no_question_reads_the_whole_table(ledger: Ledger) -> None:
    asked: list[str] = []
    ledger._db.set_trace_callback(asked.append)
    ledger.discover(pages(1, 2))
    ledger.postpone(take(ledger).id, 5, "later")
    ledger.release(take(ledger, 6).id)
    visit = take(ledger, 6)
    ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=pages(3))
    ledger.next_due()
    ledger.has(*UNFINISHED)
    ledger.count_unfinished()
    ledger.counts()
    ledger._db.set_trace_callback(None)
    asked = [sql for sql in asked if sql.split()[0] in ("select", "update", "insert")]
    assert len(asked) > 15
    for sql in asked:
        plan = [row[3] for row in ledger._db.execute(f"explain query plan {sql}")]
        assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step], (sql, plan)


# States


def test_counts_add_up_to_the_discovered(ledger: Ledger) -> None:
    generator = random.Random(7)
    discovered: set[str] = set()
    ends = [one for one in State if one not in (State.PENDING, State.IN_FLIGHT)]
    for step in range(600):
        found = pages(*(generator.randrange(900) for _ in range(3)))
        visit = ledger.next_pending(step)
        if visit is None or generator.random() < 0.1:
            ledger.discover(found)
        elif generator.random() < 0.2:
            ledger.postpone(visit.id, step + generator.randrange(50), "http_503")
            found = []
        else:
            end = generator.choice(ends)
            reason = "short" if end == State.EXCLUDED else None
            ledger.settle(visit.id, end, reason=reason, fetched=ANSWER, found=found)
        discovered.update(one.url for one in found)
        if step % 100 == 99:
            ledger = reopen(ledger)
        assert sum(ledger.counts().values()) == len(discovered) == ledger.count(*State)
    counts = ledger.counts()
    assert ledger.count_unfinished() == sum(n for (state, _), n in counts.items() if state in UNFINISHED)
    for state in State:
        number = sum(n for (one, _), n in counts.items() if one == state)
        assert ledger.count(state) == number
        assert ledger.has(state) == bool(number)


@pytest.mark.parametrize("state", [state for state in State if state not in (State.PENDING, State.IN_FLIGHT)])
def test_a_settled_visit_keeps_its_account(ledger: Ledger, state: State) -> None:
    ledger.discover(pages(1))
    visit = take(ledger)
    ledger.settle(visit.id, state, reason="why", detail="a \ud800 sentence", fetched=ANSWER, found=pages(2, 1))
    columns = "state, reason, detail, status, fetched_at, content_type, payload_digest, warc_file, warc_offset"
    row = ledger._db.execute(f"select {columns} from visit where id = ?", (visit.id,)).fetchone()
    assert row == (state, "why", "a ? sentence", 200, START, "text/html", "sha1:ABC", "000001.warc.gz", 512)
    assert ledger.counts() == {(state, "why"): 1, (State.PENDING, None): 1}
    if state == State.STORED:
        ledger.settle(visit.id, State.FAILED, reason="unreadable")
        row = ledger._db.execute(f"select {columns} from visit where id = ?", (visit.id,)).fetchone()
        assert row[-2:] == ("000001.warc.gz", 512)
    before = ledger.counts()
    with pytest.raises(LedgerError, match=f"visit {visit.id} is "):
        ledger.settle(visit.id, State.FAILED, found=pages(3))
    with pytest.raises(LedgerError, match=f"visit {visit.id} is "):
        ledger.postpone(visit.id, 0, "again")
    with pytest.raises(LedgerError, match=f"visit {visit.id} is "):
        ledger.release(visit.id)
    assert ledger.counts() == before


def test_what_is_no_end_or_no_visit_is_refused(ledger: Ledger) -> None:
    ledger.discover(pages(1))
    visit = take(ledger)
    for state in (State.PENDING, State.IN_FLIGHT):
        with pytest.raises(LedgerError, match=f"cannot be settled as {state}"):
            ledger.settle(visit.id, state)
    with pytest.raises(LedgerError, match="there is no visit 99"):
        ledger.settle(99, State.FAILED, found=pages(2))
    with pytest.raises(LedgerError, match="there is no visit 99"):
        ledger.postpone(99, 0, "later")
    with pytest.raises(LedgerError, match="there is no visit 99"):
        ledger.conclude([End(visit.id, State.RECORDED), End(99, State.RECORDED)], FINISH)
    with pytest.raises(LedgerError, match="cannot end as stored"):
        ledger.conclude([End(visit.id, State.STORED)], FINISH)
    assert ledger.counts() == {(State.IN_FLIGHT, None): 1}


def test_a_page_settles_with_all_its_links_or_not_at_all(ledger: Ledger) -> None:
    ledger.discover(pages(1))
    visit = take(ledger)

    def links() -> Iterator[Discovered]:
        yield from pages(2, 3)
        raise RuntimeError("the page's links could not be read")

    with pytest.raises(RuntimeError):
        ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=links())
    with pytest.raises(LedgerError):
        ledger.settle(visit.id, State.STORED, found=[*pages(2), Discovered(address(3), None)])  # type: ignore[arg-type]
    assert ledger.counts() == {(State.IN_FLIGHT, None): 1}


def test_transactions_within_a_transaction(ledger: Ledger) -> None:
    def fail(number: int) -> None:
        with ledger.transaction():
            ledger.discover(pages(number))
            raise RuntimeError

    with ledger.transaction():
        ledger.discover(pages(1))
        with pytest.raises(RuntimeError):
            fail(2)
        with ledger.transaction():
            ledger.discover(pages(3))
    assert ledger.count(State.PENDING) == 2
    with pytest.raises(RuntimeError), ledger.transaction():
        fail(4)
    assert ledger.counts() == {(State.PENDING, None): 2}


def test_a_url_that_utf8_has_no_bytes_for_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="surrogates"):
        ledger.discover([*pages(1), Discovered("https://example.org/\ud800", "page")])
    assert ledger.counts() == {}


# Runs


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


# The file


def test_looking_at_a_ledger_that_another_holds(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger.look(tmp_path)
    ledger.discover(pages(1, 2))
    seen = Ledger.look(ledger.path.parent)
    assert seen.counts() == {(State.PENDING, None): 2}
    take(ledger)
    assert seen.counts() == {(State.PENDING, None): 1, (State.IN_FLIGHT, None): 1}
    with pytest.raises(LedgerError, match="readonly"):
        seen.discover(pages(3))
    seen.close()
    ledger.close()
    seen = Ledger.look(ledger.path.parent)
    assert (seen.run, seen.unfinished_runs()) == (1, [(1, "crawl sample", START)])
    seen.close()


def test_only_one_may_hold_it(ledger: Ledger) -> None:
    with pytest.raises(UserError, match=r"another crawl of this collection is running \(process \d+\)$"):
        Ledger(ledger.path.parent)
    ledger.close()
    ledger.close()
    Ledger(ledger.path.parent).close()


def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: Cannot operate on a closed database"):
        ledger.discover(pages(1))
    with pytest.raises(LedgerError, match="closed"):
        list(ledger.current())
    with pytest.raises(LedgerError, match="closed"), ledger.transaction():
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerError, match=r"File exists|Not a directory"):
        Ledger(tmp_path / "file")
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LedgerError, match="directory"):
        Ledger(tmp_path)


def crashed(tmp_path: Path) -> Path:
    """Make a folder as a killed process leaves it: the last transactions stand in the log only."""
    made = Ledger(tmp_path / "made")
    made.begin_run("crawl sample", START)
    made.discover(pages(*range(300)))
    made._db.execute("pragma wal_checkpoint(truncate)")
    made.discover(pages(*range(300, 340)))
    folder = tmp_path / "crashed"
    shutil.copytree(tmp_path / "made", folder)
    made.close()
    assert {path.name for path in folder.iterdir()} == {
        "ledger.lock",
        "ledger.sqlite3",
        "ledger.sqlite3-shm",
        "ledger.sqlite3-wal",
    }
    return folder


def test_a_crash_loses_nothing(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    (folder / ".ledger-check-left").mkdir()
    ledger = Ledger(folder)
    assert ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 340
    ledger.close()
    assert {path.name for path in folder.iterdir()} == {"ledger.lock", "ledger.sqlite3"}


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no links here")

    folder = crashed(tmp_path)
    monkeypatch.setattr("os.link", fail)
    ledger = Ledger(folder)
    ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 340
    ledger.close()


def set_version(path: Path, version: int) -> None:
    database = sqlite3.connect(path)
    database.execute(f"pragma user_version = {version}")
    database.close()


@pytest.mark.parametrize("log", [False, True])
def test_a_newer_file_is_refused_as_it_is(tmp_path: Path, log: bool) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    if log:  # the newer version stands in the log only
        database = sqlite3.connect(path)
        database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        database.close()
        folder, path = copy, copy / "ledger.sqlite3"
    else:
        set_version(path, SCHEMA_VERSION + 1)
    before = snapshot(folder)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: made by a newer version .* update the program$"):
        Ledger(folder)
    assert snapshot(folder) == before
    with pytest.raises(LedgerError, match="newer version"):
        Ledger.look(folder)


def refuse(folder: Path) -> None:
    before = snapshot(folder)
    with pytest.raises(LedgerError) as error:
        Ledger(folder)
    assert snapshot(folder) == before
    text = str(error.value)
    assert len(text.splitlines()) == 1
    assert text.startswith(f"{folder / 'ledger.sqlite3'}: ")


def test_a_truncated_file_is_refused_as_it_is(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    Ledger(folder).close()
    path = folder / "ledger.sqlite3"
    whole = path.read_bytes()
    assert len(whole) > 10 * 4096
    for size in [
        1,
        15,
        50,
        99,
        100,
        4095,
        4096,
        5000,
        *range(8192, len(whole), 9973),
        len(whole) - 4096,
        len(whole) - 1,
    ]:
        path.write_bytes(whole[:size])
        refuse(folder)
    path.write_bytes(whole)
    Ledger(folder).close()


def test_a_truncated_file_with_a_log_is_refused_as_it_is(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    whole = path.read_bytes()
    for size in [1, 99, 100, 4096, 8192, len(whole) // 2]:
        path.write_bytes(whole[:size])
        refuse(folder)
    path.write_bytes(b"")
    refuse(folder)
    path.unlink()
    refuse(folder)
    path.write_bytes(whole)
    Ledger(folder).close()


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_refused_as_it_is(tmp_path: Path, seed: int) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    if seed % 2:
        Ledger(folder).close()
    whole = bytearray(path.read_bytes())
    generator = random.Random(seed)
    noise = generator.randbytes(6000)
    at = [0, 100, 4096 * 3, len(whole) - 6000][seed // 2]
    whole[at : at + 6000] = noise
    path.write_bytes(whole)
    if seed == 4:  # the log holds these pages: they are mended from there
        ledger = Ledger(folder)
        ledger.begin_run("crawl sample", START)
        assert ledger.count(State.PENDING) == 340
        ledger.close()
    else:
        refuse(folder)


def test_a_foreign_database_is_refused_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    for script in (
        "create table notes (a)",
        "create table notes (a); pragma user_version = 1",
        "pragma user_version = -1",
    ):
        database = sqlite3.connect(path)
        database.executescript(script)
        database.close()
        refuse(tmp_path)
        path.unlink()
    path.write_text("url,state\n")
    refuse(tmp_path)


def test_an_empty_or_missing_file_beside_an_archive_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"")
    Ledger(tmp_path).close()  # alone it is new
    assert path.stat().st_size
    (tmp_path / "archive").mkdir()
    Ledger(tmp_path).close()
    (tmp_path / "archive" / "000001.warc.gz").write_bytes(b"x")
    Ledger(tmp_path).close()
    path.write_bytes(b"")
    with pytest.raises(
        LedgerError, match=r"the ledger is empty, although the archive beside it holds 1 files; nothing"
    ):
        Ledger(tmp_path)
    refuse(tmp_path)
    path.unlink()
    with pytest.raises(LedgerError, match="the ledger is missing, although"):
        Ledger(tmp_path)
    refuse(tmp_path)


def test_what_a_crash_left_of_a_new_ledger_is_no_ledger(tmp_path: Path) -> None:
    for name in ("ledger.sqlite3.new", "ledger.sqlite3.new-wal", "ledger.sqlite3.new-journal"):
        (tmp_path / name).write_bytes(b"half")
    Ledger(tmp_path).close()
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.lock", "ledger.sqlite3"}


def test_a_disk_that_is_full_changes_nothing(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    visit = take(ledger)
    (size,) = ledger._db.execute("pragma page_count").fetchone()
    ledger._db.execute(f"pragma max_page_count = {size}")
    before = ledger.counts()
    many = [Discovered(f"https://example.org/{'long/' * 200}{number}", "page") for number in range(200)]
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: database or disk is full$"):
        ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=many)
    assert ledger.counts() == before
    with pytest.raises(LedgerError, match="full"):
        ledger.discover(many)

    def settle_and_discover() -> None:
        with ledger.transaction():
            ledger.settle(visit.id, State.STORED)
            ledger.discover(many)

    with pytest.raises(LedgerError, match="full"):
        settle_and_discover()
    assert ledger.counts() == before
    ledger._db.execute("pragma max_page_count = 1073741823")
    ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=many)
    assert sum(ledger.counts().values()) == 202


# Migrations


def test_a_file_of_format_0_comes_up_to_date(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    database.execute("vacuum")  # writes the header
    database.close()
    assert (tmp_path / "ledger.sqlite3").stat().st_size
    ledger = Ledger(tmp_path)
    assert ledger._db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)
    assert ledger._db.execute("pragma journal_mode").fetchone() == ("wal",)
    ledger.begin_run("crawl sample", START)
    ledger.close()


def test_a_migration_is_applied_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.begin_run("crawl sample", START)
    ledger.discover(pages(1, 2))
    ledger.close()
    before = (tmp_path / "ledger.sqlite3").read_bytes()
    good = "alter table visit add column note text; create table more (a)"
    bad = "create table again (a); insert into again values (1); insert into nowhere values (1)"
    monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(module, "_MIGRATIONS", (*module._MIGRATIONS, good, bad))
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: no such table: nowhere"):
        Ledger(tmp_path)
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    assert database.execute("pragma user_version").fetchone() == (SCHEMA_VERSION + 1,)
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    database.close()
    assert "more" in tables
    assert "again" not in tables
    assert len(before) <= (tmp_path / "ledger.sqlite3").stat().st_size
    monkeypatch.setattr(module, "_MIGRATIONS", (*module._MIGRATIONS[:-1], "create table again (a)"))
    ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 2
    ledger.close()


# Size


def measure_memory(folder: Path, number: int) -> int:
    """Measure the greatest memory, in KiB, of a process that works with so many pending URLs."""
    program = """
import resource, sys
from pathlib import Path
from crawler.storage.ledger import *
ledger = Ledger(Path(sys.argv[1]))
ledger.begin_run("crawl", "now")
for begin in range(0, int(sys.argv[2]), 100):
    ledger.discover(Discovered(f"https://example.org/{'long/' * 20}{n}", "page") for n in range(begin, begin + 100))
for n in range(200):
    visit = ledger.next_pending(0)
    ledger.settle(visit.id, State.STORED, fetched=Fetched(200, "now", None, None, "1", n), found=[])
assert ledger.has(State.PENDING) and ledger.count_unfinished() and ledger.counts()
ledger.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-W", "error", "-c", program, str(folder), str(number)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_memory_does_not_grow_with_the_frontier(tmp_path: Path) -> None:
    small, large = (measure_memory(tmp_path / str(number), number) for number in (1_000, 100_000))
    assert large - small < 20 * 1024


def test_opening_does_not_take_long(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.begin_run("crawl sample", START)
    ledger.discover(pages(*range(100_000)))
    ledger.close()
    begin = time.perf_counter()
    ledger = Ledger(tmp_path)
    ledger.begin_run("crawl sample", START)
    assert ledger.next_pending(0)
    assert time.perf_counter() - begin < 1  # .03 s where nothing else runs; .5 s for a million
    ledger.close()


def test_one_process_is_let_in_after_another_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from crawler.storage.ledger import *\n"
        "ledger = Ledger(Path(sys.argv[1])); ledger.begin_run('crawl sample', 'now')\n"
        "ledger.discover([Discovered('https://example.org/', 'page')]); ledger.next_pending(0)\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        message = f"{tmp_path}: another crawl of this collection is running (process {process.pid})"
        with pytest.raises(UserError) as error:
            Ledger(tmp_path)
        assert str(error.value) == message
        process.send_signal(signal.SIGKILL)
        process.wait()
        ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl sample", START)
    assert take(ledger).attempts == 2
    ledger.close()
