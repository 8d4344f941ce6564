"""Runs ONNX graphs with onnxruntime, on one thread of the processor so that the number of cores changes no bit.

All of training imports onnxruntime from here. Since 1.29 its Linux wheels report to Microsoft what they run; the
environment variable that stops this must be set before the import.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime
from onnxruntime import quantization

__all__ = ["EncoderSession", "GeneratorSession", "one_thread", "onnxruntime", "quantization", "without_prefix"]

_FATAL = 4
_ROWS = 500  # images that an encoder reads in one run


def one_thread(graph: bytes | Path) -> onnxruntime.InferenceSession:
    """Return a session for an ONNX graph.

    Args:
        graph: the file's bytes or its path.

    Raises:
        Exception: onnxruntime cannot load the graph; its errors share no narrower base class.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL  # errors are raised, and the log would repeat them
    source = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def without_prefix(error: Exception) -> str:
    """Return the first line of an error of onnxruntime without the code that it begins with."""
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error)).strip().partition("\n")[0]


class GeneratorSession:
    """A generator's graph that follows the model contract.

    Args:
        graph: the file's bytes.
    """

    def __init__(self, graph: bytes) -> None:
        self._session = one_thread(graph)
        self._inputs = [value.name for value in self._session.get_inputs()]

    @property
    def is_conditional(self) -> bool:
        """Whether the graph takes labels."""
        return "label" in self._inputs

    def run(
        self,
        latent: NDArray[np.float32],
        label: NDArray[np.int64] | None = None,
        truncation: float = 1.0,
        outputs: Sequence[str] = ("image",),
    ) -> list[NDArray[np.generic]]:
        """Return the requested outputs.

        Args:
            latent: float32 (N, L).
            label: int64 (N,); None leaves the latents' own classes.
            truncation: of every row.
            outputs: their names.
        """
        feed: dict[str, NDArray[np.generic]] = {
            "latent": latent,
            "truncation": np.full(len(latent), truncation, np.float32),
        }
        if self.is_conditional:
            feed["label"] = np.full(len(latent), -1, np.int64) if label is None else label
        results: list[NDArray[np.generic]] = self._session.run(list(outputs), feed)
        return results


class EncoderSession:
    """An encoder's graph.

    Args:
        graph: the file's bytes.
    """

    def __init__(self, graph: bytes) -> None:
        self._session = one_thread(graph)

    def run(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return latents (N, L) and classes (N,) of images (N, 28, 28)."""
        runs = [
            self._session.run(["latent", "class"], {"image": images[start : start + _ROWS]})
            for start in range(0, len(images), _ROWS)
        ]
        latent, classes = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        return latent, classes
