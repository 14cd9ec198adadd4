"""One extractor in a process of its own: a list of files in, JSON lines out. Run by `benchmarks.peer_process`.

`python -m benchmarks.peer_worker NAME` first answers `{"name", "version"}`, `version` null where the extractor is not
installed. Then it reads one JSON object a line, `{"file", "url"}`, `file` a page under gzip, and answers each with
`{"text", "title", "error", "date", "cpu_ms"}`, in order, the last the CPU time of this process from the bytes to the
answer; it ends with its input. The network is refused. Needs the standard library and the extractor, nothing of the
project's.
"""

import contextlib
import gzip
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError
from time import process_time

from benchmarks.peers import DATE_PEERS, FLOORS, PEERS, PeerText, Reader, find_version


def refuse_network(event: str, _: tuple[object, ...]) -> None:
    """Fail whoever looks up a host or connects to one (an audit hook)."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect"):
        raise OSError("no network while extractors are compared")


def read_file(name: str, file: str, url: str) -> PeerText:
    """Read one page; an extractor that fails has found nothing, and `error` names the exception."""
    return read_timed((PEERS | DATE_PEERS | FLOORS)[name], file, url)


def read_timed(read: Reader, file: str, url: str) -> PeerText:
    """Read one page; what that took is counted from its bytes on, whether it fails or not."""
    with gzip.open(file) as page:
        body = page.read()
    began = process_time()
    try:
        found = read(body, url)
    except Exception as error:  # noqa: BLE001 - of other people's programs; it is reported
        found = PeerText("", None, type(error).__name__)
    return replace(found, cpu_ms=1000 * (process_time() - began))


def main(name: str) -> None:
    """Answer until the input ends."""
    try:
        installed: str | None = find_version(name)
    except PackageNotFoundError:
        installed = None
    answer(name, installed, lambda file, url: read_file(name, file, url))


def answer(name: str, installed: str | None, read: Callable[[str, str], PeerText]) -> None:
    """Say who answers, then read a page for each line of the input."""
    answers = sys.stdout
    warnings.simplefilter("ignore")
    sys.addaudithook(refuse_network)
    with contextlib.redirect_stdout(sys.stderr):  # what an extractor prints is no answer
        print(json.dumps({"name": name, "version": installed}), file=answers, flush=True)
        for line in sys.stdin:
            page = json.loads(line)
            print(json.dumps(asdict(read(page["file"], page["url"]))), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
