"""A probe in a screenful that can be pasted into an issue: what works, and what to change in the file."""

import json
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from urllib.parse import urlsplit

from crawler.discovery.urls import hostname, is_same_site
from crawler.probing.findings import (
    CONVENTION,
    FILE,
    NOBODY,
    Answer,
    ArticleFinding,
    EntriesFinding,
    ListingFinding,
    Probe,
)
from crawler.terminal import show

WIDTH = 100  # characters of a line
LINES = 40
_LABEL = 12
_FEW_WORDS = 40  # a document has more
_SHOWN_LISTINGS = 4


def write_report(probe: Probe) -> list[str]:
    """Write a probe down, in at most 40 lines of at most 100 characters."""
    requests = f"{probe.requests} request{'' if probe.requests == 1 else 's'}"
    lines = [
        f"{probe.version}: probe of {probe.slug}, {probe.day}, {requests} in {probe.seconds:.0f} s",
        f"{probe.organization.name}, {probe.organization.homepage} ({probe.origin})",
        "",
        *_describe(probe),
        "",
        *_conclude(probe),
    ]
    return [_fit(line) for line in lines[:LINES]]


def advise(probe: Probe) -> list[str]:
    """Say what to change in the organization's file: the key, a value, and why."""
    if probe.homepage is None or not probe.homepage.answer.is_read:
        return list(_advise_on_access(probe))
    return [
        *_advise_on_access(probe),
        *_advise_on_sitemap(probe),
        *_advise_on_feed(probe),
        *_advise_on_listing(probe),
        *_advise_on_articles(probe),
    ]


def write_toml(value: object) -> str:
    """Write a string, a list of strings or a truth value as TOML has it."""
    if isinstance(value, str):
        whole = value.encode("utf-8", "replace").decode()  # half of a surrogate pair is in no file
        return json.dumps(show(whole), ensure_ascii=False)
    if isinstance(value, Sequence):
        return f"[{', '.join(write_toml(one) for one in value)}]"
    return json.dumps(value)


def shorten(url: str, homepage: str) -> str:
    """Write a URL as the organization file may have it: without the homepage's scheme and host."""
    here, home = urlsplit(url), urlsplit(homepage)
    if (here.scheme, here.netloc) != (home.scheme, home.netloc):
        return url
    return (here.path or "/") + (f"?{here.query}" if here.query else "")


# --- What was found --------------------------------------------------------------------------------------------------


def _describe(probe: Probe) -> Iterator[str]:
    yield _line("robots.txt", _describe_robots(probe))
    homepage = probe.homepage
    if homepage is None:
        return
    said = [_describe_answer(homepage.answer, probe)]
    if homepage.answer.is_read:
        said += [f"languages {', '.join(homepage.languages)}" if homepage.languages else "no language stated"]
        said += [f"{_count(len(homepage.feeds), 'feed')} and {_count(len(homepage.listings), 'listing')} found on it"]
    yield _line("homepage", "; ".join(said))
    if probe.sitemap is not None:
        yield from _describe_entries("sitemap", probe.sitemap, probe)
    elif probe.organization.discovery.sitemaps == ():
        yield _line("sitemap", "none, as the file says")
    if probe.feed is not None:
        yield from _describe_entries("feed", probe.feed, probe)
    elif homepage.answer.is_read:
        yield _line("feed", "none is named")
    if probe.listing is not None:
        yield from _describe_listing(probe.listing, probe)
    for article in probe.articles:
        yield _line("article", _describe_answer(article.answer, probe))
        if article.answer.is_read:
            yield from (_line("", said) for said in _describe_article(article))


def _describe_robots(probe: Probe) -> str:
    robots = probe.robots
    said = [robots.answer.error or str(robots.answer.status)]
    if robots.answer.status is None or robots.answer.status >= 500 or robots.answer.status == 429:
        return f"{said[0]}: all is forbidden until it can be read"
    if robots.answer.status >= 400:
        said.append("there is none, and all is allowed")
    elif not robots.homepage_allowed:
        said.append("forbids the homepage")
    elif robots.forbidden_seeds:
        said.append(f"forbids {_count(len(robots.forbidden_seeds), 'seed')}: {', '.join(robots.forbidden_seeds)}")
    else:
        said.append("allows homepage and seeds")
    said.append(f"Crawl-delay {robots.crawl_delay:g} s" if robots.crawl_delay is not None else "no Crawl-delay")
    said.append(_count(len(robots.sitemaps), "sitemap"))
    return "; ".join(said)


def _describe_answer(answer: Answer, probe: Probe) -> str:
    said = answer.error or str(answer.status)
    if answer.error is not None and answer.status is not None:
        said = f"{answer.status}, {answer.error}"
    said += f" {shorten(answer.url, probe.organization.homepage)}"
    if answer.target is not None:
        said += f", leads to {shorten(answer.target, probe.organization.homepage)}"
    return said


