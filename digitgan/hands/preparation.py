"""From a picture of one digit to what MNIST has of it: 28 x 28 pixels, light ink on black.

In this order, where *ink* is a pixel's difference from the paper, from 0 to 1, the largest difference that is possible:

1. Reduce the picture by the least whole factor after which its longer side has at most 256 pixels. Each pixel becomes
   the mean of a block.
2. Decide whether the paper is even: at least 60 % of the border has one shade, or the picture has at most 64 pixels a
   side. Drawings are even, photographs are not.
3. Decide whether the ink is lighter than the paper. On even paper, the shade that is farthest from the border's median
   decides. Else, each pixel's logarithm is compared with the mean around it, and the greater sum of cubes decides,
   above or below. If the ink is darker, take the negative.
4. Find the paper's shade. Even paper has the border's median; other paper has what a morphological opening leaves,
   with a square of a quarter of the longer side. The ink is ``(value - paper) / (255 - paper)``, so that ink in a
   shadow counts as much as elsewhere.
5. Measure the noise, from the median difference of the paper. A pixel is marked if its ink exceeds 6 times the noise,
   and 0.4 times the strength of the ink: the sum of its cubes divided by the sum of its squares.
6. Join marked pixels that touch to parts. Leave out specks, the edge of a desk, and lines as long as rulers draw them.
   Refuse what is not one digit: nothing, stripes, many parts, or tall parts side by side.
7. If the digit has less than 64 pixels in a reduced picture, begin again at step 4 with that part of the picture.
8. Scale the ink so that its darkest tenth is full. Set pixels beyond the digit's parts and their edges to 0, and crop.
9. Fit the longer side into 20 pixels: each is the mean over its area, or lies linearly between pixels if the picture is
   smaller. Where a stroke is thinner than a pixel, spread it over 0.4 of a pixel more on each side, and scale the ink
   so that it shows. All other strokes keep their weight.
10. Move the centre of mass to pixel 14 of 28 across and down, counted from 0, by whole pixels.

Sources: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
1998, section III.A; C. Yadav and L. Bottou, "Cold case: the lost MNIST digits", 2019, section 2.
"""

import math

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import PictureRefused
from digitgan.hands.components import Components, components

SIDE, _FIT = 28, 20  # pixels of the result, and of the square that the digit fits into
_LEAST_SIDE = 8  # pixels that a picture must have
_GRID = 256  # pixels that the longer side of a reduced picture has at most
_GRIDS = _GRID, 3 * 64, 3 * 64  # and that of a part of it that is three times as large as the digit
_BYTES = 120  # of memory for each pixel of a reduced picture; a test measures them
_SMALL = 64  # pixels: a smaller picture's paper is taken as even
_ENOUGH = 64  # pixels of the digit's longer side in a reduced picture

_MOSTLY = 0.6  # of the border: so much has one shade where the paper has
_NOISES = 6.0
_FAINTEST = 6 / 255  # of ink
_NOISY, _ROUGHEST = 0.02, 0.12  # of ink: noise of paper
_FAINT_ON_PAPER = 0.06  # of ink, where the paper is not even
_DARKEST = 48  # grey levels of paper: noise in the dark is not made larger than that
_SHARE = 0.4  # of the ink's strength, from which a pixel counts as ink

_SUBSTANTIAL = 0.1  # of the largest part's area
_SPECK = 0.01
_SPECK_AREA = 12  # pixels of a reduced picture, in noise
_GAP = 0.08  # of the height: between figures side by side
_TALL = 0.5  # of the height: what a figure has at least
_FULL, _OVERLAP = 0.75, 0.3  # of the height, of the width: figures so tall are two if they overlap less
_MAX_PARTS = 8
_THIN, _SPREAD = 0.7, 0.4  # a stroke that makes pixels at most so dark is spread over so much of a pixel more

_BLANK = "the picture is blank: there is no ink that differs from the paper"

Grey = NDArray[np.uint8]
Values = NDArray[np.float32]


