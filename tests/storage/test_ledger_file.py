"""The ledger's file: held by one, whole after a crash, refused as it is when damaged, brought up to date."""

import fcntl
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import UserError
from crawler.storage import ledger_file as module
from crawler.storage.ledger import SCHEMA_VERSION, Discovered, End, Ledger, LedgerError, SealedModel, State
from crawler.storage.visits import Response
from tests.storage.ledger_making import ANSWER, FINISH, START, address, make_format_2, pages, take


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "ledger.lock"
    }


# The file


def test_looking_at_a_ledger_that_another_holds(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger.look(tmp_path)
    ledger.discover(pages(1, 2))
    seen = Ledger.look(ledger.path.parent)
    assert seen.counts() == {(State.PENDING, None): 2}
    take(ledger)
    assert seen.counts() == {(State.PENDING, None): 1, (State.IN_FLIGHT, None): 1}
    with pytest.raises(LedgerError, match="readonly"):
        seen.discover(pages(3))
    seen.close()
    ledger.close()
    seen = Ledger.look(ledger.path.parent)
    assert (seen.run, seen.unfinished_runs()) == (1, [(1, "crawl sample", START)])
    seen.close()


@pytest.mark.parametrize("kept", [5_000, 0])
def test_looking_at_a_damaged_ledger(ledger: Ledger, tmp_path: Path, kept: int) -> None:
    ledger.discover(pages(1, 2))
    ledger.close()
    ledger.path.write_bytes(ledger.path.read_bytes()[:kept] + b"x" * 9_000)
    with pytest.raises(LedgerError, match=r"the file is damaged \(.*\); it was left as it is: restore it from a copy$"):
        Ledger.look(ledger.path.parent).counts()


def test_only_one_may_hold_it(ledger: Ledger) -> None:
    with pytest.raises(UserError, match=r"another crawl of this collection is running \(process \d+\)$"):
        Ledger(ledger.path.parent)
    ledger.close()
    ledger.close()
    Ledger(ledger.path.parent).close()


def test_who_holds_it_can_be_seen(ledger: Ledger) -> None:
    path = ledger.path.parent / "ledger.lock"
    assert module.find_holder(path) == str(os.getpid())
    path.write_bytes(b"")
    assert module.find_holder(path) == "unknown", "it is held, and its number not written yet"
    ledger.close()
    assert module.find_holder(path) is None
    path.write_text("6006")
    assert module.find_holder(path) is None, "the file may stay"
    path.unlink()
    assert module.find_holder(path) is None
    assert not path.exists()


def test_a_look_at_who_holds_it_keeps_nobody_from_having_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.lock"
    path.touch()
    with path.open("rb") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        assert module.find_holder(path) is None, "who looks as well is no holder"
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(look, fcntl.LOCK_UN))
        Ledger(tmp_path).close()


def test_a_closed_ledger_says_so(ledger: Ledger) -> None:
    ledger.close()
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: Cannot operate on a closed database"):
        ledger.discover(pages(1))
    with pytest.raises(LedgerError, match="closed"):
        list(ledger.candidates())
    with pytest.raises(LedgerError, match="closed"), ledger.transaction():
        pass


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LedgerError, match=r"File exists|Not a directory"):
        Ledger(tmp_path / "file")
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LedgerError, match="directory"):
        Ledger(tmp_path)


def crashed(tmp_path: Path) -> Path:
    """Make a folder as a killed process leaves it: the last transactions stand in the log only."""
    made = Ledger(tmp_path / "made")
    made.begin_run("crawl sample", START)
    made.discover(pages(*range(300)))
    made._db.execute("pragma wal_checkpoint(truncate)")
    made.discover(pages(*range(300, 340)))
    folder = tmp_path / "crashed"
    shutil.copytree(tmp_path / "made", folder)
    made.close()
    assert {path.name for path in folder.iterdir()} == {
        "ledger.lock",
        "ledger.sqlite3",
        "ledger.sqlite3-shm",
        "ledger.sqlite3-wal",
    }
    return folder


