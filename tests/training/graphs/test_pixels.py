import numpy as np
import pytest
from numpy.typing import NDArray

from training.data import Dataset
from training.errors import NotScorable
from training.graphs.pixels import SCALES, detect

Values = NDArray[np.generic]


@pytest.fixture(scope="module")
def digits(sample: Dataset) -> NDArray[np.uint8]:
    return sample.test_images[:100]


def _on(images: NDArray[np.uint8], black: float, white: float) -> Values:
    return (images / 255 * (white - black) + black).astype(np.float32)


@pytest.mark.parametrize(("floor", "top"), SCALES)
@pytest.mark.parametrize("is_inverted", [False, True])
def test_scale_and_polarity_of_digits_are_found(
    digits: NDArray[np.uint8], floor: float, top: float, is_inverted: bool
) -> None:
    black, white = (top, floor) if is_inverted else (floor, top)
    outputs = _on(digits, black, white)
    found = detect(outputs)
    assert (found.black, found.white, found.is_certain) == (black, white, True)
    assert found.is_inverted == is_inverted
    assert np.array_equal(found.to_levels(outputs), digits)


@pytest.mark.parametrize(
    ("outputs_of", "white"),
    [
        (lambda images: images, 255),
        (lambda images: images.astype(np.int32), 255),
        (lambda images: (images > 127).astype(np.uint8), 1),
        (lambda images: images > 127, 1),
        (lambda images: (images / 255).astype(np.float16), 1),
        (lambda images: images / 255, 1),
        (lambda images: images * 0.6 / 255, 1),  # faint
        (lambda images: images * 0.6, 255),
        (lambda images: np.random.default_rng(0).normal(images / 255, 0.04), 1),  # beyond both ends
    ],
)
def test_types_and_faint_or_noisy_pictures_keep_their_scale(
    digits: NDArray[np.uint8], outputs_of: object, white: float
) -> None:
    found = detect(outputs_of(digits))  # type: ignore[operator]
    assert (found.black, found.white, found.is_certain) == (0, white, True)


@pytest.mark.parametrize(
    ("shape", "layout"), [((28, 28), "NHW"), ((1, 28, 28), "NCHW"), ((28, 28, 1), "NHWC"), ((784,), "flat")]
)
def test_axes_are_found(digits: NDArray[np.uint8], shape: tuple[int, ...], layout: str) -> None:
    outputs = digits.reshape(-1, *shape)
    found = detect(outputs)
    assert (found.layout, found.height, found.width, found.n_channels) == (layout, 28, 28, 1)
    assert np.array_equal(found.to_levels(outputs), digits)
    with pytest.raises(NotScorable, match="before"):
        found.to_levels(np.zeros((2, 3, 5)))


@pytest.mark.parametrize("axis", [1, -1])
def test_colours_of_photographs_have_a_scale_and_no_certain_polarity(axis: int) -> None:
    photographs = np.random.default_rng(0).integers(0, 256, (50, 16, 20, 3), np.uint8)
    found = detect(np.moveaxis(_on(photographs, -1, 1), -1, axis))
    assert (found.layout, found.height, found.width, found.n_channels) == ("NCHW" if axis == 1 else "NHWC", 16, 20, 3)
    assert (found.black, found.white, found.is_certain) == (-1, 1, False)
    assert "not certain" in str(found)
    assert np.array_equal(found.to_levels(np.moveaxis(_on(photographs, -1, 1), -1, axis)), photographs)


def test_light_background_is_right_where_real_images_have_one(digits: NDArray[np.uint8]) -> None:
    outputs, real = _on(255 - digits, -1, 1), 255 - digits
    assert detect(outputs).is_inverted
    assert not detect(outputs, real=real).is_inverted
    assert detect(_on(digits, -1, 1), real=real).is_inverted
    noise = np.random.default_rng(0).integers(0, 256, digits.shape, np.uint8)
    assert not detect(outputs, real=noise).is_certain


@pytest.mark.parametrize("scale", [(0, 2), (2, 0)])
def test_given_scale_is_used_if_it_fits(digits: NDArray[np.uint8], scale: tuple[float, float]) -> None:
    outputs = _on(digits, *scale)
    with pytest.raises(NotScorable, match="name the values of black and white"):
        detect(outputs)
    assert np.array_equal(detect(outputs, scale=scale).to_levels(outputs), digits)


@pytest.mark.parametrize(
    ("outputs", "scale", "message"),
    [
        ((-1, 1), (0, 255), r"range from -1 to 1, with -1 at the borders; that is not a scale from 0 to 255"),
        ((0, 1), (-1, 1), r"range from 0 to 1, with 0 at the borders; that is not a scale from -1 to 1"),
        ((0, 255), (1, 0), "not a scale from 0 to 1"),
        ((0, 1), (1, 1), "both 1; they must differ"),
        ((-0.2, 0.2), None, r"range from -0\.2 to 0\.2, with -0\.2 at the borders; that fits none"),
        ((0, 30), None, "range from 0 to 30"),
        ((3, 3), None, "all pixels have the value 3"),
    ],
)
def test_scale_that_does_not_fit_is_refused(
    digits: NDArray[np.uint8], outputs: tuple[float, float], scale: tuple[float, float] | None, message: str
) -> None:
    with pytest.raises(NotScorable, match=message):
        detect(_on(digits, *outputs), scale=scale)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_and_counted(digits: NDArray[np.uint8], value: float) -> None:
    good = _on(digits, -1, 1)
    bad = good.copy()
    bad[3:5, 7, 7] = value
    with pytest.raises(NotScorable, match="2 of 100 images have pixels that are NaN or infinite"):
        detect(bad)
    with pytest.raises(NotScorable, match="NaN"):
        detect(good).to_levels(bad)


@pytest.mark.parametrize(
    ("shape", "size", "message"),
    [
        ((4,), None, r"allowed are N x H x W"),
        ((4, 10), None, r"allowed are N x H x W"),
        ((4, 2, 28, 28), None, "C is 1 or 3"),
        ((4, 32, 32), (28, 28), "allowed are images of 28 x 28 pixels"),
        ((4, 1024), (28, 28), r"N x \(H \* W\)"),
    ],
)
def test_outputs_that_are_no_images_are_refused(
    shape: tuple[int, ...], size: tuple[int, int] | None, message: str
) -> None:
    with pytest.raises(NotScorable, match=message):
        detect(np.zeros(shape), size=size)


def test_ends_of_the_graph_are_the_scale_of_outputs_that_show_none(digits: NDArray[np.uint8]) -> None:
    faint = _on(digits, 0.1, 0.3)
    found = detect(faint, ends=(-1, 1))
    assert (found.black, found.white, found.is_certain) == (-1, 1, False)
    assert detect(faint, ends=(-1, 1), scale=(1, -1)).is_inverted
    assert detect(_on(digits, 1, 0), ends=(-1, 1)).black == 1  # what pictures show counts first
    with pytest.raises(NotScorable, match="that is not a scale from 0 to 1"):
        detect(faint, ends=(-1, 1), scale=(0, 1))
