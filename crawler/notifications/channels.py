"""Where a run tells of its verdict: the setting NOTIFY, looked at before a run begins."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scrapy.utils.misc import load_object

from crawler.errors import UserError
from crawler.notifications.message import LEVELS

CHANNELS = {
    "email": "crawler.notifications.actions.SendEmail",
    "slack": "spidermon.contrib.actions.slack.SendSlackMessage",
    "webhook": "crawler.notifications.actions.SendWebhook",
}
_EXTRA = f"the extra `notify`:  {Path(sys.executable)} -m pip install spidermon jinja2 slack-sdk"


def list_channels(settings: Any) -> list[str]:
    """List the channels that NOTIFY names."""
    return [name.strip() for name in settings.getlist("NOTIFY") if name.strip()]


def load_actions(names: Sequence[str]) -> list[type]:
    """Load the action of each channel, or of each class that is named by its path.

    Raises:
        ImportError, NameError, ValueError: there is none of the name, or a library is missing.
    """
    return [load_object(CHANNELS.get(name, name)) for name in names]


def require_channels(settings: Any) -> None:
    """Refuse channels that cannot work, before a run of hours ends in a message that is lost.

    Raises:
        UserError: a name is not allowed, the extra is not installed, or a setting of a channel is missing.
    """
    if settings["NOTIFY_ON"] not in LEVELS:
        raise UserError(f"setting NOTIFY_ON={settings['NOTIFY_ON']!r} is not allowed; allowed: {', '.join(LEVELS)}")
    names = list_channels(settings)
    if not names:
        return
    said = f"setting NOTIFY={','.join(names)!r}"
    for name in names:
        if name not in CHANNELS and "." not in name:
            known = ", ".join(CHANNELS)
            raise UserError(
                f"{said} is not allowed; allowed: {known}, or the path of a class of yours such as x.Action"
            )
    try:
        refused = import_module("spidermon.exceptions").NotConfigured
        suite = import_module("crawler.notifications.suite").VerdictSuite
    except ModuleNotFoundError as error:
        raise UserError(f"{said} needs {error.name}, which is not installed; {_EXTRA}") from None
    try:
        suite(crawler=SimpleNamespace(settings=settings))
    except refused as error:
        raise UserError(f"{said}: {error}") from None
    except ModuleNotFoundError as error:
        raise UserError(f"{said}: {error}; {_EXTRA}") from None
    except (ImportError, NameError, ValueError, TypeError) as error:
        raise UserError(f"{said}: {error}") from None
