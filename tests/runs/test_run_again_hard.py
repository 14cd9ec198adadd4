"""The same command again, in hard cases: each of these was wrong once."""

import sys

import pytest

from tests.runs.bridge import ABOUT, HOTLINE, NAME, Bridge, changes
from tests.runs.harness import ROOT, Crawl, Reply, Run, Server, article, read_records

# Put before the program by PYTHONPATH: it dies where it would close the run, or breaks on a page.
BREAKING = """
import os
def die(*_, **__):
    os.kill(os.getpid(), 9)
if os.environ.get("DIE_AT_THE_END"):
    import crawler.storage.ledger
    crawler.storage.ledger.Ledger.conclude = die
if unreadable := os.environ.get("UNREADABLE"):
    import crawler.publish as module
    read = module.read_page
    def read_page(page, *rest):
        if page.context.url.endswith(unreadable):
            return module.Unpublished(page.context.url, module.Outcome.FAILED, "timeout", "for the test")
        return read(page, *rest)
    read_page.__module__, read_page.__qualname__ = read.__module__, read.__qualname__
    module.read_page = read_page
if broken := os.environ.get("BROKEN_PIPELINE"):
    import pipelines.identify
    identify = pipelines.identify.Identify.process_item
    def process_item(self, item):
        if item.url.endswith(broken):
            raise RuntimeError("for the test")
        return identify(self, item)
    pipelines.identify.Identify.process_item = process_item
"""


@pytest.fixture
def bridge(crawl: Crawl, server: Server) -> Bridge:
    return Bridge(crawl, server)


def breaking(bridge: Bridge, **how: str) -> dict[str, str]:
    folder = bridge.crawl.folder / "breaking"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(BREAKING)
    return {**bridge.env, "PYTHONPATH": f"{folder}:{ROOT}", **how}


def states(run: Run) -> dict[str, tuple[str, str | None, int]]:
    return {
        record["url"].rpartition("/")[2]: (record["change"], record["change_reason"], record["revision"])
        for record in run.records
    }


def keep_hotline(bridge: Bridge) -> None:
    """Decide that the hotline is text: another model."""
    program = (sys.executable, "-m", "crawler")
    listed = bridge.crawl("templates", NAME, feed=None, level=None, program=program, env=bridge.env).check(0)
    one = next(line.split()[0] for line in listed.stdout.decode().splitlines() if "Our hotline" in line)
    bridge.crawl("templates", NAME, "keep", one, feed=None, level=None, program=program, env=bridge.env).check(0)


def test_a_page_that_became_a_copy_stays_one(bridge: Bridge) -> None:
    for path in ("/b", "/b-longer", "/c"):
        bridge.write(path)
    bridge.run().check(0, "well: 3 records")
    bridge.copy("/b-longer", "/b")
    assert states(bridge.run().check(0))["b-longer"] == ("gone", "duplicate", 2)
    assert states(bridge.run().check(0))["b-longer"] == ("gone", "duplicate", 2)
    bridge.write("/b-longer", "It has a text of its own again, and one that nobody has read before this night.")
    assert states(bridge.run().check(0))["b-longer"] == ("changed", "restored", 3)


def serve_listings(bridge: Bridge) -> list[str]:
    """Serve four listing pages with three articles each."""
    for number in range(1, 5):
        names = [f"/p{number}{item}" for item in range(3)]
        for name in names:
            bridge.server.page(name, article(f"Notice {name}"))
        links = "".join(f"<p><a href='{name}'>Notice {name[1:]} of the bridge and more</a></p>" for name in names)
        following = f"<a rel='next' href='/l{number + 1}'>Next</a>" if number < 4 else ""
        bridge.server.page(f"/l{number}", f"<html><head><title>L</title></head><body>{links}{following}</body></html>")
    bridge.discovery = 'listings = ["/l1"]'
    return [f"/l{number}" for number in range(1, 5)]


def test_a_listing_that_failed_is_read_the_next_time(bridge: Bridge) -> None:
    serve_listings(bridge)
    page = bridge.server.routes["/l2"]
    bridge.server.page("/l2", Reply(b"", 500))
    bridge.run().check(0, "well: 3 records")
    bridge.server.routes["/l2"] = page
    assert changes(bridge.run().check(0, "well: 12 records")) == {("unchanged", None): 3, ("new", None): 9}


def test_what_a_limit_left_is_found_the_next_time(bridge: Bridge) -> None:
    serve_listings(bridge)
    bridge.run("-a", "limit=2").check(0, "well: 2 records")
    bridge.run().check(0, "well: 12 records")


