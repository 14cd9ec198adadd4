"""What a sealed model becomes when pages fetched since teach something new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from crawler.extraction.decisions import Decision, Decisions, decide
from crawler.extraction.furniture import strip_furniture
from crawler.extraction.model import (
    DatePlace,
    Distrust,
    Layout,
    Place,
    Position,
    Rule,
    SiteDates,
    SiteModel,
    SiteName,
    Template,
    TitlePlace,
    dump_model,
)
from crawler.extraction.model_update import update_model
from crawler.extraction.outline import PageOutline
from crawler.extraction.record import build_record
from crawler.extraction.site_model import learn
from items import DateSource, Record
from tests.extraction.site_making import (
    ORGANIZATION,
    Part,
    find_url,
    kept_in,
    make_article,
    make_page,
    make_paragraphs,
    make_sentence,
    make_title,
    nothing,
    on,
    outline,
    read,
)
from tests.extraction.test_site_model import ABOUT, _outlines, _Site, _sites

FOOTER = "<p class='foot'>The toll house is open from dawn to dusk, on every day of the year.</p>"
LATER = "<p class='foot'>The toll house is shut from now on, and a bell at the gate calls the keeper.</p>"
LATEST = "<p class='foot'>There is neither a toll nor a bell, and whoever likes may cross.</p>"

Site = Mapping[str, bytes]


def always(text: str) -> Part:
    return lambda _: text


def outlines_of(pages: Site) -> list[PageOutline]:
    return [found for url, body in pages.items() if (found := outline(url, body)) is not None]


def teach(pages: Site, known: SiteModel | None = None) -> SiteModel:
    return learn(outlines_of(pages), "keepers.example", [ORGANIZATION], known)


def record(url: str, body: bytes, model: SiteModel) -> Record:
    page = read(url, body, model)
    stripped = strip_furniture(page.blocks, learned=page.read_by_container)
    return build_record(replace(page, blocks=stripped.kept, removed=stripped.removed))


def records(pages: Site, model: SiteModel) -> list[Record]:
    """Read pages; which model they were read by is left out."""
    found = [record(url, body, model) for url, body in pages.items()]
    return [replace(one, provenance=replace(one.provenance, model_digest=None)) for one in found]


def number(pages: range, above: Part = nothing, below: Part = nothing, outside: Part = nothing) -> dict[str, bytes]:
    return {find_url(at): make_article(at, above=above, below=below, outside=outside) for at in pages}


def redesign(pages: range, below: str = "") -> dict[str, bytes]:
    found = {}
    for at in pages:
        title, text = make_title(at), "".join(f"<p>{one}</p>" for one in make_paragraphs(at))
        story = f"<article class='story'><h1 class='top'>{title}</h1>{text}{below}</article>"
        beside = f"<div class='rail'><p>{make_sentence(f'beside {at}')}</p></div>"
        found[find_url(at)] = make_page(f"<div class='shell'>{story}{beside}</div>", f"<title>{title}</title>")
    return found


OLD = number(range(40), below=always(FOOTER))
SEALED = teach(OLD)

# --- The model brought up to date -------------------------------------------------------------------------------------


def check_read(pages: Site, numbers: Sequence[int], model: SiteModel) -> None:
    for at, (url, body) in zip(numbers, pages.items(), strict=True):
        page = read(url, body, model)
        assert (kept_in(page), page.provenance.method) == (make_paragraphs(at), "container"), url


def test_a_footer_that_was_reworded_goes_and_older_pages_are_read_as_before() -> None:
    new = number(range(100, 108), below=always(LATER))
    assert any("a bell at the gate" in one.text for one in records(new, SEALED))
    updated = update_model(SEALED, teach(new, SEALED))
    check_read(new, range(100, 108), updated)
    assert records(OLD, updated) == records(OLD, SEALED)


@pytest.mark.parametrize("below", ["", LATER])
def test_a_redesign_is_read_by_its_own_container_and_older_pages_as_before(below: str) -> None:
    new = redesign(range(100, 108), below)
    updated = update_model(SEALED, teach(new, SEALED))
    assert [layout.container for layout in updated.layouts] == ["main.content", "article.story"]
    check_read(new, range(100, 108), updated)
    assert records(OLD, updated) == records(OLD, SEALED)


def test_a_reworded_footer_and_then_a_redesign() -> None:
    reworded, redesigned = number(range(100, 108), below=always(LATER)), redesign(range(120, 128), LATEST)
    second = update_model(SEALED, teach(reworded, SEALED))
    third = update_model(second, teach(redesigned, second))
    check_read(redesigned, range(120, 128), third)
    check_read(reworded, range(100, 108), third)
    assert records(OLD, third) == records(OLD, SEALED)


def test_a_long_footer_around_the_container_that_was_reworded_leaves_pages_readable() -> None:
    """It is no more the page's own than the one before, although the container holds less of the page now."""
    before, after = (
        always("<div class='end'>" + "".join(f"<p>{make_sentence(f'{what} {at}')}</p>" for at in range(30)) + "</div>")
        for what in ("rule", "law")
    )
    old, new = number(range(40), outside=before), number(range(100, 108), outside=after)
    sealed = teach(old)
    assert not any(one.provenance.method.startswith("container") for one in records(new, sealed))
    updated = update_model(sealed, teach(new, sealed))
    assert len(updated.layouts) == 1
    check_read(new, range(100, 108), updated)
    assert records(old, updated) == records(old, sealed)


