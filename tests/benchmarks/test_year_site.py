"""The site of the simulated year is what it says, and changes when its calendar says."""

import gzip
import html
import re
import unicodedata
from collections import Counter
from datetime import date, timedelta
from importlib import resources
from urllib.parse import urljoin, urlsplit

import pytest

from benchmarks.night_server import HOST
from benchmarks.year_calendar import CALENDARS, SHORT, YEAR, Calendar
from benchmarks.year_expected import Expected
from benchmarks.year_script import CAMPAIGN, CAMPAIGN_PAGES, REBUILT, VERBS, Entry
from benchmarks.year_site import Night, build_night, organization_file
from benchmarks.year_writing import STYLES, find_style, mark_date
from crawler.organizations.load import load_organization
from crawler.sample.content import read_toml

PORT = 8901
NIGHTS = [build_night(SHORT, 1, night, PORT) for night in range(SHORT.nights)]
LAST = build_night(YEAR, 1, YEAR.nights - 1, PORT)
ORDINARY = "/press/curfew-ordinance-withdrawn"
ARCHIVED = "/archive/the-ferry-case.html"


def _page(night: Night, path: str) -> str:
    return night.respond(path).body.decode("cp1252" if path.startswith("/archive/") else "utf-8")


def _visible(text: str) -> str:
    """What a reader sees, more or less."""
    text = re.sub(r"(?s)<script.*?</script>", " ", text)
    text = html.unescape(re.sub(r"(?s)</?(?:a|em|strong)\b[^>]*>", "", text))
    return unicodedata.normalize("NFC", " ".join(re.sub(r"(?s)<[^>]+>", " ", text).split()))


def _live(night: Night) -> list[Entry]:
    return [entry for entry in night.entries.values() if entry.status == 200]


def _changed(number: int) -> list[Entry]:
    """The pages that are not as they were the night before."""
    before = NIGHTS[number - 1].entries
    return [entry for path, entry in NIGHTS[number].entries.items() if path in before and before[path] != entry]


# --- What is written ---


def test_the_site_is_the_same_each_time() -> None:
    for number in (0, 8, 14):
        again = build_night(SHORT, 1, number, PORT)
        assert again == NIGHTS[number]
        assert again.fixed == NIGHTS[number].fixed
    assert build_night(SHORT, 2, 1, PORT) != NIGHTS[1]


def test_the_first_night_is_the_bundled_site() -> None:
    assert len(NIGHTS[0].entries) == 31
    assert NIGHTS[0].base not in _page(NIGHTS[0], "/robots.txt").replace(f"{NIGHTS[0].base}/sitemap.xml", "")
    assert "lanternjustice.example/" not in _page(NIGHTS[0], ORDINARY)


@pytest.mark.parametrize(
    "night", [NIGHTS[0], NIGHTS[9], NIGHTS[10], LAST], ids=["first", "rebuilt", "redesign", "last"]
)
def test_each_page_says_what_its_record_must_say(night: Night) -> None:
    for entry in _live(night):
        page = _visible(_page(night, entry.path))
        fields = Expected(entry.path, entry.document, "new", None, 1).as_fields(night.base)
        assert fields["title"] in page, entry.path
        position = 0
        for line in re.split(r"\n| \| ", fields["text"]):
            found = page.find(line, position)
            assert found >= 0, (entry.path, line)
            position = found + len(line)
        for file in fields["attachments"]:
            assert night.respond(file["url"].removeprefix(night.base)).content_type == "application/pdf"


