"""The site of the nightly experiment is what it says, and changes when it says."""

import re
import subprocess
import sys
import time
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from benchmarks.night_server import Asked
from benchmarks.nightly_script import CAST, LEAST_PAGES, NIGHTS, UNAVAILABLE, Entry, started_at
from benchmarks.nightly_site import NightlyServer, build_night, organization_file
from crawler.organizations.load import load_organization

PAGES, PORT = 100, 8901
SITES = [build_night(PAGES, 1, night, PORT) for night in range(NIGHTS)]


def _acting(night: int, announced: bool = True) -> list[Entry]:
    """The pages that are not as they were the night before."""
    before = SITES[night - 1].entries
    return [
        entry
        for path, entry in SITES[night].entries.items()
        if entry.announced == announced and path in before and before[path].modified != entry.modified
    ]


# --- The site ---------------------------------------------------------------------------------------------------------


def test_the_site_is_the_same_each_time() -> None:
    for number in (0, 13, 29):
        again = build_night(PAGES, 1, number, PORT)
        assert again == SITES[number]
        assert again.fixed == SITES[number].fixed
    assert build_night(PAGES, 2, 0, PORT) != SITES[0]
    with pytest.raises(ValueError, match="too few"):
        build_night(LEAST_PAGES - 1, 1, 0, PORT)


@pytest.mark.parametrize("pages", [LEAST_PAGES, 400])
def test_nobody_plays_two_parts(pages: int) -> None:
    first, last = (build_night(pages, 1, night, PORT) for night in (0, NIGHTS - 1))
    assert sum(CAST.values()) <= LEAST_PAGES
    changed = [path for path, entry in first.entries.items() if last.entries[path].modified != entry.modified]
    assert len(changed) == sum(CAST.values()) - 1  # the page that is copied stays as it is


