"""A website on loopback as real ones are: articles that are found in many ways, and traps without end.

The site is a function of its number of pages, seed, ways and traps; what a page says follows from its address and the
number of the request, so that whoever has the server's log can have each page again. `discovery_articles.py` says by
which way each article is to be found, `discovery_traps.py` what the traps are. The server is a process of its own; it
ends when its standard input does, that is with whoever started it.

A long file, as it lays out one site.
"""

import argparse
import asyncio
import gzip
import os
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from pathlib import Path

from benchmarks.crash_site import NOT_FOUND, WORDS, Answer, serve
from benchmarks.discovery_articles import BULK, WAYS, Article, write_articles
from benchmarks.discovery_pages import (
    NAME,
    NAMESPACE,
    Ask,
    Place,
    choose,
    html,
    link,
    list_items,
    misspell,
    write_article,
    write_article_head,
    write_atom,
    write_index,
    write_json_feed,
    write_rss,
    write_sitemap,
    write_teaser,
    xml,
)
from benchmarks.discovery_traps import TRAPS, Calendar, Traps
from benchmarks.nightly_script import write_paragraph

HOST = "localhost"  # a name, so that it can be written in capitals; it is 127.0.0.1
FIXED = ("about", "contact", "privacy", "terms", "staff", "donate", "history", "guide/")
ROBOTS = "# The Crossing Society\nUser-agent: *\nDisallow: /internal/\nDisallow: /cgi-bin/\n"
DEAD = 6  # links to what is no more

# Listings: the way of the articles, the path, its name, and how many articles stand on a page (in units of `per_page`).
LISTINGS: Sequence[tuple[str, str, str, int]] = (
    ("listing, Drupal", "/news", "News", 1),
    ("listing, WordPress", "/blog/", "Blog", 1),
    ("listing, rel=next", "/statements", "Statements", 1),
    ("listing, button", "/reports", "Reports", 2),
    ("listing, more link", "/dispatches", "Dispatches", 2),
    ("listing, repeats", "/press-clips", "Press clips", 1),
    ("listing, empties", "/updates/", "Updates", 1),
    ("listing, random", "/voices", "Voices", 1),
    ("listing, facets", "/resources", "Resources", 1),
    ("session, sid", "/library/", "Library", 1),
    ("session, jsessionid", "/portal/list.do", "Portal", 1),
    ("bulk", "/archive", "Archive", 2),
)
NAMED = 6  # so many of them stand in the organization file; the others are found by the menu


