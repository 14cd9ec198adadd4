"""What became of each row of a list, and what its host's organization file adds to it."""

import csv
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.runs.harness import Crawl, Reply, Server, article, write_list

COLUMNS = "row url outcome reason detail http_status redirects final_url record_id same_as".split()


def read_rows(crawl: Crawl, name: str = "list") -> list[dict[str, str]]:
    path = crawl.data / name / "records" / "rows.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert not list(path.parent.glob("*part*"))
    assert all(list(row) == COLUMNS for row in rows)
    return rows


@pytest.fixture
def listed(crawl: Crawl, server: Server) -> Path:
    for name in ("first", "second", "third"):
        server.page(f"/{name}", article(f"The {name} page"))
    server.page("/copy", article("The first page"))
    server.page("/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain"))
    for place, target in {"/old": "/third", "/older": "/old", "/lost": "/missing", "/round": "/round"}.items():
        server.page(place, Reply(b"", 301, headers=(("Location", target),)))
    server.page("/broken", Reply(b"no", 500))
    server.page("/image", Reply(b"no", content_type="image/png"))
    urls = [
        *("/second", "/first", "/second#part", "/missing", "/old", "/older", "/third", "/lost", "/private/x"),
        *("/broken", "/image", "/copy", "/round", "/a b|c\\d%zz"),
    ]
    cells = [server.url(url) for url in urls] + ["=cmd", "", server.url("/second?utm_source=x")]
    path = crawl.folder / "list.csv"
    path.write_text("url,n\n" + "".join(f'"{cell}",{number}\n' for number, cell in enumerate(cells)), encoding="utf-8")
    return path


def test_every_row_has_a_line(crawl: Crawl, server: Server, listed: Path) -> None:
    run = crawl("pages", "-a", f"urls={listed}", "-s", "RETRY_TIMES=0").check(0, "well: 4 records")
    rows = read_rows(crawl)
    ids = {record["url"]: record["id"] for record in run.records}
    found = [(int(row["row"]), row["outcome"], row["reason"], row["http_status"], row["same_as"]) for row in rows]
    assert found == [
        (2, "recorded", "", "200", ""),
        (3, "recorded", "", "200", ""),
        (4, "duplicate", "repeated_row", "200", "2"),
        (5, "gone", "http_404", "404", ""),
        (6, "recorded", "", "200", ""),
        (7, "duplicate", "same_page", "200", "6"),
        (8, "duplicate", "same_page", "200", "6"),
        (9, "duplicate", "same_page", "404", "5"),
        (10, "disallowed", "", "", ""),
        (11, "failed", "http_500", "500", ""),
        (12, "excluded", "not_html", "200", ""),
        (13, "recorded", "", "200", "3"),
        (14, "failed", "redirect_to_itself", "301", ""),
        (15, "gone", "http_404", "404", ""),
        (16, "excluded", "no_http_url", "", ""),
        (17, "excluded", "no_http_url", "", ""),
        (18, "duplicate", "repeated_row", "200", "2"),
    ]
    assert [row["url"] for row in rows[14:16]] == ["'=cmd", ""], "a spreadsheet must not run a cell"
    redirects = {int(row["row"]): (row["redirects"], row["final_url"]) for row in rows if row["redirects"] != "0"}
    third = server.url("/third")
    assert redirects == {6: ("1", third), 7: ("2", third), 9: ("1", server.url("/missing"))}
    for row in rows:
        assert row["record_id"] == ids.get(row["final_url"], ""), row
    assert set(ids.values()) == {row["record_id"] for row in rows} - {""}
    for number, path in ((5, "/missing"), (11, "/broken"), (12, "/image")):
        assert (run.outcome(server.url(path)).detail or "").endswith(f"list.csv: row {number}"), path
    assert f"what became of each row of list.csv: {crawl.data / 'list' / 'records' / 'rows.csv'}" in run.stderr
    assert "duplicate 5, recorded 4, " in run.stderr, "the closing table counts rows"


def test_a_second_run_has_a_line_for_every_row_too(crawl: Crawl, server: Server, listed: Path) -> None:
    command = ("pages", "-a", f"urls={listed}", "-s", "RETRY_TIMES=0")
    crawl(*command).check(0)
    before = read_rows(crawl)
    crawl(*command).check(0, "well: 4 records")
    after = read_rows(crawl)
    for old, new in zip(before, after, strict=True):
        outcome = "unchanged" if old["outcome"] == "recorded" else old["outcome"]
        assert new["outcome"] == outcome
        assert new["record_id"] == old["record_id"]
    server.page("/first", Reply(b"gone", 410))
    crawl(*command).check(0)
    (first,) = (row for row in read_rows(crawl) if row["row"] == "3")
    assert (first["outcome"], first["http_status"], first["record_id"]) == ("gone", "410", before[1]["record_id"])


def test_rows_that_failed_alone_are_told(crawl: Crawl, server: Server) -> None:
    server.page("/one", Reply(b"no", 404))
    path = crawl.folder / "list.csv"
    path.write_text(f"url\n{server.url('/one')}\n")
    crawl("pages", "-a", f"urls={path}").check(3)
    assert [row["outcome"] for row in read_rows(crawl)] == ["gone"]


