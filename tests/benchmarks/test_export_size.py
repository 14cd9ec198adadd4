"""The short form of `make export-size`: long texts, so that few records would be noticed if they were kept."""

from benchmarks.export_size import find_growth, measure_growth

WORDS = 8_000
SIZES = (700, 1_300)  # the first is enough for what may be held at a time
KEPT = 600 * 2 * WORDS * 3.5 / 1024**2  # MB at least that the texts of the further records would take


def test_memory_does_not_grow_with_the_records() -> None:
    growth = find_growth(measure_growth(SIZES, [".jsonl", ".csv", ".parquet", ".sqlite"], WORDS))
    assert max(growth.values()) < KEPT / 2, growth
