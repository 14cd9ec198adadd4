"""How the pages that were fetched since a site's model was sealed fit it, from what the ledger keeps of them."""

from collections.abc import Collection

from crawler.extraction.model_update import Fit, find_fit
from crawler.extraction.record import load_record
from crawler.publish import find_site
from crawler.storage.ledger import Ledger


def find_fits(
    ledger: Ledger, among: Collection[int] | None = None, run: int | None = None
) -> dict[str, dict[int, dict[str, Fit]]]:
    """Say how the pages that were fetched since fit the sealed models: by host, run and URL.

    Args:
        ledger: of the collection.
        among: the runs that count; None for all.
        run: a finished one, whose models are meant; None for those of now.
    """
    since = {host: sealed.run for host, sealed in ledger.sealed_models(run).items()}
    fits: dict[str, dict[int, dict[str, Fit]]] = {}
    for url, visited, line in ledger.readings_since(min(since.values(), default=ledger.run)):
        host = find_site(url)
        if host in since and visited > since[host] and (among is None or visited in among):
            fits.setdefault(host, {}).setdefault(visited, {})[url] = find_fit(load_record(line))
    return fits
