"""Read the sample's content: TOML files → documents with their blocks.

Inside a paragraph `*words*` is emphasis, `**words**` is strong and `[words](address)` is a link. A block that is not
a paragraph is an inline table with one key: `heading`, `list` (an array after an item is nested in it), `table` (the
first row is its head), `quote` (its paragraphs) or `pre`.
"""

import html
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

DOCUMENT_FILES = ("press.toml", "news.toml", "reports.toml", "archive.toml", "pages.toml")

_MARKUP = (
    (re.compile(r"\[([^\]]+)\]\(([^)]+)\)"), r'<a href="\2">\1</a>', r"\1"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>", r"\1"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>", r"\1"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text: `html` for the page (of a paragraph or heading only the inside), `text` for the gold."""

    kind: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class DateMarks:
    """What the date is, and in which places the page says it. A dateline is simply part of the first paragraph."""

    published: str | None = None  # EDTF: the gold
    precision: str | None = None
    shown: str | None = None  # the words above the text
    time: str | None = None  # the datetime attribute of a <time> around those words
    meta: str | None = None  # article:published_time
    modified: str | None = None  # article:modified_time
    json_ld: str | None = None  # datePublished


@dataclass(frozen=True, slots=True)
class Document:
    """One page that has text of its own."""

    path: str
    title: str
    blocks: tuple[Block, ...]
    layout: str = "modern"  # or "archive"
    outcome: str = "recorded"
    status: int = 200
    document_type: str | None = None
    language: str = "en"
    authors: tuple[str, ...] = ()
    byline: str | None = None  # the authors as the page names them
    tags: tuple[str, ...] = ()
    date: DateMarks = DateMarks()
    about: str | None = None  # which edition of the about paragraph closes the page
    contact: tuple[str, ...] = ()  # the lines of the press contact block
    contact_in_body: bool = False  # at the end of the text, as editors paste it, not in a field of its own
    in_sitemap: bool = False
    in_feed: bool = False
    listing_page: int | None = None
    canonical: bool = True
    two_documents: bool = False  # a first, empty <html> document stands before the real one
    charset_stated: bool = True
    line_breaks: bool = False  # paragraphs are set apart by <br><br> instead of <p>


def read_text(name: str) -> str:
    """The text of a content file, also from inside an egg."""
    return (resources.files(__package__) / "content" / name).read_text(encoding="utf-8")


def read_toml(name: str) -> dict[str, Any]:
    """A TOML content file."""
    return tomllib.loads(read_text(name))


def load_documents() -> tuple[Document, ...]:
    """All documents, in the order of the files."""
    return tuple(parse_document(entry) for name in DOCUMENT_FILES for entry in read_toml(name)["document"])


def parse_document(entry: Mapping[str, Any]) -> Document:
    """One `[[document]]` table; an unknown key is a TypeError."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    values["blocks"] = tuple(parse_block(block) for block in entry["blocks"])
    values["date"] = DateMarks(**entry.get("date", {}))
    return Document(**values)


def parse_block(block: str | Mapping[str, Any]) -> Block:
    """A string is a paragraph, a table names its kind."""
    if isinstance(block, str):
        return Block("paragraph", to_html(block), to_text(block))
    ((kind, value),) = block.items()
    return _BLOCKS[kind](value)


def to_html(markup: str) -> str:
    """Inline markup → HTML."""
    result = html.escape(markup, quote=False).replace("\u00a0", "&nbsp;")
    for pattern, as_html, _ in _MARKUP:
        result = pattern.sub(as_html, result)
    return result


def to_text(markup: str) -> str:
    """Inline markup → plain text, NFC, white space collapsed."""
    result = markup
    for pattern, _, as_text in _MARKUP:
        result = pattern.sub(as_text, result)
    return unicodedata.normalize("NFC", " ".join(result.split()))


def _heading(words: str) -> Block:
    return Block("heading", to_html(words), to_text(words))


def _list(items: list[Any]) -> Block:
    return Block("list", _list_html(items), "\n".join(_list_lines(items)))


def _list_html(items: list[Any]) -> str:
    parts: list[str] = []
    for item in items:
        if isinstance(item, list):
            parts.append(parts.pop().removesuffix("</li>") + "\n" + _list_html(item) + "\n</li>")
        else:
            parts.append(f"<li>{to_html(item)}</li>")
    return "<ul>\n" + "\n".join(parts) + "\n</ul>"


def _list_lines(items: list[Any]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines.extend(_list_lines(item) if isinstance(item, list) else [to_text(item)])
    return lines


def _table(rows: list[list[str]]) -> Block:
    parts: list[str] = []
    for number, row in enumerate(rows):
        tag = "th" if number == 0 else "td"
        parts.append("<tr>" + "".join(f"<{tag}>{to_html(cell)}</{tag}>" for cell in row) + "</tr>")
    text = "\n".join(" | ".join(to_text(cell) for cell in row) for row in rows)
    return Block("table", '<table border="1">\n' + "\n".join(parts) + "\n</table>", text)


def _quote(paragraphs: list[str]) -> Block:
    inside = "\n".join(f"<p>{to_html(words)}</p>" for words in paragraphs)
    return Block("quote", f"<blockquote>\n{inside}\n</blockquote>", "\n\n".join(map(to_text, paragraphs)))


def _pre(lines: str) -> Block:
    return Block("pre", f"<pre>\n{html.escape(lines.strip(), quote=False)}\n</pre>", lines.strip())


_BLOCKS: dict[str, Callable[[Any], Block]] = {
    "heading": _heading,
    "list": _list,
    "table": _table,
    "quote": _quote,
    "pre": _pre,
}
