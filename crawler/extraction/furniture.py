"""Single-page rules: what is no text on a page of which nothing else is known.

Two rules, both about what one page shows:

1. A block of twelve words or more that stood earlier on the page, word for word, is a repeat.
2. At a page's end, from the first address, telephone, copyright, privacy, newsletter or share line on, everything is
   furniture, provided that all blocks down to the end are short and at least two in five of them are such lines or
   stand there more than once.

At a page's beginning only share lines go. Nothing is cut from the middle.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from items import Block, Removed, RemovedReason

_SHORT = 15  # words; a longer block is prose and ends the search from either side
_REPEAT = 12  # words; shorter repeats are refrains, answers and headings
_EVIDENCE_SHARE = 0.4

_PHONE = r"\+?\(?\d{1,4}\)?[\s.\-–/]?\(?\d{2,4}\)?[\s.\-–/]\d{3,4}(?:[\s.\-–/]?\d{2,4})?"
_STREET = (
    r"street|st\.|avenue|ave\.?|road|rd\.|boulevard|blvd\.?|broadway|lane|square|plaza|place|drive|suite|floor|"
    r"rue|avenida|calle|straße|strasse|platz|via|p\.?\s?o\.?\s?box"
)
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
            r"connected|in touch|up to date|updated)|newsletter|follow us|donate|support (?:us|our work)|take action now|abonnez|"
            r"suscr[ií]b|inscr[ií]b)\b",
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
        (RemovedReason.CONTACT, rf"^\d{{1,5}}[a-z]?\s+(?:[\w.'’-]+\s+){{0,4}}(?:{_STREET})(?:\W|$)"),
        (RemovedReason.CONTACT, r"^(?:\d{1,3}(?:st|nd|rd|th)\s+floor|(?:suite|floor|p\.?\s?o\.?\s?box)\s+[\w-]+)\b"),
        (
            RemovedReason.CONTACT,
            r"^(?-i:[A-Z])[\w.'’ -]{1,40},\s+(?-i:[A-Z]{2})\.?\s+\d{5}(?:-\d{4})?(?:,?\s+U\.?S\.?A?\.?)?$",
        ),
        (
            RemovedReason.SHARE,
            r"^(?:(?:share|tweet|print|pin|email|e-mail|like|facebook|twitter|x|linkedin|whatsapp|telegram|reddit|bluesky|"
            r"mastodon|instagram|youtube|copy link|teilen|partager|compartir)(?:\s+(?:this|on|via|the|page|article|"
            r"story|post|to|a friend|share|facebook|twitter|x|linkedin|whatsapp|email|:))*[\s|/·•,]*){1,8}:?$",
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A page's blocks, sorted into text and what is not; together they are the page."""

    kept: tuple[Block, ...]
    removed: tuple[Removed, ...]


def strip_furniture(blocks: Sequence[Block]) -> Stripped:
    """Take out what one page alone shows to be no text. Blocks that carry a reason already go for that reason."""
    reasons = {index: block.reason for index, block in enumerate(blocks) if block.reason is not None}
    text = [index for index in range(len(blocks)) if index not in reasons]
    reasons.update(_find_repeats(blocks, text))
    text = [index for index in text if index not in reasons]
    reasons.update(_find_trailing(blocks, text))
    text = [index for index in text if index not in reasons]
    reasons.update(_find_leading(blocks, text))
    return Stripped(
        kept=tuple(block for index, block in enumerate(blocks) if index not in reasons),
        removed=tuple(
            Removed(block.text, reasons[index], block.position)
            for index, block in enumerate(blocks)
            if index in reasons
        ),
    )


def find_furniture_reason(text: str) -> RemovedReason | None:
    """Say why a line would be furniture at a page's end; None for a line that says nothing of it."""
    if len(text.split()) > _SHORT:
        return None
    line = " ".join(text.split())
    return next((reason for reason, pattern in _RULES if pattern.search(line)), None)


def _find_repeats(blocks: Sequence[Block], text: list[int]) -> dict[int, RemovedReason]:
    seen: set[str] = set()
    repeats: dict[int, RemovedReason] = {}
    for index in text:
        key = _key(blocks[index])
        if len(key.split()) < _REPEAT:
            continue
        if key in seen:
            repeats[index] = RemovedReason.REPEATED
        seen.add(key)
    return repeats


def _find_trailing(blocks: Sequence[Block], text: list[int]) -> dict[int, RemovedReason]:
    run: list[int] = []  # the short blocks at the end, last one first
    for index in reversed(text):
        if len(blocks[index].text.split()) > _SHORT:
            break
        run.append(index)
    run.reverse()
    times = Counter(_key(blocks[index]) for index in run)
    evidence: list[RemovedReason | None] = []
    for index in run:
        reason = find_furniture_reason(blocks[index].text)
        if reason is None and times[_key(blocks[index])] > 1:
            reason = RemovedReason.REPEATED
        evidence.append(reason)
    remaining = sum(reason is not None for reason in evidence)
    for start, reason in enumerate(evidence):
        if reason is None:
            continue
        if remaining >= _EVIDENCE_SHARE * (len(run) - start):
            return {index: evidence[at] or RemovedReason.TRAILING for at, index in enumerate(run) if at >= start}
        remaining -= 1
    return {}


def _find_leading(blocks: Sequence[Block], text: list[int]) -> dict[int, RemovedReason]:
    found: dict[int, RemovedReason] = {}
    for index in text:
        if len(blocks[index].text.split()) > _SHORT:
            break
        if find_furniture_reason(blocks[index].text) is RemovedReason.SHARE:
            found[index] = RemovedReason.SHARE
    return found


def _key(block: Block) -> str:
    return " ".join(block.text.casefold().split())
