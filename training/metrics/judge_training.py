"""Trains the judges: small classifiers of real images, written as ONNX files.

No judge is ever a loss for a generator, and no judge sees generated images in training. There are two, of different
architecture and seed. `plain` scores models and selects snapshots; `residual` selects nothing, and so reveals a
generator that was fitted to the first judge rather than to the digits.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..choices import Architecture
from ..data import Dataset
from .judge import write_judge

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
N_FEATURES = 128

OnStep = Callable[[int, float], None]

_BATCH = 128
_PEAK_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 0.02
_MAX_SHIFT = 2  # pixels; digits lie within 1 to 2 pixels of their centre of mass, so readers must tolerate this
_DROPOUT = 0.3
_EVAL_BATCH = 500
_LARGEST_SIDE = 32  # pixels; larger images are halved first
_N_HALVED = 8  # channels of large images on the way
_OPSET = 18  # the newest that the oldest supported onnxruntime reads without a warning


class Classifier(nn.Module):
    """A body that turns images into features, and one linear layer that turns features into logits.

    Args:
        body: float (N, C, H, W), 0..1 -> float (N, features); those of a judge are not negative.
        n_classes: logits.
        n_features: that the body returns.
    """

    feature_scale: Tensor

    def __init__(self, body: nn.Module, n_classes: int, n_features: int = N_FEATURES) -> None:
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(n_features, n_classes)
        self.register_buffer("feature_scale", torch.ones(()))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, classes) and scaled features (N, 128) of uint8 images (N, H, W) or (N, H, W, 3)."""
        channels_first = image.unsqueeze(1) if image.dim() == 3 else image.permute(0, 3, 1, 2)
        features = self.body(channels_first.float() / 255)
        return self.head(self.dropout(features)), features * self.feature_scale


def build(
    architecture: Architecture, n_classes: int = 10, size: tuple[int, int] = (28, 28), n_channels: int = 1
) -> Classifier:
    """Return an untrained classifier; for 28 x 28 grey pixels, either has 0.1 million parameters.

    Args:
        architecture: which of the two.
        n_classes: logits.
        size: height and width of the images.
        n_channels: 1 for grey images, 3 for RGB.
    """
    first, n_first, (height, width) = halved(n_channels, size)
    if architecture == "plain":
        body = plain(n_first, partial(nn.Linear, 64 * max(1, height >> 3) * max(1, width >> 3)))
    else:
        body = _residual(n_first)
    return Classifier(nn.Sequential(*first, *body), n_classes)


def halved(n_channels: int, size: tuple[int, int]) -> tuple[list[nn.Module], int, tuple[int, int]]:
    """Return layers that halve large images until they have about 28 x 28 pixels, and what comes out of them.

    Args:
        n_channels: of the images.
        size: height and width of the images.

    Returns:
        The layers, none for images up to a little over 28 x 28; the number of channels, the height and the width.
    """
    layers: list[nn.Module] = []
    height, width = size
    while max(height, width) > _LARGEST_SIDE:
        layers += convolution(n_channels, _N_HALVED, 4, stride=2)
        n_channels, height, width = _N_HALVED, height // 2, width // 2
    return layers, n_channels, (height, width)


