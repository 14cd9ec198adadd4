"""Takedown lists: what a line names, and that a bad line lets nothing through."""

import json
from pathlib import Path

import pytest

from crawler.errors import UserError
from crawler.takedown import TakedownList, find_lists, read_list, read_lists

ID = "0123456789abcdef0123"


def write(path: Path, *lines: str, header: str = "what,reason,date") -> Path:
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")
    return path


def listed(folder: Path, *whats: str) -> TakedownList:
    return read_lists([write(folder / "takedown.csv", *(f"{what},asked,2026-03-01" for what in whats))])


@pytest.mark.parametrize(
    ("what", "addresses", "falls"),
    [
        ("https://example.org/a", ["https://example.org/a"], True),
        ("https://example.org/a", ["http://www.example.org/a/"], True),
        ("http://www.EXAMPLE.org:80/a/?utm_source=x#b", ["https://example.org/a"], True),
        ("https://example.org/a", ["https://example.org/ab"], False),
        ("https://example.org/a", ["https://example.org/a?b=c"], False),
        ("https://example.org/a", ["https://example.org/new", "https://example.org/a"], True),
        ("https://example.org/people/*", ["http://www.example.org/people/x"], True),
        ("https://example.org/people/*", ["https://example.org/people-of-ours"], False),
        ("https://example.org/p*", ["https://example.org/people"], True),
        ("https://example.org/?id=*", ["https://example.org/?id=7"], True),
        ("https://example.org/*", ["https://example.organic/x"], False),
        (ID, ["https://example.org/a"], True),
        ("f" * 20, ["https://example.org/a"], False),
    ],
)
def test_what_falls_under_a_line(tmp_path: Path, what: str, addresses: list[str], falls: bool) -> None:
    assert (listed(tmp_path, what).find(ID, addresses) is not None) is falls


def test_records_are_left_out_whole(tmp_path: Path) -> None:
    urls = ["https://example.org/a", "https://example.org/b", "https://example.org/c", "https://example.org/d"]
    canonical = {urls[2]: "https://example.org/other"}
    lines = [
        json.dumps({"id": f"{n:020x}", "url": url, "canonical_url": canonical.get(url), "title": "T"})
        for n, url in enumerate(urls)
    ]
    takedowns = listed(
        tmp_path, urls[0], "https://example.org/other", "https://example.org/old", "https://nowhere.org/"
    )
    left = list(takedowns.let_through(lines, {urls[1]: ["https://example.org/old"]}))
    assert left == lines[3:]
    assert takedowns.left_out == {"asked": 3}
    assert [entry.place.rpartition(", ")[2] for entry in takedowns.unused] == ["line 5"]


def test_further_columns_comments_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "takedown.csv"
    path.write_bytes(
        '\ufeffDate,Reason,what,who\r\n\r\n# by letter\r\n2026-03-01,"court, order",https://x.org/ä,J\r\n'.encode()
    )
    entries = read_list(path)
    assert [(entry.what, entry.reason) for entry in entries] == [("x.org/%C3%A4", "court, order")]


@pytest.mark.parametrize(
    ("lines", "header", "message"),
    [
        (["https://x.org/a,,2026-03-01"], None, "line 2: no reason"),
        (["https://x.org/a,asked,March"], None, "line 2: date 'March' is not allowed"),
        (["https://x.org/a,asked,"], None, "line 2: date ''"),
        (["/a,asked,2026-03-01"], None, "line 2: what '/a' is not allowed; allowed: an http"),
        ([",asked,2026-03-01"], None, "line 2: what ''"),
        (["*,asked,2026-03-01"], None, "line 2: what '\\*'"),
        (["https://x*,asked,2026-03-01"], None, "line 2: what"),
        (["https://x.org/*/a,asked,2026-03-01"], None, "line 2: what"),
        (["ftp://x.org/a,asked,2026-03-01"], None, "line 2: what"),
        (["0123456789ABCDEF0123,asked,2026-03-01"], None, "line 2: what"),
        (["https://x.org/a,asked"], None, "line 2: 2 cells; the first line has 3"),
        (["https://x.org/a,a,2026-03-01", 'https://x.org/a,"b,2026-03-01'], None, "line 3: it is no CSV"),
        (["https://x.org/a,asked,2026-03-01"], "url,reason,date", "line 1: no column 'what'"),
        ([], "", "it is empty"),
    ],
)
def test_bad_lines(tmp_path: Path, lines: list[str], header: str | None, message: str) -> None:
    path = write(tmp_path / "t.csv", *lines, header="what,reason,date" if header is None else header)
    with pytest.raises(UserError, match=message) as caught:
        read_list(path)
    assert str(caught.value).startswith(str(path))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"what,reason,date\nhttps://x.org/\xe4,asked,2026-03-01\n")
    with pytest.raises(UserError, match="it is no UTF-8"):
        read_list(tmp_path / "latin.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="cannot be read"):
        read_list(tmp_path / "folder")
    with pytest.raises(UserError, match=r"TAKEDOWN='nowhere\.csv' is not allowed"):
        find_lists("nowhere.csv", tmp_path, tmp_path)


def test_where_lists_stand(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    paths = [write(tmp_path / name) for name in ("mine.csv", "takedown.csv", "c/takedown.csv")]
    assert find_lists(str(paths[0]), tmp_path, tmp_path / "c") == paths
    assert find_lists("", tmp_path, tmp_path / "d") == [paths[1]]
