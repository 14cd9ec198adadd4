"""`documents`: folders, manifests and single files; whatever lies among them, the good ones are recorded."""

import gzip
import json
import os
from pathlib import Path

import pytest

from tests.runs.harness import Crawl, article

GOOD = ("good-a.html", "good-m.html", "good-z.html")


def test_folder(crawl: Crawl) -> None:
    folder = crawl.folder / "papers"
    (folder / "year" / "month").mkdir(parents=True)
    (folder / "year" / "month" / "page.HTM").write_text(article("A nested page"), encoding="utf-8")
    (folder / "a page#1.html").write_text(article("A page with a name"), encoding="utf-8")
    (folder / "packed.html.gz").write_bytes(gzip.compress(article("A packed page").encode()))
    (folder / "note.md").write_text("# A note\n\nThe *clerk* said that [the list](https://x.example/) was lost.\n")
    (folder / "note.txt.gz").write_bytes(gzip.compress(b"The clerk said nothing at all that we could write down."))
    (folder / ".hidden.html").write_text(article("Hidden"), encoding="utf-8")
    for name in ("photo.jpg", "report.pdf", "data.csv", "page.html.bak"):
        (folder / name).write_bytes(b"x")
    run = crawl("documents", "-a", f"path={folder}").check(0, "well: 5 records")
    assert [record["url"] for record in run.records] == sorted(
        [
            "file:a%20page%231.html",
            "file:note.md",
            "file:note.txt.gz",
            "file:packed.html.gz",
            "file:year/month/page.HTM",
        ]
    )
    assert run.by_url["file:year/month/page.HTM"]["provenance"]["source_file"] == "year/month/page.HTM"
    note = run.by_url["file:note.md"]
    assert note["text"].endswith("The clerk said that the list was lost.")
    assert note["title"] == "A note"
    for name in ("photo.jpg", "report.pdf", "data.csv", "page.html.bak"):
        assert run.outcome(name).reason == "unsupported_file_type"
    assert run.records[0]["provenance"]["fetched_at"] is None
    assert run.records[0]["collection"] == "papers"


def test_single_file_and_limit(crawl: Crawl) -> None:
    for name in GOOD:
        (crawl.folder / name).write_text(article(f"About {name}"), encoding="utf-8")
    run = crawl("documents", "-a", f"path={crawl.folder / GOOD[1]}").check(0, "well: 1 record")
    assert run.records[0]["url"] == f"file:{GOOD[1]}"
    assert run.records[0]["collection"] == "good-m"
    run = crawl("documents", "-a", f"path={crawl.folder}", "-a", "limit=2", "-a", "collection=mine").check(0)
    assert [record["url"] for record in run.records] == [f"file:{name}" for name in GOOD[:2]]
    assert {record["collection"] for record in run.records} == {"mine"}


def test_manifest(crawl: Crawl) -> None:
    folder = crawl.folder / "coded"
    folder.mkdir()
    for number in range(9):
        (folder / f"p{number}.html").write_text(article(f"Page {number}"), encoding="utf-8")
    (folder / "coded.txt").write_text(
        "Some Group\n\n<https://x.example/own>\n\nLeaflet\n\nWe were asked to go, and went."
    )
    rows = [
        ("p0.html", "https://example.org/b", "Group", "war; peace", "Speech", "1"),
        ("p1.html", "https://example.org/a", "", "", "", "2"),
        ("p2.html", "../relative/page?x=1", "", "", "", "3"),
        ("p3.html", "urn:isbn:0451450523", "", "", "", "4"),
        ("p4.html", "http://[::1", "", "", "", "5"),
        ("p5.html", "https://example.org/twice", "", "", "", "6"),
        ("p6.html", "https://example.org/twice", "", "", "", "7"),
        ("p7.html", "", "", "", "", "8"),
        ("missing.html", "https://example.org/missing", "", "", "", "9"),
        ("missing.txt", "https://example.org/missing-text", "", "", "", "9"),
        ("", "https://example.org/no-file", "", "", "", "10"),
        ("p8.docx", "https://example.org/docx", "", "", "", "11"),
        ("coded.txt", "https://example.org/coded", "", "", "", "12"),
        ("bad\x07name.html", "https://example.org/control", "", "", "", "13"),
    ]
    lines = ["file,url,organization,topic,document_type,code"]
    lines += [",".join(row) for row in rows]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = crawl("documents", "-a", f"path={folder}").check(0, "well: 9 records")
    by_file = {record["provenance"]["source_file"]: record for record in run.records}
    assert [record["url"] for record in run.records] == sorted(record["url"] for record in run.records)
    first = by_file["p0.html"]
    assert (first["organization"], first["topics"], first["document_type"]) == ("Group", ["war", "peace"], "Speech")
    assert first["annotations"] == {"code": "1"}
    urls = {name: by_file[name]["url"] for name in ("p2.html", "p3.html", "p4.html", "p7.html")}
    assert urls == {
        "p2.html": "../relative/page?x=1",
        "p3.html": "urn:isbn:0451450523",
        "p4.html": "http://[::1",
        "p7.html": "file:p7.html",
    }
    assert by_file["p5.html"]["url"] == by_file["p6.html"]["url"]
    assert by_file["p5.html"]["id"] != by_file["p6.html"]["id"]
    assert len({record["id"] for record in run.records}) == 9
    assert by_file["coded.txt"]["organization"] == "Some Group"
    assert by_file["coded.txt"]["url"] == "https://example.org/coded"
    assert "and not the one of its own header, https://x.example/own" in run.stderr
    assert run.outcome("https://example.org/missing").reason == "missing_file"
    assert run.outcome("https://example.org/missing-text").reason == "missing_file"
    assert run.outcome("p8.docx").reason == "unsupported_file_type"
    assert "no_file_named" in run.stderr
    assert "1 files of the folder are not listed" in run.stderr


