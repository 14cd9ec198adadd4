"""Records without their texts: for corpora whose texts may not be handed out.

What a page says goes: `text`, `markdown`, the words of links, attachments and removed blocks. What others say of it
stays: where it is, when it appeared and by what evidence, how long it is, what it links to, and the digests by which
somebody who has the page knows that it is the same. The title stays, as in a catalog.

Words of the page can stand where nobody looks for them: in a column of a researcher's table that quotes it, in the
address of a button that shares a sentence. So each other value is compared with the text, and one that has a run of
its words goes as well.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import unquote_plus

from crawler.corpus.columns import tell_apart

QUOTED_WORDS = 6  # in a row, that a value may not have in common with the text; all of a text that has fewer
_WORD = re.compile(r"\w+")
_LINKED = ("links", "attachments")
_TEXTS = ("text", "markdown")
_NULL = {"type": "null"}
_BEARER = re.compile(r"[?#]")


def withhold_text(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give a record of `items.Record`'s shape without the words of its page.

    Returns:
        a new one with the same keys in the same order; nothing of the given one is changed.
    """
    quoted = _Quotations(record)
    kept = dict(record)
    for name in _TEXTS:
        kept[name] = None
    for name in _LINKED:
        kept[name] = [{"text": None, "url": quoted.cut(link["url"])} for link in record[name]]
    kept["removed"] = [{**block, "text": None} for block in record["removed"]]
    names = tell_apart(map(quoted.cut_name, record["annotations"]))
    values = map(quoted.drop, record["annotations"].values())
    kept["annotations"] = dict(zip(names, values, strict=True))
    kept["date_evidence"] = [{**one, "raw": quoted.drop(one["raw"])} for one in record["date_evidence"]]
    kept["date_published_raw"] = quoted.drop(record["date_published_raw"])
    for name in ("authors", "topics"):
        kept[name] = [value for value in record[name] if quoted.drop(value) is not None]
    for name in ("organization", "document_type"):
        kept[name] = quoted.drop(record[name])
    if record["canonical_url"] is not None:
        kept["canonical_url"] = quoted.cut(record["canonical_url"])
    return kept


class _Quotations:
    """What of a record's values repeats its text."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._parts = (record["text"], record["markdown"], *(block["text"] for block in record["removed"]))
        self._short = [words for part in self._parts[:2] if (words := _find_first_words(part))]
        self._known: frozenset[tuple[str, ...]] | None = None  # made for the first value that is long enough

    def _runs(self) -> frozenset[tuple[str, ...]]:
        if self._known is None:
            words = (_WORD.findall(part.casefold()) for part in self._parts if part)
            self._known = frozenset(run for one in words for run in _find_runs(one))
        return self._known

    def drop(self, value: str | None) -> str | None:
        """Give a value; None for one that has a run of the text's words."""
        if value is None or not self._is_quoted(value):
            return value
        return None

    def cut(self, url: str) -> str:
        """Give a URL, up to its query or fragment where it has words of the text in it."""
        bare = _BEARER.split(url, maxsplit=1)[0]
        if bare == url or not self._is_quoted(unquote_plus(url)):
            return url
        return bare

    def cut_name(self, name: str) -> str:
        """Give a column's name, shortened to what the text does not have."""
        return name if not self._is_quoted(name) else f"{name[:20]}…"

    def _is_quoted(self, value: str) -> bool:
        words = _WORD.findall(value.casefold())
        if len(words) < QUOTED_WORDS:  # it can only be all of a short text
            return bool(words) and words in self._short
        runs = self._runs()
        return any(run in runs for run in _find_runs(words))


def _find_first_words(text: str) -> list[str]:
    """Give the words of a text that has fewer than a quotation; none of a longer one."""
    found = [match[0].casefold() for match in islice(_WORD.finditer(text), QUOTED_WORDS)]
    return found if len(found) < QUOTED_WORDS else []


def _find_runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    if not words:
        return
    for start in range(max(len(words) - QUOTED_WORDS, 0) + 1):
        yield tuple(words[start : start + QUOTED_WORDS])


def withhold_from_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Give the JSON Schema of such records from that of whole ones.

    Args:
        schema: `crawler.extraction.record.record_schema`.
    """
    properties = dict(schema["properties"])
    for name in _TEXTS:
        properties[name] = _null(properties[name])
    annotations = dict(properties["annotations"])
    annotations["additionalProperties"] = _or_null(annotations["additionalProperties"])
    properties["annotations"] = annotations
    parts = dict(schema["$defs"])
    for part in ("Link", "Removed"):
        parts[part] = {**parts[part], "properties": {**parts[part]["properties"]}}
        parts[part]["properties"]["text"] = _null(parts[part]["properties"]["text"])
    evidence = {**parts["DateEvidence"], "properties": {**parts["DateEvidence"]["properties"]}}
    evidence["properties"]["raw"] = _or_null(evidence["properties"]["raw"])
    parts["DateEvidence"] = evidence
    said = f"{schema.get('description', '')} The words of its page are withheld, and null."
    return {**schema, "$defs": parts, "description": said.strip(), "properties": properties}


def _null(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": "Withheld.", **_NULL, "title": described.get("title", "")}


def _or_null(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(described), _NULL], "description": "Null where it repeated the withheld text."}
