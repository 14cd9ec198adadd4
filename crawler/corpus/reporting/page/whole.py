"""The page as a whole: its head, the contents, the parts in their order, what they rest on."""

import hashlib
from base64 import b64encode
from collections import Counter
from string import Template

from crawler.corpus.reporting.page.markup import Html, count, facts, isolate, join, paragraph, quote, share, write
from crawler.corpus.reporting.page.published import show_evidence, show_published
from crawler.corpus.reporting.page.sample import show_sample
from crawler.corpus.reporting.page.sources import show_accounts, show_near_duplicates, show_signs
from crawler.corpus.reporting.page.style import STYLE
from crawler.corpus.reporting.page.texts import show_lengths, show_missing, show_removed
from crawler.corpus.reporting.report import Report

# Nothing is fetched and no script runs; of styles only this one counts, by its hash.
_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-$digest'; \
base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>Corpus report: $names</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>Corpus report: $heading</h1>
$lead
</header>
<nav aria-label="Contents">
<ol>
$contents
</ol>
</nav>
<main id="main" tabindex="-1">
$parts
</main>
<footer>
$foot
</footer>
</body>
</html>
""")
_SHOWN = 12  # names in the heading


def render_report(report: Report) -> bytes:
    """Make the page, in UTF-8.

    Args:
        report: with one record at least.
    """
    found = report.statistics
    sections: list[tuple[str, str, Html]] = [
        ("published", "When the records were published", show_published(found)),
        ("dates", "How the dates are known", show_evidence(found)),
        ("missing", "What the records lack", show_missing(found, report.near_duplicated)),
        ("lengths", "How long the texts are", show_lengths(found)),
        ("removed", "What was removed", show_removed(found, report.collections)),
        ("accounts", "Pages that gave no record", show_accounts(report.collections)),
        ("near-duplicates", "Nearly the same texts", show_near_duplicates(report)),
        ("redesign", "Signs of a redesign", show_signs(report)),
        (
            "sample",
            f"{count(len(found.sample), 'record')} to read".capitalize(),
            show_sample(found.sample, report.seed, found.records),
        ),
    ]
    names = [one.name for one in report.collections]
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    page = _PAGE.substitute(
        digest=b64encode(hashlib.sha256(STYLE.encode()).digest()).decode(),
        names=quote(", ".join(names[:_SHOWN]) + more),
        heading=join((isolate(name) for name in names[:_SHOWN]), ", ") + write(more),
        style=STYLE,
        lead=_make_lead(report),
        contents="\n".join(f'<li><a href="#{name}">{write(title)}</a></li>' for name, title, _ in sections),
        parts="\n".join(
            f'<section id="{name}" aria-labelledby="{name}-h">\n<h2 id="{name}-h">{write(title)}</h2>\n{part}</section>'
            for name, title, part in sections
        ),
        foot=_make_foot(report),
    )
    return page.encode("utf-8")


def _make_lead(report: Report) -> Html:
    found = report.statistics
    years = sorted({year for year, _, _ in found.periods})
    span = f", published {years[0]} to {years[-1]}" if len(years) > 1 else f", published in {years[0]}" if years else ""
    undated = found.undated.total()
    blocks = found.removed_blocks.total()
    pairs = [
        ("Records", _name_collections(report)),
        ("As of", _name_runs(report)),
        ("Organizations", _list_numbers(found.organizations) if found.organizations else "none is named"),
        ("Fetched", _name_days(found.fetched)),
        ("Without a date", f"{undated:,} ({share(undated, found.records)})" if undated else "none"),
        ("Words", f"{found.words:,}; half of the texts have {found.find_quantile(0.5):,} or fewer"),
        ("Removed", f"{count(blocks, 'block')} from {count(found.records - found.untouched, 'record')}"),
        (
            "Nearly the same",
            f"{count(report.near_duplicated, 'record')} as another one" if report.near_duplicated else "none",
        ),
    ]
    if found.changes:
        pairs.append(("By change", _list_numbers(found.changes)))
    if report.left_out:
        left = report.left_out.total()
        pairs.append(("Left out", Html(f"{left:,} by the takedown lists: {_list_numbers(report.left_out)}")))
    return join([paragraph(f"{count(found.records, 'record')}{span}.", name="lead"), facts(pairs)])


def _name_days(fetched: tuple[str, str] | None) -> str:
    if fetched is None:
        return "not by this program"
    first, last = (moment[:10] for moment in fetched)
    return f"on {first}" if first == last else f"from {first} to {last}; a page stands as it was when it last changed"


def _list_numbers(numbers: Counter[str]) -> Html:
    ordered = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    parts = [Html(f"{isolate(name, 80)} {number:,}") for name, number in ordered[:_SHOWN]]
    rest = ordered[_SHOWN:]
    if rest:
        parts.append(Html(f"{len(rest):,} others {sum(number for _, number in rest):,}"))
    return join(parts, ", ")


def _name_collections(report: Report) -> Html:
    counts = report.statistics.collections
    shown = report.collections[:_SHOWN]
    if len(report.collections) == 1:
        return write(f"{report.statistics.records:,}")
    said = join((Html(f"{isolate(one.name)} {counts[one.name]:,}") for one in shown), ", ")
    more = len(report.collections) - len(shown)
    return Html(f"{report.statistics.records:,}: {said}{f', and {more:,} more collections' if more else ''}")


def _name_runs(report: Report) -> Html:
    shown = report.collections[:_SHOWN]
    runs = [f"the run of {one.run}" if one.run is not None else "the latest reading of the files" for one in shown]
    if len(set(runs)) == 1:
        return write(runs[0])
    return join((Html(f"{isolate(one.name)}: {write(run)}") for one, run in zip(shown, runs, strict=True)), "; ")


def _make_foot(report: Report) -> Html:
    return join(
        [
            Html(f"<p>Made by scrapy report; the records by {_list_numbers(report.statistics.versions)}.</p>"),
            paragraph(
                "The page is complete in itself: it asks nothing of a network and runs no script. The same corpus "
                "gives the same page, byte for byte. Control characters, signs that turn the direction of writing, "
                "and halves of characters are shown as \N{REPLACEMENT CHARACTER}."
            ),
        ]
    )
