"""One page: bytes and what is known of them in, a `Page` out. This is what a worker process runs."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin

import lxml.html

from crawler import __version__
from crawler.extraction import generic
from crawler.extraction.blocks import find_blocks
from crawler.extraction.cut_markup import NeedsWholeError
from crawler.extraction.date_beside import read_dated_lines
from crawler.extraction.date_choice import choose_dates
from crawler.extraction.date_gathering import gather_dates, search_missing_day
from crawler.extraction.date_statements import find_url_dates
from crawler.extraction.document import UnreadableError, decode, find_signature, parse_document
from crawler.extraction.head import mark_head
from crawler.extraction.known_markup import KnownMarkup
from crawler.extraction.metadata import Metadata, find_metadata
from crawler.extraction.model import SiteModel
from crawler.extraction.outline import DatedPage, PageOutline, make_outline
from crawler.extraction.selection import find_votes, select_region
from crawler.extraction.textfile import find_coded_header, find_text_blocks
from crawler.extraction.title import find_placed_title
from items import Block, BlockKind, DateCandidate, Link, Page, Provenance

PROGRAM_VERSION = f"broadside {__version__}"
Lap = Callable[[str], object]  # is told the name of each stage when it is over; whoever wants to know looks at a clock
STAGES = ("parse", "blocks", "metadata", "container", "generic", "dates", "page")
_known = KnownMarkup()  # in this process; changes no page
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|odt|rtf|xlsx?|ods|csv|pptx?|odp|epub|zip)$", re.IGNORECASE)


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
    warc_file: str | None = None
    warc_offset: int | None = None
    format: Literal["html", "text"] = "html"
    document_type: str | None = None
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    date_order: Literal["MDY", "DMY", "YMD"] | None = None
    date_candidates: tuple[DateCandidate, ...] = ()  # from the feed, the sitemap, the HTTP headers
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LearnedSite:
    """A site model and its name."""

    model: SiteModel
    digest: str  # of the model's JSON


@dataclass(frozen=True, slots=True)
class ExaminedPage:
    """A page and what it was read from."""

    page: Page
    blocks: tuple[Block, ...]  # all of its body, in their order; only some are the page's
    container: str | None = None  # of the layout that the page is like; None where it is like none


def _no_lap(_: str) -> None:
    """Look at no clock."""


def extract_page(body: bytes, context: PageContext, site: LearnedSite | None = None, lap: Lap = _no_lap) -> Page:
    """Read one page; `examine_page` without what it was read from."""
    return examine_page(body, context, site, lap).page


def examine_page(
    body: bytes, context: PageContext, site: LearnedSite | None = None, lap: Lap = _no_lap
) -> ExaminedPage:
    """Read one page.

    Args:
        body: its bytes.
        context: what else is known of it.
        site: what was learned of its site; None lets the page speak for itself alone.
        lap: is told each of STAGES that is over.

    Raises:
        UnreadableError: the body is no page; `reason` says why in one word.
    """
    return _examine_text(body, context, lap) if context.format == "text" else _examine_html(body, context, site, lap)


def outline_page(body: bytes, context: PageContext, frame: SiteModel | None = None, lap: Lap = _no_lap) -> PageOutline:
    """Reduce a page to what learning needs of it.

    Args:
        body: its bytes.
        context: what else is known of it.
        frame: a first model of the site, whose frame is kept from generic extraction; for pages of which it takes
            nothing else.
        lap: is told each of STAGES that is over.

    Raises:
        UnreadableError: the body is no page; `reason` says why in one word.
    """
    document = parse_document(body, context.content_type)
    lap("parse")
    blocks = find_blocks(document.tree, _base_url(document.tree, context.url), _known)
    lap("blocks")
    metadata = find_metadata(document.tree, blocks, context.url, _site_names(context))
    lap("metadata")
    voted = find_votes(document.tree, blocks, frame)
    lap("generic")
    begin, end = min(voted, default=0), max(voted, default=-1) + 1
    head = mark_head(
        blocks[begin:end],
        blocks[:begin],
        metadata.title,
        metadata.authors,
        order=context.date_order,
        languages=context.languages,
    )
    languages = _languages(context, metadata)
    lines = read_dated_lines(blocks, order=context.date_order, languages=languages)
    candidates = gather_dates(
        blocks,
        lines,
        metadata.date_candidates,
        head.dates,
        context.date_candidates,
        region=(begin, end),
        title=metadata.title,
    )
    dates = choose_dates(candidates, order=context.date_order, languages=languages, fetched_at=context.fetched_at)
    dated = DatedPage(
        (*candidates, *(one for line in lines for one in line.collect())), (context.fetched_at or "")[:10] or None
    )
    lap("dates")
    outline = make_outline(context.url, blocks, voted, metadata.stated_titles, dates.published_earliest, dated)
    lap("page")
    return outline


def _site_names(context: PageContext, model: SiteModel | None = None) -> tuple[str, ...]:
    names = (name.text for name in model.site_names) if model is not None else ()
    return (*names, *((context.organization,) if context.organization is not None else ()))


def _examine_html(body: bytes, context: PageContext, site: LearnedSite | None, lap: Lap) -> ExaminedPage:
    if site is not None:
        try:
            return _read_html(body, context, site, lap, _known)
        except NeedsWholeError:
            _known.note_failure(context.url)
    # A page of no known site has nothing in common with the pages before it.
    return _read_html(body, context, site, lap, None)


def _read_html(
    body: bytes, context: PageContext, site: LearnedSite | None, lap: Lap, known: KnownMarkup | None
) -> ExaminedPage:
    cut = (lambda text: known.cut(text, context.url)) if known is not None else None
    document = parse_document(body, context.content_type, cut)
    lap("parse")
    blocks = find_blocks(document.tree, _base_url(document.tree, context.url), known, document.cut)
    lap("blocks")
    if not blocks:
        raise UnreadableError("no_text", "the page has no text")
    model = site.model if site is not None else None
    metadata = find_metadata(document.tree, blocks, context.url, _site_names(context, model), document.cut)
    title = (find_placed_title(model, blocks) if model is not None else None) or metadata.title
    lap("metadata")
    selection = select_region(document.tree, blocks, title, model, is_cut=document.cut is not None)
    lap("container" if selection.container is not None else "generic")
    lead = blocks[: selection.region[0].position] if selection.aligned else ()
    head = mark_head(
        selection.region,
        lead,
        title,
        metadata.authors,
        order=context.date_order,
        languages=context.languages,
    )
    region = head.region
    bounds = (region[0].position, region[-1].position + 1) if selection.aligned else (0, 0)
    method = selection.method if document.parser == "libxml2" else f"{selection.method}+{document.parser}"
    languages = _languages(context, metadata)
    order = context.date_order or (model.dates.order if model is not None else None)
    candidates = gather_dates(
        blocks,
        read_dated_lines(blocks, order=context.date_order, languages=languages),
        metadata.date_candidates,
        head.dates,
        context.date_candidates,
        region=bounds,
        title=title,
        order=context.date_order,
        site=model.dates if model is not None else None,
    )
    searched = search_missing_day(
        candidates,
        lambda: (parse_document(body, context.content_type).tree, decode(body, context.content_type)[0]),
        context.url,
        order=order,
        languages=languages,
        fetched_at=context.fetched_at,
    )
    lap("dates")
    page = _page(
        body,
        context,
        region,
        encoding=document.encoding,
        method=method,
        title=title,
        authors=metadata.authors or head.authors,
        language=metadata.language,
        languages=languages,
        canonical_url=metadata.canonical_url,
        blocks_outside=len(blocks) - len(region) if selection.aligned else len(blocks),
        date_candidates=(*candidates, *searched),
        date_order=order,
        model_digest=site.digest if site is not None else None,
    )
    lap("page")
    return ExaminedPage(page, blocks, selection.container)


def _languages(context: PageContext, metadata: Metadata) -> tuple[str, ...]:
    declared = metadata.language_tag
    return context.languages or ((declared,) if declared is not None else ())


def _examine_text(body: bytes, context: PageContext, lap: Lap) -> ExaminedPage:
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
            url=header.url if context.url.startswith("file:") else context.url,  # a manifest's URL outranks the file's
            organization=context.organization or header.organization,
            topics=context.topics or header.topics,
            document_type=context.document_type or header.document_type,
        )
    blocks = find_text_blocks(text, header.lines if header is not None else 0, context.url)
    lap("blocks")
    title = next((block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), None)
    head = mark_head(blocks, (), title, (), order=context.date_order, languages=context.languages)
    page = _page(
        body,
        context,
        head.region,
        encoding=encoding,
        method="text" if header is None else "coded-text",
        title=title,
        authors=head.authors,
        date_candidates=(*head.dates, *find_url_dates(context.url), *context.date_candidates),
    )
    lap("dates")
    return ExaminedPage(page, blocks)


def _page(
    body: bytes,
    context: PageContext,
    blocks: tuple[Block, ...],
    *,
    encoding: str,
    method: str,
    title: str | None,
    date_candidates: tuple[DateCandidate, ...],
    date_order: Literal["MDY", "DMY", "YMD"] | None = None,
    authors: tuple[str, ...] = (),
    language: str | None = None,
    languages: tuple[str, ...] = (),
    canonical_url: str | None = None,
    blocks_outside: int = 0,
    model_digest: str | None = None,
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
            warc_file=context.warc_file,
            warc_offset=context.warc_offset,
            payload_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
            encoding=encoding,
            method=method,
            model_digest=model_digest,
            extractor_version=generic.VERSION,
            program_version=PROGRAM_VERSION,
        ),
        date_order=date_order or context.date_order,
        languages=context.languages or languages,
    )


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
