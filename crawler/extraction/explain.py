"""One page, explained: what became of each of its blocks, and why, in the order in which they stand on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.extraction.blocks import find_blocks
from crawler.extraction.document import parse_document
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import LearnedSite, PageContext, extract_page
from crawler.extraction.selection import find_votes
from crawler.extraction.site_model import apply
from crawler.extraction.text import join_text
from items import Block, BlockKind, Page, RemovedReason


class Fate(StrEnum):
    """What becomes of a block."""

    KEPT = "kept"  # text of the record
    REMOVED = "removed"  # stands in the content region and is no text: the record's `removed`
    OUTSIDE = "outside"  # stands outside the content region: counted, not in the record


@dataclass(frozen=True, slots=True)
class Row:
    """A block and what becomes of it."""

    text: str
    kind: BlockKind
    level: int  # of a heading or a list item
    path: str
    position: int
    fate: Fate
    reason: RemovedReason | None = None  # of a removed block
    support: int | None = None  # how many pages of the site gave that reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one page is read."""

    page: Page  # as the pipelines get it
    container: str | None  # of the layout that the page is like; None where it is like none
    rows: tuple[Row, ...]  # all blocks of the page, in their order
    text: str  # of the record

    def count(self, fate: Fate) -> int:
        """Count the blocks that end so."""
        return sum(row.fate is fate for row in self.rows)


def explain_page(body: bytes, context: PageContext, site: LearnedSite | None = None) -> Explanation:
    """Read one page as a crawl does, and keep account of all its blocks.

    Args:
        body: its bytes.
        context: what else is known of it.
        site: what was learned of its site; None lets the page speak for itself alone.

    Raises:
        UnreadableError: the body is no page; `reason` says why in one word.
    """
    page = extract_page(body, context, site)
    method = page.provenance.method
    learned = method.startswith("container")
    stripped = strip_furniture(page.blocks, learned=learned)
    removed = {one.position: one for one in stripped.removed}
    region = {block.position: _make_row(block, Fate.KEPT) for block in page.blocks}
    for block in page.blocks:
        if (one := removed.get(block.position)) is not None:
            region[block.position] = _make_row(block, Fate.REMOVED, one.reason, one.support)
    everything: Sequence[Block] = () if context.format == "text" else _find_all(body, context)
    if method.startswith("generic-only"):  # its text stands in no block of the page
        rows = (*region.values(), *(_make_row(block, Fate.OUTSIDE) for block in everything))
    elif not everything:
        rows = tuple(region.values())
    else:
        rows = tuple(region.get(block.position) or _make_row(block, Fate.OUTSIDE) for block in everything)
    container = _find_container(body, context, page, site) if learned and site is not None else None
    return Explanation(page, container, rows, join_text(stripped.kept))


def _make_row(block: Block, fate: Fate, reason: RemovedReason | None = None, support: int | None = None) -> Row:
    return Row(block.text, block.kind, block.level, block.path, block.position, fate, reason, support)


def _find_all(body: bytes, context: PageContext) -> Sequence[Block]:
    return find_blocks(parse_document(body, context.content_type).tree, context.url)


def _find_container(body: bytes, context: PageContext, page: Page, site: LearnedSite) -> str | None:
    """Name the container of the layout by which a page was read: first without generic extraction's vote, then with."""
    tree = parse_document(body, context.content_type).tree
    blocks = find_blocks(tree, context.url)
    reading = apply(site.model, blocks, page.title)
    if reading is None:
        reading = apply(site.model, blocks, page.title, find_votes(tree, blocks, site.model))
    return reading.container if reading is not None else None
