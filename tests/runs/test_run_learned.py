"""`learn`, `explain` and `templates` on crawled collections, as a user calls them."""

import fcntl
import gzip
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.runs.harness import Crawl, Run, article

HOST = "lanternjustice.example"
PRESS = "http://www.lanternjustice.example/press/curfew-ordinance-withdrawn"
ABOUT = "About the Lantern Justice Project: The Lantern Justice Project is a nonprofit law office"


def call(crawl: Crawl, *arguments: str | Path, **options: Any) -> Run:
    program = (sys.executable, "-m", "crawler")
    return crawl(*arguments, feed=None, level=None, program=program, **options)


def show(crawl: Crawl, *arguments: str | Path, **options: Any) -> str:
    run = call(crawl, *arguments, **options).check(0)
    assert run.stderr == ""
    return run.stdout.decode()


def refuse(crawl: Crawl, *arguments: str | Path, status: int = 2) -> str:
    """Call what must end in one line."""
    run = call(crawl, *arguments).check(status, "^broadside: ")
    assert run.stdout == b""
    assert run.stderr.count("\n") == 1
    return run.last_line


def contents(folder: Path) -> dict[str, str]:
    """All files of a collection, but the lock and what SQLite keeps beside its file while somebody looks."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
    }


def replay(crawl: Crawl, name: str) -> Run:
    feed = crawl.folder / name
    return crawl("replay", "-a", "collection=sample", feed=feed).check(0, "well: 31 records")


def find_removed(run: Run, url: str, beginning: str) -> list[tuple[str, int | None]]:
    removed = run.by_url[url]["removed"]
    return [(one["reason"], one["support"]) for one in removed if one["text"].startswith(beginning)]


def find_template(crawl: Crawl, beginning: str) -> str:
    model = json.loads((crawl.data / "sample" / "models" / f"{HOST}.json").read_text())
    templates = [*model["frame"], *(one for layout in model["layouts"] for one in layout["templates"])]
    return str(next(one["id"] for one in templates if one["text"].startswith(beginning)))


def test_the_sample(crawl: Crawl) -> None:
    run = crawl("sample").check(0, "well: 31 records")
    folder = crawl.data / "sample"
    before = contents(folder)

    # learn is a look: it changes nothing, and finds what is sealed
    learned = show(crawl, "learn", "sample")
    assert "31 pages looked at, 31 different documents, 0 pages unlike any layout" in learned
    assert "site names: 'Lantern Justice Project'" in learned
    assert "layout 1: div.clearfix  pages 25 of 25" in learned
    assert "Skip to main content" not in learned
    assert "equal to the sealed model" in learned
    assert "Skip to main content" in show(crawl, "learn", "sample", "--all", "--host", f"www.{HOST}")
    written = call(crawl, "learn", "sample", "--json").check(0).stdout
    assert f"sha256:{sha256(written).hexdigest()}" == run.by_url[PRESS]["provenance"]["model_digest"]
    assert contents(folder) == before

    # explain gives the record's text, in a terminal and as a page
    shown = show(crawl, "explain", PRESS)
    kept = [line[2:] for line in shown.split("\n\n", 1)[1].splitlines() if line.startswith("+ ")]
    assert kept == [line for line in run.by_url[PRESS]["text"].split("\n") if line]
    assert f"- [about, 6 pages] {ABOUT}" in shown
    assert "- [outside] Skip to main content" in shown
    page = crawl.folder / "page.html"
    assert show(crawl, "explain", PRESS, "--collection", "sample", "--html", page) == f"{page}\n"
    assert ABOUT in page.read_text("utf-8")
    redirected = next(one for one in run.records if one["provenance"]["requested_url"] is not None)
    assert f"\nurl        {redirected['url']}\n" in show(crawl, "explain", redirected["provenance"]["requested_url"])
    assert contents(folder) == before

    # a decision changes the model at once and the records with the next replay
    about = find_template(crawl, ABOUT)
    assert f"{about[:8]}  about     tail    6/25" in show(crawl, "templates", "sample")
    assert find_removed(run, PRESS, ABOUT) == [("about", 6)]
    said = show(crawl, "templates", "sample", "keep", about[:4])
    assert said.startswith(f"sample: kept as text: {about} “About the Lantern Justice Project")
    assert said.endswith("`scrapy crawl replay -a collection=sample` makes the records by it\n")
    assert json.loads((folder / "templates.json").read_text())["decisions"][about]["decision"] == "keep"
    first = replay(crawl, "kept-1.jsonl")
    assert first.by_url[PRESS]["text"] != run.by_url[PRESS]["text"]
    assert ABOUT in first.by_url[PRESS]["text"]
    assert replay(crawl, "kept-2.jsonl").feed.read_bytes() == first.feed.read_bytes()
    assert "equal to the sealed model" in show(crawl, "learn", "sample")

    show(crawl, "templates", "sample", "drop", about.upper())
    first = replay(crawl, "dropped-1.jsonl")
    assert find_removed(first, PRESS, ABOUT) == [("dropped", 6)]
    assert replay(crawl, "dropped-2.jsonl").feed.read_bytes() == first.feed.read_bytes()
    assert f"[dropped, 6 pages] {ABOUT}" in show(crawl, "explain", PRESS)
    archived = contents(folder / "archive")
    assert "dropped, which changes no model" in show(crawl, "templates", "sample", "drop", about)
    assert contents(folder / "archive") == archived

    # and can be taken back: then everything is as it was
    assert "not decided any more" in show(crawl, "templates", "sample", "forget", about)
    assert replay(crawl, "again.jsonl").feed.read_bytes() == run.feed.read_bytes()
    assert contents(folder / "models") == {f"{HOST}.json": before[f"models/{HOST}.json"]}

    # a crawl learns by the decisions, too
    show(crawl, "templates", "sample", "drop", about)
    assert find_removed(crawl("sample").check(0), PRESS, ABOUT) == [("dropped", 6)]
    check_mistakes(crawl, about)


def check_mistakes(crawl: Crawl, decided: str) -> None:
    folder = crawl.data / "sample"
    before = contents(folder)
    for command in ("learn", "templates"):
        assert "there are: sample" in refuse(crawl, command, "smple")
        assert f"has no site 'x.example'; its sites: {HOST}" in refuse(crawl, command, "sample", "--host", "x.example")
    assert "learn takes the name of one collection, not 0" in refuse(crawl, "learn")
    assert "keep, drop, forget and an id" in refuse(crawl, "templates", "sample", "drop")
    assert "allowed: keep, drop, forget" in refuse(crawl, "templates", "sample", "delete", decided)
    assert "'12' is too short" in refuse(crawl, "templates", "sample", "drop", "12")
    assert "`scrapy templates sample` lists" in refuse(crawl, "templates", "sample", "drop", "zzzz")
    assert f"no decision 'zzzz'; allowed: {decided}" in refuse(crawl, "templates", "sample", "forget", "zzzz")
    assert "explain takes one URL or file, not 0" in refuse(crawl, "explain")
    assert "unknown option --colour; `scrapy explain --help`" in refuse(crawl, "explain", PRESS, "--colour")
    assert "searched collections: sample" in refuse(crawl, "explain", f"{PRESS}-not")
    assert "there is no file 'nothing.html'" in refuse(crawl, "explain", "nothing.html")
    assert "is a folder" in refuse(crawl, "explain", crawl.folder)
    assert "there are: sample" in refuse(crawl, "explain", PRESS, "--collection", "smple")
    nowhere = crawl.folder / "nowhere" / "page.html"
    assert "cannot be written (No such file or directory)" in refuse(crawl, "explain", PRESS, "--html", nowhere)
    (folder / "templates.json").write_text('{"decisions": {"a": {"decision": "delete"}}}')
    assert "templates.json: decisions.a.decision" in refuse(crawl, "templates", "sample")
    (folder / "templates.json").unlink()
    del before["templates.json"]
    assert contents(folder) == before


def test_while_a_crawl_is_running(crawl: Crawl) -> None:
    crawl("sample").check(0)
    with (crawl.data / "sample" / "ledger.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = find_template(crawl, ABOUT)
        assert "another crawl of this collection is running" in refuse(crawl, "templates", "sample", "drop", found)
        assert not (crawl.data / "sample" / "templates.json").exists()
        assert "equal to the sealed model" in show(crawl, "learn", "sample")
        assert "container" in show(crawl, "explain", PRESS)


@pytest.fixture
def letters(crawl: Crawl) -> Path:
    """A folder of saved pages with a manifest."""
    folder = crawl.folder / "letters"
    (folder / "pages").mkdir(parents=True)
    rows = ["file,url"]
    for number in range(6):
        close = "<p>The Keepers of the Bridge are neighbors who look after the crossing.</p></article>"
        body = article(f"Letter {number}").replace("</article>", close).encode()
        name = f"pages/{number}.html" + (".gz" if number == 3 else "")
        (folder / name).write_bytes(gzip.compress(body) if number == 3 else body)
        rows.append(f"{name},https://bridge.example/{number}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_documents(crawl: Crawl, letters: Path) -> None:
    close = "The Keepers of the Bridge are neighbors"
    run = crawl("documents", "-a", f"path={letters}").check(0, "well: 6 records")
    text = {url: record["text"] for url, record in run.by_url.items()}
    learned = show(crawl, "learn", "letters")
    assert "letters: has no archive to learn from; this is what its latest run learned" in learned
    assert "bridge.example\n6 pages looked at" in learned
    written = call(crawl, "learn", "letters", "--json").check(0).stdout
    assert written == (crawl.data / "letters" / "models" / "bridge.example.json").read_bytes()
    for number, name in ((2, "2.html"), (3, "3.html.gz")):
        shown = show(crawl, "explain", letters / "pages" / name, "--collection", "letters")
        assert f"url        https://bridge.example/{number}\n" in shown
        kept = [line[2:] for line in shown.split("\n\n", 1)[1].splitlines() if line.startswith("+ ")]
        assert kept == [line for line in text[f"https://bridge.example/{number}"].split("\n") if line]
    alone = show(crawl, "explain", letters / "pages" / "2.html")
    assert "none: the page was read by itself" in alone
    # a file that does not say where it is from is read by the one model that there is
    loose = crawl.folder / "loose.html"
    loose.write_bytes((letters / "pages" / "2.html").read_bytes())
    assert "model      sha256:" in show(crawl, "explain", loose, "--collection", "letters")
    assert "has no archive" in refuse(crawl, "explain", "https://bridge.example/2", "--collection", "letters")

    model = json.loads(written)
    templates = [*model["frame"], *(one for layout in model["layouts"] for one in layout["templates"])]
    found = next(one["id"] for one in templates if one["text"].startswith(close))
    gone = next(one["reason"] for one in run.by_url["https://bridge.example/2"]["removed"] if close in one["text"])
    assert gone in ("template", "about")
    assert "`scrapy crawl documents`, as it was run before" in show(crawl, "templates", "letters", "keep", found)
    again = crawl("documents", "-a", f"path={letters}").check(0, "well: 6 records")
    assert all(close in record["text"] for record in again.records)
    # The third page of six that has it is the last one: it is not learned any more, and dropped all the same.
    show(crawl, "templates", "letters", "drop", found)
    for number in (0, 1, 4, 5):
        path = letters / "pages" / f"{number}.html"
        path.write_bytes(path.read_bytes().replace(close.encode(), f"Number {number} closes otherwise".encode()))
    last = crawl("documents", "-a", f"path={letters}").check(0, "well: 6 records")
    assert [close in record["text"] for record in last.records] == [False] * 6
    assert f"decided, and not learned at present\n{found[:8]}  drop  {close}" in show(crawl, "templates", "letters")


def test_too_few_pages_to_learn_from(crawl: Crawl) -> None:
    crawl("sample", "-a", "limit=3").check(0, "well: 3 records")
    assert "3 pages, of which nothing was learned; it takes 4 to learn a site" in show(crawl, "learn", "sample")
    assert "nothing was learned of its sites yet" in show(crawl, "templates", "sample")
    assert "lists" in refuse(crawl, "templates", "sample", "drop", "abcd")


def test_no_collection_at_all(crawl: Crawl) -> None:
    assert "there are: none" in refuse(crawl, "learn", "sample")
    assert "searched collections: none in" in refuse(crawl, "explain", PRESS)
    page = crawl.folder / "page.html"
    page.write_text(article("A page of nobody"))
    assert "+ A page of nobody is what this page is about." in show(crawl, "explain", page)
    page.write_text("<html><body></body></html>")
    assert "gives no record (no_text)" in refuse(crawl, "explain", page, status=1)
