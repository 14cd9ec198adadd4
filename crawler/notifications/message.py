"""What is told of a run, and whether: the summary of a run → a message of ten seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.judging.checks import Level
from crawler.judging.summary import Fate, RunSummary
from crawler.judging.words import tell_check, tell_redesign
from crawler.terminal import show

LEVELS = (Level.WARN, Level.FAIL)  # what NOTIFY_ON may be, the milder one first
_MOST = 8  # lines of a kind
_LONGEST = 1_900  # characters; Discord takes 2,000


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a subject for e-mails, and the text, which says all by itself."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with a run: what, how bad, and a line about it."""

    name: str
    level: Level
    line: str


def reaches(level: Level, notify_on: str) -> bool:
    """Whether a verdict, or that of a check, is one to tell of."""
    return level in LEVELS[LEVELS.index(Level(notify_on)) :]


def is_recovery(verdict: Level, before: Level | None, notify_on: str) -> bool:
    """Whether a run is well after one that somebody was told of."""
    return verdict is Level.OK and before is not None and reaches(before, notify_on)


def find_failures(summary: RunSummary) -> list[Failure]:
    """List what is wrong with a run: redesigns, and checks that it did not pass."""
    found = [
        Failure(
            f"redesign of {one.host}",
            Level.FAIL if one.outcome is Fate.HELD else Level.WARN,
            tell_redesign(one, summary.collection),
        )
        for one in summary.redesigns
    ]
    found += [Failure(str(one.name), one.level, tell_check(one)) for one in summary.checks if one.level is not Level.OK]
    return found


def write_message(summary: RunSummary, *, recovered: bool, place: str) -> Message:
    """Write what is told of a run.

    Args:
        summary: of the run.
        recovered: whether the run before it was one to tell of, and this one is well.
        place: the file of the summary; empty where it could not be written.
    """
    word = "ok again" if recovered else str(summary.verdict)
    wrong = dict.fromkeys((*(one.line for one in find_failures(summary)), *summary.warnings))
    lines = [
        f"{summary.collection}: {word}: {summary.reason}",
        *_shorten([line for line in wrong if line not in summary.reason]),
        ", ".join(_describe(summary)),
        place,
    ]
    return Message(
        _defuse(f"Broadside: {summary.collection}: {word}"),
        _defuse("\n".join(line for line in lines if line))[:_LONGEST],
    )


def _shorten(lines: Sequence[str]) -> list[str]:
    told = [f"- {' '.join(line.split())}" for line in lines[:_MOST]]
    return [*told, f"- and {len(lines) - _MOST} more"] if len(lines) > _MOST else told


def _describe(summary: RunSummary) -> Iterator[str]:
    """Say which run it was."""
    if summary.run is not None:
        yield f"run {summary.run}"
    yield summary.command
    yield f"began {summary.started_at}"
    yield f"{summary.seconds:,.0f} s"
    yield summary.program


def _defuse(text: str) -> str:
    """Take out what would call people or hide words where the text is shown: class names of a site stand in it."""
    told = "\n".join(show(line) for line in text.split("\n"))
    return told.replace("<", "‹").replace("@", "＠")
