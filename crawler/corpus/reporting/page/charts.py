"""Pictures of numbers as SVG: no script, no font; the words around them are those of the page.

A picture is as wide as there is room, so that it holds no words itself, but for those who cannot see it.
"""

from collections.abc import Sequence

from crawler.corpus.reporting.page.markup import Html, quote

_HEIGHT = 100  # units of a picture
_STEP = 10  # units of a column
_LEAST = 3  # units; what is not nothing is seen
FEW = 6  # columns; fewer stand in a narrow picture
_MANY = 60  # columns; more stand side by side without a gap
_BAR = 100  # units of a whole bar


def draw_columns(values: Sequence[int], title: str, description: str, name: str, *, most: int | None = None) -> Html:
    """Draw a column for each value, from left to right; the highest fills the height.

    Args:
        values: none below 0.
        title: what is shown.
        description: what there is to see.
        name: of the picture, which no other one on the page has.
        most: the value that would fill the height; None for the highest.
    """
    if most is None:
        most = max(values, default=0)
    gap = 0 if len(values) > _MANY else 1
    path = "".join(
        f"M{_STEP * number + gap} {_HEIGHT}v-{_scale(value, most)}h{_STEP - 2 * gap}v{_scale(value, most)}z"
        for number, value in enumerate(values)
        if value
    )
    kind = "columns few" if len(values) < FEW else "columns"
    return Html(
        f'<svg class="{kind}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'viewBox="0 0 {max(_STEP * len(values), _STEP)} {_HEIGHT}" preserveAspectRatio="none">'
        f'<title id="{name}-title">{quote(title)}</title><desc id="{name}-desc">{quote(description)}</desc>'
        f'<path d="{path}"/></svg>'
    )


def _scale(value: int, most: int) -> str:
    return f"{max(_HEIGHT * value / most, _LEAST):.4g}"


def draw_bar(part: int, whole: int) -> Html:
    """Draw a bar beside its number in a table; it says nothing that the number does not."""
    width = 0.0 if whole == 0 else _BAR * part / whole
    if part:
        width = max(width, 1)
    return Html(
        f'<svg class="bar" aria-hidden="true" viewBox="0 0 {_BAR} 1" preserveAspectRatio="none">'
        f'<rect width="{width:.4g}" height="1"/></svg>'
    )
