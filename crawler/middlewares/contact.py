"""No request to other people's servers without a contact in the user agent, wherever the request came from."""

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request

from crawler.discovery.urls import hostname, is_loopback
from crawler.middlewares.sample import is_sample
from crawler.sample.site import HOST as SAMPLE_HOST
from crawler.settings_check import has_contact


class NoContactError(IgnoreRequest):
    """A request that would ask somebody else's server without saying who asks."""


class ContactMiddleware:
    """Stops what a redirect or a sitemap leads away from this machine; the spiders refuse live sites beforehand."""

    def __init__(self, *, serves_sample: bool) -> None:
        self.serves_sample = serves_sample

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Switched off where a contact is set."""
        if has_contact(crawler.settings["USER_AGENT"]):
            raise NotConfigured
        return cls(serves_sample=is_sample(getattr(crawler.spider, "organization", None)))

    def process_request(self, request: Request) -> None:
        """Refuse a request that leaves this machine."""
        host = hostname(request.url)
        served = self.serves_sample and host == SAMPLE_HOST
        if host is not None and not served and not is_loopback(request.url):
            raise NoContactError(f"not asked, as no contact is set (BROADSIDE_CONTACT): {request.url}")
