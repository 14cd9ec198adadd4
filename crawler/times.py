"""Where the time of a run goes: CPU time by stage, in the run's own stats."""

from scrapy.statscollectors import StatsCollector

from crawler.extraction.page import STAGES

OF_WORKERS = ("read", *STAGES, "record")  # stages of reading a page; their sums are over all workers
OF_MAIN = ("pipelines", "feed")  # what the main process does with a page


def add_seconds(stats: StatsCollector, stage: str, seconds: float) -> None:
    """Add to the seconds that a stage took."""
    stats.set_value(f"time/{stage}", stats.get_value(f"time/{stage}", 0.0) + seconds)
