"""The ledger's frontier and states: what is asked for next, and the account of each URL."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from crawler.storage.ledger import UNFINISHED, Discovered, End, Ledger, LedgerError, State, Visit
from crawler.storage.visits import WAITING
from tests.storage.ledger_making import ANSWER, FINISH, START, address, pages, reopen, take

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


def test_copies_are_told_with_their_originals(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2, 3))
    ledger.settle(take(ledger).id, State.DUPLICATE, detail=f"of {address(3)}")
    ledger.settle(take(ledger).id, State.FAILED, detail="of no account")
    assert ledger.copies() == [(address(1), address(3))]


def test_a_host_rests_or_is_left(ledger: Ledger) -> None:
    hosts = ("one.example", "two.example", "one.example")
    ledger.discover(Discovered(f"http://{host}/{number}", "page") for number, host in enumerate(hosts))
    first = take(ledger, 100)
    assert ledger.rest_host("one.example", 160) == 1, "the other one of its pages is in flight"
    ledger.release(first.id, 150)
    assert take(ledger, 100).url == "http://two.example/1"
    assert ledger.next_pending(149) is None
    again = take(ledger, 150)
    assert (again.id, again.attempts) == (first.id, 1)
    assert ledger.rest_host("one.example", 120) == 0, "what waits for longer goes on waiting"
    assert ledger.next_due() == 160
    assert ledger.leave_host("two.example", "retry_after") == 0
    assert ledger.leave_host("one.example", "retry_after") == 1
    assert ledger.next_due() is None
    assert ledger.counts() == {(State.IN_FLIGHT, None): 2, (State.FAILED, "retry_after"): 1}


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
    ends = [one for one in State if one not in WAITING]
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


@pytest.mark.parametrize("state", [state for state in State if state not in WAITING])
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
    for state in WAITING:
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
