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
_ALLOWED = f"{', '.join(CHANNELS)}, or the path of a class of yours such as x.Action"
_LIBRARIES = ("spidermon", "jinja2", "slack_sdk")  # of the extra
_EXTRA = f"the extra `notify`:  {Path(sys.executable)} -m pip install spidermon jinja2 slack-sdk"


def list_channels(settings: Any) -> list[str]:
    """List the channels that NOTIFY names."""
    return [name.strip() for name in settings.getlist("NOTIFY") if name.strip()]


def load_actions(names: Sequence[str]) -> list[type]:
    """Load the action of each channel, or of each class that is named by its path.

    Raises:
        ImportError, NameError, ValueError: there is none of the name, or a library is missing.
        TypeError: it is no action.
    """
    action = import_module("spidermon.core.actions").Action
    loaded = [load_object(CHANNELS.get(name, name)) for name in names]
    for name, one in zip(names, loaded, strict=True):
        if not (isinstance(one, type) and issubclass(one, action)):
            raise TypeError(f"{name} is no class of Spidermon's actions; allowed: {_ALLOWED} that comes from Action")
    return loaded


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
            raise UserError(f"{said} is not allowed; allowed: {_ALLOWED}")
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
        missing = error.name or str(error)
        if missing.partition(".")[0] in _LIBRARIES:
            raise UserError(f"{said} needs {missing}, which is not installed; {_EXTRA}") from None
        raise UserError(
            f"{said}: the module {missing} cannot be imported: it is neither installed nor in a folder of PYTHONPATH"
        ) from None
    except (ImportError, NameError, ValueError, TypeError) as error:
        raise UserError(f"{said}: {error}") from None
