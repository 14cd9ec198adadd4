"""Layouts: groups of pages whose text sits in the same element, found where generic extraction agrees across pages."""

from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass

from crawler.extraction.outline import OutlineBlock, PageOutline, find_containers

MIN_PAGES = 4  # fewer pages teach nothing
MIN_SUPPORTERS = 3  # different documents among them
_RECALL = 0.9  # of the words that generic extraction takes for text: a container holds nearly all of them
_PRECISION = 0.6  # of a container's own words that generic extraction takes for text
_NEARLY = 0.8  # of the pages that the best container explains: a deeper one that explains so many is better


@dataclass(frozen=True, slots=True)
class Container:
    """The element that holds the text on a group of pages."""

    path: str  # the last steps of its path, as many as it takes to name it without doubt
    pages: tuple[int, ...]  # the indexes of the pages on which generic extraction agrees with it


def find_layouts(pages: Sequence[PageOutline], twins: Sequence[int], frame: Set[str]) -> list[Container]:
    """Find containers, the one that explains most pages first, until none explains enough of those that are left.

    A container explains a page when it holds nine tenths of the words that generic extraction takes for text, and
    these are three fifths at least of its own words. Neither blocks of the site's frame nor blocks of links count. Of
    containers that explain nearly as many pages as the best does, the deepest is chosen, and of its names the shortest.

    Args:
        pages: the outlines.
        twins: for each page its group of pages that hold the same document.
        frame: the fingerprints of blocks that stand on most pages of the site.
    """
    explained = [_explain(page, frame) for page in pages]
    left = {index for index, names in enumerate(explained) if names}
    found: list[Container] = []
    while len(left) >= MIN_PAGES:
        support: dict[str, list[int]] = defaultdict(list)
        for index in left:
            for name in explained[index]:
                support[name].append(index)
        supporters = {name: len({twins[index] for index in indexes}) for name, indexes in support.items()}
        most = max(supporters.values(), default=0)
        if most < MIN_SUPPORTERS:
            break
        chosen = max(
            (name for name, count in supporters.items() if count >= _NEARLY * most),
            key=lambda name: (
                sum(explained[index][name] for index in support[name]) / len(support[name]),
                supporters[name],
                -name.count("/"),
                name,
            ),
        )
        if len(support[chosen]) >= MIN_PAGES:
            found.append(Container(chosen, tuple(sorted(support[chosen]))))
        left -= set(support[chosen])
    return found


def _explain(page: PageOutline, frame: Set[str]) -> dict[str, int]:
    """Name the containers that hold the page's text and little else, each with its depth."""
    own = [block for block in page.blocks if block.fingerprint not in frame and not block.is_links]
    voted = sum(block.words for block in own if block.voted)
    if not voted:
        return {}
    words: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    depths: dict[str, int] = {}
    for path, (all_words, voted_words) in _count_by_path(own).items():
        for name, depth in find_containers(path).items():
            words[name] += all_words
            agreed[name] += voted_words
            depths[name] = min(depth, depths.get(name, depth))
    return {
        name: depth
        for name, depth in depths.items()
        if agreed[name] >= _RECALL * voted and agreed[name] >= _PRECISION * words[name]
    }


def _count_by_path(blocks: Sequence[OutlineBlock]) -> dict[str, tuple[int, int]]:
    """Count the words at each path, and those that generic extraction takes for text."""
    counts: dict[str, tuple[int, int]] = {}
    for block in blocks:
        words, voted = counts.get(block.path, (0, 0))
        counts[block.path] = (words + block.words, voted + block.words * block.voted)
    return counts
