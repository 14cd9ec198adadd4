"""A redesign: it is called on its first night, and what cannot be trusted waits outside of the corpus."""

import contextlib
import sys
from pathlib import Path

import pytest

from crawler.judging.summary import Fate, Redesign, dump_redesigns
from crawler.storage.ledger import Ledger
from tests.runs.bridge import ABOUT, NAME, Bridge, changes
from tests.runs.harness import Crawl, Reply, Run, Server, article, read_records, write_list

NEW = "div class='story'"
WALL = (
    "<html><head><title>Back soon</title></head><body><main><p>Our pages are being looked after tonight. Come back in "
    "the morning, when all of them will be there again as you know them.</p><p>{}</p></main></body></html>"
)


@pytest.fixture
def bridge(crawl: Crawl, server: Server) -> Bridge:
    made = Bridge(crawl, server)
    for number in range(12):
        made.write(f"/{number:02}", ABOUT)
    made.run().check(0, "well: 12 records")
    return made


def call(bridge: Bridge, *arguments: str | Path) -> Run:
    program = (sys.executable, "-m", "crawler")
    return bridge.crawl(*arguments, feed=None, level=None, program=program, env=bridge.env)


def wall(bridge: Bridge) -> None:
    """Stand before all pages; each says something else, as a clock would."""
    for number, path in enumerate(bridge.articles):
        bridge.server.page(path, WALL.format(f"It is {number} minutes past one."))


def held_runs(bridge: Bridge) -> int:
    with contextlib.closing(Ledger.look(bridge.crawl.data / NAME)) as ledger:
        return len(ledger.held_runs())


def test_what_is_read_as_before_is_taken_at_once(bridge: Bridge) -> None:
    for number in range(12):
        bridge.write(f"/{number:02}", ABOUT, inside=NEW)
    run = bridge.run()
    run.check(0, "well, with 1 warning: 12 records")
    assert "127.0.0.1 was redesigned: the layout html/body/article has vanished from 12 of 12" in run.stderr
    assert changes(run) == {("unchanged", None): 12}
    bridge.run().check(0, "well: 12 records")


def test_a_wall_before_all_pages_is_held_back_and_goes(bridge: Bridge) -> None:
    before = bridge.crawl.feed.read_bytes()
    fresh = bridge.write("/20", ABOUT)
    wall(bridge)
    run = bridge.run().check(3, "^broadside: checks failed: 127.0.0.1 shows the same page, or none, .* held back")
    assert run.feed.read_bytes() == before, "the corpus is as it was"
    assert not run.feed.with_name(f"{run.feed.name}.part").exists()
    assert held_runs(bridge) == 1
    exported = bridge.crawl.folder / "exported.jsonl"
    call(bridge, "export", NAME, "-o", exported).check(0)
    assert [record["revision"] for record in read_records(exported)] == [1] * 12
    assert "held back" in call(bridge, "status", NAME).stdout.decode()

    for path, reply in bridge.articles.items():
        bridge.server.page(path, reply)
    again = bridge.run().check(0, "^broadside: well: 13 records")
    assert changes(again) == {("unchanged", None): 12, ("new", None): 1}
    assert "is what this page is about" in again.by_url[fresh]["text"]
    assert held_runs(bridge) == 0
    assert bridge.replay().feed.read_bytes() == again.feed.read_bytes()
    history = bridge.crawl.folder / "history.jsonl"
    call(bridge, "export", NAME, "--history", "-o", history).check(0)
    assert bridge.replay("-a", "history=1").feed.read_bytes() == history.read_bytes()


def test_pages_without_any_text_take_nothing_away(bridge: Bridge) -> None:
    for path in bridge.articles:
        bridge.server.page(path, "<html><head><title>App</title></head><body><div id='root'></div></body></html>")
    bridge.run().check(3, "held back")
    call(bridge, "accept", NAME).check(
        2, "the same page, or none, in the place of 12 known pages, .*; -a wall=1 accepts"
    )
    accepted = call(bridge, "accept", NAME, "-a", "wall=1", "-O", bridge.crawl.folder / "accepted.jsonl")
    accepted.check(0, "^broadside: well, with 2 warnings: 12 records, 12 of them gone")
    assert "and was accepted" in accepted.stderr
    assert "warning: 0 records, 12 in the run before; at least 8 were expected" in accepted.stderr
    records = read_records(bridge.crawl.folder / "accepted.jsonl")
    assert {record["change"] for record in records} == {"gone"}
    call(bridge, "accept", NAME).check(2, "no run of bridge is held back: there is nothing to accept")


