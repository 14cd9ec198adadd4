"""The sample organization's web site as a mapping from path to response: pure, the same on every call."""

import gzip
import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from string import Template
from typing import Any

from crawler.sample.content import Block, Document, load_documents, read_text, read_toml, to_html

HOST = "www.lanternjustice.example"
ROOT = f"http://{HOST}"
ARCHIVE_INDEX = "/archive/index.html"
FEED = "/rss.xml"
SITEMAP_INDEX = "/sitemap.xml"
SITEMAPS = ("/sitemap-pages.xml", "/sitemap-archive.xml.gz")
STYLE = "/themes/lantern/style.css"
LISTING_PAGES = 3

_ROBOTS = f"""\
# Lantern Justice Project
User-agent: *
Disallow: /drafts/
Disallow: /search

Sitemap: {ROOT}{SITEMAP_INDEX}
"""
_STUB_DOCUMENT = """\
<html>
<head><title></title></head>
<body>
<script type="text/javascript">var _paq = _paq || []; _paq.push(["trackPageView"]);</script>
</body>
</html>
"""
_SHARE = """\
<div class="share"><span class="share__label">Share this:</span><ul>
<li><a href="https://social.example/share?u={url}">Facebook</a></li>
<li><a href="https://birdsong.example/intent?url={url}">Twitter</a></li>
<li><a href="mailto:?subject=Lantern&amp;body={url}">Email</a></li>
<li><a href="javascript:window.print()">Print</a></li>
</ul></div>"""


