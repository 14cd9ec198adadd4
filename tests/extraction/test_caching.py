"""Answers are kept for short texts alone, so that memory is bounded."""

from crawler.extraction.caching import MAX_TEXT, cache_short


def test_a_short_text_is_looked_at_once_and_a_long_one_each_time() -> None:
    asked: list[str] = []

    @cache_short
    def measure(text: str) -> int:
        asked.append(text)
        return len(text)

    short, long = "a" * MAX_TEXT, "b" * (MAX_TEXT + 1)
    assert [measure(short), measure(short), measure(long), measure(long)] == [1_000, 1_000, 1_001, 1_001]
    assert asked == [short, long, long]
