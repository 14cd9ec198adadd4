"""Links to documents beside menus, on pages as different systems make them."""

import time
from typing import Literal

import pytest
from lxml.html import document_fromstring

from crawler.discovery.scoring import DOCUMENT, POINTS, Evidence, ScoredLink, find_listings, score_links
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Layout, Place, Rule, SiteModel, Template
from crawler.extraction.repeated import find_repeated

HOME = "https://harborlaw.example/"

WORDPRESS = """
<body class="home blog has-sidebar wp-theme"><div class="content-sidebar-wrap">
<header id="masthead" class="site-header"><h1 class="site-title"><a href="/">Harbor Law Collective</a></h1>
 <ul id="menu-main" class="menu"><li class="menu-item"><a href="/about-the-collective-and-its-people/">About</a></li>
 <li class="menu-item"><a href="/category/press/">Press Releases</a></li>
 <li class="menu-item"><a href="/what-we-do/tenants-rights-and-eviction-defense/">Tenants' rights and eviction
  defense</a></li></ul>
</header>
<div class="posts">
 <div id="post-71" class="post-71 post type-post"><header class="entry-header"><h2 class="entry-title">
  <a href="/2016/03/court-halts-evictions/">Court halts evictions</a></h2>
  <span class="posted-on"><time datetime="2016-03-04">March 4, 2016</time></span></header>
  <p>The order holds until the spring, and the city may appeal.
  <a href="/2016/03/court-halts-evictions/#more">Read more</a></p>
  <footer class="entry-footer"><a href="/tag/evictions/" rel="tag">Evictions and the courts of this county</a>
  <a href="/2016/03/court-halts-evictions/#comments">2 comments</a></footer></div>
 <div id="post-70" class="post-70 post type-post"><header class="entry-header"><h2 class="entry-title">
  <a href="/2016/02/annual-report/">Our annual report</a></h2><time>February 9, 2016</time></header>
  <p>What the year brought, in numbers and in names.</p></div>
 <div id="post-69" class="post-69 post type-post"><header class="entry-header"><h2 class="entry-title">
  <a href="/2016/01/letter/">A letter</a></h2><time>January 3, 2016</time></header><p>We wrote to the mayor and the
  council on the first day of the year.</p></div>
</div>
<nav class="navigation posts-navigation"><a href="/page/2/">Older posts</a></nav></div>
<aside id="secondary" class="widget-area"><form role="search"><a href="/search/">Search</a></form>
 <ul><li><a href="/author/mina/">Mina Okafor, who writes about housing</a></li>
 <li><a href="https://www.facebook.com/sharer.php?u=x">Share</a></li></ul></aside>
<footer id="colophon"><a href="/privacy-policy/">Privacy Policy</a> <a href="/donate/">Donate to keep us going now</a>
 <a href="/contact/">Contact</a></footer></body>
"""
DRUPAL = """
<body><div id="header"><div class="block-menu"><ul><li><a href="/issues">Issues</a></li><li>
<a href="/node/12">Who we are</a>
</li></ul></div></div><main><h1>Press releases</h1><div class="view"><div class="view-content">
<div class="views-row views-row-1"><div class="views-field-title"><a href="/press/12/ruling">Ruling</a></div>
 <span class="date-display-single">12/14/2015</span></div>
<div class="views-row views-row-2"><div class="views-field-title">
 <a href="/node/4102">Tenants win in three towns</a></div>
 <span class="date-display-single">12/01/2015</span></div>
<div class="views-row views-row-3"><div class="views-field-title"><a href="/press/10/appeal">Appeal</a></div>
 <span class="date-display-single">11/20/2015</span></div></div>
<ul class="pager"><li class="pager-next"><a href="/press?page=1">next ›</a></li>
<li><a href="/press?page=9">last »</a></li></ul>
<div class="facets"><ul><li><a href="/press?f[0]=year:2014">2014 (28)</a></li></ul></div>
</div></main><div id="footer"><ul><li><a href="/terms-of-use">Terms of use of this web site</a></li></ul></div></body>
"""
STATIC = """
<body bgcolor=white><table><tr><td width=120><a href="index.html">Home</a><br><a href="people.html">People</a><br>
<a href="links.html">Links</a></td><td><h2>Archive</h2><dl>
<dt>3 June 2003<dd><a href="cafe.html">The café</a><dt>14 de mayo de 2003<dd><a href="puerto.html">El puerto</a>
<dt>2003年5月1日<dd><a href="may.html">五月一日</a></dl>
<p><a href="letters/2002/winter.html">Winter</a> (8.12.02)</p>
<ul><li><a href="old/appeal.htm">Why the appeal was lost</a> and what we did about it then
<li><a href="old/gate.htm">At the gate</a> of the prison, with the mothers
<li><a href="old/list.htm">Names</a> of those who signed the letter</ul>
</td></tr></table></body>
"""
RUSSIAN = """
<body><div class="top-menu"><a href="/o-nas/">О нас и нашей работе с архивами</a><a href="/novosti/">Новости</a></div>
<div class="list"><article><h3><a href="/novosti/sud-otlozhil-zasedanie-po-delu-arhiva/">Суд отложил заседание</a></h3>
<p>14 декабря 2015 года</p></article><article><h3><a href="/n/2">Письмо родным</a></h3><p>1 декабря 2015</p></article>
<article><h3><a href="/n/3">Обращение</a></h3><p>2 ноября 2015</p></article></div>
<div class="footer"><a href="/kontakty/">Контакты</a><a href="/donate">Поддержать нас прямо сейчас</a></div></body>
"""


