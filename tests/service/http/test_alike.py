"""Small and large bodies are judged alike, although one is validated from JSON and the other from Python objects."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from service.http import bodies
from service.http.shape import shape_of
from service.http.validation import InvalidRequest, NotJson
from service.protocols.inference_schemas import InferRequest
from service.protocols.openai_schemas import ImagesRequest
from service.routes.dataset import DatasetRequest
from service.routes.generate import GenerateRequest
from service.routes.interpolate import InterpolateRequest
from service.routes.latents import LatentsRequest

MODELS: tuple[type[BaseModel], ...] = (
    GenerateRequest,
    InterpolateRequest,
    ImagesRequest,
    LatentsRequest,
    DatasetRequest,
    InferRequest,
)
SPACE = b" " * 40_000  # makes a body large without changing its meaning

NUMBERS = ["0", "-0", "-1", "7.0", "7.5", "1e3", "0.1", "9007199254740992", "18446744073709551616", "1" * 400]
NO_NUMBERS = ["NaN", "-Infinity", "1e999", "true", "null", '"1"', '""', '"x"', "{}", "[]", "[[1]]", '{"a":1}']
NO_JSON = ["01", "1.", "-", '"\\x"', '"\t"', '"\\ud800"', "[1,]", "nan", "'1'", "1" * 4_301]
WORDS = ['"digits"', '"auto"', '"url"', '"\\ud83d\\ude00"', '["12","a"]', "false"]
TENSORS = [
    '{"name":"seed","shape":[1],"datatype":"INT64","data":[1,null,"x",true,NaN,[1]]}',
    '{"name":"seed","shape":[1,-1],"datatype":1,"parameters":{"binary_data_size":1.5}}',
]

items = st.sampled_from(NUMBERS + NO_NUMBERS + WORDS + TENSORS) | st.sampled_from(NO_JSON)
lists = st.lists(items, max_size=4).map(lambda each: f"[{','.join(each)}]")
values = items | lists | st.lists(lists, max_size=4).map(lambda each: f"[{','.join(each)}]")


@st.composite
def cases(draw: st.DrawFn) -> tuple[type[BaseModel], bytes]:
    model: type[BaseModel] = draw(st.sampled_from(MODELS))
    names = st.sampled_from([*model.model_fields, "seeds", "lables", "x"])
    fields = draw(st.lists(st.tuples(names, values), max_size=4))  # a name may come twice
    content = b"{%b}" % ",".join(f'"{name}":{value}' for name, value in fields).encode()
    change: Callable[[bytes], bytes] = draw(
        st.sampled_from([bytes, bytes, bytes, lambda body: b"\xef\xbb\xbf" + body, lambda body: body[:-1]])
    )
    return model, change(content)


def judged(model: type[BaseModel], content: bytes, small_bytes: int) -> Any:
    with patch.object(bodies, "_SMALL_BYTES", small_bytes):
        try:
            return repr(asyncio.run(bodies.read(content, model, shape_of(model, 1_000, 100))))
        except NotJson as error:
            return str(error)
        except InvalidRequest as error:
            return str(error), error.errors


@given(cases())
def test_small_and_large_bodies_are_judged_alike(case: tuple[type[BaseModel], bytes]) -> None:
    model, content = case
    assert judged(model, content, small_bytes=-1) == judged(model, content, small_bytes=2**20)


@pytest.mark.parametrize(
    "content", [b'{"model":"\xff"}', b'{"model":"\xed\xa0\x80"}', b"\xff\xfe{\x00}\x00", b"", b"1"]
)
def test_bodies_that_are_no_objects_in_utf8_are_judged_alike(content: bytes) -> None:
    assert judged(GenerateRequest, content, small_bytes=-1) == judged(GenerateRequest, content, small_bytes=2**20)


@pytest.mark.parametrize("space", [b"", SPACE])
@pytest.mark.parametrize("row", [[1], [1, 2.5, -0.0], [1e308, 2**70]])
def test_latents_are_arrays(row: list[float], space: bytes) -> None:
    content = f'{{"latents": [{row}]}}'.encode() + space
    body = asyncio.run(bodies.read(content, GenerateRequest, shape_of(GenerateRequest, 10, 10)))
    [latent] = body.latents or []
    assert isinstance(latent, np.ndarray)
    assert latent.dtype == np.float64
    assert latent.tolist() == orjson.loads(orjson.dumps([float(each) for each in row]))


@pytest.mark.parametrize("space", [b"", SPACE])
@pytest.mark.parametrize("wrong", ["true", '"1"', "NaN", "1e999", "null", "[]", "1" * 400])
def test_the_first_wrong_component_is_named(wrong: str, space: bytes) -> None:
    content = f'{{"latents": [[1, 2], [3, {wrong}, "x"]]}}'.encode() + space
    with pytest.raises(InvalidRequest) as refused:
        asyncio.run(bodies.read(content, GenerateRequest, shape_of(GenerateRequest, 10, 10)))
    [error] = refused.value.errors
    assert error.pointer == "/latents/1/1"
    assert error.message.startswith("must be a finite number, not ")
