"""What must come out of each night of the year, computed from the script of the site and the server's log alone.

Nothing here knows the program. What a sitemap announces must be there the same night; of what it does not, a crawler
can know only when it has asked. While a run is held, the corpus stays as it was, and all must be there when it is
released.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.night_server import Asked
from benchmarks.year_calendar import Calendar
from benchmarks.year_site import Night
from crawler.sample.content import Document, to_text

GONE_AFTER = 3  # nights with 404 or 410, before a page is held to be withdrawn
_FILE_LINK = re.compile(r'<a href="([^"]+\.pdf)">([^<]+)</a>')


@dataclass(frozen=True, slots=True)
class Expected:
    """A record as it must be."""

    path: str
    document: Document
    change: str
    change_reason: str | None
    revision: int

    def as_fields(self, base: str) -> dict[str, Any]:
        """Give the fields that are compared.

        Args:
            base: the site's scheme, host and port.
        """
        document = self.document
        files = [found for block in document.blocks for found in _FILE_LINK.findall(block.html)]
        return {
            "url": base + self.path,
            "title": to_text(document.title),
            "text": "\n\n".join(block.text for block in document.blocks),
            "date_published": document.date.published,
            "attachments": [{"text": words, "url": base + path} for path, words in files],
            "change": self.change,
            "change_reason": self.change_reason,
            "revision": self.revision,
        }


@dataclass(slots=True)
class Expectations:
    """The corpus that a crawler must have, night after night."""

    current: dict[str, Expected] = field(default_factory=dict)  # by path
    changes: dict[str, Expected] = field(default_factory=dict)  # of the last night, by path
    history: list[Expected] = field(default_factory=list)  # each revision, in the order of the nights
    misses: Counter[str] = field(default_factory=Counter)  # nights with 404 or 410, one after the other, by path
    # Since the last run that was not held:
    answers: dict[str, int] = field(default_factory=dict)  # the last status of what was asked for, by path
    seen: dict[str, Document] = field(default_factory=dict)  # what a page said when it was asked for last
    last_up: int = -1  # the last night on which the sitemap could be read

    def advance(self, night: Night, asked: Sequence[Asked], *, is_held: bool = False, is_resumed: bool = False) -> None:
        """Let a night pass.

        Args:
            night: the site as it stood.
            asked: what the server was asked for in it.
            is_held: whether nothing of the run counts yet.
            is_resumed: whether the run went on with that of the night before, and so asked for nothing new.
        """
        self.changes = {}
        if night.is_out:
            self.settle()
            return
        if not is_resumed or asked:
            self.observe(night, asked)
        if not is_held:
            self.release()

    def release(self) -> None:
        """Let all count that was learned since the last run that was not held."""
        self.changes = {}
        self.settle()
        for path in self.answers:
            self.judge(path)
        self.answers.clear()
        self.seen.clear()

    def settle(self) -> None:
        """What was new or changed is so no more."""
        self.current = {
            path: one if one.change == "gone" else replace(one, change="unchanged", change_reason=None)
            for path, one in self.current.items()
        }

    def observe(self, night: Night, asked: Iterable[Asked]) -> None:
        """Note what a crawler could learn in a night."""
        statuses = {(one.path, one.status) for one in asked}
        for entry in night.entries.values():
            is_told = entry.touched > self.last_up or entry.path not in self.current
            was_asked = (entry.path, entry.status) in statuses
            if not was_asked and not (is_told and entry.status in (200, 301)):
                continue
            self.answers[entry.path] = entry.status
            if entry.status == 200:
                self.seen[entry.path] = entry.document
                self.misses[entry.path] = 0
            elif entry.target is None:
                self.misses[entry.path] += 1
        self.last_up = night.number

    def judge(self, path: str) -> None:
        """Say what becomes of a page that was asked for."""
        known, status = self.current.get(path), self.answers[path]
        if known is None:
            if status == 200:
                self.revise(path, self.seen[path], "new", None)
        elif status == 200:
            document = self.seen[path]
            if known.change == "gone":
                self.revise(path, document, "changed", "restored")
            elif say(document) != say(known.document):
                self.revise(path, document, "changed", "edit")
        elif known.change != "gone" and (status == 301 or self.misses[path] >= GONE_AFTER):
            self.revise(path, known.document, "gone", "moved" if status == 301 else "withdrawn")

    def revise(self, path: str, document: Document, change: str, reason: str | None) -> None:
        """Give a page its next revision."""
        known = self.current.get(path)
        revised = Expected(path, document, change, reason, 1 if known is None else known.revision + 1)
        self.current[path] = self.changes[path] = revised
        self.history.append(revised)

    @property
    def kinds(self) -> Counter[str]:
        """How often each kind of change happened in the last night: "new", "edit", "withdrawn" and so on."""
        return Counter(one.change_reason or one.change for one in self.changes.values())


def say(document: Document) -> tuple[object, ...]:
    """Give what a record holds of a document; its look is no part of it."""
    return document.title, document.blocks, document.date.published


def strip_contacts(
    records: Iterable[Mapping[str, Any]], documents: Mapping[str, Document], base: str
) -> list[dict[str, Any]]:
    """Give the records without the press contacts that end their texts.

    Where an editor pasted a contact into the text, it may be held to be text or not.

    Args:
        records: parsed lines.
        documents: what the pages said, by path.
        base: the site's scheme, host and port.
    """
    stripped = []
    for record in records:
        document = documents.get(str(record["url"]).removeprefix(base))
        contact = "" if document is None else "\n".join(map(to_text, document.contact))
        text = record["text"].removesuffix(f"\n\n{contact}") if contact else record["text"]
        stripped.append({**record, "text": text})
    return stripped


def count_lost(expected: Iterable[Expected], records: Iterable[Mapping[str, Any]], base: str) -> int:
    """Count the records that must be there and are not."""
    return len({base + one.path for one in expected} - {record["url"] for record in records})


def count_false(expected: Iterable[Expected], records: Iterable[Mapping[str, Any]], base: str) -> int:
    """Count the changes that did not happen."""
    happened = {(base + one.path, one.change, one.change_reason) for one in expected}
    return sum((record["url"], record["change"], record["change_reason"]) not in happened for record in records)


# --- The verdicts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run said of itself, in its summary file and by its exit status."""

    status: int
    verdict: str | None = None  # None: there is no summary
    reason: str = ""
    is_held: bool = False
    redesigns: tuple[str, ...] = ()  # the layouts that vanished


