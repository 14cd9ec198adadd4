"""`history` on collections that were crawled night after night, and its lines by themselves."""

import io
import json
import shutil
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from crawler.history_report import print_history
from crawler.storage.visits import Revision
from tests.runs.test_run_export import NAME, Office, open_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    for office in open_office(tmp_path_factory.mktemp("nights")):
        for night in range(1, 5):
            office.pass_night(night)
        yield office


def show(office: Office, *arguments: str) -> str:
    run = office.call("history", *arguments).check(0)
    assert run.stderr == ""
    return run.stdout.decode()


def test_edits(office: Office) -> None:
    url = office.server.url("/ants")
    assert show(office, url, "--words", "3") == (
        f"{url} in {NAME}: 3 revisions\n"
        "1  2021-03-01T02:00:00Z  new\n"
        "  title        The ants of the county\n"
        "  published    2016-03-04\n"
        "  text         75 words\n"
        "2  2021-03-02T02:00:00Z  changed (edit)\n"
        "  text         … page is about. [-The county keeps-]{+Nobody knew of+} a [-list of the people it has turned "
        "away-]{+list,+} and nobody [-outside of the building has ever read it. Our lawyers asked for it in writing "
        "and waited through a winter before an answer came back by ordinary mail.-]{+asked.+} ¶ Nothing more was …\n"
        "3  2021-03-03T02:00:00Z  changed (edit)\n"
        "  text         … Nobody knew of [-a-]{+any+} list, and nobody …\n"
    )
    assert (
        "… of the county is what this page is about. Nobody knew of [-a-]{+any+} list, and nobody asked. ¶ Noth"
        in show(office, url)
    )
    assert "… [-a-]{+any+} …" in show(office, url, "--words", "0")


def test_a_date_a_title_an_attachment_and_the_end(office: Office) -> None:
    bees, eels, cats = (show(office, office.server.url(f"/{name}")) for name in ("bees", "eels", "cats"))
    assert bees.splitlines()[5:] == [
        "2  2021-03-02T02:00:00Z  changed (edit)",
        "  published    [-2016-03-04-]{+2016-03-09+}",
    ]
    assert eels.splitlines()[5:8] == [
        "2  2021-03-03T02:00:00Z  changed (edit)",
        "  title        The {+old+} eels of the county",
        f"  attachment   {{+the paper <{office.server.url('/paper.pdf')}>+}}",
    ]
    assert cats.splitlines()[5:] == [
        "2  2021-03-04T02:00:00Z  gone (withdrawn)",
        "  as before: title, date, attachments and text",
    ]


def test_one_revision(office: Office) -> None:
    url = office.server.url("/dogs")
    shown = show(office, f"{url}?utm_source=letter#top", "--collection", NAME)
    assert shown.startswith(
        f"{url} in {NAME}: one revision\n1  2021-03-01T02:00:00Z  new\n  title        The dogs of the "
    )


def test_a_url_that_nobody_knows(office: Office) -> None:
    line = office.refuse("history", office.server.url("/dog"))
    assert line.startswith(
        f"broadside: no record of '{office.server.url('/dog')}' in a finished run of {NAME}; the nearest"
    )
    nearest = line.partition("the nearest known: ")[2].split(", ")
    assert nearest[0] == office.server.url("/dogs")
    assert len(nearest) == 3
    assert "nearest" not in office.refuse("history", "see-there")


def test_mistakes(office: Office) -> None:
    url = office.server.url("/dogs")
    assert "takes one URL, not 0" in office.refuse("history")
    assert "takes one URL, not 2" in office.refuse("history", url, url)
    assert "unknown option --html" in office.refuse("history", url, "--html")
    assert "no collection 'offices'" in office.refuse("history", url, "--collection", "offices")
    for words in ("-1", "many", "1.5", "9" * 5000):
        assert "a whole number of at least 0" in office.refuse("history", url, f"--words={words}")


def test_all_collections_are_searched_but_those_that_cannot_be_read(office: Office) -> None:
    url = office.server.url("/dogs")
    whole = show(office, url)
    other, broken = office.crawl.data / "other", office.crawl.data / "broken"
    try:
        shutil.copytree(office.crawl.data / NAME, other)
        assert show(office, url) == f"{whole}\n{whole.replace(f'in {NAME}', 'in other')}"
        assert show(office, url, "--collection", NAME) == whole
        with sqlite3.connect(other / "ledger.sqlite3") as ledger:
            ledger.execute("update run set finished_at = null")
        ledger.close()
        assert show(office, url) == whole
        broken.mkdir()
        (broken / "ledger.sqlite3").write_bytes(b"x" * 5000)
        run = office.call("history", url).check(0, "passed over$")
        assert run.stdout.decode() == whole
        office.refuse("history", url, "--collection", "broken", status=1)
    finally:
        for folder in (other, broken):
            shutil.rmtree(folder, ignore_errors=True)


# --- The lines by themselves ------------------------------------------------------------------------------------------


def make_revisions(*records: dict[str, Any]) -> list[Revision]:
    return [
        Revision("http://a.example/", number, "2021-03-01", number, "changed", "edit", "", json.dumps(record))
        for number, record in enumerate(records, start=1)
    ]


def print_to(console: Console, *records: dict[str, Any]) -> str:
    file = io.StringIO()
    console.file = file
    print_history(console, "a", make_revisions(*records), 12)
    return file.getvalue()


def test_colors_on_a_terminal_only() -> None:
    records = {"title": "a b", "text": "c"}, {"title": "a x", "text": "c"}
    terminal = Console(force_terminal=True, color_system="standard", no_color=False, markup=False, highlight=False)
    assert "\x1b[31m[-b-]\x1b[0m\x1b[32m{+x+}\x1b[0m" in print_to(terminal, *records)
    assert "a [-b-]{+x+}\n" in print_to(Console(force_terminal=False, markup=False, highlight=False), *records)


def test_what_would_steer_a_terminal_is_taken_out() -> None:
    records = {"title": "a", "text": "c"}, {"title": "\x1b[2J", "text": "c"}
    printed = print_to(Console(force_terminal=False, markup=False, highlight=False), *records)
    assert "\x1b" not in printed
    assert "{+\N{REPLACEMENT CHARACTER}[2J+}" in printed


def test_fields_that_an_earlier_version_did_not_write() -> None:
    printed = print_to(
        Console(force_terminal=False, markup=False, highlight=False),
        {"title": None, "date_published": None, "text": "c d"},
        {"title": "new", "date_published": "2021", "text": "c d", "attachments": [{"text": "", "url": "u"}]},
        {"title": "new", "date_published": "2021", "text": "c d", "attachments": [{"text": "p", "url": "u"}]},
    )
    assert printed.splitlines()[2:] == [
        "  title        none",
        "  published    no date",
        "  text         2 words",
        "2  2021-03-01  changed (edit)",
        "  title        {+new+}",
        "  published    {+2021+}",
        "  attachment   {+<u>+}",
        "3  2021-03-01  changed (edit)",
        "  attachment   [-<u>-]",
        "  attachment   {+p <u>+}",
    ]


def test_long_texts_say_that_they_are_compared_by_passages() -> None:
    old, new = (" ".join(f"{letter}{number}" for number in range(20_000)) for letter in "ab")
    console = Console(force_terminal=False, markup=False, highlight=False)
    assert "too long to compare each word" in print_to(console, {"text": old}, {"text": new})
    assert "too long" not in print_to(console, {"text": old}, {"text": f"{old} more"})
