"""One page, explained: what became of each of its blocks, and why, in the order in which they stand on it."""

from dataclasses import dataclass
from enum import StrEnum

from crawler.extraction.date_choice import choose_dates
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.page import LearnedSite, PageContext, examine_page
from crawler.extraction.text import join_text
from items import Block, BlockKind, Dates, Page, RemovedReason


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
    dates: Dates  # with all that speaks for and against them

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
    examined = examine_page(body, context, site)
    page = examined.page
    stripped = strip_furniture(page.blocks, learned=page.read_by_container)
    removed = {one.position: one for one in stripped.removed}
    region = {block.position: _make_row(block, Fate.KEPT) for block in page.blocks}
    for block in page.blocks:
        if (one := removed.get(block.position)) is not None:
            region[block.position] = _make_row(block, Fate.REMOVED, one.reason, one.support)
    if page.provenance.method.startswith("generic-only"):  # its text stands in no block of the page
        rows = (*region.values(), *(_make_row(block, Fate.OUTSIDE) for block in examined.blocks))
    else:
        rows = tuple(region.get(block.position) or _make_row(block, Fate.OUTSIDE) for block in examined.blocks)
    dates = choose_dates(
        page.date_candidates,
        order=page.date_order,
        languages=page.languages,
        fetched_at=page.provenance.fetched_at,
    )
    return Explanation(page, examined.container, rows, join_text(stripped.kept), dates)


def _make_row(block: Block, fate: Fate, reason: RemovedReason | None = None, support: int | None = None) -> Row:
    return Row(block.text, block.kind, block.level, block.path, block.position, fate, reason, support)
