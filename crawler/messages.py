"""Messages between processes: what a frozen dataclass is pickled as."""

import copyreg
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any


def pickle_by_position(*kinds: type) -> None:
    """Pickle the instances of dataclasses as their class and their fields in order.

    Frozen dataclasses with slots pickle themselves by walking over their fields in Python, on either side, which takes
    twice as long.

    Args:
        kinds: dataclasses of two fields or more, all of them arguments of their constructors.
    """
    for kind in kinds:
        copyreg.pickle(kind, _make_reducer(kind))


def _make_reducer(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda one: (kind, values(one))
