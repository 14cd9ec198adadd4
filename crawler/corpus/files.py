"""Files that bear their name only when they are complete."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from crawler.errors import UserError


def require_file(path: Path) -> None:
    """Refuse a name that something else than a file has.

    Raises:
        UserError: a folder has it, or a device or pipe; no file can have it.
    """
    try:
        is_there = path.exists()
    except OSError as error:  # such as a name that is too long
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    if is_there and not path.is_file():
        what = "a folder; name a file in it" if path.is_dir() else "a device or a pipe; allowed: a file"
        raise UserError(f"{path}: it is {what}")


@contextlib.contextmanager
def completing(path: Path) -> Iterator[Path]:
    """Give the part to be written: it is flushed to the disk and gets the file's name when all went well.

    Where something did not, there is no part, and a file of that name is as it was. A link keeps its place: the file
    that it names is replaced.

    Args:
        path: of the file; its folders are made.

    Raises:
        UserError: there cannot be a file of that name, or another process is writing it.
        OSError: it could not be written.
    """
    require_file(path)
    target = Path(os.path.realpath(path))
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        held = part.open("ab")
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    with held:
        if not _lock(held, part):
            raise UserError(f"{path}: another process is writing it")
        try:
            held.truncate(0)
            yield part
            os.fsync(held.fileno())
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _lock(file: IO[bytes], part: Path) -> bool:
    """Hold the part until the file is closed, however the process ends; False where another one does or has renamed it.

    Two that write one part would leave a mixture of both under the file's name.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
