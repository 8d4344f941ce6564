"""Python, numpy and torch values as the fields of requests take them, and errors that name the argument."""

from typing import Any

import numpy as np
import pytest
import torch

from digitgan.api.arguments import DigitsArguments, checked, named_errors, plain
from digitgan.contract.errors import EngineError, InvalidPlan, UnknownModel
from digitgan.formats.numbers import NumberSpec


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        (torch.tensor([1, 2]), [1, 2]),
        (range(3), [0, 1, 2]),
        ((np.uint8(1), (2.5, "x")), [1, [2.5, "x"]]),
        ("2026", "2026"),
        (None, None),
        (True, True),
        ({"a": 1}, {"a": 1}),
    ],
)
def test_plain_returns_numbers_and_lists(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)


def test_checked_names_the_first_value_that_is_not_possible() -> None:
    assert checked(DigitsArguments, count=np.int64(3), seed=7.0, truncation=1.0).seed == 7
    with pytest.raises(InvalidPlan, match=r"^must be an integer from 1 to 32, not 40$") as refused:
        checked(NumberSpec, digits="1", scale=40, gap=-1)
    assert refused.value.field == "scale"


@pytest.mark.parametrize("kind", [InvalidPlan, UnknownModel])
def test_named_errors_are_value_errors_that_begin_with_the_argument(kind: type[InvalidPlan | UnknownModel]) -> None:
    with pytest.raises(ValueError, match=r"^seeds/3: is wrong$") as named, named_errors():
        raise kind("seeds/3", "is wrong")
    assert isinstance(named.value, kind) and isinstance(named.value, EngineError)
    assert named.value.field == "seeds/3"
    with pytest.raises(kind, match=r"^is wrong$"), named_errors():
        raise kind("", "is wrong")
