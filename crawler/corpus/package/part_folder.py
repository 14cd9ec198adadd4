"""A folder that bears its name only when it is complete: written beside it as NAME.part, and renamed."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

from crawler.errors import UserError


@contextlib.contextmanager
def make_folder(path: Path, names: Container[str]) -> Iterator[Path]:
    """Give a new folder to be filled, and rename it when nothing went wrong; what a killed run left of it goes first.

    Args:
        path: of the folder.
        names: that it can hold, without those in its folders; NAME.part with any other in it is somebody else's.

    Raises:
        UserError: something is there under its name, NAME.part is not ours, or another process is filling it.
        OSError: it cannot be made, or not be renamed.
    """
    path = Path(os.path.realpath(path))
    try:
        refuse_what_is_there(path)
    except OSError as error:  # such as a name that is too long
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    part = path.with_name(f"{path.name}.part")
    refuse_what_is_not_ours(part, names)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: it cannot be written ({error.strerror or error})") from None
    handle = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however it ends
        except BlockingIOError:
            raise UserError(f"{path}: another process is writing it") from None
        try:
            empty_folder(part)
            yield part
            _see_onto_the_disk(part)
            refuse_what_is_there(path)
            part.rename(path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def refuse_what_is_there(path: Path) -> None:
    """Refuse a name under which there is something.

    Raises:
        UserError: a file, or a folder that is not empty.
    """
    if path.is_dir():
        if any(path.iterdir()):
            raise UserError(f"{path}: it is there and not empty; name another folder, or move it away")
    elif path.exists():
        raise UserError(f"{path}: it is a file; name a folder")


def refuse_what_is_not_ours(part: Path, names: Container[str]) -> None:
    """Refuse to take away what no run of this program left.

    Raises:
        UserError: a link has the part's name, or it holds another name than these.
    """
    if part.is_symlink():
        raise UserError(f"{part}: it is a link, and in the way; move it away")
    foreign = (
        min((one.name for one in part.iterdir() if one.name not in names), default=None) if part.is_dir() else None
    )
    if foreign is not None:
        raise UserError(f"{part}: it is in the way, and not what a killed run left: it holds {foreign}; move it away")


def empty_folder(folder: Path) -> None:
    """Take away what a folder holds."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _see_onto_the_disk(folder: Path) -> None:
    for root, _, files in os.walk(folder, topdown=False):
        for path in (*(Path(root) / name for name in files), Path(root)):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
