"""The verdict on a run: its exit status and the line that says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WELL = 0
FAILED = 1  # the run did not finish, or what it found was not written
USER_ERROR = 2
CHECKS_FAILED = 3  # the run finished, but not with what was expected

_UNANSWERED = ("outcome/failed", "outcome/disallowed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended."""

    exit_status: int
    reason: str


def find_problem(stats: Mapping[str, Any], finish_reason: str | None) -> str | None:
    """Say why a run's output would be incomplete; None when it is complete and may take its name."""
    if stats.get("feed/error") is not None:
        return f"the feed could not be written: {stats['feed/error']}"
    for part in ("archive", "ledger"):
        if stats.get(f"{part}/error") is not None:
            return f"the {part} failed: {stats[f'{part}/error']}"
    if finish_reason is None:
        started = "start_time" in stats
        return "the run was ended before it could finish" if started else "the run did not start: the log says why"
    if finish_reason != "finished":
        return f"the run was stopped before it finished ({finish_reason})"
    lost = _find_lost(stats)
    if lost is not None:
        return lost
    if any(key.startswith("feedexport/failed_count/") and value for key, value in stats.items()):
        return "a feed could not be stored: the log names it"
    errors = stats.get("log/errors", 0)
    if errors:
        return f"{_count(errors, 'error')} in the log"
    if not stats.get("outcome/recorded", 0):
        return _find_outside(stats) or f"no records came out ({_outcomes(stats)})"
    return None


def _find_outside(stats: Mapping[str, Any]) -> str:
    """Say that the run began outside of its hours and was to end there; nothing where it did not."""
    hours = stats.get("fetch/outside_hours")
    return "" if hours is None else f"outside of the hours {hours}: nothing was asked for"


def _find_lost(stats: Mapping[str, Any]) -> str | None:
    unreadable = stats.get("outcome/failed/unreadable_archive", 0)
    if unreadable:
        return (
            f"{_count(unreadable, 'page')} cannot be read from the archive, and the corpus would be smaller: the "
            "log says which; restore the archive's files from a copy and run this again"
        )
    lost = stats.get("pipeline/errors", 0)
    if lost:
        return f"{_count(lost, 'page')} lost to an error in the pipelines: the log says which"
    raised = stats.get("spider_exceptions/count", 0)
    if raised:
        return f"{_count(raised, 'response')} lost to an error in the program: the log says which"
    return None


def judge(
    stats: Mapping[str, Any], *, min_records: int | None = None, min_dated: float | None = None, written: str = ""
) -> Verdict:
    """Judge a finished run.

    Args:
        stats: Scrapy's stats after the feeds were closed.
        min_records: how many records the organization's file expects at least.
        min_dated: which share of them with a date, 0 to 1.
        written: where the records went, for the last line.
    """
    records = stats.get("outcome/recorded", 0)
    problem = find_problem(stats, stats.get("finish_reason"))
    if problem is not None:
        nothing = not records and problem.startswith(("no records", "outside of the hours"))
        return Verdict(CHECKS_FAILED if nothing else FAILED, problem)
    if stats.get("feed/expected", 0) and stats.get("feed/stored", 0) < stats["feed/expected"]:
        return Verdict(FAILED, "a feed was not stored: the log says why")
    unanswered = stats.get("fetch/unanswered", 0)
    if unanswered:
        told = ", ".join(f"{key.removeprefix('outcome/')} {stats[key]:,}" for key in _UNANSWERED if stats.get(key))
        return Verdict(
            CHECKS_FAILED, f"no server answered ({told}); the corpus is as it was: {_count(records, 'record')}"
        )
    living = records - sum(value for key, value in stats.items() if key.startswith("records/change/gone/"))
    if min_records is not None and living < min_records:
        return Verdict(CHECKS_FAILED, f"{_count(living, 'record')}; at least {min_records} were expected")
    dated = stats.get("records/dated", 0)
    if min_dated is not None and dated < min_dated * records:
        return Verdict(
            CHECKS_FAILED, f"{dated} of {_count(records, 'record')} dated; at least {min_dated:.0%} were expected"
        )
    appended = stats.get("feed/appended")
    said = "" if appended is None else f", {appended:,} of them new or changed and appended"
    outside = _find_outside(stats)
    before = f"{outside}; " if outside else ""
    return Verdict(WELL, f"{before}{_count(records, 'record')}{said}{f' in {written}' if written else ''}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _outcomes(stats: Mapping[str, Any]) -> str:
    counts = [
        f"{key.removeprefix('outcome/').replace('/', ' ')}: {value}"
        for key, value in sorted(stats.items())
        if key.startswith("outcome/") and not any(other.startswith(f"{key}/") for other in stats)
    ]
    return ", ".join(counts) or "no page was found"
