"""Requests take at most 5 % more instructions than recorded, so that speed cannot rot unnoticed."""

import json
import sys

import pytest

from tests.e2e.instructions import BOUND, COMMAND, FLOOR, MANY, MODEL_RUN, RECORDED, counted, problems
from tests.programs import needs

pytestmark = pytest.mark.long

RECORD: dict[str, int] = {FLOOR: 1000, "one seed": 2000, MANY: 9000, MODEL_RUN: 500}


@needs("valgrind", shows="that requests take no more instructions than recorded")
@needs("gcc", shows="the same")
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the machine has another Python than the recorded counts")
def test_requests_take_no_more_instructions_than_recorded() -> None:
    recorded = json.loads(RECORDED.read_text())
    measured = counted()
    assert measured.keys() == recorded.keys()
    assert not problems(measured, recorded)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"one seed": 2099}, None),
        ({"one seed": 2200}, "one seed: 2,200 instructions, 10.0% over the recorded 2,000; at most 5% are allowed"),
        ({FLOOR: 1100, "one seed": 2300}, None),  # another build of the interpreter
        ({FLOOR: 1100, "one seed": 2420}, "one seed: 2,420 instructions, 10.0% over the recorded 2,200"),
        ({FLOOR: 900, "one seed": 1980}, "one seed: 1,980 instructions, 10.0% over the recorded 1,800"),
        ({FLOOR: 1100, MODEL_RUN: 530}, f"{MODEL_RUN}: 530 instructions, 6.0% over the recorded 500"),
        ({FLOOR: 800, "one seed": 1600, MANY: 9000}, None),
    ],
    ids=[
        "same",
        "within",
        "over",
        "slower-build",
        "slower-build-and-over",
        "faster-build-and-over",
        "model",
        "faster-build",
    ],
)
def test_row_over_the_bound_is_named_with_its_growth(changes: dict[str, int], said: str | None) -> None:
    assert BOUND == 1.05
    found = problems(RECORD | changes, RECORD)
    assert len(found) == (said is not None)
    for each in found:
        assert each.startswith(str(said))
        assert each.endswith(f"run: {COMMAND}")
