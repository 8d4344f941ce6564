"""Hand tokens: a style as a short text, which an address, a body or a file can hold, and which nobody has to store.

A token is the letter ``h``, then the style's components, one signed byte each, as base64url without padding (RFC 4648,
section 5). A byte counts steps of 1/32 and lies between -127 and 127, so a component between -3.97 and 3.97: a standard
normal one lies outside once in 14,000 times, and is then moved to the end of that range.

Nothing here may change without a new major version.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.latents import seeds_to_latents

PREFIX = "h"
_STEPS = 32  # in a distance of 1
_MOST = 127
_NOT_ONE = "is no hand token: the letter h, then a byte for each component, -127 to 127, in base64url without padding"


def token_of(style: NDArray[np.floating]) -> str:
    """Return the token of a style (S,); each component is rounded to the nearest step, to the even one of two."""
    steps = np.clip(np.rint(np.asarray(style, np.float64) * _STEPS), -_MOST, _MOST).astype(np.int8)
    return PREFIX + urlsafe_b64encode(steps.tobytes()).decode().rstrip("=")


def style_of(token: str) -> NDArray[np.float32]:
    """Return the style of a token: float32 (S,), S at least 1.

    Raises:
        ValueError: the text is no token, or not the one way in which its style is written.
    """
    letters = token.removeprefix(PREFIX)
    try:
        content = urlsafe_b64decode((letters + "=" * (-len(letters) % 4)).encode("ascii"))
    except ValueError as error:  # also of characters that are not ASCII
        raise ValueError(_NOT_ONE) from error
    steps = np.frombuffer(content, np.int8)
    style: NDArray[np.float32] = (steps / np.float32(_STEPS)).astype(np.float32)
    if not content or token_of(style) != token:  # letters that decoding ignores, unused bits, or -128
        raise ValueError(_NOT_ONE)
    return style


def vary(style: NDArray[np.float32], amount: float, seeds: Sequence[int]) -> NDArray[np.float32]:
    """Return styles near another one, one for each seed: float32 (N, S).

    They are the style times sqrt(1 - amount**2) plus the seed's own style times amount, so that standard normal styles
    stay standard normal.

    Args:
        style: float32 (S,).
        amount: 0, which changes nothing, to 1, which leaves nothing.
        seeds: N integers from 0 to `MAX_SEED`.
    """
    kept, added = np.float32(np.sqrt(1 - amount * amount)), np.float32(amount)
    varied: NDArray[np.float32] = kept * style + added * seeds_to_latents(seeds, len(style))
    return varied
