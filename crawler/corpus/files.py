"""Files that bear their name only when they are complete."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from crawler.errors import UserError


def require_file(path: Path) -> None:
    """Refuse a name that something else than a file has.

    Raises:
        UserError: a folder has it, or a device or pipe.
    """
    if path.exists() and not path.is_file():
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
        UserError: there cannot be a file of that name.
        OSError: it could not be written.
    """
    require_file(path)
    target = Path(os.path.realpath(path))
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.open("wb").close()
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
