"""The connection to a ledger's file: opened, held, looked at, and how its changes become one."""

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar

from crawler.storage.ledger_file import SCHEMA_VERSION, damaged, lock, open_file, read_version
from crawler.storage.visits import LedgerError

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Kept(Protocol):
    path: Path  # names what cannot be read or written


_D = TypeVar("_D", bound=_Kept)


def told(method: Callable[Concatenate[_D, _P], _R]) -> Callable[Concatenate[_D, _P], _R]:
    """Let SQLite's errors come out as LedgerError."""

    @functools.wraps(method)
    def call(self: _D, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(self, *args, **kwargs)
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            raise _name_error(self.path, error) from error

    return call


def _name_error(path: Path, error: Exception) -> LedgerError:
    """Say which file an error is about; a damaged one is the only thing for which SQLite has no subclass."""
    return damaged(path, str(error)) if type(error) is sqlite3.DatabaseError else LedgerError(f"{path}: {error}")


class Database:
    """The ledger of one collection, held by one process at a time, to be used by the thread that opened it."""

    def __init__(self, folder: Path) -> None:
        """Open or make the ledger of a collection.

        A file that is refused is left as it is, byte for byte, with what SQLite keeps beside it.

        Raises:
            UserError: another crawl of the collection is running.
            LedgerError: the file is damaged, was made by a newer version, cannot be opened, or is missing or empty
                although the collection's archive holds files.
        """
        self.path = folder / "ledger.sqlite3"
        self.run = 0
        self._lock: int | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(folder)
            self._db = open_file(self.path)
        except (sqlite3.Error, OSError) as error:
            self._unlock()
            raise LedgerError(f"{self.path}: {error}") from error
        except BaseException:
            self._unlock()
            raise

    @classmethod
    def look(cls, folder: Path) -> Self:
        """Open a ledger to read it only, also while a crawl holds it; `run` is the latest run.

        Raises:
            LedgerError: there is none, it is damaged, or of another version.
        """
        ledger = cls.__new__(cls)
        ledger.path = folder / "ledger.sqlite3"
        ledger._lock = None
        try:
            if not ledger.path.is_file():
                raise LedgerError(f"{ledger.path}: there is no ledger")
            ledger._db = sqlite3.connect(f"{ledger.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
            try:
                version = read_version(ledger._db, ledger.path)
                if version != SCHEMA_VERSION:
                    raise LedgerError(f"{ledger.path}: of format {version}; the next crawl brings it up to date")
                ledger.run = int(ledger._db.execute("select coalesce(max(id), 0) from run").fetchone()[0])
            except BaseException:
                ledger._db.close()
                raise
        except (sqlite3.Error, OSError) as error:
            raise _name_error(ledger.path, error) from error
        return ledger

    def close(self) -> None:
        """Close the file and let another process have it."""
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)  # the kernel lets go of the lock, also when the process is killed
            self._lock = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes one; within another transaction, a part of that one which fails by itself."""
        undo: tuple[str, ...]
        if self._is_busy():
            begin, commit, undo = "savepoint part", "release part", ("rollback to part", "release part")
        else:
            begin, commit, undo = "begin immediate", "commit", ("rollback",)
        self._do(begin)
        try:
            yield
            self._do(commit)
        except BaseException:
            if self._is_busy():  # no longer where SQLite rolled back by itself, as it may when the disk is full
                self._do(*undo)
            raise

    @told
    def _is_busy(self) -> bool:
        return self._db.in_transaction

    @told
    def _do(self, *statements: str) -> None:
        for statement in statements:
            self._db.execute(statement)


def storable(text: str | None) -> str | None:
    """Give a text that UTF-8 has bytes for."""
    return None if text is None else text.encode("utf-8", "replace").decode("utf-8")
