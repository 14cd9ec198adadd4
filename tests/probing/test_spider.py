"""The spider of a probe without a network: what it asks for, in which order, and when it stops."""

import asyncio
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.utils.project import get_project_settings

from crawler.organizations.load import load_organization
from crawler.probing.findings import Probe
from crawler.spiders import probing
from crawler.spiders.probing import ProbeSpider
from tests.runs.harness import article

HOME = "https://www.harborlaw.example/"
PATHS = [f"news/2016/0{number}/a-letter-to-the-mayor" for number in range(1, 6)]
HEAD = "<link rel=alternate type='application/rss+xml' href=/feed>"
LISTING = "".join(f"<li><a href='/{path}'>A letter to the mayor</a> March 4, 2016</li>" for path in PATHS)
SITE: Mapping[str, str] = {
    "": f"<html><head>{HEAD}</head><body><nav><a href=/news>News</a></nav></body></html>",
    "news": f"<html><body><ul>{LISTING}</ul></body></html>",
    "feed": f"<rss><channel><item><link>{HOME}{PATHS[0]}</link></item></channel></rss>",
    "sitemap.xml": f"<urlset><url><loc>{HOME}{PATHS[0]}</loc></url></urlset>",
    "robots.txt": "",
    **{path: article(f"Letter {path}") for path in PATHS},
}


def make_spider(answer: Callable[[str], Response], text: str = "") -> tuple[ProbeSpider, list[str]]:
    asked: list[str] = []

    async def download(request: Request) -> Response:
        asked.append(request.url.removeprefix(HOME))
        return answer(request.url)

    organization = load_organization("harborlaw", f'name = "Harbor"\nhomepage = "{HOME}"\n{text}', "x")
    spider = ProbeSpider(slug="harborlaw", origin="x", organization=organization, result=[], failure=[])
    engine: Any = SimpleNamespace(download_async=download)
    spider.crawler = SimpleNamespace(engine=engine)  # type: ignore[assignment]  # all that is used of it
    spider.settings = get_project_settings()
    return spider, asked


def serve(url: str) -> Response:
    path = url.removeprefix(HOME)
    if path not in SITE:
        return TextResponse(url, status=404)
    kind = HtmlResponse if SITE[path].lower().startswith(("<html", "<!doctype")) else TextResponse
    return kind(url, body=SITE[path].encode(), encoding="utf-8")


def look(text: str = "", answer: Callable[[str], Response] = serve) -> tuple[Probe, list[str]]:
    spider, asked = make_spider(answer, text)
    return asyncio.run(spider.look()), asked


def test_one_of_each_kind() -> None:
    probe, asked = look()
    assert asked == ["robots.txt", "", "news", "feed", "sitemap.xml", *PATHS[:3]]
    assert probe.requests == len(asked)
    assert probe.gives_records


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("[discovery]\nfeeds = []\nsitemaps = []\n", ["robots.txt", "", "news", *PATHS[:3]]),
        ('[discovery]\nfeeds = ["/rss"]\nsitemaps = ["/map"]\n', ["robots.txt", "", "news", "rss", "map", *PATHS[:3]]),
        ('[discovery]\nlistings = ["/list"]\n', ["robots.txt", "", "list", "feed", "sitemap.xml", PATHS[0]]),
        ('seeds = ["/list"]\n', ["robots.txt", "", "list", "feed", "sitemap.xml", PATHS[0]]),
        ('[urls]\nallow = ["/2016/03/"]\n', ["robots.txt", "", "news", "feed", "sitemap.xml", PATHS[2]]),
    ],
)
def test_the_file_comes_first(text: str, asked: list[str]) -> None:
    assert look(text)[1] == asked


def test_a_slow_site_is_asked_for_what_is_needed_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def slow(url: str) -> Response:
        now[0] += 30
        return serve(url)

    monkeypatch.setattr(probing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    probe, asked = look(answer=slow)
    assert asked == ["robots.txt", "", "news", PATHS[0]]
    assert probe.feed is probe.sitemap is None
    assert probe.gives_records


def test_a_redirect_without_end_is_a_finding() -> None:
    def answer(url: str) -> Response:
        if url == HOME:
            raise IgnoreRequest("max redirections reached")
        return serve(url)

    probe, asked = look(answer=answer)
    assert asked == ["robots.txt", ""]
    assert probe.homepage is not None
    assert probe.homepage.answer.error == "not followed (max redirections reached):"
    assert not probe.gives_records


def test_a_mistake_of_the_program_is_kept_for_the_command() -> None:
    spider, _ = make_spider(serve)
    spider.look = None  # type: ignore[assignment]  # whatever it is

    async def run() -> list[Any]:
        return [one async for one in spider.start()]

    assert asyncio.run(run()) == []
    assert [type(error) for error in spider.failure] == [TypeError]
