"""Trafilatura's steps called one by one: the same text as the whole of it gives, and less work."""

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import trafilatura
from trafilatura.baseline import html2txt

from crawler.extraction import generic, generic_steps
from crawler.extraction.document import parse_document
from crawler.extraction.generic import read_by_trafilatura
from crawler.extraction.generic_steps import read_text
from tests.extraction.making import PROSE

WORDS = PROSE.replace(",", "").replace(".", "").split()
NAMES = (
    *("article", "entry-content", "content", "main", "sidebar", "widget", "menu", "footer", "post-comments", "teaser"),
    *("comments", "commentary", "comment-list", "disqus_thread", "comol-1", "infinite-scroll", "mvp-post-add-box"),
    *("elementor-share-buttons", "related", "social", "cookie-banner", "page", "extra", "extra body", "header", "x"),
)
FORUM = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'
MORE = f"<div class=text>{f'<p>{PROSE * 2} more, and more</p>' * 9}</div>"
CODE = "xqzv wkjp, "  # words of no language
LINKS = f"<div class=menu><ul>{'<li><a href=/>qqzzx vvkkp</a></li>' * 300}</ul></div>"
BODY = '<script type="application/ld+json">{"articleBody": "%s"}</script>'


def sentences(rng: random.Random, most: int = 5) -> str:
    return " ".join(
        f"{' '.join(rng.choices(WORDS, k=rng.randint(2, 25))).capitalize()}, {rng.choice(WORDS)}."
        for _ in range(rng.randint(1, most))
    )


def make_part(rng: random.Random, depth: int) -> str:
    attributes = " ".join(
        f'{name}="{rng.choice(NAMES)}"' for name in rng.sample(("class", "id", "role"), rng.randint(0, 2))
    )
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return f"<p {attributes if kind < 0.03 else ''}>{sentences(rng)}</p>"
    if kind < 0.45:
        tag = rng.choice(("ul", "ol"))
        items = (f"<a href=/>{sentences(rng, 1)}</a>" if kind < 0.4 else sentences(rng, 2) for _ in range(4))
        return f"<{tag} {attributes}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"
    if kind < 0.5:
        rows = (f"<tr><td>{sentences(rng, 2)}</td><td>{rng.choice(WORDS)}</td></tr>" for _ in range(3))
        return f"<table {attributes}>{''.join(rows)}</table>"
    if kind < 0.6:
        return rng.choice(
            (
                f"<iframe src='https://www.youtube.com/{rng.random()}'></iframe>",
                f"<noscript>{sentences(rng)} &amp; &lt;b&gt;</noscript>",
                f"<xmp>{sentences(rng)} &amp; <b></xmp>",
                f"<style>{sentences(rng)}</style><script>{sentences(rng)}</script>",
                f"<h2>{sentences(rng, 1)}</h2>loose {sentences(rng)}<br>{sentences(rng)}",
                f"<figure><img src=a.png><figcaption>{sentences(rng)}</figcaption></figure>",
                f"<form>{sentences(rng)}<input><label>{rng.choice(WORDS)}</label></form>",
                BODY % sentences(rng),
            )
        )
    tag = rng.choice(("div", "div", "div", "section", "article", "main", "aside", "nav", "footer", "details", "span"))
    inner = "".join(make_part(rng, depth - 1) for _ in range(rng.randint(1, 4)))
    return f"<{tag} {attributes}>{inner}</{tag}>{sentences(rng, 1) if rng.random() < 0.1 else ''}"


def make_pages(number: int) -> Iterator[bytes]:
    for seed in range(number):
        rng = random.Random(seed)
        parts = "".join(make_part(rng, rng.randint(0, 4)) for _ in range(rng.randint(0, 7)))
        forum = FORUM if rng.random() < 0.1 else ""
        yield f"<html><head><title>{rng.choice(WORDS)}</title>{forum}</head><body>{parts}</body></html>".encode()


