"""`scrapy templates COLLECTION [keep | drop | forget ID]`: what repeats on a site, and what a person says of it."""

import argparse
from collections.abc import Mapping
from typing import Literal

from rich.console import Console
from scrapy.settings import Settings

from crawler.collection import Collection, choose_host, find_collection, hold, require_no_options, show_host, write_down
from crawler.command import CollectionCommand
from crawler.errors import UserError
from crawler.extraction.decisions import Decision, Decisions
from crawler.extraction.model import Position, Template
from crawler.extraction.page import LearnedSite
from crawler.model_files import read_decisions
from crawler.model_report import describe, find_things, make_console, make_table, shorten_ids
from crawler.settings_check import require_sound_settings

_VERBS = ("keep", "drop", "forget")
_LEAST_PREFIX = 4  # digits of an id
_SHOWN = 60  # characters of a text


class Command(CollectionCommand):
    """Lists templates and positions, and writes down what a researcher decides of one."""

    def syntax(self) -> str:
        """Name what stands after the command."""
        return "<collection> [keep ID | drop ID | forget ID] [options]"

    def short_desc(self) -> str:
        """Say what it does in a line."""
        return "List what repeats on a collection's sites, and decide what is text"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add what this command can be told."""
        super().add_options(parser)
        parser.add_argument("--host", metavar="HOST", help="this site only")

    def work(self, settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
        """List, or decide."""
        require_no_options("templates", args)
        if len(args) not in (1, 3):
            raise UserError(f"templates takes the name of a collection, or that, one of {', '.join(_VERBS)} and an id")
        if len(args) == 3 and args[1] not in _VERBS:
            raise UserError(f"templates: {args[1]!r} is not allowed; allowed: {', '.join(_VERBS)}")
        collection = find_collection(settings, args[0])
        if len(args) == 1:
            self._list(collection, opts.host)
        else:
            require_sound_settings(settings)
            self._decide(settings, collection, args[1], args[2].lower(), opts.host)

    def _list(self, collection: Collection, host: str | None) -> None:
        decisions = read_decisions(collection.folder).decisions
        models = _find_models(collection)
        things = {one: find_things(models[one].model) for one in choose_host(list(models), host, collection.name)}
        short = shorten_ids([*decisions, *(one.id for of_host in things.values() for one in of_host)])
        out = make_console()
        if not models:
            out.print(f"{collection.name}: nothing was learned of its sites yet")
        for number, (name, of_host) in enumerate(things.items()):
            if number:
                out.print()
            out.print(show_host(name), style="bold")
            learned = [one for one in of_host if one.pages]
            if learned:
                out.print(make_table(learned, short))
            else:
                out.print("nothing repeats on it")
        known = {one.id for site in models.values() for one in find_things(site.model) if one.pages}
        _list_others(out, {one: decision for one, decision in decisions.items() if one not in known}, short)

    def _decide(self, settings: Settings, collection: Collection, verb: str, prefix: str, host: str | None) -> None:
        with hold(collection) as ledger:
            decisions = read_decisions(collection.folder)
            models = collection.find_models(ledger)
            things = {
                one.id: one
                for name in choose_host(list(models), host, collection.name)
                for one in find_things(models[name].model)
            }
            if verb == "forget":
                identifier = _find_id(prefix, decisions.decisions, collection.name, "decision")
                decided = {one: decision for one, decision in decisions.decisions.items() if one != identifier}
            else:
                identifier = _find_id(prefix, {**decisions.decisions, **things}, collection.name, "template or place")
                decision = _make_decision(verb, things.get(identifier), decisions.decisions.get(identifier))
                decided = {**decisions.decisions, identifier: decision}
            new = write_down(collection, ledger, settings, models, Decisions(decided))
        about = things.get(identifier)
        text = describe(about) if about is not None else {**decisions.decisions, **decided}[identifier].text
        changed = any(new[one].digest != models[one].digest for one in new)
        make_console().print(
            f"{collection.name}: {_say(verb, changed=changed)}: {identifier} “{_shorten(text)}”; {_advise(collection)}",
            soft_wrap=True,
        )


def _find_models(collection: Collection) -> Mapping[str, LearnedSite]:
    if not collection.has_ledger:
        return collection.find_models(None)
    with collection.look() as ledger:
        return collection.find_models(ledger)


def _list_others(out: Console, decisions: Mapping[str, Decision], short: Mapping[str, str]) -> None:
    """List the decisions on what is not learned, or not any more."""
    if not decisions:
        return
    out.print("\ndecided, and not learned at present", style="bold")
    for identifier, one in sorted(decisions.items()):
        text = f"at {one.path}" if one.path is not None else one.text
        out.print(f"{short[identifier]}  {one.decision}  {_shorten(text)}")


def _find_id(prefix: str, ids: Mapping[str, object], collection: str, what: str) -> str:
    """Find the one id that begins so.

    Raises:
        UserError: none does, or several do, or the beginning is too short to mean one.
    """
    if prefix in ids:
        return prefix
    found = sorted(one for one in ids if one.startswith(prefix))
    if len(prefix) < _LEAST_PREFIX:
        raise UserError(f"{prefix!r} is too short; allowed: the first {_LEAST_PREFIX} digits of an id, or more of them")
    if not found:
        allowed = f"the ids that `scrapy templates {collection}` lists, or their first digits"
        if what == "decision":
            allowed = ", ".join(sorted(ids)) or "none, for nothing is decided"
        raise UserError(f"{collection} has no {what} {prefix!r}; allowed: {allowed}")
    if len(found) > 1:
        raise UserError(f"{prefix!r} may mean {', '.join(found)}; give more of its digits")
    return found[0]


def _make_decision(verb: str, about: Template | Position | None, before: Decision | None) -> Decision:
    """Write a decision down with what it is about, so that it can be read, and applied, without the model."""
    decision: Literal["keep", "drop"] = "keep" if verb == "keep" else "drop"
    if isinstance(about, Template):
        return Decision(decision, about.text)
    if isinstance(about, Position):
        return Decision(decision, about.examples[0] if about.examples else "", about.path)
    assert before is not None  # an id is that of a learned thing or of a decision
    return Decision(decision, before.text, before.path)


def _say(verb: str, *, changed: bool) -> str:
    said = {"keep": "kept as text", "drop": "dropped", "forget": "not decided any more"}[verb]
    return said if changed else f"{said}, which changes no model"


def _advise(collection: Collection) -> str:
    if collection.has_ledger:
        return f"`scrapy crawl replay -a collection={collection.name}` makes the records by it"
    return "`scrapy crawl documents`, as it was run before, makes the records by it"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1].rstrip()}…"
