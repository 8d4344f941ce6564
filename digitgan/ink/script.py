"""Numbers as characters, and how the hands that write them vary: at random to the eye, and the same each time.

A hand's variation is a frozen function of its key, and glyph by glyph of the key and the number: SHAKE-256 of the two
gives as many bytes as the glyphs need. So the same number in the same hand is the same each time, but no two numbers of
a hand are written alike: the first digits of 2026 do not stand as those of 2027 do. These bytes have nothing in common
with the latents of a seed, which Philox draws. Source: FIPS 202, section 6.2.
"""

from collections.abc import Sequence
from functools import cached_property
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.limits import SIGNS

SPACE = " "

MOST = 255  # the largest value of a variation; those near 0 are the most likely, one in three is beyond 107
_N_VALUES = 8  # for each glyph, and for each hand
_DOMAIN = b"digitgan layout 1"

DIGIT = -1
_SIGN_OF_CHARACTER = np.full(128, DIGIT, np.int8)
_SIGN_OF_CHARACTER[np.frombuffer(SIGNS.encode(), np.uint8)] = np.arange(len(SIGNS))


class Script:
    """M numbers of N characters together, each in the hand that writes it.

    Args:
        texts: M numbers, none empty, of digits and `SIGNS`.
        keys: of the hands: M integers from 0 to 2**64 - 1.

    Attributes:
        keys: the same.
        lengths: characters of each number: int64 (M,).
        number: the number that each character belongs to: int64 (N,).
        places: how many characters of its number precede each: int64 (N,).
        labels: classes of the digits, in order.
        signs: position of each character in `SIGNS`, and `DIGIT` for a digit: int8 (N,).
        is_digit: whether each character is a digit: (N,).
        is_space: whether it is a space: (N,).
    """

    def __init__(self, texts: Sequence[str], keys: Sequence[int]) -> None:
        self._texts = texts
        self.keys = keys
        characters = np.frombuffer("".join(texts).encode("ascii"), np.uint8)
        self.lengths = np.array([len(text) for text in texts], np.int64)
        self.number = np.repeat(np.arange(len(texts)), self.lengths)
        self.places = np.arange(len(characters)) - np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        self.signs = _SIGN_OF_CHARACTER[characters]
        self.is_digit = self.signs == DIGIT
        self.is_space = self.signs == SIGNS.index(SPACE)
        self.labels = characters[self.is_digit] - ord("0")

    @cached_property
    def habits(self) -> NDArray[np.int32]:
        """What each hand always does: int32 (M, 8) from -`MOST` to `MOST`."""
        return _values(b"".join(_stream(key, "", _N_VALUES) for key in self.keys))

    @cached_property
    def play(self) -> NDArray[np.int32]:
        """How each glyph varies: int32 (N, 8) from -`MOST` to `MOST`."""
        each = zip(self.keys, self._texts, strict=True)
        return _values(b"".join(_stream(key, text, _N_VALUES * len(text)) for key, text in each))


def _stream(key: int, text: str, n_values: int) -> bytes:
    return shake_256(_DOMAIN + key.to_bytes(8, "little") + text.encode()).digest(2 * n_values)


def _values(stream: bytes) -> NDArray[np.int32]:
    """Return the sum of each two bytes, less its mean: triangularly distributed."""
    values = np.frombuffer(stream, np.uint8).astype(np.int32)
    return (values[::2] + values[1::2] - MOST).reshape(-1, _N_VALUES)
