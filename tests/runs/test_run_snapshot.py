"""All records of an export are those of one moment, whatever a crawl writes meanwhile."""

import json
import signal
import sys
import time
from pathlib import Path

import pytest
from scrapy.settings import Settings

from crawler.corpus.marked import mark_corpus
from crawler.corpus.snapshot import open_snapshot
from tests.runs.harness import Crawl, Reply, Server, article, read_records

NAME = "office"
ORGANIZATION = """
name = "Office"
homepage = "{home}"
[discovery]
sitemaps = []
listings = ["/"]
follow_links = false
[revisit]
shortest_days = 0.1
longest_days = 0.1
share = 1.0
"""
ANIMALS = ("ants", "bees", "cats", "dogs", "eels")
PROGRAM = (sys.executable, "-m", "crawler", "export")


class Office:
    """A site whose pages say something else each night."""

    def __init__(self, crawl: Crawl, server: Server) -> None:
        self.crawl = crawl
        self.server = server
        self.env = {"BROADSIDE_ORGANIZATIONS": str(crawl.folder)}
        (crawl.folder / f"{NAME}.toml").write_text(ORGANIZATION.format(home=server.url()))
        links = "".join(f"<p><a href='/{name}'>The {name} of the county</a></p>" for name in ANIMALS)
        server.page("/", f"<html><head><title>Office</title></head><body>{links}</body></html>")

    def say(self, night: int, delay: float = 0.0) -> tuple[str, ...]:
        for name in ANIMALS:
            words = f"Night {night}: the {name} are counted, and their number is {night * 100}."
            page = article(f"The {name} of the county", words).encode()
            self.server.page(f"/{name}", Reply(page, delay=delay))
        return (NAME, "-s", f"STARTED_AT=2021-03-{night:02}T02:00:00Z")

    def nights(self, lines: list[str]) -> set[str]:
        found = {json.loads(line)["text"].partition("Night ")[2].partition(":")[0] for line in lines}
        assert len(lines) == len(ANIMALS)
        return found


@pytest.fixture
def office(crawl: Crawl, server: Server) -> Office:
    office = Office(crawl, server)
    crawl(*office.say(1), env=office.env).check(0, "5 records")
    return office


def test_what_is_gone_through_twice_is_the_same(office: Office) -> None:
    settings = Settings({"DATA_DIR": str(office.crawl.data), "TAKEDOWN": None})
    with open_snapshot(settings, [NAME]) as snapshot:
        corpus = mark_corpus(snapshot)
        before = list(corpus.lines())
        office.crawl(*office.say(2), env=office.env).check(0, "5 records")
        assert list(corpus.lines()) == before
        assert office.nights(before) == {"1"}
    with open_snapshot(settings, [NAME]) as snapshot:
        assert office.nights(list(snapshot.lines())) == {"2"}


def test_an_export_amid_a_crawl_is_the_corpus_before_it(office: Office, tmp_path: Path) -> None:
    began = time.monotonic()
    running = office.crawl.start(*office.say(2, delay=1.0), env=office.env)
    while sum(len(office.server.asked(f"/{name}")) for name in ANIMALS) <= len(ANIMALS) + 1:
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    running.send_signal(signal.SIGSTOP)  # so that it is amid its work for as long as it takes
    for ending in ("jsonl", "parquet"):
        path = tmp_path / f"corpus.{ending}"
        office.crawl(NAME, "-o", path, feed=None, level=None, env=office.env, program=PROGRAM).check(0, "5 records")
    assert running.poll() is None, "the crawl ended before the export"
    running.send_signal(signal.SIGCONT)
    lines = [json.dumps(record) for record in read_records(tmp_path / "corpus.jsonl")]
    assert office.nights(lines) == {"1"}
    office.crawl.finish(running, began).check(0, "5 records")
