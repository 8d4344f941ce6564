"""How settings appear on the command line: as options, as rows of a table, and in errors."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import ValidationError

from digitgan.contract.documents import MOST_LISTED, shorten
from digitgan.contract.errors import CannotServe
from digitgan.engine.settings import PREFIX, EngineSettings, refuse_unknown
from digitgan.installation import module_name

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from click.types import OptionHelpExtra

_USER = re.compile("(?<=//).*@")  # a name and a password in an address, which a log must not keep
_TYPES = {"integer": "integer", "number": "number", "boolean": "switch", "array": "list", "string": "text"}
_UNITS = {
    "_s": "seconds",
    "_bytes": "bytes",
    "_images": "images",
    "_per_minute": "a minute",
    "threads": "threads",
    "workers": "processes",
}
_ENVIRONMENT = f"{module_name('service')}.cli.environment"  # has the settings of a server, if the service is installed
_METAVARS = {"integer": "N", "number": "N", "path": "PATH", "list": "LIST"}

Settings = TypeVar("Settings", bound=EngineSettings)


@dataclass(frozen=True, slots=True)
class Row:
    """How one setting is shown.

    Attributes:
        name: name of the field.
        type: type of the value, in one word.
        default: default value, as text.
        allowed: allowed range or choices; empty for any text.
        unit: what a number counts; empty for none.
        meaning: what the setting does.
    """

    name: str
    type: str
    default: str
    allowed: str
    unit: str
    meaning: str

    @property
    def variable(self) -> str:
        """Name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def option(self) -> str:
        """Name on the command line."""
        return _option(self.name)

    @property
    def metavar(self) -> str:
        """What stands for the value in a usage line."""
        if self.type in ("text", "switch") and self.allowed:
            return f"{{{self.allowed.replace(', ', ',')}}}"
        return _METAVARS.get(self.type, "TEXT")


@cache
def rows(kind: type[EngineSettings]) -> dict[str, Row]:
    """Return a row for each setting of a class, by name and in the order of the class."""
    schema: dict[str, Any] = kind.model_json_schema()["properties"]
    return {name: _row(name, schema[name]) for name in kind.model_fields}


class SettingOption(click.Option):
    """The option of one setting; its help is made only when it is shown.

    Args:
        kind: the class of the settings.
        name: name of the setting.
    """

    def __init__(self, kind: type[EngineSettings], name: str) -> None:
        is_path = "Path" in str(kind.model_fields[name].annotation)
        super().__init__([_option(name), name], type=click.Path() if is_path else str)
        self._kind = kind
        self.setting = name

    @property
    def row(self) -> Row:
        """The row of the setting."""
        return rows(self._kind)[self.setting]

    def make_metavar(self, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        """Return what stands for the value."""
        return self.row.metavar

    def get_help_extra(self, ctx: click.Context) -> "OptionHelpExtra":  # noqa: ARG002 - click's signature
        """Return the default and the variable."""
        return {"default": self.row.default, "envvars": (self.row.variable,)}

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the two columns of the help."""
        self.help = sentence(self.row.meaning)
        return super().get_help_record(ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Return the choices that begin with the typed text; the shell itself completes paths."""
        from click.shell_completion import CompletionItem

        choices = self.row.metavar.strip("{}").split(",") if self.row.metavar.startswith("{") else []
        if not choices:
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(each) for each in choices if each.startswith(incomplete)]


def setting_options(kind: type[EngineSettings], names: Iterable[str]) -> list[click.Parameter]:
    """Return the options of some settings of a class."""
    return [SettingOption(kind, name) for name in names]


def read_settings(kind: type[Settings], given: Mapping[str, Any]) -> Settings:
    """Return settings from options and the environment.

    Args:
        kind: the class of the settings.
        given: values of options by the name of the setting; None for an option that was not given.

    Raises:
        UsageError: values are not allowed; the text has a line for each of the first ten.
    """
    try:
        return kind.from_environment({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        errors = error.errors(include_url=False)[:MOST_LISTED]  # of at most the 128 KiB that a variable may hold
        lines = [_describe(rows(kind)[str(each["loc"][0])], each) for each in errors]
        if error.error_count() > MOST_LISTED:
            lines.append(f"{error.error_count():,} errors; the first {MOST_LISTED} are listed")
        raise click.UsageError("\n".join(lines)) from None


def check_variables(environment: Mapping[str, str] = os.environ) -> None:
    """Check that every ``DIGITGAN_`` variable is a setting, so that a misspelt name is not silently ignored.

    Only the service defines all settings. It is imported only if a variable is not a setting of the engine.

    Raises:
        CannotServe: a variable is not a setting; the text names it and what may be meant.
    """
    try:
        refuse_unknown(EngineSettings.model_fields, environment)
    except CannotServe as error:
        try:
            service = import_module(_ENVIRONMENT)
        except ModuleNotFoundError:
            raise error from None
        service.check_variables(environment)


def sentence(description: str) -> str:
    """Return the description of a field as a sentence of the help."""
    return f"{description[0].upper()}{description[1:]}."


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _describe(row: Row, error: Any) -> str:
    given = _USER.sub("***@", repr(error["input"]))
    place = f"{row.variable} / {row.option} = {shorten(given)}"
    if error["type"] == "value_error" or not row.allowed:
        return f"{place}: {error['msg'].removeprefix('Value error, ')}"
    article = "an" if row.type == "integer" else "a"
    kind = f"{article} {row.type} " if row.type in _METAVARS else "one of "
    return f"{place}: must be {kind}{'from ' if row.allowed[0].isdecimal() else ''}{row.allowed}"


def _row(name: str, schema: dict[str, Any]) -> Row:
    kind = next((each for each in schema.get("anyOf", ()) if each["type"] != "null"), schema)
    default = schema.get("default", "shipped")  # no default is a place on the machine that prints this
    return Row(
        name,
        "path" if kind.get("format") == "path" else _TYPES[kind["type"]],
        "none" if default in (None, []) else str(default).lower() if isinstance(default, bool) else str(default),
        _allowed(kind),
        next((unit for suffix, unit in _UNITS.items() if name.endswith(suffix)), ""),
        schema["description"],
    )


def _allowed(kind: dict[str, Any]) -> str:
    if "enum" in kind:
        return ", ".join(kind["enum"])
    if kind["type"] == "boolean":
        return "true, false"
    least, most = kind.get("minimum"), kind.get("maximum")
    if "exclusiveMinimum" in kind:
        return f"above {kind['exclusiveMinimum']:,g}" + (f", at most {most:,g}" if most is not None else "")
    if least is None:
        return ""
    return f"{least:,} to {most:,}" if most is not None else f"at least {least:,}"
