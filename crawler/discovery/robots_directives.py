"""What a page says to crawlers: the header X-Robots-Tag, and `<meta name="robots">` in its head.

Source: there is no standard; this is what Google documents as "robots meta tag, data-nosnippet, and X-Robots-Tag
specifications", and what Bing calls `nocache`.
"""

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler.discovery.robots import EVERYBODY, find_token

KNOWN = frozenset(
    ("noindex", "nofollow", "noarchive", "nosnippet", "noimageindex", "notranslate", "unavailable_after", "noai")
)
MAX_BYTES = 512 * 1024  # of a page; what stands behind is in nobody's head

_SAME = {"none": ("noindex", "nofollow"), "nocache": ("noarchive",), "noimageai": ("noai",)}
_VALUED = frozenset(("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"))
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_NO_MARKUP = re.compile(rb"<(script|style|template|textarea|title)\b.*?(?:</\1|\Z)", re.DOTALL | re.IGNORECASE)
_META = re.compile(rb"<meta\b([^>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def find_directives(headers: Iterable[str], body: bytes, agent: str, now: datetime) -> frozenset[str]:
    """Give the directives that hold for us, in lower case: those for everybody and those for our product token.

    `none` is `noindex` and `nofollow`; `nocache` is `noarchive`. After the time of `unavailable_after`, `noindex`
    holds. What is not among `KNOWN` is left out.

    Args:
        headers: the values of X-Robots-Tag, each header by itself.
        body: of a page of HTML, without content codings; empty for anything else.
        agent: the user agent, or its product token.
        now: aware.
    """
    token = find_token(agent)
    found: set[str] = set()
    for value in headers:
        found |= _read(value, token, now)
    for name, content in _find_meta(body, token):
        if name in ("robots", token):
            found |= _read(content, token, now, spaced=True)
    return frozenset(found)


def _read(value: str, token: str, now: datetime, *, spaced: bool = False) -> set[str]:
    """Read a list of directives; `somebot: ` before one makes it, and those behind it, somebot's.

    Args:
        value: of a header, or the content of a meta element.
        token: ours.
        now: aware.
        spaced: white space divides words as a comma does.
    """
    found: set[str] = set()
    ours = True
    for part in _divide(value):
        name, colon, rest = (one.strip().lower() for one in part.partition(":"))
        if colon and name not in _VALUED:
            ours = find_token(name) in (token, EVERYBODY)
            name, colon, rest = (one.strip() for one in rest.partition(":"))
        if not ours:
            continue
        for word in name.split() if spaced and not colon else [name]:
            found.update(_SAME.get(word, (word,)))
        if name == "unavailable_after" and _is_past(rest, now):
            found.add("noindex")
    return found & KNOWN


def _divide(value: str) -> Iterator[str]:
    """Divide at commas, but not within a date such as `Wed, 25 Jun 2025 15:00:00 GMT`."""
    date = ""
    for part in value.split(","):
        if date:
            if re.match(r"\s*\d", part):
                yield f"{date},{part}"
                date = ""
                continue
            yield date
            date = ""
        if re.fullmatch(r"(?i).*unavailable_after\s*:\s*[a-z]+\s*", part):
            date = part
        else:
            yield part
    if date:
        yield date


def _is_past(written: str, now: datetime) -> bool:
    """Tell whether a moment has passed: RFC 822, RFC 850 or ISO 8601; one that cannot be read has not."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(written.upper())
        except (ValueError, TypeError):
            continue
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)) < now
    return False


def _find_meta(body: bytes, token: str) -> Iterator[tuple[str, str]]:
    """Give name and content of the meta elements, without those in comments and scripts; a look, not a parse."""
    text = body[:MAX_BYTES]
    for mark, encoding in _MARKS:
        if text.startswith(mark):
            text = text.decode(encoding, "replace").encode("utf-8", "replace")
    lower = text.lower()
    if b"robots" not in lower and (not token or token.encode() not in lower):  # most pages
        return
    for match in _META.finditer(_NO_MARKUP.sub(b"", _COMMENT.sub(b"", text))):
        found: dict[str, str] = {}
        for name, *values in _ATTRIBUTE.findall(match[1].decode("utf-8", "replace")):
            found.setdefault(name.lower(), html.unescape("".join(values)))
        if "name" in found and "content" in found:
            yield found["name"].strip().lower(), found["content"]
