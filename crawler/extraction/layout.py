"""Layouts: groups of pages whose text sits in the same element, found where generic extraction agrees across pages."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
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


@dataclass(frozen=True, slots=True)
class _Held:
    """What a container holds of a page."""

    depth: int
    whole: bool  # whether it is nine tenths of the page's own words


def find_layouts(pages: Sequence[PageOutline], twins: Sequence[int], frame: Set[str]) -> list[Container]:
    """Find containers, the one that explains most pages first, until none explains enough of those that are left.

    A container explains a page when it holds nine tenths of the words that generic extraction takes for text, and
    these are three fifths at least of its own words. Neither blocks of the site's frame nor blocks of links count. Of
    containers that explain nearly as many pages as the best does, the deepest is chosen, and of its names the shortest.
    Where its pages fall into groups with a deeper container each, that of the largest group is taken first.

    Args:
        pages: the outlines.
        twins: for each page its group of pages that hold the same document.
        frame: the fingerprints of blocks that stand on most pages of the site.
    """
    explained = [_explain(page, frame) for page in pages]
    left = {index for index, held in enumerate(explained) if held}
    found: list[Container] = []
    while len(left) >= MIN_PAGES:
        support = _support(explained, left)
        supporters = {name: len({twins[index] for index in indexes}) for name, indexes in support.items()}
        most = max(supporters.values(), default=0)
        if most < MIN_SUPPORTERS:
            break
        chosen = max(
            (name for name, count in supporters.items() if count >= _NEARLY * most),
            key=lambda name: (_depth(explained, support[name], name), supporters[name], -name.count("/"), name),
        )
        chosen = _find_part(explained, twins, support[chosen], chosen) or chosen
        if len(support[chosen]) >= MIN_PAGES:
            found.append(Container(chosen, tuple(sorted(support[chosen]))))
        left -= set(support[chosen])
    return found


def _find_part(
    explained: Sequence[Mapping[str, _Held]], twins: Sequence[int], pages: Sequence[int], name: str
) -> str | None:
    """Find the largest of several deeper containers that share a container's pages among them; None where none do.

    Each holds nearly all of its pages' own words: the pages are of several layouts, and hold little else.
    """
    left = set(pages)
    largest = None
    while len(left) > (1 - _RECALL) * len(pages):
        parts = {
            part: indexes
            for part, indexes in _support(explained, left, whole=True).items()
            if _depth(explained, indexes, part) > _depth(explained, indexes, name)
            and len(indexes) >= MIN_PAGES
            and len({twins[index] for index in indexes}) >= MIN_SUPPORTERS
        }
        if not parts:
            return None
        part = max(parts, key=lambda one: (len(parts[one]), _depth(explained, parts[one], one), -one.count("/"), one))
        largest = largest or part
        left -= set(parts[part])
    return largest


def _support(
    explained: Sequence[Mapping[str, _Held]], pages: Iterable[int], *, whole: bool = False
) -> dict[str, list[int]]:
    """List for each container the pages that it explains; with `whole`, those of which it holds nearly everything."""
    support: dict[str, list[int]] = defaultdict(list)
    for index in pages:
        for name, held in explained[index].items():
            if held.whole or not whole:
                support[name].append(index)
    return support


def _depth(explained: Sequence[Mapping[str, _Held]], pages: Sequence[int], name: str) -> float:
    return sum(explained[index][name].depth for index in pages) / len(pages)


def _explain(page: PageOutline, frame: Set[str]) -> dict[str, _Held]:
    """Name the containers that hold the page's text and little else."""
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
    total = sum(block.words for block in own)
    return {
        name: _Held(depth, words[name] >= _RECALL * total)
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
