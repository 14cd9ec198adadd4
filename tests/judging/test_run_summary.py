"""The summary of a run: written, read again, and passed over where it is none."""

import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from crawler.commands.runs import print_runs
from crawler.judging.checks import Check, Level, Name, Source
from crawler.judging.figures import DATED, LENGTH, Figures, Share
from crawler.judging.summary import Fate, Redesign, RunSummary, SummaryError, dump_summary, find_past, load_summary
from crawler.judging.words import join_reasons, tell_check, tell_redesign
from crawler.run_files import read_summaries, write_summary

FIGURES = Figures(
    records=31,
    corpus={DATED: Share(30, 31)},
    median_words=238,
    kept={LENGTH: Share(2, 2)},
    fresh={DATED: Share(1, 1)},
    fresh_words={"31": 1},
    fetched=Share(1, 20),
    named=29,
    new=1,
)
CHECK = Check(Name.DATED, 0.5, 0.95, 0.76, Source.LEARNED, Level.WARN, 30)
REDESIGN = Redesign("example.org", ("div.entry",), 8, 9, 3, Fate.HELD)
SUMMARY = RunSummary(
    collection="sample",
    command="crawl sample",
    run=7,
    started_at="2026-11-25T02:00:00Z",
    finished_at="2026-11-25T02:01:00Z",
    seconds=60.0,
    program="broadside 0.1.0",
    verdict=Level.FAIL,
    exit_status=3,
    reason="example.org was redesigned",
    warnings=("15 of the latest 30 pages have a date; at least 76% were expected",),
    held=True,
    redesigns=(REDESIGN,),
    checks=(CHECK,),
    outcomes={"recorded": 31},
    changes={"new": 1, "unchanged": 30},
    figures=FIGURES,
)


@pytest.mark.parametrize("summary", [SUMMARY, replace(SUMMARY, figures=None, checks=(), redesigns=(), run=None)])
def test_it_comes_back_as_it_was_written(summary: RunSummary) -> None:
    assert load_summary(dump_summary(summary)) == summary


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version": 99}',
        dump_summary(SUMMARY).replace(b'"version": 1', b'"version": 2'),
        dump_summary(SUMMARY).replace(b'"verdict": "fail"', b'"verdict": "bad"'),
        dump_summary(SUMMARY).replace(b'"seconds"', b'"minutes"'),
        dump_summary(SUMMARY).replace(b"2026-11-25T02:00:00Z", b"yesterday"),
        dump_summary(SUMMARY)[:-100],
        dump_summary(SUMMARY).replace(b'"records": 31,', b'"records": null,'),
        dump_summary(SUMMARY).replace(b'"31": 1', b'"x": 1'),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_anything_else_is_refused_in_a_line(data: bytes) -> None:
    with pytest.raises(SummaryError) as caught:
        load_summary(data)
    assert "\n" not in str(caught.value)


def test_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    later = replace(SUMMARY, started_at="2026-11-26T02:00:00Z")
    for summary in (later, SUMMARY, replace(SUMMARY, reason="again")):
        write_summary(tmp_path, summary)
    (tmp_path / "runs" / "notes.json").write_text("{}")
    with caplog.at_level(logging.WARNING):
        found = read_summaries(tmp_path)
    assert [one.reason for one in found] == ["again", later.reason]
    assert "notes.json is passed over: no summary of a run" in caplog.text
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [
        "20261125T020000Z.json",
        "20261126T020000Z.json",
        "notes.json",
    ]
    assert read_summaries(tmp_path / "nowhere") == []


