"""Politeness: robots.txt fails closed, who asks is said, and other people's servers are asked one page at a time."""

import socket
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import Request, Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.settings import Settings

from crawler.extensions.throttle import MAX_CRAWL_DELAY, PoliteThrottle
from crawler.organizations.load import load_organization
from crawler.spiders.hosts import OrganizationsByHost
from tests.runs.harness import Crawl, Reply, Server, article, write_list

EAGER = ("-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_START_DELAY=0")


def through(server: Server) -> dict[str, str]:
    """Reach every host but this machine through the scripted server, as a proxy; nothing leaves the machine."""
    return {"http_proxy": server.url(), "no_proxy": "127.0.0.1", "BROADSIDE_CONTACT": "reader@university.example"}


def test_robots_that_cannot_be_read_close_the_host(crawl: Crawl, server: Server) -> None:
    hosts = {
        "unavailable": Reply(b"", 503),
        "busy": Reply(b"", 429),
        "silent": Reply(b"", delay=4),
        "dropping": Reply(drop="before"),
        "absent": Reply(b"no", 404),
        "forbidden": Reply(b"no", 403),
        "empty": Reply(b"", content_type="text/plain"),
        "token": Reply(b"User-agent: *\nDisallow: /\n\nUser-agent: Broadside\nDisallow: /private\n"),
        "everyone": Reply(b"User-agent: *\nDisallow: /\n"),
    }
    urls = []
    for host, robots in hosts.items():
        server.routes[f"http://{host}.example/robots.txt"] = robots
        for path in ("page", "private"):
            url = f"http://{host}.example/{path}"
            server.page(url, article(f"The {path} of {host}"))
            urls.append(url)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/page"
        listed = write_list(crawl.folder / "urls.csv", [*urls, refused])
        options = (*EAGER, "-s", "DOWNLOAD_TIMEOUT=1", "-s", "RETRY_TIMES=1")
        run = crawl("pages", "-a", f"urls={listed}", *options, env=through(server)).check(0, "well: 7 records")
    allowed = {
        f"http://{host}.example/{path}" for host in ("absent", "forbidden", "empty") for path in ("page", "private")
    }
    allowed.add("http://token.example/page")
    assert set(run.by_url) == allowed
    for url in {*urls, refused} - allowed:
        assert run.outcome(url).outcome == "disallowed", url
        assert not server.asked(url)
    assert "] ERROR" not in run.stderr
    for host in ("unavailable", "busy", "silent", "dropping"):
        assert f"robots.txt of {host}.example" in run.stderr


def test_a_contact_that_is_none_is_told_as_that(crawl: Crawl) -> None:
    listed = write_list(crawl.folder / "urls.csv", ["http://www.harborlaw.example/one"])
    said = r"not started: CONTACT='nonsense' is neither an e-mail address nor a page \(https://…\): before the first "
    crawl("pages", "-a", f"urls={listed}", "-s", "CONTACT=nonsense").check(2, said)
    crawl("pages", "-a", f"urls={listed}", env={"BROADSIDE_CONTACT": "nonsense"}).check(2, said)
    crawl("pages", "-a", f"urls={listed}", "-s", "CONTACT=").check(2, "set BROADSIDE_CONTACT to your e-mail address")


def test_only_the_sample_itself_needs_no_contact(crawl: Crawl, server: Server) -> None:
    text = 'name = "A"\nhomepage = "http://www.harborlaw.example/"\n[urls]\nhosts = ["www.lanternjustice.example"]\n'
    (crawl.folder / "borrowed.toml").write_text(text, "utf-8")
    crawl("borrowed", env={"BROADSIDE_ORGANIZATIONS": str(crawl.folder)}).check(2, "request to http://www.harborlaw")
    sample = "http://www.lanternjustice.example/"
    server.page("/away", Reply(b"", 301, headers=(("Location", sample),)))
    listed = write_list(crawl.folder / "urls.csv", [server.url("/away")])
    run = crawl("pages", "-a", f"urls={listed}").check(3)
    assert run.outcome(sample).reason == "no_contact"


