"""Judges a crawl of the discovery site by the server's log, the ledger and the records.

It knows nothing of the crawler. A page is rendered again from the log to see which URLs the crawler was shown.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urljoin

from benchmarks.crash_site import Answer
from benchmarks.discovery_articles import Article
from benchmarks.discovery_pages import Ask
from benchmarks.discovery_site import Site
from crawler.discovery.urls import normalize_url

# The states of a visit that are an end, as docs/running.md tells them; a word that is not here is none.
ENDS = frozenset("recorded unchanged listing excluded duplicate redirected out_of_scope disallowed failed gone".split())
SHOWN = 10
_TAG = re.compile(r"<(a|area|link|button)\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*("[^"]*"|'[^']*')""")
_SESSION = re.compile(r"([?&])visit=[0-9a-f]+(&|$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as the server logged it."""

    count: int
    status: int
    target: str


@dataclass(frozen=True, slots=True)
class Row:
    """A visit, as the ledger has it."""

    url: str
    state: str
    reason: str | None


@dataclass(slots=True)
class Verdict:
    """What is to be said of a crawl."""

    articles: int
    needed: Counter[str]  # pages by kind
    requests: Counter[str] = field(default_factory=Counter)  # by kind
    missing: list[Article] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)  # records that are no article, by kind
    examples: dict[str, str] = field(default_factory=dict)  # the URL of one of them, by kind
    under_sessions: int = 0  # records of articles whose URL holds a session id
    wrong_dates: list[str] = field(default_factory=list)
    unaccounted: list[str] = field(default_factory=list)  # URLs, each with what is wrong
    states: Counter[tuple[str, str]] = field(default_factory=Counter)  # visits by state and reason
    seen: int = 0  # URLs of the site that the crawler was shown
    problems: list[str] = field(default_factory=list)  # how the crawl ended, and what must not happen

    @property
    def recall(self) -> float:
        """The share of the articles that have a record."""
        return 1 - len(self.missing) / self.articles

    @property
    def ratio(self) -> float:
        """Requests, over those that were needed."""
        return self.requests.total() / self.needed.total()

    @property
    def trapped(self) -> int:
        """Records that came out of traps."""
        return sum(count for kind, count in self.others.items() if kind.startswith("trap"))

    def failures(self, most: float, *, need_dates: bool = False) -> list[str]:
        """Name what a crawl must not do and this one did.

        Args:
            most: the ratio below which the requests must stay.
            need_dates: whether each record must have the right date.
        """
        found = list(self.problems)
        if self.missing:
            found.append(f"{len(self.missing)} articles have no record")
        if self.ratio >= most:
            found.append(f"{self.ratio:.2f} × the needed fetches, and less than {most:g} are allowed")
        if self.trapped:
            found.append(f"{self.trapped} records of what is a trap")
        if self.unaccounted:
            found.append(f"{len(self.unaccounted)} URLs unaccounted")
        if self.requests["forbidden by robots.txt"]:
            found.append(f"{self.requests['forbidden by robots.txt']} requests of what robots.txt forbids")
        if need_dates and self.wrong_dates:
            found.append(f"{len(self.wrong_dates)} records with a wrong date")
        return found

    def table(self) -> Iterator[str]:
        """Write all that was counted."""
        yield f"{'requests of':28} {'needed':>8} {'asked':>8} {'records':>8}"
        kinds = sorted({*self.needed, *self.requests, *self.others}, key=lambda kind: (kind[:4] == "trap", kind))
        for kind in kinds:
            records = self.articles - len(self.missing) if kind == "article" else self.others[kind]
            yield f"  {kind:26} {self.needed[kind]:8,} {self.requests[kind]:8,} {records:8,}"
        yield f"  {'all':26} {self.needed.total():8,} {self.requests.total():8,}"
        yield from self.name_missing()
        for kind, url in sorted(self.examples.items()):
            yield f"record of a {kind}: {url}"
        if self.under_sessions:
            yield f"records of articles under a session's URL: {self.under_sessions}"
        if self.wrong_dates:
            yield f"wrong dates: {len(self.wrong_dates)}, such as {'; '.join(self.wrong_dates[:3])}"
        yield f"ledger, of {self.states.total():,} URLs ({self.seen:,} were shown):"
        for (state, reason), count in self.states.most_common(3 * SHOWN):
            yield f"  {count:8,} {state}{f' ({reason})' if reason else ''}"
        for line in self.unaccounted[:SHOWN]:
            yield f"unaccounted: {line}"

    def name_missing(self) -> Iterator[str]:
        """Write which articles have no record, and how they were to be found."""
        if len(self.missing) == self.articles:
            yield "missing: all articles; no record came out"
            return
        for way, count in sorted(Counter(article.way for article in self.missing).items()):
            yield f"missing: {count} to be found by {way}"
        for article in self.missing[:SHOWN]:
            yield f"  {article.path} ({article.way}{', linked elsewhere too' if article.is_common else ''})"


