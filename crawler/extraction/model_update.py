"""A sealed model and pages fetched since: whether they fit it, and the model brought up to date where they do not.

What a few newer pages teach must not undo what many older pages taught: what contradicts these needs as many pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.extraction.fingerprint import find_fingerprint
from crawler.extraction.layout import MIN_PAGES, MIN_SUPPORTERS
from crawler.extraction.metadata import normalize_for_comparison
from crawler.extraction.model import (
    DatePlace,
    Layout,
    Place,
    Position,
    Rule,
    SiteDates,
    SiteModel,
    SiteName,
    Template,
    TitlePlace,
)
from crawler.extraction.outline import find_inside, is_named_aside
from crawler.extraction.template import is_mark
from items import Record

_HALF = 0.5  # of the pages
_NEARLY_ALL = 0.9  # of the pages
_MORE = 2  # times the usual share of pages that are like no layout
_SURE_PAGES = 8  # of fewer pages, nearly all may have a text by chance

# --- Whether pages fit ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fit:
    """How one page fits the model by which it was read."""

    like: bool  # whether it was read by a layout's container
    removed: frozenset[str]  # the fingerprints of what was taken out of its text
    first: str | None  # the fingerprint of the first line of its text; None where there is no text
    last: str | None
    document: str  # the fingerprint of its text: copies count once


def find_fit(record: Record) -> Fit:
    """Find how a page fits the model, from the record that reading it by the model gave."""
    lines = [line for line in record.text.splitlines() if not is_mark(line)]
    return Fit(
        like=record.provenance.method.startswith("container"),
        removed=frozenset(find_fingerprint(one.text) for one in record.removed),
        first=find_fingerprint(lines[0]) if lines else None,
        last=find_fingerprint(lines[-1]) if lines else None,
        document=find_fingerprint(record.text),
    )


def needs_update(model: SiteModel, pages: Sequence[Fit]) -> bool:
    """Tell whether pages fetched since the model was sealed show that the site has changed.

    They do if four at least, of three documents, and half of them: lack a text that nine tenths of the older pages of
    their layout close with; or begin, or end, with the same new text. And if four at least are like no layout, and
    these are twice the share that was so among the older pages, or nine tenths of all.

    Args:
        model: of their site, by which they were read.
        pages: of the latest run, or of several runs up to it; none of them twice.
    """
    unlike = [page for page in pages if not page.like]
    usual = model.unlike / model.pages if model.pages else 0.0
    if _are_enough(unlike) and len(unlike) >= min(_MORE * usual, _NEARLY_ALL) * len(pages):
        return True
    like = [page for page in pages if page.like]
    lacking = _find_lacking(model, like)
    if _are_enough(lacking) and len(lacking) >= _HALF * len(like):
        return True
    return any(_are_enough(group) and len(group) >= _HALF * len(like) for group in _group_by_ends(model, like))


def seems_changed(model: SiteModel, pages: Sequence[Fit]) -> bool:
    """Tell from one page or a few whether the site seems to have changed, so that more pages should be looked at.

    It does if all of them that are like a layout lack a text that nine tenths of the older pages of the layout close
    with; if half of them, of three documents at least, begin or end with the same new text; or if none is like a
    layout, as nine tenths of the older pages are.

    Args:
        model: of their site, by which they were read.
        pages: of the latest run.
    """
    like = [page for page in pages if page.like]
    if not like:
        return bool(pages) and bool(model.layouts) and model.unlike <= (1 - _NEARLY_ALL) * model.pages
    if len(_find_lacking(model, like)) == len(like):
        return True
    return any(
        _count_documents(group) >= MIN_SUPPORTERS and len(group) >= _HALF * len(like)
        for group in _group_by_ends(model, like)
    )


def count_recent_runs(model: SiteModel, runs: Sequence[Sequence[Fit]]) -> int:
    """Count the latest runs whose pages together show that the model needs an update: as few as possible; 0 for none.

    What changed lately drowns among the pages that were fetched before.

    Args:
        model: of the site.
        runs: the pages of each run since the model was sealed, the latest last; no page twice.
    """
    pages: list[Fit] = []
    for count, run in enumerate(reversed(runs), start=1):
        pages += run
        if needs_update(model, pages):
            return count
    return 0


def _are_enough(pages: Sequence[Fit]) -> bool:
    return len(pages) >= MIN_PAGES and _count_documents(pages) >= MIN_SUPPORTERS


def _count_documents(pages: Iterable[Fit]) -> int:
    return len({page.document for page in pages})


def _find_lacking(model: SiteModel, pages: Sequence[Fit]) -> list[Fit]:
    """Find pages that lack a text which nearly all pages of their layout had, in whatever period.

    What was counted on the same pages goes together. A record does not say of which layout its page is: of one of those
    with which it has most texts in common.
    """
    layouts = [
        (frozenset(one.id for one in layout.templates if one.pages), _group_steady(layout)) for layout in model.layouts
    ]
    found = []
    for page in pages:
        common = [len(page.removed & texts) for texts, _ in layouts]
        likely = [steady for count, (_, steady) in zip(common, layouts, strict=True) if count == max(common)]
        if likely and all(steady and not any(texts <= page.removed for texts in steady) for steady in likely):
            found.append(page)
    return found


def _group_steady(layout: Layout) -> list[frozenset[str]]:
    """Group the texts that nearly all pages of a layout close with by the pages on which they were counted."""
    groups: dict[int, set[str]] = defaultdict(set)
    for one in layout.templates:
        # What stands above the title is not in a record, so that the texts at the beginning say nothing.
        if one.place is Place.TAIL and one.pages and one.decision is None and one.pages >= _NEARLY_ALL * one.of:
            groups[one.of].add(one.id)
    return [frozenset(group) for group in groups.values()]


def _group_by_ends(model: SiteModel, pages: Sequence[Fit]) -> list[list[Fit]]:
    """Group pages that begin, and pages that end, with a line which the model does not know."""
    lines = [line for layout in model.layouts for one in layout.templates for line in one.text.splitlines()]
    known = {find_fingerprint(line) for line in lines}
    beginning: dict[str, list[Fit]] = defaultdict(list)
    ending: dict[str, list[Fit]] = defaultdict(list)
    for page in pages:
        if page.first is not None and page.first not in known:
            beginning[page.first].append(page)
        if page.last is not None and page.last not in known:
            ending[page.last].append(page)
    return [*beginning.values(), *ending.values()]


# --- The model brought up to date -------------------------------------------------------------------------------------


def update_model(old: SiteModel, fresh: SiteModel) -> SiteModel:
    """Bring a model up to date: what was known stays, what pages fetched since then teach comes on top.

    Whatever would read no page differently is not added, and a model to which nothing is added is the old one: counts
    and dates alone do not change it. Counts of what was known stay those of the pages on which it was learned; those of
    what is new are of the newer pages; the period of a text reaches from its earliest to its latest page.

    Args:
        old: the model that a run sealed. Its decisions stay; what is added has none yet (`decide`).
        fresh: learned from the pages fetched since, by `learn(outlines, host, names, known=old)`.
    """
    if not old.layouts and not old.frame:
        return fresh if fresh.layouts or fresh.frame else old
    containers = {layout.container: layout for layout in fresh.layouts}
    layouts = tuple(
        _update_layout(layout, containers[layout.container]) if layout.container in containers else layout
        for layout in old.layouts
    )
    known = {layout.container for layout in old.layouts}
    added = tuple(
        _take_along(one, old) for one in fresh.layouts if one.container not in known and _is_new_layout(one, old)
    )
    updated = replace(
        old,
        layouts=(*layouts, *added),
        frame=_update_frame(old, fresh),
        site_names=_update_names(old, fresh),
        title_places=_update_title_places(old.title_places, fresh.title_places, is_redesigned=bool(added)),
        dates=_update_dates(old.dates, fresh.dates),
    )
    return old if updated == old else _extend(updated, fresh)


def _is_enough(pages: int, of: int, older: int, *, is_replaced: bool = False) -> bool:
    """Tell whether newer pages speak for something of which the older ones say nothing.

    Nine tenths of eight pages do, or of four where it replaces something that the older pages had; or as many pages as
    there were older ones.
    """
    return pages >= older or (pages >= _NEARLY_ALL * of and (is_replaced or of >= _SURE_PAGES))


def _update_layout(old: Layout, fresh: Layout) -> Layout:
    repeated = {one.id for one in fresh.templates}
    steady = _group_steady(old)
    is_replaced = bool(steady) and not any(group <= repeated for group in steady)
    found = {one.id: one for one in old.templates}
    for one in fresh.templates:
        before = found.get(one.id)
        if one.place is Place.BODY:
            continue
        if before is None or not before.pages:  # of which there is no more than a decision
            about = one.rule is Rule.ABOUT
            takes = about or _is_enough(one.pages, one.of, old.pages, is_replaced=is_replaced)
        else:
            takes = before.place is Place.BODY and one.pages >= before.pages
        if takes:
            found[one.id] = _replace_template(before, one)
    positions = {one.path: one for one in old.positions}
    for position in fresh.positions:
        known = positions.get(position.path)
        if _is_new_position(position, known, old.pages):
            positions[position.path] = replace(position, decision=known.decision if known is not None else None)
    return replace(old, templates=_sort_templates(found), positions=_sort_positions(positions))


def _is_new_position(position: Position, known: Position | None, older: int) -> bool:
    """Tell whether a place is taken for what newer pages say.

    What older pages did not say is believed of a few pages where the place's name says the same, or where text is kept.
    """
    if known is not None:
        return position.rule is not known.rule and position.pages >= known.pages
    return position.rule is Rule.TEXT or is_named_aside(position.path) or position.pages >= older


def _is_new_layout(layout: Layout, old: SiteModel) -> bool:
    """Tell whether a container is worth a layout.

    Where the frame of the older pages stands in the element, they have it too, and those like no layout would be read
    by it: it needs as many newer pages as there are of these.
    """
    is_known = any(find_inside(one.path, layout.container) is not None for one in old.frame)
    return not is_known or layout.pages >= old.unlike


def _take_along(layout: Layout, old: SiteModel) -> Layout:
    """Give a new layout the texts above and below the text of which the older pages of the site taught something.

    The few pages from which it was learned need not have each of them: an organization describes itself on some. What
    nearly all older pages had is left to the newer ones to say.
    """
    found = {one.id: one for one in layout.templates}
    for older in old.layouts:
        for one in older.templates:
            if one.place is not Place.BODY and one.id not in found and one.pages < _NEARLY_ALL * one.of:
                found[one.id] = one
    return replace(layout, templates=_sort_templates(found))


def _update_frame(old: SiteModel, fresh: SiteModel) -> tuple[Template, ...]:
    found = {one.id: one for one in old.frame}
    for one in fresh.frame:
        before = found.get(one.id)
        is_known = before is not None and before.pages
        if not is_known and (one.fixed or _is_enough(one.pages, one.of, old.pages)):
            found[one.id] = _replace_template(before, one)
    return _sort_templates(found)


def _replace_template(before: Template | None, after: Template) -> Template:
    """Take what newer pages say of a text, with the decision about it and the whole period."""
    return after if before is None else _extend_period(replace(after, decision=before.decision), before)


def _sort_templates(found: Mapping[str, Template]) -> tuple[Template, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.pages, one.path, one.id)))


def _sort_positions(found: Mapping[str, Position]) -> tuple[Position, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.pages, one.path)))


def _update_names(old: SiteModel, fresh: SiteModel) -> tuple[SiteName, ...]:
    known = {normalize_for_comparison(one.text) for one in old.site_names}
    now = {normalize_for_comparison(one.text) for one in fresh.site_names}
    is_replaced = any(
        one.pages >= _NEARLY_ALL * one.of and normalize_for_comparison(one.text) not in now for one in old.site_names
    )
    added = (
        one
        for one in fresh.site_names
        if normalize_for_comparison(one.text) not in known
        and _is_enough(one.pages, one.of, old.pages, is_replaced=is_replaced)
    )
    return (*old.site_names, *added)


def _update_title_places(
    old: Sequence[TitlePlace], fresh: Sequence[TitlePlace], *, is_redesigned: bool
) -> tuple[TitlePlace, ...]:
    """Add places behind the known ones if there is a new layout, or if no title stands in the known ones any more."""
    added = [one for one in fresh if not any(_is_same_place(one.path, other.path) for other in old)]
    return (*old, *added) if is_redesigned or (old and len(added) == len(fresh)) else tuple(old)


def _is_same_place(one: str, other: str) -> bool:
    """Tell whether one of two paths ends with the other."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")


