"""Templates and positions: which texts repeat over a site's pages, and which places of a layout hold no text."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from crawler.extraction.fingerprint import find_fingerprint, find_pattern
from crawler.extraction.layout import MIN_PAGES, MIN_SUPPORTERS
from crawler.extraction.metadata import normalize_for_comparison
from crawler.extraction.model import Place, Position, Rule, Template
from crawler.extraction.outline import OutlineBlock, PageOutline, is_aside, is_named_aside, is_sentence
from items import BlockKind

_SHARE = 0.5  # of the pages
_STEADY = 0.8  # of a thing's occurrences
EXAMPLES = 3
_PROSE = 15  # words; a longer block is no label
_MAX_FIELD = 40  # words of a field on average
_NO_FIELD = frozenset((BlockKind.QUOTE, BlockKind.PREFORMATTED, BlockKind.TABLE_ROW))
_PER_PAGE = 2  # lines of a field on average
_ABOUT = 20  # words; a template that long which closes pages describes the organization
_ABOUT_WORDS = frozenset("about über acerca sobre quiénes о об om over o tietoa".split())
_OPENING = 10  # words in which a text about the organization names it
_NEARLY_ALL = 0.9  # of the pages
_OTHER_ANSWERS = 2  # pages with text of their own below a label
_PERIOD_DAYS = 365
_PERIOD_PAGES = 8
_UNVOTED = 0.2  # of the words at a place; generic extraction takes so few of them for text that the place is none


@dataclass(frozen=True, slots=True)
class Seen:
    """A block on one of the pages that are compared."""

    page: int
    inside: str  # its path, below the container where there is one
    block: OutlineBlock


def find_templates(
    regions: Sequence[Sequence[Seen]],
    pages: Sequence[PageOutline],
    twins: Sequence[int],
    place: Place,
    names: Sequence[str] = (),
) -> tuple[Template, ...]:
    """Find the texts that repeat: in three different documents and on four pages at least, and on half of the pages.

    Half of the pages of a period count as well, if it is a year at least and has eight of them. A text that introduces
    the organization by its name need not stand on so many.

    Args:
        regions: the blocks that are compared, page by page.
        pages: all outlines, which the blocks' page numbers refer to.
        twins: for each page its group of pages that hold the same document.
        place: where the blocks stand.
        names: of the organization.
    """
    holders: dict[str, list[Seen]] = defaultdict(list)
    for region in regions:
        for fingerprint, seen in {seen.block.fingerprint: seen for seen in reversed(region)}.items():
            holders[fingerprint].append(seen)
    days = sorted(day for region in regions if region and (day := pages[region[0].page].day) is not None)
    common: dict[str, tuple[list[Seen], list[str]]] = {}
    for fingerprint, found in holders.items():
        if len(found) < MIN_PAGES or len({twins[seen.page] for seen in found}) < MIN_SUPPORTERS:
            continue
        seen_on = sorted(day for seen in found if (day := pages[seen.page].day) is not None)
        often = len(found) >= _SHARE * len(regions) or _fills_period(seen_on, days)
        if often or introduces(found[0].block.text, names):
            common[fingerprint] = found, seen_on
    own: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    for region in regions:
        for seen in region:
            (shared if seen.block.fingerprint in common else own)[seen.inside] += seen.block.words
    templates = []
    for fingerprint, (found, seen_on) in common.items():
        paths = Counter(seen.inside for seen in found)
        path = min(paths, key=lambda one: (-paths[one], one))
        templates.append(
            Template(
                id=fingerprint,
                text=min(seen.block.text for seen in found),
                rule=Rule.TEMPLATE,
                place=place,
                path=path,
                pages=len(found),
                of=len(regions),
                fixed=shared[path] >= _STEADY * (shared[path] + own[path]),
                first_seen=seen_on[0] if seen_on else None,
                last_seen=seen_on[-1] if seen_on else None,
                examples=tuple(sorted(pages[seen.page].url for seen in found)[:EXAMPLES]),
            )
        )
    return tuple(sorted(templates, key=lambda one: (-one.pages, one.path, one.id)))


def introduces(text: str, names: Sequence[str]) -> bool:
    """Tell whether a text describes an organization: its first words name it, after "About" or in a longer text."""
    words = text.split()
    opening = normalize_for_comparison(" ".join(words[:_OPENING]))
    if not any(name and name in opening for name in map(normalize_for_comparison, names)):
        return False
    return len(words) >= _ABOUT or words[0].casefold() in _ABOUT_WORDS


def _fills_period(seen_on: Sequence[str], days: Sequence[str]) -> bool:
    """Tell whether half of the pages dated between the first and the last of some days are of these days."""
    if len(seen_on) < _PERIOD_PAGES:
        return False
    if (date.fromisoformat(seen_on[-1]) - date.fromisoformat(seen_on[0])).days < _PERIOD_DAYS:
        return False
    within = bisect_right(days, seen_on[-1]) - bisect_left(days, seen_on[0])
    return len(seen_on) >= _SHARE * within


def place_templates(
    templates: Sequence[Template],
    positions: Sequence[Position],
    regions: Sequence[Sequence[Seen]],
    names: Sequence[str] = (),
) -> tuple[Template, ...]:
    """Find which templates go: those in the run at one end of nearly all pages that have them. Others stay in the text.

    These stay too: above the text every sentence, and lines unless nine pages of ten have them; below it quotes unless
    nine pages of ten have them; there, in the flow of the text, where other pages have text of their own, sentences of
    fewer than twenty words likewise; and what stands below a repeated label that has other text below it on other pages
    (an answer).
    """
    by_id = {template.id: template for template in templates}
    rules = {position.path: position.rule for position in positions}
    kinds = {seen.block.fingerprint: seen.block.kind for region in reversed(regions) for seen in reversed(region)}
    answers = _find_answers(by_id.keys(), regions)
    places: dict[str, Counter[Place]] = {one: Counter() for one in by_id}
    for region in regions:
        passed = [rules.get(seen.inside) is Rule.ASIDE or is_mark(seen.block.text) for seen in region]
        goes = [
            rules.get(seen.inside) is Rule.FIELD
            or (seen.block.fingerprint in by_id and seen.block.fingerprint not in answers)
            for seen in region
        ]
        head, tail = peel(passed, goes)
        for index, seen in enumerate(region):
            if seen.block.fingerprint in by_id:
                place = Place.HEAD if index in head else Place.TAIL if index in tail else Place.BODY
                places[seen.block.fingerprint][place] += 1
    placed = []
    for template in templates:
        counts = places[template.id]
        place = next((one for one in (Place.HEAD, Place.TAIL) if counts[one] >= _STEADY * counts.total()), Place.BODY)
        if _stays(template, place, kinds[template.id], names):
            place = Place.BODY
        about = place is Place.TAIL and (
            introduces(template.text, names) or (len(template.text.split()) >= _ABOUT and not template.fixed)
        )
        placed.append(replace(template, place=place, rule=Rule.ABOUT if about else Rule.TEMPLATE))
    return tuple(placed)


def _stays(template: Template, place: Place, kind: BlockKind, names: Sequence[str]) -> bool:
    nearly_all = template.pages >= _NEARLY_ALL * template.of
    sentence = is_sentence(template.text)
    if place is Place.HEAD:
        return sentence or not nearly_all
    if kind is BlockKind.QUOTE:
        return not nearly_all
    if template.fixed or introduces(template.text, names):
        return False
    return sentence and len(template.text.split()) < _ABOUT and not nearly_all


def _find_answers(repeated: Set[str], regions: Sequence[Sequence[Seen]]) -> set[str]:
    """Find repeated texts that stand, mostly, below a repeated text which has a page's own text below it elsewhere."""
    labels: Counter[str] = Counter()  # repeated texts with a page's own text below them
    below: dict[str, Counter[str]] = defaultdict(Counter)
    for region in regions:
        for label, seen in pairwise(region):
            if label.block.fingerprint not in repeated:
                continue
            if seen.block.fingerprint in repeated:
                below[seen.block.fingerprint][label.block.fingerprint] += 1
            elif not seen.block.is_links:
                labels[label.block.fingerprint] += 1
    return {
        answer
        for answer, found in below.items()
        if any(count >= _SHARE * found.total() and labels[label] >= _OTHER_ANSWERS for label, count in found.items())
    }


