"""A model as data: written and read again, and what it says of each thing that was learned."""

import json
import re
from dataclasses import replace
from hashlib import sha256

import pytest

from crawler.extraction.model import (
    MODEL_VERSION,
    DatePlace,
    Distrust,
    Layout,
    ModelError,
    Place,
    Position,
    Rule,
    SiteDates,
    SiteModel,
    SiteName,
    Template,
    TitlePlace,
    digest_model,
    dump_model,
    load_model,
)
from items import DateSource
from tests.extraction.site_making import HOST, ORGANIZATION, learn_site, make_site, make_title, on

MODEL = SiteModel(
    host=HOST,
    pages=9,
    documents=8,
    unlike=1,
    layouts=(
        Layout(
            "main.content",
            7,
            8,
            0.913,
            (
                Template(
                    "0123456789abcdef",
                    "Ends “so”.",
                    Rule.ABOUT,
                    Place.TAIL,
                    "p",
                    6,
                    7,
                    fixed=True,
                    first_seen="2014-01-31",
                    last_seen="2019-12-01",
                    decision="keep",
                    examples=("https://keepers.example/1",),
                ),
            ),
            (Position("fedcba9876543210", "p.tags", Rule.FIELD, Place.TAIL, 5, 7, "drop", ("Fish",)),),
            ("https://keepers.example/1",),
        ),
    ),
    frame=(Template("00000000000000ff", "Menu", Rule.TEMPLATE, Place.FRAME, "html/body/nav", 9, 9, fixed=True),),
    site_names=(SiteName("Keepers", 9, 9),),
    title_places=(TitlePlace("h1", 8, 9),),
    dates=SiteDates(
        "DMY",
        (
            DatePlace(DateSource.BYLINE, "p.date", 8, 7, 8, trusted=True, order="MDY"),
            DatePlace(DateSource.META, "dc.date", 8, 0, 1, distrust=Distrust.CONSTANT),
        ),
    ),
)


def make_model() -> SiteModel:
    """Learn a site that has something of each kind."""

    def tags(page: int) -> str:
        return (
            f"<p class='tags'>{make_title(page + 31)}</p><div class='more'><a href='/'>{make_title(page + 7)}</a></div>"
        )

    return learn_site(
        make_site(
            12,
            below=lambda page: (
                f"<p>{ORGANIZATION} is open from dawn to dusk, on every day of the year.</p>{tags(page)}"
            ),
            middle=on(0.6, "<p>All of us know what the river can do to timber.</p>"),
            url=lambda page: f"https://{HOST}/{2011 + page % 3}/02/{page + 10}/article-{page}",
        ),
        HOST,
    )


@pytest.mark.parametrize("model", [MODEL, SiteModel(""), make_model()])
def test_a_model_is_written_and_read_again(model: SiteModel) -> None:
    data = dump_model(model)
    assert load_model(data) == model
    assert dump_model(load_model(data)) == data
    assert digest_model(data) == f"sha256:{sha256(data).hexdigest()}"
    assert data.endswith(b"\n}\n")
    assert data.startswith(f'{{\n  "host": "{model.host}"'.encode())


def test_a_model_is_read_whatever_the_order_of_its_keys() -> None:
    data = json.dumps(json.loads(dump_model(MODEL)), sort_keys=True).encode()
    assert load_model(data) == MODEL


def test_a_model_that_was_written_before_dates_were_learned_is_read() -> None:
    written = json.loads(dump_model(MODEL))
    del written["dates"]
    assert load_model(json.dumps(written).encode()) == replace(MODEL, dates=SiteDates())


def test_of_the_place_of_a_date_only_what_was_counted_is_needed() -> None:
    written = json.loads(dump_model(SiteModel(HOST)))
    place = {"source": "line", "place": "div/p", "documents": 5, "agreeing": 4, "days": 5}
    written["dates"] = {"places": [place]}
    places = (DatePlace(DateSource.LINE, "div/p", 5, 4, 5),)
    assert load_model(json.dumps(written).encode()) == SiteModel(HOST, dates=SiteDates(None, places))


@pytest.mark.parametrize("version", [0, MODEL_VERSION + 1, 99])
def test_a_model_of_another_version_is_refused(version: int) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(dump_model(replace(MODEL, version=version)))
    assert str(caught.value) == f"a site model of version {version}; this program reads version {MODEL_VERSION}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'"host"',
        b"\xff\xfe{}",
        dump_model(MODEL)[:-40],
        dump_model(MODEL).replace(b'"about"', b'"above"'),
        dump_model(MODEL).replace(b'"tail"', b'"tale"'),
        dump_model(MODEL).replace(b'"pages": 9', b'"pages": "nine"'),
        dump_model(MODEL).replace(b'"drop"', b'"delete"'),
        dump_model(MODEL).replace(b'"constant"', b'"instant"'),
        dump_model(MODEL).replace(b'"order": "DMY"', b'"order": "DYM"'),
        dump_model(MODEL).replace(b'"byline"', b'"by_line"'),
        dump_model(MODEL).replace(b'"days": 8', b'"days": "all"'),
        b'{"host": "a", "dates": null}',
        b'{"host": "a", "dates": {"places": [{"source": "line"}]}}',
        b'{"host": "a", "version": "one"}',
    ],
)
def test_what_is_no_model_is_said_in_one_line(data: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        load_model(data)
    assert re.fullmatch(r"not a site model: [\w .]+: .+", str(caught.value)), str(caught.value)
    assert caught.value.__cause__ is None


def test_each_learned_thing_says_on_how_many_pages_it_rests() -> None:
    model = make_model()
    (layout,) = model.layouts
    assert {template.rule for template in layout.templates} >= {Rule.TEMPLATE}
    assert {position.rule for position in layout.positions} == {Rule.FIELD, Rule.ASIDE}
    assert model.frame
    urls = re.compile(rf"https://{HOST}/201[1-3]/02/\d\d/article-\d+")
    for template in (*model.frame, *layout.templates):
        assert 4 <= template.pages <= template.of == 12
        assert len(template.examples) == 3
        assert all(urls.fullmatch(example) for example in template.examples)
        assert re.fullmatch(r"[0-9a-f]{16}", template.id)
        assert template.first_seen is not None
        assert template.last_seen is not None
        assert template.first_seen < template.last_seen
        assert template.text
        assert template.path
        assert template.decision is None
    for position in layout.positions:
        assert 4 <= position.pages <= position.of == 12
        assert 1 <= len(position.examples) <= 3
        assert all(position.examples)
    assert (layout.pages, layout.of, len(layout.examples)) == (12, 12, 3)
    assert [(name.text, name.pages, name.of) for name in model.site_names] == [(ORGANIZATION, 12, 12)]
    assert [(place.path, place.pages, place.of) for place in model.title_places] == [("h1.headline", 12, 12)]
    assert (model.pages, model.documents, model.unlike) == (12, 12, 0)
    assert [(one.source, one.documents, one.days) for one in model.dates.places] == [(DateSource.URL, 12, 12)]


def test_the_ids_of_learned_things_differ() -> None:
    (layout,) = make_model().layouts
    ids = [*(one.id for one in layout.templates), *(one.id for one in layout.positions)]
    assert len(set(ids)) == len(ids)
