"""Input lists: folders, manifests and coded URL lists, read whole before a run begins.

A manifest or list is read by its header row. `file` and `url` say what to read; `organization`, `topic` (several
divided by semicolons) and `document_type` fill those fields; every other column comes back as an annotation.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from crawler.discovery.urls import hostname, normalize_url
from crawler.errors import UserError
from crawler.extraction.document import decode
from crawler.extraction.page import PageContext
from crawler.extraction.record import find_id
from crawler.extraction.textfile import find_coded_header
from crawler.spiders.tables import TABLES, read_table
from crawler.storage.bodies import BodyPointer

MANIFEST = "manifest"  # a folder's, with the ending of any table
_HTML_SUFFIXES = (".html", ".htm")
_TEXT_SUFFIXES = (".txt", ".md")
_HEADER_BYTES = 8_192  # of a text file, in which a coded header must end
_FIELD_COLUMNS = ("organization", "topic", "topics", "document_type")


@dataclass(frozen=True, slots=True)
class Fields:
    """What a row says of its page besides where it is."""

    organization: str | None = None
    topics: tuple[str, ...] = ()
    document_type: str | None = None
    annotations: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class InputDocument:
    """A file to be read."""

    file: str  # relative to the folder, with forward slashes
    url: str  # opaque
    format: Literal["html", "text"]
    body: BodyPointer
    fields: Fields
    told_by: str | None = None  # what tells it from another document of the same URL

    def context(self, collection: str) -> PageContext:
        """Say what is known of the file's page."""
        return PageContext(
            id=find_id(normalize_url(self.url), self.told_by),
            url=self.url,
            collection=collection,
            organization=self.fields.organization,
            topics=self.fields.topics,
            document_type=self.fields.document_type,
            annotations=self.fields.annotations,
            source_file=self.file,
            format=self.format,
        )


@dataclass(slots=True)
class InputDocuments:
    """The files of an input, and what in it could not be used."""

    documents: list[InputDocument] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # file, reason
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InputUrl:
    """A URL to be fetched."""

    url: str
    row: int  # of the list, the first being 1
    fields: Fields


@dataclass(slots=True)
class InputUrls:
    """The rows of a URL list, and what in it could not be used."""

    rows: list[InputUrl] = field(default_factory=list)
    listed: list[tuple[int, str]] = field(default_factory=list)  # all rows, also those that are not to be fetched
    rejected: list[tuple[str, str, str]] = field(default_factory=list)  # URL, reason, where
    problems: list[str] = field(default_factory=list)


def read_documents(path: Path) -> InputDocuments:
    """List the documents of a folder, of a manifest, or the one document that a file is.

    Raises:
        UserError: nothing in it can be read.
    """
    if path.is_dir():
        manifest = find_manifest(path)
        found = _read_manifest(manifest) if manifest is not None else _read_folder(path)
    elif path.suffix.lower() in TABLES:
        found = _read_manifest(path)
    else:
        found = InputDocuments()
        _add_file(found, path.parent, path.name, None, Fields())
    if not found.documents:
        accepted = ", ".join((*_HTML_SUFFIXES, *_TEXT_SUFFIXES))
        raise UserError(
            f"{path}: no document in it; read are {accepted}, each also .gz, and {MANIFEST}.csv with a column file"
        )
    found.documents = _told_apart(found.documents)
    return found


def find_manifest(folder: Path) -> Path | None:
    """Find the table that says what of a folder is read; None where there is none."""
    return next((path for suffix in TABLES if (path := folder / f"{MANIFEST}{suffix}").is_file()), None)


def _told_apart(documents: list[InputDocument]) -> list[InputDocument]:
    """Name what tells documents of one URL apart: the file, and where it stands on several rows the row among them."""
    of_url = Counter(document.url for document in documents)
    of_file = Counter((document.url, document.file) for document in documents)
    seen: Counter[tuple[str, str]] = Counter()
    told: list[InputDocument] = []
    for document in documents:
        key = (document.url, document.file)
        seen[key] += 1
        if of_url[document.url] == 1:
            told.append(document)
        else:
            told.append(replace(document, told_by=document.file + (f"#{seen[key]}" if of_file[key] > 1 else "")))
    return told


