"""Draws images from an exported generator: one that follows the model contract, or a foreign one."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract import files
from digitgan.contract.latents import seeds_to_latents

from ..data import Dataset
from ..errors import NotScorable
from ..graphs.inputs import find_inputs
from ..graphs.pixels import detect
from ..graphs.sessions import one_thread, onnxruntime

_ROWS = 250
_SHAPE = (28, 28)  # of MNIST's images
_N_PROBED = 100  # images that show how a foreign generator's outputs hold pixels
_N_ALONE = 5  # of them, drawn again without the others
_N_CLASSES = 10  # of MNIST

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class ForeignHints:
    """What a person knows about a foreign generator; None for what the command should find out.

    Args:
        scale: the values of black and white in its output.
        label_input: the name of the input that takes labels.
    """

    scale: tuple[float, float] | None = None
    label_input: str | None = None


class ScorableGenerator:
    """A generator in an ONNX file, run on one thread of the processor.

    It follows the model contract, with inputs `latent`, `label` if it has classes and `truncation`, and the uint8
    output `image`. Or it is foreign: it takes normal noise of fixed width, perhaps with integer or one-hot labels, and
    the first output with as many values for each image as the real ones have holds the pixels, on a scale that a batch
    of them shows.

    Args:
        path: the file.
        dataset: of the real images, whose background and number of classes a foreign generator should have; None for
            those of MNIST.
        hints: for a foreign generator.

    Raises:
        NotScorable: the file cannot be loaded or run, is neither, or leaves open how it stores pixels.
    """

    def __init__(self, path: Path, dataset: Dataset | None = None, hints: ForeignHints | None = None) -> None:
        if path.exists() and files.size(path) is None:
            raise NotScorable(f"{path}: not a regular file")
        try:
            session = one_thread(path)
        except Exception as error:  # onnxruntime's errors share no narrower base class
            raise NotScorable(f"{path}: onnxruntime cannot load it: {error}") from error
        is_ours = "latent" in _names(session) and session.get_outputs()[0].type == "tensor(uint8)"
        try:
            self._file = (
                _ContractFile(session, dataset) if is_ours else _ForeignFile(session, dataset, hints or ForeignHints())
            )
        except NotScorable as error:
            raise NotScorable(f"{path}: {error}") from error
        self.is_conditional = self._file.is_conditional
        self.read_as = self._file.read_as
        """How a foreign generator's inputs and outputs are read, in a phrase; None for one of the model contract."""

    def draw(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float = 1.0) -> Images:
        """Return one image per seed, in the shape of the real ones: uint8 (N, H, W) or (N, H, W, 3).

        Args:
            seeds: (N,), each 0 .. 2**53 - 1, N at least 1.
            labels: (N,), ignored by a generator without classes; -1 has the seed choose the class.
            truncation: of every image, ignored by a generator without such an input.

        Raises:
            NotScorable: the file cannot be run, its output is not an image like the real ones, or a pixel is not a
                finite number.
        """
        rows = self._file.rows or max(
            1, _ROWS * math.prod(_SHAPE) // max(math.prod(_SHAPE), math.prod(self._file.shape))
        )
        return np.concatenate(
            [
                self._file.draw(seeds[start : start + rows], labels[start : start + rows], truncation)
                for start in range(0, len(seeds), rows)
            ]
        )


