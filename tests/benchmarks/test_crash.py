"""The short form of `make crash-test`: three crawls that are struck six times, and the crawl they must equal."""

import pytest

from benchmarks.crash_test import main


def test_struck_crawls_end_like_one_that_was_not(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--short", "--seed", "1"])
    printed = capsys.readouterr().out
    assert status == 0, printed
    last = printed.splitlines()[-1]
    assert last.startswith("crash-test: 3 runs, ")
    assert "0 pages never fetched, 0 records missing, 0 twice, 0 differing" in last