def test_only_hosts_that_cannot_be_read(crawl: Crawl) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        listed = write_list(crawl.folder / "urls.csv", [f"http://127.0.0.1:{closed.getsockname()[1]}/page"])
        crawl("pages", "-a", f"urls={listed}").check(3, r"no records came out \(disallowed unreachable: 1\)")


def test_crawl_delay_is_kept_and_one_request_at_a_time(crawl: Crawl, server: Server) -> None:
    server.routes["http://slow.example/robots.txt"] = Reply(b"User-agent: broadside\nCrawl-delay: 1.2\n")
    cookie = (("Set-Cookie", "session=1; Path=/"),)
    urls = [f"http://slow.example/p{number}" for number in range(4)]
    for url in urls:
        server.page(url, Reply(article(f"Page {url[-2:]}").encode(), headers=cookie))
    listed = write_list(crawl.folder / "urls.csv", urls)
    crawl("pages", "-a", f"urls={listed}", *EAGER, env=through(server)).check(0, "well: 4 records")
    times = [request.at for request in server.requests]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert len(gaps) == 4
    assert min(gaps) > 1.15, gaps
    assert server.most_under_way == 1
    agents = {request.headers["User-Agent"] for request in server.requests}
    assert len(agents) == 1
    assert "Broadside/" in (agent := agents.pop())
    assert "(+reader@university.example)" in agent
    assert not any("Cookie" in request.headers for request in server.requests)


def test_one_request_at_a_time_without_a_crawl_delay(crawl: Crawl, server: Server) -> None:
    urls = [f"http://other.example/p{number}" for number in range(6)]
    for url in urls:
        server.page(url, Reply(article(f"Page {url[-2:]}").encode(), delay=0.1))
    listed = write_list(crawl.folder / "urls.csv", urls)
    crawl("pages", "-a", f"urls={listed}", *EAGER, env=through(server)).check(0, "well: 6 records")
    assert server.most_under_way == 1


