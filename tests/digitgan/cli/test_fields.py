"""What options derive from the fields of a class."""

from typing import Annotated, Any, Literal

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, Field

from digitgan.cli.fields import field_options


class Fields(BaseModel):
    count: Annotated[int, Field(ge=1, le=9, description="how many")] = 2
    factor: Annotated[float, Field(ge=0, le=1, description="how much")] = 0.5
    columns: Annotated[Annotated[int, Field(ge=1, le=4)] | None, Field(description="in a row")] = None
    flag: Annotated[bool, Field(description="whether to")] = False
    kind: Annotated[Literal["one", "two"], Field(description="which one")] = "one"
    name: Annotated[str | None, Field(description="any text")] = None


def draw(**given: Any) -> None:
    fields = Fields(**{name: value for name, value in given.items() if value is not None})
    click.echo(fields.model_dump_json())


def run(*args: str) -> Any:
    command = click.Command("draw", params=field_options(Fields, Fields.model_fields), callback=draw)
    return CliRunner().invoke(command, args)


def test_options_have_the_defaults_of_the_fields() -> None:
    assert Fields.model_validate_json(run().output) == Fields()


def test_options_read_the_values_of_the_fields() -> None:
    args = ["--count", "3", "--factor", ".25", "--columns", "4", "--flag", "--kind", "two", "--name", "x"]
    given = Fields(count=3, factor=0.25, columns=4, flag=True, kind="two", name="x")
    assert Fields.model_validate_json(run(*args).output) == given


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--count", "10"), "'10' is not an integer from 1 to 9"),
        (("--factor", "2"), "'2' is not a number from 0 to 1"),
        (("--kind", "three"), "'three' is not one of 'one', 'two'"),
    ],
)
def test_values_that_a_field_does_not_allow_are_refused(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2 and said in result.output


def test_help_is_the_description_and_the_default() -> None:
    options = {each.name: each for each in field_options(Fields, Fields.model_fields)}
    context = click.Context(click.Command("draw"), show_default=True)
    assert options["count"].get_help_record(context) == ("--count N", "How many.  [default: 2]")
    assert options["columns"].get_help_record(context) == ("--columns N", "In a row.")
    assert options["flag"].get_help_record(context) == ("--flag", "Whether to.")
