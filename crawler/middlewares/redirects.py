"""Redirects with an account: Scrapy's own middleware follows them without a word."""

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawler.outcomes import Outcome, count_outcome


class TooManyRedirectsError(IgnoreRequest):
    """A chain of redirects that does not end."""


class RedirectedOutOfScopeError(IgnoreRequest):
    """A redirect that leads out of the crawl; both ends of it are accounted for already."""


class AccountedRedirectMiddleware(RedirectMiddleware):
    """Scrapy's middleware, which counts the redirects it follows and keeps to the crawl's scope."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow a redirect; count those of pages (robots.txt, sitemaps and feeds are no pages)."""
        try:
            followed = super().process_response(request, response)
        except ValueError:  # an address that no request can be made of: the page fails with its status
            return response
        except IgnoreRequest as error:
            raise TooManyRedirectsError(str(error)) from None
        if isinstance(followed, Request) and request.meta.get("is_page"):
            self._account(request.url, followed)
        return followed

    def _account(self, url: str, followed: Request) -> None:
        spider = self.crawler.spider
        stats = self.crawler.stats
        count_outcome(stats, Outcome.REDIRECTED, url, detail=followed.url)
        rule = spider.find_rule_against(followed) if spider is not None else None  # type: ignore[attr-defined]
        if rule is not None:
            count_outcome(stats, Outcome.OUT_OF_SCOPE, followed.url, detail=f"{rule}, reached from {url}")
            raise RedirectedOutOfScopeError(followed.url)
