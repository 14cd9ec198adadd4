"""A list over many hosts: what it needs of the system does not grow with them, and a limit is not overshot by them."""

import sys

from benchmarks.many_hosts import Hosts
from tests.runs.harness import Crawl, write_list

FILES = 180  # that a process may open


def test_idle_connections_do_not_use_up_the_files(crawl: Crawl) -> None:
    hosts = Hosts(count=200, slow_seconds=0)
    program = ("bash", "-c", f'ulimit -n {FILES}; exec "$@"', "-", sys.executable, "-m", "crawler", "crawl")
    with hosts.running():
        listed = write_list(crawl.folder / "list.csv", hosts.urls(200))
        run = crawl("pages", "-a", f"urls={listed}", "-s", "CONCURRENT_REQUESTS=20", "-s", "WORKERS=1", program=program)
    run.check(0, "well: 200 records")
    assert "Too many open files" not in run.stderr


def test_a_limit_is_not_overshot_by_many_hosts(crawl: Crawl) -> None:
    hosts = Hosts(count=60, slow_seconds=0)
    with hosts.running():
        listed = write_list(crawl.folder / "list.csv", hosts.urls(60))
        crawl("pages", "-a", f"urls={listed}", "-a", "limit=4").check(0, "well: 4 records")
    assert len(hosts.answered) <= 8, "as many as are wanted, and those that were on their way"
