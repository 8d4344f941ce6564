"""Finds how the outputs of a foreign generator hold pixels: their axes, and the values of black and white.

Generators of other projects return floats from -1 to 1, from 0 to 1 or from 0 to 255, or MNIST as it is often
standardised, some with dark ink on a light background. Pictures that are read in the wrong way get a distance ten times
as large, so a batch that does not show its scale clearly is refused, and somebody must name the scale.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import NotScorable

Layout = Literal["NHW", "NCHW", "NHWC", "flat"]

# The last is MNIST with mean 0 and standard deviation 1.
SCALES = ((-1.0, 1.0), (0.0, 1.0), (0.0, 255.0), (-0.4242, 2.8215))

_CHANNELS = (1, 3)
_EXTREME = 0.001  # the share of pixels at either end that may overshoot, as those of networks without a last tanh do
_NEAR = 0.15  # of a scale's span, from an extreme to an end of the scale
_GROUND_NEAR = 0.08  # the same for the background, whose value is steadier than that of the ink
_FILLED = 0.4  # of a scale's span, by pictures that reach only one of its ends
_GROUND_SHARE = 0.6  # of the pixels at the border, near one value, that make it the background


@dataclass(frozen=True)
class PixelFormat:
    """How a batch of outputs holds pictures.

    Args:
        layout: the axes; ``flat`` has a row of height * width values for each image.
        height: of an image, in pixels.
        width: of an image, in pixels.
        n_channels: 1 for grey, 3 for colours.
        black: the value of grey level 0.
        white: the value of grey level 255; the lower of the two where the polarity is inverted.
        is_certain: whether the borders of the images, or a person, have said which of the two is black; otherwise the
            lower one is taken for it.
    """

    layout: Layout
    height: int
    width: int
    n_channels: int
    black: float
    white: float
    is_certain: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an image in the contract: (H, W), or (H, W, 3) in colour."""
        return (self.height, self.width) if self.n_channels == 1 else (self.height, self.width, self.n_channels)

    @property
    def is_inverted(self) -> bool:
        """Whether higher values are darker."""
        return self.white < self.black

    def to_levels(self, outputs: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Return outputs as grey levels, rounded half to even: uint8 (N, H, W), or (N, H, W, 3) in colour.

        Args:
            outputs: in this format, N images.

        Raises:
            NotScorable: they have other axes, or a value is not finite.
        """
        values = _in_order(outputs, self.layout, self.height, self.width, self.n_channels)
        check_finite(outputs)
        scaled = (values.astype(np.float64) - self.black) * (255 / (self.white - self.black))
        levels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
        return levels[..., 0] if self.n_channels == 1 else levels

    def __str__(self) -> str:
        """Return a phrase for people."""
        colours = "grey" if self.n_channels == 1 else "RGB"
        polarity = ", inverted" if self.is_inverted else "" if self.is_certain else ", polarity not certain"
        return (
            f"{self.height} x {self.width} {colours} pixels in {self.layout} order, black is {self.black:g} and white "
            f"{self.white:g}{polarity}"
        )


def detect(
    outputs: NDArray[np.generic],
    *,
    size: tuple[int, int] | None = None,
    scale: tuple[float, float] | None = None,
    ends: tuple[float, float] | None = None,
    real: NDArray[np.uint8] | None = None,
) -> PixelFormat:
    """Return how a batch of outputs holds pictures.

    Args:
        outputs: of a generator, as it returned them: 50 images or more of different noise.
        size: height and width, if they are known; a flat output is otherwise taken for a square.
        scale: the values of black and white, if somebody knows them; None to find them.
        ends: the least and the greatest value that the generator can return, if its graph shows them; they are the
            scale of outputs that do not show one, such as those of a generator that has hardly been trained.
        real: images of the same data, uint8 (N, H, W) or (N, H, W, 3), whose background is the right one; None for a
            dark background, as in MNIST.

    Raises:
        NotScorable: the axes are not those of images, a value is not finite, all pixels have one value, or the values
            fit no scale or several; the message says what was found.
    """
    check_finite(outputs)
    layout, height, width, n_channels = _axes(outputs.shape, size)
    values = _in_order(outputs, layout, height, width, n_channels).astype(np.float32)
    found = PixelFormat(layout, height, width, n_channels, 0, 1, is_certain=False)
    low, high = (float(each) for each in np.quantile(values, [_EXTREME, 1 - _EXTREME]))
    if high == low:
        raise NotScorable(f"all pixels have the value {low:g}, so there is no picture and no scale")
    ground = _ground(values, high - low)
    if scale is not None:
        if ends is None or set(scale) != set(ends):
            _check_scale(scale, low, high, ground)
        return replace(found, black=scale[0], white=scale[1], is_certain=True)
    try:
        floor, top = _scale(low, high, ground)
    except NotScorable:
        if ends is None:
            raise
        return replace(found, black=ends[0], white=ends[1])
    expects_light = _has_light_ground(real)
    if ground is None or expects_light is None:
        return replace(found, black=floor, white=top)
    is_light = abs(ground - top) < abs(ground - floor)
    black, white = (floor, top) if is_light == expects_light else (top, floor)
    return replace(found, black=black, white=white, is_certain=True)


def check_finite(outputs: NDArray[np.generic]) -> None:
    """Raise NotScorable if a value of some outputs (N, ...) is not a finite number, because it would be drawn black."""
    is_finite = np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1)
    if not is_finite.all():
        raise NotScorable(
            f"{np.count_nonzero(~is_finite):,} of {len(outputs):,} images have pixels that are NaN or infinite"
        )


def _axes(shape: tuple[int, ...], size: tuple[int, int] | None) -> tuple[Layout, int, int, int]:
    """Return the layout, the height, the width and the number of channels of outputs."""
    layout: Layout | None = None
    height, width, n_channels = 0, 0, 1
    match shape:
        case (_, n):
            height, width = size or (round(n**0.5), round(n**0.5))
            layout = "flat" if height * width == n else None
        case (_, height, width):
            layout = "NHW"
        case (_, n_channels, height, width) if n_channels in _CHANNELS:
            layout = "NCHW"
        case (_, height, width, n_channels) if n_channels in _CHANNELS:
            layout = "NHWC"
    if layout is None:
        raise NotScorable(
            f"the output is {shape}; allowed are N x H x W, N x C x H x W and N x H x W x C, where C is 1 or 3, and "
            "N x (H * W)"
        )
    if size is not None and (height, width) != size:
        raise NotScorable(f"the output is {shape}; allowed are images of {size[0]} x {size[1]} pixels")
    return layout, height, width, n_channels


def _in_order(
    outputs: NDArray[np.generic], layout: Layout, height: int, width: int, n_channels: int
) -> NDArray[np.generic]:
    """Return outputs as (N, H, W, C)."""
    axes = {
        "NHW": (height, width),
        "flat": (height * width,),
        "NCHW": (n_channels, height, width),
        "NHWC": (height, width, n_channels),
    }[layout]
    if outputs.shape[1:] != axes:
        raise NotScorable(f"the output is {outputs.shape}, but it was N x {' x '.join(map(str, axes))} before")
    if layout == "NCHW":
        return np.moveaxis(outputs, 1, -1)
    return outputs.reshape(len(outputs), height, width, n_channels)


def _scale(low: float, high: float, ground: float | None) -> tuple[float, float]:
    """Return the scale of values between two extremes, or raise NotScorable.

    Pictures that reach both ends of a scale have that one. Faint pictures may reach one end only.
    """
    reached = [scale for scale in SCALES if _is_near(low, scale[0], scale) and _is_near(high, scale[1], scale)]
    fitting = [scale for scale in reached or SCALES if _fits(scale, low, high, ground)]
    if len(fitting) == 1:
        return fitting[0]
    usual = ", ".join(f"{floor:g} to {top:g}" for floor, top in SCALES)
    raise NotScorable(
        f"{_spell(low, high, ground)}; that fits none of the usual scales ({usual}) or several of them: name the "
        "values of black and white with --scale"
    )


def _is_near(value: float, end: float, scale: tuple[float, float], share: float = _NEAR) -> bool:
    return abs(value - end) <= share * (scale[1] - scale[0])


def _fits(scale: tuple[float, float], low: float, high: float, ground: float | None) -> bool:
    """Return whether values between two extremes fit a scale: inside it, on a large part of it, and from an end on."""
    floor, top = scale
    beyond = _NEAR * (top - floor)
    return (
        floor - beyond <= low
        and high <= top + beyond
        and high - low >= _FILLED * (top - floor)
        and (_is_near(low, floor, scale) or _is_near(high, top, scale))
        and (ground is None or any(_is_near(ground, end, scale, _GROUND_NEAR) for end in scale))
    )


def _spell(low: float, high: float, ground: float | None) -> str:
    border = "" if ground is None else f", with {ground:.3g} at the borders"
    return f"the pixels range from {low:.3g} to {high:.3g}{border}"


def _ground(values: NDArray[np.float32], span: float) -> float | None:
    """Return the value of most pixels at the borders of images (N, H, W, C); None if no value is that of most."""
    border = np.concatenate([values[:, [0, -1]].ravel(), values[:, :, [0, -1]].ravel()])
    middle = float(np.median(border))
    is_uniform = np.mean(np.abs(border - middle) <= _NEAR * span) >= _GROUND_SHARE
    return middle if is_uniform else None


def _has_light_ground(real: NDArray[np.uint8] | None) -> bool | None:
    """Return whether real images have a light background; None if they have no background."""
    if real is None:
        return False
    ground = _ground(real.reshape(*real.shape[:3], -1).astype(np.float32), 255)
    return None if ground is None else ground > 127


def _check_scale(scale: tuple[float, float], low: float, high: float, ground: float | None) -> None:
    """Raise NotScorable if a given scale is empty, or if values between two extremes do not fit it."""
    floor, top = sorted(scale)
    if floor == top:
        raise NotScorable(f"black and white are both {floor:g}; they must differ")
    if not _fits((floor, top), low, high, ground):
        raise NotScorable(f"{_spell(low, high, ground)}; that is not a scale from {floor:g} to {top:g}")
