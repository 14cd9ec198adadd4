"""The ways down to the blocks of a site's pages: each is made once."""

import re
from dataclasses import dataclass, field

from crawler.extraction.caching import cache_short
from items import BlockKind

KINDS = {
    **dict.fromkeys((f"h{level}" for level in range(1, 7)), BlockKind.HEADING),
    **dict.fromkeys(("li", "dt", "dd"), BlockKind.LIST_ITEM),
    "blockquote": BlockKind.QUOTE,
    **dict.fromkeys(("pre", "xmp", "listing", "plaintext"), BlockKind.PREFORMATTED),
    **dict.fromkeys(("figcaption", "caption"), BlockKind.CAPTION),
}
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True, eq=False)
class PathNode:
    """A block-level element as a site's pages have it: the way down to it, and what it makes of the text inside."""

    path: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    lists: int = 0  # on the way down, itself included
    inside: "dict[tuple[str, str | None, str | None], PathNode]" = field(default_factory=dict)  # by tag, id and class


@cache_short
def _name(names: str) -> str:
    return _DIGITS.sub("N", names.split(maxsplit=1)[0]).replace("/", "_")  # as in Tailwind's "w-1/2"


def make_node(outer: PathNode, tag: str, identifier: str | None, classes: str | None) -> PathNode:
    """Describe an element: its path ends with its id or first class, digits masked so that pages of a site agree."""
    step = tag
    if identifier and not identifier.isspace():
        step = f"{tag}#{_name(identifier)}"
    elif classes and not classes.isspace():
        step = f"{tag}.{_name(classes)}"
    path = f"{outer.path}/{step}" if outer.path else step
    kind = KINDS.get(tag)
    if kind is None:  # a paragraph in a quote is the quote's text
        return PathNode(path, outer.kind, outer.level, outer.lists + (tag in _LISTS))
    level = 0
    if kind is BlockKind.HEADING:
        level = int(tag[1])
    elif kind is BlockKind.LIST_ITEM:
        level = max(outer.lists, 1)
    return PathNode(path, kind, level, outer.lists)
