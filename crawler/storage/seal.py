"""Sealing: a site model goes into the archive from which records are made by it, and the ledger says where it is.

The ledger says as well of which sites records are made without a model, though they had one: `replay` does likewise.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from crawler.extraction.model import ModelError, digest_model, dump_model, load_model
from crawler.extraction.page import LearnedSite
from crawler.storage.archive import Archive, RecordPointer, read_resource
from crawler.storage.ledger import Ledger, SealedModel
from crawler.storage.warc_record import ArchiveError


def seal_models(ledger: Ledger, archive: Archive, sites: Mapping[str, LearnedSite], now: datetime) -> int:
    """Write the models into the archive that are not the latest sealed ones of their sites already.

    The sealed models of all other sites are retired.

    Args:
        ledger: of the collection.
        archive: of the collection.
        sites: all by which records are made from now on, by host.
        now: the time that the archive states.

    Returns:
        how many were written.

    Raises:
        OSError: the archive cannot be written.
        LedgerError: the ledger cannot.
    """
    sealed = ledger.sealed_models()
    fresh = {host: site for host, site in sites.items() if host not in sealed or sealed[host].digest != site.digest}
    for host, site in fresh.items():
        data = dump_model(site.model)
        pointer = archive.append_resource(f"urn:broadside:site-model:{host}", "application/json", data, now)
        ledger.seal_model(host, site.digest, pointer.file, pointer.offset)
    for host in sorted(sealed.keys() - sites.keys()):
        ledger.retire_model(host)
    return len(fresh)


def unseal_models(ledger: Ledger, folder: Path, run: int | None = None) -> dict[str, LearnedSite]:
    """Read the latest sealed model of each site from the archive; not of those whose model is retired.

    Args:
        ledger: of the collection.
        folder: of the archive.
        run: a finished one, by whose models its records were made; None: as they are now.

    Raises:
        ArchiveError: a record cannot be read, or is not the model that was sealed.
        LedgerError: the ledger cannot be read.
    """
    return {host: unseal_model(folder, sealed) for host, sealed in ledger.sealed_models(run).items()}


def unseal_model(folder: Path, sealed: SealedModel) -> LearnedSite:
    """Read one sealed model from the archive.

    Raises:
        ArchiveError: it cannot be read, or is not the model that was sealed.
    """
    pointer = RecordPointer(sealed.warc_file, sealed.warc_offset)
    data = read_resource(folder, pointer)
    where = f"{folder / pointer.file} at {pointer.offset}"
    if digest_model(data) != sealed.digest:
        raise ArchiveError(f"{where}: not the site model that was sealed there")
    try:
        return LearnedSite(load_model(data), sealed.digest)
    except ModelError as error:
        raise ArchiveError(f"{where}: {error}") from None
