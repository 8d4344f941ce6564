"""The command `settings`, which prints docs/configuration.md."""

import click

from digitgan.cli.command import Command
from digitgan.cli.messages import print_result
from digitgan.cli.startup import loading

_HEAD = """# Settings

Each setting is an environment variable and a flag of `digitgan serve`; the flag wins. A value outside its range, or a
`DIGITGAN_` variable that is not a setting, stops the service at its start, with an error that names it.
This page is made by `digitgan settings > docs/configuration.md`.

| variable, flag | type | default | allowed | unit | meaning |
|---|---|---|---|---|---|
"""


@click.command(cls=Command, examples="{command} > docs/configuration.md")
def settings() -> None:
    """Print the page of all settings, docs/configuration.md."""
    print_result(page(), end="")


def page() -> str:
    """Return the page of all settings."""
    with loading():
        from digitgan.cli.settings import rows

        from ..settings import Settings

    lines = []
    for row in rows(Settings).values():
        meaning = row.meaning.replace("<", "&lt;")
        cells = (f"`{row.variable}`<br>`{row.option}`", row.type, f"`{row.default}`", row.allowed, row.unit, meaning)
        lines.append(f"| {' | '.join(cells)} |\n")
    return _HEAD + "".join(lines)
