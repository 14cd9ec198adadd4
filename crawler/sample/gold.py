"""What a crawl of the sample site must give for each of its paths, read from the content.

`gold.jsonl` beside this file is the reviewed result: a test compares the two, so a changed text or a changed rule shows
as a difference there. `python -m crawler.sample --gold > crawler/sample/gold.jsonl` writes it anew.
"""

import json
from collections.abc import Iterable
from typing import Any

from crawler.sample.content import Document, load_documents, read_toml, to_text
from crawler.sample.site import (
    ARCHIVE_INDEX,
    FEED,
    LISTING_PAGES,
    ROOT,
    SITEMAP_INDEX,
    SITEMAPS,
    STYLE,
    listing_path,
)


def build_gold() -> list[dict[str, Any]]:
    """One entry a path, in the order of the URLs."""
    organization = read_toml("organization.toml")
    entries = [_document_entry(document, organization["about"]) for document in load_documents()]
    listings = ["/", *map(listing_path, range(LISTING_PAGES)), FEED, SITEMAP_INDEX, *SITEMAPS]
    entries += [_entry(path, "listing") for path in listings]
    entries += [_entry(path, "not_linked") for path in ("/robots.txt", STYLE, ARCHIVE_INDEX)]
    entries += [_entry(link["path"], "not_linked") for link in organization["attachment"]]
    entries += [_entry(page["path"], "redirected", to=ROOT + page["to"]) for page in organization["redirect"]]
    entries += [_entry(page["path"], "duplicate", of=ROOT + page["of"]) for page in organization["duplicate"]]
    entries += [_entry(page["path"], "excluded", reason="no_text") for page in organization["empty"]]
    return sorted(entries, key=lambda entry: str(entry["url"]))


def format_gold(entries: Iterable[dict[str, Any]]) -> str:
    """JSON lines; U+2028 and its like never stand in a gold text, so plain UTF-8 is safe."""
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


def _entry(path: str, outcome: str, **more: Any) -> dict[str, Any]:
    return {"url": ROOT + path, "outcome": outcome, **more}


def _document_entry(document: Document, about: dict[str, str]) -> dict[str, Any]:
    if document.outcome != "recorded":
        return _entry(document.path, document.outcome)
    return _entry(
        document.path,
        document.outcome,
        title=to_text(document.title),
        date_published=document.date.published,
        date_published_precision=document.date.precision,
        authors=list(document.authors),
        document_type=document.document_type,
        text="\n\n".join(block.text for block in document.blocks),
        about=None if document.about is None else to_text(about[document.about]),
        contact=[to_text(line) for line in document.contact],
    )
