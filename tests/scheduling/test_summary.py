"""How a round of crawls is summed up, and how a machine is shared."""

import pytest

from crawler.judging.summary import RunSummary
from crawler.scheduling.summary import Ended, Result, find_status, share_machine, tell_result, tell_round
from tests.scheduling.making import summarize


@pytest.mark.parametrize(
    ("jobs", "processors", "free", "expected"),
    [
        (1, 8, 100.0, (1, 8)),
        (1, 8, None, (1, 8)),
        (4, 8, 16_000.0, (4, 2)),
        (4, 8, None, (4, 2)),
        (3, 8, 16_000.0, (3, 2)),
        (4, 2, 16_000.0, (4, 1)),
        (4, 2, 1600.0, (4, 1)),
        (4, 2, 1599.0, (3, 1)),
        (4, 8, 1700.0, (3, 2)),
        (4, 8, 100.0, (1, 8)),
    ],
)
def test_a_machine_is_shared(jobs: int, processors: int, free: float | None, expected: tuple[int, int]) -> None:
    share = share_machine(jobs, processors, free)
    assert (share.jobs, share.workers) == expected
    assert (share.said is None) == (share.jobs == jobs)


def test_fewer_jobs_are_told() -> None:
    assert (
        share_machine(4, 2, 700.4).said
        == "--jobs 4 is lowered to 1: it takes 1,600 MB at least, and 700 MB of memory are free"
    )


@pytest.mark.parametrize(
    ("status", "last_line", "summary", "cut", "ended", "said"),
    [
        (0, "broadside: well: 31 records in a.jsonl", None, False, Ended.WELL, "31 records in a.jsonl"),
        (0, "broadside: well: 31 records", summarize(), False, Ended.WELL, "31 records"),
        (
            0,
            "broadside: well: 31 records",
            summarize(warnings=("a redesign", "b")),
            False,
            Ended.WARNED,
            "a redesign; b",
        ),
        (3, "broadside: checks failed: 3 records", None, False, Ended.CHECKS_FAILED, "3 records"),
        (3, "broadside: checks failed: held", summarize(warnings=("w",)), False, Ended.CHECKS_FAILED, "held"),
        (1, "broadside: failed: the disk is full", None, False, Ended.FAILED, "the disk is full"),
        (1, "broadside: failed: stopped (shutdown)", None, True, Ended.CUT, "stopped (shutdown)"),
        (2, "broadside: not started: no contact", None, False, Ended.NOT_STARTED, "no contact"),
        (2, "scrapy: error: Unknown command", None, False, Ended.NOT_STARTED, "scrapy: error: Unknown command"),
        (-9, "2026 INFO: at work", None, False, Ended.FAILED, "ended by signal 9; 2026 INFO: at work"),
        (-9, "2026 INFO: at work", None, True, Ended.CUT, "ended by signal 9; 2026 INFO: at work"),
        (0, "broadside: well: 3 records", None, True, Ended.WELL, "3 records"),  # it finished as it was stopped
        (120, "what", None, False, Ended.FAILED, "what"),
    ],
)
def test_how_a_crawl_ended(
    status: int, last_line: str, summary: RunSummary | None, cut: bool, ended: Ended, said: str
) -> None:
    found = tell_result("a", status, 1.5, last_line, summary, cut=cut)
    assert (found.ended, found.said) == (ended, said)
    assert found.status == (status if status >= 0 else None)


def results(*ends: Ended) -> list[Result]:
    return [Result("abcdefgh"[number], ended, "why") for number, ended in enumerate(ends)]


@pytest.mark.parametrize(
    ("ends", "status", "said"),
    [
        ([Ended.WELL, Ended.WELL], 0, "well: 2 crawled"),
        ([Ended.WELL, Ended.WARNED, Ended.LEFT], 0, "well: 2 crawled; with warnings: b; left: c"),
        ([Ended.LEFT], 0, "well: 0 crawled; left: a"),
        ([Ended.CHECKS_FAILED, Ended.WELL, Ended.CHECKS_FAILED], 3, "checks failed: a, c; 1 well"),
        (
            [Ended.CHECKS_FAILED, Ended.FAILED, Ended.CUT, Ended.NOT_STARTED, Ended.LEFT],
            1,
            "failed: b, c (time limit), d (not started); checks failed: a; 0 well; left: e",
        ),
    ],
)
def test_a_round_is_summed_up(ends: list[Ended], status: int, said: str) -> None:
    assert find_status(results(*ends)) == status
    assert tell_round(results(*ends)) == said
