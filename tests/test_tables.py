"""Tables that users bring: a spreadsheet's cells come back as it shows them, and nothing is lost without a word."""

import base64
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from crawler.errors import UserError
from crawler.spiders.inputs import read_documents, read_urls
from crawler.spiders.tables import ALLOWED, TABLES, Table, read_table

# url, n and d over http://a.example/1, 7 and a date, as Excel 97 writes them
OLD_WORKBOOK = (
    "eNrtWE1oE0EU/mbzH9pkE1OhFUIoWLU/huJFhHarVHtKqV78QaipWVAa07BEUC9Wa46C4EEUL4V68FL14g8q6M2DUNGDIAiJHj0J"
    "Ch7arG9ediWtCo1ooTLfMm/evJm383bmzZudebUQq8ze66hiBQbhQc0Owd8gE5RCbkEH1du2ZN08SMlWWFcIBWki/T48bn0ZkHMo"
    "57sKDXe9z4kCHygdRRGjUwUztYbYwzZkhbRhgKjATZJE0M5WxZkeZ7qB6R1u+YTpEEsuMx2gthVxBAvGaPdOx4sPaZ1cF4F87wPW"
    "eceSfrThhfTi81dEva0Pu62T2fw6q0h6WzAHmtARs2BashzFLYSBw4S+TKZveLiCBE32HL7aKeCLu6qfpZR8beUCJP+2XB74jTxI"
    "k7hSflXzAtOwj/EiKVOAjnrrvpBfRA8kL5MHOG3lyUsKlHJx4ESpVNyVTme3m2eyp4p5M90fluGdw4G+LBy08jJpIZpDlPkYLxad"
    "7Fm8/fl1ZmLMGGfJNG8B9Y1is7QLNi5IDVKOcI3GlIxBN/M9TC/yWzcx38E0QZ5MeddYm8Psm+E2l7i2i/rZwXhjbGngtxJf/rT/"
    "YbL80dhG/PxI9Vxi/q0xi04alxzpy2cGvaJX3Lgu8chwc+EElfdM238KMEFNd2y3nd0wiiW5pAgxpvWSHB3xo6Q5YyW1xS+0BWvL"
    "8XhK/QvWTnKA81/TSHNQi+M+D9pQw0YchoKCgoKCgoKCgsIfQTg/5R7nnOBzfvoDzr3OEqWauib5b3EAU/SU6FC5FwXKLZxtyn82"
    "wifcd4lV6rj3hRIHqXcLk5hgOyab9l86tInG71m1ov73llCz/deasfMf9/8d0ibQKA=="
)


def workbook(path: Path, write: Callable[[Any, Any], object], *sheets: str) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name in sheets or ("List",):
            write(book, book.add_worksheet(name))
    return path


def read(path: Path, text: str, required: str = "url", known: tuple[str, ...] = ()) -> Table:
    path.write_text(text, encoding="utf-8")
    return read_table(path, required, known)


