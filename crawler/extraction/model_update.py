"""A sealed model and pages fetched since: whether they fit it, and the model brought up to date where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extraction.model import SiteModel
from items import Record


@dataclass(frozen=True, slots=True)
class Fit:
    """How one page fits the model by which it was read."""

    like: bool  # whether it was read by a layout's container
    removed: frozenset[str]  # the fingerprints of what was taken out of its text
    first: str | None  # the fingerprint of the first line of its text; None where there is no text
    last: str | None
    document: str  # the fingerprint of its text: copies count once


def find_fit(record: Record) -> Fit:
    """Find how a page fits the model, from the record that reading it by the model gave."""
    raise NotImplementedError


def needs_update(model: SiteModel, pages: Sequence[Fit]) -> bool:
    """Tell whether pages fetched since the model was sealed show that the site has changed.

    Args:
        model: of their site, by which they were read.
        pages: of the latest run, or of several runs up to it.
    """
    raise NotImplementedError


def seems_changed(model: SiteModel, pages: Sequence[Fit]) -> bool:
    """Tell from one page or a few whether the site seems to have changed, so that more pages should be looked at."""
    raise NotImplementedError


def count_recent_runs(model: SiteModel, runs: Sequence[Sequence[Fit]]) -> int:
    """Count the latest runs whose pages together show that the model needs an update: as few as possible; 0 for none.

    Args:
        model: of the site.
        runs: the pages of each run since the model was sealed, the latest last.
    """
    raise NotImplementedError


def update_model(old: SiteModel, fresh: SiteModel) -> SiteModel:
    """Bring a model up to date: what was known stays, what pages fetched since then teach comes on top.

    Args:
        old: the sealed model.
        fresh: learned from the pages fetched since, by `learn(outlines, host, names, known=old)`.
    """
    raise NotImplementedError
