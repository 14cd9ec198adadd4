from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.harness import SHARED, Crawl, Server
from tests.runs.packaging import make_copies, make_packages

__all__ = ["make_copies", "make_packages"]  # fixtures


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
