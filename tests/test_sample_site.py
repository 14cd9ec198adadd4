"""The bundled sample site: its gold covers it, its traps are there, and its server behaves like a small proxy."""

import contextlib
import gzip
import hashlib
import html
import http.client
import json
import os
import re
import subprocess
import sys
import tomllib
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree

from crawler.sample.content import parse_block, read_toml
from crawler.sample.gold import build_gold, format_gold
from crawler.sample.server import SampleServer
from crawler.sample.site import HOST, ROOT, SampleResponse, build_pdf, build_site

SITE = build_site()
GOLD_TEXT = (resources.files("crawler.sample") / "gold.jsonl").read_text(encoding="utf-8")
GOLD: dict[str, dict[str, Any]] = {}
for gold_line in GOLD_TEXT.split("\n")[:-1]:
    gold_entry = json.loads(gold_line)
    GOLD[gold_entry["url"].removeprefix(ROOT)] = gold_entry
RECORDED = {path: entry for path, entry in GOLD.items() if entry["outcome"] == "recorded"}
ORGANIZATION = tomllib.loads((resources.files("crawler") / "organizations" / "sample.toml").read_text(encoding="utf-8"))


def decode(response: SampleResponse) -> str:
    content_type = dict(response.headers)["Content-Type"]
    charset = re.search(r"charset=([\w-]+)", content_type)
    return response.body.decode(charset[1] if charset else "cp1252")


def visible(response: SampleResponse) -> str:
    """What a reader sees, more or less: no scripts, tags or references, NFC, white space collapsed."""
    text = re.sub(r"(?s)<script.*?</script>", " ", decode(response))
    text = html.unescape(re.sub(r"(?s)</?(?:a|em|strong)\b[^>]*>", "", text))
    text = re.sub(r"(?s)<[^>]+>", " ", text)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def listed(path: str) -> list[str]:
    body = SITE[path].body
    root = etree.fromstring(gzip.decompress(body) if path.endswith(".gz") else body)
    return [str(url).removeprefix(ROOT) for url in root.xpath("//*[local-name()='loc']/text() | //item/link/text()")]


def listing_links(path: str) -> list[str]:
    content = decode(SITE[path]).split('<div class="view-content">')[1].split("<nav")[0]
    return re.findall(r'<h3><a href="([^"]+)"', content)


# --- gold ---------------------------------------------------------------------------------------------------------


def test_gold_covers_exactly_the_paths_of_the_site() -> None:
    assert set(GOLD) == set(SITE)
    assert len(GOLD_TEXT.splitlines()) == len(GOLD)


def test_committed_gold_is_what_the_content_says() -> None:
    assert format_gold(build_gold()) == GOLD_TEXT


def test_site_is_the_same_on_every_call() -> None:
    assert build_site() == SITE


def test_site_is_the_same_from_a_zip_as_in_an_egg(tmp_path: Path) -> None:
    egg = tmp_path / "broadside.egg"
    root = Path(__file__).parent.parent
    with zipfile.ZipFile(egg, "w") as archive:
        archive.write(root / "crawler" / "__init__.py", "crawler/__init__.py")
        for file in sorted((root / "crawler" / "sample").rglob("*")):
            if "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(root).as_posix())
    program = (
        "import hashlib, crawler.sample.site as site; "
        "print(site.__file__, hashlib.sha256(repr(site.build_site()).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(egg)},
        capture_output=True,
        text=True,
        check=True,
    )
    file_name, digest = done.stdout.split()
    assert file_name.startswith(str(egg))
    assert digest == hashlib.sha256(repr(SITE).encode()).hexdigest()


def test_outcomes_are_counted() -> None:
    assert Counter(entry["outcome"] for entry in GOLD.values()) == {
        "recorded": 31,
        "listing": 8,
        "not_linked": 7,
        "disallowed": 1,
        "duplicate": 1,
        "excluded": 1,
        "gone": 1,
        "redirected": 1,
    }
    assert {entry["document_type"] for entry in RECORDED.values()} == {
        "Press Release",
        "News",
        "Report",
        "Statement",
        "Archive",
    }


@pytest.mark.parametrize("path", RECORDED)
def test_each_line_of_the_gold_text_stands_in_the_page_in_order(path: str) -> None:
    page = visible(SITE[path])
    position = 0
    for line in RECORDED[path]["text"].split("\n"):
        for part in line.split(" | "):
            found = page.find(part, position)
            assert found >= 0, part
            position = found + len(part)


