"""The targets of links, as absolute URLs."""

import re
from functools import lru_cache
from urllib.parse import urljoin

from crawler.extraction.caching import MAX_TEXT

# What `urljoin` gives back as it is, or puts behind the site: most links, at a tenth of the time.
_PATH = r"/(?!/)[A-Za-z0-9/_.~%+=,!*'()@:$-]*(?:\?[A-Za-z0-9/_.~%+=&,!*'()@:$-]+)?(?:#[A-Za-z0-9_-]+)?"
_SITE = re.compile(r"https?://[A-Za-z0-9.:-]+")
_PLAIN_PATH = re.compile(_PATH)
_PLAIN_URL = re.compile(rf"https?://[A-Za-z0-9.-]+{_PATH}")


def find_plain_site(site: str) -> str:
    """Give a page's scheme and host where a path can be put behind them as it is; the empty string elsewhere."""
    return site if _SITE.fullmatch(site) else ""


def resolve_link(href: str, base_url: str | None, site: str) -> str:
    """Make a link's target absolute; the empty string for what leads to no other document.

    Args:
        href: the target as written.
        base_url: what it is resolved against; None leaves it as it stands.
        site: the page's scheme and host (`find_plain_site`).
    """
    target = href.strip()
    if base_url is not None and _PLAIN_URL.fullmatch(target):
        return target
    if site and _PLAIN_PATH.fullmatch(target) and "/." not in target:
        return f"{site}{target}"
    if target.startswith("#") or target.lower().startswith("javascript:"):
        return ""
    if base_url is None:
        return target
    join = _join if len(target) <= MAX_TEXT else _join.__wrapped__
    return join(base_url, target)


@lru_cache(maxsize=1024)
def _join(base_url: str, target: str) -> str:
    try:
        return urljoin(base_url, target)
    except ValueError:  # "http://[broken": the link's words are text all the same
        return ""
