"""Files as people would post them: canvas drawings, scans and photographs of digits, and what is no single digit."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.hands.models import Images
from digitgan.ink.outlines import UNITS
from digitgan.ink.raster import draw
from digitgan.ink.tracing import trace

Grey = NDArray[np.uint8]
Maker = Callable[[Grey, np.random.Generator], bytes]

_SIDE = 28
_HEIGHT = 10 * _SIDE  # of a digit's square
_CANVAS = 400
_PHOTO = (640, 480)
_PEN = 9  # pixels of the filter that makes strokes finer or broader, of about 25 that they have
_FONTS = [
    f"DejaVu{face}.ttf"
    for face in (
        "Sans",
        "Sans-Bold",
        "Sans-Oblique",
        "SansCondensed",
        "SansMono",
        "Serif",
        "Serif-Bold",
        "Serif-Italic",
    )
]
_LETTERS = (
    "ABCDEFGHJKLMNPQRTUVWXYacdefhijkmnprtuvwxy"  # without those that many write as a digit: l O o I S s Z z b g q
)


def pixels(digit: Grey, _: np.random.Generator) -> bytes:
    """Return MNIST's own pixels as a PNG."""
    return _png(Image.fromarray(digit))


def canvas(digit: Grey, rng: np.random.Generator) -> bytes:
    """Return the digit's ink as a PNG, 140 to 280 pixels high, on a canvas of either colour, with ink of the other."""
    drawn = Image.fromarray(_ink(digit))
    side = int(rng.integers(_HEIGHT // 2, _HEIGHT + 1))
    return _png(_turned(_placed(drawn.resize((side, side)), rng), is_dark=bool(rng.integers(2))))


def fine_pen(digit: Grey, rng: np.random.Generator) -> bytes:
    """Return a canvas drawing whose strokes are a third finer."""
    drawn = Image.fromarray(_ink(digit)).filter(ImageFilter.MinFilter(_PEN))
    return _png(_turned(_placed(drawn, rng), is_dark=True))


def broad_pen(digit: Grey, rng: np.random.Generator) -> bytes:
    """Return a canvas drawing whose strokes are a third broader."""
    drawn = Image.fromarray(_ink(digit)).filter(ImageFilter.MaxFilter(_PEN))
    return _png(_turned(_placed(drawn, rng), is_dark=True))


def photograph(digit: Grey, rng: np.random.Generator) -> bytes:
    """Return a JPEG of the digit on paper: uneven light, grain, blur, and up to 8 degrees of rotation."""
    turned = Image.fromarray(_ink(digit)).rotate(float(rng.uniform(-8, 8)), Image.Resampling.BICUBIC)
    return _photo(_placed(turned, rng, _PHOTO), rng)


def empty_paper(rng: np.random.Generator) -> bytes:
    """Return a JPEG of paper without ink."""
    return _photo(Image.new("L", _PHOTO), rng)


def noise(rng: np.random.Generator) -> bytes:
    """Return a PNG of independent grey levels."""
    return _png(Image.fromarray(rng.integers(0, 256, (_SIDE, _SIDE), np.uint8)))


def apart(digits: Images, rng: np.random.Generator) -> bytes:
    """Return a PNG of two digits (2, 28, 28) side by side, 20 to 60 pixels between their ink."""
    return _pair(digits, int(rng.integers(20, 61)))


def touching(digits: Images, rng: np.random.Generator) -> bytes:
    """Return a PNG of two digits (2, 28, 28) whose ink overlaps by 10 to 30 pixels where it is widest."""
    return _pair(digits, -int(rng.integers(10, 31)))


def scribble(rng: np.random.Generator) -> bytes:
    """Return a PNG of a line with seven random corners, as thick as a digit's strokes."""
    picture = Image.new("L", (_CANVAS, _CANVAS), 255)
    corners = [(float(x), float(y)) for x, y in rng.uniform(60, _CANVAS - 60, (7, 2))]
    ImageDraw.Draw(picture).line(corners, fill=0, width=25, joint="curve")
    return _png(picture)


def letters() -> list[bytes]:
    """Return a PNG of each of 41 letters in each of eight faces of the DejaVu fonts.

    Raises:
        OSError: the fonts are not installed.
    """
    return [_letter(ImageFont.truetype(name, 280), letter) for name in _FONTS for letter in _LETTERS]


def _letter(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    picture = Image.new("L", (_CANVAS, _CANVAS), 255)
    ImageDraw.Draw(picture).text((_CANVAS // 2, _CANVAS // 2), letter, fill=0, font=font, anchor="mm")
    return _png(picture)


def _ink(digit: Grey) -> Grey:
    """Return the ink of a digit: uint8 (280, 280), 255 ink."""
    outlines = trace(digit[None])
    drawing = draw(outlines, np.array([0, 1], np.int32), _HEIGHT, _HEIGHT, scale=_HEIGHT, units=_SIDE * UNITS)
    ink: Grey = drawing.pixels[0]
    return ink


def _placed(drawn: Image.Image, rng: np.random.Generator, size: tuple[int, int] = (_CANVAS, _CANVAS)) -> Image.Image:
    """Return a picture somewhere on a larger black one."""
    larger = Image.new("L", size)
    left, top = (int(rng.integers(0, whole - part + 1)) for whole, part in zip(size, drawn.size, strict=True))
    larger.paste(drawn, (left, top))
    return larger


def _turned(picture: Image.Image, *, is_dark: bool) -> Image.Image:
    """Return a picture with dark ink on white if wanted, instead of white ink on black."""
    return picture.point(lambda level: 255 - level) if is_dark else picture


def _pair(digits: Images, gap: int) -> bytes:
    inks = []
    for digit in digits:
        ink = _ink(digit)
        columns = np.flatnonzero(ink.max(axis=0) > 127)
        inks.append(ink[:, columns[0] : columns[-1] + 1])
    left, right = inks
    together = np.zeros((_CANVAS, _HEIGHT * 3), np.uint8)
    top, start = (_CANVAS - _HEIGHT) // 2, _HEIGHT // 2
    together[top : top + _HEIGHT, start : start + left.shape[1]] = left
    start += left.shape[1] + gap
    here = together[top : top + _HEIGHT, start : start + right.shape[1]]
    np.maximum(here, right, out=here)
    return _png(Image.fromarray(255 - together))


def _photo(ink: Image.Image, rng: np.random.Generator) -> bytes:
    """Return a JPEG of ink, 255 where it is full, on paper."""
    width, height = ink.size
    across, down = rng.uniform(-50, 50, 2)
    light = (
        rng.uniform(170, 215) + across * np.linspace(-0.5, 0.5, width) + down * np.linspace(-0.5, 0.5, height)[:, None]
    )
    blurred = np.asarray(ink.filter(ImageFilter.GaussianBlur(2)), np.float64) / 255
    seen = light * (1 - rng.uniform(0.6, 0.85) * blurred) + rng.normal(0, 6, (height, width))
    file = io.BytesIO()
    Image.fromarray(np.clip(np.rint(seen), 0, 255).astype(np.uint8)).save(file, "JPEG", quality=60)
    return file.getvalue()


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
