"""Finds which inputs of a foreign generator take noise and labels, and how it takes the labels.

A label is an integer for each image, or a row with a one in the place of its class.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.latents import seeds_to_latents

from ..errors import NotScorable

_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}
_LABEL_NAME = re.compile(
    r"label|class|category|digit|cond|one_?hot|(?:^|[._])[cy](?:$|[._])", re.IGNORECASE
)  # z, noise and latent are names of noise


class InputValue(Protocol):
    """An input as onnxruntime describes it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """Its type, such as ``tensor(float)``."""

    @property
    def shape(self) -> Sequence[int | str | None]:
        """Its axes; one whose length varies has a name or None."""


@dataclass(frozen=True)
class _Input:
    name: str
    kind: type[np.generic]
    axes: tuple[int, ...]  # without the first

    @property
    def size(self) -> int:
        return int(np.prod(self.axes))

    def full(self, rows: NDArray[np.generic]) -> NDArray[np.generic]:
        return rows.astype(self.kind).reshape(len(rows), *self.axes)


@dataclass(frozen=True)
class ForeignInputs:
    """The inputs of a foreign generator.

    Args:
        noise: takes standard normal noise.
        label: takes labels; None for a generator without them.
        n_classes: components of a one-hot label; None if labels are integers or there are none.
        rows: of every batch; None if their number is free.
    """

    noise: _Input
    label: _Input | None
    n_classes: int | None
    rows: int | None

    @property
    def noise_size(self) -> int:
        """Components of the noise of one image."""
        return self.noise.size

    def feeds(self, seeds: NDArray[np.uint64], labels: NDArray[np.int64], n_classes: int) -> dict[str, Any]:
        """Return what a session is given to draw one image per seed.

        Args:
            seeds: (N,), each 0 .. 2**53 - 1; if the batch is fixed, N must be ``rows``.
            labels: (N,), ignored without a label's input; -1 has the seed choose the class, as in the model contract.
            n_classes: of the data.
        """
        if self.label is None:
            return {self.noise.name: self.noise.full(seeds_to_latents(seeds, self.noise_size))}
        noise, scores = np.split(seeds_to_latents(seeds, self.noise_size + n_classes), [self.noise_size], axis=1)
        chosen = np.where(labels < 0, scores.argmax(axis=1), labels)
        given = chosen if self.n_classes is None else np.eye(n_classes)[chosen]
        return {self.noise.name: self.noise.full(noise), self.label.name: self.label.full(given)}

    def __str__(self) -> str:
        """Return a phrase for people."""
        noise = f"normal noise ({self.noise_size}) in {self.noise.name!r}"
        if self.label is None:
            return noise
        kind = "integer" if self.n_classes is None else "one-hot"
        return f"{noise}, {kind} labels in {self.label.name!r}"


def find_inputs(
    values: Sequence[InputValue], *, label_input: str | None = None, n_classes: int | None = None
) -> ForeignInputs:
    """Return what the inputs of a foreign generator take.

    Args:
        values: all of them, as a session describes them.
        label_input: the name of the one that takes labels, if somebody knows it; None to find it.
        n_classes: of the data, which one-hot labels must have; None if they are not known.

    Raises:
        NotScorable: there are other inputs than noise and labels, or one of them has a type or a shape that is not
            allowed, or it is not clear which is which.
    """
    if not 1 <= len(values) <= 2:
        raise NotScorable(f"the inputs are {_names(values)}; allowed are noise, or noise and labels")
    if label_input is not None and label_input not in [value.name for value in values]:
        raise NotScorable(f"there is no input {label_input!r}; the inputs are {_names(values)}")
    if label_input is not None and len(values) == 1:
        raise NotScorable(f"{label_input!r} is the only input, so it must take noise")
    inputs = [_read(value) for value in values]
    label = _label(inputs, label_input, n_classes) if len(inputs) == 2 else None
    (noise,) = (each for each in inputs if each is not label)
    if not issubclass(noise.kind, np.floating) or noise.size < 1:
        raise NotScorable(f"input {noise.name!r} is {noise.kind.__name__}; noise must be floats")
    rows = {value.shape[0] for value in values if isinstance(value.shape[0], int)}
    if len(rows) > 1:
        raise NotScorable(f"the inputs {_names(values)} have batches of different sizes: {sorted(rows)}")
    return ForeignInputs(
        noise=noise,
        label=label,
        n_classes=label.size if label and label.size > 1 else None,
        rows=rows.pop() if rows else None,
    )


def _names(values: Sequence[InputValue]) -> str:
    return ", ".join(repr(value.name) for value in values)


def _read(value: InputValue) -> _Input:
    """Return an input whose type and axes are allowed."""
    axes = [axis for axis in value.shape[1:] if isinstance(axis, int)]
    if value.type not in _TYPES or not value.shape or len(axes) < len(value.shape) - 1:
        raise NotScorable(
            f"input {value.name!r} is {value.type} {list(value.shape)}; it must be floats of known width, or labels"
        )
    return _Input(value.name, _TYPES[value.type], tuple(axes))


def _label(inputs: list[_Input], label_input: str | None, n_classes: int | None) -> _Input:
    """Return the one of two inputs that takes labels."""
    if label_input is not None:
        candidates = [each for each in inputs if each.name == label_input]
    else:
        integers = [each for each in inputs if not issubclass(each.kind, np.floating)]
        named = [each for each in inputs if _LABEL_NAME.search(each.name)]
        wide = [each for each in inputs if each.size == n_classes]
        candidates = next((found for found in (integers, named, wide) if len(found) == 1), [])
    if not candidates:
        raise NotScorable(
            f"it is not clear which of the inputs {inputs[0].name!r} and {inputs[1].name!r} takes labels; name it "
            "with --label-input"
        )
    (label,) = candidates
    if label.size > 1 and n_classes is not None and label.size != n_classes:
        raise NotScorable(f"input {label.name!r} takes labels of {label.size:,} classes, but the data have {n_classes}")
    return label
