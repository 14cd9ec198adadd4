"""docs/analysis.md: what its programs print is what the page shows."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.harness import ROOT, Crawl, environment
from tests.runs.test_run_quickstart import shown_programs

PAGE = (ROOT / "docs/analysis.md").read_text("utf-8")
PROGRAMS = shown_programs(PAGE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the files that the page's commands write."""
    crawl = Crawl(tmp_path_factory.mktemp("analysis"))
    crawl("sample", feed=None, level=None).check(0, "31 records")
    commands = re.findall(r"^\$ scrapy (export .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        *arguments, name = command.split()
        path = crawl.folder / name
        crawl(*arguments, path, feed=None, level=None, program=(sys.executable, "-m", "crawler")).check(0, "31 records")
    yield crawl.folder
    crawl.end_all()


def test_there_are_programs() -> None:
    assert len(PROGRAMS) >= 6


@pytest.mark.parametrize(("program", "wanted"), PROGRAMS)
def test_a_program_prints_what_the_page_shows(program: str, wanted: str, folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(folder / "data", {}),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    printed = [line.rstrip() for line in ended.stdout.decode("utf-8").rstrip().splitlines()]
    assert printed == [line.rstrip() for line in wanted.rstrip().splitlines()]
