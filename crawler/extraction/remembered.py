"""Parts of pages that were read before: the menus and footers of a site are read once, not on each of its pages.

A part is an element with all that stands in it. Its blocks follow from its markup, from the way down to it, from how
many blocks stand before it and from the page's address as far as its links need it. Where all of these were met before,
the blocks are those that were made then: what is remembered changes no page, only the time that it takes.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import lxml.etree

from items import Block, BlockKind

_MAX_BYTES = 8_000_000  # of markup, counted for each variant; then what was not met for the longest time is forgotten
_MAX_PART = 262_144  # bytes of markup; a larger part is the page's own
_MAX_NODES = 20_000
_TRIALS = 16  # parts at a node that are looked for before it is judged
_WORTH = 0.25  # of the parts at a node must have been met before
_HREF = re.compile(rb'\bhref="\s*([^"]*)')
# Links by what they need of a page's address. A URL without a host, or one that is but a query, needs all of it.
_OF_SCHEME = re.compile(rb"#|https?://[^/?#\\\s]|(?:mailto|tel|javascript):", re.IGNORECASE)
_OF_SITE = re.compile(rb"/(?!/)|//[^/?#\\\s]")
_OF_FOLDER = re.compile(rb"[\w.~%-][^:]*")


@dataclass(slots=True, eq=False)
class PathNode:
    """A block-level element as a site's pages have it: the way down to it, and what it makes of the text inside."""

    path: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    lists: int = 0  # on the way down, itself included
    inside: "dict[tuple[str, str | None, str | None], PathNode]" = field(default_factory=dict)  # by tag, id and class
    tried: int = 0  # parts that were looked for here
    known: int = 0  # those that had been met before

    @property
    def is_worth_it(self) -> bool:
        """Whether what stands here is the same on many pages, as far as is known."""
        return self.tried < _TRIALS or self.known >= _WORTH * self.tried


@dataclass(slots=True)
class _Part:
    """A part, by its markup."""

    size: int  # bytes of markup
    reach: int  # how much of a page's address its links need
    variants: dict[tuple[str, str, int], tuple[Block, ...]] = field(default_factory=dict)  # by address, path, position
    is_forgotten: bool = False


@dataclass(slots=True)
class Occurrence:
    """A part on a page, and its blocks where they are remembered."""

    part: _Part
    variant: tuple[str, str, int]
    blocks: tuple[Block, ...] | None


@dataclass(slots=True)
class RememberedParts:
    """The parts that a process has read lately. Not for several threads."""

    _parts: dict[bytes, _Part] = field(default_factory=dict)  # by markup, that which was met last at the end
    _sites: dict[str, PathNode] = field(default_factory=dict)  # the root of all elements, by scheme and host
    _nodes: int = 0
    _size: int = 0

    def find_root(self, address: tuple[str, ...]) -> PathNode:
        """Give the root of all elements of a site's pages."""
        if self._nodes > _MAX_NODES:
            self._sites.clear()
            self._nodes = 0
        return self._sites.setdefault(address[1], PathNode())

    def count_nodes(self, new: int) -> None:
        """Count the nodes that a page has added."""
        self._nodes += new

    def find(
        self, element: lxml.etree._Element, node: PathNode, position: int, address: tuple[str, ...]
    ) -> Occurrence | None:
        """Look for a part; None where its blocks cannot be remembered.

        Args:
            element: the part.
            node: of the element.
            position: of its first block on the page.
            address: of the page (`split_address`).
        """
        node.tried += 1
        markup = lxml.etree.tostring(element, encoding="utf-8", with_tail=False)
        part = self._parts.pop(markup, None)
        is_known = part is not None
        if part is None:
            if len(markup) > _MAX_PART:
                return None
            part = _Part(len(markup), find_reach(markup))
            self._make_room(part.size)
        self._parts[markup] = part
        if part.reach == len(address) - 1:  # it is another one on each page
            return None
        node.known += is_known
        variant = (address[part.reach], node.path, position)
        return Occurrence(part, variant, part.variants.get(variant))

    def keep(self, met: Occurrence, blocks: tuple[Block, ...]) -> None:
        """Remember the blocks of a part."""
        if not met.part.is_forgotten:
            met.part.variants[met.variant] = blocks
            self._make_room(met.part.size)

    def _make_room(self, size: int) -> None:
        self._size += size
        while self._size > _MAX_BYTES and self._parts:
            gone = self._parts.pop(next(iter(self._parts)))
            gone.is_forgotten = True
            self._size -= gone.size * (1 + len(gone.variants))


def split_address(base_url: str | None) -> tuple[str, ...]:
    """Give what links may need of a page's address: its scheme, its scheme and host, its folder, or all of it."""
    if base_url is None:
        return ("as written",) * 4
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return (base_url,) * 4
    site = f"{parts.scheme}://{parts.netloc}"
    return (parts.scheme, site, f"{site}{parts.path.rpartition('/')[0]}", base_url)


def find_reach(markup: bytes) -> int:
    """Say how much of a page's address the links of a part need: an index of what `split_address` gives."""
    reach = 0
    for target in _HREF.findall(markup):
        if _OF_SITE.match(target):
            reach = max(reach, 1)
        elif not _OF_SCHEME.match(target):
            reach = max(reach, 2 if _OF_FOLDER.fullmatch(target) else 3)
    return reach
