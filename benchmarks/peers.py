"""The one module that calls other extractors. Runs wherever it is imported: it needs nothing but the standard library.

Each function takes a page's bytes and URL and returns what that extractor holds for the text, the title and the day of
publication; its import stands inside, so that an extractor that is not installed is missing and nothing else.
trafilatura and htmldate are installed with the project, the others in an environment of their own (`make peers`), as
their dependencies conflict with what is pinned here or are heavy (news-please brings database drivers). All of them
install on Python 3.11 and none is left out.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version

_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION_LIMIT = 4096  # bytes that are searched for a declared encoding


@dataclass(frozen=True, slots=True)
class PeerText:
    """What another extractor makes of a page."""

    text: str
    title: str | None  # None where it finds none or has no function for it
    error: str | None = None  # why there is no text: an exception's name, "timeout" or "ended"
    date: str | None = None  # YYYY-MM-DD; None where it finds none or is not asked
    cpu_ms: float = field(default=0.0, compare=False)  # what reading it took, where that was measured


def decode(body: bytes) -> str:
    """Decode for extractors that take characters: UTF-8 if it is valid, else as declared, else windows-1252."""
    declared = _DECLARED.search(body[:_DECLARATION_LIMIT])
    for encoding in ("utf-8-sig", declared[1].decode("ascii", "replace") if declared is not None else "utf-8"):
        try:
            codecs.lookup(encoding)
            return body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("windows-1252", "replace")


def read_with_trafilatura(body: bytes, url: str) -> PeerText:
    """Read the bytes, without comments; title and date are part of its metadata."""
    import trafilatura

    document = trafilatura.bare_extraction(body, url=url, include_comments=False, with_metadata=True)
    title, date = getattr(document, "title", None), getattr(document, "date", None)
    return PeerText(getattr(document, "text", None) or "", title, date=date)


def read_with_newspaper4k(body: bytes, url: str) -> PeerText:
    """Read an article that is given its HTML; pictures are not fetched."""
    from newspaper import Article

    article = Article(url, fetch_images=False)
    article.download(input_html=decode(body))
    article.parse()
    published = article.publish_date
    return PeerText(article.text or "", article.title, date=published.strftime("%Y-%m-%d") if published else None)


def read_with_readability(body: bytes, url: str) -> PeerText:
    """Read the summary, which is HTML; html-text makes it text, as in the article extraction benchmark."""
    import html_text
    from readability import Document

    document = Document(decode(body), url=url)
    return PeerText(html_text.extract_text(document.summary(html_partial=True)), document.short_title())


def read_with_resiliparse(body: bytes, url: str) -> PeerText:  # noqa: ARG001 - one form for all
    """Read the main content; it has no title but the `<title>` of the page."""
    from resiliparse.extract.html2text import extract_plain_text

    return PeerText(extract_plain_text(decode(body), main_content=True), None)


def read_with_news_please(body: bytes, url: str) -> PeerText:
    """Read an article that is given its HTML; pictures are not fetched."""
    from newsplease import NewsPlease

    article = NewsPlease.from_html(decode(body), url=url, fetch_images=False)
    return PeerText(getattr(article, "maintext", None) or "", getattr(article, "title", None))


def read_with_goose3(body: bytes, url: str) -> PeerText:  # noqa: ARG001 - with a URL it would fetch the page
    """Read an article that is given its HTML; pictures are not fetched unless asked for."""
    from goose3 import Goose

    article = Goose().extract(raw_html=decode(body))
    return PeerText(article.cleaned_text or "", article.title)


def read_with_htmldate(body: bytes, url: str, *, extensive: bool) -> PeerText:
    """Read the bytes for nothing but the date of publication."""
    from htmldate import find_date

    date = find_date(body, extensive_search=extensive, original_date=True, outputformat="%Y-%m-%d", url=url)
    return PeerText("", None, date=date)


def parse_with_lxml(body: bytes, url: str) -> PeerText:  # noqa: ARG001 - one form for all
    """Parse the bytes and do nothing with the tree: the floor under all that parse with lxml."""
    from lxml.html import document_fromstring

    document_fromstring(body)
    return PeerText("", None)


Reader = Callable[[bytes, str], PeerText]
PEERS: dict[str, Reader] = {  # by the name of the distribution, in the order of the table
    "trafilatura": read_with_trafilatura,
    "newspaper4k": read_with_newspaper4k,
    "readability-lxml": read_with_readability,
    "resiliparse": read_with_resiliparse,
    "news-please": read_with_news_please,
    "goose3": read_with_goose3,
}

DATED = ("trafilatura", "newspaper4k")  # those of them that are asked for the date
DATE_PEERS: dict[str, Reader] = {  # the distribution's name, then its mode
    "htmldate fast": partial(read_with_htmldate, extensive=False),
    "htmldate extensive": partial(read_with_htmldate, extensive=True),
}
FLOORS: dict[str, Reader] = {"lxml parse": parse_with_lxml}  # what no extractor does without


def find_version(name: str) -> str:
    """Give the version of an extractor.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    return version(name.partition(" ")[0])
