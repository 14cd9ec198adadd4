"""Learn a site: `learn` makes a model of all pages together. `crawler.extraction.reading` reads a page by it."""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import quantiles

from crawler.extraction.fingerprint import cluster_twins
from crawler.extraction.layout import MIN_PAGES, MIN_SUPPORTERS, find_layouts
from crawler.extraction.model import Layout, Place, Rule, SiteModel, Template
from crawler.extraction.outline import PageOutline, count_own, is_sentence
from crawler.extraction.reading import AGREEMENT, find_like, find_region
from crawler.extraction.site_dates import learn_dates
from crawler.extraction.template import EXAMPLES, Seen, find_positions, find_templates, place_templates
from crawler.extraction.title import learn_site_names, learn_title_places

_MOSTLY = 0.5  # of a text's occurrences


def learn(
    pages: Iterable[PageOutline], host: str = "", names: Sequence[str] = (), known: SiteModel | None = None
) -> SiteModel:
    """Learn a site from outlines of its pages; their order does not matter.

    Fewer than four pages teach nothing: the model is empty.

    Args:
        pages: a sample of the site.
        host: of the site.
        names: of the organization; what the titles of the site share is taken for a name of it as well.
        known: the model that a run sealed, where the pages were fetched since: those that are like its layouts are
            learned in them, as they are read, and only the others make layouts of their own.
    """
    outlines = sorted(pages, key=lambda page: (page.url, [block.fingerprint for block in page.blocks]))
    words = {block.fingerprint: block.words for page in outlines for block in page.blocks}
    twins = cluster_twins([frozenset(block.fingerprint for block in page.blocks) for page in outlines], words)
    if len(outlines) < MIN_PAGES:
        return SiteModel(host, len(outlines), len(set(twins)))
    everything = [[Seen(index, block.path, block) for block in page.blocks] for index, page in enumerate(outlines)]
    frame = find_templates(everything, outlines, twins, Place.FRAME)
    framed = frozenset(template.id for template in frame)
    site_names = learn_site_names(outlines)
    names = sorted({*names, *(name.text for name in site_names)})
    site = _Site(outlines, twins, framed, names)
    layouts = []
    read = _read_known(outlines, known, framed) if known is not None else {}
    for layout in known.layouts if known is not None else ():
        agreed = [index for index in range(len(outlines)) if read.get(index) == layout.container]
        if len(agreed) >= MIN_PAGES and len({twins[index] for index in agreed}) >= MIN_SUPPORTERS:
            layouts.append(_learn_layout(site, layout, agreed, agreed)[0])
    left = [index for index in range(len(outlines)) if index not in read]
    like = set(read)
    for container in find_layouts([outlines[index] for index in left], [twins[index] for index in left], framed):
        agreed = [left[index] for index in container.pages]
        learned, members = _learn_layout(site, container.path, agreed, left)
        layouts.append(learned)
        like |= members
    rest = [region for index, region in enumerate(everything) if index not in like]
    if like:
        frame = (*frame, *(one for one in find_templates(rest, outlines, twins, Place.FRAME) if one.id not in framed))
    return SiteModel(
        host=host,
        pages=len(outlines),
        documents=len(set(twins)),
        unlike=len(rest),
        layouts=tuple(layouts),
        frame=frame,
        site_names=site_names,
        title_places=learn_title_places(outlines, site_names),
        dates=learn_dates([page.dated for page in outlines], twins),
    )


def _read_known(pages: Sequence[PageOutline], known: SiteModel, frame: Set[str]) -> dict[int, str]:
    """Find the container by which a known model reads each page that is like one of its layouts.

    What repeats around the text now is no more a page's own than what did so when the model was learned.
    """
    frame = frame | {template.id for template in known.frame}
    found = {}
    for index, page in enumerate(pages):
        own = count_own(page.blocks, frame)
        voted = frozenset(at for at, block in enumerate(page.blocks) if block.voted)
        paths = [block.path for block in page.blocks]
        like = find_like(known, paths, own) or find_like(known, paths, own, voted)
        if like is not None:
            found[index] = like[0].container
    return found


@dataclass(frozen=True, slots=True)
class _Site:
    """All pages that are looked at, and what is known of them together."""

    pages: Sequence[PageOutline]
    twins: Sequence[int]  # for each page its group of pages that hold the same document
    frame: Set[str]  # the fingerprints of what repeats over them
    names: Sequence[str]  # of the organization


def _learn_layout(
    site: _Site, known: Layout | str, agreed: Sequence[int], among: Sequence[int]
) -> tuple[Layout, set[int]]:
    """Learn what stands inside a container, from all pages that are like those which agree with it.

    Args:
        site: the pages.
        known: the layout as an earlier model has it; its container alone where there is none.
        agreed: the indexes of the pages that agree with the container.
        among: the indexes of the pages that may be like these.
    """
    container = known if isinstance(known, str) else known.container
    regions: dict[int, list[Seen]] = {}
    shares: dict[int, float] = {}
    for index in among:
        blocks = site.pages[index].blocks
        inside = find_region([block.path for block in blocks], container)
        if not inside:
            continue
        own = count_own(blocks, site.frame)
        regions[index] = [Seen(index, rest, blocks[at]) for at, rest in inside.items()]
        shares[index] = sum(own[at] for at in inside) / max(1, sum(own))
    share = round(quantiles((shares[index] for index in agreed), n=4, method="inclusive")[0], 3)
    members = {index for index in regions if index in agreed or (shares[index] and shares[index] >= AGREEMENT * share)}
    compared = [regions[index] for index in sorted(members)]
    found = find_templates(compared, site.pages, site.twins, Place.BODY, site.names)
    positions = find_positions(compared, site.twins, found)
    templates = place_templates(found, positions, compared, site.names)
    layout = Layout(
        container=container,
        pages=len(members),
        of=len(regions),
        share=share,
        templates=templates if isinstance(known, str) else _keep_answers(templates, known, compared),
        positions=positions,
        examples=tuple(sorted(site.pages[index].url for index in members)[:EXAMPLES]),
    )
    return layout, members


def _keep_answers(
    templates: Sequence[Template], known: Layout, regions: Sequence[Sequence[Seen]]
) -> tuple[Template, ...]:
    """Keep in the text what stands mostly below a label of which a known layout says that it stays there.

    On a few pages an answer ("Last statement:") may always be the same; the label stays because it is not.
    """
    labels = frozenset(one.id for one in known.templates if one.place is Place.BODY and not is_sentence(one.text))
    below = Counter(
        seen.block.fingerprint
        for region in regions
        for above, seen in pairwise(region)
        if above.block.fingerprint in labels
    )
    return tuple(
        replace(one, place=Place.BODY, rule=Rule.TEMPLATE) if below[one.id] >= _MOSTLY * one.pages else one
        for one in templates
    )


def find_starved(model: SiteModel, page: PageOutline) -> bool:
    """Tell whether most of what generic extraction takes for text on a page is the site's frame."""
    frame = frozenset(template.id for template in model.frame)
    voted = [block for block in page.blocks if block.voted]
    own = sum(block.words for block in voted if block.fingerprint not in frame)
    return 2 * own < sum(block.words for block in voted)
