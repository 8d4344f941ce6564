"""Knows how what is wrong reads to who typed it. Does not know commands."""

import pytest

from digitgan.contract.errors import InvalidPlan
from service.command_line.words import WrongWords, number, request, word, wrong_words
from service.requests.dataset import DatasetRequest


def test_every_fault_is_a_line_with_the_flag_and_what_is_allowed() -> None:
    with pytest.raises(WrongWords) as caught:
        request(DatasetRequest, {"count": "many", "truncation": 9})
    first, second = caught.value.lines
    assert first.startswith("--count = 'many': ")
    assert first.endswith("an integer from 1 is allowed")
    assert second.startswith("--truncation = 9: ")


def test_words_are_numbers_where_they_can_be() -> None:
    assert [number(text) for text in ("7", "0.5", "1e3", "seven")] == [7, 0.5, 1000.0, "seven"]


def test_fields_of_the_engine_have_the_flags_name() -> None:
    assert [word(field) for field in ("seeds/0", "digits", "frame_ms")] == ["--seed", "NUMBER", "--frame-ms"]
    assert wrong_words(InvalidPlan("seeds", "too many")).lines == ("--seed: too many",)
