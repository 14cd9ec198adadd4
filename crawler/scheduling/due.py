"""Whether an organization is to be crawled now, and why: pure, with the clock's time as an argument.

`crawler.discovery.due` says the same of the pages of a run.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crawler.discovery.due import DAY, ENOUGH
from crawler.discovery.hours import Hours, find_wait

RETRY_DAYS = 1.0  # after a run that failed its checks, where the interval is longer
LONGEST_KEPT = 7 * DAY  # that an organization is kept back before somebody must hear of it
_NEVER = datetime.max.replace(tzinfo=UTC)


class Why(StrEnum):
    """Why an organization is crawled now, or is not."""

    FIRST = "first"  # never crawled, and its file has [schedule]
    TIME = "time"  # the last run is long enough ago
    UNFINISHED = "unfinished"  # the last run did not finish: the next one goes on with it
    FAILED = "failed"  # the last run finished and failed its checks
    UNREADABLE = "unreadable"  # its ledger cannot be looked at: the crawl brings it up to date, or says what is wrong
    EARLY = "early"
    HOURS = "hours"  # outside of the hours in which its site may be asked
    IN_USE = "in use"  # a process has its collection
    PAUSED = "paused"
    UNSCHEDULED = "unscheduled"  # never crawled, and its file has no [schedule]


DUE = frozenset({Why.FIRST, Why.TIME, Why.UNFINISHED, Why.FAILED, Why.UNREADABLE})
KEPT_BACK = frozenset({Why.HOURS, Why.IN_USE})  # due but for what may be over soon


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest run of an organization."""

    started_at: datetime  # aware
    is_finished: bool
    failure: str | None = None  # why it failed its checks; None where it did not, or nobody knows


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an organization when it is decided."""

    every_days: float = 1.0
    is_scheduled: bool = False  # its file has [schedule]
    is_paused: bool = False
    last: LastRun | None = None
    fault: str | None = None  # why its ledger cannot be looked at
    holder: str | None = None  # the process that has its collection
    hours: Hours | None = None  # in which its site may be asked
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - does not change


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided of an organization."""

    why: Why
    said: str  # the same for people, with figures
    moment: datetime | None = None  # since when it is due, or from when on; None where that is not known
    kept_since: datetime | None = None  # when it became due, where it is kept back

    @property
    def is_due(self) -> bool:
        """Whether it is crawled now."""
        return self.why in DUE


def decide(now: datetime, standing: Standing) -> Decision:
    """Decide whether an organization is crawled now.

    It is looked after once it has been crawled, or when its file has a section `[schedule]`. What counts is when its
    last run began. As schedulers start at varying times, an interval counts as over when nine tenths of it are.

    Args:
        now: aware; a naive time is a programmer's error (TypeError).
        standing: of the organization.
    """
    if standing.last is None and standing.fault is None and not standing.is_scheduled:
        return Decision(Why.UNSCHEDULED, "never crawled, and its file has no [schedule]")
    if standing.is_paused:
        return Decision(Why.PAUSED, "its file says so: [schedule] paused = true")
    if standing.holder is not None:
        found = _judge(now, standing)
        since = found.moment if found.is_due else None
        return Decision(Why.IN_USE, f"process {standing.holder} has the collection", None, since)
    found = _judge(now, standing)
    if standing.hours is None or found.moment is None:
        return found
    wait = timedelta(seconds=find_wait(standing.hours, standing.zone, max(now, found.moment)))
    begin = max(now, found.moment) + wait
    if not found.is_due:
        return Decision(found.why, found.said, begin)
    if not wait:
        return found
    outside = f"outside of its hours {standing.hours} ({standing.zone.key})"
    return Decision(Why.HOURS, f"{outside}; due since {show_time(found.moment)}", begin, found.moment)


def order(decisions: Mapping[str, Decision], reasons: Container[Why] = DUE) -> list[str]:
    """Name the organizations that are due, the longest due first, so that none waits for good behind the others.

    Args:
        decisions: by name.
        reasons: which count; others than those for being due may be named.
    """
    chosen = {name: one.moment or _NEVER for name, one in decisions.items() if one.why in reasons}
    return sorted(chosen, key=lambda name: (chosen[name], name))


def find_overdue(now: datetime, decisions: Mapping[str, Decision]) -> frozenset[str]:
    """Name the organizations that are kept back for more than a week: as things are, they may never have their turn."""
    kept = {name: one.kept_since for name, one in decisions.items() if one.kept_since is not None}
    return frozenset(name for name, since in kept.items() if now - since > LONGEST_KEPT)


def _judge(now: datetime, standing: Standing) -> Decision:
    """Decide by what the last run left, as if the site could be asked at any time."""
    if standing.fault is not None:
        return Decision(Why.UNREADABLE, standing.fault, now)
    last = standing.last
    if last is None:
        return Decision(Why.FIRST, "never crawled", now)
    failed = last.is_finished and last.failure is not None
    days = min(standing.every_days, RETRY_DAYS) if failed else standing.every_days
    moment = last.started_at + ENOUGH * days * DAY
    began = show_time(last.started_at)
    if not last.is_finished:
        return Decision(
            Why.UNFINISHED, f"the run that began {began} did not finish: to be gone on with", min(moment, now)
        )
    elapsed = now - last.started_at
    if elapsed < timedelta():  # the clock was wrong then, or is now; waiting for it could take years
        return Decision(Why.TIME, f"the last run began {began}, which is later than now: a clock was wrong", now)
    said = f"the last run began {show_span(elapsed)} ago"
    if failed:
        said = f"{said} and failed: {last.failure}"
    if moment > now:
        return Decision(Why.EARLY, said, moment)
    return Decision(Why.FAILED if failed else Why.TIME, said, moment)


def show_time(moment: datetime) -> str:
    """Write a time to the minute, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def show_span(span: timedelta) -> str:
    """Write how long something takes, in the unit that fits."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    unit, size = ("day", 1440) if minutes >= 2880 else ("hour", 60) if minutes >= 120 else ("minute", 1)
    number = minutes // size
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
