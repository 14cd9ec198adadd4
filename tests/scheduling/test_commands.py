"""`due` and `crawl-due` in this process, with a stand-in for the crawl: what is refused, passed on and told."""

import argparse
import contextlib
import re
import sys
from pathlib import Path

import pytest
from scrapy.utils.project import get_project_settings

from crawler.commands import crawl_due, due
from crawler.storage.ledger import Ledger
from crawler.storage.ledger_file import lock_file

# Prints what it was given, and ends as a crawl does.
STAND_IN = "import sys; print(sys.argv[1:]); print('broadside: well: 31 records', file=sys.stderr)"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and two organizations that are due."""
    monkeypatch.setattr(crawl_due, "_COMMAND", (sys.executable, "-c", STAND_IN))
    (tmp_path / "orgs").mkdir()
    for name in ("one", "two"):
        text = f'name = "A"\nhomepage = "https://{name}.example/"\n[schedule]\n'
        (tmp_path / "orgs" / f"{name}.toml").write_text(text)
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def call(command: due.Command | crawl_due.Command, data: Path, *arguments: str) -> int:
    """Run a command as Scrapy does, but in this process."""
    settings = get_project_settings()
    settings.setdict({"DATA_DIR": str(data), "ORGANIZATIONS_PATH": str(data.parent / "orgs")}, priority="cmdline")
    command.settings = settings
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    options, names = parser.parse_known_args(list(arguments))
    settings.setdict(dict(one.split("=", 1) for one in options.set), priority="cmdline")
    command.run(names, options)
    return command.exitcode


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nobody", "there is no organization 'nobody'; there are: aclu"),
        ("--job 2 --unknown", "crawl-due: unknown option"),
        ("--jobs 0", "crawl-due: --jobs='0' is not allowed; allowed: a whole number from 1 to 64"),
        ("--jobs 1.5", "crawl-due: --jobs='1.5' is not allowed; allowed: a whole number"),
        ("--time-limit=-1", "crawl-due: --time-limit='-1' is not allowed; allowed: a number from 0 to 8,760"),
        ("--time-limit nan", "crawl-due: --time-limit='nan' is not allowed"),
        ("--random-start day", "crawl-due: --random-start='day' is not allowed; allowed: a number from 0 to 1,440"),
        ("-a limi=3", "crawl-due: unknown argument 'limi'; did you mean limit"),
        ("-a limit", "crawl-due: limit='' is not allowed"),
        ("-s WORKERS=-1", "setting WORKERS='-1' is not allowed"),
    ],
)
def test_user_mistakes(data: Path, arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(crawl_due.Command(), data, *arguments.split()) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert told.err.startswith(f"broadside: {message}")


@pytest.mark.parametrize("command", [due.Command, crawl_due.Command])
def test_a_data_folder_that_is_not_there_is_not_made(
    data: Path, command: type[due.Command | crawl_due.Command], capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be on a disk that is not mounted: each organization would be crawled as if it were new."""
    data.rmdir()
    assert call(command(), data) == 2
    said = f"broadside: data folder {data}: it is not there; make it, or mount the disk that holds it\n"
    assert capsys.readouterr() == ("", said)
    assert not data.exists()


def log_of(data: Path, name: str) -> str:
    (log,) = (data / name / "runs").glob("*.log")
    return log.read_text()


def test_what_is_passed_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    monkeypatch.setattr(crawl_due, "find_free_memory", lambda: 8000.0)
    options = ("-a", "limit=7", "-s", "LOG_FORMAT=a = b", "-L", "INFO", "--jobs", "2")
    assert call(crawl_due.Command(), data, *options) == 0
    passed = ["one", "-a", "limit=7", "-s", "LOG_FORMAT=a = b", "-L", "INFO", "-s", "WORKERS=3"]
    assert log_of(data, "one").splitlines()[0] == str(passed)
    assert "two" in log_of(data, "two")


def test_workers_that_were_asked_for_stay(data: Path) -> None:
    assert call(crawl_due.Command(), data, "one", "-s", "WORKERS=5", "--jobs", "2") == 0
    assert log_of(data, "one").splitlines()[0] == str(["one", "-s", "WORKERS=5"])


def test_fewer_jobs_are_told_and_the_only_one_has_all_processors(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crawl_due, "find_free_memory", lambda: 700.0)
    assert call(crawl_due.Command(), data, "one", "--jobs", "2") == 0
    assert capsys.readouterr().err.startswith("broadside: --jobs 2 is lowered to 1: ")
    assert log_of(data, "one").splitlines()[0] == str(["one"])


def test_another_has_the_collection(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "one").mkdir()
    lock_file(data / "one" / "ledger.lock")
    assert call(crawl_due.Command(), data) == 0
    told = capsys.readouterr()
    assert re.search(r"^one +left +process \d+ has the collection *$", told.out, re.MULTILINE)
    assert told.err == "broadside: well: 1 crawled; left: one\n"
    assert not (data / "one" / "runs").exists()
    assert call(due.Command(), data) == 0
    assert re.search(r"^one +no +process \d+ has the collection *$", capsys.readouterr().out, re.MULTILINE)


def test_what_never_has_its_turn_is_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scheduler that starts outside of the hours of an organization, night for night."""
    path = data.parent / "orgs" / "one.toml"
    path.write_text(path.read_text() + '[politeness]\nhours = "01:00-02:00"\n')
    with contextlib.closing(Ledger(data / "one")) as ledger:
        ledger.begin_run("crawl one", "2026-03-01T01:00:00Z")
    for night, status in (("03", 0), ("15", 1)):
        assert call(crawl_due.Command(), data, "one", "-s", f"STARTED_AT=2026-03-{night}T03:00:00Z") == status
        told = capsys.readouterr()
        assert "outside of its hours 01:00-02:00 (UTC); due since 2026-03-01T22:36Z" in told.out
    assert told.err == "broadside: failed: one (overdue); 0 well\n"


def test_another_round_is_running(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock_file(data / "crawl-due.lock")
    for options, lines in (((), 1), (("--quiet",), 0)):
        assert call(crawl_due.Command(), data, *options) == 0
        said = capsys.readouterr()
        assert (said.out, said.err.count("crawl-due is running already (process ")) == ("", lines)
    assert not (data / "one").exists()


def test_a_round_that_is_well_is_quiet_where_it_is_asked_to_be(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(crawl_due.Command(), data, "--quiet", "--random-start", "0.001") == 0
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(
        crawl_due, "_COMMAND", (sys.executable, "-c", "raise SystemExit('\\033[2Jbroadside: failed: it')")
    )
    assert call(crawl_due.Command(), data, "--quiet") == 1
    told = capsys.readouterr()
    said = "\N{REPLACEMENT CHARACTER}[2Jbroadside: failed: it"  # what steers a terminal is taken out
    assert re.search(rf"^two +failed +1 +\d+ +{re.escape(said)} *$", told.out, re.MULTILINE)
    assert told.err == "broadside: failed: one, two; 0 well\n"


def test_names_are_for_other_programs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data.parent / "orgs" / "broken.toml").write_text("name = ")
    assert call(due.Command(), data, "--names") == 2
    told = capsys.readouterr()
    assert told.out == "one\ntwo\n"
    assert "broken.toml: not TOML" in told.err
    assert call(due.Command(), data, "two", "hrw") == 0
    told = capsys.readouterr()
    assert re.search(r"^hrw +no +never crawled, and its file has no \[schedule\]", told.out, re.MULTILINE)
    assert told.err == ""
    assert call(due.Command(), data, "-x") == 2
