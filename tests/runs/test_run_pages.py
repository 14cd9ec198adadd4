"""`pages`: a coded list, each row accounted for, its columns carried along."""

import json
from pathlib import Path

import pytest

from tests.runs.harness import Crawl, Reply, Server, article, write_list


@pytest.fixture
def site(server: Server) -> Server:
    for name in ("first", "second", "third"):
        server.page(f"/{name}", article(f"The {name} page"))
    server.page("/old", Reply(b"", 301, headers=(("Location", "/third"),)))
    return server


ROWS = [
    {
        "url": "/second",
        "organization": "Dock Workers' Aid",
        "topic": "wages; safety",
        "document_type": "Leaflet",
        "code": "7b",
    },
    {"url": "/first", "organization": "", "topic": "", "document_type": "", "code": "né, “quoted”"},
]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "semicolons"])
def test_columns_come_back(crawl: Crawl, site: Server, suffix: str) -> None:
    rows = [{**row, "url": site.url(row["url"])} for row in ROWS]
    path = crawl.folder / f"list.{'csv' if suffix == 'semicolons' else suffix}"
    mark = {"csv": ",", "tsv": "\t", "semicolons": ";"}.get(suffix)
    if mark is None:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    else:
        lines = [mark.join(rows[0])]
        lines += [mark.join('"' + value.replace('"', '""') + '"' for value in row.values()) for row in rows]
        path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    run = crawl("pages", "-a", f"urls={path}").check(0, "well: 2 records")
    assert [record["url"] for record in run.records] == [site.url("/first"), site.url("/second")]
    first, second = run.records
    assert second["organization"] == "Dock Workers' Aid"
    assert second["topics"] == ["wages", "safety"]
    assert second["document_type"] == "Leaflet"
    assert second["annotations"] == {"code": "7b"}
    assert (first["organization"], first["topics"], first["document_type"]) == (None, [], None)
    assert first["annotations"] == {"code": "né, “quoted”"}
    assert first["collection"] == "list"
    assert first["provenance"]["fetched_at"].endswith("Z")


def test_every_row_is_accounted_for(crawl: Crawl, site: Server) -> None:
    odd = [
        "ftp://127.0.0.1/file",
        "not a url",
        "http://",
        "http://[::1",
        "mailto:x@example.org",
        "http://127.0.0.1:99999/",
    ]
    rows = [
        *(site.url("/first"), site.url("/first#part"), site.url("/first?utm_source=list"), site.url("/missing")),
        *(site.url("/old"), site.url("/second"), *odd, ""),
        site.url("/a b|c\\d%zz"),
        site.url("/ünïcode?q=é&r=%E9"),
    ]
    path = crawl.folder / "list.csv"
    path.write_text("url,n\n" + "".join(f'"{row}",{number}\n' for number, row in enumerate(rows)), encoding="utf-8")
    run = crawl("pages", "-a", f"urls={path}").check(0, "well: 3 records")
    assert set(run.by_url) == {site.url("/first"), site.url("/second"), site.url("/third")}
    moved = run.by_url[site.url("/third")]
    assert moved["provenance"]["requested_url"] == site.url("/old")
    assert moved["annotations"] == {"n": "4"}
    assert run.outcome(site.url("/missing")).reason == "http_404"
    assert run.outcome(site.url("/first?utm_source=list")).reason == "repeated_row"
    assert run.stderr.count("excluded (no_http_url)") == len(odd) + 1
    assert run.stderr.count("excluded (repeated_row)") == 2
    assert run.stderr.count("gone (http_404)") == 3
    assert "list.csv: row 3 repeats row 2" in run.stderr
    total = sum(len(outcomes) for url, outcomes in run.outcomes.items() if url != site.url("/third"))
    assert total + run.stderr.count("not a url") - len(run.outcomes.get("not", [])) >= len(rows) - 1


def test_two_rows_with_the_same_document_are_two_records_in_a_replay_too(crawl: Crawl, server: Server) -> None:
    urls = [server.page(path, article("The same")) for path in ("/one", "/two")]
    crawl("pages", "-a", f"urls={write_list(crawl.folder / 'urls.csv', urls)}", "-a", "collection=c").check(
        0, "well: 2"
    )
    again = crawl("replay", "-a", "collection=c").check(0, "well: 2 records")
    assert [record["url"] for record in again.records] == urls


