"""Knows that flags are what settings and requests say. Does not know commands."""

import argparse

import pytest

from service.command_line.flags import add_fields, add_settings, digits
from service.requests.generate import GenerateRequest


def test_a_field_is_a_flag_with_its_meaning_and_default() -> None:
    words = argparse.ArgumentParser()
    add_fields(words, GenerateRequest, ("model", "scale"))
    add_settings(words, ("threads",))
    said = " ".join(words.format_help().split())
    assert "--scale N side of the square that each pixel becomes (default: 1)" in said
    assert "environment: DIGITGAN_THREADS" in said
    assert words.parse_args(["--scale", "2"]).scale == 2


def test_what_is_no_number_is_refused_with_what_is_one() -> None:
    assert digits("0042") == "0042"
    for text in ("", "4.2", "-1", "٤٢", "1" * 65):
        with pytest.raises(argparse.ArgumentTypeError, match="1 to 64 digits"):
            digits(text)
