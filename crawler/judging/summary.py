"""The summary of a run: what a person wants to know of it, and what later runs learn from it, as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from crawler.judging.checks import Check, Level, Name, PastRun, Source
from crawler.judging.figures import Figures

VERSION = 1
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class SummaryError(ValueError):
    """A file is no summary of a run; the message says why."""


class Fate(StrEnum):
    """What becomes of a run that finds a redesign."""

    RELEARNED = "relearned"  # the model that was learned of the new pages gives known ones the texts that they had
    ACCEPTED = "accepted"  # a person said so
    HELD = "held"  # the old model stays, and the run's records are no part of the corpus


@dataclass(frozen=True, slots=True)
class Redesign:
    """A redesign of a site, as a run found it."""

    host: str
    layouts: tuple[str, ...]  # containers that have vanished, that of most pages first
    pages: int  # known ones that have lost them
    of: int  # that were fetched again and had had them
    as_before: int  # of the pages that have lost them, those that the relearned model reads as before
    outcome: Fate
    wall: bool = False  # whether nearly all of these pages say the same, or nothing


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run that is over."""

    collection: str
    command: str
    run: int | None  # its number in the ledger; None where there is none
    started_at: str  # YYYY-MM-DDTHH:MM:SSZ
    finished_at: str
    seconds: float
    program: str
    verdict: Level
    exit_status: int
    reason: str  # a line
    warnings: tuple[str, ...] = ()  # lines
    held: bool = False  # whether its records are no part of the corpus
    limited: bool = False  # whether it was to fetch some pages only: nothing is learned from it
    redesigns: tuple[Redesign, ...] = ()
    checks: tuple[Check, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    figures: Figures | None = None  # None where it did not come so far

    @property
    def began(self) -> datetime:
        """When it began."""
        return datetime.strptime(self.started_at, TIME_FORMAT).replace(tzinfo=UTC)

    @property
    def file_name(self) -> str:
        """The name of its file, by its time without what some file systems do not like."""
        return f"{self.started_at.replace('-', '').replace(':', '')}.json"


def dump_summary(summary: RunSummary) -> bytes:
    """Write a summary as JSON."""
    data = {"version": VERSION, **asdict(summary)}
    data["figures"] = summary.figures.dump() if summary.figures is not None else None
    data["outcomes"], data["changes"] = dict(summary.outcomes), dict(summary.changes)
    return (json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode("utf-8", "replace")


def load_summary(data: bytes) -> RunSummary:
    """Read a summary.

    Raises:
        SummaryError: it is none, or of another version of the program.
    """
    try:
        values = json.loads(data)
        if not isinstance(values, dict) or values.pop("version", None) != VERSION:
            raise SummaryError(f"no summary of a run in version {VERSION}")
        values["verdict"] = Level(values["verdict"])
        values["redesigns"] = tuple(_load_redesign(one) for one in values["redesigns"])
        values["checks"] = tuple(_load_check(one) for one in values["checks"])
        values["warnings"] = tuple(values["warnings"])
        values["figures"] = Figures.load(values["figures"]) if values["figures"] is not None else None
        summary = RunSummary(**values)
        _ = summary.began
    except SummaryError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise SummaryError(f"no summary of a run ({' '.join(str(error).split())})") from None
    return summary


def dump_redesigns(redesigns: Sequence[Redesign]) -> str:
    """Write redesigns as a line of JSON."""
    return json.dumps([asdict(one) for one in redesigns])


def load_redesigns(data: str) -> tuple[Redesign, ...]:
    """Read what `dump_redesigns` wrote; nothing of an empty text."""
    return tuple(_load_redesign(one) for one in json.loads(data)) if data else ()


def _load_redesign(values: dict[str, Any]) -> Redesign:
    return Redesign(**{**values, "layouts": tuple(values["layouts"]), "outcome": Fate(values["outcome"])})


def _load_check(values: dict[str, Any]) -> Check:
    named = {"name": Name(values["name"]), "source": Source(values["source"]), "level": Level(values["level"])}
    return Check(**{**values, **named})


def find_past(summaries: Sequence[RunSummary], began: datetime, run: int | None) -> list[PastRun]:
    """Give the runs from which something is learned: those that came to their end with all of their pages.

    Args:
        summaries: of the collection.
        began: when the run began that is judged.
        run: its number, which is not among them.
    """
    told = [
        # What a redesign has taken from known pages is told once.
        PastRun(one.began, replace(one.figures, kept={}) if one.redesigns else one.figures, one.verdict)
        for one in summaries
        if one.figures is not None and not one.limited and one.began < began and (run is None or one.run != run)
    ]
    return sorted(told, key=lambda one: one.began)
