"""What pages say to crawlers: `noarchive` keeps a body out of the archive, `noindex` a record out of the corpus."""

import gzip
import sqlite3
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from crawler.storage.archive import list_files
from tests.runs.harness import Crawl, Reply, Server, article
from tests.runs.test_run_pages import organization
from tests.runs.test_run_robots import verdicts


def meta(content: str, name: str = "robots") -> str:
    return f"<meta name='{name}' content='{content}'>"


def put_up(server: Server) -> None:
    names = ("plain", "noarchive", "packed", "header", "noindex", "closed", "other", "ours")
    links = "".join(f"<p><a href='/{name}'>{name}</a></p>" for name in names)
    server.page("/", f"<html><body>{links}</body></html>")
    server.page("/plain", article("The plain page"))
    beside = "<a href='/beside'>beside</a>"
    etag = (("ETag", '"1"'),)
    server.page("/noarchive", Reply(article("Kept off", head=meta("noarchive"), links=beside).encode(), headers=etag))
    packed = gzip.compress(article("Packed", head=meta("NOARCHIVE")).encode())
    server.page("/packed", Reply(packed, headers=(("Content-Encoding", "gzip"),)))
    server.page("/header", Reply(article("By header").encode(), headers=(("X-Robots-Tag", "noarchive, noindex"),)))
    server.page("/noindex", article("Not listed", head=meta("noindex"), links="<a href='/behind'>behind</a>"))
    server.page("/closed", article("Closed", head=meta("none"), links="<a href='/hidden'>hidden</a>"))
    server.page("/other", article("For others", head=meta("noarchive", "otherbot")))
    server.page("/ours", article("For us", head=meta("noarchive", "Broadside")))
    for name in ("behind", "beside", "hidden"):
        server.page(f"/{name}", article(f"The page {name}"))


def archived(folder: Path) -> dict[str, tuple[bytes, str | None, str | None]]:
    """The latest response record of each URL: its body, WARC-Truncated, and why it was withheld."""
    found = {}
    for path in list_files(folder / "archive"):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
                assert record.http_headers is not None
                why = record.http_headers.get("X-Crawler-Withheld")
                truncated = record.headers.get("WARC-Truncated")
                found[str(record.headers["WARC-Target-URI"])] = (record.reader.read(), truncated, why)
    return found


def test_noarchive_and_noindex(crawl: Crawl, server: Server) -> None:
    put_up(server)
    env = organization(crawl, server, "[revisit]\nshortest_days = 0.1\nlongest_days = 0.1\nshare = 1.0\n")
    run = crawl("small", "-s", "STARTED_AT=2026-03-01T00:00:00Z", env=env).check(0, "well: 6 records")
    kept = {"plain", "noindex", "closed", "other", "behind", "beside"}
    assert set(run.by_url) == {server.url(f"/{name}") for name in kept}
    assert not server.asked("/hidden"), "nofollow"
    bodies = archived(crawl.data / "small")
    for name in ("noarchive", "packed", "header", "ours"):
        assert run.outcome(server.url(f"/{name}")).reason == "noarchive", name
        assert bodies[server.url(f"/{name}")] == (b"", "unspecified", "noarchive")
    assert b"Not listed" in bodies[server.url("/noindex")][0]
    told = verdicts(crawl, "small")
    assert told[server.url("/plain")] == "allowed:no_robots_txt"
    assert told[server.url("/header")] == "allowed:no_robots_txt,noarchive,noindex"
    assert told[server.url("/closed")] == "allowed:no_robots_txt,nofollow,noindex"
    files = list_files(crawl.data / "small" / "archive")
    assert not any(b"Kept off is what" in gzip.decompress(path.read_bytes()) for path in files)
    crawl("replay", "-a", "collection=small").check(0, "well: 6 records")

    # Nothing is asked for only if it changed: there is nothing to compare it with. And the other way round.
    server.requests.clear()
    options = ("-s", "STARTED_AT=2026-03-09T00:00:00Z", "-s", "HONOR_NOARCHIVE=0", "-s", "HONOR_NOINDEX=1")
    run = crawl("small", *options, env=env).check(0)
    asked = server.asked("/noarchive")
    assert len(asked) == 1
    assert "If-None-Match" not in asked[0].headers
    assert b"Kept off is what" in archived(crawl.data / "small")[server.url("/noarchive")][0]
    records = run.by_url
    assert records[server.url("/noarchive")]["change"] == "new"
    assert records[server.url("/noindex")]["change"] == "gone"
    assert records[server.url("/noindex")]["change_reason"] == "excluded"
    assert server.url("/header") not in records
    assert "noindex" in [one.reason for one in run.outcomes[server.url("/noindex")]]


def test_a_page_that_begins_to_say_noarchive(crawl: Crawl, server: Server) -> None:
    server.page("/", "<html><body><a href='/a'>a</a><a href='/b'>b</a></body></html>")
    for name in "ab":
        server.page(f"/{name}", article(f"The page {name}"))
    env = organization(crawl, server, "[revisit]\nshortest_days = 0.1\nlongest_days = 0.1\nshare = 1.0\n")
    crawl("small", "-s", "STARTED_AT=2026-03-01T00:00:00Z", env=env).check(0, "well: 2 records")
    server.page("/a", Reply(article("The page a").encode(), headers=(("X-Robots-Tag", "noarchive"),)))
    run = crawl("small", "-s", "STARTED_AT=2026-03-09T00:00:00Z", env=env).check(0)
    assert run.by_url[server.url("/a")]["change_reason"] == "excluded"
    database = sqlite3.connect(crawl.data / "small" / "ledger.sqlite3")
    try:
        row = database.execute(
            "select payload_digest, etag from visit join url on url.id = url_id where url = ? order by run_id desc",
            (server.url("/a"),),
        ).fetchone()
    finally:
        database.close()
    assert row == (None, None)
