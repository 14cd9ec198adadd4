"""The short form of `make quality`: each corpus or a sample beside trafilatura; and what the tables are made of.

Its dates are tested in `test_dates.py`, but for the reading of the corpora, which serves both.
"""

from pathlib import Path

import pytest

from benchmarks.corpora import (
    ALL,
    DATES_ALONE,
    FOLDER,
    ONE_SITE_WITHOUT_GOLD,
    WITH_TEXT,
    GoldPage,
    load_manifest,
    load_pages,
    load_unmeasured,
)
from benchmarks.leave_one_out import LeftOut
from benchmarks.peers import PeerText
from benchmarks.quality import format_table, main, measure_corpus, measure_left_out
from benchmarks.reading import OursText
from benchmarks.scores import LABELS, OURS, Row, score
from benchmarks.targets import (
    CEILINGS,
    FLOORS,
    MUSTS,
    describe_musts,
    find_date_shortfalls,
    find_left_out_shortfalls,
    find_shortfalls,
)
from items import Dates

# Pages; the others are read whole, with their floors.
EVERY = {"mn-attorney-general": 12, "wcxb-dev-articles": 16, "htmldate-dates": 16}


# --- The corpora ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
@pytest.mark.parametrize("folder", ALL)
def test_no_corpus_is_read_worse_than_by_trafilatura(folder: str) -> None:
    every = EVERY.get(folder, 1)
    measured = measure_corpus(folder, ["trafilatura"], every=every)
    assert measured.invented == []
    if every == 1 and measured.dates:
        assert find_date_shortfalls(folder, measured.dates[0]) == []
    if folder in DATES_ALONE:
        assert measured.texts == []
        assert [row.extractor for row in measured.dates] == [OURS, "trafilatura"]
    else:
        ours, trafilatura = measured.texts
        assert find_shortfalls(folder, ours, trafilatura, pinned=every == 1) == []
        assert not trafilatura.errors


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
def test_a_page_that_is_not_learned_from_is_read_as_well() -> None:
    found = measure_left_out("clean-portal-eval", every=3)
    assert found is not None
    assert found.pages > 20
    assert find_left_out_shortfalls("clean-portal-eval", found) == []


def test_dates_of_pages_without_gold_are_asked_for_their_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {"load_pages": ["0"], "load_unmeasured": ["1", "2"]}
    for name, files in pages.items():
        monkeypatch.setattr(
            f"benchmarks.quality.{name}", lambda folder, files=files: [GoldPage(folder, one, "", {}) for one in files]
        )
    invented = Dates(published="2015-05-05", published_earliest="2015-05-05", published_precision="day")
    monkeypatch.setattr(
        "benchmarks.quality.read_corpus",
        lambda _, pages: [OursText("", None, Dates() if page.file == "0" else invented) for page in pages],
    )
    measured = measure_corpus("clean-portal-eval", [])
    assert (measured.dated, measured.invented) == (2, ["1", "2"])


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
@pytest.mark.parametrize("folder", ALL)
def test_every_page_of_a_corpus_is_read(folder: str) -> None:
    read = [page.file for page in (*load_pages(folder), *load_unmeasured(folder))]
    assert sorted(read) == sorted(row["file"] for row in load_manifest(folder))


def test_a_loss_is_named() -> None:
    assert find_left_out_shortfalls("any", LeftOut(4, 0.99, 0.989)) == []
    assert find_left_out_shortfalls("any", LeftOut(4, 0.99, 0.986)) == [
        "any: a page that is not learned from loses 0.0040; allowed is less than 0.003"
    ]


def test_nothing_to_measure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.quality.FOLDER", tmp_path / "none")
    assert main([]) == 2
    assert "../shared/corpora is missing" in capsys.readouterr().err


# --- Floors and targets -----------------------------------------------------------------------------------------------


def test_every_corpus_has_a_floor_and_a_target() -> None:
    assert set(FLOORS) == set(WITH_TEXT)
    assert set(FLOORS) | set(CEILINGS) == set(MUSTS) == {*WITH_TEXT, *ONE_SITE_WITHOUT_GOLD}
    named = {measure for pins in (*FLOORS.values(), *CEILINGS.values()) for measure in pins}
    assert named <= set(LABELS)
    assert {must.measure for musts in MUSTS.values() for must in musts} <= set(LABELS)


def test_shortfalls_are_named() -> None:
    ours = Row(OURS, 2, {"word_f1": 0.5, "shingle_f1": 1.0, "title": 1.0, "under_half": 0.5})
    theirs = Row("trafilatura", 2, {"word_f1": 0.6})
    assert find_shortfalls("mn-attorney-general", ours, theirs) == [
        f"mn-attorney-general: word F1 0.5000 is below the floor {FLOORS['mn-attorney-general']['word_f1']}",
        "mn-attorney-general: under .5 0.5000 is above the ceiling 0.0",
        "mn-attorney-general: word F1 0.5000 is below trafilatura's 0.6000",
    ]
    assert len(find_shortfalls("mn-attorney-general", ours, theirs, pinned=False)) == 1
    perfect = Row(OURS, 2, dict.fromkeys(LABELS, 1.0))
    assert find_shortfalls("openglam", perfect, theirs) == []


def test_targets_are_told() -> None:
    ours = Row(OURS, 2, {"word_f1": 0.984, "under_half": 0.0, "title": 0.9})
    theirs = Row("trafilatura", 2, {"word_f1": 0.6, "title": 0.5})
    assert list(describe_musts("mn-attorney-general", ours, theirs)) == [
        "must word F1 0.985: not reached (0.9840)",
        "must under .5 at most 0.000: reached (0.0000)",
        "must titles 0.650: reached (0.9000)",
    ]


# --- Rows -------------------------------------------------------------------------------------------------------------


def gold(*rows: dict[str, str]) -> list[GoldPage]:
    return [GoldPage("any", f"{number}.html.gz", "https://example.org/", row) for number, row in enumerate(rows)]


def test_row_of_a_corpus() -> None:
    pages = gold({"body": "one two three four", "title": "One"}, {"body": "five six"}, {"title": "Three"})
    found = [OursText("one two three four", "ONE!"), OursText("", None), OursText("", "Four")]
    row = score(OURS, pages, found)
    assert (row.extractor, row.pages, row.errors) == (OURS, 2, {})
    assert row.measures == {
        "word_f1": 0.5,
        "word_precision": 0.5,
        "word_recall": 0.5,
        "shingle_f1": pytest.approx(2 / 3),
        "under_half": 0.5,
        "title": 0.5,
    }


def test_row_without_titles_and_with_errors() -> None:
    row = score("resiliparse", gold({"body": "one", "title": "One"}), [PeerText("", None, "timeout")])
    assert "title" not in row.measures
    assert row.errors == {"timeout": 1}
    lines = format_table("any", [Row(OURS, 1, {"word_f1": 1.0, "title": 1.0}), row])
    assert [line.split() for line in lines] == [
        ["any", "pages", "word", "F1", "precision", "recall", "shingle", "F1", "under", ".5", "titles"],
        [OURS, "1", "1.0000", "-", "-", "-", "-", "1.0000"],
        ["resiliparse", "1", *["0.0000"] * 4, "1.0000", "-", "failed", "on", "1", "pages:", "timeout"],
    ]


def test_row_of_a_site_without_gold() -> None:
    pages = [GoldPage(ONE_SITE_WITHOUT_GOLD[0], f"{number}", "", {}) for number in range(3)]
    row = score(OURS, pages, [OursText("the same four words", None)] * 3)
    assert (row.pages, row.measures) == (3, {"repeated": 1.0})
