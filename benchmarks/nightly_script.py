"""What happens on the site of the nightly experiment: its pages, and what is done to them over 30 nights.

A function of the number of pages, the seed and the night. Night 0 is that of the first crawl. What changes when stands
in `SCRIPT`, `BORN` and the constants around them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from benchmarks.crash_site import WORDS

NIGHTS = 30
FIRST_NIGHT = datetime(2021, 3, 1, 2, tzinfo=UTC)  # when the first crawl begins; then one a day
ARCHIVE = date(2012, 1, 1), date(2020, 12, 31)  # what is there on night 0 was published between
LEAST_PAGES = 60  # the script needs 48 of its own

QUIET = frozenset({1, 8, 9, 11, 14, 19, 25, 29})  # nothing changes; on night 9 the sitemap says otherwise
DOWN = frozenset({15})  # no connection
UNAVAILABLE = frozenset({16})  # 503 to everything
EVERYTHING_IS_NEW = frozenset({9})  # each lastmod is today's
EVERYTHING_IS_OLD = frozenset({20})  # each lastmod is far in the past
# On these nights an announcement need not be heard: on 20 the sitemap tells of none, and on 21 it tells of so many that
# only some need to be tried; the others wait for the nights that follow.
UNHEARD = frozenset({20, 21, 22})
FOOTERS = {0: 0, 7: 1, 24: 0}  # from which night on all pages end with which of the two
BORN = {2: 3, 6: 1, 7: 2, 17: 2, 24: 3, 27: 4}  # how many pages are new on a night


# --- What a page is ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says: everything that a record must hold."""

    title: str
    date: date
    paragraphs: tuple[str, ...]
    attachment: str | None = None  # the path of a PDF; the last paragraph's first three words link to it

    @property
    def text(self) -> str:
        """The text of the record."""
        return "\n\n".join(self.paragraphs)

    @property
    def attachment_words(self) -> str:
        """The words of the link to the PDF."""
        return " ".join(self.paragraphs[-1].split()[:3])


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path in one night."""

    path: str
    serial: int  # in the order of writing
    article: Article  # of a page that is away: what it said last
    first: Article  # what it said first
    born: int  # the night
    modified: datetime  # when the page was touched last, but for its footer
    lastmod: datetime  # what the sitemap says when it does not lie
    related: tuple[str, ...]  # paths of three others
    status: int = 200
    target: str | None = None  # of a redirect: a path
    banner: str = "Office hours are from nine to five."  # outside the container
    listed: bool = True  # in sitemap, listing and feed
    copy_of: str | None = None
    announced: bool = False  # whether this night's sitemap tells of this night's change

    @property
    def has_validators(self) -> bool:
        """Whether it is answered with ETag and Last-Modified."""
        return _number(self.path) % 2 == 0

    @property
    def has_nonce(self) -> bool:
        """Whether no two answers have the same bytes."""
        return _number(self.path) % 20 == 1


def _number(path: str) -> int:
    return int.from_bytes(sha256(path.encode()).digest()[:4])


def started_at(night: int) -> str:
    """Give the time at which a night's crawl begins, as `STARTED_AT` takes it: ISO 8601, UTC."""
    return (FIRST_NIGHT + timedelta(days=night)).strftime("%Y-%m-%dT%H:%M:%SZ")


def modified_at(night: int) -> datetime:
    """Give the time of a night's changes: an hour before its crawl."""
    return FIRST_NIGHT + timedelta(days=night, hours=-1)


def write_sentence(rng: random.Random) -> str:
    """Write a sentence of random words."""
    return f"{' '.join(rng.choice(WORDS) for _ in range(rng.randint(9, 16))).capitalize()}."


def write_paragraph(rng: random.Random) -> str:
    """Write three to five sentences."""
    return " ".join(write_sentence(rng) for _ in range(rng.randint(3, 5)))