@pytest.mark.parametrize("path", RECORDED)
def test_title_authors_about_and_contact_stand_in_the_page(path: str) -> None:
    page, entry = visible(SITE[path]), RECORDED[path]
    outside = [entry["title"], *entry["authors"], *entry["contact"], *([entry["about"]] if entry["about"] else [])]
    assert [words for words in outside if words not in page] == []
    assert not any(line in entry["text"] for line in entry["contact"])
    assert entry["about"] is None or entry["about"] not in entry["text"]


@pytest.mark.parametrize("path", RECORDED)
def test_gold_text_is_clean(path: str) -> None:
    text = RECORDED[path]["text"]
    assert unicodedata.is_normalized("NFC", text)
    assert text == "\n".join(" ".join(line.split()) for line in text.split("\n"))
    assert not re.search(r"\n\n\n|[<>\u2028]|\]\(|\*", text)


def test_dates_have_a_precision_exactly_when_they_are_there() -> None:
    assert Counter(entry["date_published_precision"] for entry in RECORDED.values()) == {
        "day": 25,
        "second": 2,
        "month": 2,
        "season": 1,
        None: 1,
    }
    assert all(
        (entry["date_published"] is None) == (entry["date_published_precision"] is None) for entry in RECORDED.values()
    )


def test_redirect_and_duplicate_name_their_article() -> None:
    for path, entry in GOLD.items():
        if entry["outcome"] == "redirected":
            assert SITE[path].status == 301
            assert dict(SITE[path].headers)["Location"] == entry["to"]
            assert entry["to"].removeprefix(ROOT) in RECORDED
        if entry["outcome"] == "duplicate":
            original = SITE[entry["of"].removeprefix(ROOT)]
            assert SITE[path] == original
            assert f'<link rel="canonical" href="{entry["of"]}">' in decode(original)


def test_block_with_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError, match="poem"):
        parse_block({"poem": "no"})


# --- discovery ----------------------------------------------------------------------------------------------------


def test_each_way_of_discovery_knows_articles_that_the_others_do_not() -> None:
    sitemap = {path for name in listed("/sitemap.xml") for path in listed(name)}
    feed = set(listed("/rss.xml"))
    pages = [set(listing_links(path)) for path in ("/news", "/news?page=1", "/news?page=2")]
    listing = set.union(*pages)
    assert len((sitemap - feed - listing) & set(RECORDED)) == 11
    assert feed - sitemap - listing == {
        "/news/remembering-judge-abelard-finch",
        "/press/lantern-joins-brief-on-right-to-counsel",
    }
    assert (pages[1] - pages[0] - pages[2] - sitemap - feed) & set(RECORDED) == {"/news/letters-from-the-third-floor"}
    assert (pages[2] - sitemap - feed) & set(RECORDED) == {
        "/press/suit-over-heat-in-hallam-county-jail",
        "/news/the-bus-that-was-always-late",
    }
    redirected = {entry["to"].removeprefix(ROOT) for entry in GOLD.values() if entry["outcome"] == "redirected"}
    assert set(RECORDED) == ((sitemap | feed | listing) & set(RECORDED)) | redirected
    assert {GOLD[path]["outcome"] for path in sitemap | feed | listing} == {
        "recorded",
        "duplicate",
        "excluded",
        "disallowed",
        "gone",
        "redirected",
    }


def test_listing_pages_lead_to_one_another() -> None:
    path, seen = "/news", ["/news"]
    while match := re.search(r'<a href="([^"]+)" rel="next">', decode(SITE[path])):
        path = urljoin(ROOT + path, match[1]).removeprefix(ROOT)
        seen.append(path)
    assert seen == ["/news", "/news?page=1", "/news?page=2"]


def test_robots_names_the_sitemap_and_closes_the_draft() -> None:
    robots = decode(SITE["/robots.txt"])
    assert f"Sitemap: {ROOT}/sitemap.xml" in robots
    assert "Disallow: /drafts/" in robots


def test_links_inside_the_site_lead_somewhere() -> None:
    missing = set()
    for path, response in SITE.items():
        if response.body.startswith((b"%PDF", b"\x1f\x8b")):
            continue
        for target in re.findall(r'href="([^"]+)"', decode(response), re.IGNORECASE):
            parts = urlsplit(urljoin(ROOT + path, html.unescape(target)))
            if parts.hostname == HOST and parts.path + (f"?{parts.query}" if parts.query else "") not in SITE:
                missing.add((path, target))
    assert missing == set()


