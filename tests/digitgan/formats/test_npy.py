"""What numpy reads in the numpy format."""

import io

import numpy as np
import pytest

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.plan import Plan
from digitgan.engine.source import Seeds
from digitgan.formats.encoding import fit
from digitgan.formats.registry import NPY
from digitgan.picture import drawing
from digitgan.picture.picture import Picture
from tests.cards import a_card
from tests.digitgan.formats.pictures import a_job, body, generated


@pytest.mark.parametrize(
    ("picture", "field"),
    [
        (Picture(ink=True), "ink"),
        (Picture(ink=True, height=50, color="navy"), "ink"),
        (Picture(color="navy"), "color"),
        (Picture(background="transparent"), "background"),
    ],
)
def test_ink_and_colours_are_refused_by_their_field(picture: Picture, field: str) -> None:
    card = a_card(n_classes=10, latent_size=14)
    with pytest.raises(InvalidPlan, match=f"application/x-npy has no {field}") as refused:
        fit(card, Plan(source=Seeds([1])), picture, NPY)
    assert refused.value.field == field


@pytest.mark.parametrize("picture", [Picture(), Picture(scale=2, invert=True, padding=3)])
def test_numpy_loads_the_pixels(picture: Picture) -> None:
    some = generated(5)
    loaded = np.load(io.BytesIO(body(NPY, a_job(some, picture), some)))
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, drawing.each(picture, some.images.pixels))