def parse_summary(status: int, summary: Mapping[str, Any] | None) -> Verdict:
    """Read a run's summary file; None where there is none."""
    if summary is None:
        return Verdict(status)
    layouts = tuple(layout for redesign in summary["redesigns"] for layout in redesign["layouts"])
    return Verdict(status, summary["verdict"], summary["reason"], summary["held"], layouts)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the verdict of a night was worth."""

    is_false_warning: bool = False
    is_call: bool = False  # a redesign was called that is the one that happened
    is_false_call: bool = False
    problems: tuple[str, ...] = ()


def find_statuses(calendar: Calendar, night: int) -> Collection[int]:
    """Give the exit statuses with which the run of a night may end, when it is not held."""
    if night in calendar.out:
        return {3}
    return {1} if night in calendar.full else {0}


def judge_verdict(calendar: Calendar, night: int, verdict: Verdict, *, was_held: bool) -> Judgement:
    """Hold the verdict of a night against what happened in it.

    Args:
        calendar: what happens when.
        night: which one.
        verdict: of its run.
        was_held: whether the run before was held for the redesign.
    """
    is_due = night == calendar.redesign or was_held
    is_call = bool(verdict.redesigns)
    problems = []
    is_false_warning = False
    if verdict.is_held and is_due:
        if verdict.status != 3:
            problems.append(f"a run that is held ends with status {verdict.status}")
    elif night in calendar.out | calendar.full:
        if verdict.status not in find_statuses(calendar, night):
            problems.append(f"status {verdict.status} on a night on which something is wrong")
        if verdict.verdict not in (None, "fail"):
            problems.append(f"verdict {verdict.verdict} on a night on which something is wrong")
    elif not is_due:
        is_false_warning = verdict.verdict in ("warn", "fail") or verdict.status != 0
    elif verdict.status != 0:
        problems.append(f"status {verdict.status} on the night of the redesign: {verdict.reason}")
    return Judgement(is_false_warning, is_call and is_due, is_call and not is_due, tuple(problems))
