"""The short form of `make many-hosts`: while one host takes its time, the others are done."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.many_hosts import Crawled, Hosts, crawl, judge

# Fewer requests at a time than the slow host has pages: whoever does not pass it over has nothing left for the others.
SETTINGS = ("DOWNLOAD_DELAY=0.1", "AUTOTHROTTLE_START_DELAY=0.1", "CONCURRENT_REQUESTS=8")


def test_a_slow_host_holds_up_only_itself(tmp_path: Path) -> None:
    hosts = Hosts(count=4, slow_seconds=0.25)
    with hosts.running():
        spread = hosts.urls(4 * 20)
        slow = [url for url in spread if hosts.is_slow(url)]
        urls = [*slow, *(url for url in spread if not hosts.is_slow(url) and url[-2:] < "10")]
        assert (len(slow), len(urls)) == (20, 20 + 30)
        done = crawl(tmp_path, hosts, "all", urls, SETTINGS)
    assert done.accounted == Counter(recorded=len(urls))
    assert done.most == 1, "one request at a time to a host"
    assert done.before < 8, "the quick hosts are done before the slow one has answered half of its pages"


def result(seconds: float, rows: int, most: int = 1, **outcomes: int) -> Crawled:
    return Crawled(seconds, Counter(outcomes or {"recorded": rows}), most, quick=1, before=1)


@pytest.mark.parametrize(
    ("together", "fault"),
    [
        (result(29, 3), "well"),
        (result(31, 3), "the slow host held up others"),
        (result(29, 3, recorded=2, failed=1), "not every row has its record"),
        (result(29, 2), "not every row has its record"),
        (result(29, 3, most=2), "a host was asked for two things at once"),
    ],
)
def test_the_verdict(capsys: pytest.CaptureFixture[str], together: Crawled, fault: str) -> None:
    lists = {"quick": ["a", "b"], "slow": ["c"], "all": ["a", "b", "c"]}
    status = judge(lists, {"quick": result(10, 2), "slow": result(20, 1), "all": together})
    assert status == (fault != "well")
    assert capsys.readouterr().out.strip().endswith(f": {fault}")
