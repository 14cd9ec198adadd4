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
import unicodedata
from dataclasses import dataclass
from urllib.parse import urljoin

from crawler.extraction.blocks import clean_text
from items import Block, BlockKind, Link, RemovedReason

_URL_LINE = re.compile(r"^<(?P<bracketed>[a-z][a-z0-9+.-]*://[^<>\s]+)>$|^(?P<bare>https?://\S+)$", re.IGNORECASE)
_MAX_HEADER_LINE = 200  # characters of an organization's name, a topic or a document type
_MAX_HEADER_LINES = 8  # non-blank lines down to the URL
_INLINE_LINK = re.compile(
    r"!?\[((?:[^\[\]\n]|\[[^\[\]\n]*\]){0,500})\]\((?:<([^<>\n]*)>|([^()\s]*))(?:\s+\"[^\"\n]*\")?\)"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_ATX_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_LIST_ITEM = re.compile(r"^(\s*)(?:[-*+•]|\d{1,3}[.)])\s+(.*)$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)(.{1,400}?)(?<=\S)\1(?![\w*])")
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
            if not before:
                return None
            kind, end = _find_document_type(lines, number + 1)
            url = match["bracketed"] or match["bare"]
            return CodedHeader(before[0], tuple(before[1:]), url, kind, end)
        if len(stripped) > _MAX_HEADER_LINE or len(before) >= _MAX_HEADER_LINES:
            return None
        before.append(stripped)
    return None


def _find_document_type(lines: list[str], start: int) -> tuple[str | None, int]:
    """Take the line after the URL as the document type where it stands alone and something follows it."""
    for number in range(start, len(lines)):
        stripped = clean_text(lines[number])
        if not stripped:
            continue
        alone = number + 1 == len(lines) or not lines[number + 1].strip()
        if len(stripped) > _MAX_HEADER_LINE or stripped.endswith((".", "?", "!")) or not alone:
            break
        return stripped, number + 1
    return None, start


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

    def end_prose() -> None:
        if prose:
            blocks.append(_block(" ".join(prose), BlockKind.PARAGRAPH, path, position + len(blocks), 0, base_url))
            prose.clear()

    apart = len(lines) > 1 and max(map(len, lines)) <= _SHORT_LINE
    for line in lines:
        heading = _ATX_HEADING.match(line.strip())
        item = _LIST_ITEM.match(line)
        at = position + len(blocks)
        if heading is not None:
            end_prose()
            blocks.append(_block(heading[2], BlockKind.HEADING, path, at, len(heading[1]), base_url))
        elif item is not None:
            end_prose()
            level = 1 + len(item[1].expandtabs(4)) // 2
            blocks.append(_block(item[2], BlockKind.LIST_ITEM, path, position + len(blocks), level, base_url))
        elif apart:
            blocks.append(_block(line, BlockKind.LINE, path, at, 0, base_url))
        else:
            prose.append(line)
    end_prose()
    return [block for block in blocks if block.text]


def _block(source: str, kind: BlockKind, path: str, position: int, level: int, base_url: str | None) -> Block:
    links: list[Link] = []

    def link_words(match: re.Match[str]) -> str:
        target = match[2] if match[2] is not None else match[3]
        if target and not target.startswith("#") and match[1] and not match[0].startswith("!"):
            links.append(Link(clean_text(match[1]), _resolve(base_url, target)))
        return match[1]

    def without_dead_link(match: re.Match[str]) -> str:
        target = match[2] if match[2] is not None else match[3]
        return match[0] if target and not target.startswith("#") else match[1]

    markdown = unicodedata.normalize("NFC", clean_text(_INLINE_LINK.sub(without_dead_link, source)))
    plain = _AUTOLINK.sub(r"\1", _INLINE_LINK.sub(link_words, source))
    text = clean_text(_EMPHASIS.sub(r"\2", plain))
    if kind is BlockKind.HEADING:
        markdown = f"{'#' * level} {markdown}"
    elif kind is BlockKind.LIST_ITEM:
        markdown = f"{'  ' * (level - 1)}- {markdown}"
    elif kind is BlockKind.LINE:
        markdown += "  "  # a line break in Markdown
    return Block(text, markdown, kind, path, position, level, tuple(links))


def _resolve(base_url: str | None, target: str) -> str:
    if base_url is None:
        return target
    try:
        return urljoin(base_url, target)
    except ValueError:
        return target
