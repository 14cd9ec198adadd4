"""The corpora next to the checkout: real pages with gold, never copied into the repository."""

import csv
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "corpora"
WITH_TEXT = (
    "openglam",
    "mn-attorney-general",
    "clean-portal-eval",
    "wcxb-dev-articles",
    "article-extraction-benchmark",
)
WITH_DATE = ("htmldate-dates", "wcxb-dev-articles", "openglam", "mn-attorney-general")
SITES = ("openglam", "mn-attorney-general", "clean-portal-eval")  # with gold and several pages of a site
DATES_ALONE = ("htmldate-dates",)  # with a gold date and no gold text
ONE_SITE_WITHOUT_GOLD = ("un-humanitarian-summit",)
ALL = (*WITH_TEXT, *ONE_SITE_WITHOUT_GOLD, *DATES_ALONE)


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page and what a person says is on it."""

    folder: str
    file: str
    url: str
    gold: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """Where its bytes are, under gzip."""
        return FOLDER / self.folder / self.file

    def body(self) -> bytes:
        """Read the page's bytes."""
        with gzip.open(self.path) as file:
            return file.read()


def load_gold(folder: str) -> list[GoldPage]:
    """Read the gold of a corpus, in its order."""
    with (FOLDER / folder / "gold.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [GoldPage(folder, row["file"], row["url"], row) for row in rows]


def load_pages(folder: str) -> list[GoldPage]:
    """Read the pages that can be measured: those with a gold text, title or date, or all of a corpus without gold."""
    if folder in ONE_SITE_WITHOUT_GOLD:
        return [GoldPage(folder, row["file"], row["url"], {}) for row in load_manifest(folder)]
    return [page for page in load_gold(folder) if any(page.gold.get(key) for key in ("body", "title", "date"))]


def load_unmeasured(folder: str) -> list[GoldPage]:
    """Read the pages that cannot be measured: what must hold on every page is checked on them too."""
    measured = {page.file for page in load_pages(folder)}
    return [
        GoldPage(folder, row["file"], row["url"], {}) for row in load_manifest(folder) if row["file"] not in measured
    ]


def load_manifest(folder: str) -> list[dict[str, str]]:
    """Read the manifest of a corpus."""
    with (FOLDER / folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
