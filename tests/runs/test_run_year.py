"""`make year` in its short form: fifteen nights in which each thing of the year happens once."""

import re

import pytest

from benchmarks.year import main


def test_a_short_year_gives_exactly_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--calendar", "short"])
    printed = capsys.readouterr().out
    assert status == 0, printed
    last = printed.splitlines()[-1]
    assert re.match(r"year: 15 nights, [\d,]+ requests, changes: ", last), last
    assert "0 records lost, 0 false changes, 0 other differences, redesign called on night 1 of it" in last
    assert last.endswith(", 0 other calls, 0 false warnings (2 allowed): ok")
    for final in ("replay", "export", "history"):
        assert f"\n{final}: ok\n" in printed
    # Each kind of change was seen: none of the nights passed for want of a visit.
    counts = {kind: int(count) for count, kind in re.findall(r"(\d+) ([a-z]+)(?=,)", last.partition("changes: ")[2])}
    assert counts.keys() >= {"new", "edit", "withdrawn", "restored", "moved"}, last
    assert counts["new"] == 46