def _describe_entries(label: str, found: EntriesFinding, probe: Probe) -> Iterator[str]:
    more = f", which names {found.others} more" if found.others else ""
    yield _line(label, f"{_describe_answer(found.answer, probe)}; named by {found.named_by}{more}")
    if found.answer.is_read:
        entries = f"{found.entries:,} pages, {found.in_scope:,} of them in scope"
        said = [f"index of {found.sitemaps:,}; in one of them {entries}" if found.sitemaps else entries]
        said.append(f"newest {found.newest}" if found.newest else "no dates")
        yield _line("", "; ".join([*said, *found.problems[:1]]))


def _describe_listing(found: ListingFinding, probe: Probe) -> Iterator[str]:
    named_by = "the homepage, as no listing is named" if found.named_by == NOBODY else f"named by {found.named_by}"
    yield _line("listing", f"{_describe_answer(found.answer, probe)}; {named_by}")
    if found.answer.is_read:
        home = probe.organization.homepage
        next_page = f"next page {shorten(found.next_page, home)}" if found.next_page else "no next page"
        yield _line("", f"{found.links} links, {found.in_scope} in scope, {found.documents} to documents; {next_page}")


def _describe_article(found: ArticleFinding) -> Iterator[str]:
    yield f'"{found.title}"' if found.title else "no title"
    if found.date is not None:
        date = f'{found.date} ({found.date_source}: "{found.date_raw}")'
    else:
        date = f"no date ({found.undated or 'none is stated'})"
    said = [date, _count(found.words, "word"), found.document_type or "no type", found.language or "no language"]
    yield "; ".join([*said, *([f"robots: {', '.join(found.directives)}"] if found.directives else [])])


# --- What follows from it --------------------------------------------------------------------------------------------


def _conclude(probe: Probe) -> Iterator[str]:
    read = [article for article in probe.articles if article.answer.is_read and article.words]
    dated = sum(article.date is not None for article in read)
    if read:
        yield _line("works", f"records come out: {len(read)} of {len(probe.articles)} articles read, {dated} dated")
    else:
        yield _line("fails", "no records come out")
    changes = advise(probe)
    for number, change in enumerate(changes):
        for part, line in enumerate(wrap(change, WIDTH - _LABEL, break_on_hyphens=False)):
            yield _line("change" if number == part == 0 else "", line)
    if not changes:
        yield from _conclude_well(probe)


def _conclude_well(probe: Probe) -> Iterator[str]:
    """Say that the file may stay as it is, and whether it may count as tried."""
    named = [("sitemap", probe.sitemap), ("feed", probe.feed)]
    unread = [
        (what, found.answer)
        for what, found in named
        if found is not None
        and not found.answer.is_read
        and not (found.named_by == CONVENTION and found.answer.status in (404, 410))  # there is none
    ]
    if unread:
        home = probe.organization.homepage
        what = " and ".join(f"the {what} {shorten(answer.url, home)}" for what, answer in unread)
        verified = "" if probe.organization.verified else ", and leave verified = false until then"
        said = f"nothing, but {what} could not be had: try again{verified}"
    else:
        said = "nothing" if probe.organization.verified else "verified = true: the file works"
    for number, line in enumerate(wrap(said, WIDTH - _LABEL, break_on_hyphens=False)):
        yield _line("change" if number == 0 else "", line)
    for host in dict.fromkeys(hostname(answer.place) or "" for _, answer in unread):
        if not any(is_same_site(host, one) for one in probe.organization.hosts):
            yield _line("", f"{host} is not among the file's hosts; [urls] hosts adds it")


def _advise_on_access(probe: Probe) -> Iterator[str]:
    home = probe.organization.homepage
    robots = probe.robots
    if probe.homepage is None:
        unreachable = robots.answer.status is None or robots.answer.status >= 500 or robots.answer.status == 429
        if unreachable:
            yield "nothing yet: the server cannot be reached. Is `homepage` right? Else try again later"
        elif not robots.homepage_allowed:
            yield "homepage: robots.txt forbids it; name one that is allowed, or ask the site's owner"
        return
    answer = probe.homepage.answer
    if not answer.is_read:
        yield f"homepage: {answer.error or answer.status}; name the address that a browser shows"
    elif answer.target is not None and not is_same_site(hostname(answer.target) or "", hostname(home) or ""):
        yield f"homepage = {write_toml(answer.target)}: the site has moved there"
    allowed = [seed for seed in probe.organization.seeds if seed not in robots.forbidden_seeds]
    if robots.forbidden_seeds and allowed:
        yield f"seeds = {write_toml([shorten(seed, home) for seed in allowed])}: robots.txt forbids the others"
    told = probe.organization.crawl_delay
    if robots.crawl_delay is not None and robots.crawl_delay >= 10 and (told is None or told < robots.crawl_delay):
        yield f"nothing for it, but know: Crawl-delay {robots.crawl_delay:g} s makes a slow crawl"


