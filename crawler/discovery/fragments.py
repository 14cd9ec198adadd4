"""Answers that are no page: what a listing's "load more" fetches, as JSON that holds HTML or addresses."""

import html
import json
from collections import deque
from collections.abc import Iterator

import lxml.html
from lxml.etree import ParserError
from lxml.html import HtmlElement

_NEXT_KEYS = frozenset(("next", "nexturl", "nextpage", "nextpageurl", "nextlink", "loadmoreurl", "moreurl"))
_ADDRESS_KEYS = frozenset(("url", "link", "href", "permalink", "path"))


def parse_fragment(text: str) -> HtmlElement | None:
    """Make a tree of the HTML in a JSON answer and of the addresses that it states; None where it is no JSON.

    A text under a key such as `next` or `next_url` becomes a link with `rel=next`, one under `url`, `link`,
    `permalink`, `href` or `path` a link; a text with tags in it is taken as HTML.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list):
        return None
    try:
        return lxml.html.document_fromstring(f"<body>{''.join(_find_markup(value))}</body>")
    except (ParserError, ValueError):
        return None


def _find_markup(value: object) -> Iterator[str]:
    waiting: deque[tuple[str, object]] = deque([("", value)])
    while waiting:
        key, one = waiting.popleft()
        if isinstance(one, dict):
            # {"next": {"href": …}}, as JSON:API and HAL write it
            waiting.extend([(key if key in _NEXT_KEYS else _plain(name), part) for name, part in one.items()])
        elif isinstance(one, list):
            waiting.extend([(key, part) for part in one])
        elif isinstance(one, str) and "<" in one and ">" in one:
            yield one
        elif isinstance(one, str) and key in (_NEXT_KEYS | _ADDRESS_KEYS) and ("/" in one or "?" in one):
            rel = ' rel="next"' if key in _NEXT_KEYS else ""
            yield f'<a href="{html.escape(one)}"{rel}></a>'


def _plain(name: object) -> str:
    return str(name).lower().replace("_", "").replace("-", "")
