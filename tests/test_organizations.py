import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.due import RevisitPolicy
from crawler.discovery.urls import in_scope
from crawler.organizations.load import OrganizationError, load_organization, load_organizations
from crawler.organizations.schema import Discovery, Organization, Revisit, Schedule, document_type_of
from crawler.spiders.loader import OrganizationLoader
from crawler.spiders.organization import OrganizationSpider

ROOT = Path(__file__).parents[1]
MINIMAL = 'name = "Example"\nhomepage = "https://www.example.org/"\n'


def load(text: str) -> Organization:
    return load_organization("example", text, "organizations/example.toml")


def fault(text: str) -> str:
    with pytest.raises(OrganizationError) as caught:
        load(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_name_and_homepage_suffice() -> None:
    organization = load(MINIMAL)
    assert organization.seeds == ("https://www.example.org/",)
    assert organization.discovery == Discovery()
    assert organization.discovery.sitemaps is None
    assert organization.discovery.follow_links
    assert organization.verified
    assert organization.revisit == Revisit()
    assert organization.revisit.policy == RevisitPolicy()
    assert organization.schedule is None
    assert organization.hosts == ("www.example.org",)
    assert document_type_of(organization, "https://www.example.org/") is None


def test_a_full_file() -> None:
    organization = load("""
        name = "Example"
        homepage = "https://example.org/en/"
        seeds = ["/news", "https://archive.example.org/"]
        languages = ["en", "pt-br"]
        time_zone = "America/New_York"
        date_order = "MDY"
        topics = ["housing"]
        crawl_delay = 5
        verified = false
        [discovery]
        sitemaps = []
        feeds = ["/feed"]
        listings = ["/news?a=1"]
        listing_links = "h2 > a, .teaser"
        next_page = "a.older"
        follow_links = false
        [urls]
        allow = ["/news/"]
        deny = ["[?]print="]
        hosts = ["Archive.Example.org"]
        [[document_types]]
        url = "/news/statement-"
        type = "Statement"
        [[document_types]]
        url = "/news/"
        type = "News"
        [expect]
        min_records = 30
        min_dated = 0.9
        [revisit]
        shortest_days = 2
        longest_days = 90
        share = 0.1
        gone_after = 5
        [schedule]
        every_days = 7
        paused = true
    """)
    assert organization.seeds == ("https://example.org/news", "https://archive.example.org/")
    assert organization.discovery.sitemaps == ()
    assert organization.discovery.feeds == ("https://example.org/feed",)
    assert organization.discovery.listings == ("https://example.org/news?a=1",)
    assert organization.hosts == ("example.org", "archive.example.org")
    assert organization.crawl_delay == 5
    assert organization.revisit.policy == RevisitPolicy(shortest_days=2, longest_days=90, share=0.1, gone_after=5)
    assert organization.schedule == Schedule(every_days=7, paused=True)
    assert document_type_of(organization, "https://example.org/news/statement-1") == "Statement"
    assert document_type_of(organization, "https://example.org/news/1?utm_source=/news/statement-") == "News"
    assert document_type_of(organization, "https://example.org/about") is None


@pytest.mark.parametrize(
    "section",
    ["", "[schedule]", "[schedule]\nevery_days = 7\npaused = true", "[expect]\nmin_words = 150\nmax_errors = 0.2"],
)
def test_when_it_is_crawled_and_what_is_expected_are_no_reasons_to_read_anything_anew(section: str) -> None:
    """The digest is that of files before there were such keys: another one has all listings read again."""
    spider = type("Spider", (OrganizationSpider,), {"name": "example", "organization": load(MINIMAL + section)})()
    assert spider.definition == "a44c4493da037a7a"
    spider.organization = load(MINIMAL + "[revisit]\nshare = 0.1")
    assert spider.definition != "a44c4493da037a7a"


def test_an_organization_does_not_change() -> None:
    with pytest.raises(pydantic.ValidationError):
        load(MINIMAL).name = "Other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "organizations/example.toml: name: missing; needed: a text"),
        ('name = "A"', "homepage: missing; needed: an http(s) URL with a host"),
        ('name = " "\nhomepage = "https://a.org"', "name: ' ' is empty"),
        ('name = "A"\nhomepage = "ftp://a.org"', "homepage: 'ftp://a.org' is no http(s) URL with a host"),
        (MINIMAL + 'seeds = ["news"]', "seeds: entry 1, 'news', is no http(s) URL with a host; allowed: a list of"),
        (MINIMAL + 'seeds = ["/a", 3]', "seeds[2]: 3 is not allowed; allowed: a list of"),
        (MINIMAL + 'seeds = "/a"', "seeds: '/a' is not allowed; allowed: a list of"),
        (MINIMAL + 'languages = ["English"]', "languages: entry 1, 'English', is no language code"),
        (MINIMAL + 'time_zone = "Mars/North"', "time_zone: 'Mars/North' is unknown; allowed: a name of the IANA"),
        (MINIMAL + 'date_order = "MYD"', "date_order: 'MYD' is not allowed; allowed: \"MDY\""),
        (MINIMAL + "crawl_delay = 121", "crawl_delay: 121 is not allowed; allowed: seconds"),
        (MINIMAL + "crawl_delay = nan", "crawl_delay: nan is not allowed"),
        (MINIMAL + 'verified = "no"', "verified: 'no' is not allowed; allowed: true or false"),
        (MINIMAL + "[expect]\nmin_records = 0", "expect.min_records: 0 is not allowed; allowed: a whole number"),
        (MINIMAL + "[expect]\nmin_dated = 90", "expect.min_dated: 90 is not allowed; allowed: a share from 0 to 1"),
        (
            MINIMAL + "[revisit]\nshortest_days = 0",
            "revisit.shortest_days: 0 is not allowed; allowed: days from 0.1 to",
        ),
        (MINIMAL + "[revisit]\nshortest_days = 400", "revisit.shortest_days: 400 is not allowed"),
        (MINIMAL + "[revisit]\nlongest_days = inf", "revisit.longest_days: inf is not allowed; allowed: days from 0.1"),
        (
            MINIMAL + "[revisit]\nshortest_days = 7\nlongest_days = 2",
            "revisit.longest_days: 2 is less than shortest_days, 7; allowed: days from 0.1 to 3650, not fewer than",
        ),
        (
            MINIMAL + "[revisit]\nshortest_days = 90",
            "revisit.longest_days: 60.0 is less than shortest_days, 90; allowed",
        ),
        (MINIMAL + "[revisit]\nshare = 2.5", "revisit.share: 2.5 is not allowed; allowed: a share from 0.001 to 1"),
        (MINIMAL + "[revisit]\nshare = 0", "revisit.share: 0 is not allowed"),
        (MINIMAL + "[revisit]\ngone_after = 1.5", "revisit.gone_after: 1.5 is not allowed; allowed: a whole number"),
        (MINIMAL + "[revisit]\ngone_after = 0", "revisit.gone_after: 0 is not allowed"),
        (
            MINIMAL + "[revisit]\nshortest_day = 2",
            "revisit.shortest_day: unknown key; did you mean shortest_days? allowed here: gone_after, longest",
        ),
        (MINIMAL + "gone_after = 2", "gone_after: unknown key; gone_after belongs in [revisit]; allowed here: "),
        (
            MINIMAL + "[schedule]\nevery_days = 0",
            "schedule.every_days: 0 is not allowed; allowed: days from 0.04 (an hour) to 366",
        ),
        (MINIMAL + "[schedule]\nevery_days = inf", "schedule.every_days: inf is not allowed"),
        (MINIMAL + '[schedule]\npaused = "no"', "schedule.paused: 'no' is not allowed; allowed: true or false"),
        (MINIMAL + "[schedule]\nevery_day = 2", "schedule.every_day: unknown key; did you mean every_days?"),
        (MINIMAL + "paused = true", "paused: unknown key; paused belongs in [schedule]; allowed here: "),
        (MINIMAL + "schedule = 1", "schedule: 1 is not allowed; allowed: a section: [schedule]"),
        (MINIMAL + '[urls]\nallow = ["("]', "urls.allow: entry 1, '(', does not compile: missing )"),
        (MINIMAL + '[urls]\nhosts = ["https://a.org"]', "urls.hosts: entry 1, 'https://a.org', is no host name"),
        (MINIMAL + '[discovery]\nnext_page = "a["', "discovery.next_page: 'a[' is no selector"),
        (MINIMAL + "discovery = 3", "discovery: 3 is not allowed; allowed: a section: [discovery]"),
        (MINIMAL + '[[document_types]]\nurl = "a"', "document_types[1].type: missing; needed: a text"),
        (MINIMAL + '[[document_types]]\nurl = "("\ntype = "A"', "document_types[1].url: '(' does not compile"),
        (
            MINIMAL + "[discovery]\nfollow_link = true",
            "discovery.follow_link: unknown key; did you mean follow_links? allowed here: feeds, follow_links, ",
        ),
        (MINIMAL + "time-zone = 1", "time-zone: unknown key; did you mean time_zone? allowed here: crawl_delay, "),
        (MINIMAL + "feeds = []", "feeds: unknown key; feeds belongs in [discovery]; allowed here: "),
        (MINIMAL + "[urls]\nverified = true", "urls.verified: unknown key; verified belongs at the top of the file"),
        (MINIMAL + "topics = [", "not TOML: Invalid value (at line 3, the end of the file)"),
        (MINIMAL + "\ntopics : 3", "not TOML: Expected '=' after a key in a key/value pair (at line 4, column 8)"),
        ("a = " + "[" * 100_000, "not TOML"),
    ],
)
def test_an_error_names_file_key_and_what_is_allowed(text: str, message: str) -> None:
    said = fault(text)
    assert said.startswith("organizations/example.toml: ")
    assert message in said