def _write_entry(seed: int, serial: int, day: date, born: int) -> Entry:
    rng = random.Random(f"{seed}/{serial}")
    first, second, third = (rng.choice(WORDS) for _ in range(3))
    path = f"/news/{serial:05}-{first}-and-{second}"
    article = Article(
        f"The {first} and the {second} of {third.capitalize()} {serial + 1}",
        day,
        tuple(write_paragraph(rng) for _ in range(4)),
        f"/files/{serial:05}.pdf" if serial % 8 == 3 else None,
    )
    time = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    return Entry(path, serial, article, article, born, time, time, ())


# --- The script -------------------------------------------------------------------------------------------------------

Verb = Callable[[Entry, random.Random], tuple[Entry, ...]]  # gives the page anew, and what else there is then


def _rewrite(entry: Entry, paragraphs: Sequence[str]) -> tuple[Entry, ...]:
    return (replace(entry, article=replace(entry.article, paragraphs=tuple(paragraphs))),)


def _change_sentence(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    first, *others = entry.article.paragraphs
    return _rewrite(entry, [f"{write_sentence(rng)} {first.partition('. ')[2]}", *others])


def _add_paragraph(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    first, *others = entry.article.paragraphs
    return _rewrite(entry, [first, write_paragraph(rng), *others])


def _remove_paragraph(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return _rewrite(entry, entry.article.paragraphs[:1] + entry.article.paragraphs[2:])


def _retitle(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    title = f"{entry.article.title}, or the {rng.choice(WORDS)}"
    return (replace(entry, article=replace(entry.article, title=title)),)


def _redate(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    day = entry.article.date
    return (replace(entry, article=replace(entry.article, date=day.replace(day=day.day % 28 + 1))),)


def _rewrite_and_redate(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    return _redate(_change_sentence(entry, rng)[0], rng)


def _attach(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, article=replace(entry.article, attachment=f"/files/{entry.serial:05}-annex.pdf")),)


def _detach(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, article=replace(entry.article, attachment=None)),)


def _change_banner(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, banner="The office is closed for the repair of its roof."),)


def _lose(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=404, listed=False),)


def _withdraw(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=410, listed=False),)


def _restore(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=200, listed=True),)


def _restore_rewritten(entry: Entry, rng: random.Random) -> tuple[Entry, ...]:
    return _restore(_change_sentence(entry, rng)[0], rng)


def _move(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    path = entry.path.replace("/news/", "/stories/")
    return replace(entry, status=301, target=path, listed=False), replace(entry, path=path)


def _divert(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, status=302, target="/news"),)


