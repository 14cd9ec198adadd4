"""What a person decides of a template or a place outranks what was learned, and can be taken back."""

import pytest

from crawler.extraction.decisions import Decision, Decisions, decide, dump_decisions, load_decisions
from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.model import Layout, ModelError, Place, Position, Rule, SiteModel, Template
from items import RemovedReason
from tests.extraction.making import PROSE
from tests.extraction.site_making import learn_site, read
from tests.extraction.test_explain import ABOUT, SITE, make_page

URL = "https://bridge.example/0"


def make_template(text: str, place: Place = Place.TAIL) -> Template:
    return Template(find_fingerprint(text), text, Rule.TEMPLATE, place, "p", pages=5, of=8, fixed=False)


TAGS = Position(find_fingerprint("position div.tags"), "div.tags", Rule.FIELD, Place.TAIL, pages=6, of=8)
MODEL = SiteModel(
    "bridge.example",
    pages=8,
    layouts=(
        Layout("div.a", 5, 5, 1.0, (make_template("Ends a"),), (TAGS,)),
        Layout("div.b", 3, 3, 1.0, (make_template("Ends b"),)),
    ),
    frame=(make_template("Menu", Place.FRAME),),
)


def drop(text: str) -> Decisions:
    return Decisions({find_fingerprint(text): Decision("drop", text)})


def test_a_decision_stands_at_each_thing_that_it_is_about() -> None:
    decided = decide(MODEL, Decisions({TAGS.id: Decision("keep"), find_fingerprint("Ends a"): Decision("keep")}))
    assert [one.decision for one in decided.layouts[0].templates] == ["keep"]
    assert [one.decision for one in decided.layouts[0].positions] == ["keep"]
    assert [one.decision for one in decided.layouts[1].templates] == [None]
    assert decide(decided, Decisions()) == MODEL


@pytest.mark.parametrize("text", ["Ends a", "Menu", "Stood here once"])
def test_a_text_that_is_dropped_is_dropped_everywhere(text: str) -> None:
    decided = decide(MODEL, drop(text))
    for templates in (*(layout.templates for layout in decided.layouts), decided.frame):
        assert [one.decision for one in templates if one.id == find_fingerprint(text)] == ["drop"]
    assert decide(decided, drop(text)) == decided, "deciding twice adds nothing"
    assert decide(decided, Decisions()) == MODEL, "and can be taken back"
    added = [one for layout in decided.layouts for one in layout.templates if not one.pages]
    assert all((one.text, one.of) in ((text, 5), (text, 3)) for one in added)


def test_a_place_that_is_dropped_is_no_text() -> None:
    for decision in (Decision("drop", "Fish", "div.tags"), Decision("drop")):
        decided = decide(MODEL, Decisions({TAGS.id: decision}))
        assert [one.decision for one in decided.layouts[0].positions] == ["drop"]
        assert all(one.pages for layout in decided.layouts for one in layout.templates)
    other = Decisions({"0123456789abcdef": Decision("drop", "Fish", "div.elsewhere")})
    assert decide(MODEL, other) == MODEL, "a place that is not learned any more may hold anything"


def test_what_is_kept_and_not_learned_needs_nothing() -> None:
    assert decide(MODEL, Decisions({find_fingerprint("Gone"): Decision("keep", "Gone")})) == MODEL


def reasons(model: SiteModel, body: bytes) -> dict[str, tuple[RemovedReason | None, int | None]]:
    return {block.text: (block.reason, block.support) for block in read(URL, body, model).blocks}


def test_decisions_in_the_text() -> None:
    model = learn_site(SITE, "bridge.example")
    assert reasons(model, SITE[URL])[ABOUT] == (RemovedReason.ABOUT, 8)
    kept = decide(model, Decisions({find_fingerprint(ABOUT): Decision("keep", ABOUT)}))
    assert reasons(kept, SITE[URL])[ABOUT] == (None, None)
    assert reasons(decide(model, drop(ABOUT)), SITE[URL])[ABOUT] == (RemovedReason.DROPPED, 8)


def test_a_dropped_text_goes_also_when_it_is_not_learned_any_more() -> None:
    slogan = "Walk with us on the first Sunday of the month."
    model = learn_site(SITE, "bridge.example")
    body = make_page(20, about=f"{slogan}</p><p>Nothing was decided in the twentieth meeting, but the tea was good.")
    assert reasons(model, body)[slogan] == (None, None)
    decided = decide(model, drop(slogan))
    assert reasons(decided, body)[slogan] == (RemovedReason.DROPPED, 0)
    other = f"<html><body><main><h1>Other</h1><p>{PROSE}</p><p>{slogan}</p><p>{PROSE[::-1]}</p></main></body></html>"
    assert reasons(decided, other.encode())[slogan] == (RemovedReason.DROPPED, 0), "also on a page like no layout"


def test_written_and_read_again() -> None:
    decisions = Decisions({"b": Decision("drop", "Ends"), "a": Decision("keep", "Fish", "div.tags")})
    data = dump_decisions(decisions)
    assert load_decisions(data) == decisions
    assert data.index(b'"a"') < data.index(b'"b"')
    assert b"null" not in data
    assert load_decisions(b'{"decisions": {"0123456789abcdef": {"decision": "drop"}}}').decisions == {
        "0123456789abcdef": Decision("drop")
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"decisions": {"a": {"decision": "delete"}}}',
        b'{"drop": []}',
        b'{"decisions": {"a": {"drop": 1}}}',
    ],
)
def test_what_are_no_decisions(data: bytes) -> None:
    with pytest.raises(ModelError, match="allowed: decisions by id, each keep or drop"):
        load_decisions(data)
