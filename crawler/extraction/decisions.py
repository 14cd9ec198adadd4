"""Decisions: what a person says of single templates and places; it outranks what was learned.

A text that a person drops is dropped on the whole site, also where it was not learned, or is not learned any more: it
stands in each layout and in the frame then, as a template of no pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from crawler.extraction.model import Layout, ModelError, Place, Position, Rule, SiteModel, Template

DECISIONS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """One template or place, and whether it is text."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    decision: Literal["keep", "drop"]
    text: str = ""  # what it was about, for the person who reads the file
    path: str | None = None  # of a place, below the container; None for a text


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a collection, by the id of what they are about."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    decisions: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))
    version: int = DECISIONS_VERSION


def decide(model: SiteModel, decisions: Decisions) -> SiteModel:
    """Write decisions into a model: each learned thing that one is about carries it; the others carry none.

    What earlier decisions added to the model goes first, so that a decision which is taken back leaves nothing.
    """
    found = decisions.decisions
    places = {position.id for layout in model.layouts for position in layout.positions}
    dropped = {
        identifier: one.text
        for identifier, one in sorted(found.items())
        if one.decision == "drop" and one.path is None and identifier not in places
    }

    def of(identifier: str) -> Literal["keep", "drop"] | None:
        return found[identifier].decision if identifier in found else None

    def templates(all_of_them: tuple[Template, ...], place: Place, pages: int) -> tuple[Template, ...]:
        learned = [replace(one, decision=of(one.id)) for one in all_of_them if one.pages]
        known = {one.id for one in learned}
        added = [
            Template(identifier, text, Rule.TEMPLATE, place, "", pages=0, of=pages, fixed=False, decision="drop")
            for identifier, text in dropped.items()
            if identifier not in known
        ]
        return (*learned, *added)

    def positions(of_layout: tuple[Position, ...]) -> tuple[Position, ...]:
        return tuple(replace(one, decision=of(one.id)) for one in of_layout)

    def layouts(of_model: tuple[Layout, ...]) -> tuple[Layout, ...]:
        return tuple(
            replace(one, templates=templates(one.templates, Place.BODY, one.of), positions=positions(one.positions))
            for one in of_model
        )

    return replace(model, frame=templates(model.frame, Place.FRAME, model.pages), layouts=layouts(model.layouts))


def dump_decisions(decisions: Decisions) -> bytes:
    """Write decisions as JSON, sorted, for a person to read."""
    ordered = Decisions(dict(sorted(decisions.decisions.items())), decisions.version)
    return _ADAPTER.dump_json(ordered, indent=2, exclude_none=True) + b"\n"


def load_decisions(data: bytes) -> Decisions:
    """Read decisions.

    Raises:
        ModelError: the data is none; the message says where.
    """
    try:
        return _ADAPTER.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise ModelError(f"{place}: {first['msg']}; allowed: decisions by id, each keep or drop") from None


_ADAPTER = TypeAdapter(Decisions)