def read_both(page: bytes) -> tuple[str | None, str | None]:
    return read_text(parse_document(page).tree), read_by_trafilatura(parse_document(page).tree)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the steps that not every page needs."""
    counted: Counter[str] = Counter()

    def count(name: str) -> None:
        step: Callable[..., object] = getattr(generic_steps, name)

        def run(*arguments: object) -> object:
            counted[name] += 1
            return step(*arguments)

        monkeypatch.setattr(generic_steps, name, run)

    for name in ("compare_extraction", "_spaced_text", "baseline", "_escalate", "_drop_comments", "_Readability"):
        count(name)
    return counted


def test_the_steps_are_those_of_the_version_that_is_installed() -> None:
    """Who updates trafilatura compares its `core.trafilatura_sequence` with the steps, then names the new version."""
    assert trafilatura.__version__ == generic_steps.VERSION


def test_any_page_has_the_text_that_the_whole_of_trafilatura_gives(calls: Counter[str]) -> None:
    number = 400
    for page in make_pages(number):
        ours, theirs = read_both(page)
        assert ours == theirs, page
    every = ("compare_extraction", "_spaced_text", "baseline", "_escalate", "_drop_comments", "_Readability")
    for name in every:  # each was needed by some, and by far from all
        assert number / 100 < calls[name] < number / 1.5, name


def test_the_whole_page_is_as_long_as_trafilatura_says() -> None:
    for page in make_pages(150):
        tree = parse_document(page).tree
        assert generic_steps._PageText(tree).measure_spaced() == len(html2txt(tree)), page


def test_an_article_costs_neither_readability_nor_a_second_look(calls: Counter[str]) -> None:
    rng = random.Random(1)
    menu = "".join(f"<li><a href=/{number}>{sentences(rng, 1)}</a></li>" for number in range(40))
    text = "".join(f"<p>{sentences(rng)}</p>" for _ in range(12))
    for beside in ("", f"<div class=sidebar><ul>{menu}</ul></div>"):
        ours, theirs = read_both(f"<html><body>{beside}<article>{text}</article></body></html>".encode())
        assert ours == theirs
        assert ours is not None
        assert sum(calls.values()) == 0


@pytest.mark.parametrize(
    "page",
    [
        b"<html><body><p></p></body></html>",
        b"<p>word",
        f"<div id=comments>{PROSE}</div>".encode(),
        f"<div id=commentary>{PROSE}</div><ul id=disqus_thread><li>{PROSE}</li></ul>".encode(),
        f"{FORUM}<div class=post-comments><p>{PROSE}</p><p>{PROSE} again</p></div>".encode(),
        f"<article><p>{PROSE * 3}</p></article>{MORE}".encode(),
        f"<article><p>{PROSE * 3}</p><xmp>{'&amp;' * (len(PROSE) // 2)}</xmp></article>".encode(),
        f"<body class=extra><article><p>{PROSE * 2}</p><p>{PROSE}</p></article>{MORE}</body>".encode(),
        f"<div><div class=entry-content><p>{CODE * 40}</p></div><div><p>{CODE * 30}</p></div></div>{LINKS}".encode(),
        f"<div data-x='{PROSE}'>{BODY % (PROSE * 2)}</div>".encode(),
    ],
)
def test_pages_that_need_more_than_the_first_step(page: bytes) -> None:
    ours, theirs = read_both(page)
    assert ours == theirs


def test_another_version_is_called_as_it_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"<html><body><article><p>{PROSE}</p></article></body></html>".encode()
    monkeypatch.setattr(generic_steps, "VERSION", "0")
    monkeypatch.setattr(generic_steps, "read_text", lambda _: "the steps")
    generic._load_reader.cache_clear()
    try:
        found = generic.extract_generic(parse_document(page).tree)
    finally:
        generic._load_reader.cache_clear()
    assert found is not None
    assert PROSE in found.text