@dataclass(frozen=True, slots=True)
class SampleResponse:
    """What the server answers for one path."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def build_site() -> dict[str, SampleResponse]:
    """The whole site: path, with its query where it has one, → response."""
    site = Site(load_documents(), read_toml("organization.toml"))
    responses = {document.path: site.document(document) for document in site.documents}
    responses["/"] = site.home()
    responses.update((listing_path(number), site.listing(number)) for number in range(LISTING_PAGES))
    responses[ARCHIVE_INDEX] = site.archive_index()
    responses[FEED] = site.feed()
    responses.update(site.sitemaps())
    responses["/robots.txt"] = _response("text/plain; charset=utf-8", _ROBOTS)
    responses[STYLE] = _response("text/css", read_text("style.css"))
    organization = site.organization
    for entry in organization["redirect"]:
        headers = (("Content-Type", "text/html; charset=utf-8"), ("Location", ROOT + entry["to"]))
        responses[entry["path"]] = SampleResponse(301, headers, b"<p>Moved permanently.</p>\n")
    for entry in organization["duplicate"]:
        responses[entry["path"]] = responses[entry["of"]]
    for entry in organization["empty"]:
        responses[entry["path"]] = _response("text/html; charset=utf-8", "")
    for entry in organization["attachment"]:
        responses[entry["path"]] = SampleResponse(
            200, (("Content-Type", "application/pdf"),), build_pdf(entry["title"])
        )
    return responses


def listing_path(number: int) -> str:
    """The path of a page of the listing, counted from 0 as Drupal does."""
    return f"/news?page={number}" if number else "/news"


def build_pdf(words: str) -> bytes:
    """A PDF of one page with one line of ASCII text."""
    stream = f"BT /F1 24 Tf 72 720 Td ({words}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >>>>>>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    result = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(result))
        result += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(result)
    result += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        result += b"%010d 00000 n \n" % offset
    result += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(result)


class Site:
    """The documents and what all their pages share.

    Other documents or another look make another site, of another night: `benchmarks/year_site.py` does that.
    """

    def __init__(self, documents: tuple[Document, ...], organization: dict[str, Any]) -> None:
        self.documents = documents
        self.organization = organization
        self.articles = tuple(document for document in documents if document.outcome == "recorded")
        self.newest = _newest_first(document for document in self.articles if document.layout == "modern")
        self.listing_pages = LISTING_PAGES
        self._modern = Template(read_text("modern.html"))
        self._archive = Template(read_text("archive.html"))

    def document(self, document: Document) -> SampleResponse:
        """The page of a document."""
        if document.layout == "archive":
            return self.archive_page(document.title, self.archive_content(document), document.charset_stated)
        content = self.modern_content(document)
        text = self.modern_page(document.title, content, _head(document), document.path, document.language)
        if document.two_documents:
            text = _STUB_DOCUMENT + text
        return _response("text/html; charset=utf-8", text, document.status)

    def home(self) -> SampleResponse:
        """The homepage."""
        intro = "<p>We are lawyers, researchers and neighbors who keep watch where the law is made.</p>"
        rows = "\n".join(_row(document) for document in self.newest[:5])
        content = f'<div class="hero">{intro}</div>\n<div class="view-content">\n{rows}\n</div>'
        return _response("text/html; charset=utf-8", self.modern_page("Welcome", content, "", "/"))

    def listing(self, number: int) -> SampleResponse:
        """A page of the listing, counted from 0."""
        on_page = [document for document in self.newest if document.listing_page == number]
        rows = [_row(document) for document in on_page]
        rows += [
            f'<div class="views-row"><h3><a href="{link["path"]}">{_escape(link["title"])}</a></h3></div>'
            for link in self.organization["listing_link"]
            if link["page"] == number
        ]
        items = []
        if number > 0:
            previous = listing_path(number - 1)
            items.append(f'<li class="pager__item--previous"><a href="{previous}" rel="prev">‹ Previous</a></li>')
        items.append(f'<li class="pager__item is-active">Page {number + 1}</li>')
        if number + 1 < self.listing_pages:
            following = f"?page={number + 1}"
            items.append(f'<li class="pager__item--next"><a href="{following}" rel="next">Next ›</a></li>')
        content = '<div class="views-element-container"><div class="view view-news"><div class="view-content">\n'
        content += (
            "\n".join(rows) + '\n</div>\n<nav class="pager"><ul>\n' + "\n".join(items) + "\n</ul></nav></div></div>"
        )
        head = f'<link rel="canonical" href="{ROOT}/news">'  # the same on every page of the listing, as Drupal has it
        return _response("text/html; charset=utf-8", self.modern_page("News", content, head, "/news"))

    def archive_index(self) -> SampleResponse:
        """The list of the archive's pages."""
        links = [
            f'<LI><A HREF="{document.path}">{_escape(document.title)}</A>'
            for document in self.articles
            if document.layout == "archive"
        ]
        content = "<H2>Old papers</H2>\n<UL>\n" + "\n".join(links) + "\n</UL>"
        return self.archive_page("Old papers", content, True)

    def feed(self) -> SampleResponse:
        """The feed."""
        items = []
        for document in self.newest:
            if not document.in_feed:
                continue
            published = document.date.published
            stamp = f"<pubDate>{format_datetime(_feed_time(published))}</pubDate>" if published else ""
            items.append(
                f"<item><title>{_escape(document.title)}</title><link>{ROOT}{document.path}</link>"
                f'<guid isPermaLink="true">{ROOT}{document.path}</guid>{stamp}'
                f"<description>{_escape(_teaser(document))}</description></item>"
            )
        name = self.organization["name"]
        text = '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">\n<channel>\n'
        text += (
            f"<title>{name}</title>\n<link>{ROOT}/</link>\n<description>{self.organization['tagline']}</description>\n"
        )
        return _response("application/rss+xml; charset=utf-8", text + "\n".join(items) + "\n</channel>\n</rss>\n")

    def sitemaps(self) -> dict[str, SampleResponse]:
        """The sitemaps and their index, by path."""
        index = _xml("sitemapindex", "sitemap", SITEMAPS)
        listed = [document for document in self.documents if document.in_sitemap]
        pages = [document.path for document in listed if document.layout == "modern"]
        pages += [entry["path"] for kind in ("duplicate", "empty") for entry in self.organization[kind]]
        archive = [document.path for document in listed if document.layout == "archive"]
        moved = _xml("urlset", "url", archive, lastmod="2018-06-04")  # a modified date, and never a published one
        zipped = gzip.compress(moved.encode(), mtime=0)
        return {
            SITEMAP_INDEX: _response("application/xml; charset=utf-8", index),
            SITEMAPS[0]: _response("application/xml; charset=utf-8", _xml("urlset", "url", pages)),
            SITEMAPS[1]: SampleResponse(200, (("Content-Type", "application/gzip"),), zipped),
        }

    def modern_page(self, title: str, content: str, head: str, path: str, language: str = "en") -> str:
        """A page of today's design: `content` within what all pages have."""
        menu = "\n".join(
            f'<li class="menu-item"><a href="{entry["path"]}">{entry["title"]}</a></li>'
            for entry in self.organization["menu"]
        )
        crumbs = ['<li><a href="/">Home</a></li>']
        if path.startswith(("/press/", "/news/", "/reports/", "/drafts/")):
            crumbs.append('<li><a href="/news">News</a></li>')
        newest = [
            f'<div class="views-row"><h4><a href="{document.path}">{_escape(document.title)}</a></h4>'
            f'<p class="teaser">{_escape(_teaser(document))}</p></div>'
            for document in self.newest[:4]
        ]
        return self._modern.substitute(
            title=_escape(title),
            language=language,
            head=head,
            cookie_banner=self.organization["cookie_banner"],
            tagline=self.organization["tagline"],
            menu=menu,
            breadcrumb="\n".join(crumbs),
            content=content,
            newest="\n".join(newest),
            footer="\n".join(
                f'<div class="footer__line">{to_html(line)}</div>' for line in self.organization["footer"]
            ),
        )

    def modern_content(self, document: Document) -> str:
        """What is within the page of a document."""
        url = ROOT + document.path
        node_type = (document.document_type or "page").lower().replace(" ", "-")
        parts = [
            f'<article role="article" about="{document.path}" class="node node--type-{node_type}">',
            _submitted(document),
            _SHARE.format(url=url) if document.outcome == "recorded" else "",
            '<div class="node__content">',
            '<div class="clearfix text-formatted field field--name-body field--type-text-with-summary field__item">',
            *self.body(document),
            "</div>",
        ]
        if document.contact and not document.contact_in_body:
            contact = contact_block(document)
            parts.append(f'<div class="field field--name-field-press-contact field__item">\n{contact}\n</div>')
        if document.tags:
            tags = "".join(f'<div class="field__item">{_escape(tag)}</div>' for tag in document.tags)
            parts.append(
                '<div class="field field--name-field-tags"><div class="field__label">Topics</div>' + tags + "</div>"
            )
        parts += ["</div>", "</article>"]
        return "\n".join(part for part in parts if part)

    def body(self, document: Document) -> list[str]:
        """What an editor wrote into the body of a modern page: its blocks and what closes them."""
        body = [_modern_block(block) for block in document.blocks]
        if document.contact_in_body:
            body.append(contact_block(document))
        if document.about is not None:
            head, _, rest = to_html(self.organization["about"][document.about]).partition(": ")
            body.append(f"<p><strong>{head}:</strong> {rest}</p>")
        return body

    def archive_page(self, title: str, content: str, charset_stated: bool) -> SampleResponse:
        """A page of the old design, in bytes of Windows-1252."""
        newest = [f'<A HREF="{document.path}">{_escape(document.title)}</A><BR>' for document in self.newest[:3]]
        tagline = self.organization["tagline"]
        text = self._archive.substitute(
            title=_escape(title), tagline=tagline, newest="\n".join(newest), content=content
        )
        headers = (
            ("Content-Type", "text/html; charset=windows-1252" if charset_stated else "text/html"),
            ("Last-Modified", "Mon, 04 Jun 2018 16:20:00 GMT"),  # the day the files were moved to a new server
        )
        return SampleResponse(200, headers, text.encode("cp1252", errors="xmlcharrefreplace"))

    def archive_content(self, document: Document) -> str:
        """What is within the old page of a document."""
        parts = [f"<CENTER><FONT SIZE=5><B>{_escape(document.title)}</B></FONT></CENTER>"]
        above = [words for words in (document.byline, document.date.shown) if words is not None]
        if above:
            parts.append("<P><FONT SIZE=2><I>" + "<BR>\n".join(map(_escape, above)) + "</I></FONT></P>")
        if document.line_breaks:
            text = "\n<BR><BR>\n".join(block.html for block in document.blocks)
            parts.append(f'<FONT FACE="Times New Roman" SIZE=3>{text}</FONT>')
        else:
            parts += [_archive_block(block) for block in document.blocks]
        if document.contact:
            parts.append("<P><FONT SIZE=2>" + "<BR>\n".join(map(to_html, document.contact)) + "</FONT></P>")
        return "\n".join(parts)