def test_a_crash_loses_nothing(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    (folder / ".ledger-check-left").mkdir()
    ledger = Ledger(folder)
    assert ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 340
    ledger.close()
    assert {path.name for path in folder.iterdir()} == {"ledger.lock", "ledger.sqlite3"}


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no links here")

    folder = crashed(tmp_path)
    monkeypatch.setattr("os.link", fail)
    ledger = Ledger(folder)
    ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 340
    ledger.close()


def set_version(path: Path, version: int) -> None:
    database = sqlite3.connect(path)
    database.execute(f"pragma user_version = {version}")
    database.close()


@pytest.mark.parametrize("log", [False, True])
def test_a_newer_file_is_refused_as_it_is(tmp_path: Path, log: bool) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    if log:  # the newer version stands in the log only
        database = sqlite3.connect(path)
        database.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        database.close()
        folder, path = copy, copy / "ledger.sqlite3"
    else:
        set_version(path, SCHEMA_VERSION + 1)
    before = snapshot(folder)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: made by a newer version .* update the program$"):
        Ledger(folder)
    assert snapshot(folder) == before
    with pytest.raises(LedgerError, match="newer version"):
        Ledger.look(folder)


def refuse(folder: Path) -> None:
    before = snapshot(folder)
    with pytest.raises(LedgerError) as error:
        Ledger(folder)
    assert snapshot(folder) == before
    text = str(error.value)
    assert len(text.splitlines()) == 1
    assert text.startswith(f"{folder / 'ledger.sqlite3'}: ")


def test_a_truncated_file_is_refused_as_it_is(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    Ledger(folder).close()
    path = folder / "ledger.sqlite3"
    whole = path.read_bytes()
    assert len(whole) > 10 * 4096
    for size in [
        1,
        15,
        50,
        99,
        100,
        4095,
        4096,
        5000,
        *range(8192, len(whole), 9973),
        len(whole) - 4096,
        len(whole) - 1,
    ]:
        path.write_bytes(whole[:size])
        refuse(folder)
    path.write_bytes(whole)
    Ledger(folder).close()


def test_a_truncated_file_with_a_log_is_refused_as_it_is(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    whole = path.read_bytes()
    for size in [1, 99, 100, 4096, 8192, len(whole) // 2]:
        path.write_bytes(whole[:size])
        refuse(folder)
    path.write_bytes(b"")
    refuse(folder)
    path.unlink()
    refuse(folder)
    path.write_bytes(whole)
    Ledger(folder).close()


def logged(folder: Path) -> set[int]:
    """List the pages that a write-ahead log holds, from 0 (https://www.sqlite.org/fileformat2.html#walformat)."""
    log = (folder / "ledger.sqlite3-wal").read_bytes()
    return {int.from_bytes(log[at : at + 4], "big") - 1 for at in range(32, len(log), 24 + 4096)}


@pytest.mark.parametrize("seed", range(8))
def test_garbage_is_refused_as_it_is(tmp_path: Path, seed: int) -> None:
    folder = crashed(tmp_path)
    path = folder / "ledger.sqlite3"
    there = logged(folder)
    numbers = range(1, path.stat().st_size // 4096 - 1)
    mended = next(n for n in numbers if {n, n + 1} <= there)
    lost = next(n for n in numbers if not {n, n + 1} & there)
    if seed % 2:
        Ledger(folder).close()
    whole = bytearray(path.read_bytes())
    generator = random.Random(seed)
    noise = generator.randbytes(6000)
    at = [0, 100, 4096 * mended, 4096 * lost][seed // 2]
    whole[at : at + 6000] = noise
    path.write_bytes(whole)
    if seed == 4:  # the log holds these pages: they are mended from there
        ledger = Ledger(folder)
        ledger.begin_run("crawl sample", START)
        assert ledger.count(State.PENDING) == 340
        ledger.close()
    else:
        refuse(folder)


def test_a_foreign_database_is_refused_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    for script in (
        "create table notes (a)",
        "create table notes (a); pragma user_version = 1",
        "pragma user_version = -1",
    ):
        database = sqlite3.connect(path)
        database.executescript(script)
        database.close()
        refuse(tmp_path)
        path.unlink()
    path.write_text("url,state\n")
    refuse(tmp_path)


def test_an_empty_or_missing_file_beside_an_archive_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"")
    Ledger(tmp_path).close()  # alone it is new
    assert path.stat().st_size
    (tmp_path / "archive").mkdir()
    Ledger(tmp_path).close()
    (tmp_path / "archive" / "000001.warc.gz").write_bytes(b"x")
    Ledger(tmp_path).close()
    path.write_bytes(b"")
    with pytest.raises(
        LedgerError, match=r"the ledger is empty, although the archive beside it holds 1 files; nothing"
    ):
        Ledger(tmp_path)
    refuse(tmp_path)
    path.unlink()
    with pytest.raises(LedgerError, match="the ledger is missing, although"):
        Ledger(tmp_path)
    refuse(tmp_path)


def test_what_a_crash_left_of_a_new_ledger_is_no_ledger(tmp_path: Path) -> None:
    for name in ("ledger.sqlite3.new", "ledger.sqlite3.new-wal", "ledger.sqlite3.new-journal"):
        (tmp_path / name).write_bytes(b"half")
    Ledger(tmp_path).close()
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.lock", "ledger.sqlite3"}


def test_a_disk_that_is_full_changes_nothing(ledger: Ledger) -> None:
    ledger.discover(pages(1, 2))
    visit = take(ledger)
    (size,) = ledger._db.execute("pragma page_count").fetchone()
    ledger._db.execute(f"pragma max_page_count = {size}")
    before = ledger.counts()
    many = [Discovered(f"https://example.org/{'long/' * 200}{number}", "page") for number in range(200)]
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: database or disk is full$"):
        ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=many)
    assert ledger.counts() == before
    with pytest.raises(LedgerError, match="full"):
        ledger.discover(many)

    def settle_and_discover() -> None:
        with ledger.transaction():
            ledger.settle(visit.id, State.STORED)
            ledger.discover(many)

    with pytest.raises(LedgerError, match="full"):
        settle_and_discover()
    assert ledger.counts() == before
    ledger._db.execute("pragma max_page_count = 1073741823")
    ledger.settle(visit.id, State.STORED, fetched=ANSWER, found=many)
    assert sum(ledger.counts().values()) == 202


def test_one_process_is_let_in_after_another_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from crawler.storage.ledger import *\n"
        "ledger = Ledger(Path(sys.argv[1])); ledger.begin_run('crawl sample', 'now')\n"
        "ledger.discover([Discovered('https://example.org/', 'page')]); ledger.next_pending(0)\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        message = f"{tmp_path}: another crawl of this collection is running (process {process.pid})"
        with pytest.raises(UserError) as error:
            Ledger(tmp_path)
        assert str(error.value) == message
        process.send_signal(signal.SIGKILL)
        process.wait()
        ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl sample", START)
    assert take(ledger).attempts == 2
    ledger.close()


# Migrations


def test_a_file_of_format_0_comes_up_to_date(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    database.execute("vacuum")  # writes the header
    database.close()
    assert (tmp_path / "ledger.sqlite3").stat().st_size
    ledger = Ledger(tmp_path)
    assert ledger._db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION,)
    assert ledger._db.execute("pragma journal_mode").fetchone() == ("wal",)
    ledger.begin_run("crawl sample", START)
    ledger.close()


def test_a_file_of_format_2_comes_up_to_date_with_all_that_it_holds(tmp_path: Path) -> None:
    make_format_2(tmp_path / "ledger.sqlite3")
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: of format 2; the next crawl brings it up to date$"):
        Ledger.look(tmp_path)
    ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl sample", "later")
    assert ledger.journaled_feed("a.jsonl") == "digest"
    assert ledger.sealed_models() == {"example.org": SealedModel("sealed", "000001.warc.gz", 99, 1)}
    assert [(one.url[-1], one.state, one.standing, one.misses) for one in ledger.candidates()] == [
        ("1", State.RECORDED, None, 0),
        ("2", State.DUPLICATE, None, 0),
        ("4", State.STORED, None, 0),
    ]
    recorded, copy, stored = ledger.candidates()
    assert (recorded.known, recorded.fresh, recorded.copy) == ({"row": 7}, None, Response(1, ANSWER, None))
    assert (copy.fresh, copy.copy) == (None, Response(2, ANSWER, None))
    assert (stored.fresh, stored.copy) == (Response(4, ANSWER, None), None)
    validators = ledger.validators(address(1))
    assert validators
    assert (validators.fetched, validators.headers) == (ANSWER, {})
    stated = [("feed", "published", "2015"), ("sitemap", "modified", "old")]
    assert ledger.stated_dates(address(1)) == stated
    ledger.note_dates(address(1), stated)
    assert ledger.claims() == {}, "an older version has stated it"
    ledger.conclude([End(4, State.RECORDED)], FINISH)
    assert ledger.stated_dates(address(1)) == stated
    assert [history.url for history in ledger.page_histories()] == [address(number) for number in (1, 2, 3)]
    ledger.look_at_run(1)
    fresh = {one.url[-1]: one.fresh for one in ledger.candidates([1])}
    assert fresh == {"1": Response(1, ANSWER, None), "2": Response(2, ANSWER, None)}
    assert [run.id for run in ledger.finished_runs()] == [1, 2]
    assert ledger._db.execute("pragma foreign_key_check").fetchall() == []
    hosts = ledger._db.execute("select distinct host, robots, gain, parent from visit").fetchall()
    assert hosts == [("example.org", None, None, None)]
    ledger.close()


def test_a_migration_is_applied_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.begin_run("crawl sample", START)
    ledger.discover(pages(1, 2))
    ledger.close()
    before = (tmp_path / "ledger.sqlite3").read_bytes()
    good = "alter table visit add column note text; create table more (a)"
    bad = "create table again (a); insert into again values (1); insert into nowhere values (1)"
    monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(module, "_MIGRATIONS", (*module._MIGRATIONS, good, bad))
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3: no such table: nowhere"):
        Ledger(tmp_path)
    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    assert database.execute("pragma user_version").fetchone() == (SCHEMA_VERSION + 1,)
    tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
    database.close()
    assert "more" in tables
    assert "again" not in tables
    assert len(before) <= (tmp_path / "ledger.sqlite3").stat().st_size
    monkeypatch.setattr(module, "_MIGRATIONS", (*module._MIGRATIONS[:-1], "create table again (a)"))
    ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl sample", START)
    assert ledger.count(State.PENDING) == 2
    ledger.close()
