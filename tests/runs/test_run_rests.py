"""Hosts that ask for a pause, and hours outside of which nothing is asked for."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from tests.runs.harness import Crawl, Reply, Server, article, write_list
from tests.runs.test_run_pages import organization
from tests.runs.test_run_politeness import EAGER, answered, slot, throttle, through


def wait(seconds: object) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", str(seconds)),)


def test_the_whole_host_rests_while_another_goes_on(crawl: Crawl, server: Server) -> None:
    urls = []
    for host in ("busy", "other"):
        for number in range(6):
            url = f"http://{host}.example/p{number}"
            server.page(url, Reply(article(f"Page {number} of {host}").encode(), delay=0.3))
            urls.append(url)
    page = Reply(article("Page 1 of busy").encode())
    server.page(urls[1], [Reply(b"", 429, headers=wait(6)), page])
    options = (*EAGER, "-s", "DOWNLOAD_DELAY=0.3", "-s", "RETRY_DELAY=0.1", "-s", "STATS_DUMP=1")
    listed = write_list(crawl.folder / "urls.csv", urls)
    run = crawl("pages", "-a", f"urls={listed}", *options, env=through(server)).check(0, "well: 12 records")
    asked_at = server.asked(urls[1])[0].at
    later = [one for one in server.requests if one.at > asked_at]
    busy = [one.at for one in later if "busy" in one.path]
    assert min(busy) - asked_at > 6
    assert [one for one in later if "other" in one.path and one.at < asked_at + 6]
    assert len(server.asked()) == 2 + len(urls) + 1, "each page once, but for the one that was refused"
    assert "'fetch/rests': 1" in run.stderr
    assert "busy.example asks for a pause: it is asked for nothing for 6 s" in run.stderr


def test_what_is_found_while_a_host_rests_waits_too(crawl: Crawl, server: Server) -> None:
    links = "".join(f"<p><a href='/p{number}'>page {number}</a></p>" for number in range(5))
    server.page("/", Reply(f"<html><body>{links}</body></html>".encode(), delay=1.0))
    server.page("/busy", [Reply(b"", 429, headers=wait(4)), Reply(b"<html><body>Nothing</body></html>")])
    for number in range(5):
        server.page(f"/p{number}", article(f"Page {number}"))
    text = '[discovery]\nsitemaps = []\nlistings = ["/", "/busy"]\n'
    run = crawl("small", env=organization(crawl, server, text)).check(0, "well: 5 records")
    asked_at = server.asked("/busy")[0].at
    assert min(server.asked(f"/p{number}")[0].at for number in range(5)) - asked_at > 4
    assert all(len(server.asked(f"/p{number}")) == 1 for number in range(5))
    assert "listing" in [one.outcome for one in run.outcomes[server.url("/busy")]]


def test_a_503_with_retry_after_rests_too_and_one_without_does_not(crawl: Crawl, server: Server) -> None:
    urls = [server.page(f"/p{number}", article(f"Page {number}")) for number in range(30)]
    server.page("/p0", [Reply(b"", 503, headers=wait(2)), Reply(article("Page 0").encode())])
    listed = write_list(crawl.folder / "urls.csv", urls)
    options = ("-s", "RETRY_DELAY=0.1", "-s", "STATS_DUMP=1")
    run = crawl("pages", "-a", f"urls={listed}", *options).check(0, "well: 30 records")
    asked_at = server.asked("/p0")[0].at
    gaps = [one.at - asked_at for one in server.requests if one.at > asked_at]
    assert not [gap for gap in gaps if 0.5 < gap < 1.9], "what was on its way, and then a pause"
    assert "'fetch/rests': 1" in run.stderr
    server.page("/p0", [Reply(b"", 503), Reply(article("Page 0").encode())])
    again = crawl("pages", "-a", f"urls={listed}", *options).check(0, "well: 30 records")
    assert "fetch/rests" not in again.stderr
    assert "'fetch/postponed/http_503': 1" in again.stderr


def test_a_host_that_asks_for_too_long_is_left_to_the_next_run(crawl: Crawl, server: Server) -> None:
    urls = [server.page(f"/p{number:02}", Reply(article(f"Page {number}").encode(), delay=0.1)) for number in range(40)]
    server.page("/p03", [Reply(b"", 429, headers=wait(86_400)), Reply(article("Page 3").encode())])
    listed = write_list(crawl.folder / "urls.csv", urls)
    run = crawl("pages", "-a", f"urls={listed}").check(0)
    assert len(server.paths) < 30, "what was on its way, and no more"
    assert "a pause of 86400 s, longer than a run waits" in run.stderr
    assert "retry after" in run.stderr
    assert run.outcome(urls[3]).reason == "http_429"
    server.requests.clear()
    crawl("pages", "-a", f"urls={listed}").check(0, "well: 40 records")


def test_a_429_without_a_time_slows_down_and_comes_to_an_end(crawl: Crawl, server: Server) -> None:
    urls = [server.page(f"/p{number}", Reply(b"", 429)) for number in range(6)]
    listed = write_list(crawl.folder / "urls.csv", urls)
    run = crawl("pages", "-a", f"urls={listed}", "-s", "RETRY_DELAY=0.02").check(3, "no records came out")
    assert len(server.paths) <= 18, "no page more than three times"
    assert {one.reason for outcomes in run.outcomes.values() for one in outcomes} <= {"http_429", "retry_after"}


def test_robots_txt_that_asks_for_a_pause(crawl: Crawl, server: Server) -> None:
    server.page("/robots.txt", [Reply(b"", 503, headers=wait(2)), Reply(b"User-agent: *\nDisallow: /private\n")])
    urls = [server.page(path, article(f"The page {path}")) for path in ("/page", "/private")]
    listed = write_list(crawl.folder / "urls.csv", urls)
    run = crawl("pages", "-a", f"urls={listed}").check(0, "well: 1 record")
    first, second = (one.at for one in server.asked("/robots.txt"))
    assert second - first > 1.9
    assert run.outcome(urls[1]).outcome == "disallowed"


# --- Hours ----------------------------------------------------------------------------------------------------------


def clock(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def test_a_run_waits_for_its_hours(crawl: Crawl, server: Server) -> None:
    urls = [server.page(f"/p{number}", article(f"Page {number}")) for number in range(3)]
    listed = write_list(crawl.folder / "urls.csv", urls)
    began = time.monotonic()
    hours = f"FETCH_HOURS={clock(8)}-{clock(3600)}"
    run = crawl("pages", "-a", f"urls={listed}", "-s", hours).check(0, "well: 3 records")
    assert min(one.at for one in server.requests) - began > 6.9
    assert "(UTC): waiting until" in run.stderr


def test_a_run_pauses_when_its_hours_end_and_goes_on(crawl: Crawl, server: Server) -> None:
    links = "".join(f"<p><a href='/p{number:02}'>page {number}</a></p>" for number in range(60))
    server.page("/", f"<html><body>{links}</body></html>")
    for number in range(60):
        server.page(f"/p{number:02}", Reply(article(f"Page {number}").encode(), delay=0.9))
    text = f'[politeness]\nhours = "{clock(12)}-{clock(5)}"\n'
    run = crawl("small", env=organization(crawl, server, text)).check(0, "well: 60 records")
    times = sorted(one.at for one in server.requests)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert 4 < max(gaps) < 9, gaps
    assert len(gaps) == 62, "each page once: nothing was dropped, nothing was asked for twice"
    assert "have begun" in run.stderr


def test_a_run_that_ends_with_its_hours(crawl: Crawl, server: Server) -> None:
    links = "".join(f"<p><a href='/p{number:02}'>page {number}</a></p>" for number in range(60))
    server.page("/", f"<html><body>{links}</body></html>")
    for number in range(60):
        server.page(f"/p{number:02}", Reply(article(f"Page {number}").encode(), delay=0.9))
    env = organization(crawl, server)
    options = ("-s", "OUTSIDE_HOURS=end")
    run = crawl("small", "-s", f"FETCH_HOURS={clock(3600)}-{clock(6)}", *options, env=env).check(0, "well: ")
    assert 0 < len(run.records) < 60
    assert "nothing more is asked for" in run.stderr
    for number in range(60):
        server.page(f"/p{number:02}", article(f"Page {number}"))
    crawl("small", *options, env=env).check(0, "well: 60 records")


def test_a_run_that_begins_outside_of_its_hours(crawl: Crawl, server: Server) -> None:
    page = server.page("/one", article("One"))
    env = organization(crawl, server)
    server.page("/", f"<p><a href='{page}'>one</a></p>")
    hours = f"{clock(3600)}-{clock(7200)}"
    options = ("-s", "OUTSIDE_HOURS=end", "-s", f"FETCH_HOURS={hours}")
    said = rf"outside of the hours {hours} \(UTC\): nothing was asked for"
    crawl("small", *options, env=env).check(3, f"^broadside: checks failed: {said}$")
    assert not server.requests
    crawl("small", env=env).check(0, "well: 1 record")
    asked = len(server.requests)
    crawl("small", *options, env=env).check(0, f"^broadside: well: {said}; 1 record in ")
    assert len(server.requests) == asked


def test_hours_that_are_none(crawl: Crawl, server: Server) -> None:
    listed = write_list(crawl.folder / "urls.csv", [server.url("/")])
    arguments = ("pages", "-a", f"urls={listed}", "-s")
    crawl(*arguments, "FETCH_HOURS=22-6").check(2, r"setting FETCH_HOURS='22-6' is not allowed .*22:00-06:00")
    crawl(*arguments, "OUTSIDE_HOURS=sleep").check(2, "allowed: wait, end")
    env = organization(crawl, server, '[politeness]\nhours = "22:00-22:00"\n')
    crawl("small", env=env).check(2, 'politeness.hours: .*22:00-06:00"')
    assert not server.requests


# --- PoliteThrottle by itself ---------------------------------------------------------------------------------------


def test_a_host_that_answers_429_is_asked_half_as_often_for_a_while() -> None:
    slots = {"example.org": slot(1.0), "127.0.0.1": slot(0.0)}
    made = throttle(slots)

    def answer(host: str, status: int) -> float:
        response, request = answered(host, 0.05)
        made._response_downloaded(response.replace(status=status), request, None)  # type: ignore[arg-type]
        return float(slots[host].delay)

    assert [answer("example.org", 429) for _ in range(3)] == [2.0, 4.0, 8.0]
    assert [answer("example.org", 429) for _ in range(9)][-1] == made.maxdelay
    for _ in range(100):
        assert answer("127.0.0.1", 429) == 0.0
    delays = [answer("example.org", 200) for _ in range(400)]
    assert delays[18] == made.maxdelay, "not at once"
    assert delays == sorted(delays, reverse=True)
    assert delays[-1] == 1.0
