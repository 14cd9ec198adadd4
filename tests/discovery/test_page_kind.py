import re
import time

import lxml.html
import pytest

from crawler.discovery.page_kind import is_list

TEASER = "The county has held people for weeks without any hearing before a judge of the court."  # 16 words
PARAGRAPH = f"<p>{TEASER}</p>"
CHINESE = "<p>县里在没有任何法官听证的情况下把人关押数周，我们为此提起诉讼，并要求立即释放他们。</p>"


def page(body: str, head: str = "") -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")


def many(template: str, number: int = 5) -> str:
    return "".join(template.replace("N", str(one)).replace("@", "abcdefgh"[one]) for one in range(number))


WORDPRESS = f"""<article class="post-N post type-post status-publish format-standard hentry category-@ tag-@">
  <header class="entry-header"><h2 class="entry-title"><a href="/2015/N/">We sued (@)</a></h2>
  <span class="posted-on"><a href="/2015/N/"><time>March N, 2015</time></a></span></header>
  <div class="entry-summary"><p>{TEASER} <a class="more" href="/2015/N/">Continue reading</a></p></div></article>"""
DRUPAL = f"""<div class="views-row views-row-N views-row-@"><div class="views-field-title"><span class="field-content">
  <a href="/node/N">The county jail is sued</a></span></div><div class="views-field-body">{PARAGRAPH}</div></div>"""
DRUPAL_ROWS = re.sub(
    "row-([a-e])",
    lambda found: {"a": "row-odd views-row-first", "e": "row-odd views-row-last"}.get(found[1], "row-even"),
    many(DRUPAL),
)
CARD = '<div class="card"><h3><a href="/c/N">Case N</a></h3></div>'
CHINESE_CARD = '<div class="card"><h3><a href="/zh/N">我们起诉监狱</a></h3></div>'
PICTURE = f"<figure><a href=/i/N.jpg><img src=/i/N.jpg></a><figcaption>{TEASER}</figcaption></figure>"
NAV = f"<nav><ul>{many('<li><a href=/m/N>What we do and why</a></li>')}</ul></nav>"
FOOTER = f"<footer>{PARAGRAPH * 9}</footer>"


@pytest.mark.parametrize(
    "body",
    [
        f"{NAV}<main id=main><h1>Category: Jails</h1>{many(WORDPRESS)}</main>{FOOTER}",
        f'{NAV}<div class="view-content">{DRUPAL_ROWS}</div>',
        f"<h1>Press</h1><ul>{many('<li>3/N/2015 <a href=/press/N.html>The county jail is sued</a></li>')}</ul>{FOOTER}",
        f"<table>{many('<tr><td>2015</td><td><a href=/press/N.html>The county jail is sued</a></td></tr>')}</table>",
        f"<h1>Reports</h1><ul>{many('<li><a href=/pdf/N.pdf>How the county jails (@)</a> (PDF, N MB)</li>')}</ul>",
        f'<div class="grid">{many("<a class=tile href=/t/N><h3>Case N</h3><p>" + TEASER + "</p></a>")}</div>',
        f"<h1>Cases</h1><p>All cases that we have brought to a court.</p>{many(CARD, 3)}",
        f"<h1>新闻</h1><ul>{many('<li><a href=/zh/N>我们为租户的权利提起诉讼并赢得</a></li>')}</ul>",
        f"<h1>ข่าว</h1><ul>{many('<li><a href=/th/N>เราฟ้องเรือนจำของเทศมณฑล</a></li>')}</ul>",
        f"<h1>أخبار</h1><ul>{many('<li><a href=/ar/N>رفعنا دعوى ضد سجن المقاطعة</a></li>')}</ul>",
        f"<dl>{many('<dt>March N, 2015<dd><a href=/press/N.html>The county jail is sued</a>', 8) * 2}</dl>",
        f"<form>{PARAGRAPH * 5}</form><aside>{PARAGRAPH * 5}</aside><header>{PARAGRAPH * 5}</header>{many(CARD)}",
    ],
)
def test_lists(body: str) -> None:
    assert is_list(page(body))


@pytest.mark.parametrize(
    "body",
    [
        f"<article><h1>We sued</h1>{PARAGRAPH * 3}</article>{many(CARD)}",
        f'<article><h1>We sued</h1>{PARAGRAPH * 3}</article><section class="related">{many(WORDPRESS, 3)}</section>',
        # a short statement with teasers below
        f'<h1>Statement</h1><p>"{TEASER}"</p><p>{TEASER}</p><p>{TEASER}</p><h2>More</h2>{many(WORDPRESS, 3)}',
        f"<h1>诉讼</h1>{CHINESE * 4}{many(CHINESE_CARD)}",
        # a gallery: each picture has a few words below it
        f"<h1>March</h1>{many(PICTURE)}",
        f"<h1>About</h1>{NAV}",  # only a menu
        f"<h1>Two</h1>{many(CARD, 2)}",
        f"<h1>One</h1>{many('<div><h3><a href=/c/1#N>Case N</a></h3></div>')}",  # places on one page
        f"<h1>Tags</h1>{many('<li><a href=/tag/N>Jail @</a></li>')}",  # hardly headlines
        "<p></p>",
    ],
)
def test_documents(body: str) -> None:
    assert not is_list(page(body))


LINKED = "<p>The county has held <a href=/x/N>people for weeks without</a> any hearing before a judge of the court.</p>"


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Roundup</h1>{many(LINKED)}",  # links in a text
        f"<h1>Report</h1>{many('<section><h2><a href=/s/N>Section N of it</a></h2>' + PARAGRAPH * 6 + '</section>')}",
        f"<h1>Short</h1>{PARAGRAPH * 2}{many(CARD)}",
        "<font>" * 2_000 + many(CARD) + PARAGRAPH * 3,
    ],
)
def test_documents_whose_links_are_no_items(body: str) -> None:
    assert not is_list(page(body))


def test_a_great_many_links_take_no_great_while() -> None:
    began = time.process_time()
    assert is_list(
        page("".join(f"<p><a href=/x/{number}>People for weeks without</a></p>" for number in range(20_000)))
    )
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("head", "listing"),
    [
        ("", True),
        ('<meta property="og:type" content="website">', True),
        ('<meta property="og:type" content="Article">', False),
        ('<meta name="article:published_time" content="2015-03-27">', False),
        ('<script type="application/ld+json">{"@type": "NewsArticle"}</script>', False),
        ('<script type="application/ld+json">{"@type": ["Thing", "Report"]}</script>', False),
        ('<script type="application/ld+json">{"@type": "CollectionPage"}</script>', True),
        ('<script type="text/javascript">{"@type": "NewsArticle"}</script>', True),
        ('<script>{"@type": "NewsArticle"}</script>', True),
    ],
)
def test_a_page_that_calls_itself_an_article_is_none(head: str, listing: bool) -> None:
    assert is_list(page(many(CARD), head)) is listing


@pytest.mark.parametrize(
    ("paragraphs", "items", "alone", "with_a_next_page"),
    [
        (1, 3, True, True),
        (2, 3, False, False),
        (0, 2, False, True),
        (0, 1, False, False),
    ],
)
def test_a_page_that_goes_on_may_list_fewer(paragraphs: int, items: int, alone: bool, with_a_next_page: bool) -> None:
    tree = page(PARAGRAPH * paragraphs + many(CARD, items))
    assert (is_list(tree), is_list(tree, goes_on=True)) == (alone, with_a_next_page)
