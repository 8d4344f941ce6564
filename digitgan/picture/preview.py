"""The picture that a link to a number is shown with: the number in ink, as large as fits, on paper."""

from typing import Any

from digitgan.picture.looks import NATURAL
from digitgan.picture.picture import Picture

HEIGHT, WIDTH = 630, 1_200  # pixels; what sites that show links recommend for Open Graph's `og:image`
INK, PAPER = "1a1918", "fffdf9"  # the page's own, in light colours
_LINE_HEIGHT = 588  # of the square of a digit, most of which fill three quarters of it


def preview_of(number: str, color: str = INK, background: str = PAPER) -> Picture:
    """Return the picture of a number's preview.

    Args:
        number: digits and signs.
        color: of the ink, six hexadecimal digits.
        background: of the paper, in the same form.
    """
    return Picture(
        numbers=(number,),
        ink=True,
        height=_LINE_HEIGHT,
        layout=NATURAL,
        color=color,
        background=background,
        canvas=(HEIGHT, WIDTH),
    )


def parameters_of(picture: Picture) -> dict[str, Any]:
    """Return the parameters of a preview's permanent address that say how it is drawn."""
    usual = {"color": INK, "background": PAPER}
    return {name: value for name, default in usual.items() if (value := getattr(picture, name)) != default}
