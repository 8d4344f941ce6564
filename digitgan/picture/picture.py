"""How images are shown, and how large that makes them: pixels or ink, colours, sheets, numbers, timing of frames."""

import math
from functools import lru_cache
from itertools import accumulate
from typing import Any, Self, TypeVar

from digitgan.contract.card import Card
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_DIGITS, MAX_PIXELS, MAX_STREAMED_PIXELS, MIN_HEIGHT
from digitgan.engine.plan import n_digits, needs_ink
from digitgan.ink.layout import HEIGHT, most_units
from digitgan.picture.colour import BLACK, WHITE, shading
from digitgan.picture.distortions import Distortion
from digitgan.picture.looks import DEFAULT_HEIGHT, NATURAL, Looks, SheetLooks, WritingLooks, chosen
from digitgan.picture.writing import FRAME_MS, HOLD_MS, frames_of
from digitgan.png.palette import Palette

P = TypeVar("P", bound="Picture")

_OF_INK = frozenset({"ink", "height", "layout", "invert", "color", "background", "masks", "animate", "distortions"})


class Picture(WritingLooks, SheetLooks):
    """How images are shown.

    A picture in greyscale or RGB has its own colours; any other holds ink from 0 to 255, and its palette says the
    colours.

    Attributes:
        padding: none, unless a request says otherwise.
        numbers: digits and signs of each number, if the images are the digits of numbers in order; otherwise empty.
        masks: whether the digits and signs of numbers are also shown alone.
        max_width: how wide numbers in natural layout may be, in pixels, until `drawing.fitted` finds the height for
            that; None for any width.
        width: how wide they are, if `drawing.fitted` has measured them or a data set says it; otherwise None.
        canvas: height and width of the picture in whose middle one number in natural layout is, as large as fits with
            margins; None for a picture that is as large as what it shows.
        distortions: what numbers suffer, in the order of `DISTORTIONS`.
        written: how many digits and signs of a number are drawn; the place of the others is left blank.
        frame_ms: milliseconds that each frame of an animation is shown.
        loop: whether an animation starts again after its last frame.
        channels: 3 for the images of a model in colour, each of whose pixels counts three times in limits.
    """

    padding: int = 0
    numbers: tuple[str, ...] = ()
    masks: bool = False
    max_width: int | None = None
    width: int | None = None
    canvas: tuple[int, int] | None = None
    distortions: tuple[Distortion, ...] = ()
    written: int = MAX_DIGITS
    frame_ms: int = 100
    loop: bool = False
    channels: int = 1

    @classmethod
    def of(cls, looks: Looks, **more: Any) -> Self:
        """Return the picture that a request describes.

        Args:
            looks: the request; those of its fields count that a picture has too.
            more: further fields.
        """
        values = vars(looks)
        fields = {name: value for name, default in _shared(type(looks), cls) if (value := values[name]) != default}
        if looks.ink:
            fields.pop("scale", None)  # no choice of the request, but its default
        elif "layout" not in looks.model_fields_set:
            fields.pop("layout", None)  # in the same way
        return cls(**fields | more) if more else _picture(cls, tuple(fields.items()))

    def in_colour(self, card: Card) -> Self:
        """Return the same picture of images in RGB.

        Raises:
            InvalidPlan: it has a field that says something about ink; the error names the field and the model.
        """
        if self.numbers:  # before the look, which some callers choose for whoever asks for a number
            raise needs_ink("digits", card, "a number")
        for name in chosen(self, Picture):
            if name in _OF_INK:
                raise needs_ink(name, card)
        return self.model_copy(update={"channels": card.image_channels})

    def without_size(self) -> Self:
        """Return the same picture for formats of curves, which make no difference between ink and pixels."""
        return self.model_copy(update={"ink": False, "height": DEFAULT_HEIGHT, "scale": 1})

    def without_margins(self) -> Self:
        """Return the same images without anything between them, and without frames, where these take no memory."""
        return self.model_copy(update={"padding": 0, "gap": 0, "columns": None, "animate": False})

    def check_ink(self) -> None:
        """Raise InvalidPlan if the picture shows pixels, and a field that only ink has is not at its default.

        Defaults are accepted, since clients that are generated from the description send them.
        """
        if self.ink:
            return
        if self.height != DEFAULT_HEIGHT:
            raise InvalidPlan("height", "needs ink; without ink, scale says how large a picture is")
        if self.layout == NATURAL:
            raise InvalidPlan("layout", "must be grid without ink; natural places digits by their ink")

    def check_layout(self) -> None:
        """Raise InvalidPlan if there is a gap between digits in natural layout."""
        if self.gap and self.layout == NATURAL:
            raise InvalidPlan("gap", "must be 0 in natural layout, which has the gaps of the hand")

    def check_writing(self) -> None:
        """Raise InvalidPlan if the numbers are too long to be written stroke by stroke."""
        if self.animate and (n := sum(map(len, self.numbers))) > MAX_DIGITS:
            raise InvalidPlan("digits", f"{n:,} digits and signs; an animation writes at most {MAX_DIGITS}")

    @property
    def colours(self) -> tuple[str, str]:
        """The colours of ink and background, exchanged if the picture is inverted."""
        color, background = self.color or WHITE, self.background or BLACK
        return (background, color) if self.invert else (color, background)

    @property
    def palette(self) -> Palette | None:
        """The colours; None for greyscale."""
        return self._shading[1]

    @property
    def is_inverted(self) -> bool:
        """Whether ink is black and the background white, without a palette."""
        return self._shading[0]

    @property
    def size_field(self) -> str:
        """The field to change if the picture is too large: the height or scale, unless that is the least already."""
        if self.height == MIN_HEIGHT if self.ink else self.scale == 1:
            if self.numbers:
                return "digits"
            if self.columns is not None:
                return "columns"
        return "height" if self.ink else "scale"

    def scaled(self, n: int, height: int) -> int:
        """Return how many pixels are drawn for n pixels of images of this height; half a pixel is rounded up."""
        return (2 * n * self.height + height) // (2 * height) if self.ink else n * self.scale

    def n_columns(self, n: int) -> int:
        """Return the columns of the sheet of n images."""
        return self.columns or math.ceil(math.sqrt(n))

    def cell(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of one image as it is drawn.

        Args:
            height: rows of the model's images.
            width: columns of them.
        """
        return self.scaled(height, height), self.scaled(width, height)

    def shape(self, n: int, height: int, width: int) -> tuple[int, int]:
        """Return height and width of the picture of n images, with all margins.

        A number in natural layout is at most as wide, and exactly as wide once `drawing.fitted` has measured it.
        """
        if self.canvas is not None:
            return self.canvas
        cell_height, cell_width = self.cell(height, width)
        padding = self.scaled(self.padding, height)
        if self.numbers:
            longest, gap = max(map(len, self.numbers)), self.scaled(self.gap, height)
            rows, columns = len(self.numbers), 1
            cell_width = longest * (cell_width + gap) - gap
            if self.layout == NATURAL:
                widest = -(-most_units(longest) * cell_height // HEIGHT)
                cell_width = self.width or min(widest, self.max_width or widest)
        else:
            columns = self.n_columns(n)
            rows = -(-n // columns)
        return rows * (cell_height + padding) + padding, columns * (cell_width + padding) + padding

    def n_pixels(self, n: int, height: int, width: int) -> int:
        """Return the pixels of the picture of n images, with all margins; a natural layout has at most as many.

        Frames and masks count too, and a pixel in colour three times.
        """
        copies = self.n_frames if self.animate else 2 if self.masks else 1
        return math.prod(self.shape(n, height, width)) * copies * self.channels

    def check(self, n: int, height: int, width: int) -> int:
        """Return `n_pixels` of n images that are held in memory together.

        Raises:
            InvalidPlan: they have more than `MAX_PIXELS` pixels.
        """
        return self._checked(MAX_PIXELS, n, self.n_pixels(n, height, width))

    def check_stream(self, n: int, height: int, width: int) -> None:
        """Raise InvalidPlan if n images that are streamed have more than `MAX_STREAMED_PIXELS` pixels together."""
        self._checked(MAX_STREAMED_PIXELS, n, n * math.prod(self.cell(height, width)) * self.channels)

    def check_sides(self, n: int, height: int, width: int, max_side: int) -> None:
        """Raise InvalidPlan if a side of the picture of n images is longer than max_side, its file format's limit."""
        longest = max(self.shape(n, height, width))
        if longest > max_side:
            would = "could" if self.layout == NATURAL else "would"
            raise InvalidPlan(
                self.size_field,
                f"the picture {would} be {longest:,} pixels long; this format holds at most {max_side:,}",
            )

    def too_large(self, n: int, pixels: int, limit: str) -> InvalidPlan:
        """Return the error about n images that have too many pixels together."""
        size = f"height {self.height:,}" if self.ink else f"scale {self.scale}"
        have = "may have" if self.layout == NATURAL else "have"
        values = "values in three channels" if self.channels > 1 else "pixels"
        return InvalidPlan(self.size_field, f"{n:,} images at {size} {have} {pixels:,} {values}; the limit is {limit}")

    @property
    def starts(self) -> list[int]:
        """The position of each number's first image."""
        return [*accumulate(map(n_digits, self.numbers[:-1]), initial=0)]

    @property
    def n_frames(self) -> int:
        """How many frames an animation has that writes the numbers."""
        return frames_of(sum(map(len, self.numbers)))

    @property
    def writing_ms(self) -> int:
        """How long it takes to write the numbers, in milliseconds."""
        return FRAME_MS * self.n_frames

    def frame_times(self, n: int) -> list[int]:
        """Return how long each of n frames is shown, in milliseconds."""
        return [FRAME_MS] * (n - 1) + [HOLD_MS] if self.animate else [self.frame_ms] * n

    @property
    def _shading(self) -> tuple[bool, Palette | None]:
        """Whether to invert, and the palette."""
        if self.color is None and self.background is None:
            return self.invert, None
        return shading(*self.colours)

    def _checked(self, limit: int, n: int, pixels: int) -> int:
        if pixels > limit:
            raise self.too_large(n, pixels, f"{limit:,}")
        return pixels


@lru_cache(maxsize=64)  # clients ask for few looks, each many times, and validation takes longer than all else here
def _picture(kind: type[P], fields: tuple[tuple[str, Any], ...]) -> P:
    """Return the picture with some fields."""
    return kind(**dict(fields))


@lru_cache
def _shared(request: type[Looks], picture: type[Picture]) -> list[tuple[str, Any]]:
    """Return the names of the fields that a request and a picture have, with the defaults of the picture."""
    return [(name, field.default) for name, field in picture.model_fields.items() if name in request.model_fields]


def does_not_fit(field: str, height: int, width: int | None) -> InvalidPlan:
    """Return the error about a size in which not even the smallest picture fits.

    Args:
        field: what the caller calls the size.
        height: pixels of the smallest picture.
        width: as height; None if it is not the width that does not fit.
    """
    pixels = f"{height} pixels high" + ("" if width is None else f" and {width} wide")
    return InvalidPlan(field, f"the picture is at least {pixels}, which does not fit")
