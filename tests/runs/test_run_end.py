"""What a run saves: at its end the process looks for no garbage, and on the way its signals make no tasks."""

import json

from settings import ITEM_PIPELINES
from tests.runs.harness import Crawl, article

NAMING = """
class Name:
    @classmethod
    def from_crawler(cls, crawler):
        open("manager", "w").write(type(crawler.signals).__name__)
        return cls()
"""

COUNTING = """
import atexit, gc, os, sys
if "crawl" in sys.orig_argv:  # no worker
    atexit.register(lambda: open(os.environ["COUNTED"], "w").write(str(len(gc.get_objects()))))
"""


def test_nothing_is_left_to_be_gone_over(crawl: Crawl) -> None:
    site, counted = crawl.folder / "site", crawl.folder / "counted"
    site.mkdir()
    (site / "a.html").write_text(article("A page"), encoding="utf-8")
    (crawl.folder / "sitecustomize.py").write_text(COUNTING, encoding="utf-8")
    env = {"PYTHONPATH": str(crawl.folder), "COUNTED": str(counted)}
    crawl("documents", "-a", f"path={site}", env=env).check(0, "well: 1 record")
    assert int(counted.read_text()) < 2000, "of more than a hundred thousand"


def test_a_run_tells_its_signals_without_tasks(crawl: Crawl) -> None:
    site = crawl.folder / "site"
    site.mkdir()
    (site / "a.html").write_text(article("A page"), encoding="utf-8")
    (crawl.folder / "naming.py").write_text(NAMING.replace('"manager"', repr(str(crawl.folder / "manager"))), "utf-8")
    pipelines = f"ITEM_PIPELINES={json.dumps({**ITEM_PIPELINES, 'naming.Name': 950})}"
    env = {"PYTHONPATH": str(crawl.folder)}
    crawl("documents", "-a", f"path={site}", "-s", pipelines, env=env).check(0, "well: 1 record")
    assert (crawl.folder / "manager").read_text() == "PlainSignals"
