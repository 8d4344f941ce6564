"""How a seed becomes a latent: by a frozen algorithm with the same result on every machine and in every batch.

Nothing here may change without a new major version.

The algorithm, in full, for seed ``s`` (0 .. 2**53 - 1) and component ``i`` (0, 1, 2, ...):

1. Philox4x64-10 with key ``(s, 0)`` encrypts the counters ``(1, 0, 0, 0)``, ``(2, 0, 0, 0)``, ... Each gives
   four 64-bit words. In order, they are the stream that ``numpy.random.Philox(key=s).random_raw()`` returns.
2. Read the stream as little-endian 16-bit words, and let ``k`` be word ``i``: the 16 bits from bit ``16 * (i % 4)``
   of 64-bit word ``i // 4``. It depends on the seed and the component alone.
3. The component is the float32 nearest to the standard normal quantile of ``(k + 1/2) / 65536``.

Only integers and one table are involved, so no rounding can differ between processors or libraries. Step 3 alone
defines the table (any correct inverse normal distribution gives it), and its hash is checked on import.

`draw_vectorised` is the definition; it draws all seeds of a batch at once. If `digitgan.contract._latents` is compiled,
`seeds_to_latents` uses that instead, which draws the same latents in a fraction of the time.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), section 3.3, for
Philox; Wichura, "Algorithm AS 241" (1988), as in ``statistics.NormalDist.inv_cdf``, for the quantiles.
"""

import hashlib
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import MAX_SEED

try:
    from digitgan.contract._latents import draw as _draw_compiled

    IS_COMPILED = True
except ImportError:  # installed without a compiler, or run from a checkout without a build
    IS_COMPILED = False


_COMPONENTS_PER_BLOCK = 16  # 256 bits per Philox block, 16 bits per component
_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_QUANTILES_SHA256 = "1cfbba1e07e34386a57626f82aeb43e6ed54ba70a3ea6b7d964dc66a841074a8"


def _quantiles() -> NDArray[np.float32]:
    """Return the table of step 3: float32 (65536,), antisymmetric, from -4.325 to 4.325."""
    inverse = NormalDist().inv_cdf
    lower = np.array([inverse((k + 0.5) / 65536) for k in range(32768)])
    table = np.concatenate([lower, -lower[::-1]]).astype("<f4")
    if hashlib.sha256(table.tobytes()).hexdigest() != _QUANTILES_SHA256:
        raise ImportError(
            "the normal quantiles computed on this machine are not the documented ones; seeds would give other latents"
        )
    return table.astype(np.float32, copy=False)


QUANTILES = _quantiles()


def seeds_to_latents(seeds: Sequence[int] | NDArray[np.uint64], size: int) -> NDArray[np.float32]:
    """Return one latent per seed: float32 (N, size), standard normal, each row a function of its seed alone.

    Args:
        seeds: N integers from 0 to `MAX_SEED`.
        size: components of a latent, at least 1.

    Raises:
        InvalidPlan: a seed is out of range.
    """
    if len(seeds) and not 0 <= min(seeds) <= max(seeds) <= MAX_SEED:
        raise InvalidPlan("seeds", f"a seed is an integer from 0 to {MAX_SEED:,}")
    keys = np.asarray(seeds, dtype=np.uint64)
    if not IS_COMPILED:
        return draw_vectorised(keys, size)
    latents = np.empty((len(keys), size), np.float32)
    _draw_compiled(keys, QUANTILES, size, latents)
    return latents


def draw_vectorised(keys: NDArray[np.uint64], size: int) -> NDArray[np.float32]:
    """Return the same as `seeds_to_latents`, using numpy alone."""
    words = _philox(keys, -(-size // _COMPONENTS_PER_BLOCK))
    halves = words.astype("<u8", copy=False).view("<u2")
    return np.take(QUANTILES, halves[:, :size])


def _philox(keys: NDArray[np.uint64], n_blocks: int) -> NDArray[np.uint64]:
    """Return the stream of each key, uint64 (N, 4 * n_blocks), computed for all blocks of all keys at once."""
    shape = (len(keys), n_blocks)
    c0 = np.broadcast_to(np.arange(1, n_blocks + 1, dtype=np.uint64), shape)
    c1 = c2 = c3 = np.zeros(shape, np.uint64)
    k0, k1 = keys[:, None], np.uint64(0)
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(c0, _MULTIPLIERS[0])
        high2, low2 = _multiply(c2, _MULTIPLIERS[1])
        c0, c1, c2, c3 = high2 ^ c1 ^ k0, low2, high0 ^ c3 ^ k1, low0
        k0 = k0 + np.uint64(_KEY_STEPS[0])  # wraps modulo 2**64, as the paper defines it
        k1 = np.uint64((int(k1) + _KEY_STEPS[1]) % 2**64)
    return np.stack([c0, c1, c2, c3], axis=-1).reshape(len(keys), 4 * n_blocks)


def _multiply(a: NDArray[np.uint64], constant: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the high and low 64 bits of the 128-bit products ``a * constant``, both of a's shape."""
    b_high, b_low = np.uint64(constant >> 32), np.uint64(constant & 0xFFFFFFFF)
    a_high, a_low = a >> _HALF, a & _LOW
    middle = a_high * b_low + (a_low * b_low >> _HALF)  # at most 2**64 - 2**32: cannot wrap
    other = a_low * b_high + (middle & _LOW)
    return a_high * b_high + (middle >> _HALF) + (other >> _HALF), a * np.uint64(constant)
