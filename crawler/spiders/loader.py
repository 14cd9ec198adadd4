"""The spider loader: a spider class for each organization file, and the ways in that need none."""

import builtins
import logging
import os
from pathlib import Path
from typing import Self

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

from crawler.errors import UserError
from crawler.organizations.load import load_organizations
from crawler.spiders.documents import DocumentsSpider
from crawler.spiders.organization import OrganizationSpider
from crawler.spiders.pages import PagesSpider
from crawler.spiders.replay import ReplaySpider
from crawler.spiders.stored import StoredCollectionSpider

logger = logging.getLogger(__name__)

INPUT_SPIDERS: tuple[type[Spider], ...] = (DocumentsSpider, PagesSpider, ReplaySpider)


class OrganizationLoader:
    """Reads the organization files that the settings name; a broken one fails only its own organization.

    Named by SPIDER_LOADER_CLASS; see scrapy.spiderloader.SpiderLoaderProtocol.
    """

    def __init__(self, folders: list[Path]) -> None:
        loaded = load_organizations(folders)
        self.errors = loaded.errors
        self._untold = dict(loaded.summaries)
        self.origins = loaded.origins
        self.organizations = loaded.organizations
        self._spiders: dict[str, type[Spider]] = {spider.name: spider for spider in INPUT_SPIDERS}
        StoredCollectionSpider.organizations = PagesSpider.organizations = loaded.organizations
        for slug, organization in loaded.organizations.items():
            settings = {} if organization.crawl_delay is None else {"DOWNLOAD_DELAY": organization.crawl_delay}
            self._spiders[slug] = type(
                f"{slug.title().replace('-', '').replace('_', '')}Spider",
                (OrganizationSpider,),
                {"name": slug, "organization": organization, "custom_settings": settings, "__module__": __name__},
            )

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the folders of ORGANIZATIONS_PATH."""
        return cls([Path(folder) for folder in str(settings["ORGANIZATIONS_PATH"] or "").split(os.pathsep) if folder])

    def warn(self, asked_for: str | None = None) -> None:
        """Say once, in a line each, which files cannot be used; of the one that is asked for, the refusal says it."""
        for name, message in self._untold.items():
            if name != asked_for:
                logger.warning("%s", message)
        self._untold.clear()

    def load(self, spider_name: str) -> type[Spider]:
        """Give the spider of that name.

        Raises:
            UserError: its organization file is broken.
            KeyError: there is none.
        """
        self.warn(spider_name)
        if spider_name in self.errors:
            raise UserError(self.errors[spider_name])
        if spider_name not in self._spiders:
            raise KeyError(f"there is no spider {spider_name!r}; there are: {', '.join(self.list())}")
        return self._spiders[spider_name]

    def list(self) -> list[str]:
        """Name all spiders."""
        self.warn()
        return sorted(self._spiders)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        """Name the organizations whose site a request belongs to."""
        self.warn()
        return [name for name, spider in self._spiders.items() if spider.handles_request(request)]
