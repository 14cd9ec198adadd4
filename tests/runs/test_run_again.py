"""The same command again: what is asked for, what comes as it arrives, and what another model changes."""

import time
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.runs.bridge import ABOUT, HOTLINE, NAME, Bridge, changes
from tests.runs.harness import Crawl, Reply, Server, article, read_records, write_list


@pytest.fixture
def bridge(crawl: Crawl, server: Server) -> Bridge:
    return Bridge(crawl, server)


def list_records(folder: Path, kind: str) -> list[dict[str, str]]:
    """Give the headers of the archive's records of a type, as warcio reads them."""
    found = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            found += [dict(one.rec_headers.headers) for one in ArchiveIterator(file) if one.rec_type == kind]
    return found


def test_a_page_that_is_as_it_was_is_a_revisit_record(bridge: Bridge) -> None:
    kept = bridge.write("/kept", headers=(("ETag", '"one"'), ("Last-Modified", "Mon, 01 Feb 2021 10:00:00 GMT")))
    same = bridge.write("/same")
    bridge.run().check(0, "well: 2 records")
    archive = bridge.crawl.data / NAME / "archive"
    assert list_records(archive, "revisit") == []
    bridge.server.page("/kept", Reply(b"", 304))
    run = bridge.run().check(0, "well: 2 records")
    assert changes(run) == {("unchanged", None): 2}
    asked = bridge.server.asked("/kept")[-1].headers
    assert asked["If-None-Match"] == '"one"'
    assert asked["If-Modified-Since"] == "Mon, 01 Feb 2021 10:00:00 GMT"
    assert "If-None-Match" not in bridge.server.asked("/same")[-1].headers
    for url, reason in ((kept, "not_modified"), (same, "identical")):
        visit, record = run.outcomes[url]
        assert (visit.outcome, visit.reason, record.outcome) == ("unchanged", reason, "recorded")
    profiles = {
        one["WARC-Target-URI"]: one["WARC-Profile"].rpartition("/")[2] for one in list_records(archive, "revisit")
    }
    assert profiles[kept] == "server-not-modified"
    assert profiles[same] == "identical-payload-digest"
    originals = {one["WARC-Record-ID"] for one in list_records(archive, "response")}
    assert {one["WARC-Refers-To"] for one in list_records(archive, "revisit")} <= originals
    assert bridge.replay().feed.read_bytes() == run.feed.read_bytes()


def test_a_listing_that_is_as_it_was_is_read_from_the_archive(bridge: Bridge) -> None:
    """Its links are visited all the same, where an earlier run did not come to it."""
    for number in range(4):
        bridge.write(f"/{number}")
    command = bridge.command()
    front = bridge.server.routes["/"]
    assert isinstance(front, Reply)
    bridge.server.page("/", [Reply(front.body, headers=(("ETag", '"front"'),)), Reply(b"", 304)])
    first = bridge.crawl(*command, "-a", "limit=2", env=bridge.env).check(0, "well: 2 records")
    assert changes(first) == {("new", None): 2}
    bridge.night += 1
    again = bridge.crawl(NAME, "-s", "STARTED_AT=2021-03-02T02:00:00Z", env=bridge.env).check(0, "well: 4 records")
    assert changes(again) == {("new", None): 2, ("unchanged", None): 2}
    assert bridge.server.asked("/")[-1].headers["If-None-Match"] == '"front"'


def test_records_of_new_pages_come_as_they_arrive(bridge: Bridge) -> None:
    for number in range(8):
        bridge.write(f"/{number}", ABOUT)
    feed = bridge.crawl.folder / "news.jsonl"
    bridge.run("-o", feed, feed=None).check(0, "well: 8 records")
    quick, slow = bridge.write("/quick", ABOUT), bridge.write("/slow", ABOUT, delay=8.0)
    began = time.monotonic()
    process = bridge.crawl.start(*bridge.command(), "-o", feed, feed=None, env=bridge.env)
    part = feed.with_name("news.jsonl.part")
    while not part.exists() or quick not in part.read_text(encoding="utf-8"):
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    assert process.poll() is None
    assert slow not in part.read_text(encoding="utf-8"), "it is still on its way"
    early = next(record for record in read_records(part) if record["url"] == quick)
    assert ABOUT not in early["text"], "it was read by the sealed model"
    assert (early["change"], early["revision"]) == ("new", 1)
    bridge.crawl.finish(process, began).check(0, "well: 10 records, 2 of them new or changed and appended")
    appended = read_records(feed)[8:]
    assert [record["url"] for record in appended] == [quick, slow], "each once"
    assert appended[0] == early


