from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.shapes import LONGEST_WORD, MAX_WORDS, Shapes, read_address, strip_codes

SITE = "https://example.org"


def shape_of(path: str, *others: str) -> str:
    return str(Shapes(SITE + one for one in (path, *others)).find(SITE + path)).removeprefix("example.org")


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/", "/"),
        ("/press", "/press"),
        ("/press/", "/press/"),
        ("/press/2015/jails-are-sued", "/press/#/*"),
        ("/press/2015-03-27", "/press/#"),
        ("/press/27.3.2015/a", "/press/#/a"),
        ("/press/page-3.html", "/press/page-#.html"),
        ("/press/v2", "/press/v#"),
        ("/press/jails-sued", "/press/jails-sued"),  # one hyphen is a section's
        ("/press/we_have_won", "/press/*"),
        ("/press/we%20have%20won", "/press/*"),
        ("/press/We-Have-Won.HTML", "/press/*.html"),
        ("/press/" + "z" * LONGEST_WORD, "/press/" + "z" * LONGEST_WORD),
        ("/press/" + "z" * (LONGEST_WORD + 1), "/press/*"),
        ("/press/3f2a9c4d1b", "/press/*"),
        ("/press/deadbeefdeadbeef.pdf", "/press/*.pdf"),
        ("/press/a1b2", "/press/a#b#"),
        ("/press?page=3", "/press?page=*"),
        ("/press?b=1&a=2&b=3", "/press?a=*&b=*"),
        ("/press?f[0]=topic:3&f[1]=year:2015", "/press?f=*"),
        ("/press?f%5B0%5D=topic", "/press?f=*"),
        ("/press?empty=", "/press?empty=*"),
    ],
)
def test_the_shape_of_one_address(path: str, shape: str) -> None:
    assert shape_of(path) == shape


@pytest.mark.parametrize(("many", "shape"), [(MAX_WORDS, "/tag/votes/a"), (MAX_WORDS + 1, "/tag/*/a")])
def test_of_many_words_in_one_place_none_is_a_section(many: int, shape: str) -> None:
    words = ["votes", *("v" + "abcdefghijk"[number] for number in range(many - 1))]
    assert shape_of("/tag/votes/a", *(f"/tag/{word}/a" for word in words), "/tag/77/a", "/tag/a-b-c/a") == shape
    others = [f"/tag/{word}/a" for word in words]
    assert [shape_of(path, *others) for path in ("/tag/77/a", "/tag/a-b-c/a")] == ["/tag/#/a", "/tag/*/a"]
    assert shape_of("/tag/", *others) == "/tag/"
    # words of another place, numbers, slugs and repetitions count for nothing
    assert shape_of("/press/a", *(f"/tag/{word}/a" for word in words), *["/press/a"] * 99) == "/press/a"


def test_hosts_are_told_apart() -> None:
    shapes = Shapes(["https://example.org/a", "https://www.example.org/a"])
    assert shapes.find("https://example.org/a") != shapes.find("https://www.example.org/a")


def test_an_address_of_which_nothing_was_learned_has_a_shape() -> None:
    assert str(Shapes([]).find("https://example.org/a/2015/b-c-d?e=1")) == "example.org/a/#/*?e=*"


@pytest.mark.parametrize(
    ("path", "stripped"),
    [
        ("/a", "/a"),
        ("/a?page=2", "/a?page=2"),
        ("/a?t=a1b2c3d4e5f6", "/a"),
        ("/a?page=2&t=a1b2c3d4e5f6&b=3", "/a?page=2&b=3"),
        ("/a?t=deadbeefdeadbeef", "/a"),
        ("/a?t=a1b2c3", "/a?t=a1b2c3"),  # too short for a code
        ("/a?day=2015-03-27", "/a?day=2015-03-27"),
        ("/a?q=accountability", "/a?q=accountability"),
        ("/a?", "/a"),
    ],
)
def test_codes_are_stripped(path: str, stripped: str) -> None:
    assert strip_codes(SITE + path) == SITE + stripped


SEGMENTS = st.sampled_from(["press", "news", "2015", "03", "we-have-won", "a1b2c3d4e5f6", "page-2.html", "é", ""])
WORDS = st.sampled_from("abcdefghijklmnop")
QUERIES = st.sampled_from(["", "?page=2", "?page=3", "?a=1&b=2", "?b=2&a=1", "?f[0]=1", "?f[7]=2"])
URLS = st.builds(
    lambda segments, query: f"{SITE}/{'/'.join(segments)}{query}",
    st.lists(st.one_of(SEGMENTS, WORDS), max_size=4),
    QUERIES,
)


@given(st.lists(URLS, max_size=60), st.randoms())
def test_the_order_of_addresses_makes_no_difference(urls: list[str], random: Random) -> None:
    shapes, mixed = Shapes(urls), Shapes(random.sample(urls, len(urls)) + urls[:3])
    assert [shapes.find(url) for url in urls] == [mixed.find(url) for url in urls]


@given(st.lists(URLS, max_size=60), st.lists(URLS, max_size=60))
def test_addresses_of_one_shape_stay_of_one_shape_however_many_more_are_found(few: list[str], more: list[str]) -> None:
    before, after = Shapes(few), Shapes([*few, *more])
    together: dict[str, set[str]] = {}
    for url in few:
        together.setdefault(str(before.find(url)), set()).add(str(after.find(url)))
    assert all(len(shapes) == 1 for shapes in together.values())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_address_makes_them_raise(text: str) -> None:
    url = f"{SITE}/{text.replace('[', '').replace(']', '')}"
    assert read_address(url) == read_address(url)
    assert strip_codes(strip_codes(url)) == strip_codes(url)
    assert Shapes([url]).find(url) == Shapes([url, url]).find(url)
