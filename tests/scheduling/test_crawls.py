"""Crawls as processes: one after another or some at a time, ended in order, each with its log."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.judging.summary import dump_summary
from crawler.scheduling import crawls
from crawler.scheduling.crawls import KEPT_LOGS, Round, open_log, read_last_line
from crawler.scheduling.summary import Ended, Result
from tests.scheduling.making import summarize

# What stands in the place of a crawl. It says when it began, and how it ends when it is told to.
STAND_IN = """
import os, pathlib, signal, sys, time
name, data = sys.argv[1], pathlib.Path(os.environ["STAND_IN"])
def stop(*_):
    print("broadside: failed: the run was stopped before it finished (shutdown)", flush=True)
    os._exit(1)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in name else stop)
with open(data / "began", "a") as file:
    file.write(name + "\\n")
if "bad" in name:
    print("broadside: checks failed: 3 records; at least 40 were expected", file=sys.stderr)
    sys.exit(3)
if "slow" in name:
    print("at work", flush=True)
    time.sleep(300)
if "pair" in name:  # ends when its other half has begun
    while sum("pair" in line for line in (data / "began").read_text().splitlines()) < 2:
        time.sleep(0.01)
print("broadside: well: 31 records", file=sys.stderr)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STAND_IN", str(tmp_path))
    return tmp_path


def began(data: Path) -> list[str]:
    path = data / "began"
    return path.read_text().splitlines() if path.exists() else []


def run(
    data: Path,
    *names: str,
    jobs: int = 1,
    seconds: float | None = 60,
    reasons: Mapping[str, str] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> list[Result]:
    """Run a round, with something that is done when a crawl has begun."""

    async def work() -> list[Result]:
        crawls = Round((sys.executable, "-c", STAND_IN), data, jobs, seconds, (reasons or {}).get)
        with crawls.listening():
            running = asyncio.ensure_future(crawls.run(names))
            while meanwhile is not None and not began(data) and not running.done():  # noqa: ASYNC110 - a file tells
                await asyncio.sleep(0.01)
            if meanwhile is not None:
                meanwhile()
            return await running

    return asyncio.run(work())


def interrupt(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def ends(results: list[Result]) -> dict[str, Ended]:
    return {result.name: result.ended for result in results}


def test_one_after_another_and_one_that_fails_stops_no_other(data: Path) -> None:
    results = run(data, "a", "bad", "c")
    assert began(data) == ["a", "bad", "c"]
    assert ends(results) == {"a": Ended.WELL, "bad": Ended.CHECKS_FAILED, "c": Ended.WELL}
    assert [result.status for result in results] == [0, 3, 0]
    assert results[1].said == "3 records; at least 40 were expected"
    (log,) = (data / "bad" / "runs").glob("*.log")
    assert log.read_text() == "broadside: checks failed: 3 records; at least 40 were expected\n"


def test_two_at_a_time(data: Path) -> None:
    """Each of the two ends only when the other has begun."""
    assert ends(run(data, "pair1", "pair2", "c", jobs=2)) == dict.fromkeys(("pair1", "pair2", "c"), Ended.WELL)


def test_what_is_not_due_any_more_is_left(data: Path) -> None:
    results = run(data, "a", "b", reasons={"a": "process 7 has the collection"})
    assert results[0] == Result("a", Ended.LEFT, "process 7 has the collection")
    assert began(data) == ["b"]


def test_a_crawl_is_stopped_in_order_at_the_time_limit(data: Path) -> None:
    results = run(data, "slow", "b", seconds=3)
    assert ends(results) == {"slow": Ended.CUT, "b": Ended.WELL}
    assert results[0].said == "the run was stopped before it finished (shutdown)"


def test_a_crawl_that_does_not_stop_is_killed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawls, "GRACE", 0.2)
    (result,) = run(data, "slow-stubborn", seconds=3)
    assert (result.ended, result.said) == (Ended.CUT, "ended by signal 9; at work")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_runs_in_order_and_starts_no_more(data: Path, number: signal.Signals) -> None:
    results = run(data, "slow1", "slow2", "c", jobs=2, meanwhile=lambda: interrupt(number))
    assert results[2] == Result("c", Ended.LEFT, "the round was stopped before its turn")
    assert results[0].ended is Ended.FAILED
    assert "c" not in began(data)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_after_a_signal_a_stubborn_crawl_is_killed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawls, "GRACE", 0.2)
    (result,) = run(data, "slow-stubborn", meanwhile=interrupt)
    assert (result.ended, result.said) == (Ended.FAILED, "ended by signal 9; at work")


def test_a_signal_that_comes_twice_is_handed_on_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `timeout` sends it; a crawl that got two would not end in order. A later one is handed on."""
    handed: list[signal.Signals] = []
    monkeypatch.setattr(crawls, "_signal", lambda _, number: handed.append(number))
    running = Round(("false",), data, 1, None, lambda _: None)
    running.running.append(None)  # type: ignore[arg-type]  # is looked at by nobody
    running.stop()
    running.stop()
    assert handed == [signal.SIGTERM]
    running.stopped_at -= crawls.ONE_SIGNAL
    running.stop()
    assert handed == [signal.SIGTERM] * 2


def test_a_signal_ends_the_wait_before_the_first_crawl(data: Path) -> None:
    async def work() -> bool:
        crawls = Round(("false",), data, 1, None, lambda _: None)
        with crawls.listening():
            asyncio.get_running_loop().call_later(0.05, interrupt)
            await crawls.wait(300)
            return crawls.is_stopped and not await crawls.run([])

    assert asyncio.run(work())


def test_what_cannot_be_started_or_logged_has_failed(data: Path) -> None:
    (data / "a").write_text("a file in the place of a collection")
    results = run(data, "a", "b")
    assert ends(results) == {"a": Ended.FAILED, "b": Ended.WELL}
    assert results[0].said == f"{data / 'a' / 'runs'}: Not a directory"


def test_what_the_run_wrote_of_itself_is_believed_where_it_is_of_this_run(data: Path) -> None:
    folder = data / "a" / "runs"
    folder.mkdir(parents=True)
    summary = folder / "20260327T120000Z.json"
    summary.write_bytes(dump_summary(summarize(warnings=("a redesign",))))
    os.utime(summary, (time.time() + 60,) * 2)
    assert ends(run(data, "a")) == {"a": Ended.WARNED}
    os.utime(summary, (time.time() - 60,) * 2)
    assert ends(run(data, "a")) == {"a": Ended.WELL}


def test_logs_are_kept_for_a_while(tmp_path: Path) -> None:
    for number in range(KEPT_LOGS + 5):
        (tmp_path / f"20260101T0000{number:02}Z.log").touch()
    (tmp_path / "20250101T000000Z.json").touch()
    path = open_log(tmp_path, datetime(2026, 3, 1, 2, tzinfo=UTC))
    path.touch()
    assert path.name == "20260301T020000Z.log"
    kept = sorted(one.name for one in tmp_path.glob("*.log"))
    assert (len(kept), kept[0], kept[-1]) == (KEPT_LOGS, "20260101T000006Z.log", path.name)
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_the_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("before\n" + "x" * 10_000 + "\nbroadside: well\n\n")
    assert read_last_line(log) == "broadside: well"
    assert read_last_line(log, log.stat().st_size) == "nothing was written"
