import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.harness import SHARED, Crawl, Server


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawl]:
    runner = Crawl(tmp_path)
    yield runner
    runner.end_all()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server().start()
    yield running
    running.stop()


def _corpora(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: this test reads it")
    return folder


@pytest.fixture(scope="session")
def seed() -> Path:
    return _corpora("seed")


@pytest.fixture(scope="session")
def corpora() -> Path:
    return _corpora("corpora")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: reads whole corpora; run with BROADSIDE_SLOW=1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("BROADSIDE_SLOW"):
        for item in items:
            if item.get_closest_marker("slow") is not None:
                item.add_marker(pytest.mark.skip(reason="slow: set BROADSIDE_SLOW=1 to run it"))