def find_positions(
    regions: Sequence[Sequence[Seen]], twins: Sequence[int], templates: Sequence[Template]
) -> tuple[Position, ...]:
    """Find places of a layout that hold no text, or that hold text although their name speaks against it.

    An *aside* is a place that generic extraction does not take for text and that holds links, or always the same words,
    or whose name says what it is. A *field* is a place with a line or two on most pages, above or below the prose, that
    are no sentences. Only pages whose text generic extraction finds say what it takes for text.

    Args:
        regions: the blocks inside the container, page by page.
        twins: for each page its group of pages that hold the same document.
        templates: the texts that repeat over these pages.
    """
    repeated = frozenset(template.id for template in templates)
    judging = frozenset(region[0].page for region in regions if region and _is_read(region, repeated))
    by_path: dict[str, list[Seen]] = defaultdict(list)
    above: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for region in regions:
        prose = [index for index, seen in enumerate(region) if _is_prose(seen.block)]
        for index, seen in enumerate(region):
            by_path[seen.inside].append(seen)
            above[seen.inside] += not prose or index < prose[0]
            below[seen.inside] += bool(prose) and index > prose[-1]
    found = []
    for path, blocks in by_path.items():
        pages = {seen.page for seen in blocks}
        judged = [seen for seen in blocks if seen.page in judging]
        if len({twins[page] for page in pages}) < MIN_SUPPORTERS or len(pages) < MIN_PAGES:
            continue
        rule, place = None, Place.BODY
        if len({seen.page for seen in judged}) >= MIN_PAGES:
            rule = _judge_by_vote(path, judged, repeated if len(pages) >= _NEARLY_ALL * len(regions) else frozenset())
        if rule is None:
            place = _find_field_place(blocks, len(pages), len(regions), above[path], below[path])
            rule = Rule.FIELD if place is not Place.BODY else None
        if rule is not None:
            texts = sorted({seen.block.text for seen in blocks}, key=lambda text: (len(text), text))
            found.append(
                Position(
                    id=find_fingerprint(f"position {path}"),
                    path=path,
                    rule=rule,
                    place=place,
                    pages=len(pages),
                    of=len(regions),
                    examples=tuple(texts[len(texts) // 2 :][:EXAMPLES]),
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.pages, one.path)))


def _is_read(region: Sequence[Seen], repeated: Set[str]) -> bool:
    """Tell whether generic extraction found a page's text: half of the words that are the page's own."""
    own = [seen.block for seen in region if seen.block.fingerprint not in repeated and not seen.block.is_links]
    return 2 * sum(block.words for block in own if block.voted) >= max(1, sum(block.words for block in own))


def _judge_by_vote(path: str, blocks: Sequence[Seen], repeated: Set[str]) -> Rule | None:
    words = sum(seen.block.words for seen in blocks)
    voted = sum(seen.block.words for seen in blocks if seen.block.voted)
    if voted >= _SHARE * words:
        return Rule.TEXT if is_aside(path) else None
    if voted >= _UNVOTED * words:
        return None
    links = sum(seen.block.words for seen in blocks if seen.block.is_links)
    same = sum(
        seen.block.words for seen in blocks if seen.block.fingerprint in repeated and not is_sentence(seen.block.text)
    )
    return Rule.ASIDE if is_named_aside(path) or links > _SHARE * words or same >= _STEADY * words else None


def _find_field_place(blocks: Sequence[Seen], pages: int, of: int, above: int, below: int) -> Place:
    """Find where the lines of a field stand: above or below the prose; `BODY` for a place that is none."""
    if pages < _SHARE * of or len(blocks) > _PER_PAGE * pages:
        return Place.BODY
    if sum(seen.block.kind in _NO_FIELD for seen in blocks) > len(blocks) / 2:
        return Place.BODY
    if sum(seen.block.words for seen in blocks) > _MAX_FIELD * len(blocks):
        return Place.BODY
    different = len({seen.block.fingerprint for seen in blocks})
    if different < MIN_SUPPORTERS:
        return Place.BODY
    if sum(is_sentence(seen.block.text) for seen in blocks) > (1 - _STEADY) * len(blocks):
        return Place.BODY
    if above >= _STEADY * len(blocks):  # lines that recur there, but for a number, are the headers of a series
        patterns = len({find_pattern(seen.block.text) for seen in blocks})
        return Place.HEAD if patterns >= _STEADY * len(blocks) else Place.BODY
    return Place.TAIL if below >= _STEADY * len(blocks) else Place.BODY


def _is_prose(block: OutlineBlock) -> bool:
    return block.words > _PROSE and is_sentence(block.text)


def is_mark(text: str) -> bool:
    """Tell whether a line has neither letters nor digits: "###", which ends a press release, or a row of stars."""
    return not text[:1].isalnum() and not any(character.isalnum() for character in text)


def peel(passed: Sequence[bool], goes: Sequence[bool]) -> tuple[range, range]:
    """Find the runs at the beginning and at the end of a region that are no text.

    Args:
        passed: whether each block is known not to be text, wherever it stands; it does not end a run.
        goes: whether each block goes when it stands in such a run.

    Returns:
        the indexes of both runs.
    """
    head = 0
    while head < len(goes) and (passed[head] or goes[head]):
        head += 1
    tail = len(goes)
    while tail > head and (passed[tail - 1] or goes[tail - 1]):
        tail -= 1
    return range(head), range(tail, len(goes))
