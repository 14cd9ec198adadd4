"""An empty archive and a ledger with a run begun."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.storage.archive import Archive
from crawler.storage.ledger import Ledger
from tests.storage.ledger_making import START


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "archive", {"software": "broadside", "format": "WARC File Format 1.1"})
    yield made
    made.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "collection")
    made.begin_run("crawl sample", START)
    yield made
    made.close()