def contact_block(document: Document) -> str:
    """The press contact of a modern page; nothing where it has none."""
    if not document.contact:
        return ""
    name, *rest = map(to_html, document.contact)
    return f"<p><strong>{name}</strong><br>\n" + "<br>\n".join(rest) + "</p>"


def _head(document: Document) -> str:
    date = document.date
    url = ROOT + document.path
    lines = []
    if document.canonical:
        lines.append(f'<link rel="canonical" href="{url}">')
    lines.append(f'<meta property="og:title" content="{html.escape(document.title)}">')
    lines.append(f'<meta property="og:url" content="{url}">')
    if date.meta is not None:
        lines.append(f'<meta property="article:published_time" content="{date.meta}">')
    if date.modified is not None:
        lines.append(f'<meta property="article:modified_time" content="{date.modified}">')
    if date.json_ld is not None:
        article: dict[str, Any] = {"@type": "NewsArticle", "headline": document.title, "datePublished": date.json_ld}
        if document.authors:
            article["author"] = [{"@type": "Person", "name": name} for name in document.authors]
        article["publisher"] = {"@type": "Organization", "name": "Lantern Justice Project", "foundingDate": "1996"}
        data = json.dumps({"@context": "https://schema.org", "@graph": [article]}, ensure_ascii=False, indent=1)
        lines.append(f'<script type="application/ld+json">{data}</script>')
    return "\n".join(lines)


