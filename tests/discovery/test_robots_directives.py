"""X-Robots-Tag and the meta element: what holds for us."""

import time
from datetime import UTC, datetime

import pytest

from crawler.discovery.robots_directives import find_directives

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def of_headers(*values: str) -> set[str]:
    return set(find_directives(values, b"", "Broadside", NOW))


def of_page(markup: str | bytes) -> set[str]:
    body = markup if isinstance(markup, bytes) else f"<html><head>{markup}</head><body>A page</body></html>".encode()
    return set(find_directives((), body, "Broadside/0.1 (+a@b.example)", NOW))


@pytest.mark.parametrize(
    ("values", "directives"),
    [
        ([], ""),
        (["noindex"], "noindex"),
        (["NoIndex, NoFollow"], "noindex nofollow"),
        (["noindex", "noarchive"], "noindex noarchive"),
        (["none"], "noindex nofollow"),
        (["all, index, follow, max-snippet: 20"], ""),
        (["nocache"], "noarchive"),
        (["broadside: noindex, noarchive"], "noindex noarchive"),
        (["BROADSIDE: none"], "noindex nofollow"),
        (["otherbot: noindex, nofollow"], ""),
        (["otherbot: noindex", "noarchive"], "noarchive"),
        (["noarchive, otherbot: noindex"], "noarchive"),
        (["otherbot: noindex, broadside: nofollow"], "nofollow"),
        (["*: noindex"], "noindex"),
        (["broad: noindex"], ""),
        (["max-image-preview:large, noindex"], "noindex"),
        (["nonsense, noindexing, index noindex"], ""),
        (["unavailable_after: 25 Jun 2025 15:00:00 GMT"], "unavailable_after noindex"),
        (["unavailable_after: Wed, 25 Jun 2025 15:00:00 GMT, nofollow"], "unavailable_after noindex nofollow"),
        (["unavailable_after: Wednesday, 25-Jun-25 15:00:00 GMT"], "unavailable_after noindex"),
        (["unavailable_after: 2025-06-25"], "unavailable_after noindex"),
        (["unavailable_after: 2030-06-25T10:00:00+02:00"], "unavailable_after"),
        (["broadside: unavailable_after: 2025-06-25"], "unavailable_after noindex"),
        (["otherbot: unavailable_after: 2025-06-25"], ""),
        (["unavailable_after: soon, noarchive"], "unavailable_after noarchive"),
        (["unavailable_after: soon"], "unavailable_after"),
        ([", ,:,::, broadside:"], ""),
    ],
)
def test_headers(values: list[str], directives: str) -> None:
    assert of_headers(*values) == set(directives.split())


@pytest.mark.parametrize(
    ("markup", "directives"),
    [
        ("<meta name='robots' content='noindex'>", "noindex"),
        ('<META CONTENT="NoIndex,NoArchive" NAME="ROBOTS" />', "noindex noarchive"),
        ("<meta name=robots content=noarchive>", "noarchive"),
        ("<meta\n name = 'robots'\n content = 'noindex nofollow'\n>", "noindex nofollow"),
        ("<meta name='broadside' content='noarchive'><meta name='robots' content='nofollow'>", "noarchive nofollow"),
        ("<meta name='otherbot' content='noindex'>", ""),
        ("<meta name='robots' content='&#110;oindex'>", "noindex"),
        ("<!-- <meta name='robots' content='noindex'> -->", ""),
        ("<script>var a = \"<meta name='robots' content='noindex'>\"</script>", ""),
        ("<title><meta name='robots' content='noindex'></title>", ""),
        ("<script></script><meta name='robots' content='noindex'>", "noindex"),
        ("<meta property='robots' content='noindex'>", ""),
        ("<meta name='description' content='robots: noindex'>", ""),
        ("<meta name='robots'>", ""),
        ("<meta name='robots' content='unavailable_after: 2025-06-25'>", "unavailable_after noindex"),
    ],
)
def test_pages(markup: str, directives: str) -> None:
    assert of_page(markup) == set(directives.split())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    assert of_page("<html><meta name='robots' content='noindex'>".encode(encoding)) == {"noindex"}


@pytest.mark.parametrize(
    "piece", [b"<meta ", b"<!--", b"<script", b"<meta name='robots' content='", b"robots<title", b"\x00\xff"]
)
def test_no_page_takes_long(piece: bytes) -> None:
    began = time.monotonic()
    of_page(b"robots" + piece * 100_000)
    assert time.monotonic() - began < 2
