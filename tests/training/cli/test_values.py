"""Durations, recipes, names, versions and lists of seeds on the command line."""

from pathlib import Path

import click
import pytest

from digitgan.contract.card import CARD_FILE, MODEL_FILE
from digitgan.engine.cpus import available_cpus
from training.cli.values import (
    LINE,
    MODEL_NAME,
    VERSION,
    Duration,
    ModelPath,
    NameList,
    PixelScale,
    ProcessorCount,
    RecipeList,
    RecipeName,
    SeedList,
)


def converted(kind: click.ParamType[object], text: str) -> object:
    return kind.convert(text, None, None)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("1.5h", 5400), ("1.15m", 69)])
def test_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert converted(Duration(), text) == seconds


@pytest.mark.parametrize("text", ["90", "0m", "-1h", "m", "1d"])
def test_duration_error_names_what_is_allowed(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"90s, 60m or 1\.5h"):
        converted(Duration(), text)


def test_threads_are_at_most_as_many_as_processors() -> None:
    most = available_cpus()
    assert converted(ProcessorCount(), str(most)) == most
    for text in (str(most + 1), "10000"):
        with pytest.raises(click.BadParameter, match=rf"too many: .* so at most {most}$"):
            converted(ProcessorCount(), text)
    with pytest.raises(click.BadParameter, match="'0' is not an integer from 1"):
        converted(ProcessorCount(), "0")


def test_recipe_must_exist() -> None:
    assert converted(RecipeName(), "mlp") == "mlp"
    with pytest.raises(click.BadParameter, match=r"recipe 'dcgam'.* digits, "):
        converted(RecipeName(), "dcgam")


def test_recipes_are_separated_by_commas() -> None:
    assert converted(RecipeList(), "mlp, lsgan") == ["mlp", "lsgan"]
    with pytest.raises(click.BadParameter, match="recipe 'dcgam'"):
        converted(RecipeList(), "mlp,dcgam")


def test_model_name_must_be_allowed_by_the_card() -> None:
    assert converted(MODEL_NAME, "digits-2") == "digits-2"
    for text in ("Digits", "", "a" * 64, "digits\n"):
        with pytest.raises(click.BadParameter, match="small letters, digits and hyphens"):
            converted(MODEL_NAME, text)


def test_version_must_be_allowed_by_the_card() -> None:
    assert converted(VERSION, "10") == "10"
    for text in ("0", "01", "v2", "../x", "1234567890"):
        with pytest.raises(click.BadParameter, match="whole number from 1"):
            converted(VERSION, text)


def test_seeds_are_separated_by_commas() -> None:
    assert converted(SeedList(), "1,2,30") == [1, 2, 30]
    with pytest.raises(click.BadParameter, match="'1;2' is not a list of seeds"):
        converted(SeedList(), "1;2")


def test_names_are_those_that_a_card_may_have() -> None:
    assert converted(NameList(), "T-shirt, Ankle boot") == ("T-shirt", "Ankle boot")
    for text, message in (
        ("a,,b", "none of them empty"),
        ("a,b,a", "'a', the name of class 0"),
        ("a\0,b", "printable"),
    ):
        with pytest.raises(click.BadParameter, match=message):
            converted(NameList(), text)


def test_facts_for_a_card_are_lines_of_printable_text() -> None:
    assert converted(LINE, "Apache-2.0, \u00a9 me") == "Apache-2.0, \u00a9 me"
    for text in ("", "a\nb", "\x1b[31m", "\udcff"):
        with pytest.raises(click.BadParameter, match="is not one line of printable text"):
            converted(LINE, text)


def test_model_file_stands_for_its_version(tmp_path: Path) -> None:
    for name in (MODEL_FILE, CARD_FILE):
        (tmp_path / name).touch()
    for kind in (ModelPath(), ModelPath(takes_files=True)):
        assert converted(kind, str(tmp_path)) == converted(kind, str(tmp_path / MODEL_FILE)) == tmp_path


def test_file_without_a_card_stands_for_itself_where_that_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.onnx"
    file.touch()
    assert converted(ModelPath(takes_files=True), str(file)) == file
    with pytest.raises(click.BadParameter, match=r"a file without a card\.json beside it; name an exported version"):
        converted(ModelPath(), str(file))
    with pytest.raises(click.BadParameter, match="does not exist"):
        converted(ModelPath(), str(tmp_path / "nowhere"))


@pytest.mark.parametrize(("text", "scale"), [("-1..1", (-1, 1)), ("255..0", (255, 0)), ("-0.42..2.82", (-0.42, 2.82))])
def test_scale_is_two_numbers(text: str, scale: tuple[float, float]) -> None:
    assert converted(PixelScale(), text) == scale


@pytest.mark.parametrize("text", ["1", "1..", "0..nan", "0..inf", "1..1", "0-1", "a..b", "0.." + "9" * 400])
def test_scale_error_names_what_is_allowed(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"two different numbers .* such as -1\.\.1 or 255\.\.0"):
        converted(PixelScale(), text)
