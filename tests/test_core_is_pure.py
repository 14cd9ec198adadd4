"""The core is imported without Scrapy and without Twisted, so that it runs in any worker and any notebook."""

import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import crawler.discovery
import crawler.extraction

ROOT = Path(__file__).parents[1]
FOREIGN = ("scrapy", "twisted", "sqlite3", "pebble")


def modules() -> list[str]:
    packages = (crawler.extraction, crawler.discovery)
    return [
        module.name for package in packages for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ]


def find_foreign(names: list[str]) -> str:
    program = (
        f"import sys, {', '.join(names)}\nprint(*sorted({{n.partition('.')[0] for n in sys.modules}} & set({FOREIGN})))"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def test_importing_the_whole_core_imports_no_scrapy() -> None:
    assert len(modules()) > 15
    assert find_foreign(modules()) == ""


def test_a_worker_imports_no_scrapy() -> None:
    assert find_foreign(["crawler.publish"]) == "pebble"


@pytest.mark.parametrize("name", ["pipelines.validate", "crawler.spiders.base"])
def test_the_question_can_be_answered_with_yes(name: str) -> None:
    assert "scrapy" in find_foreign([name])


def test_no_module_of_the_core_reads_files_clocks_or_the_network() -> None:
    for package in ("extraction", "discovery"):
        for path in (ROOT / "crawler" / package).glob("*.py"):
            source = path.read_text(encoding="utf-8")
            for call in ("open(", "datetime.now(", "date.today(", "time.time(", "Path(", "requests", "print("):
                assert not re.search(rf"(?<!\w){re.escape(call)}", source), f"{path.name}: {call}"
