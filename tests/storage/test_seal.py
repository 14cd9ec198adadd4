"""Sealed models: the ledger knows by which ones records are made, and of which sites by none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extraction.model import SiteModel
from crawler.extraction.page import LearnedSite
from crawler.learning import as_learned
from crawler.storage.archive import Archive
from crawler.storage.ledger import Discovered, Fetched, Ledger, State
from crawler.storage.seal import seal_models, unseal_models

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)


def make_site(host: str, pages: int = 9) -> LearnedSite:
    return as_learned(SiteModel(host, pages, pages))


A, B = make_site("a.example"), make_site("b.example")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path)
    made.begin_run("crawl sample", "2026-03-27T12:00:00Z")
    yield made
    made.close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "archive", {"software": "test"})
    yield made
    made.close()


def seal(ledger: Ledger, archive: Archive, *sites: LearnedSite) -> int:
    return seal_models(ledger, archive, {site.model.host: site for site in sites}, NOW)


def test_what_is_sealed_comes_back_and_is_written_once(ledger: Ledger, archive: Archive) -> None:
    assert unseal_models(ledger, archive.folder) == {}
    assert seal(ledger, archive, A, B) == 2
    assert seal(ledger, archive, A, B) == 0
    other = make_site("b.example", pages=10)
    assert seal(ledger, archive, A, other) == 1
    assert unseal_models(ledger, archive.folder) == {"a.example": A, "b.example": other}


def test_a_site_that_is_not_learned_any_more_has_no_model(ledger: Ledger, archive: Archive) -> None:
    seal(ledger, archive, A, B)
    assert seal(ledger, archive, A) == 0
    assert unseal_models(ledger, archive.folder) == {"a.example": A}
    changes = ledger._db.total_changes
    assert seal(ledger, archive, A) == 0
    assert ledger._db.total_changes == changes, "it is said once"
    assert seal(ledger, archive) == 0
    assert unseal_models(ledger, archive.folder) == {}
    assert seal(ledger, archive, A, B) == 2, "and is sealed anew when it is learned again"
    assert unseal_models(ledger, archive.folder) == {"a.example": A, "b.example": B}


def test_a_retired_model_points_to_no_place_in_the_archive(ledger: Ledger, archive: Archive) -> None:
    seal(ledger, archive, A)
    sealed = ledger.sealed_models()["a.example"]
    assert ledger.archive_ends() == {sealed.warc_file: sealed.warc_offset}
    ledger.discover([Discovered("https://a.example/", "page")])
    visit = ledger.next_pending(0)
    assert visit is not None
    stored = Fetched(200, "2026-03-27T12:00:00Z", warc_file=sealed.warc_file, warc_offset=sealed.warc_offset + 9)
    ledger.settle(visit.id, State.STORED, fetched=stored)
    seal(ledger, archive)
    assert ledger.archive_ends() == {sealed.warc_file: sealed.warc_offset + 9}
