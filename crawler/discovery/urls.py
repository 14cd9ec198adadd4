"""URLs: one spelling for each page, and whether a page belongs to the crawl.

Nothing here raises on a bad URL. What is no http(s) URL with a host comes back unchanged from `normalize_url`, has no
`hostname`, and is out of scope by the rule "scheme" or "host".
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

DEFAULT_PORTS = {"http": 80, "https": 443}

TRACKING_PREFIXES = ("utm_", "mtm_")  # Google Analytics, Matomo
# A closed list: each name says where a reader came from and never which page is shown. Names that some sites use for
# content (ref, source, id, sid, campaign) are left alone.
TRACKING_PARAMETERS = frozenset(
    {
        # advertising clicks: Google, Facebook, Microsoft, Yandex, Twitter, TikTok, LinkedIn, Instagram
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "_openstat"),
        *("twclid", "ttclid", "li_fat_id", "igsh", "igshid"),
        # analytics passed from site to site: Google, Matomo's older names
        *("_ga", "_gl", "pk_campaign", "pk_kwd"),
        # newsletters: Mailchimp, HubSpot, Marketo, Vero, Omeda, MailerLite
        *("mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok"),
        *("vero_id", "vero_conv", "oly_anon_id", "oly_enc_id", "ml_subscriber", "ml_subscriber_hash"),
        # mailings of advocacy organizations: EveryAction
        *("emci", "emdi", "ceid"),
    }
)
SESSION_PARAMETERS = frozenset({"phpsessid", "jsessionid", "aspsessionid", "cfid", "cftoken"})
# These name sessions on most sites and something else on some. Their values tell: nobody numbers pages with such codes.
SESSION_NAMES = frozenset({"sid", "sess", "sessid", "session", "sessionid", "session_id", "zenid", "oscsid"})
SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[a-zA-Z])[0-9a-zA-Z,_-]{8,}|[0-9a-zA-Z]{20,}")
# The page with a form for an answer to a comment (WordPress): the same page.
VIEW_PARAMETERS = frozenset({"replytocom"})
# Servlets write sessions at the end of a segment, ASP.NET as a segment: /(S(lit3py55t21z5v55vlm25s55))/page.aspx
SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*|/\([SAF]\([^/()]*\)\)(?=/|$)", re.IGNORECASE)
LONGEST_URL = 2_000  # characters; browsers and servers agree on little more, and no document's address is longer
MOST_REPEATED = 2  # times that a segment, other than a number, stands in a path
SURROGATE = re.compile(r"[\ud800-\udfff]")

# What cannot become a record, told by how the path ends. PDF is not among them: it is read.
SKIPPED_EXTENSIONS = frozenset(
    {
        *("avif", "bmp", "gif", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp", "eps", "psd"),
        *("7z", "bz2", "dmg", "exe", "gz", "iso", "jar", "msi", "rar", "tar", "tgz", "xz", "zip"),
        *("aac", "avi", "flac", "flv", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "ogv"),
        *("wav", "webm", "wma", "wmv"),
        *("doc", "docm", "docx", "key", "numbers", "odp", "ods", "odt", "pages", "potx", "pps", "ppsx", "ppt", "pptx"),
        *("rtf", "xls", "xlsm", "xlsx"),
        *("css", "eot", "js", "map", "otf", "ttf", "woff", "woff2"),
        *("ics", "kml", "vcf"),
    }
)


@lru_cache(maxsize=16_384)  # the pages of a site share most of their links
def normalize_url(url: str) -> str:
    """Give the one spelling that stands for a page: the ledger's key and the root of a record's id.

    On top of `w3lib.url.canonicalize_url` (lower-case scheme and host, IDNA, percent-encoding, dot segments resolved,
    fragment dropped) this drops the default port, the dot that may end a host, tracking parameters and session ids.
    A trailing slash is kept: servers may answer differently with and without.

    Parameters are sorted, as w3lib does and as Scrapy's request fingerprint does: links to one page differ in their
    order far more often than servers heed it, and a different choice here would fetch one page twice.

    Source: RFC 3986, section 6. Text that is no http(s) URL with a host is returned stripped of white space only.
    """
    url = url.strip()
    parts = _split_http(url)
    if parts is None:
        return url
    try:
        parts = _split_http(canonicalize_url(urlunsplit(parts)))
    except ValueError:  # UnicodeError is one: w3lib does not promise to accept each host that urlsplit does
        return url
    if parts is None:
        return url
    query = "&".join(part for part in parts.query.split("&") if not _is_noise(part))
    path = SESSION_IN_PATH.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, _authority(parts), path, query, ""))


def hostname(url: str) -> str | None:
    """Give the host in lower case, in its ASCII (IDNA) form, without port and without the dot that may end it.

    None where the URL is not http(s), has no host, or cannot be read.
    """
    parts = _split_http(normalize_url(url))
    return parts.hostname if parts is not None else None


def absolute_url(base_url: str, reference: str) -> str | None:
    """Resolve a reference as it stands in a page or feed; None unless that gives an http(s) URL with a host.

    The fragment is dropped; otherwise the URL stays as written, for it may be signed or ordered on purpose.
    """
    try:
        joined = urljoin(base_url.strip(), reference.strip())
    except ValueError:
        return None
    parts = _split_http(joined)
    return urlunsplit(parts._replace(fragment="")) if parts is not None else None


def is_variant(url: str, original: str) -> bool:
    """Tell whether an address is that of another page with something behind it: further segments, or another query."""
    parts, other = urlsplit(url), urlsplit(original)
    path = other.path.rstrip("/")
    return url != original and parts.netloc == other.netloc and f"{parts.path.rstrip('/')}/".startswith(f"{path}/")


def is_loopback(url: str) -> bool:
    """Say whether the URL's host is this machine: localhost, *.localhost (RFC 6761), 127.0.0.0/8 or ::1."""
    host = hostname(url)
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_same_site(host: str, other: str) -> bool:
    """Say whether two host names are one site: `www.` before a host makes no other site of it."""
    return host.lower().removeprefix("www.") == other.lower().removeprefix("www.")


