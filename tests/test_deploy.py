"""The files for schedulers: what systemd and cron are given is what they take, and what they start works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SYSTEMD = ROOT / "deploy" / "systemd"
CRONTAB = (ROOT / "deploy" / "cron" / "crontab").read_text("utf-8")
PAGE = (ROOT / "docs" / "scheduling.md").read_text("utf-8")
_LINE = re.compile(r"^(?:[\d*/,-]+ ){5} *(.+)$", re.MULTILINE)

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there: it checks the units"
)


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


@needs_systemd
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in (*SYSTEMD.glob("*.service"), *SYSTEMD.glob("*.timer")):
        text = path.read_text("utf-8").replace("/srv/broadside/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    assert len(units) == 2
    said = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


@needs_systemd
def test_the_timer_names_a_time_that_comes_every_day() -> None:
    (calendar,) = re.findall(r"^OnCalendar=(.*)$", (SYSTEMD / "broadside-crawl.timer").read_text(), re.MULTILINE)
    command = ["systemd-analyze", "calendar", "--iterations=2", "--base-time=2026-03-01 00:00 UTC", calendar]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={"TZ": "UTC"}).stdout
    assert re.findall(r"2026-03-0\d 02:15:00 UTC", said) == ["2026-03-01 02:15:00 UTC", "2026-03-02 02:15:00 UTC"]


def test_the_page_shows_the_files_as_they_are() -> None:
    for path in (*SYSTEMD.glob("*"), ROOT / "deploy" / "cron" / "crontab"):
        assert without_comments(path.read_text("utf-8")) in without_comments(PAGE), path.name


@pytest.mark.parametrize("command", _LINE.findall(CRONTAB) + _LINE.findall(PAGE))
def test_cron_takes_a_line(command: str) -> None:
    """An unescaped % ends the command for cron; what is left must be a shell's."""
    assert "%" not in command.replace(r"\%", "")
    given = command.replace(r"\%", "%")
    subprocess.run(["/bin/sh", "-n", "-c", given], check=True, capture_output=True)


def test_what_cron_starts_works_with_the_little_that_cron_gives(tmp_path: Path) -> None:
    """The command of the crontab by `sh -c`, with cron's own environment: quiet when all is well, and not else."""
    data, organizations = tmp_path / "corpus", tmp_path / "organizations"
    data.mkdir()
    organizations.mkdir()
    text = (ROOT / "crawler" / "organizations" / "sample.toml").read_text("utf-8")
    (organizations / "lantern.toml").write_text(f"{text}\n[schedule]\n")
    (command,) = _LINE.findall(CRONTAB)
    for name, value in (
        ("/srv/broadside", str(ROOT)),
        (".venv/bin/python", sys.executable),
        ("--random-start 45", "--random-start 0.001"),
    ):
        assert name in command
        command = command.replace(name, value)
    written = dict(re.findall(r"^([A-Z_]+)=(.*)$", CRONTAB, re.MULTILINE))
    own = {"BROADSIDE_ORGANIZATIONS": str(organizations), "BROADSIDE_DATA": str(data)}
    assert own.keys() <= written.keys()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LOGNAME": "you", **written, **own}

    def start() -> tuple[int, str]:
        done = subprocess.run(
            [written["SHELL"], "-c", command],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        return done.returncode, done.stdout

    assert start() == (0, ""), "there is nothing to mail"
    assert (data / "lantern" / "records" / "records.jsonl").exists()
    (organizations / "broken.toml").write_text("name = ")
    status, mail = start()
    assert status == 1
    assert mail.endswith("broadside: failed: broken (not started); 0 well\n")
