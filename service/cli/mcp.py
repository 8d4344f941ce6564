"""The command `mcp`."""

import signal
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import click

from digitgan.cli import exits
from digitgan.cli.command import Command
from digitgan.cli.startup import end_at, loading

SETTINGS = ("models_dir", "default_model", "provider", "threads", "mark")  # those that matter without a server


def _options() -> Iterable[click.Parameter]:
    from digitgan.cli.settings import setting_options
    from digitgan.engine.settings import EngineSettings

    return setting_options(EngineSettings, SETTINGS)


@click.command(
    cls=Command,
    more_options=_options,
    examples="""
    {command}
    {command} --default-model digits-small
    """,
)
def mcp(**given: Any) -> None:
    """Serve the tools of /mcp over standard input and output.

    A client of the Model Context Protocol starts this command itself, and ends it.
    """
    import asyncio  # here, as all below: the help of commands loads nothing that takes time

    from digitgan.contract.errors import NotInstalled

    if find_spec("mcp") is None:
        raise NotInstalled("the Model Context Protocol", "its SDK", "mcp")
    with loading():
        from digitgan.cli.settings import read_settings
        from digitgan.engine.loading import open_engine
        from digitgan.engine.settings import EngineSettings

        from ..protocols.mcp_server import create_server, serve_stdio

    settings = read_settings(EngineSettings, given)
    end_at(signal.SIGINT, exits.INTERRUPTED)  # the SDK waits for a line in a thread, which nothing else ends
    with open_engine(settings, None, None) as engine:
        asyncio.run(serve_stdio(create_server(engine, settings.max_images)))
