import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import crawler.discovery.feed, crawler.discovery.listing, crawler.discovery.sitemap, crawler.discovery.urls
print(sorted({name.partition(".")[0] for name in sys.modules} & {"scrapy", "twisted", "trafilatura", "sqlite3"}))
"""


def test_importing_the_package_imports_no_scrapy_and_no_twisted() -> None:
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", PROGRAM], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