def _read_folder(folder: Path) -> InputDocuments:
    found = InputDocuments()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in Path(name).parts):
            _add_file(found, folder, name, None, Fields())
    return found


def _read_manifest(manifest: Path) -> InputDocuments:
    rows = read_table(manifest, "file", ("url", *_FIELD_COLUMNS))
    found = InputDocuments(problems=list(rows.problems))
    if "url" not in rows.columns:
        found.problems.append(
            f"{manifest}: no column url (columns: {', '.join(rows.columns)}); each document's URL is its file's name"
        )
    listed = set()
    for number, row in rows.rows:
        name = row.get("file", "").strip()
        if not name:
            found.skipped.append((f"{manifest}: row {number}", "no_file_named"))
            continue
        listed.add(Path(name).as_posix())
        _add_file(found, manifest.parent, name, row.get("url", "").strip() or None, _fields(row, ("file", "url")))
    others = [
        path
        for path in manifest.parent.rglob("*")
        if path.is_file()
        and path.relative_to(manifest.parent).as_posix() not in listed
        and _format(path.name) is not None
    ]
    if others:
        found.problems.append(f"{manifest}: {len(others)} files of the folder are not listed in it and are not read")
    return found


def _add_file(found: InputDocuments, folder: Path, name: str, url: str | None, fields: Fields) -> None:
    kind = _format(name)
    if kind is None:
        found.skipped.append((name, "unsupported_file_type"))
        return
    path = folder / name
    body = BodyPointer(str(path.absolute()), gzipped=name.lower().endswith(".gz"))
    own = _coded_url(path, gzipped=body.gzipped) if kind == "text" else None
    if own is not None and url is not None and own != url:
        found.problems.append(f"{name}: the manifest's URL is kept, {url}, and not the one of its own header, {own}")
    stated = url or own
    found.documents.append(InputDocument(Path(name).as_posix(), stated or file_url(name), kind, body, fields))


def file_url(name: str) -> str:
    """Give a URL to a file that states none: `file:` and its name, the same on every machine."""
    return f"file:{quote(Path(name).as_posix())}"


def _format(name: str) -> Literal["html", "text"] | None:
    lower = name.lower().removesuffix(".gz")
    if lower.endswith(_HTML_SUFFIXES):
        return "html"
    return "text" if lower.endswith(_TEXT_SUFFIXES) else None


def _coded_url(path: Path, *, gzipped: bool) -> str | None:
    """Read the URL in a coded text file's header, as the documents are sorted by it."""
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            start = file.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error, ValueError):
        return None  # the worker that reads the whole file says what is wrong with it
    header = find_coded_header(decode(start)[0])
    return header.url if header is not None else None


def read_urls(path: Path) -> InputUrls:
    """Read a coded URL list.

    Raises:
        UserError: the file is no list, or has no column url, or no URL in it can be fetched.
    """
    rows = read_table(path, "url", _FIELD_COLUMNS)
    found = InputUrls(problems=list(rows.problems))
    first: dict[str, int] = {}
    for number, row in rows.rows:
        url = row.get("url", "").strip()
        where = f"{path.name}: row {number}"
        found.listed.append((number, url))
        if hostname(url) is None:
            found.rejected.append((url or "(empty)", "no_http_url", where))
            continue
        key = normalize_url(url)
        if key in first:
            found.rejected.append((url, "repeated_row", f"{where} repeats row {first[key]}"))
            continue
        first[key] = number
        found.rows.append(InputUrl(url, number, _fields(row, ("url",))))
    if not found.rows:
        raise UserError(f"{path}: no row has an http(s) URL in its column url")
    return found


def _fields(row: Mapping[str, str], used: Iterable[str]) -> Fields:
    topics = f"{row.get('topic', '')};{row.get('topics', '')}".split(";")
    return Fields(
        organization=row.get("organization", "").strip() or None,
        topics=tuple(dict.fromkeys(topic.strip() for topic in topics if topic.strip())),
        document_type=row.get("document_type", "").strip() or None,
        annotations=tuple((key, value) for key, value in row.items() if key not in (*used, *_FIELD_COLUMNS)),
    )
