"""What spiders share that publish a collection of any kind from what is stored of it, and ask no server."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from crawler.discovery.due import RevisitPolicy
from crawler.organizations.schema import Organization
from crawler.spiders.corpus import CorpusSpider
from crawler.spiders.hosts import OrganizationsByHost
from crawler.spiders.organization import describe_page
from crawler.spiders.pages import PagesSpider, describe_row


class StoredCollectionSpider(CorpusSpider):
    """A spider of whatever command filled the collection: an organization's, or that of a list."""

    organizations: ClassVar[Mapping[str, Organization]] = {}  # by slug; the loader sets it

    @cached_property
    def by_host(self) -> OrganizationsByHost:
        """Find organizations by their hosts, as a crawl of a list does."""
        return OrganizationsByHost(self.organizations)

    @property
    def policy(self) -> RevisitPolicy:
        """When a record is gone, as the organization's file says."""
        organization = self.organizations.get(self.collection)
        return organization.revisit.policy if organization is not None else super().policy

    def follow_command(self) -> None:
        """Drop copies as the crawl did: each row of a list is somebody's coding and stays."""
        self.drops_duplicates = not self.ledger.command().startswith(f"crawl {PagesSpider.name}")

    def describe(self, url: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Say what the list's row or the organization's file says of a page."""
        if "annotations" in known:
            return describe_row(known, url, self.by_host)
        organization = self.organizations.get(self.collection)
        return describe_page(organization, url) if organization is not None else {}
