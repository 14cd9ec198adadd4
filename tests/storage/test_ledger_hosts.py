"""The frontier over several hosts: they take turns, busy ones are passed over, and none is looked at URL by URL."""

import time
from collections.abc import Sequence
from pathlib import Path

from crawler.storage.ledger import Discovered, Ledger, State
from tests.storage.ledger_making import START


def fill(ledger: Ledger, hosts: Sequence[str], pages: int) -> None:
    ledger.discover(
        Discovered(f"https://{host}/{number}", "page", priority=number == 2)
        for host in hosts
        for number in range(pages)
    )


def take(ledger: Ledger, after: str, busy: Sequence[str] = (), now: float = 0) -> str | None:
    visit = ledger.next_pending(now, after=after, busy=busy)
    return None if visit is None else visit.url.removeprefix("https://")


def test_hosts_take_turns_and_priority_counts_within_a_host(ledger: Ledger) -> None:
    fill(ledger, ("b.example", "a.example", "c.example"), 3)
    order = []
    host = ""
    while (taken := take(ledger, host)) is not None:
        order.append(taken)
        host = taken.partition("/")[0]
    hosts = ("a.example", "b.example", "c.example")
    assert order == [f"{host}/{number}" for number in (2, 0, 1) for host in hosts]


def test_busy_hosts_are_passed_over(ledger: Ledger) -> None:
    fill(ledger, ("a.example", "b.example", "c.example"), 2)
    assert take(ledger, "a.example", ["b.example"]) == "c.example/0"
    assert take(ledger, "c.example", ["a.example"]) == "b.example/0"
    assert take(ledger, "b.example", ["b.example", "c.example"]) == "a.example/0"
    assert take(ledger, "a.example", ["b.example", "c.example"]) == "a.example/1", "alone it has every turn"
    assert take(ledger, "a.example", ["b.example", "c.example"]) is None
    assert ledger.next_due() == 0, "there is more, for when a host is free"
    assert take(ledger, "zzz.example") == "b.example/1"
    assert take(ledger, "") == "c.example/1"
    assert take(ledger, "") is None
    assert ledger.next_due() is None


def test_what_waits_for_a_time_is_not_of_its_hosts_turn(ledger: Ledger) -> None:
    fill(ledger, ("a.example", "b.example"), 1)
    visit = ledger.next_pending(0)
    assert visit is not None
    ledger.postpone(visit.id, 100, "http_503")
    assert (ledger.next_due(), ledger.next_release()) == (0, 100)
    assert take(ledger, "b.example") == "b.example/0"
    assert take(ledger, "b.example") is None
    assert ledger.next_due() == 100
    assert take(ledger, "b.example", now=101) == "a.example/0"
    assert ledger.next_release() is None


def test_a_url_without_a_host_has_its_turn(ledger: Ledger) -> None:
    ledger.discover([Discovered("file:nowhere", "page"), Discovered("https://a.example/0", "page")])
    assert {take(ledger, "a.example"), take(ledger, "a.example")} == {"file:nowhere", "a.example/0"}


def test_turns_do_not_depend_on_how_much_waits(tmp_path: Path) -> None:
    """A host's many URLs are one step in the index: 400 turns among 20 busy hosts of 5,000 URLs take no time."""
    with_many = Ledger(tmp_path)
    with_many.begin_run("crawl sample", START)
    hosts = [f"{number:02}.example" for number in range(21)]
    fill(with_many, hosts, 5_000)
    began = time.perf_counter()
    for _ in range(400):
        visit = with_many.next_pending(0, after="00.example", busy=hosts[:20])
        assert visit is not None
        with_many.settle(visit.id, State.GONE)
    assert time.perf_counter() - began < 2, "looking at each URL would take a minute"
    with_many.close()
