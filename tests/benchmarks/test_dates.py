"""Dates beside their gold: verdicts, rows and targets, precision that nothing states, and gold that is wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import dates as module
from benchmarks import scores
from benchmarks.corpora import FOLDER, WITH_DATE, GoldPage, load_gold
from benchmarks.dates import Verdict, find_errors, find_gold_day, is_gold_update, is_invented, judge, judge_day, main
from benchmarks.peer_process import read_with_peer
from benchmarks.peers import DATE_PEERS, PeerText
from benchmarks.quality import Measured, format_table, report_corpus
from benchmarks.reading import OursText
from benchmarks.scores import OURS, Row, score_dates
from benchmarks.targets import (
    DATE_CEILINGS,
    DATE_FLOORS,
    DATE_MUSTS,
    describe_date_musts,
    find_date_shortfalls,
    find_invented_shortfalls,
)
from benchmarks.wrong_gold import WRONG_GOLD, Proof, WrongGold, by_page
from crawler.extraction.date_choice import choose_dates
from items import DateCandidate, DateEvidence, DateKind, Dates, DateSource


def dated(raw: str, fetched_at: str | None = None) -> Dates:
    return choose_dates([DateCandidate(DateSource.BYLINE, DateKind.PUBLISHED, raw)], fetched_at=fetched_at)


def gold(*days: str | None, folder: str = "any") -> list[GoldPage]:
    return [GoldPage(folder, f"{at}.html.gz", "https://example.org/", {"date": day}) for at, day in enumerate(days)]


# --- Verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "verdict"),
    [
        ("May 5, 2015", Verdict.RIGHT),
        ("2015-05-05T23:59:00-04:00", Verdict.RIGHT),
        ("May 6, 2015", Verdict.WRONG),
        ("May 2015", Verdict.MISSING),
        ("April 2015", Verdict.WRONG),
        ("2015", Verdict.MISSING),
        ("2014", Verdict.WRONG),
        ("May 4, 2015 to May 6, 2015", Verdict.MISSING),
        ("no date", Verdict.MISSING),
    ],
)
def test_verdict_on_ours(raw: str, verdict: Verdict) -> None:
    assert judge(dated(raw), "2015-05-05") is verdict


def test_verdict_on_a_day() -> None:
    assert judge_day("2015-05-05", "2015-05-05") is Verdict.RIGHT
    assert judge_day("2015-05-06", "2015-05-05") is Verdict.WRONG
    assert judge_day(None, "2015-05-05") is Verdict.MISSING


def test_only_days_are_gold() -> None:
    assert [find_gold_day(page) for page in gold("2015-05-05", "2015-05", None)] == ["2015-05-05", None, None]


def test_errors_in_a_line_each() -> None:
    pages = gold("2015-05-05", "2015-05-05", "2015-05-05", "2015-05", None)
    found = [OursText("", None, dated(raw)) for raw in ("May 5, 2015", "5/6/2015", "May 6, 2015", "x", "x")]
    assert find_errors(pages, found) == [
        "wrong\t2.html.gz\t2015-05-05\t2015-05-06\tbyline 'May 6, 2015' 2015-05-06",
        "missing\t1.html.gz\t2015-05-05\t-\tbyline '5/6/2015' ambiguous_order",
    ]


def test_errors_of_a_corpus(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "load_pages", lambda _: gold("2015-05-05"))
    monkeypatch.setattr(module, "read_corpus", lambda *_: [OursText("", None)])
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert main(["--errors", "openglam"]) == 0
    assert capsys.readouterr().out == "missing\t0.html.gz\t2015-05-05\t-\tno evidence\n"
    monkeypatch.setattr(module, "FOLDER", tmp_path / "none")
    assert main(["--errors", "openglam"]) == 2
    assert "../shared/corpora is missing" in capsys.readouterr().err


# --- Rows and targets -------------------------------------------------------------------------------------------------


def test_row_of_dates() -> None:
    pages = gold("2015-05-05", "2015-05-05", "2015-05-05", "2015-05-05", None)
    ours = score_dates(OURS, pages, [OursText("", None, dated(f"May {day}, 2015")) for day in (5, 5, 6, 5, 5)])
    assert (ours.pages, ours.measures) == (4, {"right": 3, "wrong": 1, "missing": 0, "accuracy": 0.75})
    days = ("2015-05-05", None, "2015-05-06", None, "2015-05-05")
    theirs = score_dates("x", pages, [PeerText("", None, None if day else "timeout", day) for day in days])
    assert theirs.measures == {"right": 1, "wrong": 1, "missing": 2, "accuracy": 0.25}
    assert [line.split() for line in format_table("DATES any", [ours, theirs])] == [
        ["DATES", "any", "pages", "right", "wrong", "missing", "accuracy"],
        [OURS, "4", "3", "1", "0", "0.7500"],
        ["x", "4", "1", "1", "2", "0.2500", "failed", "on", "2", "pages:", "timeout"],
    ]


def test_every_corpus_with_dates_has_a_floor_and_a_target() -> None:
    assert set(DATE_FLOORS) == set(DATE_CEILINGS) == set(DATE_MUSTS) == set(WITH_DATE)


def test_targets_and_shortfalls_are_told() -> None:
    row = Row(OURS, 800, {"right": 600, "wrong": 200, "missing": 0, "accuracy": 0.75})
    pins = DATE_FLOORS["htmldate-dates"]["accuracy"], DATE_CEILINGS["htmldate-dates"]["wrong"]
    assert list(describe_date_musts("htmldate-dates", row)) == [
        "must accuracy 0.925: not reached (0.7500)",
        "must wrong at most 50: not reached (200)",
    ]
    assert find_date_shortfalls("htmldate-dates", row) == [
        f"htmldate-dates: accuracy 0.7500 is below the floor {pins[0]}",
        f"htmldate-dates: wrong 200 is above the ceiling {pins[1]}",
    ]
    assert find_date_shortfalls("htmldate-dates", replace(row, measures={"accuracy": 1.0, "wrong": 0})) == []
    assert find_invented_shortfalls("any", []) == []
    assert find_invented_shortfalls("any", ["a", "b"]) == ["any: 2 dates say a day that their evidence does not: a, b"]


def test_row_with_gold_that_is_proven_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = WrongGold("any", "0.html.gz", "2015-05-06", "2015-05-05", Proof.UPDATE, "the byline")
    for where in (module, scores):
        monkeypatch.setattr(where, "is_proven", lambda page: page.file == entry.file)
    monkeypatch.setattr(module, "_WRONG_GOLD", by_page([entry]))
    pages = gold("2015-05-06", "2015-05-06")
    ours = score_dates(OURS, pages, [OursText("", None, dated(f"May {day}, 2015")) for day in (5, 6)])
    theirs = score_dates("x", pages, [PeerText("", None, date="2015-05-06")] * 2)
    assert [line.split() for line in format_table("DATES any", [ours, theirs])] == [
        ["DATES", "any", "pages", "right", "wrong", "missing", "accuracy", "wrong*", "missing*", "accuracy*"],
        [OURS, "2", "2", "0", "0", "1.0000", "1", "0", "0.5000"],
        ["x", "2", "1", "1", "0", "0.5000", "0", "0", "1.0000"],
    ]


@pytest.mark.parametrize(
    ("published", "modified", "is_update"),
    [
        ("May 4, 2015", "May 5, 2015", True),
        (None, "2015-05-05T10:00:00Z", True),
        ("May 5, 2015", "May 5, 2015", False),
        ("May 4, 2015", "May 6, 2015", False),
        ("May 4, 2015", None, False),
    ],
)
def test_gold_that_is_our_update(published: str | None, modified: str | None, is_update: bool) -> None:
    raws = ((DateKind.PUBLISHED, published), (DateKind.MODIFIED, modified))
    found = choose_dates([DateCandidate(DateSource.META, kind, raw) for kind, raw in raws if raw is not None])
    (page,) = gold("2015-05-05")
    assert is_gold_update(page, found) is is_update
    assert not any(is_gold_update(one, found) for one in gold(None))


def test_report_of_a_corpus_with_dates_alone(capsys: pytest.CaptureFixture[str]) -> None:
    row = Row(OURS, 4, {"right": 1, "wrong": 2, "missing": 1, "accuracy": 1.0})
    measured = Measured([], [row], proven=3, updates=5, updates_left=2, dated=1, invented=["x"])
    assert report_corpus("openglam", measured) == [
        "openglam: wrong 2 is above the ceiling 0",
        "openglam: 1 dates say a day that their evidence does not: x",
    ]
    out = capsys.readouterr().out
    assert "DATES openglam" in out
    assert "* by the gold as it is; without, 3 of 4 days are corrected, proven wrong" in out
    assert "our date_modified is the gold day on 2 of our 3 wrong or missing pages, and on 3 whose" in out
    assert "must accuracy 0.995: reached (1.0000)" in out
    assert "invented precision: 1 of 1 days" in out


@pytest.mark.parametrize("name", DATE_PEERS)
def test_htmldate_in_a_process_of_its_own(name: str) -> None:
    (page,) = (
        [page for page in load_gold("openglam") if page.file == "pages/0000.html.gz"] if FOLDER.is_dir() else [None]
    )
    if page is None:
        pytest.skip("the folder ../shared/corpora is missing")
    assert read_with_peer(name, [page]) == [PeerText("", None, date=page.gold["date"])]


# --- Precision that nothing states ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", ["May 5, 2015", "5.5.2015", "2015-05-05T10:00:00Z", "20150505", "2015年5月5日", "May 2015", "2015", "none"]
)
def test_stated_precision(raw: str) -> None:
    assert not is_invented(dated(raw))


def test_a_day_that_is_counted_back_is_not_invented() -> None:
    found = dated("2 days ago", "2015-05-07T10:00:00Z")
    assert found.published == "2015-05-05"
    assert not is_invented(found)
    assert not is_invented(dated("Yesterday", "2015-05-06T10:00:00Z"))


def test_invented_precision() -> None:
    found = dated("May 5, 2015")
    stated = found.evidence[0]
    assert is_invented(replace(found, evidence=()))
    for raw in ("May 2015", "20150501", "2015-05", "5/2015", "5.5.2016", "5 May", "2015年5月", "yesterday, May 2015"):
        assert is_invented(replace(found, evidence=(replace(stated, raw=raw),)))
    assert is_invented(replace(found, modified="2015-05-06"))
    assert is_invented(replace(found, evidence=(stated, replace(stated, raw="May 2015"))))
    assert is_invented(replace(found, evidence=(replace(stated, value="2015-05"),)))
    other = DateEvidence(DateSource.URL, DateKind.PUBLISHED, "path", "2015/05/05", "2015-05-05", None)
    assert not is_invented(replace(found, evidence=(replace(stated, value="2015-05"), other)))


# --- Gold that is wrong -----------------------------------------------------------------------------------------------


def test_a_page_with_wrong_gold_counts_with_its_true_date(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = WrongGold("any", "0.html.gz", "2015-05-06", "2015-05-05", Proof.ABSENT, "the byline")
    monkeypatch.setattr(module, "_WRONG_GOLD", by_page([entry]))
    assert [find_gold_day(page) for page in gold("2015-05-06", "2015-05-06")] == ["2015-05-05", "2015-05-06"]
    assert [module.is_proven(page) for page in gold("2015-05-06", "2015-05-06")] == [True, False]
    with pytest.raises(ValueError, match="not 2015-05-06 as was proven wrong"):
        find_gold_day(*gold("2015-05-05"))
    with pytest.raises(ValueError, match="stands twice"):
        by_page([entry, entry])


def test_wrong_gold_has_a_proof_and_another_date() -> None:
    for entry in by_page(WRONG_GOLD).values():
        assert entry.corpus in WITH_DATE
        assert entry.gold != entry.true
        assert entry.proof


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is missing")
def test_wrong_gold_is_the_gold_of_a_page() -> None:
    for corpus in {entry.corpus for entry in WRONG_GOLD}:
        days = {page.file: page.gold["date"] for page in load_gold(corpus)}
        for entry in WRONG_GOLD:
            assert entry.corpus != corpus or days[entry.file] == entry.gold
