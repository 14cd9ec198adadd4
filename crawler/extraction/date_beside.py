"""Dates that a page shows elsewhere than between its title and its text: above the title, below the text, labelled."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from crawler.extraction.date_lines import LineDate, find_place, is_label, may_hold_date, read_line
from crawler.extraction.dates import Order
from crawler.extraction.spacing import count_words
from crawler.extraction.title import find_title_lines
from items import Block, BlockKind, DateCandidate, DateKind, DateSource

_ABOVE = 8  # blocks above the title
_UNDER = 12  # blocks below the title
_BELOW = 3  # blocks at the end of the text
_SHORT = 25  # words; a longer block is prose
_LONG = 300  # characters; likewise
_BARE = 9  # words of a line besides a date that no label explains
_DATE_WORDS = 3
_SAME_PLACE = 2  # lines with a date in one place; more are a list of dated entries
_MAX_LINES = 60  # read
_WORD = re.compile(r"\w+")
_ELSEWHERE = re.compile(r"comment|respond|related|recommend|leserbrief|carousel|slider|popular|trending", re.IGNORECASE)
_LISTED = re.compile(r"sidebar|widget|teaser|latest|calendar|event|(?:^|/)(?:aside|nav)(?=[/.#]|$)", re.IGNORECASE)
# The element that some publishing systems put below a text, or above it, for its date and author.
_META = re.compile(
    r"(?:post|entry|article|asset|node|news|content)[\w-]*?(?:meta|footer|info|header|byline|author)|byline|dateline",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DatedLine:
    """A short line of a page and its dates."""

    index: int  # of its block
    block: Block
    dates: tuple[LineDate, ...]

    @property
    def place(self) -> str:
        """Where it stands."""
        return find_place(self.block.path)

    def collect(self, source: DateSource = DateSource.LINE, *, labelled: bool = False) -> Iterator[DateCandidate]:
        """Give the days that it states; with `labelled` only those that it says something of."""
        for one in self.dates:
            if one.has_day and one.kind is not DateKind.EVENT and (one.labelled or not labelled):
                yield DateCandidate(source, one.kind, one.raw, self.place, one.labelled)

    @property
    def is_bare(self) -> bool:
        """Whether it says little more than its date."""
        words = len(_WORD.findall(self.block.text)) - _DATE_WORDS
        return words <= _BARE and self.block.kind is not BlockKind.TABLE_ROW


def read_dated_lines(
    blocks: Sequence[Block], *, order: Order | None = None, languages: Sequence[str] = ()
) -> tuple[DatedLine, ...]:
    """Find the short lines of a page that hold a date, the first sixty.

    Args:
        blocks: all blocks of the page.
        order: the day/month order, where it is known.
        languages: of the page.
    """
    found = []
    for index, block in enumerate(blocks):
        if len(block.text) > _LONG or not may_hold_date(block.text) or count_words(block.text) > _SHORT:
            continue
        before = blocks[index - 1].text if index and is_label(blocks[index - 1].text) else ""
        dates = read_line(" ".join(block.text.split()), before=before, order=order, languages=languages)
        if dates:
            found.append(DatedLine(index, block, dates))
        if len(found) == _MAX_LINES:
            break
    return tuple(found)


def find_dates_beside(
    blocks: Sequence[Block],
    lines: Sequence[DatedLine],
    region: tuple[int, int],
    title: str | None,
    places: Set[str] = frozenset(),
) -> tuple[DateCandidate, ...]:
    """Find dates of publication in lines that are not between the title and the text.

    What stands where the site was learned to put the date is a byline. Then come labelled lines ("Published: ..."), the
    lines next to the title, what stands in an element for the text's data, and the line that closes the text.

    Args:
        blocks: all blocks of the page.
        lines: those of them that hold dates.
        region: the first index of the content region, and the one after its last.
        title: of the page.
        places: where the site was learned to put the date.
    """
    if not lines:
        return ()
    begin, end = region
    titles = sorted(find_title_lines(blocks[:end], title))
    at = next((index for index in titles if blocks[index].kind is BlockKind.HEADING), titles[0] if titles else begin)
    count = Counter(line.block.path for line in lines)
    page = [line for line in lines if not _ELSEWHERE.search(line.block.path)]
    own = [line for line in page if count[line.block.path] <= _SAME_PLACE]
    bare = [line for line in own if line.is_bare]
    taught = [line for line in page if line.place in places]
    near = [line for line in own if at - _ABOVE <= line.index < at + _UNDER and line.is_bare]
    named = [line for line in bare if _META.search(line.place) and not _LISTED.search(line.block.path)]
    return (
        *(one for line in taught[:1] for one in line.collect(DateSource.BYLINE)),
        *(one for line in own for one in line.collect(labelled=True)),
        *_take([line for line in near if line.index > at], 0),
        *_take([line for line in near if line.index < at], -1),
        *_take(named, 0),
        *_take([line for line in bare if end - _BELOW <= line.index < end], -1),
    )


def _take(lines: Sequence[DatedLine], which: int) -> tuple[DateCandidate, ...]:
    """Give the first day of publication in some lines, or the last."""
    found = [one for line in lines for one in line.collect() if one.kind is DateKind.PUBLISHED]
    return (found[which],) if found else ()
