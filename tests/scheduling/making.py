"""What tests of scheduling are made of: the summary of a run."""

from crawler.judging.checks import Level
from crawler.judging.summary import RunSummary


def summarize(
    *, run: int = 1, verdict: Level = Level.OK, reason: str = "31 records", warnings: tuple[str, ...] = ()
) -> RunSummary:
    return RunSummary(
        collection="a",
        command="crawl a",
        run=run,
        started_at="2026-03-27T12:00:00Z",
        finished_at="2026-03-27T13:00:00Z",
        seconds=3600.0,
        program="broadside",
        verdict=verdict,
        exit_status=3 if verdict is Level.FAIL else 0,
        reason=reason,
        warnings=warnings,
    )
