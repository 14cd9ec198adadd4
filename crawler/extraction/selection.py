"""The content region of one page: which of its blocks are its text, as far as the page alone can tell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import lxml.html

from crawler.extraction import generic
from crawler.extraction.correction import SENTENCE, correct_vote
from crawler.extraction.cut_markup import NeedsWholeError
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import SiteModel
from crawler.extraction.outline import count_own, is_aside, is_named_aside, is_sentence, outline_block
from crawler.extraction.pruning import prune
from crawler.extraction.reading import Reading, apply
from crawler.extraction.spacing import clean_text
from crawler.extraction.template import peel
from crawler.extraction.title import keep_below_title
from items import Block, BlockKind, RemovedReason

_TRUSTED_SHARE = 0.5  # of the generic text that the page's blocks must account for
_MISSED = 0.5  # of the words of a page's own sentences; generic extraction that keeps fewer has missed the text


@dataclass(frozen=True, slots=True)
class Selection:
    """The content region of a page and how it was found."""

    region: tuple[Block, ...]
    method: str
    aligned: bool  # whether the region's blocks are the page's own
    container: str | None = None  # of the layout that the page is like; None where it is like none


def find_votes(tree: lxml.html.HtmlElement, blocks: Sequence[Block], model: SiteModel | None = None) -> frozenset[int]:
    """Find the blocks that generic extraction keeps; what the model knows for the site's frame is kept from it.

    The tree is changed by it: take what else is needed first.
    """
    return _vote(tree, blocks, model).kept


def select_region(
    tree: lxml.html.HtmlElement,
    blocks: tuple[Block, ...],
    title: str | None,
    model: SiteModel | None = None,
    *,
    is_cut: bool = False,
) -> Selection:
    """Find the content region: from the first to the last block that is text; what else stands there is marked.

    Where the page is like a layout that was learned, the region is the layout's container. Elsewhere generic extraction
    votes; a quote, list, table or preformatted block between two kept blocks of the same container is text, whatever
    the vote. What stands above the page's own title is none.

    The tree is changed by it: take what else is needed first.
    """
    if model is not None:
        reading = apply(model, blocks, title)
        if reading is not None:
            return _as_read(reading)
    if is_cut:  # generic extraction judges a part of a page by all of it
        raise NeedsWholeError
    own = _find_own(blocks, model) if model is not None else None
    if own is not None and not any(own):  # nothing but what repeats over the site
        return _without_frame(Selection(blocks, "template", aligned=True), model)
    vote = _vote(tree, blocks, model)
    if own is not None:
        sentences = sum(words for words, block in zip(own, blocks, strict=True) if is_sentence(block.text))
        if sum(own[index] for index in vote.kept) < _MISSED * sentences:
            kept = keep_below_title(blocks, frozenset(index for index, words in enumerate(own) if words), title)
            return Selection(_region(blocks, kept), "own", aligned=True)
    if vote.found is None:
        kept = frozenset(index for index, block in enumerate(blocks) if not is_aside(block.path))
        kept = keep_below_title(blocks, kept or frozenset(range(len(blocks))), title)
        return _without_frame(Selection(_region(blocks, kept), "plain", aligned=True), model)
    if vote.kept and vote.share >= _TRUSTED_SHARE:
        if model is not None:
            reading = apply(model, blocks, title, vote.kept)
            if reading is not None:
                return _as_read(reading)
        kept = correct_vote(blocks, vote.kept, title)
        if own is not None:
            kept |= {index for index, block in enumerate(blocks) if own[index] >= SENTENCE and is_sentence(block.text)}
        return _without_frame(Selection(_region(blocks, kept), "generic", aligned=True), model)
    # The text stands in no block: a page whose article is only in its JSON-LD.
    lines = [clean_text(line) for line in vote.found.text.splitlines()]
    invented = tuple(
        Block(line, line, BlockKind.PARAGRAPH, "generic", position)
        for position, line in enumerate(line for line in lines if line)
    )
    return Selection(invented, "generic-only", aligned=False)


def _find_own(blocks: Sequence[Block], model: SiteModel) -> list[int] | None:
    """Count the words of each block that are the page's own; None where the site's frame is not known.

    What somebody decided to keep of the frame is a page's own.
    """
    frame = frozenset(one.id for one in model.frame if one.decision != "keep")
    if not frame:
        return None
    return count_own(map(outline_block, blocks), frame, is_named_aside)


@dataclass(frozen=True, slots=True)
class _Vote:
    found: generic.GenericText | None
    kept: frozenset[int] = frozenset()
    share: float = 0.0  # of the words of the generic text that some block accounts for


def _vote(tree: lxml.html.HtmlElement, blocks: Sequence[Block], model: SiteModel | None) -> _Vote:
    if model is not None:
        fixed = frozenset(one.id for one in model.frame if one.fixed and one.decision != "keep")
        if fixed:
            prune(tree, lambda block: find_fingerprint(block.text) in fixed)
    found = generic.extract_generic(tree)
    if found is None:
        return _Vote(None)
    kept, share = generic.align(tuple(blocks), found)
    return _Vote(found, kept, share)


def _as_read(reading: Reading) -> Selection:
    return Selection(reading.region, "container", aligned=True, container=reading.container)


def _without_frame(selection: Selection, model: SiteModel | None) -> Selection:
    """Mark what belongs to the site's frame at the beginning and at the end of a region."""
    if model is None:
        return selection
    frame = {one.id: one for one in model.frame if one.decision != "keep"}
    found = [frame.get(find_fingerprint(block.text)) for block in selection.region]
    head, tail = peel([block.reason is not None for block in selection.region], [one is not None for one in found])
    region = list(selection.region)
    for at, template in enumerate(found):
        if template is None or region[at].reason is not None:
            continue
        if template.decision == "drop":
            region[at] = replace(region[at], reason=RemovedReason.DROPPED, support=template.pages)
        elif at in head or at in tail:
            region[at] = replace(region[at], reason=RemovedReason.TEMPLATE, support=template.pages)
    return replace(selection, region=tuple(region))


def _region(blocks: Sequence[Block], kept: frozenset[int]) -> tuple[Block, ...]:
    return tuple(
        blocks[index] if index in kept else replace(blocks[index], reason=RemovedReason.NOT_CONTENT)
        for index in range(min(kept), max(kept) + 1)
    )
