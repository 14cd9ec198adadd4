"""Which of the pages that only links lead to are worth a visit.

Sitemaps, feeds and listings name documents; a link may lead anywhere: to the next month of a calendar that never ends,
to one more selection of the same list, to a page once more for printing. So what only links lead to is held until all
else is through, and then visited in waves. In each, a few pages of each shape (`crawler.discovery.shapes`) are visited;
more follow while the latest of them bring something new, and the rest is let go when none does. All that is looked at
stands in the ledger, and of several pages those are chosen whose addresses have the lowest hash, so that a crawl that
was interrupted makes the same choice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from crawler.discovery.link_words import names_service
from crawler.discovery.shapes import ANY, NUMBER, Shapes, read_address, strip_codes

LEAST_GAIN = 12  # new words of a page that says something new; "There are no events in May 2031" are fewer
LEAST_TAKEN = 40  # words that only lists have said; fewer are teasers, more a document that a list shows in full
TRIED = 12  # pages of a shape with a query, of which one must bring something new before more are visited
TRIED_PLAIN = 24  # of a shape without; it may be an archive of which few pages lead to something that no other does
TRIED_SHARE = 0.01  # of the pages visited; on a large site as many of a shape without a query are tried
TRIED_HERE = 2  # pages of a shape that are tried although one of its parameters brought nothing elsewhere
WAYS = 2  # pages of a shape, found on pages of the same shape: no more of them at a time are a way back and forth
PATIENCE = 12  # pages in a row, each found on the one before, that bring nothing new: what they lead to is let go


@dataclass(frozen=True, slots=True)
class Tried:
    """A page that was visited, in this run or an earlier one."""

    id: int  # of its first visit; what was found later has a higher one
    url: str
    parent: int | None  # the visit of the page on which it was found first
    gain: int  # words that no page had before
    passes: bool = False  # whether it only leads on to another address
    tonight: bool = True  # whether this run visited it first
    is_page: bool = True  # whether it was a page that could be looked at


@dataclass(frozen=True, slots=True)
class Held:
    """A page that waits for its visit."""

    id: int
    url: str
    parent: int | None


class Reason(StrEnum):
    """Why a page is let go."""

    NOTHING_NEW = "nothing_new"  # the pages of its shape that were visited brought nothing
    LEADS_NOWHERE = "leads_nowhere"  # it was found behind PATIENCE pages in a row that brought nothing


@dataclass(frozen=True, slots=True)
class LetGo:
    """Pages that are not visited."""

    reason: Reason
    shape: str
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wave:
    """What becomes of the pages that wait: those to be visited now, or, when there are none, why each is let go."""

    released: tuple[int, ...] = ()
    let_go: tuple[LetGo, ...] = ()


def find_wave(held: Sequence[Held], visited: Iterable[Tried]) -> Wave:
    """Choose the pages that are visited next, or let all go.

    A page brings something new when it says something new or when a page found on it does. What it says of its kind, it
    says of each trait of its address: its shape, its folders, each of its parameters. Addresses without a query come
    first, then those with one, then those that name a service of the site (tags, authors, search, print), last those
    that differ from a visited one by codes only; so that what is found in several ways is found by the straight one.
    """
    known = sorted(visited, key=lambda page: page.id)
    worth = find_worth(known)
    idle = _count_idle(known, worth)
    kinds = _Kinds(known, held)
    waiting: list[list[Held]] = [[] for _ in range(4)]
    for one in held:
        if idle.get(one.parent, 0) < PATIENCE:
            waiting[kinds.rank(one.url)].append(one)
    tried: dict[Trait, list[Tried]] = defaultdict(list)
    for page in known:
        for trait in kinds.traits(page.url):
            if page.is_page or trait[0] is not Of.FOLDER:  # files and dead links say nothing of the pages beside them
                tried[trait].append(page)
    plain = max(TRIED_PLAIN, round(TRIED_SHARE * len(known)))
    by_id = {page.id: page for page in known}
    for candidates in waiting:
        released = _choose(candidates, by_id, kinds, _Places(tried, worth, plain))
        if released:
            return Wave(tuple(sorted(released)))
    kept = {one.id for candidates in waiting for one in candidates}
    left: dict[tuple[Reason, str], list[int]] = defaultdict(list)
    for one in held:
        reason = Reason.NOTHING_NEW if one.id in kept else Reason.LEADS_NOWHERE
        left[reason, str(kinds.shapes.find(one.url))].append(one.id)
    return Wave(let_go=tuple(LetGo(reason, shape, tuple(pages)) for (reason, shape), pages in sorted(left.items())))


class Of(StrEnum):
    """What of an address a trait is."""

    SHAPE = "shape"
    FOLDER = "folder"  # what the path begins with, of addresses below it
    PARAMETER = "parameter"  # the name of one, of addresses of one path
    ANYWHERE = "anywhere"  # the name of one, or the word that ends the path, wherever it stands
    CODES = "codes"  # a parameter that holds a code, of addresses that differ from another by codes only


Trait = tuple[Of, tuple[str, ...]]


class _Kinds:
    """What the addresses of a site have in common."""

    def __init__(self, known: Sequence[Tried], held: Sequence[Held]) -> None:
        self.shapes = Shapes([*(page.url for page in known), *(one.url for one in held)])
        plain = (one.url for one in held if strip_codes(one.url) == one.url)
        self._codeless = {*(strip_codes(page.url) for page in known), *plain}
        self._traits: dict[str, tuple[Trait, ...]] = {}

    def rank(self, url: str) -> int:
        """Say how straight an address is: 0 without a query, 1 with one, 2 of a service, 3 by codes only another."""
        if self._differs_by_codes(url):
            return 3
        return 2 if names_service(url, "") else int(bool(read_address(url).names))

    def traits(self, url: str) -> tuple[Trait, ...]:
        """Give the traits of an address, its shape first."""
        found = self._traits.get(url)
        if found is None:
            found = self._traits[url] = tuple(self._find_traits(url))
        return found

    def _find_traits(self, url: str) -> Iterator[Trait]:
        shape = self.shapes.find(url)
        if self._differs_by_codes(url):
            yield Of.CODES, (*shape.path, *shape.names)
            for name in sorted(set(shape.names) - set(read_address(strip_codes(url)).names)):
                yield Of.CODES, ("?", name)
            return
        yield Of.SHAPE, (*shape.path, "?", *shape.names)
        if shape.names:
            for name in shape.names:
                yield Of.PARAMETER, (*shape.path, name)
                yield Of.ANYWHERE, ("?", name)
            return
        folders = [part for part in read_address(url).path if part]  # a slash at the end makes no folder
        for depth in range(2, len(folders)):
            yield Of.FOLDER, tuple(folders[:depth])
        if len(folders) > 2 and folders[-1][0] not in (ANY, NUMBER):
            yield Of.ANYWHERE, ("/", folders[-1])

    def _differs_by_codes(self, url: str) -> bool:
        stripped = strip_codes(url)
        return stripped != url and stripped in self._codeless


class _Places:
    """How many more pages with a trait are visited in a wave."""

    def __init__(self, tried: Mapping[Trait, Sequence[Tried]], worth: frozenset[int], plain: int) -> None:
        self._tried = tried
        self._worth = worth
        self._plain = plain
        self._left: dict[Trait, int] = {}
        self._taken: Counter[Trait] = Counter()

    def count_tried(self, trait: Trait) -> int:
        return len(self._tried.get(trait, ()))

    def take(self, traits: Sequence[Trait], *, forgiven: bool) -> bool:
        """Take a place for each of a page's traits, where all have one.

        Args:
            traits: of the page's address, its shape first.
            forgiven: whether only its folders count.
        """
        # What brings nothing elsewhere may do so here: it is tried here too, if less often.
        first = self.count_tried(traits[0]) + self._taken[traits[0]] < TRIED_HERE
        for trait in traits:
            passed = forgiven and trait[0] is not Of.FOLDER
            if not passed and not (first and trait[0] is Of.ANYWHERE) and self._count(trait) <= 0:
                return False
        for trait in traits:
            self._taken[trait] += 1
        return True

    def _count(self, trait: Trait) -> int:
        if trait not in self._left:
            with_query = trait[0] in (Of.PARAMETER, Of.CODES) or (trait[0] is Of.SHAPE and trait[1][-1] != "?")
            least = TRIED if with_query else self._plain
            self._left[trait] = count_places(self._tried.get(trait, ()), self._worth, least)
        return self._left[trait] - self._taken[trait]


def _choose(candidates: Sequence[Held], visited: Mapping[int, Tried], kinds: _Kinds, places: _Places) -> list[int]:
    """Choose pages while there are places, those of the shapes that were tried least first."""
    waiting: Counter[Trait] = Counter()
    ordered = []
    for one in sorted(candidates, key=lambda one: sha256(one.url.encode("utf-8", "surrogatepass")).digest()):
        shape = kinds.traits(one.url)[0]
        ordered.append((places.count_tried(shape) + waiting[shape], one))
        waiting[shape] += 1
    ordered.sort(key=lambda pair: pair[0])
    chosen = []
    for _, one in ordered:
        traits = kinds.traits(one.url)
        # A way from page to page of one shape, such as a calendar's, shows few pages at a time: patience ends it.
        parent = visited.get(one.parent) if one.parent is not None else None
        is_way = parent is not None and kinds.traits(parent.url)[0] == traits[0] and waiting[traits[0]] <= WAYS
        if places.take(traits, forgiven=is_way):
            chosen.append(one.id)
    return chosen


def find_worth(visited: Sequence[Tried]) -> frozenset[int]:
    """Find the visits that brought something new: words of their own, or a page with such words found there."""
    by_id = {page.id: page for page in visited}
    worth = set()
    for page in visited:
        if page.gain < LEAST_GAIN:
            continue
        worth.add(page.id)
        parent = by_id.get(page.parent) if page.parent is not None else None
        while parent is not None:
            worth.add(parent.id)
            before = by_id.get(parent.parent) if parent.passes and parent.parent is not None else None
            parent = before if before is not None and before.id < parent.id else None
    return frozenset(worth)


def count_places(tried: Sequence[Tried], worth: frozenset[int], least: int) -> int:
    """Say how many more pages of a shape are visited: as many as were so far while one of the latest was worth it.

    A shape that brought nothing is given up; a later run tries one more page of it.

    Args:
        tried: the shape's visited pages, the earliest first.
        worth: the visits that brought something new.
        least: how many are tried at least.
    """
    count = len(tried)
    latest = tried[-max(least, count // 2) :]
    if any(page.id in worth for page in latest):
        return max(least, count)
    if count < least:
        return least - count
    return 0 if any(page.tonight for page in tried) else 1


def _count_idle(visited: Sequence[Tried], worth: frozenset[int]) -> dict[int | None, int]:
    """Count for each visit the pages up to it, each found on the one before, that brought nothing new in a row."""
    idle: dict[int | None, int] = {}
    for page in visited:  # a page is found before it is visited, so its parent's id is lower
        before = idle.get(page.parent, 0)
        idle[page.id] = 0 if page.id in worth else before + (not page.passes)
    return idle
