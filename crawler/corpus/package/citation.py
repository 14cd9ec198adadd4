"""CITATION.cff: how a corpus is cited, in the Citation File Format 1.2.0.

Source: https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from crawler.corpus.package.prose import make_blank, make_plain, to_yaml
from crawler.errors import UserError

CFF_VERSION = "1.2.0"
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_SEVERAL = re.compile(r";|,.*,")  # of a list of people
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ORCID_URL = "https://orcid.org/"
_AUTHOR = re.compile(r"(?P<name>[^<>]*?)\s*(?:<\s*(?:https?://orcid\.org/)?(?P<orcid>[^<>]*?)\s*>)?")
_AUTHOR_ALLOWED = (
    '"Family, Given" or the name of an institution, either with an ORCID: "Family, Given <ORCID>"; '
    "--author once for each"
)
_KEY = re.compile(r"^([a-z-]+):(?: (.*))?$", re.MULTILINE)
_REQUIRED = ("cff-version", "message", "title", "authors")
_WORDS = ("title", "message", "abstract", "doi")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Author:
    """A person, or an institution where there is no given name."""

    family: str  # or the institution's name
    given: str | None = None
    orcid: str | None = None  # 0000-0002-1825-0097

    @property
    def name(self) -> str:
        """The name as it is read aloud."""
        return self.family if self.given is None else f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Citation:
    """What a corpus is cited by. What is None, or empty, becomes a blank."""

    title: str | None = None
    authors: tuple[Author, ...] = ()
    license: str | None = None  # an identifier of SPDX
    version: str | None = None
    released: str | None = None  # YYYY-MM-DD
    doi: str | None = None  # 10.5281/zenodo.1234567
    abstract: str | None = None


def parse_author(given: str) -> Author:
    """Read `Family, Given <ORCID>`; without a comma it is an institution's name.

    Raises:
        UserError: it is none.
    """
    match = _AUTHOR.fullmatch(given.strip())
    orcid = None if match is None else match["orcid"]
    family, comma, forename = ("", "", "") if match is None else match["name"].partition(",")
    family, forename = make_plain(family), make_plain(forename)
    if not family or (comma and not forename) or _SEVERAL.search(match["name"] if match else ""):
        raise UserError(f"--author={given!r} is not allowed; allowed: {_AUTHOR_ALLOWED}")
    if orcid is not None and not is_orcid(orcid):
        raise UserError(f"--author={given!r}: {orcid!r} is no ORCID; one looks like 0000-0002-1825-0097")
    return Author(family, forename or None, orcid)


def is_orcid(text: str) -> bool:
    """Tell whether a text is an ORCID: its last character is a check digit by ISO 7064 (MOD 11-2)."""
    if _ORCID.fullmatch(text) is None:
        return False
    total = 0
    for digit in text.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    return text[-1] == "0123456789X"[(12 - total % 11) % 11]


def parse_doi(given: str) -> str:
    """Read a DOI, also as an address; a repository such as Zenodo reserves one before it has the files.

    Raises:
        UserError: it is none.
    """
    match = _DOI.fullmatch(given.strip())
    if match is None:
        raise UserError(f"--doi={given!r} is not allowed; allowed: a DOI such as 10.5281/zenodo.1234567")
    return match[1]


def parse_released(given: str) -> str:
    """Read the day of publication.

    Raises:
        UserError: it is no day of the calendar.
    """
    try:
        if _DAY.fullmatch(given) is not None:
            return date.fromisoformat(given).isoformat()
    except ValueError:
        pass
    raise UserError(f"--released={given!r} is not allowed; allowed: a day such as 2026-03-01")


def parse_license(given: str) -> str:
    """Read an identifier of the SPDX license list, in any case.

    Raises:
        UserError: it is none, or an expression of several.
    """
    try:
        found = canonicalize_license_expression(given)
    except InvalidLicenseExpression:
        found = None
    if found is None or " " in found or found.startswith("LicenseRef-"):
        raise UserError(
            f"--license={given!r} is not allowed; allowed: one identifier of https://spdx.org/licenses/, such as "
            "CC-BY-4.0"
        )
    return found


def to_license_url(license_id: str) -> str:
    """Give the page of a license on the SPDX list."""
    return f"https://spdx.org/licenses/{license_id}.html"


def to_sentence(citation: Citation) -> str | None:
    """Write the citation as one line; None where title or authors are not known."""
    if citation.title is None or not citation.authors:
        return None
    named = (one.family if one.given is None else f"{one.family}, {one.given}" for one in citation.authors)
    year = f" ({citation.released[:4]})" if citation.released is not None else ""
    version = f" (version {citation.version})" if citation.version is not None else ""
    doi = f" https://doi.org/{citation.doi}" if citation.doi is not None else ""
    return f"{'; '.join(named)}{year}. {citation.title}{version} [Data set].{doi}"


def format_citation(citation: Citation) -> str:
    """Write CITATION.cff; what is not known is a blank, where the format demands a value, or a blank in a comment."""
    lines = [
        f"cff-version: {CFF_VERSION}",
        "type: dataset",
        f"title: {to_yaml(citation.title or make_blank('the title of the corpus'))}",
        f"message: {to_yaml('If you use this corpus, please cite it by these data.')}",
        "authors:",
    ]
    for author in citation.authors:
        if author.given is None:
            lines.append(f"  - name: {to_yaml(author.family)}")
        else:
            lines += [f"  - family-names: {to_yaml(author.family)}", f"    given-names: {to_yaml(author.given)}"]
        if author.orcid is not None:
            lines.append(f"    orcid: {to_yaml(_ORCID_URL + author.orcid)}")
    if not citation.authors:
        lines.append(
            f"  - name: {to_yaml(make_blank('who made the corpus; for a person family-names and given-names'))}"
        )
    lines += [
        _write_optional("version", citation.version, "the version"),
        _write_optional("date-released", citation.released, "the day of publication, as 2026-03-01", quoted=False),
        _write_optional(
            "license", citation.license, "an identifier of https://spdx.org/licenses/, if you may give one"
        ),
        _write_optional("doi", citation.doi, "the DOI, once a repository has given one"),
    ]
    if citation.abstract is not None:
        lines.append(f"abstract: {to_yaml(citation.abstract)}")
    return "\n".join(lines) + "\n"


def _write_optional(key: str, value: str | None, wanted: str, *, quoted: bool = True) -> str:
    if value is None:
        return f"# {key}: {make_blank(wanted)}"
    return f"{key}: {to_yaml(value) if quoted else value}"


def find_faults(text: str) -> list[str]:
    """Say what keeps a CITATION.cff from being one, as far as can be seen without a reader of YAML."""
    keys: dict[str, str] = {}
    for name, value in _KEY.findall(text):
        if name in keys:
            return [f"the key {name!r} stands there twice"]
        keys[name] = value
    missing = [name for name in _REQUIRED if name not in keys]
    return [f"there is no {name!r}" for name in missing]


def find_faults_of_values(data: Any) -> list[str]:
    """Say what keeps the values of a CITATION.cff from being what the format demands.

    Args:
        data: the file as a reader of YAML gives it.
    """
    if not isinstance(data, Mapping):
        return ["it is no list of keys and values"]
    found = [f"there is no {name!r}" for name in _REQUIRED if name not in data]
    if data.get("cff-version") != CFF_VERSION:
        found.append(f"cff-version is not {CFF_VERSION}")
    if data.get("type", "dataset") not in ("dataset", "software"):
        found.append("type is neither dataset nor software")
    licenses = data.get("license", [])
    if not isinstance(licenses, str) and not (
        isinstance(licenses, list) and all(isinstance(one, str) for one in licenses)
    ):
        found.append("license is neither an identifier nor a list of them")
    found += [f"{name} is no text" for name in _WORDS if name in data and not _is_text(data[name])]
    if "version" in data and not isinstance(data["version"], str | int | float):
        found.append("version is neither a text nor a number")
    if "date-released" in data and _DAY.fullmatch(str(data["date-released"])) is None:
        found.append("date-released is no day such as 2026-03-01")
    return found + _find_faults_of_authors(data.get("authors", []))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _find_faults_of_authors(authors: Any) -> list[str]:
    if not isinstance(authors, Sequence) or isinstance(authors, str) or not authors:
        return ["authors is no list of at least one"]
    found: list[str] = []
    for number, author in enumerate(authors, start=1):
        if not isinstance(author, Mapping) or not any(
            isinstance(author.get(key), str) for key in ("name", "family-names")
        ):
            found.append(f"author {number} has neither family-names nor name")
        elif "orcid" in author and not is_orcid(str(author["orcid"]).removeprefix(_ORCID_URL)):
            found.append(f"author {number}: {author['orcid']!r} is no ORCID")
    return found