@pytest.mark.parametrize("night", [NIGHTS[0], NIGHTS[10], LAST], ids=["first", "redesign", "last"])
def test_all_articles_can_be_reached_and_links_lead_somewhere(night: Night) -> None:
    reached: set[str] = set()
    waiting = ["/", "/robots.txt", "/rss.xml", "/news"]
    missing = set()
    while waiting:
        path = waiting.pop()
        if path in reached or path.startswith(("/search", "/drafts/")):
            continue
        reached.add(path)
        answer = night.respond(path)
        if answer.status == 404 and path not in night.entries:
            missing.add(path)
        body = gzip.decompress(answer.body) if answer.content_type == "application/gzip" else answer.body
        text = body.decode("cp1252" if path.startswith("/archive/") else "utf-8", errors="replace")
        found = re.findall(r"""(?i)href=["']([^"']+)["']|<(?:loc|link)>([^<]+)<|Sitemap: (\S+)""", text)
        found += [(value,) for name, value in answer.headers if name == "Location"]
        urls = [urlsplit(urljoin(night.base + path, html.unescape(one))) for groups in found for one in groups]
        waiting += [f"{url.path}?{url.query}" if url.query else url.path for url in urls if url.hostname == HOST]
    assert missing == {"/news/volunteer-training-rescheduled"}  # as on the bundled site
    live = {entry.path: entry.document for entry in _live(night)}
    # What only the feed named is named by nobody once there is enough that is newer.
    lost = {path for path, page in live.items() if not page.in_sitemap and page.listing_page is None} - reached
    assert live.keys() - lost <= reached
    assert bool(lost) == (night is LAST)


def test_documents_of_a_year_differ_and_repeat_no_paragraph() -> None:
    written = [entry.document for entry in LAST.entries.values() if entry.born > 0 and entry.status == 200]
    assert 80 <= len(written) <= 140
    paragraphs = Counter(block.text for document in written for block in document.blocks if block.kind == "paragraph")
    assert set(paragraphs.values()) == {1}
    assert {find_style(document) for document in written} >= {*STYLES} - {"dateline"}
    assert {document.document_type for document in written} == {"Press Release", "News", "Report", "Statement"}
    assert {document.contact_in_body for document in written} == {True, False}


def test_dates_are_said_as_the_samples_pages_say_them() -> None:
    day = date(2022, 3, 9)
    assert mark_date(day, "posted").shown == "Posted on: March 9, 2022"
    assert mark_date(day, "day first").shown == "9 March 2022"
    assert mark_date(day, "numbers").shown == "03/09/2022"
    assert mark_date(day, "dateline").shown is None
    assert {mark_date(day, style).published for style in STYLES} == {"2022-03-09"}


# --- What changes ---


def test_a_new_year_changes_the_footer_and_no_text() -> None:
    first = next(night for night in NIGHTS if SHORT.find_day(night.number).year == 2022)
    before = NIGHTS[first.number - 1]
    assert "2021" not in _visible(_page(first, ORDINARY))
    assert _page(before, ORDINARY).count("2021") == 4
    assert first.entries[ORDINARY].document == before.entries[ORDINARY].document
    assert "&copy; 2004" in _page(first, ARCHIVED)
    assert YEAR.find_day(92) == date(2022, 1, 1)


def test_the_redesign_keeps_the_words_only_and_leaves_the_archive_alone() -> None:
    before, after = NIGHTS[SHORT.redesign - 1], NIGHTS[SHORT.redesign]
    names = [
        {name for value in re.findall(r'class="([^"]+)"', _page(night, ORDINARY)) for name in value.split()}
        for night in (before, after)
    ]
    assert min(map(len, names)) > 10
    assert names[0] & names[1] == set()
    assert before.entries[ORDINARY] == after.entries[ORDINARY]
    assert _page(before, ARCHIVED) == _page(after, ARCHIVED)
    assert YEAR.find_day(YEAR.redesign).month == 6
    assert min(YEAR.redesign, YEAR.nights - YEAR.redesign) > 90