def _write_back(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return (replace(entry, article=entry.first),)


def _copy(entry: Entry, _: random.Random) -> tuple[Entry, ...]:
    return entry, replace(entry, path=f"{entry.path}-as-printed", born=COPIED, copy_of=entry.path)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to pages, before the crawl of a night."""

    verb: Verb
    role: str  # which pages: a key of `CAST` or `YOUNG`
    first: int = 0  # of the role's pages
    last: int | None = None
    announced: bool = True  # whether lastmod follows


CAST = {  # how many pages of the archive play what; nobody plays two parts
    "edited": 3,
    "retitled": 1,
    "redated": 2,
    "attached": 1,
    "detached": 1,
    "edited silently": 1,
    "moved": 3,
    "edited while down": 1,
    "edited under a lie": 2,
    "repainted": 20,
    "diverted": 1,
    "copied": 1,
    "edited and redated": 1,
    "edited together": 10,
}
YOUNG = {  # the same for pages that were not there on night 0: (night, number of that night)
    "withdrawn": ((2, 0), (2, 1), (6, 0)),
    "edited young": ((7, 0), (7, 1)),
}
COPIED = 23  # on this night there is a copy of a page, as if it were new

SCRIPT: Mapping[int, tuple[Act, ...]] = {
    3: (
        Act(_change_sentence, "edited", 0, 1),
        Act(_add_paragraph, "edited", 1, 2),
        Act(_remove_paragraph, "edited", 2, 3),
    ),
    4: (Act(_retitle, "retitled"),),
    5: (Act(_redate, "redated"),),
    6: (Act(_attach, "attached"), Act(_detach, "detached")),
    10: (Act(_lose, "withdrawn", 0, 1), Act(_withdraw, "withdrawn", 1, 2), Act(_lose, "withdrawn", 2, 3)),
    12: (
        Act(_change_sentence, "edited young", announced=False),
        Act(_change_sentence, "edited silently", announced=False),
    ),
    13: (Act(_move, "moved"),),
    17: (Act(_change_sentence, "edited while down"),),
    18: (Act(_restore, "withdrawn", 0, 1), Act(_restore_rewritten, "withdrawn", 1, 2)),
    20: (Act(_change_sentence, "edited under a lie"),),
    21: (Act(_change_banner, "repainted"),),
    22: (Act(_divert, "diverted"),),
    COPIED: (Act(_copy, "copied"),),
    26: (Act(_rewrite_and_redate, "edited and redated"), Act(_write_back, "edited", 0, 1)),
    28: (Act(_change_sentence, "edited together"),),
}


@dataclass(slots=True)
class Stage:
    """Plays the script from night 0 on."""

    pages: int
    seed: int
    entries: dict[str, Entry] = field(default_factory=dict)
    cast: dict[str, list[str]] = field(default_factory=dict)
    written: int = 0
    files: set[str] = field(default_factory=set)

    def write(self, day: date, born: int) -> str:
        """Publish a page, and give its path."""
        entry = _write_entry(self.seed, self.written, day, born)
        older = list(self.entries) or [entry.path]
        rng = random.Random(f"{self.seed}/{self.written}/related")
        self.written += 1
        self.entries[entry.path] = replace(entry, related=tuple(rng.choice(older) for _ in range(3)))
        return entry.path

    def open(self) -> None:
        """Write the archive and give each part to a page."""
        first, last = ARCHIVE
        span = (last - first).days
        paths = [self.write(first + timedelta(days=number * span // self.pages), 0) for number in range(self.pages)]
        free = random.Random(f"{self.seed}/cast").sample(paths, self.pages)
        # Who gets an attachment has none before, who loses one has one.
        for role, wanted in (("attached", False), ("detached", True)):
            path = next(path for path in free if (self.entries[path].article.attachment is not None) == wanted)
            free.remove(path)
            self.cast[role] = [path]
        for role, count in CAST.items():
            if role not in self.cast:
                self.cast[role], free = free[:count], free[count:]
        self.note_files()

    def play(self, night: int) -> None:
        """Do what the script says of a night."""
        self.entries = {path: replace(entry, announced=False) for path, entry in self.entries.items()}
        # Two pages of the nights that the server was away bear the dates of these nights.
        days = [15, 16] if night == 17 else [night] * BORN.get(night, 0)
        born = [self.write(modified_at(day).date(), night) for day in days]
        for role, pages in YOUNG.items():
            self.cast.setdefault(role, []).extend(born[number] for at, number in pages if at == night)
        for act in SCRIPT.get(night, ()):
            for path in self.cast[act.role][act.first : act.last]:
                self.do(act.verb, path, night, announced=act.announced)
        self.note_files()

    def do(self, verb: Verb, path: str, night: int, *, announced: bool) -> None:
        """Do something to a page."""
        rng = random.Random(f"{self.seed}/{path}/{night}")
        for entry in verb(self.entries[path], rng):
            if entry != self.entries.get(entry.path):
                lastmod = modified_at(night) if announced else entry.lastmod
                self.entries[entry.path] = replace(
                    entry, modified=modified_at(night), lastmod=lastmod, announced=announced
                )

    def note_files(self) -> None:
        """A file stays when its page goes."""
        self.files |= {entry.article.attachment for entry in self.entries.values() if entry.article.attachment}
