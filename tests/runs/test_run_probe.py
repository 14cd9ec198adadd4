"""`scrapy probe` and `scrapy new-organization`, in processes of their own, against a server on loopback."""

import socket
import sys
from pathlib import Path

import pytest

from crawler.organizations.load import load_organization
from crawler.probing.report import LINES, WIDTH
from tests.runs.harness import Crawl, Reply, Run, Server, article

PAGES = {
    "/news/2016/03/court-halts-evictions": "Court halts evictions in three towns",
    "/news/2016/02/annual-report": "What the year brought to the clinic",
    "/news/2016/01/letter": "A letter to the mayor of Port Ellery",
    "/news/2015/12/hearing": "Why the hearing was put off again",
}
XML = "application/xml"


def serve(server: Server) -> None:
    """Serve a small site: menu, listing with a pager, sitemap index, feed, four articles."""
    head = (
        "<meta property='og:site_name' content='Harbor &quot;Law&quot; Collective'>"
        "<link rel='alternate' type='application/rss+xml' href='/feed'><link rel='alternate' hreflang='es' href='/es'>"
    )
    menu = "<nav><a href='/'>Home</a><a href='/about'>About us</a><a href='/news'>News</a></nav>"
    server.page("/", f"<html lang=en-US><head><title>Home</title>{head}</head><body>{menu}<p>Welcome</p></body></html>")
    rows = "".join(f"<li><h3><a href='{path}'>{title}</a></h3> March 4, 2016</li>" for path, title in PAGES.items())
    pager = "<div class=pager><a href='/news?page=2' rel=next>Next</a></div>"
    server.page("/news", f"<html><body>{menu}<h1>News</h1><ul>{rows}</ul>{pager}</body></html>")
    server.page("/news?page=2", f"<html><body>{menu}<ul></ul></body></html>")
    for path, title in PAGES.items():
        server.page(path, article(title))
    server.page("/robots.txt", Reply(f"User-agent: *\nSitemap: {server.url('/map.xml')}\n".encode(), 200, "text/plain"))
    index = f"<sitemapindex><sitemap><loc>{server.url('/map1.xml')}</loc></sitemap></sitemapindex>"
    server.page("/map.xml", Reply(index.encode(), 200, XML))
    entries = "".join(f"<url><loc>{server.url(path)}</loc><lastmod>2016-03-05</lastmod></url>" for path in PAGES)
    server.page("/map1.xml", Reply(f"<urlset>{entries}</urlset>".encode(), 200, XML))
    items = "".join(f"<item><link>{server.url(path)}</link><title>A</title></item>" for path in PAGES)
    server.page("/feed", Reply(f"<rss><channel>{items}</channel></rss>".encode(), 200, XML))


def organize(crawl: Crawl, server: Server, text: str = "") -> None:
    folder = crawl.folder / "orgs"
    folder.mkdir(exist_ok=True)
    (folder / "harbor.toml").write_text(f'name = "Harbor Law"\nhomepage = "{server.url()}"\nverified = false\n{text}')


def call(crawl: Crawl, *arguments: str | Path, **env: str) -> Run:
    folders = {"BROADSIDE_ORGANIZATIONS": str(crawl.folder / "orgs"), **env}
    run = crawl(*arguments, feed=None, level=None, program=(sys.executable, "-m", "crawler"), env=folders)
    assert "Traceback" not in run.stderr, run.stderr
    return run


def probe(crawl: Crawl, status: int) -> list[str]:
    run = call(crawl, "probe", "harbor").check(status)
    lines = run.stdout.decode().splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH
    assert not list(crawl.data.iterdir()), "nothing is kept"
    return lines


