"""What stands on the sample organization's site in each night of a year: a function of calendar, seed and night."""

import random
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from benchmarks.year_calendar import Act, Calendar
from benchmarks.year_writing import (
    find_style,
    find_topic,
    mark_date,
    write_document,
    write_paragraph,
    write_sentence,
)
from crawler.sample.content import Block, Document, load_documents, parse_block, read_toml

CAMPAIGN = "campaign"  # the layout of a section with a look of its own
REBUILT = "rebuilt"  # the layout of the page that was rebuilt
CAMPAIGN_PAGES = 4
OLD_LASTMOD = datetime(2019, 10, 2, 14, 5, tzinfo=UTC)  # of the pages that were there before
KINDS = (
    "Press Release",
    "Press Release",
    "Press Release",
    "Press Release",
    "News",
    "News",
    "News",
    "Statement",
    "Report",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path in one night."""

    document: Document  # of a page that is away: what it said last
    born: int  # the night; 0 for what was there before
    lastmod: datetime  # what the sitemap says when it does not lie
    touched: int = 0  # the night on which lastmod was last changed for a change
    status: int = 200
    target: str | None = None  # of a redirect: a path

    @property
    def path(self) -> str:
        """Where it stands."""
        return self.document.path

    @property
    def is_free(self) -> bool:
        """Whether an act may choose it: a page of the usual layout that is there."""
        return self.status == 200 and self.document.layout == "modern"


# --- What is done to pages --------------------------------------------------------------------------------------------

Verb = Callable[[Entry, random.Random], tuple[Entry, ...]]  # gives the page anew, and what else there is then


def _rewrite(entry: Entry, blocks: Iterable[Block]) -> tuple[Entry, ...]:
    return (replace(entry, document=replace(entry.document, blocks=tuple(blocks))),)


def _edit(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    """Put another sentence at the end of the first paragraph."""
    first, *others = entry.document.blocks
    sentence = write_sentence(rng, find_topic(entry.document))
    return _rewrite(entry, [Block("paragraph", f"{first.html} {sentence}", f"{first.text} {sentence}"), *others])


def _extend(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    blocks = entry.document.blocks
    return _rewrite(entry, [blocks[0], parse_block(write_paragraph(rng, find_topic(entry.document))), *blocks[1:]])


def _shorten(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return _rewrite(entry, entry.document.blocks[:1] + entry.document.blocks[2:])


def _retitle(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    title = f"{entry.document.title} ({rng.choice(('Updated', 'Corrected', 'With Reactions'))})"
    return (replace(entry, document=replace(entry.document, title=title)),)


def _redate(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    style, day = find_style(entry.document), entry.document.date.published
    assert style is not None
    assert day is not None
    moved = date.fromisoformat(day) - timedelta(days=1)
    return (replace(entry, document=replace(entry.document, date=mark_date(moved, style))),)


def _attach(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    path = f"/sites/default/files/{entry.path.rpartition('/')[2]}.pdf"
    sentence = write_sentence(rng, find_topic(entry.document))
    words = f"{sentence} Read [the {rng.choice(('order', 'complaint', 'letter', 'full report'))}]({path})."
    return _rewrite(entry, [*entry.document.blocks, parse_block(words)])


def _withdraw(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=410),)


def _lose(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=404),)


def _restore(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=200),)


def _move(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    path = re.sub("^/[a-z]+/", "/library/", entry.path)
    moved = replace(entry, document=replace(entry.document, path=path))
    return replace(entry, status=301, target=path), moved


VERBS: dict[str, Verb] = {
    "edit": _edit,
    "edit old": _edit,
    "extend": _extend,
    "shorten": _shorten,
    "retitle": _retitle,
    "redate": _redate,
    "attach": _attach,
    "withdraw": _withdraw,
    "lose": _lose,
    "restore": _restore,
    "move": _move,
}


def can_act(verb: str, entry: Entry, left_alone: Collection[str]) -> bool:
    """Tell whether something can be done to a page.

    Args:
        verb: a key of `VERBS`.
        entry: the page.
        left_alone: paths.
    """
    if entry.path in left_alone:
        return False
    if verb == "restore":
        return entry.status == 410
    if not entry.is_free or not entry.document.in_sitemap:
        return False
    if verb == "redate":
        return find_style(entry.document) is not None and entry.born > 0
    if verb == "shorten":
        return len(entry.document.blocks) > 3 and entry.born > 0
    return (entry.born == 0) == (verb == "edit old")


# --- The stage --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stage:
    """Plays the script from night 0 on."""

    calendar: Calendar
    seed: int
    entries: dict[str, Entry] = field(default_factory=dict)
    written: int = 0
    others: tuple[Document, ...] = ()  # what is no article
    fixed: frozenset[str] = frozenset()  # paths that are left alone, for other addresses lead to them
    acted: set[str] = field(default_factory=set)  # paths to which something was done in the night

    def open(self) -> None:
        """Set up the sample's site as it is bundled."""
        documents = load_documents()
        self.others = tuple(document for document in documents if document.outcome != "recorded")
        for document in documents:
            if document.outcome == "recorded":
                self.entries[document.path] = Entry(document, 0, OLD_LASTMOD)
        organization = read_toml("organization.toml")
        leads = [link["to"] for link in organization["redirect"]] + [link["of"] for link in organization["duplicate"]]
        self.fixed = frozenset(leads)

    def find_touch(self, night: int) -> datetime:
        """Give the time of a night's changes: some hours before its crawl."""
        return self.calendar.find_start(night) - timedelta(hours=8)

    def play(self, night: int) -> None:
        """Do what the calendar says of a night."""
        self.acted.clear()
        for _ in range(self.calendar.births(night, self.calendar.find_day(night))):
            self.publish(night)
        if night == self.calendar.campaign:
            for number in range(CAMPAIGN_PAGES):
                self.publish(night, number)
        if night == self.calendar.rebuilt:
            path = "/reports/the-price-of-a-night"
            entry = self.entries[path]
            self.entries[path] = replace(entry, document=replace(entry.document, layout=REBUILT))
            self.touch(path, night)
        for act in self.calendar.acts.get(night, ()):
            self.do(act, night)

    def publish(self, night: int, campaign: int | None = None) -> None:
        """Publish a document; `campaign` numbers those of the section with a look of its own."""
        rng = random.Random(f"{self.seed}/{self.written}")
        time = self.find_touch(night)
        kind = rng.choice(KINDS) if campaign is None else "News"
        document = write_document(rng, time.date(), kind, self.written)
        if campaign is not None:
            path = document.path.replace("/news/", "/count-the-beds/")
            document = replace(
                document, path=path, layout=CAMPAIGN, in_sitemap=True, in_feed=False, listing_page=None, byline=None,
                authors=(), tags=(),
            )  # fmt: skip
        self.written += 1
        self.entries[document.path] = Entry(document, night, time, night)

    def touch(self, path: str, night: int) -> None:
        """Let the sitemap say that a page was changed."""
        self.entries[path] = replace(self.entries[path], lastmod=self.find_touch(night), touched=night)

    def do(self, act: Act, night: int) -> None:
        """Do something to as many pages as an act says."""
        rng = random.Random(f"{self.seed}/{night}/{act.verb}")
        left_alone = self.fixed | self.acted
        able = [path for path, entry in self.entries.items() if can_act(act.verb, entry, left_alone)]
        if act.verb == "restore":
            able = able[:1]
        for path in rng.sample(able, min(act.count, len(able))):
            for entry in VERBS[act.verb](self.entries[path], rng):
                self.entries[entry.path] = entry
                self.acted.add(entry.path)
                if act.announced:
                    self.touch(entry.path, night)


def play_until(calendar: Calendar, seed: int, night: int) -> Stage:
    """Give the stage as it stands in a night."""
    stage = Stage(calendar, seed)
    stage.open()
    for number in range(1, night + 1):
        stage.play(number)
    return stage
