"""What must come out of each night, computed from the script of the site and from what the server was asked for.

Nothing here knows the program. What was announced must be there the same night; of what was not, a crawler can know
only when it has asked, so that the server's log says on which night it must be there.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.night_server import Asked
from benchmarks.nightly_script import QUIET, UNHEARD, Article, Entry
from benchmarks.nightly_site import Night

GONE_AFTER = 3  # nights with 404 or 410, before a page is held to be withdrawn
QUIET_SHARE = 0.05  # of the articles: requests of a quiet night, every one counted
FEWEST_PAGES_FOR_SHARE = 400  # on fewer, what must be asked for every night is the larger part of that share
MOST_TRIED = 5  # of many announced pages, when fewer than half of those changed
MASS_OF_LIES = 21  # the night on which many are announced and none changed


@dataclass(frozen=True, slots=True)
class Expected:
    """A record as it must be."""

    path: str
    article: Article
    change: str
    change_reason: str | None
    revision: int

    def as_fields(self, base: str) -> dict[str, Any]:
        """Give the fields that are compared.

        Args:
            base: the site's scheme, host and port.
        """
        article = self.article
        attachment = {"text": article.attachment_words, "url": f"{base}{article.attachment}"}
        return {
            "url": base + self.path,
            "title": article.title,
            "text": article.text,
            "date_published": article.date.isoformat(),
            "attachments": [] if article.attachment is None else [attachment],
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

    def advance(self, night: Night, asked: Iterable[Asked]) -> None:
        """Let a night pass.

        Args:
            night: the site as it stood.
            asked: what the server was asked for in it.
        """
        answers: dict[str, set[int]] = defaultdict(set)
        for one in asked:
            answers[one.path].add(one.status)
        self.changes = {}
        self.current = {
            path: one if one.change == "gone" else replace(one, change="unchanged", change_reason=None)
            for path, one in self.current.items()
        }
        for entry in night.entries.values():
            if entry.copy_of is None:  # a duplicate of what is there
                is_told = entry.announced and night.number not in UNHEARD
                self.judge(entry, answers.get(entry.path, set()), is_told=is_told)

    def judge(self, entry: Entry, statuses: Collection[int], *, is_told: bool) -> None:
        """Say what becomes of a page.

        Args:
            entry: the page as it stood.
            statuses: of what the server answered when the page was asked for.
            is_told: whether the site made known this night that it changed.
        """
        known = self.current.get(entry.path)
        if known is None:
            if entry.status == 200:
                self.revise(entry, "new", None)
        elif entry.target is not None:
            if known.change != "gone" and (is_told or entry.status in statuses):
                self.revise(entry, "gone", "moved")
        elif entry.status != 200:
            self.misses[entry.path] += entry.status in statuses
            if known.change != "gone" and self.misses[entry.path] >= GONE_AFTER:
                self.revise(entry, "gone", "withdrawn")
        else:
            self.judge_present(entry, known, statuses, is_told=is_told)

    def judge_present(self, entry: Entry, known: Expected, statuses: Collection[int], *, is_told: bool) -> None:
        """Say what becomes of a page that is known, and there."""
        if 200 in statuses or 304 in statuses:
            self.misses[entry.path] = 0
        if known.change == "gone":
            if is_told or 200 in statuses or 304 in statuses:
                self.revise(entry, "changed", "restored")
        elif entry.article != known.article and (is_told or 200 in statuses):
            self.revise(entry, "changed", "edit")

    def revise(self, entry: Entry, change: str, reason: str | None) -> None:
        """Give a page its next revision."""
        known = self.current.get(entry.path)
        # What is gone keeps what was known of it.
        article = known.article if known is not None and change == "gone" else entry.article
        revised = Expected(entry.path, article, change, reason, 1 if known is None else known.revision + 1)
        self.current[entry.path] = self.changes[entry.path] = revised
        self.history.append(revised)

    @property
    def kinds(self) -> Counter[str]:
        """How often each kind of change happened in the last night: "new", "edit", "withdrawn" and so on."""
        return count_kinds(self.changes.values())


def count_kinds(revisions: Iterable[Expected]) -> Counter[str]:
    """Count revisions by their reason, new ones as "new"."""
    return Counter(one.change_reason or one.change for one in revisions)


def find_trespasses(night: Night, asked: Sequence[Asked]) -> list[str]:
    """Name what is wrong with the requests of a night: too many, or of what nobody named."""
    problems = []
    known = night.entries.keys() | night.fixed.keys()
    strange = sorted({one.path for one in asked} - known)
    if strange:
        problems.append(f"asked for what is nowhere: {', '.join(strange[:3])}")
    most = int(QUIET_SHARE * len(night.listed))
    if night.number == MASS_OF_LIES:
        most += MOST_TRIED
        announced = {entry.path for entry in night.entries.values() if entry.announced}
        tried = announced & {one.path for one in asked}
        # Some are due for their age besides.
        if len(tried) > len(announced) // 2 and tried != announced:
            problems.append(f"{len(tried)} of {len(announced)} pages tried that a sitemap announced in vain")
    if night.number in QUIET | {MASS_OF_LIES} and night.pages >= FEWEST_PAGES_FOR_SHARE and len(asked) > most:
        problems.append(f"{len(asked)} requests on a quiet night; {most} at most are allowed")
    return problems