def test_a_probe_asks_little_and_says_what_works(crawl: Crawl, server: Server) -> None:
    serve(server)
    organize(crawl, server, '[discovery]\nlistings = ["/news"]\n')
    lines = probe(crawl, 0)
    text = "\n".join(lines)
    assert "robots.txt  200; allows homepage and seeds; no Crawl-delay; 1 sitemap" in lines
    assert "homepage    200 /; languages en, es; 1 feed and 1 listing found on it" in lines
    assert "            index of 1; in one of them 4 pages, 4 of them in scope; newest 2016-03-05" in lines
    assert "            4 pages, 4 of them in scope; no dates" in lines
    assert "4 to documents; next page /news?page=2" in text
    assert '            2016-03-04 (byline: "March 4, 2016"); ' in text
    assert "works       records come out: 3 of 3 articles read, 3 dated" in lines
    assert lines[-1] == "change      verified = true: the file works"
    paths = [request.path for request in server.requests]
    assert paths[:2] == ["/robots.txt", "/"]
    assert len(paths) == len(set(paths)) == 9
    assert "9 requests" in lines[0]
    assert all("Broadside/" in request.headers["User-Agent"] for request in server.requests)
    assert server.most_under_way == 1


def test_without_a_listing_in_the_file_one_is_found(crawl: Crawl, server: Server) -> None:
    serve(server)
    organize(crawl, server)
    assert probe(crawl, 0)[-1].startswith('change      [discovery] listings = ["/news"]: pages that list documents')


@pytest.mark.parametrize(
    ("path", "reply", "status", "said"),
    [
        ("/robots.txt", Reply(b"User-agent: broadside\nDisallow: /\n", 200, "text/plain"), 3, "forbids the homepage"),
        ("/robots.txt", Reply(b"no", 503), 3, "robots.txt  503: all is forbidden until it can be read"),
        ("/robots.txt", Reply(b"", drop="before"), 3, "robots.txt  no answer ("),
        ("/robots.txt", Reply(b"", 200, "text/plain"), 0, "robots.txt  200; allows homepage and seeds"),
        ("/robots.txt", Reply(b"<!doctype html><html><body>Not found</body></html>"), 0, "allows homepage and seeds"),
        ("/robots.txt", Reply(b"no", 404), 0, "404; there is none, and all is allowed"),
        ("/", Reply(b"no", 404), 3, "change      homepage: 404; name the address that a browser shows"),
        ("/", Reply(b"%PDF-1.4 ", 200, "application/pdf"), 3, "200, no HTML page: application/pdf /"),
        ("/map.xml", Reply(b"<!doctype html><html><body>Search</body></html>"), 0, "0 pages, 0 of them in scope"),
        ("/map1.xml", Reply(b"\x1f\x8b broken", 200, XML), 0, "0 pages, 0 of them in scope"),
        ("/feed", Reply(b"<!doctype html><html><body>Search</body></html>"), 0, "0 pages, 0 of them in scope"),
        ("/news", Reply(b"x" * 100, drop="within"), 0, "listing     no answer ("),
        (
            next(iter(PAGES)),
            Reply(article("Held back").encode(), headers=(("X-Robots-Tag", "noarchive"),)),
            0,
            "200, left out, for it says noarchive: /news/2016/03/court-halts-evictions",
        ),
        (
            next(iter(PAGES)),
            Reply(article("A", head="<meta name=robots content=nofollow>").encode()),
            0,
            "robots: nofollow",
        ),
        (next(iter(PAGES)), Reply(b"", 200), 0, "the page is empty /news/2016/03/court-halts-evictions"),
    ],
)
def test_what_is_broken_is_said(crawl: Crawl, server: Server, path: str, reply: Reply, status: int, said: str) -> None:
    serve(server)
    server.page(path, reply)
    organize(crawl, server)
    assert said in "\n".join(probe(crawl, status))


