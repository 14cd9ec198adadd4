"""The bundled sample organization, crawled as a user crawls it, against its gold."""

import json
from importlib import resources

import pytest

from crawler.extraction.model import Rule, load_model
from crawler.sample.gold import build_gold
from tests.runs.harness import Crawl, Run, without_times

GOLD = {entry["url"]: entry for entry in build_gold()}
RECORDED = {url: entry for url, entry in GOLD.items() if entry["outcome"] == "recorded"}
ORGANIZATION = (resources.files("crawler") / "organizations" / "sample.toml").read_text(encoding="utf-8")
ROBOTS = "http://www.lanternjustice.example/robots.txt"  # no page links to it, and every crawl reads it


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Crawl(tmp_path_factory.mktemp("sample"))("sample").check(0, "well: 31 records")


def test_every_url_ends_as_the_gold_says(run: Run) -> None:
    expected = {url: entry["outcome"] for url, entry in GOLD.items() if entry["outcome"] != "not_linked"}
    expected[ROBOTS] = "listing"
    found = {url: run.outcome(url) for url in run.outcomes}
    assert {url: one.outcome for url, one in found.items()} == expected
    for url, one in found.items():
        entry = GOLD[url]
        match entry["outcome"]:
            case "duplicate":
                assert one.detail == f"of {entry['of']}"
            case "redirected":
                assert one.detail == entry["to"]
            case "excluded":
                assert one.reason == entry["reason"]
            case "gone":
                assert one.reason == "http_404"
    for url in GOLD:
        if GOLD[url]["outcome"] == "not_linked" and url != ROBOTS:
            assert f"<GET {url}>" not in run.stderr


def test_records_are_sorted_by_url(run: Run) -> None:
    urls = [record["url"] for record in run.records]
    assert urls == sorted(RECORDED)


@pytest.mark.parametrize("url", sorted(RECORDED))
def test_record_equals_its_gold(run: Run, url: str) -> None:
    record, gold = run.by_url[url], RECORDED[url]
    for name in ("title", "date_published", "date_published_precision", "authors", "document_type"):
        assert record[name] == gold[name], name
    assert record["organization"] == "Lantern Justice Project"
    assert record["collection"] == "sample"
    assert record["topics"] == ["criminal justice", "housing", "civil rights"]
    # A press contact differs from release to release and is text; where it stands beside the text it is outside.
    with_contact = [gold["text"], *gold["contact"]]
    assert squeeze(record["text"]) in (squeeze(gold["text"]), squeeze("\n".join(with_contact)))
    removed = {one["text"]: one for one in record["removed"]}
    if gold["about"] is not None:
        assert gold["about"] not in record["text"]
        assert gold["about"] not in removed or (
            removed[gold["about"]]["reason"] == "about" and removed[gold["about"]]["support"] >= 4
        )
    assert record["provenance"]["model_digest"].startswith("sha256:")
    assert record["provenance"]["method"].startswith("container")


def test_both_wordings_of_the_about_paragraph_are_learned(run: Run) -> None:
    model = load_model((run.feed.parent / "data" / "sample" / "models" / "lanternjustice.example.json").read_bytes())
    about = {template.text for layout in model.layouts for template in layout.templates if template.rule is Rule.ABOUT}
    assert about == {gold["about"] for gold in RECORDED.values() if gold["about"]}


def squeeze(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def test_same_bytes_again_and_with_any_number_of_workers(run: Run, crawl: Crawl) -> None:
    for workers in (1, 2):
        crawl.data = crawl.folder / f"data-{workers}"
        again = crawl("sample", "-s", f"WORKERS={workers}").check(0)
        assert without_times(again.feed) == without_times(run.feed)
    assert run.feed.read_bytes().count(b'"fetched_at":"') == 31


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("[discovery]\n", "[discovery]\nsitemaps = []\n", 8),
        ('feeds = ["http://www.lanternjustice.example/rss.xml"]', "feeds = []", 1),
        ('listings = ["http://www.lanternjustice.example/news"]', "listings = []", 1),
    ],
)
def test_each_way_in_finds_pages_that_the_others_do_not(crawl: Crawl, old: str, new: str, missing: int) -> None:
    folder = crawl.folder / "orgs"
    folder.mkdir()
    assert ORGANIZATION.count(old) == 1
    text = ORGANIZATION.replace(old, new).replace("min_records = 30", "min_records = 1")
    (folder / "sample.toml").write_text(text, encoding="utf-8")
    run = crawl("sample", env={"BROADSIDE_ORGANIZATIONS": str(folder)}).check(0)
    found = {record["url"] for record in run.records}
    assert found < set(RECORDED)
    assert len(set(RECORDED) - found) >= missing


def test_default_feed_and_a_log_without_details(crawl: Crawl) -> None:
    run = crawl("sample", feed=None, level=None).check(0, r"well: 31 records in .*data/sample/records/records\.jsonl$")
    assert "What came out" in run.stderr
    assert "\x1b" not in run.stderr, "no colors where the output is piped"
    assert run.stdout == b""
    lines = (crawl.data / "sample" / "records" / "records.jsonl").read_text(encoding="utf-8").split("\n")
    assert [list(json.loads(line)) for line in lines[:-1]] == [KEYS] * 31
    assert {path.name for path in (crawl.data / "sample").iterdir()} == {
        "archive",
        "ledger.lock",
        "ledger.sqlite3",
        "models",
        "records",
        "runs",
    }


KEYS = [
    *("id", "url", "canonical_url", "organization", "collection", "title", "authors", "date_published"),
    *("date_published_earliest", "date_published_latest", "date_published_precision", "date_published_raw"),
    *("date_evidence", "date_conflict", "date_modified", "document_type", "topics", "language", "text", "markdown"),
    *("word_count", "links", "attachments", "annotations", "removed", "digest", "near_duplicate_of", "change"),
    *("change_reason", "revision", "provenance", "schema_version"),
]