def test_a_table_that_cannot_be_written_is_told(crawl: Crawl, server: Server) -> None:
    path = crawl.folder / "list.csv"
    path.write_text(f"url\n{server.page('/one', article('One'))}\n")
    (crawl.data / "list" / "records" / "rows.csv").mkdir(parents=True)
    run = crawl("pages", "-a", f"urls={path}").check(1, "failed: 1 error in the log")
    assert "rows.csv: it cannot be written (Is a directory)" in run.stderr


def test_a_run_that_goes_on_tells_of_all_rows(crawl: Crawl, server: Server) -> None:
    urls = [server.page(f"/{n}", Reply(article(f"Page {n}").encode(), delay=0.05)) for n in range(40)]
    path = crawl.folder / "list.csv"
    path.write_text("url\n" + "".join(f"{url}\n" for url in urls))
    process = crawl.start("pages", "-a", f"urls={path}")
    while len(server.paths) < 12:
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (crawl.data / "list" / "records" / "rows.csv").exists()
    crawl("pages", "-a", f"urls={path}").check(0, "well: 40 records")
    assert [row["outcome"] for row in read_rows(crawl)] == ["recorded"] * 40


FILE = """
name = "{name}"
homepage = "{home}"
languages = ["fr"]
date_order = "DMY"
topics = ["Dignity"]
[[document_types]]
url = "/press/"
type = "Press Release"
"""


def test_the_organization_is_found_by_host(crawl: Crawl, server: Server) -> None:
    folder = crawl.folder / "orgs"
    folder.mkdir()
    home = server.url("/")
    (folder / "b-second.toml").write_text(FILE.format(name="Second", home=home).replace("Dignity", "Other"))
    (folder / "a-first.toml").write_text(FILE.format(name="First", home=home))
    (folder / "elsewhere.toml").write_text(FILE.format(name="Elsewhere", home=home.replace("127.0.0.1", "localhost")))
    pages = {
        path: server.page(path, article(path, date="3/4/2016")) for path in ("/press/1", "/press/2", "/3", "/press/4")
    }
    server.page("/moved", Reply(b"", 302, headers=(("Location", home.replace("127.0.0.1", "localhost") + "3"),)))
    path = crawl.folder / "list.csv"
    path.write_text(
        f"url,organization,topic,document_type,n\n{pages['/press/1']},,,,1\n{pages['/press/2']},Aid,Land,Leaflet,2\n"
        f"{pages['/3']},,,,3\n{pages['/press/4']},Aid,,,4\n{server.url('/moved')},,,,5\n"
    )
    env = {"BROADSIDE_ORGANIZATIONS": str(folder)}
    run = crawl("pages", "-a", f"urls={path}", env=env).check(0, "well: 5 records")
    said = {
        record["annotations"]["n"]: (record["organization"], record["topics"], record["document_type"])
        for record in run.records
    }
    assert said == {
        "1": ("First", ["Dignity"], "Press Release"),
        "2": ("Aid", ["Land"], "Leaflet"),
        "3": ("First", ["Dignity"], None),
        "4": ("Aid", ["Dignity"], "Press Release"),
        "5": ("Elsewhere", ["Dignity"], None),
    }
    assert {record["date_published"] for record in run.records} == {"2016-04-03"}, "as the files order dates"
    assert run.stderr.count("127.0.0.1 belongs to a-first and b-second: the file a-first.toml counts") == 1
    again = crawl("replay", "-a", "collection=list", env=env, feed=crawl.folder / "again.jsonl").check(0)
    assert again.feed.read_bytes() == run.feed.read_bytes()
    bare = crawl("pages", "-a", f"urls={path}", "-a", "collection=bare", feed=crawl.folder / "bare.jsonl").check(0)
    assert [record["organization"] for record in bare.records] == [None, None, "Aid", "Aid", None]
    assert {record["date_published"] for record in bare.records} == {None}


def test_the_closing_table_counts_rows_that_are_no_pages(crawl: Crawl, server: Server) -> None:
    good = server.page("/good", article("Good"))
    server.page("/paper", Reply(b"%PDF-1.4", content_type="application/pdf"))
    listed = write_list(crawl.folder / "list.csv", [good, "no address", server.url("/paper")])
    run = crawl("pages", "-a", f"urls={listed}").check(0, "well: 1 record")
    assert re.search(r"^excluded +2  no http url 1, not html 1$", run.stderr, re.MULTILINE), run.stderr[-900:]


def test_a_dead_host_is_told_from_a_rule(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/page"
        listed = write_list(crawl.folder / "list.csv", [server.url("/private"), dead])
        run = crawl("pages", "-a", f"urls={listed}", "-s", "RETRY_TIMES=0").check(3)
    rule, unreachable = read_rows(crawl)
    assert (rule["outcome"], rule["reason"], rule["detail"]) == ("disallowed", "", "")
    assert (unreachable["outcome"], unreachable["reason"]) == ("disallowed", "unreachable")
    assert unreachable["detail"] == "robots.txt cannot be had (DownloadConnectionRefusedError)"
    assert re.search(r"^disallowed +2  unreachable 1$", run.stderr, re.MULTILINE), run.stderr[-900:]
