"""The ways down to the blocks of a site's pages: each is made once."""

from dataclasses import dataclass, field

from items import BlockKind


@dataclass(slots=True, eq=False)
class PathNode:
    """A block-level element as a site's pages have it: the way down to it, and what it makes of the text inside."""

    path: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    lists: int = 0  # on the way down, itself included
    inside: "dict[tuple[str, str | None, str | None], PathNode]" = field(default_factory=dict)  # by tag, id and class
