"""Pieces of a page for a browser: whatever is not marked as HTML is escaped, and what others wrote cannot steer a page.

Control characters, signs that turn the direction of what follows, and halves of surrogate pairs are shown as U+FFFD.
What others wrote stands in elements of its own, so that its direction is its own as well.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlsplit

_LONGEST_LINK = 500  # characters; a longer address is shown and leads nowhere
_STEERING = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters; tab and the ends of lines are space
    "\u202a-\u202e\u2066-\u2069\u206a-\u206f"  # embeddings, overrides and isolates; an isolate could be closed by one
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"  # annotations, and what is no character
    "\ud800-\udfff]"  # UTF-8 has no bytes for them
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_LINK = re.compile(r"https?://[\x21\x23-\x3b\x3d\x3f-\x5b\x5d-\x7e\xa0-\U0010ffff]+", re.IGNORECASE)


class Html(str):
    """A piece of HTML, made here; any other text is escaped where it is put on a page."""

    __slots__ = ()


def join(parts: Iterable[Html], between: str = "") -> Html:
    """Put pieces one behind the other."""
    return Html(between.join(parts))


def clean_text(text: str) -> str:
    """Take out of a text what would steer what stands around it; its lines end with line feeds."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\n", text))


def write(text: str) -> Html:
    """Put a text on a page; HTML goes as it is."""
    return text if isinstance(text, Html) else Html(escape(clean_text(text), quote=False))


def quote(text: str) -> str:
    """Write a text as the value of an attribute, on one line."""
    return escape(" ".join(clean_text(text).split()), quote=True)


def shorten(text: str, limit: int) -> str:
    """Give a text on one line, of a number of characters at most."""
    line = " ".join(clean_text(text[: 4 * limit]).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else f"{line[: limit - 1].rstrip()}…"


def isolate(text: str, limit: int = 300) -> Html:
    """Put what others wrote into a line, with a direction of its own."""
    return Html(f"<bdi>{write(shorten(text, limit))}</bdi>")


def link(url: str, limit: int = 160) -> Html:
    """Show an address, as a link where it is one of the web."""
    shown = isolate(url, limit)
    if len(url) > _LONGEST_LINK or not _LINK.fullmatch(url) or clean_text(url) != url or not _has_host(url):
        return Html(f'<span class="url">{shown}</span>')
    return Html(f'<a class="url" href="{quote(url)}" rel="noopener noreferrer">{shown}</a>')


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def count(number: int, noun: str, plural: str = "") -> str:
    """Write a number with what it counts."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def share(part: int, whole: int) -> str:
    """Write a part of a whole in per cent; what is not nothing, or not all, is never rounded to that."""
    if whole == 0:
        return "–"
    rounded = round(100 * part / whole)
    if rounded == 0 and part:
        return "< 1 %"
    if rounded == 100 and part < whole:
        return "> 99 %"
    return f"{rounded} %"


def region(label: str, inside: Html, name: str = "scroll") -> Html:
    """Make a part of the page that scrolls by itself, also by keyboard."""
    return Html(f'<div class="{name}" role="region" aria-label="{quote(label)}" tabindex="0">{inside}</div>')


def fold(summary: str, inside: Html, *, is_open: bool = False) -> Html:
    """Make a part of the page that is shown when it is asked for."""
    return Html(f"<details{' open' if is_open else ''}><summary>{write(summary)}</summary>{inside}</details>")


def paragraph(*sentences: str, name: str = "") -> Html:
    """Make a paragraph."""
    said = " ".join(write(one) for one in sentences if one)
    return Html(f"<p{f' class={name}' if name else ''}>{said}</p>") if said else Html("")


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """List names with what they stand for."""
    return Html(f"<dl>{''.join(f'<dt>{write(name)}</dt><dd>{write(value)}</dd>' for name, value in pairs)}</dl>")


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], kinds: str, total: Sequence[str] = ()
) -> Html:
    """Make a table in a region of its own, which scrolls where the page is narrow.

    Args:
        caption: what it shows.
        head: the names of the columns; that of bars needs none.
        rows: the cells; the first of each row is its head.
        kinds: a letter for each column: `t` text, `w` long text, `d` a date, `n` number, `b` bar.
        total: a last row.
    """
    names = {"t": "", "w": ' class="w"', "d": ' class="d"', "n": ' class="n"', "b": ' class="b"'}
    classes = [names[kind] for kind in kinds]
    columns = "".join(
        f'<th scope="col"{one}>{write(cell)}</th>' if cell else f"<td{one}></td>"
        for cell, one in zip(head, classes, strict=True)
    )
    body = "".join(_make_row(row, classes) for row in rows)
    foot = f"<tfoot>{_make_row(total, classes)}</tfoot>" if total else ""
    return region(
        caption,
        Html(
            f"<table><caption><span>{write(caption)}</span></caption><thead><tr>{columns}</tr></thead>"
            f"<tbody>{body}</tbody>{foot}</table>"
        ),
    )


def _make_row(row: Sequence[str], classes: Sequence[str]) -> str:
    first, *others = (f"{one}>{write(cell)}" for cell, one in zip(row, classes, strict=True))
    return f'<tr><th scope="row"{first}</th>{"".join(f"<td{cell}</td>" for cell in others)}</tr>\n'
