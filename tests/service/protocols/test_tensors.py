"""Tensors in JSON and in bytes."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import InvalidPlan
from service.protocols.inference_schemas import InputTensor
from service.protocols.tensors import described, read, to_bytes, to_json


def an_input(**said: Any) -> InputTensor:
    return InputTensor.model_validate({"name": "seed", "datatype": "INT64", "shape": [2]} | said)


def test_data_in_json_may_be_flat_or_nested() -> None:
    for data in ([1, 2, 3, 4], [[1, 2], [3, 4]]):
        assert read([an_input(shape=[2, 2], data=data)], b"")["seed"].tolist() == [[1, 2], [3, 4]]


def test_bytes_are_split_in_the_order_of_the_inputs() -> None:
    first = an_input(parameters={"binary_data_size": 16})
    second = an_input(name="latent", datatype="FP32", shape=[1, 1], parameters={"binary_data_size": 4})
    arrays = read([first, second], np.array([1, 2], "<i8").tobytes() + np.array([0.5], "<f4").tobytes())
    assert (arrays["seed"].tolist(), arrays["latent"].tolist()) == ([1, 2], [[0.5]])


def test_bytes_beyond_the_inputs_are_refused() -> None:
    with pytest.raises(InvalidPlan, match="add up to 0"):
        read([an_input(data=[1, 2])], b"more")


def test_byte_strings_are_preceded_by_their_lengths() -> None:
    assert to_bytes([b"ab", b""]) == b"\x02\x00\x00\x00ab\x00\x00\x00\x00"
    assert to_json([b"ab"]) == ["YWI="]
    assert described("png", [b"ab"]) == {"name": "png", "datatype": "BYTES", "shape": [1]}


def test_long_texts_take_little_memory() -> None:
    length, n = 10_000, 1000  # numpy would make them 40 MB
    tracemalloc.start()
    try:
        for data in (["x" * length, *[""] * n], [[1, "x" * length], *[[1, ""]] * n]):
            with pytest.raises(InvalidPlan, match="numbers"):
                read([an_input(datatype="FP32", data=data)], b"")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_impossible_shapes_are_refused() -> None:
    with pytest.raises(InvalidPlan, match="which no array can have"):
        read([an_input(shape=[0, 2**31 - 1, 2**31 - 1, 2**31 - 1], parameters={"binary_data_size": 0})], b"")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_any_data_is_read_or_refused(data: Any) -> None:
    try:
        arrays = read([an_input(datatype="FP32", data=[data, 1.0])], b"")
    except InvalidPlan:
        return
    assert arrays["seed"].shape == (2,)
    assert np.isfinite(arrays["seed"]).all()
