"""Organization files: TOML text → `Organization`, with errors that say where, what, and what is allowed instead.

Bundled files are package data, read through `importlib.resources`: they work from a zip or an egg. A user's own folders
come after them, and the file read last for a slug is the one that counts: also when it is broken, for a user who
meant to replace an organization must not silently get the old one.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from crawler.errors import UserError
from crawler.organizations.lines import TomlLines
from crawler.organizations.schema import SECTIONS, EntryError, Organization, Section

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
RESERVED_SLUGS = frozenset({"documents", "pages", "replay"})  # the spiders that belong to no organization
BUNDLED = "crawler/organizations"
LONGEST_SHOWN = 60  # characters of a wrong value


class OrganizationError(UserError):
    """An organization file that cannot be used; the message is one line that names the file and all its faults."""

    def __init__(self, message: str, mistakes: int = 1) -> None:
        super().__init__(message)
        self.mistakes = mistakes


@dataclass(slots=True)
class Loaded:
    """All organizations that could be read, and one line for each thing that could not."""

    organizations: dict[str, Organization] = field(default_factory=dict)  # by slug, sorted
    origins: dict[str, str] = field(default_factory=dict)  # slug → the file it came from
    errors: dict[str, str] = field(default_factory=dict)  # slug, file stem or absolute folder → message
    summaries: dict[str, str] = field(default_factory=dict)  # the same, for who asked for another organization


def load_organization(slug: str, text: str, origin: str) -> Organization:
    """Read one organization file. `origin` is the file's name as messages should show it.

    Raises `OrganizationError` for a bad or reserved slug, for text that is not TOML, and for keys and values that are
    not allowed; several faults stand in one message, in the order of their lines, joined by "; ".
    """
    _check_slug(slug, origin)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        last_line = text.count("\n") + (not text.endswith("\n"))
        reason = str(error).replace("at end of document", f"at line {last_line}, the end of the file")
        raise OrganizationError(f"{origin}: not TOML: {_one_line(reason)}") from error
    except RecursionError as error:
        raise OrganizationError(f"{origin}: not TOML that can be read: nested too deeply") from error
    try:
        return Organization.model_validate(data)
    except ValidationError as error:
        said = f"{origin}: {_describe_all(error, TomlLines(text))}"
        raise OrganizationError(said, mistakes=error.error_count()) from error


def load_organizations(folders: Sequence[Path]) -> Loaded:
    """Read all bundled organization files, then those of the folders in their order; never raises for a bad file.

    In a folder, each `*.toml` is an organization whose slug is the file's name; hidden files are ignored. A folder that
    is missing or cannot be listed is an error under its absolute path.
    """
    loaded = Loaded()
    bundled = files("crawler.organizations")
    _load_all(((entry, f"{BUNDLED}/{entry.name}") for entry in _sorted(bundled.iterdir())), loaded)
    for folder in folders:
        try:
            entries = _sorted(folder.iterdir())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            loaded.errors[str(folder.absolute())] = f"{folder}: no folder of organization files: {reason}"
            continue
        _load_all(((entry, str(entry)) for entry in entries), loaded)
    loaded.organizations = dict(sorted(loaded.organizations.items()))
    loaded.summaries = {key: loaded.summaries.get(key, said) for key, said in loaded.errors.items()}
    return loaded


def _sorted(entries: Iterable[Traversable]) -> list[Traversable]:
    return sorted(entries, key=lambda entry: entry.name)


def _load_all(entries: Iterable[tuple[Traversable, str]], loaded: Loaded) -> None:
    for entry, origin in entries:
        if not entry.name.endswith(".toml") or entry.name.startswith("."):
            continue
        slug = entry.name.removesuffix(".toml")
        loaded.organizations.pop(slug, None)
        loaded.errors.pop(slug, None)
        loaded.summaries.pop(slug, None)
        loaded.origins[slug] = origin
        try:
            text = entry.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")  # Windows Notepad writes both
            loaded.organizations[slug] = load_organization(slug, text, origin)
        except OrganizationError as error:
            loaded.errors[slug] = str(error)
            if error.mistakes > 1:
                loaded.summaries[slug] = (
                    f"{origin}: {error.mistakes} mistakes, it cannot be used; `scrapy probe {slug}` lists them"
                )
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            loaded.errors[slug] = f"{origin}: line {line}: not UTF-8, which TOML requires"
        except OSError as error:
            loaded.errors[slug] = f"{origin}: cannot be read: {error.strerror or type(error).__name__}"


def _check_slug(slug: str, origin: str) -> None:
    if not SLUG.fullmatch(slug):
        raise OrganizationError(
            f"{origin}: the file's name {slug!r} is not allowed;"
            " allowed: lower-case letters a-z, digits, _ and -, beginning with a letter or digit"
        )
    if slug in RESERVED_SLUGS:
        raise OrganizationError(
            f"{origin}: the file's name {slug!r} is taken by a spider; choose another than {_list(RESERVED_SLUGS)}"
        )


def _describe_all(error: ValidationError, lines: TomlLines) -> str:
    found = [(_find_line(fault, lines), _describe(fault)) for fault in error.errors(include_url=False)]
    found.sort(key=lambda one: one[0] or 0)  # what the file lacks has no line and comes first
    return "; ".join(said if line is None else f"line {line}: {said}" for line, said in found)


def _find_line(fault: ErrorDetails, lines: TomlLines) -> int | None:
    """Find the line of a fault: of the entry or key, or of the section in which a key is missing."""
    wrong = fault.get("ctx", {}).get("error")
    entry = (wrong.position,) if isinstance(wrong, EntryError) else ()
    return lines.find((*fault["loc"], *entry))


def _describe(fault: ErrorDetails) -> str:
    """Say in half a line which key is wrong, why, and what is allowed."""
    section, key, where = _locate(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key; {_suggest(section, key)}allowed here: {_list(section.model_fields)}"
    description = section.model_fields[key].description if key in section.model_fields else "a section"
    if fault["type"] == "missing":
        return f"{where}: missing; needed: {description}"
    if fault["type"] == "value_error":
        reason = fault["ctx"]["error"]
        what = str(reason) if isinstance(reason, EntryError) else f"{_shown(fault['input'])} {reason}"
        return f"{where}: {_one_line(what)}; allowed: {description}"
    return f"{where}: {_shown(fault['input'])} is not allowed; allowed: {description}"


def _locate(place: tuple[int | str, ...]) -> tuple[type[Section], str, str]:
    """Find the section and key that a fault belongs to, and write the place down; entries of a list count from 1."""
    names = [str(part) for part in place if isinstance(part, str)]
    section: type[Section] = Organization
    key = names[0]
    if key in SECTIONS and len(names) > 1:
        section, key = SECTIONS[key], names[1]
    where = ""
    for part in place:
        if isinstance(part, int):
            where += f"[{part + 1}]"
        elif part in names[:2]:
            where += f".{part}" if where else part
    return section, key, _one_line(where)


def _suggest(section: type[Section], key: str) -> str:
    if section is not Organization and key in Organization.model_fields:
        return f"{key} belongs at the top of the file, before the first section; "
    for name, other in SECTIONS.items():
        if section is Organization and key in other.model_fields:
            return f"{key} belongs in [{name}]; "
    similar = difflib.get_close_matches(key.lower().replace("-", "_"), list(section.model_fields), n=1)
    return f"did you mean {similar[0]}? " if similar else ""


def _shown(value: object) -> str:
    """Show a value as it might stand in the file, shortened."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
