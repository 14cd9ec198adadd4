"""One page: bytes and what is known of them in, a `Page` out. This is what a worker process runs."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin

import lxml.html

from crawler import __version__
from crawler.extraction import generic
from crawler.extraction.blocks import clean_text, find_blocks
from crawler.extraction.dates import parse_date
from crawler.extraction.document import UnreadableError, decode, find_signature, parse_document
from crawler.extraction.metadata import find_metadata, find_url_dates, normalize_for_comparison
from crawler.extraction.textfile import find_coded_header, find_text_blocks
from items import Block, BlockKind, DateCandidate, DateKind, DateSource, Link, Page, Provenance, RemovedReason

PROGRAM_VERSION = f"broadside {__version__}"
_TRUSTED_SHARE = 0.5  # of the generic text that the page's blocks must account for
_SHORT_HEAD = 20  # words; a longer block is prose and ends the lines above the text
_HEAD_BLOCKS = 8  # how far above the text a byline may stand
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|odt|rtf|xlsx?|ods|csv|pptx?|odp|epub|zip)$", re.IGNORECASE)
_MODIFIED_LABEL = re.compile(r"^\W*(?:last\s+)?(?:updated|modified|revised|changed)\b", re.IGNORECASE)
_BYLINE = re.compile(r"^\W*(?:by|posted|published|date[d]?|written|author)\b[\s:]*", re.IGNORECASE)
_NOT_CONTENT_PATH = re.compile(r"(?:^|/)(?:nav|header|footer|aside|form)(?=[/.#]|$)")


@dataclass(frozen=True, slots=True)
class PageContext:
    """What is known of a page besides its bytes."""

    id: str  # the record's identifier
    url: str
    collection: str
    organization: str | None = None
    requested_url: str | None = None
    content_type: str | None = None  # the HTTP header
    status: int | None = None
    fetched_at: str | None = None
    source_file: str | None = None
    format: Literal["html", "text"] = "html"
    document_type: str | None = None
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    date_order: Literal["MDY", "DMY", "YMD"] | None = None
    date_candidates: tuple[DateCandidate, ...] = ()  # from the feed, the sitemap, the HTTP headers
    annotations: tuple[tuple[str, str], ...] = ()


def extract_page(body: bytes, context: PageContext) -> Page:
    """Read one page.

    Raises:
        UnreadableError: the body is no page; `reason` says why in one word.
    """
    return _extract_text(body, context) if context.format == "text" else _extract_html(body, context)


def _extract_html(body: bytes, context: PageContext) -> Page:
    document = parse_document(body, context.content_type)
    blocks = find_blocks(document.tree, _base_url(document.tree, context.url))
    if not blocks:
        raise UnreadableError("no_text", "the page has no text")
    metadata = find_metadata(document.tree, blocks, context.url)
    selection = _select(document.tree, blocks)
    region = selection.region
    lead = blocks[max(0, region[0].position - _HEAD_BLOCKS) : region[0].position] if selection.aligned else ()
    region, head_dates = _mark_head(region, lead, metadata.title, metadata.authors, context)
    method = selection.method if document.parser == "libxml2" else f"{selection.method}+{document.parser}"
    return _page(
        body,
        context,
        region,
        encoding=document.encoding,
        method=method,
        title=metadata.title,
        authors=metadata.authors,
        language=metadata.language,
        canonical_url=metadata.canonical_url,
        blocks_outside=len(blocks) - len(region) if selection.aligned else len(blocks),
        date_candidates=(*metadata.date_candidates, *head_dates, *context.date_candidates),
    )


def _extract_text(body: bytes, context: PageContext) -> Page:
    signature = find_signature(body)
    if signature is not None:
        raise UnreadableError(f"not_text_{signature}", f"the file is no text: its first bytes say {signature}")
    text, encoding = decode(body, context.content_type)
    if not text.strip():
        raise UnreadableError("no_text", "the file is empty")
    header = find_coded_header(text)
    if header is not None:
        context = replace(
            context,
            url=header.url,
            organization=context.organization or header.organization,
            topics=context.topics or header.topics,
            document_type=context.document_type or header.document_type,
        )
    blocks = find_text_blocks(text, header.lines if header is not None else 0, context.url)
    title = next((block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
    region, head_dates = _mark_head(blocks, (), title, (), context)
    return _page(
        body,
        context,
        region,
        encoding=encoding,
        method="text" if header is None else "coded-text",
        title=title,
        date_candidates=(*head_dates, *find_url_dates(context.url), *context.date_candidates),
    )


def _page(
    body: bytes,
    context: PageContext,
    blocks: tuple[Block, ...],
    *,
    encoding: str,
    method: str,
    title: str | None,
    date_candidates: tuple[DateCandidate, ...],
    authors: tuple[str, ...] = (),
    language: str | None = None,
    canonical_url: str | None = None,
    blocks_outside: int = 0,
) -> Page:
    only_language = context.languages[0] if len(context.languages) == 1 else None
    return Page(
        id=context.id,
        url=context.url,
        organization=context.organization,
        collection=context.collection,
        title=title,
        authors=authors,
        language=language or only_language,
        document_type=context.document_type,
        topics=context.topics,
        canonical_url=canonical_url,
        blocks=blocks,
        blocks_outside=blocks_outside,
        date_candidates=date_candidates,
        attachments=_attachments(blocks),
        annotations=dict(context.annotations),
        content_digest=_content_digest(title, blocks),
        provenance=Provenance(
            fetched_at=context.fetched_at,
            requested_url=context.requested_url,
            status=context.status,
            source_file=context.source_file,
            warc_file=None,
            warc_offset=None,
            payload_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
            encoding=encoding,
            method=method,
            model_digest=None,
            extractor_version=generic.VERSION,
            program_version=PROGRAM_VERSION,
        ),
        date_order=context.date_order,
        languages=context.languages or ((language,) if language is not None else ()),
    )


@dataclass(frozen=True, slots=True)
class _Selection:
    """The content region of a page and how it was found."""

    region: tuple[Block, ...]
    method: str
    aligned: bool  # whether the region's blocks are the page's own


def _select(tree: lxml.html.HtmlElement, blocks: tuple[Block, ...]) -> _Selection:
    """Find the content region: from the first to the last block that generic extraction kept."""
    found = generic.extract_generic(tree)
    if found is None:
        kept = frozenset(i for i, block in enumerate(blocks) if not _NOT_CONTENT_PATH.search(block.path))
        return _Selection(_region(blocks, kept or frozenset(range(len(blocks)))), "plain", aligned=True)
    kept, share = generic.align(blocks, found)
    if kept and share >= _TRUSTED_SHARE:
        return _Selection(_region(blocks, kept), "generic", aligned=True)
    # The text stands in no block: a page whose article is only in its JSON-LD.
    own = tuple(
        Block(clean_text(line), clean_text(line), BlockKind.PARAGRAPH, "generic", position)
        for position, line in enumerate(line for line in found.text.splitlines() if line.strip())
    )
    return _Selection(own, "generic-only", aligned=False)


def _region(blocks: tuple[Block, ...], kept: frozenset[int]) -> tuple[Block, ...]:
    return tuple(
        blocks[index] if index in kept else replace(blocks[index], reason=RemovedReason.NOT_CONTENT)
        for index in range(min(kept), max(kept) + 1)
    )


def _mark_head(
    region: tuple[Block, ...],
    lead: Sequence[Block],
    title: str | None,
    authors: Sequence[str],
    context: PageContext,
) -> tuple[tuple[Block, ...], tuple[DateCandidate, ...]]:
    """Mark the lines above the text that are fields: the title, the byline, the date.

    Args:
        region: the content region.
        lead: the blocks just above it, read for a date but not part of the region.

    Returns:
        the region, and the dates found in byline and dateline.
    """
    dates = [candidate for block in lead for candidate in _byline_dates(block.text, context)]
    marked = list(region)
    title_key = normalize_for_comparison(title) if title is not None else ""
    datelines = 0
    for index, block in enumerate(region):
        if block.reason is not None:
            if block.reason is RemovedReason.NOT_CONTENT:
                dates += _byline_dates(block.text, context)
            continue
        if len(block.text.split()) > _SHORT_HEAD:
            dates += _dateline_dates(block.text, context)
            datelines += 1
            if datelines == 2:  # some pages put a summary above the dateline
                break
            continue
        if datelines:
            continue
        if title_key and normalize_for_comparison(block.text) == title_key:
            marked[index] = replace(block, reason=RemovedReason.TITLE)
            continue
        found = _byline_dates(block.text, context)
        dates += found
        if found or _is_author_line(block.text, authors):
            marked[index] = replace(block, reason=RemovedReason.BYLINE)
    return tuple(marked), tuple(dates)


def _byline_dates(text: str, context: PageContext) -> list[DateCandidate]:
    """Read a short line that is little more than a date, with a label or an author at most."""
    if len(text.split()) > _SHORT_HEAD:
        return []
    found = []
    for line in text.split("\n"):
        parsed = parse_date(line, order=context.date_order, languages=context.languages or None)
        if parsed.raw is None or (parsed.edtf is None and parsed.reason != "ambiguous_order"):
            continue
        kind = DateKind.MODIFIED if _MODIFIED_LABEL.match(line) else DateKind.PUBLISHED
        found.append(DateCandidate(DateSource.BYLINE, kind, parsed.raw))
    return found


def _dateline_dates(text: str, context: PageContext) -> list[DateCandidate]:
    """Read the date that opens a paragraph of prose."""
    parsed = parse_date(text, order=context.date_order, languages=context.languages or None)
    if parsed.raw is None or (parsed.edtf is None and parsed.reason != "ambiguous_order"):
        return []
    return [DateCandidate(DateSource.DATELINE, DateKind.PUBLISHED, parsed.raw)]


def _is_author_line(text: str, authors: Sequence[str]) -> bool:
    key = normalize_for_comparison(_BYLINE.sub("", text))
    return bool(key) and any(key == normalize_for_comparison(author) for author in authors)


def _attachments(blocks: Sequence[Block]) -> tuple[Link, ...]:
    """List the files that the text links to, each once."""
    found = {
        link.url: link
        for block in reversed(blocks)
        if block.reason is None
        for link in reversed(block.links)
        if _ATTACHMENT.search(link.url.partition("?")[0].partition("#")[0])
    }
    return tuple(reversed(found.values()))


def _content_digest(title: str | None, blocks: Sequence[Block]) -> str:
    text = "\n".join([title or "", *(block.text for block in blocks if block.reason is None)])
    return "sha256:" + hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8")).hexdigest()


def _base_url(tree: lxml.html.HtmlElement, url: str) -> str:
    base = tree.find(".//base[@href]")
    href = base.get("href") if base is not None else None
    try:
        return urljoin(url, href.strip()) if href else url
    except ValueError:
        return url
