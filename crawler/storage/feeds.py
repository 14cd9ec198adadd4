"""Feeds: one record a line, under its name only when it is complete.

A feed is written to `NAME.part`, flushed to the disk and renamed when the run ended well; otherwise the part stays and
the file that bore the name before is not touched.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Protocol, Self
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exporters import BaseItemExporter
from scrapy.extensions import feedexport
from w3lib.url import file_uri_to_path

from crawler.extraction.record import make_one_line, write_line
from crawler.storage.ledger import Ledger
from crawler.takedown import find_lists
from crawler.times import add_seconds
from crawler.verdict import find_problem
from items import Record

logger = logging.getLogger(__name__)

_BUFFER_BYTES = 1024 * 1024  # of a feed's file: with the default of 8 KB every record would be a system call
_FLUSH_SECONDS = 1.0  # after which a growing feed is brought to its file


def to_json_line(record: Record) -> str:
    """Write a record as one line of JSON: constant keys and order, NFC, no NaN, no character that ends a line."""
    line = write_line(record)
    if line is not None:
        return line.decode("utf-8")
    # It breaks the schema: what can be written of it is, and what cannot is an error.
    return make_one_line(json.dumps(asdict(record), ensure_ascii=False, allow_nan=False, separators=(",", ":")))


class RecordLinesExporter(BaseItemExporter):
    """Scrapy's exporter interface over `to_json_line`."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self.file = file

    def export_item(self, item: Any) -> None:
        """Write one record."""
        line = write_line(item) or to_json_line(item).encode("utf-8")
        self.file.write(line + b"\n")


class PartFileStorage:
    """A local file that is written beside its name, by a crawl or by a command without a spider."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        # A link keeps its place, and the file it names is the one that is replaced.
        self.path = Path(os.path.realpath(file_uri_to_path(uri) if uri.startswith("file:") else uri))
        self.part = self.path.with_name(f"{self.path.name}.part")
        self.overwrite = bool((feed_options or {}).get("overwrite", False))
        self.ledger: Ledger | None = None
        self.done = False  # whether an earlier process of this run has given the feed its name already

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        """Journal in the ledger of the run, where it has one."""
        storage = cls(uri, feed_options=feed_options)
        storage.ledger = getattr(crawler.spider, "journal", None)
        return storage

    def open(self, spider: Spider | None = None) -> IO[bytes]:
        """Open the part; what the file holds already comes first where records are to be appended."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.overwrite and self.path.exists():
            if self.ledger is not None and self.ledger.journaled_feed(str(self.path)) == _digest(self.path):
                self.done = True  # it was killed after the feed was complete; appending again would repeat records
                return Path(os.devnull).open("wb")
            shutil.copyfile(self.path, self.part)
            return self.part.open("ab", buffering=_BUFFER_BYTES)
        return self.part.open("wb", buffering=_BUFFER_BYTES)

    def store(self, file: IO[bytes]) -> None:
        """Give the part its name; its digest is journaled first, so that a restart can tell what it finds there."""
        if self.done:
            file.close()
            return
        file.flush()
        os.fsync(file.fileno())
        file.close()
        if self.ledger is not None:
            self.ledger.journal_feed(str(self.path), _digest(self.part))
        self.part.replace(self.path)