def _advise_on_sitemap(probe: Probe) -> Iterator[str]:
    found = probe.sitemap
    if found is None:
        return
    if not found.answer.is_read:
        if found.named_by == FILE:
            yield "[discovery] sitemaps: remove it, and robots.txt's or /sitemap.xml is read"
        elif (
            found.answer.status in (404, 410)
            and probe.gives_records
            and probe.listing is not None
            and probe.listing.documents
        ):
            yield "[discovery] sitemaps = []: there is none, and a request is saved"
        return
    yield from _advise_on_scope(found, "the sitemap's pages")


def _advise_on_feed(probe: Probe) -> Iterator[str]:
    found = probe.feed
    if found is None:
        return
    if found.named_by == FILE and (not found.answer.is_read or not found.entries):
        others = probe.homepage.feeds if probe.homepage is not None else ()
        new = [shorten(feed, probe.organization.homepage) for feed in others]
        yield f"[discovery] feeds = {write_toml(new)}: the file's cannot be read"
    elif found.answer.is_read:
        yield from _advise_on_scope(found, "the feed's pages")


def _advise_on_scope(found: EntriesFinding, what: str) -> Iterator[str]:
    if not found.entries or found.in_scope or not found.out_of_scope:
        return
    (rule, count), *_ = found.out_of_scope.most_common(1)
    if rule.startswith("host:"):
        host = write_toml([rule.removeprefix("host:")])
        yield f"[urls] hosts = {host}: {count:,} of {what} are there"
    else:
        yield f"[urls] {rule.partition(':')[0]}: it keeps {count:,} of {what} out; loosen it"


def _advise_on_listing(probe: Probe) -> Iterator[str]:
    found, homepage = probe.listing, probe.homepage
    if found is None or homepage is None:
        return
    home = probe.organization.homepage
    better = [one.url for one in homepage.listings if one.url != found.answer.url][:_SHOWN_LISTINGS]
    named = write_toml([shorten(url, home) for url in better])
    if not found.answer.is_read or not found.documents:
        why = "shows no documents" if found.answer.is_read else "cannot be read"
        if better:
            yield f"[discovery] listings = {named}: {shorten(found.answer.url, home)} {why}"
        elif probe.organization.discovery.listing_links is not None and found.answer.is_read:
            yield "[discovery] listing_links: it matches no link in scope; remove it, and all links are read"
        else:
            yield f"[discovery] listings: name a page that lists documents; {shorten(found.answer.url, home)} {why}"
    elif found.named_by not in (FILE, NOBODY) and not probe.organization.discovery.listings:
        urls = [found.answer.url, *better] if found.answer.url != home else better
        if urls:
            shown = write_toml([shorten(url, home) for url in urls[:_SHOWN_LISTINGS]])
            yield f"[discovery] listings = {shown}: pages that list documents are read to their end"


def _advise_on_articles(probe: Probe) -> Iterator[str]:
    read = [article for article in probe.articles if article.answer.is_read]
    if not read:
        yield "[discovery] listings, feeds or sitemaps: name a place that leads to documents"
        return
    if all(article.undated == "ambiguous_order" for article in read if article.date is None) and any(
        article.date is None for article in read
    ):
        yield 'date_order = "MDY" or "DMY": the site writes dates in numbers'
    languages = probe.organization.languages
    found = list(dict.fromkeys(one.language for one in read if one.language and one.language not in languages))
    if languages and found and not any(language.partition("-")[0] in found for language in languages):
        yield f"languages = {write_toml([*languages, *found])}: of the articles"
    if probe.organization.document_types and not any(article.document_type for article in read):
        path = urlsplit(read[0].answer.place).path.rpartition("/")[0]
        yield f"[[document_types]] url: none matches {path}/…"
    short = [article for article in read if article.words < _FEW_WORDS]
    if len(short) == len(read):
        yield "look at an article in a browser: hardly any text came out; the page may need JavaScript"


# --- Lines -----------------------------------------------------------------------------------------------------------


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"


def _fit(line: str) -> str:
    """Make a line of what others wrote: no control characters, and not too long."""
    clean = show(" ".join(line.splitlines())).rstrip()
    return clean if len(clean) <= WIDTH else f"{clean[: WIDTH - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join_lines(lines: Iterable[str]) -> str:
    """Join the lines of a report as they are printed."""
    return "".join(f"{line}\n" for line in lines)
