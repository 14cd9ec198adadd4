"""What a round of crawls came to: how each ended, and the last line; how many crawls a machine holds at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.judging.summary import RunSummary
from crawler.verdict import CHECKS_FAILED, FAILED, USER_ERROR, WELL

# Megabytes that a crawl is taken to need. Measured: 165 at most for the main process, 85 for a worker.
MAIN_MB = 250
WORKER_MB = 150


class Ended(StrEnum):
    """How a crawl of a round ended."""

    WELL = "well"
    WARNED = "well, with warnings"
    CHECKS_FAILED = "checks failed"
    FAILED = "failed"
    CUT = "time limit"  # stopped in order; the next round goes on with the run
    NOT_STARTED = "not started"  # by a user's mistake
    OVERDUE = "overdue"  # left for more than a week
    LEFT = "left"  # its hours, another process, or as the round was stopped


_BAD = (Ended.FAILED, Ended.CUT, Ended.NOT_STARTED, Ended.OVERDUE)


@dataclass(frozen=True, slots=True)
class Result:
    """How the crawl of an organization ended."""

    name: str
    ended: Ended
    said: str
    status: int | None = None  # of the process; None where none was started, or where a signal ended it
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How many crawls run at once, and the workers of each."""

    jobs: int
    workers: int
    said: str | None = None  # why they are fewer than was asked for


def share_machine(jobs: int, processors: int, free_mb: float | None) -> Share:
    """Divide a machine among crawls: at least one crawl with one worker.

    Args:
        jobs: asked for.
        processors: of the machine.
        free_mb: memory that is available; None where that is not known.
    """
    for fewer in range(jobs, 1, -1):
        workers = max(1, processors // fewer)
        if free_mb is None or fewer * (MAIN_MB + workers * WORKER_MB) <= free_mb:
            return Share(fewer, workers, _tell(jobs, fewer, free_mb))
    return Share(1, max(1, processors), _tell(jobs, 1, free_mb))


def _tell(jobs: int, fewer: int, free_mb: float | None) -> str | None:
    if fewer == jobs:
        return None
    least = jobs * (MAIN_MB + WORKER_MB)
    free = f"{free_mb or 0:,.0f} MB of memory are free"
    return f"--jobs {jobs} is lowered to {fewer}: it takes {least:,} MB at least, and {free}"


def tell_result(
    name: str, status: int, seconds: float, last_line: str, summary: RunSummary | None, *, cut: bool = False
) -> Result:
    """Say how a crawl ended.

    Args:
        name: of the organization.
        status: its exit status; negative where a signal ended it.
        seconds: that it took.
        last_line: of its log.
        summary: what its run wrote of itself, if it did.
        cut: whether it was stopped at the time limit.
    """
    said = last_line.removeprefix("broadside: ")
    for word in Ended:
        said = said.removeprefix(f"{word}: ")
    if status < 0:
        return Result(name, Ended.CUT if cut else Ended.FAILED, f"ended by signal {-status}; {said}", None, seconds)
    ended = {WELL: Ended.WELL, CHECKS_FAILED: Ended.CHECKS_FAILED, USER_ERROR: Ended.NOT_STARTED}.get(
        status, Ended.FAILED
    )
    if ended is Ended.FAILED and cut:
        ended = Ended.CUT
    if ended is Ended.WELL and summary is not None and summary.warnings:
        return Result(name, Ended.WARNED, "; ".join(summary.warnings), status, seconds)
    return Result(name, ended, said, status, seconds)


def find_status(results: Sequence[Result]) -> int:
    """Give the exit status of a round: 1 where a crawl failed, else 3 where one failed its checks, else 0."""
    ends = {result.ended for result in results}
    if ends & set(_BAD):
        return FAILED
    return CHECKS_FAILED if Ended.CHECKS_FAILED in ends else WELL


def tell_round(results: Sequence[Result]) -> str:
    """Say in a line what a round came to, with the names of those that did not end well."""
    bad = [
        one.name if one.ended is Ended.FAILED else f"{one.name} ({one.ended})" for one in results if one.ended in _BAD
    ]
    crawled = sum(one.ended in (Ended.WELL, Ended.WARNED) for one in results)
    checks = _name(results, Ended.CHECKS_FAILED)
    parts = [f"failed: {', '.join(bad)}"] if bad else []
    parts += [f"checks failed: {checks}"] if checks else []
    parts.append(f"{crawled:,} well" if parts else f"well: {crawled:,} crawled")
    for ended, said in ((Ended.WARNED, "with warnings"), (Ended.LEFT, "left")):
        names = _name(results, ended)
        parts += [f"{said}: {names}"] if names else []
    return "; ".join(parts)


def _name(results: Sequence[Result], ended: Ended) -> str:
    return ", ".join(one.name for one in results if one.ended is ended)