def test_newer_pages_are_learned_in_the_layout_by_which_they_will_be_read() -> None:
    """A further element inside the container makes no layout, also where the footer around it was reworded."""
    before, after = (
        "<div class='end'>" + "".join(f"<p>{make_sentence(f'{what} {at}')}</p>" for at in range(30)) + "</div>"
        for what in ("rule", "law")
    )
    sealed = teach(number(range(40), outside=always(before)))
    new = {
        url: body.replace(b"</h1>", b"</h1><div class='inner'>").replace(b"</main>", b"</div></main>")
        for url, body in number(range(100, 108), outside=always(after)).items()
    }
    assert [one.container for one in teach(new).layouts] == ["div.inner"]
    assert [one.container for one in teach(new, sealed).layouts] == ["main.content"]


def test_what_was_frame_is_so_on_newer_pages_that_seldom_have_it() -> None:
    long = "".join(f"<p>{make_sentence(f'rule {at}')}</p>" for at in range(30))
    sealed = teach(number(range(40), outside=always(f"<div class='end'>{long}</div>")))
    new = number(range(100, 112), outside=on(0.4, f"<div class='end'>{long}</div>"))
    assert (teach(new, sealed).unlike, teach(new, sealed).layouts[0].pages) == (0, 12)


def test_the_frame_grows_by_what_nearly_all_newer_pages_have_or_what_stands_in_a_place_of_its_own() -> None:
    older = SiteModel("h", 40, 40, layouts=(layout(pages=40),))
    own, amid, all_have = (template(text, pages, 8, Place.FRAME) for text, pages in (("o", 5), ("a", 5), ("n", 8)))
    newer = SiteModel("h", 8, 8, frame=(replace(own, fixed=True), amid, all_have))
    assert [one.id for one in update_model(older, newer).frame] == ["n", "o"]


def test_pages_that_teach_nothing_new_leave_the_model_as_it_is() -> None:
    again = teach(number(range(100, 120), below=always(FOOTER)), SEALED)
    assert dump_model(update_model(SEALED, again)) == dump_model(SEALED)
    assert update_model(SEALED, teach(OLD, SEALED)) is SEALED
    assert update_model(SEALED, teach(OLD)) is SEALED
    assert update_model(SEALED, learn(outlines_of(redesign(range(3))), known=SEALED)) is SEALED
    assert update_model(SEALED, SiteModel("keepers.example")) is SEALED
    assert update_model(SiteModel("keepers.example"), SEALED) is SEALED


@given(_sites(), _sites())
@settings(max_examples=150, deadline=None)
def test_an_update_is_made_once(one: _Site, other: _Site) -> None:
    old = learn(_outlines(one), names=[ORGANIZATION])
    pages = _outlines(other)
    assert update_model(old, old) == old
    for known in (None, old):
        fresh = learn(pages, names=[ORGANIZATION], known=known)
        updated = update_model(old, fresh)
        assert dump_model(update_model(updated, fresh)) == dump_model(updated)
        relearned = learn(pages, names=[ORGANIZATION], known=updated)
        assert [one.container for one in updated.layouts[: len(old.layouts)]] == [one.container for one in old.layouts]
        assert {one.id for one in old.frame} <= {one.id for one in updated.frame}
        assert {one.container for one in relearned.layouts} <= {one.container for one in updated.layouts} | {
            one.container for one in fresh.layouts
        }