def prepare(grey: Grey) -> Grey:
    """Return the digit of a picture as MNIST has it.

    Args:
        grey: uint8 (H, W), at least 8 x 8: a photograph, scan or drawing of one digit, dark on light or light on dark.

    Returns:
        uint8 (28, 28), 0 for paper and 255 for ink.

    Raises:
        PictureRefused: there is no ink, or it is not one digit; the message says what was seen.
    """
    if min(grey.shape) < _LEAST_SIDE:
        height, width = grey.shape
        raise PictureRefused(
            f"the picture has {width} x {height} pixels; at least {_LEAST_SIDE} x {_LEAST_SIDE} are needed"
        )
    is_light = _is_light(_reduced(grey, _factor_of(grey, _GRID)))
    for grid in _GRIDS:
        factor = _factor_of(grey, grid)
        ink, (left, top, right, bottom) = _ink(_reduced(grey, factor), is_light)
        side = max(right - left, bottom - top)
        if factor == 1 or side >= _ENOUGH:
            break
        grey = grey[
            factor * max(0, top - side) : factor * (bottom + side),
            factor * max(0, left - side) : factor * (right + side),
        ]
    return _centred(_fitted(ink))


def n_bytes_needed(height: int, width: int) -> int:
    """Return the memory that preparing a picture of height x width pixels takes at most, in bytes."""
    factor = _factor(height, width, _GRID)
    return (height // factor) * (width // factor) * _BYTES


def _factor_of(grey: Grey, grid: int) -> int:
    height, width = grey.shape
    return _factor(height, width, grid)


def _factor(height: int, width: int, grid: int) -> int:
    return max(1, min(-(-max(height, width) // grid), min(height, width) // _LEAST_SIDE))


def _reduced(grey: Grey, factor: int) -> Values:
    """Return the means of blocks of factor x factor pixels."""
    height, width = (side // factor * factor for side in grey.shape)
    rows = np.zeros((height // factor, width), np.float32)
    for row in range(factor):
        rows += grey[row:height:factor, :width]
    blocks = np.zeros((height // factor, width // factor), np.float32)
    for column in range(factor):
        blocks += rows[:, column::factor]
    blocks /= factor**2
    return blocks


def _ink(values: Values, is_light: bool) -> tuple[NDArray[np.float64], tuple[int, int, int, int]]:
    """Return the digit's ink, from 0 to 1, and the box around it, in a picture whose values are 0 to 255.

    The box is left, top, right and bottom, in pixels, right and bottom exclusive.
    """
    ink, noise = _difference_from_paper(values, is_light)
    if noise > _ROUGHEST:
        raise PictureRefused("the picture has no plain paper around a digit: its shades change everywhere")
    candidates = ink[ink > max(_NOISES * noise, _FAINTEST)]
    if not len(candidates):
        raise PictureRefused(_BLANK)
    strength = float((candidates**3).sum() / (candidates**2).sum())
    if noise and strength < _FAINT_ON_PAPER:
        raise PictureRefused("the ink is too faint: it hardly differs from the paper")
    plain = _mean(ink, 1) if noise > _NOISY else ink
    mask = plain > max((_NOISES if plain is ink else _NOISES / 2) * noise, _SHARE * strength)
    if not mask.any():
        raise PictureRefused(_BLANK)
    parts = components(mask)
    selected = np.concatenate([[False], _digit(parts, mask, is_noisy=noise > 0)])[parts.labels]
    around = _grown(selected) & (selected | ~mask)
    floor = min(3 * noise, strength / 2)
    full = float(np.quantile(ink[selected], 0.9))
    if full <= floor:
        raise PictureRefused(_BLANK)
    share = np.clip((ink - floor) / (full - floor), 0, 1) * around
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return share[box[1] : box[3], box[0] : box[2]].astype(np.float64), box


def _is_light(values: Values) -> bool:
    """Return whether the ink is lighter than the paper, in a picture whose values are 0 to 255."""
    paper, differences = _border(values)
    if _is_even(values, differences):
        return float(values.max()) - paper > paper - float(values.min())
    logarithms = np.log(values + np.float32(_DARKEST))
    differences = logarithms - _mean(logarithms, max(values.shape) // 6)
    return _cubes(differences) > _cubes(-differences)


def _border(values: Values) -> tuple[float, Values]:
    """Return the median of a picture's border, and how much each of its pixels differs from that."""
    frame = max(1, min(values.shape) // 32)
    edges = values[:frame], values[-frame:], values[:, :frame], values[:, -frame:]
    border = np.concatenate([edge.ravel() for edge in edges])
    paper = np.median(border)
    return float(paper), border - paper


def _is_even(values: Values, differences: Values) -> bool:
    """Return whether the paper has one shade, as in a drawing; a small picture's is taken to have."""
    return max(values.shape) <= _SMALL or float(np.mean(np.abs(differences) <= 1)) >= _MOSTLY


def _difference_from_paper(values: Values, is_light: bool) -> tuple[Values, float]:
    """Return how much of the possible difference from the paper each pixel has, and the noise of the paper."""
    values = values if is_light else 255 - values
    paper, differences = _border(values)
    if _is_even(values, differences):
        possible = max(255 - paper, 1.0)
        return (values - np.float32(paper)) / np.float32(possible), _noise(differences) / possible
    surface = _opened(_mean(values, 1), max(values.shape) // 4)
    ink = values - surface
    ink /= np.maximum(255 - surface, _DARKEST)
    ink -= np.median(ink)
    return ink, _noise(ink)


def _noise(differences: Values) -> float:
    """Return the standard deviation of normal noise among differences that are mostly noise."""
    return 1.4826 * float(np.median(np.abs(differences)))


def _cubes(values: Values) -> float:
    return float((np.maximum(values, 0) ** 3).sum())


def _mean(values: Values, reach: int) -> Values:
    """Return the mean around each pixel, up to `reach` pixels away in each direction."""
    for _ in range(2):
        n = len(values)
        sums = np.concatenate([np.zeros_like(values[:1], np.float64), np.cumsum(values, axis=0, dtype=np.float64)])
        low, high = np.clip(np.arange(n) - reach, 0, n), np.clip(np.arange(n) + reach + 1, 0, n)
        values = ((sums[high] - sums[low]) / (high - low)[:, None]).astype(np.float32).T
    return values


def _opened(values: Values, side: int) -> Values:
    """Return values without what is lighter than its surroundings and narrower than a square: a morphological opening.

    A slope, and a straight border between two shades, stay as they are. Squares may lie partly outside of the picture.
    """
    sides = [min(side, n) for n in values.shape]
    around = np.pad(values, [(each - 1, each - 1) for each in sides], constant_values=np.inf)
    return _highest(-_highest(-around, sides), sides)


def _highest(values: Values, sides: list[int]) -> Values:
    """Return the highest value of each rectangle of so many rows and columns."""
    for side in sides:
        reached = 1
        while reached < side:
            step = min(reached, side - reached)
            values = np.maximum(values[:-step], values[step:])
            reached += step
        values = values.T
    return values


def _digit(parts: Components, mask: NDArray[np.bool_], *, is_noisy: bool) -> NDArray[np.bool_]:
    """Return which parts are the digit.

    Raises:
        PictureRefused: none, or more than one digit.
    """
    height, width = mask.shape
    areas, boxes = parts.areas, parts.boxes
    on_border = _shares_of_border(parts.labels, len(areas))
    if (on_border.min(axis=1) > 0.3).any():
        raise PictureRefused("the ink reaches all edges of the picture: leave paper around the digit")
    if ((on_border[:, 0] > 0) & (on_border[:, 1] > 0) | (on_border[:, 2] > 0) & (on_border[:, 3] > 0)).sum() > 1:
        raise PictureRefused("the picture shows stripes from edge to edge; one digit is needed")
    is_edge = on_border.max(axis=1) > 0.25
    tall = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    if (~is_edge & (tall >= max(6, 0.05 * max(height, width)))).any():
        areas = np.where(is_edge, 0, areas)
    sizes = np.sort(boxes[:, 2:] - boxes[:, :2], axis=1)
    is_line = (sizes[:, 0] <= 2) & (sizes[:, 1] >= 20)
    if (areas[~is_line] >= _SPECK_AREA).any():
        areas = np.where(is_line, 0, areas)
    largest = areas.max()
    if is_noisy and largest < _SPECK_AREA:
        raise PictureRefused(_BLANK)
    is_large = areas >= _SUBSTANTIAL * largest
    if is_large.sum() > _MAX_PARTS:
        raise PictureRefused(f"the picture shows {is_large.sum()} separate marks; one digit is needed")
    left, top = boxes[is_large, :2].min(axis=0)
    right, bottom = boxes[is_large, 2:].max(axis=0)
    n_figures = _figures(boxes[is_large])
    if n_figures > 1:
        raise PictureRefused(f"the picture shows {n_figures} separate figures; one digit is needed")
    margin = 0.1 * max(right - left, bottom - top)
    is_inside = (
        (boxes[:, 0] >= left - margin)
        & (boxes[:, 1] >= top - margin)
        & (boxes[:, 2] <= right + margin)
        & (boxes[:, 3] <= bottom + margin)
    )
    chosen: NDArray[np.bool_] = is_large | (is_inside & (areas >= max(2, _SPECK * largest)))
    return chosen


def _shares_of_border(labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    """Return the share of each edge of the picture that each part covers: float64 (N, 4)."""
    edges = labels[0], labels[-1], labels[:, 0], labels[:, -1]
    return np.stack([np.bincount(edge, minlength=n + 1)[1:] / len(edge) for edge in edges], axis=1)


def _figures(boxes: NDArray[np.int64]) -> int:
    """Return how many figures parts are, side by side; a lower part beside a taller one is no figure of its own."""
    height = boxes[:, 3].max() - boxes[:, 1].min()
    groups: list[list[int]] = []  # left, top, right, bottom
    for left, top, right, bottom in sorted(map(tuple, boxes.tolist())):
        if groups:
            last = groups[-1]
            both_tall = min(bottom - top, last[3] - last[1]) >= _FULL * height
            overlap = (last[2] - left) / min(right - left, last[2] - last[0])
            if left - last[2] < _GAP * height and not (both_tall and overlap < _OVERLAP):
                groups[-1] = [last[0], min(last[1], top), max(last[2], right), max(last[3], bottom)]
                continue
        groups.append([left, top, right, bottom])
    return sum(bottom - top >= _TALL * height for _, top, _, bottom in groups)


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask with one more pixel on every side: the edge of its ink."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    mask = grown.copy()
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _fitted(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ink whose longer side has 20 pixels, its strokes as dark as MNIST's."""
    height, width = ink.shape
    scale = _FIT / max(height, width)
    for spread in (0.0, _SPREAD):
        fitted = _weights(height, scale, spread) @ ink @ _weights(width, scale, spread).T
        strong = float(np.quantile(fitted[fitted > fitted.max() / 2], 0.75))
        if strong > _THIN:
            break
    return np.clip(fitted / min(strong, 1), 0, 1)


def _weights(n: int, scale: float, spread: float) -> NDArray[np.float64]:
    """Return the weights (M, n) that scale n pixels.

    Each new pixel is the mean over its area and `spread` of a pixel around it; or it lies between two pixels, linearly,
    where the picture is smaller.
    """
    n_new = max(1, math.ceil(n * scale - 1e-6))
    if scale > 1:
        places = np.clip((np.arange(n_new) + 0.5) / scale - 0.5, 0, n - 1)
        near: NDArray[np.float64] = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(n)))
        return near
    low = np.maximum((np.arange(n_new)[:, None] - spread) / scale, np.arange(n))
    high = np.minimum((np.arange(n_new)[:, None] + 1 + spread) / scale, np.arange(n) + 1)
    inside: NDArray[np.float64] = np.maximum(high - low, 0) * scale / (1 + 2 * spread)
    return inside


def _centred(ink: NDArray[np.float64]) -> Grey:
    """Return 28 x 28 pixels with the centre of mass in the middle, as far as the ink stays inside."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    height, width = ink.shape
    total = float(ink.sum())
    top, left = (
        min(max(round(SIDE / 2 - float(ink.sum(axis=1 - axis) @ np.arange(n)) / total), 0), SIDE - n)
        for axis, n in enumerate((height, width))
    )
    picture[top : top + height, left : left + width] = np.rint(255 * ink)
    return picture
