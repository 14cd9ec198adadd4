"""The end of a run: the process looks for no garbage when it ends, which took it a fifth of a second."""

from tests.runs.harness import Crawl, article

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
