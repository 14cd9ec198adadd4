"""An explanation as one page for a browser: no script, nothing that is fetched, nothing that is not escaped."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from string import Template

from crawler.explain_report import count_support, list_facts
from crawler.extraction.explain import Explanation, Fate, Row
from items import BlockKind, RemovedReason

REASONS: Mapping[RemovedReason, str] = {
    RemovedReason.HEADER_FIELD: "became a field of the record: a coded text file’s header",
    RemovedReason.TITLE: "became the record’s title",
    RemovedReason.BYLINE: "became the record’s authors or date",
    RemovedReason.REPEATED: "stood earlier on the same page",
    RemovedReason.CONTACT: "an address, a telephone number or the like",
    RemovedReason.COPYRIGHT: "a copyright line",
    RemovedReason.LEGAL: "privacy policy, terms of use, cookies",
    RemovedReason.NEWSLETTER: "asks to sign up, subscribe or donate",
    RemovedReason.SHARE: "share and print links",
    RemovedReason.TRAILING: "a short line between such lines at the end of the page",
    RemovedReason.NOT_CONTENT: "stands amid the text and belongs to something else",
    RemovedReason.TEMPLATE: "repeats over the site’s pages, above or below their text",
    RemovedReason.ABOUT: "the paragraph about the organization that closes its pages",
    RemovedReason.FIELD: "a label, subtitle or tags: a line in a place that holds such lines on the site’s pages",
    RemovedReason.DROPPED: "a researcher decided so",
    RemovedReason.ASIDE: "stands in a place that holds links, comments or the like on the site’s pages",
}

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>How it is read: $title</title>
<style>
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.5 Georgia, "Times New Roman", serif; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2rem 0 .5rem; font: 600 1.1rem/1.3 system-ui, sans-serif; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0;
  font: .9rem/1.45 system-ui, sans-serif; }
dt { color: #4a4a4a; }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; margin-top: .5rem; border-collapse: collapse; table-layout: fixed; }
caption { padding-bottom: .4rem; color: #4a4a4a; text-align: left; font: .9rem/1.45 system-ui, sans-serif; }
col.kept { width: 60%; }
th { padding: .4rem .8rem; border-bottom: 2px solid #1a1a1a; text-align: left;
  font: 600 .95rem/1.3 system-ui, sans-serif; }
td { padding: .35rem .8rem; border-bottom: 1px solid #e2e2e2; vertical-align: top; overflow-wrap: anywhere; }
td.none { border-bottom-color: transparent; }
td.removed { background: #fdf1ec; font-size: .92rem; }
td.outside { background: #f4f4f4; color: #3d3d3d; font-size: .92rem; }
p, ul, pre { margin: 0; }
pre { white-space: pre-wrap; font: .9em/1.45 ui-monospace, monospace; }
.text { white-space: pre-line; }
.heading { font-weight: 600; }
.list_item { padding-left: 1.2rem; text-indent: -1.2rem; }
.list_item::before { content: "\\2022"; display: inline-block; width: 1.2rem; text-indent: 0; }
.quote { padding-left: .8rem; border-left: 3px solid #8a8a8a; }
.why { margin-top: .15rem; color: #8a2c0d; font: .8rem/1.4 system-ui, sans-serif; }
td.outside .why { color: #4a4a4a; }
summary { cursor: pointer; font: .85rem/1.4 system-ui, sans-serif; }
td ul { padding-left: 1.2rem; }
@media print { body { max-width: none; padding: 0; } }
</style>
</head>
<body>
<main>
<h1$lang>$title</h1>
<dl>
$facts
</dl>
<h2>The page, block by block</h2>
<table>
<caption>All blocks in their order: on the left what is text of the record, on the right what is not.</caption>
<colgroup><col class="kept"><col></colgroup>
<thead><tr><th scope="col">Kept</th><th scope="col">Removed, and why</th></tr></thead>
<tbody$lang>
$rows
</tbody>
</table>
$legend
</main>
</body>
</html>
""")
_FEW = 6  # blocks outside the region that are shown at once


def render_explanation(explained: Explanation) -> str:
    """Make the page."""
    language = explained.page.language
    facts = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in list_facts(explained) if name != "title"
    )
    return _PAGE.substitute(
        title=escape(explained.page.title or explained.page.url),
        lang=f' lang="{escape(language)}" dir="auto"' if language is not None else ' dir="auto"',
        facts=facts,
        rows="\n".join(_make_rows(explained)),
        legend=_make_legend(explained),
    )


def _make_rows(explained: Explanation) -> Iterator[str]:
    for fate, run in groupby(explained.rows, key=lambda row: row.fate):
        rows = list(run)
        if fate is Fate.KEPT:
            for row in rows:
                yield f'<tr><td class="text">{_show(row)}</td><td class="none"></td></tr>'
        elif fate is Fate.REMOVED:
            for row in rows:
                yield f'<tr><td class="none"></td><td class="removed">{_show(row)}{_show_why(row)}</td></tr>'
        else:
            yield f'<tr><td class="none"></td><td class="outside">{_show_outside(rows)}</td></tr>'


def _show(row: Row) -> str:
    text = escape(row.text)
    if row.kind is BlockKind.PREFORMATTED:
        return f"<pre>{text}</pre>"
    return f'<p class="text {row.kind}" dir="auto">{text}</p>'


def _show_why(row: Row) -> str:
    assert row.reason is not None
    pages = count_support(row)
    support = "" if pages is None else f" ({pages} of the site)"
    return f'<p class="why" lang="en" dir="ltr">{escape(row.reason)}{support}</p>'


def _show_outside(rows: list[Row]) -> str:
    items = "".join(f'<li class="text" dir="auto">{escape(row.text)}</li>' for row in rows)
    number = f"{len(rows):,} {'block' if len(rows) == 1 else 'blocks'} outside the text’s region"
    shown = " open" if len(rows) <= _FEW else ""
    return f'<details{shown}><summary lang="en" dir="ltr">{number}</summary><ul>{items}</ul></details>'


def _make_legend(explained: Explanation) -> str:
    met = {row.reason for row in explained.rows if row.reason is not None}
    if not met:
        return ""
    words = "\n".join(f"<dt>{escape(one)}</dt><dd>{REASONS[one]}</dd>" for one in RemovedReason if one in met)
    return f"<h2>The reasons</h2>\n<dl>\n{words}\n</dl>"
