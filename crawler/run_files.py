"""The summaries of a collection's runs: a file each in `runs/`, named by the time at which the run began."""

import logging
from pathlib import Path

from crawler.judging.summary import RunSummary, SummaryError, dump_summary, load_summary
from crawler.model_files import replace_file

logger = logging.getLogger(__name__)

RUNS = "runs"  # folder of a collection
MOST = 800  # summaries that are looked at: those of the latest two years where a run is made every night


def write_summary(folder: Path, summary: RunSummary) -> Path:
    """Write the summary of a run, in the place of an earlier one of the same run.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / RUNS / summary.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, dump_summary(summary))
    return path


def read_summaries(folder: Path, most: int = MOST) -> list[RunSummary]:
    """Read the latest summaries of a collection, the latest last; a file that is none is named in the log.

    Args:
        folder: of the collection.
        most: how many.
    """
    found = []
    for path in sorted((folder / RUNS).glob("*.json"))[-most:]:
        try:
            found.append(load_summary(path.read_bytes()))
        except (SummaryError, OSError) as error:
            logger.warning("%s is passed over: %s", path, error)
    return found