def test_the_sums_and_periods_of_an_updated_model_reach_to_its_newer_pages() -> None:
    def dated(pages: Site, year: int) -> SiteModel:
        found = [replace(one, day=f"{year}-05-{at + 1:02}") for at, one in enumerate(outlines_of(pages))]
        return learn(found, "keepers.example", [ORGANIZATION], SEALED if year > 2020 else None)

    lasting = f"<p class='foot'>{ABOUT}</p>"
    old = dated(number(range(20), below=always(lasting + FOOTER)), 2020)
    fresh = dated(number(range(100, 108), below=always(lasting + LATER)), 2024)
    updated = update_model(old, fresh)
    assert (updated.pages, updated.documents, updated.unlike) == (28, 28, 0)
    seen = {one.text: (one.pages, one.of, one.first_seen, one.last_seen) for one in updated.layouts[0].templates}
    assert seen == {
        ABOUT: (20, 20, "2020-05-01", "2024-05-08"),
        FOOTER[16:-4]: (20, 20, "2020-05-01", "2020-05-20"),
        LATER[16:-4]: (8, 8, "2024-05-01", "2024-05-08"),
    }


# --- What a few newer pages do not say --------------------------------------------------------------------------------


def part_of_series(page: int) -> str:
    return "<p>Told in four evenings by the fire</p>" if page >= 100 or page % 5 == 0 else ""


def test_four_pages_that_all_end_alike_are_a_series_as_long_as_the_known_end_is_there() -> None:
    old = number(range(40), below=lambda at: part_of_series(at) + FOOTER)
    sealed = teach(old)
    few = number(range(100, 104), below=lambda at: part_of_series(at) + FOOTER)
    assert update_model(sealed, teach(few, sealed)) == sealed
    many = number(range(100, 108), below=lambda at: part_of_series(at) + FOOTER)
    assert update_model(sealed, teach(many, sealed)) != sealed
    gone = number(range(100, 104), below=always(LATER))
    check_read(gone, range(100, 104), update_model(sealed, teach(gone, sealed)))


def test_an_answer_that_is_always_the_same_on_newer_pages_is_not_taken_from_older_ones() -> None:
    def statement(page: int) -> str:
        said = "This keeper declined to speak." if page >= 100 or page % 3 == 0 else make_sentence(f"said {page}")
        return f"<p>Last statement:</p><p>{said}</p>"

    old, new = number(range(40), below=statement), number(range(100, 112), below=statement)
    sealed = teach(old)
    assert {one.place for one in teach(new).layouts[0].templates} == {Place.TAIL}
    updated = update_model(sealed, teach(new, sealed))
    assert records(old, updated) == records(old, sealed)
    assert all("This keeper declined to speak." in one.text for one in records(new, updated))


def template(text: str, pages: int, of: int, place: Place = Place.TAIL, rule: Rule = Rule.TEMPLATE) -> Template:
    return Template(text, text, rule, place, "p", pages, of, fixed=False)


def layout(*templates: Template, pages: int, positions: Sequence[Position] = (), container: str = "main") -> Layout:
    return Layout(container, pages, pages, 0.9, templates, tuple(positions))


def update_templates(old: Template | None, fresh: Template) -> Template | None:
    older = layout(*([old] if old is not None else []), pages=40)
    sealed = SiteModel("h", 40, 40, layouts=(older,))
    updated = update_model(sealed, SiteModel("h", fresh.of, fresh.of, layouts=(layout(fresh, pages=fresh.of),)))
    return next((one for one in updated.layouts[0].templates if one.id == fresh.id), None)


@pytest.mark.parametrize(
    ("old", "fresh", "place"),
    [
        (None, template("t", 8, 8), Place.TAIL),
        (None, template("t", 4, 4), None),  # by chance
        (None, template("t", 6, 8), None),
        (None, template("t", 40, 60), Place.TAIL),
        (None, template("t", 5, 8, rule=Rule.ABOUT), Place.TAIL),
        (None, template("t", 8, 8, Place.BODY), None),  # stays anyway
        (template("t", 20, 40, Place.BODY), template("t", 8, 8), Place.BODY),
        (template("t", 20, 40, Place.BODY), template("t", 20, 20), Place.TAIL),
        (template("t", 20, 40), template("t", 30, 30, Place.BODY), Place.TAIL),
        (template("t", 20, 40), template("t", 30, 30, Place.HEAD), Place.TAIL),
    ],
)
def test_what_older_pages_contradict_needs_as_many_newer_ones(
    old: Template | None, fresh: Template, place: Place | None
) -> None:
    found = update_templates(old, fresh)
    assert (found.place if found is not None else None) is place


def position(path: str, rule: Rule, pages: int) -> Position:
    return Position(path, path, rule, Place.TAIL, pages, pages)


