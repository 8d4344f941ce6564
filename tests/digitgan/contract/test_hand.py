"""Hand tokens: published vectors, one spelling, and how hands vary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.hand import style_of, token_of, vary
from digitgan.contract.latents import seeds_to_latents

# Published, so that implementations in other languages can be checked against them. Never change a line.
VECTORS = {
    "hAA": [0.0],
    "hgX8": [-3.96875, 3.96875],
    "hIOAB": [1.0, -1.0, 0.03125],
}


@pytest.mark.parametrize(("token", "style"), VECTORS.items())
def test_published_vectors(token: str, style: list[float]) -> None:
    assert style_of(token).tolist() == style
    assert token_of(np.array(style)) == token


@given(st.lists(st.integers(-127, 127), min_size=1, max_size=80))
def test_a_token_is_its_style_exactly(steps: list[int]) -> None:
    style = np.array(steps, np.float32) / 32
    assert np.array_equal(style_of(token_of(style)), style)


def test_components_are_rounded_to_even_and_clipped() -> None:
    rounded = style_of(token_of(np.array([0.5, 1.5, 2.5, -0.5, 1000, -1000]) / 32)) * 32
    assert rounded.tolist() == [0, 2, 2, 0, 31.25 * 32 - 873, -127]


@given(st.text(max_size=12) | st.from_regex(r"h[A-Za-z0-9_-]{0,9}", fullmatch=True))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    try:
        style = style_of(text)
    except ValueError as error:
        assert "is no hand token" in str(error)
    else:
        assert token_of(style) == text


@pytest.mark.parametrize(
    "token", ["", "h", "hA", "hAAA=", "hAB", "hgA", "h+A", "AA", "hAA\n", "h\N{LATIN SMALL LETTER A WITH ACUTE}A"]
)
def test_other_spellings_are_refused(token: str) -> None:
    with pytest.raises(ValueError, match="is no hand token"):
        style_of(token)


def test_varied_hands_stay_as_spread_as_seeds() -> None:
    style = seeds_to_latents([7], 64)[0]
    assert np.array_equal(vary(style, 0.0, [1, 2]), np.stack([style, style]))
    assert np.array_equal(vary(style, 1.0, [1, 2]), seeds_to_latents([1, 2], 64))
    varied = vary(style, 0.3, range(1000))
    assert np.corrcoef(varied.mean(axis=0), style)[0, 1] > 0.99
    assert varied[:, 0].std() == pytest.approx(0.3, rel=0.1)
