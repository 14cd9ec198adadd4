"""All requests that wait for one robots.txt keep to it, not only the first."""

from pathlib import Path

from tests.runs.harness import Crawl, Reply, Server


def test_pages_that_wait_together_are_all_disallowed(crawl: Crawl, server: Server, tmp_path: Path) -> None:
    server.routes["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private/\n", delay=0.4)
    paths = [f"/private/{number}.html" for number in range(6)]
    for path in (*paths, "/open.html"):
        server.page(path, f"A page at {path}. " * 30)
    urls = tmp_path / "urls.csv"
    urls.write_text("url\n" + "".join(f"{server.url(path)}\n" for path in (*paths, "/open.html")))

    run = crawl("pages", "-a", f"urls={urls}", "-O", str(tmp_path / "out.jsonl"))

    assert run.status == 0, run.stderr
    assert [request.path for request in server.requests if request.path.startswith("/private/")] == []
    assert run.stderr.count("disallowed:") == len(paths)
