"""Options that derive from the fields of a request."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from digitgan.cli.settings import sentence, setting_options
from digitgan.cli.values import Decimal, Integer, Words
from digitgan.cli.write import SETTINGS
from digitgan.engine.settings import EngineSettings
from digitgan.formats.format import Use
from digitgan.formats.registry import named
from digitgan.request.messages import choices, schema_of

if TYPE_CHECKING:
    from click.types import OptionHelpExtra


class FieldOption(click.Option):
    """The option of one field; None unless it is given, since the field has the default.

    Args:
        name: name of the field.
        schema: its JSON schema.
    """

    def __init__(self, name: str, schema: dict[str, Any]) -> None:
        value = next(each for each in choices(schema, {}) if each["type"] != "null")
        self._field_default = schema["default"]
        kind: dict[str, Any] = {"is_flag": True} if value["type"] == "boolean" else {"type": _type(value)}
        names = f"--{name}/--no-{name}" if self._field_default is True else f"--{name}"
        super().__init__([names], default=None, help=sentence(schema["description"]), **kind)

    def get_help_extra(self, ctx: click.Context) -> "OptionHelpExtra":
        """Return what follows the help: the default, unless there is none or it is that of a flag."""
        has_default = self._field_default not in (None, False, [])
        default = self.name if self._field_default is True else str(self._field_default)
        return super().get_help_extra(ctx) | ({"default": default} if has_default else {})


def dataset_options(spec: type[BaseModel], worded: Iterable[str], use: Use, usual: str) -> list[click.Parameter]:
    """Return the options of a command that writes data sets: format, fields of their description, engine's settings.

    Args:
        spec: their description.
        worded: the fields whose options the command words itself.
        use: what their formats are for.
        usual: the format that a folder has by default, in words.
    """
    formats = named(use)
    files = ", ".join(f"{each.name} ({each.suffix})" for each in formats.values())
    return [
        click.Option(
            ["--format", "format_name"],
            type=click.Choice(list(formats)),
            help=f"Format: {files}. Without it, what the file's name says, and {usual} in a folder.",
        ),
        *field_options(spec, [name for name in spec.model_fields if name not in worded]),
        *setting_options(EngineSettings, SETTINGS),
    ]


def field_options(model: type[BaseModel], names: Iterable[str]) -> list[click.Parameter]:
    """Return the options of some fields of a class."""
    return [FieldOption(name, schema_of(model)["properties"][name]) for name in names]


def _type(value: dict[str, Any]) -> click.ParamType[Any]:
    if "enum" in value:
        return click.Choice(value["enum"])
    if value["type"] == "array":
        return Words(value["items"]["enum"])
    if value["type"] == "string":
        return click.STRING
    return {"integer": Integer, "number": Decimal}[value["type"]](value["minimum"], value["maximum"])
