"""What `probe` and `new-organization` have in common: a few requests to one site, by the settings of a crawl."""

import argparse
import sys
from typing import Any, ClassVar

from scrapy.settings import SETTINGS_PRIORITIES, Settings

from crawler.command import CollectionCommand, CommandFailedError, print_message
from crawler.middlewares.sample import is_sample
from crawler.organizations.schema import Organization
from crawler.probing.findings import Probe
from crawler.settings_check import build_user_agent, require_sound_settings
from crawler.spiders.base import require_contact
from crawler.spiders.probing import ProbeSpider

# What keeps or counts a crawl's pages; a probe has none.
_NOT_FOR_PROBES = (
    "crawler.extensions.accounts.Accounts",
    "crawler.storage.feeds.FeedExporter",
    "crawler.extensions.progress.ProgressDisplay",
)
_SECONDS = 20  # until a server that does not answer is given up; a crawl is more patient


class AskingCommand(CollectionCommand):
    """Sends a few requests, and writes nothing to a collection."""

    requires_crawler_process = True
    default_settings: ClassVar[dict[str, Any]] = {
        "LOG_ENABLED": False,
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "DOWNLOAD_TIMEOUT": _SECONDS,
        "RETRY_ENABLED": False,
    }

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Let the contact be set on the command line, as `crawl` does."""
        super().process_options(args, opts)
        assert self.settings is not None
        if (self.settings.getpriority("USER_AGENT") or 0) <= SETTINGS_PRIORITIES["project"]:
            self.settings.set("USER_AGENT", build_user_agent(self.settings["CONTACT"]), priority="project")

    def probe(self, settings: Settings, slug: str, origin: str, organization: Organization) -> Probe:
        """Look at a site.

        Raises:
            UserError: a setting is not allowed, or nobody is named as the one who asks.
            CommandFailedError: the look did not end.
        """
        require_sound_settings(settings)
        if not is_sample(organization):
            require_contact(settings, [organization.homepage])
        if sys.stderr.isatty():
            print_message(f"asking {organization.homepage}: about ten requests, one after the other")
        result: list[Probe] = []
        failure: list[BaseException] = []
        assert self.crawler_process is not None
        self.crawler_process.crawl(
            _make_spider(settings, organization),
            slug=slug,
            origin=origin,
            organization=organization,
            result=result,
            failure=failure,
        )
        self.crawler_process.start()
        if failure:
            error = " ".join(str(failure[0]).split())
            raise CommandFailedError(f"the probe broke: {type(failure[0]).__name__}: {error}; -L INFO shows where")
        if not result:
            raise CommandFailedError("the probe was ended before it could finish")
        return result[0]


def _make_spider(settings: Settings, organization: Organization) -> type[ProbeSpider]:
    """Make a spider whose settings are a crawl's without what belongs to a collection."""
    custom: dict[str, Any] = {
        "EXTENSIONS": {**settings.getdict("EXTENSIONS"), **dict.fromkeys(_NOT_FOR_PROBES)},
        "SPIDER_MIDDLEWARES": {"crawler.storage.settle.SettlePages": None},
        "ITEM_PIPELINES": {},
    }
    # A command's settings rank below the project's.
    custom |= {name: value for name, value in AskingCommand.default_settings.items() if name != "LOG_ENABLED"}
    if organization.crawl_delay is not None:
        custom["DOWNLOAD_DELAY"] = organization.crawl_delay
    return type("ProbeSpider", (ProbeSpider,), {"custom_settings": custom, "__module__": __name__})