def judge(site: Site, asked: Sequence[Asked], rows: Iterable[Row], records: Iterable[Mapping[str, Any]]) -> Verdict:
    """Judge a crawl.

    Args:
        site: that was crawled.
        asked: all requests.
        rows: all visits of the run.
        records: what came out.
    """
    verdict = Verdict(len(site.articles), Counter(site.needed.values()))
    verdict.requests.update(site.find(one.target).kind for one in asked)
    _judge_records(site, records, verdict)
    _judge_ledger(site, asked, list(rows), verdict)
    return verdict


def _judge_records(site: Site, records: Iterable[Mapping[str, Any]], verdict: Verdict) -> None:
    found: set[str] = set()
    for record in records:
        target = str(record["url"]).removeprefix(site.base)
        plain = Ask.read(without_session(target)).key
        article = site.by_key.get(plain)
        if article is None or plain in found:
            kind = site.find(target).kind
            if article is not None and not kind.startswith("trap"):
                kind = "trap: second record of an article"
            verdict.others[kind] += 1
            verdict.examples.setdefault(kind, str(record["url"]))
            continue
        found.add(plain)
        verdict.under_sessions += target != without_session(target)
        said = record.get("date_published")
        if (said or "")[:10] != article.day.isoformat():  # some pages say the hour
            verdict.wrong_dates.append(f"{article.path}: {said}, expected {article.day}")
    verdict.missing = [article for key, article in site.by_key.items() if key not in found]


def _judge_ledger(site: Site, asked: Sequence[Asked], rows: Sequence[Row], verdict: Verdict) -> None:
    verdict.states.update((row.state, row.reason or "") for row in rows)
    shown = find_shown(site, asked)
    verdict.seen = len(shown)
    known = {row.url for row in rows}
    fetched = {normalize_url(site.base + one.target) for one in asked}
    verdict.unaccounted += [
        f"{url} is not in the ledger; it stands on {where}"
        for url, where in shown.items()
        if url not in known and normalize_url(without_session(url)) not in known
    ]
    for row in rows:
        if row.state not in ENDS:
            verdict.unaccounted.append(f"{row.url} is unfinished: {row.state}")
        elif row.reason is None and row.state != "disallowed" and row.url not in fetched:
            verdict.unaccounted.append(f"{row.url} was not asked for, without a reason: {row.state}")


def without_session(url: str) -> str:
    """Take the site's own session id out of a URL: whoever saw through it may leave it out."""
    plain = re.sub(r";jsessionid=[^/;?]*", "", url)
    return _SESSION.sub(lambda match: match[1] if match[2] else "", plain).rstrip("?&") if "visit=" in plain else plain


def find_shown(site: Site, asked: Iterable[Asked]) -> dict[str, str]:
    """Find the site's own URLs that stand in what the crawler was answered: normalized URL → on which page first."""
    shown: dict[str, str] = {}
    for one in asked:
        url = site.base + one.target
        for written in find_written(site.respond(one.target, one.count)):
            found = normalize_url(urljoin(url, written.strip()))
            if found.startswith(f"{site.base}/"):
                shown.setdefault(found, one.target)
    return shown


def find_written(answer: Answer) -> Iterator[str]:
    """Find the references in an answer that lead to pages, as they are written.

    Of the head only `rel=next`: that a page names its canonical address or the feed of its comments is no link.
    """
    yield from (value for name, value in answer.headers if name == "Location")
    if answer.status != 200:
        return
    if answer.content_type.startswith("text/html"):
        yield from _find_anchors(answer.body.decode())
    elif answer.content_type.endswith("json"):
        yield from (item["url"] for item in json.loads(answer.body)["items"])
    elif answer.content_type == "text/plain":
        lines = answer.body.decode().splitlines()
        yield from (line.partition(":")[2] for line in lines if line.lower().startswith("sitemap:"))
        yield from (line for line in lines if line.startswith("http"))
    else:
        yield from _find_locations(answer)


def _find_anchors(text: str) -> Iterator[str]:
    for tag, inside in _TAG.findall(text):
        attributes = {name.lower(): unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(inside)}
        if tag.lower() == "link" and "next" not in attributes.get("rel", "").split():
            continue
        for name in ("href", "data-url"):
            if name in attributes:
                yield attributes[name]


def _find_locations(answer: Answer) -> Iterator[str]:
    body = gzip.decompress(answer.body) if answer.body[:2] == b"\x1f\x8b" else answer.body
    for groups in re.findall(r"<loc>([^<]+)</loc>|<link>([^<]+)</link>|<link href=\"([^\"]+)\"", body.decode()):
        yield from (written.replace("&amp;", "&") for written in groups if written)