def test_all_errors_of_a_file_stand_in_one_line() -> None:
    said = fault('homepage = "x"\ncolour = "red"\n[expect]\nmin_records = -1')
    keys = (": name: missing", "; line 1: homepage: ", "; line 2: colour: ", "; line 4: expect.min_records: ")
    assert [key in said for key in keys] == [True] * 4
    assert sorted(keys, key=said.index) == list(keys), "in the order of the lines"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("[urls]\n\nalow = []", "line 5: urls.alow: unknown key", id="key of a section"),
        pytest.param('[urls]\n"alow" = []', "line 4: urls.alow", id="quoted key"),
        pytest.param(
            '[[document_types]]\nurl = "a"\ntype = "A"\n\n[[document_types]]\nurl = "b"\ntype = "B"\nkind = "C"',
            "line 10: document_types[2].kind: unknown key",
            id="second of an array of tables",
        ),
        pytest.param(
            'document_types = [\n {url = "a", type = "A"},\n {url = "b", type = "B", kind = 1}]',
            "line 5: document_types[2].kind",
            id="inline tables in an array",
        ),
        pytest.param('urls = {deny = [], allow = ["a", "("]}', "line 3: urls.allow: entry 2", id="inline table"),
        pytest.param('urls = {allow = [\n"a",\n"("\n]}', "line 5: urls.allow: entry 2", id="array in an inline table"),
        pytest.param('urls.deny = []\nurls.allow = ["("]', "line 4: urls.allow: entry 1", id="dotted key"),
        pytest.param('[urls]\nallow = [\n"a", "b",\n"c", "("]', "line 6: urls.allow: entry 4", id="array"),
        pytest.param(
            '[urls]\nallow = [ # "("\n# "(" ]\n\n"[a]",\n"(",\n]', "line 8: urls.allow: entry 2", id="comments"
        ),
        pytest.param('seeds = [\n"/a",\n3,\n]', "line 5: seeds[2]: 3", id="entry of another type"),
        pytest.param("seeds = [\n[\n[]]]", "line 4: seeds[1]: [[]]", id="nested arrays"),
        pytest.param("name_2 = '''\n[urls]\nallow = 3\n'''", "line 3: name_2", id="what looks like a section"),
        pytest.param('topics = [\n"""\na]\n""",\n""]', "line 7: topics: entry 2", id="after a long string in an array"),
        pytest.param("topics = [\n'a',\n'''\n \n''']", "line 5: topics: entry 2", id="long string in an array"),
        pytest.param('# urls.allow = ["("]\n[urls]\nallow = ["("]', "line 5: urls.allow", id="what was switched off"),
        pytest.param(
            '[[document_types]]\nurl = "a"', "line 3: document_types[1].type: missing", id="missing in a section"
        ),
        pytest.param(
            "[revisit]\nshortest_days = 90", "line 3: revisit.longest_days: 60.0", id="default that does not fit"
        ),
        pytest.param("urls = 3", "line 3: urls: 3", id="no section"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_error_names_the_line(text: str, place: str, line_end: str, tmp_path: Path) -> None:
    text = (MINIMAL + text).replace("\n", line_end)
    assert fault(text).startswith(f"organizations/example.toml: {place}")
    (tmp_path / "example.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())  # as Notepad writes it
    assert f"{tmp_path / 'example.toml'}: {place}" in load_organizations([tmp_path]).errors["example"]


def test_a_long_file_is_searched_in_no_time() -> None:
    entries = "".join(f'"/a{number}]",\n' for number in range(400))
    sections = "".join(f'[[document_types]]\nurl = "{number}"\ntype = "A"\n' for number in range(400))
    began = time.perf_counter()
    said = fault(f'{MINIMAL}[urls]\nallow = [\n{entries}"("]\n{sections}kind = 3\n')
    assert "line 405: urls.allow: entry 401" in said
    assert "line 1606: document_types[400].kind" in said
    assert time.perf_counter() - began < 20, "seconds"


@pytest.mark.parametrize("slug", ["documents", "pages", "replay", "Upper", "-dash", "a.b", "", "ä"])
def test_slugs(slug: str) -> None:
    with pytest.raises(OrganizationError, match="the file's name"):
        load_organization(slug, MINIMAL, "x.toml")


def test_bundled_organizations_are_without_error() -> None:
    loaded = load_organizations([])
    assert loaded.errors == {}
    assert loaded.origins["ccrjustice"] == "crawler/organizations/ccrjustice.toml"
    assert set(loaded.organizations) == {path.stem for path in (ROOT / "crawler/organizations").glob("*.toml")}


# Addresses as the sites have them, and the type that each must get. Nothing is asked of these sites here.
EXAMPLES: dict[str, dict[str, str | None]] = {
    "aclu": {
        "https://www.aclu.org/press-releases/court-halts-transfers": "Press Release",
        "https://www.aclu.org/publications/a-year-in-detention": "Report",
        "https://www.aclu.org/news/free-speech/what-to-know": "News",
        "https://www.aclu.org/cases/doe-v-county": "Case",
        "https://www.aclu.org/press-releases": None,
    },
    "amnesty": {
        "https://www.amnesty.org/en/latest/news/2015/12/a-letter/": "News",
        "https://www.amnesty.org/es/latest/news/2015/12/una-carta/": "News",
        "https://www.amnesty.org/en/latest/press-release/2015/12/a-letter/": "Press Release",
        "https://www.amnesty.org/en/latest/research/2021/07/a-method/": "Research",
        "https://www.amnesty.org/en/latest/campaigns/2021/07/a-march/": "Campaign",
        "https://www.amnesty.org/en/documents/asa17/1234/2015/en/": "Document",
        "https://www.amnesty.org/en/about-us/": None,
    },
    "btselem": {
        "https://www.btselem.org/press_releases/20151214_a_letter": "Press Release",
        "https://www.btselem.org/hebrew/press_releases/20151214_a_letter": "Press Release",
        "https://www.btselem.org/arabic/press_release/20151214_a_letter": "Press Release",
        "https://www.btselem.org/publications/201512_a_report": "Report",
        "https://www.btselem.org/publications/fulltext/201512_a_report": "Report",
        "https://www.btselem.org/testimonies/20151214_a_road": "Testimony",
        "https://www.btselem.org/press_releases": None,
    },
    "ccrjustice": {
        "https://ccrjustice.org/home/press-center/press-releases/victory": "Press Release",
        "https://ccrjustice.org/home/blog/2015/12/14/why": "Blog",
        "https://ccrjustice.org/home/get-involved/tools-resources/inside-ccr/why": "Public Facing Advocacy Writing",
        "https://ccrjustice.org/home/what-we-do/our-cases/doe-v-county": "Case",
        "https://ccrjustice.org/home/press-center/press-releases?page=2": None,
    },
    "cels": {
        "https://www.cels.org.ar/web/publicaciones/un-informe/": "Publication",
        "https://www.cels.org.ar/web/2015/12/una-carta/": "News",
        "https://www.cels.org.ar/web/en/2015/12/a-letter/": "News",
        "https://www.cels.org.ar/web/publicaciones/": None,
    },
    "eff": {
        "https://www.eff.org/press/releases/court-halts-searches": "Press Release",
        "https://www.eff.org/deeplinks/2015/12/why": "Blog",
        "https://www.eff.org/wp/a-paper": "White Paper",
        "https://www.eff.org/cases/doe-v-county": "Case",
        "https://www.eff.org/deeplinks?page=2": None,
    },
    "fidh": {"https://www.fidh.org/en/region/europe-central-asia/belarus/a-letter": None},
    "fightforthefuture": {
        "https://www.fightforthefuture.org/news/2015-12-14-a-letter/": "Press Release",
        "https://www.fightforthefuture.org/news/": None,
    },
    "hrw": {
        "https://www.hrw.org/news/2015/12/14/a-letter": "News",
        "https://www.hrw.org/es/news/2015/12/14/una-carta": "News",
        "https://www.hrw.org/report/2015/12/14/a-report": "Report",
        "https://www.hrw.org/world-report/2015/country-chapters/a": "World Report",
        "https://www.hrw.org/news": None,
    },
    "humanrightsfirst": {
        "https://humanrightsfirst.org/library/a-report/": "Publication",
        "https://humanrightsfirst.org/library/": None,
    },
    "laquadrature": {
        "https://www.laquadrature.net/2015/12/14/une-lettre/": "Article",
        "https://www.laquadrature.net/en/2015/12/14/a-letter/": "Article",
        "https://www.laquadrature.net/donner/": None,
    },
    "memorial": {
        "https://memopzk.org/news/pismo/": "News",
        "https://memopzk.org/news/": None,
    },
}


@pytest.mark.parametrize("slug", sorted(path.stem for path in (ROOT / "crawler/organizations").glob("*.toml")))
def test_a_bundled_organization(slug: str) -> None:
    loaded = load_organizations([])
    assert slug not in loaded.errors
    organization = loaded.organizations[slug]
    assert loaded.origins[slug] == f"crawler/organizations/{slug}.toml"
    assert slug in OrganizationLoader([]).list()
    assert organization.languages
    assert organization.time_zone is not None
    assert organization.verified is (slug == "sample"), "nobody can try a live site here"
    for url in (*organization.seeds, *organization.discovery.listings):
        assert in_scope(url, organization.hosts, organization.urls.allow, organization.urls.deny) is None, url
    if slug == "sample":
        return
    assert organization.homepage.startswith("https://")
    examples = EXAMPLES[slug]
    for url, document_type in examples.items():
        assert in_scope(url, organization.hosts, organization.urls.allow, organization.urls.deny) is None, url
        assert document_type_of(organization, url) == document_type, url
    for rule in organization.document_types:
        deciding = [url for url, document_type in examples.items() if document_type == rule.type]
        assert any(re.search(rule.url, url) for url in deciding), f"no example for {rule.url}"


def test_the_bundled_organizations_are_in_the_docs() -> None:
    docs = (ROOT / "docs/organizations.md").read_text("utf-8")
    for slug, organization in load_organizations([]).organizations.items():
        assert f"| `{slug}` | {organization.name} | {organization.homepage} |" in docs or slug == "sample"


def test_ccrjustice() -> None:
    organization = load_organizations([]).organizations["ccrjustice"]
    assert not organization.verified
    home = "https://ccrjustice.org/home"
    document = f"{home}/get-involved/tools-resources/inside-ccr/diplomatic-assurances-against-torture-are-not-enough"
    assert document_type_of(organization, document) == "Public Facing Advocacy Writing"
    assert document_type_of(organization, f"{home}/press-center/press-releases/victory") == "Press Release"
    assert document_type_of(organization, f"{home}/press-center/press-releases?page=2") is None

    def rule(url: str) -> str | None:
        return in_scope(url, organization.hosts, organization.urls.allow, organization.urls.deny)

    assert rule(document) is None
    assert rule(f"{home}/press-center/press-releases?page=27") is None
    assert rule(f"{home}/blog?f[0]=created:2014&page=2") == r"deny:[?&]f(\[|%5B)"
    assert rule(f"{home}/donate") == "allow"
    assert [rule(url) for url in (*organization.seeds, *organization.discovery.listings)] == [None] * 8


def test_a_users_folder_outranks_and_one_broken_file_fails_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    (first / "ccrjustice.toml").write_text(MINIMAL)
    (first / "windows.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    (first / "broken.toml").write_text("name = ")
    (first / "latin.toml").write_bytes(b'\nname = "Caf\xe9"')
    (first / "Bad Name.toml").write_text(MINIMAL)
    (first / "pages.toml").write_text(MINIMAL)
    (first / "folder.toml").mkdir()
    (first / ".hidden.toml").write_text("")
    (first / "notes.txt").write_text("")
    (first / "mended.toml").write_text("name = ")
    (second / "mended.toml").write_text(MINIMAL)

    loaded = load_organizations([first, tmp_path / "absent", second])

    assert loaded.organizations["ccrjustice"].name == "Example"
    assert loaded.origins["ccrjustice"] == str(first / "ccrjustice.toml")
    assert loaded.organizations["windows"] == loaded.organizations["mended"] == load(MINIMAL)
    assert set(loaded.errors) == {"broken", "latin", "Bad Name", "pages", "folder", str(tmp_path / "absent")}
    assert loaded.errors["broken"].startswith(f"{first / 'broken.toml'}: not TOML: Invalid value (at line 1, ")
    assert loaded.errors["latin"] == f"{first / 'latin.toml'}: line 2: not UTF-8, which TOML requires"
    assert "taken by a spider" in loaded.errors["pages"]
    assert loaded.errors[str(tmp_path / "absent")] == (
        f"{tmp_path / 'absent'}: no folder of organization files: No such file or directory"
    )
    assert not set(loaded.organizations) & set(loaded.errors)


def test_a_broken_replacement_does_not_let_the_bundled_file_through(tmp_path: Path) -> None:
    (tmp_path / "ccrjustice.toml").write_text("name = ")
    loaded = load_organizations([tmp_path])
    assert "ccrjustice" not in loaded.organizations
    assert str(tmp_path) in loaded.errors["ccrjustice"]


def test_bundled_files_are_read_from_a_zip(tmp_path: Path) -> None:
    egg = tmp_path / "project.egg"
    with zipfile.ZipFile(egg, "w") as archive:
        for path in [*ROOT.glob("crawler/**/*.py"), *ROOT.glob("crawler/**/*.toml")]:
            archive.write(path, path.relative_to(ROOT))
    program = (
        "import crawler, crawler.organizations.load as load; loaded = load.load_organizations([]);"
        "print(crawler.__file__, sorted(loaded.organizations), loaded.errors)"
    )
    environment = {**os.environ, "PYTHONPATH": str(egg)}
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.startswith(str(egg))
    assert "'ccrjustice'" in answer.stdout
    assert answer.stdout.rstrip().endswith("{}")


TOML_PIECES = st.lists(
    st.sampled_from(
        [
            MINIMAL,
            "seeds = ",
            "name = ",
            "homepage = ",
            "languages = ",
            "time_zone = ",
            "document_types = ",
            "[discovery]\n",
            "[urls]\n",
            "[[document_types]]\n",
            "listings = ",
            "allow = ",
            "next_page = ",
            "hosts = ",
            "3\n",
            '"//["\n',
            '["//[", "/a"]\n',
            '"*:has("\n',
            "[[1], {a = 1}]\n",
            "1979-05-27\n",
            '"\\u0000"\n',
            "{}\n",
            '["\\u0000"]\n',
        ]
    )
).map("".join)


@given(st.one_of(st.text(), TOML_PIECES))
def test_any_text_is_an_organization_or_one_line_of_error(text: str) -> None:
    message = ""
    try:
        load(text)
    except OrganizationError as error:
        message = str(error)
    assert len(message.splitlines()) <= 1