def test_manifest_by_its_own_name_without_urls(crawl: Crawl) -> None:
    (crawl.folder / "one.html").write_text(article("One"), encoding="utf-8")
    listed = crawl.folder / "press.jsonl"
    rows = [{"file": "one.html", "note": None, "n": 3}, {"file": "nul\u0000l.txt", "note": "\ud800"}]
    listed.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = crawl("documents", "-a", f"path={listed}").check(0, "well: 1 record")
    assert run.records[0]["url"] == "file:one.html"
    assert run.records[0]["annotations"] == {"note": "", "n": "3"}
    assert run.records[0]["collection"] == "press"
    assert "no column url" in run.stderr


def bad_inputs(folder: Path) -> dict[str, set[str]]:
    """Write one of each bad file; give the outcomes that each may have."""
    head = b"<html><head><title>Bad</title></head><body>"
    line = b"The same words come again and again until the line is longer than any reader. "
    paragraph = (
        b"<p>The clerk was asked %d times for the list of those who had been turned away, and did not answer.</p>\n"
    )
    text = article("A page in a wrong charset", "Señora Peñaloza’s café – “Abogado, jueves”.")
    broken = gzip.compress(article("Broken").encode())
    files: dict[str, tuple[bytes, set[str]]] = {
        "empty.html": (b"", {"excluded"}),
        "blank.txt": (b" \n\n", {"excluded"}),
        "pdf.html": (b"%PDF-1.4\n" + bytes(range(256)) * 20, {"excluded"}),
        "one-line.html": (head + line * (20_000_000 // len(line)), {"recorded", "failed", "excluded"}),
        "one-line.txt": (line * (20_000_000 // len(line)), {"recorded", "failed", "excluded"}),
        "paragraphs.html": (head + b"".join(paragraph % n for n in range(190_000)), {"recorded", "failed", "excluded"}),
        "nested.html": (
            head + b"<div>" * 100_000 + b"The end of the nest." + b"</div>" * 100_000,
            {"recorded", "excluded"},
        ),
        "nul.html": (article("A page with NUL bytes").replace("clerk", "cl\0erk").encode(), {"recorded"}),
        "all-nul.html": (bytes(5000), {"excluded"}),
        "charset.html": (
            text.encode("cp1252", "replace").replace(b"<head>", b'<head><meta charset="utf-8">'),
            {"recorded"},
        ),
        "unknown-charset.html": (text.encode().replace(b"<head>", b'<head><meta charset="klingon">'), {"recorded"}),
        "cut.html.gz": (broken[: len(broken) // 2], {"failed"}),
        "no-gzip.html.gz": (b"<html>not packed at all</html>", {"failed"}),
        "cut.txt.gz": (broken[:30] + b"\xff" * 30, {"failed"}),
        "bomb.html.gz": (gzip.compress(bytes(80_000_000)), {"failed"}),
    }
    for name, (body, _) in files.items():
        (folder / name).write_bytes(body)
    return {name: outcomes for name, (_, outcomes) in files.items()}


def test_bad_input_costs_itself_alone(crawl: Crawl) -> None:
    folder = crawl.folder / "mixed"
    folder.mkdir()
    for name in GOOD:
        (folder / name).write_text(article(f"About {name}"), encoding="utf-8")
    bad = bad_inputs(folder)
    run = crawl("documents", "-a", f"path={folder}", "-s", "PAGE_TIME_LIMIT=12")
    run.check(0, "well: ")
    urls = [record["url"] for record in run.records]
    assert urls == sorted(urls)
    assert {f"file:{name}" for name in GOOD} <= set(urls)
    for name, allowed in bad.items():
        one = run.outcome(f"file:{name}")
        assert one.outcome in allowed, f"{name}: {one}"
        assert one.outcome == "recorded" or one.reason, name
        assert (one.outcome == "recorded") == (f"file:{name}" in urls), name
    assert set(run.outcomes) == {f"file:{name}" for name in (*GOOD, *bad)}, "nothing is lost"
    assert "clerk opened a drawer" in run.by_url["file:nul.html"]["text"]
    for name in ("charset.html", "unknown-charset.html"):
        assert "Señora Peñaloza" in run.by_url[f"file:{name}"]["text"], name
    assert run.outcome("file:pdf.html").reason == "not_html_pdf"
    assert run.outcome("file:bomb.html.gz").reason == "too_large"


def test_unreadable_file(crawl: Crawl) -> None:
    folder = crawl.folder / "mixed"
    folder.mkdir()
    (folder / "good.html").write_text(article("Good"), encoding="utf-8")
    (folder / "loop.html").symlink_to("loop.html")
    (folder / "folder.html").mkdir()
    (folder / "manifest.csv").write_text("file,url\ngood.html,a\nloop.html,b\nfolder.html,c\n", encoding="utf-8")
    run = crawl("documents", "-a", f"path={folder}").check(0, "well: 1 record")
    assert run.outcome("b").reason == "unreadable_file"
    assert run.outcome("c").reason == "unreadable_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_forbidden_file(crawl: Crawl) -> None:
    (crawl.folder / "good.html").write_text(article("Good"), encoding="utf-8")
    (crawl.folder / "closed.html").write_text(article("Closed"), encoding="utf-8")
    (crawl.folder / "closed.html").chmod(0)
    run = crawl("documents", "-a", f"path={crawl.folder}").check(0, "well: 1 record")
    assert run.outcome("file:closed.html").reason == "unreadable_file"