def test_nuisances_are_there_in_their_time_only() -> None:
    def nights_with(words: str, path: str = ORDINARY) -> set[int]:
        return {night.number for night in NIGHTS if words in _page(night, path)}

    assert nights_with("Giving Week") == {2}
    assert nights_with(">Take Action<") == set(range(SHORT.menu, SHORT.nights))
    assert nights_with("two services that count visits") == set(range(SHORT.cookies, SHORT.nights))
    assert nights_with('class="landing"', "/reports/the-price-of-a-night") == set(range(SHORT.rebuilt, SHORT.redesign))
    assert nights_with('class="landing"') == set()
    campaign = [entry.path for entry in LAST.entries.values() if entry.document.layout == CAMPAIGN]
    assert len(campaign) == CAMPAIGN_PAGES
    assert all('class="story__words"' in _page(LAST, path) for path in campaign)
    assert LAST.entries["/reports/the-price-of-a-night"].document.layout == REBUILT


def test_the_sitemap_tells_of_announced_changes_and_lies_once() -> None:
    def lastmods(night: Night) -> dict[str, str]:
        found = re.findall(r"<loc>http://[^/]+([^<]+)</loc><lastmod>([^<]+)<", _page(night, "/sitemap-pages.xml"))
        return dict(found)

    for number in range(1, SHORT.nights):
        before, after = lastmods(NIGHTS[number - 1]), lastmods(NIGHTS[number])
        told = {path for path in before.keys() & after.keys() if before[path] != after[path]}
        announced = {entry.path for entry in _changed(number) if entry.touched == number and entry.status == 200}
        if number == SHORT.lies:
            assert told == after.keys()
        else:
            assert told == announced & before.keys(), number


@pytest.mark.parametrize("calendar", CALENDARS.values(), ids=CALENDARS.keys())
def test_everything_happens_in_a_calendar(calendar: Calendar) -> None:
    verbs = {act.verb for night, acts in calendar.acts.items() for act in acts if 0 < night < calendar.nights}
    assert verbs <= VERBS.keys()
    assert verbs >= {"edit", "retitle", "redate", "attach", "withdraw", "restore", "move", "edit old"}
    assert {act.announced for acts in calendar.acts.values() for act in acts} == {True, False}
    nights = [calendar.redesign, calendar.menu, calendar.cookies, calendar.rebuilt, calendar.campaign, calendar.lies]
    nights += [*calendar.down, *calendar.robots, *calendar.full, *calendar.giving]
    assert all(0 < night < calendar.nights for night in nights)
    assert calendar.find_day(calendar.nights - 1).year > calendar.first.year
    assert not calendar.out & calendar.full
    last = build_night(calendar, 1, calendar.nights - 1, PORT)
    assert {entry.status for entry in last.entries.values()} == {200, 301} | ({404, 410} if calendar is YEAR else set())


def test_a_year_has_the_pace_of_an_organization() -> None:
    days = [YEAR.find_day(night) for night in range(YEAR.nights)]
    births = {day: YEAR.births(night, day) for night, day in enumerate(days)}
    assert max(births.values()) == births[date(2022, 3, 9)] == 6
    assert not any(count for day, count in births.items() if day.month == 8)
    assert not any(births[date(2021, 12, 22) + timedelta(days=number)] for number in range(11))
    weeks = [sum(births[day] for day in days[start : start + 7]) for start in range(0, 350, 7)]
    assert 1 <= sum(weeks) / len(weeks) <= 3
    assert max(weeks) <= 10


def test_robots_is_out_of_order_for_one_night() -> None:
    statuses = [night.respond("/robots.txt").status for night in NIGHTS]
    assert [number for number, status in enumerate(statuses) if status == 503] == [*SHORT.robots]
    assert set(statuses) == {200, 503}


def test_the_organization_file_can_be_read_and_says_what_the_bundled_one_says() -> None:
    organization = load_organization("lantern", organization_file(PORT), "lantern.toml")
    text = (resources.files("crawler") / "organizations" / "sample.toml").read_text(encoding="utf-8")
    bundled = load_organization("sample", text, "sample.toml")
    assert organization.name == bundled.name == read_toml("organization.toml")["name"]
    assert organization.homepage == f"http://127.0.0.1:{PORT}/"
    assert (organization.time_zone, organization.languages) == (bundled.time_zone, bundled.languages)
