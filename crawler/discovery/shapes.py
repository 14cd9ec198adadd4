"""The shape of an address: what tells one kind of page from another on a site, learned from all of its addresses.

`/press/2015/jails-are-sued` and `/press/2016/tenants-have-won` are of one shape, `/press/#/*`; `/press` and `/about`
are shapes of their own; `/press?page=3` is of the shape `/press?page=*`. Paths are read as a tree. A segment that
looks like a number, a slug or a code is variable at once; a word is where more than `MAX_WORDS` stand side by side in
one place, as the names of tags and authors do. Of parameters the names count.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

MAX_WORDS = 10  # different words in one place of an address; of more, none is a section's name
LONGEST_WORD = 24  # characters; longer is a slug or a code
ANY = "*"
NUMBER = "#"

_NUMBER = re.compile(r"\d+")
_DATE_LIKE = re.compile(r"[\d.,:_-]*\d[\d.,:_-]*")
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)
# Letters and digits mixed, as programs write them and nobody reads them.
_CODE = re.compile(r"(?=.*\d)(?=.*[a-zA-Z])[0-9a-zA-Z_-]{10,}|[0-9a-fA-F]{16,}")
_INDEX = re.compile(r"\[[^\]]*\]|%5B.*?%5D", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts."""

    path: tuple[str, ...]  # host, then segments: each a word, or the mark of what is variable in its place
    names: tuple[str, ...]  # of the parameters, sorted, each once


@dataclass(slots=True)
class _Place:
    """What stands in one place of the addresses that begin alike."""

    followers: dict[str, "_Place"] = field(default_factory=dict)
    words: int = 0  # different ones among them


@dataclass(frozen=True, slots=True)
class Shape:
    """What addresses of one kind have in common."""

    path: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.path) + ("?" + "&".join(f"{name}={ANY}" for name in self.names) if self.names else "")


class Shapes:
    """Tells addresses apart by shape, given all addresses of which the shapes are to be learned."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._roots = _Place()
        for url in urls:
            place = self._roots
            for part in read_address(url).path:
                follower = place.followers.get(part)
                if follower is None:
                    follower = place.followers[part] = _Place()
                    place.words += _is_word(part)
                place = follower

    def find(self, url: str) -> Shape:
        """Give the shape of an address."""
        address = read_address(url)
        place: _Place | None = self._roots
        path = []
        for part in address.path:
            many = place is not None and place.words > MAX_WORDS
            path.append(ANY if many and _is_word(part) else part)
            place = place.followers.get(part) if place is not None else None
        return Shape(tuple(path), address.names)


@lru_cache(maxsize=65_536)  # the same addresses are looked at again as a crawl goes on
def read_address(url: str) -> Address:
    """Divide a normalized URL into its parts.

    A number is "#", with what else stands in its segment, such as "page-#.html"; a slug (two hyphens, or long) or a
    code is "*" with its ending. The index of a parameter, as in `f[0]`, counts for nothing.
    """
    split = urlsplit(url)
    path = (split.netloc, *map(_mask, split.path.split("/")[1:]))
    names = {_INDEX.sub("", name) for name, _ in parse_qsl(split.query, keep_blank_values=True)}
    return Address(path, tuple(sorted(names)))


def strip_codes(url: str) -> str:
    """Give an address without the parameters whose values are codes, as those are that name a reader's session."""
    head, _, query = url.partition("?")
    kept = [pair for pair in query.split("&") if not _CODE.fullmatch(pair.partition("=")[2])]
    return f"{head}?{'&'.join(kept)}" if query and any(kept) else head


def _is_word(part: str) -> bool:
    return bool(part) and part[0] not in (ANY, NUMBER)


def _mask(part: str) -> str:
    if _DATE_LIKE.fullmatch(part):
        return NUMBER
    ending = _ENDING.search(part)
    stem = part[: ending.start()] if ending is not None else part
    if len(stem) > LONGEST_WORD or stem.count("-") + stem.count("_") + stem.count("%20") >= 2 or _CODE.fullmatch(stem):
        return ANY + (ending[0].lower() if ending is not None else "")
    return _NUMBER.sub(NUMBER, part)
