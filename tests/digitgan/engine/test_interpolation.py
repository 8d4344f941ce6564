"""Interpolated latents, and the plans of frames that are made from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.interpolation import frame_plan, interpolate, nearest_keys
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents, Seeds
from tests.cards import a_card

KEYS, STEPS = st.integers(2, 5), st.integers(1, 7)


@given(KEYS, STEPS, st.booleans())
def test_every_key_is_among_the_latents_bit_by_bit(n_keys: int, steps: int, loop: bool) -> None:
    keys = seeds_to_latents(range(n_keys), 20)
    latents = interpolate(keys, 16, steps, loop=loop)
    assert latents.dtype == np.float32
    assert len(latents) == (n_keys * steps if loop else (n_keys - 1) * steps + 1)
    assert np.array_equal(latents[::steps], keys)


@given(KEYS, STEPS)
def test_loop_equals_a_path_that_ends_with_the_first_key_again(n_keys: int, steps: int) -> None:
    keys = seeds_to_latents(range(n_keys), 20)
    closed = interpolate(np.concatenate([keys, keys[:1]]), 16, steps, loop=False)
    assert np.array_equal(interpolate(keys, 16, steps, loop=True), closed[:-1])


def test_style_rotates_by_equal_angles_and_keeps_its_length() -> None:
    keys = np.array([[3, 0, 0], [0, 3, 0]], np.float32)
    style = interpolate(keys, 3, 3, loop=False)
    angles = np.pi / 2 * np.arange(4) / 3
    expected = 3 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    assert style == pytest.approx(expected, abs=1e-6)


def test_class_scores_are_interpolated_linearly() -> None:
    keys = np.array([[1, 0, 4, 0], [0, 1, 0, 8]], np.float32)
    assert interpolate(keys, 2, 4, loop=False)[:, 2:].tolist() == [[4, 0], [3, 2], [2, 4], [1, 6], [0, 8]]


@pytest.mark.parametrize("end", [[2.0, 4.0], [-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]])
def test_style_is_interpolated_linearly_when_no_angle_is_defined(end: list[float]) -> None:
    keys = np.array([[1, 2], end], np.float32)
    expected = np.linspace(keys[0], keys[1], 5)
    assert interpolate(keys, 2, 4, loop=False) == pytest.approx(expected, abs=1e-6)


def test_nearest_key_is_the_later_one_halfway() -> None:
    assert nearest_keys(3, 4, loop=False) == [0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert nearest_keys(2, 3, loop=True) == [0, 0, 1, 1, 1, 0]
    assert nearest_keys(2, 1, loop=False) == [0, 1]


DIGITS = a_card(model="digits", n_classes=10, latent_size=20, style_size=10)


@pytest.mark.parametrize("loop", [False, True])
def test_frame_plan_has_interpolated_latents_and_nearest_labels(loop: bool) -> None:
    keys = Plan(source=Seeds([3, 4, 5]), labels=[7, 8, 9], truncation=0.5, model="digits", version="1")
    frames = frame_plan(keys, DIGITS, 4, loop=loop)
    assert isinstance(frames.source, Latents)
    assert np.array_equal(frames.source.values, interpolate(seeds_to_latents([3, 4, 5], 20), 10, 4, loop=loop))
    assert frames.labels == [7 + key for key in nearest_keys(3, 4, loop=loop)]
    assert (frames.truncation, frames.model, frames.version) == (0.5, "digits", "1")


def test_frame_plan_has_no_labels_when_its_keys_have_none() -> None:
    assert frame_plan(Plan(source=Seeds([3, 4])), DIGITS, 2, loop=False).labels is None


def test_frame_plan_refuses_keys_that_the_model_does_not_support() -> None:
    with pytest.raises(InvalidPlan, match="from 0 to 9"):
        frame_plan(Plan(source=Seeds([3, 4]), labels=[1, 10]), DIGITS, 2, loop=False)
