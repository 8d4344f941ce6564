"""Arranges seeds on a grid so that hands side by side draw alike, and adds this map to a model version."""

import hashlib
from itertools import permutations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.table import Table

from digitgan.contract import card as cards
from digitgan.contract.card import Card
from digitgan.contract.hand_map import MAP_FILE, HandMap, HandMapFacts
from digitgan.contract.latents import seeds_to_latents
from digitgan.contract.metric import DescribedFile

from ..graphs.sessions import GeneratorSession
from ..revision import read_version, revised

_MOST_CLASSES = 10  # drawn of each hand
_MOST_SIDE = 14  # pixels to which images are reduced: half of MNIST's, since the eye minds slant and weight most
_N_COMPONENTS = 8  # of all differences between hands; more of them blur what the eye sees first
_ROWS = 512  # seeds that are drawn in one run
_SHRINKS = 0.95  # the radius, from step to step
_SWEEPS = 40  # of all cells in a step
_GROUP = 4  # cells whose hands are exchanged at a time
_ORDERS = np.array([*permutations(range(_GROUP))])  # (24, 4)

Features = NDArray[np.float32]


def pictures_of(generator: GeneratorSession, card: Card, seeds: NDArray[np.uint64]) -> Features:
    """Return what hands look like: their images of at most ten classes, each reduced to at most 14 x 14 pixels.

    Args:
        generator: draws the images.
        card: of the generator.
        seeds: (N,).

    Returns:
        Grey levels, float32 (N, P).
    """
    labels = [*range(min(card.n_classes, _MOST_CLASSES))] or [-1]
    parts = []
    for start in range(0, len(seeds), _ROWS):
        latents = seeds_to_latents(seeds[start : start + _ROWS], card.latent_size)
        drawn = [generator.run(latents, np.full(len(latents), label))[0] for label in labels]
        parts.append(np.concatenate([_reduced(each).reshape(len(latents), -1) for each in drawn], axis=1))
    return np.concatenate(parts)


def _reduced(images: NDArray[np.generic]) -> Features:
    """Return means over blocks of pixels of images (N, H, W) or (N, H, W, 3): float32."""
    reduced = images.astype(np.float32)
    for axis in (1, 2):
        side = reduced.shape[axis]
        n = min(side, _MOST_SIDE)
        starts = np.arange(n + 1) * side // n
        shape = [-1 if each == axis else 1 for each in range(reduced.ndim)]
        reduced = np.add.reduceat(reduced, starts[:-1], axis) / np.diff(starts).astype(np.float32).reshape(shape)
    return reduced


def principal(pictures: Features, n: int = _N_COMPONENTS) -> Features:
    """Return the n principal components of pictures: float32 (N, n), or fewer if the pictures have fewer values."""
    centred = torch.from_numpy(pictures - pictures.mean(axis=0))
    _, directions = torch.linalg.eigh(centred.T @ centred)
    return np.asarray((centred @ directions[:, -n:]).numpy())


def arrange(features: Features, side: int) -> NDArray[np.int64]:
    """Return which hand stands in each cell of a square grid, so that neighbours are alike.

    The map is blurred, and hands are exchanged so that each comes near to the blurred map at its cell; then the radius
    of the blur shrinks. As in the source's fast variant, few cells at a time are exchanged; here these are four, whose
    24 orders are all compared.
    Source: Barthel and others, "Improved evaluation and generation of grid layouts using distance preservation quality
    and linear assignment sorting" (Computer Graphics Forum 42, 2023).

    Args:
        features: of the hands, (side * side, F); their Euclidean distance is the unlikeness of two hands.
        side: cells in a row, and rows.

    Returns:
        The index of a hand for each cell, row by row: a permutation.
    """
    random = np.random.Generator(np.random.Philox(0))
    n = side * side
    order = random.permutation(n)
    places = np.stack(np.divmod(np.arange(n), side))
    radius = side / 2
    while radius >= 1:
        reach = round(radius)
        target = _blurred(features[order].reshape(side, side, -1), reach).reshape(n, -1)
        window = 2 * reach + 1
        for _ in range(_SWEEPS):
            row, column = (places + random.integers(0, window, (2, 1))) // window
            mixed = np.argsort(row * n + column + random.random(n))  # by windows, at random in each
            cells = mixed[: n // _GROUP * _GROUP].reshape(-1, _GROUP)
            hands = order[cells]
            gains = target[cells] @ features[hands].transpose(0, 2, 1)  # a hand's squared length counts in every cell
            best = _ORDERS[gains[:, np.arange(_GROUP), _ORDERS].sum(axis=2).argmax(axis=1)]
            order[cells] = np.take_along_axis(hands, best, axis=1)
        radius *= _SHRINKS
    return order


def _blurred(grid: Features, reach: int) -> Features:
    """Return means over squares of 2 * reach + 1 cells, or what of them is in the grid: (H, W, F)."""
    for axis in (0, 1):
        n = grid.shape[axis]
        sums = np.insert(grid.cumsum(axis, dtype=np.float64), 0, 0, axis)
        first, end = np.maximum(np.arange(n) - reach, 0), np.minimum(np.arange(n) + reach + 1, n)
        width = (end - first).reshape((-1, 1, 1) if axis == 0 else (-1, 1))
        grid = ((sums.take(end, axis) - sums.take(first, axis)) / width).astype(np.float32)
    return grid


def neighbour_difference(pictures: Features, side: int) -> float:
    """Return the mean difference of cells side by side or one above the other, each the root mean square.

    Args:
        pictures: row by row, (side * side, P).
        side: cells in a row.
    """
    grid = pictures.reshape(side, side, -1)
    pairs = ((grid[1:], grid[:-1]), (grid[:, 1:], grid[:, :-1]))
    return float(np.mean([np.sqrt(np.mean((one - other) ** 2, axis=-1)).mean() for one, other in pairs]))


def add_map(folder: Path, side: int) -> HandMapFacts:
    """Put a map of a model's hands, those of its first seeds, into a version's folder; return its part of the card.

    On one machine, the same version and side give the same bytes.

    Args:
        folder: of the version.
        side: cells in a row, and rows.

    Raises:
        ExportRefused: the version is damaged; it stays unchanged.
    """
    card, content = read_version(folder)
    seeds = np.arange(side * side, dtype=np.uint64)
    pictures = pictures_of(GeneratorSession(content), card, seeds)
    order = arrange(principal(pictures), side)
    text = HandMap(columns=side, rows=side, seeds=seeds[order].tolist()).model_dump_json().encode() + b"\n"
    at_random = np.random.Generator(np.random.Philox(1)).permutation(len(seeds))
    described = HandMapFacts(
        file=DescribedFile(sha256=hashlib.sha256(text).hexdigest(), size_bytes=len(text)),
        columns=side,
        rows=side,
        neighbour_difference=neighbour_difference(pictures[order], side),
        random_difference=neighbour_difference(pictures[at_random], side),
    )
    with revised(folder) as aside:
        (aside / MAP_FILE).write_bytes(text)
        cards.write_card(cards.read_card(aside).model_copy(update={"map": described}), aside)
    return described


def table(hand_map: HandMapFacts) -> Table:
    """Return a table for the terminal: how alike neighbours are, and hands at random."""
    rows = Table(title=f"{hand_map.columns} x {hand_map.rows} hands")
    rows.add_column("difference, in grey levels")
    rows.add_column("", justify="right")
    rows.add_row("of neighbours on the map", f"{hand_map.neighbour_difference:.1f}")
    rows.add_row("of neighbours at random", f"{hand_map.random_difference:.1f}")
    return rows