def _submitted(document: Document) -> str:
    spans = []
    if document.byline is not None:
        spans.append(f'<span class="field field--name-uid">{_escape(document.byline)}</span>')
    if document.date.shown is not None:
        shown = _escape(document.date.shown)
        if document.date.time is not None:
            shown = f'<time datetime="{document.date.time}" class="datetime">{shown}</time>'
        spans.append(f'<span class="field field--name-created">{shown}</span>')
    if not spans:
        return ""
    return '<footer class="node__meta"><div class="node__submitted">\n' + "\n".join(spans) + "\n</div></footer>"


def _modern_block(block: Block) -> str:
    match block.kind:
        case "paragraph":
            return f"<p>{block.html}</p>"
        case "heading":
            return f"<h2>{block.html}</h2>"
        case _:
            return block.html


def _archive_block(block: Block) -> str:
    match block.kind:
        case "paragraph":
            return f'<P><FONT FACE="Times New Roman" SIZE=3>{block.html}</FONT>'
        case "heading":
            return f"<H3>{block.html}</H3>"
        case _:
            return block.html


def _row(document: Document) -> str:
    shown = document.date.shown
    day = f'<span class="views-field-created">{_escape(shown)}</span>' if shown is not None else ""
    return (
        f'<div class="views-row"><h3><a href="{document.path}">{_escape(document.title)}</a></h3>{day}'
        f'<p class="teaser">{_escape(_teaser(document))}</p></div>'
    )


def _teaser(document: Document) -> str:
    words = document.blocks[0].text.split()
    return " ".join(words[:24]) + (" …" if len(words) > 24 else "")


def _newest_first(documents: Iterable[Document]) -> tuple[Document, ...]:
    return tuple(sorted(documents, key=lambda document: document.date.published or "", reverse=True))


def _feed_time(published: str) -> datetime:
    """The very time where one is known, and otherwise the hour at which the office presses the button."""
    time = datetime.fromisoformat(published)
    return time if time.tzinfo is not None else time.replace(hour=16, tzinfo=UTC)


def _xml(root: str, element: str, paths: Iterable[str], lastmod: str | None = None) -> str:
    more = f"<lastmod>{lastmod}</lastmod>" if lastmod is not None else ""
    entries = "\n".join(f"<{element}><loc>{ROOT}{_escape(path)}</loc>{more}</{element}>" for path in paths)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">\n{entries}\n</{root}>\n'


def _escape(words: str) -> str:
    return html.escape(words, quote=False)


def _response(content_type: str, text: str, status: int = 200) -> SampleResponse:
    return SampleResponse(status, (("Content-Type", content_type),), text.encode())
