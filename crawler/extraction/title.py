"""Titles over a site: the name that pages add to what they state, and the place where the title stands as a heading."""

from collections import Counter, defaultdict
from collections.abc import Sequence, Set

from crawler.extraction.layout import MIN_PAGES
from crawler.extraction.metadata import normalize_for_comparison, split_title
from crawler.extraction.model import SiteModel, SiteName, TitlePlace
from crawler.extraction.outline import PageOutline, find_inside, find_names
from crawler.extraction.spacing import count_words
from items import Block, BlockKind

_OPENING = 16  # characters
_BELOW_TITLE = 0.8  # of the kept words that must follow a title for it to be the text's own
_SHARE = 0.5  # of the pages that state a title
_AGREEMENT = 0.8  # of the pages whose one heading in a place is the title that they state


def learn_site_names(pages: Sequence[PageOutline]) -> tuple[SiteName, ...]:
    """Find the parts that half of all stated titles share; they name the site or a section of it, not the page."""
    stating = [page for page in pages if page.stated_titles]
    holders: Counter[str] = Counter()
    written: dict[str, str] = {}
    for page in stating:
        parts = {}
        for title in page.stated_titles:
            parts.update({normalize_for_comparison(part): part for part in split_title(title)})
        for key, text in parts.items():
            holders[key] += 1
            written[key] = min(text, written.get(key, text))
    return tuple(
        SiteName(written[key], count, len(stating))
        for key, count in sorted(holders.items(), key=lambda item: (-item[1], item[0]))
        if key and count >= max(MIN_PAGES, _SHARE * len(stating))
    )


def learn_title_places(pages: Sequence[PageOutline], site_names: Sequence[SiteName]) -> tuple[TitlePlace, ...]:
    """Find the places of headings that are, on four fifths of the pages with one heading there, the stated title.

    The headings of a place differ from page to page; one that is always the same is the site's name.
    """
    names = {normalize_for_comparison(name.text) for name in site_names}
    agreeing: dict[str, dict[int, str]] = defaultdict(dict)
    having: Counter[str] = Counter()
    for index, page in enumerate(pages):
        stated = [normalize_for_comparison(title) for title in page.stated_titles]
        stated = [title for title in stated if title and title not in names]
        by_name: dict[str, list[str]] = defaultdict(list)
        for block in page.blocks:
            if block.kind is BlockKind.HEADING:
                for name in find_names(block.path):
                    by_name[name].append(normalize_for_comparison(block.text))
        for name, headings in by_name.items():
            if len(headings) != 1 or not stated:
                continue
            having[name] += 1
            if headings[0] not in names and len(headings[0]) > 3 and any(headings[0] in title for title in stated):
                agreeing[name][index] = headings[0]
    found: list[TitlePlace] = []
    taken: set[int] = set()
    for name in sorted(agreeing, key=lambda name: (-len(agreeing[name]), name.count("/"), name)):
        count = len(agreeing[name])
        varied = len(set(agreeing[name].values())) > count / 2
        if varied and count >= max(MIN_PAGES, _AGREEMENT * having[name]) and not agreeing[name].keys() <= taken:
            found.append(TitlePlace(name, count, having[name]))
            taken |= agreeing[name].keys()
    return tuple(found)


def find_placed_title(model: SiteModel, blocks: Sequence[Block]) -> str | None:
    """Read the title from the place where the site puts it; None where no place holds exactly one heading."""
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    for place in model.title_places:
        there = [block for block in headings if find_inside(block.path, place.path) == ""]
        if len(there) == 1:
            return there[0].text.replace("\n", " ")
    return None


def keep_below_title(blocks: Sequence[Block], kept: frozenset[int], title: str | None) -> frozenset[int]:
    """Drop from the kept blocks what stands above the last line that is the title and that most of the text follows."""
    start = find_title_block(blocks, kept, find_title_lines(blocks, title))
    return frozenset(index for index in kept if start is None or index >= start) or kept


def find_title_lines(blocks: Sequence[Block], title: str | None) -> frozenset[int]:
    """Index the blocks that say the title and nothing else."""
    key = normalize_for_comparison(title) if title is not None else ""
    if not key:
        return frozenset()
    # Most lines of menus are shorter than the title, and folding makes longer nothing but what is not ASCII. Most
    # others begin otherwise.
    return frozenset(
        index
        for index, block in enumerate(blocks)
        if (len(block.text) >= len(key) or not block.text.isascii())
        and key.startswith(normalize_for_comparison(block.text[:_OPENING]))
        and normalize_for_comparison(block.text) == key
    )


def find_title_block(blocks: Sequence[Block], kept: Set[int], titles: Set[int]) -> int | None:
    """Find the last block that is the title and that four fifths of the kept words follow; None where there is none."""
    if not titles:
        return None
    sizes = {index: count_words(blocks[index].text) for index in kept if index not in titles}
    total = sum(sizes.values())
    found = None
    for title in sorted(titles):
        if total - sum(size for index, size in sizes.items() if index < title) < _BELOW_TITLE * total:
            break
        found = title
    return found
