"""What the program must reach in speed, and is to reach. All but the memory are ratios in one run on two cores."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Target:
    """A target for one kind of work."""

    work: str
    must: float
    aim: float
    unit: str = "×"
    at_most: bool = False

    def is_reached(self, value: float, wanted: float) -> bool:
        """Whether a value is as good as what is wanted."""
        return value <= wanted if self.at_most else value >= wanted

    def show(self, value: float) -> str:
        """Write a value of it."""
        return f"{value:.2f} {self.unit}" if self.unit == "×" else f"{value:.0f} {self.unit}"

    def show_limit(self, value: float) -> str:
        """Write what is wanted."""
        return f"{'≤' if self.at_most else '≥'} {value:g} {self.unit}"


REPLAY = Target(
    "replay of a learned site: pages a second over trafilatura's, whole command over whole command", 4.0, 8.0
)
FLOOR = Target("CPU time a page on a learned site, over the bare lxml parse", 4.0, 1.5, at_most=True)
SINGLE = Target("single unknown pages: trafilatura's CPU time over ours", 1.0, 1.3)
WORKERS = Target("pages a second of two workers over one", 1.7, 1.9)
LEARNING = Target(
    "learning a site of 1,000 pages, over extracting it with trafilatura: CPU time", 1.0, 0.3, at_most=True
)
MEMORY = Target(
    "memory of the main process, with the most pages over the fewest of the growth run", 50.0, 5.0, "MB", at_most=True
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured for a target; the median decides."""

    target: Target
    of: str  # the pages
    values: Sequence[float]  # by round

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def verdict(self) -> str:
        """In one word or three."""
        if self.target.is_reached(self.middle, self.target.aim):
            return "well"
        return "below the aim" if not self.misses else "below the must"

    @property
    def misses(self) -> bool:
        """Whether it is worse than it must be."""
        return not self.target.is_reached(self.middle, self.target.must)


def find_shortfalls(figures: Sequence[Figure]) -> list[str]:
    """Name what was missed."""
    return [
        f"{one.target.work} ({one.of}): {one.target.show(one.middle)}, must be {one.target.show_limit(one.target.must)}"
        for one in figures
        if one.misses
    ]


def summarize(figures: Sequence[Figure]) -> str:
    """Write the last line."""
    missed = sum(one.misses for one in figures)
    aims = sum(one.verdict == "well" for one in figures)
    verdict = "below the must" if missed else "below the aim" if aims < len(figures) else "well"
    return f"speed: {len(figures) - missed} of {len(figures)} musts held, {aims} aims reached: {verdict}"
