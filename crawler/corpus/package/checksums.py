"""SHA256SUMS: the digests of a package's files, in the form that `sha256sum -c` of the GNU coreutils reads."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUMS = "SHA256SUMS"
_LINE = re.compile(r"(\\?)([0-9a-f]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a file is, to the byte."""

    size: int  # bytes
    sha256: str  # hexadecimal


def digest_file(path: Path) -> FileDigest:
    """Digest a file, a piece at a time.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
            size += len(piece)
    return FileDigest(size, digest.hexdigest())


def list_paths(folder: Path) -> list[str]:
    """List all that lies in a folder and is no folder, as paths with slashes, sorted by code point.

    Links are listed and not followed.

    Raises:
        OSError: a folder cannot be read.
    """

    def complain(error: OSError) -> None:
        raise error

    found = []
    for root, folders, files in os.walk(folder, onerror=complain):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        found += [(Path(root) / name).relative_to(folder).as_posix() for name in (*files, *links)]
    return sorted(found)


def format_sums(digests: Mapping[str, str]) -> str:
    """Write the list: a line for each path with its digest, sorted by path."""
    return "".join(_format(path, digests[path]) for path in sorted(digests))


def _format(path: str, digest: str) -> str:
    escaped = "".join(_ESCAPES.get(character, character) for character in path)
    return f"{'' if escaped == path else chr(92)}{digest}  {escaped}\n"


def parse_sums(text: str) -> Iterator[tuple[int, str, str]]:
    """Read a list: number of the line from 1, path, digest.

    Raises:
        ValueError: a line is none of such a list; the message names it.
    """
    lines = text.split("\n")
    if lines.pop() != "":
        raise ValueError(f"line {len(lines) + 1} is not complete")
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is no digest with a path")
        escaped, digest, path = match.groups()
        yield number, _unescape(path) if escaped else path, digest


def _unescape(path: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "r": "\r"}.get(match[1], match[1]), path)