def score(page: str, url: str = HOME, **options: object) -> dict[str, ScoredLink]:
    tree = document_fromstring(f"<html><head><title>A</title></head>{page}</html>")
    links = score_links(tree, url, **options)  # type: ignore[arg-type]
    return {link.url.removeprefix(HOME): link for link in links}


@pytest.mark.parametrize(
    ("page", "url", "documents"),
    [
        (WORDPRESS, HOME, "2016/03/court-halts-evictions/ 2016/02/annual-report/ 2016/01/letter/"),
        (DRUPAL, HOME + "press", "press/12/ruling node/4102 press/10/appeal"),
        (
            STATIC,
            HOME + "archive.html",
            "cafe.html puerto.html may.html letters/2002/winter.html old/appeal.htm",
        ),
        (RUSSIAN, HOME + "", "novosti/sud-otlozhil-zasedanie-po-delu-arhiva/ n/2 n/3"),
    ],
    ids=["WordPress", "Drupal", "static", "Russian"],
)
def test_documents_are_told_from_menus(page: str, url: str, documents: str) -> None:
    scored = score(page, url)
    assert {path for path, link in scored.items() if link.score >= DOCUMENT} == set(documents.split())
    assert all(0 <= link.score <= 1 for link in scored.values())


def test_order_and_reasons() -> None:
    links = list(score(WORDPRESS).values())
    assert [link.url for link in links[:3]] == [
        HOME,
        f"{HOME}about-the-collective-and-its-people/",
        f"{HOME}category/press/",
    ]
    found = {link.url.removeprefix(HOME): link for link in links}
    assert found["about-the-collective-and-its-people/"].reasons == (Evidence.MENU, Evidence.ADDRESS_WORDS)
    assert found["2016/01/letter/"].reasons == (
        Evidence.HEADING,
        Evidence.DATED,
        Evidence.CARD,
        Evidence.DEEPER,
        Evidence.ADDRESS_DATE,
    )
    assert found["2016/03/court-halts-evictions/"].text == "Court halts evictions", "of its best anchor"
    assert Evidence.SERVICE in found["tag/evictions/"].reasons
    assert Evidence.UPWARD in found[""].reasons


def test_each_evidence_has_points_and_a_sentence() -> None:
    assert set(POINTS) == set(Evidence)
    assert all(len(f"The link {one}.".split()) >= 4 for one in Evidence)
    against = {Evidence.MENU, Evidence.TEMPLATE, Evidence.EVERYWHERE, Evidence.SERVICE, Evidence.UPWARD}
    assert all((points < 0) == (one in against) for one, points in POINTS.items())
    assert all(POINTS.values())


@pytest.mark.parametrize(
    "body",
    [
        "<nav>{}</nav>",
        "<aside>{}</aside>",
        "<header>{}</header>",
        "<div role='navigation'>{}</div>",
        "<div role=contentinfo>{}</div>",
        "<div class='left main-nav'>{}</div>",
        "<ul id=menu-primary-items><li>{}</ul>",
        "<div class=breadcrumbs>{}</div>",
        "<div id=footer-bottom>{}</div>",
        "<div class=site-header>{}</div>",
        "<div class='widget social-links'>{}</div>",
    ],
)
def test_menus_by_their_element_role_or_name(body: str) -> None:
    link = '<a href="/a">Names of people</a>'
    (scored,) = score(f"<body>{body.format(link)}<main><p>Words</p></main></body>").values()
    assert scored.reasons == (Evidence.MENU,)


