"""What the main process holds while it publishes does not grow with the collection: objects are counted, not bytes.

The collections are made by the ledger's and the archive's own means, and left unfinished, for the next run to publish.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from crawler.storage.archive import Archive, Exchange
from crawler.storage.ledger import Discovered, Fetched, Ledger, State
from tests.runs.harness import Crawl, Run, article

PAGES = 600
MOST = 200  # of each kind: a window of 64 pages in the workers, a portion of candidates, a stretch ahead
# Counts how many of the objects that belong to a URL are alive at once, and what the spider and its stats hold when
# half of the records are written. (To ask the garbage collector for all objects would break tuples that threads make.)
COUNTING = """
import atexit, json, sys
from collections import Counter
from collections.abc import Sized
from crawler.extraction.page import PageContext
from crawler.extraction.revision import Before
from crawler.publish import StoredPage
from crawler.spiders import ahead, corpus, entries
from crawler.storage import revisions, visits
from crawler.storage.feeds import FeedExporter
from items import Record

PAGES = int(sys.argv.pop(1))
ahead.MOST_AHEAD = revisions.PORTION = 20
alive, most, sizes, written = Counter(), Counter(), {}, 0

def watch(kind):
    begin = kind.__init__
    def __init__(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        alive[kind.__name__] += 1
        most[kind.__name__] = max(most[kind.__name__], alive[kind.__name__])
    def __del__(self):
        alive[kind.__name__] -= 1
    kind.__init__, kind.__del__ = __init__, __del__

for kind in (entries.Entry, entries.Part, entries.Emitted, StoredPage, PageContext, Before, Record,
             visits.Candidate, visits.Standing, visits.Response, visits.Fetched, visits.End):
    watch(kind)

export = FeedExporter.item_scraped

def count(self, item, spider):
    global written
    written += 1
    if written == PAGES // 2:
        for of in (spider, spider.ledger, spider.scratch, self.crawler.stats):
            sizes.update({f"{type(of).__name__}.{name}": len(one) for name, one in vars(of).items()
                          if isinstance(one, Sized) and name != "settings"})
    return export(self, item, spider)

FeedExporter.item_scraped = count
atexit.register(lambda: print("HELD " + json.dumps([most, sizes]), file=sys.stderr))
from crawler.__main__ import main
sys.argv[0] = "crawler"
main()
"""


def url_of(number: int) -> str:
    return f"http://127.0.0.1:9/p{number:04}"


def fetch(ledger: Ledger, folder: Path, numbers: Iterable[int], edition: str = "") -> None:
    """Store pages as a run does that is cut short before it publishes."""
    archive = Archive(folder / "archive", {"software": "broadside"})
    ledger.discover([Discovered(url_of(number), "page") for number in numbers])
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with ledger.transaction():
        while (visit := ledger.next_pending(0)) is not None:
            body = article(f"Number {visit.url[-4:]}{edition}").encode()
            headers = [("Content-Type", "text/html; charset=utf-8")]
            pointer = archive.append(Exchange(visit.url, "GET", [], b"", 200, headers, body, moment))
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            fetched = Fetched(200, "2026-03-01T00:00:00Z", "text/html", digest, pointer.file, pointer.offset)
            ledger.settle(visit.id, State.STORED, fetched=fetched)
    archive.close()
    ledger.close()


FILE = """
name = "Many"
homepage = "http://127.0.0.1:9/"
[discovery]
sitemaps = []
feeds = []
follow_links = false
"""


def count(crawl: Crawl, *arguments: str) -> Run:
    """Run a command that publishes all pages, and see that it never holds many of them."""
    organizations = crawl.folder / "organizations"
    organizations.mkdir(exist_ok=True)
    (organizations / "many.toml").write_text(FILE)
    program = (sys.executable, "-c", COUNTING, str(PAGES), "crawl")
    options = ("-s", "WORKERS=1", "-s", "RETRY_TIMES=0", "-s", "LEARN_PAGES=20")
    environment = {"BROADSIDE_ORGANIZATIONS": str(organizations)}
    run = crawl(*arguments, *options, program=program, env=environment, level="INFO")
    found = re.search(r"^HELD (.*)\n", run.stderr, re.MULTILINE)
    assert found is not None, run.stderr
    most, sizes = json.loads(found[1])
    assert {"Entry", "StoredPage", "Record"} <= most.keys()
    assert max(most.values()) <= MOST, most
    assert {"before", "_stats"} <= {name.partition(".")[2] for name in sizes}
    assert max(sizes.values()) <= MOST, sizes
    run.stderr = run.stderr.replace(found[0], "")
    return run.check(0, f"well.*: {PAGES} records")  # with a warning, as nobody answers on port 9


def test_a_run_its_replay_and_the_night_after_hold_few_pages_at_a_time(crawl: Crawl) -> None:
    folder = crawl.data / "many"
    ledger = Ledger(folder)
    ledger.begin_run("crawl many", "2026-03-01T00:00:00Z")
    fetch(ledger, folder, range(PAGES))
    published = count(crawl, "many").feed.read_bytes()
    assert count(crawl, "replay", "-a", "collection=many").feed.read_bytes() == published

    ledger = Ledger(folder)
    ledger.begin_run("crawl many", "2026-03-01T01:00:00Z")
    fetch(ledger, folder, (2, PAGES - 2), ", edited")  # all but two of the records stand
    run = count(crawl, "many")
    changed = [record["url"] for record in run.records if record["change"] == "changed"]
    assert changed == [url_of(2), url_of(PAGES - 2)]
    assert [record["url"] for record in run.records] == [url_of(number) for number in range(PAGES)]
