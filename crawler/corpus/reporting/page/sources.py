"""The parts of a report that look beyond single records: pages without one, near-duplicates, redesigned sites."""

from collections.abc import Sequence
from typing import Any

from crawler.corpus.near_duplicates import Cluster, Member
from crawler.corpus.reporting.page.charts import FEW, draw_bar, draw_columns
from crawler.corpus.reporting.page.markup import Html, count, fold, isolate, join, link, paragraph, share, table, write
from crawler.corpus.reporting.redesign import Sign, SiteSigns
from crawler.corpus.reporting.report import CollectionReport, Report
from crawler.corpus.reporting.statistics import MAX_SITES, OTHERS
from crawler.outcomes import Outcome

_COLLECTIONS = 50  # whose accounts are shown
_ROWS = 400  # of all accounts together
_REASONS = 80  # rows of the account of one collection
_CLUSTERS = 30  # largest ones
_MEMBERS = 5  # of a cluster
_SITES = 20
_LAYOUTS = 12  # of a site
_MONTHS = 60  # of fetching, latest ones, in a picture and its table

_OUTCOMES = {
    Outcome.RECORDED: "gave a record",
    Outcome.UNCHANGED: "is as it was when it was last read",
    Outcome.LISTING: "read for its links only",
    Outcome.DUPLICATE: "the same document as another URL",
    Outcome.REDIRECTED: "leads elsewhere",
    Outcome.OUT_OF_SCOPE: "does not belong to the crawl; never asked for",
    Outcome.DISALLOWED: "robots.txt forbids it, or could not be had",
    Outcome.GONE: "not there any more",
    Outcome.EXCLUDED: "no document",
    Outcome.FAILED: "could not be had or read",
}


