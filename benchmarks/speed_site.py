"""Pages of a site that does not exist, as many as are asked for, and what extractors are warmed up with.

Each page is a function of its number: one template, a sidebar that lists other pages, a dated article of 3 to 24
paragraphs. Written for `make speed`; nothing of it is anybody's.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from gzip import compress
from pathlib import Path

from benchmarks.corpora import GoldPage
from benchmarks.crash_site import WORDS

HOMEPAGE = "https://society.example.org/"
_FIRST_DAY = date(2001, 1, 2)
_DAYS = 9000  # on which articles appear, again and again
_NAVIGATION = ("About us", "Our work", "Reports", "Press room", "Events", "Members", "Library", "Donate", "Contact us")
_FOOTER = (
    "The Crossing Society is a union of the towns along the river and keeps the record of what was decided there.",
    "Press enquiries are answered on every working day from nine to five, in writing, within a week.",
    "All reports may be printed again with the name of the society and the day on which they appeared.",
)


def name_page(number: int) -> str:
    """Give the URL of a page."""
    return f"{HOMEPAGE}news/{_day(number).year}/{_slug(number)}-{number}.html"


def make_page(number: int) -> bytes:
    """Write a page: some 14 kilobytes, of which about half are the article."""
    rng = random.Random(number)
    day = _day(number)
    shown = f"{day:%B} {day.day}, {day.year}"
    others = [number + step for step in (1, 2, 3, 5, 8, 13, 21, 34)]
    navigation = "".join(f'<li><a href="/{i}/">{name}</a></li>\n' for i, name in enumerate(_NAVIGATION))
    latest = "".join(
        f'<li><a href="{name_page(one)}">{_title(one)}</a> <span class="when">{_day(one):%d %b %Y}</span></li>\n'
        for one in others
    )
    text = "".join(f"<p>{_sentences(rng)}</p>\n" for _ in range(rng.randint(3, 24)))
    footer = "".join(f"<p>{line}</p>\n" for line in _FOOTER)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{_title(number)} | The Crossing Society</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css">
<script>window.dataLayer = window.dataLayer || []; dataLayer.push({{"page": {number}, "kind": "article"}});</script>
</head><body class="article page-{number}">
<header><div class="logo"><a href="/">The Crossing Society</a></div>
<nav><ul class="menu">{navigation}</ul></nav></header>
<div class="columns"><div id="main"><div class="crumbs"><a href="/">Home</a> / <a href="/news/">News</a></div>
<article><h1>{_title(number)}</h1><p class="date">{shown}</p>
{text}</article>
<div class="share"><a href="#mail">Send by mail</a> <a href="#print">Print this page</a></div></div>
<aside><h2>Latest news</h2><ul class="latest">
{latest}</ul><h2>Stay informed</h2><p>Our letter comes on the first Monday of each month and costs nothing.</p>
<form action="/letter"><input name="mail"><button>Subscribe to the letter</button></form></aside></div>
<footer>{footer}<ul>{navigation}</ul></footer>
</body></html>
""".encode()


def make_odd_pages() -> Iterator[bytes]:
    """Write pages for warming up: dates in words, in other languages, of another day, and none at all.

    What an extractor loads when it first needs it, such as the languages that htmldate asks dateparser about, which
    takes seconds where a line is a date in none of them, is loaded then.
    """
    text = "".join(f"<p>{_sentences(random.Random(number))}</p>" for number in range(6))
    lines = (
        *("", "Posted on 3 février 2014", "Vor 3 Tagen", "two weeks ago", "12. März 2015", "Updated: 2016-04-05 10:30"),
        *("Thursday 27 November of 2014, noon", "When: Friday 12 June, 8.15 – 11.45", "17 Jul 2014 | Room 3"),
    )
    for title, line in zip(WORDS, lines, strict=False):
        head, top = f"<title>{title} | Site</title>", f"<h1>{title}</h1><p class='date'>{line}</p>"
        for kind in ("div", "article"):
            yield f"<html><head>{head}</head><body><{kind}>{top}{text}</{kind}></body>".encode()


def write_pages(folder: Path, numbers: range) -> list[GoldPage]:
    """Put pages into files, as those of a corpus are."""
    return [_write(folder / f"{number}.html.gz", name_page(number), make_page(number)) for number in numbers]


def write_odd_pages(folder: Path) -> list[GoldPage]:
    """Put the pages for warming up into files."""
    return [
        _write(folder / f"odd-{number}.html.gz", f"https://odd.example.org/{number}", body)
        for number, body in enumerate(make_odd_pages())
    ]


def _write(path: Path, url: str, body: bytes) -> GoldPage:
    path.write_bytes(compress(body))
    return GoldPage("", str(path), url, {})


def _day(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number * 7 % _DAYS)


def _title(number: int) -> str:
    rng = random.Random(-1 - number)
    return " ".join(rng.choices(WORDS, k=rng.randint(4, 9))).capitalize()


def _slug(number: int) -> str:
    return "-".join(_title(number).lower().split()[:4])


def _sentences(rng: random.Random) -> str:
    return " ".join(
        " ".join(rng.choices(WORDS, k=rng.randint(8, 22))).capitalize() + "." for _ in range(rng.randint(2, 5))
    )
