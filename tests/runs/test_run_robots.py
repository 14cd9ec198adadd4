"""robots.txt in a crawl: once for each host, through redirects, for a day, with the verdict kept."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.settings import Settings

from crawler.middlewares.robots import (
    MAX_AGE,
    MAX_REDIRECTS,
    DisallowedError,
    FailClosedRobotsTxtMiddleware,
)
from crawler.storage.ledger import Ledger
from tests.runs.harness import Crawl, Reply, Server, article, write_list
from tests.runs.test_run_pages import organization
from tests.runs.test_run_politeness import EAGER, through


def verdicts(crawl: Crawl, collection: str) -> dict[str, str | None]:
    """The verdict kept with the latest visit of each URL."""
    ledger = Ledger(crawl.data / collection)
    try:
        return dict(
            ledger._db.execute("select url, robots from url join visit on url_id = url.id order by run_id").fetchall()
        )
    finally:
        ledger.close()


def to(url: str) -> Reply:
    return Reply(b"", 301, headers=(("Location", url),))


def test_redirects_of_robots_txt(crawl: Crawl, server: Server) -> None:
    closed = b"User-agent: *\nDisallow: /page\n"
    hops = [f"http://hop{number}.example/robots.txt" for number in range(MAX_REDIRECTS)]
    for here, there in zip(hops, [*hops[1:], "http://end.example/rules"], strict=True):
        server.page(here, to(there))
    server.page("http://end.example/rules", closed)
    server.page("http://end.example/robots.txt", Reply(b"", 404))
    server.page("http://many.example/robots.txt", to(hops[0]))  # one more than are followed
    server.page("http://loop.example/robots.txt", to("http://loop.example/robots.txt"))
    server.page("http://down.example/robots.txt", to("http://dead.example/robots.txt"))
    server.page("http://dead.example/robots.txt", Reply(b"", 503))
    server.page("http://away.example/robots.txt", to("file:///etc/passwd"))
    server.page("http://soft.example/robots.txt", article("Not found"))
    hosts = {
        "hop0": "disallowed",
        "end": "allowed:no_robots_txt",
        "many": "allowed:no_robots_txt",
        "loop": "allowed:no_robots_txt",
        "down": "disallowed:unreachable",
        "away": "allowed:no_robots_txt",
        "soft": "allowed",
    }
    urls = [server.page(f"http://{host}.example/page", article(f"Of {host}")) for host in hosts]
    urls = [f"http://{host}.example/page" for host in hosts]
    listed = write_list(crawl.folder / "urls.csv", urls)
    options = (*EAGER, "-s", "RETRY_TIMES=0", "-a", "collection=c")
    crawl("pages", "-a", f"urls={listed}", *options, env=through(server)).check(0, "well: 5 records")
    assert verdicts(crawl, "c") == {f"http://{host}.example/page": verdict for host, verdict in hosts.items()}


def test_rules_are_those_of_scheme_host_and_port(crawl: Crawl, server: Server) -> None:
    other = Server().start()
    try:
        server.page("/robots.txt", "User-agent: *\nDisallow: /\n")
        urls = [server.page("/page", article("One")), other.page("/page", article("Two"))]
        listed = write_list(crawl.folder / "urls.csv", urls)
        run = crawl("pages", "-a", f"urls={listed}").check(0, "well: 1 record")
    finally:
        other.stop()
    assert list(run.by_url) == [urls[1]]


@pytest.mark.parametrize("redirected", [False, True])
def test_an_organization_asks_for_robots_txt_once(crawl: Crawl, server: Server, *, redirected: bool) -> None:
    text = Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain", headers=(("ETag", '"r"'),))
    server.page("/robots.txt", to("/rules.txt") if redirected else text)
    server.page("/rules.txt", text)
    links = "".join(f"<p><a href='/{name}'>{name}</a></p>" for name in ("one", "two", "private"))
    server.page("/", f"<html><body>{links}</body></html>")
    for name in ("one", "two", "private"):
        server.page(f"/{name}", article(f"Page {name}"))
    env = organization(crawl, server)
    run = crawl("small", env=env).check(0, "well: 2 records")
    places = ["/robots.txt", "/rules.txt"] if redirected else ["/robots.txt"]
    assert [len(server.asked(place)) for place in places] == [1] * len(places)
    kept = verdicts(crawl, "small")
    assert kept[server.url("/private")] == "disallowed"
    assert kept[server.url("/one")] == kept[server.url("/robots.txt")] == "allowed"
    assert run.outcome(server.url(places[-1])).outcome == "listing"

    # The next run asks whether it is new, and keeps to the rules that the archive has.
    server.requests.clear()
    if not redirected:  # where a redirect leads, this is not asked
        server.page("/robots.txt", Reply(b"", 304))
    server.page("/three", article("Page three"))
    server.page("/", f"<html><body>{links}<a href='/three'>three</a></body></html>")
    again = crawl("small", env=env).check(0, "well: 3 records")
    assert server.asked("/three")
    assert not server.asked("/private")
    asked = server.asked(places[-1])
    assert len(asked) == 1
    if not redirected:
        assert asked[0].headers["If-None-Match"] == '"r"'
        assert again.outcome(server.url("/robots.txt")).outcome == "unchanged"


def test_a_robots_txt_that_fails_is_told_to_the_spider_too(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", [Reply(b"", 503), Reply(b"User-agent: *\nDisallow: /private\n")])
    server.page("/", "<html><body><a href='/one'>one</a><a href='/private'>private</a></body></html>")
    server.page("/one", article("Page one"))
    options = ("-s", "RETRY_DELAY=0.2", "-s", "STATS_DUMP=1")
    run = crawl("small", *options, env=organization(crawl, server)).check(0, "well: 1 record")
    assert "'fetch/postponed/http_503': 1" in run.stderr
    assert not server.asked("/private")
    assert run.outcome(server.url("/robots.txt")).outcome == "listing"


def test_the_disk_is_full_while_the_spider_reads_robots_txt(crawl: Crawl, server: Server) -> None:
    """Nobody waits for ever for an answer that cannot be kept."""
    server.page("/robots.txt", Reply(b"User-agent: *\n", delay=0.5))
    server.page("/", article("The homepage"))
    (crawl.data / "small").mkdir(parents=True)
    (crawl.data / "small" / "archive").write_text("no folder", encoding="utf-8")
    run = crawl("small", env=organization(crawl, server))
    assert run.status == 1, run.stderr
    assert not server.asked("/")


def test_verdict_where_robots_txt_is_ignored(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", "User-agent: *\nDisallow: /\n")
    url = server.page("/page", article("One"))
    listed = write_list(crawl.folder / "urls.csv", [url])
    options = ("-a", "collection=c", "-s", "ROBOTSTXT_OBEY=0")
    crawl("pages", "-a", f"urls={listed}", *options).check(0, "well: 1 record")
    assert verdicts(crawl, "c") == {url: "ignored"}
    assert not server.asked("/robots.txt")


# --- The middleware by itself: a long run ---------------------------------------------------------------------------


class _Signals:
    async def send_catch_log_async(self, **_: Any) -> None:
        pass


class _Stats:
    def get_value(self, _: str) -> None:
        return None

    def inc_value(self, _: str) -> None:
        pass


def made(answer: Callable[[str], Response]) -> tuple[FailClosedRobotsTxtMiddleware, list[str]]:
    asked: list[str] = []

    async def download_async(request: Request) -> Response:
        asked.append(request.url)
        await asyncio.sleep(0)
        return answer(request.url)

    settings = Settings({"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "Broadside"})
    settings.set("ROBOTSTXT_PARSER", "crawler.middlewares.robots.StandardRobotParser")
    engine = SimpleNamespace(download_async=download_async)
    crawler: Any = SimpleNamespace(
        settings=settings, stats=_Stats(), signals=_Signals(), engine=engine, spider=SimpleNamespace()
    )
    return FailClosedRobotsTxtMiddleware(crawler), asked


def verdict(middleware: FailClosedRobotsTxtMiddleware, url: str) -> str:
    request = Request(url)

    async def ask() -> None:
        try:
            await middleware.process_request(request)
        except DisallowedError:
            assert request.meta["robots"].startswith("disallowed")

    asyncio.run(ask())
    return str(request.meta["robots"])


def test_rules_hold_for_a_day_and_on_while_they_cannot_be_had() -> None:
    now = 1_000_000.0
    answers = {"status": 200, "body": b"User-agent: *\nDisallow: /a\n"}
    middleware, asked = made(lambda url: Response(url, status=answers["status"], body=answers["body"]))  # type: ignore[arg-type]
    middleware.clock = lambda: now
    assert verdict(middleware, "https://example.org/a") == "disallowed"
    now += MAX_AGE - 1
    assert verdict(middleware, "https://example.org/b") == "allowed"
    assert len(asked) == 1
    answers["status"] = 503
    now += 2
    assert [verdict(middleware, f"https://example.org/{path}") for path in "ab"] == ["disallowed", "allowed"]
    assert len(asked) == 2, "not for each page"
    now += 3601
    answers |= {"status": 200, "body": b"User-agent: *\nDisallow: /b\n"}
    assert [verdict(middleware, f"https://example.org/{path}") for path in "ab"] == ["allowed", "disallowed"]
    assert asked == ["https://example.org/robots.txt"] * 3


def test_a_host_that_was_unreachable_is_asked_again_after_an_hour() -> None:
    now = 0.0
    status = 500
    middleware, asked = made(lambda url: Response(url, status=status))
    middleware.clock = lambda: now
    assert verdict(middleware, "https://example.org/a") == "disallowed:unreachable"
    status = 404
    assert verdict(middleware, "https://example.org/b") == "disallowed:unreachable"
    now += 3601
    assert verdict(middleware, "https://example.org/a") == "allowed:no_robots_txt"
    assert len(asked) == 2


def test_ports_and_schemes_are_hosts_of_their_own() -> None:
    middleware, asked = made(lambda url: Response(url, status=404))
    for url in ("http://example.org/", "HTTP://EXAMPLE.ORG:80/a", "https://example.org/", "http://example.org:81/"):
        verdict(middleware, url)
    expected = [
        f"{place}/robots.txt" for place in ("http://example.org", "https://example.org", "http://example.org:81")
    ]
    assert asked == expected


def test_an_error_of_any_kind_closes_the_host() -> None:
    def answer(url: str) -> Response:
        raise IgnoreRequest("no")

    middleware, _ = made(answer)
    assert verdict(middleware, "https://example.org/a") == "disallowed:unreachable"
