"""The one module that calls other extractors. Runs wherever it is imported: it needs nothing but the standard library.

Each function takes a page's bytes and URL and returns what that extractor holds for the text and the title; its import
stands inside, so that an extractor that is not installed is missing and nothing else. trafilatura is installed with the
project, the others in an environment of their own (`make peers`), as their dependencies conflict with what is pinned
here or are heavy (news-please brings database drivers). All five install on Python 3.11 and none is left out.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION_LIMIT = 4096  # bytes that are searched for a declared encoding


@dataclass(frozen=True, slots=True)
class PeerText:
    """What another extractor makes of a page."""

    text: str
    title: str | None  # None where it finds none or has no function for it
    error: str | None = None  # why there is no text: an exception's name, "timeout" or "ended"


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


def read_with_trafilatura(body: bytes, url: str) -> PeerText:  # noqa: ARG001 - one form for all
    """Read the bytes, without comments; the title is part of its metadata."""
    import trafilatura

    document = trafilatura.bare_extraction(body, include_comments=False, with_metadata=True)
    return PeerText(getattr(document, "text", None) or "", getattr(document, "title", None))


def read_with_newspaper4k(body: bytes, url: str) -> PeerText:
    """Read an article that is given its HTML; pictures are not fetched."""
    from newspaper import Article

    article = Article(url, fetch_images=False)
    article.download(input_html=decode(body))
    article.parse()
    return PeerText(article.text or "", article.title)


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


PEERS: dict[str, Callable[[bytes, str], PeerText]] = {  # by the name of the distribution, in the order of the table
    "trafilatura": read_with_trafilatura,
    "newspaper4k": read_with_newspaper4k,
    "readability-lxml": read_with_readability,
    "resiliparse": read_with_resiliparse,
    "news-please": read_with_news_please,
    "goose3": read_with_goose3,
}


def find_version(name: str) -> str:
    """Give the version of an extractor.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    return version(name)
