"""By which models `replay` reads, whatever the runs before learned, or did not learn: the bytes are the crawl's."""

import sys
from pathlib import Path
from typing import Any

from tests.runs.harness import Crawl, Reply, Run, Server, article, write_list

HERE, THERE = "127.0.0.1", "localhost"  # two sites of one server
CLOSE = "<p>The Keepers of the Bridge are neighbors who look after the crossing.</p></article>"


def serve(server: Server) -> list[str]:
    """Serve six pages a site, whose last paragraph repeats."""
    urls = []
    for number in range(6):
        for site in (HERE, THERE):
            body = article(f"Page {number} of {site}").replace("</article>", CLOSE)
            urls.append(server.page(f"/{site}/{number}", body).replace(HERE, site, 1))
    return urls


def make_crawl(crawl: Crawl, urls: list[str], *options: str) -> Run:
    command = ("pages", "-a", f"urls={write_list(crawl.folder / 'list.csv', urls)}", "-a", "collection=c")
    return crawl(*command, *options).check(0, "well: ")


def replay(crawl: Crawl, *options: str) -> Run:
    return crawl("replay", "-a", "collection=c", *options, feed=crawl.folder / "again.jsonl").check(0, "well: ")


def call(crawl: Crawl, *arguments: str | Path, **options: Any) -> str:
    run = crawl(*arguments, feed=None, level=None, program=(sys.executable, "-m", "crawler"), **options).check(0)
    return run.stdout.decode()


def by_model(run: Run) -> dict[str, bool]:
    """Tell of each site whether its records were made by a model."""
    found: dict[str, set[bool]] = {HERE: set(), THERE: set()}
    for record in run.records:
        site = HERE if HERE in record["url"].split("/")[2] else THERE
        found[site].add(record["provenance"]["model_digest"] is not None)
    return {site: one for site, (one,) in found.items()}


def test_a_site_with_too_few_pages_left_keeps_its_model(crawl: Crawl, server: Server) -> None:
    urls = serve(server)
    assert by_model(make_crawl(crawl, urls)) == {HERE: True, THERE: True}
    for number in range(4):
        server.page(f"/{THERE}/{number}", Reply(b"", 410))
    for _ in range(3):
        run = make_crawl(crawl, urls)
    assert sum(record["change"] == "gone" for record in run.records) == 4
    assert by_model(run) == {HERE: True, THERE: True}
    assert replay(crawl).feed.read_bytes() == run.feed.read_bytes()


def test_a_decision_on_one_site_brings_no_model_of_another(crawl: Crawl, server: Server) -> None:
    urls = [url for url in serve(server) if THERE not in url or url[-1] in "012"]  # three pages are too few
    assert by_model(make_crawl(crawl, urls)) == {HERE: True, THERE: False}
    listed = call(crawl, "templates", "c")
    assert THERE not in listed
    decided = next(line.split()[0] for line in listed.splitlines() if "The Keepers of the Bridge" in line)
    call(crawl, "templates", "c", "keep", decided)
    kept = replay(crawl)
    assert by_model(kept) == {HERE: True, THERE: False}
    assert all("The Keepers of the Bridge" in record["text"] for record in kept.records if HERE in record["url"])


def test_runs_that_learn_nothing_and_something_again(crawl: Crawl, server: Server) -> None:
    urls = serve(server)
    learned = make_crawl(crawl, urls)
    text = {url: record["text"] for url, record in learned.by_url.items()}
    run = make_crawl(crawl, urls, "-s", "LEARN_PAGES=0")
    assert by_model(run) == {HERE: False, THERE: False}
    assert {url: record["text"] for url, record in run.by_url.items()} != text
    assert replay(crawl).feed.read_bytes() == run.feed.read_bytes()
    # a replay that learns seals what it learned, or that it learned nothing
    again = replay(crawl, "-a", "relearn=1").feed.read_bytes()
    assert by_model(replay(crawl)) == {HERE: True, THERE: True}
    assert replay(crawl).feed.read_bytes() == again
    replay(crawl, "-a", "relearn=1", "-s", "LEARN_PAGES=0")
    assert replay(crawl).feed.read_bytes() == run.feed.read_bytes()
    # and so does a crawl
    run = make_crawl(crawl, urls)
    assert {url: record["text"] for url, record in run.by_url.items()} == text
    assert replay(crawl).feed.read_bytes() == run.feed.read_bytes()


def test_learning_anew_for_a_few_records_learns_from_all_pages(crawl: Crawl, server: Server) -> None:
    run = make_crawl(crawl, serve(server))
    archive = sorted((crawl.data / "c" / "archive").iterdir())
    few = replay(crawl, "-a", "relearn=1", "-a", "limit=3")
    assert few.feed.read_bytes() == b"".join(run.feed.read_bytes().splitlines(keepends=True)[:3])
    assert len(few.records) == 3
    assert sorted((crawl.data / "c" / "archive").iterdir()) == archive, (
        "the sealed models are the ones that were learned"
    )
    assert len(list((crawl.data / "c" / "models").iterdir())) == 2
    assert replay(crawl).feed.read_bytes() == run.feed.read_bytes()