def test_document_types_follow_from_the_organization_file() -> None:
    rules = [(re.compile(rule["url"]), rule["type"]) for rule in ORGANIZATION["document_types"]]
    for path, entry in RECORDED.items():
        assert next(kind for pattern, kind in rules if pattern.search(ROOT + path)) == entry["document_type"]
    assert ORGANIZATION["expect"]["min_records"] <= len(RECORDED)
    assert ORGANIZATION["homepage"] == f"{ROOT}/"


# --- traps --------------------------------------------------------------------------------------------------------


def test_footer_stands_three_times_on_modern_pages() -> None:
    page = visible(SITE["/press/curfew-ordinance-withdrawn"])
    assert page.count("2024 Lantern Justice Project") == 3
    assert page.count("Main: 212-555-0140") == 3


def test_latin_1_page_states_no_charset_and_is_not_utf_8() -> None:
    response = SITE["/archive/cafe-on-marsh-street.html"]
    assert b"charset" not in response.body.lower()
    assert "charset" not in dict(response.headers)["Content-Type"]
    with pytest.raises(UnicodeDecodeError):
        response.body.decode("utf-8")
    assert "Peñaloza" in response.body.decode("cp1252")


def test_one_page_holds_two_html_documents() -> None:
    body = SITE["/press/school-district-ends-fines-for-lateness"].body
    assert body.count(b"</html>") == 2
    assert b"<p>" not in body.split(b"</html>")[0]


def test_unicode_traps_are_in_the_bytes() -> None:
    text = decode(SITE["/press/supervisors-reject-new-women-s-jail"])
    assert "\u2028" in text
    assert "&nbsp;" in text
    assert not unicodedata.is_normalized("NFC", text)


def test_empty_page_gone_page_and_pdf() -> None:
    assert SITE["/news/photo-gallery-open-house"].body == b""
    assert SITE["/news/volunteer-training-rescheduled"].status == 404
    pdf = SITE["/sites/default/files/waiting-for-a-word.pdf"].body
    assert pdf == build_pdf("Waiting for a Word")
    table = int(pdf.split(b"startxref\n")[1].split(b"\n")[0])
    assert pdf[table : table + 4] == b"xref"
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", pdf), start=1):
        assert pdf[int(offset) :].startswith(b"%d 0 obj" % number)


def test_about_paragraph_has_two_editions() -> None:
    about = read_toml("organization.toml")["about"]
    assert Counter(entry["about"] for entry in RECORDED.values() if entry["about"]) == {
        about["early"]: 6,
        about["late"]: 5,
    }


# --- server -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = SampleServer()
    yield server.start()
    server.stop()


def fetch(port: int, target: str, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())


@pytest.mark.parametrize("path", SITE)
def test_server_serves_every_path_in_both_forms(port: int, path: str) -> None:
    for target in (ROOT + path, path):
        status, body, headers = fetch(port, target)
        assert (status, body) == (SITE[path].status, SITE[path].body)
        assert set(SITE[path].headers) <= set(headers.items())


def test_server_takes_the_host_with_its_port_and_a_missing_path(port: int) -> None:
    assert fetch(port, f"http://{HOST}:80/news?page=1")[1] == SITE["/news?page=1"].body
    assert fetch(port, f"http://{HOST}")[1] == SITE["/"].body


def test_head_has_the_headers_and_no_body(port: int) -> None:
    status, body, headers = fetch(port, "/press/curfew-ordinance-withdrawn", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(SITE["/press/curfew-ordinance-withdrawn"].body)


@pytest.mark.parametrize("target", ["/nothing", "/news?page=3", "/news?page=0", f"{ROOT}/nothing"])
def test_unknown_path_is_404(port: int, target: str) -> None:
    assert fetch(port, target)[0] == 404


@pytest.mark.parametrize("target", ["http://elsewhere.example/", f"https://{HOST}/", "http://127.0.0.1/news"])
def test_other_host_in_absolute_form_is_refused_in_one_line(port: int, target: str) -> None:
    status, body, _ = fetch(port, target)
    assert status == 502
    assert body.decode().splitlines() == [f"This server knows only http://{HOST}/"]


def test_connection_is_kept_alive_and_nothing_is_logged(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.connect()
        socket = connection.sock
        for target in (
            "/",
            "/nothing",
            f"{ROOT}/press-releases/2013/family-notice",
            "http://elsewhere.example/",
            "/news",
        ):
            connection.request("GET", target)
            connection.getresponse().read()
            assert connection.sock is socket
    assert capfd.readouterr() == ("", "")


def test_server_that_stopped_listens_no_more_and_can_start_again() -> None:
    server = SampleServer()
    server.stop()
    first = server.start()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        fetch(first, "/")
    assert fetch(server.start(), "/")[0] == 200
    server.stop()
