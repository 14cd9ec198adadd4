"""Nothing but http and https is ever asked for: what a site names must not read this machine's files."""

from pathlib import Path

import pytest
from scrapy import Request

from crawler.storage.archive import RecordPointer, list_files, read_response
from crawler.storage.ledger import Ledger, State
from crawler.storage.settle import as_discovered
from settings import DOWNLOAD_HANDLERS
from tests.runs.harness import Crawl, Reply, Server, article, write_list
from tests.runs.test_run_pages import organization

ELSEWHERE = (
    *("file:///etc/passwd", "FILE:///etc/passwd", "ftp://127.0.0.1/etc/passwd", "s3://bucket/key", "data:text/html,x"),
    *("https:///etc/passwd", "javascript:alert(1)", "//[::1", "gopher://127.0.0.1/"),
)


@pytest.mark.parametrize("scheme", ["file", "ftp", "s3"])
def test_scrapy_cannot_fetch_it(scheme: str) -> None:
    assert DOWNLOAD_HANDLERS[scheme] is None


def test_redirects_off_the_web_end_there(crawl: Crawl, server: Server) -> None:
    paths = [f"/r{number}" for number in range(len(ELSEWHERE))]
    for path, target in zip(paths, ELSEWHERE, strict=True):
        server.page(path, Reply(b"", 302, headers=(("Location", target),)))
    server.page("/robots.txt", Reply(b"", 302, headers=(("Location", "file:///etc/passwd"),)))
    listed = write_list(crawl.folder / "urls.csv", [server.url(path) for path in [*paths, "/plain"]])
    server.page("/plain", article("Plain page"))
    run = crawl("pages", "-a", f"urls={listed}", "-a", "collection=web").check(0, "well: 1 record")
    for path in paths:
        assert run.outcome(server.url(path)).reason == "broken_redirect", path
    assert "root:" not in archived(crawl.data / "web")


def test_sitemaps_off_the_web_are_refused(crawl: Crawl, server: Server) -> None:
    named = "".join(f"Sitemap: {url}\n" for url in ELSEWHERE)
    server.page("/robots.txt", Reply(f"{named}Sitemap: /map.xml\n".encode(), content_type="text/plain"))
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    index = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in (*ELSEWHERE, server.url("/pages.xml")))
    server.page("/map.xml", Reply(f"<sitemapindex {space}>{index}</sitemapindex>".encode(), content_type="text/xml"))
    pages = "".join(f"<url><loc>{url}</loc></url>" for url in (*ELSEWHERE, server.url("/one")))
    server.page("/pages.xml", Reply(f"<urlset {space}>{pages}</urlset>".encode(), content_type="text/xml"))
    links = "".join(f"<p><a href='{url}'>{url}</a></p>" for url in (*ELSEWHERE, "/two"))
    items = "".join(f"<item><link>{url}</link></item>" for url in (*ELSEWHERE, server.url("/three")))
    server.page("/feed", Reply(f"<rss><channel>{items}</channel></rss>".encode(), content_type="text/xml"))
    following = "<link rel='next' href='file:///etc/passwd'>"
    server.page("/", f"<html><head>{following}</head><body>{links}</body></html>")
    for path in ("/one", "/two", "/three"):
        server.page(path, article(f"The page {path}"))
    run = crawl("small", env=organization(crawl, server, '[discovery]\nfeeds = ["/feed"]\n'))
    run.check(0, "well: 3 records")
    assert "Sitemap: file:///etc/passwd is no http(s) URL" in run.stderr
    ledger = Ledger(crawl.data / "small")
    urls = dict(ledger._db.execute("select url, state from url join visit on url_id = url.id"))
    ledger.close()
    assert all(url.startswith(server.url()) or state == State.OUT_OF_SCOPE for url, state in urls.items()), urls
    assert "root:" not in archived(crawl.data / "small")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x", "data:text/html,x", "s3://bucket/key"])
def test_what_a_callback_yields_is_never_to_be_asked(url: str) -> None:
    found = as_discovered(Request(url, meta={"role": "sitemap"}))
    assert (found.state, found.reason) == (State.OUT_OF_SCOPE, "scheme")
    found = as_discovered(Request("https://example.org/", meta={"role": "sitemap"}))
    assert found.state is State.PENDING


def archived(collection: Path) -> str:
    """All bodies of an archive."""
    folder = collection / "archive"
    ledger = Ledger.look(collection)
    rows = ledger._db.execute("select warc_file, warc_offset from visit where warc_file is not null").fetchall()
    ledger.close()
    assert list_files(folder)
    return "\n".join(read_response(folder, RecordPointer(*row)).body.decode("utf-8", "replace") for row in rows)