def test_what_another_model_changes_is_no_edit(bridge: Bridge) -> None:
    """A paragraph on a third of the pages is text; when more than half have it, it is not."""
    old = [bridge.write(f"/{n:02}", *([HOTLINE] if n < 4 else []), ABOUT) for n in range(12)]
    first = bridge.run().check(0, "well: 12 records").records
    assert sum(HOTLINE in record["text"] for record in first) == 4
    for number in range(14):
        bridge.write(f"/{20 + number}", HOTLINE, ABOUT)
    second = bridge.run().check(0, "well: 26 records")
    assert changes(second) == {("new", None): 14, ("changed", "model"): 4, ("unchanged", None): 8}
    assert not any(HOTLINE in record["text"] or ABOUT in record["text"] for record in second.records)
    assert [second.by_url[url]["revision"] for url in old] == [2] * 4 + [1] * 8
    assert bridge.replay().feed.read_bytes() == second.feed.read_bytes()
    history = bridge.replay("-a", "history=1").records
    assert len(history) == 12 + 14 + 4
    assert history[:12] == first


def test_a_new_design_is_learned_and_changes_no_record(bridge: Bridge) -> None:
    for number in range(12):
        bridge.write(f"/{number:02}", ABOUT)
    bridge.run().check(0, "well: 12 records")
    for number in range(12):
        bridge.write(f"/{number:02}", ABOUT, inside="div class='story'")
    new = bridge.write("/20", ABOUT, inside="div class='story'")
    run = bridge.run().check(0, "well, with 1 warning: 13 records")
    assert "was redesigned" in run.stderr
    assert changes(run) == {("new", None): 1, ("unchanged", None): 12}
    assert run.by_url[new]["provenance"]["method"] == "container"
    assert len({record["provenance"]["model_digest"] for record in run.records}) == 1
    assert bridge.replay().feed.read_bytes() == run.feed.read_bytes()


def test_a_copy_does_not_take_the_place_of_its_original(bridge: Bridge) -> None:
    """Its bytes are others, as those of a page with a list of the latest ones are each night; its content is not."""
    original = bridge.write("/press-release", ABOUT)
    for number in range(3):
        bridge.write(f"/{number}", ABOUT)
    bridge.run().check(0, "well: 4 records")
    body = bridge.articles["/press-release"].body.replace(
        b"</article>", b"</article><nav><a href='/0'>latest</a></nav>"
    )
    bridge.articles["/a-copy"] = Reply(body)
    bridge.server.page("/a-copy", Reply(body))
    for night in range(3):
        if night == 1:  # both have the same bytes for once
            bridge.server.page("/a-copy", bridge.articles["/press-release"])
        run = bridge.run().check(0, "well: 4 records")
        assert changes(run) == {("unchanged", None): 4}
    assert original in run.by_url
    assert bridge.replay().feed.read_bytes() == run.feed.read_bytes()
    assert len(bridge.replay("-a", "history=1").records) == 4


def test_a_night_in_which_no_server_answers(bridge: Bridge) -> None:
    for number in range(3):
        bridge.write(f"/{number}")
    first = bridge.run().check(0, "well: 3 records")
    bridge.server.page("/robots.txt", Reply(b"", 503))
    night = bridge.run().check(3, r"no server answered \(.*\); the corpus is as it was: 3 records")
    assert changes(night) == {("unchanged", None): 3}
    assert [record["text"] for record in night.records] == [record["text"] for record in first.records]
    bridge.server.page("/robots.txt", Reply(b"", 404))
    bridge.write("/3")
    assert changes(bridge.run().check(0, "well: 4 records")) == {("new", None): 1, ("unchanged", None): 3}


def test_a_list_again(crawl: Crawl, server: Server) -> None:
    """Each row is asked for on each run, and what the row says counts also where the page is as it was."""
    server.page("/a", [Reply(article("A").encode(), headers=(("ETag", '"a"'),)), Reply(b"", 304)])
    server.page("/b", article("B"))
    urls = [server.url("/a"), server.url("/b")]
    rows = write_list(crawl.folder / "list.csv", urls)
    command = ("pages", "-a", f"urls={rows}", "-a", "collection=c")
    crawl(*command).check(0, "well: 2 records")
    rows.write_text("url,code\n" + "".join(f"{url},{number}\n" for number, url in enumerate(urls)))
    server.page("/b", article("B", "Other words stand on this page now, and nobody has said why or since when."))
    run = crawl(*command).check(0, "well: 2 records")
    assert [(record["change"], record["annotations"]) for record in run.records] == [
        ("unchanged", {"code": "0"}),
        ("changed", {"code": "1"}),
    ]
    assert (
        crawl("replay", "-a", "collection=c", feed=crawl.folder / "r.jsonl").check(0).feed.read_bytes()
        == run.feed.read_bytes()
    )
