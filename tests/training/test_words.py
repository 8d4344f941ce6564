"""Knows how durations, names and lists are written. Does not know commands."""

import pytest
import typer

from training import words


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("1.5h", 5400)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert words.duration(text) == seconds


@pytest.mark.parametrize("text", ["90", "0m", "-1h", "m", "1d"])
def test_what_is_no_duration_is_told_how_one_looks(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"90s, 60m or 1\.5h"):
        words.duration(text)


def test_a_recipe_is_one_of_those_there_are() -> None:
    assert words.recipe_name("mlp") == "mlp"
    with pytest.raises(typer.BadParameter, match="unknown recipe 'dcgam'; did you mean 'dcgan'"):
        words.recipe_name("dcgam")


def test_a_models_name_is_one_that_a_card_may_have() -> None:
    assert words.model_name("digits-2") == "digits-2"
    with pytest.raises(typer.BadParameter):
        words.model_name("Digits")


def test_a_version_is_one_that_a_card_may_have() -> None:
    assert words.version("10") == "10"
    for text in ("0", "01", "v2", "../x", "1234567890"):
        with pytest.raises(typer.BadParameter, match="whole number from 1"):
            words.version(text)


def test_numbers_stand_with_commas_between() -> None:
    assert words.whole_numbers("1,2,30") == [1, 2, 30]
    with pytest.raises(typer.BadParameter):
        words.whole_numbers("1;2")
