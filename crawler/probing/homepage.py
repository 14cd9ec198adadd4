"""What a homepage says of its site: its name and its languages."""

import json
import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.extraction.metadata import split_title

_HOME_TITLES = frozenset("home homepage inicio accueil startseite welcome start главная início hem front".split())
_NAMED_TYPES = ("Organization", "NGO", "WebSite")


def find_name(tree: HtmlElement) -> str | None:
    """Find what a homepage calls its site: og:site_name, its JSON-LD, else the part of its title that is no "Home"."""
    for meta in tree.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").strip().lower() == "og:site_name":
            name = " ".join((meta.get("content") or "").split())
            if name:
                return name
    for name in _find_linked_names(tree):
        return name
    title = tree.find(".//title")
    parts = split_title(" ".join(title.text_content().split())) if title is not None else []
    return next((part.strip() for part in parts if part.strip().lower() not in _HOME_TITLES), None)


def _find_linked_names(tree: HtmlElement) -> Iterator[str]:
    """Yield the names of organizations and sites in JSON-LD."""
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json" or not script.text:
            continue
        try:
            pending = [json.loads(script.text, strict=False)]
        except (ValueError, RecursionError):
            continue
        while pending:
            one = pending.pop(0)
            if isinstance(one, list):
                pending += one
            elif isinstance(one, dict):
                name = one.get("name")
                if (
                    isinstance(name, str)
                    and name.strip()
                    and any(kind in str(one.get("@type")) for kind in _NAMED_TYPES)
                ):
                    yield " ".join(name.split())
                pending.append(one.get("@graph"))


def find_languages(tree: HtmlElement) -> tuple[str, ...]:
    """List a page's language and those of its translations, as primary subtags (BCP 47)."""
    links = (link for link in tree.iter("link", "a") if "alternate" in (link.get("rel") or "").lower().split())
    tags = [tree.get("lang") or tree.get("xml:lang") or "", *(link.get("hreflang") or "" for link in links)]
    primary = (re.split("[-_]", tag.strip().lower())[0] for tag in tags)
    return tuple(dict.fromkeys(tag for tag in primary if re.fullmatch("[a-z]{2,3}", tag)))
