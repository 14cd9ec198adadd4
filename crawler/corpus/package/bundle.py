"""The package of a corpus: everything that it takes to use, cite and check it, in one folder.

Its files are written one after the other, each from what is written before: the records from the ledgers, Parquet from
the records, descriptions from figures and digests, and last the list of all digests. docs/running.md says what each is.
"""

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scrapy.settings import Settings

from crawler.command import CommandFailedError
from crawler.corpus.columns import clean_line, write_row
from crawler.corpus.formats.choose import PARQUET as PARQUET_FORM
from crawler.corpus.formats.written import UnwritableRecordError
from crawler.corpus.marked import mark_corpus
from crawler.corpus.package import fields
from crawler.corpus.package.checksums import SUMS, FileDigest, digest_file, format_sums, list_paths
from crawler.corpus.package.citation import Citation, format_citation
from crawler.corpus.package.croissant import CROISSANT, describe_croissant
from crawler.corpus.package.data_package import DATA_PACKAGE, Packed, describe_package
from crawler.corpus.package.datasheet import format_datasheet
from crawler.corpus.package.described import Described
from crawler.corpus.package.figures import CollectionFigures, CorpusFigures, RecordFigures, Warcinfo, parse_warcinfo
from crawler.corpus.package.part_folder import make_folder
from crawler.corpus.package.prose import to_json
from crawler.corpus.package.readme import format_readme
from crawler.corpus.package.responses import Responses
from crawler.corpus.package.withholding import withhold_from_schema, withhold_text
from crawler.corpus.snapshot import Snapshot, Source, open_snapshot
from crawler.errors import UserError
from crawler.extraction.model import digest_model
from crawler.extraction.record import record_schema
from crawler.model_files import MODELS
from crawler.storage.archive import RecordPointer, read_resource
from crawler.storage.members import read_first_member
from crawler.storage.warc_record import ArchiveError

