"""Real pages in ../shared/corpora: a record for each press release, and no corpus that ends a run."""

import csv
import gzip
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.runs.harness import Crawl, Reply, Run, Server

PAGES = 726
# The sample that a site is learned from is chosen by URLs, which over HTTP hold a port, another one each time.
LEARN_FROM_ALL = ("-s", f"LEARN_PAGES={PAGES}")
OTHERS = (
    "article-extraction-benchmark",
    "clean-portal-eval",
    "htmldate-dates",
    "openglam",
    "un-humanitarian-summit",
    "wcxb-dev-articles",
)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def releases(corpora: Path) -> Path:
    return corpora / "mn-attorney-general"


@pytest.fixture(scope="module")
def run(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Crawl(tmp_path_factory.mktemp("releases"))("documents", "-a", f"path={releases}", *LEARN_FROM_ALL).check(
        0, "well: 726 records"
    )


def test_a_record_for_each_release_sorted_by_url(run: Run, releases: Path) -> None:
    records = run.records
    rows = rows_of(releases)
    assert len(rows) == PAGES
    assert [record["url"] for record in records] == sorted(row["url"] for row in rows)
    assert {record["provenance"]["source_file"] for record in records} == {row["file"] for row in rows}
    twice = {
        row["file"]
        for row in rows
        if gzip.decompress((releases / row["file"]).read_bytes()).lower().count(b"<html") > 1
    }
    assert len(twice) >= 36
    words = {record["provenance"]["source_file"]: record["word_count"] for record in records}
    assert min(words[file] for file in twice) > 50, "no page with two documents comes out empty"


@pytest.mark.parametrize("way", ["pages", "organization"])
def test_the_same_texts_over_http(run: Run, releases: Path, crawl: Crawl, server: Server, way: str) -> None:
    paths: dict[str, str] = {}
    for row in rows_of(releases):
        parts = urlsplit(row["url"])
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        assert path not in paths
        paths[path] = row["url"]
        body = (releases / row["file"]).read_bytes()
        server.page(path, Reply(body, content_type="text/html", headers=(("Content-Encoding", "gzip"),)))
    if way == "pages":
        listed = crawl.folder / "urls.jsonl"
        listed.write_text("".join(json.dumps({"url": server.url(path)}) + "\n" for path in paths), encoding="utf-8")
        again = crawl("pages", "-a", f"urls={listed}", *LEARN_FROM_ALL)
    else:
        links = "".join(f'<p><a href="{path}">A press release of the office</a></p>' for path in paths)
        server.page("/all", f"<html><body>{links}</body></html>")
        (crawl.folder / "orgs").mkdir()
        # No text holds this name: a text that names the organization would be learned as one about it.
        text = f'name = "Loopback"\nhomepage = "{server.url()}"\nseeds = ["/all"]\n'
        text += "[discovery]\nfollow_links = false\nsitemaps = []\n"
        (crawl.folder / "orgs" / "office.toml").write_text(text, encoding="utf-8")
        again = crawl("office", *LEARN_FROM_ALL, env={"BROADSIDE_ORGANIZATIONS": str(crawl.folder / "orgs")})
    again.check(0)
    texts = {record["url"]: record["text"] for record in run.records}
    found = {record["url"]: record["text"] for record in again.records}
    expected = {server.url(path): texts[url] for path, url in paths.items()}
    if way == "organization":  # the same release under two URLs is one record there, with an account of the other
        copies = {url for url, outcomes in again.outcomes.items() if outcomes[0].outcome == "duplicate"}
        expected = {url: text for url, text in expected.items() if url not in copies}
        assert len(found) + len(copies) == PAGES
    assert found == expected


@pytest.mark.parametrize("name", OTHERS)
def test_every_corpus_runs_through(crawl: Crawl, corpora: Path, name: str) -> None:
    folder = corpora / name
    run = crawl("documents", "-a", f"path={folder}").check(0, "well: ")
    rows = rows_of(folder)
    recorded = {record["provenance"]["source_file"] for record in run.records}
    recorded_urls = {record["url"] for record in run.records}
    for row in rows:
        if row["file"] in recorded:
            continue
        outcomes = run.outcomes.get(row["url"], [])
        assert any(one.outcome in ("excluded", "failed") and one.reason for one in outcomes), row
    assert len(recorded) > 0.97 * len(rows)
    assert recorded_urls <= {row["url"] for row in rows}
    assert "] ERROR" not in run.stderr
