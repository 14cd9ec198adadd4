"""The ledger's file: its format and migrations, the lock on its collection, and what is checked before it is opened."""

import fcntl
import os
import shutil
import sqlite3
import time
from pathlib import Path
from tempfile import mkdtemp

from crawler.discovery.urls import hostname
from crawler.errors import UserError
from crawler.storage.visits import LedgerError

SCHEMA_VERSION = 5
_CHECKED_BYTES = 2 * 1024**3  # all pages are checked on opening up to here: 1 s for a million URLs (.33 GB)
_HEADER = b"SQLite format 3\0"
_TABLES = frozenset(("run", "url", "visit", "statement", "feed"))
_CHECK_PREFIX = ".ledger-check-"
_TRIALS = 5  # to get a lock
_PAUSE = 0.02  # seconds between them

# Each entry leads from the version before it to its own; they are applied in order and never changed afterwards.
_MIGRATIONS = (
    """
    create table run (
        id integer primary key,
        command text not null,
        started_at text not null,
        finished_at text
    );
    create table url (id integer primary key, url text not null unique);
    create table visit (
        id integer primary key,
        url_id integer not null references url (id),
        run_id integer not null references run (id),
        role text not null,
        state text not null,
        reason text,
        detail text,
        priority integer not null,
        hops integer not null default 0,
        attempts integer not null default 0,
        failures integer not null default 0,
        not_before real not null default 0,
        known text not null default '{}',
        status integer,
        fetched_at text,
        content_type text,
        payload_digest text,
        warc_file text,
        warc_offset integer,
        record_digest text,
        unique (url_id, run_id)
    );
    create table statement (
        url_id integer not null references url (id),
        source text not null,
        kind text not null,
        raw text not null,
        unique (url_id, source, kind, raw)
    );
    create table feed (
        run_id integer not null references run (id),
        uri text not null,
        digest text not null,
        primary key (run_id, uri)
    );
    create index visit_ready on visit (run_id, priority desc, id) where state = 'pending' and not_before = 0;
    create index visit_waiting on visit (run_id, not_before) where state = 'pending' and not_before > 0;
    create index visit_state on visit (run_id, state, reason);
    """,
    """
    create table model (
        id integer primary key,
        run_id integer not null references run (id),
        host text not null,
        digest text not null,
        warc_file text not null,
        warc_offset integer not null
    );
    """,
    """
    alter table run add column definition text not null default '';
    alter table run add column last_model integer;
    update run set last_model = (select coalesce(max(id), 0) from model where model.run_id <= run.id)
        where finished_at is not null;
    alter table visit add column why text;
    alter table visit add column etag text;
    alter table visit add column last_modified text;
    alter table visit add column body integer not null default 0;
    alter table visit add column stated text;
    update visit set body = 1 where warc_file is not null and state in ('stored', 'recorded', 'duplicate');
    alter table statement add column first_run integer not null default 0;
    alter table statement add column last_run integer not null default 0;
    create table revision (
        id integer primary key,
        url_id integer not null references url (id),
        run_id integer not null references run (id),
        number integer not null,
        change text not null,
        reason text,
        digest text not null,
        published text,
        visit_id integer not null references visit (id),
        record blob not null,
        unique (url_id, number),
        unique (url_id, run_id)
    );
    create index revision_run on revision (run_id, id);
    create index revision_visit on revision (visit_id);
    create table reading (
        visit_id integer primary key references visit (id),
        basis text not null,
        content_digest text not null,
        record blob not null
    );
    """,
    """
    alter table visit add column host text not null default '';
    alter table visit add column robots text;
    alter table visit add column gain integer;
    alter table visit add column parent integer;
    update visit set host = (select host_of(url) from url where url.id = visit.url_id);
    drop index visit_ready;
    create index visit_ready on visit (run_id, host, priority desc, id) where state = 'pending' and not_before = 0;
    create table said (
        fingerprint integer primary key,
        url_id integer not null references url (id),
        by_list integer not null
    );
    create index said_by on said (url_id);
    create table listed (
        run_id integer not null references run (id),
        listing text not null,
        url text not null,
        page text not null,
        primary key (run_id, listing, url)
    ) without rowid;
    """,
    """
    alter table run add column held_at text;
    alter table run add column accepted_at text;
    alter table run add column taken_by integer references run (id);
    alter table run add column redesigns text not null default '';
    create index reading_content on reading (content_digest);
    create index revision_digest on revision (digest);
    """,
)


def lock(folder: Path) -> int:
    """Hold a lock on the collection that ends with the process, however it ends.

    Raises:
        UserError: another process has it.
    """
    handle = lock_file(folder / "ledger.lock")
    if isinstance(handle, str):
        raise UserError(f"{folder}: another crawl of this collection is running (process {handle})")
    return handle


