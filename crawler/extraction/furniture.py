"""Single-page rules: what is no text on a page of which nothing else is known.

Two rules, both about what one page shows:

1. Three blocks or more that stood earlier on the page, word for word and in the same order, are a copy of it. Lines,
   list items and table rows alone are none, unless one of them is a furniture line: refrains and lists recur.
2. At a page's end, from the first address, telephone, copyright, privacy, newsletter or share line on, everything is
   furniture, provided that all blocks down to the end are short, that there are such lines of two kinds, and that two
   in five of the blocks are such lines or stand there more than once. Several different addresses are a directory,
   and a street and a town are one kind. What stands directly above goes too if its copies went by the first rule.

At a page's beginning only share lines go. Nothing is cut from the middle.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from crawler.extraction.outline import is_sentence
from crawler.extraction.spacing import count_words
from items import Block, BlockKind, Removed, RemovedReason

_SHORT = 15  # words; a longer block is prose and ends the search from either side
_REPEATED_BLOCKS = 3  # fewer that recur are refrains, answers, the same right under several headings
_REPEATED_WORDS = 12
_MAX_TRAILING = 200  # blocks looked at from the end; bounds the time on a page of nothing but short lines
_KINDS = 2  # a list of addresses, or of telephone numbers, is what a page may be about
_EVIDENCE_SHARE = 0.4
_DIRECTORY = 3  # different addresses; a footer has one, or one for each of two offices
_RECURRING = frozenset((BlockKind.LINE, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW))

_PHONE = r"\+?\(?\d{1,4}\)?[\s.\-–/]?\(?\d{2,4}\)?[\s.\-–/]\d{3,4}(?:[\s.\-–/]?\d{2,4})?"
_STREET = (
    r"street|st\.|avenue|ave\.?|road|rd\.|boulevard|blvd\.?|broadway|lane|square|plaza|place|drive|suite|floor|"
    r"rue|avenida|calle|straße|strasse|platz|via|p\.?\s?o\.?\s?box"
)
_STREET_LINE = rf"^\d{{1,5}}[a-z]?\s+(?:[\w.'’-]+\s+){{0,4}}(?:{_STREET})(?:\W|$)"
_UNIT_LINE = r"^(?:\d{1,3}(?:st|nd|rd|th)\s+floor|(?:suite|floor|p\.?\s?o\.?\s?box)\s+[\w-]+)\b"
_TOWN_LINE = r"^(?-i:[A-Z])[\w.'’, -]{1,90},\s+(?-i:[A-Z]{2})\.?\s+\d{5}(?:-\d{4})?(?:,?\s+U\.?S\.?A?\.?)?$"
_RULES: tuple[tuple[RemovedReason, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE))
    for reason, pattern in (
        (RemovedReason.COPYRIGHT, r"©|\(c\)\s*(19|20)\d\d|\bcopyright\b|\ball rights reserved\b"),
        # "2019 Center for Examples": a year and a name, nothing else
        (RemovedReason.COPYRIGHT, r"^(?:19|20)\d\d(?:\s*[-–]\s*(?:19|20)?\d\d)?,?\s+(?-i:[A-Z])[\w'’&.,\s-]{2,80}$"),
        (
            RemovedReason.LEGAL,
            r"^(?:website\s+)?(?:privacy|cookies?|terms|legal|accessibility|disclaimer|sitemap|site map|imprint|"
            r"impressum|mentions légales|aviso legal|política de privacidad)\b(?:[\s&,/|]+(?:policy|policies|"
            r"notice|statement|of|use|service|and|conditions|terms|privacy|cookies?|settings|preferences|disclaimer))*$",
        ),
        (
            RemovedReason.NEWSLETTER,
            r"^(?:get (?:the latest|updates|our|e-?mail)|sign up|subscribe|join our|join the|stay (?:informed|"
            r"connected|in touch|up to date|updated)|newsletter|follow us|donate|support (?:us|our work)|"
            r"take action now|abonnez|suscr[ií]b|inscr[ií]b)\b",
        ),
        (
            RemovedReason.CONTACT,
            r"^contact(?:\s+(?:us|information|details))?\s*:?$|^(?:contacto|kontakt|nous contacter)$",
        ),
        (
            RemovedReason.CONTACT,
            rf"^(?:[\w./()-]+\s+){{0,3}}(?:tel|telephone|phone|fax|main|mobile|cell|office|donations|"
            rf"toll[- ]free|t|f|p|m)\b[.:]?\s*{_PHONE}",
        ),
        (RemovedReason.CONTACT, rf"^{_PHONE}$"),
        (RemovedReason.CONTACT, r"^(?:e-?mail\s*:?\s*)?[\w.+-]+@[\w-]+\.[\w.-]+$"),
        (RemovedReason.CONTACT, _STREET_LINE),
        (RemovedReason.CONTACT, _UNIT_LINE),
        (RemovedReason.CONTACT, _TOWN_LINE),
        (
            RemovedReason.SHARE,
            r"^(?:(?:share|tweet|print|pin|email|e-mail|like|facebook|twitter|x|linkedin|whatsapp|telegram|reddit|bluesky|"
            r"mastodon|instagram|youtube|copy link|teilen|partager|compartir)(?:\s+(?:this|on|via|the|page|article|"
            r"story|post|to|a friend|share|facebook|twitter|x|linkedin|whatsapp|email|:))*[\s|/·•,]*){1,8}:?$",
        ),
    )
)
_ADDRESS_RULES = frozenset(
    kind for kind, (_, pattern) in enumerate(_RULES) if pattern.pattern in (_STREET_LINE, _UNIT_LINE, _TOWN_LINE)
)
_STREET_RULE = min(_ADDRESS_RULES)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A page's blocks, sorted into text and what is not; together they are the page."""

    kept: tuple[Block, ...]
    removed: tuple[Removed, ...]