def test_a_limit_holds_on_a_learned_site(bridge: Bridge) -> None:
    for number in range(6):
        bridge.write(f"/k{number}", ABOUT)
    bridge.run().check(0)
    for number in range(12):
        bridge.write(f"/new{number}", ABOUT)
    options = ("-a", "limit=2", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    assert changes(bridge.run(*options).check(0)) == {("unchanged", None): 6, ("new", None): 2}


def test_a_rule_that_is_taken_back_brings_its_pages(bridge: Bridge) -> None:
    serve_listings(bridge)
    bridge.more = '[urls]\ndeny = ["/p3", "/l4"]\n'
    bridge.run().check(0, "well: 6 records")
    bridge.more = ""
    bridge.run().check(0, "well: 12 records")


def test_a_kill_does_not_make_an_edit_of_another_model(bridge: Bridge) -> None:
    for number in range(6):
        bridge.write(f"/k{number}", ABOUT, HOTLINE)
    bridge.run().check(0)
    keep_hotline(bridge)
    page = bridge.articles["/k0"].body.replace(b"Home</a>", b"Homepage</a>")  # outside of its text
    bridge.articles["/k0"] = Reply(page)
    bridge.server.page("/k0", page)
    command = bridge.command()
    assert bridge.crawl(*command, env=breaking(bridge, DIE_AT_THE_END="1")).status == -9
    run = bridge.crawl(*command, env=bridge.env).check(0)
    assert states(run) == {f"k{number}": ("changed", "model", 2) for number in range(6)}
    visit, _ = run.outcomes[bridge.server.url("/k0")]
    assert (visit.outcome, visit.reason) == ("unchanged", "same_text")


def test_the_reason_is_of_this_run(bridge: Bridge) -> None:
    """A model that changed a year ago is not what changes a record today."""
    for path in ("/k0", "/k1", "/k2", "/k3", "/k4", "/k5"):
        bridge.write(path, HOTLINE)
        page = bridge.articles[path].body.replace(b"March 4, 2016", b"03/04/2016")
        bridge.articles[path] = Reply(page)
        bridge.server.page(path, page)
    bridge.run().check(0)
    keep_hotline(bridge)
    assert changes(bridge.run().check(0)) == {("changed", "model"): 6}
    bridge.top = 'date_order = "DMY"\n'
    assert changes(bridge.run().check(0)) == {("changed", "program"): 6}


def test_a_page_without_text_is_no_document_that_same_night(bridge: Bridge) -> None:
    for number in range(3):
        bridge.write(f"/k{number}")
    bridge.run().check(0)
    bridge.articles["/k0"] = Reply(
        b"<html><head><title>K</title></head><article><p>Share this page</p></article></html>"
    )
    bridge.server.page("/k0", bridge.articles["/k0"])
    run = bridge.run().check(0, "well: 3 records")
    assert states(run)["k0"] == ("gone", "excluded", 2)
    assert bridge.replay().feed.read_bytes() == run.feed.read_bytes()


def test_new_copies_are_not_left_in_the_changes(bridge: Bridge) -> None:
    """They came as they arrived; which of them is the document is known at the end."""
    for number in range(6):
        bridge.write(f"/k{number}", ABOUT)
    feed = bridge.crawl.folder / "news.jsonl"
    bridge.run("-o", feed, feed=None).check(0)
    new = bridge.write("/new", ABOUT)
    bridge.copy("/new-again", "/new")
    bridge.run("-o", feed, feed=None).check(0, "well: 7 records, 1 of them new or changed and appended")
    assert [record["url"] for record in read_records(feed)[6:]] == [new]


def test_a_redirect_that_is_over_says_nothing(bridge: Bridge) -> None:
    first, second = bridge.write("/a"), bridge.write("/b")
    bridge.run().check(0)
    page = bridge.articles["/a"]
    bridge.server.page("/a", Reply(b"", 301, headers=(("Location", "/b"),)))
    moved = bridge.run().check(0).by_url
    assert moved[second]["provenance"]["requested_url"] == first
    bridge.server.page("/a", page)
    back = bridge.run().check(0).by_url
    assert (back[first]["change_reason"], back[second]["provenance"]["requested_url"]) == ("restored", None)


def test_a_copy_does_not_lead_to_a_page_that_a_rule_keeps_out(bridge: Bridge) -> None:
    for number in range(6):
        bridge.write(f"/k{number}", ABOUT)
    bridge.write("/old", ABOUT)
    bridge.run().check(0)
    bridge.copy("/moved", "/old")
    del bridge.articles["/old"]
    bridge.more = '[urls]\ndeny = ["/old"]\n'
    bridge.run().check(0)
    assert len(bridge.server.asked("/old")) == 1


def test_a_304_that_nobody_asked_for_is_a_failure(bridge: Bridge) -> None:
    url = bridge.write("/k0")
    bridge.run().check(0)
    bridge.server.page("/k0", Reply(b"", 304))
    run = bridge.run().check(0, "well: 1 record")
    assert (run.outcomes[url][0].outcome, run.outcomes[url][0].reason) == ("failed", "http_304")


def test_a_replay_of_a_page_that_cannot_be_read(bridge: Bridge) -> None:
    for number in range(3):
        bridge.write(f"/k{number}")
    bridge.run().check(0)
    run = bridge.run().check(0)
    env = breaking(bridge, UNREADABLE="/k1")
    again = bridge.crawl("replay", "-a", f"collection={NAME}", env=env, feed=bridge.crawl.folder / "again.jsonl")
    assert again.check(0, "well: 3 records").feed.read_bytes() == run.feed.read_bytes(), "it stays as it was"


def test_a_history_that_breaks_on_a_page_ends(bridge: Bridge) -> None:
    for number in range(3):
        bridge.write(f"/k{number}")
    bridge.run().check(0)
    bridge.run().check(0)
    command = ("replay", "-a", f"collection={NAME}", "-a", "history=1")
    run = bridge.crawl(*command, env=breaking(bridge, BROKEN_PIPELINE="/k1"), feed=bridge.crawl.folder / "again.jsonl")
    assert run.status == 1
