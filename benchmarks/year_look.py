"""How the pages of the simulated year look: the sample's templates as they change, the redesign, and what departs."""

import html
import re
from dataclasses import dataclass
from typing import Any

from benchmarks.year_calendar import Calendar
from benchmarks.year_script import CAMPAIGN, REBUILT
from crawler.sample.content import Document, to_html
from crawler.sample.site import ROOT, SampleResponse, Site, contact_block

_MAIN = '<div class="region region-content">'
_GIVING = (
    '<div class="block giving-week"><h2>Giving Week</h2><p>Every dollar that you give until Sunday is doubled by the '
    "Chandler Fund. Twelve tenants wait for a lawyer today.</p><a class='button' href='/donate'>Give now</a></div>"
)
_NEW_COOKIES = (
    "We and two services that count visits store cookies in your browser if you agree. You can change your mind at any "
    "time on the page about privacy."
)


@dataclass(frozen=True, slots=True)
class Look:
    """What all pages of a night share."""

    year: int
    is_giving: bool = False
    has_new_menu: bool = False
    has_new_cookies: bool = False
    is_redesigned: bool = False

    @property
    def rights(self) -> str:
        """The line that closes every article."""
        return f"© 1996–{self.year} Lantern Justice Project. All rights reserved."


def find_look(calendar: Calendar, night: int) -> Look:
    """Give the look of a night."""
    return Look(
        year=calendar.find_day(night).year,
        is_giving=night in calendar.giving,
        has_new_menu=night >= calendar.menu,
        has_new_cookies=night >= calendar.cookies,
        is_redesigned=night >= calendar.redesign,
    )


class YearSite(Site):
    """The sample's site with the documents and the look of a night."""

    def __init__(self, documents: tuple[Document, ...], organization: dict[str, Any], look: Look) -> None:
        footer = [line.replace("2024", str(look.year)) for line in organization["footer"]]
        menu = [*organization["menu"], {"title": "Take Action", "path": "/donate"}]
        super().__init__(
            documents,
            {
                **organization,
                "footer": footer,
                "menu": menu if look.has_new_menu else organization["menu"],
                "cookie_banner": _NEW_COOKIES if look.has_new_cookies else organization["cookie_banner"],
            },
        )
        self.look = look
        self.listing_pages = 1 + max(document.listing_page or 0 for document in documents)

    def document(self, document: Document) -> SampleResponse:
        """A page; that of the campaign has nothing in common with the others."""
        if document.layout != CAMPAIGN:
            return super().document(document)
        return SampleResponse(200, (("Content-Type", "text/html; charset=utf-8"),), self.campaign(document).encode())

    def modern_page(self, title: str, content: str, head: str, path: str, language: str = "en") -> str:
        """A page of the night's design."""
        if self.look.is_redesigned:
            return self.redesigned_page(title, content, head, language)
        text = super().modern_page(title, content, head, path, language)
        return text.replace(_MAIN, f"{_MAIN}\n{_GIVING}", 1) if self.look.is_giving else text

    def modern_content(self, document: Document) -> str:
        """What is within the page."""
        if self.look.is_redesigned:
            return self.redesigned_content(document)
        content = self.rebuilt(document) if document.layout == REBUILT else super().modern_content(document)
        return content.replace("</article>", f'<p class="rights">{self.look.rights}</p>\n</article>')

    def rebuilt(self, document: Document) -> str:
        """One page in markup of its own, within the old design."""
        half = (len(document.blocks) + 1) // 2
        body = self.body(document)
        day = f'<p class="panel__date">{document.date.shown}</p>' if document.date.shown is not None else ""
        return (
            f'<div class="landing"><section class="panel panel--lead">{day}\n{"".join(body[:half])}</section>\n'
            f'<section class="panel">{"".join(body[half:])}</section></div>'
        )

    def campaign(self, document: Document) -> str:
        """A page of the campaign's section."""
        body = "\n".join(self.body(document))
        day = f"<time>{document.date.shown}</time>"
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(document.title)}</title>'
            f'<link rel="canonical" href="{ROOT}{document.path}"></head>\n<body class="campaign">\n'
            '<div class="stage"><a href="/" class="stage__home">Count the Beds</a><ul><li><a href="/news">All news</a>'
            '</li><li><a href="/donate">Chip in</a></li></ul></div>\n'
            f'<main class="story"><h1 class="story__title">{html.escape(document.title)}</h1>\n{day}\n'
            f'<div class="story__words">{body}</div></main>\n'
            '<div class="stage__end"><p>A campaign of the Lantern Justice Project.</p></div>\n</body></html>\n'
        )

    # --- The redesign ---

    def redesigned_content(self, document: Document) -> str:
        """The same article in other elements, in another order."""
        marks = [f'<span class="kicker">{html.escape(tag)}</span>' for tag in document.tags[:1]]
        if document.date.shown is not None:
            stamp = f' datetime="{document.date.time}"' if document.date.time is not None else ""
            marks.append(f'<time class="entry-date"{stamp}>{html.escape(document.date.shown)}</time>')
        if document.byline is not None:
            marks.append(f'<span class="entry-author">{html.escape(document.byline)}</span>')
        contact = contact_block(document) if not document.contact_in_body else ""
        return "\n".join(
            [
                f'<header class="entry-header"><h1 class="entry-title">{html.escape(document.title)}</h1>',
                f'<div class="entry-meta">{"".join(marks)}</div></header>',
                '<section class="entry-content prose">',
                *self.body(document),
                "</section>",
                f'<aside class="press-card">{contact}</aside>' if contact else "",
                '<div class="share-bar"><a href="https://social.example/share">Share</a></div>',
            ]
        )

    def redesigned_page(self, title: str, content: str, head: str, language: str) -> str:
        """A page of the new design: nothing but the words is as it was."""
        content = re.sub(r"views-row", "card", content).replace("view-content", "cards")
        menu = "".join(f'<a href="{entry["path"]}">{entry["title"]}</a>' for entry in self.organization["menu"])
        newest = "".join(
            f'<li class="teaser-card"><a href="{document.path}"><strong>{html.escape(document.title)}</strong></a></li>'
            for document in self.newest[:6]
        )
        address = " · ".join(map(to_html, self.organization["footer"][2:6]))
        heading = "" if "entry-header" in content else f"<h1>{html.escape(title)}</h1>"
        return (
            f'<!DOCTYPE html>\n<html lang="{language}" class="no-js">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{html.escape(title)} – Lantern Justice</title>\n{head}\n"
            '<link rel="alternate" type="application/rss+xml" href="/rss.xml">\n</head>\n<body class="wp-single">\n'
            '<div class="site-wrap">\n<div class="topbar"><a class="brand" href="/">Lantern</a>'
            f'<nav class="topnav">{menu}<a href="/donate" class="cta">Donate</a></nav></div>\n'
            f'<div id="page"><div class="entry">\n{heading}{content}\n</div>\n'
            f'<section class="more-stories"><h2>More from Lantern</h2><ul>{newest}</ul></section></div>\n'
            '<section class="newsletter"><h2>The Lamp, every month</h2><p>Cases, reports and one good story in your '
            f"inbox.</p></section>\n<div class='colophon'><p>{address}</p><p>© {self.look.year} Lantern Justice "
            "Project. Made in Port Ellery.</p></div>\n</div>\n"
            f'<div class="consent" role="dialog"><p>{self.organization["cookie_banner"]}</p><button>No</button>'
            "<button>Yes</button></div>\n</body>\n</html>\n"
        )