@pytest.mark.parametrize(
    "body",
    [
        "<article><header>{}</header></article>",
        "<section><footer>{}</footer></section>",
        "<main><header>{}</header></main>",
        "<div class='no-sidebar content-sidebar-wrap'>{}</div>",
        "<div class=entry-header>{}</div>",
        "<div class=page-menu><main>{}</main></div>",
        "<div class=tagged>{}</div>",
        "<header>1</header><header>2</header><header>{}</header>",
    ],
)
def test_what_is_no_menu(body: str) -> None:
    (scored,) = score(f"<body class='menu nav'>{body.format('<a href=/a>Names of people</a>')}</body>").values()
    assert scored.reasons == ()


@pytest.mark.parametrize(
    ("href", "text"),
    [
        *(
            (f"/{path}", "Words")
            for path in ("login", "tag/housing", "author/mina", "category/a", "?s=a", "news?page=2")
        ),
        *(
            (f"/{path}", "Words")
            for path in ("press/page/3/", "privacy-policy.html", "contact-us", "donate", "a?print=1")
        ),
        *((f"/{path}", "Words") for path in ("etiqueta/a", "recherche", "spenden", "wp-login.php")),
        ("https://twitter.com/intent/tweet?text=a", "Words"),
        *(
            ("/x", text)
            for text in ("Donate now", "Privacy policy", "Share this page", "Faire un don", "Contacto", "12")
        ),
        *(("/x", text) for text in ("Поддержать", "تبرع", "Older posts", "Siguiente", "Datenschutz", "»")),
    ],
)
def test_services(href: str, text: str) -> None:
    (scored,) = score(f"<body><a href='{href}'>{text}</a></body>").values()
    assert Evidence.SERVICE in scored.reasons


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/contact-tracing-and-privacy", "Contact tracing and privacy"),
        ("/privacy/what-the-police-may-read", "Privacy and the police"),
        ("/press/shared-housing", "Share of the cost"),
        ("/donations-to-the-sheriff-were-hidden", "Donations to the sheriff were hidden"),
        ("/search-of-a-home", "Searched without a warrant"),
        ("/news?id=12", "Tag"),
    ],
)
def test_documents_on_what_services_are_called(href: str, text: str) -> None:
    (scored,) = score(f"<body><a href='{href}'>{text}</a></body>").values()
    assert Evidence.SERVICE not in scored.reasons


@pytest.mark.parametrize(
    ("address", "evidence"),
    [
        ("2016/03/a", Evidence.ADDRESS_DATE),
        ("a-2016-03-14", Evidence.ADDRESS_DATE),
        ("20160314_a.asp", Evidence.ADDRESS_DATE),
        ("press/2016/a", Evidence.ADDRESS_DATE),
        ("node/4102", Evidence.ADDRESS_NUMBER),
        ("?p=4102", Evidence.ADDRESS_NUMBER),
        ("why-the-appeal-was-lost.html", Evidence.ADDRESS_WORDS),
        (
            "%D1%81%D1%83%D0%B4-%D0%BE%D1%82%D0%BB%D0%BE%D0%B6%D0%B8%D0%BB-%D0%BD%D0%B0%D1%88%D0%B5-%D0%B4%D0%B5%D0%BB%D0%BE",
            Evidence.ADDRESS_WORDS,
        ),
        ("五月一日我们写了信", Evidence.ADDRESS_WORDS),
    ],
)
def test_what_an_address_says(address: str, evidence: Evidence) -> None:
    (scored,) = score(f"<body><a href='/{address}'>A</a></body>", f"{HOME}about/us").values()
    assert scored.reasons == (evidence,)


@pytest.mark.parametrize(
    ("page", "link", "evidence"),
    [
        ("en/press", "en/press/a", (Evidence.DEEPER,)),
        ("en/press/page/2/", "en/press/a", (Evidence.DEEPER,)),
        ("en/press.html", "en/press/a", (Evidence.DEEPER,)),
        ("en/press/a", "en/press", (Evidence.UPWARD,)),
        ("en/press/a", "fr/", (Evidence.UPWARD,)),
        ("en/press/a", "index.php", (Evidence.UPWARD,)),
        ("en/press/a", "en/b", ()),
        ("", "press", ()),
        ("", "press/a", (Evidence.DEEPER,)),
    ],
)
def test_deeper_and_upward(page: str, link: str, evidence: tuple[Evidence, ...]) -> None:
    (scored,) = score(f"<body><a href='/{link}'>A</a></body>", HOME + page).values()
    assert scored.reasons == evidence


