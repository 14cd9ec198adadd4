"""The order of the numbers of a date: by other days, by the fetch, by the language of the page."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extraction.date_order import find_language_order, find_shown_order, settle_order
from crawler.extraction.dates import Order

_DATA = "dateparser.data.date_translation_data"
_FOLDER = Path(import_module(_DATA).__file__ or "").parent


@pytest.mark.parametrize(
    ("raw", "stated", "latest", "day"),
    [
        ("3/4/15", [], None, None),
        ("3/4/15", ["2015-03-04"], None, "2015-03-04"),
        ("3/4/15", ["2015-04-03", "2015-05-05"], None, "2015-04-03"),
        ("3/4/15", ["2015-04-03", "2015-03-04"], None, None),
        ("3/4/15", ["2015-04-04"], None, None),  # a day beside is another one
        ("3/4/15", [], "2015-04-02", "2015-03-04"),
        ("3/4/15", [], "2015-04-03", None),
        ("4/3/15", [], "2015-03-31", "2015-03-04"),
        ("3/4/15", ["2015-04-03"], "2015-04-02", "2015-03-04"),  # the fetch is beyond doubt
        ("3/4/15", ["2015-04-03", "2015-03-04"], "2015-04-02", "2015-03-04"),
        ("3/4/15", [], "2015-03-03", None),  # neither is past
        ("3/4/15", ["2015-03-04"], "2015-03-03", None),
        ("soon", ["2015-03-04"], "2015-03-04", None),
        ("", [], None, None),
    ],
)
def test_an_order_is_settled_by_what_else_is_known(
    raw: str, stated: Sequence[str], latest: str | None, day: str | None
) -> None:
    found = settle_order(raw, set(stated), latest)
    assert (found.edtf if found is not None else None) == day


_LANGUAGES = {
    "DMY": "de de-AT de_CH DE fr fr-CA pt-br it nl nb pl ru tr id el ar en-GB EN-gb en_GB en-AU en-IE en-IN "
    "es-ES es-MX es-419",
    "none": "en en-US en-us en-CA en-PH en-XX en-GB-oxendict es es-US es-PA es-PR es-XX es-Latn fil fil-PH chr ee "
    "zh zh-Hans zh-TW ja ko hu sv lt fa xx tlh x-klingon i-default mul und",
}


@pytest.mark.parametrize("language", _LANGUAGES["DMY"].split())
def test_languages_that_begin_with_the_day(language: str) -> None:
    assert find_language_order(language) == "DMY"


@pytest.mark.parametrize("language", _LANGUAGES["none"].split())
def test_languages_that_say_nothing(language: str) -> None:
    assert find_language_order(language) is None


class _Watch:
    """Notes which modules are looked for, finds none."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        self.asked.append(name)


_NO_LANGUAGES = (
    "",
    " ",
    ".",
    "..",
    "...",
    "-",
    "_",
    "../../x",
    "../languages",
    "../../parser",
    "..parser",
    "...parser",
    ".de",
    "de.",
    "de.os",
    "de/../en",
    "/etc/passwd",
    "~",
    "__init__",
    "__pycache__",
    "sys",
    "antigravity",
    "dateparser",
    "dateparser.parser",
    "de\0",
    "\0",
    "de\n",
    "\ud800",
    "é",
    "\u0130",
    "d" * 5000,
    "." * 5000,
    "C:\\x",
    "%2e%2e",
    "*",
    "None",
)


@pytest.mark.parametrize("tag", _NO_LANGUAGES, ids=[ascii(tag[:20]) for tag in _NO_LANGUAGES])
def test_what_is_no_language_says_nothing_and_reaches_nothing(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tag is whatever a page's author wrote; it becomes part of a module's name."""
    watch = _Watch()
    monkeypatch.setattr(sys, "meta_path", [watch, *sys.meta_path])
    before = dict(sys.modules)
    find_language_order.cache_clear()
    assert find_language_order(tag) is None
    assert all(name.startswith(f"{_DATA}.") for name in watch.asked)
    for name in sys.modules.keys() - before.keys():
        assert name.startswith(f"{_DATA}.")
        spec = sys.modules[name].__spec__
        assert isinstance(spec, ModuleSpec)
        assert Path(spec.origin or "").parent == _FOLDER


def test_a_module_outside_the_data_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trap.py").write_text("raise AssertionError('this was run')\ninfo = {'date_order': 'DMY'}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    up = "../" * (len(_FOLDER.parts) - 1)
    for tag in ("trap", "./trap", "trap.py", f"{tmp_path}/trap", f"{up}{str(tmp_path)[1:]}/trap", "..trap", "....trap"):
        find_language_order.cache_clear()
        assert find_language_order(tag) is None
    assert "trap" not in sys.modules


@given(st.text(max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_is_asked_for_its_order_without_harm(tag: str) -> None:
    assert find_language_order(tag) in (None, "DMY")
    assert find_shown_order("3/4/15", [tag]) in (None, "DMY")


@pytest.mark.parametrize(
    ("raw", "languages", "order"),
    [
        ("03/04/2015", ["de"], "DMY"),
        ("03/04/2015", ["de", "fr"], "DMY"),
        ("03/04/2015", ["de", "en"], None),
        ("03/04/2015", ["de", "zh"], None),
        ("03/04/2015", ["en-GB"], "DMY"),
        ("03/04/2015", ["en-US"], None),
        ("03/04/2015", [], None),
        # Numbers set apart by dots.
        ("03.04.2015", [], "DMY"),
        ("3. 4. 2015", [], "DMY"),
        ("am 3.4.2015 um 10.30 Uhr", [], "DMY"),
        ("03.04.2015", ["sv"], "DMY"),
        ("03.04.2015", ["xx"], "DMY"),
        ("03.04.2015", ["en"], None),
        ("03.04.2015", ["en-US"], None),
        ("03.04.2015", ["de", "en"], None),
        ("03.04.2015", ["en-GB"], "DMY"),  # as it does with strokes
        ("03.04.15", [], None),  # a version, perhaps
        ("03.04.15", ["de"], "DMY"),
        ("3.4/2015", [], None),
        ("", [], None),
    ],
)
def test_the_order_of_what_readers_see(raw: str, languages: Sequence[str], order: Order | None) -> None:
    assert find_shown_order(raw, languages) == order