def strip_furniture(blocks: Sequence[Block], *, learned: bool = False) -> Stripped:
    """Take out what one page alone shows to be no text. Blocks that carry a reason already go for that reason.

    Args:
        blocks: the content region.
        learned: whether the site's model has judged what stands at the end; a press contact that it left there differs
            from page to page, and is text.
    """
    reasons = {index: block.reason for index, block in enumerate(blocks) if block.reason is not None}
    text = [index for index in range(len(blocks)) if index not in reasons]
    reasons.update(_find_repeats(blocks, text))
    copies = {_key(blocks[index]) for index in text if index in reasons}
    text = [index for index in text if index not in reasons]
    if not learned:
        reasons.update(_find_trailing(blocks, text, copies))
    text = [index for index in text if index not in reasons]
    reasons.update(_find_leading(blocks, text))
    return Stripped(
        kept=tuple(block for index, block in enumerate(blocks) if index not in reasons),
        removed=tuple(
            Removed(block.text, reasons[index], block.position, block.support)
            for index, block in enumerate(blocks)
            if index in reasons
        ),
    )


def find_furniture_kind(text: str) -> int | None:
    """Name the rule by which a line would be furniture at a page's end; None for a line that says nothing of it."""
    words = text.split()
    if len(words) > _SHORT:
        return None
    line = " ".join(words)
    return next((kind for kind, (_, pattern) in enumerate(_RULES) if pattern.search(line)), None)


def _find_repeats(blocks: Sequence[Block], text: list[int]) -> dict[int, RemovedReason]:
    """Find the second and later copies of runs of blocks."""
    keys = [_key(blocks[index]) for index in text]
    if len(set(keys)) == len(keys):
        return {}
    first: dict[tuple[str, ...], int] = {}  # where each run of _REPEATED_BLOCKS begins
    copied: set[int] = set()
    for start in range(len(keys) - _REPEATED_BLOCKS + 1):
        run = tuple(keys[start : start + _REPEATED_BLOCKS])
        if len(set(run)) < _REPEATED_BLOCKS or sum(len(key.split()) for key in run) < _REPEATED_WORDS:
            continue
        if first.setdefault(run, start) + _REPEATED_BLOCKS <= start:
            copied.update(range(start, start + _REPEATED_BLOCKS))
    return {
        text[place]: RemovedReason.REPEATED
        for run in _consecutive(sorted(copied))
        if any(_is_evident(blocks[text[place]]) for place in run)
        for place in run
    }


def _is_evident(block: Block) -> bool:
    """Tell whether a block makes a repeated run a copy: prose or a furniture line; labels, lists and refrains recur."""
    if find_furniture_kind(block.text) is not None:
        return True
    return block.kind not in _RECURRING and len(block.text.split()) > _SHORT and is_sentence(block.text)


def _consecutive(places: Sequence[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _find_trailing(blocks: Sequence[Block], text: list[int], copies: Set[str]) -> dict[int, RemovedReason]:
    run: list[int] = []  # the short blocks at the end, last one first
    for index in reversed(text):
        if len(run) == _MAX_TRAILING or count_words(blocks[index].text) > _SHORT:
            break
        run.append(index)
    run.reverse()
    times = Counter(_key(blocks[index]) for index in run)
    kinds = [find_furniture_kind(blocks[index].text) for index in run]
    evident = [kind is not None or times[_key(blocks[index])] > 1 for index, kind in zip(run, kinds, strict=True)]
    streets = {_key(blocks[index]) for index, kind in zip(run, kinds, strict=True) if kind == _STREET_RULE}
    if len(streets) >= _DIRECTORY:
        return {}
    for start, kind in enumerate(kinds):
        if kind is None or sum(evident[start:]) < _EVIDENCE_SHARE * (len(run) - start):
            continue
        if len({_STREET_RULE if one in _ADDRESS_RULES else one for one in kinds[start:] if one is not None}) < _KINDS:
            continue
        begin = start
        while begin > 0 and _key(blocks[run[begin - 1]]) in copies:
            begin -= 1
        return {
            index: _trailing_reason(kinds[at], evident[at] or at < start) for at, index in enumerate(run) if at >= begin
        }
    return {}


def _trailing_reason(kind: int | None, evident: bool) -> RemovedReason:
    if kind is not None:
        return _RULES[kind][0]
    return RemovedReason.REPEATED if evident else RemovedReason.TRAILING


def _find_leading(blocks: Sequence[Block], text: list[int]) -> dict[int, RemovedReason]:
    found: dict[int, RemovedReason] = {}
    for index in text:
        if count_words(blocks[index].text) > _SHORT:
            break
        kind = find_furniture_kind(blocks[index].text)
        if kind is not None and _RULES[kind][0] is RemovedReason.SHARE:
            found[index] = RemovedReason.SHARE
    return found


def _key(block: Block) -> str:
    folded = block.text.casefold()
    # What is printable has no white space but single spaces; a block has none at its ends.
    return folded if folded.isprintable() and "  " not in folded else " ".join(folded.split())
