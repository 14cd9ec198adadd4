"""A process that settles pages is killed at random moments: what it settled is there, and there with all its links."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from crawler.storage.archive import RecordPointer, list_files, read_response
from crawler.storage.ledger import MAX_ATTEMPTS, Ledger, State
from crawler.storage.mend import mend

KILLS = 20
PAGES = 40_000

# Page n links to 2n+1 and 2n+2 and to eighteen that depend on n alone; it is archived before it is settled.
WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.storage.archive import Archive, Exchange
from crawler.storage.ledger import Discovered, Fetched, Ledger, State

folder, pages = Path(sys.argv[1]), int(sys.argv[2])
ledger = Ledger(folder)
ledger.begin_run("crawl", "now")
ledger.discover([Discovered("https://example.org/0", "page")])
archive = Archive(folder / "archive", {})
while (visit := ledger.next_pending(0)) is not None:
    n = int(visit.url.rpartition("/")[2])
    exchange = Exchange(visit.url, "GET", (), b"", 200, (), b"page %d" % n, datetime.now(UTC))
    pointer = archive.append(exchange)
    links = [2 * n + 1, 2 * n + 2, *((n * 31 + k * 7919) % pages for k in range(18))]
    found = [Discovered(f"https://example.org/{m}", "page") for m in links if m < pages]
    fetched = Fetched(200, "now", None, None, pointer.file, pointer.offset)
    ledger.settle(visit.id, State.STORED, fetched=fetched, found=found)
    print(n, flush=True)
archive.close()
ledger.close()
"""


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    generator = random.Random(20_260_327)
    told: set[int] = set()
    for _ in range(KILLS):
        command = [sys.executable, "-c", WORKER, str(tmp_path), str(PAGES)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            first = process.stdout.readline()
            time.sleep(generator.random() * 0.15)
            process.send_signal(signal.SIGKILL)
            lines = [first, *process.stdout]
            process.wait()
        assert first.endswith("\n"), "the process ended before it settled a page"
        told.update(int(line) for line in lines if line.endswith("\n"))

    mend(tmp_path / "archive")
    ledger = Ledger(tmp_path)
    assert ledger.begin_run("crawl", "now")
    assert not ledger.has(State.IN_FLIGHT)
    stored = {int(one.url.rpartition("/")[2]): one.fresh for one in ledger.candidates()}
    assert told <= stored.keys()  # nothing that was settled is lost
    assert len(stored) - len(told) <= KILLS  # and at most what each kill kept from being told
    assert len(told) > 10 * KILLS
    for n, response in stored.items():
        assert response
        fetched = response.fetched
        assert fetched.warc_file
        assert fetched.warc_offset
        back = read_response(tmp_path / "archive", RecordPointer(fetched.warc_file, fetched.warc_offset))
        assert back.body == b"page %d" % n
    counts = ledger.counts()
    assert sum(counts.values()) == ledger.count(State.STORED, State.PENDING) + ledger.count(State.FAILED)
    assert ledger.count(State.FAILED) <= KILLS // MAX_ATTEMPTS
    ledger.close()
    assert len(list_files(tmp_path / "archive")) == KILLS

    database = sqlite3.connect(tmp_path / "ledger.sqlite3")
    rows = database.execute("select url from url join visit on visit.url_id = url.id")
    known = {int(url.rpartition("/")[2]) for (url,) in rows}
    (urls,) = database.execute("select count(*) from url").fetchone()
    database.close()
    assert urls == len(known)
    expected = {0}
    for n in stored:
        expected.update(
            m for m in (2 * n + 1, 2 * n + 2, *((n * 31 + k * 7919) % PAGES for k in range(18))) if m < PAGES
        )
    assert known == expected  # no link of a settled page is missing, and no page that was not settled left one
