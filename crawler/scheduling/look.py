"""What is known of the organizations before it is decided which are due: read only, also while they are crawled."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from crawler.discovery.hours import parse_hours
from crawler.errors import UserError
from crawler.judging.checks import Level
from crawler.judging.summary import RunSummary, SummaryError, load_summary
from crawler.organizations.schema import Organization, Schedule
from crawler.run_files import RUNS
from crawler.scheduling.due import Decision, LastRun, Standing, decide
from crawler.spiders.loader import OrganizationLoader
from crawler.storage.ledger import Ledger, LedgerError
from crawler.storage.ledger_file import find_holder


@dataclass(frozen=True, slots=True)
class Organizations:
    """The organizations that are asked about, and what cannot be used."""

    known: Mapping[str, Organization]  # by name, sorted
    errors: Mapping[str, str]  # by name or folder: one line


def require_data(settings: Any) -> None:
    """Refuse a data folder that is not there: a disk that is not mounted must not make every organization a new one.

    Raises:
        UserError: it is not there.
    """
    folder = Path(settings["DATA_DIR"])
    if not folder.is_dir():
        raise UserError(f"data folder {folder}: it is not there; make it, or mount the disk that holds it")


def find_organizations(settings: Any, names: Sequence[str]) -> Organizations:
    """Read the organization files.

    Args:
        settings: say where the files are.
        names: which are asked about; empty for all.

    Raises:
        UserError: there is no organization of a name.
    """
    loader = OrganizationLoader.from_settings(settings)
    wanted = set(names) or {*loader.organizations, *loader.errors}
    for name in names:
        if name not in loader.organizations and name not in loader.errors:
            # What is missing may stand in a folder that cannot be read.
            faults = "".join(f"; {said}" for key, said in loader.errors.items() if Path(key).is_absolute())
            there = ", ".join(loader.organizations)
            raise UserError(f"there is no organization {name!r}; there are: {there}{faults}")
    return Organizations(
        {name: one for name, one in loader.organizations.items() if name in wanted},
        {name: said for name, said in loader.errors.items() if name in wanted or Path(name).is_absolute()},
    )


def find_now(settings: Any) -> datetime:
    """Give the time by which is decided: STARTED_AT where it is given, else the clock's."""
    written = settings["STARTED_AT"]
    return datetime.fromisoformat(written) if written else datetime.now(UTC)


def decide_all(settings: Any, organizations: Mapping[str, Organization]) -> dict[str, Decision]:
    """Decide which organizations are due now, each by what is on disk at this moment."""
    now = find_now(settings)
    return {name: decide(now, look_at(settings, name, one)) for name, one in organizations.items()}


def look_at(settings: Any, name: str, organization: Organization) -> Standing:
    """Find what is known of an organization: its file's schedule and hours, its last run, who has its collection."""
    folder = Path(settings["DATA_DIR"]) / name
    schedule = organization.schedule if organization.schedule is not None else Schedule()
    hours = organization.politeness.hours or settings["FETCH_HOURS"]
    last, holder, fault = None, None, None
    try:
        holder = find_holder(folder / "ledger.lock")
        last = find_last_run(folder, name)
    except (LedgerError, OSError) as error:  # its crawl says it too, and the other organizations are none the worse
        fault = str(error)
    return Standing(
        every_days=schedule.every_days,
        is_scheduled=organization.schedule is not None,
        is_paused=schedule.paused,
        last=last,
        fault=fault,
        holder=holder,
        hours=parse_hours(hours) if hours else None,
        zone=ZoneInfo(organization.time_zone or "UTC"),
    )


def find_last_run(folder: Path, name: str) -> LastRun | None:
    """Find the latest crawl of an organization in its collection; None where there was none.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    if not (folder / "ledger.sqlite3").exists():
        return None
    with contextlib.closing(Ledger.look(folder)) as ledger:
        found = ledger.latest_run(f"crawl {name}")
    if found is None:
        return None
    run, started_at, is_over, is_held = found
    began = datetime.fromisoformat(started_at)
    failure = "it was held back" if is_held else None
    summary = read_summary(folder / RUNS / f"{name_run(began)}.json")
    if is_over and summary is not None and (summary.run, summary.verdict) == (run, Level.FAIL):
        failure = summary.reason
    return LastRun(began, is_over, failure)


def name_run(began: datetime) -> str:
    """Name the files of a run or of a crawl by the time at which it began."""
    return f"{began.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def find_new_summary(folder: Path, since: float) -> RunSummary | None:
    """Read what a run wrote of itself that has just ended; None where it wrote nothing.

    Args:
        folder: of the collection.
        since: seconds since the epoch, when it was started; what was written before is another run's.
    """
    written = {path.stat().st_mtime: path for path in (folder / RUNS).glob("*.json")}
    latest = max(written, default=0.0)
    return read_summary(written[latest]) if written and latest >= since else None


def read_summary(path: Path) -> RunSummary | None:
    """Read what a run wrote of itself; None where it is not there or cannot be read."""
    try:
        return load_summary(path.read_bytes())
    except (OSError, SummaryError):
        return None


def find_free_memory(path: Path = Path("/proc/meminfo")) -> float | None:
    """Find the megabytes of memory that are available; None where the system does not say."""
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable:")), None)