def lock_file(path: Path) -> int | str:
    """Hold a lock that ends with the process, and write the process's number into the file.

    Returns:
        the file's handle, or the number of the process that holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    for trial in range(_TRIALS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if trial < _TRIALS - 1:
                time.sleep(_PAUSE)  # it may be a look at who holds it
    else:
        owner = _read_owner(handle)
        os.close(handle)
        return owner
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode("ascii"))
    return handle


def find_holder(path: Path) -> str | None:
    """Find the number of the process that holds a lock, "unknown" where it is not written down; None where none does.

    The look itself takes some millionths of a second, for which who wants the lock waits.
    """
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_owner(handle)
    finally:
        os.close(handle)
    return None


def _read_owner(handle: int) -> str:
    return os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"


def open_file(path: Path) -> sqlite3.Connection:
    """Open a ledger's file, made or brought up to date where needed.

    Raises:
        LedgerError: it is damaged, or of a newer version; it is left byte for byte as it was.
    """
    for leftover in path.parent.glob(f"{_CHECK_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if not path.exists() or path.stat().st_size == 0:
        _make(path)
    try:
        _inspect(path)
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from None
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")
        database.execute("pragma foreign_keys = on")
        _migrate(database, read_version(database, path))
    except BaseException:
        database.close()
        raise
    return database


def host_of(url: str) -> str:
    """Give the host that is asked for a URL; empty where it names none."""
    return hostname(url) or ""


def _make(path: Path) -> None:
    """Make an empty ledger under its name at once, so that a crash leaves none or a whole one.

    Raises:
        LedgerError: something beside it says that there was one.
    """
    archived = sum(1 for _ in (path.parent / "archive").glob("*.warc.gz"))
    log = path.with_name(f"{path.name}-wal")
    if archived or (log.exists() and log.stat().st_size):
        beside = f"the archive beside it holds {archived} files" if archived else f"{log.name} beside it is not empty"
        raise LedgerError(
            f"{path}: the ledger is {'empty' if path.exists() else 'missing'}, although {beside}; nothing was "
            "changed: restore it from a copy, or move the whole collection away to begin anew"
        )
    new = path.with_name(f"{path.name}.new")
    for leftover in (new, new.with_name(f"{new.name}-wal"), new.with_name(f"{new.name}-journal")):
        leftover.unlink(missing_ok=True)
    database = sqlite3.connect(new, isolation_level=None)
    try:
        database.execute("pragma journal_mode = wal")
        _migrate(database, 0)
    finally:
        database.close()
    new.replace(path)


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Bring a file up to date, each step in a transaction of its own."""
    database.create_function("host_of", 1, host_of, deterministic=True)
    for number, migration in enumerate(_MIGRATIONS[version:], start=version + 1):
        database.executescript(f"begin immediate; {migration}; pragma user_version = {number}; commit;")


def _inspect(path: Path) -> None:
    """Refuse a file that is damaged or not ours, without a change to it or to what SQLite keeps beside it.

    Opening a ledger after a crash works its write-ahead log in, so a file is looked at before it is opened: without a
    log as a file that nobody may change, otherwise under a second name, with a copy of the log, in a folder of its own.
    """
    log = path.with_name(f"{path.name}-wal")
    logged = log.exists() and log.stat().st_size > 0
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(_HEADER) or len(header) < 100:
        raise damaged(path, "it is no SQLite database")
    size = path.stat().st_size
    page_size = int.from_bytes(header[16:18], "big")
    expected = int.from_bytes(header[28:32], "big") * (65_536 if page_size == 1 else page_size)
    if not logged:
        if size < expected:
            raise damaged(path, f"it has {size:,} bytes and should have {expected:,}")
        _inspect_as(f"{path.resolve().as_uri()}?mode=ro&immutable=1", path, size)
        return
    folder = Path(mkdtemp(prefix=_CHECK_PREFIX, dir=path.parent))
    try:
        other = folder / path.name
        try:
            os.link(path.resolve(), other)
        except OSError:  # a file system without links
            shutil.copyfile(path, other)
        shutil.copyfile(log, folder / log.name)
        _inspect_as(f"{other.resolve().as_uri()}?mode=ro", path, size)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _inspect_as(uri: str, path: Path, size: int) -> None:
    database = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        version = read_version(database, path)
        found = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        if found if version == 0 else not found >= _TABLES:
            raise damaged(path, "its tables are not a ledger's")
        verdict = database.execute("pragma quick_check(1)").fetchone()[0] if size <= _CHECKED_BYTES else "ok"
        if verdict != "ok":
            raise damaged(path, " ".join(str(verdict).split()))
    finally:
        database.close()


def read_version(database: sqlite3.Connection, path: Path) -> int:
    """Read a file's format.

    Raises:
        LedgerError: this version of the program does not know it.
    """
    version = int(database.execute("pragma user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{path}: made by a newer version of this program (format {version}; this one knows {SCHEMA_VERSION}); "
            "update the program"
        )
    if version < 0:
        raise damaged(path, f"format {version}")
    return version


def damaged(path: Path, why: str) -> LedgerError:
    """Make the error of a file that cannot be used."""
    return LedgerError(f"{path}: the file is damaged ({why}); it was left as it is: restore it from a copy")