@pytest.mark.parametrize(
    ("old", "fresh", "rule"),
    [
        (None, position("p.lead", Rule.FIELD, 8), None),  # for all we know, a place of text on hundreds of older pages
        (None, position("div.box/p", Rule.ASIDE, 8), None),
        (None, position("div.box/p", Rule.ASIDE, 40), Rule.ASIDE),
        (None, position("div.related/p", Rule.ASIDE, 4), Rule.ASIDE),
        (None, position("aside/p", Rule.TEXT, 4), Rule.TEXT),
        (position("aside/p", Rule.TEXT, 30), position("aside/p", Rule.ASIDE, 8), Rule.TEXT),
        (position("aside/p", Rule.TEXT, 30), position("aside/p", Rule.ASIDE, 30), Rule.ASIDE),
    ],
)
def test_places_of_text_are_not_given_up_for_a_few_pages(
    old: Position | None, fresh: Position, rule: Rule | None
) -> None:
    older = layout(pages=40, positions=[old] if old is not None else [])
    newer = layout(pages=40, positions=[fresh])
    updated = update_model(SiteModel("h", 40, layouts=(older,)), SiteModel("h", 40, layouts=(newer,)))
    assert [one.rule for one in updated.layouts[0].positions] == ([rule] if rule is not None else [])


def test_an_element_that_older_pages_have_makes_no_layout_of_a_few_pages() -> None:
    frame = replace(template("menu", 40, 40, Place.FRAME), path="html/body/div.page/ul/li")
    older = SiteModel("h", 40, 40, unlike=10, layouts=(layout(pages=30),), frame=(frame,))
    few = layout(pages=4, container="body/div.page")
    assert update_model(older, SiteModel("h", 8, layouts=(few,))) is older
    assert len(update_model(older, SiteModel("h", 8, layouts=(replace(few, pages=10),))).layouts) == 2
    assert len(update_model(older, SiteModel("h", 8, layouts=(replace(few, container="div.new"),))).layouts) == 2


def test_a_new_layout_knows_what_the_older_pages_close_with_now_and_then() -> None:
    """The few pages that teach a redesign need not have each wording of the paragraph about the organization."""
    about = template("About us: we keep the bridge.", 6, 25, rule=Rule.ABOUT)
    steady = template("Open from dawn to dusk.", 25, 25)
    amid = template("The defendant did not answer.", 8, 25, Place.BODY)
    own = template("Write to the keeper.", 8, 8)
    old = SiteModel(host="example.org", pages=25, unlike=0, layouts=(layout(about, steady, amid, pages=25),))
    fresh = SiteModel(host="example.org", pages=8, unlike=0, layouts=(layout(own, pages=8, container="div.story"),))
    updated = update_model(old, fresh)
    assert updated.layouts[0] == old.layouts[0]
    assert {one.id for one in updated.layouts[1].templates} == {own.id, about.id}
    assert update_model(updated, fresh) == updated


def test_decisions_stand() -> None:
    new = teach(number(range(100, 108), below=always(LATER)), SEALED)
    (later,) = new.layouts[0].templates
    (footer,) = SEALED.layouts[0].templates
    decisions = Decisions({later.id: Decision("drop", later.text), footer.id: Decision("keep", footer.text)})
    updated = update_model(decide(SEALED, decisions), new)
    found = {one.id: (one.decision, one.pages) for one in updated.layouts[0].templates}
    assert found == {later.id: ("drop", 8), footer.id: ("keep", 40)}
    assert decide(updated, decisions) == updated


def test_names_titles_and_dates_of_a_redesign_come_on_top() -> None:
    stated = DatePlace(DateSource.META, "published", 40, 40, 40, trusted=True)
    older = SiteModel(
        "h",
        40,
        layouts=(layout(pages=40),),
        site_names=(SiteName("Keepers", 40, 40),),
        title_places=(TitlePlace("main/h1", 40, 40),),
        dates=SiteDates(None, (stated,)),
    )
    shown = DatePlace(DateSource.TIME, "p.date", 8, 8, 8, trusted=True, order="DMY")
    unknown = DatePlace(DateSource.URL, "path", 8, 0, 8)
    newer = SiteModel(
        "h",
        8,
        layouts=(layout(pages=8, container="article"),),
        site_names=(SiteName("Friends", 8, 8), SiteName("News", 5, 8)),
        title_places=(TitlePlace("h1", 8, 8), TitlePlace("article/h2", 8, 8)),
        dates=SiteDates("DMY", (replace(stated, distrust=Distrust.CONSTANT), shown, unknown)),
    )
    updated = update_model(older, newer)
    assert [one.text for one in updated.site_names] == ["Keepers", "Friends"]
    assert [one.path for one in updated.title_places] == ["main/h1", "article/h2"]
    assert updated.dates == SiteDates("DMY", (stated, shown))
    same_layout = replace(newer, layouts=(layout(pages=8),))
    assert update_model(older, same_layout).title_places == older.title_places