def show_accounts(collections: Sequence[CollectionReport]) -> Html:
    """Show where each URL stands, and why."""
    size = min(_REASONS, max(_ROWS // len(collections), 8))
    left = len(collections) - _COLLECTIONS
    return join(
        [
            paragraph(
                "Every URL that was discovered, by what its latest visit found, over all finished runs. What the words "
                "mean stands in docs/running.md, “Outcomes”. A URL can have a record although its latest visit ended "
                "otherwise: then the record is that of an earlier visit.",
            ),
            *(_show_account(one, size) for one in collections[:_COLLECTIONS]),
            paragraph(f"{count(left, 'further collection')} not shown.") if left > 0 else Html(""),
        ]
    )


def _show_account(collection: CollectionReport, size: int) -> Html:
    heading = Html(f"<h3>{isolate(collection.name)}</h3>")
    if collection.run is None:
        said = (
            "Read from files, which have no ledger: what was left out of them, and why, is told by the run itself, in "
            "its log and its closing table."
        )
        return join([heading, paragraph(said)])
    urls = sum(one.urls for one in collection.accounts)
    recorded = sum(one.recorded for one in collection.accounts)
    ordered = sorted(collection.accounts, key=lambda one: (-one.urls, one.state, one.reason or ""))
    rows = [
        [
            Html(f"<code>{one.state}</code> {_OUTCOMES[Outcome(one.state)]}"),
            Html(f"<code>{isolate(one.reason, 80)}</code>") if one.reason else "",
            f"{one.urls:,}",
            f"{one.recorded:,}" if one.recorded else "",
            draw_bar(one.urls, urls),
        ]
        for one in ordered[:size]
    ]
    rest = ordered[size:]
    if rest:
        number, with_record = sum(one.urls for one in rest), sum(one.recorded for one in rest)
        rows.append([f"{len(rest):,} rarer reasons", "", f"{number:,}", f"{with_record:,}", draw_bar(number, urls)])
    unfinished = (
        "A run that is not finished is under way, or waits to be gone on with; it does not count yet."
        if collection.unfinished
        else ""
    )
    return join(
        [
            heading,
            paragraph(
                f"{count(urls, 'URL')} {'was' if urls == 1 else 'were'} discovered in {count(collection.runs, 'run')}; "
                f"{urls - recorded:,} gave no record.",
                unfinished,
            ),
            table(
                f"URLs of {collection.name} by state and reason",
                ["State", "Reason", "URLs", "With a record", ""],
                rows,
                "wtnnb",
                ["All", "", f"{urls:,}", f"{recorded:,}", ""],
            ),
        ]
    )


# --- Near-duplicates --------------------------------------------------------------------------------------------------


def show_near_duplicates(report: Report) -> Html:
    """Show the records whose texts are nearly the same, cluster by cluster."""
    clusters = report.near_duplicates.clusters
    rule = (
        "Two records are nearly the same when at least half of all runs of 24 words that stand in either text stand in "
        "both (docs/record.md, “Near-duplicates”)."
    )
    if not clusters:
        return paragraph("No two records have nearly the same text.", rule)
    members = sum(map(len, clusters))
    across = sum(len({one.collection for one in cluster}) > 1 for cluster in clusters)
    parts = [
        paragraph(
            f"{members:,} records form {count(len(clusters), 'cluster')} of nearly the same text; "
            f"{report.near_duplicated:,} of them {'names' if report.near_duplicated == 1 else 'name'} another as the "
            "original, which is the earliest that is known here, and no proof of who wrote first. "
            f"{count(across, 'cluster')} {'reaches' if across == 1 else 'reach'} across collections.",
            rule,
        )
    ]
    if len(clusters) > _CLUSTERS:
        parts.append(paragraph(f"The {_CLUSTERS} largest of {len(clusters):,} are shown.", name="note"))
    parts += [_show_cluster(cluster) for cluster in clusters[:_CLUSTERS]]
    return join(parts)


def _show_cluster(cluster: Cluster) -> Html:
    items = join(Html(f"<li>{_show_member(one)}</li>") for one in cluster[:_MEMBERS])
    left = len(cluster) - _MEMBERS
    more = f"<li>and {count(left, 'further record')}</li>" if left > 0 else ""
    return Html(f'<h3>{count(len(cluster), "record")}</h3><ol class="cluster">{items}{more}</ol>')


def _show_member(one: Member) -> Html:
    who = isolate(one.organization or one.collection, 100)
    date = isolate(one.date_published or "no date", 40)
    return Html(
        f'{isolate(one.title or "without a title", 160)}<br><span class="meta">{who}, {date}. {link(one.url)}</span>'
    )


# --- Signs of a redesign ----------------------------------------------------------------------------------------------


def show_signs(report: Report) -> Html:
    """Show for each site whether its latest pages still fit what was learned of it."""
    methods = report.statistics.methods
    total = report.statistics.records
    signs = report.signs
    alarms = [one for one in signs if one.sign is Sign.REDESIGN]
    doubts = [one for one in signs if one.sign in (Sign.DOUBT, Sign.RENEWED)]
    rows = [
        [Html(f"<code>{write(method)}</code>"), f"{number:,}", share(number, total), draw_bar(number, total)]
        for method, number in sorted(methods.items(), key=lambda one: (-one[1], one[0]))
    ]
    parts = [
        _sum_up(alarms, doubts),
        paragraph(
            "A page that is like others of its site is read by the learned container, the element that holds their "
            "text. Where a site gets a new design, its pages are no longer read so. A record keeps the month in which "
            "its page was first fetched as it is now: each month below has the pages that were new or changed in it."
        ),
        *(_show_site(one, number) for number, one in enumerate(signs[:_SITES], start=1)),
    ]
    left = len(signs) - _SITES
    if left > 0:
        parts.append(
            paragraph(f"{count(left, 'further site')} with fewer records {'is' if left == 1 else 'are'} not shown.")
        )
    if any(host == OTHERS for _, host in report.statistics.sites):
        parts.append(
            paragraph(f"The first {MAX_SITES:,} sites that were met are told apart; further ones are not looked at.")
        )
    parts += [
        Html("<h3>How the texts were found</h3>"),
        table("Records by method (docs/record.md, “Method words”)", ["Method", "Records", "Share", ""], rows, "tnnb"),
    ]
    return join(parts)


def _sum_up(alarms: Sequence[SiteSigns], doubts: Sequence[SiteSigns]) -> Html:
    if alarms:
        names = join((isolate(one.host or one.collection) for one in alarms[:5]), ", ")
        more = f" and {len(alarms) - 5:,} more" if len(alarms) > 5 else ""
        return Html(f'<p class="alarm"><strong>This looks like a redesign: {names}{more}.</strong></p>')
    if doubts:
        names = join((isolate(one.host or one.collection) for one in doubts[:5]), ", ")
        more = f" and {len(doubts) - 5:,} more" if len(doubts) > 5 else ""
        return Html(f"<p><strong>Nothing is certain, but look at the latest pages of {names}{more}.</strong></p>")
    return Html("<p><strong>Nothing looks like a redesign.</strong></p>")


def _show_site(one: SiteSigns, number: int) -> Html:
    parts = [
        Html(f"<h3>{isolate(one.host or 'files without a URL')} {write(f'({one.collection})')}</h3>"),
        _judge(one),
        _show_sealings(one),
    ]
    months = one.months[-_MONTHS:]
    if len(months) > 1:
        parts.append(_show_months(one, months, number))
    if one.layouts:
        parts.append(_show_layouts(one))
    return join(parts)


def _judge(one: SiteSigns) -> Html:
    """Say in one sentence what the pages show, and in another what to do."""
    read = sum(container for _, _, container in one.months)
    of_all = (
        f"{read:,} of {count(one.records, 'record')} {'was' if read == 1 else 'were'} read by the learned container."
    )
    since = (
        f"Since the model was sealed, {count(one.since, 'page')} "
        f"{'was' if one.since == 1 else 'were'} fetched, of which {one.fitting:,} "
        f"{'was' if one.fitting == 1 else 'were'} read by the container."
    )
    if one.sign is Sign.REDESIGN:
        runs = "latest run" if one.bad_runs == 1 else f"latest {one.bad_runs:,} runs"
        said = (
            f"This looks like a redesign: the pages of the {runs} no longer fit what was learned of the site. {since}"
        )
        return Html(f'<p class="alarm">{write(said)} {_advise(one)}</p>')
    if one.sign is Sign.DOUBT:
        said = f"The pages of the latest run do not fit what was learned of the site, and are too few to tell. {since}"
        return Html(f'<p class="alarm">{write(said)} {_advise(one)}</p>')
    if one.sign is Sign.RENEWED:
        added = one.sealings[-1].added
        said = (
            f"The latest run met pages that did not fit what was known of the site, and learned {_count_layouts(added)}"
        )
        names = join((Html(f"<code>{isolate(name, 80)}</code>") for name in added[:5]), ", ")
        what = f"by which it reads them: {names}. That is a new design, or a kind of page that it had not met. {of_all}"
        return Html(
            f'<p class="alarm">{write(said)}, {what} Look at some of them with <code>scrapy explain URL</code>.</p>'
        )
    said = {
        Sign.FITS: f"Nothing looks like a redesign. {since}",
        Sign.NOTHING_NEW: f"Nothing looks like a redesign: no page was fetched since the model was sealed. {of_all}",
        Sign.FILES: f"These are files: there are no later runs that could show a redesign. {of_all}",
        Sign.NO_MODEL: "The site was not learned: it has fewer than four pages, or nothing about it repeats. Each page "
        "was read by itself, so that a redesign cannot be told.",
    }[one.sign]
    return paragraph(said)


def _count_layouts(added: Sequence[str]) -> str:
    return "a layout" if len(added) == 1 else f"{len(added):,} layouts"


def _advise(one: SiteSigns) -> Html:
    look = f"Look at a page with <code>scrapy explain {write(one.unlike) if one.unlike else 'URL'}</code>"
    name = write(one.collection)
    return Html(
        f"{look}; <code>scrapy crawl replay -a collection={name} -a relearn=1</code> learns the site anew and makes "
        "the records by it."
    )


def _show_sealings(one: SiteSigns) -> Html:
    if not one.sealings:
        return Html("")
    *before, last = one.sealings
    parts = [f"The model was sealed by the run of {last.at}."]
    if before:
        parts.append(
            "Others were sealed before it: a model is made anew after a redesign, when a site has grown to twice its "
            "size, and after a decision with scrapy templates."
        )
        parts += [f"That of {one.at} brought {_count_layouts(one.added)}." for one in before if one.added]
    return paragraph(*parts, name="note")


def _show_months(one: SiteSigns, months: Sequence[tuple[str, int, int]], number: int) -> Html:
    shares = [round(100 * container / records) for _, records, container in months]
    first, last = (name or "no time" for name in (months[0][0], months[-1][0]))
    described = (
        f"A column for each month in which pages were fetched, {first} to {last}, as high as the share of records that "
        f"were read by the learned container; {min(shares)} per cent at least, {shares[-1]} in the latest month."
    )
    # Months of which nothing was read so have no column; the scale ends at 100 all the same.
    few = " few" if len(months) < FEW else ""
    drawn = draw_columns(shares, f"Share read by the container, {one.host}", described, f"site-{number}", most=100)
    rows: list[Sequence[Any]] = [
        [name or "no time", f"{records:,}", f"{container:,}", share(container, records)]
        for name, records, container in months
    ]
    caption = f"Records of {one.host} by the month in which they were fetched"
    head = ["Month", "Records", "By the container", "Share"]
    return join(
        [
            Html(
                f"<figure><figcaption>Share of records read by the learned container, by month of fetching; the full "
                f'height is 100 %</figcaption>{drawn}<div class="axis{few}" aria-hidden="true"><span>{first}</span>'
                f"<span>{last}</span></div></figure>"
            ),
            fold("The numbers as a table: records by month of fetching", table(caption, head, rows, "tnnn")),
        ]
    )


def _show_layouts(one: SiteSigns) -> Html:
    latest = one.months[-1][0]
    when = f"the pages fetched in {latest}" if latest else "the pages"
    rows: list[Sequence[str]] = []
    unseen = 0
    for number, layout in enumerate(one.layouts[:_LAYOUTS], start=1):
        seen = f"{layout.latest:,}"
        if not layout.telling:
            seen = "cannot be told"
        elif not layout.latest:
            seen = "not seen"
            unseen += 1
        name = Html(f"{number}: {isolate(layout.container, 100)}")
        rows.append([name, f"{layout.pages:,} of {layout.of:,}", f"{layout.telling:,}", seen])
    note = (
        f"{count(unseen, 'layout')} of the model {'was' if unseen == 1 else 'were'} not seen in {when}."
        if unseen
        else ""
    )
    caption = "A record shows that its page has a layout by a text of the layout that was removed from it"
    if len(one.layouts) > _LAYOUTS:
        caption += f"; {len(one.layouts) - _LAYOUTS:,} further layouts are not shown"
    head = ["Container", "Pages when learned", "Such texts", f"Records with one, of {when}"]
    return join(
        [paragraph(note), fold(f"Layouts of the model ({len(one.layouts)})", table(caption, head, rows, "wnnn"))]
    )
