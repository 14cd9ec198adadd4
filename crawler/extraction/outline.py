"""An outline: all that learning needs to know of a page, and the measures that learning takes of blocks."""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.spacing import count_words
from items import Block, BlockKind, DateCandidate

_MAX_LINK_SHARE = 0.5  # of a block's characters; a block of links leads elsewhere
_SENTENCE_ENDS = frozenset(".!?…。！？؟।")
_ASIDE = re.compile(r"(?:^|/)(?:nav|header|footer|aside|form)(?=[/.#]|$)")
_NAMED = re.compile(
    r"comment|respond|related|share|sharing|social|newsletter|subscribe|signup|login|sidebar|promo|recommend|"
    r"pager|pagination|breadcrumb|toolbar|cookie|advert|donat|popup|addtoany|author-?(?:box|bio|info)|about-?author|"
    r"(?:entry|post)-?meta|[/.#](?:nav|ads?|tags?|menu|widget)(?=/|$)",
    re.IGNORECASE,
)
# What holds lines of a text, never a text: the element of a paragraph, a list, a table's row.
_LEAF = re.compile(
    r"(?:p|li|dt|dd|ul|ol|dl|menu|dir|h[1-6]|blockquote|pre|figure|figcaption|tr|tbody|table|a|center|span)(?:[.#]|$)"
)


@dataclass(frozen=True, slots=True)
class OutlineBlock:
    """What is remembered of a block."""

    fingerprint: str
    text: str
    path: str
    kind: BlockKind
    words: int
    is_links: bool  # whether most of its characters are links
    voted: bool  # whether generic extraction takes it for text


@dataclass(frozen=True, slots=True)
class DatedPage:
    """What a page states of dates."""

    candidates: tuple[DateCandidate, ...] = ()  # of the page, and the dates of all its short lines
    fetched: str | None = None  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class PageOutline:
    """One page, as learning sees it."""

    url: str
    blocks: tuple[OutlineBlock, ...]
    stated_titles: tuple[str, ...] = ()  # as the page's metadata state them, with the site's name
    day: str | None = None  # YYYY-MM-DD, the first day that its publication date can mean
    dated: DatedPage = DatedPage()


def make_outline(
    url: str,
    blocks: Sequence[Block],
    voted: Iterable[int],
    stated_titles: Iterable[str] = (),
    day: str | None = None,
    dated: DatedPage | None = None,
) -> PageOutline:
    """Reduce a page to what learning needs.

    Args:
        url: of the page; the order in which learning looks at pages.
        blocks: all blocks of the page.
        voted: the indexes of those that generic extraction keeps.
        stated_titles: the titles that the page's metadata state.
        day: its publication date.
        dated: what it states of dates.
    """
    chosen = frozenset(voted)
    return PageOutline(
        url,
        tuple(outline_block(block, voted=index in chosen) for index, block in enumerate(blocks)),
        tuple(stated_titles),
        day,
        dated or DatedPage(),
    )


def outline_block(block: Block, *, voted: bool = False) -> OutlineBlock:
    """Reduce a block to what learning needs; `voted` where generic extraction takes it for text."""
    return OutlineBlock(
        find_fingerprint(block.text),
        block.text,
        block.path,
        block.kind,
        count_words(block.text),
        is_links(block),
        voted,
    )


def is_links(block: Block) -> bool:
    """Tell whether a block leads elsewhere: most of its characters are links."""
    return bool(block.links) and sum(len(link.text) for link in block.links) > _MAX_LINK_SHARE * len(block.text)


def is_sentence(text: str) -> bool:
    """Tell whether a text ends as a sentence does."""
    for character in reversed(text):
        if character in _SENTENCE_ENDS:
            return True
        if character.isalnum():
            return False
    return False


@lru_cache(maxsize=4096)  # the pages of a site have the same paths
def is_aside(path: str) -> bool:
    """Tell whether a path, or a part of one, leads through an element that holds no text by its name."""
    return _ASIDE.search(path) is not None


@lru_cache(maxsize=4096)  # the pages of a site have the same paths
def is_named_aside(path: str) -> bool:
    """Tell whether a path leads through an element that is no text by its kind, or by what its id or class says."""
    return is_aside(path) or _NAMED.search(path) is not None


def count_own(blocks: Iterable[OutlineBlock], frame: Set[str], in_aside: Callable[[str], bool] = is_aside) -> list[int]:
    """Count of each block the words that are the page's own: not of the site's frame, no links, and not in an aside.

    Args:
        blocks: of the page.
        frame: the fingerprints of what repeats over the site.
        in_aside: tells an aside by its path. Where layouts are compared, its kind alone does (`is_aside`): each layout
            learns which places of a telling name hold text. A page that is like no layout has only these names to go
            by (`is_named_aside`).
    """
    return [
        0 if block.fingerprint in frame or block.is_links or in_aside(block.path) else block.words for block in blocks
    ]


def find_containers(path: str) -> dict[str, int]:
    """Name the elements around a block and say how deep each stands; those that only hold lines are left out.

    An element has as many names as there are named elements (by id or class) on the way down to it: a name is that way
    from one of them on, or from the root.
    """
    steps = path.split("/")
    end = next((index for index, step in enumerate(steps) if _LEAF.match(step)), len(steps))
    starts = [index for index in range(end) if index == 0 or "#" in steps[index] or "." in steps[index]]
    names: dict[str, int] = {}
    for last in range(end):
        for start in starts:
            if start <= last:
                names.setdefault("/".join(steps[start : last + 1]), last)
    return names


def find_names(path: str) -> list[str]:
    """Name one element: the way down to it from each named element above, and from the root."""
    steps = path.split("/")
    return ["/".join(steps[start:]) for start, step in enumerate(steps) if start == 0 or "#" in step or "." in step]


@lru_cache(maxsize=4096)  # the pages of a site have the same paths
def find_inside(path: str, container: str) -> str | None:
    """Give the rest of a path below a container's; None where it does not lead through the container.

    The container is named by the last steps of its path, so that pages which differ further out agree.
    """
    head, found, rest = f"/{path}/".partition(f"/{container}/")
    del head
    return rest.rstrip("/") if found else None
