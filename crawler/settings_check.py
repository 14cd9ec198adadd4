"""Guards around the settings: that they are ours, and that requests name a contact."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from crawler import __version__
from crawler.errors import UserError

BOT_NAME = "broadside"
_OWN_MODULES = ("settings", "items", "pipelines")


def build_user_agent(contact: str) -> str:
    """Name the program and whom to write to: `Broadside/0.1.0 (+contact)`."""
    product = f"Broadside/{__version__}"
    return f"{product} (+{contact})" if contact else product


def has_contact(user_agent: str) -> bool:
    """Whether a user agent names an e-mail address or a page."""
    return "@" in user_agent or "://" in user_agent


def require_own_settings(settings: Any) -> None:
    """Refuse to run with the settings of somebody else.

    Scrapy appends the project to `sys.path`, so that a foreign top-level `settings`, `items` or `pipelines` wins
    without a word; robots.txt would then be ignored.

    Raises:
        UserError: the settings in force, or a module beside them, are not this project's.
    """
    root = Path(__file__).resolve().parent.parent
    advice = f"run it as  {Path(sys.executable)} -m crawler …  which works from any folder"
    if (
        settings["BOT_NAME"] != BOT_NAME
        or settings["SPIDER_LOADER_CLASS"] != "crawler.spiders.loader.OrganizationLoader"
    ):
        raise UserError(f"these are not Broadside's settings (BOT_NAME is {settings['BOT_NAME']!r}); {advice}")
    for name in _OWN_MODULES:
        module = sys.modules.get(name)
        if module is not None and not _is_in(module, root):
            raise UserError(f"a foreign module {name!r} ({module.__file__}) hides Broadside's; {advice}")


def _is_in(module: ModuleType, root: Path) -> bool:
    return module.__file__ is not None and Path(module.__file__).resolve().is_relative_to(root)