@pytest.mark.parametrize(
    "homepage", ["http://127.0.0.1:{closed}/", "https://127.0.0.1:{port}/", "http://harbor.invalid/"]
)
def test_a_server_that_cannot_be_reached(crawl: Crawl, server: Server, homepage: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    organize(crawl, server)
    path = crawl.folder / "orgs" / "harbor.toml"
    path.write_text(path.read_text().replace(server.url(), homepage.format(closed=closed, port=server.port)))
    run = call(crawl, "probe", "harbor", BROADSIDE_CONTACT="test@example.org").check(3)
    text = run.stdout.decode()
    assert "robots.txt  no answer (" in text
    assert "fails       no records come out" in text
    assert "nothing yet: the server cannot be reached" in text


def test_a_new_organization_can_be_crawled(crawl: Crawl, server: Server) -> None:
    serve(server)
    written = crawl.folder / "orgs" / "harbor.toml"
    run = call(crawl, "new-organization", server.url(), "-o", written).check(0)
    assert run.stdout.decode() == (f"written: {written}\n\nscrapy probe harbor\nscrapy crawl harbor -a limit=20\n")
    organization = load_organization("harbor", written.read_text("utf-8"), "x")
    assert organization.name == 'Harbor "Law" Collective'
    assert organization.homepage == server.url()
    assert organization.languages == ("en", "es")
    assert organization.discovery.listings == (server.url("/news"),)
    assert not organization.verified
    before = written.read_bytes()
    again = call(crawl, "new-organization", server.url(), "-o", written).check(2, "harbor.toml exists already")
    assert written.read_bytes() == before
    assert again.stdout == b""
    folders = {"BROADSIDE_ORGANIZATIONS": str(written.parent)}
    records = crawl("harbor", env=folders).check(0, "well: ").by_url
    assert {server.url(path) for path in PAGES} <= set(records)


def test_a_new_organization_goes_into_the_first_folder(crawl: Crawl, server: Server) -> None:
    serve(server)
    first = crawl.folder / "first"
    run = call(crawl, "new-organization", server.url(), BROADSIDE_ORGANIZATIONS=f"{first}:{crawl.folder}").check(0)
    assert run.stdout.decode().startswith(f"written: {first / 'site-127-0-0-1.toml'}\n\nscrapy probe site-127-0-0-1\n")


def test_a_new_organization_that_says_nothing(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", Reply(b"", 404))
    server.page("/old", Reply(b"", 301, headers=(("Location", "/start"),)))
    server.page("/start", "<html><title></title><body><p>Under construction</p></body></html>")
    written = crawl.folder / "elsewhere" / "harbor.toml"
    said = call(crawl, "new-organization", server.url("/old"), "-o", written).check(0).stdout.decode()
    assert f"export BROADSIDE_ORGANIZATIONS={crawl.folder / 'orgs'}:{written.parent}\n" in said, "the others stay"
    assert "no document was found" in said
    organization = load_organization("harbor", written.read_text("utf-8"), "x")
    assert (organization.name, organization.homepage) == ("127.0.0.1", server.url("/start"))


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("probe", 2, "probe takes the name of one organization, not 0"),
        ("probe nobody", 2, "there is no organization 'nobody'; there are: aclu, "),
        ("probe documents", 2, "there is no organization 'documents'"),
        ("probe broken", 2, "broken.toml: line 3: homepag: unknown key"),
        ("probe eff", 2, "before the first request to https://www.eff.org/ say who is asking"),
        ("probe sample --fast", 2, "unknown option --fast"),
        ("new-organization", 2, "takes the URL of one homepage, not 0"),
        ("new-organization harborlaw.example", 2, "'harborlaw.example' is no http"),
        ("new-organization https://harborlaw.example/", 2, "before the first request to https://harborlaw.example/"),
        ("new-organization http://127.0.0.1:9/ -o a.txt", 2, "must end with .toml"),
        ("new-organization http://127.0.0.1:9/ -o pages.toml", 2, "is taken by a spider"),
        ("new-organization http://127.0.0.1:9/ -o {orgs}/broken.toml", 2, "broken.toml exists already"),
        ("new-organization http://127.0.0.1:9/", 1, "no answer .*; nothing was written"),
    ],
)
def test_mistakes(crawl: Crawl, arguments: str, status: int, message: str) -> None:
    folder = crawl.folder / "orgs"
    folder.mkdir()
    (folder / "broken.toml").write_text('name = "A"\nhomepage = "https://a.example/"\nhomepag = 1\n')
    run = call(crawl, *arguments.format(orgs=folder).split()).check(status, f"^broadside: .*{message}")
    assert run.stdout == b""


def test_no_folder_for_a_new_organization(crawl: Crawl) -> None:
    run = call(crawl, "new-organization", "https://www.harborlaw.example/", BROADSIDE_ORGANIZATIONS="")
    run.check(2, "there is no folder for harborlaw.toml: set BROADSIDE_ORGANIZATIONS")