class _ContractFile:
    read_as = None

    def __init__(self, session: onnxruntime.InferenceSession, dataset: Dataset | None) -> None:
        self._session = session
        self.shape = _shape(dataset)
        latent = next(each for each in session.get_inputs() if each.name == "latent")
        if latent.type != "tensor(float)" or len(latent.shape) != 2 or not isinstance(latent.shape[1], int):
            raise NotScorable(f"input latent is {latent.type} {latent.shape}; it must be floats of known width")
        self._latent_size = latent.shape[1]
        self.rows = latent.shape[0] if isinstance(latent.shape[0], int) else None
        self._has_truncation = "truncation" in _names(session)
        self.is_conditional = "label" in _names(session)

    def draw(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float) -> Images:
        """Return uint8 images in the shape of the real ones."""
        n = len(seeds)
        seeds, labels = np.resize(seeds, self.rows or n), np.resize(labels, self.rows or n)  # a fixed batch is full
        feeds: dict[str, Any] = {"latent": seeds_to_latents(seeds, self._latent_size)}
        if self.is_conditional:
            feeds["label"] = labels.astype(np.int64)
        if self._has_truncation:
            feeds["truncation"] = np.full(len(seeds), truncation, np.float32)
        images: Images = _run(self._session, feeds)[0]
        if images.shape[1:] != self.shape:
            raise NotScorable(f"the model's first output is {images.shape}; allowed are {_spell(self.shape)} images")
        return images[:n]


class _ForeignFile:
    def __init__(self, session: onnxruntime.InferenceSession, dataset: Dataset | None, hints: ForeignHints) -> None:
        self._session = session
        self.shape = _shape(dataset)
        self._n_classes = dataset.n_classes if dataset else _N_CLASSES
        self._inputs = find_inputs(session.get_inputs(), label_input=hints.label_input, n_classes=self._n_classes)
        self.rows = self._inputs.rows
        self.is_conditional = self._inputs.label is not None
        self._place: int | None = None
        seeds, own = np.arange(_N_PROBED, dtype=np.uint64), np.full(_N_PROBED, -1)
        rows = self.rows or _N_PROBED
        starts = range(0, _N_PROBED, rows)
        outputs = np.concatenate([self._outputs(seeds[at : at + rows], own[at : at + rows]) for at in starts])
        real = dataset.test_images if dataset else None
        height, width = self.shape[:2]
        self._format = detect(outputs, size=(height, width), scale=hints.scale, real=real)
        alone = self._format.to_levels(self._outputs(seeds[:_N_ALONE], own[:_N_ALONE])).astype(int)
        is_steady = np.abs(alone - self._format.to_levels(outputs[:_N_ALONE])).max() <= 1
        varies = "" if is_steady else "; an image depends on its batch or on chance, so seeds do not repeat"
        self.read_as = f"{self._inputs}; {self._format}{varies}"

    def draw(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float) -> Images:  # noqa: ARG002
        """Return uint8 images in the shape of the real ones."""
        return self._format.to_levels(self._outputs(seeds, labels))

    def _outputs(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64]) -> NDArray[Any]:
        """Return the output with pixels for one batch: the first that has as many values as an image."""
        n = len(seeds)
        seeds, labels = np.resize(seeds, self.rows or n), np.resize(labels, self.rows or n)  # a fixed batch is full
        outputs = _run(self._session, self._inputs.feeds(seeds, labels, self._n_classes))
        if self._place is None:
            size = len(seeds) * math.prod(self.shape)
            self._place = next((place for place, each in enumerate(outputs) if each.size == size), 0)
        chosen = outputs[self._place]
        if not chosen.ndim or len(chosen) != len(seeds):
            raise NotScorable(f"the output for {len(seeds):,} images is {chosen.shape}; its first axis must be theirs")
        return chosen[:n]


def _shape(dataset: Dataset | None) -> tuple[int, ...]:
    """Return the shape of a real image."""
    return dataset.train_images.shape[1:] if dataset else _SHAPE


def _spell(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]} {'RGB' if len(shape) == 3 else 'grey'}"


def _names(session: onnxruntime.InferenceSession) -> list[str]:
    return [each.name for each in session.get_inputs()]


def _run(session: onnxruntime.InferenceSession, feeds: dict[str, Any]) -> list[NDArray[Any]]:
    try:
        return [np.asarray(each) for each in session.run(None, feeds)]
    except Exception as error:  # onnxruntime's errors share no narrower base class
        raise NotScorable(f"the model cannot be run: {error}") from error
