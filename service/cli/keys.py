"""The command `keys`."""

from collections.abc import Iterable

import click

from digitgan.cli.command import Command
from digitgan.cli.messages import print_note, print_result
from digitgan.cli.startup import loading


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.settings import setting_options

    from ..settings import Settings

    return setting_options(Settings, ["keys_file"])


@click.command(
    cls=Command,
    more_options=_options,
    examples="""
    {command} add shop --keys-file keys.json
    DIGITGAN_KEYS_FILE=keys.json {command} list
    """,
)
@click.argument("action", type=click.Choice(["add", "list", "remove"]), help="add prints the new key, this once.")
@click.argument("name", required=False, help="Whose key, for add and remove.")
def keys(action: str, name: str | None, keys_file: str | None) -> None:
    """Add, list and remove API keys.

    A service that runs with the file applies a change within a second.
    """
    with loading():
        from ..access.key_file import KeysUnusable, add_key, read_keys, remove_key
        from .environment import service_settings

    path = service_settings({"keys_file": keys_file}).keys_file
    if path is None:
        raise click.UsageError("--keys-file is required, or DIGITGAN_KEYS_FILE")
    if (name is None) != (action == "list"):
        raise click.UsageError(f"keys {action} takes {'no name' if action == 'list' else 'a name'}")
    try:
        if action == "add":
            print_result(add_key(path, str(name)))
            print_note("this is the only time that the key is shown")
        elif action == "remove":
            remove_key(path, str(name))
        else:
            for record in read_keys(path):
                print_result(f"{record.name}\t{record.created:%Y-%m-%d %H:%M:%SZ}")
    except KeysUnusable as error:
        raise click.ClickException(str(error)) from None
