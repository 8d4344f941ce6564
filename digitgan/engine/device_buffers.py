"""Fixed buffers on a device, such as a GPU, in which a session's runs read their inputs and leave their outputs.

A provider chooses its kernels anew for each number of rows that it meets, which takes milliseconds, and a kernel for
few rows occupies a GPU as long as one for some more. So the rows of a run are filled up to a power of two: there are
few sizes, all of which can be run before the first request, and each has its buffers, which are never allocated again.

Source: onnxruntime's documentation, "I/O Binding" and "CUDA Execution Provider"; buffers at fixed addresses are also
what a CUDA graph would need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.engine.runtime import onnxruntime

_TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(uint8)": np.uint8}  # those of the contract


@dataclass(frozen=True, slots=True)
class _Buffers:
    """Those of one number of rows; `host` has the inputs in full, because the device's are only replaced in full."""

    host: Mapping[str, NDArray[Any]]
    inputs: Mapping[str, onnxruntime.OrtValue]
    outputs: Sequence[onnxruntime.OrtValue]
    binding: onnxruntime.IOBinding


class DeviceBuffers:
    """Runs a session in buffers on its device; one run at a time.

    Args:
        session: of a graph that `check_contract` has accepted.
        outputs: names of the outputs to return.
        device: where the buffers are, as onnxruntime calls it: `cuda`, or `cpu`.
    """

    def __init__(self, session: onnxruntime.InferenceSession, outputs: Sequence[str], device: str) -> None:
        self._session = session
        self._device = device
        described = {node.name: node for node in session.get_outputs()}
        self._inputs = {node.name: (list(node.shape[1:]), _TYPES[node.type]) for node in session.get_inputs()}
        self._outputs = {name: (list(described[name].shape[1:]), _TYPES[described[name].type]) for name in outputs}
        self._buffers: dict[int, _Buffers] = {}
        self._running = Lock()

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the outputs for N rows, as `InferenceSession.run` does; callable from any thread.

        Args:
            feeds: every input by name, each with N rows, at least one.
        """
        n = len(next(iter(feeds.values())))
        size = padded(n)
        with self._running:
            buffers = self._buffers.get(size) or self._buffers.setdefault(size, self._allocate(size))
            for name, value in buffers.inputs.items():
                buffers.host[name][:n] = feeds[name]  # later rows have valid values of an earlier run, or zeros
                value.update_inplace(buffers.host[name])
            self._session.run_with_iobinding(buffers.binding)
            # On the processor, numpy() is a view of the buffer, which the next run overwrites.
            return [value.numpy()[:n].copy() for value in buffers.outputs]

    def _allocate(self, size: int) -> _Buffers:
        host = {name: np.zeros((size, *shape), kind) for name, (shape, kind) in self._inputs.items()}
        inputs = {
            name: onnxruntime.OrtValue.ortvalue_from_numpy(value.copy(), self._device, 0)
            for name, value in host.items()
        }
        outputs = {
            name: onnxruntime.OrtValue.ortvalue_from_shape_and_type([size, *shape], kind, self._device, 0)
            for name, (shape, kind) in self._outputs.items()
        }
        binding = self._session.io_binding()
        for name, value in inputs.items():
            binding.bind_ortvalue_input(name, value)
        for name, value in outputs.items():
            binding.bind_ortvalue_output(name, value)
        return _Buffers(host, inputs, list(outputs.values()), binding)


def padded(n_rows: int) -> int:
    """Return the number of rows with which a run of some rows happens: the next power of two."""
    return 1 << (n_rows - 1).bit_length()
