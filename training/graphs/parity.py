"""Measures how closely an ONNX graph follows its PyTorch generator or another graph."""

import copy

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from digitgan.contract.card import Parity
from digitgan.contract.latents import seeds_to_latents

from ..drawing.sheets import as_pixels, to_grey_levels
from ..errors import ExportRefused
from ..networks.base import Generator
from .sessions import GeneratorSession
from .wrapping import LEVELS

N_LATENTS = 1000
BATCHES = (2, 7, 64, 256)
MAX_FLOAT_DIFFERENCE = 1e-5  # in tanh's range; measured: 4e-6 to 9e-6, from the order of float32 additions
MAX_MODULE_DIFFERENCES = 1.5  # or this multiple of the float32 module's own error, if that is more
MAX_DIFFERING_SHARE = 1e-4
MAX_LEVEL_DIFFERENCE = 1
_USUAL_VALUES = 28 * 28  # of an image; of larger ones, fewer are drawn at a time


@torch.no_grad()
def check(model: onnx.ModelProto, generator: Generator) -> Parity:
    """Return how closely a graph follows a generator in evaluation mode, over latents of 1,000 seeds.

    The generator runs in float64, so that only the graph's rounding is measured. The size of float32 rounding errors
    depends on the weights, so PyTorch's own is measured too: the longer a generator was trained, the steeper it is.
    After 26,078 iterations of `digits`, PyTorch's float32 differs by 1.36e-5 and the graph by 1.30e-5.

    Raises:
        ExportRefused: the graph differs too much; the message says by how much.
    """
    latent = seeds_to_latents(range(N_LATENTS), generator.style_size + generator.n_classes)
    style, scores = np.split(latent, [generator.style_size], axis=1)
    label = scores.argmax(axis=1) if generator.n_classes else np.zeros(N_LATENTS, np.int64)
    exact = copy.deepcopy(generator).double()
    n_values = generator(torch.from_numpy(style[:1]), torch.from_numpy(label[:1])).numel()
    found, own = [], 0.0
    for rows in _batches(n_values):
        expected = exact(torch.from_numpy(style[rows]).double(), torch.from_numpy(label[rows]))
        pixels = as_pixels(expected)
        found.append(_parity(_draw(model, latent[rows]), (to_grey_levels(pixels), pixels.numpy())))
        rounded = generator(torch.from_numpy(style[rows]), torch.from_numpy(label[rows]))
        own = max(own, float((rounded.double() - expected).abs().max()))
    parity = _joined(found).model_copy(update={"module_float_difference": own})
    allowed = max(MAX_FLOAT_DIFFERENCE, MAX_MODULE_DIFFERENCES * own)
    if (
        parity.max_float_difference > allowed
        or parity.differing_pixels_share > MAX_DIFFERING_SHARE
        or parity.max_grey_level_difference > MAX_LEVEL_DIFFERENCE
    ):
        raise ExportRefused(
            f"the graph differs from its PyTorch module: by {parity.max_float_difference:.1e} in tanh's range "
            f"({allowed:.1e} is allowed), in {parity.differing_pixels_share:.1e} of the pixels "
            f"({MAX_DIFFERING_SHARE:.0e} is allowed), by up to {parity.max_grey_level_difference} grey levels "
            f"({MAX_LEVEL_DIFFERENCE} is allowed)"
        )
    return parity


def compare(model: onnx.ModelProto, reference: onnx.ModelProto, latent_size: int) -> Parity:
    """Return how closely a graph follows another with the same inputs, over latents of 1,000 seeds."""
    latent = seeds_to_latents(range(N_LATENTS), latent_size)
    n_values = GeneratorSession(model.SerializeToString()).run(latent[:1])[0].size
    batches = _batches(n_values)
    return _joined([_parity(_draw(model, latent[rows]), _draw(reference, latent[rows])) for rows in batches])


def _batches(n_values: int) -> list[slice]:
    """Return the rows that are drawn at a time, of images with so many values: all at once up to 28 x 28."""
    n = max(1, N_LATENTS * _USUAL_VALUES // max(_USUAL_VALUES, n_values))
    return [slice(start, start + n) for start in range(0, N_LATENTS, n)]


def check_rows(generator: GeneratorSession, latent_size: int) -> None:
    """Raise ExportRefused unless a row gives the same image alone and in batches of 2, 7, 64 and 256."""
    latent = seeds_to_latents(range(max(BATCHES)), latent_size)
    alone = np.concatenate([generator.run(row[None])[0] for row in latent])
    for size in BATCHES:
        (together,) = generator.run(latent[:size])
        if not np.array_equal(together, alone[:size]):
            raise ExportRefused(
                f"an image depends on its batch: in a batch of {size} rows, some images differ from those drawn alone"
            )


Drawn = tuple[NDArray[np.uint8], NDArray[np.float32]]  # the same N images as grey levels and in tanh's range


def _draw(model: onnx.ModelProto, latent: NDArray[np.float32]) -> Drawn:
    """Return a graph's images of latents (N, L), before and after rounding to grey levels."""
    watched, name = _with_floats(model)
    images, values = GeneratorSession(watched.SerializeToString()).run(latent, outputs=("image", name))
    floats = values.astype(np.float32, copy=False)
    if images.ndim == 4 and floats.shape != images.shape:
        floats = np.moveaxis(floats, 1, -1)  # the last tanh has the channels first
    return images.astype(np.uint8, copy=False), floats / 127.5 - 1 if name == LEVELS else floats


def _parity(found: Drawn, expected: Drawn) -> Parity:
    levels = np.abs(found[0].astype(np.int64) - expected[0].astype(np.int64))
    return Parity(
        n_latents=len(levels),
        max_float_difference=float(np.abs(found[1].reshape(levels.shape) - expected[1].reshape(levels.shape)).max()),
        differing_pixels_share=float((levels > 0).mean()),
        max_grey_level_difference=int(levels.max()),
    )


def _joined(found: list[Parity]) -> Parity:
    """Return the parity of several batches together."""
    n = sum(each.n_latents for each in found)
    return Parity(
        n_latents=n,
        max_float_difference=max(each.max_float_difference for each in found),
        differing_pixels_share=sum(each.differing_pixels_share * each.n_latents for each in found) / n,
        max_grey_level_difference=max(each.max_grey_level_difference for each in found),
    )


def _with_floats(model: onnx.ModelProto) -> tuple[onnx.ModelProto, str]:
    """Return a copy of the graph that also outputs its images before rounding, and the name of that output.

    They are the levels of an adopted generator, or else the last tanh.

    Raises:
        ExportRefused: the graph has neither.
    """
    names = [node.output[0] for node in model.graph.node if node.op_type == "Tanh" or LEVELS in node.output]
    if not names:
        raise ExportRefused("the graph has no tanh, whose values could be compared with those of another graph")
    name = LEVELS if LEVELS in names else names[-1]
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.append(onnx.ValueInfoProto(name=name))
    return watched, name
