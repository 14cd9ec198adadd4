"""What figures answer of a datasheet's questions on how a corpus was collected."""

from collections.abc import Iterable, Mapping
from typing import Any

from crawler.corpus.package.described import Described, count_of
from crawler.corpus.package.figures import CollectionFigures
from crawler.corpus.package.prose import make_blank, to_markdown, to_table

_SHOWN_RUNS = 5  # beside the first one


def acquired(described: Described) -> str:
    """Say where the bytes are from."""
    has_ledger = any(one.has_ledger for one in described.figures.collections)
    has_files = any(not one.has_ledger for one in described.figures.collections)
    said = []
    if has_ledger:
        said.append(
            "Fetched from the organizations' own sites over HTTP, and archived before anything was read from it."
        )
    if has_files:
        said.append("Read from files that the researcher had; `provenance.source_file` names them.")
    return " ".join(said)


def mechanisms(described: Described) -> str:
    """Say what was asked for, and what robots.txt and pages said to it."""
    parts = []
    for one in described.figures.collections:
        if not one.has_ledger:
            continue
        name = to_markdown(one.name)
        parts.append(
            f"{name}: what the discovered URLs were asked for as, and what robots.txt and the pages say to crawlers:"
        )
        parts.append(to_table(("role", "URLs"), one.roles.items(), numbers=[1]))
        parts.append(to_table(("verdict", "URLs"), _order_verdicts(one.verdicts), numbers=[1]))
        parts.append(_describe_politeness(one))
    return "\n\n".join(parts) or "Files were read; no server was asked."


def _order_verdicts(verdicts: Mapping[str | None, int]) -> list[tuple[str, int]]:
    return sorted((verdict or "not looked at", number) for verdict, number in verdicts.items())


def _describe_politeness(one: CollectionFigures) -> str:
    noarchive = sum(number for verdict, number in one.verdicts.items() if "noarchive" in (verdict or "").split(","))
    said = [f"Pages that ask for no copy (`noarchive`): {noarchive:,}."]
    if one.latest is None:
        said.append("The archive of the latest run is not there to say who asked.")
        return " ".join(said)
    fields = one.latest.fields
    robots = {"obey": "was obeyed", "ignore": "was ignored"}.get(fields.get("robots", ""), "may have been obeyed")
    said.append(
        f"robots.txt {robots}. User agent of the latest run: {to_markdown(fields.get('http-header-user-agent', ''))}."
    )
    delay = (one.latest.definition or {}).get("crawl_delay")
    if delay is not None:
        said.append(
            f"Least delay between two requests to a host, by the organization's file: {to_markdown(delay)} seconds."
        )
    return " ".join(said)


def asked(described: Described) -> str:
    """Say by what pages were chosen."""
    parts = []
    for one in described.figures.collections:
        name = to_markdown(one.name)
        definition = one.latest.definition if one.latest is not None else None
        if not one.has_ledger:
            parts.append(f"{name}: all files of the given folder or manifest.")
        elif definition is None:
            parts.append(f"{name}: by {_commands(one)}.")
        else:
            parts.append(f"{name}: by the organization's file, as it stood in the latest run (`organizations/`):")
            parts.append(to_table(("key", "value"), _list_definition(definition)))
    return "\n\n".join(parts)


def _commands(one: CollectionFigures) -> str:
    return ", ".join(sorted({f"“{to_markdown(run.command)}”" for run in one.runs}))


def _list_definition(definition: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    discovery, urls = definition.get("discovery") or {}, definition.get("urls") or {}
    said = {
        "homepage": definition.get("homepage"),
        "seeds": definition.get("seeds"),
        **{name: discovery.get(name) for name in ("sitemaps", "feeds", "listings", "follow_links")},
        **{name: urls.get(name) for name in ("allow", "deny", "hosts")},
    }
    defaults = {"sitemaps": "those that robots.txt names"}
    for key, value in said.items():
        if isinstance(value, list):
            yield key, ", ".join(map(str, value)) or "none"
        elif value is None:
            yield key, defaults.get(key, "what the pages name")
        else:
            yield key, ("yes" if value else "no") if isinstance(value, bool) else str(value)


def timeframe(described: Described) -> str:
    """Say when it was fetched, run by run."""
    records, figures = described.figures.records, described.figures
    parts = []
    if records.first_fetched is not None:
        parts.append(f"The pages of the records were fetched from {records.first_fetched} to {records.last_fetched}.")
    rows: list[tuple[object, ...]] = []
    for one in figures.collections:
        shown = [run for run in one.runs if run in one.runs[:1] or run in one.runs[-_SHOWN_RUNS:]]
        rows += [
            (one.name, run.run, run.started_at, run.finished_at, run.urls, run.new, run.changed, run.gone)
            for run in shown
        ]
    if rows:
        total = sum(len(one.runs) for one in figures.collections)
        parts.append(
            f"{count_of(total, 'finished run')}, listed in `runs.csv`; of each collection the first and the last ones:"
        )
        head = ("collection", "run", "began", "ended", "URLs visited", "new", "changed", "gone")
        parts.append(to_table(head, rows, numbers=[1, 4, 5, 6, 7]))
    else:
        parts.append(make_blank("when the files were gathered; the program does not know"))
    return "\n\n".join(parts)
