"""Spider arguments: declared, checked before anything runs, refused in one line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from crawler.errors import UserError


@dataclass(frozen=True, slots=True)
class Argument:
    """One `-a NAME=VALUE`."""

    name: str
    allowed: str  # what may stand there, in words
    parse: Callable[[str], Any]  # raises ValueError for anything else
    required: bool = False


def parse_arguments(spider: str, accepted: Sequence[Argument], given: Mapping[str, str]) -> dict[str, Any]:
    """Check the arguments of a spider.

    Names that begin with `_` pass unread: Scrapyd adds such ones.

    Raises:
        UserError: an unknown or missing argument, or a value that is not allowed.
    """
    names = {argument.name: argument for argument in accepted}
    for name in given:
        if name in names or name.startswith("_"):
            continue
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]}?" if close else ";"
        raise UserError(f"{spider}: unknown argument {name!r}{hint} allowed: {describe(accepted)}")
    parsed: dict[str, Any] = {}
    for argument in accepted:
        value = given.get(argument.name)
        if value is None:
            if argument.required:
                raise UserError(
                    f"{spider}: argument {argument.name!r} is missing: -a {argument.name}={argument.allowed.upper()}"
                )
            parsed[argument.name] = None
            continue
        try:
            parsed[argument.name] = argument.parse(value)
        except ValueError as error:
            raise UserError(
                f"{spider}: {argument.name}={value!r} is not allowed ({error}); allowed: {argument.allowed}"
            ) from None
    return parsed


def describe(accepted: Sequence[Argument]) -> str:
    """List the arguments of a spider for a message."""
    return ", ".join(f"{argument.name} ({argument.allowed})" for argument in accepted) or "none"


def positive_integer(value: str) -> int:
    """Parse a whole number of 1 or more."""
    number = int(value) if value.isascii() and value.isdigit() else 0
    if number < 1:
        raise ValueError("it is no whole number above 0")
    return number


def switch(value: str) -> bool:
    """Parse an on or off."""
    if value not in ("0", "1"):
        raise ValueError("it is neither 0 nor 1")
    return value == "1"


def existing_path(value: str) -> Path:
    """Parse the path of a file or folder that can be read."""
    if not value.strip():
        raise ValueError("it is empty")
    try:
        path = Path(value).expanduser()
        if not path.exists():
            raise ValueError("there is no such file or folder")
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from None
    except RuntimeError as error:  # ~nobody
        raise ValueError(str(error)) from None
    return path


def collection_name(value: str) -> str:
    """Parse the name of a collection: the name of its folder."""
    if not value or not all(character.isalnum() or character in "._-" for character in value) or value[0] in ".-":
        raise ValueError("letters, digits, '.', '_' and '-', beginning with a letter, digit or '_'")
    return value


LIMIT = Argument("limit", "a whole number above 0", positive_integer)
COLLECTION = Argument("collection", "a folder's name", collection_name)