def test_what_is_learned_from() -> None:
    began = datetime(2026, 11, 26, 2, tzinfo=UTC)
    well = replace(SUMMARY, redesigns=(), verdict=Level.OK)
    assert [one.figures for one in find_past([well], began, 8)] == [FIGURES]
    assert find_past([well], began, 7) == [], "an earlier process of the same run"
    assert find_past([well], began - timedelta(days=1), 8) == []
    assert find_past([replace(well, limited=True), replace(well, figures=None)], began, 8) == []
    (one,) = find_past([SUMMARY], began, 8)
    assert one.figures.kept == {}, "what a redesign took away is told once"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (Check(Name.RECORDS, 1, None, 4, Source.FILE, Level.FAIL), "1 record; at least 4 were expected"),
        (
            Check(Name.RECORDS, 20, 31, 27.9, Source.LEARNED, Level.WARN),
            "20 records, 31 in the run before; at least 28",
        ),
        (Check(Name.DATED, 2 / 3, None, 0.9, Source.FILE, Level.FAIL, 3), "2 of 3 records have a date; at least 90%"),
        (CHECK, "15 of the latest 30 pages have a date; at least 76% were expected"),
        (
            Check(Name.LENGTH, 90, None, 100, Source.FILE, Level.FAIL),
            "the texts' median length is 90 words; at",
        ),
        (Check(Name.ERRORS, 0.5, 0.01, 0.11, Source.LEARNED, Level.WARN, 20), "50% of 20 requests failed; at most 11%"),
        (Check(Name.NAMED, 0, 29, 14.5, Source.LEARNED, Level.WARN), "sitemaps and feeds name 0 pages; at least 15"),
        (Check(Name.NEW, 0, 7, 2.3, Source.LEARNED, Level.WARN), "0 new records in a week; at least 2.3 were expected"),
    ],
)
def test_sentences(check: Check, words: str) -> None:
    assert tell_check(check).startswith(words)


def test_redesigns_are_told() -> None:
    told = tell_redesign(REDESIGN, "sample")
    assert told.startswith("example.org was redesigned: the layout div.entry has vanished from 8 of 9 known pages; ")
    assert "reads 3 of 8 as before" in told
    assert "`scrapy accept sample`" in told
    wall = tell_redesign(replace(REDESIGN, wall=True), "sample")
    assert wall.startswith("example.org shows the same page, or none, in the place of 8 of 9 known pages")
    assert "accept" not in wall
    assert "accept" not in tell_redesign(replace(REDESIGN, outcome=Fate.RELEARNED), "sample")
    assert "was accepted" in tell_redesign(replace(REDESIGN, outcome=Fate.ACCEPTED), "sample")
    assert join_reasons(["one"]) == "one"
    assert join_reasons(["one", "two", "three"]) == "one (and 2 more: see the table)"


def test_the_table_of_runs() -> None:
    def shown(*summaries: RunSummary) -> list[str]:
        console = Console(file=io.StringIO(), width=120)
        print_runs(summaries, "Runs", console)
        text: str = console.file.getvalue()  # type: ignore[attr-defined]
        return [" ".join(line.split()) for line in text.splitlines()]

    hostile = replace(SUMMARY, reason="a [red]name[/] \x1b[2J of\nmine")
    lines = shown(hostile, replace(SUMMARY, verdict=Level.OK, held=False, warnings=(), figures=None))
    assert lines[1] == "began records new changed gone dated asked failed s"
    assert lines[2] == "2026-11-25 02:00 held 31 1 0 0 97% 20 1 60"
    assert lines[3] == "2026-11-25 02:00 ok 60"
    assert lines[4] == "2026-11-25 02:00: a [red]name[/] \N{REPLACEMENT CHARACTER}[2J of mine"
    assert lines[5].startswith("2026-11-25 02:00: 15 of the latest 30 pages")
    assert len(lines) == 6
    assert shown(SUMMARY, replace(SUMMARY, collection="other"))[3].startswith("other 2026-11-25 02:00 held")


def test_json_is_what_machines_read() -> None:
    data = json.loads(dump_summary(SUMMARY))
    assert data["figures"]["fetched"] == [1, 20]
    assert data["checks"][0]["level"] == "warn"
    assert data["redesigns"][0]["layouts"] == ["div.entry"]
