"""robots.txt as RFC 9309 reads it: which rules are ours, and whether they let us have a page.

Scrapy's own choice, Protego, is more generous than the standard, and in ways that let a crawler in where it was kept
out, or the other way round: a group for `Broad` would hold for `Broadside`, `Allow: /index.html` allows `/`, and
`Disallow: /a$` forbids `/a$b` as well. What a crawl may ask for rests on this file, so it is read to the letter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from urllib.parse import urlsplit

MAX_BYTES = 500 * 1024  # section 2.5: at least so much must be read; the rest is not
EVERYBODY = "*"

_LINE_ENDS = re.compile(r"\r\n|\r|\n")  # section 2.2; Python's splitlines knows ten more
_TOKEN = re.compile(r"[A-Za-z_-]+")  # section 2.2.1
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
# RFC 3986, section 2: what may stand in a path without an escape. Escaped or not, it is the same; but not so the
# characters that mean something where they stand bare: / ? * %
_BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()+,;=:@[]")
_SLASH = "%2F"
# Section 2.2.4 lets a crawler read what is misspelled. Whoever writes these means to keep somebody out.
_AGENT = frozenset(("user-agent", "useragent", "user agent"))
_DISALLOW = frozenset(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"))
_ALLOW = frozenset(("allow",))
_DELAY = frozenset(("crawl-delay", "crawl delay"))
_SITEMAP = frozenset(("sitemap", "sitemaps", "site-map"))


@dataclass(frozen=True, slots=True)
class Rule:
    """A path pattern, spelled as paths are compared."""

    allows: bool
    parts: tuple[str, ...]  # what stands between the wildcards
    anchored: bool  # it ends where the path ends
    octets: int  # of the pattern: the longest match is the most specific

    def matches(self, path: str) -> bool:
        """Tell whether a path, spelled as `spell_path` does, begins as the pattern says."""
        return _match(self.parts, self.anchored, path) or (
            # A slash that is escaped in a query is a slash; where the pattern does not say where the query begins, what
            # follows a wildcard may stand in it.
            len(self.parts) > 1
            and any(_SLASH in part for part in self.parts[1:])
            and _match((self.parts[0], *(part.replace(_SLASH, "/") for part in self.parts[1:])), self.anchored, path)
        )


@dataclass(slots=True)
class Group:
    """The rules for one product token, from wherever in the file they stand."""

    rules: list[Rule] = field(default_factory=list)
    crawl_delay: float | None = None  # seconds; no part of the standard

    def allows(self, path: str) -> bool:
        """Tell whether a path may be asked for: the longest rule decides, and of two equal ones the one that allows."""
        found = max(
            ((rule.octets, rule.allows) for rule in self.rules if rule.matches(path)),
            default=(0, True),
        )
        return found[1]


@dataclass(frozen=True, slots=True)
class Robots:
    """A robots.txt."""

    groups: dict[str, Group]  # by product token, in lower case
    sitemaps: tuple[str, ...]  # as they are written

    def find_group(self, token: str) -> Group | None:
        """Give the rules for a product token, else those for everybody; None where there are none (section 2.2.1)."""
        return self.groups.get(token.lower()) or self.groups.get(EVERYBODY)

    def allows(self, url: str, token: str) -> bool:
        """Tell whether a URL may be asked for; /robots.txt itself always (section 2.2.2)."""
        path = spell_path(url)
        if path == "/robots.txt":
            return True
        group = self.find_group(token)
        return group is None or group.allows(path)

    def crawl_delay(self, token: str) -> float | None:
        """Give the seconds that are asked for between a request and the next."""
        group = self.find_group(token)
        return None if group is None else group.crawl_delay


def find_token(user_agent: str) -> str:
    """Give the product token that a user agent begins with, in lower case; `*` for everybody, "" for none."""
    value = user_agent.strip()
    if value == EVERYBODY or re.match(r"\*\s", value):
        return EVERYBODY
    found = _TOKEN.match(value)
    return found[0].lower() if found else ""


def parse_robots(body: bytes) -> Robots:
    """Read a robots.txt; whatever it is, for lines that are none of the standard's are passed over.

    So an HTML page in its place holds no rules. Bytes that are no UTF-8 are compared as they are, percent-encoded.

    Source: RFC 9309, section 2.2.
    """
    groups: dict[str, Group] = {}
    sitemaps: list[str] = []
    current: list[Group] = []  # of the group that is being read
    in_rules = False  # the next User-agent begins another group
    for name, value in _read_lines(body):
        if name in _AGENT:
            if in_rules:
                current, in_rules = [], False
            token = find_token(value)
            if token:
                current.append(groups.setdefault(token, Group()))
        elif name in _ALLOW or name in _DISALLOW:
            in_rules = True
            rule = parse_rule(value, allows=name in _ALLOW)
            if rule is not None:
                for group in current:
                    group.rules.append(rule)
        elif name in _DELAY:
            delay = _parse_delay(value)
            if delay is not None:
                for group in current:
                    group.crawl_delay = delay
        elif name in _SITEMAP and value:
            sitemaps.append(value)
    return Robots(groups, tuple(sitemaps))


def parse_rule(pattern: str, *, allows: bool) -> Rule | None:
    """Read a path pattern; None where it is empty. `*` stands for anything, `$` at the end for the end.

    Source: RFC 9309, section 2.2.3.
    """
    if not pattern:
        return None
    anchored = pattern.endswith("$")
    bare = pattern[:-1] if anchored else pattern
    parts = tuple(_spell_parts(re.sub(r"\*+", "*", bare).split("*")))
    return Rule(allows, parts, anchored, sum(map(len, parts)) + len(parts) - 1 + anchored)


def spell_path(url: str) -> str:
    """Give path and query of a URL in the one spelling in which they are compared (section 2.2.2).

    Octets that need no escape stand bare, escaped or not, and all others as %XX in upper case. A slash and an escaped
    slash are two things in a path and one in a query.
    """
    parts = urlsplit(url.partition("#")[0])
    path = parts.path or "/"
    whole = f"{path}?{parts.query}" if "?" in url.partition("#")[0] else path
    return "".join(_spell_parts([whole]))


def _spell_parts(parts: Sequence[str]) -> list[str]:
    """Spell what stands between wildcards; from the first question mark on it is a query."""
    spelled = []
    in_query = False
    for part in parts:
        path, mark, query = ("", "", part) if in_query else part.partition("?")
        in_query = in_query or bool(mark)
        spelled.append(_spell(path) + mark + _spell(query).replace(_SLASH, "/"))
    return spelled


def _spell(text: str) -> str:
    if text.isascii() and text.replace("/", "").isalnum():
        return text
    octets = re.split(_ESCAPED, text)  # text and the digits of escapes by turns
    return "".join(
        _spell_octets(bytes.fromhex(one), b"") if number % 2 else _spell_octets(one.encode("utf-8", "surrogateescape"))
        for number, one in enumerate(octets)
    )


def _spell_octets(octets: bytes, kept: bytes = b"/") -> str:
    return "".join(chr(one) if one in _BARE or one in kept else f"%{one:02X}" for one in octets)


def _match(parts: tuple[str, ...], anchored: bool, path: str) -> bool:
    """Look for the parts one after another, the first at the beginning: no pattern takes long, whatever it is."""
    first, *others = parts
    if not path.startswith(first):
        return False
    if not others:
        return not anchored or path == first
    at = len(first)
    for part in others[:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    last = others[-1]
    if anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0


def _read_lines(body: bytes) -> list[tuple[str, str]]:
    """Give the lines that are name and value, without comments; a line that the limit cuts in two is left out."""
    cut = len(body) > MAX_BYTES
    text = body[:MAX_BYTES].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    lines = _LINE_ENDS.split(text)
    found = []
    for line in lines[:-1] if cut else lines:
        bare = line.partition("#")[0].strip(" \t\0")
        name, colon, value = bare.partition(":")
        if not colon:  # `Disallow /private`: as everybody else reads it
            name, _, value = bare.partition(" ")
        name = " ".join(name.lower().split())
        found.append((name, value.strip()))
    return found


def _parse_delay(value: str) -> float | None:
    try:
        delay = float(value)
    except ValueError:
        return None
    return delay if isfinite(delay) and delay >= 0 else None
