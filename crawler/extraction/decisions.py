"""Decisions: what a person says of single templates and places; it outranks what was learned."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from crawler.extraction.model import Layout, ModelError, Position, SiteModel, Template

DECISIONS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """One template or place, and whether it is text."""

    decision: Literal["keep", "drop"]
    text: str = ""  # what it was about, for the person who reads the file


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a collection, by the id of what they are about."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    decisions: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))
    version: int = DECISIONS_VERSION


def decide(model: SiteModel, decisions: Decisions) -> SiteModel:
    """Write decisions into a model: each learned thing that one is about carries it; the others carry none."""
    found = decisions.decisions

    def of(identifier: str) -> Literal["keep", "drop"] | None:
        return found[identifier].decision if identifier in found else None

    def templates(of_layout: tuple[Template, ...]) -> tuple[Template, ...]:
        return tuple(replace(one, decision=of(one.id)) for one in of_layout)

    def positions(of_layout: tuple[Position, ...]) -> tuple[Position, ...]:
        return tuple(replace(one, decision=of(one.id)) for one in of_layout)

    def layouts(of_model: tuple[Layout, ...]) -> tuple[Layout, ...]:
        return tuple(
            replace(one, templates=templates(one.templates), positions=positions(one.positions)) for one in of_model
        )

    return replace(model, frame=templates(model.frame), layouts=layouts(model.layouts))


def dump_decisions(decisions: Decisions) -> bytes:
    """Write decisions as JSON, sorted, for a person to read."""
    ordered = Decisions(dict(sorted(decisions.decisions.items())), decisions.version)
    return _ADAPTER.dump_json(ordered, indent=2) + b"\n"


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
