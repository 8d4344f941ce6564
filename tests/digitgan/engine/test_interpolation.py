"""Knows what lies between latents. Does not know models."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.interpolation import interpolate, nearest_keys

KEYS, STEPS = st.integers(2, 5), st.integers(1, 7)


@given(KEYS, STEPS, st.booleans())
def test_every_key_is_among_the_frames_to_the_bit(n_keys: int, steps: int, loop: bool) -> None:
    keys = seeds_to_latents(range(n_keys), 20)
    latents = interpolate(keys, 16, steps, loop=loop)
    assert latents.dtype == np.float32
    assert len(latents) == (n_keys * steps if loop else (n_keys - 1) * steps + 1)
    assert np.array_equal(latents[::steps], keys)


@given(KEYS, STEPS)
def test_a_loop_is_the_way_with_the_first_key_again_at_its_end(n_keys: int, steps: int) -> None:
    keys = seeds_to_latents(range(n_keys), 20)
    closed = interpolate(np.concatenate([keys, keys[:1]]), 16, steps, loop=False)
    assert np.array_equal(interpolate(keys, 16, steps, loop=True), closed[:-1])


def test_a_style_turns_by_equal_angles_and_keeps_its_length() -> None:
    keys = np.array([[3, 0, 0], [0, 3, 0]], np.float32)
    style = interpolate(keys, 3, 3, loop=False)
    angles = np.pi / 2 * np.arange(4) / 3
    wanted = 3 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    assert style == pytest.approx(wanted, abs=1e-6)


def test_class_scores_go_straight() -> None:
    keys = np.array([[1, 0, 4, 0], [0, 1, 0, 8]], np.float32)
    assert interpolate(keys, 2, 4, loop=False)[:, 2:].tolist() == [[4, 0], [3, 2], [2, 4], [1, 6], [0, 8]]


@pytest.mark.parametrize("end", [[2.0, 4.0], [-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]])
def test_where_there_is_no_angle_a_style_goes_straight(end: list[float]) -> None:
    keys = np.array([[1, 2], end], np.float32)
    wanted = np.linspace(keys[0], keys[1], 5)
    assert interpolate(keys, 2, 4, loop=False) == pytest.approx(wanted, abs=1e-6)


def test_a_frame_has_the_key_that_it_is_nearest_to_and_halfway_the_next() -> None:
    assert nearest_keys(3, 4, loop=False) == [0, 0, 1, 1, 1, 1, 2, 2, 2]
    assert nearest_keys(2, 3, loop=True) == [0, 0, 1, 1, 1, 0]
    assert nearest_keys(2, 1, loop=False) == [0, 1]