def test_limit_is_exact_and_stops_fetching(crawl: Crawl, server: Server) -> None:
    urls = [
        server.page(f"/p{number:03}", Reply(article(f"Page {number}").encode(), delay=0.05)) for number in range(200)
    ]
    listed = write_list(crawl.folder / "urls.csv", urls)
    run = crawl("pages", "-a", f"urls={listed}", "-a", "limit=10").check(0, "well: 10 records")
    assert len(run.records) == 10
    assert len(server.paths) < 60, "what was on its way when the tenth was stored, and no more"
    assert "robots.txt of" not in run.stderr


def test_limit_of_an_organization(crawl: Crawl, server: Server) -> None:
    links = "".join(f"<p><a href='/p{number:03}'>page {number}</a></p>" for number in range(200))
    server.page("/", f"<html><body>{links}</body></html>")
    for number in range(200):
        server.page(f"/p{number:03}", Reply(article(f"Page {number}").encode(), delay=0.05))
    orgs = organization(crawl, server)
    run = crawl("small", "-a", "limit=10", env=orgs).check(0, "well: 10 records")
    assert len(run.records) == 10
    assert len([path for path in server.paths if path.startswith("/p")]) < 60


def organization(crawl: Crawl, server: Server, more: str = "") -> dict[str, str]:
    folder = crawl.folder / "orgs"
    folder.mkdir(exist_ok=True)
    text = f'name = "Small"\nhomepage = "{server.url()}"\n{more}'
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return {"BROADSIDE_ORGANIZATIONS": str(folder)}


def test_organization_follows_redirects_within_its_rules(crawl: Crawl, server: Server) -> None:
    """Sitemaps and feeds may move; pages that move out of the crawl's scope are not fetched."""
    other = Server().start()
    try:
        links = ("/moved", "/off-site", "/to-denied", "/denied/page", "/plain")
        body = "".join(f"<p><a href='{path}'>{path}</a></p>" for path in links)
        server.page("/", f"<html><body>{body}</body></html>")
        moved = {
            "/sitemap.xml": "/sitemap_index.xml",
            "/feed": "/feed/",
            "/moved": "/target",
            "/off-site": f"http://localhost:{other.port}/page",
            "/to-denied": "/denied/other",
        }
        for path, target in moved.items():
            server.page(path, Reply(b"", 301, headers=(("Location", target),)))
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        loc = f"<urlset xmlns='{space}'><url><loc>{server.url('/from-sitemap')}</loc></url></urlset>"
        server.page("/sitemap_index.xml", Reply(loc.encode(), content_type="application/xml"))
        item = f"<item><title>Fed</title><link>{server.url('/from-feed')}</link></item>"
        rss = f"<rss version='2.0'><channel><title>x</title>{item}</channel></rss>"
        server.page("/feed/", Reply(rss.encode(), content_type="application/rss+xml"))
        for path in ("/target", "/plain", "/from-sitemap", "/from-feed", "/denied/page", "/denied/other"):
            server.page(path, article(f"The page {path.strip('/')}"))
        other.page("/page", article("Elsewhere"))
        more = '[discovery]\nfeeds = ["/feed"]\n[urls]\ndeny = ["/denied/"]\n'
        run = crawl("small", env=organization(crawl, server, more)).check(0, "well: 4 records")
        expected = ("/target", "/plain", "/from-sitemap", "/from-feed")
        assert set(run.by_url) == {server.url(path) for path in expected}
        for path in ("/moved", "/off-site", "/to-denied"):
            assert run.outcome(server.url(path)).outcome == "redirected"
        for url in (server.url("/denied/other"), f"http://localhost:{other.port}/page"):
            assert run.outcome(url).outcome == "out_of_scope"
        assert not other.requests
        assert not [path for path in server.paths if path.startswith("/denied/")]
    finally:
        other.stop()


def test_list_is_read_whole_before_anything_is_asked(crawl: Crawl, site: Server) -> None:
    path = crawl.folder / "list.jsonl"
    text = json.dumps({"url": site.url("/first"), "note": "a\u2028b\x85c"}, ensure_ascii=False)
    half = json.dumps({"url": site.url("/second"), "note": "half \ud800 character"})
    path.write_text(f"{text}\n{half}\n", encoding="utf-8")
    run = crawl("pages", "-a", f"urls={path}").check(0, "well: 2 records")
    assert run.by_url[site.url("/first")]["annotations"] == {"note": "a\u2028b\x85c"}
    assert run.by_url[site.url("/second")]["annotations"] == {"note": "half \ufffd character"}
    assert Path(run.feed).read_text(encoding="utf-8").splitlines() == Path(run.feed).read_text("utf-8").split("\n")[:-1]
