"""`export` leaves out what a takedown list names, and says so."""

import sys
from pathlib import Path

from crawler.takedown import read_list
from tests.runs.harness import Crawl, Reply, Run, Server, article, write_list
from tests.runs.test_run_pages import organization


def export(crawl: Crawl, *arguments: str | Path) -> Run:
    program = (sys.executable, "-m", "crawler")
    return crawl("export", "c", *arguments, feed=None, level=None, program=program)


def write(crawl: Crawl, *lines: str) -> Path:
    path = crawl.data / "c" / "takedown.csv"
    path.write_text("what,reason,date\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_records_that_are_taken_down(crawl: Crawl, server: Server) -> None:
    server.page("/old", Reply(b"", 301, headers=(("Location", "/new"),)))
    for name in ("new", "one", "two", "people/x", "people/y"):
        server.page(f"/{name}", article(f"The page {name}"))
    urls = [server.url(f"/{name}") for name in ("old", "one", "two", "people/x", "people/y")]
    arguments = ("pages", "-a", f"urls={write_list(crawl.folder / 'urls.csv', urls)}", "-a", "collection=c")
    run = crawl(*arguments).check(0, "well: 5 records")
    assert export(crawl).check(0, "^broadside: 5 records of c").stderr.count("\n") == 1
    record = run.by_url[urls[1]]
    path = write(
        crawl,
        f"{urls[0]},moved,2026-03-01",
        f"{record['id']},asked,2026-03-02",
        f"{server.url('/people/')}*,court order,2026-03-03",
        f"{server.url('/never')},asked,2026-03-04",
    )
    out = crawl.folder / "out" / "corpus.jsonl"
    taken = export(crawl, "-o", out).check(0, f"^broadside: 1 record of c.* in {out}")
    assert "broadside: 4 records left out by the takedown list: asked 1, court order 2, moved 1\n" in taken.stderr
    assert f"broadside: {path}, line 5: nothing here falls under it\n" in taken.stderr
    text = out.read_text("utf-8")
    assert [one["url"] for one in Run(0, b"", "", out, 0).records] == [urls[2]]
    assert record["title"] not in text
    assert record["digest"] not in text

    history = export(crawl, "--history").check(0, "^broadside: 1 revision of c")
    assert "4 revisions left out" in history.stderr
    assert history.stdout.count(b"\n") == 1

    # A crawl's own feed is not published: it holds them, and says so.
    again = crawl(*arguments).check(0, "well: 5 records")
    assert f"{path} does not hold for the feeds of a run" in again.stderr

    write(crawl, f"{server.url('/')}*,asked,2026-03-01")
    assert export(crawl, "-o", out).check(1, "the takedown list leaves no record").stdout == b""
    assert out.read_text("utf-8") == text, "the file is as it was"


def test_a_list_that_cannot_be_followed_stops_the_export(crawl: Crawl, server: Server) -> None:
    url = server.page("/one", article("One"))
    listed = write_list(crawl.folder / "urls.csv", [url])
    crawl("pages", "-a", f"urls={listed}", "-a", "collection=c").check(0, "well: 1 record")
    path = write(crawl, f"{url},asked,2026-03-01", "not a URL,asked,2026-03-01")
    run = export(crawl).check(2, f"^broadside: {path}, line 3: what 'not a URL' is not allowed; allowed: ")
    assert run.stdout == b""
    path.unlink()
    assert export(crawl, "-s", "TAKEDOWN=nowhere.csv").check(2, "TAKEDOWN='nowhere.csv'").stdout == b""


def test_a_copy_stands_for_its_original(crawl: Crawl, server: Server) -> None:
    for name in ("one", "one-again", "two"):
        server.page(f"/{name}", article(f"The page {name.removesuffix('-again')}"))
    server.page("/", "".join(f"<p><a href='/{name}'>{name}</a></p>" for name in ("one", "one-again", "two")))
    run = crawl("small", env=organization(crawl, server)).check(0, "well: 2 records")
    assert run.outcome(server.url("/one-again")).outcome == "duplicate"
    path = crawl.data / "small" / "takedown.csv"
    path.write_text(f"what,reason,date\n{server.url('/one-again')},asked,2026-03-01\n", encoding="utf-8")
    program = (sys.executable, "-m", "crawler")
    taken = crawl("export", "small", feed=None, level=None, program=program).check(0, "1 record of small")
    assert b"The page one" not in taken.stdout


def test_an_address_that_redirected_once_stands_for_its_target(crawl: Crawl, server: Server) -> None:
    server.page("/a", Reply(b"", 301, headers=(("Location", "/b"),)))
    for name in ("b", "c"):
        server.page(f"/{name}", article(f"The page {name}"))
    urls = [server.url(f"/{name}") for name in "abc"]
    listed = write_list(crawl.folder / "urls.csv", urls)
    crawl("pages", "-a", f"urls={listed}", "-a", "collection=c").check(0, "well: 2 records")
    server.page("/a", article("Another page"))  # it redirects no more
    crawl("pages", "-a", f"urls={listed}", "-a", "collection=c").check(0, "well: 3 records")
    write(crawl, f"{urls[0]},asked,2026-03-01")
    taken = export(crawl).check(0, "^broadside: 1 record of c")
    assert "2 records left out by the takedown list: asked 2" in taken.stderr
    assert b"The page b" not in taken.stdout


def test_a_list_divided_by_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "takedown.csv"
    path.write_text("# a note, and more\nwhat;reason;date\nhttp://a.example/x;asked, twice;2026-03-01\n", "utf-8")
    (entry,) = read_list(path)
    assert (entry.what, entry.reason) == ("a.example/x", "asked, twice")
