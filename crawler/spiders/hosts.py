"""Which organization a page belongs to, by its host."""

import logging
from collections.abc import Mapping

from crawler.discovery.urls import hostname
from crawler.organizations.schema import Organization

logger = logging.getLogger(__name__)


class OrganizationsByHost:
    """Finds the organization file whose hosts include a URL's; `www.` makes no difference."""

    def __init__(self, organizations: Mapping[str, Organization]) -> None:
        self.organizations = organizations
        self.slugs: dict[str, list[str]] = {}  # by host
        for slug in sorted(organizations):
            for host in dict.fromkeys(map(_bare, organizations[slug].hosts)):
                self.slugs.setdefault(host, []).append(slug)
        self.told: set[str] = set()  # hosts

    def find(self, url: str) -> Organization | None:
        """Give the organization of a page; of several, the first by the name of its file, and a warning."""
        host = _bare(hostname(url) or "")
        slugs = self.slugs.get(host)
        if slugs is None:
            return None
        if len(slugs) > 1 and host not in self.told:
            self.told.add(host)
            logger.warning("%s belongs to %s: the file %s.toml counts", host, " and ".join(slugs), slugs[0])
        return self.organizations[slugs[0]]


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
