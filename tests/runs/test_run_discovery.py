"""What only links lead to: visited in waves while it brings something new, accounted for when it does not."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable

import pytest

from benchmarks.nightly_script import write_paragraph
from crawler.storage.ledger import Ledger
from tests.runs.harness import Crawl, Reply, Run, Server

NAME = "harbor"
MENU = ("about", "contact", "privacy", "donate", "people", "jobs", "events", "shop")


class Harbor:
    """A site whose pages are written by number, and its organization file."""

    def __init__(self, crawl: Crawl, server: Server) -> None:
        self.crawl = crawl
        self.server = server
        self.night = 0
        for name in MENU:
            self.write(f"/{name}", f"Our {name}")

    def write(self, path: str, title: str, links: Iterable[str] = (), *, words: bool = True) -> str:
        """Put a page that says something of its own, unless it says nothing, and that links to others."""
        rng = random.Random(path)
        text = "".join(f"<p>{write_paragraph(rng)}</p>" for _ in range(2)) if words else ""
        menu = "".join(f"<a href='/{name}'>{name.title()}</a>" for name in MENU)
        listed = "".join(f"<li><a href='{link}'>{link.strip('/').replace('-', ' ')}</a></li>" for link in links)
        return self.server.page(
            path,
            f"<!DOCTYPE html><html><head><title>{title}</title></head><body><nav>{menu}</nav><main><h1>{title}</h1>"
            f"{text}<ul>{listed}</ul></main></body></html>",
        )

    def articles(self, numbers: Iterable[int]) -> list[str]:
        """Put articles, and give their paths."""
        paths = [f"/press/the-harbor-case-number-{number}" for number in numbers]
        for path in paths:
            self.write(path, path.rpartition("/")[2].replace("-", " ").title())
        return paths

    def command(self, discovery: str = "sitemaps = []") -> tuple[str, ...]:
        self.night += 1
        file = self.crawl.folder / "orgs" / f"{NAME}.toml"
        file.parent.mkdir(exist_ok=True)
        home = self.server.url("/")
        file.write_text(f'name = "The Harbor"\nhomepage = "{home}"\n[discovery]\n{discovery}\n')
        return NAME, "-s", f"STARTED_AT=2021-03-{self.night:02}T02:00:00Z", "-s", "RETRY_TIMES=0"

    @property
    def env(self) -> dict[str, str]:
        return {"BROADSIDE_ORGANIZATIONS": str(self.crawl.folder / "orgs")}

    def run(self, *options: str, discovery: str = "sitemaps = []") -> Run:
        return self.crawl(*self.command(discovery), *options, env=self.env).check(0)

    def ends(self) -> Counter[tuple[str, str | None]]:
        ledger = Ledger.look(self.crawl.data / NAME)
        try:
            return Counter({(str(state), reason): count for (state, reason), count in ledger.counts().items()})
        finally:
            ledger.close()

    def recorded(self, run: Run) -> set[str]:
        return {record["url"].removeprefix(self.server.url("")) for record in run.records}


@pytest.fixture
def harbor(crawl: Crawl, server: Server) -> Harbor:
    return Harbor(crawl, server)


def put_calendar(harbor: Harbor, months: int) -> list[str]:
    """Put months that link to the ones before and after them, and say nothing."""
    paths = [f"/events/{2020 + month // 12}/{1 + month % 12:02}/" for month in range(months)]
    for number, path in enumerate(paths):
        around = paths[max(number - 1, 0) : number + 2]
        harbor.write(path, f"Events, {path[8:]}", [one for one in around if one != path], words=False)
    return paths


def test_every_article_is_found_and_a_calendar_is_left(harbor: Harbor) -> None:
    articles = harbor.articles(range(40))
    months = put_calendar(harbor, 200)
    for number, path in enumerate(articles[:-1]):  # each leads to the next only
        harbor.write(path, f"Case {number}", [articles[number + 1]])
    harbor.write("/", "The Harbor", [articles[0], months[100]], words=False)
    run = harbor.run()
    assert harbor.recorded(run) >= set(articles)
    assert not harbor.recorded(run) & set(months)
    asked = [path for path in harbor.server.paths if path in months]
    assert 12 < len(asked) <= 30, "twelve in a row each way, and few more"
    ends = harbor.ends()
    assert ends["excluded", "leads_nowhere"] == 2, "the next month on either side"
    assert not {state for state, _ in ends} & {"held", "pending", "in_flight", "stored"}
    assert "let go (leads_nowhere): 2 × " in run.stderr


def test_selections_of_one_list_are_tried_and_left(harbor: Harbor) -> None:
    articles = harbor.articles(range(30))
    selections = [f"/press?topic={topic}&year={year}" for topic in "abcdefgh" for year in range(2000, 2012)]
    for selection in selections:
        harbor.write(selection, "Press", articles[:5], words=False)
    harbor.write("/", "The Harbor", [*articles, *selections], words=False)
    run = harbor.run()
    assert harbor.recorded(run) == {*articles, *(f"/{name}" for name in MENU)}
    assert sum(path in selections for path in harbor.server.paths) == 12
    assert harbor.ends()["excluded", "nothing_new"] == len(selections) - 12


def test_documents_come_before_menus_where_there_is_a_limit(harbor: Harbor) -> None:
    articles = harbor.articles(range(9))
    harbor.write("/", "The Harbor", articles, words=False)
    run = harbor.run("-a", "limit=3")
    assert len(run.records) == 3
    assert harbor.recorded(run) < set(articles)


def test_a_new_article_that_only_the_homepage_names_is_found_the_next_night(harbor: Harbor) -> None:
    articles = harbor.articles(range(20))
    months = put_calendar(harbor, 60)
    harbor.write("/", "The Harbor", [*articles, months[30]], words=False)
    harbor.run()
    (fresh,) = harbor.articles([99])
    harbor.write("/", "The Harbor", [fresh, *articles, months[30]], words=False)
    before = len(harbor.server.requests)
    run = harbor.run()
    assert fresh in harbor.recorded(run)
    assert {record["change"] for record in run.records if record["url"].endswith("-99")} == {"new"}
    asked = [request.path for request in harbor.server.requests[before:]]
    assert len(asked) <= 5, asked


def test_a_killed_crawl_lets_go_of_the_same(crawl: Crawl, server: Server) -> None:
    def put(harbor: Harbor) -> None:
        articles = harbor.articles(range(60))
        for number, path in enumerate(articles):
            harbor.write(path, f"Case {number}", [*articles[number + 1 : number + 3], f"{path}/print"])
            harbor.write(f"{path}/print", f"Case {number}", words=False)
        months = put_calendar(harbor, 80)
        harbor.write("/", "The Harbor", [*articles[:3], months[40]], words=False)

    whole = Harbor(Crawl(crawl.folder / "whole"), server)
    whole.crawl.folder.mkdir()
    put(whole)
    expected = whole.run()
    killed = Harbor(crawl, server)
    command = killed.command()
    for size in (20, 30, 30):
        before = len(server.requests)
        process = crawl.start(*command, env=killed.env)
        limit = time.monotonic() + 60
        while len(server.requests) < before + size and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    run = crawl(*command, env=killed.env).check(0)
    assert killed.recorded(run) == whole.recorded(expected)
    assert killed.ends() == whole.ends()


def test_a_button_that_loads_more_as_json(harbor: Harbor) -> None:
    articles = harbor.articles(range(6))
    first = harbor.write("/news", "News", articles[:2], words=False)
    page = harbor.server.routes["/news"]
    assert isinstance(page, Reply)
    button = b'<button class="load-more" data-url="/news/more?offset=2">Load more</button></main>'
    harbor.server.page("/news", Reply(page.body.replace(b"</main>", button)))
    for offset, following in ((2, "/news/more?offset=4"), (4, None)):
        items = "".join(f"<li><a href='{path}'>A case</a></li>" for path in articles[offset : offset + 2])
        body = json.dumps({"html": f"<ul>{items}</ul>", "next_url": following}).encode()
        harbor.server.page(f"/news/more?offset={offset}", Reply(body, content_type="application/json"))
    harbor.write("/", "The Harbor", words=False)
    run = harbor.run(discovery=f'sitemaps = []\nlistings = ["{first}"]')
    assert harbor.recorded(run) >= set(articles)


@pytest.mark.parametrize(("feeds", "found"), [("", True), ("feeds = []\n", False)])
def test_a_feed_that_the_homepage_names(harbor: Harbor, feeds: str, found: bool) -> None:
    (hidden,) = harbor.articles([7])
    link = f"<rss version='2.0'><channel><item><link>{harbor.server.url(hidden)}</link></item></channel></rss>"
    harbor.server.page("/rss.xml", Reply(link.encode(), content_type="application/rss+xml"))
    harbor.write("/", "The Harbor", harbor.articles([1]), words=False)
    page = harbor.server.routes["/"]
    assert isinstance(page, Reply)
    named = b'<link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>'
    harbor.server.page("/", Reply(page.body.replace(b"</head>", named)))
    run = harbor.run(discovery=f"sitemaps = []\n{feeds}")
    assert (hidden in harbor.recorded(run)) is found


def test_a_listing_without_an_end_is_walked_while_it_names_something_new(harbor: Harbor) -> None:
    articles = harbor.articles(range(12))
    for number in range(40):
        shown = articles[2 * number : 2 * number + 2] or articles[:2]
        path = "/news" if number == 0 else f"/news?page={number}"
        harbor.write(path, "News", shown, words=False)
        page = harbor.server.routes[path]
        assert isinstance(page, Reply)
        pager = f'<nav class="pager"><a rel="next" href="/news?page={number + 1}">Next</a></nav></main>'.encode()
        harbor.server.page(path, Reply(page.body.replace(b"</main>", pager)))
    harbor.write("/", "The Harbor", words=False)
    run = harbor.run(discovery=f'sitemaps = []\nlistings = ["{harbor.server.url("/news")}"]')
    assert harbor.recorded(run) >= set(articles)
    assert max(int(path.partition("=")[2]) for path in harbor.server.paths if "?page=" in path) == 8
    assert harbor.ends()["excluded", "endless_listing"] == 1


# What a review found lost, each once.


def with_pager(harbor: Harbor, path: str, pager: str) -> None:
    """Put a pager on a page."""
    page = harbor.server.routes[path]
    assert isinstance(page, Reply)
    harbor.server.page(path, Reply(page.body.replace(b"</main>", f"<nav class='pager'>{pager}</nav></main>".encode())))


def test_a_blog_that_shows_whole_posts_on_its_pages(harbor: Harbor) -> None:
    """And has plain addresses, in which a post's number looks like a page's."""
    posts = [f"/?p={number}" for number in range(100, 130)]
    for number, path in enumerate(posts):
        harbor.write(path, f"Post {number}")
    for number in range(6):
        path = "/" if number == 0 else f"/?paged={number + 1}"
        shown = posts[5 * number : 5 * number + 5]
        texts = "".join(
            f"<article><h2><a href='{post}'>A post of ours</a></h2>"
            + "".join(f"<p>{write_paragraph(rng)}</p>" for rng in [random.Random(post)] for _ in range(2))
            + "</article>"
            for post in shown
        )
        following = f"<a rel='next' href='/?paged={number + 2}'>Older posts</a>" if number < 5 else ""
        harbor.server.page(path, f"<html><head><title>Blog</title></head><body>{texts}{following}</body></html>")
    assert harbor.recorded(harbor.run()) >= set(posts)


def test_a_page_that_moved_is_found_under_its_new_address(harbor: Harbor) -> None:
    articles = harbor.articles(range(5))
    harbor.write("/", "The Harbor", articles, words=False)
    harbor.run()
    moved = harbor.server.routes[articles[0]]
    harbor.server.page("/cases/the-first-of-them", moved)
    harbor.server.page(articles[0], Reply(status=301, headers=(("Location", "/cases/the-first-of-them"),)))
    harbor.write("/", "The Harbor", ["/cases/the-first-of-them", *articles[1:]], words=False)
    run = harbor.run()
    changes = {record["url"].rpartition("/")[2]: record["change"] for record in run.records}
    assert changes["the-first-of-them"] == "new"


def test_a_listing_with_numbers_ends_too(harbor: Harbor) -> None:
    articles = harbor.articles(range(5))
    for number in range(60):
        path = "/news" if number == 0 else f"/news?page={number}"
        harbor.write(path, "News", articles, words=False)
        near = range(max(number - 2, 0), number + 3)
        numbers = "".join(f"<a href='/news?page={one}'>{one + 1}</a>" for one in near)
        with_pager(harbor, path, f"{numbers}<a href='/news?page={number + 1}'>Next</a>")
    harbor.write("/", "The Harbor", words=False)
    run = harbor.run(discovery=f'sitemaps = []\nlistings = ["{harbor.server.url("/news")}"]')
    assert harbor.recorded(run) >= set(articles)
    assert sum("?page=" in path for path in harbor.server.paths) < 30


def test_a_run_with_a_limit_changes_nothing_of_what_a_whole_one_makes(harbor: Harbor) -> None:
    articles = harbor.articles(range(30))
    topics = [f"/topics/{name}" for name in ("bay", "cape", "dune", "fjord")]
    for number, topic in enumerate(topics):
        harbor.write(topic, "Topic", articles[5 * number : 5 * number + 5], words=False)
    selections = [f"/press?topic={topic}&year={year}" for topic in "abcd" for year in range(2000, 2012)]
    for selection in selections:
        harbor.write(selection, "Press", articles[:5], words=False)
    harbor.write("/", "The Harbor", [*articles, *topics, *selections], words=False)
    harbor.run("-a", "limit=4")
    run = harbor.run()
    assert harbor.recorded(run) == {*articles, *(f"/{name}" for name in MENU)}
    assert sum(path in selections for path in harbor.server.paths) <= 12


@pytest.mark.parametrize("named", [True, False])
def test_what_a_selector_or_a_feed_names_is_a_document(harbor: Harbor, named: bool) -> None:
    """Though it says less than half of what another page says, and nothing else."""
    articles = harbor.articles(range(4))
    parts = [f"{path}/short-version" for path in articles]
    for part, path in zip(parts, articles, strict=True):
        begins = write_paragraph(random.Random(path))
        harbor.server.page(part, f"<html><title>In short</title><main><h1>In short</h1><p>{begins}</p></main></html>")
    items = "".join(f"<item><link>{harbor.server.url(path)}</link></item>" for path in parts[2:] if named)
    feed = f"<rss version='2.0'><channel>{items}</channel></rss>"
    harbor.server.page("/rss.xml", Reply(feed.encode(), content_type="application/rss+xml"))
    for path, part in zip(articles, parts, strict=True):
        harbor.write(path, path.rpartition("/")[2], [part])
    harbor.write("/", "The Harbor", [*articles, *parts[:2]], words=False)
    selector = 'listing_links = "main li"' if named else ""
    run = harbor.run(discovery=f'sitemaps = []\nfeeds = ["/rss.xml"]\n{selector}')
    assert harbor.recorded(run) >= set(articles)
    judged = {run.outcome(harbor.server.url(part)).outcome == "listing" for part in parts}
    assert judged == {not named}


def test_what_was_let_go_comes_in_with_a_sitemap(harbor: Harbor) -> None:
    articles = harbor.articles(range(5))
    selections = [f"/press?topic={topic}&year={year}" for topic in "abcd" for year in range(2000, 2012)]
    for selection in selections:
        harbor.write(selection, "Press", articles, words=False)
    harbor.write("/", "The Harbor", [*articles, *selections], words=False)
    harbor.run()
    left = next(one for one in reversed(selections) if one not in harbor.server.paths)
    harbor.write(left, "A statement that stands here now")
    urls = f"<url><loc>{harbor.server.url(left).replace('&', '&amp;')}</loc></url>"
    harbor.server.page("/sitemap.xml", Reply(f"<urlset>{urls}</urlset>".encode(), content_type="text/xml"))
    assert left in harbor.recorded(harbor.run(discovery=""))
