"""Draws images from an exported generator: one that follows the model contract, or a foreign one."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.latents import seeds_to_latents

from ..errors import NotScorable
from ..graphs.sessions import one_thread

_ROWS = 250
_SIDE = 28


class ScorableGenerator:
    """A generator in an ONNX file, run on one thread of the processor.

    It follows the model contract, with inputs `latent`, `label` if it has classes and `truncation`, and the uint8
    output `image`. Or it is foreign, with one float input of fixed width and a first output of 784 floats from -1 to 1
    per image.

    Args:
        path: the file.

    Raises:
        NotScorable: the file cannot be loaded, or is neither.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._session = one_thread(path)
        except Exception as error:  # onnxruntime's errors share no narrower base class
            raise NotScorable(f"{path}: onnxruntime cannot load it: {error}") from error
        inputs = {each.name: each for each in self._session.get_inputs()}
        is_ours = "latent" in inputs and self._session.get_outputs()[0].type == "tensor(uint8)"
        if not is_ours and len(inputs) != 1:
            raise NotScorable(
                f"{path}: inputs {', '.join(inputs)}; allowed are those of the model contract, or a single one"
            )
        latent = inputs["latent"] if is_ours else next(iter(inputs.values()))
        widths = latent.shape[1:]
        if latent.type != "tensor(float)" or not widths or not all(isinstance(width, int) for width in widths):
            raise NotScorable(
                f"{path}: input {latent.name} is {latent.type} {latent.shape}; it must be floats of known width"
            )
        self._latent_name, self._widths = latent.name, widths
        self._rows = latent.shape[0] if isinstance(latent.shape[0], int) else _ROWS
        self._has_truncation = "truncation" in inputs
        self.is_conditional = "label" in inputs

    def draw(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float = 1.0) -> NDArray[np.uint8]:
        """Return one image per seed: uint8 (N, 28, 28), 0 is background.

        Args:
            seeds: (N,), each 0 .. 2**53 - 1, N at least 1.
            labels: (N,), ignored by a generator without classes; -1 leaves the latent's own class.
            truncation: of every image, ignored by a generator without such an input.

        Raises:
            NotScorable: the file cannot be run, or its output is not an image of 28 x 28 pixels.
        """
        parts = [
            self._run(seeds[start : start + self._rows], labels[start : start + self._rows], truncation)
            for start in range(0, len(seeds), self._rows)
        ]
        return np.concatenate(parts)

    def _run(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float) -> NDArray[np.uint8]:
        n = len(seeds)
        seeds, labels = np.resize(seeds, self._rows), np.resize(labels, self._rows)  # a fixed batch must be full
        feeds: dict[str, Any] = {
            self._latent_name: seeds_to_latents(seeds, int(np.prod(self._widths))).reshape(-1, *self._widths)
        }
        if self.is_conditional:
            feeds["label"] = labels.astype(np.int64)
        if self._has_truncation:
            feeds["truncation"] = np.full(len(seeds), truncation, np.float32)
        try:
            images = np.asarray(self._session.run(None, feeds)[0])
        except Exception as error:  # as above
            raise NotScorable(f"the model cannot be run: {error}") from error
        if images.size != len(seeds) * _SIDE**2:
            raise NotScorable(f"the model's first output is {images.shape}; allowed are {_SIDE} x {_SIDE} grey images")
        if images.dtype != np.uint8:
            images = np.clip(np.rint((images.astype(np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
        return images.reshape(-1, _SIDE, _SIDE)[:n]
