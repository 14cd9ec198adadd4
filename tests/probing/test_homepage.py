import pytest
from lxml.html import document_fromstring

from crawler.probing.homepage import find_languages, find_name


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("<meta property='og:site_name' content=' Harbor  Law '><title>Home | Other</title>", "Harbor Law"),
        (
            "<title>x</title><script type='application/ld+json'>{broken</script><script type='application/ld+json'>"
            '{"@graph": [{"@type": "WebPage", "name": "Page"}, {"@type": ["NGO"], "name": "Harbor Law"}]}</script>',
            "Harbor Law",
        ),
        ("<title>Home | Harbor Law</title>", "Harbor Law"),
        ("<title>Inicio – Harbor Law – Justicia</title>", "Harbor Law"),
        ("<title>Harbor Law: Justice for tenants</title>", "Harbor Law"),
        ("<title>Home</title>", None),
        ("<title></title>", None),
        ("", None),
    ],
)
def test_names(head: str, name: str | None) -> None:
    assert find_name(document_fromstring(f"<html><head>{head}</head><body><p>A</p></body></html>")) == name


def test_languages() -> None:
    page = (
        "<html lang='en-US'><head><link rel=alternate hreflang=en-gb href=/><link rel=alternate "
        "hreflang=x-default href=/>"
        "<link rel=alternate hreflang=pt-BR href=/><link rel=alternate type='application/rss+xml' href=/feed></head>"
        "<body><a rel=alternate hreflang=AR href=/>A</a></body></html>"
    )
    assert find_languages(document_fromstring(page)) == ("en", "pt", "ar")
    assert find_languages(document_fromstring("<html><body>A</body></html>")) == ()
