"""The traps of the discovery site: what a crawler could follow for ever, or too often."""

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape, unescape
from typing import TYPE_CHECKING

from benchmarks.crash_site import WORDS, Answer
from benchmarks.discovery_articles import Article
from benchmarks.discovery_pages import NAME, Ask, Place, choose, link, list_items, token, write_rss, write_teaser

if TYPE_CHECKING:
    from benchmarks.discovery_site import Site

TRAPS = ("calendar", "session", "facets", "pagination", "deep", "variants", "spelling", "search", "tags")
ENDLESS = {"listing, repeats", "listing, empties", "listing, random"}  # ways whose listing has no end
SESSION_PLACES = ("/library/", "/portal/")
NOISE = re.compile(r"utm_\w+|fbclid")
FACETS = {"topic": range(8), "type": range(5), "year": range(2009, 2025)}
_HREF = re.compile(r'(href|data-url)="([^"]*)"')
_NOT_HERE = re.compile(r"[a-z]+:(?!//localhost)|#", re.IGNORECASE)


class Traps:
    """The traps that are set, and what they add to other pages."""

    def __init__(self, site: "Site", names: frozenset[str]) -> None:
        self.site, self.names = site, names
        self.tagged: defaultdict[str, list[Article]] = defaultdict(list)
        for article in site.common:
            for name in self.tags_of(article):
                self.tagged[name].append(article)

    def has(self, name: str) -> bool:
        """Tell whether a trap is set."""
        return name in self.names

    def is_endless(self, way: str) -> bool:
        """Tell whether a listing goes on past its end."""
        return self.has("pagination") and way in ENDLESS

    # --- What they add to pages ---------------------------------------------------------------------------------------

    def tags_of(self, article: Article) -> list[str]:
        """Give the tags of an article."""
        return sorted({self.site.tags[number % len(self.site.tags)] for number in article.tags})

    def side(self) -> str:
        """Write what they add beside each page."""
        parts = []
        if self.has("tags"):
            shown = [link(f"/tag/{name}", name, 'rel="tag"') for name in self.site.tags[:12]]
            parts.append(f'<div class="tagcloud">{" ".join([*shown, link("/tags", "All tags")])}</div>')
        if self.has("search"):
            words = choose(f"{self.site.seed}/searches", WORDS, 3)
            found = list_items(link(f"/search?q={word}", word) for word in words)
            parts.append(f'<form action="/search"><input name="q"></form><h2>Popular searches</h2>{found}')
        return "".join(parts)

    def article_head(self, article: Article) -> str:
        """Write what they add to an article's head: the feed of its comments, as blogs have it."""
        if not self.has("variants") or article.way != "listing, WordPress":
            return ""
        return f'<link rel="alternate" type="application/rss+xml" title="Comments" href="{article.path}feed/">'

    def article_tags(self, article: Article) -> str:
        """Write an article's tags."""
        if not self.has("tags"):
            return ""
        return f'<p class="tags">{" ".join(link(f"/tag/{name}", name) for name in self.tags_of(article))}</p>'

    def article_tools(self, article: Article) -> str:
        """Write the links to an article's variants: to print, to share, to reply to each of its comments."""
        if not self.has("variants"):
            return ""
        mark = "&" if "?" in article.path else "?"
        is_path = article.number % 2 and mark == "?"
        print_path = f"{article.path.rstrip('/')}/print/" if is_path else f"{article.path}{mark}print=1"
        comments = [
            f"<p><b>{name}</b> {link(f'{article.path}{mark}replytocom={number}', 'Reply', REPLY)}</p>"
            for number, name in enumerate(
                choose(f"comments {article.number}", WORDS, article.number % 4), start=article.number * 10
            )
        ]
        tools = [link(print_path, "Print"), link(f"{article.path}{mark}share=email", "Share")]
        return f'<div class="tools">{" ".join(tools)}</div>{"".join(comments)}'

    def facets(self, ask: Ask) -> str:
        """Write the filters of a listing: each link adds to what is chosen, takes from it or sorts anew."""
        if not self.has("facets"):
            return ""
        chosen = [value for name, value in ask.query if name.startswith("f[")]
        sort = ask.get("sort")
        rest = f"&sort={sort}" if sort else ""

        def address(values: Sequence[str], more: str) -> str:
            return f"{ask.path}?{'&'.join([f'f[{number}]={value}' for number, value in enumerate(values)])}{more}"

        links = [link(address([one for one in chosen if one != value], rest), f"(-) {value}") for value in chosen]
        links += [
            link(address([*chosen, f"{name}:{value}"], rest), f"{name} {value}")
            for name, values in FACETS.items()
            for value in values
            if f"{name}:{value}" not in chosen
        ]
        links += [link(address(chosen, f"&sort={order}"), f"Sort {order}") for order in ("asc", "desc", "title")]
        return f'<div class="filters">{list_items(links)}</div>'

    # --- What stands at their addresses -------------------------------------------------------------------------------

    def dress(self, ask: Ask, place: Place) -> Place:
        """Let the pages of the old systems hand out session ids with every link."""
        if self.has("session") and ask.path.startswith(SESSION_PLACES):
            return replace(place, render=self.with_sessions(place.render, ask.path))
        return place

    def with_sessions(self, render: Callable[[int], Answer], path: str) -> Callable[[int], Answer]:
        """Write a new session id into each link of a page."""

        def render_anew(count: int) -> Answer:
            answer = render(count)
            session = token(self.site.seed, "session", count)

            def rewrite(match: re.Match[str]) -> str:
                written = unescape(match[2]).strip()
                if _NOT_HERE.match(written):
                    return match[0]
                whole, hash_mark, fragment = written.partition("#")
                before, mark, query = whole.partition("?")
                if path.startswith("/portal/"):
                    changed = f"{before};jsessionid={session[:24].upper()}{mark}{query}{hash_mark}{fragment}"
                else:
                    changed = f"{before}?{f'{query}&' if query else ''}visit={session}{hash_mark}{fragment}"
                return f'{match[1]}="{escape(changed)}"'

            body = _HREF.sub(rewrite, answer.body.decode()).encode() if "html" in answer.content_type else answer.body
            return replace(answer, body=body)

        return render_anew

    def find(self, ask: Ask, target: str) -> Place | None:
        """Say what stands at an address that is not one of the site's own."""
        if self.has("session") and (ask.get("visit") is not None or ";jsessionid=" in ask.path):
            plain = Ask(re.sub(r";jsessionid=[^/;]*", "", ask.path), ask.without("visit").query)
            found = self._within("session", self.site.find(plain.key))
            if plain.path.startswith(SESSION_PLACES):  # they hand out new ones anyway
                return found
            return replace(found, render=self.with_sessions(found.render, "/portal/" * (ask.path != plain.path)))
        noise = [name for name, _ in ask.query if NOISE.fullmatch(name)]
        if noise:
            return self._within("spelling", self.site.find(ask.without(*noise).key))
        place = self.site.places.get(ask.key)
        if place is not None and target != ask.key:
            return self._within("spelling", place)
        finders = {
            "variants": self._find_variant,
            "calendar": self._find_month,
            "facets": self._find_facets,
            "pagination": self._find_beyond,
            "deep": self._find_deep,
            "search": self._find_search,
            "tags": self._find_tag,
        }
        for name, find in finders.items():
            render = find(ask) if self.has(name) else None
            if render is not None:
                return Place(f"trap: {name}", render, is_needed=False)
        return None

    def _within(self, name: str, inner: Place) -> Place:
        kept = inner.kind in ("not on the site", "forbidden by robots.txt")
        return Place(inner.kind if kept else f"trap: {name}", inner.render, is_needed=False)

    def _find_variant(self, ask: Ask) -> Callable[[int], Answer] | None:
        article = self.site.by_key.get(ask.without("print", "replytocom", "share").key)
        if article is not None:
            if ask.get("share") is not None:
                away = Answer(
                    b"", 302, "text/plain", (("Location", f"https://social.example/?about={token(ask.key)}"),)
                )
                return lambda _: away
            if ask.get("print") is not None:
                return lambda _: print_article(article)
            return lambda count: self.site.render_article(article, count)
        for ending in ("print/", "feed/"):
            path = ask.path.removesuffix(ending)
            shown = self.site.by_key.get(path) or self.site.by_key.get(path.rstrip("/"))
            if path != ask.path and shown is not None and not ask.query:
                found = write_rss([], self.site.base) if ending == "feed/" else print_article(shown)
                return lambda _: found
        return None

    def _find_month(self, ask: Ask) -> Callable[[int], Answer] | None:
        for name, calendar in self.site.calendars.items():
            render = calendar.find(self.site, name, ask)
            if render is not None:
                return render
        return None

    def _find_facets(self, ask: Ask) -> Callable[[int], Answer] | None:
        chosen = [value.partition(":") for name, value in ask.query if name.startswith("f[")]
        if ask.path != "/resources" or not (chosen or ask.get("sort")):
            return None
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for name, _, value in chosen:
            wanted[name].add(value)
        articles = [
            article
            for article in self.site.by_way["listing, facets"]
            if all(_facet(article, name) in values for name, values in wanted.items())
        ]
        if ask.get("sort") == "asc":
            articles.reverse()
        at = int(ask.get("page") or 0) if (ask.get("page") or "0").isdigit() else 0
        per_page = self.site.per_page
        shown = self.site.teasers(articles[at * per_page : (at + 1) * per_page], ask.key)
        more = ask.having(page=at + 1).key
        following = link(more, "next ›", 'rel="next"') if len(articles) > (at + 1) * per_page else ""
        found = f"<p>{len(articles)} found</p>{shown}" if articles else "<p>Nothing was found; choose less.</p>"
        pager = f'<nav class="pager">{following}</nav>'
        return self.site.page("Resources", f"<h1>Resources</h1>{self.facets(ask)}{found}{pager}")

    def _find_beyond(self, ask: Ask) -> Callable[[int], Answer] | None:
        """Show the last page again, none or any articles where a listing is over, and a link that goes on."""
        site, per_page = self.site, self.site.per_page
        repeated, emptied, shuffled = (re.fullmatch(r"\d{1,9}", value or "") for value in self._numbers(ask))
        way = ""
        if repeated:
            way, path, name, number = "listing, repeats", "/press-clips", "Press clips", int(repeated[0]) - 1
        elif emptied:
            way, path, name, number = "listing, empties", "/updates/", "Updates", int(emptied[0]) - 1
        elif shuffled and int(shuffled[0]) % per_page == 0:
            way, path, name, number = "listing, random", "/voices", "Voices", int(shuffled[0]) // per_page
        articles = site.by_way.get(way, [])
        last = -(-len(articles) // per_page)
        if not way or number < last:
            return None
        if way == "listing, repeats":
            shown = site.teasers(articles[(last - 1) * per_page :], f"{path} {last - 1}")
        elif way == "listing, random":
            shown = site.teasers(choose(ask.key, articles, per_page), ask.key)
        else:
            shown = "<p>There is nothing to show here yet. Please come back later.</p>"
        main = f'<div class="view-content">{shown}</div>\n'
        return site.listing_page(way, path, name, number, last, main, goes_on=True)

    def _numbers(self, ask: Ask) -> tuple[str | None, str | None, str | None]:
        in_path = re.fullmatch(r"/updates/page/(\d{1,9})/", ask.path)
        return (
            ask.get("paged") if ask.path == "/press-clips" else None,
            in_path[1] if in_path and not ask.query else None,
            ask.get("offset") if ask.path == "/voices" else None,
        )

    def put_guide(self) -> None:
        """Put the page that is there under any path below its own."""
        self.site.put("fixed", "/guide/", self._guide("/guide/"))

    def _guide(self, path: str) -> Callable[[int], Answer]:
        links = list_items(f'<a href="{name}/">{name.capitalize()}</a>' for name in ("help", "contact", "forms"))
        crumbs = " › ".join(path.strip("/").split("/"))
        text = f'<div class="crumbs">{crumbs}</div>{self.site.prose("guide/")}{links}'
        return self.site.page("Guide", text)

    def _find_deep(self, ask: Ask) -> Callable[[int], Answer] | None:
        is_below = re.fullmatch(r"/guide/(?:(?:help|contact|forms)/)+", ask.path) and not ask.query
        return self._guide(ask.path) if is_below else None

    def _find_search(self, ask: Ask) -> Callable[[int], Answer] | None:
        asked = ask.get("q")
        if ask.path != "/search" or asked is None:
            return None
        words = asked.split()
        more = choose(f"more {asked}", WORDS, 4)
        links = list_items(link(f"/search?q={'+'.join([*words, word])}", f"{asked} {word}") for word in more)
        found = f"<p>No results were found for <b>{escape(asked)}</b>. Check the spelling.</p>"
        if len(words) == 1:
            found = self.site.teasers(choose(f"found {asked}", self.site.common, 4), ask.key)
        main = f"<h1>Search results for {escape(asked)}</h1>{found}<h2>Try also</h2>{links}"
        return self.site.page(f"Search: {asked}", main)

    def _find_tag(self, ask: Ask) -> Callable[[int], Answer] | None:
        if ask.path == "/tags" and not ask.query:
            return self.site.page("Tags", list_items(link(f"/tag/{name}", name) for name in self.site.tags))
        name = ask.path.removeprefix("/tag/")
        if name == ask.path or name not in self.site.tags or ask.query:
            return None
        articles = self.site.teasers(self.tagged[name][:10], ask.key)
        return self.site.page(f"Tag: {name}", f"<h1>{name}</h1>{articles or '<p>Nothing yet.</p>'}")


REPLY = 'rel="nofollow" class="comment-reply-link"'


def _facet(article: Article, name: str) -> str:
    values = {"topic": article.number % 8, "type": article.number % 5, "year": article.day.year}
    return str(values.get(name, ""))


def print_article(article: Article) -> Answer:
    """Write an article as it is to be printed: without anything beside it."""
    text = "".join(f"<p>{paragraph}</p>\n" for paragraph in article.paragraphs)
    return Answer(
        f'<!DOCTYPE html>\n<html><head><title>{escape(article.title)}</title></head><body onload="print()">'
        f"<h1>{escape(article.title)}</h1><p>{article.day:%B} {article.day.day}, {article.day.year}</p>\n{text}"
        f"<p>{NAME}</p></body></html>\n".encode()
    )


@dataclass(frozen=True)
class Calendar:
    """A calendar, by month; months are counted from the year 0."""

    path: str
    articles: Sequence[Article]
    is_path: bool  # whether the month stands in the path or in the query

    @property
    def months(self) -> dict[int, list[Article]]:
        """The events of each month that has some."""
        found: defaultdict[int, list[Article]] = defaultdict(list)
        for article in self.articles:
            found[article.day.year * 12 + article.day.month - 1].append(article)
        return dict(found)

    def address(self, month: int, day: int | None = None) -> str:
        """Give the address of a month or a day."""
        year, number = month // 12, month % 12 + 1
        if self.is_path:
            return f"{self.path}{year}/{number:02}/" + (f"{day:02}/" if day is not None else "")
        shown = f"{year}-{number:02}"
        return f"{self.path}?month={shown}" if day is None else f"{self.path}?day={shown}-{day:02}"

    def read(self, ask: Ask) -> tuple[int, int | None] | None:
        """Say which month, and which day, an address means."""
        given = "/".join(value for _, value in ask.query if _ in ("month", "day")).replace("-", "/")
        text = ask.path.removeprefix(self.path).strip("/") if self.is_path else given
        match = re.fullmatch(r"(\d{4})/(\d\d)(?:/(\d\d))?", text)
        if not ask.path.startswith(self.path) or match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < 1:
            return None
        month = int(match[1]) * 12 + int(match[2]) - 1
        day = int(match[3]) if match[3] else None
        if day is not None and not 1 <= day <= monthrange(month // 12, month % 12 + 1)[1]:
            return None
        return (month, day) if self.address(month, day) == ask.without("ical").key else None

    def put(self, site: "Site", name: str) -> None:
        """Put the months from the first event to the last one: empty ones between are the only way to the next."""
        months = self.months
        first, last = min(months), max(months)
        start = sorted(months)[len(months) // 2]
        intro = f"<h1>{name.capitalize()}</h1>{site.prose(name)}{link(self.address(start), 'See the calendar')}"
        site.put("calendar", self.path, site.page(name.capitalize(), intro))
        for month in range(first, last + 1):
            site.put("calendar", self.address(month), self.render_month(site, name, month))

    def render_month(self, site: "Site", name: str, month: int) -> Callable[[int], Answer]:
        """Write a month."""
        is_endless = site.traps.has("calendar")
        months = self.months
        rows = []
        for article in months.get(month, ()):
            day = article.day.day
            shown = link(self.address(month, day), str(day)) if is_endless else str(day)
            rows.append(f"<tr><td>{shown}</td><td>{write_teaser(article, article.path)}</td></tr>")
        label = f"{date(2000, month % 12 + 1, 1):%B} {month // 12}"
        table = f"<table>{''.join(rows)}</table>" if rows else f"<p>There are no {name} in {label}.</p>"
        links = []
        if is_endless or month > min(months):
            links.append(link(self.address(month - 1), "‹ Previous month"))
        if is_endless or month < max(months):
            links.append(link(self.address(month + 1), "Next month ›"))
        if is_endless:
            mark = "?" if self.is_path else "&"
            links.append(link(f"{self.address(month)}{mark}ical=1", "Export"))
        main = f'<h1>{label}</h1>{table}<nav class="calendar-nav">{" ".join(links)}</nav>'
        return site.page(f"{name.capitalize()} in {label}", main)

    def find(self, site: "Site", name: str, ask: Ask) -> Callable[[int], Answer] | None:
        """Give what renders a month, a day or an export."""
        found = self.read(ask)
        if found is None:
            return None
        month, day = found
        if ask.get("ical") is not None:
            export = Answer(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", 200, "text/calendar")
            return lambda _: export
        if day is None:
            return self.render_month(site, name, month)
        events = [article for article in self.months.get(month, ()) if article.day.day == day]
        shown = "".join(write_teaser(article, article.path) for article in events)
        label = f"{day} {date(2000, month % 12 + 1, 1):%B} {month // 12}"
        return site.page(label, f"<h1>{label}</h1>{shown or f'<p>There are no {name} on this day.</p>'}")
