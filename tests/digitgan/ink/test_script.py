"""Numbers as characters, and the frozen variation of hands."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.limits import SIGNS
from digitgan.ink.script import MOST, Script


def test_variation_is_frozen() -> None:
    script = Script(["2026", "-7 %"], [0, 2**64 - 1])
    assert hashlib.sha256(script.habits.astype("<i4").tobytes()).hexdigest()[:16] == "67c1b43b6c2eb31d"
    assert hashlib.sha256(script.play.astype("<i4").tobytes()).hexdigest()[:16] == "61f49e7d65284425"


def test_variation_is_centred_and_bounded() -> None:
    values = Script(["0123456789" * 6] * 200, range(200)).play
    assert np.abs(values).max() <= MOST
    assert np.abs(values.mean(axis=0)).max() < 4  # standard error 1
    assert np.abs(values.std(axis=0) / MOST - 6**-0.5).max() < 0.01  # of a triangular distribution


@given(st.text("0123456789" + SIGNS, min_size=1, max_size=64))
def test_characters_are_digits_and_signs_in_order(text: str) -> None:
    script = Script([text], [1])
    labels = iter(script.labels.tolist())
    read = "".join(
        str(next(labels)) if is_digit else SIGNS[sign]
        for is_digit, sign in zip(script.is_digit, script.signs, strict=True)
    )
    assert read == text
    assert [character == " " for character in text] == script.is_space.tolist()


def test_variation_depends_on_hand_and_number_alone() -> None:
    alone, others = Script(["2026"], [7]), Script(["1", "2026", "2026", "2027"], [7, 7, 8, 7])
    assert np.array_equal(others.play[1:5], alone.play)
    assert np.array_equal(others.habits[[0, 1, 3]], np.repeat(alone.habits, 3, axis=0))
    assert not np.array_equal(others.habits[2], alone.habits[0])
    for start in (5, 9):  # another hand; another number that begins alike
        assert not np.array_equal(others.play[start : start + 3], alone.play[:3])