def test_a_wall_in_the_element_of_the_text_is_noticed_by_its_words(bridge: Bridge) -> None:
    before = bridge.crawl.feed.read_bytes()
    for number in range(12):
        words = f"You are reader {number} tonight, and all of our pages are closed until the clerks have counted them."
        body = bridge.articles[f"/{number:02}"].body
        start, end = body.index(b"<p>"), body.index(f"<p>{ABOUT}".encode())
        bridge.server.page(f"/{number:02}", body[:start] + f"<p>{words * 3}</p>".encode() + body[end:])
    run = bridge.run().check(3, "the same page, or none, in the place of 12 of 12 known pages: .* held back")
    assert run.feed.read_bytes() == before


def test_a_page_that_was_there_in_a_held_night_only_is_not_lost(bridge: Bridge) -> None:
    short = bridge.write("/20", ABOUT)
    wall(bridge)
    bridge.server.page("/20", bridge.articles["/20"])
    bridge.run().check(3, "held back")
    bridge.server.page("/20", Reply(b"", 404))
    news = bridge.crawl.folder / "news.jsonl"
    bridge.run("-o", news, feed=None).check(3, "held back")
    assert held_runs(bridge) == 2
    for path, reply in bridge.articles.items():
        if path != "/20":
            bridge.server.page(path, reply)
    run = bridge.run().check(0, "well: 13 records")
    assert "is what this page is about" in run.by_url[short]["text"]
    assert changes(run) == {("unchanged", None): 12, ("new", None): 1}
    assert bridge.replay().feed.read_bytes() == run.feed.read_bytes()
    for _ in range(2):
        gone = bridge.run().check(0)
    assert gone.by_url[short]["change_reason"] == "withdrawn"
    history = bridge.crawl.folder / "history.jsonl"
    call(bridge, "export", NAME, "--history", "-o", history).check(0)
    assert bridge.replay("-a", "history=1").feed.read_bytes() == history.read_bytes()


def test_a_redesign_that_brings_other_texts_is_accepted_by_a_person(bridge: Bridge) -> None:
    for number in range(12):
        bridge.write(f"/{number:02}", ABOUT, "Of this page there is more.", f"{number} words " * 30, inside=NEW)
    new = bridge.write("/20", ABOUT, inside=NEW)
    first = bridge.run().check(3, "held back")
    assert bridge.run().check(3, "held back").feed.read_bytes() == first.feed.read_bytes()
    run = call(bridge, "accept", NAME, "-O", bridge.crawl.folder / "accepted.jsonl")
    run.check(0)
    records = {record["url"]: record for record in read_records(bridge.crawl.folder / "accepted.jsonl")}
    assert records[new]["change"] == "new"
    assert records[new]["provenance"]["method"] == "container"
    assert {one["change_reason"] for url, one in records.items() if url != new} == {"edit"}
    assert held_runs(bridge) == 0
    bridge.run().check(0, "^broadside: well: 13 records")
    assert bridge.replay().feed.read_bytes() == bridge.crawl.feed.read_bytes()


def test_one_page_with_another_design_is_no_redesign(bridge: Bridge) -> None:
    bridge.write("/03", ABOUT, inside=NEW)
    bridge.write("/04", "The words of this page are others now.", inside=NEW)
    run = bridge.run().check(0, "^broadside: well: 12 records")
    assert "redesign" not in run.stderr


def test_a_list_of_pages_is_held_back_as_well(crawl: Crawl, server: Server) -> None:
    bodies = {f"/{number}": article(f"Notice {number}") for number in range(8)}
    urls = [server.page(path, body) for path, body in bodies.items()]
    rows = write_list(crawl.folder / "urls.csv", urls)
    list_of = ("pages", "-a", f"urls={rows}", "-a", "collection=list", "-s", "RETRY_TIMES=0")
    first = crawl(*list_of, "-s", "STARTED_AT=2021-03-01T02:00:00Z").check(0, "^broadside: well: 8 records")
    before = first.feed.read_bytes()
    for number, path in enumerate(bodies):
        server.page(path, WALL.format(f"It is {number} minutes past one."))
    run = crawl(*list_of, "-s", "STARTED_AT=2021-03-02T02:00:00Z").check(
        3, "shows the same page, or none, .* held back"
    )
    assert run.feed.read_bytes() == before
    for path, body in bodies.items():
        server.page(path, body)
    again = crawl(*list_of, "-s", "STARTED_AT=2021-03-03T02:00:00Z").check(0, "^broadside: well: 8 records")
    assert changes(again) == {("unchanged", None): 8}
    assert (crawl.data / "list" / "records" / "rows.csv").read_text().count("unchanged") == 8


