"""Foreign settings and modules, other folders: this project's settings, or a clear refusal."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.harness import ROOT, Crawl, Server, article, environment, write_list

SCRAPY = (str(Path(sys.executable).parent / "scrapy"), "crawl")
REFUSAL = r"(not Broadside's settings|a foreign module) .*run it as .* -m crawler"


@pytest.fixture
def listed(server: Server, tmp_path: Path) -> Path:
    """A list of one page that robots.txt forbids, and one that it allows."""
    server.page("/robots.txt", "User-agent: Broadside\nDisallow: /secret\n")
    return write_list(
        tmp_path / "urls.csv", [server.page("/secret", article("Secret")), server.page("/open", article("Open"))]
    )


def foreign(folder: Path, *names: str) -> dict[str, str]:
    folder.mkdir()
    for name in names:
        (folder / f"{name}.py").write_text("BOT_NAME = 'somebody'\nROBOTSTXT_OBEY = False\n", encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("names", [("settings", "items", "pipelines"), ()])
def test_own_entry_wins_from_any_folder(
    crawl: Crawl, server: Server, listed: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    env = {**foreign(tmp_path / "foreign", *names), "SCRAPY_SETTINGS_MODULE": "settings"}
    run = crawl("pages", "-a", f"urls={listed}", cwd=tmp_path, env=env).check(0, "well: 1 record")
    assert server.paths == ["/open"]
    assert run.outcome(server.url("/secret")).outcome == "disallowed"


@pytest.mark.parametrize("cwd", ["checkout", "elsewhere"])
@pytest.mark.parametrize("names", [("settings",), ("items",), ("pipelines",), ("settings", "items", "pipelines")])
def test_scrapy_with_foreign_modules_is_refused(
    crawl: Crawl, server: Server, listed: Path, tmp_path: Path, names: tuple[str, ...], cwd: str
) -> None:
    folder = ROOT if cwd == "checkout" else tmp_path
    env = foreign(tmp_path / "foreign", *names)
    run = crawl("pages", "-a", f"urls={listed}", cwd=folder, env=env, program=SCRAPY)
    run.check(2, REFUSAL)
    assert not server.requests


def test_scrapy_with_a_foreign_settings_module_named(
    crawl: Crawl, server: Server, listed: Path, tmp_path: Path
) -> None:
    env = {**foreign(tmp_path / "foreign", "theirs"), "SCRAPY_SETTINGS_MODULE": "theirs"}
    crawl("pages", "-a", f"urls={listed}", env=env, program=SCRAPY).check(2, REFUSAL)
    assert not server.requests


def test_scrapy_from_another_folder_is_refused(crawl: Crawl, server: Server, listed: Path, tmp_path: Path) -> None:
    crawl("pages", "-a", f"urls={listed}", cwd=tmp_path, program=SCRAPY).check(2, REFUSAL)
    assert not server.requests


def test_scrapy_in_the_checkout_is_ours(crawl: Crawl, server: Server, listed: Path) -> None:
    run = crawl("pages", "-a", f"urls={listed}", program=SCRAPY).check(0, "well: 1 record")
    assert server.paths == ["/open"]
    assert "ROBOTSTXT_OBEY is off" not in run.stderr


def test_robots_are_never_ignored_without_a_word(crawl: Crawl, server: Server, listed: Path) -> None:
    run = crawl("pages", "-a", f"urls={listed}", "-s", "ROBOTSTXT_OBEY=0", level=None).check(0, "well: 2 records")
    assert "WARNING: ROBOTSTXT_OBEY is off" in run.stderr


def scrapy(*arguments: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler", *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=True, timeout=60)


def test_settings_are_ours(tmp_path: Path) -> None:
    env = environment(tmp_path, foreign(tmp_path / "foreign", "settings"))
    assert scrapy("settings", "--get", "BOT_NAME", cwd=tmp_path, env=env).stdout.strip() == "broadside"
    where = "import sys; sys.argv[1:] = ['version']; import runpy\n"
    where += "try: runpy.run_module('crawler', run_name='__main__')\n"
    where += "finally: import settings; print(settings.__file__)"
    command = [sys.executable, "-c", where]
    shown = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert Path(shown.stdout.split()[-1]) == ROOT / "settings.py"


def test_list_shows_all_ways_in(tmp_path: Path) -> None:
    shown = scrapy("list", cwd=ROOT, env=environment(tmp_path, {})).stdout.split()
    bundled = [path.stem for path in (ROOT / "crawler" / "organizations").glob("*.toml")]
    assert len(bundled) == 13
    assert shown == sorted(["documents", "pages", "replay", *bundled])
