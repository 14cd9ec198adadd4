"""Guards around the settings: that they are ours, and that requests name a contact."""

import os
import sys
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler import __version__
from crawler.discovery.hours import ALLOWED, parse_hours
from crawler.errors import UserError
from crawler.verdict import USER_ERROR

BOT_NAME = "broadside"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_OWN_MODULES = ("items", "pipelines")
_ROOT = Path(__file__).resolve().parent.parent
_ADVICE = f"run it as  {Path(sys.executable)} -m crawler …  which works from any folder"
_NUMBERS: tuple[tuple[str, float, type[int] | type[float]], ...] = (
    ("WORKERS", 0, int),
    ("PAGE_TIME_LIMIT", 0.001, float),
    ("WORKER_MEMORY_LIMIT_MB", 256, int),
    ("RETRY_TIMES", 0, int),
    ("RETRY_DELAY", 0, float),
    ("ARCHIVE_FILE_MB", 1, int),
    ("LEARN_PAGES", 0, int),
    # Scrapy's, which ends in a traceback over them:
    ("DOWNLOAD_DELAY", 0, float),
    ("DOWNLOAD_DELAY_JITTER", 0, float),
    ("DOWNLOAD_TIMEOUT", 0.001, float),
    ("DOWNLOAD_MAXSIZE", 0, int),
    ("AUTOTHROTTLE_START_DELAY", 0, float),
    ("AUTOTHROTTLE_MAX_DELAY", 0, float),
    ("AUTOTHROTTLE_TARGET_CONCURRENCY", 0.001, float),
    ("CONCURRENT_REQUESTS", 1, int),
    ("CONCURRENT_REQUESTS_PER_DOMAIN", 1, int),
    ("CONCURRENT_ITEMS", 1, int),
    ("REACTOR_THREADPOOL_MAXSIZE", 1, int),
)
_TRUTHS = (
    "HONOR_NOARCHIVE",
    "HONOR_NOINDEX",
    "PROGRESS_ENABLED",
    "ROBOTSTXT_OBEY",
    "AUTOTHROTTLE_ENABLED",
    "AUTOTHROTTLE_DEBUG",
    "COOKIES_ENABLED",
    "DOWNLOAD_VERIFY_CERTIFICATES",
    "METAREFRESH_ENABLED",
    "REMOTE_CONTROL_ENABLED",
    "RETRY_ENABLED",
    "STATS_DUMP",
    "TELNETCONSOLE_ENABLED",
)


def build_user_agent(contact: str) -> str:
    """Name the program and whom to write to: `Broadside/0.1.0 (+contact)`."""
    product = f"Broadside/{__version__}"
    return f"{product} (+{contact})" if contact else product


def has_contact(user_agent: str) -> bool:
    """Whether a user agent names an e-mail address or a page."""
    return "@" in user_agent or "://" in user_agent


def find_data_folder(root: Path) -> str:
    """Give the folder for collections beside a checkout's scrapy.cfg; empty where the program was installed."""
    return str(root / "data") if (root / "scrapy.cfg").is_file() else ""


def require_data_folder(settings: Any) -> Path:
    """Give the folder for collections.

    Raises:
        UserError: none is named, and this is no checkout that has one.
    """
    if not settings["DATA_DIR"]:
        raise UserError(
            f"no folder for collections is named, and {_ROOT} keeps none; set BROADSIDE_DATA to one, or DATA_DIR"
        )
    return Path(settings["DATA_DIR"])


def refuse_foreign_modules() -> None:
    """End the program, before anything of it is imported, where a foreign module would stand in for one of its own.

    The import would fail somewhere in the middle otherwise, or read somebody else's data classes.
    """
    for name in _OWN_MODULES:
        try:
            spec = find_spec(name)
        except (ImportError, ValueError):  # broken, or put into sys.modules by hand
            spec = None
        if spec is None or spec.origin is None or not Path(spec.origin).resolve().is_relative_to(_ROOT):
            found = (
                f"a foreign module {name!r} ({spec.origin}) hides"
                if spec is not None
                else f"nothing is found for {name!r} of"
            )
            print(f"broadside: not started: {found} Broadside's; {_ADVICE}", file=sys.stderr)  # noqa: T201 - before any log
            sys.exit(USER_ERROR)


def require_sound_settings(settings: Any) -> None:
    """Refuse values of settings that no run can use.

    Raises:
        UserError: a value is not allowed.
    """
    _require_numbers_and_truths(settings)
    started_at = settings["STARTED_AT"]
    try:
        if started_at:
            datetime.strptime(started_at, TIME_FORMAT)
    except (TypeError, ValueError):
        raise UserError(
            f"setting STARTED_AT={started_at!r} is not allowed; allowed: a time such as 2021-03-01T02:00:00Z"
        ) from None
    try:
        if settings["FETCH_HOURS"]:
            parse_hours(settings["FETCH_HOURS"])
    except ValueError as error:
        raise UserError(
            f"setting FETCH_HOURS={settings['FETCH_HOURS']!r} is not allowed ({error}); allowed: {ALLOWED}"
        ) from None
    if settings["OUTSIDE_HOURS"] not in ("wait", "end"):
        raise UserError(f"setting OUTSIDE_HOURS={settings['OUTSIDE_HOURS']!r} is not allowed; allowed: wait, end")
    takedown = settings["TAKEDOWN"]
    if takedown and not Path(takedown).is_file():
        raise UserError(f"setting TAKEDOWN={takedown!r} is not allowed (there is no such file); allowed: a CSV file")
    folder = require_data_folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"data folder {folder}: it cannot be made ({error.strerror})") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"data folder {folder}: it cannot be written to")


def _require_numbers_and_truths(settings: Any) -> None:
    for name, least, kind in _NUMBERS:
        value = settings[name]
        try:
            number = kind(value)
        except (TypeError, ValueError):
            number = None
        if number is None or not least <= number < float("inf"):
            what = "a whole number" if kind is int else "a number"
            raise UserError(f"setting {name}={value!r} is not allowed; allowed: {what} of at least {least:g}")
    for name in _TRUTHS:
        try:
            settings.getbool(name)
        except (TypeError, ValueError):
            raise UserError(f"setting {name}={settings[name]!r} is not allowed; allowed: True, False") from None


def require_own_settings(settings: Any) -> None:
    """Refuse to run with the settings of somebody else.

    Scrapy appends the project to `sys.path`, so that a foreign top-level `settings`, `items` or `pipelines` wins
    without a word; robots.txt would then be ignored.

    Raises:
        UserError: the settings in force, or a module beside them, are not this project's.
    """
    if (
        settings["BOT_NAME"] != BOT_NAME
        or settings["SPIDER_LOADER_CLASS"] != "crawler.spiders.loader.OrganizationLoader"
    ):
        raise UserError(f"these are not Broadside's settings (BOT_NAME is {settings['BOT_NAME']!r}); {_ADVICE}")
    module = sys.modules.get("settings")
    if module is not None and not _is_in(module, _ROOT):
        raise UserError(f"a foreign module 'settings' ({module.__file__}) hides Broadside's; {_ADVICE}")


def _is_in(module: ModuleType, root: Path) -> bool:
    return module.__file__ is not None and Path(module.__file__).resolve().is_relative_to(root)
