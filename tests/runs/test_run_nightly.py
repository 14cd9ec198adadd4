"""`make nightly`: thirty nights on a site that changes by a script, and a few in which each crawl is killed."""

import re

import pytest

from benchmarks.nightly import main


def test_thirty_nights_give_exactly_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--pages", "400"])
    printed = capsys.readouterr().out
    assert status == 0, printed
    last = printed.splitlines()[-1]
    assert re.match(r"nightly: 30 nights, [\d,]+ requests \(at most \d+ on a quiet night\), changes: ", last), last
    assert last.endswith(": 0 differences")
    for final in ("replay", "export", "history", "as of"):
        assert f"\n{final}: ok\n" in printed
    # Each kind of change was seen: none of the nights passed for want of a visit.
    counts = {kind: int(count) for count, kind in re.findall(r"(\d+) ([a-z]+)(?=[,:])", last.partition("changes: ")[2])}
    assert counts.keys() == {"new", "edit", "withdrawn", "restored", "moved"}, last
    assert counts["new"] == 418  # the copy of a page is no document
    assert counts["edit"] >= 21  # those that are announced


def test_nights_with_kills_end_like_others(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--pages", "80", "--nights", "8", "--kills"])
    printed = capsys.readouterr().out
    assert status == 0, printed
    last = printed.splitlines()[-1]
    kills = re.search(r", (\d+) kills: 0 differences$", last)
    assert kills is not None, last
    assert int(kills[1]) >= 4, printed
    assert "\nhistory, killed: ok\n" in printed