def test_cells_come_back_as_they_are_shown(tmp_path: Path) -> None:
    def write(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        hours = book.add_format({"num_format": "[h]:mm"})
        for column, (name, *_) in enumerate(CELLS):
            sheet.write(0, column, name)
        for column, (name, value, _) in enumerate(CELLS):
            form = {"day": day, "moment": moment, "clock": moment, "hours": hours}.get(name)
            if name == "error":
                sheet.write_formula(1, column, "=NA()", None, "#N/A")
            elif name == "formula":
                sheet.write_formula(1, column, "=3+4", None, 7)
            elif value is not None:
                sheet.write(1, column, value, form)
        sheet.write(4, 0, "http://a.example/2")

    table = read_table(workbook(tmp_path / "list.xlsx", write), "url")
    assert [number for number, _ in table.rows] == [2, 5], "rows are numbered as the spreadsheet numbers them"
    assert table.rows[0][1] == {name: shown for name, _, shown in CELLS}
    (problem,) = table.problems
    assert problem.endswith("cells with an error such as #N/A are read as empty: K2")


CELLS: tuple[tuple[str, Any, str], ...] = (
    ("url", "http://a.example/1", "http://a.example/1"),
    ("whole", 7, "7"),
    ("part", 7.25, "7.25"),
    ("small", 0.0000001, "0.0000001"),
    ("long", 12345678901234567890, "12345678901234570000"),
    ("text", "007", "007"),
    ("day", date(2016, 3, 4), "2016-03-04"),
    ("moment", datetime(2016, 3, 4, 13, 5), "2016-03-04T13:05:00"),
    ("clock", time(13, 5), "13:05:00"),
    ("hours", timedelta(hours=36), "36:00:00"),
    ("error", None, ""),
    ("formula", None, "7"),
    ("truth", True, "TRUE"),
    ("nothing", None, ""),
    ("lines", "né\n“quoted”\u2028", "né\n“quoted”\u2028"),
)


def test_the_first_sheet_with_the_column_is_read(tmp_path: Path) -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write_column(0, 0, ["note" if sheet.name == "Notes" else "URL", f"http://{sheet.name.lower()}.example/"])
        if sheet.name == "Hidden":
            sheet.hide()

    path = workbook(tmp_path / "list.xlsx", write, "Notes", "Hidden", "First", "Second")
    table = read_table(path, "url")
    assert table.rows == ((2, {"url": "http://first.example/"}),)
    assert table.problems == (
        f"{path}: read is the sheet 'First', the first with a column url",
        f"{path}: also with a column url, and not read: 'Second', 'Hidden'",
    )
    with pytest.raises(UserError, match="no sheet has a column 'file'; its sheets: 'Notes', 'First', 'Second', 'Hidd"):
        read_table(path, "file")


def test_merged_headers(tmp_path: Path) -> None:
    def write(book: Any, sheet: Any) -> None:
        form = book.add_format()
        sheet.merge_range(0, 0, 0, 3, "Coding, second round", form)
        sheet.merge_range(2, 0, 3, 0, "url", form)
        sheet.merge_range(2, 1, 2, 2, "Coder", form)
        sheet.write(2, 3, "box")
        sheet.write_row(3, 1, ["AB", "CD"])
        sheet.write_row(4, 0, ["http://a.example/1", "rights", "order", 7])

    table = read_table(workbook(tmp_path / "list.xlsx", write), "url")
    assert table.rows == ((5, {"url": "http://a.example/1", "AB": "rights", "CD": "order", "box": "7"}),)


def test_titles_above_the_header(tmp_path: Path) -> None:
    table = read(tmp_path / "list.csv", "Coding of 2016,,\n,,\nurl,code,\nhttp://a.example/1,7,\n")
    assert table.rows == ((4, {"url": "http://a.example/1", "code": "7"}),)


def test_other_workbooks(tmp_path: Path) -> None:
    old = tmp_path / "list.xls"
    old.write_bytes(zlib.decompress(base64.b64decode(OLD_WORKBOOK)))
    assert read_table(old, "url").rows == ((2, {"url": "http://a.example/1", "n": "7", "d": "2016-03-04"}),)
    cells = "".join(
        f"<table:table-row>{row}</table:table-row>"
        for row in (
            _text("url") + _text("n") + _text("d"),
            _text("http://a.example/1")
            + '<table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>'
            + '<table:table-cell office:value-type="date" office:date-value="2016-03-04"/>',
        )
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(tmp_path / "list.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="l">{cells}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    table = read_table(tmp_path / "list.ods", "url")
    assert table.rows == ((2, {"url": "http://a.example/1", "n": "7", "d": "2016-03-04"}),)


def _text(value: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def encrypted() -> bytes:
    """What Excel writes with a password: a compound file whose stream is named EncryptedPackage ([MS-CFB])."""

    def entry(name: str, kind: int, child: int) -> bytes:
        coded = (name + "\0").encode("utf-16-le")
        head = coded.ljust(64, b"\0") + struct.pack("<HBBIII", len(coded), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + bytes(36) + struct.pack("<IQ", 0xFFFFFFFE, 0)

    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    sectors = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    entries = entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, 0xFFFFFFFF)
    return header.ljust(512, b"\xff") + sectors + entries.ljust(512, b"\0")


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
@pytest.mark.parametrize(
    "body", [b"", b"url\nhttp://a.example/\n", b"PK\x03\x04" + bytes(200), b"\xd0\xcf\x11\xe0" * 99]
)
def test_what_is_no_workbook_gives_one_line(tmp_path: Path, suffix: str, body: bytes) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_bytes(body)
    with pytest.raises(UserError, match=r"list\.\w+: no workbook that can be read \([^\n]+\); save it anew") as caught:
        read_table(path, "url")
    assert "\n" not in str(caught.value)


def test_an_encrypted_workbook_gives_one_line(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(encrypted())
    with pytest.raises(UserError, match="it is encrypted; save it without a password"):
        read_table(path, "url")


def test_a_stray_cell_does_not_fill_the_memory(tmp_path: Path) -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "url")
        sheet.write(1_048_575, 16_383, "x")

    with pytest.raises(UserError, match="1,048,576 rows and 16,384 columns"):
        read_table(workbook(tmp_path / "list.xlsx", write), "url")


def test_columns_without_a_name_or_with_one_twice_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    table = read(path, "url,code, code ,,topic,topic,code_2,\nhttp://a.example/1,a,b,c,d,e,f,\n", known=("topic",))
    assert table.rows[0][1] == {
        "url": "http://a.example/1",
        "code": "a",
        "code_3": "b",
        "column_4": "c",
        "topic": "d",
        "topic_2": "e",
        "code_2": "f",
    }
    assert table.problems == (
        f"{path}: the column code stands there more than once; one comes back as code_3",
        f"{path}: the column topic stands there more than once; one comes back as topic_2",
    )


def test_columns_whose_names_differ_in_case_alone_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    table = read(path, "url,Coder,coder,CODER_2\nhttp://a.example/1,a,b,c\n")
    assert table.rows[0][1] == {"url": "http://a.example/1", "Coder": "a", "coder_3": "b", "CODER_2": "c"}
    assert table.problems == (f"{path}: the column coder stands there more than once; one comes back as coder_3",)


def test_cells_behind_the_last_column_are_kept_and_told(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    table = read(path, "url,code\nhttp://a.example/1,2,x,\nhttp://a.example/2,y\nhttp://a.example/3\n")
    assert [row for _, row in table.rows] == [
        {"url": "http://a.example/1", "code": "2", "column_3": "x"},
        {"url": "http://a.example/2", "code": "y"},
        {"url": "http://a.example/3", "code": ""},
    ]
    (problem,) = table.problems
    assert problem.startswith(f"{path}: more cells than the header has columns in row 2: ")


def test_every_column_is_a_field_or_an_annotation(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "URL,Organization,Topic,topics,Document type,file,note\n"
        "http://a.example/1,Aid,Wages; Land,Land;Water,Leaflet,x.html,n\n"
    )
    (row,) = read_urls(path).rows
    assert row.fields.organization == "Aid"
    assert row.fields.topics == ("Wages", "Land", "Water")
    assert row.fields.document_type == "Leaflet"
    assert row.fields.annotations == (("file", "x.html"), ("note", "n"))


@pytest.mark.parametrize("suffix", TABLES)
def test_a_folder_is_read_by_its_manifest(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "one.txt").write_text("Some words.")
    manifest = tmp_path / f"manifest{suffix}"
    if suffix in (".xlsx", ".xlsm"):
        workbook(tmp_path / "m.xlsx", lambda _, sheet: [sheet.write_column(0, n, c) for n, c in enumerate(COLUMNS)])
        (tmp_path / "m.xlsx").rename(manifest)
    elif suffix in (".csv", ".tsv"):
        mark = "," if suffix == ".csv" else "\t"
        manifest.write_text("".join(mark.join(row) + "\n" for row in zip(*COLUMNS, strict=True)))
    elif suffix == ".jsonl":
        manifest.write_text('{"file": "one.txt", "url": "HL-1", "box": "7"}\n')
    else:
        pytest.skip("written by hand above")
    (document,) = read_documents(tmp_path).documents
    assert (document.url, document.fields.annotations) == ("HL-1", (("box", "7"),))


COLUMNS = (("file", "one.txt"), ("url", "HL-1"), ("box", "7"))


def test_messages_name_each_kind_of_table() -> None:
    assert set(re.findall(r"\.\w+", ALLOWED)) == set(TABLES)


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path) -> None:
    text = 'url,note\nhttp://a.example/1,"two\nlines"\n\nhttp://a.example/2,\n'
    assert [number for number, _ in read(tmp_path / "list.csv", text).rows] == [2, 4]
    text = '{"url": "http://a.example/1"}\n\n{"url": "http://a.example/2"}\n'
    assert [number for number, _ in read(tmp_path / "list.jsonl", text).rows] == [1, 3], "by lines"


def test_what_divides_the_names_divides_the_cells(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", "Coding; second round; 2016\nurl,code\nhttp://a.example/1,7;8\n")
    assert table.rows == ((3, {"url": "http://a.example/1", "code": "7;8"}),)
    table = read(tmp_path / "b.csv", "Coding, second round, 2016\nurl;code\nhttp://a.example/1;7,8\n")
    assert table.rows == ((3, {"url": "http://a.example/1", "code": "7,8"}),)
    assert read(tmp_path / "c.csv", "url\nhttp://a.example/1;2\n").rows[0][1] == {"url": "http://a.example/1;2"}
    with pytest.raises(UserError, match="its columns: link, code"):
        read(tmp_path / "d.csv", "link;code\nhttp://a.example/1;2\n")


def test_names_of_json_lines_may_be_capitalized(tmp_path: Path) -> None:
    line = '{"URL": "http://a.example/1", "Document type": "Leaflet", "Url": "x", "Coder": "AB"}\n'
    table = read(tmp_path / "list.jsonl", line, known=("document_type",))
    assert table.rows[0][1] == {"url": "http://a.example/1", "document_type": "Leaflet", "Url": "x", "Coder": "AB"}
    table = read(tmp_path / "both.jsonl", '{"URL": "x", "url": "http://a.example/1"}\n')
    assert table.rows[0][1] == {"URL": "x", "url": "http://a.example/1"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[" * 100_000, "line 2: no JSON that can be read (nested too deeply)"),
        ('{"url": ' + "[" * 100_000, "line 2: no JSON that can be read (nested too deeply)"),
        ('{"url": nothing}', "line 2: no JSON (Expecting value, column 9)"),
        ('{"url": ' + "9" * 5_000 + "}", "line 2: no JSON that can be read (Exceeds the limit"),
        ("7", "line 2: no JSON object"),
    ],
)
def test_lines_that_are_no_json_give_one_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(f"{tmp_path / 'bad.jsonl'}: {said}")) as caught:
        read(tmp_path / "bad.jsonl", '{"url": "http://a.example/1"}\n' + line + "\n")
    assert "\n" not in str(caught.value)


def test_a_sheet_that_is_flagged_as_encrypted_gives_one_line(tmp_path: Path) -> None:
    path = workbook(tmp_path / "list.xlsx", lambda _, sheet: sheet.write_column(0, 0, ["url", "http://a.example/1"]))
    body = bytearray(path.read_bytes())
    name = b"xl/worksheets/sheet1.xml"
    local, central = body.find(name) - 30, body.rfind(name) - 46
    assert body[local : local + 4] == b"PK\3\4" and body[central : central + 4] == b"PK\1\2"  # noqa: PT018
    body[local + 6] |= 1
    body[central + 8] |= 1
    path.write_bytes(body)
    with pytest.raises(UserError, match="it is encrypted; save it without a password"):
        read_table(path, "url")
