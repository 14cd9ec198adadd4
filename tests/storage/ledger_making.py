"""What tests of the ledger are made of: URLs, visits, runs that go on, and whole nights with what they wrote."""

import hashlib
import json
import sqlite3
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

from crawler.storage.ledger import Discovered, End, Fetched, Ledger, State, Visit
from crawler.storage.ledger_file import _MIGRATIONS
from items import ChangeReason, Provenance, Record

START, FINISH = "2026-03-27T12:00:00Z", "2026-03-27T13:00:00Z"
ANSWER = Fetched(200, START, "text/html", "sha1:ABC", "000001.warc.gz", 512)
# These reasons are given to pages whose bodies were kept to be read.
READ = ("same_text", "no_text")


def address(number: int) -> str:
    return f"https://example.org/{number:05}"


def pages(*numbers: int, priority: int = 0) -> list[Discovered]:
    return [Discovered(address(number), "page", priority) for number in numbers]


def take(ledger: Ledger, now: float = 0) -> Visit:
    visit = ledger.next_pending(now)
    assert visit is not None
    return visit


def reopen(ledger: Ledger, command: str = "crawl sample") -> Ledger:
    ledger.close()
    again = Ledger(ledger.path.parent)
    again.begin_run(command, START)
    return again


def moment(day: int) -> str:
    return f"2026-04-{day:02}T02:00:00Z"


def answer(day: int, *, status: int = 200, etag: str | None = None, last_modified: str | None = None) -> Fetched:
    return Fetched(status, moment(day), "text/html", f"sha1:{day}", f"{day:06}.warc.gz", 512, etag, last_modified)


def digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


PROVENANCE = Provenance(None, None, 200, None, None, None, "sha256:body", None, "generic", None, "1", "1")
BLANK = Record(
    id="1",
    url=address(1),
    canonical_url=None,
    organization=None,
    collection="sample",
    title=None,
    authors=(),
    date_published=None,
    date_published_earliest=None,
    date_published_latest=None,
    date_published_precision=None,
    date_published_raw=None,
    date_evidence=(),
    date_conflict=False,
    date_modified=None,
    document_type=None,
    topics=(),
    language=None,
    text="",
    markdown="",
    word_count=0,
    links=(),
    attachments=(),
    annotations={},
    removed=(),
    digest="",
    near_duplicate_of=None,
    change="new",
    change_reason=None,
    revision=1,
    provenance=PROVENANCE,
)


def make_record(
    number: int,
    text: str = "text",
    *,
    revision: int = 1,
    change: Literal["new", "changed", "unchanged", "gone"] = "new",
    reason: ChangeReason | None = None,
    published: str | None = None,
    model: str | None = None,
) -> Record:
    return replace(
        BLANK,
        id=str(number),
        url=address(number),
        text=text,
        digest=digest_of(text),
        change=change,
        change_reason=reason,
        revision=revision,
        date_published_earliest=published,
        provenance=replace(PROVENANCE, model_digest=model),
    )


def as_line(record: Record) -> str:
    return json.dumps(asdict(record))


def make_format_2(path: Path) -> None:
    """Make a ledger as the version before revisions left it: a finished run, and one that was cut short."""
    database = sqlite3.connect(path)
    for migration in _MIGRATIONS[:2]:
        database.executescript(migration)
    database.executescript(
        f"""pragma user_version = 2;
        insert into run values (1, 'crawl sample', '{START}', '{FINISH}'), (2, 'crawl sample', '{START}', null);
        insert into url values (1, '{address(1)}'), (2, '{address(2)}'), (3, '{address(3)}'), (4, '{address(4)}');
        insert into visit (url_id, run_id, role, state, priority, known, status, fetched_at, content_type,
        payload_digest, warc_file, warc_offset, record_digest) values
        (1, 1, 'page', 'recorded', 0, '{{"row": 7}}', 200, '{START}', 'text/html', 'sha1:ABC', '000001.warc.gz', 512,
        'digest'),
        (2, 1, 'page', 'duplicate', 0, '{{}}', 200, '{START}', 'text/html', 'sha1:ABC', '000001.warc.gz', 512, null),
        (3, 1, 'page', 'excluded', 0, '{{}}', 200, '{START}', 'text/css', 'sha1:ABC', '000001.warc.gz', 512, null),
        (4, 2, 'page', 'stored', 0, '{{}}', 200, '{START}', 'text/html', 'sha1:ABC', '000001.warc.gz', 512, null);
        insert into statement values (1, 'sitemap', 'modified', 'old'), (1, 'feed', 'published', '2015');
        insert into feed values (2, 'a.jsonl', 'digest');
        insert into model values (1, 1, 'example.org', 'sealed', '000001.warc.gz', 99);"""
    )
    database.close()


class Night:
    """A run from its beginning to its end: what it saw of pages, and what it wrote of them."""

    def __init__(self, ledger: Ledger, day: int, command: str = "crawl sample", definition: str = "") -> None:
        self.ledger = ledger
        self.day = day
        assert not ledger.begin_run(command, moment(day), definition)
        self.run = ledger.run
        self.visits: dict[int, int] = {}
        self.ends: list[End] = []

    def see(
        self,
        number: int,
        state: State,
        reason: str | None = None,
        fetched: Fetched | None = None,
        *,
        role: str = "page",
        why: str | None = None,
    ) -> int:
        """Visit a page; what is read to its end is stored first, and ends when the night does."""
        self.ledger.discover([Discovered(address(number), role, why=why)])
        visit = take(self.ledger)
        assert visit.url == address(number)
        read = state in (State.STORED, State.RECORDED, State.DUPLICATE) or reason in READ
        fetched = fetched or (answer(self.day) if read else None)
        self.ledger.settle(visit.id, State.STORED if read else state, reason=None if read else reason, fetched=fetched)
        if read and state is not State.STORED:
            self.ends.append(End(visit.id, state, reason))
        self.visits[number] = visit.id
        return visit.id

    def write(self, record: Record, visit: int | None = None) -> None:
        """Keep a revision, read from the page's visit of this night or from an earlier one."""
        number = int(record.url.rpartition("/")[2])
        self.ledger.add_revision(record, visit or self.visits[number], as_line(record))

    def record(self, number: int, text: str = "text", *, published: str | None = None) -> int:
        """Visit a new page, read it and keep its first revision."""
        visit = self.see(number, State.RECORDED)
        self.write(make_record(number, text, published=published))
        self.ledger.keep_reading(visit, "basis", f"content {text}", as_line(make_record(number, text)))
        return visit

    def end(self) -> None:
        self.ledger.conclude(self.ends, moment(self.day).replace("T02", "T03"))
