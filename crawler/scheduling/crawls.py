"""Runs crawls as processes of their own, one after another or some at a time, and ends them in order."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.run_files import RUNS
from crawler.scheduling.look import find_new_summary, name_run
from crawler.scheduling.summary import Ended, Result, tell_result

GRACE = 120.0  # seconds that a crawl has to end in order before it is killed
ONE_SIGNAL = 1.0  # seconds: `timeout` sends a signal to the process and then to its group
KEPT_LOGS = 60
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TAIL = 4096  # bytes of a log in which its last line is looked for


@dataclass(slots=True)
class Round:
    """One round of crawls."""

    command: Sequence[str]  # the name of the organization follows
    data: Path  # the folder of the collections
    jobs: int  # crawls at a time
    seconds: float | None  # that one crawl may take; None for any time
    find_reason: Callable[[str], str | None]  # why an organization is not crawled after all; None where it is
    options: Sequence[str] = ()
    running: list[Process] = field(default_factory=list)
    is_stopped: bool = False
    stopped_at: float = 0.0
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hand signals on to the crawls that are running.

        The first SIGINT, SIGTERM or SIGHUP lets them end in order, and no more are started; each further one is handed
        on as well, and ends them at once.
        """
        loop = asyncio.get_running_loop()
        heard = [one for one in _SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
        for one in heard:
            loop.add_signal_handler(one, self.stop)
        try:
            yield
        finally:
            for one in heard:
                loop.remove_signal_handler(one)

    async def run(self, names: Sequence[str]) -> list[Result]:
        """Crawl organizations, and give how each ended, in their order."""
        gate = asyncio.Semaphore(self.jobs)
        return await asyncio.gather(*(self._crawl(gate, name) for name in names))

    async def wait(self, seconds: float) -> None:
        """Wait before the first crawl; a signal ends the wait."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    def stop(self) -> None:
        """End what is running, and start no more."""
        now = time.monotonic()
        if self.is_stopped and now - self.stopped_at < ONE_SIGNAL:
            return
        self.is_stopped, self.stopped_at = True, now
        self._stop.set()
        for process in self.running:
            _signal(process, signal.SIGTERM)

    async def _crawl(self, gate: asyncio.Semaphore, name: str) -> Result:
        async with gate:
            if self.is_stopped:
                return Result(name, Ended.LEFT, "the round was stopped before its turn")
            reason = self.find_reason(name)
            if reason is not None:
                return Result(name, Ended.LEFT, reason)
            try:
                return await self._follow(name)
            except OSError as error:
                return Result(name, Ended.FAILED, f"{error.filename or name}: {error.strerror or error}")

    async def _follow(self, name: str) -> Result:
        """Start a crawl, wait for its end, and read what it left."""
        began, since = time.monotonic(), time.time()
        log = open_log(self.data / name / RUNS, datetime.now(UTC))
        with log.open("ab") as file:
            start = file.tell()
            process = await asyncio.create_subprocess_exec(
                *self.command,
                name,
                *self.options,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on a terminal reaches us alone, who hand it on once
            )
        self.running.append(process)
        if self.is_stopped:  # while it was started
            _signal(process, signal.SIGTERM)
        try:
            cut = await self._wait_for(process)
        finally:
            self.running.remove(process)
        assert process.returncode is not None
        seconds = time.monotonic() - began
        summary = find_new_summary(self.data / name, since)
        return tell_result(name, process.returncode, seconds, read_last_line(log, start), summary, cut=cut)

    async def _wait_for(self, process: Process) -> bool:
        """Wait for a crawl's end, which comes at the time limit at the latest; say whether it was stopped there."""
        ended = asyncio.ensure_future(process.wait())
        stopped = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait((ended, stopped), timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
        cut = not ended.done() and not stopped.done()
        stopped.cancel()
        if cut:
            _signal(process, signal.SIGTERM)
        if not ended.done():
            await asyncio.wait((ended,), timeout=GRACE)
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its workers with it
        await ended
        return cut


def open_log(folder: Path, now: datetime) -> Path:
    """Name the log of a crawl that begins now, and remove the oldest of more than are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.log"))[: -(KEPT_LOGS - 1)]:
        old.unlink(missing_ok=True)
    return folder / f"{name_run(now)}.log"


def read_last_line(log: Path, start: int = 0) -> str:
    """Read the last line of a log that is not empty; what stood before the start is another crawl's."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(start, size - _TAIL))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "nothing was written"


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        process.send_signal(number)