class StdoutStorage:
    """Standard output: records and nothing else; it has no name to withhold."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        pass

    def open(self, spider: Spider) -> IO[bytes]:
        """Give the stream that was standard output when the program started."""
        return sys.stdout.buffer

    def store(self, file: IO[bytes]) -> None:
        """Flush; a closed pipe is an error like a full disk."""
        file.flush()


publishing_begins = object()  # signal: from here on the records come in order, also those that came as they arrived


class _Slot(Protocol):
    uri: str
    file: IO[bytes] | None


class ByChange(feedexport.ItemFilter):
    """What is appended (`-o`) is what this run changed; other feeds hold the whole corpus, which comes at the end."""

    def __init__(self, feed_options: dict[str, Any] | None, spider: Spider, *, changes: bool) -> None:
        super().__init__(feed_options)
        self.changes = changes
        self.belongs = getattr(spider, "belongs", None)  # `documents` compares nothing

    def accepts(self, item: Any) -> bool:
        """Ask the spider, which knows how the records stood before."""
        return super().accepts(item) and (self.belongs is None or self.belongs(item, changes=self.changes))


class FeedExporter(feedexport.FeedExporter):
    """Scrapy's feed exporter, made to fail loudly.

    Scrapy's own logs a failed write and goes on, and stores whatever there is when a run is stopped. This one ends the
    run at the first write that fails, and stores only complete feeds. Stats: `feed/expected`, `feed/stored`,
    `feed/appended` (records that `-o` added), `feed/error`, `time/feed`.
    """

    flushed_at = -math.inf  # seconds of the monotonic clock
    closing: asyncio.Task[None] | None = None  # held, as the event loop keeps no task alive
    starts: dict[str, int]  # what the parts of appended feeds held before this run, in bytes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to what closes feeds as well."""
        exporter = super().from_crawler(crawler)
        crawler.signals.connect(exporter.slot_closed, signals.feed_slot_closed)
        crawler.signals.connect(exporter.begin_anew, publishing_begins)
        return exporter

    def open_spider(self, spider: Spider) -> None:
        """Open all feeds at once, so that a feed which cannot be written ends the run before it began."""
        super().open_spider(spider)
        self.starts = {}
        data = Path(self.settings["DATA_DIR"])
        for path in find_lists(self.settings["TAKEDOWN"], data, data / getattr(spider, "collection", "")):
            logger.warning("%s does not hold for the feeds of a run: publish what `scrapy export` writes", path)
        self.crawler.stats.set_value("feed/expected", len(self.slots))
        for slot in self.slots:
            appends = isinstance(slot.storage, PartFileStorage) and not slot.storage.overwrite
            slot.filter = ByChange(slot.feed_options, spider, changes=appends)
            try:
                slot.start_exporting()
                if appends and slot.file is not None:
                    self.starts[slot.uri] = slot.file.tell()
            except OSError as error:
                self.fail(slot, error)
                return

    def begin_anew(self) -> None:
        """Cut back the parts to where this run began: what was written as it arrived comes again, in its order."""
        for slot in self.slots:
            if slot.uri in self.starts and slot.file is not None and slot.itemcount:
                try:
                    slot.file.flush()
                    slot.file.truncate(self.starts[slot.uri])
                except OSError as error:
                    self.fail(slot, error)
                slot.itemcount = 0

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Write a record to every feed."""
        began = time.thread_time()
        try:
            super().item_scraped(item, spider)
            # Whoever reads along sees a record when its page arrives, and later how the feed grows.
            if not getattr(spider, "publishing", True) or time.monotonic() > self.flushed_at + _FLUSH_SECONDS:
                self.flushed_at = time.monotonic()
                if self.closing is None and not self.flush():
                    self.end_run()
        except (OSError, ValueError) as error:  # ValueError: the file was closed after an earlier failure
            self.fail(None, error)
        finally:
            add_seconds(self.crawler.stats, "feed", time.thread_time() - began)

    def fail(self, slot: _Slot | None, error: Exception) -> None:
        """Note the first failure and stop the run."""
        if self.crawler.stats.get_value("feed/error") is None:
            self.note_failure(slot, error)
            self.end_run()

    def end_run(self) -> None:
        """Stop the run, once."""
        if self.closing is None:
            engine = self.crawler.engine
            self.closing = asyncio.get_running_loop().create_task(engine.close_spider_async(reason="feed_error"))

    def note_failure(self, slot: _Slot | None, error: Exception) -> None:
        """Keep the reason for the last line."""
        name = slot.uri if slot is not None else ", ".join(one.uri for one in self.slots)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.crawler.stats.set_value("feed/error", f"{_readable(name)}: {reason}")
        logger.error("The feed %s cannot be written: %s", _readable(name), reason)

    async def close_spider(self, spider: Spider, reason: str = "finished") -> None:
        """Store the feeds of a run that ended well; leave the parts of any other."""
        appended = [slot.itemcount for slot in self.slots if getattr(slot.filter, "changes", False)]
        if appended:
            self.crawler.stats.set_value("feed/appended", sum(appended))
        problem = find_problem(self.crawler.stats.get_stats(), reason)
        if problem is None and self.flush():
            await super().close_spider(spider)
            return
        for slot in self.slots:
            if slot.file is None:
                continue
            try:
                slot.finish_exporting()
                slot.file.flush()
            except (OSError, ValueError):
                logger.warning("%s: what was written of it is incomplete", _readable(slot.uri))
            if isinstance(slot.storage, PartFileStorage):
                with contextlib.suppress(OSError):  # what is still buffered cannot be written either
                    slot.file.close()
                if not slot.itemcount:
                    slot.storage.part.unlink(missing_ok=True)
                else:
                    logger.warning("The feed is not complete and stays as %s", slot.storage.part)
        await self.crawler.signals.send_catch_log_async(signals.feed_exporter_closed)

    def flush(self) -> bool:
        """Bring all feeds to the disk before the first one gets its name; False when one cannot be."""
        for slot in self.slots:
            try:
                if slot.file is not None:
                    slot.file.flush()
            except OSError as error:
                self.note_failure(slot, error)
                return False
        return True

    def slot_closed(self, slot: _Slot) -> None:
        """Count the feeds that came through."""
        self.crawler.stats.inc_value("feed/stored")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _readable(uri: str) -> str:
    return "standard output" if urlsplit(uri).scheme == "stdout" else uri
