"""Knows how to draw images from an exported generator: by this project's contract, or by the shape that others use.

Does not know scores, nor what was asked of a generator beyond seeds and labels.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.latents import seeds_to_latents
from training.errors import NotScorable
from training.graphs.sessions import one_thread

_ROWS = 250
_SIDE = 28


class OnnxGenerator:
    """A generator in an ONNX file, run on one thread of the processor.

    Either it follows the model contract: inputs `latent`, `label` where it has classes, `truncation`; output `image`,
    uint8. Or it is foreign: one float input of fixed width, and a first output of 784 floats from -1 to 1 an image.

    Args:
        path: the file.

    Raises:
        NotScorable: the file cannot be loaded, or is neither of the two.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._session = one_thread(path)
        except Exception as error:  # onnxruntime's errors share no base class below this one
            raise NotScorable(f"{path}: onnxruntime cannot load it: {error}") from error
        inputs = {each.name: each for each in self._session.get_inputs()}
        is_ours = "latent" in inputs and self._session.get_outputs()[0].type == "tensor(uint8)"
        if not is_ours and len(inputs) != 1:
            raise NotScorable(f"{path}: inputs {', '.join(inputs)}; allowed are the model contract's, or a single one")
        latent = inputs["latent"] if is_ours else next(iter(inputs.values()))
        widths = latent.shape[1:]
        if latent.type != "tensor(float)" or not widths or not all(isinstance(width, int) for width in widths):
            raise NotScorable(f"{path}: input {latent.name} is {latent.type} {latent.shape}, not floats of known width")
        self._latent_name, self._widths = latent.name, widths
        self._rows = latent.shape[0] if isinstance(latent.shape[0], int) else _ROWS
        self._has_truncation = "truncation" in inputs
        self.is_conditional = "label" in inputs

    def draw(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float = 1.0) -> NDArray[np.uint8]:
        """Return one image a seed: uint8 (N, 28, 28), 0 is background.

        Args:
            seeds: (N,), each 0 .. 2**53 - 1, N at least 1.
            labels: (N,), not looked at by a generator without classes; -1 leaves the latent's own class.
            truncation: of every image; not looked at by a generator that takes none.

        Raises:
            NotScorable: the file cannot be run, or what comes out is no image of 28 x 28.
        """
        parts = [
            self._run(seeds[start : start + self._rows], labels[start : start + self._rows], truncation)
            for start in range(0, len(seeds), self._rows)
        ]
        return np.concatenate(parts)

    def _run(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], truncation: float) -> NDArray[np.uint8]:
        n = len(seeds)
        seeds, labels = np.resize(seeds, self._rows), np.resize(labels, self._rows)  # a fixed batch takes no short one
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
