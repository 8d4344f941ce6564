"""Numbers and words on the command line."""

import click
import pytest

from digitgan.cli.values import Decimal, Integer, Words


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7.0", 7), ("1e2", 100), ("9007199254740991", 2**53 - 1)])
def test_whole_number_may_be_written_in_any_way(text: str, number: int) -> None:
    assert Integer(0, 2**53 - 1).convert(text, None, None) == number


@pytest.mark.parametrize("text", ["-1", "1.5", "9007199254740992", "seven", "nan", "inf", "1e400", ""])
def test_whole_number_out_of_range_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is not an integer from 0 to 9,007,199,254,740,991$"):
        Integer(0, 2**53 - 1).convert(text, None, None)


@pytest.mark.parametrize("text", ["0", "inf", "1e400", "9007199254740992", "9" * 400, "9" * 5000])
def test_whole_number_without_a_limit_must_be_exact_in_json(text: str) -> None:
    assert Integer(1).convert("10000000", None, None) == 10_000_000
    with pytest.raises(click.BadParameter, match=r"is not an integer from 1 to 9,007,199,254,740,991$"):
        Integer(1).convert(text, None, None)


@pytest.mark.parametrize("text", ["inf", "1e400", "9" * 400, "9" * 5000])
def test_decimal_without_a_limit_must_be_exact_in_json(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is not a number from 0.01 to 9,007,199,254,740,991$"):
        Decimal(0.01).convert(text, None, None)


@pytest.mark.parametrize("text", ["2.1", "-0.1", "nan", "x", "9" * 400, "9" * 5000])
def test_decimal_out_of_range_is_refused_with_the_range(text: str) -> None:
    assert Decimal(0, 2).convert("0.7", None, None) == 0.7
    with pytest.raises(click.BadParameter, match=r"is not a number from 0 to 2$"):
        Decimal(0, 2).convert(text, None, None)


def test_words_have_commas_between_them() -> None:
    words = Words(["form", "paper"])
    assert words.convert("paper,form", None, None) == ["paper", "form"]
    for wrong in ("", "form,", "form, paper", "Form"):
        with pytest.raises(click.BadParameter, match=r"is not one of form, paper$"):
            words.convert(wrong, None, None)