README = "README.md"
DATASHEET = "DATASHEET.md"
CITATION = "CITATION.cff"
DOCUMENTS = (CITATION, DATASHEET, README)  # what people are asked to edit: in no list of digests
RECORDS = "records.jsonl"
PARQUET = "records.parquet"
SCHEMA = "record.schema.json"
OUTCOMES = "outcomes.csv"
RUNS = "runs.csv"
ORGANIZATIONS = "organizations"
ARCHIVE = "archive"
_NAMES = frozenset(
    (
        *DOCUMENTS,
        RECORDS,
        PARQUET,
        SCHEMA,
        OUTCOMES,
        RUNS,
        ORGANIZATIONS,
        ARCHIVE,
        MODELS,
        DATA_PACKAGE,
        CROISSANT,
        SUMS,
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a package is to be."""

    citation: Citation
    with_text: bool = True
    with_archive: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it."""

    records: int
    notes: tuple[str, ...]  # a line each, for who made it


def make_package(settings: Settings, names: Sequence[str], folder: Path, wanted: Wanted) -> tuple[Made, Snapshot]:
    """Write the package of collections; nothing stands under its name before it is complete.

    Args:
        settings: DATA_DIR and TAKEDOWN count.
        names: of the collections, each once; the order is that of the records.
        folder: that is to be made; it may be there, empty.
        wanted: what it is to hold.

    Returns:
        what was made, and the snapshot, closed, for what it tells of takedowns.

    Raises:
        UserError: there is no such collection, no archive where one is wanted, or something stands under the name.
        CommandFailedError: there is no record, or not by this version of the program.
        LedgerError, OSError: something cannot be read, or not be written.
    """
    with open_snapshot(settings, names) as snapshot, make_folder(folder, _NAMES) as part:
        if wanted.with_archive and not any(source.ledger is not None for source in snapshot.sources):
            raise UserError(f"--with-archive: the pages of {snapshot.names} are files of yours; there is no archive")
        return _fill(part, snapshot, wanted), snapshot


def _fill(part: Path, snapshot: Snapshot, wanted: Wanted) -> Made:
    figures, clusters = _write_records(part, snapshot, wanted)
    notes: list[str] = []
    _write_parquet(part)
    schema = record_schema()
    _write(part / SCHEMA, to_json(schema if wanted.with_text else withhold_from_schema(schema)))
    corpus = CorpusFigures(figures, [_find_figures(source) for source in snapshot.sources], clusters)
    _write(part / OUTCOMES, _format_outcomes(corpus.collections))
    _write(part / RUNS, _format_runs(corpus.collections))
    _write_definitions(part, corpus.collections)
    withheld = _write_models(part, snapshot, figures, with_text=wanted.with_text)
    if wanted.with_text:
        notes += [
            f"{name}: its site models are left out, as they quote pages and some are taken down" for name in withheld
        ]
    citation = _complete(wanted.citation, corpus)
    described = Described(corpus, citation, with_text=wanted.with_text, with_archive=wanted.with_archive)
    _write(part / README, format_readme(described, list_paths(part)))
    _write(part / DATASHEET, format_datasheet(described))
    _write(part / CITATION, format_citation(citation))
    digests = {path: digest_file(part / path) for path in list_paths(part)}
    documents = {path: digests.pop(path) for path in DOCUMENTS}
    packed = Packed(
        corpus,
        citation,
        digests,
        documents,
        with_text=wanted.with_text,
        with_archive=wanted.with_archive,
        withheld_models=frozenset(withheld),
    )
    for name, description in ((DATA_PACKAGE, describe_package(packed)), (CROISSANT, describe_croissant(packed))):
        _write(part / name, to_json(description))
        digests[name] = digest_file(part / name)
    _write(part / SUMS, format_sums(_bare(digests)))
    return Made(figures.records, tuple(notes))


def _bare(digests: dict[str, FileDigest]) -> dict[str, str]:
    return {path: digest.sha256 for path, digest in digests.items()}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _write_records(part: Path, snapshot: Snapshot, wanted: Wanted) -> tuple[RecordFigures, list[int]]:
    """Write the records as JSON lines, and copy the responses that they were read from where that is wanted."""
    figures = RecordFigures()
    corpus = mark_corpus(snapshot)
    with contextlib.closing(Responses()) as responses:
        if wanted.with_archive:
            responses.note(snapshot.lines())
            responses.copy({source.collection.name: source.collection.folder for source in snapshot.sources}, part)
        with (part / RECORDS).open("w", encoding="utf-8", newline="") as file:
            for line in map(clean_line, corpus.lines()):
                record = json.loads(line)
                _require_collection(record["collection"], snapshot)
                if wanted.with_archive:
                    responses.move(record)
                if not wanted.with_text:
                    record = withhold_text(record)
                figures.add(record)
                whole = wanted.with_text and not wanted.with_archive
                file.write(f"{line if whole else write_row(record)}\n")
    if not figures.records:
        why = "the takedown list leaves no record" if snapshot.left_out else "there is no record"
        raise CommandFailedError(f"{snapshot.names}: {why}; nothing was written")
    return figures, [len(cluster) for cluster in corpus.near_duplicates.clusters]


def _require_collection(name: str, snapshot: Snapshot) -> None:
    if not any(source.collection.name == name for source in snapshot.sources):
        raise CommandFailedError(
            f"{snapshot.names}: a record is of a collection {name!r}; a collection keeps its folder's name"
        )


def read_lines(path: Path) -> Iterator[str]:
    """Give the lines of a file of JSON lines; they are divided at line feeds only.

    Raises:
        OSError, ValueError: it cannot be read, or is no UTF-8.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from (line.removesuffix("\n") for line in file)


def _write_parquet(part: Path) -> None:
    """Write the records as Parquet, from the JSON lines, so that the two are of the same records."""
    try:
        PARQUET_FORM.write(read_lines(part / RECORDS), part / PARQUET, None)
    except UnwritableRecordError as error:
        raise CommandFailedError(f"{PARQUET}: {error}") from None


def _find_figures(source: Source) -> CollectionFigures:
    name, taken_down = source.collection.name, dict(sorted(source.takedowns.left_out.items()))
    ledger = source.ledger
    if ledger is None:
        return CollectionFigures(name, taken_down=taken_down)
    runs = [run.id for run in source.runs]
    return CollectionFigures(
        name,
        outcomes=ledger.account(),
        verdicts=ledger.verdict_totals(runs),
        roles=ledger.role_totals(runs),
        runs=ledger.run_totals(runs),
        taken_down=taken_down,
        latest=_read_warcinfo(source, ledger.last_archive_file(runs)),
    )


def _read_warcinfo(source: Source, name: str | None) -> Warcinfo | None:
    """Read what the latest run said of itself; None where its archive file is not there, as a package needs none."""
    path = source.collection.folder / ARCHIVE / (name or "")
    if name is None or not path.is_file():
        return None
    return parse_warcinfo(bytes(read_first_member(path).block))


def _write_definitions(part: Path, collections: Iterable[CollectionFigures]) -> None:
    for one in collections:
        definition = one.latest.definition if one.latest is not None else None
        if definition is not None:
            _write(part / ORGANIZATIONS / f"{one.name}.json", to_json(definition))


def _write_models(part: Path, snapshot: Snapshot, figures: RecordFigures, *, with_text: bool) -> list[str]:
    """Write the site models that records name, each under its digest.

    They quote lines of the pages from which they were learned, also of those that were taken down.

    Returns:
        the collections whose models stay out for that reason.
    """
    withheld = []
    for source in snapshot.sources:
        name = source.collection.name
        digests = sorted(digest for (collection, digest) in figures.by_model if collection == name)
        if not digests:
            continue
        if source.takedowns.left_out or not with_text:
            withheld.append(name)
            continue
        for digest in digests:
            path = part / MODELS / f"{digest.removeprefix('sha256:')}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(_find_model(source, digest))
    return withheld


def _find_model(source: Source, digest: str) -> bytes:
    folder = source.collection.folder
    if source.ledger is None:
        found = (path.read_bytes() for path in sorted((folder / MODELS).glob("*.json")))
        data = next((one for one in found if digest_model(one) == digest), None)
        if data is None:
            raise CommandFailedError(
                f"{folder / MODELS}: the site model {digest} is not there; run `scrapy crawl documents` again"
            )
        return data
    sealed = source.ledger.find_sealed(digest)
    if sealed is None:
        raise CommandFailedError(f"{source.ledger.path}: the site model {digest} is not in the ledger")
    data = read_resource(folder / ARCHIVE, RecordPointer(sealed.warc_file, sealed.warc_offset))
    if digest_model(data) != digest:
        raise ArchiveError(
            f"{folder / ARCHIVE / sealed.warc_file} at {sealed.warc_offset}: not the site model {digest}"
        )
    return data


def _complete(citation: Citation, corpus: CorpusFigures) -> Citation:
    """Fill in what the figures know: the day of the latest run, and a version after it."""
    latest = corpus.latest_run
    released = citation.released or (None if latest is None else latest[:10])
    version = citation.version or (None if latest is None else format_version(latest[:10]))
    return replace(citation, released=released, version=version, abstract=citation.abstract or _summarize(corpus))


def format_version(day: str) -> str:
    """Name a version after a day, `2026.3.1`, which is one by https://semver.org as well."""
    return ".".join(str(int(part)) for part in day.split("-"))


def _summarize(corpus: CorpusFigures) -> str:
    records = corpus.records
    organizations = len(records.by_organization)
    said = f"{records.records:,} documents"
    if organizations and not records.missing["organization"]:
        said += f" of {organizations:,} organization{'' if organizations == 1 else 's'}"
    years = sorted(records.by_year)
    if years:
        said += f", published {years[0]} to {years[-1]}" if len(years) > 1 else f", published in {years[0]}"
    copies = sum(corpus.clusters) - len(corpus.clusters)
    if copies:
        said += f", of which {copies:,} {'is' if copies == 1 else 'are'} nearly the same as others"
    return f"{said}; collected by broadside."


def _format_outcomes(collections: Iterable[CollectionFigures]) -> str:
    return _format_csv(
        list(fields.OUTCOMES),
        (
            (one.name, total.state, total.reason or "", total.urls, total.recorded)
            for one in collections
            for total in one.outcomes
        ),
    )


def _format_runs(collections: Iterable[CollectionFigures]) -> str:
    return _format_csv(
        list(fields.RUNS),
        (
            (one.name, run.run, run.command, run.started_at, run.finished_at, run.urls, run.new, run.changed, run.gone)
            for one in collections
            for run in one.runs
        ),
    )


def _format_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