def convolution(n_in: int, n_out: int, size: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Return a convolution that keeps height and width up to its stride, with normalisation and ReLU."""
    padding = (size - 1) // 2
    return [nn.Conv2d(n_in, n_out, size, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]


def plain(n_channels: int, dense: Callable[..., nn.Module]) -> nn.Sequential:
    """Return convolutions and pooling as in LeNet; the features depend on where in the picture a stroke lies.

    Args:
        n_channels: of the images.
        dense: makes the layer that sees all places from its number of outputs and a keyword, ``bias``.
    """
    return nn.Sequential(
        *convolution(n_channels, 16, 5),
        nn.MaxPool2d(2),  # 14 x 14
        *convolution(16, 32, 3),
        *convolution(32, 32, 3),
        nn.MaxPool2d(2),  # 7 x 7
        *convolution(32, 64, 3),
        nn.MaxPool2d(2),  # 3 x 3
        nn.Flatten(),
        dense(N_FEATURES, bias=False),
        nn.BatchNorm1d(N_FEATURES),
        nn.ReLU(),
    )


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut.

    Args:
        n_channels: of input and output.
    """

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *convolution(n_channels, n_channels, 3), nn.Conv2d(n_channels, n_channels, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of both ways, (N, channels, H, W) as the input."""
        return functional.silu(x + self.branch(x))


def _residual(n_channels: int) -> nn.Sequential:
    """Return strides, residual blocks and a mean over places; the features depend less on positions."""
    return nn.Sequential(
        *convolution(n_channels, 24, 5, stride=2),  # 14 x 14
        ResidualBlock(24),
        *convolution(24, 48, 3, stride=2),  # 7 x 7
        ResidualBlock(48),
        *convolution(48, N_FEATURES, 3, stride=2),  # 4 x 4
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def train(
    architecture: Architecture,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    *,
    seed: int,
    n_steps: int,
    max_shift: int = _MAX_SHIFT,
    on_step: OnStep = lambda _step, _loss: None,
) -> Classifier:
    """Return a trained classifier with the architecture of a judge.

    Args:
        architecture: which of the two.
        images: see `fit`.
        labels: see `fit`; the largest one gives the number of classes.
        seed: decides initial weights, order and shifts; equal seeds give equal weights on one machine.
        n_steps: see `fit`.
        max_shift: see `fit`.
        on_step: see `fit`.
    """
    torch.manual_seed(seed)
    height, width, *channels = images.shape[1:]
    model = build(architecture, int(labels.max()) + 1, (height, width), *channels)
    return fit(model, images, labels, n_steps=n_steps, max_shift=max_shift, on_step=on_step)


def fit(
    model: Classifier,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    *,
    n_steps: int,
    max_shift: int = _MAX_SHIFT,
    on_step: OnStep = lambda _step, _loss: None,
) -> Classifier:
    """Return a classifier after training with AdamW, one cycle of the learning rate, and random shifts.

    Args:
        model: trained in place; torch's random state decides order and shifts.
        images: uint8 (N, H, W), 0 is background; or (N, H, W, 3).
        labels: integers from 0, (N,).
        n_steps: batches of 128; not 5, for which torch's cycle divides by zero.
        max_shift: the most pixels that an image moves.
        on_step: called after each step with its number, from 1, and its loss.
    """
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch types tensors only
    optimiser = torch.optim.AdamW(model.parameters(), lr=_PEAK_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_LEARNING_RATE, total_steps=n_steps, pct_start=0.2)
    pixels, targets = torch.tensor(images), torch.tensor(labels.astype(np.int64))
    model.train()
    for step, rows in zip(range(1, n_steps + 1), _shuffled(len(pixels)), strict=False):
        logits, _ = model(_shift(pixels[rows], max_shift))
        loss = functional.cross_entropy(logits, targets[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stubs lack it
        optimiser.step()
        schedule.step()
        on_step(step, loss.item())
    return model.eval()


def _shuffled(n: int) -> Iterator[Tensor]:
    """Yield batches of row numbers endlessly, each row once per epoch, without the last short batch."""
    while True:
        yield from torch.split(torch.randperm(n), _BATCH)[: max(1, n // _BATCH)]


def _shift(images: Tensor, most: int) -> Tensor:
    """Return images, uint8 (N, H, W) or (N, H, W, 3), each moved by a random number of pixels; the gap is black."""
    (height, width), n_places, is_rgb = images.shape[1:3], 2 * most + 1, images.dim() == 4
    padded = functional.pad(images, [*[0] * (2 * is_rgb), *[most] * 4])
    windows = padded.unfold(1, height, 1).unfold(2, width, 1)  # (N, places, places, [3,] H, W), no copy
    down, right = torch.randint(n_places, (2, len(images)))
    shifted = windows[torch.arange(len(images)), down, right]
    return shifted.movedim(1, -1) if is_rgb else shifted


def set_feature_scale(model: Classifier, images: NDArray[np.uint8]) -> None:
    """Scale a classifier's features so that their mean square over these images is 1.

    Distances between features then have one scale for any architecture and seed, and the cubic polynomial of the kernel
    distance works in its intended range.
    """
    with torch.no_grad():
        model.feature_scale.fill_(1)
        square = [model(batch)[1].square().mean() for batch in torch.split(torch.tensor(images), _EVAL_BATCH)]
        model.feature_scale.copy_(torch.stack(square).mean().rsqrt())


def to_onnx(model: Classifier, shape: tuple[int, ...] = (28, 28)) -> bytes:
    """Return the classifier as one ONNX file: uint8 `image` (N, H, W[, 3]) -> float32 `logits` and `features`.

    The bytes contain no path or source line of the machine that wrote them.

    Args:
        model: the classifier.
        shape: of an image.
    """
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about deprecations in itself and its dependencies
        program = torch.onnx.export(
            model.eval(),
            (torch.zeros(2, *shape, dtype=torch.uint8),),
            dynamo=True,
            input_names=["image"],
            output_names=["logits", "features"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            opset_version=_OPSET,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned no program")
    proto = program.model_proto
    for part in (*proto.graph.node, *proto.graph.value_info, *proto.graph.input, *proto.graph.output):
        del part.metadata_props[:]
    del proto.metadata_props[:], proto.graph.metadata_props[:]
    onnx.checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def accuracy(model: Classifier, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> float:
    """Return the share of images (N, ...) that a classifier reads as their labels (N,)."""
    return float(np.mean(read(model, images) == labels))


@torch.no_grad()
def read(model: Classifier, images: NDArray[np.uint8]) -> NDArray[np.integer]:
    """Return the class that a classifier reads in each of the images (N, ...): (N,)."""
    return torch.cat([model(rows)[0].argmax(1) for rows in torch.split(torch.tensor(images), _EVAL_BATCH)]).numpy()


def make(
    architecture: Architecture,
    dataset: Dataset,
    folder: Path,
    *,
    seed: int,
    n_steps: int,
    on_step: OnStep = lambda _step, _loss: None,
) -> str:
    """Train a judge on a data set and write it, with facts about it, into a folder; return the file's sha256.

    Args:
        architecture: which of the two; the judge has its name.
        dataset: its training digits are learned from; its test digits measure the accuracy.
        folder: for the weights and the manifest; `training.metrics.judge.WEIGHTS_FOLDER` replaces the shipped ones.
        seed: see `train`.
        n_steps: see `train`.
        on_step: see `train`.
    """
    model = train(architecture, dataset.train_images, dataset.train_labels, seed=seed, n_steps=n_steps, on_step=on_step)
    set_feature_scale(model, dataset.train_images[:10_000])
    facts = {
        "architecture": architecture,
        "seed": seed,
        "n_steps": n_steps,
        "data": dataset.name,
        "data_sha256": dataset.sha256,
        "test_accuracy": accuracy(model, dataset.test_images, dataset.test_labels),
    }
    return write_judge(to_onnx(model, dataset.train_images.shape[1:]), architecture, facts, folder)