def in_scope(url: str, hosts: Collection[str], allow: Sequence[str], deny: Sequence[str]) -> str | None:
    """Give None when the URL belongs to the crawl, else the name of the first rule that excludes it.

    The rules, in order: "scheme" (not http or https), "host" (none, unreadable, or not of `hosts`, where `www.` makes
    no difference and a port does not count), "extension" (images, archives, media, office files), "too_long" (more than
    2,000 characters), "repeating_path" (a segment three times, numbers aside, or several segments twice in a row: what
    relative links on pages give that answer to every path), "deny:PATTERN" and "allow" (patterns are given and none is
    found). Patterns are regular expressions, looked for anywhere in the
    normalized URL. `re.error` is raised for one that does not compile; the organization schema refuses those.
    """
    normalized = normalize_url(url)
    if not re.match(r"https?:", normalized, re.IGNORECASE):
        return "scheme"
    parts = _split_http(normalized)
    host = parts.hostname if parts is not None else None
    if host is None or not any(is_same_site(host, allowed) for allowed in hosts):
        return "host"
    if _extension(normalized) in SKIPPED_EXTENSIONS:
        return "extension"
    if len(normalized) > LONGEST_URL:
        return "too_long"
    if _repeats(urlsplit(normalized).path):
        return "repeating_path"
    for pattern in deny:
        if re.search(pattern, normalized):
            return f"deny:{pattern}"
    if allow and not any(re.search(pattern, normalized) for pattern in allow):
        return "allow"
    return None


def _split_http(url: str) -> SplitResult | None:
    """Split an http(s) URL that has a host and a readable port; None for everything else."""
    if SURROGATE.search(url):  # half a character: no file, database or request could hold it
        return None
    try:
        parts = urlsplit(url)
        readable = parts.scheme in DEFAULT_PORTS and bool((parts.hostname or "").strip(".")) and parts.port != -1
    except ValueError:  # brackets without an IPv6 address, a port that is no number, characters that break the host
        return None
    return parts if readable else None


def _authority(parts: SplitResult) -> str:
    user, at, _ = parts.netloc.rpartition("@")
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{user}{at}{host}{port}"


def _is_noise(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = unquote(name).lower()
    if name in SESSION_NAMES:
        return SESSION_VALUE.fullmatch(unquote(value)) is not None
    always = name in TRACKING_PARAMETERS or name in SESSION_PARAMETERS or name in VIEW_PARAMETERS
    return always or name.startswith(TRACKING_PREFIXES)


def _repeats(path: str) -> bool:
    segments = [segment for segment in path.split("/") if segment]
    places: dict[str, list[int]] = {}
    for place, segment in enumerate(segments):
        if not segment.isdigit():
            places.setdefault(segment, []).append(place)
    if any(len(found) > MOST_REPEATED for found in places.values()):
        return True
    # Several segments twice in a row hold a word twice, as far apart as they are many: few lengths are to be looked at.
    return any(
        length > 1 and _count_alike(segments, found[0], length) >= length
        for found in places.values()
        for length in (found[-1] - found[0],)
    )


def _count_alike(segments: Sequence[str], place: int, length: int) -> int:
    """Count the neighbors around a place, itself among them, that stand once more so many segments behind."""
    first = last = place
    while first > 0 and segments[first - 1] == segments[first - 1 + length]:
        first -= 1
    while last + 1 + length < len(segments) and segments[last + 1] == segments[last + 1 + length]:
        last += 1
    return last - first + 1


def _extension(url: str) -> str:
    last_segment = urlsplit(url).path.rpartition("/")[2]
    return last_segment.rpartition(".")[2].lower() if "." in last_segment else ""
