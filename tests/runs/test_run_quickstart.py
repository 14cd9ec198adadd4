"""docs/quickstart.md, command by command: what it shows is what comes out."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.sample.server import SampleServer
from tests.runs.harness import ROOT, Crawl, Run, environment

PAGE = (ROOT / "docs/quickstart.md").read_text("utf-8")


def find_blocks(page: str) -> list[tuple[str, str]]:
    """Give the kind and the text of each block of code."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def shown_programs(page: str) -> list[tuple[str, str]]:
    """Give each program in Python that a page shows, and what stands in the block behind it: what it prints."""
    return [(program, shown) for (kind, program), (_, shown) in pairwise(find_blocks(page)) if kind == "python"]


BLOCKS = find_blocks(PAGE)
PORT = ":8000"


def command(begin: str) -> list[str]:
    """Give a command that the page names, from what it begins with."""
    found = [line for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
    (line,) = {one.removeprefix("$ ") for one in found if one.startswith(f"$ {begin}")}
    return shlex.split(line)[1:]


def shown(begin: str) -> list[str]:
    """Give the table that the page shows below a command, and the last line."""
    (text,) = (text for kind, text in BLOCKS if kind == "console" and f"$ {begin}\n" in text)
    lines = text.partition(f"$ {begin}\n")[2].splitlines()
    return [line.rstrip() for line in lines if line.strip() and line != "…"]


@pytest.fixture
def site() -> Iterator[int]:
    server = SampleServer()
    yield server.start()
    server.stop()


def test_the_quickstart_leads_to_a_corpus(crawl: Crawl, site: int, tmp_path: Path) -> None:
    mine = tmp_path / "my-organizations"
    mine.mkdir()

    def run(begin: str, status: int = 0) -> Run:
        name, *arguments = command(f"scrapy {begin}")
        arguments = [one.replace(PORT, f":{site}").replace("../my-organizations", str(mine)) for one in arguments]
        env = {"BROADSIDE_ORGANIZATIONS": str(mine)}
        program = (sys.executable, "-m", "crawler", name)
        return crawl(*arguments, feed=None, level=None, env=env, program=program).check(status)

    def check(run: Run, begin: str) -> None:
        assert shown(begin)
        printed = [line.strip() for line in (run.stdout.decode() + run.stderr).splitlines()]
        for line in shown(begin):
            wanted = line.strip().replace("data/", f"{crawl.data}/")
            assert wanted in printed, f"{wanted!r} is not in\n{run.stderr}"

    file = mine / "lantern.toml"
    run("new-organization http://127")
    assert file.is_file()
    check(run("probe lantern"), "scrapy probe lantern")
    assert "well: 10 records" in shown("scrapy crawl lantern -a limit=10")[-1]
    trial = run("crawl lantern -a").check(0, r"well: ([89]|10) records")  # which pages are the first is chance
    assert re.search(r"^recorded +([89]|10) ", trial.stderr, re.MULTILINE)
    (toml,) = (text for kind, text in BLOCKS if kind == "toml")
    file.write_text(toml.replace(PORT, f":{site}"), "utf-8")
    for path in sorted((crawl.data / "lantern").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    first = crawl("lantern", feed=None, level=None, env={"BROADSIDE_ORGANIZATIONS": str(mine)}).check(0)
    check(first, "scrapy crawl lantern")
    check(run("crawl lantern -L"), "scrapy crawl lantern -L WARNING")
    crawl("sample", feed=None, level=None).check(0, "31 records")
    name, *arguments = command("scrapy export")
    arguments[-1] = str(tmp_path / arguments[-1])
    exported = crawl(*arguments, feed=None, level=None, program=(sys.executable, "-m", "crawler", name)).check(0)
    assert shown("scrapy export sample lantern -o both.jsonl") == [exported.last_line.replace(f"{tmp_path}/", "")]
    assert len((tmp_path / "both.jsonl").read_text("utf-8").splitlines()) == 53


def test_what_loads_it_prints_what_the_page_shows(crawl: Crawl, tmp_path: Path) -> None:
    crawl("sample", feed=None, level=None).check(0)
    programs = [(program, wanted) for program, wanted in shown_programs(PAGE) if "data/sample" in program]
    assert len(programs) == 2
    for program, wanted in programs:
        ended = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environment(crawl.data, {}),
            capture_output=True,
            check=True,
        )
        printed = [line.rstrip() for line in ended.stdout.decode("utf-8").rstrip().splitlines()]
        assert printed == [line.rstrip() for line in wanted.rstrip().splitlines()]
