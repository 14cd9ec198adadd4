"""The short form of `make ledger-start`."""

from benchmarks.ledger_start import LIMIT, measure


def test_a_large_frontier_starts_soon() -> None:
    assert max(measure(50_000, times=1)) < LIMIT / 2
