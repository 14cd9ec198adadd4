"""`python -m crawler …`: `scrapy …` with this project's modules first, from any folder."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Put the checkout first on the path, so that no foreign `settings` can win, and hand over to Scrapy."""
    root = str(Path(__file__).resolve().parent.parent)
    sys.path[:] = [root, *(entry for entry in sys.path if entry != root)]
    os.environ["SCRAPY_SETTINGS_MODULE"] = "settings"
    from scrapy.cmdline import execute  # noqa: PLC0415 - only after the path is right

    execute(["scrapy", *sys.argv[1:]])


if __name__ == "__main__":
    main()
