"""Interpolation between latents: along a sphere for the style, along a straight line for the class scores.

Normally distributed latents lie near a sphere. The middle of a straight line between two of them lies far inside it,
where a generator was never trained, so the style is rotated from one to the next. The class scores are interpolated
linearly. A graph draws the class of the highest score, so the digit changes suddenly, not by degrees.

Source: Shoemake, "Animating rotation with quaternion curves" (SIGGRAPH 1985), for the formula; White, "Sampling
generative networks" (2016), section 2.1, for its use on latents.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card
from digitgan.engine.plan import Plan
from digitgan.engine.source import Latents

_MIN_SINE = 1e-6  # of an angle; below it, the formula would divide by almost zero, and a straight line is as good


def frame_plan(keys: Plan, card: Card, steps: int, *, loop: bool) -> Plan:
    """Return the plan of all frames from the first key image to the last; each has the label of its nearest key.

    Args:
        keys: at least two images.
        card: card of the keys' model version.
        steps: see `interpolate`.
        loop: see `interpolate`.

    Raises:
        InvalidPlan: the model cannot make the keys.
    """
    keys.check(card)
    latents = interpolate(keys.source.latents(card.latent_size), card.style_size, steps, loop=loop)
    nearest = nearest_keys(len(keys), steps, loop=loop)
    labels = None if keys.labels is None else [keys.labels[key] for key in nearest]
    return replace(keys, source=Latents(latents), labels=labels, keys=keys)


def interpolate(keys: NDArray[np.float32], style_size: int, steps: int, *, loop: bool) -> NDArray[np.float32]:
    """Return latents from key to key, the keys included: float32 (N, L).

    Args:
        keys: float32 (K, L), K at least 2.
        style_size: components of a latent that are style; the rest are class scores.
        steps: number of latents from one key (included) to the next (excluded), at least 1.
        loop: continue from the last key to the first. N is then K * steps, otherwise (K - 1) * steps + 1.
    """
    starts = keys.astype(np.float64) if loop else keys[:-1].astype(np.float64)
    ends = np.roll(keys, -1, axis=0).astype(np.float64)[: len(starts)]
    part = np.arange(steps) / steps  # (T,)
    style = _rotate(starts[:, :style_size], ends[:, :style_size], part)
    scores = starts[:, None, style_size:] * (1 - part)[:, None] + ends[:, None, style_size:] * part[:, None]
    latents = np.concatenate([style, scores], axis=2).reshape(len(starts) * steps, -1).astype(np.float32)
    return latents if loop else np.concatenate([latents, keys[-1:]])


def nearest_keys(n_keys: int, steps: int, *, loop: bool) -> list[int]:
    """Return the position of the nearest key of each latent of `interpolate`; halfway, that of the later key."""
    n_segments = n_keys if loop else n_keys - 1
    nearest = [(segment + (2 * step >= steps)) % n_keys for segment in range(n_segments) for step in range(steps)]
    return nearest if loop else [*nearest, n_keys - 1]


def _rotate(starts: NDArray[np.float64], ends: NDArray[np.float64], part: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 (K, T, S): each start rotated towards its end by each part of the angle between them."""
    lengths = np.linalg.norm(starts, axis=1) * np.linalg.norm(ends, axis=1)
    cosine = np.clip((starts * ends).sum(axis=1) / np.where(lengths, lengths, 1), -1, 1)
    angle = np.arccos(cosine)[:, None]
    sine = np.sin(angle)
    is_rotated = (sine > _MIN_SINE) & (lengths[:, None] > 0)
    divisor = np.where(is_rotated, sine, 1)
    start_weight = np.where(is_rotated, np.sin((1 - part) * angle) / divisor, 1 - part)
    end_weight = np.where(is_rotated, np.sin(part * angle) / divisor, part)
    return starts[:, None] * start_weight[..., None] + ends[:, None] * end_weight[..., None]
