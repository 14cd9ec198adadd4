"""A page without what its known parts hold (`known_markup`)."""

from dataclasses import dataclass, field

import lxml.etree
import lxml.html

from items import Block, BlockKind

MARKER = "broadside-part"  # the element that stands for what a part holds


# Of a page's address what the links need; path, kind and number of lists around; how many blocks stand before.
Variant = tuple[str, str, BlockKind, int, int]


class NeedsWholeError(Exception):
    """What is left of a page without its known parts does not suffice; it is to be read as a whole."""


def holds_part(element: lxml.etree._Element) -> bool:
    """Tell whether a known part stands in an element of a page that was cut."""
    return any(MARKER in (one.tag, one.text) for one in element.iter(MARKER, "script", "style"))


@dataclass(slots=True, eq=False)
class KnownPart:
    """An element that repeats over a site."""

    markup: str
    start: int  # characters of its start tag
    end: int  # where its end tag begins
    element: lxml.html.HtmlElement | None  # None of a script or a style, which hold no text
    reach: int = 0  # how much of a page's address its links need (`find_reach`)
    headings: frozenset[str] = frozenset()  # reduced to letters and digits
    strays: frozenset[str] = frozenset()  # names of elements that would mean something else around it
    variants: dict[Variant, tuple[Block, ...]] = field(default_factory=dict)

    def is_alone(self, marker: lxml.etree._Element) -> bool:
        """Tell whether a marker is all that its element holds, and nothing around that changes what the part means."""
        root = marker.getparent()
        return (
            self.element is not None
            and root is not None
            and root.tag == self.element.tag  # else its start tag stood in an attribute that nobody closed
            and root.items() == self.element.items()
            and not root.text
            and not marker.tail
            and len(root) == 1
            and not (self.strays and any(around.tag in self.strays for around in marker.iterancestors()))
        )


@dataclass(frozen=True, slots=True)
class CutMarkup:
    """A page without what its known parts hold."""

    text: str
    parts: tuple[KnownPart, ...]  # in their order, of those that hold text; a marker stands in each
    opaque: int = 0  # scripts and styles that hold nothing but the marker's name
