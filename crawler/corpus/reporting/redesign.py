"""Whether a site looks redesigned: what the program itself asks of a model, said of each site of a corpus.

`crawler.extraction.model_update` says when pages no longer fit. Its notion is used here, so that the report never says
something else than the crawl does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.corpus.reporting.statistics import SiteCount, find_telling_texts
from crawler.extraction.model import SiteModel
from crawler.extraction.model_update import Fit, count_recent_runs, seems_changed


class Sign(StrEnum):
    """What the pages of a site say; those that somebody should look at come first."""

    REDESIGN = "redesign"  # the pages of the latest runs do not fit the model
    DOUBT = "doubt"  # the few pages of the latest run do not; too few to say
    RENEWED = "renewed"  # they did not, and the latest run has learned a layout that it reads them by
    FITS = "fits"
    NOTHING_NEW = "nothing_new"  # no page was fetched since the model was sealed
    FILES = "files"  # read from files: there are no runs to compare
    NO_MODEL = "no_model"


@dataclass(frozen=True, slots=True)
class Sealing:
    """A model of a site that a run sealed."""

    run: int
    at: str  # when the run began
    added: tuple[str, ...]  # containers of layouts that the model before it did not have; none of the first one


@dataclass(frozen=True, slots=True)
class LayoutSeen:
    """A layout of a model, and whether the latest pages have it."""

    container: str
    pages: int  # of those from which it was learned
    of: int
    telling: int  # texts by which a record shows that its page has it; none: nothing can be said
    latest: int  # records of the latest month that have one of them


@dataclass(frozen=True, slots=True)
class SiteSigns:
    """What there is to say of one site."""

    collection: str
    host: str
    sign: Sign
    sealings: tuple[Sealing, ...]  # the latest last
    fitting: int  # pages fetched since the latest model was sealed that were read by its container
    since: int  # all of these pages
    bad_runs: int  # the latest runs whose pages together do not fit; 0 where they do
    months: tuple[tuple[str, int, int], ...]  # month of fetching, records, of these read by the container
    layouts: tuple[LayoutSeen, ...]
    unlike: str  # URL of the latest record that was not read by the container; empty where there is none

    @property
    def records(self) -> int:
        """The records of the site."""
        return sum(records for _, records, _ in self.months)


def find_signs(
    site: tuple[str, str],
    count: SiteCount,
    model: SiteModel | None,
    sealings: Sequence[Sealing],
    runs: Mapping[int, Mapping[str, Fit]] | None,
    latest_run: int | None,
) -> SiteSigns:
    """Say what the pages of a site show.

    Args:
        site: collection and host.
        count: its records.
        model: by which they were read; None where it has none.
        sealings: of its models.
        runs: how the pages that each run fetched since the latest model was sealed fit it; None where pages are files.
        latest_run: whose corpus it is.
    """
    fits = [list(runs[run].values()) for run in sorted(runs)] if runs is not None else []
    bad = count_recent_runs(model, fits) if model is not None else 0
    if model is None:
        sign = Sign.NO_MODEL
    elif runs is None:
        sign = Sign.FILES
    elif bad:
        sign = Sign.REDESIGN
    elif sealings and sealings[-1].added and sealings[-1].run == latest_run:
        sign = Sign.RENEWED
    elif not fits:
        sign = Sign.NOTHING_NEW
    else:
        sign = Sign.DOUBT if seems_changed(model, fits[-1]) else Sign.FITS
    latest = max(count.records)
    return SiteSigns(
        collection=site[0],
        host=site[1],
        sign=sign,
        sealings=tuple(sealings),
        fitting=sum(page.like for run in fits for page in run),
        since=sum(map(len, fits)),
        bad_runs=bad,
        months=tuple((month, records, count.by_container[month]) for month, records in sorted(count.records.items())),
        layouts=tuple(
            LayoutSeen(one.container, one.pages, one.of, len(texts), count.layouts[number, latest])
            for number, (one, texts) in enumerate(
                zip(model.layouts, find_telling_texts(model), strict=True) if model is not None else ()
            )
        ),
        unlike=count.unlike[1],
    )


def sort_signs(signs: Sequence[SiteSigns]) -> list[SiteSigns]:
    """Put first what somebody should look at, then the sites with most records."""
    order = list(Sign)
    return sorted(signs, key=lambda one: (order.index(one.sign), -one.records, one.collection, one.host))