def test_what_the_site_repeats_is_told_by_the_caller() -> None:
    page = "<body><div><p><a href=/a>Read our guide to</a> evictions</p><p><a href=/b>Read our guide to courts</a>"
    asked: list[str] = []

    def is_template(text: str) -> bool:
        asked.append(text)
        return text == "Read our guide to evictions"

    scored = score(page, is_template=is_template)
    assert asked == ["Read our guide to evictions", "Read our guide to courts"]
    assert [link.reasons for link in scored.values()] == [(Evidence.TEMPLATE, Evidence.WORDS), (Evidence.WORDS,)]
    scored = score(page, seen={f"{HOME}a": 3, f"{HOME}b": 2})
    assert [link.reasons for link in scored.values()] == [(Evidence.EVERYWHERE, Evidence.WORDS), (Evidence.WORDS,)]


@pytest.mark.parametrize(
    ("place", "decision", "expected"),
    [(Place.FRAME, None, True), (Place.TAIL, None, True), (Place.BODY, None, False), (Place.TAIL, "keep", False)],
)
def test_what_a_site_model_says(place: Place, decision: Literal["keep"] | None, expected: bool) -> None:
    text = "Support the Clinic in 2015"
    template = Template(find_fingerprint(text), text, Rule.TEMPLATE, place, "p", 5, 5, True, decision=decision)
    for model in (SiteModel("h", frame=(template,)), SiteModel("h", layouts=(Layout("div", 5, 5, 0.5, (template,)),))):
        assert find_repeated(model)("Support  the clinic in 2016") is expected
        assert not find_repeated(model)("Support the court")
    assert not find_repeated(SiteModel("h"))(text)


def test_listings() -> None:
    page = """<body><nav><a href="/about">About</a><a href="/blog">Blog</a><a href="/news/">News &amp; Updates</a>
      <a href="/press-room/press-releases">Press releases</a><a href="/recursos/informes">Informes</a>
      <a href="/press/2016/statement">Statement</a><a href="/en/press-center">Media</a>
      <a href="/newsletter">Newsletter</a>
      <a href="/category/statements/">Read all</a><a href="/login">News</a><a href="https://other.example/news">News</a>
      <a href="/">News</a></nav><a href="/why-the-press-was-kept-out">Press</a></body>"""
    links = score_links(document_fromstring(page), f"{HOME}about")
    assert [(one.kind, one.url.removeprefix(HOME)) for one in find_listings(links, HOME)] == [
        ("press releases", "press-room/press-releases"),
        ("statements", "category/statements/"),
        ("news", "news/"),
        ("press", "en/press-center"),
        ("reports", "recursos/informes"),
        ("blog", "blog"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Press Releases", "press releases"),
        ("Comunicados de prensa", "press releases"),
        ("Communiqués", "press releases"),
        ("Latest news", "news"),
        ("Actualités", "news"),
        ("Noticias", "news"),
        ("Новости", "news"),
        ("أخبار", "news"),
        ("חדשות", "news"),
        ("Все публикации", "publications"),
        ("Nos publications", "publications"),
        ("Informes y documentos", "reports"),
        ("Statements", "statements"),
        ("Deeplinks Blog", "blog"),
        ("Newsletter", None),
        ("Press contact", None),
        ("Pressure on judges", None),
        ("About us", None),
    ],
)
def test_listings_in_many_languages(text: str, kind: str | None) -> None:
    links = score_links(document_fromstring(f"<body><a href='/x'>{text}</a></body>"), HOME)
    assert [one.kind for one in find_listings(links, HOME)] == ([kind] if kind else [])


def test_a_long_listing_takes_no_time() -> None:
    rows = "".join(
        f"<li><a href='/2015/12/a-{n}'>Number {n} of the letters</a> December 14, 2015</li>" for n in range(5000)
    )
    loose = "".join(f"<a href='/b/{n}'>Number {n}</a>, " for n in range(5000))
    began = time.perf_counter()
    scored = score(f"<body><ul>{rows}</ul><p>{loose}</p></body>")
    assert len(scored) == 10_000
    assert scored["2015/12/a-7"].score > 0.9
    assert time.perf_counter() - began < 15, "seconds"


@pytest.mark.parametrize(
    "page",
    ["<p></p>", "<a></a>", "<a href='#top'>Top</a>", "<a href='javascript:x()'>X</a>", "<a href='http://[x'>X</a>"],
)
def test_pages_without_links(page: str) -> None:
    assert score(page) == {}