def test_edits_of_one_night_are_no_redesign(bridge: Bridge) -> None:
    """Four pages have other words, each its own; the others are as they were."""
    for number in range(4):
        words = " ".join(f"word{number}x{place}" for place in range(150))
        body = bridge.articles[f"/{number:02}"].body
        start, end = body.index(b"<p>"), body.index(f"<p>{ABOUT}".encode())
        bridge.server.page(f"/{number:02}", body[:start] + f"<p>{words}</p>".encode() + body[end:])
    run = bridge.run().check(0, "12 records")
    assert "redesigned" not in run.stderr
    assert changes(run) == {("changed", "edit"): 4, ("unchanged", None): 8}


def test_a_page_to_which_all_others_lead_is_a_wall(bridge: Bridge) -> None:
    before = bridge.crawl.feed.read_bytes()
    bridge.server.page("/maintenance", WALL.format("It is the same one for all."))
    for path in bridge.articles:
        bridge.server.page(path, Reply(b"", 302, headers=(("Location", "/maintenance"),)))
    run = bridge.run().check(3, "the same page, or none, in the place of 12 of 12 known pages: .* held back")
    assert run.feed.read_bytes() == before
    for path, reply in bridge.articles.items():
        bridge.server.page(path, reply)
    bridge.server.page("/maintenance", Reply(b"", 404))
    again = bridge.run().check(0, "^broadside: well: 12 records")
    assert changes(again) == {("unchanged", None): 12}
    assert held_runs(bridge) == 0
    assert bridge.replay().feed.read_bytes() == again.feed.read_bytes()


def test_a_run_that_has_seen_nothing_takes_no_wall(bridge: Bridge) -> None:
    bridge.write("/20", ABOUT)
    wall(bridge)
    bridge.run().check(3, "held back")
    bridge.server.page("/robots.txt", Reply(b"", 503))
    down = bridge.run().check(3, "no server answered .* as it was: 12 records")
    assert changes(down) == {("unchanged", None): 12}
    bridge.server.page("/robots.txt", Reply(b"", 404))
    for path, reply in bridge.articles.items():
        bridge.server.page(path, reply)
    bridge.run("-a", "limit=1").check(0)
    assert held_runs(bridge) == 1, "a part of the site says too little"
    run = bridge.run().check(0, "^broadside: well: 13 records")
    assert not any("looked after tonight" in record["text"] for record in run.records)
    assert held_runs(bridge) == 0


def test_what_waits_is_in_no_replay(bridge: Bridge) -> None:
    bridge.articles["/20"] = Reply(b"", 404)
    bridge.server.page("/20", Reply(b"", 404))
    bridge.run().check(0, "12 records")
    wall(bridge)
    bridge.write("/20", ABOUT)
    bridge.run().check(3, "held back")
    exported, history = bridge.crawl.folder / "exported.jsonl", bridge.crawl.folder / "history.jsonl"
    call(bridge, "export", NAME, "-o", exported).check(0)
    call(bridge, "export", NAME, "--history", "-o", history).check(0)
    told = [(one["url"], one["revision"], one["text"]) for one in read_records(exported)]
    assert [(one["url"], one["revision"], one["text"]) for one in bridge.replay().records] == told
    assert bridge.replay("-a", "history=1").feed.read_bytes() == history.read_bytes()


def test_an_acceptance_outlives_the_process(bridge: Bridge) -> None:
    wall(bridge)
    bridge.run().check(3, "held back")
    with contextlib.closing(Ledger(bridge.crawl.data / NAME)) as ledger:  # as `accept` leaves it when it is killed
        ledger.accept(ledger.held_runs()[-1].id, "2021-03-02T09:00:00Z")
    run = bridge.run()
    assert "and was accepted" in run.stderr
    assert changes(run) == {("changed", "edit"): 12}


def test_a_run_that_was_cut_short_after_it_sealed_its_models_tells_of_the_redesign(bridge: Bridge) -> None:
    """The pages are read well by then; what an earlier process has found out stands in the ledger."""
    for outcome, words in ((Fate.RELEARNED, "was redesigned"), (Fate.ACCEPTED, "and was accepted")):
        bridge.command()
        with contextlib.closing(Ledger(bridge.crawl.data / NAME)) as ledger:
            ledger.begin_run(f"crawl {NAME}", f"2021-03-{bridge.night:02}T02:00:00Z")
            ledger.note_redesigns(dump_redesigns([Redesign("127.0.0.1", ("main",), 8, 8, 8, outcome)]))
        bridge.night -= 1
        assert words in bridge.run().check(0, "well, with 1 warning").stderr
