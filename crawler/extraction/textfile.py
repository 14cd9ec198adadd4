"""Plain text and Markdown files to blocks, and the header of coded text files.

A coded text file names its source in its first lines, each set off by blank lines or not: the organization, any number
of topics, the URL, and the document type. The URL, alone on its line and usually in angle brackets, is what tells the
header from writing:

    Center for Examples

    Water & Sanitation

    <https://example.org/statement>

    Public Statement

    March, 27, 2015 - Today ...
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import urljoin

from crawler.extraction.dates import parse_date
from crawler.extraction.spacing import clean_text
from items import Block, BlockKind, Link, RemovedReason

_URL_LINE = re.compile(r"^<(?P<bracketed>[a-z][a-z0-9+.-]*://[^<>\s]+)>$|^(?P<bare>https?://\S+)$", re.IGNORECASE)
_MAX_HEADER_LINE = 200  # characters of an organization's name, a topic or a document type
_MAX_HEADER_LINES = 8  # non-blank lines down to the URL
_SENTENCE_END = re.compile(r"[a-z]{3}[.?!][\"”’)]?\s+[A-Z]")
_MAX_NAME_WORDS = 6  # of a line that ends with a full stop: "Example Watch Inc." is a name, a longer one a sentence
# Innermost links first, so that a linked image goes in two steps. The target: in angle brackets, or with balanced
# parentheses, or, as broken converters write it, with spaces.
_INLINE_LINK = re.compile(
    r"(!?)\[((?:[^\[\]\\\n]|\\.|\[(?:[^\[\]\\\n]|\\.)*\](?!\()){0,500})\]"
    r"\(\s*(?:<([^<>\n]*)>|((?:[^()\s]|\([^()\s]*\)){0,2000})|([^()\n]{0,2000}?))"
    r"(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?\s*\)"
)
_MAX_NESTED = 4  # a linked image in a linked image is none
_ESCAPED = re.compile(r"\\([\[\]])")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_ATX_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_LIST_ITEM = re.compile(r"^(\s*)([-*+•]|\d{1,3}[.)])\s+(.*)$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)(.{1,400}?)(?<=\S)\1(?![\w*])")
_INTERRUPTING = frozenset(("1.", "1)", *"-*+•"))  # marks that begin a list in the midst of a paragraph (CommonMark)
_MARK_OF_TEXT = re.compile(r"\w")
_SHORT_LINE = 60  # characters; a paragraph of shorter lines is an address or a list, not wrapped prose


@dataclass(frozen=True, slots=True)
class CodedHeader:
    """The fields in the first lines of a coded text file."""

    organization: str
    topics: tuple[str, ...]
    url: str
    document_type: str | None
    lines: int  # how many lines of the file the header takes


def find_coded_header(text: str) -> CodedHeader | None:
    """Read the header of a coded text file; None where the text has none."""
    before: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        stripped = clean_text(line)
        if not stripped:
            continue
        match = _URL_LINE.match(stripped)
        if match is not None:
            if not before or not _is_header(before, lines[number + 1 :]):
                return None
            kind, end = _find_document_type(lines, number + 1)
            url = match["bracketed"] or match["bare"]
            return CodedHeader(before[0], tuple(before[1:]), url, kind, end)
        if len(stripped) > _MAX_HEADER_LINE or len(before) >= _MAX_HEADER_LINES:
            return None
        before.append(stripped)
    return None


def _is_header(before: Sequence[str], after: Sequence[str]) -> bool:
    """Tell names, topics and a URL from prose that has a URL on a line of its own."""
    if before[-1].endswith((":", ",", ";")) or (after and after[0].strip()[:1].islower()):
        return False
    return not any(
        _SENTENCE_END.search(line) or (line.endswith((".", "?", "!")) and len(line.split()) > _MAX_NAME_WORDS)
        for line in before
    )


def _find_document_type(lines: list[str], start: int) -> tuple[str | None, int]:
    """Take the line after the URL as the document type where it stands alone, unless it is a date."""
    for number in range(start, len(lines)):
        stripped = clean_text(lines[number])
        if not stripped:
            continue
        if len(stripped) > _MAX_HEADER_LINE or stripped.endswith((".", "?", "!")) or _is_date(stripped):
            break
        if not _stands_alone(stripped, lines[number + 1 :]):
            break
        return stripped, number + 1
    return None, start


def _stands_alone(line: str, below: Sequence[str]) -> bool:
    """Tell whether a blank line follows, or a paragraph whose first word would have had room on this line."""
    paragraph = list(takewhile(str.strip, below))
    if not paragraph:
        return True
    width = max(len(one.rstrip()) for one in paragraph)
    return width > _SHORT_LINE and len(line) + 1 + len(paragraph[0].split()[0]) < width


def _is_date(line: str) -> bool:
    return parse_date(line).raw == line.strip(" .,")


def find_text_blocks(text: str, header_lines: int = 0, base_url: str | None = None) -> tuple[Block, ...]:
    """Split a plain text or Markdown file into blocks.

    Paragraphs end at blank lines. A paragraph of short lines keeps them apart, one block a line; wrapped prose is one
    block. The words of Markdown links stay, their syntax goes. The header's lines come first, marked as fields.

    Args:
        text: the whole file.
        header_lines: how many of its lines are a coded header.
        base_url: what relative links are resolved against.
    """
    lines = text.splitlines()
    blocks: list[Block] = []
    for line in lines[:header_lines]:
        stripped = clean_text(line)
        if stripped:
            position = len(blocks)
            blocks.append(
                Block(stripped, stripped, BlockKind.LINE, "text/header", position, reason=RemovedReason.HEADER_FIELD)
            )
    paragraph: list[str] = []
    number = 0
    for line in [*lines[header_lines:], ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            blocks += _paragraph_blocks(paragraph, f"text/p[{number}]", len(blocks), base_url)
            number += 1
            paragraph = []
    return tuple(blocks)


def _paragraph_blocks(lines: list[str], path: str, position: int, base_url: str | None) -> list[Block]:
    blocks: list[Block] = []
    prose: list[str] = []
    kind, level = BlockKind.PARAGRAPH, 0  # of `prose`

    def end_prose() -> None:
        nonlocal kind, level
        if prose:
            block = _block(" ".join(prose), kind, path, position + len(blocks), level, base_url)
            if block.text:
                blocks.append(block)
            prose.clear()
        kind, level = BlockKind.PARAGRAPH, 0

    apart = len(lines) > 1 and max(map(len, lines)) <= _SHORT_LINE
    for line in lines:
        heading = _ATX_HEADING.match(line.strip())
        item = _LIST_ITEM.match(line)
        if item is not None and kind is BlockKind.PARAGRAPH and prose and item[2] not in _INTERRUPTING:
            item = None  # a year or a page number that begins a wrapped line
        if heading is not None:
            end_prose()
            prose, kind, level = [heading[2]], BlockKind.HEADING, len(heading[1])
            end_prose()
        elif item is not None:
            end_prose()
            prose, kind, level = [item[3]], BlockKind.LIST_ITEM, 1 + len(item[1].expandtabs(4)) // 2
        elif apart and not (prose and line[:1].isspace()):
            end_prose()
            prose, kind = [line], BlockKind.LINE
            end_prose()
        else:
            prose.append(line)  # a list item's lines as well
    end_prose()
    return blocks


def _block(source: str, kind: BlockKind, path: str, position: int, level: int, base_url: str | None) -> Block:
    links: list[Link] = []
    plain = source
    for _ in range(_MAX_NESTED):
        links += _find_links(plain, base_url)
        plain, found = _INLINE_LINK.subn(_words, plain)
        if not found:
            break
    markdown = clean_text(_INLINE_LINK.sub(_without_dead_link, source))
    text = clean_text(_EMPHASIS.sub(_without_marks, _AUTOLINK.sub(r"\1", _ESCAPED.sub(r"\1", plain))))
    if kind is BlockKind.HEADING:
        markdown = f"{'#' * level} {markdown}"
    elif kind is BlockKind.LIST_ITEM:
        markdown = f"{'  ' * (level - 1)}- {markdown}"
    elif kind is BlockKind.LINE:
        markdown += "  "  # a line break in Markdown
    return Block(text, markdown, kind, path, position, level, tuple(links))


def _find_links(source: str, base_url: str | None) -> list[Link]:
    links: list[Link] = []
    for match in _INLINE_LINK.finditer(source):
        words, target = clean_text(_ESCAPED.sub(r"\1", _words(match))), _target(match)
        if words and target and not target.startswith("#") and not match[1]:
            links.append(Link(words, _resolve(base_url, target)))
    return links


def _target(match: re.Match[str]) -> str:
    return next((group for group in match.group(3, 4, 5) if group is not None), "").strip()


def _words(match: re.Match[str]) -> str:
    return match[2]


def _without_marks(match: re.Match[str]) -> str:
    return match[2] if _MARK_OF_TEXT.search(match[2]) else match[0]


def _without_dead_link(match: re.Match[str]) -> str:
    target = _target(match)
    return match[0] if target and not target.startswith("#") else match[2]


def _resolve(base_url: str | None, target: str) -> str:
    if base_url is None:
        return target
    try:
        return urljoin(base_url, target)
    except ValueError:
        return target
