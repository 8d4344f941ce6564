"""Tensors of the Open Inference Protocol v2 on the wire: in JSON, and as raw bytes after the JSON.

Source: KServe, "Open Inference Protocol", REST; Triton, "Binary tensor data extension". All
numbers are little-endian, row by row; a BYTES element is its length, 4 bytes unsigned, and then itself.
"""

import math
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
import pybase64
from numpy.typing import NDArray

from digitgan.contract.errors import InvalidPlan

from .inference_schemas import InputTensor

TYPES: dict[str, np.dtype[Any]] = {"FP32": np.dtype("<f4"), "INT64": np.dtype("<i8"), "UINT8": np.dtype("u1")}


def read(inputs: Iterable[InputTensor], tail: bytes) -> dict[str, NDArray[Any]]:
    """Return each input by name, in the shape that it states.

    Args:
        inputs: the descriptions in the request's JSON, each with data or with a size in bytes.
        tail: what follows the JSON: the bytes of the inputs that have a size, one after the other.

    Raises:
        InvalidPlan: a name is given twice, a type is not supported, or data does not fit its description.
    """
    arrays: dict[str, NDArray[Any]] = {}
    start = 0
    for tensor in inputs:
        name, size = tensor.name, tensor.parameters.binary_data_size
        if name in arrays:
            raise InvalidPlan("inputs", f"input {name!r} is given twice")
        if tensor.datatype not in TYPES:
            raise InvalidPlan(
                "inputs", f"datatype of input {name!r} must be one of {', '.join(TYPES)}, not {tensor.datatype!r}"
            )
        if (size is None) == (tensor.data is None):
            raise InvalidPlan("inputs", f"input {name!r} needs either data or the parameter binary_data_size")
        if size is None:
            arrays[name] = _from_json(tensor)
        else:
            arrays[name] = _from_bytes(tensor, tail[start : start + size])
            start += size
    if start != len(tail):
        raise InvalidPlan("inputs", f"{len(tail):,} bytes follow the JSON, but the inputs' sizes add up to {start:,}")
    return arrays


def _from_bytes(tensor: InputTensor, content: bytes) -> NDArray[Any]:
    kind = TYPES[tensor.datatype]
    expected = math.prod(tensor.shape) * kind.itemsize
    if not len(content) == tensor.parameters.binary_data_size == expected:
        raise InvalidPlan(
            "inputs",
            f"input {tensor.name!r}, {tensor.datatype} {tensor.shape}, takes {expected:,} bytes; "
            f"binary_data_size is {tensor.parameters.binary_data_size:,}, and {len(content):,} bytes are present",
        )
    return _shaped(np.frombuffer(content, kind), tensor)


def _from_json(tensor: InputTensor) -> NDArray[Any]:
    kind = TYPES[tensor.datatype]
    try:
        # numpy would pad all texts to the longest of them.
        values = np.array(tensor.data if _kinds(tensor.data or []) <= {int, float} else None)
    except (ValueError, OverflowError):  # ragged, or nested too deep
        values = np.array(None)
    are_numbers = values.dtype.kind in "iuf"
    if values.size and not (are_numbers and (kind.kind == "f" or (np.trunc(values) == values).all())):
        what = "numbers" if kind.kind == "f" else "integers"
        raise InvalidPlan("inputs", f"the data of input {tensor.name!r} must be a list of {what}, flat or row by row")
    n = math.prod(tensor.shape)
    if values.size != n:
        what = f"the data of input {tensor.name!r}"
        detail = f"{what} must have {n:,} elements, as its shape says, not {values.size:,} elements"
        raise InvalidPlan("inputs", detail)
    most = np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max
    least = -most if kind.kind == "f" else np.iinfo(kind).min
    if values.size and not least <= values.min() <= values.max() <= most:
        what = f"every element of input {tensor.name!r}"
        raise InvalidPlan("inputs", f"{what} must be a finite number that fits {tensor.datatype}")
    return _shaped(values.astype(kind), tensor)


def _kinds(data: list[Any]) -> set[type]:
    """Return the types of the elements of nested lists, which are at most as deep as JSON is parsed."""
    kinds = set(map(type, data))
    if list in kinds:
        kinds.remove(list)
        kinds.update(*(_kinds(each) for each in data if type(each) is list))
    return kinds


def _shaped(values: NDArray[Any], tensor: InputTensor) -> NDArray[Any]:
    try:
        return values.reshape(tensor.shape)
    except ValueError as error:  # no elements, since one side is 0, beside sides that no array can have
        raise InvalidPlan(
            "inputs", f"input {tensor.name!r} has shape {tensor.shape}, which no array can have"
        ) from error


def described(name: str, values: NDArray[Any] | list[bytes]) -> dict[str, Any]:
    """Return name, datatype and shape of an output; strings of bytes are a BYTES tensor of one dimension."""
    if isinstance(values, list):
        return {"name": name, "datatype": "BYTES", "shape": [len(values)]}
    datatype = next(each for each, kind in TYPES.items() if kind == values.dtype)
    return {"name": name, "datatype": datatype, "shape": list(values.shape)}


def to_bytes(values: NDArray[Any] | list[bytes]) -> bytes:
    """Return an output's raw bytes."""
    if isinstance(values, list):
        return b"".join(struct.pack("<I", len(each)) + each for each in values)
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def to_json(values: NDArray[Any] | list[bytes]) -> list[Any]:
    """Return an output's elements, row by row in one list; strings of bytes in base64, since JSON has no bytes."""
    if isinstance(values, list):
        return [pybase64.b64encode_as_string(each) for each in values]
    elements: list[Any] = values.ravel().tolist()
    return elements
