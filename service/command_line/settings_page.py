"""Knows how the settings read: a row for each with type, default, range, unit and meaning, and the page of them all.

Does not know what a setting is for; everything is made from `service.settings`. `python -m service settings` writes
what docs/configuration.md holds.
"""

from dataclasses import dataclass
from typing import Any

from service.settings import PREFIX, Settings

_TYPES = {"integer": "integer", "number": "number", "boolean": "switch", "array": "list", "string": "text"}
_UNITS = {
    "_s": "seconds",
    "_bytes": "bytes",
    "_images": "images",
    "_per_minute": "a minute",
    "threads": "threads",
    "workers": "processes",
}
_HEAD = """# Settings

Each is a variable of the environment and a flag of `python -m service serve`; a flag goes first. A value out of its
range, and a `DIGITGAN_` variable that is no setting, keep the service from starting and are named. This page is made by
`python -m service settings > docs/configuration.md`.

| variable, flag | type | default | allowed | unit | meaning |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    """How one setting reads; `allowed` and `unit` are empty where there is nothing to say."""

    name: str
    type: str
    default: str
    allowed: str
    unit: str
    meaning: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")


def rows() -> list[Row]:
    """Return a row for each setting, in the order of the class."""
    schema: dict[str, Any] = Settings.model_json_schema()["properties"]
    return [_row(name, schema[name]) for name in Settings.model_fields]


def markdown() -> str:
    """Return the page of all settings."""
    lines = []
    for row in rows():
        meaning = row.meaning.replace("<", "&lt;")
        cells = (f"`{row.variable}`<br>`{row.flag}`", row.type, f"`{row.default}`", row.allowed, row.unit, meaning)
        lines.append(f"| {' | '.join(cells)} |\n")
    return _HEAD + "".join(lines)


def _row(name: str, schema: dict[str, Any]) -> Row:
    kind = next((each for each in schema.get("anyOf", ()) if each["type"] != "null"), schema)
    default = schema["default"]
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
