"""Our verdict as a suite of Spidermon's monitors: one for the run, one for each check that it did not pass."""

from pathlib import Path
from typing import Any

from spidermon import Monitor, MonitorSuite

from crawler.extensions.judge import Judge
from crawler.judging.checks import Level
from crawler.judging.summary import RunSummary
from crawler.notifications.channels import list_channels, load_actions
from crawler.notifications.message import find_failures, is_recovery, reaches, write_message
from crawler.run_files import read_summaries


class VerdictMonitor(Monitor):  # type: ignore[misc]  # Spidermon publishes no types
    """Passes, or fails with a line that says why."""

    def __init__(self, name: str, failure: str | None) -> None:
        super().__init__("test_passes", name=name)
        self.failure = failure

    def test_passes(self) -> None:
        """Fail where there is something to say."""
        if self.failure is not None:
            self.fail(self.failure)


class VerdictSuite(MonitorSuite):  # type: ignore[misc]
    """Fails where a run is one to tell of (NOTIFY_ON), and tells the channels of NOTIFY; also of a recovery."""

    recovered = False
    data: Any = None  # of the run

    def __init__(self, name: str | None = None, crawler: Any = None, **kwargs: Any) -> None:
        actions = load_actions(list_channels(crawler.settings))
        super().__init__(name=name, crawler=crawler, monitors_failed_actions=actions, **kwargs)
        self.notify_on = crawler.settings["NOTIFY_ON"]

    def init_data(self, data: Any) -> None:
        """Make the monitors and the message from the summary of the run."""
        summary: RunSummary = data.crawler.get_extension(Judge).summary
        before = find_verdict_before(Path(data.spider.collection_folder), summary)
        self.data = data
        self.recovered = is_recovery(summary.verdict, before, self.notify_on)
        message = write_message(summary, recovered=self.recovered, place=data.stats.get("verdict/summary", ""))
        data.meta.update(text=message.text, subject=message.subject, summary=summary)
        told = reaches(summary.verdict, self.notify_on)
        self._tests: list[Any] = []
        self.add_monitor(VerdictMonitor("verdict", summary.reason if told else None))
        for failure in find_failures(summary):
            if reaches(failure.level, self.notify_on):
                self.add_monitor(VerdictMonitor(failure.name, failure.line))
        super().init_data(data)

    def on_monitors_passed(self, result: Any) -> None:
        """Tell that a run is well again."""
        if self.recovered:
            for action in self.monitors_failed_actions:
                action.run(result, self.data)


def find_verdict_before(folder: Path, summary: RunSummary) -> Level | None:
    """Find the verdict of the run before one of a collection."""
    before = [one for one in read_summaries(folder, 2) if one.began < summary.began]
    return before[-1].verdict if before else None
