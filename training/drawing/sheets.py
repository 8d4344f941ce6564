"""Sample sheets: pictures of fixed seeds, so that two sheets can be compared, and their layout."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from digitgan.contract.files import write_whole
from digitgan.contract.latents import seeds_to_latents

from ..networks.base import Generator

_PADDING = 2  # black pixels around each picture
_SCALE = 2


def n_columns(rows: int, n_classes: int) -> int:
    """Return the number of pictures in a row: one per class, or without classes as many as there are rows."""
    return n_classes or rows


def grid(rows: int, n_classes: int) -> tuple[list[int], NDArray[np.int64]]:
    """Return the seeds and labels of a sheet's pictures, row by row: N integers, and int64 (N,).

    Without classes the seeds are 0, 1, 2, ...; with classes each row has one seed and each column one class, so that
    a row shows one hand.
    """
    columns = n_columns(rows, n_classes)
    index = np.arange(rows * columns)
    if not n_classes:
        return index.tolist(), np.zeros_like(index)
    return (index // columns).tolist(), index % columns


def draw(generator: Generator, rows: int) -> NDArray[np.uint8]:
    """Return the sheet's pictures by a generator in evaluation mode: uint8 (rows * columns, H, W) or (..., H, W, 3)."""
    seeds, label = grid(rows, generator.n_classes)
    return draw_seeds(generator, seeds, label)


@torch.no_grad()
def draw_seeds(
    generator: Generator, seeds: Sequence[int] | NDArray[np.uint64], label: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return the pictures of N seeds and labels (N,) by a generator in evaluation mode.

    They are uint8 (N, H, W), or (N, H, W, C) if there are channels.
    """
    style = seeds_to_latents(seeds, generator.style_size + generator.n_classes)[:, : generator.style_size]
    images: torch.Tensor = generator(torch.from_numpy(style), torch.from_numpy(label))
    return to_grey_levels(as_pixels(images))


def as_pixels(images: torch.Tensor) -> torch.Tensor:
    """Return images (N, H, W) as they are, and (N, C, H, W) as (N, H, W, C), as pictures have them."""
    return images.movedim(1, -1) if images.dim() == 4 else images


def to_grey_levels(images: torch.Tensor) -> NDArray[np.uint8]:
    """Return float images (N, ...) in -1..1 as uint8, 0 for -1 and 255 for 1, rounded half to even."""
    levels: NDArray[np.uint8] = ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return levels


def write_sheet(images: NDArray[np.uint8], columns: int, path: Path) -> None:
    """Write uint8 images (N, H, W), or (N, H, W, 3) in colour, as one PNG, row by row, each pixel doubled."""
    n, height, width, *channels = images.shape
    rows = -(-n // columns)
    cell_height, cell_width = height + 2 * _PADDING, width + 2 * _PADDING
    sheet = np.zeros((rows * cell_height, columns * cell_width, *channels), np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * cell_height + _PADDING, index % columns * cell_width + _PADDING
        sheet[top : top + height, left : left + width] = image
    picture = Image.fromarray(sheet.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1))
    packed = io.BytesIO()
    picture.save(packed, format="PNG", optimize=True)
    write_whole(path, packed.getbuffer())