class Site:
    """All that the server knows."""

    def __init__(
        self, pages: int, port: int, seed: int = 1, traps: Collection[str] = TRAPS, *, is_bulk: bool = False
    ) -> None:
        """Lay the site out.

        Args:
            pages: articles, at least 100 unless `is_bulk`.
            port: the server's, as it stands in absolute URLs.
            seed: another one gives another site.
            traps: names of those that are set.
            is_bulk: all articles stand in one listing, and nothing else is there.
        """
        self.seed, self.is_bulk = seed, is_bulk
        self.base = f"http://{HOST}:{port}"
        self.by_way = write_articles(pages, seed, BULK if is_bulk else WAYS)
        self.articles = [article for articles in self.by_way.values() for article in articles]
        self.by_key = {Ask.read(article.path).key: article for article in self.articles}
        self.common = [article for article in self.articles if article.is_common]
        self.per_page = 10 if pages >= 1000 else 2
        self.places: dict[str, Place] = {}
        self.extra: defaultdict[str, list[str]] = defaultdict(list)  # article's path → links that only it has
        self.tags = [f"{word}-{number}" for number, word in enumerate(choose(f"{seed}/tags", WORDS, 300), start=1)]
        self.tags = self.tags[: max(12, pages * 6 // 100)]
        self.calendars = {
            "events": Calendar("/events/", self.by_way.get("events", []), is_path=True),
            "hearings": Calendar("/hearings", self.by_way.get("hearings", []), is_path=False),
        }
        self.traps = Traps(self, frozenset(traps))
        self._lay_out()

    # --- What all pages share -----------------------------------------------------------------------------------------

    @cached_property
    def menu(self) -> str:
        """The links on top."""
        shown = [link(path, name) for way, path, name, _ in LISTINGS if way in self.by_way]
        if not self.is_bulk:
            more = ("/topics", "Topics"), ("/archives", "Archives"), ("/publications.php", "Publications")
            shown += [link(path, name) for path, name in (*more, ("/events/", "Events"), ("/hearings", "Hearings"))]
            shown += [link(f"/{name}", name.strip("/").capitalize()) for name in FIXED]
        return f'<nav class="menu">{list_items([link("/", "Home"), *shown])}</nav>'

    @cached_property
    def side(self) -> str:
        """What stands beside each page."""
        latest = choose(f"{self.seed}/latest", self.common, 3)
        links = list_items(link(article.path, article.title) for article in latest)
        return f"<h2>Latest</h2>{links}{self.traps.side()}"

    def page(
        self, title: str, main: str, head: str = "", side: str | None = None, menu: str | None = None
    ) -> Callable[[int], Answer]:
        """Give what renders a page."""

        def render(count: int) -> Answer:
            return html(
                title,
                main,
                menu=self.menu if menu is None else menu,
                side=self.side if side is None else side,
                head=head,
                stamp=count,
            )

        return render

    def href(self, article: Article, where: str) -> str:
        """Give the address of an article as it is written on a page."""
        return misspell(article.path, self.base, where) if self.traps.has("spelling") else article.path

    def teasers(self, articles: Sequence[Article], where: str) -> str:
        """Write the teasers of articles."""
        return "".join(write_teaser(article, self.href(article, where)) for article in articles)

    # --- Answering ----------------------------------------------------------------------------------------------------

    def find(self, target: str) -> Place:
        """Say what stands at a request's target, or a link from the root."""
        ask = Ask.read(target)
        place = self.places.get(ask.key)
        if place is not None and (place.kind != "article" or target == self.by_key[ask.key].path):
            return self.traps.dress(ask, place)
        found = self.traps.find(ask, target)
        return found or Place("not on the site", lambda _: NOT_FOUND, is_needed=False)

    def respond(self, target: str, count: int) -> Answer:
        """Answer a request.

        Args:
            target: path and query.
            count: the number of the request.
        """
        return self.find(target).render(count)

    @cached_property
    def needed(self) -> dict[str, str]:
        """Path → kind of each page that the smallest crawl asks for."""
        return {path: place.kind for path, place in self.places.items() if place.is_needed}

    # --- Laying it out ------------------------------------------------------------------------------------------------

    def put(self, kind: str, path: str, render: Callable[[int], Answer], *, is_needed: bool = True) -> None:
        """Put something at a path."""
        self.places[Ask.read(path).key] = Place(kind, render, is_needed)

    def put_answer(self, kind: str, path: str, answer: Answer, *, is_needed: bool = True) -> None:
        """Put an answer at a path that is always the same."""
        self.places[Ask.read(path).key] = Place(kind, lambda _: answer, is_needed)

    def _lay_out(self) -> None:
        for way, path, name, times in LISTINGS:
            if way in self.by_way:
                self._put_listing(way, path, name, self.per_page * times)
        for name in ("board", "minutes-1"):
            render = self.page(name, self.prose(name))
            self.put("forbidden by robots.txt", f"/internal/{name}", render, is_needed=False)
        if self.is_bulk:
            self.put_answer("robots.txt", "/robots.txt", Answer(ROBOTS.encode(), 200, "text/plain"))
            for name in ("about", "contact", "privacy", "terms"):
                self.put("fixed", f"/{name}", self.page(name.capitalize(), self.prose(name)))
            self.put_answer("sitemap", "/sitemap.xml", NOT_FOUND)
            self.put("home", "/", self.page("Home", "<h1>The archive</h1><p>All that the society has kept.</p>"))
        else:
            self._put_sitemaps()
            self._put_feeds()
            self._put_fixed()
            self._put_topics()
            self._put_archives()
            self._put_publications()
            self._put_related()
            self._put_moved()
            for name, calendar in self.calendars.items():
                calendar.put(self, name)
        for article in self.articles:
            self.put("article", article.path, partial(self.render_article, article))

    def render_article(self, article: Article, count: int = 0) -> Answer:
        """Write an article's page."""
        where = f"article {article.number}"
        related = [link(self.href(one, where), one.title) for one in choose(where, self.common, 3)]
        related += [link(path, "More on this") for path in self.extra[article.path]]
        listed = "".join(f"<li>{one}</li>" for one in related)
        head = write_article_head(article, self.base) + self.traps.article_head(article)
        main = write_article(article, listed, self.traps.article_tags(article), self.traps.article_tools(article))
        return self.page(article.title, main, head)(count)

    def _put_sitemaps(self) -> None:
        robots = f"{ROBOTS}\nSitemap: /sitemap_index.xml\nsitemap:{self.base.upper()}/news-sitemap.xml  \n"
        self.put_answer("robots.txt", "/robots.txt", Answer(robots.encode(), 200, "text/plain"))
        inner = ("/sitemaps/stories.xml", "/sitemaps/packed.xml.gz", "/sitemaps/ampersands.xml", "/sitemaps/cut.xml")
        outer = ("/sitemaps/index-stories.xml", "/sitemaps/namespace.xml", "/sitemaps/list.txt", "/sitemaps/gone.xml")
        self.put_answer("sitemap", "/sitemap_index.xml", xml(write_index(outer, self.base)))
        self.put_answer("sitemap", outer[0], xml(write_index(inner, self.base)))
        self.put_answer("sitemap", outer[3], NOT_FOUND)

        def write(way: str, namespace: str = NAMESPACE, *, news: bool = False) -> str:
            also = choose(f"{self.seed}/{way}", self.common, len(self.by_way[way]) // 5)
            return write_sitemap([*self.by_way[way], *also], self.base, namespace, news=news)

        self.put_answer("sitemap", inner[0], xml(write("sitemap")))
        packed = gzip.compress(write("sitemap, gzip").encode(), mtime=0)
        self.put_answer("sitemap", inner[1], Answer(packed, 200, "application/x-gzip"))
        broken = write("sitemap, ampersands").replace("&amp;", "&")
        half = len(broken) // 2 + broken[len(broken) // 2 :].index("</url>")
        broken = f"{broken[:half]}<note>Bread & Roses, Q&A: AT&T</note>{broken[half:]}"
        self.put_answer("sitemap", inner[2], xml(broken))
        whole = write("sitemap, cut off")
        last = write_sitemap(self.common[:1], self.base).partition("<url>")[2][:-60]  # found elsewhere
        self.put_answer("sitemap", inner[3], xml(whole.replace("</urlset>", f"<url>{last}")[:-1]))
        self.put_answer(
            "sitemap", outer[1], xml(write("sitemap, wrong namespace", "https://www.google.com/schemas/0.84"))
        )
        lines = "".join(f"{self.base}{article.path}\r\n" for article in self.by_way["sitemap, text"])
        self.put_answer("sitemap", outer[2], Answer(lines.encode(), 200, "text/plain"))
        self.put_answer("sitemap", "/news-sitemap.xml", xml(write("sitemap, second", news=True)))

    def _put_feeds(self) -> None:
        for way, path, write in (
            ("feed, RSS", "/feed.xml", write_rss),
            ("feed, Atom", "/atom.xml", write_atom),
            ("feed, JSON", "/feed.json", write_json_feed),
        ):
            articles = [*self.by_way[way], *choose(f"{self.seed}/{way}", self.common, 5)]
            self.put_answer("feed", path, write(articles, self.base))

    def _put_fixed(self) -> None:
        feeds = "".join(
            f'<link rel="alternate" type="application/{kind}" title="{NAME}" href="{path}">'
            for kind, path in (("rss+xml", "/feed.xml"), ("atom+xml", "/atom.xml"), ("feed+json", "/feed.json"))
        )
        newest = self.teasers(choose(f"{self.seed}/home", self.common, 8), "home")
        self.put("home", "/", self.page("Home", f"<h1>{NAME}</h1>\n{newest}", feeds))
        for name in FIXED:
            if name == "guide/" and self.traps.has("deep"):
                self.traps.put_guide()
                continue
            text = self.prose(name)
            if name == "history":
                links = [link(f"/old/{number}", f"Paper {number}") for number in range(len(self.by_way["redirect"]))]
                links += [link(f"/lost/{number}", f"Letter {number}") for number in range(DEAD)]
                links += [link("/internal/minutes-1", "Minutes"), link("/home", "Old front page")]
                links += [link("/files/poster.jpg", "A poster"), link("/files/papers.zip", "All papers")]
                text += list_items(links)
            self.put("fixed", f"/{name}", self.page(name.strip("/").capitalize(), text))

    def prose(self, key: str) -> str:
        """Write the text of a page that is no article."""
        rng = random.Random(f"{self.seed}/prose/{key}")
        paragraphs = "".join(f"<p>{write_paragraph(rng)}</p>\n" for _ in range(3))
        return f"<h1>{key.strip('/').capitalize()}</h1>\n{paragraphs}"

    def _put_topics(self) -> None:
        own = self.by_way["topic"]
        count = max(2, len(own) // 9)
        names = choose(f"{self.seed}/topics", WORDS, count)
        self.put("topic", "/topics", self.page("Topics", list_items(link(f"/topics/{name}", name) for name in names)))
        for number, name in enumerate(names):
            shown = [*own[number::count], *choose(f"{self.seed}/{name}", self.common, 5)]
            self.put("topic", f"/topics/{name}", self.page(name, self.teasers(shown, f"topic {name}")))

    def _put_archives(self) -> None:
        months: defaultdict[tuple[int, int], list[Article]] = defaultdict(list)
        for article in self.by_way["archive"]:
            months[article.day.year, article.day.month].append(article)
        others: defaultdict[tuple[int, int], list[Article]] = defaultdict(list)
        for article in self.common:
            others[article.day.year, article.day.month].append(article)
        years = sorted({year for year, _ in months}, reverse=True)
        links = list_items(link(f"/{year}/", str(year)) for year in years)
        self.put("archive", "/archives", self.page("Archives", links))
        for year in years:
            links = list_items(link(f"/{year}/{month:02}/", f"{month}") for at, month in sorted(months) if at == year)
            self.put("archive", f"/{year}/", self.page(f"Archive of {year}", links))
        for (year, month), articles in months.items():
            shown = self.teasers([*articles, *others[year, month][:5]], f"archive {year} {month}")
            self.put("archive", f"/{year}/{month:02}/", self.page(f"Archive of {month}/{year}", shown))

    def _put_publications(self) -> None:
        """Half of the articles are listed; each of the others is linked from the one before it only."""
        own = self.by_way["query"]
        listed = own[::2]
        for one, other in zip(own[::2], own[1::2], strict=False):
            self.extra[one.path].append(other.path)
        count = max(2, len(listed) // 15)
        links = list_items(link(f"/publications.php?section={number}", f"Part {number}") for number in range(count))
        self.put("publications", "/publications.php", self.page("Publications", links))
        for number in range(count):
            shown = self.teasers(listed[number::count], f"section {number}")
            self.put("publications", f"/publications.php?section={number}", self.page(f"Part {number}", shown))

    def _put_related(self) -> None:
        origins = list(self.common)
        for number, article in enumerate(self.by_way["related"]):
            origin = choose(f"{self.seed}/related/{number}", origins[-40:] if number % 3 == 0 else origins, 1)[0]
            self.extra[origin.path].append(article.path)
            origins.append(article)

    def _put_moved(self) -> None:
        for number, article in enumerate(self.by_way["redirect"]):
            if number % 3 == 2:  # two steps
                self.redirect(f"/old/{number}", f"/older/{number}", 302)
                self.redirect(f"/older/{number}", f"{self.base}{article.path}", 301)
            else:
                self.redirect(f"/old/{number}", article.path, (301, 302, 307, 308)[number % 4])
        self.redirect("/home", "/", 301)
        for number in range(DEAD):
            self.put_answer("missing", f"/lost/{number}", Answer(b"gone", (404, 410)[number % 2], "text/plain"))
        for path, kind in (("/theme/style.css", "text/css"), ("/theme/logo.png", "image/png")):
            self.put_answer("asset", path, Answer(b" ", 200, kind), is_needed=False)
        for path, kind in (("/files/poster.jpg", "image/jpeg"), ("/files/papers.zip", "application/zip")):
            self.put_answer("asset", path, Answer(b" ", 200, kind), is_needed=False)

    def redirect(self, path: str, target: str, status: int) -> None:
        """Let a path lead on."""
        self.put_answer("redirect", path, Answer(b"", status, "text/plain", (("Location", target),)))

    # --- Listings -----------------------------------------------------------------------------------------------------

    def _put_listing(self, way: str, path: str, name: str, per_page: int) -> None:
        articles = self.by_way[way]
        last = -(-len(articles) // per_page)
        for number in range(last):
            shown = articles[number * per_page : (number + 1) * per_page]
            where = f"{path} {number}"
            goes_on = number + 1 < last or self.traps.is_endless(way)
            facets = self.traps.facets(Ask(path)) if way == "listing, facets" else ""
            main = f'{facets}<div class="view-content">{self.teasers(shown, where)}</div>\n'
            render = self.listing_page(way, path, name, number, last, main, goes_on=goes_on)
            self.put("listing", listing_path(way, path, number, per_page), render)
        if way in ("listing, Drupal", "bulk", "listing, facets"):  # its pager names the first page so
            first = self.places[Ask.read(path).key]
            self.put("listing, first page again", f"{path}?page=0", first.render, is_needed=False)

    def listing_page(
        self, way: str, path: str, name: str, number: int, last: int, main: str, *, goes_on: bool
    ) -> Callable[[int], Answer]:
        """Write a page of a listing.

        Args:
            way: decides in which manner the listing goes on.
            path: of the listing.
            name: of the listing.
            number: of the page, from 0.
            last: how many pages there are.
            main: what stands above the pager.
            goes_on: whether another page follows.
        """
        per_page = self.per_page * next(times for one, _, _, times in LISTINGS if one == way)
        at = partial(listing_path, way, path, per_page=per_page)
        title = f"{name}, page {number + 1}" if number else name
        head = ""
        following = at(number + 1)
        if way in ("listing, Drupal", "bulk", "listing, facets"):
            near = sorted({0, *range(max(0, number - 4), min(last, number + 5)), last - 1} - {number})
            links = [f'<a href="?page={one}" title="Go to page {one + 1}">{one + 1}</a>' for one in near]
            pager = f'<nav class="pager" role="navigation"><ul class="pager__items">{list_items(links)}</ul></nav>'
        elif way == "listing, WordPress":
            near = sorted({0, *range(max(0, number - 2), min(last, number + 3)), last - 1} - {number})
            links = [link(self.base + at(one), str(one + 1), 'class="page-numbers"') for one in near]
            if goes_on:
                links.append(link(self.base + following, "Older posts", 'class="next page-numbers"'))
            pager = f'<nav class="navigation pagination"><div class="nav-links">{" ".join(links)}</div></nav>'
        elif way == "listing, rel=next":
            pager = ""
            head = f'<link rel="next" href="{following}">' if goes_on else ""
        elif way == "listing, button":
            pager = f'<button type="button" class="btn" data-url="{following}">Load more</button>' if goes_on else ""
        elif way == "listing, more link":
            pager = link(following, "Load more", 'class="load-more"') if goes_on else ""
        else:
            before = link(at(number - 1), "‹ Previous") if number else ""
            pager = f'<div class="paging">{before} {link(following, "Next ›") if goes_on else ""}</div>'
        if way == "listing, button" and number:  # what a script would put at the end of the first page
            fragment = Answer(f"{main}{pager}".encode())
            return lambda _: fragment
        return self.page(title, f"<h1>{name}</h1>\n{main}{pager}", head)


def listing_path(way: str, path: str, number: int, per_page: int) -> str:
    """Give the address of a listing's page; numbers are from 0."""
    if number == 0:
        return path
    if way in ("listing, Drupal", "bulk", "listing, facets"):
        return f"{path}?page={number}"
    if way in ("listing, WordPress", "listing, empties"):
        return f"{path}page/{number + 1}/"
    if way == "listing, rel=next":
        return f"{path}?after=c{number * 7919:06x}"
    if way == "listing, repeats":
        return f"{path}?paged={number + 1}"
    name = "start" if way.startswith("session") else "offset"
    return f"{path}?{name}={number * per_page}"


def organization_file(site: Site) -> str:
    """Write the organization file: name, homepage, some of the listings and two of the feeds."""
    named = [path for way, path, _, _ in LISTINGS if way in site.by_way][:NAMED]
    feeds = "" if site.is_bulk else 'feeds = ["/feed.xml", "/atom.xml"]\n'
    listings = ", ".join(f'"{path}"' for path in named)
    return f'name = "{NAME}"\nhomepage = "{site.base}/"\n\n[discovery]\n{feeds}listings = [{listings}]\n'


# --- The server -------------------------------------------------------------------------------------------------------


class Responder:
    """Answers from a site and writes the log: number of the request, status and target on a line."""

    def __init__(self, site: Site, log: int) -> None:
        self.site, self.log, self.count = site, log, 0

    def __call__(self, target: str, _: str) -> Answer:
        """Answer a request, and log it."""
        self.count += 1
        answer = self.site.respond(target, self.count)
        os.write(self.log, f"{self.count} {answer.status} {target or '-'}\n".encode())
        return answer


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the site."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traps", nargs="*", default=list(TRAPS), choices=TRAPS)
    parser.add_argument("--bulk", action="store_true", help="one long listing and nothing else")
    parser.add_argument("--log", type=Path, required=True, help="where each request is noted")
    given = parser.parse_args(arguments)
    log = os.open(given.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def make(port: int) -> Responder:
        return Responder(Site(given.pages, port, given.seed, given.traps, is_bulk=given.bulk), log)

    asyncio.run(serve(make))


if __name__ == "__main__":
    main()
