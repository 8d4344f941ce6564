"""Knows the way between latents: along the sphere for the style, straight for the class scores.

Does not know models, seeds or pictures.

A latent of a normal distribution lies near a sphere, and the middle of a straight line between two of them far inside
it, where a generator was never trained. So styles turn from one to the next. Class scores are blended; a graph draws
the class of the highest score, so along the way a digit changes at once, not by degrees.

Source: Shoemake, "Animating rotation with quaternion curves" (SIGGRAPH 1985), for the formula; White, "Sampling
generative networks" (2016), section 2.1, for its use on latents.
"""

import numpy as np
from numpy.typing import NDArray

_STRAIGHT = 1e-6  # sine of an angle below which the formula divides by nearly nothing, and a line is as good


def interpolate(keys: NDArray[np.float32], style_size: int, steps: int, *, loop: bool) -> NDArray[np.float32]:
    """Return latents from key to key: float32 (N, L), each key itself among them.

    Args:
        keys: float32 (K, L), K at least 2.
        style_size: components of a latent that are style; the rest are class scores.
        steps: latents from one key, itself included, to the next, at least 1.
        loop: go on from the last key to the first. N is then K * steps, else (K - 1) * steps + 1.
    """
    starts = keys.astype(np.float64) if loop else keys[:-1].astype(np.float64)
    ends = np.roll(keys, -1, axis=0).astype(np.float64)[: len(starts)]
    part = np.arange(steps) / steps  # (T,)
    style = _turn(starts[:, :style_size], ends[:, :style_size], part)
    scores = starts[:, None, style_size:] * (1 - part)[:, None] + ends[:, None, style_size:] * part[:, None]
    latents = np.concatenate([style, scores], axis=2).reshape(len(starts) * steps, -1).astype(np.float32)
    return latents if loop else np.concatenate([latents, keys[-1:]])


def nearest_keys(n_keys: int, steps: int, *, loop: bool) -> list[int]:
    """Return for each latent of `interpolate` which key it is nearest to; halfway, the one that it goes to."""
    n_segments = n_keys if loop else n_keys - 1
    nearest = [(segment + (2 * step >= steps)) % n_keys for segment in range(n_segments) for step in range(steps)]
    return nearest if loop else [*nearest, n_keys - 1]


def _turn(starts: NDArray[np.float64], ends: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 (K, T, S): each start turned towards its end by each part of the angle between them."""
    lengths = np.linalg.norm(starts, axis=1) * np.linalg.norm(ends, axis=1)
    cosine = np.clip((starts * ends).sum(axis=1) / np.where(lengths, lengths, 1), -1, 1)
    angle = np.arccos(cosine)[:, None]
    sine = np.sin(angle)
    is_turn = (sine > _STRAIGHT) & (lengths[:, None] > 0)
    divisor = np.where(is_turn, sine, 1)
    start_weight = np.where(is_turn, np.sin((1 - part) * angle) / divisor, 1 - part)
    end_weight = np.where(is_turn, np.sin(part * angle) / divisor, part)
    return starts[:, None] * start_weight[..., None] + ends[:, None] * end_weight[..., None]