@pytest.mark.parametrize("number", [0, 10, 13, 22, 29])
def test_all_that_is_there_can_be_reached_and_nothing_else_is_named(number: int) -> None:
    night = SITES[number]
    reached: set[str] = set()
    waiting = ["/", "/robots.txt", "/feed.xml"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        answer = night.respond(path)
        assert answer.status != 404 or path in night.entries, path
        text = answer.body.decode() + "".join(value for name, value in answer.headers if name == "Location")
        found = re.findall(r"href='([^']+)'|<(?:loc|link)>([^<]+)<|Sitemap: (\S+)|^(/news)$", text)
        urls = [urlsplit(url) for groups in found for url in groups if url]
        waiting += [f"{url.path}?{url.query}" if url.query else url.path for url in urls]
    there = {path for path, entry in night.entries.items() if entry.listed}
    assert there <= reached
    assert reached <= night.entries.keys() | night.fixed.keys()
    assert night.fixed.keys() - night.files <= reached


def test_a_page_holds_what_its_record_must_hold_and_the_footer_of_all() -> None:
    footers = set()
    for entry in SITES[6].entries.values():
        body = SITES[6].respond(entry.path).body.decode()
        container = body[body.index("<article>") : body.index("</article>")]
        title, day, *paragraphs = re.findall(r"<(?:h1|p class='date'|p)>(.*?)</(?:h1|p)>", container)
        article = entry.article
        assert title == article.title
        assert day == f"{article.date:%B} {article.date.day}, {article.date.year}"
        assert [re.sub("<[^>]+>", "", paragraph) for paragraph in paragraphs[:-2]] == [*article.paragraphs]
        files = re.findall(r"<a href='([^']+)'>([^<]+)</a>", container)
        assert files == ([(article.attachment, article.attachment_words)] if article.attachment else [])
        assert all(SITES[6].respond(path).content_type == "application/pdf" for path, _ in files)
        footers.add(tuple(paragraphs[-2:]))
    ((contact, about),) = footers
    assert contact.startswith("Contact")
    assert about.startswith("About")
    texts = [entry.article.text for entry in SITES[0].entries.values()]
    assert len({*texts}) == len(texts) == PAGES
    assert min(entry.article.date.year for entry in SITES[0].entries.values()) == 2012
    assert max(entry.article.date.year for entry in SITES[0].entries.values()) == 2020


def test_half_of_the_pages_say_whether_they_changed_and_the_others_come_again() -> None:
    night = SITES[1]
    with_validators = [entry for entry in night.entries.values() if entry.has_validators]
    assert 0.35 * PAGES < len(with_validators) < 0.65 * PAGES
    for entry in night.entries.values():
        first = night.respond(entry.path, nonce="1")
        headers = dict(first.headers)
        assert (not headers) == (not entry.has_validators)
        if not headers:
            again = night.respond(entry.path, '"a"', "Mon, 01 Mar 2021 00:00:00 GMT", nonce="2")
            assert again.status == 200
            assert (again.body == first.body) == (not entry.has_nonce)
            continue
        tag, modified = headers["ETag"], headers["Last-Modified"]
        assert night.respond(entry.path, tag).status == 304
        assert night.respond(entry.path, f'"a", W/{tag}').status == 304
        assert night.respond(entry.path, None, modified).status == 304
        assert night.respond(entry.path, '"a"', modified).status == 200  # If-None-Match outranks the other
        assert night.respond(entry.path, None, "Sun, 01 Jan 2012 00:00:00 GMT").status == 200
        assert night.respond(entry.path, tag).body == b""
        assert SITES[7].respond(entry.path, tag, modified).status == 200  # its footer changed
        assert SITES[7].respond(entry.path, None, modified).status == 200
        assert SITES[24].respond(entry.path, None, modified).status != 304  # and changed back
    assert any(entry.has_nonce for entry in night.entries.values())
    assert not any(entry.has_nonce and entry.has_validators for entry in night.entries.values())


def test_what_leads_to_pages_says_whether_it_changed() -> None:
    for path, answer in SITES[0].fixed.items():
        tag = dict(SITES[0].respond(path).headers)["ETag"]
        assert SITES[0].respond(path, tag).status == 304
        assert SITES[0].respond(path).body == answer.body
        assert SITES[1].respond(path, tag).status == 304, path
    for path in ("/", "/news", "/feed.xml", "/sitemap-news.xml"):
        tag = dict(SITES[0].respond(path).headers)["ETag"]
        assert SITES[2].respond(path, tag).status == 200


def test_the_sitemap_tells_of_changes_and_lies_on_two_nights() -> None:
    for night in SITES[1:]:
        said = dict(re.findall(r"<loc>([^<]+)</loc><lastmod>([^<]+)<", night.fixed["/sitemap-news.xml"].body.decode()))
        assert said.keys() == {night.base + entry.path for entry in night.listed}
        today = started_at(night.number)[:10]
        of_today = {url for url, lastmod in said.items() if lastmod.startswith(today)}
        if night.number == 9:
            assert of_today == said.keys()
        elif night.number == 20:
            assert {lastmod[:4] for lastmod in said.values()} == {"2001"}
        else:
            new = {entry.path for entry in night.listed if entry.path not in SITES[night.number - 1].entries}
            told = {entry.path for entry in night.listed if entry.announced}
            if night.number != 17:  # the new pages of that night are of the days before
                told |= new
            assert of_today == {night.base + path for path in told}


def test_some_changes_are_told_by_nothing() -> None:
    assert [len(_acting(night, announced=False)) for night in (10, 12, 20)] == [0, 3, 0]
    sly = _acting(12, announced=False)
    assert sorted(entry.born for entry in sly) == [0, 7, 7]
    for path, entry in SITES[7].entries.items():  # the footers of night 7
        assert SITES[6].respond(path).body != SITES[7].respond(path).body or entry.path not in SITES[6].entries
        assert not entry.announced
    for entry in _acting(21):
        assert entry.article == SITES[20].entries[entry.path].article
        assert SITES[20].respond(entry.path).body != SITES[21].respond(entry.path).body
    assert len(_acting(21)) == 20


def test_the_footer_comes_back_as_it_was() -> None:
    untouched = [path for path, entry in SITES[24].entries.items() if SITES[0].entries.get(path) == entry]
    assert len(untouched) > PAGES / 3
    for path in untouched:
        bodies = [SITES[night].respond(path).body for night in (0, 6, 7, 23, 24)]
        assert bodies[0] == bodies[1] == bodies[4] != bodies[2] == bodies[3]


def test_withdrawn_moved_diverted_and_copied_pages() -> None:
    assert sorted((entry.born, entry.status) for entry in _acting(10)) == [(2, 404), (2, 410), (6, 404)]
    restored = {entry.path: entry for entry in _acting(18)}
    kept = [entry.article == SITES[9].entries[path].article for path, entry in restored.items()]
    assert sorted(kept) == [False, True]
    for entry in SITES[13].entries.values():
        if entry.status == 301:
            assert entry.target is not None
            target = SITES[13].entries[entry.target]
            assert target.article == entry.article
            assert target.listed
            assert not entry.listed
    assert Counter(entry.status for entry in SITES[13].entries.values())[301] == 3
    (diverted,) = (entry for entry in SITES[22].entries.values() if entry.status == 302)
    assert dict(SITES[22].respond(diverted.path).headers)["Location"] == "/news"
    (copy,) = (entry for entry in SITES[29].entries.values() if entry.copy_of)
    assert copy.copy_of is not None
    assert len(copy.path) > len(copy.copy_of)
    assert copy.path > copy.copy_of
    assert copy.path not in SITES[22].entries
    assert SITES[23].respond(copy.path).body == SITES[23].respond(copy.copy_of).body
    (back,) = (entry for entry in _acting(26) if entry.article == entry.first)
    assert SITES[25].entries[back.path].article != back.first
    assert SITES[26].respond(back.path).body == SITES[0].respond(back.path).body


def test_on_one_night_everything_is_unavailable() -> None:
    (number,) = UNAVAILABLE
    assert {SITES[number].respond(path).status for path in ("/", "/robots.txt", *SITES[number].entries)} == {503}


# --- The server -----------------------------------------------------------------------------------------------------


def _get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_the_server_keeps_its_port_and_tells_what_it_was_asked_for() -> None:
    with NightlyServer(LEAST_PAGES, 1) as server:
        load_organization("nightly", organization_file(server.port), "nightly.toml")
        server.begin(0)
        night = build_night(LEAST_PAGES, 1, 0, server.port)
        status, headers, body = _get(server.port, "/news")
        assert (status, body) == (200, night.fixed["/news"].body)
        status, again, body = _get(server.port, "/news", If_None_Match=headers["ETag"])
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
        assert "Content-Length" not in again
        nonce = next(path for path, entry in night.entries.items() if entry.has_nonce)
        assert _get(server.port, nonce)[2] != _get(server.port, nonce)[2]
        assert _get(server.port, "/nowhere")[0] == 404
        assert server.asked() == [
            Asked("/news", 200, conditional=False),
            Asked("/news", 304, conditional=True),
            Asked(nonce, 200, conditional=False),
            Asked(nonce, 200, conditional=False),
            Asked("/nowhere", 404, conditional=False),
        ]
        server.begin(15, is_up=False)
        with pytest.raises(ConnectionRefusedError):
            _get(server.port, "/news")
        assert server.asked() == []
        server.begin(16)
        assert _get(server.port, "/robots.txt")[0] == 503
        server.begin(17)
        assert server.asked() == []
        assert b"2021-03-18" in _get(server.port, "/sitemap-news.xml")[2]


def test_the_server_ends_with_its_keeper() -> None:
    keeper = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time; from benchmarks.nightly_site import NightlyServer; server = NightlyServer(60, 1); "
            "server.begin(0); print(server.port, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    port = int(keeper.stdout.readline())
    assert _get(port, "/")[0] == 200
    keeper.kill()
    keeper.communicate()
    deadline = time.monotonic() + 10
    while True:
        try:
            _get(port, "/")
        except ConnectionError:
            break
        assert time.monotonic() < deadline, "it goes on serving"
        time.sleep(0.05)
