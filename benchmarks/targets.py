"""What each corpus must keep (floors and ceilings, which fail `make quality`) and is to reach (musts, only shown)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.date_cost import Cost
from benchmarks.leave_one_out import LeftOut
from benchmarks.scores import COUNTS, DATE_LABELS, LABELS, Row

# What was reached once and is not given up again, by the measures' names in LABELS; raise them, never lower them.
FLOORS: dict[str, dict[str, float]] = {
    "openglam": {"word_f1": 0.999, "shingle_f1": 0.999, "title": 1.0},
    "mn-attorney-general": {"word_f1": 0.995, "shingle_f1": 0.995, "title": 0.990},
    "clean-portal-eval": {"word_f1": 0.957, "shingle_f1": 0.957, "title": 1.0},
    "wcxb-dev-articles": {"word_f1": 0.948, "shingle_f1": 0.943, "title": 0.825},
    "article-extraction-benchmark": {"word_f1": 0.975, "shingle_f1": 0.974},
}
# The same where less is better; lower them, never raise them.
CEILINGS: dict[str, dict[str, float]] = {
    "mn-attorney-general": {"under_half": 0.0},
    "un-humanitarian-summit": {"repeated": 0.015},
}
# The same for dates, by the measures' names in DATE_LABELS.
DATE_FLOORS: dict[str, dict[str, float]] = {
    "htmldate-dates": {"accuracy": 0.925},
    "wcxb-dev-articles": {"accuracy": 0.865},
    "openglam": {"accuracy": 1.0},
    "mn-attorney-general": {"accuracy": 0.997},
}
DATE_CEILINGS: dict[str, dict[str, float]] = {
    "htmldate-dates": {"wrong": 27},
    "wcxb-dev-articles": {"wrong": 40},
    "openglam": {"wrong": 0},
    "mn-attorney-general": {"wrong": 2},
}
# Milliseconds of CPU time, the median over the pages of all corpora. Process time grows by a tenth where something else
# shares the cores, so that a ceiling at the must would fail by chance.
DATE_COST_MUST = 2.0
DATE_COST_CEILING = 3.0
LEFT_OUT_LOSS = 0.003  # word F1 that a page may lose when it is not learned from
TITLE_LEAD = 0.15  # titles must be right this much more often than trafilatura's


@dataclass(frozen=True, slots=True)
class Must:
    """A target for one measure."""

    measure: str
    value: float
    at_most: bool = False

    def is_reached(self, row: Row) -> bool:
        """Whether a row holds it."""
        reached = row.measures[self.measure]
        return reached <= self.value if self.at_most else reached >= self.value


MUSTS: dict[str, tuple[Must, ...]] = {
    "openglam": (Must("word_f1", 0.990),),
    "mn-attorney-general": (Must("word_f1", 0.985), Must("under_half", 0.0, at_most=True)),
    "clean-portal-eval": (Must("word_f1", 0.950),),
    "wcxb-dev-articles": (Must("word_f1", 0.945),),
    "article-extraction-benchmark": (Must("shingle_f1", 0.968),),
    "un-humanitarian-summit": (Must("repeated", 0.02, at_most=True),),
}
DATE_MUSTS: dict[str, tuple[Must, ...]] = {
    "htmldate-dates": (Must("accuracy", 0.925), Must("wrong", 50, at_most=True)),
    "wcxb-dev-articles": (Must("accuracy", 0.900), Must("wrong", 45, at_most=True)),
    "openglam": (Must("accuracy", 0.995),),
    "mn-attorney-general": (Must("accuracy", 0.995),),
}


def find_shortfalls(folder: str, ours: Row, trafilatura: Row, *, pinned: bool = True) -> list[str]:
    """Name what a corpus falls short of; without `pinned`, only trafilatura counts (for a sample of the pages)."""
    shortfalls = []
    if pinned:
        shortfalls += _find_lost(folder, ours, FLOORS.get(folder, {}), CEILINGS.get(folder, {}))
    if "word_f1" in ours.measures and ours.measures["word_f1"] < trafilatura.measures["word_f1"]:
        shortfalls.append(
            f"{folder}: word F1 {ours.measures['word_f1']:.4f} is below trafilatura's "
            f"{trafilatura.measures['word_f1']:.4f}"
        )
    return shortfalls


def find_date_shortfalls(folder: str, ours: Row) -> list[str]:
    """Name what the dates of a whole corpus fall short of."""
    return _find_lost(folder, ours, DATE_FLOORS.get(folder, {}), DATE_CEILINGS.get(folder, {}))


def _find_lost(folder: str, ours: Row, floors: Mapping[str, float], ceilings: Mapping[str, float]) -> list[str]:
    """Name what was reached once and is not now."""
    low = [(measure, "below the floor", floor) for measure, floor in floors.items() if ours.measures[measure] < floor]
    high = [
        (measure, "above the ceiling", ceiling)
        for measure, ceiling in ceilings.items()
        if ours.measures[measure] > ceiling
    ]
    return [
        f"{folder}: {_label(measure)} {_show(measure, ours.measures[measure], 4)} is {what} {pin}"
        for measure, what, pin in (*low, *high)
    ]


def find_invented_shortfalls(folder: str, files: Sequence[str]) -> list[str]:
    """Name the pages of which a date says a day that the evidence does not say; there must be none."""
    if not files:
        return []
    return [f"{folder}: {len(files)} dates say a day that their evidence does not: {', '.join(files[:5])}"]


def describe_musts(folder: str, ours: Row, trafilatura: Row) -> Iterator[str]:
    """Say of each target whether it is reached."""
    musts = MUSTS.get(folder, ())
    if "title" in trafilatura.measures:
        musts = (*musts, Must("title", trafilatura.measures["title"] + TITLE_LEAD))
    yield from _describe(musts, ours)


def describe_date_musts(folder: str, ours: Row) -> Iterator[str]:
    """Say of each target for dates whether it is reached."""
    yield from _describe(DATE_MUSTS.get(folder, ()), ours)


def _describe(musts: Sequence[Must], ours: Row) -> Iterator[str]:
    for must in musts:
        sign = "at most " if must.at_most else ""
        state = "reached" if must.is_reached(ours) else "not reached"
        value, reached = _show(must.measure, must.value, 3), _show(must.measure, ours.measures[must.measure], 4)
        yield f"must {_label(must.measure)} {sign}{value}: {state} ({reached})"


def _label(measure: str) -> str:
    return (LABELS | DATE_LABELS)[measure]


def _show(measure: str, value: float, digits: int) -> str:
    return f"{value:.0f}" if measure in COUNTS else f"{value:.{digits}f}"


def describe_cost(cost: Cost) -> str:
    """Say of the time that dates take whether the target is reached."""
    state = "reached" if cost.median <= DATE_COST_MUST else "not reached"
    return f"must median at most {DATE_COST_MUST:.2f}: {state} ({cost.median:.2f})"


def find_cost_shortfalls(cost: Cost) -> list[str]:
    """Name a time that is too long."""
    if cost.median <= DATE_COST_CEILING:
        return []
    return [f"{cost.name}: dates take {cost.median:.2f} ms a page, the ceiling is {DATE_COST_CEILING}"]


def describe_left_out(found: LeftOut) -> str:
    """Say what pages lose that are not learned from."""
    return (
        f"left out of what is learned, {found.pages} pages are read at word F1 {found.without:.4f}; learned from, at "
        f"{found.with_itself:.4f}"
    )


def find_left_out_shortfalls(folder: str, found: LeftOut) -> list[str]:
    """Name a loss that is too large."""
    if found.loss < LEFT_OUT_LOSS:
        return []
    return [f"{folder}: a page that is not learned from loses {found.loss:.4f}; allowed is less than {LEFT_OUT_LOSS}"]