def _update_dates(old: SiteDates, fresh: SiteDates) -> SiteDates:
    known = {(one.source, one.place) for one in old.places}
    added = [one for one in fresh.places if (one.source, one.place) not in known and _is_telling(one)]
    order = old.order
    if order is None and all(one.order is None for one in old.places):  # else they contradict each other
        order = fresh.order
    return SiteDates(order, tuple(sorted((*old.places, *added), key=lambda one: (one.source, one.place))))


def _is_telling(place: DatePlace) -> bool:
    return place.trusted or place.distrust is not None or place.order is not None


def _extend(updated: SiteModel, fresh: SiteModel) -> SiteModel:
    """Write down how many pages were looked at altogether, and until when they have the texts that were known."""
    of_layouts = {layout.container: {one.id: one for one in layout.templates} for layout in fresh.layouts}
    of_frame = {one.id: one for one in fresh.frame}
    return replace(
        updated,
        pages=updated.pages + fresh.pages,
        documents=updated.documents + fresh.documents,
        unlike=updated.unlike + fresh.unlike,
        layouts=tuple(
            replace(layout, templates=_extend_periods(layout.templates, of_layouts.get(layout.container, {})))
            for layout in updated.layouts
        ),
        frame=_extend_periods(updated.frame, of_frame),
    )


def _extend_periods(templates: Iterable[Template], by: Mapping[str, Template]) -> tuple[Template, ...]:
    return tuple(_extend_period(one, by[one.id]) if one.id in by else one for one in templates)


def _extend_period(template: Template, by: Template) -> Template:
    first = [day for day in (template.first_seen, by.first_seen) if day is not None]
    last = [day for day in (template.last_seen, by.last_seen) if day is not None]
    return replace(template, first_seen=min(first, default=None), last_seen=max(last, default=None))
