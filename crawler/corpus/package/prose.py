"""Words of others inside our own: cells of Markdown tables, strings of YAML, and blanks for a person to fill in.

Names and titles come from pages and may hold anything: a line break, a bar, markup, a character that turns the
direction of writing. Here they become one line that says what they are and does nothing.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

BLANK = "[TO BE FILLED IN"  # how a blank begins; `scrapy verify` counts them
# What the Unicode categories Cc, Cf, Cs, Co, Cn, Zl and Zp hold: no letters, and unseen at that.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
_BEGINNING = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|$)")  # what would make a list or a heading of a paragraph
_LONGEST_CELL = 200  # characters


def make_blank(question: str) -> str:
    """Mark a place that only a person can fill in; the question must hold no bracket."""
    return f"{BLANK}: {question}]"


def count_blanks(text: str) -> int:
    """Count the places that are still to be filled in."""
    return text.count(BLANK)


def make_plain(words: object) -> str:
    """Make something one line of visible characters: white space is one space, and what is unseen is left out.

    Controls, marks for the direction of writing and half surrogate pairs are unseen; NFC is kept.
    """
    text = str(words)
    for character in set(text):
        if character.isspace():
            text = text.replace(character, " ")
        elif unicodedata.category(character) in _UNSEEN:
            text = text.replace(character, "")
    return " ".join(text.split())


def to_markdown(words: object) -> str:
    """Write something of others as plain text of Markdown, in one line, so that no part of it is markup."""
    text = make_plain(words)
    if len(text) > _LONGEST_CELL:
        text = f"{text[: _LONGEST_CELL - 1]}…"
    return _BEGINNING.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text))


def to_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Iterable[int] = ()) -> str:
    """Write a Markdown table.

    Args:
        head: names of the columns, ours.
        rows: cells; whole numbers get commas, texts are taken for words of others.
        numbers: the columns that are aligned to the right, from 0.
    """
    right = set(numbers)
    lines = [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---:' if place in right else '---' for place in range(len(head)))} |",
    ]
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else to_markdown(cell) for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def to_yaml(words: str) -> str:
    """Write a text as a double-quoted string of YAML 1.2 (section 5.7), in which all unseen characters are escaped."""
    written = json.dumps(words.encode("utf-8", "replace").decode("utf-8"), ensure_ascii=False)
    return "".join(_escape(character) if _needs_escape(character) else character for character in written)


def _needs_escape(character: str) -> bool:
    return character != " " and (character.isspace() or unicodedata.category(character) in _UNSEEN)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def to_json(value: object) -> str:
    """Write JSON to be read by people: two spaces, keys in their order, no character that may end a line."""
    written = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    for character in ("\u2028", "\u2029", "\x85"):
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def to_path(path: str) -> str:
    """Write a path of the package as a relative URL."""
    return quote(path, safe="/")
