"""The verdict on a run: its exit status and the line that says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.judging.checks import Check, Level
from crawler.judging.summary import Fate, Redesign
from crawler.judging.words import count, join_reasons, tell_check, tell_redesign

WELL = 0
FAILED = 1  # the run did not finish, or what it found was not written
USER_ERROR = 2
CHECKS_FAILED = 3  # the run finished, but not with what was expected

_HELD = "redesign: "
_UNANSWERED = ("outcome/failed", "outcome/disallowed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a run ended."""

    exit_status: int
    reason: str  # one line
    level: Level = Level.FAIL
    warnings: tuple[str, ...] = ()  # one line each


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
    if stats.get("redesign/held") is not None:
        return f"{_HELD}{count(stats['redesign/held'], 'page')} held back"
    if any(key.startswith("feedexport/failed_count/") and value for key, value in stats.items()):
        return "a feed could not be stored: the log names it"
    errors = stats.get("log/errors", 0)
    if errors:
        return f"{count(errors, 'error')} in the log"
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
            f"{count(unreadable, 'page')} cannot be read from the archive, and the corpus would be smaller: the "
            "log says which; restore the archive's files from a copy and run this again"
        )
    lost = stats.get("pipeline/errors", 0)
    if lost:
        return f"{count(lost, 'page')} lost to an error in the pipelines: the log says which"
    raised = stats.get("spider_exceptions/count", 0)
    if raised:
        return f"{count(raised, 'response')} lost to an error in the program: the log says which"
    return None


def judge(
    stats: Mapping[str, Any],
    checks: Sequence[Check] = (),
    redesigns: Sequence[Redesign] = (),
    collection: str = "",
) -> Verdict:
    """Judge a finished run.

    Args:
        stats: Scrapy's stats after the feeds were closed.
        checks: what was expected of its figures.
        redesigns: of sites, as it found them.
        collection: that it belongs to.
    """
    records = stats.get("outcome/recorded", 0)
    held = [tell_redesign(one, collection) for one in redesigns if one.outcome is Fate.HELD]
    warnings = tuple(tell_redesign(one, collection) for one in redesigns if one.outcome is not Fate.HELD)
    problem = find_problem(stats, stats.get("finish_reason"))
    if problem is not None:
        if held and problem.startswith(_HELD):
            return Verdict(CHECKS_FAILED, join_reasons(held), Level.FAIL, warnings)
        nothing = not records and problem.startswith(("no records", "outside of the hours"))
        return Verdict(CHECKS_FAILED if nothing else FAILED, problem, Level.FAIL, warnings)
    if stats.get("feed/expected", 0) and stats.get("feed/stored", 0) < stats["feed/expected"]:
        return Verdict(FAILED, "a feed was not stored: the log says why", Level.FAIL, warnings)
    unanswered = stats.get("fetch/unanswered", 0)
    if unanswered:
        told = ", ".join(f"{key.removeprefix('outcome/')} {stats[key]:,}" for key in _UNANSWERED if stats.get(key))
        reason = f"no server answered ({told}); the corpus is as it was: {count(records, 'record')}"
        return Verdict(CHECKS_FAILED, reason, Level.FAIL, warnings)
    failures = [tell_check(check) for check in checks if check.level is Level.FAIL]
    warnings += tuple(tell_check(check) for check in checks if check.level is Level.WARN)
    if failures:
        return Verdict(CHECKS_FAILED, join_reasons(failures), Level.FAIL, warnings)
    appended = stats.get("feed/appended")
    said = "" if appended is None else f", {appended:,} of them new or changed and appended"
    outside = _find_outside(stats)
    gone = sum(value for key, value in stats.items() if key.startswith("records/change/gone/"))
    left = f", {gone:,} of them gone" if gone else ""
    reason = f"{f'{outside}; ' if outside else ''}{count(records, 'record')}{left}{said}"
    return Verdict(WELL, reason, Level.WARN if warnings else Level.OK, warnings)


def _outcomes(stats: Mapping[str, Any]) -> str:
    counts = [
        f"{key.removeprefix('outcome/').replace('/', ' ')}: {value}"
        for key, value in sorted(stats.items())
        if key.startswith("outcome/") and not any(other.startswith(f"{key}/") for other in stats)
    ]
    return ", ".join(counts) or "no page was found"
