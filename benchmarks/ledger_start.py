"""How soon a crawl with a large frontier asks for its first page: `make ledger-start URLS=1000000`.

A ledger with that many pending URLs is made, then opened by a process of its own, which goes on with the run and takes
the first URL. Fails above five seconds.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.storage.ledger import Discovered, Ledger

LIMIT = 5.0  # seconds
_START = """
import sys, time
from pathlib import Path
begin = time.perf_counter()
from crawler.storage.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
assert ledger.begin_run("crawl large", "later")
assert ledger.next_pending(time.time()) is not None
print(time.perf_counter() - begin)
"""


def fill(folder: Path, urls: int) -> None:
    """Make a ledger whose run has found many URLs and fetched none."""
    ledger = Ledger(folder)
    ledger.begin_run("crawl large", "earlier")
    for first in range(0, urls, 10_000):
        numbers = range(first, min(first + 10_000, urls))
        ledger.discover(Discovered(f"https://example.org/press/releases/{number}", "page") for number in numbers)
    ledger.close()


def measure(urls: int, times: int = 3) -> list[float]:
    """Give the seconds from the process's first line to the first URL, several times."""
    with TemporaryDirectory() as folder:
        fill(Path(folder), urls)
        command = [sys.executable, "-c", _START, folder]
        return [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(times)]


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 when starting takes too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=1_000_000)
    urls = parser.parse_args(arguments).urls
    seconds = measure(urls)
    shown = ", ".join(f"{one:.2f}" for one in seconds)
    well = max(seconds) <= LIMIT
    verdict = "well" if well else "late"
    print(f"ledger-start: {urls:,} pending URLs: first one after {shown} s ({LIMIT:g} allowed): {verdict}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
