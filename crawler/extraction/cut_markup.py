"""A page without what its known parts hold (`known_markup`)."""

from dataclasses import dataclass, field

import lxml.html

from items import Block

MARKER = "broadside-part"  # the element that stands for what a part holds


class NeedsWholeError(Exception):
    """What is left of a page without its known parts does not suffice; it is to be read as a whole."""


@dataclass(slots=True, eq=False)
class KnownPart:
    """An element that repeats over a site."""

    markup: str
    start: int  # characters of its start tag
    end: int  # where its end tag begins
    element: lxml.html.HtmlElement | None  # None of a script or a style, which hold no text
    reach: int = 0  # how much of a page's address its links need (`find_reach`)
    headings: frozenset[str] = frozenset()  # reduced to letters and digits
    strays: frozenset[str] = frozenset()  # names of end tags without a beginning; no such element may be open around it
    variants: dict[tuple[str, str, int], tuple[Block, ...]] = field(default_factory=dict)  # by address, path, position


@dataclass(frozen=True, slots=True)
class CutMarkup:
    """A page without what its known parts hold."""

    text: str
    parts: tuple[KnownPart, ...]  # in their order, of those that hold text; a marker stands in each
