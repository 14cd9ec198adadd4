"""Reading a corpus with another extractor, in processes of its own, each page with a time limit.

trafilatura and htmldate run in the project's environment, the others in `.venv-peers`, which `make peers` makes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Timer
from typing import IO, Any

from benchmarks.corpora import GoldPage
from benchmarks.peers import DATE_PEERS, FLOORS, PeerText

ROOT = Path(__file__).resolve().parent.parent
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
WORKER = "benchmarks.peer_worker"
OF_THE_PROJECT = ("trafilatura", *DATE_PEERS, *FLOORS)
PAGE_LIMIT = 20.0  # seconds; the slowest page of the corpora takes any extractor a few
START_LIMIT = 60.0  # seconds until a process has loaded


class PeerProcess:
    """One extractor in a process of its own: one of `benchmarks.peers`, or what another module answers with."""

    def __init__(self, name: str, module: str = WORKER, *arguments: str) -> None:
        python = sys.executable if module != WORKER or name in OF_THE_PROJECT else str(PEERS_PYTHON)
        self._process = subprocess.Popen(
            [python, "-m", module, name, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        hello = self._receive(START_LIMIT)
        if isinstance(hello, str):
            self.close()
            raise RuntimeError(f"{name} did not start ({hello}); try: {python} -m {module} {name}")
        self.version: str | None = hello["version"]  # None if it is not installed

    def read(self, page: GoldPage, limit: float) -> PeerText:
        """Read a page; with an error of "timeout" or "ended", this process is not to be used again."""
        try:
            self._stdin.write(json.dumps({"file": str(page.path), "url": page.url}) + "\n")
            self._stdin.flush()
        except BrokenPipeError:
            return PeerText("", None, "ended")
        answer = self._receive(limit)
        return PeerText("", None, answer) if isinstance(answer, str) else PeerText(**answer)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _receive(self, limit: float) -> dict[str, Any] | str:
        """Wait for one line; give why there is none."""
        assert self._process.stdout is not None
        expired = Event()

        def expire() -> None:
            expired.set()
            self._process.kill()

        timer = Timer(limit, expire)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        if not line.endswith("\n"):
            return "timeout" if expired.is_set() else "ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


def read_with_peer(name: str, pages: Sequence[GoldPage], *, limit: float = PAGE_LIMIT) -> list[PeerText]:
    """Read the pages, in their order, on all cores; one that takes too long or ends its process costs only itself."""
    idle: SimpleQueue[PeerProcess] = SimpleQueue()

    def read(page: GoldPage) -> PeerText:
        process = idle.get(timeout=limit + START_LIMIT)
        found = process.read(page, limit)
        if found.error in ("timeout", "ended"):
            process.close()
            process = PeerProcess(name)
        idle.put(process)
        return found

    try:
        size = os.cpu_count() or 1
        for _ in range(size):
            idle.put(PeerProcess(name))
        with ThreadPoolExecutor(size) as executor:
            return list(executor.map(read, pages))
    finally:
        while not idle.empty():
            idle.get().close()


def find_peer_version(name: str) -> str | None:
    """Give the version of an extractor where it runs, None if it is not installed there."""
    if name not in OF_THE_PROJECT and not PEERS_PYTHON.exists():
        return None
    with closing(PeerProcess(name)) as process:
        return process.version
