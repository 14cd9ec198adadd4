"""On which line of a TOML file something stands: tomllib tells of faults in the syntax only, not of what it has read.

No parser of our own is needed: a statement is the fewest lines that tomllib reads by themselves, and the statement of a
key is the one with which the key first appears in what tomllib reads of the file up to there.
"""

import tomllib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

# How a statement that is cut off behind a line can be closed: a long string, and an array, alone or within others.
_CLOSINGS = tuple(string + array for string in ("", '\n"""', "\n'''") for array in ("", "\n]", "\n]]", "\n]}", "\n]}]"))
_LONGEST = 2000  # lines of one statement; a longer one is not divided further


class TomlLines:
    """The lines of a text that tomllib reads; any other has no lines here."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")  # as tomllib does

    def find(self, place: Sequence[str | int]) -> int | None:
        """Give the line, counted from 1, of what stands at a place: keys, and positions in arrays, counted from 0.

        What is not in the file has the line of the section that it is missing from; None where that is the file itself.
        """
        while place and not _holds(self._read(len(self._lines)), place):
            place = place[:-1]
        if not place:
            return None
        # Nothing that was read goes away with a further statement: the first one that has it can be found by halving.
        low, high = 0, len(self._statements) - 1
        while low < high:
            middle = (low + high) // 2
            if _holds(self._read(self._statements[middle][1]), place):
                high = middle
            else:
                low = middle + 1
        begin, end = self._statements[low]
        for line in range(begin, min(end, begin + _LONGEST)):
            head = "\n".join(self._lines[: line + 1])
            if any(_holds(_parse(head + closing), place) for closing in _CLOSINGS):
                return line + 1
        return begin + 1

    @cached_property
    def _statements(self) -> list[tuple[int, int]]:
        """Divide the file: the first line of each statement, and the one after its last, counted from 0."""
        found = []
        begin = 0
        for end in range(1, len(self._lines) + 1):
            line = self._lines[end - 1]
            first = end == begin + 1
            # Only an array or a long string goes over several lines, and one of these ends it.
            if (first or any(mark in line for mark in ("]", '"""', "'''"))) and (
                end - begin > _LONGEST or _parse("\n".join(self._lines[begin:end])) is not None
            ):
                if line.strip():
                    found.append((begin, end))
                begin = end
        return found or [(0, len(self._lines))]

    def _read(self, end: int) -> object:
        return _parse("\n".join(self._lines[:end]))


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _holds(data: object, place: Sequence[str | int]) -> bool:
    for part in place:
        if isinstance(data, dict if isinstance(part, str) else list):
            try:
                data = data[part]  # type: ignore[index]  # a mapping by its keys, a list by its positions
            except LookupError:
                return False
        else:
            return False
    return True
