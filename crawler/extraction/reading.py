"""Read a page by its site's model: which layout it is like, and what of the layout's container is its text."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from crawler.extraction.caching import MAX_TEXT
from crawler.extraction.fingerprint import find_fingerprint, find_text_key, keeps_words
from crawler.extraction.model import Layout, Place, Position, Rule, SiteModel, Template
from crawler.extraction.outline import find_inside, is_aside, is_links
from crawler.extraction.spacing import count_words
from crawler.extraction.template import is_mark, peel
from crawler.extraction.title import find_title_block, find_title_lines
from items import Block, RemovedReason

AGREEMENT = 0.8  # of the share of a page's own words that a layout's container holds on three pages of four
_RECALL = 0.9  # of the words that generic extraction takes for text on the page
_MAX_MODELS = 64
_MAX_TEXTS = 4_096  # of a model


@dataclass(frozen=True, slots=True)
class Reading:
    """A page read by a model."""

    region: tuple[Block, ...]  # the container's blocks; those that are no text carry the reason and its support
    container: str


def apply(
    model: SiteModel, blocks: Sequence[Block], title: str | None = None, voted: Set[int] | None = None
) -> Reading | None:
    """Read a page by a model; None where it is like no layout.

    A page is like a layout when the container holds nearly the share of the page's own words that it holds on other
    pages; or, where generic extraction was asked, nine tenths of the words that it takes for text.

    Args:
        model: of the page's site.
        blocks: all blocks of the page.
        title: of the page; what stands above it is not its text.
        voted: the indexes of the blocks that generic extraction keeps; None where it was not asked.
    """
    index = _index(model)
    seen = [index.look_at(block.text) for block in blocks]
    own = [
        0 if not one.own or (block.links and is_links(block)) or is_aside(block.path) else one.own
        for block, one in zip(blocks, seen, strict=True)
    ]
    like = find_like(model, [block.path for block in blocks], own, voted)
    if like is None:
        return None
    layout, inside = like
    return Reading(_mark_below_title(index, layout, blocks, seen, inside, title), layout.container)


@dataclass(frozen=True, slots=True)
class _Text:
    """What a model knows of a text, wherever it stands."""

    fingerprint: str  # empty where its number of words tells that no template has it
    own: int  # words that are a page's own; 0 of what repeats over the site


@dataclass(frozen=True, slots=True)
class _Index:
    """A model, for quick looks."""

    model: SiteModel
    frame: frozenset[str]  # fingerprints
    templates: Mapping[int, Mapping[str, Template]]  # of each layout, by fingerprint
    positions: Mapping[int, Mapping[str, Position]]  # of each layout, by path
    sizes: frozenset[int]  # words of the texts that have a fingerprint here
    texts: dict[str, _Text] = field(default_factory=dict)  # that were looked at lately; most stand on every page

    def look_at(self, text: str) -> _Text:
        """Say what is known of a text."""
        found = self.texts.get(text)
        if found is None:
            words = count_words(text)
            fingerprint = "" if keeps_words(text) and words not in self.sizes else find_fingerprint(text)
            # With what somebody decided to keep of the frame: a layout's share was learned before any decision.
            found = _Text(fingerprint, 0 if fingerprint in self.frame else words)
            if len(text) <= MAX_TEXT:
                if len(self.texts) >= _MAX_TEXTS:
                    self.texts.clear()
                self.texts[text] = found
        return found


_indexes: dict[int, _Index] = {}  # of the models that were used last in this process, by identity


def _index(model: SiteModel) -> _Index:
    found = _indexes.get(id(model))
    if found is None or found.model is not model:
        if len(_indexes) >= _MAX_MODELS:
            _indexes.clear()
        known = [*model.frame, *(template for layout in model.layouts for template in layout.templates)]
        found = _indexes[id(model)] = _Index(
            model,
            frozenset(template.id for template in model.frame),
            {id(one): {template.id: template for template in one.templates} for one in model.layouts},
            {id(one): {position.path: position for position in one.positions} for one in model.layouts},
            frozenset(len(find_text_key(template.text).split()) for template in known),
        )
    return found


def find_region(paths: Sequence[str], container: str) -> dict[int, str]:
    """Index the blocks inside a container, by their paths, each with the rest of its path."""
    return {index: rest for index, path in enumerate(paths) if (rest := find_inside(path, container)) is not None}


def find_like(
    model: SiteModel, paths: Sequence[str], own: Sequence[int], voted: Set[int] | None = None
) -> tuple[Layout, dict[int, str]] | None:
    """Find the first layout that a page is like, and what stands in its container (`apply`).

    Args:
        model: of the page's site.
        paths: of the page's blocks.
        own: the words of each that are the page's own.
        voted: the indexes of the blocks that generic extraction keeps; None where it was not asked.
    """
    for layout in model.layouts:
        inside = find_region(paths, layout.container)
        within = sum(own[index] for index in inside)
        if not within:
            continue
        if voted is None:
            agrees = within >= AGREEMENT * layout.share * sum(own)
        else:
            agrees = sum(own[index] for index in inside if index in voted) >= _RECALL * max(
                1, sum(own[index] for index in voted)
            )
        if agrees:
            return layout, inside
    return None


def _mark_below_title(
    index: _Index,
    layout: Layout,
    blocks: Sequence[Block],
    seen: Sequence[_Text],
    inside: Mapping[int, str],
    title: str | None,
) -> tuple[Block, ...]:
    """Begin the region with the last title that the text follows; what is text depends on where it begins."""
    titles = find_title_lines(blocks, title)
    first, last = min(inside), max(inside)
    judged = _judge_blocks(index, layout, blocks[first : last + 1], seen[first : last + 1], inside, first)
    start: int | None = None
    while True:
        begin = first if start is None else min(at for at in inside if at >= start)
        marks = judged[begin - first :]
        if begin == start:
            marks[0] = (_TITLE, None)
        reasons = _peel(marks)
        kept = frozenset(begin + at for at, reason in enumerate(reasons) if reason is None)
        found = find_title_block(blocks, kept, titles)
        if found is None or found == start or found > last:
            return tuple(
                block if reason is None else reason.put_on(block)
                for block, reason in zip(blocks[begin : last + 1], reasons, strict=True)
            )
        start = found


@dataclass(frozen=True, slots=True)
class _Mark:
    """Why a block is no text."""

    reason: RemovedReason
    support: int | None = None

    def put_on(self, block: Block) -> Block:
        """Give the block with its mark; a third of the time that `dataclasses.replace` takes."""
        return Block(
            block.text,
            block.markdown,
            block.kind,
            block.path,
            block.position,
            block.level,
            block.links,
            self.reason,
            self.support,
        )


_NOT_CONTENT = _Mark(RemovedReason.NOT_CONTENT)
_TITLE = _Mark(RemovedReason.TITLE)
_TRAILING = _Mark(RemovedReason.TRAILING)
# Why a block goes wherever it stands, and why it goes in a run at the beginning or the end.
_Judged = tuple[_Mark | None, _Mark | None]


def _judge_blocks(
    index: _Index,
    layout: Layout,
    blocks: Sequence[Block],
    seen: Sequence[_Text],
    inside: Mapping[int, str],
    first: int,
) -> list[_Judged]:
    """Judge each block from the first to the last one inside a container."""
    templates, positions = index.templates[id(layout)], index.positions[id(layout)]
    judged: list[_Judged] = []
    for at, (block, one) in enumerate(zip(blocks, seen, strict=True), start=first):
        rest = inside.get(at)
        if rest is None:
            judged.append((_NOT_CONTENT, None))
        else:
            judged.append(_judge(block, rest, templates.get(one.fingerprint), positions.get(rest)))
    return judged


def _peel(judged: Sequence[_Judged]) -> list[_Mark | None]:
    """Say why each block is no text; None for text."""
    head, tail = peel([aside is not None for aside, _ in judged], [end is not None for _, end in judged])
    found = [aside for aside, _ in judged]
    for at in (*head, *tail):
        found[at] = found[at] or judged[at][1]
    return found


def _judge(block: Block, rest: str, template: Template | None, position: Position | None) -> _Judged:
    for one in (template, position):
        if one is not None and one.decision is not None:
            return _Mark(RemovedReason.DROPPED, one.pages) if one.decision == "drop" else None, None
    aside: _Mark | None = None
    end: _Mark | None = None
    if position is not None:
        if position.rule is Rule.ASIDE:
            aside = _Mark(RemovedReason.ASIDE, position.pages)
    elif is_aside(rest):
        aside = _NOT_CONTENT
    if template is not None and template.place is not Place.BODY:
        end = _Mark(RemovedReason.ABOUT if template.rule is Rule.ABOUT else RemovedReason.TEMPLATE, template.pages)
    elif is_mark(block.text):
        end = _TRAILING
    elif position is not None and position.rule is Rule.FIELD:
        end = _Mark(RemovedReason.FIELD, position.pages)
    return aside, end