def test_this_machine_is_not_slowed(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", "User-agent: *\nCrawl-delay: 30\n")
    urls = [server.page(f"/p{number}", Reply(article(f"Page {number}").encode(), delay=0.1)) for number in range(24)]
    crawl("pages", "-a", f"urls={write_list(crawl.folder / 'urls.csv', urls)}").check(0, "well: 24 records")
    pages = [request.at for request in server.requests if request.path != "/robots.txt"]
    assert pages[-1] - pages[0] < 2.3, "one after another they would take longer"
    assert server.most_under_way > 1


@pytest.mark.parametrize("how", ["pages", "organization"])
def test_live_site_without_a_contact_is_refused(crawl: Crawl, server: Server, how: str) -> None:
    env = {**through(server), "BROADSIDE_CONTACT": ""}
    listed = write_list(crawl.folder / "urls.csv", [server.url("/"), "http://live.example/"])
    (crawl.folder / "orgs").mkdir()
    text = 'name = "Live"\nhomepage = "http://live.example/"\n'
    (crawl.folder / "orgs" / "live.toml").write_text(text, encoding="utf-8")
    env["BROADSIDE_ORGANIZATIONS"] = str(crawl.folder / "orgs")
    arguments = ("pages", "-a", f"urls={listed}") if how == "pages" else ("live",)
    crawl(*arguments, env=env).check(2, r"http://live\.example/ .* BROADSIDE_CONTACT=you@university\.edu")
    assert not server.requests


def test_a_redirect_does_not_leave_this_machine_without_a_contact(crawl: Crawl, server: Server) -> None:
    server.page("/away", Reply(b"", 302, headers=(("Location", "http://live.example/page"),)))
    server.page("/here", article("Here"))
    server.page("http://live.example/page", article("There"))
    listed = write_list(crawl.folder / "urls.csv", [server.url("/away"), server.url("/here")])
    env = {**through(server), "BROADSIDE_CONTACT": ""}
    run = crawl("pages", "-a", f"urls={listed}", env=env).check(0, "well: 1 record")
    assert run.outcome("http://live.example/page").reason == "no_contact"
    assert not [request for request in server.requests if "live.example" in request.path]


# --- PoliteThrottle by itself -------------------------------------------------------------------------------------


class _Signals:
    def connect(self, *_: Any, **__: Any) -> None:
        pass


def throttle(slots: dict[str, Any], **spider: Any) -> PoliteThrottle:
    settings = Settings({"AUTOTHROTTLE_ENABLED": True, "ROBOTSTXT_USER_AGENT": "Broadside", "DOWNLOAD_DELAY": 1.0})
    settings.set("DOWNLOAD_SLOTS", {"127.0.0.1": {"concurrency": 8, "delay": 0.0}})
    engine = SimpleNamespace(downloader=SimpleNamespace(slots=slots, _delay=0.0))
    crawler: Any = SimpleNamespace(
        settings=settings, signals=_Signals(), engine=engine, spider=SimpleNamespace(**spider)
    )
    made = PoliteThrottle.from_crawler(crawler)
    made._spider_opened(None)  # type: ignore[arg-type]
    return made


def slot(delay: float) -> SimpleNamespace:
    return SimpleNamespace(delay=delay, transferring=())


def robots(text: str) -> ProtegoRobotParser:
    return ProtegoRobotParser(text.encode(), None)


def answered(host: str, latency: float) -> tuple[Response, Request]:
    request = Request(f"http://{host}/", meta={"download_slot": host, "download_latency": latency})
    return Response(request.url, status=200), request


def test_crawl_delay_is_the_floor_under_autothrottle() -> None:
    slots = {"example.org": slot(2.0), "127.0.0.1": slot(0.0)}
    made = throttle(slots)
    made.robots_parsed(robots("User-agent: broadside\nCrawl-delay: 7.5"), Request("http://example.org/page"))
    assert slots["example.org"].delay == 7.5
    for _ in range(5):
        response, request = answered("example.org", 0.05)
        made._response_downloaded(response, request, None)  # type: ignore[arg-type]
        assert slots["example.org"].delay == 7.5
    response, request = answered("example.org", 30.0)
    made._response_downloaded(response, request, None)  # type: ignore[arg-type]
    assert slots["example.org"].delay == 30.0, "a server in trouble gets more room than it asks for"
    made.robots_parsed(robots("User-agent: *\nCrawl-delay: 9"), Request("http://127.0.0.1/"))
    response, request = answered("127.0.0.1", 3.0)
    made._response_downloaded(response, request, None)  # type: ignore[arg-type]
    assert slots["127.0.0.1"].delay == 0.0


def test_the_file_of_a_host_says_how_often_a_list_may_ask_for_it() -> None:
    text = 'name = "A"\nhomepage = "https://www.example.org/"\ncrawl_delay = 20.0\n'
    by_host = OrganizationsByHost({"a": load_organization("a", text, "x")})
    slots = {"example.org": slot(2.0), "example.com": slot(2.0)}
    made = throttle(slots, by_host=by_host)
    for host in slots:
        response, request = answered(host, 0.05)
        made._response_downloaded(response, request, None)  # type: ignore[arg-type]
    assert slots["example.org"].delay == 20.0
    assert slots["example.com"].delay < 3
    made.robots_parsed(robots("User-agent: *\nCrawl-delay: 9"), Request("http://example.org/"))
    assert made.floors["example.org"] == 20.0, "the longer one holds"
    made.robots_parsed(robots("User-agent: *\nCrawl-delay: 30"), Request("http://example.org/"))
    assert slots["example.org"].delay == 30.0


def test_crawl_delay_for_somebody_else_or_beyond_reason(caplog: pytest.LogCaptureFixture) -> None:
    slots = {"example.org": slot(1.0)}
    made = throttle(slots)
    made.robots_parsed(robots("User-agent: otherbot\nCrawl-delay: 50"), Request("http://example.org/"))
    assert slots["example.org"].delay == 1.0
    made.robots_parsed(robots("User-agent: *\nCrawl-delay: 86400"), Request("http://example.org/"))
    assert slots["example.org"].delay == MAX_CRAWL_DELAY
    assert "asks for a crawl delay of 86400" in caplog.text
