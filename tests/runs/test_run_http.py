"""What servers do: each answer ends in one outcome with a reason, and none of them is an error of the program's."""

import gzip
from pathlib import Path

import brotli  # type: ignore[import-untyped]

from crawler.sample.site import build_pdf
from tests.runs.harness import Crawl, Reply, Server, article, write_list


def test_every_kind_of_answer_is_accounted_for(crawl: Crawl, server: Server, tmp_path: Path) -> None:
    redirects = {
        "/moved": "/target",
        "/loop-a": "/loop-b",
        "/loop-b": "/loop-a",
        "/to-mail": "mailto:office@example.org",
        "/to-file": "file:///etc/passwd",
        **{f"/chain-{number}": f"/chain-{number + 1}" for number in range(30)},
    }
    for path, target in redirects.items():
        server.page(path, Reply(b"moved", 302, headers=(("Location", target),)))
    server.page("/target", article("Moved here"))
    server.page("/plain", article("Plain page"))
    gzipped = gzip.compress(article("Gzipped page").encode())
    server.page("/gzip", Reply(gzipped, headers=(("Content-Encoding", "gzip"),)))
    packed = brotli.compress(article("Brotli page").encode())
    server.page("/brotli", Reply(packed, headers=(("Content-Encoding", "br"),)))
    server.page("/unknown-coding", Reply(bytes(range(256)) * 20, headers=(("Content-Encoding", "exi"),)))
    server.page("/no-type", Reply(article("Page without a type").encode(), content_type=None))
    server.page("/text-type", Reply(article("Page called text").encode(), content_type="text/plain"))
    server.page("/pdf", Reply(build_pdf("A report"), content_type="application/pdf"))
    server.page("/pdf-called-html", Reply(build_pdf("A report")))
    server.page("/image", Reply(b"\x89PNG\r\n\x1a\n" + bytes(200), content_type="image/png"))
    server.page("/text", Reply(b"Only words, and no page.", content_type="text/plain"))
    server.page("/empty", Reply(b""))
    server.page("/gone", Reply(b"gone", 410))
    server.page("/forbidden", Reply(b"no", 403))
    server.page("/broken", Reply(b"oops", 500))
    server.page("/recovers", [Reply(b"wait", 503), Reply(article("It came back").encode())])
    server.page("/dropped", Reply(drop="before"))
    server.page("/cut", Reply(article("Cut short").encode(), drop="within"))
    server.page("/large", Reply(article("Too large", "word " * 100_000).encode()))
    bomb = gzip.compress(article("A bomb", "word " * 100_000).encode())
    server.page("/bomb", Reply(bomb, headers=(("Content-Encoding", "gzip"),)))
    rows = [path for path in server.routes if not path.startswith("/chain-") or path == "/chain-0"]
    rows.remove("/target")
    listed = write_list(tmp_path / "urls.csv", [server.url(path) for path in [*rows, "/missing"]])

    options = ("-s", "DOWNLOAD_MAXSIZE=300000", "-s", "RETRY_DELAY=0.1")
    run = crawl("pages", "-a", f"urls={listed}", *options).check(0, "well: 7 records")

    titles = {record["title"] for record in run.records}
    assert titles == {
        *("Moved here", "Plain page", "Gzipped page", "Brotli page"),
        *("Page without a type", "Page called text", "It came back"),
    }
    expected = {
        "/moved": ("redirected", None),
        "/target": ("recorded", None),
        "/loop-a": ("redirected", None),
        "/loop-b": ("redirected", None),
        "/to-mail": ("failed", "broken_redirect"),
        "/to-file": ("failed", "broken_redirect"),
        "/chain-0": ("redirected", None),
        "/chain-4": ("redirected", None),
        "/chain-5": ("failed", "too_many_redirects"),
        "/unknown-coding": ("failed", "unknown_content_encoding"),
        "/pdf": ("excluded", "not_html"),
        "/pdf-called-html": ("excluded", "not_html_pdf"),
        "/image": ("excluded", "not_html"),
        "/text": ("excluded", "not_html"),
        "/empty": ("excluded", "no_text"),
        "/gone": ("gone", "http_410"),
        "/missing": ("gone", "http_404"),
        "/forbidden": ("failed", "http_403"),
        "/broken": ("failed", "http_500"),
        "/large": ("failed", "too_large"),
        "/bomb": ("failed", "too_large"),
    }
    found = {path: run.outcome(server.url(path)) for path in expected}
    assert {path: (one.outcome, one.reason) for path, one in found.items()} == expected
    for path in ("/dropped", "/cut"):
        one = run.outcome(server.url(path))
        assert one.outcome == "failed"
        assert one.reason
        assert len(server.asked(path)) >= 3, "retried twice; Twisted retries a kept connection by itself"
    assert len(server.asked("/recovers")) == 2
    assert "] ERROR" not in run.stderr
    moved = run.by_url[server.url("/target")]
    assert moved["provenance"]["requested_url"] == server.url("/moved")
    assert moved["provenance"]["status"] == 200
    assert set(run.outcomes) >= {server.url(path) for path in [*rows, "/missing"]}, "every row has an outcome"
